//! YAML as a tree in which every scalar, key and collection has a location. Scalars keep their original text, so that
//! `3.10` is never read as 3.1.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{
    Error, Location, Options, Spanned,
    budget::BudgetBreach,
    options::{DuplicateKeyPolicy, NonFiniteFloatPolicy},
};

use super::file::{self, MAX_BYTES};
use super::syntax;
use crate::diagnostic::{Diagnostic, Rule, Severity, rule};
use crate::source::{Position, Source, Span};

/// The file is empty.
pub static EMPTY_FILE: Rule = Rule {
    name: "empty-file",
    severity: Severity::Error,
    summary: "the file is empty",
    explanation: "A Mopyfile needs at least the Python version: `python: 3.13`.",
};

/// Invalid YAML.
pub static YAML_SYNTAX: Rule = Rule {
    name: "yaml-syntax",
    severity: Severity::Error,
    summary: "invalid YAML",
    explanation: "The YAML parser cannot read the file beyond this position, so nothing after it was checked. Common causes \
         are a tab in the indentation, a missing space after a colon, a missing quote or bracket, and an unquoted \
         value that begins with `@`, `*`, `&`, `!` or `%`.",
};

/// The YAML is too complex.
pub static YAML_TOO_COMPLEX: Rule = Rule {
    name: "yaml-too-complex",
    severity: Severity::Error,
    summary: "the YAML is too complex",
    explanation: "With aliases, a few lines of YAML can expand to gigabytes. To prevent that, mopy limits the number \
         of values to 10,000 after expanding aliases, and the nesting to 8 levels. Use fewer aliases, or move long \
         lists of requirements to a requirements file.",
};

/// The file contains more than one YAML document.
pub static MULTIPLE_DOCUMENTS: Rule = Rule {
    name: "multiple-documents",
    severity: Severity::Error,
    summary: "the file contains more than one YAML document",
    explanation: "A line with `---` starts another YAML document, but a Mopyfile is a single document. Write one file \
         for each image, and select it with `docker build -f`.",
};

const MAX_DEPTH: usize = 8;

/// A value and its location.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its kind.
    pub kind: Kind,
    /// Its location; for a collection, from the first key or item to the last.
    pub span: Span,
}

/// The kind of a [`Node`].
#[derive(Clone, Debug)]
pub enum Kind {
    /// An empty value, `~` or `null`.
    Null,
    /// `true` or `false`, unquoted, as written.
    Boolean(String),
    /// An unquoted number, as written.
    Number(String),
    /// Any other scalar.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the file, including duplicate keys.
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// Its kind, for messages.
    #[must_use]
    pub fn noun(&self) -> &'static str {
        match self.kind {
            Kind::Null => "null",
            Kind::Boolean(_) => "a boolean",
            Kind::Number(_) => "a number",
            Kind::Text(_) => "a string",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
        }
    }

    /// The text of a scalar as written.
    #[must_use]
    pub fn scalar(&self) -> Option<&str> {
        match &self.kind {
            Kind::Boolean(text) | Kind::Number(text) | Kind::Text(text) => Some(text),
            Kind::Null | Kind::List(_) | Kind::Map(_) => None,
        }
    }
}

/// Reads the text of `source`.
///
/// # Errors
///
/// A diagnostic if the text is empty, too large, not YAML, more than one document, or too complex.
pub fn parse(source: &Source) -> Result<Node, Diagnostic> {
    if source.text().len() > MAX_BYTES {
        return Err(file::too_large());
    }
    let raw: Option<Spanned<RawKind>> = serde_yaml::from_str_with_options(source.text(), options())
        .map_err(|error| explain(source, error.without_snippet()))?;
    match raw.map(|raw| node(source, raw)) {
        None | Some(Node { kind: Kind::Null, .. }) => {
            Err(Diagnostic::new(&EMPTY_FILE, Span::new(0, 0), "the file is empty")
                .help("write at least the Python version: `python: 3.13`"))
        }
        Some(node) => Ok(node),
    }
}

fn options() -> Options {
    serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_events: 20_000,
            max_nodes: 10_000,
            max_depth: MAX_DEPTH,
            max_total_scalar_bytes: MAX_BYTES,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        strict_booleans: true,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        // comments are not part of the document
        emit_comments: false,
        with_snippet: false,
    }
}

