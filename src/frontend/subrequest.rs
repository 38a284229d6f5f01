//! Subrequests: `docker build --check` and `--call=…`. Those about the generated Dockerfile are answered by the
//! Dockerfile frontend (`frontend/subrequests`), and the locations in its answers are translated.

use std::collections::HashMap;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use buildkit_proto::pb;
use serde_json::{Value, json};

use super::failure::{self, Failure, info_to_json, ranges_from_json, ranges_to_json};
use super::source_map::{self, SourceMap};
use super::warning::Warning;
use super::wire::BuildResult;
use crate::diagnostic::{Diagnostic, Diagnostics, Rule, Severity};
use crate::source::Source;

/// The subrequests that this module handles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subrequest {
    /// Lists the subrequests.
    Describe,
    /// Prints warnings.
    Lint,
    /// The generated Dockerfile.
    Dockerfile,
    /// The LLB of the Dockerfile.
    Llb,
    /// Any other subrequest, which the Dockerfile frontend may know.
    Other,
}

impl Subrequest {
    /// The subrequest with the ID `id`.
    pub(super) fn parse(id: &str) -> Self {
        match id {
            "frontend.subrequests.describe" => Self::Describe,
            "frontend.lint" => Self::Lint,
            "frontend.mopy.dockerfile" => Self::Dockerfile,
            "frontend.mopy.llb" => Self::Llb,
            _ => Self::Other,
        }
    }
}

/// Subrequests that the Dockerfile frontend does not list.
const OWN: [(&str, &str, &[&str]); 3] = [
    ("frontend.lint", "Check a Mopyfile", &["result.json", "result.txt"]),
    ("frontend.mopy.dockerfile", "Print the Dockerfile of a Mopyfile", &["result.json", "result.txt"]),
    ("frontend.mopy.llb", "Print the build graph (LLB) of a Mopyfile, for buildctl", &["result.txt"]),
];

/// The subrequests of the Dockerfile frontend and mopy's own.
pub(super) fn describe(answer: &BuildResult) -> BuildResult {
    let mut list: Vec<Value> =
        answer.metadata.get("result.json").and_then(|json| serde_json::from_slice(json).ok()).unwrap_or_default();
    for (name, description, results) in OWN {
        if !list.iter().any(|known| known["name"] == name) {
            let metadata: Vec<Value> = results.iter().map(|name| json!({ "name": name })).collect();
            list.push(json!({
                "name": name, "version": "1.0.0", "type": "rpc", "description": description,
                "opts": [], "inputs": null, "metadata": metadata, "refs": null,
            }));
        }
    }
    let rows: Vec<[&str; 3]> = std::iter::once(["NAME", "VERSION", "DESCRIPTION"])
        .chain(list.iter().map(|known| {
            let text = |key: &str| known[key].as_str().unwrap_or_default();
            let name = text("name");
            [name.strip_prefix("frontend.").unwrap_or(name), text("version"), text("description")]
        }))
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
    let (name, version) = (width(0), width(1));
    let text: String = rows.iter().map(|row| format!("{:name$} {:version$} {}\n", row[0], row[1], row[2])).collect();
    reply(&[("result.json", pretty(&Value::from(list.clone()))), ("result.txt", text)])
}

/// The generated Dockerfile.
pub(super) fn dockerfile(text: &str) -> BuildResult {
    reply(&[("result.txt", text.to_owned()), ("result.json", pretty(&json!({ "dockerfile": text })))])
}

/// An encoded definition, which `buildctl debug dump-llb` prints as JSON.
pub(super) fn llb(definition: Vec<u8>) -> BuildResult {
    let mut result = reply(&[]);
    result.metadata.insert("result.txt".to_owned(), definition);
    result
}

/// The answer of the Dockerfile frontend about targets or arguments, with locations in the Mopyfile. Text that does not
/// come from the Mopyfile has no location.
pub(super) fn translated(mut answer: BuildResult, map: &SourceMap<'_>) -> BuildResult {
    let Some(json) = answer.metadata.get_mut("result.json") else {
        return answer;
    };
    let Ok(mut value) = serde_json::from_slice::<Value>(json) else {
        return answer;
    };
    if !value["sources"].is_array() {
        return answer;
    }
    let lists = value.as_object_mut().into_iter().flat_map(|fields| fields.values_mut());
    for item in lists.filter_map(Value::as_array_mut).flatten().filter_map(Value::as_object_mut) {
        let ranges = item.get("location").map(|location| map.translate(&ranges_from_json(&location["ranges"])));
        match ranges {
            Some(ranges) if !ranges.is_empty() => {
                item.insert("location".to_owned(), json!({ "ranges": ranges_to_json(&ranges) }));
            }
            _ => drop(item.remove("location")),
        }
    }
    value["sources"] = json!([STANDARD.encode(&map.info().data)]);
    *json = pretty(&value).into_bytes();
    answer
}

