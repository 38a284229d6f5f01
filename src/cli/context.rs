//! Reads the build context on disk as a build would.

use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use super::Failure;
use super::input::{read_beginning, read_regular, with_suffix};
use crate::diagnostic::Diagnostics;
use crate::links::{self, Way};
use crate::lock::UvVersion;
use crate::mopyfile::Mopyfile;
use crate::mopyfile::file::{IGNORE_SUFFIX, MAX_COMPANION_BYTES};
use crate::mopyfile::ignore::{self, Patterns};
use crate::mopyfile::lookup::{self, Contents, Entry, Found};
use crate::mopyfile::path::ContextPath;

/// Fails unless `context` is a directory.
pub(super) fn check_directory(context: &Path) -> Result<(), Failure> {
    if context.is_dir() {
        return Ok(());
    }
    Err(Failure::new(format!("the build context `{}` is not a directory", context.display())))
}

/// Checks the files that `mopyfile` refers to in the build context `directory`. `file` is the path of the Mopyfile,
/// unless it was read from standard input; `uv` is the version that installs the packages.
pub(super) fn check_files(
    mopyfile: &Mopyfile,
    directory: PathBuf,
    file: Option<&Path>,
    uv: Option<UvVersion>,
) -> Result<Diagnostics, Failure> {
    let paths = lookup::paths(mopyfile);
    if paths.is_empty() {
        return Ok(Diagnostics::default());
    }
    let context = Context::open(directory, file)?;
    let entry = |path: ContextPath| {
        let entry = context.entry(path.as_str()).or_else(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename => Ok(Entry::Absent),
            _ => Err(error),
        });
        Some((path, entry.ok()?))
    };
    let text = |(path, most)| {
        let text = context.text(&path, most)?;
        Some((path, text))
    };
    let found = Found {
        entries: paths.into_iter().filter_map(entry).collect(),
        has_ignore_file: context.has_ignore_file,
        texts: lookup::texts(mopyfile).into_iter().filter_map(text).collect(),
        contents: lookup::copied_directory(mopyfile).map(|copied| context.contents(&copied.value)),
        uv,
    };
    Ok(lookup::check(mopyfile, &found))
}

/// A build context and its ignore patterns.
struct Context {
    directory: PathBuf,
    patterns: Patterns,
    has_ignore_file: bool,
}

impl Context {
    /// The build context `directory` of `mopyfile`, which is `None` for standard input.
    fn open(directory: PathBuf, mopyfile: Option<&Path>) -> Result<Self, Failure> {
        let name = mopyfile.and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        let own = mopyfile.map(|mopyfile| with_suffix(mopyfile, IGNORE_SUFFIX));
        let mut written = None;
        for file in own.into_iter().chain([directory.join(".dockerignore")]) {
            match read_regular(&file, MAX_COMPANION_BYTES) {
                Ok(bytes) => {
                    written = Some(String::from_utf8_lossy(&bytes).into_owned());
                    break;
                }
                // a link that points outside of its directory does not exist in a build
                Err(error) if error.kind() == ErrorKind::NotFound || file.is_dir() => {}
                Err(error) => return Err(Failure::cannot_read(&file, &error)),
            }
        }
        let has_ignore_file = written.is_some();
        let patterns = Patterns::parse(&written.unwrap_or_else(|| ignore::default_text(&name)));
        Ok(Self { directory, patterns, has_ignore_file })
    }

    /// The text of the file at `path`, if it can be read. Only the beginning of a file larger than `most` bytes is.
    fn text(&self, path: &ContextPath, most: usize) -> Option<String> {
        let way = links::follow(&self.directory, path.as_str());
        let bytes = read_beginning(&self.directory.join(way.end), most).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The notable files below `path` that are not ignored.
    fn contents(&self, path: &ContextPath) -> Contents {
        let mut contents = Contents::default();
        let Way { end, error: None, .. } = links::follow(&self.directory, path.as_str()) else { return contents };
        let mut directories = vec![end.clone()];
        let most = MAX_ENTRIES.min(MAX_WORK / self.patterns.weight().max(1));
        let mut looked = 0;
        while let Some(directory) = directories.pop() {
            let Ok(entries) = fs::read_dir(self.directory.join(&directory)) else { continue };
            for entry in entries.flatten() {
                looked += 1;
                if looked > most {
                    return contents;
                }
                let path = join(&directory, &entry.file_name().to_string_lossy());
                let Ok(metadata) = entry.metadata() else { continue };
                if self.patterns.matches(&path) {
                    continue;
                }
                if metadata.is_symlink() {
                    let target = fs::read_link(entry.path()).unwrap_or_default();
                    contents.add_link(&end, &path, &target.to_string_lossy());
                    continue;
                }
                contents.add(&path, mode(&metadata), metadata.is_dir());
                if metadata.is_dir() {
                    directories.push(path);
                }
            }
        }
        contents
    }

    /// Follows symbolic links itself, because the context is the root of the file system in a build.
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

    /// Whether an exception includes something in `directory`, which is otherwise ignored.
    fn keeps_below(&self, directory: &str) -> Result<bool, Error> {
        if !self.patterns.has_exceptions() {
            return Ok(false);
        }
        let mut directories = vec![directory.to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(self.directory.join(&directory))? {
                let entry = entry?;
                let path = join(&directory, &entry.file_name().to_string_lossy());
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

/// The maximum number of entries of a directory.
const MAX_ENTRIES: usize = 20_000;

/// The maximum cost of matching them against `.dockerignore`, in pieces of patterns.
const MAX_WORK: usize = 10_000_000;

/// The permissions of a file or directory, which everyone can read where there are none.
#[cfg(unix)]
fn mode(metadata: &fs::Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions())
}

#[cfg(not(unix))]
fn mode(_: &fs::Metadata) -> u32 {
    0o777
}

/// The path of `name` in `directory`, which is empty for the build context.
pub(super) fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}
