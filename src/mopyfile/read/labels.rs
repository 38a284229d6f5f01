//! Reads labels and replaces their references.

use std::collections::HashMap;

use serde_json::json;

use super::{Draft, entry_span};
use crate::diagnostic::{Rule, Severity, rule};
use crate::mopyfile::Label;
use crate::mopyfile::document::Node;
use crate::mopyfile::keys::Key;
use crate::mopyfile::label::{self, Resolved};
use crate::mopyfile::schema;
use crate::mopyfile::word::LabelKey;
use crate::redact::excerpt;
use crate::source::{Span, Spanned};

/// Invalid label key.
pub static LABEL_KEY: Rule = Rule {
    name: "label-key",
    severity: Severity::Error,
    summary: "invalid label key",
    explanation: "A label key consists of letters and digits, separated by `.`, `-`, `_` or `/`, as in \
         `org.opencontainers.image.source`.",
};

/// Labels refer to each other in a cycle.
pub static LABEL_CYCLE: Rule = Rule {
    name: "label-cycle",
    severity: Severity::Error,
    summary: "labels refer to each other in a cycle",
    explanation: "`${key}` in a label is replaced by the value of another label. A cycle of references cannot be \
         resolved. Replace one of the references with a value.",
};

/// A label overrides one that mopy sets.
pub static LABEL_OVERRIDE: Rule = Rule {
    name: "label-override",
    severity: Severity::Warning,
    summary: "a label overrides one that mopy sets",
    explanation: "mopy sets the label `mopy.sbom` to the entries of `pip`. A different value misleads everyone who reads it. \
         Choose another key, or turn mopy's label off with `sbom: false`.",
};

pub(in crate::mopyfile) static SBOM_KEY: Key = Key {
    name: "sbom",
    about: "Whether the label `mopy.sbom` lists the entries of `pip`.",
    schema: || json!({"type": "boolean", "default": true, "examples": [false]}),
    read: |draft, _, node| draft.no_sbom = draft.boolean("sbom", node) == Some(false),
};

pub(in crate::mopyfile) static LABELS_KEY: Key = Key {
    name: "labels",
    about: "Labels of the image. `${key}` is replaced by the value of another label.",
    schema: || {
        json!({
            "type": ["object", "null"],
            "propertyNames": {"pattern": "^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$"},
            "additionalProperties": schema::scalar(schema::ONE_LINE),
            "examples": [{"org.opencontainers.image.title": "shop", "com.example.installed": "${mopy.sbom}"}],
        })
    },
    read: Draft::labels,
};

impl Draft {
    fn labels(&mut self, _: &Node, node: &Node) {
        for (key, value) in self.map("labels", node, "{com.example.team: shop}") {
            let written = key.scalar().unwrap_or_default();
            let Some(name) = LabelKey::parse(written) else {
                self.report(
                    &LABEL_KEY,
                    key.span,
                    format!("`{}` is not a valid label key", excerpt(written)),
                    "use letters and digits, with `.`, `-`, `_` and `/` between them",
                );
                continue;
            };
            if let Some(value) = self.value(written, value) {
                self.labels.push((Spanned::new(name, key.span), value));
            }
        }
    }

    /// mopy's own label first, then those of the file, with references replaced.
    pub(super) fn finish_labels(&mut self) -> Vec<Spanned<Label>> {
        let entries: Vec<&str> = self.mopyfile.pip.iter().map(|entry| entry.value.public.as_str()).collect();
        let sbom = serde_json::to_string(&entries).unwrap_or_default();
        let labels = std::mem::take(&mut self.labels);
        let written: Vec<_> = labels.iter().map(|(key, value)| (key.value.as_str(), value.value.as_str())).collect();
        let mut own = LabelKey::parse(label::SBOM).filter(|_| !self.no_sbom);
        // a label of the file takes precedence over mopy's own
        if let Some((key, _)) = labels.iter().find(|(key, _)| own.as_ref() == Some(&key.value)) {
            own = None;
            self.report(
                &LABEL_OVERRIDE,
                key.span,
                format!("this overrides the label `{}`, in which mopy lists the entries of `pip`", label::SBOM),
                "choose another key, or set `sbom: false`",
            );
        }
        let finished: &[_] = if own.is_some() { &[(label::SBOM, sbom.as_str())] } else { &[] };
        let Resolved { mut values, unknown, cycles, too_large } = label::resolve(&written, finished);
        let spans: HashMap<&str, Span> = labels.iter().map(|(key, value)| (key.value.as_str(), value.span)).collect();
        let span = |key: &str| spans.get(key).copied().unwrap_or_default();
        for (key, name) in unknown {
            self.unknown_reference(span(key), name, "another label", "");
        }
        for cycle in cycles {
            self.report(
                &LABEL_CYCLE,
                cycle.first().map(|key| span(key)).unwrap_or_default(),
                format!("labels refer to each other in a cycle: {}", cycle.join(" → ")),
                "replace one of the references with a value",
            );
        }
        if let Some(key) = too_large {
            self.report(
                &rule::YAML_TOO_COMPLEX,
                span(key),
                "the labels are too long after expanding references",
                "use fewer references",
            );
        }
        let own = own.map(|key| {
            let span = self.mopyfile.pip.iter().map(|entry| entry.span).reduce(Span::join);
            let span = span.unwrap_or(self.mopyfile.python.span);
            Spanned::new(Label { key, value: sbom.clone() }, span)
        });
        let of_file = labels.iter().map(|(key, written)| {
            let value = values.remove(key.value.as_str()).unwrap_or_default();
            Spanned::new(Label { key: key.value.clone(), value }, entry_span(key.span, written.span))
        });
        own.into_iter().chain(of_file).collect()
    }
}
