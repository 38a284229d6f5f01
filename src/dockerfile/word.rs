//! Values as they stand in a Dockerfile: each type is quoted for one kind of place, and the template
//! has no others, so that quoting cannot be forgotten.

use std::fmt::{self, Display, Formatter};

use crate::mopyfile::word::{EnvironmentName, LabelKey};
use crate::source::{Located, Span};

/// Stands before and after the offsets of a [`Mark`]; no value can hold it.
pub(super) const MARK: char = '\0';

/// A value that comes from a place of the Mopyfile. What it displays holds that place, which
/// [`render`](super::render) takes out again for the line map.
#[derive(Clone, Debug)]
pub(super) struct Mark<T> {
    value: T,
    span: Option<Span>,
}

impl<T> Mark<T> {
    pub(super) fn new(value: T, span: impl Into<Option<Span>>) -> Self {
        Self { value, span: span.into() }
    }

    pub(super) fn of<U>(located: &Located<U>, word: impl FnOnce(&U) -> T) -> Self {
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
    /// `text` as it is; it has no line break.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        Self(single_quoted(text, plain))
    }

    /// The value that the variable `name` has at that point.
    #[must_use]
    pub fn reference(name: &EnvironmentName) -> Self {
        Self(format!("\"${{{name}}}\""))
    }

    /// Words without space between them are one word.
    #[must_use]
    pub fn concat(words: impl IntoIterator<Item = Self>) -> Self {
        Self(words.into_iter().map(|word| word.0).collect())
    }
}

/// A word of a shell command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellWord(String);

impl ShellWord {
    /// `text` as it is; it has no line break.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(single_quoted(text, |text| plain(text) && !text.starts_with('-')))
    }

    /// An option of mopy's own choice and its value.
    #[must_use]
    pub(super) fn new_option(name: &'static str, value: &str) -> Self {
        Self(format!("{name}{}", Self::new(value)))
    }

    /// `text`, its parts `secrets` read from the environment variables that `hide` names: by a program, as
    /// `BuildKit` shows a step with its variables replaced.
    #[must_use]
    pub(super) fn hiding(text: &str, secrets: &[Span], mut hide: impl FnMut(&str) -> String) -> Self {
        if secrets.is_empty() {
            return Self::new(text);
        }
        let quoted = |part: &str| single_quoted(part, |part| part.is_empty() || plain(part));
        let mut from = 0;
        let mut word = String::new();
        for secret in secrets {
            word += &quoted(&text[from..secret.start]);
            word += &format!("\"$(printenv {})\"", hide(&text[secret.range()]));
            from = secret.end;
        }
        Self(word + &quoted(&text[from..]))
    }

    /// An option of mopy's own choice.
    #[must_use]
    pub fn option(name: &'static str) -> Self {
        Self(name.to_owned())
    }
}

/// The exec form of `CMD` and `ENTRYPOINT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecForm(String);

impl ExecForm {
    /// The arguments as they are.
    #[must_use]
    pub fn new(arguments: &[String]) -> Self {
        Self(json_array(arguments))
    }
}

/// One argument of an exec form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonString(String);

impl JsonString {
    /// The argument as it is.
    #[must_use]
    pub fn new(argument: &str) -> Self {
        Self(json_string(argument))
    }
}

/// Source and destination of `COPY`: patterns and variables in them are literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyPaths(String);

impl CopyPaths {
    /// Copies `source`, a path of the context, to `target`; directories end in `/`.
    #[must_use]
    pub fn new(source: &str, target: &str) -> Self {
        Self(json_array(&[escaped(&unglobbed(source)), escaped(target)]))
    }
}

/// An image, or a path: it is made by mopy and has only letters, digits and `-._/:@`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// `text`, every other character dropped.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.chars().filter(|c| is_plain(*c)).collect())
    }

    /// The name of an environment variable.
    #[must_use]
    pub fn new_environment(name: &EnvironmentName) -> Self {
        Self(name.to_string())
    }

    /// The key of a label.
    #[must_use]
    pub fn new_label(key: &LabelKey) -> Self {
        Self(key.to_string())
    }
}

/// The text of a comment, and the name of the step below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment(String);

impl Comment {
    /// `text`, which has no line break.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.chars().filter(|c| !c.is_control()).collect())
    }

    /// `count` things, each called `noun`.
    #[must_use]
    pub fn count(count: usize, noun: &str) -> Self {
        Self(format!("{count} {noun}{}", if count == 1 { "" } else { "s" }))
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._/:@".contains(c)
}

fn plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| is_plain(c) || c == '+' || c == ',' || c == '%')
}

