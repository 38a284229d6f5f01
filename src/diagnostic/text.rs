//! Renders diagnostics as text, with source lines.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Diagnostics, Severity};
use crate::redact;
use crate::source::{Position, Source, Span, beginning};

/// The maximum number of diagnostics to render. The rest is only counted: a file of another kind can have one on every
/// line.
pub const MAX_RENDERED: usize = 100;

/// Renders `diagnostics`, at most [`MAX_RENDERED`] of them, each with its source lines without credentials, followed by
/// a summary line. With `colour`, the text contains ANSI escapes. Empty if there are no diagnostics.
#[must_use]
pub fn render(source: &Source, diagnostics: &Diagnostics, colour: bool) -> String {
    if diagnostics.is_empty() {
        return String::new();
    }
    let shown = printable(&redact::source(source));
    let name = printable(source.name());
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(MAX_RENDERED) {
        let report = report(source, &name, &shown, diagnostic);
        text.push_str(&renderer.render(&[report]));
        text.push_str("\n\n");
    }
    text.push_str(&summary(source, diagnostics));
    if diagnostics.iter().nth(MAX_RENDERED).is_some() {
        text.push_str(&format!(", of which the first {MAX_RENDERED} are shown"));
    }
    text.push('\n');
    text
}

/// The start of a span: `name:line:column`.
pub(crate) fn place(source: &Source, span: Span) -> String {
    let at = source.position(span.start);
    format!("{}:{}:{}", printable(source.name()), at.line, at.column)
}

/// The name of the file, and the number of diagnostics of each severity.
fn summary(source: &Source, diagnostics: &Diagnostics) -> String {
    let counts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter_map(|severity| {
            let count = diagnostics.iter().filter(|d| d.rule.severity == severity).count();
            match count {
                0 => None,
                1 => Some(format!("1 {}", severity.name())),
                _ => Some(format!("{count} {}s", severity.name())),
            }
        })
        .collect();
    format!("{}: {}", printable(source.name()), counts.join(", "))
}

/// Replaces characters that could control a terminal or reorder text, without changing offsets. Line breaks and tabs
/// are kept.
pub(crate) fn printable(text: &str) -> String {
    let mut rest = text.chars().peekable();
    let mut printable = String::with_capacity(text.len());
    while let Some(c) = rest.next() {
        printable.push(match c {
            '\n' | '\t' => c,
            '\r' if rest.peek() == Some(&'\n') => c,
            '\u{80}'..='\u{9f}' => '\u{a0}',
            _ if c.is_control() => ' ',
            // Unicode's bidirectional formatting characters, which are also three bytes long
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
            _ => c,
        });
    }
    printable
}

/// The maximum number of source bytes to render for a diagnostic.
const MAX_LENGTH: usize = 4096;

fn report<'a>(source: &'a Source, name: &'a str, shown: &'a str, diagnostic: &'a Diagnostic) -> Group<'a> {
    let level = match diagnostic.rule.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    // the renderer processes its whole input, so pass only the lines that it needs
    let related = diagnostic.related.as_ref();
    let all = related.map_or(diagnostic.span, |(span, _)| span.join(diagnostic.span));
    let line = source.position(all.start).line;
    let start = source.offset(Position { line, column: 1 });
    let end = source.offset(Position { line: source.position(all.end).line, column: usize::MAX });
    // of a very long line, only the beginning is relevant
    let is_one = line == source.position(all.end).line;
    let end = if is_one { end.min(all.start.saturating_add(MAX_LENGTH)) } else { end };
    let lines = beginning(shown.get(start..).unwrap_or_default(), end.saturating_sub(start)).trim_end_matches('\r');
    let inside = |span: Span| {
        let [start, end] = [span.start, span.end].map(|at| at.saturating_sub(start).min(lines.len()));
        start..end
    };
    let mut snippet = Snippet::source(lines)
        .path(name)
        .line_start(line)
        .fold(true)
        .annotation(AnnotationKind::Primary.span(inside(diagnostic.span)));
    if let Some((span, label)) = related {
        snippet = snippet.annotation(AnnotationKind::Context.span(inside(*span)).label(label.as_str()));
    }
    let mut group = level.primary_title(diagnostic.message.as_str()).id(diagnostic.rule.name).element(snippet);
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    group
}

#[cfg(test)]
mod tests {
    use super::{printable, render};
    use crate::diagnostic::{Diagnostic, rule};
    use crate::source::{Source, Span};

    #[test]
    fn nothing_steers_a_terminal() {
        let source = Source::new("M", "a: \u{1b}[31m\u{7f}\u{9b}31m\u{85}\u{202e}b\n");
        let found = Diagnostic::new(&rule::UNKNOWN_KEY, Span::new(0, 1), "m");
        let text = render(&source, &found.into(), false);
        assert!(!text.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text:?}");
        assert!(text.contains("\u{a0}31m"), "{text:?}");
        let text = "a\rb\r\nc\t\u{1b}\u{85}\u{2066}\u{fc}";
        assert_eq!(printable(text), "a b\r\nc\t \u{a0}\u{fffd}\u{fc}");
        assert_eq!(printable(text).len(), text.len());
    }
}
