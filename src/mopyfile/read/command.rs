//! What runs.

use super::Draft;
use crate::diagnostic::rule;
use crate::mopyfile::document::{Kind, Node};
use crate::mopyfile::{RunStep, Variable, keys, similar};
use crate::source::Located;

impl Draft {
    /// Reads `command`.
    pub(in crate::mopyfile) fn command(&mut self, _: &Node, node: &Node) {
        self.command = self.arguments("command", node);
    }

    /// Reads `entrypoint`.
    pub(in crate::mopyfile) fn entrypoint(&mut self, _: &Node, node: &Node) {
        self.entrypoint = self.arguments("entrypoint", node);
    }

    /// Reads `run`: each entry is a command, or a mapping of a `command` and its `envs`.
    pub(in crate::mopyfile) fn run(&mut self, _: &Node, node: &Node) {
        for item in self.list("run", node, "[[python, manage.py, collectstatic, --noinput]]") {
            let Kind::Map(entries) = &item.kind else {
                if let Some(command) = self.arguments("run", item) {
                    let step = RunStep { command: command.value, envs: Vec::new() };
                    self.run.push(Located::new(step, item.span));
                }
                continue;
            };
            let (mut command, mut envs) = (None, Vec::new());
            for (key, value) in self.distinct(entries) {
                match key.scalar() {
                    Some("command") => command = Some(self.arguments("command", value)),
                    Some("envs") => {
                        for (key, value) in self.map("envs", value, "{SECRET_KEY: unused}") {
                            if let Some((name, text, span)) = self.variable(key, value) {
                                let value = self.segments(&text, None);
                                envs.push(Located::new(Variable { name, value }, span));
                            }
                        }
                    }
                    name => {
                        let name = name.unwrap_or_default();
                        self.unknown("an entry of `run`", name, key.span, keys::RUN, similar(name, keys::RUN));
                    }
                }
            }
            match command {
                Some(Some(command)) => {
                    self.run.push(Located::new(RunStep { command: command.value, envs }, command.span));
                }
                Some(None) => {}
                None => self.find(
                    &rule::MISSING_KEY,
                    item.span,
                    "the entry of `run` has no `command`",
                    "write `command: [python, manage.py, collectstatic, --noinput]`",
                ),
            }
        }
    }

    pub(super) fn arguments(&mut self, what: &str, node: &Node) -> Option<Located<Vec<String>>> {
        if let Some(text) = node.scalar() {
            let words: Vec<String> = text.split_whitespace().map(|word| format!("{word:?}")).collect();
            let help = if text.starts_with('[') {
                "write the list without quotes around it".to_owned()
            } else if words.is_empty() {
                format!("write `{what}: [python, -m, shop]`, or leave it out")
            } else {
                format!("write `{what}: [{}]`", words.join(", "))
            };
            self.wrong_type(&format!("`{what}`"), "a list of words, since no shell reads it", node, help);
            return None;
        }
        let items = self.list(what, node, "[python, -m, shop]");
        if items.is_empty() && matches!(node.kind, Kind::Null | Kind::List(_)) {
            self.find(
                &rule::EMPTY_VALUE,
                node.span,
                format!("`{what}` has no words"),
                format!("write `{what}: [python, -m, shop]`, or leave it out"),
            );
            return None;
        }
        let mut words = Vec::new();
        for item in items {
            match self.text(&format!("an entry of `{what}`"), item, "a word; `\"\"` is an empty one") {
                Some(text) if text.contains('\0') => {
                    self.find(
                        &rule::CONTROL_CHARACTER,
                        item.span,
                        "an argument cannot hold a NUL character",
                        "leave it out",
                    );
                }
                Some(text) => words.push(Located::new(text.to_owned(), item.span)),
                None => {}
            }
        }
        let plain = words.iter().map(|word| word.value.clone()).collect();
        self.words.push(Located::new(words, node.span));
        Some(Located::new(plain, node.span))
    }
}
