//! The base images.

use super::python::Debian;
use crate::platform::Platform;

/// A base image.
#[derive(Debug)]
pub struct Base {
    /// Its name in a Mopyfile.
    pub name: &'static str,
    /// The image for a release of Debian.
    pub image: fn(Debian) -> String,
    /// The platforms that it supports.
    pub platforms: &'static [Platform],
    /// Whether it has a shell and apt. If so, a stage adds files of the official Python image that are missing.
    pub has_apt: bool,
    /// The apt packages in it, in addition to [`EVERYWHERE`].
    packages: &'static [&'static str],
}

/// Every base image, the default first. The last one supports everything.
pub static ALL: [&Base; 2] = [&DISTROLESS, &SLIM];

/// Google's image without a shell or package manager (GoogleContainerTools/distroless `README.md`).
static DISTROLESS: Base = Base {
    name: "distroless",
    image: |_| "gcr.io/distroless/cc-debian13:nonroot".to_owned(),
    platforms: &[
        Platform::AMD64,
        Platform::ARM64,
        Platform::ARM_V7,
        Platform::PPC64LE,
        Platform::RISCV64,
        Platform::S390X,
    ],
    has_apt: false,
    packages: &["libgomp1", "media-types"],
};

/// Debian without manual pages and translations, for the platforms of the official Python image.
static SLIM: Base = Base {
    name: "slim",
    image: |debian| format!("debian:{}-slim", debian.name()),
    platforms: Platform::ALL,
    has_apt: true,
    packages: &[],
};

/// apt packages in every image, without the `t64` suffix of some names: those of distroless (`/var/lib/dpkg/status.d`
/// of cc-debian13), and those that the interpreter links against.
const EVERYWHERE: [&str; 20] = [
    "base-files",
    "ca-certificates",
    "libbz2-1.0",
    "libc6",
    "libdb5.3",
    "libffi8",
    "libgcc-s1",
    "libgdbm6",
    "liblzma5",
    "libncursesw6",
    "libreadline8",
    "libsqlite3-0",
    "libssl3",
    "libstdc++6",
    "libtinfo6",
    "libuuid1",
    "libzstd1",
    "netbase",
    "tzdata",
    "zlib1g",
];

impl Base {
    /// The default base image.
    #[must_use]
    pub fn standard() -> &'static Self {
        ALL[0]
    }

    /// `wanted`, or else the first one that supports `platforms` and, if requested, has apt.
    #[must_use]
    pub fn choose(wanted: &'static Self, needs_apt: bool, platforms: &[Platform]) -> &'static Self {
        let fits = |base: &&Self| {
            let exists = platforms.iter().all(|platform| base.platforms.contains(platform));
            exists && (base.has_apt || !needs_apt)
        };
        std::iter::once(wanted).chain(ALL).find(fits).unwrap_or(&SLIM)
    }

    /// Whether it contains the apt package.
    #[must_use]
    pub fn has(&self, package: &str) -> bool {
        let name = package.trim_end_matches("t64");
        EVERYWHERE.contains(&name) || self.packages.contains(&name)
    }
}

impl PartialEq for Base {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Base {}
