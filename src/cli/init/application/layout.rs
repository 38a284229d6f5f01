//! Finds the directory that a module is imported from.

use super::Module;
use crate::cli::init::directory::{Directory, join, parent};

/// The directory that a module is imported from, and its name there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The directory; empty for the project directory.
    pub(super) root: String,
    /// The name.
    pub(super) dotted: String,
    /// Whether it does not need any other file of the project.
    pub(super) is_alone: bool,
}

/// Directories that contain data files of programs.
const DATA: [&str; 12] = [
    ".streamlit",
    "assets",
    "conf",
    "config",
    "data",
    "locale",
    "models",
    "pages",
    "public",
    "resources",
    "static",
    "templates",
];

/// How many strings of a file are checked for being file names.
const MAX_STRINGS: usize = 200;

impl Place {
    /// The location of `module`, one of `modules`.
    pub(super) fn of(module: &Module, modules: &[Module], directory: &Directory) -> Self {
        let mut root = parent(&module.path);
        let mut levels = module
            .imports
            .iter()
            .map(|import| import.len() - import.trim_start_matches('.').len())
            .max()
            .unwrap_or_default();
        while !root.is_empty() && is_package(root, levels, modules, directory) {
            root = parent(root);
            levels = levels.saturating_sub(1);
        }
        let below = module.path.get(root.len()..).unwrap_or_default().trim_start_matches('/');
        let dotted = below.trim_end_matches(".py").replace('/', ".");
        let dotted = dotted.strip_suffix(".__init__").unwrap_or(&dotted).to_owned();
        let is_alone = root.is_empty() && !below.contains('/') && !has_neighbours(module, root, directory);
        Self { root: root.to_owned(), dotted, is_alone }
    }

    /// `path` relative to the root.
    pub(super) fn path(&self, path: &str) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).trim_start_matches('/').to_owned()
    }
}

/// The value of `project` for a directory.
pub(super) fn directory(root: &str) -> String {
    if root.is_empty() { "./".to_owned() } else { format!("./{root}/") }
}

/// Whether the top level of the project contains data that its program may read.
pub(super) fn has_data(directory: &Directory) -> bool {
    DATA.iter().any(|name| directory.is_directory(name)) || directory.is_file("alembic.ini")
}

/// Whether the directory `path` is a package. A module in it goes up `levels` directories in its imports.
fn is_package(path: &str, levels: usize, modules: &[Module], directory: &Directory) -> bool {
    let above = parent(path);
    let name = path.rsplit('/').next().unwrap_or_default();
    let below = |module: &&Module| above.is_empty() || module.path.starts_with(&format!("{above}/"));
    levels > 0
        || directory.is_file(&join(path, "__init__.py"))
        || modules.iter().filter(below).any(|module| module.imports(name) && !is_file_import(module, name, directory))
}

/// Whether `name` is a file next to the module that imports it.
fn is_file_import(module: &Module, name: &str, directory: &Directory) -> bool {
    directory.is_file(&join(parent(&module.path), &format!("{name}.py")))
}

/// Whether a module in `root` needs other files in that directory.
pub(super) fn has_neighbours(module: &Module, root: &str, directory: &Directory) -> bool {
    let imports =
        module.imports.iter().map(|import| import.trim_start_matches('.').split('.').next().unwrap_or_default());
    let is_local = |name: &str| {
        !name.is_empty()
            && (directory.is_file(&join(root, &format!("{name}.py"))) || directory.is_directory(&join(root, name)))
    };
    let own = module.path.rsplit('/').next().unwrap_or_default();
    let is_named = |text: &str| {
        let text = text.trim_start_matches("./").trim_end_matches('/');
        !text.is_empty() && text != own && !text.starts_with('/') && !text.starts_with("..") && {
            let path = join(root, text);
            directory.is_file(&path) || directory.is_directory(&path)
        }
    };
    imports.into_iter().any(is_local)
        || module.imports.iter().any(|import| import.starts_with('.'))
        || DATA.iter().any(|name| directory.is_directory(&join(root, name)))
        || module.strings.iter().take(MAX_STRINGS).any(|text| is_named(text))
}
