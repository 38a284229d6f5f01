//! Diagnostics for programs: one JSON object per file.

use serde_json::{Value, json};

use super::Diagnostics;
use crate::source::Source;

/// All of `diagnostics` as one JSON value: `file`, and in `diagnostics` for each its `rule`, `severity` (`error`,
/// `warning`, `notice`), `url`, `message` and `help`, with `start` and `end` in lines and columns from 1, and in bytes
/// as `offset`.
#[must_use]
pub fn render(source: &Source, diagnostics: &Diagnostics) -> Value {
    let list: Vec<Value> = diagnostics
        .iter()
        .map(|d| {
            let start = source.position(d.span.start);
            let end = source.position(d.span.end);
            json!({
                "rule": d.rule.name,
                "severity": d.rule.severity.name(),
                "url": d.rule.url(),
                "message": d.message,
                "help": d.help,
                "start": {"line": start.line, "column": start.column, "offset": d.span.start},
                "end": {"line": end.line, "column": end.column, "offset": d.span.end},
            })
        })
        .collect();
    json!({ "file": source.name(), "diagnostics": list })
}
