//! The JSON Schema says what the parser says, as far as a schema can know it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod properties;
mod validator;

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

use mopy::diagnostic::rule;
use mopy::mopyfile::document::{self, Kind, Node};
use mopy::mopyfile::keys;
use mopy::{Month, Source, Span, transpile};
use serde_json::{Map, Value, json};
use validator::Schema;

/// What the schema finds wherever the parser does.
const FOUND: &[&str] = &[
    "empty-file",
    "not-a-mapping",
    "unknown-key",
    "wrong-type",
    "missing-key",
    "empty-value",
    "api-version",
    "apt-package",
    "environment-name",
    "label-key",
    "multiline-value",
    "control-character",
    "absolute-path",
    "stop-signal",
    "module-name",
];

/// What it finds in part, and why not all of it.
const PARTLY: &[(&str, &str)] = &[
    ("python-version", "an editor takes `3.6` and `3.60` for one number, and `0x3` for 3"),
    ("python-2", "as above: it is told that the number is too small, not why"),
    ("index-url", "hosts and ports have a grammar of their own"),
    ("escaping-path", "`a/../..` has to be counted through"),
    ("malformed-path", "what can be installed goes by the name of the file"),
    ("port", "a range can end before it begins"),
    ("healthcheck", "the port may be in `ports`, and nobody counts 292 years"),
    ("installer", "whether uv runs goes by the version of Python"),
    ("pip-option", "after a name, a minus may be part of a marker"),
    ("requirement", "PEP 508 is not a regular language; that there is none is found"),
];

/// What it cannot find, and why.
const NEVER: &[(&str, &str)] = &[
    ("not-utf8", "there is no document"),
    ("file-too-large", "there is no document"),
    ("yaml-syntax", "there is no document"),
    ("multiple-documents", "there is no one document"),
    ("yaml-too-complex", "there is no document, or labels that refer to each other grow"),
    ("duplicate-key", "an object of JSON cannot hold it"),
    ("version-control", "kinds of requirements are told apart by the parser"),
    ("label-cycle", "it is about values, not their shape"),
    ("index-default", "`maxContains` is unknown to draft 7, which editors read"),
    ("installer-environment", "it is a long list of names, and only where something is installed"),
    ("conflicting-credentials", "it is about several values"),
    ("value-too-long", "it goes by what becomes of the value in the Dockerfile"),
    ("file-not-found", "it is about other files"),
    ("ignored-file", "it is about other files"),
    ("required-uv", "it is about other files"),
    ("broken-lock", "it is about another file"),
];

fn mopyfiles(directory: &str) -> Vec<(String, Source)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let paths = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    let files = paths.filter_map(|path| Some((path.clone(), fs::read_to_string(path.join("Mopyfile.yaml")).ok()?)));
    let files: Vec<_> =
        files.map(|(path, text)| (path.display().to_string(), Source::new("Mopyfile.yaml", text))).collect();
    assert!(!files.is_empty());
    files
}

#[test]
fn every_rule_about_mopyfiles_is_listed() {
    let partly = PARTLY.iter().chain(NEVER).map(|(name, _)| *name);
    let listed: BTreeSet<&str> = FOUND.iter().copied().chain(partly).collect();
    let problems: BTreeSet<&str> =
        rule::ALL.iter().filter(|rule| rule.severity == rule::Severity::Error).map(|rule| rule.name).collect();
    assert_eq!(listed, problems);
    assert_eq!(FOUND.len() + PARTLY.len() + NEVER.len(), problems.len(), "one is listed twice");
}

#[test]
fn schema_accepts_what_the_parser_accepts() {
    let schema = Schema::new();
    for (name, source) in ["example", "tests/accept", "tests/warn", "tests/context"].into_iter().flat_map(mopyfiles) {
        let document = document::parse(&source).unwrap();
        assert_eq!(schema.errors(&document), [], "{name}");
    }
}

