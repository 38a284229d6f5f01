//! Finds and reads the Mopyfile.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Failure, colours, output, show};
use crate::diagnostic::{Diagnostics, rule, text};
use crate::links;
use crate::mopyfile::file::{self, LOCK_SUFFIX, MAX_BYTES, MAX_COMPANION_BYTES, NAMES};
use crate::source::Source;

/// The location of the Mopyfile.
#[derive(clap::Args)]
pub(super) struct Input {
    /// The Mopyfile, or `-` for standard input [default: Mopyfile.yaml, Mopyfile.yml or Mopyfile]
    #[arg(short, long, value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
}

/// Whether the lock file is required to exist and to be complete.
#[derive(Clone, Copy, Default, clap::Args)]
pub(super) struct Locked {
    /// Fail if the lock file is missing or incomplete
    #[arg(long)]
    locked: bool,
}

impl Locked {
    /// Whether the lock file is required to be complete and is not, even if a comment suppresses the warning. Prints
    /// the error to stderr.
    pub(super) fn refuses(self, diagnostics: &Diagnostics) -> bool {
        let Some(stale) = diagnostics.of(&rule::STALE_LOCK).filter(|_| self.locked) else { return false };
        let refusal = Failure::new(format!("`--locked` requires a complete lock file, but {}", stale.message));
        show(&format!("{}\n", refusal.help(stale.help.clone().unwrap_or_default())));
        true
    }
}

impl Input {
    /// Reads the file. The inner result is its text, or the reason why it cannot be decoded.
    pub(super) fn read(&self) -> Result<Result<Source, (Source, Diagnostics)>, Failure> {
        let Some(path) = self.path() else {
            let bytes = beginning(io::stdin().lock(), MAX_BYTES);
            let bytes = bytes.map_err(|error| Failure::new(format!("cannot read standard input: {error}")))?;
            return Ok(file::decode("<stdin>", bytes));
        };
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

    /// Reads the file. If it cannot be decoded, prints the diagnostics to stderr and returns `None`.
    pub(super) fn read_text(&self) -> Result<Option<Source>, Failure> {
        Ok(self.read()?.map_err(|(source, found)| report(&source, &found)).ok())
    }

    /// Reads the lock file, if it exists. With `wanted`, it must exist.
    pub(super) fn lock(&self, wanted: Locked) -> Result<Option<Source>, Failure> {
        let Some(path) = self.lock_path() else {
            return match wanted.locked {
                true => Err(Failure::new("standard input has no lock file").help("specify the file: `-f FILE`")),
                false => Ok(None),
            };
        };
        // symbolic links are refused, because a build may not receive their target and `mopy lock` replaces the link; a
        // pipe would block
        if path.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Err(Failure::new(format!("`{}` is not a regular file", path.display()))
                .help("remove it, and run `mopy lock`"));
        }
        match read_regular(&path, MAX_COMPANION_BYTES) {
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

    /// The path of the lock file, whether it exists or not; `None` for standard input.
    pub(super) fn lock_path(&self) -> Option<PathBuf> {
        Some(with_suffix(&self.path()?, LOCK_SUFFIX))
    }

    /// The directory of the file; `None` for standard input.
    pub(super) fn directory(&self) -> Option<PathBuf> {
        self.path().map(|path| output::directory(&path).to_owned())
    }

    /// The path of the file; `None` for standard input.
    pub(super) fn path(&self) -> Option<PathBuf> {
        let found = || NAMES.iter().map(PathBuf::from).find(|path| path.is_file());
        let path = self.file.clone().or_else(found).unwrap_or_else(|| NAMES[0].into());
        (path != Path::new("-")).then_some(path)
    }
}

/// `path` with `suffix` appended to its name.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

/// Reads a regular file of at most `most` bytes. As in a build, links that point outside of their directory count as
/// missing. Pipes and devices are not read.
pub(super) fn read_regular(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let bytes = read_beginning(path, most)?;
    if bytes.len() > most {
        return Err(io::Error::other("it is too large"));
    }
    Ok(bytes)
}

/// The same, but returns one more byte of a larger file.
pub(super) fn read_beginning(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let place = inside(path)?;
    let unsupported = || io::Error::new(io::ErrorKind::Unsupported, "it is not a regular file");
    // opening a pipe could block
    if !place.symlink_metadata()?.is_file() {
        return Err(unsupported());
    }
    let file = File::open(&place)?;
    if !file.metadata()?.is_file() {
        return Err(unsupported());
    }
    beginning(file, most)
}

fn beginning(reader: impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Resolves `path`, which may be a symbolic link to another file below the same directory.
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

/// Prints `diagnostics` to stderr.
pub(super) fn report(source: &Source, diagnostics: &Diagnostics) {
    if !diagnostics.is_empty() {
        show(&text::render(source, diagnostics, colours()));
    }
}
