//! Renders diagnostics as JSON, one object per file.

use serde_json::{Value, json};

use super::Diagnostics;
use crate::source::{Position, Source};

/// Renders `diagnostics` as one JSON object with `file` and `diagnostics`. Each diagnostic has a `rule`, `severity`
/// (`error`, `warning`, `note`), `url`, `message` and `help`, and a `start` and `end` with `line` and `column` from 1
/// and a byte `offset`. `related`, if present, is another location with its own `message`.
#[must_use]
pub fn render(source: &Source, diagnostics: &Diagnostics) -> Value {
    let list: Vec<Value> = diagnostics
        .iter()
        .map(|d| {
            let mut value = json!({
                "rule": d.rule.name,
                "severity": d.rule.severity.name(),
                "url": d.rule.url(),
                "message": d.message,
                "help": d.help,
                "start": place(source, d.span.start),
                "end": place(source, d.span.end),
            });
            if let Some((span, label)) = &d.related {
                value["related"] =
                    json!({ "message": label, "start": place(source, span.start), "end": place(source, span.end) });
            }
            value
        })
        .collect();
    json!({ "file": source.name(), "diagnostics": list })
}

fn place(source: &Source, offset: usize) -> Value {
    let Position { line, column } = source.position(offset);
    json!({ "line": line, "column": column, "offset": offset })
}
