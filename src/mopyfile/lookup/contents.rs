//! What is said about lock files by what is in them, and about directories by all that is in them.

use super::{Found, copied_directories};
use crate::diagnostic::{Diagnostic, Diagnostics, Rule, Severity};
use crate::mopyfile::Mopyfile;
use crate::mopyfile::path::ContextPath;
use crate::mopyfile::pip::Origin;
use crate::mopyfile::python::OLDEST;
use crate::mopyfile::wheels::{Format, Packages};
use crate::redact::excerpt;
use crate::source::Spanned;

/// A symbolic link leads out of the directory that is copied.
pub static LINK_OUTSIDE: Rule = Rule {
    name: "link-outside",
    severity: Severity::Warning,
    summary: "a symbolic link leads out of the directory that is copied",
    explanation: "Symbolic links are copied as they are. One that leads out of the directory, or is absolute, points to nothing in the \
         image, or to something else. Copy the directory above, or replace the link by what it points to.",
};

/// Files of the project cannot be read by every user.
pub static UNREADABLE_FILE: Rule = Rule {
    name: "unreadable-file",
    severity: Severity::Warning,
    summary: "files of the project cannot be read by every user",
    explanation: "Files keep their mode when they are copied. Under a umask of 077, the image's own user can read them and any other \
         one cannot: `docker run --user`, OpenShift and Kubernetes with `runAsUser` end with `Permission denied`. Run `chmod \
         -R a+rX` on the directory, and build from a checkout with a umask of 022.",
};

/// A locked package has no wheel for the version of Python.
pub static MISSING_WHEEL: Rule = Rule {
    name: "missing-wheel",
    severity: Severity::Warning,
    summary: "a locked package has no wheel for the version of Python",
    explanation: "The lock file pins a version that was released before this Python, so that there are wheels for older ones only. The \
         build compiles the package, which takes minutes, may need compilers, and for many packages, such as those written \
         in Rust, ends with an error. Choose a version of Python that all packages have wheels for, or update the package in \
         the lock file. The warning can be ignored if compiling is intended.",
};

/// What is noteworthy in a directory that is copied. The paths are those below the context.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// Symbolic links that lead out of the directory, each with its target.
    pub outside: Vec<(String, String)>,
    /// Files and directories that other users than their owner cannot read.
    pub unreadable: Vec<String>,
}

/// The lock files of which [`super::check`] wants to know the text.
#[must_use]
pub fn locks(mopyfile: &Mopyfile) -> Vec<ContextPath> {
    lock_entries(mopyfile).map(|(lock, _)| lock.value).collect()
}

fn lock_entries(mopyfile: &Mopyfile) -> impl Iterator<Item = (Spanned<ContextPath>, Format)> {
    // without a minor version, the newest one is meant, whatever that is
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
        let message = format!(
            "`{name}` {version}{more} {verb} no wheel for Python 3.{minor}, and would be compiled while building"
        );
        let fitting = (OLDEST..minor).rev().find(|minor| packages.without_wheel(*minor).is_empty());
        let version = fitting.map_or_else(String::new, |minor| format!("write `python: 3.{minor}`, or "));
        diagnostics.push(
            Diagnostic::new(&MISSING_WHEEL, mopyfile.python.span, message)
                .related(lock.span, "pinned here")
                .help(format!("{version}update the package in the lock file")),
        );
    }
}

/// What is noteworthy in the directories that are copied.
pub(super) fn directories(mopyfile: &Mopyfile, found: &Found, diagnostics: &mut Diagnostics) {
    for copied in copied_directories(mopyfile) {
        let Some(Contents { outside, unreadable }) = found.contents.get(&copied.value) else { continue };
        if let Some((link, target)) = outside.first() {
            let verb = if outside.len() == 1 { "links" } else { "link" };
            let subject = subject(link, outside.len());
            let message = format!("{subject} {verb} to `{}`, outside of what is copied", excerpt(target));
            let help = "copy the directory above, or replace the link by what it points to";
            diagnostics.report(&LINK_OUTSIDE, copied.span, message, help);
        }
        if let Some(path) = unreadable.first() {
            let message = format!("{} cannot be read by other users than the owner", subject(path, unreadable.len()));
            let directory = if copied.value.as_str().is_empty() { "." } else { copied.value.as_str() };
            diagnostics.report(&UNREADABLE_FILE, copied.span, message, format!("run `chmod -R a+rX {directory}`"));
        }
    }
}

/// The first one of several paths, and how many there are besides.
fn subject(path: &str, count: usize) -> String {
    let path = excerpt(path);
    if count == 1 { format!("`{path}`") } else { format!("`{path}` and {} more", count - 1) }
}
