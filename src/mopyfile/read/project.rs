//! The application, and what is wrong with paths.

use super::Draft;
use crate::diagnostic::mask::shown;
use crate::diagnostic::rule;
use crate::mopyfile::Project;
use crate::mopyfile::document::{Kind, Node};
use crate::mopyfile::path::{ContextPath, ImagePath, PathError};
use crate::mopyfile::{keys, similar};
use crate::source::{Located, Span};

impl Draft {
    /// Reads `project`.
    pub(in crate::mopyfile) fn project(&mut self, _: &Node, node: &Node) {
        let Kind::Map(entries) = &node.kind else { return self.project_path(node) };
        let mut has_path = false;
        for (key, value) in self.distinct(entries) {
            match key.scalar() {
                Some("path") => {
                    has_path = true;
                    self.project_path(value);
                }
                Some("target") => {
                    let target = self.text("`target`", value, "a path of the image: `target: /opt/app`");
                    self.project_target = target.and_then(|text| self.image_path(text, value.span));
                }
                name => {
                    let name = name.unwrap_or_default();
                    self.unknown("`project`", name, key.span, keys::PROJECT, similar(name, keys::PROJECT));
                }
            }
        }
        if !has_path {
            self.find(&rule::MISSING_KEY, node.span, "the project has no `path`", "write `path: ./app/`");
        }
    }

    /// Reads `directories`.
    pub(in crate::mopyfile) fn directories(&mut self, _: &Node, node: &Node) {
        for item in self.list("directories", node, "[/data]") {
            let Some(text) = self.text("an entry of `directories`", item, "a directory of the image: `/data`") else {
                continue;
            };
            let Some(path) = self.image_path(text, item.span) else { continue };
            if ["/", "/tmp", "/proc", "/sys", "/dev"].iter().any(|taken| path.value.is_within(taken)) {
                let message = format!("`{}` is managed by the container", shown(text));
                self.find(&rule::MALFORMED_PATH, item.span, message, "write a directory such as `/data`");
                continue;
            }
            self.directories.push(path);
        }
    }

    /// A path of the image.
    pub(super) fn image_path(&mut self, text: &str, span: Span) -> Option<Located<ImagePath>> {
        match ImagePath::parse(text) {
            Ok(path) => return Some(Located::new(path, span)),
            Err(PathError::Empty) => {
                self.find(&rule::MALFORMED_PATH, span, "the path is empty", "write a path of the image: `/srv`");
            }
            Err(error) => self.path_error(error, span),
        }
        None
    }

    fn project_path(&mut self, node: &Node) {
        let Some(text) = self.text("`project`", node, "a directory or a file: `project: ./app/`, or leave it out")
        else {
            return;
        };
        match ContextPath::parse(text) {
            Ok(path) => {
                let is_file = !text.ends_with('/') && path.as_str().ends_with(".py");
                let project = if is_file { Project::File(path) } else { Project::Directory(path) };
                self.project = Some(Located::new(project, node.span));
            }
            Err(error) => self.path_error(error, node.span),
        }
    }

    pub(super) fn path_error(&mut self, error: PathError, span: Span) {
        let (rule, message, help) = match error {
            PathError::Empty => {
                (&rule::MALFORMED_PATH, "the path is empty", "write the way from the build's context: `./app/`")
            }
            PathError::Absolute => (
                &rule::ABSOLUTE_PATH,
                "the path is absolute, and the build sees only its context",
                "write the way from the build's context: `./app/`",
            ),
            PathError::Escaping => (
                &rule::ESCAPING_PATH,
                "the path leaves the build's context",
                "build from a directory further up: `docker build -f app/Mopyfile.yaml .`",
            ),
            PathError::Multiline => {
                (&rule::MULTILINE_VALUE, "the path has a line break or a NUL character", "write it in one line")
            }
            PathError::Control => return self.control_character(span),
        };
        self.find(rule, span, message, help);
    }

    pub(super) fn control_character(&mut self, span: Span) {
        self.find(&rule::CONTROL_CHARACTER, span, "the entry has an invisible control character", "type it again");
    }
}
