//! `mopy lock`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::docker::Inspection;
use super::input::{Input, Locked, report};
use super::output::replace;
use super::{Failure, Outcome, show};
use crate::lock::{Digest, Lock, Unreadable};
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
        let input = Input::new(self.file);
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
            None => None,
            Some((_, Ok(old))) => Some(old),
            Some((_, Err(Unreadable::Broken(_)))) if self.upgrade => None,
            Some((text, Err(unreadable))) => {
                report(&source, &unreadable.diagnostic(text, mopyfile.python.span).into());
                return Ok(Outcome::Problems);
            }
        };
        let kept = old.as_ref().filter(|_| !self.upgrade);
        let lock = lock(&mopyfile, kept)?;
        if text.is_some_and(|text| text.text() == lock.to_string()) {
            show(&format!("{} is up to date\n", file.display()));
            return Ok(Outcome::Success);
        }
        replace(&file, lock.to_string().as_bytes())?;
        show(&summary(&file, &old.unwrap_or_default(), &lock));
        Ok(Outcome::Success)
    }
}

/// The lock of a Mopyfile: the entries in `kept`, and the current values of all others.
fn lock(mopyfile: &Mopyfile, kept: Option<&Lock>) -> Result<Lock, Failure> {
    let all = Platform::ALL;
    // a build for several platforms may use base images that no single-platform build uses
    let builds = all.chunks(1).chain([all]).map(|platforms| Plan::new(mopyfile, platforms, None));
    let mut names = BTreeSet::new();
    let mut uses_uv = false;
    for plan in builds {
        names.extend(plan.base_images().map(|image| image.name.clone()));
        uses_uv |= plan.install.is_some_and(|install| install.installer == Installer::Uv);
    }
    let kept_uv = kept.and_then(|kept| kept.uv.clone());
    let kept_digest = |name: &String| Some((name.clone(), kept?.images.get(name)?.clone()));
    let mut images: BTreeMap<String, Digest> = names.iter().filter_map(kept_digest).collect();
    let missing = names.iter().filter(|name| !images.contains_key(*name));
    // in parallel, because most of the time is spent waiting for the registry
    let asked: Vec<(&String, Inspection<'_>)> =
        missing.map(|name| Ok((name, Inspection::start(name)?))).collect::<Result<_, Failure>>()?;
    for (name, inspection) in asked {
        images.insert(name.clone(), inspection.digest()?);
    }
    Ok(Lock { images, uv: uses_uv.then(|| kept_uv.unwrap_or_else(|| uv::current(all))) })
}

/// The changes in `lock`, one per line.
fn summary(file: &Path, old: &Lock, lock: &Lock) -> String {
    let mut text = format!("wrote {}\n", file.display());
    for (name, digest) in &lock.images {
        text += &match old.images.get(name) {
            Some(before) if before == digest => format!("  {name} is still {digest}\n"),
            Some(before) => format!("  {name} was {before}, is now {digest}\n"),
            None => format!("  {name} is {digest}\n"),
        };
    }
    text += &match (old.uv.as_ref().map(|uv| uv.version), lock.uv.as_ref().map(|uv| uv.version)) {
        (_, None) => String::new(),
        (Some(before), Some(now)) if before == now => format!("  uv is still {now}\n"),
        (Some(before), Some(now)) => format!("  uv was {before}, is now {now}\n"),
        (None, Some(now)) => format!("  uv is {now}\n"),
    };
    let removed = old.images.keys().filter(|name| !lock.images.contains_key(*name));
    text.extend(removed.map(|name| format!("  {name} is no longer needed\n")));
    text
}
