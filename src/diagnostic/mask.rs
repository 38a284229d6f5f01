//! Credentials in text that is about to be shown: each of their bytes becomes a `*`, so that offsets
//! and columns stay what they were.

mod scalar;

use crate::source::{Source, Span, beginning};

/// The text of `source` with every credential in it masked, also where it is no YAML.
#[must_use]
pub fn masked(source: &Source) -> String {
    let text = source.text();
    let scalars = scalar::spans(text).into_iter().flat_map(|span| lines(text, span));
    filled(text, shown_spans(text).chain(secret_values(text)).chain(scalars))
}

/// `text` with the credentials of the URLs in it masked, and what could be one in something like a URL or an
/// assignment.
#[must_use]
pub fn masked_urls(text: &str) -> String {
    filled(text, shown_spans(text))
}

/// A piece of a Mopyfile as it stands in a message: without credentials, not endless, and with escapes
/// for what cannot be seen.
#[must_use]
pub fn shown(text: &str) -> String {
    const LONGEST: usize = 80;
    // more than that is not looked at for what is cut off anyway
    let text = beginning(text, LONGEST * 32);
    // quotes and backslashes are seen well
    let visible = |c: char| if "'\"\\".contains(c) { c.to_string() } else { c.escape_debug().to_string() };
    let masked = masked_urls(text);
    let mut shown: String = masked.chars().take(LONGEST).map(visible).collect();
    if masked.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// `text` without the credentials of the URLs in it, and without what only sets them off.
#[must_use]
pub fn without_credentials(text: &str) -> String {
    let mut left = String::new();
    let mut from = 0;
    for span in credentials(text) {
        // the `@` that is left out may be the beginning of this one
        left.push_str(text.get(from..span.start).unwrap_or_default());
        from = span.end;
        if text[from..].starts_with('@') {
            if left.ends_with('/') {
                from += 1;
            } else if left.ends_with(':') {
                left.pop();
            }
        }
    }
    left.push_str(&text[from..]);
    left
}

/// Whether a URL in `text` has credentials: over http(s) all of the user information, since tokens stand there as
/// users, too; elsewhere what follows the colon (`git@` over ssh is no secret).
#[must_use]
pub fn has_credentials(text: &str) -> bool {
    spans(text).next().is_some()
}

/// Whether a URL in `text` has credentials in its query, which installers show and keep.
#[must_use]
pub fn has_query_credentials(text: &str) -> bool {
    query_credentials(text).next().is_some()
}

/// Where `text` has credentials, in the order of their places and none inside another.
#[must_use]
pub fn credentials(text: &str) -> Vec<Span> {
    let mut from = 0;
    let mut found = Vec::new();
    for span in spans(text).filter(|span| span.start < span.end) {
        if span.start >= from {
            from = span.end;
            found.push(span);
        }
    }
    found
}

/// The credentials of URLs, in the order of their places for each of the two kinds.
fn spans(text: &str) -> impl Iterator<Item = Span> {
    let mut spans: Vec<Span> = url_credentials(text).chain(query_credentials(text)).collect();
    spans.sort_unstable();
    spans.into_iter()
}

/// Whether `text` is not shown as it is.
fn shows(text: &str) -> bool {
    shown_spans(text).next().is_some()
}

/// What is not shown: credentials, and what looks like some but need not be.
fn shown_spans(text: &str) -> impl Iterator<Item = Span> {
    spans(text).chain(users(text)).chain(assignments(text))
}

/// The password of `user:password@host`, a URL whose scheme was forgotten.
fn users(text: &str) -> impl Iterator<Item = Span> {
    text.match_indices('@').filter_map(|(at, _)| {
        let host = &text[at + 1..];
        let is_digest = host.starts_with("sha256:");
        if is_digest || !host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[') {
            return None;
        }
        let ends =
            |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '[' | ']' | '{' | '}' | '(' | ')' | '/');
        let from = (at.saturating_sub(LONGEST_PASSWORD)..at).find(|from| text.is_char_boundary(*from))?;
        let start = at - text[from..at].rsplit(ends).next().map_or(0, str::len);
        let user =
            text[start..at].find(':').filter(|user| *user > 0 && text[start..].get(..*user) != Some("mailto"))?;
        let password = start + user + 1;
        (password < at).then_some(Span::new(password, at))
    })
}

