//! Lock files of Poetry: `./poetry.lock[extra,group:prod]`.

use super::{Allowed, PathKind, Role};
use crate::mopyfile::pip::argument::{Argument, options};

pub(super) static KIND: PathKind = PathKind {
    noun: "a lock file of Poetry",
    is_name: |name| name == "poetry.lock",
    role: Role::ExportedLock { check: None },
    allowed: Allowed::Groups,
    beside: &["pyproject.toml"],
    optional: &[],
    arguments: |_, selection| {
        let tool = ["--from", "poetry==2.5.1", "--with", "poetry-plugin-export==1.10.1", "poetry", "export"];
        let groups = ["main"].into_iter().chain(selection.groups.iter().map(String::as_str)).collect::<Vec<_>>();
        let groups =
            [Argument::Option("--without-urls"), Argument::Option("--only"), Argument::Value(groups.join(","))];
        tool.map(Argument::Option).into_iter().chain(groups).chain(options("--extras", &selection.extras)).collect()
    },
    without_uv: Some(|_| "write the requirements file that `poetry export -o requirements.txt` makes of it".to_owned()),
};
