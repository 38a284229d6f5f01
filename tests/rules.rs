//! Every rule is shown by a case: the golden files are where one reads what mopy says.
#![allow(clippy::unwrap_used, clippy::panic)] // a test may end in a panic

use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use mopy::diagnostic::{Severity, rule};
use mopy::{Month, Source};

/// Rules about a file as a whole and about platforms, whose cases are in `tests/cli.rs`, about the options of a build,
/// whose cases are in `tests/frontend`, about what only a build can find, whose cases are in `tests/engine`,
/// and about modes of files, which git does not keep.
const ELSEWHERE: [&str; 6] =
    ["file-too-large", "missing-library", "no-uv", "not-utf8", "unread-build-argument", "unreadable-file"];

/// Rules without an example: what they are about is not in a Mopyfile, is too long for a page, or cannot be seen.
const WITHOUT_EXAMPLE: [&str; 10] = [
    "broken-lock",
    "file-too-large",
    "ignored-file",
    "missing-library",
    "no-uv",
    "not-utf8",
    "stale-lock",
    "unread-build-argument",
    "value-too-long",
    "yaml-too-complex",
];

/// Rules whose examples are about other files, which are in `tests/context`.
const ABOUT_FILES: [&str; 10] = [
    "env-file",
    "file-not-found",
    "link-outside",
    "missing-wheel",
    "not-installable",
    "project-clutter",
    "required-uv",
    "syntax-line",
    "unreadable-file",
    "whole-context",
];

fn cases(directory: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(directory);
    let mut cases: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

fn all_cases() -> impl Iterator<Item = PathBuf> {
    ["reject", "accept", "warn", "context"].into_iter().flat_map(cases)
}

fn shown(case: &Path) -> String {
    fs::read_to_string(case.join("diagnostics.txt")).unwrap_or_default()
}

fn mopyfile(case: &Path) -> String {
    fs::read_to_string(case.join("Mopyfile.yaml")).unwrap()
}

/// The rules of what is found in a Mopyfile that has no problem, each with its lines.
fn found(mopyfile: &str) -> Vec<(&'static str, RangeInclusive<usize>)> {
    let source = Source::new("Mopyfile.yaml", mopyfile);
    let found = mopy::transpile(&source, None, &[], Month::RELEASE).diagnostics;
    let line = |offset| source.position(offset).line;
    found.iter().map(|found| (found.rule.name, line(found.span.start)..=line(found.span.end))).collect()
}

#[test]
fn every_rule_has_a_case() {
    let rejected: String = cases("reject").iter().map(|case| shown(case)).collect();
    let warned: String = cases("warn").iter().map(|case| shown(case)).collect();
    let looked_up: String = cases("context").iter().map(|case| shown(case)).collect();
    for rule in rule::ALL.iter().filter(|rule| !ELSEWHERE.contains(&rule.name)) {
        let (kind, text) = match rule.severity {
            Severity::Error => ("error", &rejected),
            Severity::Warning => ("warning", &warned),
            Severity::Note => ("note", &warned),
        };
        let title = format!("{kind}[{}]: ", rule.name);
        assert!(text.contains(&title) || looked_up.contains(&title), "no case shows `{title}`");
    }
}

/// A Mopyfile of the page of rules, which may omit the first lines.
fn completed(example: &str) -> String {
    if example.starts_with("#syntax") {
        return example.to_owned();
    }
    let python = if example.lines().any(|line| line.starts_with("python:")) { "" } else { "python: 3.13\n" };
    format!("#syntax=cmdjulian/mopy\n\n{python}{example}")
}

/// Each rule has a Mopyfile for which it is reported, and one for which nothing but notes of other rules is.
#[test]
fn every_rule_has_a_bad_and_a_good_example() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
    for rule in rule::ALL.iter().filter(|rule| !WITHOUT_EXAMPLE.contains(&rule.name)) {
        let text = fs::read_to_string(directory.join(format!("{}.yaml", rule.name)));
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", rule.name));
        let (bad, good) = text.strip_prefix("# Bad\n").and_then(|text| text.split_once("# Good\n")).unwrap();
        let report = |example: &str| {
            let source = Source::new("Mopyfile.yaml", completed(example));
            mopy::transpile(&source, None, &[], Month::RELEASE).diagnostics
        };
        let reported = report(bad).iter().any(|found| found.rule.name == rule.name);
        assert_eq!(reported, !ABOUT_FILES.contains(&rule.name), "{}:\n{bad}", rule.name);
        for found in report(good).iter() {
            assert!(found.rule.severity == Severity::Note && found.rule.name != rule.name, "{}:\n{good}", rule.name);
        }
    }
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(rule::find(name).is_some() && !WITHOUT_EXAMPLE.contains(&name), "no rule `{name}` has an example");
    }
}

