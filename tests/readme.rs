//! The README: its examples are Mopyfiles, its commands work. Those of docker run in the tests with a real
//! engine, those of cargo in `.ci/run`; what no test can run is in blocks of `sh`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;
use std::process::Command;

use mopy::diagnostic::Severity;
use mopy::{Month, Source, transpile};

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The README's fenced blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block: Option<String> = None;
    for line in file("README.md").lines() {
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(found)) if found == language => block = Some(String::new()),
            (Some(_), Some(_)) => blocks.extend(block.take()),
            (Some(block), None) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, _) => {}
        }
    }
    blocks
}

/// Mopyfiles are the blocks of `yaml`; other files in YAML are in blocks of `yml`.
#[test]
fn yaml_blocks_are_mopyfiles() {
    let blocks = blocks("yaml");
    assert!(blocks.len() >= 14, "{}", blocks.len());
    let large = file("example/full/Mopyfile.yaml");
    for block in blocks {
        assert!(block.starts_with("#syntax=cmdjulian/mopy\n"), "{block}");
        let source = Source::new("README.md", block);
        let found = transpile(&source, None, &[], Month::RELEASE).diagnostics;
        let shown = || mopy::diagnostic::text::render(&source, &found, false);
        assert!(!found.has_errors(), "{}", shown());
        assert!(!source.text().contains("ignore=") || found.is_empty(), "{}", shown());
        // the large example is on an old Python, to show more
        let doubtful = found.iter().any(|found| found.rule.severity == Severity::Warning);
        assert!(!doubtful || source.text() == large, "{}", shown());
    }
}

#[test]
fn other_yaml_blocks_are_no_mopyfiles() {
    for block in blocks("yml") {
        assert!(!block.contains("#syntax="), "{block}");
    }
}

/// The documents for people.
const DOCUMENTS: [&str; 4] = ["README.md", "CHANGELOG.md", ".github/CONTRIBUTING.md", ".github/SECURITY.md"];

/// Files and headings that links of this repository name are there.
#[test]
fn links_lead_somewhere() {
    let mut links = 0;
    for document in DOCUMENTS {
        let directory = Path::new(document).parent().unwrap();
        let text = file(document);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            if link.contains("://") {
                continue;
            }
            let target = if path.is_empty() { Path::new(document).to_owned() } else { directory.join(path) };
            let there = Path::new(env!("CARGO_MANIFEST_DIR")).join(target);
            assert!(there.exists(), "{document}: {link}");
            let text = if heading.is_empty() { String::new() } else { fs::read_to_string(there).unwrap() };
            assert!(heading.is_empty() || headings(&text).any(|found| found == heading), "{document}: {link}");
            links += 1;
        }
    }
    assert!(links >= 30, "{links}");
}

/// The names under which GitHub reaches the headings of a document.
fn headings(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter(|line| line.starts_with('#')).map(|line| {
        let kept = line.trim_start_matches('#').trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    })
}

#[test]
fn the_large_example_is_the_one_of_the_directory() {
    assert!(blocks("yaml").contains(&file("example/full/Mopyfile.yaml")));
}

#[test]
fn every_key_and_rule_name_is_right() {
    let readme = file("README.md");
    for key in mopy::mopyfile::keys::ALL {
        assert!(readme.contains(&format!("`{}`", key.name)), "{}", key.name);
    }
}

#[test]
fn commands_of_mopy_work_in_order() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("Mopyfile.yaml"), file("example/hello-world/Mopyfile.yaml")).unwrap();
    fs::copy(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("example/hello-world/hello.py"),
        directory.path().join("hello.py"),
    )
    .unwrap();
    let bin = Path::new(env!("CARGO_BIN_EXE_mopy")).parent().unwrap();
    let path = std::env::join_paths([bin, Path::new("/usr/bin"), Path::new("/bin")]).unwrap();
    let mut ran = 0;
    for line in blocks("bash").iter().flat_map(|block| block.lines()) {
        match line.split(' ').next().unwrap() {
            // run by `tests/engine`
            "mopy" if line.starts_with("mopy llb") => {}
            "mopy" => {
                let output = Command::new("sh")
                    .args(["-ec", line])
                    .current_dir(directory.path())
                    .env("PATH", &path)
                    .output()
                    .unwrap();
                assert!(output.status.success(), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
                ran += 1;
            }
            "cargo" => assert!(file(".ci/run").contains(line.split(" --").next().unwrap()), "nothing runs `{line}`"),
            // run by `tests/engine`
            "docker" => {}
            other => panic!("nothing runs `{other}`"),
        }
    }
    assert!(ran >= 5, "{ran}");
}
