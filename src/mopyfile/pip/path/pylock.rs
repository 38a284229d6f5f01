//! PEP 751 lock files: `./pylock.toml[extra,group:prod]`.

use super::{AllowedSelection, PathKind, Role};
use crate::mopyfile::pip::argument::{file, options};
use crate::mopyfile::wheels::Format;

pub(super) static KIND: PathKind = PathKind {
    noun: "a lock file of PEP 751",
    is_name: |name| name == "pylock.toml" || (name.starts_with("pylock.") && name.ends_with(".toml")),
    role: Role::Lock,
    format: Some(Format::Pylock),
    allowed: AllowedSelection::Groups,
    arguments: |path, selection| {
        file(path, &selection.extras).into_iter().chain(options("--group", &selection.groups)).collect()
    },
    without_uv: Some(|_| "use a requirements file with the same packages".to_owned()),
    ..PathKind::PLAIN
};
