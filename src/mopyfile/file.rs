//! Decodes the bytes of a file.

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

/// The default names of Mopyfiles.
pub const NAMES: [&str; 3] = ["Mopyfile.yaml", "Mopyfile.yml", "Mopyfile"];

/// The maximum size of a Mopyfile, in bytes. One more byte is enough to detect a larger file.
pub const MAX_BYTES: usize = 1 << 20;

/// The suffix of a Mopyfile's own ignore file.
pub const IGNORE_SUFFIX: &str = ".dockerignore";

/// The suffix of a lock file.
pub const LOCK_SUFFIX: &str = ".lock";

/// The maximum size of an ignore file or lock file, in bytes.
pub const MAX_COMPANION_BYTES: usize = 1 << 20;

/// Decodes a file called `name`.
///
/// # Errors
///
/// The reason why the file is not text, with the beginning of its text.
pub fn decode(name: &str, bytes: Vec<u8>) -> Result<Source, (Source, Diagnostics)> {
    if bytes.len() > MAX_BYTES {
        // one line is enough to recognize the file
        let start = String::from_utf8_lossy(&bytes[..200]).lines().next().unwrap_or_default().to_owned();
        return Err((Source::new(name, start), too_large().into()));
    }
    String::from_utf8(bytes).map(|text| Source::new(name, text)).map_err(|error| {
        let (valid, _) = error.as_bytes().split_at(error.utf8_error().valid_up_to());
        // a byte order mark is not part of the source
        let at = Source::new("", String::from_utf8_lossy(valid)).text().len();
        let source = Source::new(name, String::from_utf8_lossy(error.as_bytes()));
        let span = Span::new(at, at + char::REPLACEMENT_CHARACTER.len_utf8());
        let diagnostic = Diagnostic::new(&NOT_UTF8, span, "the file is not valid UTF-8 from here on")
            .help("save the file as UTF-8, or check the file name");
        (source, diagnostic.into())
    })
}

/// The error for a file larger than [`MAX_BYTES`].
pub(super) fn too_large() -> Diagnostic {
    Diagnostic::new(&FILE_TOO_LARGE, Span::default(), "the file is larger than 1 MiB")
        .help("check the file name, or move long lists of requirements to a requirements file")
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, decode};

    #[test]
    fn files_that_are_not_text() {
        let (source, found) = decode("f", b"\xef\xbb\xbfa: \xffb".to_vec()).unwrap_err();
        let first = found.iter().next().unwrap();
        assert_eq!((source.text(), first.rule.name), ("a: \u{fffd}b", "not-utf8"));
        assert_eq!(source.slice(first.span), "\u{fffd}");
    }

    #[test]
    fn files_that_are_too_large() {
        // even if it ends in the middle of a character
        let mut bytes = "ü".repeat(MAX_BYTES / 2).into_bytes();
        bytes.push(0xc3);
        let (_, found) = decode("f", bytes).unwrap_err();
        assert_eq!(found.iter().next().unwrap().rule.name, "file-too-large");
        assert!(decode("f", vec![b'#'; MAX_BYTES]).is_ok());
    }
}
