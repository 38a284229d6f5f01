//! Reads the command and the entrypoint.

use serde_json::{Value, json};

use super::Draft;
use crate::diagnostic::rule;
use crate::mopyfile::Invalid;
use crate::mopyfile::document::{Kind, Node};
use crate::mopyfile::keys::Key;
use crate::mopyfile::schema;
use crate::source::Spanned;

pub(in crate::mopyfile) static COMMAND_KEY: Key = Key {
    name: "command",
    about: "The CMD of the image in exec form. Without `entrypoint`, the image then has no entrypoint.",
    schema: || arguments_schema(&["gunicorn", "shop.wsgi", "--bind", "0.0.0.0:8000"]),
    read: |draft, _, node| draft.mopyfile.command = draft.arguments("command", node),
};

pub(in crate::mopyfile) static ENTRYPOINT_KEY: Key = Key {
    name: "entrypoint",
    about: "The ENTRYPOINT of the image in exec form.",
    schema: || arguments_schema(&["python", "-m", "shop"]),
    read: |draft, _, node| draft.mopyfile.entrypoint = draft.arguments("entrypoint", node),
};

fn arguments_schema(example: &[&str]) -> Value {
    let mut schema = schema::words();
    schema["examples"] = json!([example]);
    schema
}

fn argument(text: &str) -> Result<String, Invalid> {
    if text.contains('\0') {
        let message = "an argument cannot contain a NUL character";
        return Err(Invalid::new(&rule::CONTROL_CHARACTER, message, "leave it out"));
    }
    Ok(text.to_owned())
}

impl Draft {
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
        if matches!(&node.kind, Kind::Null) || matches!(&node.kind, Kind::List(items) if items.is_empty()) {
            self.report(
                &rule::EMPTY_VALUE,
                node.span,
                format!("`{what}` is empty"),
                format!("write `{what}: [python, -m, shop]`, or remove it"),
            );
            return None;
        }
        let entry = "an argument; `\"\"` is an empty one";
        let words = self.entries(what, node, "[python, -m, shop]", entry, argument);
        let plain = words.iter().map(|word| word.value.clone()).collect();
        self.mopyfile.words.push(Spanned::new(words, node.span));
        Some(Spanned::new(plain, node.span))
    }
}