#[test]
fn schema_rejects_what_the_parser_rejects() {
    let schema = Schema::new();
    let mut found = BTreeSet::new();
    for (name, source) in mopyfiles("tests/reject") {
        let problems = transpile(&source, None, &[], Month::RELEASE).diagnostics;
        let Ok(document) = document::parse(&source) else { continue };
        let errors = schema.errors(&document);
        for problem in problems.errors() {
            let seen = errors.iter().any(|place| place.is_of(problem));
            let name = format!("{name}: {problem:#?}\n{errors:?}");
            assert!(seen || !FOUND.contains(&problem.rule.name) || is_not_json(&document, problem.span), "{name}");
            if seen {
                found.insert(problem.rule.name);
            }
        }
        for place in errors {
            let reason = problems.errors().find(|problem| place.is_of(problem));
            assert!(reason.is_some(), "{name}: only the schema says no to {place:?}");
        }
    }
    for rule in FOUND.iter().copied().chain(PARTLY.iter().map(|(name, _)| *name)) {
        // an empty file is not a document to the parser
        assert!(found.contains(rule) || rule == "empty-file", "{rule} is never found");
    }
    assert!(!Schema::new().accepts(&Value::Null));
    for (rule, _) in NEVER {
        assert!(!found.contains(rule), "{rule} is found");
    }
}

/// Whether `span` is that of a key which JSON cannot have.
fn is_not_json(node: &Node, span: Span) -> bool {
    match &node.kind {
        Kind::Map(entries) => {
            entries.iter().any(|(key, value)| (key.span == span && key.scalar().is_none()) || is_not_json(value, span))
        }
        Kind::List(items) => items.iter().any(|item| is_not_json(item, span)),
        _ => false,
    }
}

/// The rules that a Mopyfile, written as JSON, breaks.
fn problems(mopyfile: &Value) -> Vec<&'static str> {
    // what YAML does not want as it is, it takes as an escape
    let text: String = mopyfile.to_string().chars().map(escaped).collect();
    let found = transpile(&Source::new("f", text), None, &[], Month::RELEASE).diagnostics;
    found.errors().map(|problem| problem.rule.name).collect()
}

fn escaped(c: char) -> String {
    if c == '\u{7f}' || !c.is_ascii() { format!("\\U{:08x}", u32::from(c)) } else { c.to_string() }
}

#[test]
fn every_example_names_the_schema() {
    for (name, source) in mopyfiles("example") {
        let lines: Vec<&str> = source.text().lines().take(2).collect();
        let line = "# yaml-language-server: $schema=../mopyfile.schema.json";
        assert_eq!(lines, ["#syntax=cmdjulian/mopy", line], "{name}");
    }
    assert!(keys::SCHEMA.ends_with("/main/example/mopyfile.schema.json"));
}

#[test]
fn every_key_has_a_description_and_examples_that_work() {
    let (validator, schema) = (Schema::new(), keys::schema());
    for key in keys::ALL {
        let about = &schema["properties"][key.name];
        assert_eq!(about["description"], key.about);
        for example in examples(about, key.name) {
            works(&validator, &json!({"python": "3.13", key.name: example}));
        }
    }
    let index = |index: Map<String, Value>| json!({"python": "3.13", "indices": [index]});
    nested(&validator, &schema["properties"]["indices"]["items"], index);
    let check = |mut check: Map<String, Value>| {
        check.remove("command");
        json!({"python": "3.13", "healthcheck": check})
    };
    let healthcheck = &schema["properties"]["healthcheck"];
    nested(&validator, healthcheck, check);
    for command in examples(&healthcheck["properties"]["command"], "command") {
        works(&validator, &json!({"python": "3.13", "healthcheck": {"command": command}}));
    }
}

/// Tries each example of the keys of a mapping together with the first examples of the others.
fn nested(schema: &Schema, about: &Value, mopyfile: impl Fn(Map<String, Value>) -> Value) {
    let keys = about["properties"].as_object().unwrap();
    let first: Map<String, Value> =
        keys.iter().map(|(name, about)| (name.clone(), examples(about, name)[0].clone())).collect();
    for (name, about) in keys {
        assert!(about["description"].is_string(), "{name}");
        for example in examples(about, name) {
            let mut map = first.clone();
            map.insert(name.clone(), example.clone());
            works(schema, &mopyfile(map));
        }
    }
}

fn examples<'a>(about: &'a Value, name: &str) -> &'a Vec<Value> {
    let examples = about["examples"].as_array();
    examples.filter(|examples| !examples.is_empty()).unwrap_or_else(|| panic!("`{name}` has no examples"))
}

fn works(schema: &Schema, mopyfile: &Value) {
    assert_eq!(problems(mopyfile), [""; 0], "{mopyfile}");
    assert!(schema.accepts(mopyfile), "{mopyfile}");
}
