//! Requirements files: `./requirements.txt`.

use super::{Allowed, PathKind, Role, extension};
use crate::mopyfile::pip::argument::file;

pub(super) static KIND: PathKind = PathKind {
    noun: "a requirements file",
    is_name: |name| extension(name) == "txt",
    role: Role::List,
    allowed: Allowed::Nothing,
    arguments: |path, _| file(path, &[]),
    ..PathKind::PLAIN
};
