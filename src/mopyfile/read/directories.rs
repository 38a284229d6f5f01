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

fn directory(text: &str) -> Result<ImagePath, Invalid> {
    let path = ImagePath::parse(text, EMPTY)?;
    if TAKEN.iter().any(|taken| path.is_within(taken)) {
        let message = format!("`{}` is managed by the container", excerpt(text));
        return Err(Invalid::new(&rule::MALFORMED_PATH, message, "write a directory such as `/data`"));
    }
    Ok(path)
}
