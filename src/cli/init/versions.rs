//! Python versions in the formats of various tools.

use std::str::FromStr;

use pep508_rs::pep440_rs::{Version, VersionSpecifiers};

use crate::mopyfile::python::{NEWEST, OLDEST, PythonVersion};

/// The versions that a project allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AllowedVersions {
    /// One version: `3.12`, `3.12.4`.
    Exactly(PythonVersion),
    /// Every version that one of these allows.
    Range(Vec<VersionSpecifiers>),
}

/// Higher than any minor version.
const MANY: u16 = 99;

impl AllowedVersions {
    /// A single version: `3.12`, `3.12.4`, `3.12.x`, `3.12-dev`.
    pub(super) fn exactly(text: &str) -> Option<Self> {
        let text = text.trim();
        let minor = [".x", ".*", "-dev", ":latest"].iter().find_map(|end| text.strip_suffix(end));
        PythonVersion::parse(minor.unwrap_or(text)).ok().map(Self::Exactly)
    }

    /// A PEP 440 specifier.
    pub(super) fn specifiers(text: &str) -> Option<Self> {
        // an empty specifier is not a statement
        let specifiers = VersionSpecifiers::from_str(text.trim()).ok().filter(|all| !all.is_empty())?;
        Some(Self::Range(vec![specifiers]))
    }

    /// A line of `.python-version`, `.tool-versions` or `runtime.txt`, as pyenv, uv, asdf, mise and Heroku write it.
    pub(super) fn of_tool(line: &str) -> Option<Self> {
        let line = line.split('#').next().unwrap_or_default().trim();
        // a pyenv virtual environment (`3.12.3/envs/shop`), or the path of its interpreter
        let path = line.split_once("versions/").map_or(line, |(_, rest)| rest);
        let name = path.split('/').next().unwrap_or_default();
        let prefixes = ["cpython-", "cpython@", "cpython", "python-", "python@", "python"];
        let version = prefixes.iter().find_map(|start| name.strip_prefix(start)).unwrap_or(name);
        let build = version.find(['-', '+']).filter(|_| !version.ends_with("-dev"));
        let version = build.map_or(version, |end| &version[..end]);
        Self::exactly(version).or_else(|| Self::specifiers(line))
    }

    /// Poetry's `^3.9`, `~3.9`, `3.11.*`, `3.11.7`, `>=3.9 <3.12`, `^3.9 || ^3.11` (python-poetry.org, "Dependency
    /// specification").
    pub(super) fn of_poetry(text: &str) -> Option<Self> {
        let alternatives = text.split('|').map(str::trim).filter(|alternative| !alternative.is_empty());
        let specifiers: Option<Vec<VersionSpecifiers>> =
            alternatives.map(|alternative| VersionSpecifiers::from_str(&conjunction(alternative)).ok()).collect();
        specifiers.filter(|all| all.iter().any(|one| !one.is_empty())).map(Self::Range)
    }

    /// Whether a range allows future patch releases of a minor version.
    pub(super) fn allows(&self, minor: u16) -> bool {
        self.allows_patch(minor, MANY)
    }

    fn allows_patch(&self, minor: u16, patch: u16) -> bool {
        let version = Version::new([3, u64::from(minor), u64::from(patch)]);
        matches!(self, Self::Range(any) if any.iter().any(|specifiers| specifiers.contains(&version)))
    }

    /// The newest version that all `ranges` allow: a minor version, or else one of its patch releases.
    pub(super) fn newest(ranges: &[&Self]) -> Option<PythonVersion> {
        // a version less than a year old is better than none
        let minors = || (OLDEST..=NEWEST).rev().chain([NEWEST + 1]);
        let all = |minor: u16, patch: u16| ranges.iter().all(|range| range.allows_patch(minor, patch));
        let text = minors().find(|minor| all(*minor, MANY)).map(|minor| format!("3.{minor}")).or_else(|| {
            minors().find_map(|minor| {
                let patch = (0..MANY).rev().find(|patch| all(minor, *patch))?;
                Some(format!("3.{minor}.{patch}"))
            })
        });
        PythonVersion::parse(&text?).ok()
    }
}

/// The conditions of one alternative as PEP 440 specifiers.
fn conjunction(text: &str) -> String {
    // an operator may be followed by a space
    let mut joined = text.to_owned();
    for operator in [">=", "<=", "==", "!=", "~=", ">", "<", "^", "~"] {
        joined = joined.replace(&format!("{operator} "), operator);
    }
    let words = joined.split([',', ' ', '\t']).filter(|word| !word.is_empty());
    words.map(condition).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(",")
}

fn condition(text: &str) -> String {
    if let Some(from) = text.strip_prefix('^') {
        return format!(">={from},<4");
    }
    if let Some(from) = text.strip_prefix('~').filter(|from| !from.starts_with('=')) {
        return match from.matches('.').count() {
            0 => format!("=={from}.*"),
            1 => format!("~={from}.0"),
            _ => format!("~={from}"),
        };
    }
    if text == "*" {
        return String::new();
    }
    match text.strip_prefix('=').filter(|rest| !rest.starts_with('=')).unwrap_or(text) {
        // `3.11` means `3.11.*`, although Poetry reads it differently
        bare if bare.starts_with(|c: char| c.is_ascii_digit()) => {
            let short = bare.matches('.').count() < 2 && !bare.ends_with('*');
            format!("=={bare}{}", if short { ".*" } else { "" })
        }
        other => other.to_owned(),
    }
}

