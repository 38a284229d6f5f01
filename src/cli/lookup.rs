//! The build's context on disk, as a build would see it.

use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use super::Failure;
use super::input::beside;
use crate::diagnostic::Diagnostics;
use crate::links::{self, Way};
use crate::mopyfile::Mopyfile;
use crate::mopyfile::file::IGNORE_SUFFIX;
use crate::mopyfile::ignore::{self, Patterns};
use crate::mopyfile::lookup::{self, Entry, Found};
use crate::mopyfile::path::ContextPath;

/// Fails unless `context` is a directory.
pub(super) fn check_directory(context: &Path) -> Result<(), Failure> {
    if context.is_dir() {
        return Ok(());
    }
    Err(Failure::new(format!("the context `{}` is no directory", context.display())))
}

/// What is wrong or doubtful about the files that `mopyfile` names, in the context `directory`. It is read from
/// `file` unless it came on standard input.
pub(super) fn look_up(mopyfile: &Mopyfile, directory: PathBuf, file: Option<&Path>) -> Result<Diagnostics, Failure> {
    let paths = lookup::paths(mopyfile);
    if paths.is_empty() {
        return Ok(Diagnostics::default());
    }
    let context = Context::open(directory, file)?;
    Ok(lookup::check(mopyfile, &context.find(paths)))
}

/// A directory and what of it is left out.
struct Context {
    directory: PathBuf,
    patterns: Patterns,
    has_ignore_file: bool,
}

impl Context {
    /// The context `directory` of a build of `mopyfile`, which is a file unless it is standard input.
    fn open(directory: PathBuf, mopyfile: Option<&Path>) -> Result<Self, Failure> {
        let name = mopyfile.and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        let own = mopyfile.map(|mopyfile| beside(mopyfile, IGNORE_SUFFIX));
        let file = own.into_iter().chain([directory.join(".dockerignore")]).find(|file| file.is_file());
        let text = match &file {
            Some(file) => fs::read(file).map_err(|error| Failure::cannot_read(file, &error))?,
            None => ignore::default_text(&name).into_bytes(),
        };
        let patterns = Patterns::parse(&String::from_utf8_lossy(&text));
        Ok(Self { directory, patterns, has_ignore_file: file.is_some() })
    }

    /// What is at each of `paths`, as far as it can be read.
    fn find(&self, paths: Vec<ContextPath>) -> Found {
        let entries = paths.into_iter().filter_map(|path| {
            let entry = self.entry(path.as_str()).or_else(|error| match error.kind() {
                ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename => Ok(Entry::Absent),
                _ => Err(error),
            });
            Some((path, entry.ok()?))
        });
        Found { entries: entries.collect(), has_ignore_file: self.has_ignore_file }
    }

    /// Links are followed here, as the context is the root of the file system for those in a build.
    fn entry(&self, path: &str) -> Result<Entry, Error> {
        let Way { links, end: place, error } = links::follow(&self.directory, path);
        if links.iter().any(|link| self.patterns.matches(link)) {
            return Ok(Entry::Ignored);
        }
        if let Some(error) = error {
            return Err(error);
        }
        let kind = self.directory.join(&place).symlink_metadata()?;
        Ok(match self.patterns.matches(&place) {
            true if kind.is_dir() && self.keeps_below(&place)? => Entry::Directory,
            true => Entry::Ignored,
            false if kind.is_dir() => Entry::Directory,
            false if kind.is_file() => Entry::File,
            false => Entry::Absent,
        })
    }

    /// Whether an exception keeps something in `directory`, which is left out otherwise.
    fn keeps_below(&self, directory: &str) -> Result<bool, Error> {
        if !self.patterns.has_exceptions() {
            return Ok(false);
        }
        let mut directories = vec![directory.to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(self.directory.join(&directory))? {
                let entry = entry?;
                let path = below(&directory, &entry.file_name().to_string_lossy());
                if !self.patterns.matches(&path) {
                    return Ok(true);
                }
                if entry.file_type()?.is_dir() {
                    directories.push(path);
                }
            }
        }
        Ok(false)
    }
}

fn below(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}
