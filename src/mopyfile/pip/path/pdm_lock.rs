//! Lock files of PDM: `./pdm.lock[extra,group:prod]`.

use super::{AllowedSelection, PathKind, Role, Tool};
use crate::mopyfile::pip::argument::{Argument, options};

pub(super) static KIND: PathKind = PathKind {
    noun: "a lock file of PDM",
    is_name: |name| name == "pdm.lock",
    role: Role::ExportedLock,
    // this version of PDM does not work with hishel 2
    tool: Some(&Tool {
        run: &["--from", "pdm==2.29.4", "--with", "hishel==1.4.0", "pdm"],
        check: Some(&["lock", "--check"]),
        exports_paths: false,
    }),
    allowed: AllowedSelection::Groups,
    companions: &["pyproject.toml"],
    arguments: |_, selection| {
        // a group excludes the others, and PDM refuses `--prod` with one (pdm/cli/filters.py)
        let production = selection.groups.is_empty().then_some(Argument::Option("--prod"));
        let groups = options("--group", &selection.groups);
        let export = [Argument::Option("export")].into_iter().chain(production);
        export.chain(options("--group", &selection.extras)).chain(groups).collect()
    },
    without_uv: Some(|_| "export a requirements file: `pdm export --prod -o requirements.txt`".to_owned()),
    ..PathKind::PLAIN
};
