//! Directories with a Python project: `./lib/[extra]`.

use super::{AllowedSelection, PathKind, Role};
use crate::mopyfile::pip::argument::requirement;

pub(super) static KIND: PathKind = PathKind {
    noun: "a project",
    is_name: |_| true,
    role: Role::Project,
    allowed: AllowedSelection::Extras,
    arguments: |path, selection| requirement(path, &selection.extras),
    ..PathKind::PLAIN
};
