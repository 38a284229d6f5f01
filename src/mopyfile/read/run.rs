//! Reads commands to run once while the image is built.

use serde_json::{Value, json};

use super::Draft;
use super::environment::variables_schema;
use crate::diagnostic::rule;
use crate::mopyfile::document::{Kind, Node};
use crate::mopyfile::keys::Key;
use crate::mopyfile::{RunStep, schema};
use crate::source::Spanned;

pub(in crate::mopyfile) static RUN_KEY: Key = Key {
    name: "run",
    about: "Commands to run once, in the finished image, while the image is built.",
    schema: run_schema,
    read: Draft::run,
};

/// The keys of an entry.
const KEYS: &[&str] = &["command", "envs"];

fn run_schema() -> Value {
    let about = "Environment variables for this command and those after it. They are not set in the container.";
    let example = json!({"SECRET_KEY": "unused"});
    let step = json!({
        "type": "object",
        "properties": {
            "command": schema::described("The command to run, in exec form.", json!(["python", "build.py"]), schema::words()),
            "envs": schema::described(about, example.clone(), variables_schema(&example)),
        },
        "required": ["command"],
        "additionalProperties": false,
    });
    json!({
        "type": ["array", "null"],
        "items": {"anyOf": [schema::words(), step]},
        "examples": [[["python", "manage.py", "collectstatic", "--noinput"]]],
    })
}

impl Draft {
    fn run(&mut self, _: &Node, node: &Node) {
        for item in self.list("run", node, "[[python, manage.py, collectstatic, --noinput]]") {
            let (mut command, mut envs, mut has_command) = (None, Vec::new(), false);
            if let Kind::Map(entries) = &item.kind {
                for (key, value) in self.distinct(entries) {
                    match key.scalar() {
                        Some("command") => {
                            has_command = true;
                            command = self.arguments("command", value);
                        }
                        Some("envs") => {
                            for (key, value) in self.map("envs", value, "{SECRET_KEY: unused}") {
                                envs.extend(self.variable(key, value, None));
                            }
                        }
                        _ => {
                            self.unknown("an entry of `run`", key, KEYS, None);
                        }
                    }
                }
                if !has_command {
                    self.report(
                        &rule::MISSING_KEY,
                        item.span,
                        "the entry of `run` has no `command`",
                        "write `command: [python, manage.py, collectstatic, --noinput]`",
                    );
                }
            } else {
                command = self.arguments("run", item);
            }
            if let Some(Spanned { value: command, span }) = command {
                self.mopyfile.run.push(Spanned::new(RunStep { command, envs }, span));
            }
        }
    }
}