/// The `python_requires` of `setup.py` or `setup.cfg`, if it is on a single line.
pub(super) fn of_setup(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (_, value) = line.split_once("python_requires")?;
        let value = value.trim_start().strip_prefix('=')?.trim();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let text = quote.map_or(Some(value), |quote| value[1..].split(quote).next());
        text.map(str::to_owned)
    })
}

/// The version in the header of a requirements file: `pip-compile with Python 3.11`, or uv's `--python-version 3.11`.
pub(super) fn of_header(text: &str) -> Option<String> {
    let comments = text.lines().take(20).filter(|line| line.starts_with('#'));
    comments.filter(|line| !line.contains("python_version")).find_map(|line| {
        let marks =
            ["with Python ", "with python ", "--python-version ", "--python-version=", "--python ", "--python="];
        let rest = marks.iter().find_map(|mark| line.split_once(mark).map(|(_, rest)| rest))?;
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        Some(rest[..end].trim_end_matches('.').to_owned()).filter(|version| !version.is_empty())
    })
}

/// The TOML of a script's inline metadata (PEP 723).
pub(super) fn script_block(text: &str) -> Option<String> {
    let lines = text.lines().skip_while(|line| line.trim_end() != "# /// script").skip(1);
    let block: Vec<&str> = lines.take_while(|line| line.trim_end() != "# ///").collect();
    (!block.is_empty()).then(|| block.iter().map(|line| format!("{}\n", line.trim_start_matches('#'))).collect())
}

#[cfg(test)]
mod tests {
    use super::{AllowedVersions, of_header, of_setup, script_block};

    fn exactly(allowed: Option<AllowedVersions>) -> Option<String> {
        match allowed {
            Some(AllowedVersions::Exactly(version)) => Some(version.to_string()),
            Some(range) => AllowedVersions::newest(&[&range]).map(|version| format!("<= {version}")),
            None => None,
        }
    }

    #[test]
    fn versions_of_tools() {
        for (text, version) in [
            ("3.12", Some("3.12")),
            ("  3.12.4  # c", Some("3.12.4")),
            ("3.12.x", Some("3.12")),
            ("3.12-dev", Some("3.12")),
            ("cpython-3.11.9", Some("3.11.9")),
            ("cpython-3.12.3-linux-x86_64-gnu", Some("3.12.3")),
            ("cpython@3.12", Some("3.12")),
            ("python-3.11.7", Some("3.11.7")),
            ("/root/.pyenv/versions/3.12.3/bin/python", Some("3.12.3")),
            ("3.12.3/envs/shop", Some("3.12.3")),
            (">=3.11,<3.13", Some("<= 3.12")),
            ("~=3.11.2", Some("<= 3.11")),
            ("pypy3.10", None),
            ("3.13t", None),
            ("2.7", None),
            ("system", None),
            ("", None),
        ] {
            assert_eq!(exactly(AllowedVersions::of_tool(text)).as_deref(), version, "{text}");
        }
    }

    #[test]
    fn versions_of_poetry() {
        for (text, version) in [
            ("^3.9", Some("<= 3.14")),
            (">=3.9,<3.13", Some("<= 3.12")),
            (">=3.9 <3.12", Some("<= 3.11")),
            (">= 3.9, < 3.12", Some("<= 3.11")),
            ("~3.11", Some("<= 3.11")),
            ("~3.11.2", Some("<= 3.11")),
            ("~3", Some("<= 3.14")),
            ("3.11.*", Some("<= 3.11")),
            ("3.11", Some("<= 3.11")),
            ("3.11.7", Some("<= 3.11.7")),
            ("==3.11.7", Some("<= 3.11.7")),
            ("~3.9 || ~3.10", Some("<= 3.10")),
            ("^3.9, !=3.9.1", Some("<= 3.14")),
            ("*", None),
            ("nonsense", None),
        ] {
            assert_eq!(exactly(AllowedVersions::of_poetry(text)).as_deref(), version, "{text}");
        }
    }

    #[test]
    fn versions_that_are_allowed() {
        for (requires, version) in [
            (">=3.9", Some("<= 3.14")),
            ("<3.12.5", Some("<= 3.11")),
            (">=3.12,<3.12.5", Some("<= 3.12.4")),
            ("==3.10.*", Some("<= 3.10")),
            ("<3.9", Some("<= 3.8")),
            (">=3.15", Some("<= 3.15")),
            (">=3.99", None),
            ("<3", None),
            ("", None),
        ] {
            assert_eq!(exactly(AllowedVersions::specifiers(requires)).as_deref(), version, "{requires}");
        }
    }

    #[test]
    fn versions_in_other_files() {
        assert_eq!(of_setup("setup(\n    python_requires='>=3.8,<3.12',\n)").as_deref(), Some(">=3.8,<3.12"));
        assert_eq!(of_setup("[options]\npython_requires = >=3.8\n").as_deref(), Some(">=3.8"));
        assert_eq!(of_setup("# python_requires\n"), None);
        let pip_compile =
            "#\n# This file is autogenerated by pip-compile with Python 3.11\n# by the following command:\n";
        assert_eq!(of_header(pip_compile).as_deref(), Some("3.11"));
        let uv = "# This file was autogenerated by uv via the following command:\n#    uv pip compile a.in --python-version 3.12.1 -o b\n";
        assert_eq!(of_header(uv).as_deref(), Some("3.12.1"));
        assert_eq!(of_header("flask\n# with Python love\n"), None);
        let script = "#!/usr/bin/env python\n# /// script\n# requires-python = '>=3.12'\n#\n# ///\nprint(1)\n";
        assert_eq!(script_block(script).as_deref(), Some(" requires-python = '>=3.12'\n\n"));
        assert_eq!(script_block("print(1)\n"), None);
    }
}
