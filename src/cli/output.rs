//! Files are written under another name and put in place whole, so that nobody ever sees half of one.

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

/// A file beside `file` that holds `content` and has the mode of a new one.
pub(super) fn temporary(file: &Path, content: &[u8]) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".mopy-");
    // the user's mask is applied to the mode of a new file
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut temporary = builder.tempfile_in(directory(file))?;
    temporary.write_all(content)?;
    Ok(temporary)
}

/// Writes `content` to `file`, which may be there already.
pub(super) fn write(file: &Path, content: &[u8]) -> Result<Outcome, Failure> {
    let failure = |error: &io::Error| Failure::new(format!("cannot write `{}`: {}", file.display(), reason(error)));
    // what is no file, such as a pipe, cannot be replaced, and neither can what a link to nothing points at
    if fs::metadata(file).map_or_else(|_| file.is_symlink(), |metadata| !metadata.is_file() && !metadata.is_dir()) {
        return fs::write(file, content).map(|()| Outcome::Fine).map_err(|error| failure(&error));
    }
    // a link stays one: what it points at is replaced
    let target = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let temporary = temporary(&target, content).map_err(|error| failure(&error))?;
    if let Ok(metadata) = fs::metadata(&target) {
        // a file that is there keeps its mode
        temporary.as_file().set_permissions(metadata.permissions()).map_err(|error| failure(&error))?;
    }
    temporary.persist(&target).map_err(|error| failure(&error.error))?;
    Ok(Outcome::Fine)
}
