//! `mopy lock`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::SystemTime;

use super::input::{Input, Locked, report};
use super::output::write;
use super::platforms::Platforms;
use super::{Failure, Outcome, show};
use crate::lock::{Image, Lock, Unreadable};
use crate::mopyfile::{Installer, Mopyfile};
use crate::plan::{Plan, uv};
use crate::platform::{Platform, joined};
use crate::registry::{Mirror, Registries, registry_of};
use crate::{Month, Transpiled};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  mopy lock                             write Mopyfile.yaml.lock, or add what it lacks
  mopy lock --upgrade                   take what the tags name now, and the uv that this mopy knows
  mopy lock --platform linux/amd64,linux/arm64
  mopy lock --mirror docker.io=mirror.example.com --mirror gcr.io=mirror.example.com/gcr

Credentials are those that `docker login` has kept.
`docker build`, `transpile`, `check` and `llb` go by the lock when it is there.")]
pub(super) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// Take what the tags name now, instead of what is locked
    #[arg(long)]
    upgrade: bool,
    /// The platforms to lock, separated by commas, and no others [default: those of the lock, else all that distroless has]
    #[arg(long, value_name = "PLATFORM", value_parser = Platforms::parse)]
    platform: Option<Platforms>,
    /// Ask another host for the images of a registry
    #[arg(long, value_name = "REGISTRY=HOST")]
    mirror: Vec<Mirror>,
}

/// The base images of a Mopyfile, and the platforms that each has to be there for.
type Needed = BTreeMap<String, Vec<Platform>>;

impl Arguments {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let Some(file) = self.input.lock_path() else {
            return Err(Failure::new("a lock is a file beside the Mopyfile, and standard input is none")
                .help("name the file: `-f FILE`"));
        };
        let Some(source) = self.input.read_text()? else { return Ok(Outcome::Wrong) };
        let asked = self.platform.unwrap_or_default().0;
        let Transpiled { mopyfile, .. } = match crate::transpile(&source, None, &asked, Month::of(SystemTime::now())) {
            Ok(transpiled) => transpiled,
            Err(found) => {
                report(&source, &found);
                return Ok(Outcome::Wrong);
            }
        };
        let (old, broken) = match self.input.lock(Locked::default())? {
            None => (None, false),
            Some(lock) => match Lock::read(&lock) {
                Ok(old) => (Some(old), false),
                Err(Unreadable::Broken(_)) if self.upgrade => (None, true),
                Err(unreadable) => {
                    report(&source, &unreadable.problem(&lock, mopyfile.python.span).into());
                    return Ok(Outcome::Wrong);
                }
            },
        };
        let kept = old.as_ref().filter(|_| !self.upgrade);
        let before = old.as_ref().map(Lock::platforms).unwrap_or_default();
        // what nobody has asked for by name may be there for some of them only
        let strict = !asked.is_empty() || !before.is_empty();
        let platforms = [asked, before, Platform::with_distroless()];
        let platforms = platforms.into_iter().find(|platforms| !platforms.is_empty()).unwrap_or_default();
        let needed = needed(&mopyfile, &platforms);
        check_mirrors(&self.mirror, &needed)?;
        let registries = Registries::new(self.mirror);
        let images = super::block_on(images(&registries, &needed, &platforms, strict, kept))??;
        let uses_uv = platforms.iter().any(|platform| mopyfile.installs_with(&[*platform]) == Installer::Uv);
        let uv = (uses_uv && !mopyfile.pip.is_empty())
            .then(|| kept.and_then(|kept| kept.uv.clone()).unwrap_or_else(|| uv::current(&Platform::all())));
        let lock = Lock::new(images, uv);
        if old.as_ref() == Some(&lock) {
            show(&format!("{} is up to date\n", file.display()));
            return Ok(Outcome::Fine);
        }
        write(&file, lock.to_string().as_bytes())?;
        show(&summary(&file, old.as_ref(), &lock));
        if broken {
            show(&format!("  the old one was broken, so this is for {}\n", joined(&lock.platforms())));
        }
        Ok(Outcome::Fine)
    }
}

