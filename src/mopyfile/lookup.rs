//! Checks the files that a Mopyfile refers to in the build context.

pub(crate) mod contents;

use std::collections::HashMap;

pub use contents::{Contents, texts};

use super::path::{ContextPath, SourcePath};
use super::pip::{Origin, Role};
use super::{Mopyfile, ignore};
use crate::diagnostic::{Diagnostic, Diagnostics, Rule, Severity};
use crate::lock::UvVersion;
use crate::source::{Span, Spanned};

/// File not found.
pub static FILE_NOT_FOUND: Rule = Rule {
    name: "file-not-found",
    severity: Severity::Error,
    summary: "file not found",
    explanation: "Paths are relative to the build context, the directory you pass to `docker build`. `mopy check` \
         uses the directory of the Mopyfile, or the one that you pass with `--context`. Symbolic links must not point \
         outside of the build context. A project directory needs a `main.py`, unless there is a `command` or \
         `entrypoint`.",
};

/// The file is excluded from the build.
pub static IGNORED_FILE: Rule = Rule {
    name: "ignored-file",
    severity: Severity::Error,
    summary: "the file is excluded from the build",
    explanation: "`.dockerignore` excludes this path. mopy reads `Mopyfile.yaml.dockerignore` in the directory of \
         `Mopyfile.yaml`, or else `.dockerignore` in the build context. If neither exists, mopy excludes `.git`, \
         virtual environments, `__pycache__`, `.env` and the Mopyfile. To include a path again, append the line \
         `!path`: the last matching line wins.",
};

/// The whole build context is copied.
pub static WHOLE_CONTEXT: Rule = Rule {
    name: "whole-context",
    severity: Severity::Warning,
    summary: "the whole build context is copied",
    explanation: "`./` is the build context, and there is no `.dockerignore`, so nearly everything in it is copied: \
         notes, data, tests, tools. With `project: ./`, all of it becomes part of the image. With `./` in `pip`, \
         changing any file reinstalls the project. Add a `.dockerignore`, or move the application to a subdirectory.",
};

/// The project contains files that do not belong in an image.
pub static PROJECT_CLUTTER: Rule = Rule {
    name: "project-clutter",
    severity: Severity::Warning,
    summary: "the project contains files that do not belong in an image",
    explanation: "`.git` and virtual environments (`.venv`, `venv`) are large, change often and may contain private \
         data. With `project`, they are copied into the image. With `./` in `pip`, every change to them reruns the \
         installation. Add them to `.dockerignore`. If a package reads its version from `.git`, as with \
         setuptools-scm, suppress the warning.",
};

/// A directory in `pip` is not a Python project.
pub static NOT_INSTALLABLE: Rule = Rule {
    name: "not-installable",
    severity: Severity::Warning,
    summary: "a directory in `pip` is not a Python project",
    explanation: "To install a directory, uv and pip need a `pyproject.toml` or `setup.py` in it. If both are missing \
         or excluded by `.dockerignore`, the build fails. List the requirements or lock file instead. If the \
         directory is your application, use `project`.",
};

/// A `.env` file is copied into the image.
pub static ENV_FILE: Rule = Rule {
    name: "env-file",
    severity: Severity::Warning,
    summary: "a `.env` file is copied into the image",
    explanation: "A `.env` file usually contains passwords and tokens. Everyone who can pull the image can read them. \
         Add `**/.env` to `.dockerignore`, and pass the variables when the container starts: `docker run --env-file \
         .env …`.",
};

/// The entry at a path of the build context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// A path that `.dockerignore` excludes.
    Ignored,
    /// The path does not exist.
    Absent,
}

/// The state of the build context.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The entry at each of [`paths`]. Missing keys are unknown.
    pub entries: HashMap<ContextPath, Entry>,
    /// Whether there is a `.dockerignore`; otherwise, [`ignore::DEFAULT`] applies.
    pub has_ignore_file: bool,
    /// The contents of each of [`texts`], as far as they are known.
    pub texts: HashMap<ContextPath, String>,
    /// The contents of the [`copied_directory`], if they are known.
    pub contents: Option<Contents>,
    /// The version of uv that installs the packages, if uv does.
    pub uv: Option<UvVersion>,
}

