//! Redacts credentials in output: each byte of a credential becomes a `*`, so that offsets and columns do not change.

use std::ops::Range;

use crate::source::{Source, beginning};

/// Redacts the text of `source`: the value of each line that contains something like a secret, and more deeply indented
/// lines below it. The text need not be valid YAML.
#[must_use]
pub fn source(source: &Source) -> String {
    let lines: Vec<&str> = source.text().split_inclusive('\n').collect();
    let secret: Vec<bool> = (0..lines.len()).map(|at| is_secret_line(&lines[at..])).collect();
    let mut hidden = hide(&lines, |at| secret[at]);
    // the value of an alias is as secret as that of its anchor
    let uses_alias = |(line, shown): (&&str, &String)| *line != shown && starts_word(line, '*');
    if lines.iter().zip(&hidden).any(uses_alias) {
        hidden = hide(&lines, |at| secret[at] || starts_word(lines[at], '&'));
    }
    hidden.concat()
}

/// Redacts each line of a generated text that contains something like a secret.
#[must_use]
pub fn lines(text: &str) -> String {
    let hide = |line| if holds_secret(line) || line.contains("NETRC_ENTRIES=") { stars(line) } else { line.to_owned() };
    text.split_inclusive('\n').map(hide).collect()
}

/// Redacts a message: the user information of URLs, and each word and each string in backticks that contains something
/// like a secret.
#[must_use]
pub fn text(text: &str) -> String {
    let part = |(number, part): (usize, &str)| match number % 2 {
        0 => part.split_inclusive(char::is_whitespace).map(value).collect(),
        _ => value(part),
    };
    let shown = text.split('`').enumerate().map(part).collect::<Vec<String>>().join("`");
    // a secret that contains a backtick
    if holds_secret(&shown.replace('*', "")) { stars(&shown) } else { shown }
}

/// An excerpt of a Mopyfile for a message: redacted, of limited length, and with escapes for invisible characters.
#[must_use]
pub fn excerpt(text: &str) -> String {
    const MAX_LENGTH: usize = 80;
    // the rest is cut off anyway
    let text = value(beginning(text, MAX_LENGTH * 32));
    // quotes and backslashes are visible
    let visible = |c: char| if "'\"\\".contains(c) { c.to_string() } else { c.escape_debug().to_string() };
    let rest = if text.chars().nth(MAX_LENGTH).is_some() { "…" } else { "" };
    text.chars().take(MAX_LENGTH).map(visible).chain([rest.to_owned()]).collect()
}

/// Whether `text` contains a URL, or the path of one, with credentials: user information, or a query parameter with the
/// name of a secret. `git@` over SSH is not a secret.
#[must_use]
pub fn has_credentials(text: &str) -> bool {
    let query = text.split_once('?').map(|(_, query)| query);
    user_information(text).next().is_some() || query.is_some_and(assigns_secret)
}

/// Whether `BuildKit`'s rule `SecretsUsedInArgOrEnv` treats the name of a variable as that of a secret (moby/buildkit
/// `frontend/dockerfile/dockerfile2llb`).
#[must_use]
pub fn names_secret(name: &str) -> bool {
    const SECRET: [&str; 10] =
        ["apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret", "token"];
    let lower = name.to_ascii_lowercase();
    let parts: Vec<&str> = lower.split('_').collect();
    !parts.contains(&"public") && parts.iter().any(|part| SECRET.contains(part))
}

/// Redacts the values of those `lines` that are `secret`, and the lines that belong to them.
fn hide(lines: &[&str], secret: impl Fn(usize) -> bool) -> Vec<String> {
    let (mut deeper_than, mut awaits_value) = (None, false);
    let hide = move |(at, line): (usize, &&str)| {
        let (start, column) = value_start(line);
        let is_blank = line.trim().is_empty();
        if deeper_than.is_some_and(|column| is_blank || indentation(line) > column) {
            return stars(line);
        }
        if !secret(at) && !awaits_value {
            deeper_than = None;
            return (*line).to_owned();
        }
        // the value of a key after `?` is on one of the next lines, after a colon
        let is_key = line.trim_start_matches([' ', '-']).starts_with("? ") && !holds_secret(line);
        awaits_value = is_key || (awaits_value && !line.trim_start().starts_with(':'));
        deeper_than = Some(column).filter(|_| !is_key);
        if is_key { (*line).to_owned() } else { format!("{}{}", &line[..start], stars(&line[start..])) }
    };
    lines.iter().enumerate().map(hide).collect()
}