/// In single quotes neither a shell nor Dockerfile's own reader looks at anything but the next one.
fn single_quoted(text: &str, bare: impl Fn(&str) -> bool) -> String {
    if bare(text) {
        return text.to_owned();
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for c in text.chars() {
        match c {
            '\'' => quoted.push_str("'\\''"),
            c => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

/// Characters that `COPY` reads as a pattern, each escaped in brackets: that is itself to both readers of
/// patterns, Go's `filepath.Match` and the one of `.dockerignore` files, where `!` negates, too.
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

/// Characters that the reader of an instruction's words takes for itself, escaped.
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

display!(Word, ShellWord, ExecForm, JsonString, CopyPaths, Comment, Name);

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    use super::{CopyPaths, ExecForm, ShellWord, Span, Word, escaped, unglobbed};

    /// Reads a word as moby/buildkit's `frontend/dockerfile/shell` documents it: quotes, backslashes, `$`.
    fn read_word(word: &str) -> Option<String> {
        let mut read = String::new();
        let mut chars = word.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\'' => loop {
                    match chars.next()? {
                        '\'' => break,
                        c => read.push(c),
                    }
                },
                '\\' => read.push(chars.next()?),
                '"' | '$' => return None,
                ' ' | '\t' | '\n' => return None,
                c => read.push(c),
            }
        }
        Some(read)
    }

    /// Reads a pattern as Go's `filepath.Match` does; nothing where it is no plain name.
    fn read_pattern(pattern: &str) -> Option<String> {
        let mut read = String::new();
        let mut chars = pattern.chars();
        while let Some(c) = chars.next() {
            match c {
                '*' | '?' => return None,
                '[' => {
                    let mut c = chars.next()?;
                    if c == '\\' {
                        c = chars.next()?;
                    }
                    read.push(c);
                    if chars.next()? != ']' {
                        return None;
                    }
                }
                '\\' => read.push(chars.next()?),
                c => read.push(c),
            }
        }
        Some(read)
    }

    proptest! {
        #[test]
        fn a_shell_reads_its_words(text in "[^\0\n\r]*", harmless in "[a-z]{0,3}") {
            for text in [text, harmless] {
                let word = ShellWord::new(&text).to_string();
                prop_assert_eq!(shlex::split(&format!("x {word} y")), Some(vec!["x".into(), text.clone(), "y".into()]));
            }
        }

        #[test]
        fn dash_reads_its_words(text in "[^\0\n\r]{0,40}") {
            let word = ShellWord::new(&text).to_string();
            let output = std::process::Command::new("sh").arg("-c").arg(format!("printf %s {word}")).output().unwrap();
            prop_assert!(output.status.success());
            prop_assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
        }

        #[test]
        fn a_dockerfile_reads_its_words(text in "[^\0\n\r]*", quotes in "['\"$\\\\# ]{0,8}") {
            for text in [text, quotes] {
                let word = Word::literal(&text).to_string();
                prop_assert_eq!(read_word(&word), Some(text));
                prop_assert!(!word.ends_with('\\'));
            }
        }

        #[test]
        fn json_reads_the_exec_form(items in proptest::collection::vec("\\PC*|[\n\"\\\\$]{0,5}", 1..5)) {
            let text = ExecForm::new(&items).to_string();
            prop_assert!(!text.contains('\n'));
            prop_assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), items);
        }

        #[test]
        fn copy_reads_its_paths(source in "[^\0\n\r]{1,20}", target in "[^\0\n\r]{1,20}") {
            let text = CopyPaths::new(&source, &target).to_string();
            let words: Vec<String> = serde_json::from_str(&text).unwrap();
            let unescaped: Vec<String> = words.iter().map(|word| {
                let mut chars = word.chars();
                let mut read = String::new();
                while let Some(c) = chars.next() {
                    read.extend(if c == '\\' { chars.next() } else { Some(c) });
                }
                read
            }).collect();
            prop_assert_eq!(read_pattern(&unescaped[0]), Some(source));
            prop_assert_eq!(&unescaped[1], &target);
        }
    }

    #[test]
    fn a_shell_puts_hidden_parts_back() {
        let text = "x @ https://u:'p@h/?token=$t$&a=b";
        let secrets = [Span::new(12, 16), Span::new(26, 29)];
        let mut hidden = Vec::new();
        let word = ShellWord::hiding(text, &secrets, |secret| {
            hidden.push(secret.to_owned());
            format!("URL_PART_{}", hidden.len())
        });
        assert_eq!(hidden, ["u:'p", "$t$"]);
        assert!(!word.to_string().contains("$t$"));
        let mut shell = std::process::Command::new("sh");
        shell.env("URL_PART_1", &hidden[0]).env("URL_PART_2", &hidden[1]);
        let output = shell.arg("-c").arg(format!("printf %s {word}")).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
    }

    #[test]
    fn plain_words_stay_plain() {
        assert_eq!(Word::literal("a/b-c").to_string(), "a/b-c");
        assert_eq!(Word::literal("").to_string(), "''");
        assert_eq!(ShellWord::new("numpy==1.22").to_string(), "'numpy==1.22'");
        assert_eq!(ShellWord::new("-x").to_string(), "'-x'");
        assert_eq!(escaped("a$b"), "a\\$b");
        assert_eq!(unglobbed("a[b]*"), "a[\\[]b][\\*]");
    }
}