const MAIN: &str = "main.py";
const REPOSITORY: &str = ".git";
const VARIABLES: &str = ".env";
/// A directory with one of these can be installed.
const PROJECT_FILES: [&str; 2] = ["pyproject.toml", "setup.py"];
/// Virtual environments, and the files that identify them (PEP 405).
const ENVIRONMENTS: [(&str, &str); 2] = [(".venv", ".venv/pyvenv.cfg"), ("venv", "venv/pyvenv.cfg")];

/// A directory that is copied with all of its contents.
struct Copied {
    path: ContextPath,
    span: Span,
    /// What happens to its contents.
    consequence: &'static str,
}

/// The paths that [`check`] needs to know, sorted and without duplicates; empty if `mopyfile` does not refer to any.
/// The context itself is the empty path.
#[must_use]
pub fn paths(mopyfile: &Mopyfile) -> Vec<ContextPath> {
    let mut paths: Vec<ContextPath> = mopyfile.sources().map(|source| source.value.path).collect();
    paths.extend(runs_main(mopyfile).map(|project| project.value.join(MAIN)));
    for Copied { path, .. } in copied(mopyfile) {
        let files = ENVIRONMENTS.iter().map(|(_, file)| *file);
        paths.extend(files.chain([REPOSITORY, VARIABLES]).map(|name| path.join(name)));
        paths.push(path);
    }
    paths.extend(texts(mopyfile).into_iter().map(|(path, _)| path));
    paths.extend(projects(mopyfile).flat_map(|project| PROJECT_FILES.map(|name| project.value.join(name))));
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// Diagnostics about the files that `mopyfile` refers to.
#[must_use]
pub fn check(mopyfile: &Mopyfile, found: &Found) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    for source in mopyfile.sources() {
        diagnostics.extend(found.source(&source));
    }
    diagnostics.extend(runs_main(mopyfile).and_then(|project| found.main(&project)));
    for copied in copied(mopyfile) {
        diagnostics.extend(found.whole_context(&copied));
        diagnostics.extend(found.clutter(&copied));
        diagnostics.extend(found.variables(&copied));
    }
    for project in projects(mopyfile) {
        diagnostics.extend(found.installable(&project));
    }
    contents::required_uv(mopyfile, found, &mut diagnostics);
    contents::scripts(mopyfile, found, &mut diagnostics);
    contents::wheels(mopyfile, found, &mut diagnostics);
    contents::directory(mopyfile, found, &mut diagnostics);
    diagnostics.sort();
    diagnostics
}

/// The directory of the project, if its `main.py` runs.
fn runs_main(mopyfile: &Mopyfile) -> Option<Spanned<ContextPath>> {
    let has_command = mopyfile.command.is_some() || mopyfile.entrypoint.is_some();
    copied_directory(mopyfile).filter(|_| !has_command)
}

/// Directories that are installed.
fn projects(mopyfile: &Mopyfile) -> impl Iterator<Item = Spanned<ContextPath>> {
    mopyfile.pip.iter().filter_map(|entry| match &entry.value.origin {
        Origin::Context(kind, path) if kind.role == Role::Project => Some(Spanned::new(path.clone(), entry.span)),
        _ => None,
    })
}

/// The directory that is copied into the image unchanged.
#[must_use]
pub fn copied_directory(mopyfile: &Mopyfile) -> Option<Spanned<ContextPath>> {
    let Spanned { value: SourcePath { path, directory: true }, span } = mopyfile.project.as_ref()? else { return None };
    Some(Spanned::new(path.clone(), *span))
}

fn copied(mopyfile: &Mopyfile) -> impl Iterator<Item = Copied> {
    let copied =
        |consequence| move |Spanned { value: path, span }: Spanned<ContextPath>| Copied { path, span, consequence };
    let installed = projects(mopyfile).chain(contents::uv_projects(mopyfile));
    let installed = installed.filter(|project| project.value.as_str().is_empty());
    let project = copied_directory(mopyfile).map(copied("is copied into the image"));
    installed.map(copied("is copied into the build stage")).chain(project)
}

