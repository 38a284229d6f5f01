//! The project directory, read as in a build: symbolic links do not lead outside of it, and only regular files of
//! limited size are opened.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::cli::Failure;
use crate::cli::input::read_regular;
use crate::links;
use crate::mopyfile::wheels::MAX_BYTES;

/// The maximum number of names in a directory.
const MAX_NAMES: usize = 10_000;

/// A directory.
pub(super) struct Directory {
    /// Its path.
    pub(super) root: PathBuf,
}

impl Directory {
    /// The contents of the file `path`, if it is a regular file. UTF-16 is detected by its byte order mark.
    pub(super) fn text(&self, path: &str) -> Result<Option<String>, Failure> {
        let place = self.place(path);
        match read_regular(&place, MAX_BYTES) {
            Ok(bytes) => Ok(Some(decoded(&bytes))),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(Failure::cannot_read(&self.root.join(path), &error)),
        }
    }

    /// The same, ignoring errors.
    pub(super) fn text_if_readable(&self, path: &str) -> Option<String> {
        self.text(path).ok().flatten()
    }

    /// Whether there is a file at `path`.
    pub(super) fn is_file(&self, path: &str) -> bool {
        self.place(path).is_file()
    }

    /// Whether there is a directory at `path`.
    pub(super) fn is_directory(&self, path: &str) -> bool {
        self.place(path).is_dir()
    }

    /// The sorted names in the directory `path` that are valid Unicode.
    pub(super) fn names(&self, path: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.place(path)) else { return Vec::new() };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> = names.take(MAX_NAMES).collect();
        names.sort_unstable();
        names
    }

    /// The location of `path` after following symbolic links as in a build.
    fn place(&self, path: &str) -> PathBuf {
        self.root.join(links::follow(&self.root, path).end)
    }
}

fn decoded(bytes: &[u8]) -> String {
    let utf16 = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes).trim_start_matches('\u{feff}').to_owned(),
    }
}

/// The parent directory of `path`; empty for the project directory.
pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// The last component of `path`.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// `path` relative to the directory `root`, if it is in it.
pub(super) fn below<'p>(path: &'p str, root: &str) -> Option<&'p str> {
    if root.is_empty() { Some(path) } else { path.strip_prefix(root)?.strip_prefix('/') }
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn texts_of_other_encodings() {
        assert_eq!(decoded(b"\xef\xbb\xbf3.12\n"), "3.12\n");
        assert_eq!(decoded(b"\xff\xfe3\0.\x001\x002\0"), "3.12");
        assert_eq!(decoded(b"\xfe\xff\x003\0.\x001\x002"), "3.12");
        assert_eq!(decoded(b"\xff"), "\u{fffd}");
    }
}
