//! The lock of a Mopyfile: the digests of the base images and the uv that its image is built with, in a file beside
//! it. A tag moves, and so does the uv of a new mopy; what is locked stays until `mopy lock --upgrade`.
//!
//! It is JSON, which programs and people can compare, and is written by `mopy lock` alone.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::diagnostic::text::printable;
use crate::diagnostic::{Diagnostic, rule};
use crate::platform::Platform;
use crate::source::{Source, Span};

/// The only version of the format.
const VERSION: u64 = 1;

/// What is locked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    version: u64,
    /// The base images, by their names and tags.
    pub images: BTreeMap<String, Image>,
    /// The uv that installs, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uv: Option<Uv>,
}

/// A base image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// What its tag names: an index of images for several platforms, or one image.
    pub digest: Digest,
    /// The image for each platform.
    pub platforms: BTreeMap<Platform, Digest>,
}

/// A version of uv.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uv {
    /// Its version on PyPI.
    pub version: UvVersion,
    /// The hashes of its wheels.
    pub hashes: Vec<Digest>,
}

/// The SHA-256 of something, as `sha256:` and 64 digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

/// A released version of uv, such as 0.13.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UvVersion(pub [u16; 3]);

impl Lock {
    /// One with these images and this uv.
    #[must_use]
    pub fn new(images: BTreeMap<String, Image>, uv: Option<Uv>) -> Self {
        Self { version: VERSION, images, uv }
    }

    /// Reads a lock.
    ///
    /// # Errors
    ///
    /// The text is no lock, or one of a newer version.
    pub fn read(source: &Source) -> Result<Self, Unreadable> {
        #[derive(Deserialize)]
        struct Version {
            version: u64,
        }
        let broken = |error: serde_json::Error| Unreadable::Broken(error.to_string());
        // the version first: of another one, the rest may look otherwise
        let Version { version } = serde_json::from_str(source.text()).map_err(broken)?;
        match version.cmp(&VERSION) {
            Ordering::Greater => return Err(Unreadable::Newer),
            Ordering::Less => return Err(Unreadable::Broken(format!("there is no version {version} of locks"))),
            Ordering::Equal => {}
        }
        let lock: Self = serde_json::from_str(source.text()).map_err(broken)?;
        if let Some((name, _)) = lock.images.iter().find(|(_, image)| image.platforms.is_empty()) {
            return Err(Unreadable::Broken(format!("`{name}` has no platforms")));
        }
        if lock.uv.as_ref().is_some_and(|uv| uv.hashes.is_empty()) {
            return Err(Unreadable::Broken("uv has no hashes".to_owned()));
        }
        Ok(lock)
    }

    /// The platforms that its images are locked for, each once.
    #[must_use]
    pub fn platforms(&self) -> Vec<Platform> {
        let mut platforms: Vec<Platform> =
            self.images.values().flat_map(|image| image.platforms.keys().copied()).collect();
        platforms.sort_unstable();
        platforms.dedup();
        platforms
    }
}

/// Why a text is no lock that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is one of a newer version of the format.
    Newer,
    /// Anything else, with the reason.
    Broken(String),
}

impl Unreadable {
    /// The problem that the lock `source` is; at `span` of the Mopyfile, as nothing else has places.
    #[must_use]
    pub fn problem(&self, source: &Source, span: Span) -> Diagnostic {
        let (reason, help) = match self {
            Self::Newer => ("a newer mopy has written it", "use that mopy, or a newer one"),
            Self::Broken(reason) => {
                (reason.as_str(), "take it from version control again, or write it anew: `mopy lock --upgrade`")
            }
        };
        let message = format!("the lock `{}` cannot be read: {}", source.name(), printable(reason));
        Diagnostic::new(&rule::BROKEN_LOCK, span, message).help(help)
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string_pretty(self).map_err(|_| fmt::Error)?;
        writeln!(f, "{text}")
    }
}

