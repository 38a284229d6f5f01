//! Words in commands and instructions, each checked once against its grammar.

use std::fmt;

use crate::redact;

/// An apt package: `name[:architecture][=version][/suite]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AptPackage(String);

impl AptPackage {
    /// Reads an entry (Debian Policy 5.6.1 for names and 5.6.12 for versions, apt-get(8) for the rest).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (rest, suite) = split(text, '/');
        let (rest, version) = split(rest, '=');
        let (name, architecture) = split(rest, ':');
        let valid = word(name, "+-.", 2)
            && name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && !name.contains(|c: char| c.is_ascii_uppercase())
            // a trailing minus in any of the forms makes apt-get remove the package
            && !text.ends_with('-')
            && architecture.is_none_or(|text| word(text, "-", 1))
            && version.is_none_or(|text| word(text, "+-.~:", 1))
            && suite.is_none_or(|text| word(text, "-_", 1));
        valid.then(|| Self(text.to_owned()))
    }

    /// The entry.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Only its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.split([':', '=', '/']).next().unwrap_or_default()
    }
}

/// The name of an environment variable.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EnvironmentName(String);

impl EnvironmentName {
    /// Reads a name (POSIX.1-2024, volume XBD, section 8.1; lower case is allowed).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let valid = word(text, "_", 1) && !text.starts_with(|c: char| c.is_ascii_digit());
        valid.then(|| Self(text.to_owned()))
    }

    /// Whether it looks like the name of a secret.
    #[must_use]
    pub fn looks_secret(&self) -> bool {
        redact::names_secret(&self.0)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The key of a label.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LabelKey(String);

impl LabelKey {
    /// Reads a key (<https://docs.docker.com/engine/manage-resources/labels/>; upper case and `_` are also allowed,
    /// because keys in use contain them).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let alphanumeric = |c: char| c.is_ascii_alphanumeric();
        let valid = word(text, "._/-", 1) && text.starts_with(alphanumeric) && text.ends_with(alphanumeric);
        valid.then(|| Self(text.to_owned()))
    }

    /// The key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a Python module: `numpy`, `PIL.Image`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleName(String);

impl ModuleName {
    /// Reads identifiers separated by dots (Python's reference, section 2.3, but ASCII only).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let identifier = |part: &str| word(part, "_", 1) && !part.starts_with(|c: char| c.is_ascii_digit());
        text.split('.').all(identifier).then(|| Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn word(text: &str, besides: &str, least: usize) -> bool {
    text.len() >= least && text.chars().all(|c| c.is_ascii_alphanumeric() || besides.contains(c))
}

impl fmt::Display for AptPackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for EnvironmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for LabelKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ModuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{AptPackage, EnvironmentName, LabelKey, ModuleName};

    #[test]
    fn apt_packages() {
        for text in
            ["libopenblas-dev", "g++", "libc6:i386", "gcc=4:12.2.0-3", "git/trixie-backports", "a2:arm64=1~rc1+b1/sid"]
        {
            assert!(AptPackage::parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "a",
            "GCC",
            "gcc-",
            "-y",
            "--yes",
            "gcc g++",
            "gcc;ls",
            "gcc=1-",
            "gcc:arm64-",
            "gcc/sid-",
            "gcc=",
            "gcc:",
            "gcc/",
            "$(x)",
            "gcc=1 2",
            "ä",
        ] {
            assert!(AptPackage::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn environment_names() {
        for text in ["PATH", "_x", "a1"] {
            assert!(EnvironmentName::parse(text).is_some(), "{text}");
        }
        for text in ["", "1A", "A-B", "A B", "A=B", "Ä", "A\nB", "A.B"] {
            assert!(EnvironmentName::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn names_of_secrets() {
        for (text, secret) in [
            ("API_TOKEN", true),
            ("auth", true),
            ("DATABASE_PASSWORD", true),
            ("PUBLIC_KEY", false),
            ("KEYBOARD", false),
            ("MONKEY", false),
        ] {
            assert_eq!(EnvironmentName::parse(text).unwrap().looks_secret(), secret, "{text}");
        }
    }

    #[test]
    fn module_names() {
        for text in ["numpy", "PIL.Image", "_x", "a1.b2"] {
            assert!(ModuleName::parse(text).is_some(), "{text}");
        }
        for text in ["", ".", "a.", ".a", "a..b", "1a", "a.1", "a-b", "a b", "a;b", "a\n", "ä", "-c"] {
            assert!(ModuleName::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn label_keys() {
        for text in ["a", "org.opencontainers.image.source", "com.example/x_y-Z"] {
            assert!(LabelKey::parse(text).is_some(), "{text}");
        }
        for text in ["", ".a", "a.", "a b", "a=b", "a\"b", "ä", "$a"] {
            assert!(LabelKey::parse(text).is_none(), "{text}");
        }
    }
}
