//! Reads directories that the image's user can write to.

use serde_json::json;

use super::container::directory_schema;
use crate::diagnostic::rule;
use crate::mopyfile::Invalid;
use crate::mopyfile::keys::Key;
use crate::mopyfile::path::ImagePath;
use crate::redact::excerpt;

pub(in crate::mopyfile) static DIRECTORIES_KEY: Key = Key {
    name: "directories",
    about: "Additional directories that the image's user can write to.",
    schema: || json!({"type": ["array", "null"], "items": directory_schema(), "examples": [["/data"]]}),
    read: |draft, _, node| {
        let entry = "a directory in the image: `/data`";
        draft.mopyfile.directories = draft.entries("directories", node, "[/data]", entry, directory);
    },
};

/// The help for an empty path.
pub(super) const EMPTY: &str = "write a path in the image: `/srv`";

/// Directories that the container manages, or that have a special mode.
const TAKEN: [&str; 5] = ["/", "/tmp", "/proc", "/sys", "/dev"];

/// Reads a path in the image; `help` is about an empty one.
pub(super) fn image_path(text: &str, help: &str) -> Result<ImagePath, Invalid> {
    // line breaks and tabs have errors of their own
    if text.trim().is_empty() && !text.contains(char::is_control) {
        return Err(Invalid::new(&rule::MALFORMED_PATH, "the path is empty", help));
    }
    if text.starts_with('~') {
        let help = "write the path relative to it: `data` is `/home/nonroot/data`";
        return Err(Invalid::new(&rule::MALFORMED_PATH, "`~` is not expanded", help));
    }
    ImagePath::parse(text)
}

fn directory(text: &str) -> Result<ImagePath, Invalid> {
    let path = image_path(text, EMPTY)?;
    if TAKEN.iter().any(|taken| path.is_within(taken)) {
        let message = format!("`{}` is managed by the container", excerpt(text));
        return Err(Invalid::new(&rule::MALFORMED_PATH, message, "write a directory such as `/data`"));
    }
    Ok(path)
}
