//! Scripts with inline metadata (PEP 723): `./script.py`.

use super::uv_lock::exported;
use super::{AllowedSelection, PathKind, Role, extension};
use crate::mopyfile::pip::argument::file;

pub(super) static KIND: PathKind = PathKind {
    noun: "a script",
    is_name: |name| extension(name) == "py" && name != "setup.py",
    role: Role::Script,
    allowed: AllowedSelection::Nothing,
    arguments: |path, _| file(path, &[]),
    without_uv: Some(|path| exported(&format!("--script {path}"))),
    ..PathKind::PLAIN
};
