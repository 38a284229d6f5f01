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
    for Statement { file, allowed } in &evidence.python {
        if let Ok(AllowedVersions::Exactly(version)) = allowed
            && version.minor().is_some()
        {
            return Choice { version: version.clone(), reason: format!("from {file}") };
        }
    }
    let mut ranges: Vec<&AllowedVersions> = Vec::new();
    let mut first = None;
    for Statement { file, allowed } in &evidence.python {
        let Ok(range @ AllowedVersions::Range(_)) = allowed else { continue };
        // a statement that contradicts the previous ones is ignored
        if AllowedVersions::newest(&[ranges.as_slice(), &[range]].concat()).is_some() {
            ranges.push(range);
            first.get_or_insert(file);
        }
    }
    let newest = AllowedVersions::newest(&ranges).unwrap_or_default();
    let (version, compiled) = with_wheels(evidence, &ranges, newest);
    let mut unread = evidence.python.iter().filter_map(|statement| {
        Some(format!("a guess: `{}` in {} is not supported", statement.allowed.as_ref().err()?, statement.file))
    });
    let reason = match (first, compiled) {
        (None, None) => unread.next().unwrap_or_else(|| "a guess: no file specifies a version".to_owned()),
        (None, Some(compiled)) => format!("the newest version that {compiled}"),
        (Some(file), None) => format!("the newest version that {file} allows"),
        (Some(file), Some(compiled)) => format!("the newest version that {file} allows and {compiled}"),
    };
    Choice { version, reason }
}

/// The newest allowed version that no locked package has to be compiled for, and the package that rules out the next
/// version.
fn with_wheels(
    evidence: &Evidence,
    ranges: &[&AllowedVersions],
    newest: PythonVersion,
) -> (PythonVersion, Option<String>) {
    let Some(top) = newest.minor() else { return (newest, None) };
    let mut ruled_out = None;
    let is_allowed = |minor: &u16| *minor == top || ranges.iter().all(|range| range.allows(*minor));
    for minor in (OLDEST..=top.min(NEWEST)).rev().filter(is_allowed) {
        let missing = evidence.locks.iter().find_map(|(file, packages)| {
            let (name, _) = packages.without_wheel(minor).into_iter().next()?;
            Some(format!("{file} has wheels for: {name} has none for 3.{minor}"))
        });
        match missing {
            None if minor == top => break,
            None => {
                let version = PythonVersion::parse(&format!("3.{minor}")).unwrap_or(newest);
                return (version, ruled_out);
            }
            missing => ruled_out = missing,
        }
    }
    (newest, None)
}
