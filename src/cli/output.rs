//! Files are written under another name and put in place whole, so that nobody ever sees half of one.

use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// The directory that `file` is in.
pub(super) fn directory(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// A file beside `file` that holds `text` and has the mode of a new one.
pub(super) fn temporary(file: &Path, text: &str) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".mopy-");
    // the user's mask is applied to the mode of a new file
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut temporary = builder.tempfile_in(directory(file))?;
    temporary.write_all(text.as_bytes())?;
    Ok(temporary)
}