/// The start of a line's value, and the column that lines belonging to it are indented beyond.
fn value_start(line: &str) -> (usize, usize) {
    let mut rest = line.trim_start_matches(' ');
    while let Some(item) = rest.strip_prefix("- ").or_else(|| rest.strip_prefix("? ")) {
        rest = item.trim_start_matches(' ');
    }
    let item = line.len() - rest.len();
    if let Some((key, rest)) = rest.split_once(':')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-.\"' ".contains(c))
        && rest.starts_with(char::is_whitespace)
    {
        return (line.len() - rest.trim_start_matches([' ', '\t']).len(), item);
    }
    (item, indentation(line))
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Whether the first of `lines` contains something like a secret, alone or together with the lines that continue its
/// value.
fn is_secret_line(lines: &[&str]) -> bool {
    const MAX_LENGTH: usize = 1024;
    let Some((first, rest)) = lines.split_first() else { return false };
    let (start, column) = value_start(first);
    let mut texts = vec![first.to_string()];
    let goes_on = |line: &&&str| indentation(line) > column || line.trim().is_empty();
    let mut below = rest.iter().take(MAX_LENGTH).take_while(goes_on).map(|line| line.trim()).peekable();
    if below.peek().is_some() && !first[start..].trim().is_empty() && !first[start..].starts_with('#') {
        let mut whole = first[start..].trim().to_owned();
        while let Some(line) = below.next().filter(|_| whole.len() < MAX_LENGTH) {
            whole.truncate(whole.trim_end_matches('\\').len());
            whole.push_str(line);
        }
        texts.push(whole);
    }
    let escaped: Vec<String> = texts.iter().filter(|text| text.contains('\\')).map(|text| unescaped(text)).collect();
    let option = |word: &str| word.strip_prefix("--").is_some_and(|name| is_secret_name(name.trim_end_matches(ENDS)));
    texts.iter().chain(&escaped).any(|text| {
        let has_option = text.contains("--") && text.split([' ', '"', '\'', '[']).any(option);
        keys(text).any(is_secret_key) || has_option || holds_secret(text)
    })
}

/// The words before a colon, and the one after a question mark.
fn keys(line: &str) -> impl Iterator<Item = &str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let word = move |text: &'_ str| text.len() - text.trim_end_matches(is_word).len();
    let before_colon = line.match_indices(':').map(move |(at, _)| {
        let text = line[..at].trim_end().trim_end_matches(['"', '\'']);
        &text[text.len() - word(text)..]
    });
    let complex = line.trim_start_matches([' ', '-']).strip_prefix("? ");
    before_colon.chain(complex.map(|key| key.trim().trim_matches(['"', '\''])))
}

/// Replaces the escapes of double-quoted strings in `text`.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = match part.chars().next() {
            Some('x') => 1..3,
            Some('u') => 1..5,
            Some('U') => 1..9,
            _ => 0..0,
        };
        let rest = part.get(digits.end..).unwrap_or_default();
        let code = part.get(digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        match code.and_then(char::from_u32) {
            Some(c) => plain.extend([c.encode_utf8(&mut [0; 4]), rest]),
            None => plain.extend(["\\", part]),
        }
    }
    plain
}

/// Whether a word of `line` begins with `sign`, which makes it an anchor or alias.
fn starts_word(line: &str, sign: char) -> bool {
    let starts = |word: &str| word.strip_prefix(sign).is_some_and(|name| name.starts_with(char::is_alphanumeric));
    line.split([' ', '\t', '[', '{', ',', ':']).any(starts)
}

