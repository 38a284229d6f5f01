//! What packages are installed from: the files and directories of the context that entries of `pip` name.

use crate::mopyfile::path::SourcePath;
use crate::mopyfile::requirement::{Requirement, RequirementKind};
use crate::source::Located;

/// Each file and directory once, told apart by what a change of it installs again.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Lock files, and the `pyproject.toml` beside each one of uv.
    pub locks: Vec<Located<SourcePath>>,
    /// Directories of the projects that lock files of uv are for, and local projects that these may need.
    pub projects: Vec<Located<SourcePath>>,
    /// Scripts: only what they say they need matters.
    pub scripts: Vec<Located<SourcePath>>,
    /// Everything else.
    pub others: Vec<Located<SourcePath>>,
}

impl Sources {
    pub(super) fn new(pip: &[Located<Requirement>]) -> Self {
        let mut sources = Self::default();
        for entry in pip {
            let place = match entry.value.kind {
                RequirementKind::UvLock(_) | RequirementKind::Pylock(_) => &mut sources.locks,
                RequirementKind::Script(_) => &mut sources.scripts,
                _ => &mut sources.others,
            };
            for source in entry.value.sources() {
                add(place, Located::new(source, entry.span));
            }
            if let Some(path) = entry.value.locked_project() {
                add(&mut sources.projects, Located::new(SourcePath { path, directory: true }, entry.span));
            }
        }
        let is_local =
            |kind: &RequirementKind| matches!(kind, RequirementKind::Project(_) | RequirementKind::Distribution(_));
        let has_projects = !sources.projects.is_empty();
        for entry in pip.iter().filter(|entry| has_projects && is_local(&entry.value.kind)) {
            for source in entry.value.sources() {
                add(&mut sources.projects, Located::new(source, entry.span));
            }
        }
        sources
    }
}

fn add(sources: &mut Vec<Located<SourcePath>>, source: Located<SourcePath>) {
    if sources.iter().all(|other| other.value != source.value) {
        sources.push(source);
    }
}
