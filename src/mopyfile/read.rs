//! Reads a document into a [`Mopyfile`], and reports every error.

pub(crate) mod base;
pub(super) mod command;
pub(crate) mod container;
pub(super) mod directories;
pub(crate) mod environment;
pub(crate) mod healthcheck;
pub(crate) mod imports;
pub(crate) mod indices;
pub(crate) mod labels;
pub(crate) mod pip;
pub(crate) mod project;
pub(super) mod run;

use std::collections::HashMap;

use super::document::{Kind, Node};
use super::similar::similar;
use super::word::LabelKey;
use super::{Invalid, Mopyfile, keys};
use crate::diagnostic::{Diagnostic, Diagnostics, Rule, Severity};
use crate::redact::excerpt;
use crate::source::{Span, Spanned};

/// The file is not a mapping of keys.
pub static NOT_A_MAPPING: Rule = Rule {
    name: "not-a-mapping",
    severity: Severity::Error,
    summary: "the file is not a mapping of keys",
    explanation: "A Mopyfile is a mapping of keys to values: lines such as `python: 3.13`.",
};

/// Duplicate key.
pub static DUPLICATE_KEY: Rule = Rule {
    name: "duplicate-key",
    severity: Severity::Error,
    summary: "duplicate key",
    explanation: "YAML requires unique keys. Parsers disagree about which value wins, so mopy rejects duplicates. \
         Remove one of them.",
};

/// Unknown key.
pub static UNKNOWN_KEY: Rule = Rule {
    name: "unknown-key",
    severity: Severity::Error,
    summary: "unknown key",
    explanation: "If mopy ignored unknown keys, a typo would silently change the image. Correct the key, or remove \
         it. See the [reference](https://github.com/cmdjulian/mopy/blob/main/docs/reference.md) for all keys. \
         Top-level keys that begin with `x-` are ignored: use them for anchors and notes.",
};

/// The value has the wrong type.
pub static WRONG_TYPE: Rule = Rule {
    name: "wrong-type",
    severity: Severity::Error,
    summary: "the value has the wrong type",
    explanation: "Each key takes a string, a number, a boolean, a list or a mapping. In YAML 1.2, only `true` and `false` \
         are booleans; `yes`, `no`, `on` and `off` are strings.",
};

/// A required key is missing.
pub static MISSING_KEY: Rule = Rule {
    name: "missing-key",
    severity: Severity::Error,
    summary: "a required key is missing",
    explanation: "Every Mopyfile needs `python`, and every entry of `indices` needs `url`.",
};

/// Different credentials for the same host.
pub static CONFLICTING_CREDENTIALS: Rule = Rule {
    name: "conflicting-credentials",
    severity: Severity::Error,
    summary: "different credentials for the same host",
    explanation: "mopy writes the credentials in `indices` and `pip` to a netrc file, which can contain only one user \
         name and password per host. Use the same credentials for all URLs of a host.",
};

/// The value is empty.
pub static EMPTY_VALUE: Rule = Rule {
    name: "empty-value",
    severity: Severity::Error,
    summary: "the value is empty",
    explanation: "A key without a value has no effect, and is usually a mistake. Write a value, or remove the key.",
};

/// A Mopyfile that is being read, and the diagnostics so far.
#[derive(Default)]
pub(super) struct Draft {
    diagnostics: Diagnostics,
    /// The values so far, without the labels, which depend on other values.
    mopyfile: Mopyfile,
    no_sbom: bool,
    labels: Vec<(Spanned<LabelKey>, Spanned<String>)>,
}

/// The span from a key to its value, unless the value is an alias of something earlier.
fn entry_span(key: Span, value: Span) -> Span {
    if value.start >= key.end { key.join(value) } else { key }
}

/// Reads `document` and adds to `diagnostics`. The Mopyfile contains the valid values, and the default Python version
/// if that is invalid.
pub(super) fn read(document: &Node, diagnostics: Diagnostics) -> (Mopyfile, Diagnostics) {
    let mut draft = Draft { diagnostics, ..Draft::default() };
    draft.top(document);
    draft.finish()
}

impl Draft {
    fn top(&mut self, document: &Node) {
        let Kind::Map(entries) = &document.kind else {
            self.report(
                &NOT_A_MAPPING,
                document.span,
                format!("a Mopyfile must be a mapping, not {}", document.noun()),
                "start with `python: 3.13`",
            );
            return;
        };
        let mut has_python = false;
        let mut entries = self.distinct(entries);
        // its default port is in `ports`
        entries.sort_by_key(|(key, _)| key.scalar() == Some("healthcheck"));
        for (key, value) in entries {
            let Some(name) = key.scalar() else {
                self.report(
                    &UNKNOWN_KEY,
                    key.span,
                    format!("a key must be a string, not {}", key.noun()),
                    "write a name before the colon",
                );
                continue;
            };
            if let Some(known) = keys::find(name) {
                has_python |= name == "python";
                (known.read)(self, key, value);
            } else if !name.starts_with("x-") {
                let meant = self.unknown("the Mopyfile", key, &keys::names(), keys::other_name(name));
                has_python |= meant == Some("python");
            }
        }
        if !has_python {
            self.report(
                &MISSING_KEY,
                Span::new(document.span.start, document.span.start),
                "the key `python` is missing",
                "write the Python version: `python: 3.13`",
            );
        }
    }

    fn finish(mut self) -> (Mopyfile, Diagnostics) {
        self.check_installer();
        self.check_installer_environment();
        self.mopyfile.labels = self.finish_labels();
        self.check_credentials();
        (self.mopyfile, self.diagnostics)
    }

