//! Reads the command and the entrypoint.

use serde_json::{Value, json};

use super::Draft;
use crate::diagnostic::rule;
use crate::mopyfile::document::{Kind, Node};
use crate::mopyfile::keys::Key;
use crate::mopyfile::schema;
use crate::source::Spanned;

pub(in crate::mopyfile) static COMMAND_KEY: Key = Key {
    name: "command",
    about: "The CMD of the image in exec form. Without `entrypoint`, the image then has no entrypoint.",
    schema: || arguments_schema(&["gunicorn", "shop.wsgi", "--bind", "0.0.0.0:8000"]),
    read: Draft::command,
};

pub(in crate::mopyfile) static ENTRYPOINT_KEY: Key = Key {
    name: "entrypoint",
    about: "The ENTRYPOINT of the image in exec form.",
    schema: || arguments_schema(&["python", "-m", "shop"]),
    read: Draft::entrypoint,
};

fn arguments_schema(example: &[&str]) -> Value {
    let mut schema = schema::words();
    schema["examples"] = json!([example]);
    schema
}

impl Draft {
    fn command(&mut self, _: &Node, node: &Node) {
        self.mopyfile.command = self.arguments("command", node);
    }

    fn entrypoint(&mut self, _: &Node, node: &Node) {
        self.mopyfile.entrypoint = self.arguments("entrypoint", node);
    }

    pub(super) fn arguments(&mut self, what: &str, node: &Node) -> Option<Spanned<Vec<String>>> {
        if let Some(text) = node.scalar() {
            let words: Vec<String> = text.split_whitespace().map(|word| format!("{word:?}")).collect();
            let help = if text.starts_with('[') {
                "remove the quotes around the list".to_owned()
            } else if words.is_empty() {
                format!("write `{what}: [python, -m, shop]`, or remove it")
            } else {
                format!("write `{what}: [{}]`", words.join(", "))
            };
            self.wrong_type(&format!("`{what}`"), "a list of arguments", node, help);
            return None;
        }
        let items = self.list(what, node, "[python, -m, shop]");
        if items.is_empty() && matches!(node.kind, Kind::Null | Kind::List(_)) {
            self.report(
                &rule::EMPTY_VALUE,
                node.span,
                format!("`{what}` is empty"),
                format!("write `{what}: [python, -m, shop]`, or remove it"),
            );
            return None;
        }
        let mut words = Vec::new();
        for item in items {
            match self.text(&format!("an entry of `{what}`"), item, "an argument; `\"\"` is an empty one") {
                Some(text) if text.contains('\0') => {
                    self.report(
                        &rule::CONTROL_CHARACTER,
                        item.span,
                        "an argument cannot contain a NUL character",
                        "leave it out",
                    );
                }
                Some(text) => words.push(Spanned::new(text.to_owned(), item.span)),
                None => {}
            }
        }
        let plain = words.iter().map(|word| word.value.clone()).collect();
        self.mopyfile.words.push(Spanned::new(words, node.span));
        Some(Spanned::new(plain, node.span))
    }
}
