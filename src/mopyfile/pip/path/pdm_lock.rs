//! Lock files of PDM: `./pdm.lock[extra,group:prod]`.

use super::{Allowed, PathKind, Role};
use crate::mopyfile::pip::argument::{Argument, options};

pub(super) static KIND: PathKind = PathKind {
    noun: "a lock file of PDM",
    is_name: |name| name == "pdm.lock",
    // this PDM does not run with hishel 2
    role: Role::ExportedLock {
        check: Some(&["--from", "pdm==2.29.4", "--with", "hishel==1.4.0", "pdm", "lock", "--check"]),
    },
    allowed: Allowed::Groups,
    beside: &["pyproject.toml"],
    optional: &[],
    arguments: |_, selection| {
        let tool = ["--from", "pdm==2.29.4", "--with", "hishel==1.4.0", "pdm", "export"];
        // a group excludes the others by itself, and PDM refuses `--prod` next to one (pdm/cli/filters.py)
        let production = selection.groups.is_empty().then_some(Argument::Option("--prod"));
        let groups = options("--group", &selection.groups);
        let tool = tool.map(Argument::Option).into_iter().chain(production);
        tool.chain(options("--group", &selection.extras)).chain(groups).collect()
    },
    without_uv: Some(|_| {
        "write the requirements file that `pdm export --prod -o requirements.txt` makes of it".to_owned()
    }),
};
