//! Reads the application, and reports invalid paths.

use serde_json::{Value, json};

use super::Draft;
use super::container::directory_schema;
use super::directories::EMPTY;
use crate::diagnostic::{Rule, Severity, rule};
use crate::mopyfile::document::{Kind, Node};
use crate::mopyfile::keys::Key;
use crate::mopyfile::path::{ContextPath, ImagePath, SourcePath};
use crate::mopyfile::schema;

/// Absolute path.
pub static ABSOLUTE_PATH: Rule = Rule {
    name: "absolute-path",
    severity: Severity::Error,
    summary: "absolute path",
    explanation: "Paths are relative to the build context, the directory you pass to `docker build`. Files outside of \
         it are not part of the build. Write the path relative to the build context, beginning with `./`.",
};

/// The path is outside of the build context.
pub static ESCAPING_PATH: Rule = Rule {
    name: "escaping-path",
    severity: Severity::Error,
    summary: "the path is outside of the build context",
    explanation: "Files outside of the build context, the directory you pass to `docker build`, are not part of the build. \
         Build from a directory that contains all files: `docker build -f services/api/Mopyfile.yaml .`.",
};

/// Invalid path.
pub static MALFORMED_PATH: Rule = Rule {
    name: "malformed-path",
    severity: Severity::Error,
    summary: "invalid path",
    explanation: "A path begins with `./` and refers to a file or directory in the build context, such as \
         `./requirements.txt` or `./lib/`. In `pip`, brackets select extras (`./lib/[web]`), and for lock files and \
         `./pyproject.toml` also dependency groups (`./uv.lock[web,group:prod]`). For `./uv.lock`, they also select \
         workspace members (`./uv.lock[package:api]`). `workdir` is a directory in the image, absolute (`/srv`) or \
         relative to `/home/nonroot`.",
};

/// The value contains a control character.
pub static CONTROL_CHARACTER: Rule = Rule {
    name: "control-character",
    severity: Severity::Error,
    summary: "the value contains a control character",
    explanation: "Control characters are invisible and not allowed in this value. They are usually the result of \
         copying from a terminal. Type the value again.",
};

pub(in crate::mopyfile) static PROJECT_KEY: Key = Key {
    name: "project",
    about: "The application: a directory with `main.py`, or a single Python file.",
    schema: project_schema,
    read: Draft::project,
};

fn project_schema() -> Value {
    // empty, an absolute path, a path that begins with `..`
    let other = r"^(\s*$|[/\\]|~/|~$|[A-Za-z]:|(\./+)*\.\.(/|$))";
    let path = || schema::scalar_but(schema::NO_CONTROL, other);
    json!({
        "anyOf": [path(), {
            "type": "object",
            "properties": {
                "path": schema::described("A directory or a Python file in the build context.", json!("./"), path()),
                "target": schema::described("The path that it is copied to in the image.", json!("/opt/app"), directory_schema()),
            },
            "required": ["path"],
            "additionalProperties": false,
        }],
        "examples": ["./app/", "./main.py", "./", {"path": "./", "target": "/opt/app"}],
    })
}

/// The keys of `project` if it is a mapping.
const KEYS: &[&str] = &["path", "target"];

impl Draft {
    fn project(&mut self, _: &Node, node: &Node) {
        let Kind::Map(entries) = &node.kind else { return self.project_path(node) };
        let mut has_path = false;
        for (key, value) in self.distinct(entries) {
            match key.scalar() {
                Some("path") => {
                    has_path = true;
                    self.project_path(value);
                }
                Some("target") => {
                    let example = "a path in the image: `target: /opt/app`";
                    self.mopyfile.project_target =
                        self.parsed("`target`", value, example, |text| ImagePath::parse(text, EMPTY));
                }
                _ => {
                    self.unknown("`project`", key, KEYS, None);
                }
            }
        }
        if !has_path {
            self.report(&rule::MISSING_KEY, node.span, "the project has no `path`", "write `path: ./app/`");
        }
    }

    fn project_path(&mut self, node: &Node) {
        let example = "a directory or a file: `project: ./app/`, or remove it";
        self.mopyfile.project = self.parsed("`project`", node, example, |text| {
            let path = ContextPath::parse(text)?;
            let directory = text.ends_with('/') || !path.as_str().ends_with(".py");
            Ok(SourcePath { path, directory })
        });
    }
}
