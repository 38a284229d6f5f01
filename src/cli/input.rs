//! Which Mopyfile is meant, and its text.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Failure, colours, output, show};
use crate::diagnostic::{Diagnostics, rule, text};
use crate::links;
use crate::mopyfile::file::{self, LOCK_SUFFIX, MAX_BYTES, MAX_BYTES_BESIDE, NAMES};
use crate::source::Source;

/// Where the Mopyfile is.
#[derive(clap::Args)]
pub(super) struct Input {
    /// The Mopyfile, or `-` for standard input [default: Mopyfile.yaml, Mopyfile.yml or Mopyfile]
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Whether a build without a lock, or with one that lacks something, is wanted at all.
#[derive(Clone, Copy, Default, clap::Args)]
pub(super) struct Locked {
    /// Fail if the lock file is missing or incomplete
    #[arg(long)]
    locked: bool,
}

impl Locked {
    /// Whether the lock lacks something, and nothing may, whatever a comment suppresses; it says so on stderr.
    pub(super) fn refuses(self, diagnostics: &Diagnostics) -> bool {
        let Some(stale) = diagnostics.of(&rule::STALE_LOCK).filter(|_| self.locked) else { return false };
        let refusal = Failure::new(format!("`--locked` requires a complete lock file, but {}", stale.message));
        show(&format!("{}\n", refusal.help(stale.help.clone().unwrap_or_default())));
        true
    }
}

impl Input {
    /// The Mopyfile that a command was given, if it was given one.
    pub(super) fn new(file: Option<PathBuf>) -> Self {
        Self { file }
    }

    /// Reads the file. Inside is the text, or what keeps it from being one.
    pub(super) fn read(&self) -> Result<Result<Source, (Source, Diagnostics)>, Failure> {
        if self.is_stdin() {
            let mut bytes = Vec::new();
            let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX) + 1;
            io::stdin()
                .lock()
                .take(limit)
                .read_to_end(&mut bytes)
                .map_err(|error| Failure::new(format!("cannot read standard input: {error}")))?;
            return Ok(file::decode("<stdin>", bytes));
        }
        let path = self.given();
        if path.is_dir() {
            return Err(Failure::new(format!("`{}` is a directory", path.display()))
                .help(format!("specify the file: `-f {}`", path.join(NAMES[0]).display())));
        }
        let bytes = read_beginning(&path, MAX_BYTES).map_err(|error| {
            let failure = Failure::cannot_read(&path, &error);
            if self.file.is_none() {
                failure.help("run mopy in the Mopyfile's directory, or specify the file: `-f path/to/Mopyfile.yaml`")
            } else if error.kind() == io::ErrorKind::Unsupported {
                failure.help("to read from a pipe, use `-f -`")
            } else {
                failure
            }
        })?;
        Ok(file::decode(&path.to_string_lossy(), bytes))
    }

    /// Reads the file, and says on stderr what keeps it from being text if it is none.
    pub(super) fn read_text(&self) -> Result<Option<Source>, Failure> {
        Ok(self.read()?.map_err(|(source, found)| report(&source, &found)).ok())
    }

    /// The lock next to the file, if it has one. With `wanted`, it has to be there.
    pub(super) fn lock(&self, wanted: Locked) -> Result<Option<Source>, Failure> {
        let Some(path) = self.lock_path() else {
            return match wanted.locked {
                true => Err(Failure::new("standard input has no lock file").help("specify the file: `-f FILE`")),
                false => Ok(None),
            };
        };
        // not what a link leads to: a build may not be sent that, and the next `mopy lock` would write there; a pipe
        // would never end
        if path.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Err(Failure::new(format!("`{}` is not a regular file", path.display()))
                .help("remove it, and run `mopy lock`"));
        }
        match read_regular(&path, MAX_BYTES_BESIDE) {
            Ok(bytes) => Ok(Some(Source::new(path.to_string_lossy(), String::from_utf8_lossy(&bytes)))),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !wanted.locked => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let file = self.file.as_deref().map_or_else(String::new, |file| format!(" -f {}", file.display()));
                Err(Failure::new(format!("the lock file `{}` does not exist", path.display()))
                    .help(format!("run `mopy lock{file}`")))
            }
            Err(error) => Err(Failure::cannot_read(&path, &error)),
        }
    }

    /// Where the lock is or would be; nowhere for standard input.
    pub(super) fn lock_path(&self) -> Option<PathBuf> {
        Some(beside(&self.path()?, LOCK_SUFFIX))
    }

    /// The directory that the file is in; none for standard input.
    pub(super) fn directory(&self) -> Option<PathBuf> {
        let path = self.path()?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        Some(parent.unwrap_or_else(|| Path::new(".")).to_owned())
    }

    /// The file; none for standard input.
    pub(super) fn path(&self) -> Option<PathBuf> {
        (!self.is_stdin()).then(|| self.given())
    }

    fn is_stdin(&self) -> bool {
        self.file.as_deref() == Some(Path::new("-"))
    }

    fn given(&self) -> PathBuf {
        let found = || NAMES.iter().map(PathBuf::from).find(|path| path.is_file());
        self.file.clone().or_else(found).unwrap_or_else(|| NAMES[0].into())
    }
}

/// The file next to `path` whose name goes on with `suffix`.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

/// The bytes of a regular file of at most `most` bytes. What a link leads to outside of its directory is not there, as
/// in a build, and neither waits nor endless devices are read.
pub(super) fn read_regular(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let bytes = read_beginning(path, most)?;
    if bytes.len() > most {
        return Err(io::Error::other("it is too large"));
    }
    Ok(bytes)
}

/// The same, or one byte more of a larger file.
fn read_beginning(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let place = inside(path)?;
    let unsupported = || io::Error::new(io::ErrorKind::Unsupported, "it is not a regular file");
    // what is opened may wait for a writer
    if !place.symlink_metadata()?.is_file() {
        return Err(unsupported());
    }
    let file = File::open(&place)?;
    if !file.metadata()?.is_file() {
        return Err(unsupported());
    }
    let mut bytes = Vec::new();
    file.take(u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Where the file at `path` is, which may be a link to another one below the same directory.
fn inside(path: &Path) -> io::Result<PathBuf> {
    let (Some(name), true) = (path.file_name(), path.is_symlink()) else { return Ok(path.to_owned()) };
    let directory = output::directory(path);
    let way = links::follow(directory, &name.to_string_lossy());
    let place = directory.join(way.end);
    match way.error {
        None => Ok(place),
        Some(_) if path.exists() => {
            Err(io::Error::new(io::ErrorKind::NotFound, "it is a symbolic link that points outside of its directory"))
        }
        Some(error) => Err(error),
    }
}

/// Writes what was found to stderr, if anything.
pub(super) fn report(source: &Source, diagnostics: &Diagnostics) {
    if !diagnostics.is_empty() {
        show(&text::render(source, diagnostics, colours()));
    }
}
