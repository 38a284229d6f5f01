//! Checks the contents of lock files and of the copied directory.

use std::str::FromStr;

use pep508_rs::pep440_rs::{Version, VersionSpecifiers};

use super::{Found, copied_directory};
use crate::diagnostic::{Diagnostic, Diagnostics, Rule, Severity};
use crate::lock::UvVersion;
use crate::mopyfile::Mopyfile;
use crate::mopyfile::lint::commands;
use crate::mopyfile::path::ContextPath;
use crate::mopyfile::pip::Origin;
use crate::mopyfile::python::OLDEST;
use crate::mopyfile::wheels::{Format, MAX_BYTES, Packages, string_in};
use crate::plan::uv;
use crate::redact::excerpt;
use crate::source::Spanned;

/// A symbolic link points outside of the copied directory.
pub static LINK_OUTSIDE: Rule = Rule {
    name: "link-outside",
    severity: Severity::Warning,
    summary: "a symbolic link points outside of the copied directory",
    explanation: "Symbolic links are copied as they are. In the image, a link that is absolute or leads outside of \
         the directory is broken or points to a different file. Copy the parent directory instead, or replace the \
         link with its target.",
};

/// Files of the project cannot be read by every user.
pub static UNREADABLE_FILE: Rule = Rule {
    name: "unreadable-file",
    severity: Severity::Warning,
    summary: "files of the project cannot be read by every user",
    explanation: "Files keep their mode when they are copied. Files created with a umask of 077 can be read by the \
         image's user but by no other: with `docker run --user`, OpenShift or `runAsUser` in Kubernetes, the program \
         fails with `Permission denied`. Run `chmod -R go+rX` on the directory, and use a umask of 022 for checkouts.",
};

/// A locked package has no wheel for this Python version.
pub static MISSING_WHEEL: Rule = Rule {
    name: "missing-wheel",
    severity: Severity::Warning,
    summary: "a locked package has no wheel for this Python version",
    explanation: "The locked version of the package is older than this Python version and has no wheel for it, so the \
         build compiles it. This takes minutes, may need compilers, and often fails, for example for packages written \
         in Rust. Choose a Python version that all packages have wheels for, or update the package in the lock file. \
         If you want to compile the package, suppress the warning.",
};

/// A uv project requires a different version of uv.
pub static REQUIRED_UV: Rule = Rule {
    name: "required-uv",
    severity: Severity::Error,
    summary: "a uv project requires a different version of uv",
    explanation: "uv refuses to run if a project's `required-version` (`[tool.uv]` in `pyproject.toml`, or `uv.toml`) \
         excludes the version of uv. mopy uses the version in `Mopyfile.yaml.lock` or, without a lock file, its \
         built-in version. Relax `required-version`, for example to a lower bound, or update the lock file with `mopy \
         lock --upgrade`.",
};

/// The notable contents of a copied directory. Paths are relative to the context.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// Symbolic links that point outside of the directory, with their targets.
    pub outside: Vec<(String, String)>,
    /// Files and directories that only their owner can read.
    pub unreadable: Vec<String>,
}

impl Contents {
    /// Adds the link `path`, if its target is outside of the copied directory `root`.
    pub fn add_link(&mut self, root: &str, path: &str, target: &str) {
        if points_outside(root, path, target) {
            self.outside.push((path.to_owned(), target.to_owned()));
        }
    }

    /// Adds a file or directory with the permissions `mode`, if other users cannot read or list it.
    pub fn add(&mut self, path: &str, mode: u32, is_directory: bool) {
        let needed = if is_directory { 0o005 } else { 0o004 };
        if mode & needed != needed {
            self.unreadable.push(path.to_owned());
        }
    }
}

/// Whether the link `path` to `target` points outside of `root`.
fn points_outside(root: &str, path: &str, target: &str) -> bool {
    if target.starts_with('/') {
        return true;
    }
    let inside = path.strip_prefix(root).unwrap_or(path).trim_start_matches('/');
    let mut depth = inside.matches('/').count();
    for part in target.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match (part, depth) {
            ("..", 0) => return true,
            ("..", _) => depth -= 1,
            _ => depth += 1,
        }
    }
    false
}

/// The files whose contents [`super::check`] needs, and how many bytes of each.
#[must_use]
pub fn texts(mopyfile: &Mopyfile) -> Vec<(ContextPath, usize)> {
    let settings = uv_projects(mopyfile).flat_map(|project| SETTINGS.map(|(name, _)| project.value.join(name)));
    let whole = lock_entries(mopyfile).map(|(lock, _)| lock.value).chain(settings).map(|path| (path, MAX_BYTES));
    whole.chain(commands::scripts(mopyfile).map(|(_, path)| (path, commands::FIRST_LINE))).collect()
}

/// The files with settings of uv, and the tables of the settings. The first file that exists wins.
const SETTINGS: [(&str, &[&str]); 2] = [("uv.toml", &[]), ("pyproject.toml", &["tool", "uv"])];

