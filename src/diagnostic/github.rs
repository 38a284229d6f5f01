//! Renders diagnostics as GitHub and Gitea workflow commands, which annotate the lines of a pull request
//! (<https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>).

use super::{Diagnostic, Diagnostics, Severity, text};
use crate::source::Source;

/// Renders `diagnostics`, one per line.
#[must_use]
pub fn render(source: &Source, diagnostics: &Diagnostics) -> String {
    diagnostics.iter().map(|diagnostic| command(source, diagnostic) + "\n").collect()
}

fn command(source: &Source, diagnostic: &Diagnostic) -> String {
    let command = match diagnostic.rule.severity {
        Severity::Note => "notice",
        severity => severity.name(),
    };
    let [start, end] = [diagnostic.span.start, diagnostic.span.end].map(|at| source.position(at));
    let mut properties = format!("file={},line={}", property(source.name()), start.line);
    if start.line == end.line {
        properties.push_str(&format!(",col={},endLine={},endColumn={}", start.column, end.line, end.column));
    } else {
        // the runner rejects columns in this case (actions/runner, `ValidateLinesAndColumns`)
        properties.push_str(&format!(",endLine={}", end.line));
    }
    let title = property(&format!("mopy ({})", diagnostic.rule.name));
    format!("::{command} {properties},title={title}::{}", data(&message(source, diagnostic)))
}

fn message(source: &Source, diagnostic: &Diagnostic) -> String {
    let related = diagnostic.related.as_ref().map(|(span, label)| format!("{}: {label}", text::place(source, *span)));
    let help = diagnostic.help.as_ref().map(|help| format!("help: {help}"));
    [Some(diagnostic.message.clone()), related, help].into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::diagnostic::{Diagnostic, rule};
    use crate::source::{Source, Span};

    #[test]
    fn nothing_breaks_out() {
        let source = Source::new("a,b:c%/M\n.yaml", "ü: 1\nx: 2\n");
        let found = Diagnostic::new(&rule::UNKNOWN_KEY, Span::new(0, 2), "50%\r\n::error::x, y: z").help("a\nb");
        let line = "::error file=a%2Cb%3Ac%25/M%0A.yaml,line=1,col=1,endLine=1,endColumn=2,title=mopy (unknown-key)\
                    ::50%25%0D%0A::error::x, y: z%0Ahelp: a%0Ab\n";
        assert_eq!(render(&source, &found.into()), line);
    }
}
