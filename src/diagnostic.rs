//! Errors, warnings and notes as data. The submodules and the frontend render them: [`text`], [`json`], [`github`],
//! [`sarif`].

pub mod github;
pub mod json;
pub mod rule;
pub mod sarif;
pub mod text;

use crate::redact;
use crate::source::{Span, Spanned};
pub use rule::{Rule, Severity};

/// An error, warning or note about a Mopyfile.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// The rule that it belongs to, which has the severity and an explanation.
    pub rule: &'static Rule,
    /// The location that it points to.
    pub span: Span,
    /// What is wrong: lower case, no full stop, names in backticks.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// A related location, and a label for it.
    pub related: Option<(Span, String)>,
    /// Whether a comment in the Mopyfile suppresses it.
    pub suppressed: bool,
}

impl Diagnostic {
    /// A diagnostic of `rule` at `span`. Credentials in any of its strings are redacted.
    pub fn new(rule: &'static Rule, span: Span, message: impl Into<String>) -> Self {
        Self { rule, span, message: redact::text(&message.into()), help: None, related: None, suppressed: false }
    }

    /// Sets the help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(redact::text(&help.into()));
        self
    }

    /// Sets the related location.
    #[must_use]
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related = Some((span, redact::text(&label.into())));
        self
    }

    /// Whether it is an error, so that the Mopyfile cannot be used.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.rule.severity == Severity::Error
    }
}

/// All diagnostics of a Mopyfile, in the order of its lines. Suppressed ones are kept, but not returned by the
/// iterators.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
    /// Rules and the lines in which they are suppressed, in the order of the lines.
    suppressions: Vec<Spanned<&'static Rule>>,
}

impl Diagnostics {
    /// Suppresses later diagnostics of `rule` in `line`. Must be called in the order of the lines.
    pub fn suppress(&mut self, rule: &'static Rule, line: Span) {
        self.suppressions.push(Spanned::new(rule, line));
    }

    /// Adds a diagnostic. Errors are never suppressed.
    pub fn push(&mut self, mut diagnostic: Diagnostic) {
        diagnostic.suppressed |= !diagnostic.is_error() && self.is_suppressed(&diagnostic);
        self.found.push(diagnostic);
    }

    /// Adds diagnostics.
    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        for diagnostic in diagnostics {
            self.push(diagnostic);
        }
    }

    /// Adds a diagnostic of `rule` at `span`.
    pub fn report(&mut self, rule: &'static Rule, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.push(Diagnostic::new(rule, span, message).help(help));
    }

    /// Whether a comment suppresses it, in any of its lines.
    fn is_suppressed(&self, diagnostic: &Diagnostic) -> bool {
        let Span { start, end } = diagnostic.span;
        let before = self.suppressions.partition_point(|suppression| suppression.span.start <= end);
        let here = self.suppressions[..before].iter().rev().take_while(|suppression| start <= suppression.span.end);
        here.map(|suppression| suppression.value).any(|rule| rule == diagnostic.rule)
    }

    /// Sorts by location. The order of diagnostics at the same location is kept.
    pub fn sort(&mut self) {
        self.found.sort_by_key(|d| (d.span.start, d.rule.severity));
    }

    /// The diagnostics that are not suppressed.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.found.iter().filter(|d| !d.suppressed)
    }

    /// The first diagnostic of `rule`, even if it is suppressed.
    #[must_use]
    pub fn of(&self, rule: &'static Rule) -> Option<&Diagnostic> {
        self.found.iter().find(|d| d.rule == rule)
    }

    /// The errors.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.iter().filter(|d| d.is_error())
    }

    /// The warnings and notes.
    pub fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.iter().filter(|d| !d.is_error())
    }

    /// Whether there is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.errors().next().is_some()
    }

    /// Whether there are no diagnostics, except for suppressed ones.
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
