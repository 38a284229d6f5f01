//! What is copied from the context to install from, each kind in a stage of its own, so that a change of one
//! leaves the others cached.

use super::word::ShellWord;
use super::{Copied, Words};
use crate::mopyfile::path::SourcePath;
use crate::plan::sources::Sources;
use crate::source::Located;

/// Nothing is there where nothing is copied.
#[derive(Default)]
pub(super) struct Copies {
    /// Lock files, and the `pyproject.toml` beside each one of uv.
    pub(super) locks: Option<Vec<Copied>>,
    pub(super) scripts: Option<Scripts>,
    /// What is none of the others; the stage is there for scripts, too.
    pub(super) sources: Option<Vec<Copied>>,
    /// The directories of the projects that have lock files of uv.
    pub(super) projects: Option<Vec<Copied>>,
}

/// Scripts, and their paths to cut them down to what they say they need.
pub(super) struct Scripts {
    pub(super) copied: Vec<Copied>,
    pub(super) paths: Words,
}

impl Copies {
    pub(super) fn new(sources: &Sources) -> Self {
        let some = |sources: &[Located<SourcePath>]| (!sources.is_empty()).then(|| copied(sources, ""));
        let has_scripts = !sources.scripts.is_empty();
        Self {
            locks: some(&sources.locks),
            projects: some(&sources.projects),
            scripts: has_scripts.then(|| Scripts::new(&sources.scripts)),
            sources: some(&sources.others).or_else(|| has_scripts.then(Vec::new)),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.locks.is_none() && self.sources.is_none()
    }
}

impl Scripts {
    fn new(scripts: &[Located<SourcePath>]) -> Self {
        let paths = scripts.iter().map(|script| ShellWord::new(&script.value.path.to_string()));
        Self { copied: copied(scripts, "/scripts"), paths: Words(paths.collect()) }
    }
}

/// Copies of `sources` to their places below `directory`.
fn copied(sources: &[Located<SourcePath>], directory: &str) -> Vec<Copied> {
    let copied = |found: &Located<SourcePath>| {
        Copied::new(&found.value, &format!("{directory}/{}", found.value.path.as_str()), found.span)
    };
    sources.iter().map(copied).collect()
}
