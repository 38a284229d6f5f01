//! Which version of Python a project is for.

use std::str::FromStr;

use pep508_rs::pep440_rs::{Version, VersionSpecifiers};

use crate::mopyfile::python::{NEWEST, OLDEST, PythonVersion};

/// What is taken when the project says nothing.
pub(super) const DEFAULT: &str = "3.13";

/// The first version in a `.python-version` that an image can have (pyenv, uv: a version in each line).
pub(super) fn of_file(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let line = line.trim();
        let version = ["cpython-", "cpython@", "python-"].iter().find_map(|start| line.strip_prefix(start));
        PythonVersion::parse(version.unwrap_or(line)).ok().map(|version| version.to_string())
    })
}

/// The newest version that `requires-python` allows: a minor version whose patches to come are allowed, or
/// else a patch.
pub(super) fn newest(requires: &str) -> Option<String> {
    // more than any minor version ever had
    const MANY: u16 = 99;
    let specifiers = VersionSpecifiers::from_str(requires).ok()?;
    let allowed = |minor: u16, patch: u16| specifiers.contains(&Version::new([3, u64::from(minor), u64::from(patch)]));
    let mut minors = (OLDEST..=NEWEST).rev();
    if let Some(minor) = minors.clone().find(|minor| allowed(*minor, MANY)) {
        return Some(format!("3.{minor}"));
    }
    minors.find_map(|minor| {
        let patch = (0..MANY).rev().find(|patch| allowed(minor, *patch))?;
        Some(format!("3.{minor}.{patch}"))
    })
}

#[cfg(test)]
mod tests {
    use super::{newest, of_file};

    #[test]
    fn versions_of_files() {
        for (text, version) in [
            ("3.12\n", Some("3.12")),
            ("# c\n\n  3.12.4  \n3.11\n", Some("3.12.4")),
            ("pypy3.10\ncpython-3.11.9\n", Some("3.11.9")),
            ("3.13t\n", None),
            ("2.7\n", None),
            ("system\n", None),
            ("", None),
        ] {
            assert_eq!(of_file(text).as_deref(), version, "{text}");
        }
    }

    #[test]
    fn versions_that_are_allowed() {
        for (requires, version) in [
            (">=3.9", Some("3.14")),
            (">=3.9,<3.13", Some("3.12")),
            ("<3.12.5", Some("3.11")),
            (">=3.12,<3.12.5", Some("3.12.4")),
            ("~=3.11.2", Some("3.11")),
            ("==3.10.*", Some("3.10")),
            ("==3.11.4", Some("3.11.4")),
            ("<3.9", Some("3.8")),
            (">=3.99", None),
            ("<3", None),
            ("^3.9", None),
            ("", Some("3.14")),
        ] {
            assert_eq!(newest(requires).as_deref(), version, "{requires}");
        }
    }
}