impl Digest {
    /// Reads a digest.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix("sha256:")?;
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (hex.len() == 64 && hex.bytes().all(is_digit)).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Digest {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| "a digest is `sha256:` and 64 digits from 0 to f".to_owned())
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

impl UvVersion {
    /// Reads a version.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let numbers: Option<Vec<u16>> = text.split('.').map(|part| part.parse().ok()).collect();
        let version = Self(numbers?.try_into().ok()?);
        // no `+1` and no `01`
        (version.to_string() == text).then_some(version)
    }
}

impl fmt::Display for UvVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(f, "{major}.{minor}.{patch}")
    }
}

impl TryFrom<String> for UvVersion {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| "a version of uv is three numbers with dots between them".to_owned())
    }
}

impl From<UvVersion> for String {
    fn from(version: UvVersion) -> Self {
        version.to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Digest, Image, Lock, Uv, UvVersion};
    use crate::source::{Source, Span};

    fn digest(digit: char) -> Digest {
        Digest::parse(&format!("sha256:{}", digit.to_string().repeat(64))).unwrap()
    }

    fn lock() -> Lock {
        let platforms = [("linux/arm64".parse().unwrap(), digest('b')), ("linux/amd64".parse().unwrap(), digest('c'))];
        let image = Image { digest: digest('a'), platforms: platforms.into() };
        let uv = Uv { version: UvVersion::parse("0.13.9").unwrap(), hashes: vec![digest('d')] };
        Lock::new(BTreeMap::from([("python:3.13-trixie".to_owned(), image)]), Some(uv))
    }

    fn read(text: &str) -> Result<Lock, String> {
        let source = Source::new("M.lock", text);
        Lock::read(&source).map_err(|unreadable| unreadable.problem(&source, Span::default()).message)
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(read(&lock().to_string()).unwrap(), lock());
        let without = Lock::new(BTreeMap::new(), None);
        assert_eq!(without.to_string(), "{\n  \"version\": 1,\n  \"images\": {}\n}\n");
        assert_eq!(read(&without.to_string()).unwrap(), without);
        let platforms: Vec<String> = lock().platforms().iter().map(ToString::to_string).collect();
        assert_eq!(platforms, ["linux/amd64", "linux/arm64"]);
    }

    #[test]
    fn what_is_no_lock() {
        let text = lock().to_string();
        for (text, reason) in [
            (String::new(), "EOF while parsing a value at line 1 column 0"),
            (format!("<<<<<<< HEAD\n{text}"), "expected value at line 1 column 1"),
            (text.replace("\"version\": 1", "\"version\": 300"), "a newer mopy has written it"),
            (text.replace("\"version\": 1", "\"version\": 0"), "there is no version 0 of locks"),
            (text.replace(&format!("[\n      \"{}\"\n    ]", digest('d')), "[]"), "uv has no hashes"),
            (
                text.replace("\"platforms\": {", "\"platforms\": {}, \"\u{9b}31m\": {"),
                "unknown field ` 31m`, expected `digest` or `platforms`",
            ),
            (
                format!("{{\"version\":1,\"images\":{{\"p\":{{\"digest\":\"{}\",\"platforms\":{{}}}}}}}}", digest('a')),
                "`p` has no platforms",
            ),
            (text.replace("\"digest\"", "\"digets\""), "unknown field `digets`, expected `digest` or `platforms`"),
            (text.replace(&"a".repeat(64), "a"), "a digest is `sha256:` and 64 digits from 0 to f"),
            (text.replace(&"a".repeat(64), &"A".repeat(64)), "a digest is `sha256:` and 64 digits from 0 to f"),
            (text.replace("0.13.9", "0.13; true"), "a version of uv is three numbers with dots between them"),
            (text.replace("0.13.9", "0.013.9"), "a version of uv is three numbers with dots between them"),
            (text.replace("linux/arm64", "linux/mips"), "there is no Python image for the platform `linux/mips`"),
        ] {
            let message = read(&text).unwrap_err();
            let start = format!("the lock `M.lock` cannot be read: {reason}");
            assert!(message.starts_with(&start), "{message}");
        }
    }
}
