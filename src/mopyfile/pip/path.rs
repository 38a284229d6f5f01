//! Files and directories of the context that packages are installed from. Each kind is a file of this directory, and a
//! row in `ALL`.

mod constraints_file;
mod distribution;
mod pdm_lock;
mod pipfile_lock;
mod poetry_lock;
mod project;
mod project_file;
mod pylock;
mod requirements_file;
mod script;
mod uv_lock;
mod wheels;

use std::hash::{Hash, Hasher};

use super::argument::Argument;
use super::selection::{Allowed, Selection};
use super::{Origin, PipEntryError};
use crate::mopyfile::path::ContextPath;
use crate::mopyfile::wheels::Format;
pub(super) use distribution::is_distribution;

/// A kind of files or directories.
#[derive(Debug)]
pub struct PathKind {
    /// What one is, with an article.
    pub noun: &'static str,
    /// Whether the last part of a path is the name of one; that of a directory has a slash at its end.
    is_name: fn(&str) -> bool,
    /// What it is for.
    pub role: Role,
    /// What can be in brackets after its path.
    allowed: Allowed,
    /// The files next to it that are needed, too.
    pub(super) beside: &'static [&'static str],
    /// The files next to it that the installer reads, if there are any.
    pub(super) optional: &'static [&'static str],
    /// What the installer is given.
    pub(super) arguments: fn(&ContextPath, &Selection) -> Vec<Argument>,
    /// What to do instead where pip installs, if only uv can install it.
    pub(super) without_uv: Option<fn(&ContextPath) -> String>,
    /// The tool that exports it, if one does.
    pub(super) tool: Option<&'static Tool>,
    /// How a lock file says which wheels there are, if mopy reads that.
    pub(in crate::mopyfile) format: Option<Format>,
}

/// The tool of a lock file, as `uv tool run` runs it.
#[derive(Debug)]
pub struct Tool {
    /// The tool and what it is installed with, pinned, and its program.
    pub run: &'static [&'static str],
    /// What it is given to see whether the lock is up to date, unless the export does.
    pub check: Option<&'static [&'static str]>,
    /// Whether it exports path dependencies, which have no hash.
    pub exports_paths: bool,
}

impl Tool {
    /// What keeps the dependencies of tools still: the day after which releases do not count.
    pub const UNTIL: [&str; 2] = ["--exclude-newer", "2026-11-20"];
}

impl PathKind {
    /// What most kinds are: complete by themselves, and for pip, too.
    const PLAIN: Self = Self {
        noun: "a path",
        is_name: |_| false,
        role: Role::Package,
        allowed: Allowed::Nothing,
        beside: &[],
        optional: &[],
        arguments: |_, _| Vec::new(),
        without_uv: None,
        tool: None,
        format: None,
    };
}

/// What a file or directory is for, which decides when it is copied and in which call of the installer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// It locks the dependencies of the project next to it, which `uv sync` installs.
    ProjectLock,
    /// It locks packages, which are installed by a call of their own.
    Lock,
    /// It locks packages, and its own tool makes a requirements file of it.
    ExportedLock,
    /// It holds packages that others are taken from.
    Links,
    /// It lists requirements.
    List,
    /// It limits the versions of other requirements, and installs nothing.
    Limit,
    /// It has code of its own besides its dependencies, which is not installed.
    Script,
    /// It describes a project, whose dependencies are installed without it.
    Manifest,
    /// It is a project.
    Project,
    /// It is a package.
    Package,
}

/// Every kind that is told by its name; everything else is a project.
static ALL: [&PathKind; 11] = [
    &uv_lock::KIND,
    &poetry_lock::KIND,
    &pdm_lock::KIND,
    &pipfile_lock::KIND,
    &wheels::KIND,
    &pylock::KIND,
    &project_file::KIND,
    &distribution::KIND,
    &constraints_file::KIND,
    &requirements_file::KIND,
    &script::KIND,
];

/// Whether an entry is written as a path.
pub(super) fn is_path(text: &str) -> bool {
    let is_drive = matches!(text.as_bytes(), [_, b':', b'\\' | b'/', ..]);
    is_drive || text.starts_with(['.', '/', '~', '\\'])
}

/// Reads a path and what is in brackets after it.
pub(super) fn path(text: &str) -> Result<(Origin, Selection), PipEntryError> {
    let (text, selection) = Selection::split(text)?;
    let path = ContextPath::parse(text).map_err(PipEntryError::Path)?;
    let name = path.file_name().unwrap_or_default();
    let slash = if text.ends_with(['/', '.']) { "/" } else { "" };
    let kind = match ALL.iter().find(|kind| (kind.is_name)(&format!("{name}{slash}"))) {
        Some(kind) => kind,
        None if slash.is_empty() => not_a_file(name, text).map_or(Ok(&project::KIND), Err)?,
        None => &project::KIND,
    };
    selection.only(kind.allowed, kind.noun)?;
    if matches!(kind.role, Role::Project | Role::Package)
        && let Some(special) = ["#", "${"].iter().find(|special| path.as_str().contains(**special))
    {
        return Err(PipEntryError::MalformedPath(
            format!("paths with `{special}` are not supported by installers"),
            "rename the file or directory".to_owned(),
        ));
    }
    Ok((Origin::Context(kind, path), selection))
}

/// The error about a path whose last part is the name of a file that is of no kind.
fn not_a_file(name: &str, text: &str) -> Option<PipEntryError> {
    let help = if name == "setup.py" || name == "setup.cfg" {
        format!("use the project's directory: `{}/`", text.trim_end_matches(name).trim_end_matches('/'))
    } else if matches!(extension(name).as_str(), "toml" | "cfg" | "in" | "lock" | "yaml" | "yml" | "egg") {
        "use a requirements file (`./requirements.txt`), a lock file (`./uv.lock`, `./poetry.lock`), a distribution (`./x.whl`) or a project (`./lib/`)"
            .to_owned()
    } else {
        return None;
    };
    Some(PipEntryError::MalformedPath(format!("`{name}` is not a supported kind of file"), help))
}

/// What follows the last dot in `name`, in lower case.
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
