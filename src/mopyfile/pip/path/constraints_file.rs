//! Constraints files, which limit versions but do not install anything: `./constraints.txt`.

use super::{AllowedSelection, PathKind, Role, extension};
use crate::mopyfile::pip::argument::Argument;

pub(super) static KIND: PathKind = PathKind {
    noun: "a constraints file",
    is_name: |name| name.starts_with("constraints") && extension(name) == "txt",
    role: Role::Limit,
    allowed: AllowedSelection::Nothing,
    arguments: |path, _| vec![Argument::Option("--constraint"), Argument::Value(path.to_string())],
    ..PathKind::PLAIN
};
