//! The images that an image is built on, and what a lock lacks of them.

use std::fmt;

use super::{Installer, Plan};
use crate::diagnostic::{Diagnostic, rule};
use crate::lock::{Digest, Lock};
use crate::mopyfile::file::NAMES;
use crate::platform::{Platform, joined};

/// An image that another one is built on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseImage {
    /// Its name and tag.
    pub name: String,
    /// What the tag named when it was locked.
    pub digest: Option<Digest>,
}

impl BaseImage {
    pub(super) fn new(name: String, lock: Option<&Lock>) -> Self {
        let digest = lock.and_then(|lock| lock.images.get(&name)).map(|image| image.digest.clone());
        Self { name, digest }
    }
}

impl fmt::Display for BaseImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.digest.as_ref().map_or(Ok(()), |digest| write!(f, "@{digest}"))
    }
}

/// What `plan` needs for `platforms` and `lock` does not have, if there is something. The file `mopyfile` is where the
/// plan is from.
pub(super) fn stale(plan: &Plan, lock: &Lock, platforms: &[Platform], mopyfile: &str) -> Option<Diagnostic> {
    let mut lacking = Vec::new();
    for image in plan.base_images() {
        let Some(locked) = lock.images.get(&image.name) else {
            lacking.push(format!("`{}`", image.name));
            continue;
        };
        let missing = platforms.iter().filter(|platform| !locked.platforms.contains_key(platform));
        lacking.extend(missing.map(|platform| format!("`{}` for {platform}", image.name)));
    }
    let needs_uv = plan.install.as_ref().is_some_and(|install| install.installer == Installer::Uv);
    if needs_uv && lock.uv.is_none() {
        lacking.push("uv".to_owned());
    }
    let mut all = lock.platforms();
    let more: Vec<Platform> = platforms.iter().copied().filter(|platform| !all.contains(platform)).collect();
    all.extend(more.iter().copied());
    let file = if NAMES.contains(&mopyfile) { String::new() } else { format!(" -f {mopyfile}") };
    let more = if more.is_empty() { String::new() } else { format!(" --platform {}", joined(&all)) };
    let help = format!("run `mopy lock{file}{more}`");
    (!lacking.is_empty()).then(|| {
        let message = format!("the lock lacks {}", lacking.join(", "));
        Diagnostic::new(&rule::STALE_LOCK, plan.python.span, message).help(help)
    })
}
