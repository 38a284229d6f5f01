//! The README and `docs`: their examples are Mopyfiles, their commands work. Commands of docker run in the tests with
//! a real engine, those of cargo in `.ci/run`; what no test can run is in blocks of `sh`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mopy::diagnostic::Severity;
use mopy::mopyfile::pip::Origin;
use mopy::mopyfile::pip::path::kinds::ALL;
use mopy::{Month, Source, transpile};
use serde_json::{Value, json};

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The README and the pages of `docs`.
fn pages() -> Vec<String> {
    let docs = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")).unwrap();
    let names = docs.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut pages: Vec<String> = names.map(|name| format!("docs/{name}")).collect();
    pages.sort();
    pages.insert(0, "README.md".to_owned());
    pages
}

/// The fenced blocks of a language in a document.
fn blocks(document: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block: Option<(bool, String)> = None;
    for line in file(document).lines() {
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(found)) => block = Some((found == language, String::new())),
            (Some(_), Some(_)) => blocks.extend(block.take().filter(|(wanted, _)| *wanted).map(|(_, text)| text)),
            (Some((_, block)), None) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(block.is_none(), "{document}: a block has no end");
    blocks
}

/// A Mopyfile of a document. Those of the reference omit the first lines.
fn mopyfile(document: &str, block: String) -> String {
    if document != "docs/reference.md" || block.contains("\npython:") || block.starts_with('{') {
        return block;
    }
    let python = if block.starts_with("python:") { "" } else { "python: 3.13\n" };
    format!("#syntax=cmdjulian/mopy\n\n{python}{block}")
}

fn mopyfiles(document: &str) -> impl Iterator<Item = String> {
    blocks(document, "yaml").into_iter().map(move |block| mopyfile(document, block))
}

/// Mopyfiles are the blocks of `yaml`; other files in YAML are in blocks of `yml`.
#[test]
fn yaml_blocks_are_mopyfiles() {
    let large = file("example/full/Mopyfile.yaml");
    let mut checked = 0;
    // the page of rules also contains bad Mopyfiles, which `tests/rules.rs` tests
    for document in pages().into_iter().filter(|page| page != "docs/rules.md") {
        for block in mopyfiles(&document) {
            let names_frontend = ["#syntax=cmdjulian/mopy\n", "{\"syntax\": \"cmdjulian/mopy\","];
            assert!(names_frontend.iter().any(|line| block.starts_with(line)), "{document}:\n{block}");
            let source = Source::new(&*document, block);
            let found = transpile(&source, None, &[], Month::RELEASE).diagnostics;
            let shown = || mopy::diagnostic::text::render(&source, &found, false);
            assert!(!found.has_errors(), "{}", shown());
            assert!(!source.text().contains("ignore=") || found.is_empty(), "{}", shown());
            // the large example is on an old Python, to show more
            let has_warnings = found.iter().any(|found| found.rule.severity == Severity::Warning);
            assert!(!has_warnings || source.text() == large, "{}", shown());
            checked += 1;
        }
    }
    assert!(checked >= 50, "{checked}");
}

#[test]
fn other_yaml_blocks_are_not_mopyfiles() {
    for document in pages() {
        for block in blocks(&document, "yml") {
            assert!(!block.contains("#syntax="), "{document}:\n{block}");
        }
    }
}

#[test]
fn the_readme_is_short() {
    let lines = file("README.md").lines().count();
    assert!(lines <= 250, "{lines}");
}

/// Each key has a section of its own, with an example.
#[test]
fn the_reference_has_every_key() {
    let reference = file("docs/reference.md");
    for key in mopy::mopyfile::keys::ALL {
        let heading = format!("\n### `{}`\n", key.name);
        let section = reference.split(&heading).nth(1).unwrap_or_else(|| panic!("no section for `{}`", key.name));
        let section = section.split("\n##").next().unwrap();
        let example = section.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
        let written = [format!("{}:", key.name), format!("{{\"{}\":", key.name)];
        let shows = |block: &str| block.lines().any(|line| written.iter().any(|key| line.starts_with(key)));
        assert!(example.into_iter().any(shows), "no example for `{}`", key.name);
        assert!(reference.contains(&format!("[`{0}`](#{1})", key.name, key.name.to_lowercase())), "{}", key.name);
    }
}

/// Entries come from an index, from git, from a URL, or are a path: of a kind that is recognized by its name, or a project.
#[test]
fn the_reference_has_every_kind_of_entry() {
    let kinds = 4 + ALL.len();
    let mut found = BTreeSet::new();
    for block in mopyfiles("docs/reference.md") {
        let source = Source::new("docs/reference.md", block);
        let mopyfile = transpile(&source, None, &[], Month::RELEASE).mopyfile.unwrap();
        found.extend(mopyfile.pip.iter().map(|entry| match &entry.value.origin {
            Origin::Context(kind, _) => kind.noun,
            Origin::Index => "index",
            Origin::Git(_) => "git",
            Origin::Url(_) => "url",
        }));
    }
    assert_eq!(found.len(), kinds, "{found:?}");
}

