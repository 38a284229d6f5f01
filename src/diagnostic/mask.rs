//! Credentials in text that is about to be shown: each of their bytes becomes a `*`, so that offsets
//! and columns stay what they were.

use crate::source::{Source, Span};

/// The text of `source` with every credential in it masked.
#[must_use]
pub fn masked(source: &Source) -> String {
    let text = source.text();
    let mut bytes = text.as_bytes().to_vec();
    for span in url_credentials(text).chain(password_values(text)) {
        bytes[span.range()].fill(b'*');
    }
    // the spans begin and end at characters, so this is valid
    String::from_utf8(bytes).unwrap_or_default()
}

/// `text` with the credentials of the URLs in it masked.
#[must_use]
pub fn masked_urls(text: &str) -> String {
    masked(&Source::new("", text))
}

/// The credentials of one URL: over http(s) all of the user information, since tokens stand there as
/// users, too; elsewhere what follows the colon (`git@` over ssh is no secret).
#[must_use]
pub fn credentials(url: &str) -> Option<Span> {
    url_credentials(url).next()
}

fn url_credentials(text: &str) -> impl Iterator<Item = Span> {
    text.match_indices("://").filter_map(|(at, separator)| {
        let start = at + separator.len();
        let authority = text[start..]
            .find(|c: char| matches!(c, '/' | '?' | '#') || c.is_whitespace() || c.is_control())
            .map_or(text.len(), |length| start + length);
        let end = start + text[start..authority].rfind('@')?;
        let scheme = text[..at].rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let secret = if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") {
            start
        } else {
            start + text[start..end].find(':')? + 1
        };
        (secret < end).then_some(Span::new(secret, end))
    })
}

/// Values of a key called `password`, quoted or not, in block or flow style, on the key's line or in
/// the more indented lines below it.
fn password_values(text: &str) -> impl Iterator<Item = Span> {
    text.match_indices("password")
        .filter_map(|(at, key)| {
            let after = text[at + key.len()..].trim_start_matches(['"', '\'']);
            let value = after.trim_start_matches([' ', '\t']).strip_prefix(':')?;
            let start = text.len() - value.trim_start_matches([' ', '\t']).len();
            let indent = indentation(text, at);
            let rest = &text[start..];
            let end = match rest.chars().next()? {
                quote @ ('"' | '\'') => start + closing(rest, quote),
                '|' | '>' | '\r' | '\n' => block_end(text, start, indent),
                _ => {
                    let line = rest.find(['\n', '\r']).unwrap_or(rest.len());
                    let flow = rest.find([',', '}']).unwrap_or(rest.len());
                    let inline = text[..at].rfind(['{', '\n']).is_some_and(|i| text[i..].starts_with('{'));
                    start + if inline { line.min(flow) } else { line }
                }
            };
            (start < end).then_some(Span::new(start, end))
        })
        .flat_map(|span| lines(text, span))
}

fn indentation(text: &str, at: usize) -> usize {
    at - text[..at].rfind('\n').map_or(0, |i| i + 1)
}

fn closing(quoted: &str, quote: char) -> usize {
    let mut escaped = false;
    quoted
        .char_indices()
        .skip(1)
        .find(|(_, c)| {
            let found = *c == quote && !escaped;
            escaped = *c == '\\' && quote == '"' && !escaped;
            found
        })
        .map_or(quoted.len(), |(at, c)| at + c.len_utf8())
}

fn block_end(text: &str, start: usize, indent: usize) -> usize {
    let mut end = start;
    for (number, line) in text[start..].split_inclusive('\n').enumerate() {
        let deeper = line.len() - line.trim_start_matches(' ').len() > indent;
        if number > 0 && !deeper && !line.trim().is_empty() {
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
    use super::{masked, masked_urls};
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
            ("password=x", "password=x"),
        ] {
            assert_eq!(masked(&Source::new("f", given)), shown, "{given}");
        }
    }
}
