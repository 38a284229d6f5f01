//! Chooses the Python version.

use super::evidence::{Evidence, Statement};
use super::versions::AllowedVersions;
use crate::mopyfile::python::{NEWEST, OLDEST, PythonVersion};

/// A version, and the reason for it.
#[derive(Debug)]
pub(super) struct Choice {
    /// The version.
    pub(super) version: PythonVersion,
    /// Where it comes from, as a comment.
    pub(super) reason: String,
}

/// The Dockerfile's version; otherwise, the newest allowed version that all locked packages have wheels for; otherwise,
/// the newest version that has been out for a year.
pub(super) fn choose(evidence: &Evidence) -> Choice {
    let mut exact = evidence.python.iter().filter_map(|statement| match &statement.allowed {
        Ok(AllowedVersions::Exactly(version)) if version.minor().is_some() => Some((statement, version)),
        _ => None,
    });
    if let Some((statement, version)) = exact.next() {
        return Choice { version: version.clone(), reason: format!("from {}", statement.file) };
    }
    let mut ranges: Vec<&AllowedVersions> = Vec::new();
    let mut files: Vec<&str> = Vec::new();
    for Statement { file, allowed } in &evidence.python {
        let Ok(range @ AllowedVersions::Range(_)) = allowed else { continue };
        // a statement that contradicts the previous ones is ignored
        if AllowedVersions::newest(&[ranges.as_slice(), &[range]].concat()).is_some() {
            ranges.push(range);
            if !files.contains(&file.as_str()) {
                files.push(file);
            }
        }
    }
    let newest = AllowedVersions::newest(&ranges).unwrap_or_default();
    let (version, compiled) = with_wheels(evidence, &ranges, newest);
    let unread = || {
        let mut unread = evidence.python.iter();
        unread.find_map(|statement| {
            Some(format!("a guess: `{}` in {} is not supported", statement.allowed.as_ref().err()?, statement.file))
        })
    };
    let mut reason = match files.as_slice() {
        [] => unread().unwrap_or_else(|| "a guess: no file specifies a version".to_owned()),
        [file, ..] => format!("the newest version that {file} allows"),
    };
    if let Some((lock, minor, package)) = compiled {
        reason = match files.is_empty() {
            true => format!("the newest version that {lock} has wheels for: {package} has none for 3.{minor}"),
            false => format!("{reason} and {lock} has wheels for: {package} has none for 3.{minor}"),
        };
    }
    Choice { version, reason }
}

/// The newest allowed version that no locked package has to be compiled for, and the package that rules out the next
/// version: the lock file, the minor version, its name.
fn with_wheels(
    evidence: &Evidence,
    ranges: &[&AllowedVersions],
    newest: PythonVersion,
) -> (PythonVersion, Option<(&'static str, u16, String)>) {
    let Some(top) = newest.minor() else { return (newest, None) };
    let mut ruled_out = None;
    for minor in (OLDEST..=top.min(NEWEST))
        .rev()
        .filter(|minor| *minor == top || ranges.iter().all(|range| range.allows(*minor)))
    {
        let missing = evidence.locks.iter().find_map(|lock| {
            let (name, _) = lock.packages.without_wheel(minor).into_iter().next()?;
            Some((lock.file, minor, name.to_owned()))
        });
        match missing {
            None if minor == top => return (newest, None),
            None => {
                let version = PythonVersion::parse(&format!("3.{minor}")).unwrap_or(newest);
                return (version, ruled_out);
            }
            missing => ruled_out = missing,
        }
    }
    (newest, None)
}
