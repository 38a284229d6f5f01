//! Lock files of Pipenv: `./Pipfile.lock[group:prod]`, where groups are Pipenv's categories.

use super::{AllowedSelection, PathKind, Role, Tool};
use crate::mopyfile::pip::argument::Argument;

pub(super) static KIND: PathKind = PathKind {
    noun: "a lock file of Pipenv",
    is_name: |name| name == "Pipfile.lock",
    role: Role::ExportedLock,
    tool: Some(&Tool {
        run: &["--from", "pipenv==2026.10.3", "pipenv"],
        check: Some(&["verify"]),
        exports_paths: true,
    }),
    allowed: AllowedSelection::Groups,
    companions: &["Pipfile"],
    arguments: |_, selection| {
        let export = ["requirements", "--hash", "--categories"];
        let groups = ["packages"].into_iter().chain(selection.groups.iter().map(String::as_str)).collect::<Vec<_>>();
        export.map(Argument::Option).into_iter().chain([Argument::Value(groups.join(","))]).collect()
    },
    without_uv: Some(|_| "export a requirements file: `pipenv requirements --hash > requirements.txt`".to_owned()),
    ..PathKind::PLAIN
};