#[test]
fn the_reference_has_every_command() {
    let output = Command::new(env!("CARGO_BIN_EXE_mopy")).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names: Vec<&str> = commands.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() >= 8, "{names:?}");
    let reference = file("docs/reference.md");
    for name in names.into_iter().filter(|name| *name != "help") {
        assert!(reference.contains(&format!("[`mopy {name}`](#")), "{name}");
    }
}

/// Every document with links.
fn documents() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut documents = pages();
    documents.extend(["CHANGELOG.md", ".github/CONTRIBUTING.md", ".github/SECURITY.md"].map(str::to_owned));
    let examples = fs::read_dir(root.join("example")).unwrap();
    let names = examples.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    documents.extend(names.map(|name| format!("example/{name}/README.md")).filter(|path| root.join(path).exists()));
    documents
}

/// Files and headings that links of this repository name are there.
#[test]
fn links_lead_somewhere() {
    let mut links = 0;
    for document in documents() {
        let directory = Path::new(&document).parent().unwrap();
        let text = file(&document);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            if link.contains("://") {
                continue;
            }
            let target = if path.is_empty() { PathBuf::from(&document) } else { directory.join(path) };
            let there = Path::new(env!("CARGO_MANIFEST_DIR")).join(target);
            assert!(there.exists(), "{document}: {link}");
            let text = if heading.is_empty() { String::new() } else { fs::read_to_string(there).unwrap() };
            assert!(heading.is_empty() || headings(&text).any(|found| found == heading), "{document}: {link}");
            links += 1;
        }
    }
    assert!(links >= 200, "{links}");
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
    assert!(blocks("docs/reference.md", "yaml").contains(&file("example/full/Mopyfile.yaml")));
}

/// Links to files of this repository, written in full, name files that exist.
#[test]
fn addresses_in_this_repository_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for document in documents() {
        for start in
            ["https://github.com/cmdjulian/mopy/blob/main/", "https://raw.githubusercontent.com/cmdjulian/mopy/main/"]
        {
            let text = file(&document);
            for rest in text.split(start).skip(1) {
                let path = rest.split(|c: char| c.is_whitespace() || ")#`\"".contains(c)).next().unwrap();
                assert!(root.join(path).exists(), "{document}: {start}{path}");
            }
        }
    }
}

/// What pre-commit installs, what its setting names, and what the action installs is this version.
#[test]
fn one_version_is_released() {
    let version = env!("CARGO_PKG_VERSION");
    let project = file("pyproject.toml");
    for line in [format!("version = \"{version}\""), format!("dependencies = [\"mopyfile=={version}\"]")] {
        assert_eq!(project.lines().filter(|found| *found == line).count(), 1, "{line}");
    }
    let page = file("docs/docker-and-ci.md");
    assert!(page.contains(&format!("\n    rev: v{version}\n")));
    assert!(page.contains(&format!("uses: cmdjulian/mopy@v{}\n", env!("CARGO_PKG_VERSION_MAJOR"))));
}

/// The setting for VS Code and the entry for SchemaStore map the same names to the schema.
#[test]
fn editors_find_the_schema() {
    let entry: Value = serde_json::from_str(&file(".github/schemastore.json")).unwrap();
    assert_eq!(entry["url"], mopy::mopyfile::keys::SCHEMA);
    let setting: Value = serde_json::from_str(&blocks("docs/reference.md", "json")[0]).unwrap();
    assert_eq!(setting["yaml.schemas"], json!({ mopy::mopyfile::keys::SCHEMA: entry["fileMatch"] }));
}

/// Each page has a directory of its own, with the Mopyfile of an example, and its commands run in their order.
#[test]
fn commands_of_mopy_work_in_order() {
    let bin = Path::new(env!("CARGO_BIN_EXE_mopy")).parent().unwrap();
    let path = std::env::join_paths([bin, Path::new("/usr/bin"), Path::new("/bin")]).unwrap();
    let mut ran = 0;
    for document in pages() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["Dockerfile", "Mopyfile.yaml", "hello.py"] {
            fs::write(directory.path().join(name), file(&format!("example/hello-world/{name}"))).unwrap();
        }
        for line in blocks(&document, "bash").iter().flat_map(|block| block.lines()) {
            match line.split(' ').next().unwrap() {
                // run by `tests/engine`
                "docker" => {}
                "mopy" if line.starts_with("mopy llb") || line.starts_with("mopy lock") => {}
                "mopy" => {
                    let output = Command::new("sh")
                        .args(["-ec", line])
                        .current_dir(directory.path())
                        .env("PATH", &path)
                        .output()
                        .unwrap();
                    let stderr = String::from_utf8_lossy(&output.stderr);
                    assert!(output.status.success(), "{document}: {line}\n{stderr}");
                    ran += 1;
                }
                "cargo" => {
                    let command = line.split(" --").next().unwrap();
                    assert!(file(".ci/run").contains(command), "{document}: nothing runs `{line}`");
                }
                other => panic!("{document}: nothing runs `{other}`"),
            }
        }
    }
    assert!(ran >= 8, "{ran}");
}
