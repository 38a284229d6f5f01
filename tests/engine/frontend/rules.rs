//! `docker build --check` shows what is found where it is, for each rule, and fails exactly then.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use mopy::diagnostic::{Severity, rule};
use mopy::{Month, Source};
use serde_json::Value;

use super::transcripts::copy;
use super::{FRONTEND, build};
use crate::docker::{Printed, context};

fn cases(directory: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(directory);
    let mut cases: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

/// What only the command line looks for: a build has found its frontend.
const OF_THE_COMMAND_LINE: &str = "syntax-line";

/// What is found in a case: rule, severity and line.
fn expected(case: &Path) -> Vec<(String, String, u64)> {
    let Ok(text) = fs::read_to_string(case.join("diagnostics.json")) else { return Vec::new() };
    let value: Value = serde_json::from_str(&text).unwrap();
    let text = |found: &Value, key: &str| found[key].as_str().unwrap().to_owned();
    let found = value["diagnostics"].as_array().unwrap().iter();
    found.map(|one| (text(one, "rule"), text(one, "severity"), one["start"]["line"].as_u64().unwrap())).collect()
}

/// Replaces base images that are not available to this engine.
fn contexts(case: &Path) -> Vec<String> {
    let source = Source::new("Mopyfile.yaml", fs::read_to_string(case.join("Mopyfile.yaml")).unwrap());
    let Some(dockerfile) = mopy::transpile(&source, None, &[], Month::RELEASE).dockerfile else { return Vec::new() };
    let images: HashSet<&str> = dockerfile
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("FROM python:")?.split(' ').next())
        .filter(|tag| !tag.starts_with("3.13-"))
        .collect();
    images.into_iter().map(|tag| format!("--build-context=python:{tag}=docker-image://python:3.13-trixie")).collect()
}

/// Puts files where the Mopyfile of a case that is not about files names some.
fn fill(case: &Path, place: &Path) {
    let source = Source::new("Mopyfile.yaml", fs::read_to_string(case.join("Mopyfile.yaml")).unwrap());
    let Some(mopyfile) = mopy::transpile(&source, None, &[], Month::RELEASE).mopyfile else { return };
    for found in mopyfile.sources() {
        let path = place.join(found.value.path.as_str());
        let file = if found.value.directory { path.join("main.py") } else { path };
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "").unwrap();
    }
}

fn check(case: &Path, fills: bool) -> Printed {
    let place = context(&[]);
    copy(case, place.path());
    if fills {
        fill(case, place.path());
    }
    let (file, path) = (place.path().join("Mopyfile.yaml"), place.path().to_str().unwrap());
    let syntax = format!("--build-arg=BUILDKIT_SYNTAX={FRONTEND}");
    let contexts = contexts(case);
    let mut options = vec!["--check", &syntax, "-f", file.to_str().unwrap()];
    options.extend(contexts.iter().map(String::as_str));
    options.push(path);
    build(&options, b"")
}

#[test]
#[ignore = "needs an engine"]
fn warnings_have_their_lines() {
    let mut rules = HashSet::new();
    for case in cases("warn").into_iter().chain(cases("context")) {
        let found = expected(&case);
        if found.iter().any(|(rule, _, _)| rule == OF_THE_COMMAND_LINE) {
            continue;
        }
        let printed = check(&case, case.parent().unwrap().ends_with("warn"));
        let all = format!("{}{}", printed.stdout, printed.stderr);
        let shown: Vec<_> = found.iter().filter(|(_, severity, _)| severity != "note").collect();
        assert_eq!(printed.success, shown.is_empty(), "{}\n{all}", case.display());
        assert_eq!(all.contains("Check complete, no warnings found."), shown.is_empty(), "{}\n{all}", case.display());
        for (rule, severity, line) in shown {
            let title =
                if severity == "warning" { format!("WARNING: {rule} - https://") } else { format!("[{rule}] ") };
            assert!(all.contains(&title), "{}: `{title}`\n{all}", case.display());
            assert!(all.contains(&format!("{line:4} | >>> ")), "{}: line {line}\n{all}", case.display());
            rules.insert(rule.clone());
        }
        assert!(!all.contains("hunter2"), "{all}");
    }
    assert!(rules.len() >= 20, "{rules:?}");
}

/// The modes of files are not kept in a repository.
#[test]
#[ignore = "needs an engine"]
fn files_that_others_cannot_read() {
    let place = context(&[
        ("Mopyfile.yaml", "#syntax=cmdjulian/mopy\npython: 3.13\nproject: ./link/\n"),
        ("app/main.py", ""),
        ("app/data/one", ""),
        ("app/notes.md", ""),
        (".dockerignore", "**/*.md\n"),
    ]);
    symlink("app", place.path().join("link")).unwrap();
    let check = || {
        let file = place.path().join("Mopyfile.yaml");
        let syntax = format!("--build-arg=BUILDKIT_SYNTAX={FRONTEND}");
        build(&["--check", &syntax, "-f", file.to_str().unwrap(), place.path().to_str().unwrap()], b"")
    };
    let printed = check();
    assert!(printed.success, "{}{}", printed.stdout, printed.stderr);
    for (name, mode) in [("app/main.py", 0o600), ("app/data", 0o700), ("app/notes.md", 0o600)] {
        fs::set_permissions(place.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    let all = check().stdout;
    for text in
        ["WARNING: unreadable-file - https://", "`app/data` and 1 more can be read only by the owner", "   3 | >>> "]
    {
        assert!(all.contains(text), "{text}\n{all}");
    }
}

/// Errors in a whole file or in the lock file, which have tests of their own.
const ELSEWHERE: [&str; 3] = ["broken-lock", "file-too-large", "not-utf8"];

/// One case of each rule.
#[test]
#[ignore = "needs an engine"]
fn errors_have_their_lines() {
    let mut rules = HashSet::new();
    for case in cases("reject").into_iter().chain(cases("context")) {
        let found = expected(&case);
        let errors: Vec<_> = found
            .iter()
            .filter(|(rule, severity, _)| severity == "error" && !ELSEWHERE.contains(&rule.as_str()))
            .collect();
        if errors.iter().all(|(rule, _, _)| rules.contains(rule)) {
            continue;
        }
        let printed = check(&case, false);
        let all = format!("{}{}", printed.stdout, printed.stderr);
        assert!(!printed.success, "{}\n{all}", case.display());
        assert!(!all.contains("hunter2"), "{all}");
        for (rule, _, line) in errors {
            assert!(all.contains(&format!("Mopyfile.yaml:{line}:")), "{}: line {line}\n{all}", case.display());
            assert!(all.contains(&format!("[{rule}] ")), "{}: {rule}\n{all}", case.display());
            rules.insert(rule.clone());
        }
    }
    let all = rule::ALL.iter().filter(|rule| rule.severity == Severity::Error && !ELSEWHERE.contains(&rule.name));
    let missing: Vec<&str> = all.map(|rule| rule.name).filter(|rule| !rules.contains(*rule)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
