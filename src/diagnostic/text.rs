//! Diagnostics for people: the lines of the file, what is wrong, what to write.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Diagnostics, Severity, mask};
use crate::source::Source;

/// All of `diagnostics`, each with its source lines, and a last line that counts them. With `colour`
/// the text has ANSI escapes.
#[must_use]
pub fn render(source: &Source, diagnostics: &Diagnostics, colour: bool) -> String {
    if diagnostics.is_empty() {
        return String::new();
    }
    let shown = mask::masked(source);
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for diagnostic in diagnostics {
        let report = report(source, &shown, diagnostic);
        text.push_str(&renderer.render(&report));
        text.push_str("\n\n");
    }
    text.push_str(&summary(source, diagnostics));
    text.push('\n');
    text
}

/// One line of a diagnostic: `name:line:column: message`.
#[must_use]
pub fn position(source: &Source, diagnostic: &Diagnostic) -> String {
    let at = source.position(diagnostic.span.start);
    format!("{}:{}:{}", source.name(), at.line, at.column)
}

/// How many there are of each severity.
#[must_use]
pub fn summary(source: &Source, diagnostics: &Diagnostics) -> String {
    let counts: Vec<String> = [Severity::Problem, Severity::Warning, Severity::Notice]
        .into_iter()
        .filter_map(|severity| {
            let count = diagnostics.iter().filter(|d| d.rule.severity == severity).count();
            match count {
                0 => None,
                1 => Some(format!("1 {}", severity.noun())),
                _ => Some(format!("{count} {}s", severity.noun())),
            }
        })
        .collect();
    format!("{}: {}", source.name(), counts.join(", "))
}

fn report<'a>(source: &'a Source, shown: &'a str, diagnostic: &'a Diagnostic) -> Vec<Group<'a>> {
    let level = match diagnostic.rule.severity {
        Severity::Problem => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Notice => Level::NOTE,
    };
    let mut snippet = Snippet::source(shown)
        .path(source.name())
        .line_start(1)
        .fold(true)
        .annotation(AnnotationKind::Primary.span(diagnostic.span.range()));
    if let Some((span, label)) = &diagnostic.related {
        snippet = snippet.annotation(AnnotationKind::Context.span(span.range()).label(label.as_str()));
    }
    let mut group = level.primary_title(diagnostic.message.as_str()).id(diagnostic.rule.name).element(snippet);
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    vec![group]
}