/// The value of `DB_PASSWORD=…`.
fn assignments(text: &str) -> impl Iterator<Item = Span> {
    text.match_indices('=').filter_map(|(at, _)| {
        let before = text[..at].trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let is_start =
            before.chars().next_back().is_none_or(|c| c.is_whitespace() || matches!(c, '"' | '\'' | '[' | ','));
        let value = &text[at + 1..];
        if !is_start || value.starts_with('=') || !names_secret(&text[before.len()..at]) {
            return None;
        }
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | '[' | ']' | '{' | '}');
        let end = at + 1 + value.find(ends).unwrap_or(value.len());
        (at + 1 < end).then_some(Span::new(at + 1, end))
    })
}

/// Values of the parameters of a query that are named as secrets are: `?private_token=…`, `&X-Amz-Signature=…`.
fn query_credentials(text: &str) -> impl Iterator<Item = Span> {
    text.match_indices(['?', '&', ';']).filter_map(|(at, _)| {
        let rest = beginning(&text[at + 1..], LONGEST_AUTHORITY);
        let name = &rest[..rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')?];
        let value = rest[name.len()..].strip_prefix('=')?;
        let plain = separated(name);
        let secret =
            names_secret(&plain) || ["sig", "signature"].iter().any(|end| plain.to_ascii_lowercase().ends_with(end));
        let end = value
            .find(|c: char| matches!(c, '&' | ';' | '#' | '\'' | '"' | '`' | ',' | ']' | '}') || c.is_whitespace());
        let start = at + 1 + rest.len() - value.len();
        let end = start + end.unwrap_or(value.len());
        (secret && start < end).then_some(Span::new(start, end))
    })
}

/// `privateToken` or `private-token` as `private_token`.
fn separated(name: &str) -> String {
    let mut separated = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && separated.ends_with(|last: char| last.is_ascii_lowercase()) {
            separated.push('_');
        }
        separated.push(if c == '-' { '_' } else { c });
    }
    separated
}

/// Whether `BuildKit`'s rule `SecretsUsedInArgOrEnv` takes the name of a variable for a secret's
/// (moby/buildkit `frontend/dockerfile/dockerfile2llb`).
#[must_use]
pub fn names_secret(name: &str) -> bool {
    const SECRET: [&str; 10] =
        ["apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret", "token"];
    let lower = name.to_ascii_lowercase();
    let parts: Vec<&str> = lower.split('_').collect();
    !parts.contains(&"public") && parts.iter().any(|part| SECRET.contains(part))
}

fn filled(text: &str, spans: impl Iterator<Item = Span>) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for span in spans {
        bytes[span.range()].fill(b'*');
    }
    // the spans begin and end at characters, so this is valid
    String::from_utf8(bytes).unwrap_or_default()
}

fn url_credentials(text: &str) -> impl Iterator<Item = Span> {
    // in double quotes, YAML takes `\/` for `/`
    let written = text.match_indices("://").chain(text.match_indices(":\\/\\/"));
    written.chain(misspelt(text)).filter_map(|(at, separator)| {
        let start = at + separator.len();
        let rest = beginning(&text[start..], LONGEST_AUTHORITY);
        let authority = rest
            .find(|c: char| matches!(c, '/' | '?' | '#') || c.is_whitespace() || c.is_control())
            .unwrap_or(rest.len());
        let end = start + rest[..authority].rfind('@').or_else(|| unescaped(rest, authority))?;
        let scheme = text[..at].rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let secret = if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") {
            start
        } else {
            start + text[start..end].find(':')? + 1
        };
        (secret < end).then_some(Span::new(secret, end))
    })
}

/// What stands between the scheme and the rest of a URL, where it is not `://`; some programs do not mind.
fn misspelt(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices(':').filter_map(|(at, _)| {
        let scheme = text[..at].rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let rest = &text[at + 1..];
        let slashes = rest.len() - rest.trim_start_matches(['/', '\\']).len();
        let known = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
        let is_written = rest.starts_with("//") || rest.starts_with("\\/\\/");
        (known && !is_written).then(|| (at, &text[at..=at + slashes]))
    })
}

/// More than a token ever had. What is looked at behind each of many places has to have an end.
const LONGEST_AUTHORITY: usize = 1024;

const LONGEST_PASSWORD: usize = 256;

/// The end of a password in which characters such as `/` stand as they are, which ends the authority
/// too early and leaves something after the colon that is no port.
fn unescaped(rest: &str, authority: usize) -> Option<usize> {
    let (_, port) = rest[..authority].split_once(':').filter(|(host, _)| !host.starts_with('['))?;
    if port.chars().all(|c| c.is_ascii_digit()) && !port.is_empty() {
        return None;
    }
    let line = rest.char_indices().take(LONGEST_PASSWORD).take_while(|(_, c)| *c != '\n');
    line.filter(|(_, c)| *c == '@').last().map(|(at, _)| at)
}