/// Fails for a mirror that nothing would be asked for, as its registry is misspelt.
fn check_mirrors(mirrors: &[Mirror], needed: &Needed) -> Result<(), Failure> {
    let registries: BTreeSet<String> = needed.keys().filter_map(|name| registry_of(name)).collect();
    match mirrors.iter().find(|mirror| !registries.contains(mirror.registry())) {
        None => Ok(()),
        Some(mirror) => {
            let names: Vec<String> = registries.iter().map(|name| format!("`{name}`")).collect();
            Err(Failure::new(format!("no base image comes from `{}`", mirror.registry()))
                .help(format!("they come from {}", names.join(" and "))))
        }
    }
}

/// What is needed when an image is built for any of `platforms`, alone or together: what it ends in depends on them.
fn needed(mopyfile: &Mopyfile, platforms: &[Platform]) -> Needed {
    let mut needed = Needed::new();
    for together in platforms.chunks(1).chain([platforms]) {
        for image in Plan::new(mopyfile, together, None).base_images() {
            needed.entry(image.name.clone()).or_default().extend(together);
        }
    }
    needed
}

/// The images of `needed` as they are in `kept`, and from the registry what that lacks; for those of `platforms` that
/// all of them are there for.
async fn images(
    registries: &Registries,
    needed: &Needed,
    platforms: &[Platform],
    strict: bool,
    kept: Option<&Lock>,
) -> Result<BTreeMap<String, Image>, Failure> {
    let mut images = BTreeMap::new();
    let mut left = platforms.to_vec();
    for (name, needed) in needed {
        let kept = kept.and_then(|kept| kept.images.get(name));
        let image = match kept {
            Some(kept) if needed.iter().all(|platform| kept.platforms.contains_key(platform)) => kept.clone(),
            _ => {
                show(&format!("asking for {name}\n"));
                let digest = kept.map(|kept| &kept.digest);
                let asked = registries.image(name, digest).await;
                asked.map_err(|error| Failure::new(error.to_string()).help(error.help()))?
            }
        };
        let is_missing = |platform: &Platform| needed.contains(platform) && !image.platforms.contains_key(platform);
        let missing: Vec<Platform> = left.iter().copied().filter(is_missing).collect();
        left.retain(|platform| !missing.contains(platform));
        if !missing.is_empty() {
            if strict || left.is_empty() {
                let advice = match joined(&left) {
                    left if left.is_empty() => "name other platforms with `--platform`".to_owned(),
                    left => format!("leave it out: `--platform {left}`"),
                };
                let upgrade = if kept.is_some() { ", or try `--upgrade`" } else { "" };
                return Err(Failure::new(format!("the image `{name}` is not there for {}", joined(&missing)))
                    .help(format!("{advice}{upgrade}")));
            }
            show(&format!("  it is not there for {}, which the lock leaves out\n", joined(&missing)));
        }
        images.insert(name.clone(), image);
    }
    for image in images.values_mut() {
        image.platforms.retain(|platform, _| left.contains(platform));
    }
    images.retain(|_, image| !image.platforms.is_empty());
    Ok(images)
}

/// What is new in `lock`, a line each.
fn summary(file: &Path, old: Option<&Lock>, lock: &Lock) -> String {
    let mut text = format!("wrote {}\n", file.display());
    for (name, image) in &lock.images {
        let before = old.and_then(|old| old.images.get(name)).map(|before| &before.digest);
        text += &match before {
            Some(before) if *before == image.digest => format!("  {name} stays {before}\n"),
            Some(before) => format!("  {name} was {before}, is {}\n", image.digest),
            None => format!("  {name} is {}\n", image.digest),
        };
    }
    let version = |lock: &Lock| lock.uv.as_ref().map(|uv| uv.version);
    text += &match (old.and_then(version), version(lock)) {
        (_, None) => String::new(),
        (Some(before), Some(now)) if before == now => format!("  uv stays {before}\n"),
        (Some(before), Some(now)) => format!("  uv was {before}, is {now}\n"),
        (None, Some(now)) => format!("  uv is {now}\n"),
    };
    let now = lock.platforms();
    let mut gone = old.map(Lock::platforms).unwrap_or_default();
    gone.retain(|platform| !now.contains(platform));
    if !gone.is_empty() {
        text += &format!("  no longer for {}\n", joined(&gone));
    }
    text
}
