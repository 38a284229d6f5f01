//! Reads shell commands of Dockerfiles and Procfiles, so that they can run without a shell.

use crate::mopyfile::word::EnvironmentName;

/// A command that needs no shell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Command {
    /// The program and its arguments.
    pub(crate) words: Vec<String>,
    /// The variables that are set for it: `A=b program`.
    pub(crate) envs: Vec<(String, String)>,
    /// The directory of a preceding `cd`.
    pub(crate) directory: Option<String>,
    /// Commands that run before it, as written.
    pub(crate) before: Vec<String>,
}

/// Reserved words and builtins of shells.
const RESERVED: [&str; 12] = ["if", "then", "else", "elif", "fi", "for", "while", "until", "case", "do", "done", "["];

/// The maximum length of a command.
const MAX_LENGTH: usize = 4096;

impl Command {
    /// Reads a shell command line. If there are several commands, the last one counts. Returns `None` if it needs a
    /// shell. Variables have the values that `value` returns.
    pub(crate) fn parse(line: &str, value: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let mut commands = commands(line, value)?;
        let (words, _) = commands.pop()?;
        let mut command = Self { words, ..Self::default() };
        for (words, text) in commands {
            match words.as_slice() {
                [] => {}
                [cd, directory] if cd == "cd" => command.directory = Some(directory.clone()),
                [word, ..] if RESERVED.contains(&word.as_str()) => return None,
                [word, ..] if matches!(word.as_str(), "set" | "echo" | "export" | ":" | "sleep") => {}
                _ => command.before.push(text.to_owned()),
            }
        }
        while let Some((name, value)) = command.words.first().and_then(|word| assignment(word)) {
            command.envs.push((name.to_owned(), value.to_owned()));
            command.words.remove(0);
        }
        if command.words.first().is_some_and(|word| word == "exec") {
            command.words.remove(0);
        }
        let program = command.words.first()?;
        (!RESERVED.contains(&program.as_str()) && program != "cd").then_some(command)
    }
}

fn assignment(word: &str) -> Option<(&str, &str)> {
    word.split_once('=').filter(|(name, _)| EnvironmentName::parse(name).is_some())
}

/// The commands of `line`, each with its words and its text.
fn commands<'l>(line: &'l str, value: &dyn Fn(&str) -> Option<String>) -> Option<Vec<(Vec<String>, &'l str)>> {
    let line = line.trim().trim_end_matches([';', '&']).trim_end();
    if line.len() > MAX_LENGTH {
        return None;
    }
    let mut commands = Vec::new();
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut start = 0;
    let mut quote = None;
    let mut rest = line.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        match (c, quote) {
            (_, Some(open)) if c == open => quote = None,
            (_, Some('\'')) => word.get_or_insert_default().push(c),
            ('\\', _) => {
                let (_, escaped) = rest.next()?;
                if escaped != '\n' {
                    word.get_or_insert_default().push(escaped);
                }
            }
            ('$', _) => {
                let (text, length) = expanded(&line[at + 1..], value)?;
                word.get_or_insert_default().push_str(&text);
                let end = at + 1 + length;
                while rest.peek().is_some_and(|(next, _)| *next < end) {
                    rest.next();
                }
            }
            ('`', _) => return None,
            (_, Some(_)) => word.get_or_insert_default().push(c),
            ('\'' | '"', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            ('#', None) if word.is_none() => while rest.next_if(|(_, next)| *next != '\n').is_some() {},
            ('|' | '<' | '>' | '(' | ')' | '{' | '}' | '*' | '?', None) => return None,
            ('&' | ';' | '\n', None) => {
                if c == '&' && rest.next_if(|(_, next)| *next == '&').is_none() {
                    return None;
                }
                words.extend(word.take());
                let text = line[start..at].trim_start_matches(['&', ';', '\n', '\r']).trim();
                commands.push((std::mem::take(&mut words), text));
                start = at;
            }
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, None) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    commands.push((words, &line[start..]));
    quote.is_none().then_some(commands)
}

/// The value of the variable after a `$`, and the length of its expression.
fn expanded(text: &str, value: &dyn Fn(&str) -> Option<String>) -> Option<(String, usize)> {
    let (name, default, length) = variable(text).filter(|(.., length)| *length > 0)?;
    let default = default.filter(|default| !default.contains('$'));
    let value = value(name).or_else(|| Some(default?.trim_matches(['"', '\'']).to_owned()))?;
    Some((value, length))
}

/// Reads the variable after a `$`: `PORT`, `{PORT}`, `{PORT:-80}`, `{PORT-80}`. Returns its name, its default and the
/// length of the expression; `None` if a brace is not closed.
pub(super) fn variable(text: &str) -> Option<(&str, Option<&str>, usize)> {
    let Some(inside) = text.strip_prefix('{') else {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
        return Some((&text[..end], None, end));
    };
    let end = inside.find('}')?;
    let expression = &inside[..end];
    let parts = expression.split_once(":-").or_else(|| expression.split_once('-'));
    let (name, default) = parts.map_or((expression, None), |(name, default)| (name, Some(default)));
    Some((name, default, end + 2))
}

#[cfg(test)]
mod tests {
    use super::Command;

    fn parse(line: &str) -> Option<Command> {
        Command::parse(line, &|name| (name == "PORT").then(|| "8000".to_owned()))
    }

    #[test]
    fn commands_without_a_shell() {
        for (line, words) in [
            ("python main.py", &["python", "main.py"][..]),
            ("exec uvicorn main:app --port $PORT", &["uvicorn", "main:app", "--port", "8000"]),
            ("gunicorn -b 0.0.0.0:${PORT} 'a b':app", &["gunicorn", "-b", "0.0.0.0:8000", "a b:app"]),
            ("x ${WORKERS:-4} ${A-\"b\"}", &["x", "4", "b"]),
            ("x \"a $PORT\" ''", &["x", "a 8000", ""]),
            ("x # c", &["x"]),
            ("echo a # b\nexec x y", &["x", "y"]),
            ("x \\\n y", &["x", "y"]),
        ] {
            assert_eq!(parse(line).unwrap().words, words, "{line}");
        }
    }

    #[test]
    fn commands_before_the_last_one() {
        let command = parse("cd src && alembic upgrade head && A=1 B=$PORT exec python x.py;").unwrap();
        assert_eq!(command.words, ["python", "x.py"]);
        assert_eq!(command.directory.as_deref(), Some("src"));
        assert_eq!(command.before, ["alembic upgrade head"]);
        assert_eq!(command.envs, [("A".to_owned(), "1".to_owned()), ("B".to_owned(), "8000".to_owned())]);
        // positions are those in the text without the space at its start
        assert_eq!(parse(" echo ü; ls; python x.py").unwrap().before, ["ls"]);
        let script = parse("set -e\necho ü\npython manage.py migrate\nexec gunicorn x").unwrap();
        assert_eq!(script.before, ["python manage.py migrate"]);
        assert_eq!(script.words, ["gunicorn", "x"]);
    }

    #[test]
    fn commands_that_need_a_shell() {
        for line in [
            "a | b",
            "a > b",
            "a $(b)",
            "a `b`",
            "a $UNKNOWN",
            "exec \"$@\"",
            "a &b",
            "",
            "a '",
            "a\\",
            "if [ x ]; then",
            "a *",
            "cd x",
        ] {
            assert_eq!(parse(line), None, "{line}");
        }
    }
}
