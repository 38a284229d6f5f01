//! Values that are longer than a Dockerfile or a command can have them.

use super::healthcheck::Healthcheck;
use super::requirement::{Requirement, RequirementKind};
use super::word::AptPackage;
use super::{Mopyfile, Segment};
use crate::diagnostic::{Diagnostic, Diagnostics, rule};
use crate::source::{Located, Span};

/// The longest line that `BuildKit` reads is of 65,535 bytes (Go's `bufio.MaxScanTokenSize`, which
/// `frontend/dockerfile/parser` uses); something else stands in the line, too.
const LINE: usize = 65_000;

/// The longest argument that Linux hands to a program is of 128 KiB (`MAX_ARG_STRLEN`), and a step of a
/// build is one argument of a shell; something else stands in the step, too.
const STEP: usize = 120_000;

/// The longest path that Linux takes (`PATH_MAX`): a line has room for it with every character escaped. No name is longer.
const NAME: usize = 4_096;

/// Adds a problem for each value that is too long.
pub(super) fn limit(mopyfile: &Mopyfile, diagnostics: &mut Diagnostics) {
    for name in names(mopyfile).filter(|name| name.value > NAME) {
        let message = "the value is longer than a name or path can be";
        diagnostics.push(Diagnostic::new(&rule::VALUE_TOO_LONG, name.span, message).help("shorten it"));
    }
    let mut problem = |span: Span, what: &str, help: &str| {
        let message = format!("{what} is longer than a Dockerfile can have it");
        diagnostics.push(Diagnostic::new(&rule::VALUE_TOO_LONG, span, message).help(help));
    };
    let file = "put long values into a file of the project";
    for variable in &mopyfile.envs {
        let length = |segment: &Segment| match segment {
            Segment::Literal(text) => quoted(text) + 2,
            Segment::Reference(name) => name.as_str().len() + "\"${}\"".len(),
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
    let total =
        |packages: &[Located<AptPackage>]| packages.iter().map(|found| found.value.as_str().len() + 16).sum::<usize>();
    for packages in [&mopyfile.build_deps, &mopyfile.runtime_deps] {
        if let Some(first) = packages.first().filter(|_| total(packages) > STEP) {
            problem(first.span, "what is to be installed", "install fewer packages");
        }
    }
    let urls = mopyfile.indices.iter().map(|index| quoted(index.value.url.as_str()) + 1).sum::<usize>();
    if let Some(first) = mopyfile.indices.first().filter(|_| urls > LINE) {
        problem(first.span, "the list of indexes", "name fewer of them");
    }
    let long = mopyfile.pip.iter().filter(|entry| quoted(&entry.value.text) > LINE);
    let all: usize = mopyfile.pip.iter().map(|entry| quoted(&entry.value.text)).sum();
    // all of them stand in one line
    let is_script = |entry: &&Located<Requirement>| matches!(entry.value.kind, RequirementKind::Script(_));
    let scripts: usize = mopyfile.pip.iter().filter(is_script).map(|entry| quoted(&entry.value.text) + 3).sum();
    let script = mopyfile.pip.iter().find(is_script).filter(|_| scripts > LINE);
    let first = mopyfile.pip.first().filter(|_| all > STEP);
    if let Some(entry) = long.chain(first).chain(script).next() {
        problem(entry.span, "what is to be installed", "put it into a requirements file");
    }
}

/// The lengths of paths, and of names that stand in a Dockerfile.
fn names(mopyfile: &Mopyfile) -> impl Iterator<Item = Located<usize>> {
    let Mopyfile { build_deps, runtime_deps, envs, labels, imports, indices, workdir, healthcheck, .. } = mopyfile;
    let packages =
        build_deps.iter().chain(runtime_deps).map(|found| Located::new(found.value.as_str().len(), found.span));
    let envs = envs.iter().map(|found| Located::new(found.value.name.as_str().len(), found.span));
    let labels = labels.iter().map(|found| Located::new(found.value.key.as_str().len(), found.span));
    let imports = imports.iter().map(|found| Located::new(found.value.as_str().len(), found.span));
    let indices = indices.iter().map(|found| Located::new(found.value.url.as_str().len(), found.span));
    let workdir = workdir.iter().map(|found| Located::new(found.value.as_str().len(), found.span));
    let durations = healthcheck.iter().flat_map(|found| {
        let Healthcheck { interval, timeout, start_period, .. } = &found.value;
        let durations = [interval, timeout, start_period].into_iter().flatten();
        durations.map(|duration| Located::new(duration.to_string().len(), found.span))
    });
    let sources = mopyfile.sources().map(|found| Located::new(found.value.path.as_str().len(), found.span));
    packages.chain(envs).chain(labels).chain(imports).chain(indices).chain(workdir).chain(durations).chain(sources)
}

/// The length in single quotes, where a quote has four bytes.
fn quoted(text: &str) -> usize {
    text.len() + 3 * text.matches('\'').count()
}

#[cfg(test)]
mod tests {
    use crate::{Month, Source, transpile};

    /// Whether everything is fine, every line of the Dockerfile being short enough; or that something is too long.
    fn fits(mopyfile: &str) -> bool {
        let source = Source::new("M", format!("python: 3.13\n{mopyfile}\n"));
        match transpile(&source, None, &[], Month::RELEASE) {
            Ok(transpiled) => {
                assert!(transpiled.dockerfile.text.lines().all(|line| line.len() < 65_535));
                true
            }
            Err(found) => {
                assert!(found.problems().all(|problem| problem.rule.name == "value-too-long"));
                false
            }
        }
    }

    #[test]
    fn names_and_paths_have_an_end() {
        for (before, character, after) in [
            ("build-deps: [", "a", "]"),
            ("runtime-deps: [", "a", "]"),
            ("envs:\n  ? ", "A", "\n  : x"),
            ("labels:\n  ? ", "a", "\n  : x"),
            ("imports: [", "a", "]"),
            ("workdir: '", "''", "'"),
            ("project: '", "*", "'"),
            ("pip: ['./", "*", "/']"),
            ("pip: ['./", "!", ".py']"),
            ("pip: [six]\nindices: [{url: 'https://h/", "a", "'}]"),
            ("healthcheck: {command: [x], timeout: ", "0", "1s}"),
        ] {
            let mopyfile = |length: usize| format!("{before}{}{after}", character.repeat(length));
            assert!(fits(&mopyfile(4_000)), "{before}");
            assert!(!fits(&mopyfile(4_097)), "{before}");
        }
    }

    #[test]
    fn references_count() {
        let mopyfile = |count: usize| format!("envs: {{A: '{}'}}", "${PATH}'' ".repeat(count));
        assert!(fits(&mopyfile(4_000)));
        assert!(!fits(&mopyfile(5_000)));
    }

    #[test]
    fn lists_that_stand_in_one_place_have_an_end() {
        let list = |count: usize, item: fn(usize) -> String| (0..count).map(item).collect::<Vec<_>>().join(", ");
        let packages = |i: usize| format!("a{i}{}", "a".repeat(1_000));
        assert!(fits(&format!("build-deps: [{}]", list(100, packages))));
        assert!(!fits(&format!("runtime-deps: [{}]", list(130, packages))));
        let scripts = |i: usize| format!("./{i}{}.py", "a".repeat(1_000));
        assert!(fits(&format!("pip: [{}]", list(50, scripts))));
        assert!(!fits(&format!("pip: [{}]", list(70, scripts))));
        let indices = |i: usize| format!("{{url: https://h/{i}{}}}", "a".repeat(1_000));
        assert!(fits(&format!("pip: [six]\nindices: [{}]", list(50, indices))));
        assert!(!fits(&format!("pip: [six]\nindices: [{}]", list(70, indices))));
    }
}
