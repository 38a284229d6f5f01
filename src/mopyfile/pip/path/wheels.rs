//! Directories of wheels for other entries: `./wheels/`.

use super::{AllowedSelection, PathKind, Role};
use crate::mopyfile::pip::argument::Argument;

pub(super) static KIND: PathKind = PathKind {
    noun: "a directory of wheels",
    is_name: |name| matches!(name, "wheels/" | "wheelhouse/"),
    role: Role::Links,
    allowed: AllowedSelection::Nothing,
    arguments: |path, _| vec![Argument::Option("--find-links"), Argument::Value(format!("{path}/"))],
    ..PathKind::PLAIN
};
