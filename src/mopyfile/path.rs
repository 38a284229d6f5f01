//! Paths in the build context and in the image.

use std::fmt;

/// A path relative to the build context, without `.` or `..`; the context itself is the empty path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContextPath(String);

/// A file or directory of the context that the image is built from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePath {
    /// Its path.
    pub path: ContextPath,
    /// Whether it is a directory.
    pub directory: bool,
}

/// The home directory of the image's user.
pub const HOME: &str = "/home/nonroot";

/// A directory in the image: an absolute path without `.` or `..`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImagePath(String);

/// Why a path is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathError {
    /// It is empty.
    Empty,
    /// It is absolute: `/x`, `~/x`, `C:\x`.
    Absolute,
    /// It leads outside of the context.
    Escaping,
    /// It contains a line break or NUL character.
    Multiline,
    /// It contains another control character.
    Control,
}

impl ContextPath {
    /// Reads a path: `./lib/`, `lib`, `./a/../b`.
    ///
    /// # Errors
    ///
    /// [`PathError`] if it leads outside of the context or contains invalid characters.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        check(text)?;
        let drive = text.as_bytes().get(1) == Some(&b':') && text.starts_with(|c: char| c.is_ascii_alphabetic());
        if text.starts_with(['/', '\\']) || text == "~" || text.starts_with("~/") || drive {
            return Err(PathError::Absolute);
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop().ok_or(PathError::Escaping)?;
                }
                _ => parts.push(part),
            }
        }
        Ok(Self(parts.join("/")))
    }

    /// The path without a leading `./`; empty for the context itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last component; `None` for the context itself.
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        self.0.rsplit('/').next().filter(|name| !name.is_empty())
    }

    /// The parent directory; for the context itself, the context.
    #[must_use]
    pub fn parent(&self) -> Self {
        Self(self.0.rsplit_once('/').map(|(parent, _)| parent).unwrap_or_default().to_owned())
    }

    /// The path of `name` in this directory.
    pub(super) fn join(&self, name: &'static str) -> Self {
        if self.0.is_empty() { Self(name.to_owned()) } else { Self(format!("{}/{name}", self.0)) }
    }

    /// Whether `other` is this path or below it.
    #[must_use]
    pub fn holds(&self, other: &Self) -> bool {
        self.0.is_empty() || other.0.strip_prefix(&self.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl ImagePath {
    /// Whether it is `top` or below it. Only `/` itself is considered to be in `/`.
    #[must_use]
    pub fn is_within(&self, top: &str) -> bool {
        self.0.strip_prefix(top).is_some_and(|rest| rest.is_empty() || (top != "/" && rest.starts_with('/')))
    }

    /// Reads a path, absolute or relative to [`HOME`].
    ///
    /// # Errors
    ///
    /// [`PathError`] if it is empty or contains invalid characters.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        check(text)?;
        let text = if text.starts_with('/') { text.to_owned() } else { format!("{HOME}/{text}") };
        let mut parts: Vec<&str> = Vec::new();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                // the parent of the root is the root
                ".." => drop(parts.pop()),
                _ => parts.push(part),
            }
        }
        Ok(Self(format!("/{}", parts.join("/"))))
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Checks for characters that are invalid in all paths.
fn check(text: &str) -> Result<(), PathError> {
    if text.contains(['\n', '\r', '\0']) {
        return Err(PathError::Multiline);
    }
    if text.chars().any(char::is_control) {
        return Err(PathError::Control);
    }
    if text.trim().is_empty() { Err(PathError::Empty) } else { Ok(()) }
}

impl fmt::Display for ContextPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "./{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{ContextPath, ImagePath, PathError};

    #[test]
    fn below_the_context() {
        for (given, path, name) in [
            ("./lib/", "lib", Some("lib")),
            ("lib", "lib", Some("lib")),
            ("./a//b/../c.txt", "a/c.txt", Some("c.txt")),
            ("./", "", None),
            (".", "", None),
            ("./a b$'\"#", "a b$'\"#", Some("a b$'\"#")),
            ("..a", "..a", Some("..a")),
        ] {
            let parsed = ContextPath::parse(given).unwrap();
            assert_eq!(parsed.as_str(), path);
            assert_eq!(parsed.file_name(), name);
        }
    }

    #[test]
    fn elsewhere() {
        for (given, error) in [
            ("", PathError::Empty),
            ("/etc", PathError::Absolute),
            ("~/x", PathError::Absolute),
            ("C:\\x", PathError::Absolute),
            ("\\\\host", PathError::Absolute),
            ("../x", PathError::Escaping),
            ("a/../../x", PathError::Escaping),
            ("a\nb", PathError::Multiline),
            ("a\u{7}b", PathError::Control),
        ] {
            assert_eq!(ContextPath::parse(given), Err(error), "{given:?}");
        }
    }

    #[test]
    fn in_the_image() {
        for (given, path) in [
            ("/srv", "/srv"),
            ("/srv//./a/../b/", "/srv/b"),
            ("/../..", "/"),
            ("data", "/home/nonroot/data"),
            ("./", "/home/nonroot"),
            ("../x", "/home/x"),
        ] {
            assert_eq!(ImagePath::parse(given).unwrap().as_str(), path, "{given}");
        }
        for (given, error) in [
            (" ", PathError::Empty),
            ("/a\r", PathError::Multiline),
            ("/a\0", PathError::Multiline),
            ("/a\u{1b}", PathError::Control),
        ] {
            assert_eq!(ImagePath::parse(given), Err(error), "{given:?}");
        }
    }

    #[test]
    fn holding() {
        let path = |text| ContextPath::parse(text).unwrap();
        assert!(path("a").holds(&path("a/b")));
        assert!(path("./").holds(&path("a/b")));
        assert!(!path("a").holds(&path("ab")));
    }
}
