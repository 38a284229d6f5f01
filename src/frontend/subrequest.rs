//! Subrequests: `docker build --check` and `--call=…`. Those about the generated Dockerfile are answered by the
//! Dockerfile frontend (`frontend/subrequests`), and the locations in its answers are translated.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use buildkit_proto::pb;
use serde_json::{Value, json};

use super::failure::{self, info_to_json, ranges_from_json, ranges_to_json};
use super::source_map::{self, SourceMap};
use super::warning::Warning;
use super::wire::BuildResult;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::source::Source;

/// Lists the subrequests.
pub(super) const DESCRIBE: &str = "frontend.subrequests.describe";

/// Prints warnings.
pub(super) const LINT: &str = "frontend.lint";

/// The generated Dockerfile.
pub(super) const DOCKERFILE: &str = "frontend.mopy.dockerfile";

/// The LLB of the Dockerfile.
pub(super) const LLB: &str = "frontend.mopy.llb";

/// Subrequests that the Dockerfile frontend does not list.
const OWN: [(&str, &str, &[&str]); 3] = [
    (LINT, "Check a Mopyfile", &["result.json", "result.txt"]),
    (DOCKERFILE, "Print the Dockerfile of a Mopyfile", &["result.json", "result.txt"]),
    (LLB, "Print the build graph (LLB) of a Mopyfile, for buildctl", &["result.txt"]),
];

/// The subrequests of the Dockerfile frontend and mopy's own.
pub(super) fn describe(answer: &BuildResult) -> BuildResult {
    let mut list = result_json(answer).as_array().cloned().unwrap_or_default();
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
    reply([("result.json", pretty(&Value::from(list))), ("result.txt", text.into_bytes())])
}

/// The generated Dockerfile.
pub(super) fn dockerfile(text: &str) -> BuildResult {
    reply([("result.txt", text.into()), ("result.json", pretty(&json!({ "dockerfile": text })))])
}

/// An encoded definition, which `buildctl debug dump-llb` prints as JSON.
pub(super) fn llb(definition: Vec<u8>) -> BuildResult {
    reply([("result.txt", definition)])
}

/// The answer of the Dockerfile frontend about targets or arguments, with locations in the Mopyfile. Text that does not
/// come from the Mopyfile has no location.
pub(super) fn translated(mut answer: BuildResult, map: &SourceMap<'_>) -> BuildResult {
    let mut value = result_json(&answer);
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
    value["sources"] = json!([STANDARD.encode(&map.mopyfile.data)]);
    answer.metadata.insert("result.json".to_owned(), pretty(&value));
    answer
}

/// The JSON of an answer; null if it has none.
fn result_json(answer: &BuildResult) -> Value {
    answer.metadata.get("result.json").and_then(|json| serde_json::from_slice(json).ok()).unwrap_or_default()
}

/// The findings of the Dockerfile frontend that come from the Mopyfile, and `warnings` about the Mopyfile itself. Notes
/// are not included, because any finding makes a lint fail.
pub(super) fn lint(answer: &BuildResult, map: &SourceMap<'_>, warnings: &[Warning]) -> BuildResult {
    let value = result_json(answer);
    let mut all: Vec<Value> = warnings.iter().filter_map(own_warning).collect();
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
    findings(&map.mopyfile, all, error)
}

/// The errors of a Mopyfile as the result of a lint.
pub(super) fn errors(source: &Source, diagnostics: &Diagnostics) -> BuildResult {
    let errors: Vec<&Diagnostic> = diagnostics.errors().collect();
    let ranges = errors.iter().map(|error| source_map::range(source, error.span)).collect();
    let message = failure::errors(source, diagnostics).message;
    let warnings = diagnostics.warnings().filter_map(|warning| own_warning(&Warning::new(source, warning)));
    findings(&source_map::info(source), warnings.collect(), Some((message, ranges)))
}

/// A warning in BuildKit's format; `None` for a note.
fn own_warning(warning: &Warning) -> Option<Value> {
    let location = if warning.ranges.is_empty() {
        // shown without lines
        json!({ "sourceIndex": -1 })
    } else {
        json!({ "ranges": ranges_to_json(&warning.ranges) })
    };
    let value = json!({
        "ruleName": warning.rule.name,
        "description": warning.rule.summary,
        "url": warning.rule.url(),
        "detail": warning.message,
        "location": location,
    });
    Some(value).filter(|_| warning.rule.severity == Severity::Warning)
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
    let status = if failed { "1" } else { "0" };
    reply([("result.json", pretty(&value)), ("result.txt", text.into_bytes()), ("result.statuscode", status.into())])
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

fn pretty(value: &Value) -> Vec<u8> {
    serde_json::to_vec_pretty(value).unwrap_or_default()
}

fn reply<const N: usize>(metadata: [(&str, Vec<u8>); N]) -> BuildResult {
    let entries = metadata.into_iter().chain([("version", b"1.0.0".to_vec())]);
    BuildResult { metadata: entries.map(|(key, value)| (key.to_owned(), value)).collect(), ..BuildResult::default() }
}
