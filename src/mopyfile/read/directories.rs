//! Reads directories that the image's user can write to.

use serde_json::json;

use super::Draft;
use super::container::directory_schema;
use crate::diagnostic::rule;
use crate::mopyfile::document::Node;
use crate::mopyfile::keys::Key;
use crate::mopyfile::path::{ImagePath, PathError};
use crate::redact::excerpt;
use crate::source::{Span, Spanned};

pub(in crate::mopyfile) static DIRECTORIES_KEY: Key = Key {
    name: "directories",
    about: "Additional directories that the image's user can write to.",
    schema: || json!({"type": ["array", "null"], "items": directory_schema(), "examples": [["/data"]]}),
    read: Draft::directories,
};

/// Directories that the container manages, or that have a special mode.
const TAKEN: [&str; 5] = ["/", "/tmp", "/proc", "/sys", "/dev"];

impl Draft {
    fn directories(&mut self, _: &Node, node: &Node) {
        for item in self.list("directories", node, "[/data]") {
            let Some(text) = self.text("an entry of `directories`", item, "a directory in the image: `/data`") else {
                continue;
            };
            let Some(path) = self.image_path(text, item.span) else { continue };
            if TAKEN.iter().any(|taken| path.value.is_within(taken)) {
                let message = format!("`{}` is managed by the container", excerpt(text));
                self.report(&rule::MALFORMED_PATH, item.span, message, "write a directory such as `/data`");
                continue;
            }
            self.mopyfile.directories.push(path);
        }
    }

    /// A path in the image.
    pub(super) fn image_path(&mut self, text: &str, span: Span) -> Option<Spanned<ImagePath>> {
        match ImagePath::parse(text) {
            Ok(path) => return Some(Spanned::new(path, span)),
            Err(PathError::Empty) => {
                self.report(&rule::MALFORMED_PATH, span, "the path is empty", "write a path in the image: `/srv`");
            }
            Err(error) => self.path_error(error, span),
        }
        None
    }
}
