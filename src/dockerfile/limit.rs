//! Checks the length of lines and steps.

use super::Rendered;
use crate::diagnostic::{Diagnostic, Rule, Severity};

/// The value is too long.
pub static VALUE_TOO_LONG: Rule = Rule {
    name: "value-too-long",
    severity: Severity::Error,
    summary: "the value is too long",
    explanation: "BuildKit limits Dockerfile lines to 65,535 bytes, and Linux limits a single argument to 128 KiB. \
         Move long lists of requirements to a requirements file, and long values to a file of the project.",
};

/// The longest line that `BuildKit` reads (Go's `bufio.MaxScanTokenSize`, which `frontend/dockerfile/parser` uses).
const LINE: usize = 65_534;

/// The longest argument that Linux passes to a program is 128 KiB (`MAX_ARG_STRLEN`), and a build step is a single
/// argument of a shell.
const STEP: usize = (128 << 10) - 1;

/// An error for each line and each instruction that is too long for builders, at the location that it comes from.
pub(crate) fn check(rendered: &Rendered) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let (mut length, mut first) = (0, 1);
    for (number, line) in (1..).zip(rendered.text.lines()) {
        length += line.len() + 1;
        let goes_on = line.ends_with('\\');
        let is_step_too_long = !goes_on && length > STEP;
        if line.len() > LINE || is_step_too_long {
            let from = if is_step_too_long { first } else { number };
            // text that does not come from the Mopyfile is short
            found.extend(rendered.spans(from..=number).first().map(|span| {
                Diagnostic::new(&VALUE_TOO_LONG, *span, "the value is too long")
                    .help("move long values to a file of the project, and requirements to a requirements file")
            }));
        }
        if !goes_on {
            (length, first) = (0, number + 1);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::{Month, Rendered, Source, Transpiled, transpile};

    /// Whether the Dockerfile of a Mopyfile has no line or step that is too long.
    fn fits(mopyfile: &str) -> bool {
        let source = Source::new("M", format!("python: 3.13\n{mopyfile}\n"));
        let Transpiled { dockerfile, diagnostics, .. } = transpile(&source, None, &[], Month::RELEASE);
        match dockerfile {
            Some(Rendered { text, .. }) => {
                assert!(text.lines().all(|line| line.len() < 65_535));
                assert!(text.split("\n\n").flat_map(|stage| stage.split("\nRUN ")).all(|step| step.len() < 140_000));
                true
            }
            None => {
                assert!(diagnostics.errors().all(|error| error.rule.name == "value-too-long"));
                false
            }
        }
    }

    #[test]
    fn lines_have_an_end() {
        for (before, character, after) in [
            ("envs:\n  ? ", "A", "\n  : x"),
            ("labels:\n  ? ", "a", "\n  : x"),
            ("command: ['", "a", "']"),
            ("imports: [", "a", "]"),
            ("workdir: '", "''", "'"),
            ("project: '", "*", "'"),
            ("pip: ['./", "*", "/']"),
            ("pip: [six]\nindices: [{url: 'https://h/", "a", "'}]"),
            ("pip: [six]\nindices: [{url: 'https://h/', username: '", "a", "'}]"),
            ("ports: [80]\nhealthcheck: {http: '/", "a", "'}"),
            ("build-deps: [", "a", "]"),
        ] {
            let mopyfile = |length: usize| format!("{before}{}{after}", character.repeat(length));
            assert!(fits(&mopyfile(4_000)), "{before}");
            assert!(!fits(&mopyfile(66_000)), "{before}");
        }
    }

    #[test]
    fn steps_have_an_end() {
        let list = |count: usize, item: fn(usize) -> String| (0..count).map(item).collect::<Vec<_>>().join(", ");
        let packages = |i: usize| format!("a{i}{}", "a".repeat(1_000));
        assert!(fits(&format!("build-deps: [{}]", list(100, packages))));
        assert!(!fits(&format!("runtime-deps: [{}]", list(140, packages))));
        let scripts = |i: usize| format!("./{i}{}.py", "a".repeat(1_000));
        assert!(fits(&format!("pip: [{}]", list(50, scripts))));
        assert!(!fits(&format!("pip: [{}]", list(70, scripts))));
    }
}
