//! Writes files atomically, so that no partial file is ever visible.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::{Failure, Outcome};
use crate::source::reason;

/// The directory that `file` is in.
pub(super) fn directory(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// A temporary file next to `file` with `content` and the mode of a new file.
pub(super) fn temporary(file: &Path, content: &[u8]) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".mopy-");
    // the umask applies to the mode of a new file
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut temporary = builder.tempfile_in(directory(file))?;
    temporary.write_all(content)?;
    Ok(temporary)
}

/// Writes `content` to `file`, which may exist.
pub(super) fn write(file: &Path, content: &[u8]) -> Result<Outcome, Failure> {
    // pipes and broken symbolic links cannot be replaced
    if fs::metadata(file).map_or_else(|_| file.is_symlink(), |metadata| !metadata.is_file() && !metadata.is_dir()) {
        return fs::write(file, content).map(|()| Outcome::Success).map_err(|error| cannot_write(file, &error));
    }
    // a symbolic link is kept: its target is replaced
    put(&fs::canonicalize(file).unwrap_or_else(|_| file.to_owned()), content)
        .map_err(|error| cannot_write(file, &error))
}

/// Writes `content` to `file`. A symbolic link is replaced.
pub(super) fn replace(file: &Path, content: &[u8]) -> Result<Outcome, Failure> {
    put(file, content).map_err(|error| cannot_write(file, &error))
}

fn put(file: &Path, content: &[u8]) -> io::Result<Outcome> {
    let temporary = temporary(file, content)?;
    if let Ok(metadata) = file.symlink_metadata()
        && metadata.is_file()
    {
        // an existing file keeps its mode
        temporary.as_file().set_permissions(metadata.permissions())?;
    }
    temporary.persist(file).map_err(|error| error.error)?;
    Ok(Outcome::Success)
}

fn cannot_write(file: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("cannot write `{}`: {}", file.display(), reason(error)))
}
