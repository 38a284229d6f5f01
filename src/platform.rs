//! The platforms that images are built for.

use std::fmt;
use std::str::FromStr;

/// A platform that the official Python images exist for, such as `linux/amd64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform(&'static str);

/// Every platform of the official images, and whether distroless has it, too
/// (docker-library/official-images `library/python`; GoogleContainerTools/distroless `README.md`).
const KNOWN: &[(&str, bool)] = &[
    ("linux/amd64", true),
    ("linux/arm64", true),
    ("linux/arm/v7", true),
    ("linux/ppc64le", true),
    ("linux/riscv64", true),
    ("linux/s390x", true),
    ("linux/386", false),
    ("linux/arm/v5", false),
    // Docker takes the images of arm/v5 for it
    ("linux/arm/v6", false),
];

impl Platform {
    /// All that official Python images exist for.
    #[must_use]
    pub fn all() -> Vec<Self> {
        KNOWN.iter().map(|(name, _)| Self(name)).collect()
    }

    /// All that distroless images exist for.
    #[must_use]
    pub fn with_distroless() -> Vec<Self> {
        Self::all().into_iter().filter(|platform| platform.has_distroless()).collect()
    }

    /// Whether distroless images exist for it (GoogleContainerTools/distroless `README.md`).
    #[must_use]
    pub fn has_distroless(self) -> bool {
        KNOWN.contains(&(self.0, true))
    }

    /// Whether there are wheels of uv for it (<https://pypi.org/project/uv/#files>).
    #[must_use]
    pub fn has_uv(self) -> bool {
        self.0 != "linux/arm/v5"
    }

    /// Reads a list separated by commas, as `docker build --platform` takes it.
    ///
    /// # Errors
    ///
    /// The first platform that no official Python image exists for.
    pub fn list(text: &str) -> Result<Vec<Self>, UnknownPlatform> {
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::parse).collect()
    }
}

impl FromStr for Platform {
    type Err = UnknownPlatform;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut lower = text.to_ascii_lowercase();
        if !lower.contains('/') {
            lower = format!("linux/{lower}");
        }
        // the other spellings are those of containerd's `platforms` package
        let parts: Vec<&str> = lower.split('/').collect();
        let name = match parts.as_slice() {
            ["linux", "amd64" | "x86_64" | "x86-64"] | ["linux", "amd64", "v1" | "v2" | "v3" | "v4"] => "linux/amd64",
            ["linux", "arm64" | "aarch64"] | ["linux", "arm64" | "aarch64", "v8"] => "linux/arm64",
            ["linux", "arm" | "armhf"] | ["linux", "arm", "v7" | "7"] => "linux/arm/v7",
            ["linux", "armel"] => "linux/arm/v6",
            ["linux", "386" | "i386"] => "linux/386",
            _ => lower.as_str(),
        };
        KNOWN
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(known, _)| Self(known))
            .ok_or_else(|| UnknownPlatform(text.to_owned()))
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// No official Python image exists for the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPlatform(pub String);

impl fmt::Display for UnknownPlatform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<&str> = KNOWN.iter().map(|(name, _)| *name).collect();
        write!(f, "there is no Python image for the platform `{}`; there is one for {}", self.0, known.join(", "))
    }
}

impl std::error::Error for UnknownPlatform {}

#[cfg(test)]
mod tests {
    use super::Platform;

    #[test]
    fn spellings_of_docker() {
        for (given, name, distroless) in [
            ("linux/amd64", "linux/amd64", true),
            ("linux/x86_64", "linux/amd64", true),
            ("linux/arm64/v8", "linux/arm64", true),
            ("linux/arm", "linux/arm/v7", true),
            ("linux/arm/v6", "linux/arm/v6", false),
            ("linux/386", "linux/386", false),
            ("arm64", "linux/arm64", true),
        ] {
            let platform: Platform = given.parse().unwrap();
            assert_eq!(platform.to_string(), name);
            assert_eq!(platform.has_distroless(), distroless);
        }
        assert!("windows/amd64".parse::<Platform>().is_err());
        assert!("linux/mips".parse::<Platform>().is_err());
        assert_eq!(Platform::list("linux/amd64, linux/386,").unwrap().len(), 2);
    }
}
