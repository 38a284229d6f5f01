//! The platforms that images are built for.

use std::fmt;
use std::str::FromStr;

/// A platform that the official Python images exist for, such as `linux/amd64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform(&'static str);

impl Platform {
    pub(crate) const AMD64: Self = Self("linux/amd64");
    pub(crate) const ARM64: Self = Self("linux/arm64");
    pub(crate) const ARM_V7: Self = Self("linux/arm/v7");
    pub(crate) const PPC64LE: Self = Self("linux/ppc64le");
    pub(crate) const RISCV64: Self = Self("linux/riscv64");
    pub(crate) const S390X: Self = Self("linux/s390x");
    pub(crate) const I386: Self = Self("linux/386");
    pub(crate) const ARM_V5: Self = Self("linux/arm/v5");
    // Docker uses the images of arm/v5 for it
    pub(crate) const ARM_V6: Self = Self("linux/arm/v6");

    /// All platforms of the official Python images (docker-library/official-images `library/python`).
    pub const ALL: &[Self] = &[
        Self::AMD64,
        Self::ARM64,
        Self::ARM_V7,
        Self::PPC64LE,
        Self::RISCV64,
        Self::S390X,
        Self::I386,
        Self::ARM_V5,
        Self::ARM_V6,
    ];

    /// Whether uv has wheels for it (<https://pypi.org/project/uv/#files>).
    #[must_use]
    pub fn has_uv(self) -> bool {
        self != Self::ARM_V5
    }

    /// Reads a list in the format of `docker build --platform`, separated by commas.
    ///
    /// # Errors
    ///
    /// The first platform without an official Python image.
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
        // the alternative spellings are those of containerd's `platforms` package
        let parts: Vec<&str> = lower.split('/').collect();
        let name = match parts.as_slice() {
            ["linux", "amd64" | "x86_64" | "x86-64"] | ["linux", "amd64", "v1" | "v2" | "v3" | "v4"] => "linux/amd64",
            ["linux", "arm64" | "aarch64"] | ["linux", "arm64" | "aarch64", "v8"] => "linux/arm64",
            ["linux", "arm" | "armhf"] | ["linux", "arm", "v7" | "7"] => "linux/arm/v7",
            ["linux", "armel"] => "linux/arm/v6",
            ["linux", "386" | "i386"] => "linux/386",
            _ => lower.as_str(),
        };
        let known = Self::ALL.iter().copied().find(|known| known.0 == name);
        known.ok_or_else(|| UnknownPlatform(text.to_owned()))
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// There is no official Python image for the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPlatform(pub String);

impl fmt::Display for UnknownPlatform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<&str> = Platform::ALL.iter().map(|known| known.0).collect();
        write!(f, "there is no Python image for the platform `{}`; supported platforms: {}", self.0, known.join(", "))
    }
}

impl std::error::Error for UnknownPlatform {}

#[cfg(test)]
mod tests {
    use super::Platform;

    #[test]
    fn spellings_of_docker() {
        for (given, platform) in [
            ("linux/amd64", Platform::AMD64),
            ("linux/x86_64", Platform::AMD64),
            ("linux/arm64/v8", Platform::ARM64),
            ("linux/arm", Platform::ARM_V7),
            ("linux/arm/v6", Platform::ARM_V6),
            ("linux/386", Platform::I386),
            ("arm64", Platform::ARM64),
        ] {
            assert_eq!(given.parse(), Ok(platform));
        }
        assert!("windows/amd64".parse::<Platform>().is_err());
        assert!("linux/mips".parse::<Platform>().is_err());
        assert_eq!(Platform::list("linux/amd64, linux/386,").unwrap().len(), 2);
    }
}
