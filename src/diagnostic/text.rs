//! Diagnostics for people: the lines of the file, what is wrong, what to write.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Diagnostics, Severity};
use crate::redact;
use crate::source::{Position, Source, Span, beginning};

/// How many findings are shown. More are counted only: nobody reads them, and a file of another kind has one in each
/// line.
pub const MOST: usize = 100;

/// All of `diagnostics`, each with its source lines without credentials, and a last line that counts them; at most
/// [`MOST`] are shown. With `colour` the text has ANSI escapes. It is empty when there are none.
#[must_use]
pub fn render(source: &Source, diagnostics: &Diagnostics, colour: bool) -> String {
    if diagnostics.is_empty() {
        return String::new();
    }
    let shown = printable(&redact::source(source));
    let name = printable(source.name());
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(MOST) {
        let report = report(source, &name, &shown, diagnostic);
        text.push_str(&renderer.render(&report));
        text.push_str("\n\n");
    }
    text.push_str(&summary(source, diagnostics));
    if diagnostics.iter().nth(MOST).is_some() {
        text.push_str(&format!(", of which the first {MOST} are shown"));
    }
    text.push('\n');
    text
}

/// Where a diagnostic is: `name:line:column`.
#[must_use]
pub fn position(source: &Source, diagnostic: &Diagnostic) -> String {
    place(source, diagnostic.span)
}

/// Where a span begins: `name:line:column`.
pub(super) fn place(source: &Source, span: Span) -> String {
    let at = source.position(span.start);
    format!("{}:{}:{}", printable(source.name()), at.line, at.column)
}

/// The name of the file, and how many findings there are of each severity.
#[must_use]
pub fn summary(source: &Source, diagnostics: &Diagnostics) -> String {
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

/// `text` without characters that could steer a terminal or reorder what it shows, at the same offsets. Line breaks and
/// tabs stay.
pub(crate) fn printable(text: &str) -> String {
    let mut rest = text.chars().peekable();
    let mut printable = String::with_capacity(text.len());
    while let Some(c) = rest.next() {
        printable.push(match c {
            '\n' | '\t' => c,
            '\r' if rest.peek() == Some(&'\n') => c,
            '\u{80}'..='\u{9f}' => '\u{a0}',
            _ if c.is_control() => ' ',
            // Unicode's bidirectional formatting, of three bytes as this is
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
            _ => c,
        });
    }
    printable
}

/// How much is shown from the place of a finding on, in bytes.
const LONGEST: usize = 4096;

fn report<'a>(source: &'a Source, name: &'a str, shown: &'a str, diagnostic: &'a Diagnostic) -> Vec<Group<'a>> {
    let level = match diagnostic.rule.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    // the renderer looks at all that it is given, so it gets no other lines
    let related = diagnostic.related.as_ref();
    let all = related.map_or(diagnostic.span, |(span, _)| span.join(diagnostic.span));
    let line = source.position(all.start).line;
    let start = source.offset(Position { line, column: 1 });
    let end = source.offset(Position { line: source.position(all.end).line, column: usize::MAX });
    // of an endless line, nobody reads more than what follows the beginning
    let is_one = line == source.position(all.end).line;
    let end = if is_one { end.min(all.start.saturating_add(LONGEST)) } else { end };
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
    vec![group]
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
