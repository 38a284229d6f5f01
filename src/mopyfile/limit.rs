//! Values that are longer than a Dockerfile or a command can have them.

use super::{Mopyfile, Segment};
use crate::diagnostic::{Diagnostic, Diagnostics, rule};
use crate::source::Span;

/// The longest line that `BuildKit` reads is of 65,535 bytes (Go's `bufio.MaxScanTokenSize`, which
/// `frontend/dockerfile/parser` uses); something else stands in the line, too.
const LINE: usize = 65_000;

/// The longest argument that Linux hands to a program is of 128 KiB (`MAX_ARG_STRLEN`), and a step of a
/// build is one argument of a shell; something else stands in the step, too.
const STEP: usize = 120_000;

/// Adds a problem for each value that is too long.
pub(super) fn limit(mopyfile: &Mopyfile, diagnostics: &mut Diagnostics) {
    let mut problem = |span: Span, what: &str, help: &str| {
        let message = format!("{what} is longer than a Dockerfile can have it");
        diagnostics.push(Diagnostic::new(&rule::VALUE_TOO_LONG, span, message).help(help));
    };
    let file = "put long values into a file of the project";
    for variable in &mopyfile.envs {
        let length = |segment: &Segment| match segment {
            Segment::Literal(text) => quoted(text),
            Segment::Reference(name) => name.as_str().len(),
        };
        if variable.value.value.iter().map(length).sum::<usize>() > LINE {
            problem(variable.span, "the value", file);
        }
    }
    for label in &mopyfile.labels {
        if quoted(&label.value.value) > LINE {
            let what = format!("the value of the label `{}`", label.value.key);
            problem(label.span, &what, "shorten it; for `mopy.sbom`, use a requirements file or write `sbom: false`");
        }
    }
    for words in mopyfile.commands() {
        // an escape of JSON has up to six bytes for one
        let escaped = |word: &String| word.bytes().map(|b| if b < b' ' { 6 } else { 2 }).sum::<usize>();
        if words.value.iter().map(escaped).sum::<usize>() > LINE {
            problem(words.span, "the command", file);
        }
    }
    let long = mopyfile.pip.iter().filter(|entry| quoted(&entry.value.text) > LINE);
    let all: usize = mopyfile.pip.iter().map(|entry| quoted(&entry.value.text)).sum();
    let first = mopyfile.pip.first().filter(|_| all > STEP);
    if let Some(entry) = long.chain(first).next() {
        problem(entry.span, "what is to be installed", "put it into a requirements file");
    }
}

/// The length in single quotes, where a quote has four bytes.
fn quoted(text: &str) -> usize {
    text.len() + 3 * text.matches('\'').count()
}
