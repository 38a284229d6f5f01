//! Requirements files: `./requirements.txt`.

use super::{AllowedSelection, PathKind, Role, extension};
use crate::mopyfile::pip::argument::file;

pub(super) static KIND: PathKind = PathKind {
    noun: "a requirements file",
    is_name: |name| extension(name) == "txt",
    role: Role::List,
    allowed: AllowedSelection::Nothing,
    arguments: |path, _| file(path, &[]),
    ..PathKind::PLAIN
};
