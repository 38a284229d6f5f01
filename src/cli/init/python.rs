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

/// The versions that Poetry's `^3.9` and `~3.9` allow, as PEP 440 writes them (python-poetry.org, "Dependency
/// specification").
pub(super) fn of_poetry(versions: &str) -> String {
    let specifier = |version: &str| {
        let version = version.trim();
        if let Some(from) = version.strip_prefix('^') {
            return format!(">={from},<4");
        }
        match version.strip_prefix('~').filter(|from| !from.starts_with('=')) {
            Some(from) if from.contains('.') => {
                format!("~={from}{}", if from.matches('.').count() == 1 { ".0" } else { "" })
            }
            Some(from) => format!("=={from}.*"),
            None => version.to_owned(),
        }
    };
    versions.split(',').map(specifier).collect::<Vec<_>>().join(",")
}

/// The versions that a Pipfile's `python_version = "3.11"` allows.
pub(super) fn of_pipfile(version: &str) -> String {
    format!("=={version}.*")
}

/// What `setup.py` or `setup.cfg` say of `python_requires`, where it stands in one line.
pub(super) fn of_setup(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (_, value) = line.split_once("python_requires")?;
        let value = value.trim_start().strip_prefix('=')?.trim();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let text = quote.map_or(Some(value), |quote| value[1..].split(quote).next());
        text.map(str::to_owned)
    })
}

/// What the comments of a script say that it needs, as PEP 723 defines them, in TOML.
pub(super) fn script_block(text: &str) -> Option<String> {
    let lines = text.lines().skip_while(|line| line.trim_end() != "# /// script").skip(1);
    let block: Vec<&str> = lines.take_while(|line| line.trim_end() != "# ///").collect();
    (!block.is_empty()).then(|| block.iter().map(|line| format!("{}\n", line.trim_start_matches('#'))).collect())
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
    use super::{newest, of_file, of_poetry, of_setup, script_block};

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
    fn versions_of_other_tools() {
        for (poetry, specifier) in [
            ("^3.9", ">=3.9,<4"),
            (">=3.9,<3.13", ">=3.9,<3.13"),
            ("~3.11", "~=3.11.0"),
            ("~3.11.2", "~=3.11.2"),
            ("~=3.11", "~=3.11"),
            ("^3.9, !=3.9.1", ">=3.9,<4,!=3.9.1"),
            ("~3", "==3.*"),
        ] {
            assert_eq!(of_poetry(poetry), specifier);
        }
        assert_eq!(of_setup("setup(\n    python_requires='>=3.8,<3.12',\n)").as_deref(), Some(">=3.8,<3.12"));
        assert_eq!(of_setup("[options]\npython_requires = >=3.8\n").as_deref(), Some(">=3.8"));
        assert_eq!(of_setup("setup(python_requires=\">=3.8\", name='x')").as_deref(), Some(">=3.8"));
        assert_eq!(of_setup("# python_requires\n"), None);
        let script = "#!/usr/bin/env python\n# /// script\n# requires-python = '>=3.12'\n#\n# ///\nprint(1)\n";
        assert_eq!(script_block(script).as_deref(), Some(" requires-python = '>=3.12'\n\n"));
        assert_eq!(script_block("print(1)\n"), None);
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