#[test]
fn there_are_many_cases() {
    assert!(cases("reject").len() >= 60);
    for case in cases("reject") {
        assert!(shown(&case).contains("error["), "{} shows no problem", case.display());
    }
    for case in cases("accept").into_iter().chain(cases("warn")) {
        assert!(!shown(&case).contains("error["), "{} shows a problem", case.display());
    }
}

/// Each warning and note about a line has a case in which a comment suppresses it.
#[test]
fn every_warning_can_be_suppressed() {
    let cases: String = cases("warn").into_iter().chain(cases("context")).map(|case| mopyfile(&case)).collect();
    for rule in rule::ALL.iter().filter(|rule| rule.severity != Severity::Error && !ELSEWHERE.contains(&rule.name)) {
        let comment = format!("# mopy: ignore={}", rule.name);
        assert!(cases.contains(&comment), "no case has `{comment}`");
    }
}

/// Without the comments, exactly what they name is found besides, in their lines.
#[test]
fn comments_suppress_only_their_lines() {
    let mut suppressed = 0;
    for case in cases("warn").into_iter().filter(|case| !case.ends_with("unknown-ignore")) {
        let text = mopyfile(&case);
        let silent = found(&text);
        for (rule, lines) in found(&text.replace("mopy:", "    :")) {
            let mut written = text.lines().skip(lines.start() - 1).take(lines.clone().count());
            let ignored = written.any(|line| line.split_once("ignore=").is_some_and(|(_, rules)| rules.contains(rule)));
            assert_eq!(silent.contains(&(rule, lines.clone())), !ignored, "{}:{lines:?}: {rule}", case.display());
            suppressed += usize::from(ignored);
        }
    }
    assert!(suppressed >= 20, "{suppressed}");
}

/// All credentials of the cases begin alike.
#[test]
fn credentials_are_never_shown() {
    let mut with_credentials = 0;
    for case in all_cases() {
        let text = fs::read(case.join("Mopyfile.yaml")).unwrap();
        with_credentials += usize::from(String::from_utf8_lossy(&text).contains("hunter2"));
        let json = fs::read_to_string(case.join("diagnostics.json")).unwrap_or_default();
        assert!(!shown(&case).contains("hunter2"), "{} shows a credential", case.display());
        assert!(!json.contains("hunter2"), "{} has a credential in its JSON", case.display());
    }
    assert!(with_credentials >= 10);
}

#[test]
fn messages_keep_to_the_style() {
    for case in all_cases() {
        for line in shown(&case).lines() {
            let title = ["error[", "warning[", "note["].iter().any(|kind| line.starts_with(kind));
            if title || line.trim_start().starts_with("= help: ") {
                assert!(!line.ends_with('.'), "{}: {line}", case.display());
            }
            assert!(!line.chars().any(char::is_control), "{}: {line:?}", case.display());
        }
    }
}

/// The two ways to write a version give the same image.
#[test]
fn quotes_around_the_version_make_no_difference() {
    let text = |case: &str| {
        let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/accept").join(case);
        fs::read_to_string(case.join("Dockerfile.diff")).unwrap()
    };
    assert_eq!(text("python-3-10"), text("python-3-10-quoted"));
}
