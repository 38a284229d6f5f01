//! Problems and warnings as data. How they look is the matter of the leaves: [`text`], [`json`] and
//! the frontend's errors and warnings.

pub mod json;
pub mod mask;
pub mod rule;
pub mod text;

use crate::source::Span;
pub use rule::{Rule, Severity};

/// Something about a Mopyfile that its author should know.
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
}

impl Diagnostic {
    /// A finding of `rule` at `span`. Credentials that come with a piece of the Mopyfile are masked in
    /// all of its texts.
    pub fn new(rule: &'static Rule, span: Span, message: impl Into<String>) -> Self {
        Self { rule, span, message: mask::masked_urls(&message.into()), help: None, related: None }
    }

    /// Says what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(mask::masked_urls(&help.into()));
        self
    }

    /// Points at a second place.
    #[must_use]
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related = Some((span, mask::masked_urls(&label.into())));
        self
    }

    /// Whether the Mopyfile cannot be used because of it.
    #[must_use]
    pub fn is_problem(&self) -> bool {
        self.rule.severity == Severity::Problem
    }
}

/// Everything found in one Mopyfile, in the order of its lines.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds several.
    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        self.0.extend(diagnostics);
    }

    /// Orders them by place; those at one place keep the order in which they were found.
    pub fn sort(&mut self) {
        self.0.sort_by_key(|d| (d.span.start, d.rule.severity));
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// Those that make the Mopyfile unusable.
    pub fn problems(&self) -> impl Iterator<Item = &Diagnostic> {
        self.iter().filter(|d| d.is_problem())
    }

    /// Those that do not.
    pub fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.iter().filter(|d| !d.is_problem())
    }

    /// Whether at least one makes the Mopyfile unusable.
    #[must_use]
    pub fn has_problems(&self) -> bool {
        self.problems().next().is_some()
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