/// Values of keys that credentials stand at, quoted or not, in block or flow style, on the key's line
/// or in the more indented lines below it. Reads the text once: what is masked is not looked at again.
fn secret_values(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let (mut from, mut seen, mut line, mut opening) = (0, 0, 0, 0);
    while let Some(colon) = text[from..].find(':').map(|length| from + length) {
        let key = secret_key(&text[..colon]);
        let at = key.unwrap_or(colon).max(seen);
        line = text[seen..at].rfind('\n').map_or(line, |newline| seen + newline + 1);
        opening = text[seen..at].rfind(['{', '\n']).map_or(opening, |brace| seen + brace);
        seen = at;
        from = colon + 1;
        let Some(key) = key else { continue };
        let inline = text[opening..].starts_with('{');
        if let Some(span) = value(text, key.saturating_sub(line), line, colon + 1, inline) {
            from = from.max(span.end);
            spans.extend(lines(text, span));
        }
    }
    spans
}

/// Where the value behind a key's colon is; the key stands in the line that begins at `line`.
fn value(text: &str, column: usize, line: usize, start: usize, inline: bool) -> Option<Span> {
    let start = text.len() - text[start..].trim_start_matches([' ', '\t']).len();
    let rest = &text[start..];
    let indentation = if inline { text[line..].len() - text[line..].trim_start_matches(' ').len() } else { column };
    let block = |limit| block_end(text, start, indentation, limit);
    let end = match rest.chars().next()? {
        quote @ ('"' | '\'') => {
            let end = start + closing(rest, quote);
            if inline { end } else { end.min(block(end)) }
        }
        '[' | '{' | '|' | '>' | '\r' | '\n' => block(text.len()),
        _ if inline => start + rest.find([',', '}', '\n', '\r']).unwrap_or(rest.len()),
        _ => block(text.len()),
    };
    (start < end).then_some(Span::new(start, end))
}

/// Where the key at the end of `text` begins, if credentials stand at keys of this name, misspelt or not.
fn secret_key(text: &str) -> Option<usize> {
    // the colon of a key behind `?` stands in the next line
    let text = text.trim_end().trim_end_matches(['"', '\'']);
    let word = text.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let name = &text[word.len()..];
    let before = word.trim_end_matches(['"', '\'']).chars().next_back();
    let is_key = before.is_none_or(|c| c.is_whitespace() || matches!(c, '{' | ','));
    (is_key && !name.starts_with("x-") && has_secret_name(name)).then_some(word.len())
}

/// Whether credentials stand at keys of this name, misspelt or not.
fn has_secret_name(name: &str) -> bool {
    // a token alone is a user name
    let near = |known: &str| {
        name.len() <= known.len() + 2 && strsim::damerau_levenshtein(&name.to_ascii_lowercase(), known) <= 2
    };
    name == "pass" || near("password") || near("username") || names_secret(&separated(name))
}

/// The length of a quoted text; in single quotes, a quote is written twice.
fn closing(quoted: &str, quote: char) -> usize {
    let mut escaped = false;
    let mut characters = quoted.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if c == quote && !escaped {
            if quote == '"' || characters.next_if(|(_, next)| *next == quote).is_none() {
                return at + c.len_utf8();
            }
            continue;
        }
        escaped = c == '\\' && quote == '"' && !escaped;
    }
    quoted.len()
}

/// The end of the lines that are indented deeper, or the first line's end past `limit`.
fn block_end(text: &str, start: usize, indent: usize, limit: usize) -> usize {
    let mut end = start;
    for (number, line) in text[start..].split_inclusive('\n').enumerate() {
        let deeper = line.len() - line.trim_start_matches(' ').len() > indent;
        if end >= limit || (number > 0 && !deeper && !line.trim().is_empty()) {
            break;
        }
        end += line.len();
    }
    end
}

