//! Paths in the build context and in the image.

use std::fmt;

use super::Invalid;
use crate::diagnostic::rule;

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

/// The help for a path that is not in the build context.
const RELATIVE: &str = "use a path that begins with `./`, such as `./app/`";

impl ContextPath {
    /// Reads a path: `./lib/`, `lib`, `./a/../b`.
    ///
    /// # Errors
    ///
    /// [`Invalid`] if it leads outside of the context or contains invalid characters.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        check(text, RELATIVE)?;
        let drive = text.as_bytes().get(1) == Some(&b':') && text.starts_with(|c: char| c.is_ascii_alphabetic());
        if text.starts_with(['/', '\\']) || text == "~" || text.starts_with("~/") || drive {
            let message = "the path must be relative to the build context";
            return Err(Invalid::new(&rule::ABSOLUTE_PATH, message, RELATIVE));
        }
        let (path, escapes) = normalized(text);
        if escapes {
            let help = "build from a parent directory: `docker build -f app/Mopyfile.yaml .`";
            return Err(Invalid::new(&rule::ESCAPING_PATH, "the path is outside of the build context", help));
        }
        Ok(Self(path))
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
}

impl ImagePath {
    /// Whether it is `top` or below it. Only `/` itself is considered to be in `/`.
    #[must_use]
    pub fn is_within(&self, top: &str) -> bool {
        self.0.strip_prefix(top).is_some_and(|rest| rest.is_empty() || (top != "/" && rest.starts_with('/')))
    }

    /// Reads a path, absolute or relative to [`HOME`]. `empty` is the help for an empty path.
    ///
    /// # Errors
    ///
    /// [`Invalid`] if it is empty, begins with `~` or contains invalid characters.
    pub fn parse(text: &str, empty: &str) -> Result<Self, Invalid> {
        if text.starts_with('~') {
            let help = "write the path relative to it: `data` is `/home/nonroot/data`";
            return Err(Invalid::new(&rule::MALFORMED_PATH, "`~` is not expanded", help));
        }
        check(text, empty)?;
        let text = if text.starts_with('/') { text.to_owned() } else { format!("{HOME}/{text}") };
        // the parent of the root is the root
        Ok(Self(format!("/{}", normalized(&text).0)))
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Removes `.` and `..` from a path, and says whether it leads outside of its root.
fn normalized(text: &str) -> (String, bool) {
    let mut parts: Vec<&str> = Vec::new();
    let mut escapes = false;
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => escapes |= parts.pop().is_none(),
            _ => parts.push(part),
        }
    }
    (parts.join("/"), escapes)
}

/// Checks for what is invalid in all paths. `empty` is the help for an empty path.
fn check(text: &str, empty: &str) -> Result<(), Invalid> {
    if text.contains(['\n', '\r', '\0']) {
        let message = "the path contains a line break or a NUL character";
        return Err(Invalid::new(&rule::MULTILINE_VALUE, message, "write it on one line"));
    }
    if text.chars().any(char::is_control) {
        return Err(control_character());
    }
    if text.trim().is_empty() {
        return Err(Invalid::new(&rule::MALFORMED_PATH, "the path is empty", empty));
    }
    Ok(())
}

/// The error for an entry with a control character.
pub(super) fn control_character() -> Invalid {
    Invalid::new(&rule::CONTROL_CHARACTER, "the entry contains an invisible control character", "type it again")
}

impl fmt::Display for ContextPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "./{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{ContextPath, ImagePath};

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
        for (given, rule) in [
            ("", "malformed-path"),
            ("/etc", "absolute-path"),
            ("~/x", "absolute-path"),
            ("C:\\x", "absolute-path"),
            ("\\\\host", "absolute-path"),
            ("../x", "escaping-path"),
            ("a/../../x", "escaping-path"),
            ("a\nb", "multiline-value"),
            ("a\u{7}b", "control-character"),
        ] {
            assert_eq!(ContextPath::parse(given).unwrap_err().rule.name, rule, "{given:?}");
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
            assert_eq!(ImagePath::parse(given, "").unwrap().as_str(), path, "{given}");
        }
        for (given, rule) in [
            (" ", "malformed-path"),
            ("~/x", "malformed-path"),
            ("/a\r", "multiline-value"),
            ("/a\0", "multiline-value"),
            ("/a\u{1b}", "control-character"),
        ] {
            assert_eq!(ImagePath::parse(given, "").unwrap_err().rule.name, rule, "{given:?}");
        }
    }
}