impl Found {
    fn entry(&self, path: &ContextPath) -> Option<Entry> {
        self.entries.get(path).copied()
    }

    fn source(&self, source: &Spanned<SourcePath>) -> Option<Diagnostic> {
        let SourcePath { path, directory } = &source.value;
        let message = match (self.entry(path)?, directory) {
            (Entry::File, false) | (Entry::Directory, true) => return None,
            (Entry::Ignored, _) => return Some(self.ignored(path, source.span)),
            (Entry::File, true) => "is a file, not a directory",
            (Entry::Directory, false) => "is a directory, not a file",
            (Entry::Absent, _) => "does not exist in the build context",
        };
        Some(Diagnostic::new(&FILE_NOT_FOUND, source.span, format!("`{path}` {message}")).help(
            "paths are relative to the build context, the directory passed to `docker build` (`mopy check --context`)",
        ))
    }

    fn main(&self, project: &Spanned<ContextPath>) -> Option<Diagnostic> {
        let main = project.value.join(MAIN);
        match (self.entry(&project.value)?, self.entry(&main)?) {
            (Entry::Directory, Entry::Ignored) => Some(self.ignored(&main, project.span)),
            (Entry::Directory, Entry::Directory | Entry::Absent) => Some(
                Diagnostic::new(&FILE_NOT_FOUND, project.span, format!("`{}` has no `{MAIN}`", project.value))
                    .help("add `main.py`, or set `command: [python, -m, package]`"),
            ),
            _ => None,
        }
    }

    fn ignored(&self, path: &ContextPath, span: Span) -> Diagnostic {
        let (reason, help) = if self.has_ignore_file {
            let exception = format!("!{}", ignore::escaped(path.as_str()));
            ("by `.dockerignore`", format!("append the line `{exception}`, or remove the pattern that matches"))
        } else {
            let patterns = ignore::DEFAULT.map(|pattern| format!("`{pattern}`")).join(", ");
            ("by default", format!("add a `.dockerignore`; without one, mopy excludes {patterns}"))
        };
        Diagnostic::new(&IGNORED_FILE, span, format!("`{path}` is excluded {reason}")).help(help)
    }

    fn whole_context(&self, copied: &Copied) -> Option<Diagnostic> {
        let there = copied.path.as_str().is_empty() && self.entry(&copied.path)? == Entry::Directory;
        (there && !self.has_ignore_file).then(|| {
            let message =
                format!("the whole build context {}, because there is no `.dockerignore`", copied.consequence);
            Diagnostic::new(&WHOLE_CONTEXT, copied.span, message)
                .help("add a `.dockerignore` (`mopy init` writes one), or move the application to a subdirectory")
        })
    }

    /// A `.env` file.
    fn variables(&self, copied: &Copied) -> Option<Diagnostic> {
        let path = copied.path.join(VARIABLES);
        let there = self.has_ignore_file && self.entry(&path)? == Entry::File;
        there.then(|| {
            Diagnostic::new(&ENV_FILE, copied.span, format!("`{path}` {}", copied.consequence)).help(format!(
                "add the line `**/{VARIABLES}` to `.dockerignore`, and pass the variables with `docker run --env-file`"
            ))
        })
    }

    /// A directory that cannot be installed.
    fn installable(&self, project: &Spanned<ContextPath>) -> Option<Diagnostic> {
        let is_directory = self.entry(&project.value)? == Entry::Directory;
        let files = PROJECT_FILES.map(|name| project.value.join(name));
        let entries = [self.entry(&files[0])?, self.entry(&files[1])?];
        if !is_directory || entries.contains(&Entry::File) {
            return None;
        }
        let (message, help) = match files.iter().zip(entries).find(|(_, entry)| *entry == Entry::Ignored) {
            Some((file, _)) => (
                format!("`.dockerignore` excludes `{file}`, which is needed for the installation"),
                format!("append the line `!{}`", ignore::escaped(file.as_str())),
            ),
            None => (
                format!("`{}` has neither `pyproject.toml` nor `setup.py`", project.value),
                "list the requirements or lock file instead, such as `./requirements.txt`; use `project` for the application".to_owned(),
            ),
        };
        Some(Diagnostic::new(&NOT_INSTALLABLE, project.span, message).help(help))
    }