/// The parts of `span` without line breaks and the white space around them.
fn lines(text: &str, span: Span) -> Vec<Span> {
    let mut at = span.start;
    let mut parts = Vec::new();
    for line in text[span.range()].split_inclusive('\n') {
        let start = at + (line.len() - line.trim_start().len());
        let end = start + line.trim().len();
        if start < end {
            parts.push(Span::new(start, end));
        }
        at += line.len();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::{masked, masked_urls, shown};
    use crate::source::Source;

    #[test]
    fn user_information_of_urls() {
        for (given, shown) in [
            ("https://user:secret@host/x", "https://***********@host/x"),
            ("git+https://ghp_token@host/x", "git+https://*********@host/x"),
            ("git+ssh://git@host/x", "git+ssh://git@host/x"),
            ("git+ssh://git:pw@host/x", "git+ssh://git:**@host/x"),
            ("https://host/a@b", "https://host/a@b"),
            ("https://a:p@ss@host/x", "https://******@host/x"),
            ("see https://u:p@h and http://v:q@h", "see https://***@h and http://***@h"),
            ("https://h/x.whl?a=b&private_token=pw#c", "https://h/x.whl?a=b&private_token=**#c"),
            ("https://h/x.whl?X-Amz-Signature=pw&key=a,b", "https://h/x.whl?X-Amz-Signature=**&key=*,b"),
            ("https://u:p/q@host/x", "https://*****@host/x"),
            ("https://u:p q@host/x", "https://*****@host/x"),
            ("https://host:80/a@b", "https://host:80/a@b"),
            ("https://[::1]:80/a@b", "https://[::1]:80/a@b"),
            ("\"https:\\/\\/u:p@host\\/x\"", "\"https:\\/\\/***@host\\/x\""),
            ("git+https:/ghp@h/r", "git+https:/***@h/r"),
            ("HTTP:u:p@h", "HTTP:***@h"),
            ("https:\\u:p@h", "https:****@h"),
            ("user:pw@host.org/x.whl", "user:**@host.org/x.whl"),
            ("a\u{2028}user:pw@host.org", "a\u{2028}user:**@host.org"),
            ("user:p\u{a0}@host.org", "user:p\u{a0}@host.org"),
            ("git@github.com:o/r.git", "git@github.com:o/r.git"),
            ("mailto:jane@example.org", "mailto:jane@example.org"),
            ("python:3@sha256:00", "python:3@sha256:00"),
            ("- DB_PASSWORD=abc d", "- DB_PASSWORD=*** d"),
            ("my_token==1.2", "my_token==1.2"),
            ("https://h/x?accessToken=a&b;token=c", "https://h/x?accessToken=*&b;token=*"),
        ] {
            assert_eq!(masked_urls(given), shown);
        }
    }

    #[test]
    fn passwords() {
        for (given, shown) in [
            ("password: secret\nurl: x", "password: ******\nurl: x"),
            ("  password: 'se cret' # c", "  password: ********* # c"),
            ("- {password: a b, url: x}", "- {password: ***, url: x}"),
            ("\"password\": \"a\\\"b\"\n", "\"password\": ******\n"),
            ("  password: |\n    abc\n    d\n  url: x", "  password: *\n    ***\n    *\n  url: x"),
            ("  password:\n    abc\nx: y", "  password:\n    ***\nx: y"),
            ("password=x", "password=*"),
            ("  pasword: abc", "  pasword: ***"),
            ("  username: abc", "  username: ***"),
            ("  API_TOKEN: abc\n  PUBLIC_KEY: d", "  API_TOKEN: ***\n  PUBLIC_KEY: d"),
            ("  password: a\n    b\n  c: d", "  password: *\n    *\n  c: d"),
            ("  password: \"a\npip:\n  - \"b\"", "  password: **\npip:\n  - \"b\""),
            ("pip:\n  - x", "pip:\n  - x"),
            ("  ? password\n  : a", "  ? password\n  : *"),
            ("password: 'it''s a'", "password: *********"),
            ("- {password: &x \"a, b\", url: x}", "- {password: *********, url: x}"),
            ("- {password: !!str \"a, b\"}", "- {password: ************}"),
            ("- {password: a\n    b}", "- {password: *\n    *}"),
            ("? password\n# c\n: abc", "? password\n# c\n: ***"),
            ("x: &a abc\nTOKEN: *a", "x: &a ***\nTOKEN: **"),
            ("url: \"https:\\x2f/u:p@h\"", "url: ******************"),
            ("- >-\n  https://h/a?\n  token=b", "- >-\n  ************\n  *******"),
        ] {
            assert_eq!(masked(&Source::new("f", given)), shown, "{given}");
        }
    }

    #[test]
    fn pieces() {
        assert_eq!(shown("it's \"a\\b\"\u{7}"), "it's \"a\\b\"\\u{7}");
        assert_eq!(shown(&"x".repeat(81)), format!("{}…", "x".repeat(80)));
        assert_eq!(shown("https://u:p@host"), "https://***@host");
    }
}
