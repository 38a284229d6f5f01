//! The application, and what is wrong with paths.

use serde_json::{Value, json};

use super::Draft;
use crate::diagnostic::rule;
use crate::mopyfile::Project;
use crate::mopyfile::document::Node;
use crate::mopyfile::keys::Key;
use crate::mopyfile::path::{ContextPath, PathError};
use crate::mopyfile::schema;
use crate::source::{Span, Spanned};

pub(in crate::mopyfile) static PROJECT: Key = Key {
    name: "project",
    about: "The application: a directory with `main.py`, or a Python file.",
    schema: project_schema,
    read: Draft::project,
};

fn project_schema() -> Value {
    // nothing, an absolute path, a path that begins with `..`
    let other = r"^(\s*$|[/\\]|~/|~$|[A-Za-z]:|(\./+)*\.\.(/|$))";
    let mut schema = schema::scalar_but(schema::NO_CONTROL, other);
    schema["examples"] = json!(["./app/", "./main.py", "./"]);
    schema
}

impl Draft {
    fn project(&mut self, _: &Node, node: &Node) {
        let Some(text) = self.text("`project`", node, "a directory or a file: `project: ./app/`, or leave it out")
        else {
            return;
        };
        match ContextPath::parse(text) {
            Ok(path) => {
                let is_file = !text.ends_with('/') && path.as_str().ends_with(".py");
                let project = if is_file { Project::File(path) } else { Project::Directory(path) };
                self.mopyfile.project = Some(Spanned::new(project, node.span));
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
        self.report(rule, span, message, help);
    }

    pub(super) fn control_character(&mut self, span: Span) {
        self.report(&rule::CONTROL_CHARACTER, span, "the entry has an invisible control character", "type it again");
    }
}
