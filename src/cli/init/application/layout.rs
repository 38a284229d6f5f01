//! Finds the directory that a module is imported from.

use super::{Module, Search};
use crate::cli::context::join;
use crate::cli::init::directory::{below, file_name, parent};

/// The directory that a module is imported from, and its name there.
pub(super) struct Place {
    /// The directory; empty for the project directory.
    pub(super) root: String,
    /// The path of the module in it.
    pub(super) path: String,
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

/// The value of `project` for a directory.
pub(super) fn directory(root: &str) -> String {
    if root.is_empty() { "./".to_owned() } else { format!("./{root}/") }
}

impl Search<'_> {
    /// The location of `module`.
    pub(super) fn place(&self, module: &Module) -> Place {
        let mut root = parent(&module.path);
        let dots = |import: &String| import.len() - import.trim_start_matches('.').len();
        let mut levels = module.imports.iter().map(dots).max().unwrap_or_default();
        while !root.is_empty() && self.is_package(root, levels) {
            root = parent(root);
            levels = levels.saturating_sub(1);
        }
        let path = below(&module.path, root).unwrap_or_default().to_owned();
        let dotted = path.trim_end_matches(".py").replace('/', ".");
        let dotted = dotted.strip_suffix(".__init__").unwrap_or(&dotted).to_owned();
        let is_alone = root.is_empty() && !path.contains('/') && !self.has_neighbours(module);
        Place { root: root.to_owned(), path, dotted, is_alone }
    }

    /// Whether the top level of the project contains data that its program may read.
    pub(super) fn has_data(&self) -> bool {
        self.has_data_directory() || self.directory.is_file("alembic.ini")
    }

    fn has_data_directory(&self) -> bool {
        DATA.iter().any(|name| self.directory.is_directory(name))
    }

    /// Whether the directory `path` is a package. A module in it goes up `levels` directories in its imports.
    fn is_package(&self, path: &str, levels: usize) -> bool {
        let name = file_name(path);
        let imports = |module: &Module| {
            // it may mean a file next to it
            let own = join(parent(&module.path), &format!("{name}.py"));
            module.imports(name) && !self.directory.is_file(&own)
        };
        levels > 0
            || self.directory.is_file(&join(path, "__init__.py"))
            || self.modules.iter().any(|module| below(&module.path, parent(path)).is_some() && imports(module))
    }

    /// Whether a module at the top level needs other files of the project.
    fn has_neighbours(&self, module: &Module) -> bool {
        let directory = self.directory;
        let is_local = |import: &String| {
            let name = import.split('.').next().unwrap_or_default();
            let is_there = || directory.is_file(&format!("{name}.py")) || directory.is_directory(name);
            import.starts_with('.') || (!name.is_empty() && is_there())
        };
        let is_named = |text: &String| {
            let text = text.trim_start_matches("./").trim_end_matches('/');
            let is_other = !text.is_empty() && text != module.path && !text.starts_with('/') && !text.starts_with("..");
            is_other && (directory.is_file(text) || directory.is_directory(text))
        };
        module.imports.iter().any(is_local)
            || self.has_data_directory()
            || module.strings.iter().take(MAX_STRINGS).any(is_named)
    }
}
