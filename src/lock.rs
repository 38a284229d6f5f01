//! The lock file of a Mopyfile, with the digests of the base images and the version of uv. Tags move, and new versions
//! of mopy contain a new version of uv; locked entries do not change until `mopy lock --upgrade`.
//!
//! It is YAML with one image per line, so that people can read it and a regular expression can update it. Former
//! versions of mopy wrote JSON, which is still supported.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_yaml::options::DuplicateKeyPolicy;
use sha2::{Digest as _, Sha256};

use crate::diagnostic::text::printable;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::source::{Source, Span};

/// Invalid lock file.
pub static BROKEN_LOCK: Rule = Rule {
    name: "broken-lock",
    severity: Severity::Error,
    summary: "invalid lock file",
    explanation: "`Mopyfile.yaml.lock`, written by `mopy lock`, pins the base images and uv. To resolve a merge \
         conflict, take the file from either branch and run `mopy lock`. To start over, run `mopy lock --upgrade`, or \
         delete the file: images are then resolved by tag.",
};

/// The version of the format that mopy writes.
const VERSION: u64 = 2;

/// The version of the former JSON format, which also contained the digest of each platform.
const JSON: u64 = 1;

/// The first lines of a lock file.
const HEADER: &str = "\
# The base images and the version of uv for this Mopyfile.
# Written by `mopy lock`. To update it, run `mopy lock --upgrade`.
";

/// The contents of a lock file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// The digest of each base image, by name and tag. It is that of the multi-platform index.
    pub images: BTreeMap<String, Digest>,
    /// The version of uv, if uv installs the packages.
    pub uv: Option<Uv>,
}

/// A version of uv, with hashes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uv {
    /// Its version on PyPI.
    pub version: UvVersion,
    /// The hashes of its wheels.
    pub hashes: Vec<Digest>,
}

/// A SHA-256 digest: `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Digest(String);

/// A released version of uv, such as 0.13.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct UvVersion(pub [u16; 3]);

impl Lock {
    /// Reads a lock file.
    ///
    /// # Errors
    ///
    /// The file is invalid, or was written by a newer version of mopy.
    pub fn read(source: &Source) -> Result<Self, Unreadable> {
        #[derive(Deserialize)]
        struct Version {
            version: u64,
        }
        // read the version first, because the rest of another version may look different
        let Version { version } = parse(source)?;
        let lock: Self = match version {
            VERSION => parse(source)?,
            JSON => parse::<JsonLock>(source)?.into(),
            0 => return Err(Unreadable::Broken("version 0 of the format does not exist".to_owned())),
            _ => return Err(Unreadable::Newer),
        };
        if lock.uv.as_ref().is_some_and(|uv| uv.hashes.is_empty()) {
            return Err(Unreadable::Broken("uv has no hashes".to_owned()));
        }
        Ok(lock)
    }
}

fn parse<'a, T: Deserialize<'a>>(source: &'a Source) -> Result<T, Unreadable> {
    let options = serde_yaml::options! {
        budget: serde_yaml::budget! { max_events: 20_000, max_nodes: 10_000, max_depth: 8 },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        with_snippet: false,
    };
    serde_yaml::from_str_with_options(source.text(), options).map_err(|error| Unreadable::Broken(error.to_string()))
}

/// The former version of the format. The digests of single platforms follow from that of the index.
#[derive(Deserialize)]
struct JsonLock {
    images: BTreeMap<String, JsonImage>,
    uv: Option<Uv>,
}

#[derive(Deserialize)]
struct JsonImage {
    digest: Digest,
}

impl From<JsonLock> for Lock {
    fn from(JsonLock { images, uv }: JsonLock) -> Self {
        Self { images: images.into_iter().map(|(name, image)| (name, image.digest)).collect(), uv }
    }
}

impl<'de> Deserialize<'de> for Lock {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(LockVisitor)
    }
}

struct LockVisitor;

impl<'de> Visitor<'de> for LockVisitor {
    type Value = Lock;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping of images to digests")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Lock, A::Error> {
        let mut lock = Lock::default();
        while let Some(key) = map.next_key::<String>()? {
            let is_first = match key.as_str() {
                "version" => {
                    map.next_value::<IgnoredAny>()?;
                    true
                }
                "uv" => lock.uv.replace(map.next_value()?).is_none(),
                // image names always contain a tag
                _ if key.contains(':') => lock.images.insert(key.clone(), map.next_value()?).is_none(),
                _ => return Err(A::Error::custom(format!("`{key}` is not an image name with a tag"))),
            };
            if !is_first {
                return Err(A::Error::custom(format!("duplicate entry `{key}`")));
            }
        }
        Ok(lock)
    }
}

/// Why a lock file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It has a newer version of the format.
    Newer,
    /// It is invalid, for this reason.
    Broken(String),
}

impl Unreadable {
    /// The error about the lock file `source`, at `span` in the Mopyfile, because errors in other files have no
    /// location.
    #[must_use]
    pub fn diagnostic(&self, source: &Source, span: Span) -> Diagnostic {
        let (reason, help) = match self {
            Self::Newer => ("it was written by a newer version of mopy", "use that version of mopy, or a newer one"),
            Self::Broken(reason) => {
                (reason.as_str(), "restore it from version control, or write a new one: `mopy lock --upgrade`")
            }
        };
        let message = format!("cannot read the lock file `{}`: {}", source.name(), printable(reason));
        Diagnostic::new(&BROKEN_LOCK, span, message).help(help)
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}version: {VERSION}")?;
        for (name, digest) in &self.images {
            writeln!(f, "\"{name}\": \"{digest}\"")?;
        }
        if let Some(Uv { version, hashes }) = &self.uv {
            writeln!(f, "uv:\n  version: \"{version}\"\n  hashes:")?;
            for hash in hashes {
                writeln!(f, "    - \"{hash}\"")?;
            }
        }
        Ok(())
    }
}

