//! The arguments of installers for entries of `pip`.

use super::word::{Mark, ShellWord};
use super::{Argument, Words};
use crate::mopyfile::path::ContextPath;
use crate::mopyfile::requirement::{Requirement, RequirementKind, Selection};
use crate::source::Located;

/// The arguments of `uv pip install` and `pip install` for an entry that is no lock file.
pub(super) fn requirement(entry: &Located<Requirement>) -> Mark<Words> {
    use RequirementKind as Kind;
    let Requirement { kind, selection, .. } = &entry.value;
    let words = match kind {
        Kind::Named | Kind::Git(_) | Kind::Url(_) => vec![ShellWord::new(&entry.value.public)],
        Kind::Project(path) | Kind::Distribution(path) => vec![with_extras(path, &selection.extras)],
        Kind::ProjectFile(file) => project_file(file, selection),
        Kind::ConstraintsFile(file) => vec![ShellWord::option("--constraint"), ShellWord::new(&file.to_string())],
        Kind::UvLock(file) | Kind::Pylock(file) | Kind::Script(file) | Kind::RequirementsFile(file) => {
            requirement_file(file, &[])
        }
    };
    Mark::new(Words(words), entry.span)
}

/// The arguments of `uv sync` for a lock file.
pub(super) fn sync(lock: &Located<Requirement>) -> Option<Argument> {
    let Requirement { selection, .. } = &lock.value;
    let project = lock.value.locked_project()?;
    let mut words = vec![ShellWord::option("--project"), ShellWord::new(&project.to_string())];
    words.extend(options("--package", &selection.packages));
    words.extend(options("--extra", &selection.extras));
    words.extend(options("--group", &selection.groups));
    Some(Argument { words: Mark::new(Words(words), lock.span), last: true })
}

/// The arguments of `uv pip install` for a lock file as PEP 751 defines it.
pub(super) fn pylock(lock: &Located<Requirement>) -> Option<Argument> {
    let RequirementKind::Pylock(file) = &lock.value.kind else { return None };
    let Selection { extras, groups, .. } = &lock.value.selection;
    let mut words = requirement_file(file, extras);
    words.extend(options("--group", groups));
    Some(Argument { words: Mark::new(Words(words), lock.span), last: true })
}

/// The path of a `pyproject.toml`, where `entry` is one.
pub(super) fn project_path(entry: &Located<Requirement>) -> Option<ShellWord> {
    match &entry.value.kind {
        RequirementKind::ProjectFile(file) => Some(ShellWord::new(&file.to_string())),
        _ => None,
    }
}

/// The dependencies of a `pyproject.toml`.
fn project_file(file: &ContextPath, selection: &Selection) -> Vec<ShellWord> {
    let mut words = requirement_file(file, &selection.extras);
    let groups: Vec<String> = selection.groups.iter().map(|group| format!("{file}:{group}")).collect();
    words.extend(options("--group", &groups));
    words
}

fn requirement_file(file: &ContextPath, extras: &[String]) -> Vec<ShellWord> {
    let mut words = vec![ShellWord::option("--requirement"), ShellWord::new(&file.to_string())];
    words.extend(options("--extra", extras));
    words
}

/// A path of a project or distribution, with its extras.
fn with_extras(path: &ContextPath, extras: &[String]) -> ShellWord {
    if extras.is_empty() {
        return ShellWord::new(&path.to_string());
    }
    ShellWord::new(&format!("{path}[{}]", extras.join(",")))
}

fn options<'a>(name: &'static str, values: &'a [String]) -> impl Iterator<Item = ShellWord> + 'a {
    values.iter().flat_map(move |value| [ShellWord::option(name), ShellWord::new(value)])
}
