//! `mopy lock`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use super::input::{Input, Locked, report};
use super::output::write;
use super::platforms::Platforms;
use super::{Failure, Outcome, show};
use crate::lock::{Image, Lock};
use crate::mopyfile::{Installer, Mopyfile};
use crate::plan::{Plan, uv};
use crate::platform::Platform;
use crate::registry::{Mirror, Registries};
use crate::{Month, Transpiled};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  mopy lock                             write Mopyfile.yaml.lock, or add what it lacks
  mopy lock --upgrade                   take what the tags name now, and the uv that this mopy knows
  mopy lock --platform linux/amd64,linux/arm64
  mopy lock --mirror docker.io=mirror.example.com --mirror gcr.io=mirror.example.com/gcr

Credentials are those that `docker login` has kept. `transpile`, `check` and `docker build` use the lock when it is
there.")]
pub(super) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// Take what the tags name now, instead of what is locked
    #[arg(long)]
    upgrade: bool,
    /// The platforms to lock, separated by commas [default: those of the lock, else all that distroless has]
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
        let old = self.input.lock(Locked::default())?.map(|lock| Lock::read(&lock, mopyfile.python.span)).transpose();
        let old = match old {
            Ok(old) => old,
            Err(_) if self.upgrade => None,
            Err(broken) => {
                report(&source, &broken.into());
                return Ok(Outcome::Wrong);
            }
        };
        let kept = old.as_ref().filter(|_| !self.upgrade);
        let platforms = match (asked.is_empty(), &old) {
            (false, _) => asked.clone(),
            (true, Some(old)) if !old.images.is_empty() => old.platforms(),
            (true, _) => Platform::with_distroless(),
        };
        let needed = needed(&mopyfile, &platforms);
        let strict = !asked.is_empty();
        let registries = Registries::new(self.mirror);
        let images = super::block_on(images(&registries, &needed, &platforms, strict, kept))??;
        let uses_uv = platforms.iter().any(|platform| mopyfile.installs_with(&[*platform]) == Installer::Uv);
        let uv = (uses_uv && !mopyfile.pip.is_empty())
            .then(|| kept.and_then(|kept| kept.uv.clone()).unwrap_or_else(uv::current));
        let lock = Lock::new(images, uv);
        if old.as_ref() == Some(&lock) {
            show(&format!("{} is up to date\n", file.display()));
            return Ok(Outcome::Fine);
        }
        write(&file, lock.to_string().as_bytes())?;
        show(&summary(&file, old.as_ref(), &lock));
        Ok(Outcome::Fine)
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

/// The images of `needed` as they are in `kept`, and from the registry what that lacks.
async fn images(
    registries: &Registries,
    needed: &Needed,
    platforms: &[Platform],
    strict: bool,
    kept: Option<&Lock>,
) -> Result<BTreeMap<String, Image>, Failure> {
    let mut images = BTreeMap::new();
    for (name, needed) in needed {
        let kept = kept.and_then(|kept| kept.images.get(name));
        let mut image = match kept {
            Some(kept) if needed.iter().all(|platform| kept.platforms.contains_key(platform)) => kept.clone(),
            _ => {
                show(&format!("asking for {name}\n"));
                let digest = kept.map(|kept| &kept.digest);
                let asked = registries.image(name, digest).await;
                asked.map_err(|error| Failure::new(error.to_string()).help(error.help()))?
            }
        };
        image.platforms.retain(|platform, _| platforms.contains(platform));
        let missing = needed.iter().find(|platform| !image.platforms.contains_key(platform));
        match missing {
            Some(missing) if strict || image.platforms.is_empty() => {
                return Err(Failure::new(format!("the image `{name}` is not there for {missing}"))
                    .help("leave the platform out of `--platform`, or try `--upgrade`"));
            }
            _ => drop(images.insert(name.clone(), image)),
        }
    }
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
    text
}