/// Whether a key with this name, even if misspelled, contains secrets.
fn is_secret_key(name: &str) -> bool {
    let near = |known: &str| {
        name.len() <= known.len() + 2 && strsim::damerau_levenshtein(&name.to_ascii_lowercase(), known) <= 2
    };
    // a token without a password is a user name
    is_secret_name(name) || near("password") || near("username")
}

/// Whether a name is that of a secret: `DB_PASS`, `privateToken`, `X-Amz-Signature`, `PGPASSWORD`.
fn is_secret_name(name: &str) -> bool {
    const PARTS: [&str; 6] = ["pass", "passphrase", "pwd", "secrets", "sig", "signature"];
    const ENDS: [&str; 6] = ["apikey", "passphrase", "passwd", "password", "secret", "token"];
    let mut plain = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && plain.ends_with(|last: char| last.is_ascii_lowercase()) {
            plain.push('_');
        }
        plain.push(if matches!(c, '-' | '.') { '_' } else { c });
    }
    let lower = plain.to_ascii_lowercase();
    let is_part = |part: &str| PARTS.contains(&part) || ENDS.iter().any(|end| part.ends_with(end));
    names_secret(&plain) || lower.split('_').any(is_part)
}

/// Characters that end a word.
const ENDS: &[char] = &['"', '\'', '`', ',', '[', ']', '{', '}', '(', ')', '/', ' ', '\t', '\r', '\n'];

/// Whether `text` contains something like a secret: user information, a query, an assignment.
fn holds_secret(text: &str) -> bool {
    let has_query = |word: &str| word.split_once("://").is_some_and(|(_, rest)| rest.contains('?'));
    let user = |word: &str| {
        // without a scheme, or with one that is not a URL scheme
        let (user, host) = word.rsplit_once('@')?;
        let (name, password) = user.split_once(':')?;
        let is_host = host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[') && !host.starts_with("sha256:");
        Some(is_host && !password.is_empty() && name != "mailto")
    };
    user_information(text).next().is_some()
        || text.split(char::is_whitespace).any(has_query)
        || text.split(ENDS).any(|word| user(word).unwrap_or_default())
        || assigns_secret(text)
}

/// Whether an equals sign follows the name of a secret: `DB_PASSWORD=…`, `--password=…`, `&token=…`.
fn assigns_secret(text: &str) -> bool {
    text.match_indices('=').any(|(at, _)| {
        let before = &text[..at];
        let name = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || "_-.".contains(c));
        !text[at + 1..].starts_with(['=', ' ', '\n']) && at + 1 < text.len() && is_secret_name(&before[name.len()..])
    })
}

/// The secret parts of the user information in URLs: over HTTP(S) all of it, because the user name can be a token,
/// otherwise the part after the colon. YAML reads `\/` as `/` in double quotes, and some programs accept any number of
/// slashes.
fn user_information(text: &str) -> impl Iterator<Item = Range<usize>> {
    // longer than any token, to bound the search at each position
    const MAX_LENGTH: usize = 1024;
    text.match_indices(':').filter_map(|(at, _)| {
        let scheme = text[..at].rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let is_http = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
        let slashes = text[at + 1..].len() - text[at + 1..].trim_start_matches(['/', '\\']).len();
        if !is_http && slashes < 2 {
            return None;
        }
        let start = at + 1 + slashes;
        let rest = beginning(&text[start..], MAX_LENGTH);
        let authority = &rest[..rest.find(|c: char| "/?#".contains(c) || c.is_whitespace()).unwrap_or(rest.len())];
        let end = authority.rfind('@').or_else(|| end_of_password(authority, rest))?;
        let secret = if is_http { 0 } else { rest[..end].find(':')? + 1 };
        (!rest[secret..end].trim_matches(':').is_empty()).then_some(start + secret..start + end)
    })
}

