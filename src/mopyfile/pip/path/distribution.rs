//! Wheels and source distributions: `./dist/package.whl[extra]`.

use super::{AllowedSelection, PathKind, Role};
use crate::mopyfile::pip::argument::requirement;

pub(super) static KIND: PathKind = PathKind {
    noun: "a distribution",
    is_name: is_distribution,
    role: Role::Package,
    allowed: AllowedSelection::Extras,
    arguments: |path, selection| requirement(path, &selection.extras),
    ..PathKind::PLAIN
};

/// Whether a path or the path of a URL refers to a distribution.
pub(in crate::mopyfile::pip) fn is_distribution(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    [".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz"].iter().any(|end| lower.ends_with(end))
}
