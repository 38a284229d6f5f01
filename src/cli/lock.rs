//! `mopy lock`.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::docker::Inspection;
use super::input::{Input, Locked, report};
use super::output::replace;
use super::{Failure, Outcome, show};
use crate::lock::{Lock, Unreadable};
use crate::mopyfile::{Installer, Mopyfile};
use crate::plan::{Plan, uv};
use crate::platform::Platform;
use crate::{Month, Transpiled, transpile};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  mopy lock             create Mopyfile.yaml.lock, or add missing entries
  mopy lock --upgrade   update all entries

Resolves images with `docker buildx imagetools inspect`, using Docker's credentials and mirrors. \
`docker build`, `transpile`, `check` and `llb` use the lock file if it exists.")]
pub(super) struct Arguments {
    /// The Mopyfile [default: Mopyfile.yaml, Mopyfile.yml or Mopyfile]
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Update all entries, instead of only adding missing ones
    #[arg(long)]
    upgrade: bool,
}

impl Arguments {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let input = Input { file: self.file };
        let Some(file) = input.lock_path() else {
            return Err(Failure::new("`mopy lock` cannot read the Mopyfile from standard input")
                .help("specify the file: `-f FILE`"));
        };
        let Some(source) = input.read_text()? else { return Ok(Outcome::Problems) };
        let Transpiled { mopyfile, diagnostics, .. } = transpile(&source, None, &[], Month::of(SystemTime::now()));
        let Some(mopyfile) = mopyfile.filter(|_| !diagnostics.has_errors()) else {
            report(&source, &diagnostics);
            return Ok(Outcome::Problems);
        };
        let text = input.lock(Locked::default())?;
        let old = match text.as_ref().map(|text| (text, Lock::read(text))) {
            None => Lock::default(),
            Some((_, Ok(old))) => old,
            Some((_, Err(Unreadable::Broken(_)))) if self.upgrade => Lock::default(),
            Some((text, Err(unreadable))) => {
                report(&source, &unreadable.diagnostic(text, mopyfile.python.span).into());
                return Ok(Outcome::Problems);
            }
        };
        let kept = if self.upgrade { Lock::default() } else { old.clone() };
        let lock = lock(&mopyfile, kept)?;
        if text.is_some_and(|text| text.text() == lock.to_string()) {
            show(&format!("{} is up to date\n", file.display()));
            return Ok(Outcome::Success);
        }
        replace(&file, lock.to_string().as_bytes()).map_err(|error| Failure::cannot_write(&file, &error))?;
        show(&summary(&file, &old, &lock));
        Ok(Outcome::Success)
    }
}

/// The lock of a Mopyfile: the entries in `kept`, and the current values of all others.
fn lock(mopyfile: &Mopyfile, kept: Lock) -> Result<Lock, Failure> {
    let all = Platform::ALL;
    // a build for several platforms may use base images that no single-platform build uses
    let builds = all.chunks(1).chain([all]).map(|platforms| Plan::new(mopyfile, platforms, None));
    let mut names = BTreeSet::new();
    let mut uses_uv = false;
    for plan in builds {
        names.extend(plan.base_images().map(|image| image.name.clone()));
        uses_uv |= plan.install.is_some_and(|install| install.installer == Installer::Uv);
    }
    let mut images = kept.images;
    images.retain(|name, _| names.contains(name));
    let missing = names.iter().filter(|name| !images.contains_key(*name));
    // in parallel, because most of the time is spent waiting for the registry
    let asked = missing.map(|name| Inspection::start(name)).collect::<Result<Vec<_>, Failure>>()?;
    for inspection in asked {
        images.insert(inspection.image.to_owned(), inspection.digest()?);
    }
    Ok(Lock { images, uv: uses_uv.then(|| kept.uv.unwrap_or_else(|| uv::current(all))) })
}

/// The changes in `lock`, one per line.
fn summary(file: &Path, old: &Lock, lock: &Lock) -> String {
    let mut text = format!("wrote {}\n", file.display());
    for (name, digest) in &lock.images {
        text += &change(name, old.images.get(name), digest);
    }
    if let Some(uv) = &lock.uv {
        text += &change("uv", old.uv.as_ref().map(|uv| &uv.version), &uv.version);
    }
    let removed = old.images.keys().filter(|name| !lock.images.contains_key(*name));
    text.extend(removed.map(|name| format!("  {name} is no longer needed\n")));
    text
}

fn change<T: PartialEq + Display>(name: &str, old: Option<&T>, new: &T) -> String {
    match old {
        Some(old) if old == new => format!("  {name} is still {new}\n"),
        Some(old) => format!("  {name} was {old}, is now {new}\n"),
        None => format!("  {name} is {new}\n"),
    }
}
