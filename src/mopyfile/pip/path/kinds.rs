//! The kinds of files and directories.

use super::{AllowedSelection, PathKind, Role, Tool, extension, is_distribution};
use crate::mopyfile::pip::argument::{Argument, file, joined, options, requirement};
use crate::mopyfile::wheels::Format;

/// Every kind that is recognized by its name; everything else is a [`PROJECT`].
pub static ALL: [PathKind; 11] = [
    PathKind {
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
    },
    PathKind {
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
            let export = ["export", "--without-urls", "--only"].map(Argument::Option).into_iter();
            let groups = joined("main", &selection.groups);
            export.chain([groups]).chain(options("--extras", &selection.extras)).collect()
        },
        without_uv: Some(|_| "export a requirements file: `poetry export -o requirements.txt`".to_owned()),
        ..PathKind::PLAIN
    },
    PathKind {
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
    },
    PathKind {
        noun: "a lock file of Pipenv",
        is_name: |name| name == "Pipfile.lock",
        role: Role::ExportedLock,
        tool: Some(&Tool {
            run: &["--from", "pipenv==2026.10.3", "pipenv"],
            check: Some(&["verify"]),
            exports_paths: true,
        }),
        // groups are Pipenv's categories
        allowed: AllowedSelection::Groups,
        companions: &["Pipfile"],
        arguments: |_, selection| {
            let export = ["requirements", "--hash", "--categories"].map(Argument::Option).into_iter();
            export.chain([joined("packages", &selection.groups)]).collect()
        },
        without_uv: Some(|_| "export a requirements file: `pipenv requirements --hash > requirements.txt`".to_owned()),
        ..PathKind::PLAIN
    },
    PathKind {
        noun: "a directory of wheels",
        is_name: |name| matches!(name, "wheels/" | "wheelhouse/"),
        role: Role::Links,
        arguments: |path, _| vec![Argument::Option("--find-links"), Argument::Value(format!("{path}/"))],
        ..PathKind::PLAIN
    },
    PathKind {
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
    },
    // the dependencies of a project without the project
    PathKind {
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
    },
    PathKind {
        noun: "a distribution",
        is_name: is_distribution,
        role: Role::Package,
        allowed: AllowedSelection::Extras,
        arguments: |path, selection| requirement(path, &selection.extras),
        ..PathKind::PLAIN
    },
    PathKind {
        noun: "a constraints file",
        is_name: |name| name.starts_with("constraints") && extension(name) == "txt",
        role: Role::Limit,
        arguments: |path, _| vec![Argument::Option("--constraint"), Argument::Value(path.to_string())],
        ..PathKind::PLAIN
    },
    PathKind {
        noun: "a requirements file",
        is_name: |name| extension(name) == "txt",
        role: Role::List,
        arguments: |path, _| file(path, &[]),
        ..PathKind::PLAIN
    },
    // its inline metadata (PEP 723)
    PathKind {
        noun: "a script",
        is_name: |name| extension(name) == "py" && name != "setup.py",
        role: Role::Script,
        arguments: |path, _| file(path, &[]),
        without_uv: Some(|path| exported(&format!("--script {path}"))),
        ..PathKind::PLAIN
    },
];

/// A directory with a Python project.
pub static PROJECT: PathKind = PathKind {
    noun: "a project",
    role: Role::Project,
    allowed: AllowedSelection::Extras,
    arguments: |path, selection| requirement(path, &selection.extras),
    ..PathKind::PLAIN
};

/// The help to export a requirements file from an entry that only uv supports.
fn exported(of: &str) -> String {
    format!("export a requirements file: `uv export --format requirements.txt {of} -o requirements.txt`")
}
