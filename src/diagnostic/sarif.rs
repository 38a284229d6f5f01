//! Renders diagnostics as SARIF 2.1.0, the exchange format of code scanners
//! (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>).

use std::fmt::Write;

use serde_json::{Value, json};

use super::{Diagnostic, Diagnostics, Rule, rule};
use crate::source::{Source, Span};

/// Renders `diagnostics` as a log with a single run, which describes all rules.
#[must_use]
pub fn render(source: &Source, diagnostics: &Diagnostics) -> Value {
    let rules: Vec<Value> = rule::ALL.iter().map(|rule| descriptor(rule)).collect();
    let results: Vec<Value> = diagnostics.iter().map(|diagnostic| result(source, diagnostic)).collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "mopy",
                    "version": env!("CARGO_PKG_VERSION"),
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "informationUri": env!("CARGO_PKG_REPOSITORY"),
                    "rules": rules,
                },
            },
            // the default is UTF-16 code units
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn descriptor(rule: &Rule) -> Value {
    json!({
        "id": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.explanation},
        "help": {"text": rule.explanation},
        "helpUri": rule.url(),
        "defaultConfiguration": {"level": rule.severity.name()},
    })
}

fn result(source: &Source, diagnostic: &Diagnostic) -> Value {
    let help = diagnostic.help.iter().map(|help| format!("\nhelp: {help}")).collect::<String>();
    let mut result = json!({
        "ruleId": diagnostic.rule.name,
        "ruleIndex": rule::ALL.iter().position(|rule| *rule == diagnostic.rule),
        "level": diagnostic.rule.severity.name(),
        "message": message(&format!("{}{help}", diagnostic.message)),
        "locations": [{"physicalLocation": place(source, diagnostic.span)}],
    });
    if let Some((span, label)) = &diagnostic.related {
        result["relatedLocations"] = json!([{"message": message(label), "physicalLocation": place(source, *span)}]);
    }
    result
}

/// A string in which braces are not placeholders (section 3.11.5).
fn message(text: &str) -> Value {
    json!({"text": text.replace('{', "{{").replace('}', "}}")})
}

fn place(source: &Source, span: Span) -> Value {
    let [start, end] = [span.start, span.end].map(|at| source.position(at));
    json!({
        "artifactLocation": {"uri": uri(source.name())},
        "region": {
            "startLine": start.line, "startColumn": start.column,
            "endLine": end.line, "endColumn": end.column,
        },
    })
}

/// A path as a URI reference (RFC 3986): relative, or with the scheme `file`.
fn uri(path: &str) -> String {
    let mut uri = if path.starts_with('/') { "file://".to_owned() } else { String::new() };
    for byte in path.trim_start_matches("./").bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // writing to a string cannot fail
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::{render, uri};
    use crate::diagnostic::{Diagnostic, rule};
    use crate::source::{Source, Span};

    #[test]
    fn paths() {
        for (path, expected) in [
            ("./app/Mopyfile.yaml", "app/Mopyfile.yaml"),
            ("../a b/ü:#?%.yaml", "../a%20b/%C3%BC%3A%23%3F%25.yaml"),
            ("/srv/Mopyfile", "file:///srv/Mopyfile"),
            ("<stdin>", "%3Cstdin%3E"),
        ] {
            assert_eq!(uri(path), expected);
        }
    }

    #[test]
    fn columns_are_declared_and_braces_doubled() {
        let found = Diagnostic::new(&rule::WRONG_TYPE, Span::new(0, 1), "`{a}`").help("`${b}`");
        let found = found.related(Span::new(0, 1), "{c}");
        let run = &render(&Source::new("f", "a"), &found.into())["runs"][0];
        assert_eq!(run["columnKind"], "unicodeCodePoints");
        let result = &run["results"][0];
        assert_eq!(result["message"]["text"], "`{{a}}`\nhelp: `${{b}}`");
        assert_eq!(result["relatedLocations"][0]["message"]["text"], "{{c}}");
    }
}
