//! Scripts with inline metadata (PEP 723).

use super::word::ShellWord;
use super::{Copied, Words};
use crate::mopyfile::path::SourcePath;
use crate::source::Spanned;

/// Scripts, and the paths of the files to reduce to their metadata.
pub(super) struct Scripts {
    pub(super) copied: Vec<Copied>,
    pub(super) paths: Words,
}

impl Scripts {
    pub(super) fn new(scripts: &[Spanned<SourcePath>]) -> Self {
        let paths = scripts.iter().map(|script| ShellWord::new(&script.value.path.to_string()));
        Self { copied: Copied::in_place(scripts, &[]), paths: Words(paths.collect()) }
    }
}
