//! Environment variables and the values that they share their rules with.

use std::collections::HashSet;

use serde_json::json;

use super::{Draft, beside};
use crate::diagnostic::rule;
use crate::mopyfile::document::Node;
use crate::mopyfile::keys::Key;
use crate::mopyfile::schema;
use crate::mopyfile::word::EnvironmentName;
use crate::mopyfile::{Segment, Variable};
use crate::redact::excerpt;
use crate::source::{Span, Spanned, beginning};

pub(in crate::mopyfile) static ENVS: Key = Key {
    name: "envs",
    about: "Environment variables of the build and the image; `${NAME}` is PATH or a variable further up.",
    schema: || {
        json!({
            "type": ["object", "null"],
            "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
            "additionalProperties": schema::scalar(schema::ONE_LINE),
            "examples": [{"LANG": "C.UTF-8", "PATH": "/opt/bin:${PATH}"}],
        })
    },
    read: Draft::envs,
};

impl Draft {
    fn envs(&mut self, _: &Node, node: &Node) {
        for (key, value) in self.map("envs", node, "{NAME: value}") {
            let written = key.scalar().unwrap_or_default();
            let Some(name) = EnvironmentName::parse(written) else {
                self.report(
                    &rule::ENVIRONMENT_NAME,
                    key.span,
                    format!("`{}` is no name of an environment variable", excerpt(written)),
                    "use letters, digits and `_`, and no digit at the beginning",
                );
                continue;
            };
            let Some(text) = self.value(written, value) else {
                continue;
            };
            let value = self.segments(&text);
            self.mopyfile.envs.push(Spanned::new(Variable { name, value }, beside(key.span, text.span)));
        }
    }

    /// The value of an environment variable or label.
    pub(super) fn value(&mut self, what: &str, node: &Node) -> Option<Spanned<String>> {
        let subject = format!("`{}`", excerpt(what));
        let text = self.text(&subject, node, "a value, or `\"\"` for an empty one")?;
        if text.contains(['\n', '\r', '\0']) {
            let (found, help) = if text.contains('\0') {
                ("a NUL character", "remove it")
            } else {
                ("a line break", "write it in one line; a block that begins with `>-` folds its lines into one")
            };
            self.report(
                &rule::MULTILINE_VALUE,
                node.span,
                format!("the value of {subject} has {found}, which a Dockerfile cannot express"),
                help,
            );
            return None;
        }
        Some(Spanned::new(text.to_owned(), node.span))
    }

    pub(super) fn segments(&mut self, text: &Spanned<String>) -> Vec<Segment> {
        let mut segments = Vec::new();
        let mut literal = String::new();
        let mut unknown = HashSet::new();
        let mut rest = text.value.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            if let Some(before) = before.strip_suffix('$') {
                literal.push_str(before);
                literal.push_str("${");
                rest = after;
                continue;
            }
            literal.push_str(before);
            rest = after;
            let name = name_at(after);
            let known = name.and_then(EnvironmentName::parse).filter(|name| {
                name.as_str() == "PATH" || self.mopyfile.envs.iter().any(|variable| variable.value.name == *name)
            });
            if let Some(name) = known {
                rest = &after[name.as_str().len() + 1..];
                if !literal.is_empty() {
                    segments.push(Segment::Literal(std::mem::take(&mut literal)));
                }
                segments.push(Segment::Reference(name));
            } else {
                literal.push_str("${");
                if unknown.insert(name) {
                    self.unknown_variable(text.span, name, after);
                }
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() || segments.is_empty() {
            segments.push(Segment::Literal(literal));
        }
        segments
    }

    /// `name` is what stands in the braces, and `after` what follows the first of them.
    fn unknown_variable(&mut self, span: Span, name: Option<&str>, after: &str) {
        const LITERAL: &str = "; `$${` writes a literal `${`";
        const KNOWN: &str = "`PATH` or a variable further up";
        match name {
            Some(name) if EnvironmentName::parse(name).is_some() => {
                self.unknown_reference(span, name, KNOWN, LITERAL);
            }
            Some(text) => {
                self.unknown_reference(span, text, &format!("{KNOWN} by its name alone"), LITERAL);
            }
            None => self.report(
                &rule::UNKNOWN_REFERENCE,
                span,
                format!("`${{{}` has no end and stays as it is", excerpt(after)),
                format!("write a `}}` behind the name{LITERAL}"),
            ),
        }
    }

    pub(super) fn unknown_reference(&mut self, span: Span, name: &str, known: &str, besides: &str) {
        self.report(
            &rule::UNKNOWN_REFERENCE,
            span,
            format!("`${{{}}}` names nothing that is known and stays as it is", excerpt(name)),
            format!("refer to {known}{besides}"),
        );
    }
}

/// What stands in front of the first `}`, which is not looked for far away: no name is that long.
fn name_at(text: &str) -> Option<&str> {
    const LONGEST: usize = 256;
    beginning(text, LONGEST).split_once('}').map(|(name, _)| name)
}
