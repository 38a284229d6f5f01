//! Explains the errors of the YAML parser.

use crate::redact::excerpt;

/// The parser's message for too many nested brackets.
pub(super) const TOO_DEEP: &str = "recursion limit exceeded";

/// The parser's message without the position, which is shown separately.
pub(super) fn plain(message: &str) -> &str {
    let end = message.find(" at line ").unwrap_or(message.len());
    message[..end].trim_end_matches([',', '.', ':'])
}

/// The message and help for a `reason` of the parser at `character`. Unknown reasons are shown as they are.
pub(super) fn explained(reason: &str, character: Option<char>) -> (String, &'static str) {
    let explanation = EXPLANATIONS.iter().find(|(known, ..)| reason.starts_with(known));
    let Some((_, message, help)) = explanation else {
        return (
            format!("this is not YAML: {}", excerpt(reason)),
            "check the indentation, the quotes and brackets, and the space after each colon",
        );
    };
    let character = character.map(|c| excerpt(c.encode_utf8(&mut [0; 4]))).unwrap_or_default();
    (message.replace("{}", &character), help)
}

/// The beginning of the parser's message, our message, and the help. `{}` is the character at the position.
const EXPLANATIONS: &[(&str, &str, &str)] = &[
    (
        "mapping values are not allowed",
        "a `key: value` begins inside another value",
        "add a space after the colon of the line above, indent both lines equally, or quote the value",
    ),
    ("simple key expected", "the line has no `:`", "write `key: value`, or `- item` in a list"),
    (
        "while parsing a block mapping, did not find expected key",
        "the line is indented differently from the lines above",
        "indent all entries of a list or mapping equally",
    ),
    (
        "while parsing a block collection, did not find expected '-'",
        "the line is not an item of the list above, and a key cannot begin here",
        "begin it with `- `, or indent it like the key of the list",
    ),
    (
        "block sequence entries are not allowed",
        "a list cannot begin here",
        "write the key of the list on a separate line, and the items below it",
    ),
    (
        "invalid indentation in multiline quoted",
        "a quote above is not closed",
        "add the closing quote at the end of that line",
    ),
    ("unclosed quote", "a quote is not closed", "add the closing quote at the end of that line"),
    (
        "while scanning a quoted scalar, found unexpected document",
        "a quote above is not closed",
        "add the closing quote at the end of that line",
    ),
    (
        "invalid trailing content after single",
        "unexpected characters after the closing quote",
        "double a quote inside single quotes, or use double quotes",
    ),
    (
        "invalid trailing content after double",
        "unexpected characters after the closing quote",
        "escape a quote inside double quotes as `\\\"`, or use single quotes",
    ),
    (
        "while parsing a quoted scalar, found unknown escape",
        "unknown escape sequence in double quotes",
        "double the backslash, or use single quotes",
    ),
    (
        "while parsing a flow mapping, did not find expected",
        "a bracket `{` above is not closed",
        "write `,` between the entries and `}` after the last one",
    ),
    (
        "while parsing a flow sequence, expected",
        "a bracket `[` above is not closed",
        "write `,` between the items and `]` after the last one",
    ),
    (
        "illegal placement of ':'",
        "a bracket above is not closed, or a `:` is used where none is allowed",
        "close the bracket, or quote the value",
    ),
    ("unclosed bracket", "a bracket is not closed", "write `]` or `}` after the last item"),
    ("misplaced bracket", "`{}` closes a bracket that is not open", "remove it, or quote the value"),
    (
        "mismatched bracket",
        "the bracket `{}` is closed by a different kind of bracket",
        "close `[` with `]` and `{` with `}`",
    ),
    ("unexpected character", "a value cannot begin with `{}`", "quote the value"),
    (
        "while scanning an anchor or alias",
        "a value that begins with `{}` needs the name of an anchor",
        "quote the value",
    ),
    (
        "while scanning a block scalar, did not find expected comment",
        "a value that begins with `{}` introduces a block of text",
        "quote the value",
    ),
    (
        "did not find expected <document start>",
        "this line is indented differently from the first one",
        "write top-level keys without indentation",
    ),
    (
        "unexpected EOF while parsing an implicit flow mapping",
        "there is no value before the comma",
        "write a single comma between two items",
    ),
    ("tab", "tabs are not allowed here", "use spaces"),
];

#[cfg(test)]
mod tests {
    use crate::mopyfile::document::parse;
    use crate::source::Source;

    /// Reasons that no golden file shows.
    #[test]
    fn reasons_of_the_parser_are_known() {
        for (text, message) in [
            ("\u{85}a\nb\u{11}: c\n", "a value cannot begin with `\\u{85}`"),
            ("a: [b}\n", "the bracket `[` is closed by a different kind of bracket"),
            ("a: b]\nc: ]\n", "`]` closes a bracket that is not open"),
        ] {
            let error = parse(&Source::new("f", text)).err().map(|diagnostic| diagnostic.message);
            assert_eq!(error.as_deref(), Some(message), "{text:?}");
        }
    }
}