impl Digest {
    /// The digest of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut text = "sha256:".to_owned();
        for byte in Sha256::digest(bytes) {
            // writing to a string cannot fail
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// Its first digits, which are enough to tell a few digests apart.
    #[must_use]
    pub fn short(&self) -> &str {
        const DIGITS: usize = 8;
        let hex = self.0.strip_prefix("sha256:").unwrap_or_default();
        hex.get(..DIGITS).unwrap_or(hex)
    }

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
        Self::parse(&text).ok_or_else(|| "a digest is `sha256:` followed by 64 hexadecimal digits".to_owned())
    }
}

impl UvVersion {
    /// Reads a version.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let numbers: Option<Vec<u16>> = text.split('.').map(|part| part.parse().ok()).collect();
        let version = Self(numbers?.try_into().ok()?);
        // rejects `+1` and `01`
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
        Self::parse(&text).ok_or_else(|| "a version of uv is three numbers separated by dots".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Digest, Lock, Uv, UvVersion};
    use crate::source::{Source, Span};

    fn digest(digit: char) -> Digest {
        Digest::parse(&format!("sha256:{}", digit.to_string().repeat(64))).unwrap()
    }

    fn lock() -> Lock {
        let uv = Uv { version: UvVersion::parse("0.13.9").unwrap(), hashes: vec![digest('d'), digest('e')] };
        let images = [("python:3.13-trixie", 'a'), ("gcr.io/distroless/cc-debian13:nonroot", 'b')];
        let images = images.map(|(name, digit)| (name.to_owned(), digest(digit)));
        Lock { images: images.into(), uv: Some(uv) }
    }

    fn read(text: &str) -> Result<Lock, String> {
        let source = Source::new("M.lock", text);
        Lock::read(&source).map_err(|unreadable| unreadable.diagnostic(&source, Span::default()).message)
    }

    #[test]
    fn written_lock_files_are_read() {
        let text = lock().to_string();
        assert_eq!(read(&text).unwrap(), lock());
        assert_eq!(read(&text.replace('"', "")).unwrap(), lock(), "quotes may go");
        assert!(text.contains(&format!("\n\"python:3.13-trixie\": \"sha256:{}\"\n", "a".repeat(64))), "{text}");
        assert!(text.starts_with('#') && text.ends_with(&format!("    - \"{}\"\n", digest('e'))), "{text}");
        let without = Lock::default();
        assert_eq!(read(&without.to_string()).unwrap(), without);
    }

    #[test]
    fn json_of_former_versions_is_read() {
        let image =
            |digit| format!(r#"{{"digest": "{}", "platforms": {{"linux/amd64": "{}"}}}}"#, digest(digit), digest('c'));
        let images =
            format!(r#""gcr.io/distroless/cc-debian13:nonroot": {}, "python:3.13-trixie": {}"#, image('b'), image('a'));
        let uv = format!(r#"{{"version": "0.13.9", "hashes": ["{}", "{}"]}}"#, digest('d'), digest('e'));
        let text = format!("{{\n\t\"version\": 1,\n\t\"images\": {{{images}}},\n\t\"uv\": {uv}\n}}\n");
        assert_eq!(read(&text.replace('\t', "  ")).unwrap(), lock());
        let without = Lock { uv: None, images: BTreeMap::new() };
        assert_eq!(read("{\n  \"version\": 1,\n  \"images\": {}\n}\n").unwrap(), without);
    }

    #[test]
    fn invalid_lock_files() {
        let text = lock().to_string();
        for (text, reason) in [
            (String::new(), "unexpected end of input"),
            (text.replace("version: 2", "version: 2\n<<<<<<< HEAD"), "simple key expected ':'"),
            (text.replace("version: 2", "version: 300"), "it was written by a newer version of mopy"),
            (text.replace("version: 2", "version: 0"), "version 0 of the format does not exist"),
            (text.replace("version: 2\n", ""), "missing field `version`"),
            (
                text.replace(&format!("\n    - \"{}\"\n    - \"{}\"", digest('d'), digest('e')), " []"),
                "uv has no hashes",
            ),
            (text.replace("uv:", "\"\\x9b31m\":"), "`\\u{9b}31m` is not an image name with a tag"),
            (
                text.replace("  version", "  vesrion"),
                "unknown field `vesrion`, expected one of version, hashes at line 7",
            ),
            (format!("{text}\"python:3.13-trixie\": \"{}\"\n", digest('c')), "duplicate entry `python:3.13-trixie`"),
            (text.replace(&"a".repeat(64), "a"), "a digest is `sha256:` followed by 64 hexadecimal digits"),
            (text.replace(&"a".repeat(64), &"A".repeat(64)), "a digest is `sha256:` followed by 64 hexadecimal digits"),
            (text.replace("0.13.9", "0.13; true"), "a version of uv is three numbers separated by dots"),
            (text.replace("0.13.9", "0.013.9"), "a version of uv is three numbers separated by dots"),
            (format!("version: 2\nuv: {}", "[".repeat(100_000)), "recursion limit exceeded"),
        ] {
            let message = read(&text).unwrap_err();
            let start = format!("cannot read the lock file `M.lock`: {reason}");
            assert!(message.starts_with(&start), "{message}");
        }
    }
}
