//! The `#syntax=` line, which makes BuildKit build a file with mopy.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::source::{Source, Span};

/// `docker build` would read the file as a Dockerfile.
pub static SYNTAX_LINE: Rule = Rule {
    name: "syntax-line",
    severity: Severity::Warning,
    summary: "`docker build` would read the file as a Dockerfile",
    explanation: "The line `#syntax=cmdjulian/mopy` tells BuildKit to build the file with mopy. It must come before \
         everything except other BuildKit directives: after a license header, a blank line or `---`, BuildKit ignores \
         it and the build fails with `unknown instruction: python:`. `mopy transpile` does not need the line.",
};

/// The line to add.
const LINE: &str = "#syntax=cmdjulian/mopy";

/// Warns if `docker build` would not read `source` as a Mopyfile. BuildKit looks for directives (moby/buildkit
/// `frontend/dockerfile/parser/directives.go`) in the comments at the top, in the form `# key=value`, or in a JSON
/// file.
#[must_use]
pub fn check(source: &Source) -> Option<Diagnostic> {
    let text = source.text();
    let line_end = |at: usize| at + text[at..].find('\n').unwrap_or(text.len() - at);
    // a shebang line is skipped
    let at = if text.starts_with("#!") { (line_end(0) + 1).min(text.len()) } else { 0 };
    // the first line that is not a directive, or `None` if there is `syntax`
    let end_of_directives = |marker: &str| {
        let mut from = at;
        while from < text.len() {
            let end = line_end(from);
            match directive(&text[from..end], marker) {
                Some(key) if key.eq_ignore_ascii_case("syntax") => return None,
                Some(_) => from = end + 1,
                None => break,
            }
        }
        Some(from.min(text.len()))
    };
    let stopped = end_of_directives("#")?;
    end_of_directives("//")?;
    let json: Option<serde_json::Value> =
        text.trim_start().starts_with('{').then(|| serde_json::from_str(text).ok()).flatten();
    if json.is_some_and(|file| file.get("syntax").is_some()) {
        return None;
    }
    // the location of the line, if it exists
    let lines = text.match_indices('\n').map(|(at, _)| at + 1).chain([0]);
    let is_syntax = |start: usize| {
        directive(&text[start..line_end(start)], "#").is_some_and(|key| key.eq_ignore_ascii_case("syntax"))
    };
    let written = lines.filter(|start| *start >= stopped && is_syntax(*start)).min();
    Some(match written {
        Some(start) => {
            let top = Span::new(stopped, line_end(stopped));
            Diagnostic::new(
                &SYNTAX_LINE,
                Span::new(start, line_end(start)),
                "`#syntax=` must be at the top of the file",
            )
            .related(top, "BuildKit stops looking here")
            .help("move it to the top of the file")
        }
        None => Diagnostic::new(&SYNTAX_LINE, Span::new(0, line_end(0)), format!("the line `{LINE}` is missing"))
            .help(format!("add the line `{LINE}` to the top of the file")),
    })
}

/// The key of a directive: `# key=value`.
fn directive<'t>(line: &'t str, marker: &str) -> Option<&'t str> {
    let rest = line.strip_prefix(marker)?.trim_start_matches([' ', '\t', '\r', '\u{b}', '\u{c}']);
    let (key, value) = rest.split_once('=')?;
    let key = key.trim_end();
    let is_key = key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(|c| c.is_ascii_alphanumeric());
    (is_key && !value.trim().is_empty()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::source::Source;

    #[test]
    fn directives_that_buildkit_reads() {
        for (text, seen) in [
            ("#syntax=cmdjulian/mopy\npython: 3\n", true),
            ("# syntax = cmdjulian/mopy:1\r\npython: 3\n", true),
            ("#Syntax=x", true),
            ("#!/usr/bin/env mopy\n#syntax=cmdjulian/mopy\n", true),
            ("# escape=`\n# syntax=x\n", true),
            ("//syntax=x\n", true),
            ("{\"syntax\": \"x\", \"python\": 3}", true),
            ("python: 3\n", false),
            ("\n#syntax=x\n", false),
            (" #syntax=x\n", false),
            ("---\n#syntax=x\n", false),
            ("# Copyright\n#syntax=x\n", false),
            ("# yaml-language-server: $schema=x\n#syntax=x\n", false),
            ("#syntax=\n", false),
            ("{\"python\": 3}", false),
            ("", false),
        ] {
            assert_eq!(check(&Source::new("M", text)).is_none(), seen, "{text:?}");
        }
    }
}
