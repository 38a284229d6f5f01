//! The Python version, and the tags of the official image for it.

use std::fmt;

use super::month::Month;
use super::{Invalid, port};
use crate::diagnostic::rule;
use crate::redact::excerpt;

/// A version of CPython in the tags of the official image: `3`, `3.13`, `3.13.5`, `3.15-rc`. The default is the latest
/// `3`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PythonVersion {
    minor: Option<u16>,
    patch: Option<u16>,
    /// `-rc`, `rc1`, `a3`, …
    pre: String,
}

/// The Debian release of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Debian {
    /// Debian 10.
    Buster,
    /// Debian 11.
    Bullseye,
    /// Debian 12.
    Bookworm,
    /// Debian 13.
    Trixie,
}

impl Debian {
    /// The release's code name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Buster => "buster",
            Self::Bullseye => "bullseye",
            Self::Bookworm => "bookworm",
            Self::Trixie => "trixie",
        }
    }
}

/// The oldest supported minor version.
pub const OLDEST: u16 = 7;

/// The newest minor version that has been out for a year, so that packages have wheels for it
/// (<https://devguide.python.org/versions/>).
pub const NEWEST: u16 = 14;

impl PythonVersion {
    /// Reads a version.
    ///
    /// # Errors
    ///
    /// [`Invalid`] if it is not an image tag of Python 3.7 or newer.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let shown = excerpt(text);
        let invalid = |message: String, help: &str| Err(Invalid::new(&rule::PYTHON_VERSION, message, help));
        let malformed = || {
            let help = "write `3`, `3.13`, `3.13.5` or a pre-release such as `3.15-rc`";
            invalid(format!("`{shown}` is not a Python version"), help)
        };
        if text.contains(['<', '>', '=', '~', '*', ',', '^', '!']) {
            let help = "write a single version: `3`, `3.13` or `3.13.5`";
            return invalid(format!("`{shown}` is a range, not a version"), help);
        }
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (release, rest) = text.split_at(end);
        let numbers: Option<Vec<u16>> = release.split('.').map(number).collect();
        let (minor, patch) = match numbers.as_deref() {
            Some([2, ..]) => {
                let message = format!("Python 2 (`{shown}`) is not supported");
                return Err(Invalid::new(&rule::PYTHON_2, message, "port the project to Python 3: `python: 3.13`"));
            }
            Some([3]) => (None, None),
            Some([3, minor]) => (Some(*minor), None),
            Some([3, minor, patch]) => (Some(*minor), Some(*patch)),
            _ => return malformed(),
        };
        if minor.is_some_and(|minor| minor < OLDEST) {
            return invalid(format!("Python {shown} is too old"), "write `3.7` or a later version");
        }
        let pre = match rest {
            "" => true,
            "-rc" => minor.is_some() && patch.is_none(),
            _ => patch.is_some() && is_pre_release(rest),
        };
        if pre {
            Ok(Self { minor, patch, pre: rest.to_owned() })
        } else if rest.starts_with('-') && minor.is_some() {
            let help = format!("write `{release}`; set the base image with `base`");
            invalid(format!("`{shown}` is an image tag, not a version"), &help)
        } else {
            malformed()
        }
    }

    /// The tag of the official image, which contains compilers and headers.
    #[must_use]
    pub fn tag(&self) -> String {
        // floating tags move to the next Debian release, whose C library may be newer than that of distroless
        let suffix = if self.debian() == Debian::Trixie { "-trixie" } else { "" };
        format!("{self}{suffix}")
    }

    /// The minor version, if given.
    #[must_use]
    pub fn minor(&self) -> Option<u16> {
        self.minor
    }

    /// Whether uv supports it (docs.astral.sh/uv, "Platform support").
    #[must_use]
    pub fn has_uv(&self) -> bool {
        self.minor.is_none_or(|minor| minor >= 8)
    }

    /// The last month with security fixes: five years after the first release, in October for 3.8 and newer (PEP 602,
    /// <https://devguide.python.org/versions/>). `None` for `3`.
    #[must_use]
    pub fn supported_until(&self) -> Option<Month> {
        self.minor.map(|minor| match minor {
            7 => Month::new(2023, 6),
            _ => Month::new(2016 + i32::from(minor), 10),
        })
    }

    /// Whether the program finds its library only in the cache of the loader, which distroless does not have: images
    /// superseded before January 2023 were linked without an rpath (docker-library/python, "Add rpath").
    #[must_use]
    pub fn lacks_rpath(&self) -> bool {
        let last = match self.minor {
            Some(..=9) => 16,
            Some(10) => 9,
            Some(11) => 1,
            _ => return false,
        };
        self.patch.is_some_and(|patch| patch <= last)
    }

    /// The Debian release of the tag, which does not change for superseded patch releases (docker-library/python,
    /// history of `versions.json`).
    #[must_use]
    pub fn debian(&self) -> Debian {
        let first = |buster: u16, bullseye: u16, bookworm: u16, patch: u16| {
            if patch < buster {
                Debian::Buster
            } else if patch < bullseye {
                Debian::Bullseye
            } else if patch < bookworm {
                Debian::Bookworm
            } else {
                Debian::Trixie
            }
        };
        let never = u16::MAX;
        match (self.minor, self.patch) {
            (Some(7), patch) => first(11, 17, never, patch.unwrap_or(never - 1)),
            (Some(8), patch) => first(12, 17, never, patch.unwrap_or(never - 1)),
            (Some(9), Some(patch)) => first(6, 17, 23, patch),
            (Some(10), Some(patch)) => first(0, 12, 18, patch),
            (Some(11), Some(patch)) => first(0, 4, 13, patch),
            (Some(12), Some(patch)) => first(0, 0, 11, patch),
            (Some(13), Some(patch)) => first(0, 0, 6, patch),
            (Some(14), Some(0)) if !self.pre.is_empty() => Debian::Bookworm,
            _ => Debian::Trixie,
        }
    }
}