/// The end of a password with unescaped characters such as `/`, which end the authority too early and leave something
/// after the colon that is not a port.
fn end_of_password(authority: &str, rest: &str) -> Option<usize> {
    let (_, port) = authority.split_once(':').filter(|(host, _)| !host.starts_with('['))?;
    let is_port = !port.is_empty() && port.chars().all(|c| c.is_ascii_digit());
    rest.lines().next().filter(|_| !is_port)?.rfind('@')
}

/// Redacts the user information of URLs in a value, or the whole value if it contains other secrets.
fn value(text: &str) -> String {
    const HIDDEN: char = '\0';
    let mut bytes = text.as_bytes().to_vec();
    for range in user_information(text) {
        bytes[range].fill(HIDDEN as u8);
    }
    // the ranges are at character boundaries, so this is valid
    let rest = String::from_utf8(bytes).unwrap_or_default();
    if holds_secret(&rest.replace(HIDDEN, "")) { stars(text) } else { rest.replace(HIDDEN, "*") }
}

/// `text` with stars instead of all characters except surrounding white space.
fn stars(text: &str) -> String {
    let trimmed = text.trim();
    text.replacen(trimmed, &"*".repeat(trimmed.len()), 1)
}

#[cfg(test)]
mod tests {
    use super::{excerpt, has_credentials, source, text};
    use crate::source::Source;

    #[test]
    fn urls_in_messages() {
        for (given, shown) in [
            ("https://user:secret@host/x", "https://***********@host/x"),
            ("git+https://ghp_token@host/x", "git+https://*********@host/x"),
            ("git+ssh://git@host/x", "git+ssh://git@host/x"),
            ("git+ssh://git:pw@host/x", "git+ssh://git:**@host/x"),
            ("https://host/a@b", "https://host/a@b"),
            ("https://a:p@ss@host/x", "https://******@host/x"),
            ("see https://u:p@h and http://v:q@h", "see https://***@h and http://***@h"),
            ("write `https://h/x?private_token=pw`", "write `****************************`"),
            ("https://u:p/q@host/x", "https://*****@host/x"),
            ("`https://u:p q@host/x`", "`https://*****@host/x`"),
            ("`https://u:p`q@host/x`", "**********************"),
            ("https://host:80/a@b", "https://host:80/a@b"),
            ("https://[::1]:80/a@b", "https://[::1]:80/a@b"),
            ("\"https:\\/\\/u:p@host\\/x\"", "\"https:\\/\\/***@host\\/x\""),
            ("git+https:/ghp@h/r", "git+https:/***@h/r"),
            ("HTTP:u:p@h", "HTTP:***@h"),
            ("https:\\u:p@h", "************"),
            ("a user:pw@host.org/x.whl", "a **********************"),
            ("git@github.com:o/r.git", "git@github.com:o/r.git"),
            ("mailto:jane@example.org", "mailto:jane@example.org"),
            ("python:3@sha256:00", "python:3@sha256:00"),
            ("DB_PASSWORD=abc d", "*************** d"),
            ("`psql --password=abc`", "`*******************`"),
            ("my_token==1.2", "my_token==1.2"),
            ("build with `--secret id=netrc,src=$HOME/.netrc`", "build with `--secret id=netrc,src=$HOME/.netrc`"),
        ] {
            assert_eq!(text(given), shown);
        }
    }

    /// Compares `shown` with the redacted `given`. The number of stars may differ, because lines keep their length.
    fn check(given: &str, shown: &str) {
        let redacted = source(&Source::new("f", given));
        let lengths = |text: &str| text.lines().map(str::len).collect::<Vec<_>>();
        assert_eq!(lengths(&redacted), lengths(given), "{given}");
        let squeezed: Vec<String> = redacted
            .split('*')
            .enumerate()
            .filter(|(at, part)| *at == 0 || !part.is_empty())
            .map(|(_, part)| part.to_owned())
            .collect();
        let ends = if redacted.ends_with('*') { "*" } else { "" };
        assert_eq!(squeezed.join("*") + ends, shown, "{given}");
    }

