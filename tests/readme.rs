//! The README: its examples are Mopyfiles, its commands work. Those of docker run in the tests with a real
//! engine, those of cargo in `.ci/run`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;
use std::process::Command;

use mopy::{Month, Source, transpile};

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The fenced blocks of a language, in all documents for people.
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

#[test]
fn yaml_blocks_are_mopyfiles() {
    let blocks = blocks("yaml");
    assert_eq!(blocks.len(), 4);
    for block in blocks {
        assert!(block.starts_with("#syntax=cmdjulian/mopy\n"), "{block}");
        let source = Source::new("README.md", block);
        match transpile(&source, &[], Month::RELEASE) {
            Ok(transpiled) if source.text().contains("ignore=") => assert!(transpiled.diagnostics.is_empty()),
            Ok(_) => {}
            Err(found) => panic!("{}", mopy::diagnostic::text::render(&source, &found, false)),
        }
    }
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