/// A node as deserialized by serde. The original text of plain scalars is still in the source.
enum RawKind {
    Null,
    Boolean,
    Number,
    Text(String),
    List(Vec<Spanned<RawKind>>),
    Map(Vec<(Spanned<RawKind>, Spanned<RawKind>)>),
}

impl<'de> Deserialize<'de> for RawKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = RawKind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<RawKind, E> {
        Ok(RawKind::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<RawKind, E> {
        Ok(RawKind::Boolean)
    }

    fn visit_i64<E>(self, _: i64) -> Result<RawKind, E> {
        Ok(RawKind::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<RawKind, E> {
        Ok(RawKind::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<RawKind, E> {
        Ok(RawKind::Number)
    }

    fn visit_str<E>(self, text: &str) -> Result<RawKind, E> {
        Ok(RawKind::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<RawKind, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(RawKind::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawKind, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(RawKind::Map(entries))
    }
}

fn node(source: &Source, spanned: Spanned<RawKind>) -> Node {
    let span = span(source, spanned.defined);
    let written = || source.slice(span).to_owned();
    let kind = match spanned.value {
        RawKind::Null => Kind::Null,
        RawKind::Boolean => Kind::Boolean(written()),
        RawKind::Number => Kind::Number(written()),
        RawKind::Text(text) => Kind::Text(text),
        RawKind::List(items) => Kind::List(items.into_iter().map(|item| node(source, item)).collect()),
        RawKind::Map(entries) => {
            let mut entries: Vec<_> =
                entries.into_iter().map(|(key, value)| (node(source, key), node(source, value))).collect();
            // the crate appends the entries of `<<`; their anchor is always defined earlier
            entries.sort_by_key(|(key, _)| key.span.start);
            Kind::Map(entries)
        }
    };
    // the crate does not provide the end of collections
    let span = match &kind {
        Kind::List(items) => extent(source, span, ['[', ']'], items.iter()),
        Kind::Map(entries) => extent(source, span, ['{', '}'], entries.iter().flat_map(|(key, value)| [key, value])),
        _ => span,
    };
    Node { kind, span }
}

/// The span from the first to the last of `parts`, including brackets around them.
fn extent<'a>(source: &Source, at: Span, [open, close]: [char; 2], parts: impl Iterator<Item = &'a Node>) -> Span {
    // parts of an alias are elsewhere
    let inside =
        parts.map(|part| part.span).filter(|span| span.start >= at.start && span.end > span.start).reduce(Span::join);
    let from = |start: usize| source.text().get(start..).unwrap_or_default();
    if from(at.start).starts_with(open) {
        let end = inside.map_or(at.start + open.len_utf8(), |inside| inside.end);
        let rest = from(end).trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        if rest.starts_with(close) {
            return Span::new(at.start, source.text().len() - rest.len() + close.len_utf8());
        }
    }
    inside.unwrap_or(at)
}

fn span(source: &Source, location: Location) -> Span {
    let span = location.span();
    match (span.byte_offset(), span.byte_len()) {
        (Some(start), Some(length)) => {
            let length = usize::try_from(length).unwrap_or_default();
            let start = usize::try_from(start).unwrap_or_default().min(source.text().len());
            let end = start.saturating_add(length).min(source.text().len());
            // the span of a block scalar includes the line break after it
            let text = source.slice(Span::new(start, end));
            Span::new(start, start + text.trim_end().len())
        }
        _ => {
            let at = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
            let offset = source.offset(Position { line: at(location.line()), column: at(location.column()) });
            Span::new(offset, offset)
        }
    }
}

fn explain(source: &Source, error: &Error) -> Diagnostic {
    let at = error.location().map_or_else(|| Span::new(0, 0), |location| span(source, location));
    match error {
        Error::AliasError { error, .. } => explain(source, error),
        Error::Eof { .. } => Diagnostic::new(&EMPTY_FILE, Span::new(0, 0), "the file is empty")
            .help("write at least the Python version: `python: 3.13`"),
        Error::MultipleDocuments { .. } => {
            Diagnostic::new(&MULTIPLE_DOCUMENTS, at, "a second YAML document begins here")
                .help("write a separate file for each image")
        }
        Error::Budget { breach: BudgetBreach::Depth { .. }, .. } => too_deep(at),
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => {
            Diagnostic::new(&YAML_TOO_COMPLEX, at, "the YAML has too many values after expanding aliases")
                .help("use fewer aliases, or move long lists to a requirements file")
        }
        Error::UnknownAnchor { .. } => Diagnostic::new(&YAML_SYNTAX, at, "the alias refers to an undefined anchor")
            .help("define the anchor above with `&name`, or quote the value if the `*` is part of it"),
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            Diagnostic::new(&YAML_SYNTAX, at, "the alias refers to a value that contains it")
                .help("write the value instead of the alias")
        }
        Error::MergeValueNotMapOrSeqOfMaps { .. } => Diagnostic::new(&YAML_SYNTAX, at, "`<<` requires a mapping")
            .help("use an alias of a mapping: `<<: *defaults`"),
        _ => syntax(source, error, at),
    }
}

fn too_deep(at: Span) -> Diagnostic {
    Diagnostic::new(&YAML_TOO_COMPLEX, at, format!("the YAML is nested more than {MAX_DEPTH} levels deep"))
        .help("reduce the nesting: no key of a Mopyfile needs more than four levels")
}

/// A diagnostic for a syntax error, with its most common cause.
fn syntax(source: &Source, error: &Error, at: Span) -> Diagnostic {
    let position = source.position(at.start);
    let line = source.text().lines().nth(position.line - 1).unwrap_or_default();
    let indentation: String = line.chars().take_while(|c| c.is_whitespace()).collect();
    if let Some(tab) = indentation.find('\t') {
        let start = source.offset(Position { line: position.line, column: 1 }) + tab;
        return Diagnostic::new(&YAML_SYNTAX, Span::new(start, start + 1), "a tab is used for indentation")
            .help("use spaces for indentation");
    }
    let message = error.to_string();
    let reason = syntax::plain(message.lines().next().unwrap_or_default());
    if reason == syntax::TOO_DEEP {
        return too_deep(at);
    }
    let rest = &source.text()[at.start..];
    let character = rest.chars().next();
    // the scanner stops before the word that contains it
    let mut rest_of_line = rest.char_indices().take_while(|(_, c)| *c != '\n');
    if let Some((after, control)) = rest_of_line.find(|(_, c)| c.is_control() && !c.is_whitespace()) {
        let start = at.start + after;
        return Diagnostic::new(
            &rule::CONTROL_CHARACTER,
            Span::new(start, start + control.len_utf8()),
            format!("the value contains the control character `{}`", control.escape_debug()),
        )
        .help("remove it, or write an escape such as `\\x07` in double quotes");
    }
    let (message, help) = syntax::explained(reason, character);
    Diagnostic::new(&YAML_SYNTAX, at, message).help(help)
}

#[cfg(test)]
mod tests {
    use super::{Kind, Node, parse};
    use crate::source::Source;

    #[test]
    fn plain_scalars_keep_their_text() {
        for (text, kind) in [
            ("a: 3.10", r#"Number("3.10")"#),
            ("a: '3.10'", r#"Text("3.10")"#),
            ("a: 0x1F", r#"Number("0x1F")"#),
            ("a: true", r#"Boolean("true")"#),
            ("a: yes", r#"Text("yes")"#),
            ("a:", "Null"),
            ("a: 3.13.5", r#"Text("3.13.5")"#),
            ("a: 1e3", r#"Number("1e3")"#),
            ("x-v: &v 3.10\na: *v", r#"Number("3.10")"#),
        ] {
            let Kind::Map(entries) = parse(&Source::new("f", text)).unwrap().kind else { panic!("{text}") };
            assert_eq!(format!("{:?}", entries.last().unwrap().1.kind), kind, "{text}");
        }
    }

    #[test]
    fn spans() {
        let text = "a:\n  - ü x\n  - \"q\\n\"\nb: {c: d}\ne: |\n  x\n  y\n\nf: 1 # c\n";
        let source = Source::new("f", text);
        let node = parse(&source).unwrap();
        let Kind::Map(entries) = &node.kind else { panic!() };
        let slice = |node: &Node| source.slice(node.span);
        assert_eq!(slice(&entries[0].0), "a");
        assert_eq!(slice(&entries[0].1), "ü x\n  - \"q\\n\"");
        assert_eq!(slice(&entries[1].1), "{c: d}");
        assert_eq!(slice(&entries[3].1), "1");
    }
}
