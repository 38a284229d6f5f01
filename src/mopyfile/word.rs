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
        is_identifier(text).then(|| Self(text.to_owned()))
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
        text.split('.').all(is_identifier).then(|| Self(text.to_owned()))
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

fn is_identifier(text: &str) -> bool {
    word(text, "_", 1) && !text.starts_with(|c: char| c.is_ascii_digit())
}

fn word(text: &str, besides: &str, least: usize) -> bool {
    text.len() >= least && text.chars().all(|c| c.is_ascii_alphanumeric() || besides.contains(c))
}

impl fmt::Display for EnvironmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{AptPackage, EnvironmentName, LabelKey, ModuleName};

    /// Words that neither the golden files nor the properties of the JSON Schema have.
    #[test]
    fn words() {
        assert!(AptPackage::parse("a2:arm64=1~rc1+b1/sid").is_some());
        for text in ["a", "gcc=1 2", "ä"] {
            assert!(AptPackage::parse(text).is_none(), "{text}");
        }
        for text in ["Ä", "A\nB"] {
            assert!(EnvironmentName::parse(text).is_none(), "{text}");
        }
        assert!(LabelKey::parse("com.example/x_y-Z").is_some() && LabelKey::parse("ä").is_none());
        assert!(ModuleName::parse("_x.b2").is_some() && ModuleName::parse("ä").is_none());
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
}