/// The findings of the Dockerfile frontend that come from the Mopyfile, and `warnings` about the Mopyfile itself. Notes
/// are not included, because any finding makes a lint fail.
pub(super) fn lint(answer: &BuildResult, map: &SourceMap<'_>, warnings: &[Warning]) -> BuildResult {
    let value: Value =
        answer.metadata.get("result.json").and_then(|json| serde_json::from_slice(json).ok()).unwrap_or_default();
    let mut all: Vec<Value> = warnings.iter().filter(|warning| has_warnings(warning.rule)).map(own_warning).collect();
    for warning in value["warnings"].as_array().into_iter().flatten() {
        let ranges = map.translate(&ranges_from_json(&warning["location"]["ranges"]));
        // users cannot do anything about the others
        if !ranges.is_empty() {
            let mut warning = warning.clone();
            warning["location"] = json!({ "ranges": ranges_to_json(&ranges) });
            all.push(warning);
        }
    }
    let error = value["buildError"].as_object().map(|error| {
        let message = error.get("message").and_then(Value::as_str).unwrap_or_default().to_owned();
        (message, map.translate(&ranges_from_json(&value["buildError"]["location"]["ranges"])))
    });
    findings(map.info(), all, error)
}

/// The errors of a Mopyfile as the result of a lint.
pub(super) fn errors(source: &Source, diagnostics: &Diagnostics) -> BuildResult {
    let errors: Vec<&Diagnostic> = diagnostics.errors().collect();
    let ranges = errors.iter().map(|error| source_map::range(source, error.span)).collect();
    let message = Failure::errors(source, diagnostics).message().to_owned();
    let warnings = diagnostics.warnings().filter(|warning| has_warnings(warning.rule)).map(|warning| {
        own_warning(&Warning {
            rule: warning.rule,
            message: failure::sentence(warning),
            ranges: vec![source_map::range(source, warning.span)],
        })
    });
    findings(&source_map::info(source), warnings.collect(), Some((message, ranges)))
}

fn has_warnings(rule: &Rule) -> bool {
    rule.severity == Severity::Warning
}

fn own_warning(warning: &Warning) -> Value {
    let location = if warning.ranges.is_empty() {
        // shown without lines
        json!({ "sourceIndex": -1 })
    } else {
        json!({ "ranges": ranges_to_json(&warning.ranges) })
    };
    json!({
        "ruleName": warning.rule.name,
        "description": warning.rule.summary,
        "url": warning.rule.url(),
        "detail": warning.message,
        "location": location,
    })
}

fn findings(info: &pb::SourceInfo, warnings: Vec<Value>, error: Option<(String, Vec<pb::Range>)>) -> BuildResult {
    let failed = error.is_some() || !warnings.is_empty();
    let mut text = String::new();
    for warning in &warnings {
        let field = |key: &str| warning[key].as_str().unwrap_or_default();
        let url = if field("url").is_empty() { String::new() } else { format!(" - {}", field("url")) };
        // writing to a string cannot fail
        let _ = writeln!(text, "\nWARNING: {}{url}\n{}", field("ruleName"), field("detail"));
        text.push_str(&snippet(info, &ranges_from_json(&warning["location"]["ranges"])));
    }
    let mut value = json!({ "warnings": warnings, "sources": [info_to_json(info)] });
    if let Some((message, ranges)) = error {
        let _ = writeln!(text, "\nERROR: {message}\n{}", snippet(info, &ranges));
        value["buildError"] = json!({ "message": message, "location": { "ranges": ranges_to_json(&ranges) } });
    }
    reply(&[("result.json", pretty(&value)), ("result.txt", text), ("result.statuscode", u8::from(failed).to_string())])
}

/// The lines of a file in `ranges`.
fn snippet(info: &pb::SourceInfo, ranges: &[pb::Range]) -> String {
    let text = String::from_utf8_lossy(&info.data);
    let lines = (1..).zip(text.lines()).filter(|(number, _)| {
        ranges.iter().any(|range| {
            let start = range.start.map_or(0, |start| start.line);
            let end = range.end.map_or(0, |end| end.line).max(start);
            (start..=end).contains(number)
        })
    });
    let rows: String = lines.map(|(number, line)| format!(" {number:3} | >>> {line}\n")).collect();
    if rows.is_empty() { rows } else { format!("{}:\n{rows}", info.filename) }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn reply(metadata: &[(&str, String)]) -> BuildResult {
    let entries = metadata.iter().map(|(key, value)| ((*key).to_owned(), value.clone().into_bytes()));
    let version = ("version".to_owned(), b"1.0.0".to_vec());
    let metadata: HashMap<String, Vec<u8>> = entries.chain([version]).collect();
    BuildResult { metadata, ..BuildResult::default() }
}