/// The directories of the projects that `uv sync` installs.
pub(super) fn uv_projects(mopyfile: &Mopyfile) -> impl Iterator<Item = Spanned<ContextPath>> {
    mopyfile.pip.iter().filter_map(|entry| Some(Spanned::new(entry.value.locked_project()?, entry.span)))
}

/// Scripts that cannot run in the image.
pub(super) fn scripts(mopyfile: &Mopyfile, found: &Found, diagnostics: &mut Diagnostics) {
    for (program, path) in commands::scripts(mopyfile) {
        if let Some(text) = found.texts.get(&path) {
            commands::script(program, text, diagnostics);
        }
    }
}

/// Projects that require a different version of uv.
pub(super) fn required_uv(mopyfile: &Mopyfile, found: &Found, diagnostics: &mut Diagnostics) {
    let Some(used) = found.uv else { return };
    for project in uv_projects(mopyfile) {
        let files = SETTINGS.map(|(name, tables)| (project.value.join(name), tables));
        let written = files.iter().find_map(|(path, tables)| Some((path, tables, found.texts.get(path)?)));
        let Some((path, tables, text)) = written else { continue };
        let Some(required) = string_in(text, tables, "required-version") else { continue };
        if allows(&required, used) {
            continue;
        }
        let help = if allows(&required, uv::VERSION) {
            format!("run `mopy lock --upgrade` to use uv {}", uv::VERSION)
        } else {
            format!("change `required-version` in `{path}` to allow {used}")
        };
        let message = format!("`{path}` requires uv `{}`, but mopy uses uv {used}", excerpt(&required));
        diagnostics.report(&REQUIRED_UV, project.span, message, help);
    }
}

/// Whether `required` allows `version`. A version without an operator allows only itself.
fn allows(required: &str, version: UvVersion) -> bool {
    let specifiers =
        VersionSpecifiers::from_str(required).or_else(|_| VersionSpecifiers::from_str(&format!("=={required}")));
    specifiers.is_ok_and(|all| all.contains(&Version::new(version.0.map(u64::from))))
}

fn lock_entries(mopyfile: &Mopyfile) -> impl Iterator<Item = (Spanned<ContextPath>, Format)> {
    // without a minor version, the newest version is used, which is unknown
    let has_minor = mopyfile.python.value.minor().is_some();
    mopyfile.pip.iter().filter(move |_| has_minor).filter_map(|entry| {
        let Origin::Context(kind, path) = &entry.value.origin else { return None };
        Some((Spanned::new(path.clone(), entry.span), kind.format?))
    })
}

/// Packages that the build would have to compile.
pub(super) fn wheels(mopyfile: &Mopyfile, found: &Found, diagnostics: &mut Diagnostics) {
    let Some(minor) = mopyfile.python.value.minor() else { return };
    for (lock, format) in lock_entries(mopyfile) {
        let packages = found.texts.get(&lock.value).and_then(|text| Packages::parse(text, format));
        let Some(packages) = packages else { continue };
        let missing = packages.without_wheel(minor);
        let Some((name, version)) = missing.first() else { continue };
        let more = match missing.len() {
            1 => String::new(),
            2 => " and one more package".to_owned(),
            many => format!(" and {} more packages", many - 1),
        };
        let verb = if missing.len() == 1 { "has" } else { "have" };
        let message = format!("`{name}` {version}{more} {verb} no wheel for Python 3.{minor} and would be compiled");
        let fitting = (OLDEST..minor).rev().find(|minor| packages.without_wheel(*minor).is_empty());
        let version = fitting.map_or_else(String::new, |minor| format!("use `python: 3.{minor}`, or "));
        diagnostics.push(
            Diagnostic::new(&MISSING_WHEEL, mopyfile.python.span, message)
                .related(lock.span, "pinned here")
                .help(format!("{version}update the package in the lock file")),
        );
    }
}

/// Notable contents of the copied directory.
pub(super) fn directory(mopyfile: &Mopyfile, found: &Found, diagnostics: &mut Diagnostics) {
    let Some((copied, contents)) = copied_directory(mopyfile).zip(found.contents.as_ref()) else { return };
    let Contents { outside, unreadable } = contents;
    if let Some((link, target)) = outside.iter().min() {
        let subject = subject(link, outside.len());
        let verb = if outside.len() == 1 { "links" } else { "link" };
        let message = format!("{subject} {verb} to `{}`, outside of the copied directory", excerpt(target));
        let help = "copy the parent directory, or replace the link with its target";
        diagnostics.report(&LINK_OUTSIDE, copied.span, message, help);
    }
    if let Some(path) = unreadable.iter().min() {
        let message = format!("{} can be read only by the owner", subject(path, unreadable.len()));
        let directory = if copied.value.as_str().is_empty() { "." } else { copied.value.as_str() };
        diagnostics.report(&UNREADABLE_FILE, copied.span, message, format!("run `chmod -R go+rX {directory}`"));
    }
}

/// The first of several paths, and the number of the others.
fn subject(path: &str, count: usize) -> String {
    let path = excerpt(path);
    if count == 1 { format!("`{path}`") } else { format!("`{path}` and {} more", count - 1) }
}