    /// A netrc file can contain only one user name and password per host.
    fn check_credentials(&mut self) {
        let mut first = HashMap::new();
        for (credentials, span) in self.mopyfile.credentials() {
            let (other, place) = *first.entry(&credentials.host).or_insert((credentials, span));
            if other != credentials {
                let message = format!("different credentials for `{}`", excerpt(&credentials.host));
                let conflict = Diagnostic::new(&CONFLICTING_CREDENTIALS, span, message)
                    .related(place, "first here")
                    .help("use the same user name and password for all URLs of a host");
                self.diagnostics.push(conflict);
            }
        }
    }

    fn report(&mut self, rule: &'static Rule, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.diagnostics.report(rule, span, message, help);
    }

    /// Reports an unknown key. Returns the key that was probably meant: `meant`, or else the most similar one.
    fn unknown<'k>(&mut self, of: &str, key: &Node, known: &[&'k str], meant: Option<&'k str>) -> Option<&'k str> {
        let name = key.scalar().unwrap_or_default();
        let meant = meant.or_else(|| similar(name, known));
        let help = meant.map_or_else(
            || format!("the keys are {}", known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")),
            |key| format!("did you mean `{key}`?"),
        );
        self.report(&UNKNOWN_KEY, key.span, format!("unknown key `{}` in {of}", excerpt(name)), help);
        meant
    }

    /// `subject` describes the owner of the value: "`pip`", "an entry of `pip`".
    fn wrong_type(&mut self, subject: &str, expected: &str, node: &Node, help: impl Into<String>) {
        self.report(&WRONG_TYPE, node.span, format!("{subject} must be {expected}, not {}", node.noun()), help);
    }

    /// The entries of a mapping without duplicate keys, which are reported.
    fn distinct<'n>(&mut self, entries: &'n [(Node, Node)]) -> Vec<(&'n Node, &'n Node)> {
        let mut first: HashMap<&str, Span> = HashMap::new();
        let mut distinct = Vec::new();
        for (key, value) in entries {
            if let Some(name) = key.scalar() {
                if let Some(span) = first.get(name) {
                    let diagnostic =
                        Diagnostic::new(&DUPLICATE_KEY, key.span, format!("duplicate key `{}`", excerpt(name)))
                            .related(*span, "first here")
                            .help("remove one of them");
                    self.diagnostics.push(diagnostic);
                    continue;
                }
                first.insert(name, key.span);
            }
            distinct.push((key, value));
        }
        distinct
    }

    fn list<'n>(&mut self, what: &str, node: &'n Node, example: &str) -> &'n [Node] {
        match &node.kind {
            Kind::Null => &[],
            Kind::List(items) => items,
            _ => {
                self.wrong_type(&format!("`{what}`"), "a list", node, format!("write `{what}: {example}`"));
                &[]
            }
        }
    }

    fn map<'n>(&mut self, what: &str, node: &'n Node, example: &str) -> Vec<(&'n Node, &'n Node)> {
        match &node.kind {
            Kind::Null => Vec::new(),
            Kind::Map(entries) => self.distinct(entries),
            _ => {
                self.wrong_type(&format!("`{what}`"), "a mapping", node, format!("write `{what}: {example}`"));
                Vec::new()
            }
        }
    }

    /// The text of a scalar. `example` is used in the help.
    fn text<'n>(&mut self, subject: &str, node: &'n Node, example: &str) -> Option<&'n str> {
        let text = node.scalar();
        let help = || format!("write {example}");
        if matches!(node.kind, Kind::Null) {
            self.report(&EMPTY_VALUE, node.span, format!("{subject} has no value"), help());
        } else if text.is_none() {
            self.wrong_type(subject, "a string", node, help());
        }
        text
    }

    /// The value of a scalar, as `parse` reads it.
    fn parsed<T>(
        &mut self,
        subject: &str,
        node: &Node,
        example: &str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<Spanned<T>> {
        match parse(self.text(subject, node, example)?) {
            Ok(value) => return Some(Spanned::new(value, node.span)),
            Err(Invalid { rule, message, help }) => self.report(rule, node.span, message, help),
        }
        None
    }

    /// The valid entries of a list of scalars. `entry` is an example of one.
    fn entries<T>(
        &mut self,
        what: &str,
        node: &Node,
        example: &str,
        entry: &str,
        parse: impl Fn(&str) -> Result<T, Invalid>,
    ) -> Vec<Spanned<T>> {
        let subject = format!("an entry of `{what}`");
        let items = self.list(what, node, example);
        items.iter().filter_map(|item| self.parsed(&subject, item, entry, &parse)).collect()
    }

    fn boolean(&mut self, what: &str, node: &Node) -> Option<bool> {
        let (this, help) = match &node.kind {
            Kind::Boolean(text) => return Some(text.eq_ignore_ascii_case("true")),
            Kind::Text(text) if text == "true" || text == "false" => {
                (format!("the string `{text}`"), format!("remove the quotes: `{what}: {text}`"))
            }
            Kind::Text(text) => {
                (format!("the string `{}`", excerpt(text)), format!("write `{what}: true` or `{what}: false`"))
            }
            _ => (node.noun().to_owned(), format!("write `{what}: true` or `{what}: false`")),
        };
        self.report(&WRONG_TYPE, node.span, format!("`{what}` must be `true` or `false`, not {this}"), help);
        None
    }
}