    fn clutter(&self, copied: &Copied) -> impl Iterator<Item = Diagnostic> {
        let signs = ENVIRONMENTS.into_iter().chain([(REPOSITORY, REPOSITORY)]).filter(|_| self.has_ignore_file);
        signs.filter_map(|(name, sign)| {
            let there = matches!(self.entry(&copied.path.join(sign))?, Entry::File | Entry::Directory);
            let message = format!("`{}` {}", copied.path.join(name), copied.consequence);
            there.then(|| {
                Diagnostic::new(&PROJECT_CLUTTER, copied.span, message)
                    .help(format!("add the line `**/{name}` to `.dockerignore`"))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{Entry, Found, check, paths};
    use crate::mopyfile::month::Month;
    use crate::mopyfile::{Mopyfile, read};
    use crate::source::Source;

    fn mopyfile(rest: &str) -> Mopyfile {
        read(&Source::new("Mopyfile.yaml", format!("python: 3.13\n{rest}")), Month::RELEASE).0.unwrap()
    }

    #[test]
    fn paths_to_check() {
        for (rest, expected) in [
            ("pip: [flask, 'git+https://example.org/a.git@v1.0']", &[][..]),
            (
                "pip: [./b.txt, ./a/, ./b.txt]\nproject: ./a.py",
                &["a", "a.py", "a/pyproject.toml", "a/setup.py", "b.txt"],
            ),
            ("project: ./a/", &["a", "a/.env", "a/.git", "a/.venv/pyvenv.cfg", "a/main.py", "a/venv/pyvenv.cfg"]),
            ("project: ./\ncommand: [x]", &["", ".env", ".git", ".venv/pyvenv.cfg", "venv/pyvenv.cfg"]),
            ("pip: ['./a b/uv.lock[web]']", &["a b/pyproject.toml", "a b/uv.lock", "a b/uv.toml"]),
            (
                "pip: [./uv.lock]",
                &["", ".env", ".git", ".venv/pyvenv.cfg", "pyproject.toml", "uv.lock", "uv.toml", "venv/pyvenv.cfg"],
            ),
            (
                "pip: [./]\nentrypoint: [x]",
                &["", ".env", ".git", ".venv/pyvenv.cfg", "pyproject.toml", "setup.py", "venv/pyvenv.cfg"],
            ),
        ] {
            let paths = paths(&mopyfile(rest));
            assert_eq!(paths.iter().map(|path| path.as_str()).collect::<Vec<_>>(), expected, "{rest}");
        }
    }

    #[test]
    fn entries_are_reported() {
        let mopyfile = mopyfile("pip: [./]\nproject: ./app/");
        let all = paths(&mopyfile);
        for (entry, rules) in [
            (None, &[][..]),
            (Some(Entry::Absent), &["file-not-found", "file-not-found"]),
            (Some(Entry::Ignored), &["ignored-file", "ignored-file"]),
            (Some(Entry::File), &["file-not-found", "file-not-found"]),
            // neither `main.py` nor `pyproject.toml` is a directory
            (Some(Entry::Directory), &["whole-context", "not-installable", "file-not-found"]),
        ] {
            let entries: HashMap<_, _> = all.iter().filter_map(|path| Some((path.clone(), entry?))).collect();
            let found = check(&mopyfile, &Found { entries, ..Found::default() });
            assert_eq!(found.iter().map(|found| found.rule.name).collect::<Vec<_>>(), rules, "{entry:?}");
        }
    }

    #[test]
    fn unknown_entries_are_not_reported() {
        let mopyfile = mopyfile("pip: [./]\nproject: ./app/");
        for path in paths(&mopyfile).iter().filter(|path| path.as_str().contains("app/")) {
            let entries = HashMap::from([(path.clone(), Entry::Absent)]);
            assert!(
                check(&mopyfile, &Found { entries, has_ignore_file: true, ..Found::default() }).is_empty(),
                "{path}"
            );
        }
    }
}
