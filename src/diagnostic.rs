//! Problems and warnings as data. How they look is the matter of the leaves: [`text`], [`json`], [`github`],
//! [`sarif`] and the frontend's errors and warnings.

pub mod github;
pub mod json;
pub mod mask;
pub mod rule;
pub mod sarif;
pub mod text;

use crate::source::{Located, Span};
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

/// Everything found in one Mopyfile, in the order of its lines, but for what a comment of its silences.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
    /// Rules and the lines they are silent in, in the order of the lines.
    silent: Vec<Located<&'static Rule>>,
}

impl Diagnostics {
    /// From now on, what is found of `rule` in `line` is left out. Lines come in their order.
    pub fn silence(&mut self, rule: &'static Rule, line: Span) {
        self.silent.push(Located::new(rule, line));
    }

    /// Adds one, unless it is silenced.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if diagnostic.is_problem() || !self.is_silent(&diagnostic) {
            self.found.push(diagnostic);
        }
    }

    /// Adds several.
    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        for diagnostic in diagnostics {
            self.push(diagnostic);
        }
    }

    /// Adds a finding of `rule` at `span`, unless it is silenced.
    pub fn add(&mut self, rule: &'static Rule, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.push(Diagnostic::new(rule, span, message).help(help));
    }

    /// In each of the lines that it is about, a comment can stand.
    fn is_silent(&self, diagnostic: &Diagnostic) -> bool {
        let Span { start, end } = diagnostic.span;
        let before = self.silent.partition_point(|silent| silent.span.start <= end);
        let here = self.silent[..before].iter().rev().take_while(|silent| start <= silent.span.end);
        here.map(|silent| silent.value).any(|rule| rule == diagnostic.rule)
    }

    /// Orders them by place; those at one place keep the order in which they were found.
    pub fn sort(&mut self) {
        self.found.sort_by_key(|d| (d.span.start, d.rule.severity));
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.found.iter()
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
        self.found.is_empty()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { found: vec![diagnostic], silent: Vec::new() }
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.found.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
