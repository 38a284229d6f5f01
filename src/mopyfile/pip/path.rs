//! Files and directories of the context that packages are installed from.

pub mod kinds;

use std::hash::{Hash, Hasher};

use super::Origin;
use super::argument::Argument;
use super::selection::{AllowedSelection, Selection};
use crate::diagnostic::rule;
use crate::mopyfile::Invalid;
use crate::mopyfile::path::ContextPath;
use crate::mopyfile::wheels::Format;

/// A kind of file or directory.
#[derive(Debug)]
pub struct PathKind {
    /// A noun for it, with an article.
    pub noun: &'static str,
    /// Whether the last component of a path has this kind. That of a directory ends with a slash.
    is_name: fn(&str) -> bool,
    /// Its role.
    pub role: Role,
    /// What its brackets can select.
    allowed: AllowedSelection,
    /// Files in the same directory that are also needed.
    pub(super) companions: &'static [&'static str],
    /// Files in the same directory that the installer reads if they exist.
    pub(super) optional: &'static [&'static str],
    /// The arguments of the installer.
    pub(super) arguments: fn(&ContextPath, &Selection) -> Vec<Argument>,
    /// The help for `installer: pip`, if only uv can install it.
    pub(super) without_uv: Option<fn(&ContextPath) -> String>,
    /// The tool that exports it, if any.
    pub(super) tool: Option<&'static Tool>,
    /// The format of the lock file, if mopy can read its wheels.
    pub(in crate::mopyfile) format: Option<Format>,
}

/// The tool of a lock file, to be run with `uv tool run`.
#[derive(Debug)]
pub struct Tool {
    /// The pinned requirement of the tool, and its program.
    pub run: &'static [&'static str],
    /// The arguments that check whether the lock file is up to date, unless the export does.
    pub check: Option<&'static [&'static str]>,
    /// Whether it exports path dependencies, which have no hash.
    pub exports_paths: bool,
}

impl Tool {
    /// Pins the dependencies of tools: releases after this day are ignored.
    pub const UNTIL: [&str; 2] = ["--exclude-newer", "2026-11-20"];
}

impl PathKind {
    /// The defaults: no other files are needed, and pip is supported.
    const PLAIN: Self = Self {
        noun: "a path",
        is_name: |_| false,
        role: Role::Package,
        allowed: AllowedSelection::Nothing,
        companions: &[],
        optional: &[],
        arguments: |_, _| Vec::new(),
        without_uv: None,
        tool: None,
        format: None,
    };
}

/// The role of a file or directory, which determines when it is copied and in which run of the installer it is
/// installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// A lock file of the project in the same directory, which `uv sync` installs.
    ProjectLock,
    /// A lock file that is installed in a separate run.
    Lock,
    /// A lock file from which its tool exports a requirements file.
    ExportedLock,
    /// A directory of packages for other entries.
    Links,
    /// It lists requirements.
    List,
    /// A constraints file.
    Limit,
    /// A script, whose dependencies are installed.
    Script,
    /// The description of a project, whose dependencies are installed.
    Manifest,
    /// It is a project.
    Project,
    /// It is a package.
    Package,
}

/// Whether an entry is written as a path.
pub(super) fn is_path(text: &str) -> bool {
    let is_drive = matches!(text.as_bytes(), [_, b':', b'\\' | b'/', ..]);
    is_drive || text.starts_with(['.', '/', '~', '\\'])
}

/// Whether a path or the path of a URL refers to a distribution.
pub(super) fn is_distribution(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    [".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz"].iter().any(|end| lower.ends_with(end))
}

/// Reads a path and the brackets after it.
pub(super) fn path(text: &str) -> Result<(Origin, Selection), Invalid> {
    let (text, selection) = Selection::split(text)?;
    let path = ContextPath::parse(text)?;
    let name = path.file_name().unwrap_or_default();
    let slash = if text.ends_with(['/', '.']) { "/" } else { "" };
    let kind = kinds::ALL.iter().find(|kind| (kind.is_name)(&format!("{name}{slash}")));
    if kind.is_none() && slash.is_empty() {
        check_project(name, text)?;
    }
    let kind = kind.unwrap_or(&kinds::PROJECT);
    selection.only(kind.allowed, kind.noun)?;
    if matches!(kind.role, Role::Project | Role::Package)
        && let Some(special) = ["#", "${"].iter().find(|special| path.as_str().contains(**special))
    {
        let message = format!("paths with `{special}` are not supported by installers");
        return Err(Invalid::new(&rule::MALFORMED_PATH, message, "rename the file or directory"));
    }
    Ok((Origin::Context(kind, path), selection))
}

/// Rejects a path to an unsupported kind of file.
fn check_project(name: &str, text: &str) -> Result<(), Invalid> {
    let help = if name == "setup.py" || name == "setup.cfg" {
        format!("use the project's directory: `{}/`", text.trim_end_matches(name).trim_end_matches('/'))
    } else if matches!(extension(name).as_str(), "toml" | "cfg" | "in" | "lock" | "yaml" | "yml" | "egg") {
        "use a requirements file (`./requirements.txt`), a lock file (`./uv.lock`, `./poetry.lock`), a distribution (`./x.whl`) or a project (`./lib/`)"
            .to_owned()
    } else {
        return Ok(());
    };
    Err(Invalid::new(&rule::MALFORMED_PATH, format!("`{name}` is not a supported kind of file"), help))
}

/// The extension of `name`, in lower case.
fn extension(name: &str) -> String {
    name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default()
}

impl PartialEq for PathKind {
    fn eq(&self, other: &Self) -> bool {
        self.noun == other.noun
    }
}

impl Eq for PathKind {}

impl Hash for PathKind {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.noun.hash(state);
    }
}
