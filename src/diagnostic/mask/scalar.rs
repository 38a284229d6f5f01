//! Credentials that only YAML's scanner finds: in scalars that are not written as what they mean (escapes, folded
//! lines), and at secret keys, whatever stands between a key and its value (anchors, tags, comments).

use std::collections::HashMap;

use granit_parser::{Scanner, StrInput, TokenType};

use super::{has_secret_name, shows};
use crate::source::Span;

/// The scalars of `text` that are credentials or hold some, up to the first error in its YAML.
pub(super) fn spans(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut anchors: HashMap<String, Span> = HashMap::new();
    let (mut anchor, mut is_key, mut at_secret, mut is_value) = (None, false, false, false);
    for token in Scanner::new(StrInput::new(text)).map_while(Result::ok) {
        let span = token.span().byte_range().map(|range| Span::new(range.start, range.end.min(text.len())));
        match token.token_type() {
            TokenType::Key => (is_key, is_value) = (true, false),
            TokenType::Value => (is_key, is_value) = (false, at_secret),
            TokenType::Anchor(name) => anchor = Some(name.to_string()),
            TokenType::Tag(..) | TokenType::Comment(_) => {}
            TokenType::Alias(name) => {
                found.extend(anchors.get(name.as_ref()).filter(|_| is_value));
                is_value = false;
            }
            TokenType::Scalar(_, value) => {
                let Some(span) = span else { continue };
                anchors.extend(anchor.take().map(|name| (name, span)));
                if is_key {
                    (is_key, at_secret) = (false, has_secret_name(value));
                } else if is_value || (!is_plain(&text[span.range()], value) && shows(value)) {
                    found.push(span);
                }
                is_value = false;
            }
            _ => (anchor, is_value) = (None, false),
        }
    }
    found
}

/// Whether a scalar is written as what it means, quotes around it aside.
fn is_plain(written: &str, value: &str) -> bool {
    let written = written.trim();
    written == value || written.get(1..written.len().saturating_sub(1)) == Some(value)
}
