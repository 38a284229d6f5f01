//! The base images of a build, and those that are missing from the lock file.

use std::fmt;

use super::Plan;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::lock::{Digest, Lock};
use crate::mopyfile::Installer;
use crate::mopyfile::file::NAMES;

/// The lock file is incomplete.
pub static STALE_LOCK: Rule = Rule {
    name: "stale-lock",
    severity: Severity::Warning,
    summary: "the lock file is incomplete",
    explanation: "The build uses an image, or uv, that `Mopyfile.yaml.lock` does not pin, usually because the Mopyfile \
         has changed. Missing images are resolved by tag, and a missing uv is replaced by mopy's built-in version. Run \
         `mopy lock`, which adds the missing entries and keeps the others. With `--locked`, `mopy transpile`, `mopy \
         check` and `mopy llb` fail instead. The warning points to the `python` line of the Mopyfile.",
};

/// A base image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseImage {
    /// Its name and tag.
    pub name: String,
    /// The locked digest of the tag.
    pub digest: Option<Digest>,
}

impl BaseImage {
    pub(super) fn new(name: String, lock: Option<&Lock>) -> Self {
        let digest = lock.and_then(|lock| lock.images.get(&name)).cloned();
        Self { name, digest }
    }
}

impl fmt::Display for BaseImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.digest.as_ref().map_or(Ok(()), |digest| write!(f, "@{digest}"))
    }
}

impl Plan<'_> {
    /// The warning that `lock` is incomplete, if it is. `mopyfile` is the name of the Mopyfile.
    #[must_use]
    pub fn stale(&self, lock: &Lock, mopyfile: &str) -> Option<Diagnostic> {
        let missing = self.base_images().into_iter().filter(|image| !lock.images.contains_key(&image.name));
        let mut missing: Vec<String> = missing.map(|image| format!("`{}`", image.name)).collect();
        let needs_uv = self.install.as_ref().is_some_and(|install| install.installer == Installer::Uv);
        if needs_uv && lock.uv.is_none() {
            missing.push("uv".to_owned());
        }
        let file = if NAMES.contains(&mopyfile) { String::new() } else { format!(" -f {mopyfile}") };
        (!missing.is_empty()).then(|| {
            let message = format!("the lock file does not contain {}", missing.join(", "));
            Diagnostic::new(&STALE_LOCK, self.mopyfile.python.span, message).help(format!("run `mopy lock{file}`"))
        })
    }
}