    #[test]
    fn values_of_lines() {
        for (given, shown) in [
            ("password: secret\nurl: x", "password: *\nurl: x"),
            ("  password: 'se cret' # c", "  password: *"),
            ("  password: se#cret, x\n  y: z", "  password: *\n  y: z"),
            ("- {password: a b, url: x}\n- six", "- *\n- six"),
            ("- {url: x, password: \"a, b\"}", "- *"),
            ("- {password: a\n    b}", "- *\n    *"),
            ("\"password\": \"a\\\"b\"\n", "\"password\": *\n"),
            ("  password: |\n    abc\n\n    d\n  url: x", "  password: *\n    *\n\n    *\n  url: x"),
            ("  password:\n    abc\nx: y", "  password:\n    *\nx: y"),
            ("  password: a\n    b\n  c: d", "  password: *\n    *\n  c: d"),
            ("  password: \"a\npip:\n  - \"b\"", "  password: *\npip:\n  - \"b\""),
            ("- password: >-\n    a\n  url: x", "- password: *\n    *\n  url: x"),
            ("  pasword: abc", "  pasword: *"),
            ("  username: abc", "  username: *"),
            ("  API_TOKEN: abc\n  PUBLIC_KEY: d", "  API_TOKEN: *\n  PUBLIC_KEY: d"),
            ("  DB_PASS: abc", "  DB_PASS: *"),
            ("passphrase: abc", "passphrase: *"),
            ("com.example.api-token: abc", "com.example.api-token: *"),
            ("pip:\n  - x\n  - a@b", "pip:\n  - x\n  - a@b"),
            ("  ? password\n  : a", "  ? password\n  : *"),
            ("? password\n# c\n: abc\nx: y", "? password\n*\n: *\nx: y"),
            ("? https://u:p@h\n: abc", "? *\n: abc"),
            ("x: &a abc\nTOKEN: *a\ny: z", "x: *\nTOKEN: *\ny: z"),
            ("url: \"https:\\x2f/u:p@h\"", "url: *"),
            ("\"pass\\x77ord\": abc", "*"),
            ("python: \"3.13\\x07\"", "python: \"3.13\\x07\""),
            ("url: \"https://user\\\n  :pw@h\"", "url: *\n  *"),
            ("- >-\n  https://h/a?\n  token=b", "- *\n  *\n  *"),
            ("- url: https://u:p@h\n  trust: yes", "- url: *\n  trust: yes"),
            ("command: [psql, --password=x]", "command: *"),
            ("command: [psql, --password, x]", "command: *"),
            ("command: [sh, -c, \"DB_PASS=x run\"]", "command: *"),
            ("# password: x", "*"),
            ("- git+ssh://git@host/x.git@v1", "- git+ssh://git@host/x.git@v1"),
            ("pip: [my-token==1.2, 'auth>=2']", "pip: [my-token==1.2, 'auth>=2']"),
        ] {
            check(given, shown);
        }
    }

    #[test]
    fn pieces() {
        assert_eq!(excerpt("it's \"a\\b\"\u{7}"), "it's \"a\\b\"\\u{7}");
        assert_eq!(excerpt(&"x".repeat(81)), format!("{}…", "x".repeat(80)));
        assert_eq!(excerpt("https://u:p@host"), "https://***@host");
        assert_eq!(excerpt("user:p w@host"), "user:p w@host");
        assert_eq!(excerpt("a DB_PASS=b"), "***********");
    }

    #[test]
    fn credentials_of_urls() {
        for (given, expected) in [
            ("postgres://:@db/x", false),
            ("postgres://u:p@db/x", true),
            ("https://token@h", true),
            ("https://h/x?sslmode=require", false),
            ("https://h/x?a=b;X-Amz-Signature=c", true),
            ("DB_PASSWORD=x", false),
        ] {
            assert_eq!(has_credentials(given), expected, "{given}");
        }
    }
}