impl fmt::Display for PythonVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("3")?;
        for number in [self.minor, self.patch].into_iter().flatten() {
            write!(f, ".{number}")?;
        }
        f.write_str(&self.pre)
    }
}

fn number(text: &str) -> Option<u16> {
    if text == "0" { Some(0) } else { port::number(text) }
}

fn is_pre_release(text: &str) -> bool {
    ["rc", "a", "b"].iter().find_map(|kind| text.strip_prefix(kind)).is_some_and(|n| number(n).is_some())
}

#[cfg(test)]
mod tests {
    use super::PythonVersion;

    #[test]
    fn releases_of_debian() {
        for (version, debian) in [
            ("3.7", "bookworm"),
            ("3.7.10", "buster"),
            ("3.7.11", "bullseye"),
            ("3.8", "bookworm"),
            ("3.8.12", "bullseye"),
            ("3.8.20", "bookworm"),
            ("3.9.5", "buster"),
            ("3.9.6", "bullseye"),
            ("3.9.22", "bookworm"),
            ("3.9.23", "trixie"),
            ("3.10.0", "bullseye"),
            ("3.11.4", "bookworm"),
            ("3.12", "trixie"),
            ("3.12.10", "bookworm"),
            ("3.13.5", "bookworm"),
            ("3.13.6", "trixie"),
            ("3.15.0a3", "trixie"),
        ] {
            let parsed = PythonVersion::parse(version).unwrap();
            assert_eq!(parsed.debian().name(), debian, "{version}");
            let tag = if debian == "trixie" { format!("{version}-trixie") } else { version.to_owned() };
            assert_eq!(parsed.tag(), tag);
        }
    }

    #[test]
    fn old_programs_have_no_path_to_their_library() {
        for (version, lacks) in
            [("3.9.2", true), ("3.9.17", false), ("3.9", false), ("3.11.1", true), ("3.13.0", false)]
        {
            assert_eq!(PythonVersion::parse(version).unwrap().lacks_rpath(), lacks, "{version}");
        }
    }

    #[test]
    fn ends_of_support() {
        for (version, until) in [
            ("3.7", "June 2023"),
            ("3.8.20", "October 2024"),
            ("3.10", "October 2026"),
            ("3.11.0rc1", "October 2027"),
            ("3.14", "October 2030"),
        ] {
            let month = PythonVersion::parse(version).unwrap().supported_until();
            assert_eq!(month.map(|month| month.to_string()).as_deref(), Some(until), "{version}");
        }
        assert_eq!(PythonVersion::parse("3").unwrap().supported_until(), None);
    }

    #[test]
    fn no_versions() {
        for text in ["3.", "3.09", "3.13.5.1", "3-rc", "1", "3.99999999", "2.x", "3.15.0rc+1"] {
            assert!(PythonVersion::parse(text).is_err(), "{text}");
        }
    }
}
