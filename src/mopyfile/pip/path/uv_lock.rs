//! Lock files of uv: `./uv.lock[extra,group:prod,package:api]`.

use super::{AllowedSelection, PathKind, Role};
use crate::mopyfile::pip::argument::{Argument, options};
use crate::mopyfile::wheels::Format;

pub(super) static KIND: PathKind = PathKind {
    noun: "a lock file",
    is_name: |name| name == "uv.lock",
    role: Role::ProjectLock,
    format: Some(Format::Uv),
    allowed: AllowedSelection::Packages,
    companions: &["pyproject.toml"],
    optional: &["uv.toml"],
    arguments: |path, selection| {
        let project = [Argument::Option("--project"), Argument::Value(path.parent().to_string())];
        let packages = options("--package", &selection.packages);
        let extras = options("--extra", &selection.extras);
        project.into_iter().chain(packages).chain(extras).chain(options("--group", &selection.groups)).collect()
    },
    without_uv: Some(|_| exported("--no-emit-project")),
    ..PathKind::PLAIN
};

/// The help to export a requirements file from an entry that only uv supports.
pub(super) fn exported(of: &str) -> String {
    format!("export a requirements file: `uv export --format requirements.txt {of} -o requirements.txt`")
}
