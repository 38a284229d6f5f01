//! The dependencies of a project without the project: `./pyproject.toml[extra,group:dev]`.

use super::{AllowedSelection, PathKind, Role};
use crate::mopyfile::pip::argument::{file, options};

pub(super) static KIND: PathKind = PathKind {
    noun: "a `pyproject.toml`",
    is_name: |name| name == "pyproject.toml",
    role: Role::Manifest,
    allowed: AllowedSelection::Groups,
    arguments: |path, selection| {
        let groups: Vec<String> = selection.groups.iter().map(|group| format!("{path}:{group}")).collect();
        file(path, &selection.extras).into_iter().chain(options("--group", &groups)).collect()
    },
    without_uv: Some(|path| {
        let project = path.parent();
        let slash = if project.as_str().is_empty() { "" } else { "/" };
        format!("use the project's directory: `{project}{slash}`")
    }),
    ..PathKind::PLAIN
};
