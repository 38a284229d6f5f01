//! Values in a Dockerfile. Each type is quoted for one context, and the template accepts no other types, so that
//! quoting cannot be forgotten.

use std::fmt::{self, Display, Formatter};

use crate::mopyfile::word::EnvironmentName;
use crate::source::{Span, Spanned};

/// Delimits the offsets of a [`Mark`]; values cannot contain it.
pub(super) const MARK: char = '\0';

/// A value that comes from a location in the Mopyfile. Its `Display` includes that location, which
/// [`render`](super::render) removes again for the line map.
#[derive(Clone, Debug)]
pub(super) struct Mark<T> {
    value: T,
    span: Option<Span>,
}

impl<T> Mark<T> {
    pub(super) fn new(value: T, span: impl Into<Option<Span>>) -> Self {
        Self { value, span: span.into() }
    }

    pub(super) fn of<U>(located: &Spanned<U>, word: impl FnOnce(&U) -> T) -> Self {
        Self::new(word(&located.value), located.span)
    }
}

impl<T: Display> Display for Mark<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(Span { start, end }) = self.span {
            write!(f, "{MARK}{start},{end}{MARK}")?;
        }
        self.value.fmt(f)
    }
}

/// A word of an `ENV` or `LABEL` instruction: quotes, `$` and backslashes in it are literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word(String);

impl Word {
    /// Quotes `text`, which has no line breaks.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        Self(single_quoted(text, plain))
    }

    /// A reference to the variable `name`.
    #[must_use]
    pub fn reference(name: &EnvironmentName) -> Self {
        Self(format!("\"${{{name}}}\""))
    }

    /// Concatenates parts into one word.
    #[must_use]
    pub fn concat(words: impl IntoIterator<Item = Self>) -> Self {
        Self(words.into_iter().map(|word| word.0).collect())
    }
}

/// A word of a shell command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellWord(String);

impl ShellWord {
    /// Quotes `text`, which has no line breaks.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(single_quoted(text, |text| {
            text.chars().all(|c| plain_in_words(c) || c == '=') && !text.is_empty() && !text.starts_with('-')
        }))
    }

    /// An option chosen by mopy.
    #[must_use]
    pub fn option(name: &'static str) -> Self {
        Self(name.to_owned())
    }
}

/// The exec form of `CMD` and `ENTRYPOINT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecForm(String);

impl ExecForm {
    /// Quotes the arguments.
    #[must_use]
    pub fn new(arguments: &[String]) -> Self {
        Self(json_array(arguments))
    }
}

/// One argument of an exec form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonString(String);

impl JsonString {
    /// Quotes the argument.
    #[must_use]
    pub fn new(argument: &str) -> Self {
        Self(json_string(argument))
    }
}

/// A Python string inside an argument of an exec form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PythonString(String);

impl PythonString {
    /// Quotes `text`, which is printable ASCII.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let literal = format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
        let json = json_string(&literal);
        Self(json.trim_matches('"').to_owned())
    }
}

/// The sources and the destination of `COPY`. Patterns and variables in them are literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyPaths(String);

impl CopyPaths {
    /// Copies `sources`, paths of the context, to `target`; directories end with `/`. Those of `optional` become
    /// patterns, because a pattern without matches is not an error (docs.docker.com/reference/dockerfile, "COPY").
    #[must_use]
    pub fn new(sources: &[&str], optional: &[&str], target: &str) -> Self {
        if sources.iter().chain(optional).chain([&target]).all(|path| path.chars().all(is_plain)) {
            let short = |path: &str| {
                path.strip_prefix("./")
                    .filter(|rest| !rest.is_empty() && !rest.starts_with('-'))
                    .unwrap_or(path)
                    .to_owned()
            };
            let sources = sources.iter().map(|path| short(path));
            let optional = optional.iter().map(|path| pattern(&short(path)));
            return Self(sources.chain(optional).chain([short(target)]).collect::<Vec<_>>().join(" "));
        }
        let sources = sources.iter().map(|source| escaped(&unglobbed(source)));
        let optional = optional.iter().map(|path| escaped(&pattern(path)));
        Self(json_array(&sources.chain(optional).chain([escaped(target)]).collect::<Vec<_>>()))
    }
}

/// An image, path or name, with only letters, digits and `-._/:@`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// `text` without any other characters.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.chars().filter(|c| is_plain(*c)).collect())
    }

    /// A pattern chosen by mopy.
    pub(super) fn new_pattern(pattern: &str) -> Self {
        Self(pattern.chars().filter(|c| is_plain(*c) || matches!(c, '[' | ']' | '*')).collect())
    }
}

