//! From the bytes of a file to its text.

use crate::diagnostic::{Diagnostic, Diagnostics, Rule, Severity};
use crate::source::{Source, Span};

/// The file is not valid UTF-8.
pub static NOT_UTF8: Rule = Rule {
    name: "not-utf8",
    severity: Severity::Error,
    summary: "the file is not valid UTF-8",
    explanation: "A Mopyfile is a YAML file in UTF-8. mopy stops at the first byte that is not valid. Save the file as \
         UTF-8, and check that you passed the right file.",
};

/// The file is larger than 1 MiB.
pub static FILE_TOO_LARGE: Rule = Rule {
    name: "file-too-large",
    severity: Severity::Error,
    summary: "the file is larger than 1 MiB",
    explanation: "A Mopyfile is usually shorter than a page. A file larger than 1 MiB is probably not a Mopyfile. \
         Move long lists of requirements to a requirements file.",
};

/// The names that are looked for when none is given.
pub const NAMES: [&str; 3] = ["Mopyfile.yaml", "Mopyfile.yml", "Mopyfile"];

/// The largest Mopyfile that is read, in bytes. Of a larger one, reading one byte more is enough.
pub const MAX_BYTES: usize = 1 << 20;

/// What the name of a Mopyfile's own dockerignore file has after that of the Mopyfile.
pub const IGNORE_SUFFIX: &str = ".dockerignore";

/// What the name of a lock has after that of its Mopyfile.
pub const LOCK_SUFFIX: &str = ".lock";

/// The largest file next to a Mopyfile that is read, in bytes: a dockerignore file or a lock.
pub const MAX_BYTES_BESIDE: usize = 1 << 20;

/// The text of a file called `name`.
///
/// # Errors
///
/// What keeps the file from being a Mopyfile, with as much of its text as can be shown.
pub fn decode(name: &str, bytes: Vec<u8>) -> Result<Source, (Source, Diagnostics)> {
    if bytes.len() > MAX_BYTES {
        // one line is enough to recognise the file by
        let start = String::from_utf8_lossy(&bytes[..200]).lines().next().unwrap_or_default().to_owned();
        return Err((Source::new(name, start), too_large().into()));
    }
    String::from_utf8(bytes).map(|text| Source::new(name, text)).map_err(|error| {
        let (valid, _) = error.as_bytes().split_at(error.utf8_error().valid_up_to());
        // a byte order mark is not a part of the source
        let at = Source::new("", String::from_utf8_lossy(valid)).text().len();
        let source = Source::new(name, String::from_utf8_lossy(error.as_bytes()));
        let span = Span::new(at, at + char::REPLACEMENT_CHARACTER.len_utf8());
        let diagnostic = Diagnostic::new(&NOT_UTF8, span, "the file is not valid UTF-8 from here on")
            .help("save the file as UTF-8, or check the file name");
        (source, diagnostic.into())
    })
}

/// The finding for a file of more than [`MAX_BYTES`].
pub(super) fn too_large() -> Diagnostic {
    Diagnostic::new(&FILE_TOO_LARGE, Span::default(), "the file is larger than 1 MiB")
        .help("check the file name, or move long lists of requirements to a requirements file")
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, decode};

    #[test]
    fn what_is_no_text() {
        let (source, found) = decode("f", b"\xef\xbb\xbfa: \xffb".to_vec()).unwrap_err();
        let first = found.iter().next().unwrap();
        assert_eq!((source.text(), first.rule.name), ("a: \u{fffd}b", "not-utf8"));
        assert_eq!(source.slice(first.span), "\u{fffd}");
    }

    #[test]
    fn what_is_too_large() {
        // even when it ends in the middle of a character
        let mut bytes = "ü".repeat(MAX_BYTES / 2).into_bytes();
        bytes.push(0xc3);
        let (_, found) = decode("f", bytes).unwrap_err();
        assert_eq!(found.iter().next().unwrap().rule.name, "file-too-large");
        assert!(decode("f", vec![b'#'; MAX_BYTES]).is_ok());
    }
}
