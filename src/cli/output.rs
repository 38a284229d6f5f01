//! Writes files atomically, so that no partial file is ever visible.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::{Failure, Outcome};

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
    let written = match fs::metadata(file) {
        // pipes and broken symbolic links cannot be replaced
        Ok(metadata) if !metadata.is_file() && !metadata.is_dir() => fs::write(file, content),
        Err(_) if file.is_symlink() => fs::write(file, content),
        // a symbolic link is kept: its target is replaced
        _ => replace(&fs::canonicalize(file).unwrap_or_else(|_| file.to_owned()), content),
    };
    written.map(|()| Outcome::Success).map_err(|error| Failure::cannot_write(file, &error))
}

/// Writes `content` to `file`. A symbolic link is replaced.
pub(super) fn replace(file: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = temporary(file, content)?;
    if let Ok(metadata) = file.symlink_metadata()
        && metadata.is_file()
    {
        // an existing file keeps its mode
        temporary.as_file().set_permissions(metadata.permissions())?;
    }
    temporary.persist(file)?;
    Ok(())
}