/// A comment, or the title of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment(String);

impl Comment {
    /// `text`, which has no line breaks.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.chars().filter(|c| !c.is_control()).collect())
    }

    /// A number of things, such as `2 requirements`.
    #[must_use]
    pub fn count(count: usize, noun: &str) -> Self {
        Self(format!("{count} {noun}{}", if count == 1 { "" } else { "s" }))
    }
}

/// The pattern that matches only `path`.
fn pattern(path: &str) -> String {
    let end = path.char_indices().next_back().map_or(0, |(end, _)| end);
    let (start, last) = path.split_at(end);
    format!("{}[{last}]", unglobbed(start))
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._/:@".contains(c)
}

fn plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(plain_in_words)
}

fn plain_in_words(c: char) -> bool {
    is_plain(c) || matches!(c, '+' | ',' | '%')
}

/// In single quotes, both shells and Dockerfiles read all characters except the closing quote literally.
fn single_quoted(text: &str, bare: impl Fn(&str) -> bool) -> String {
    if bare(text) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Escapes the pattern characters of `COPY` in brackets, which both Go's `filepath.Match` and `.dockerignore` (where
/// `!` also negates) read literally.
pub(crate) fn unglobbed(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for c in path.chars() {
        if matches!(c, '*' | '?' | '[' | '\\' | '!') {
            text.extend(['[', '\\', c, ']']);
        } else {
            text.push(c);
        }
    }
    text
}

/// Escapes the special characters of words in instructions.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '$' | '\'' | '"') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

fn json_array(items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|item| json_string(item)).collect();
    format!("[{}]", items.join(", "))
}

fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

macro_rules! display {
    ($($type:ty),*) => {$(
        impl Display for $type {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

display!(Word, ShellWord, ExecForm, JsonString, PythonString, CopyPaths, Comment, Name);

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    use super::{CopyPaths, PythonString, ShellWord, Word, escaped, unglobbed};

    proptest! {
        #[test]
        fn a_shell_reads_its_words(text in "[^\0\n\r]{0,40}|[a-z]{0,3}") {
            let word = ShellWord::new(&text).to_string();
            let output = std::process::Command::new("sh").arg("-c").arg(format!("printf %s {word}")).output().unwrap();
            prop_assert!(output.status.success());
            prop_assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
        }
    }

    #[test]
    fn plain_paths_need_no_quotes() {
        let text = |sources: &[&str], target: &str| CopyPaths::new(sources, &[], target).to_string();
        assert_eq!(text(&["./app/"], "/home/nonroot/app/"), "app/ /home/nonroot/app/");
        assert_eq!(text(&["./uv.lock", "./pyproject.toml"], "./"), "uv.lock pyproject.toml ./");
        assert_eq!(text(&["./"], "./"), "./ ./");
        assert_eq!(text(&["./--link"], "./--link"), "./--link ./--link", "no option");
        assert_eq!(text(&["./a b", "./c"], "./"), r#"["./a b", "./c", "./"]"#);
        assert_eq!(CopyPaths::new(&["./uv.lock"], &["./uv.toml"], "./").to_string(), "uv.lock uv.tom[l] ./");
        let text = CopyPaths::new(&["./a[b/uv.lock"], &["./a[b/uv.toml"], "./").to_string();
        assert_eq!(text, r#"["./a[\\\\[]b/uv.lock", "./a[\\\\[]b/uv.tom[l]", "./"]"#);
    }

    #[test]
    fn python_reads_its_strings() {
        for (text, string) in
            [("/health", "'/health'"), ("/a?b=\"c\"", "'/a?b=\\\"c\\\"'"), ("/it's\\", "'/it\\\\'s\\\\\\\\'")]
        {
            assert_eq!(PythonString::new(text).to_string(), string);
            let json: String = serde_json::from_str(&format!("\"{string}\"")).unwrap();
            assert_eq!(json, format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")));
        }
    }

    #[test]
    fn plain_words_stay_plain() {
        assert_eq!(Word::literal("a/b-c").to_string(), "a/b-c");
        assert_eq!(Word::literal("").to_string(), "''");
        assert_eq!(ShellWord::new("numpy==1.22").to_string(), "numpy==1.22");
        assert_eq!(ShellWord::new("-x").to_string(), "'-x'");
        assert_eq!(escaped("a$b"), "a\\$b");
        assert_eq!(unglobbed("a[b]*"), "a[\\[]b][\\*]");
    }
}
