//! Lock files of Poetry: `./poetry.lock[extra,group:prod]`.

use super::{AllowedSelection, PathKind, Role, Tool};
use crate::mopyfile::pip::argument::{Argument, options};
use crate::mopyfile::wheels::Format;

pub(super) static KIND: PathKind = PathKind {
    noun: "a lock file of Poetry",
    is_name: |name| name == "poetry.lock",
    role: Role::ExportedLock,
    tool: Some(&Tool {
        run: &["--from", "poetry==2.5.1", "--with", "poetry-plugin-export==1.10.1", "poetry"],
        check: None,
        exports_paths: true,
    }),
    format: Some(Format::Poetry),
    allowed: AllowedSelection::Groups,
    companions: &["pyproject.toml"],
    arguments: |_, selection| {
        let groups = ["main"].into_iter().chain(selection.groups.iter().map(String::as_str)).collect::<Vec<_>>();
        let export = ["export", "--without-urls", "--only"].map(Argument::Option).into_iter();
        export.chain([Argument::Value(groups.join(","))]).chain(options("--extras", &selection.extras)).collect()
    },
    without_uv: Some(|_| "export a requirements file: `poetry export -o requirements.txt`".to_owned()),
    ..PathKind::PLAIN
};
