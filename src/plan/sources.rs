//! The files and directories of the context that packages are installed from.

use crate::mopyfile::path::{ContextPath, SourcePath};
use crate::mopyfile::pip::{PipEntry, Role};
use crate::source::Spanned;

/// The files and directories, grouped by what has to be reinstalled if they change.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Lock files, and the `pyproject.toml` next to each one of uv.
    pub locks: Vec<Spanned<SourcePath>>,
    /// Settings in the same directory, which need not exist.
    pub settings: Vec<Spanned<ContextPath>>,
    /// Scripts, of which only the inline metadata matters.
    pub scripts: Vec<Spanned<SourcePath>>,
    /// Everything else, except for [`Sources::projects`].
    pub files: Vec<Spanned<SourcePath>>,
    /// Projects that are installed after their dependencies.
    pub projects: Vec<Spanned<SourcePath>>,
}

impl Sources {
    /// The sources of `pip`. With `split`, local projects are installed last.
    pub(super) fn new(pip: &[Spanned<PipEntry>], split: bool) -> Self {
        let mut sources = Self::default();
        for entry in pip {
            let place = match entry.value.role() {
                Some(Role::ProjectLock | Role::Lock | Role::ExportedLock) => &mut sources.locks,
                Some(Role::Script) => &mut sources.scripts,
                Some(Role::Project) if split => &mut sources.projects,
                _ => &mut sources.files,
            };
            for source in entry.value.sources() {
                add(place, Spanned::new(source, entry.span));
            }
            sources
                .settings
                .extend(entry.value.optional_sources().into_iter().map(|path| Spanned::new(path, entry.span)));
            if let Some(path) = entry.value.locked_project() {
                add(&mut sources.projects, Spanned::new(SourcePath { path, directory: true }, entry.span));
            }
        }
        sources
    }

    /// Whether nothing from the context is needed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        [&self.locks, &self.scripts, &self.files, &self.projects].iter().all(|sources| sources.is_empty())
    }
}

fn add(sources: &mut Vec<Spanned<SourcePath>>, source: Spanned<SourcePath>) {
    if sources.iter().all(|other| other.value != source.value) {
        sources.push(source);
    }
}
