//! Problems and warnings as data. How they look is the matter of the leaves: [`text`], [`json`], [`github`],
//! [`sarif`] and the frontend's errors and warnings.

pub mod github;
pub mod json;
pub mod rule;
pub mod sarif;
pub mod text;

use crate::redact;
use crate::source::{Span, Spanned};
pub use rule::{Rule, Severity};

/// A finding: something about a Mopyfile that its author should know.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// What kind it is; the rule says how severe it is and why it exists.
    pub rule: &'static Rule,
    /// The place it is about.
    pub span: Span,
    /// What is wrong: lower case, no full stop, names in backticks.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// Another place that belongs to it, and what is there.
    pub related: Option<(Span, String)>,
    /// Whether a comment of the Mopyfile suppresses it, so that it is not shown.
    pub suppressed: bool,
}

impl Diagnostic {
    /// A finding of `rule` at `span`. Credentials that come with a piece of the Mopyfile are hidden in
    /// all of its texts.
    pub fn new(rule: &'static Rule, span: Span, message: impl Into<String>) -> Self {
        Self { rule, span, message: redact::text(&message.into()), help: None, related: None, suppressed: false }
    }

    /// Says what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(redact::text(&help.into()));
        self
    }

    /// Points at a second place.
    #[must_use]
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related = Some((span, redact::text(&label.into())));
        self
    }

    /// Whether the Mopyfile cannot be used because of it.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.rule.severity == Severity::Error
    }
}

/// Everything found in one Mopyfile, in the order of its lines. What a comment suppresses is there, too, but is not
/// among what is shown.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
    /// Rules and the lines in which they are suppressed, in the order of the lines.
    suppressions: Vec<Spanned<&'static Rule>>,
}

impl Diagnostics {
    /// From now on, what is found of `rule` in `line` is suppressed. Lines come in their order.
    pub fn suppress(&mut self, rule: &'static Rule, line: Span) {
        self.suppressions.push(Spanned::new(rule, line));
    }

    /// Adds one. Problems are never suppressed.
    pub fn push(&mut self, mut diagnostic: Diagnostic) {
        diagnostic.suppressed |= !diagnostic.is_error() && self.is_suppressed(&diagnostic);
        self.found.push(diagnostic);
    }

    /// Adds several.
    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        for diagnostic in diagnostics {
            self.push(diagnostic);
        }
    }

    /// Adds a finding of `rule` at `span`.
    pub fn report(&mut self, rule: &'static Rule, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.push(Diagnostic::new(rule, span, message).help(help));
    }

    /// Whether a comment suppresses it, in any of the lines that it is about.
    fn is_suppressed(&self, diagnostic: &Diagnostic) -> bool {
        let Span { start, end } = diagnostic.span;
        let before = self.suppressions.partition_point(|suppression| suppression.span.start <= end);
        let here = self.suppressions[..before].iter().rev().take_while(|suppression| start <= suppression.span.end);
        here.map(|suppression| suppression.value).any(|rule| rule == diagnostic.rule)
    }

    /// Orders them by place; those at one place keep the order in which they were found.
    pub fn sort(&mut self) {
        self.found.sort_by_key(|d| (d.span.start, d.rule.severity));
    }

    /// Those that are shown.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.found.iter().filter(|d| !d.suppressed)
    }

    /// The first one of `rule`, also where a comment suppresses it.
    #[must_use]
    pub fn of(&self, rule: &'static Rule) -> Option<&Diagnostic> {
        self.found.iter().find(|d| d.rule == rule)
    }

    /// Those that make the Mopyfile unusable.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.iter().filter(|d| d.is_error())
    }

    /// Those that do not.
    pub fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.iter().filter(|d| !d.is_error())
    }

    /// Whether at least one makes the Mopyfile unusable.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.errors().next().is_some()
    }

    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { found: vec![diagnostic], suppressions: Vec::new() }
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.found.into_iter()
    }
}
