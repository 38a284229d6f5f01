//! Which Mopyfile is meant, and its text.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Failure, colours, show};
use crate::diagnostic::{Diagnostic, Diagnostics, rule, text};
use crate::mopyfile::document::MAX_BYTES;
use crate::source::{Source, Span};

/// The names that are looked for when none is given.
pub(super) const NAMES: [&str; 3] = ["Mopyfile.yaml", "Mopyfile.yml", "Mopyfile"];

/// Where the Mopyfile is.
#[derive(clap::Args)]
pub(super) struct Input {
    /// The Mopyfile; `-` is standard input [default: Mopyfile.yaml, Mopyfile.yml or Mopyfile]
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Input {
    /// Reads the file. Inside is the text, or what keeps it from being one.
    pub(super) fn read(&self) -> Result<Result<Source, (Source, Diagnostics)>, Failure> {
        if self.is_stdin() {
            let mut bytes = Vec::new();
            let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX) + 1;
            io::stdin()
                .lock()
                .take(limit)
                .read_to_end(&mut bytes)
                .map_err(|error| Failure::new(format!("cannot read standard input: {error}")))?;
            return Ok(source("<stdin>", bytes));
        }
        let path = self.path();
        if path.is_dir() {
            return Err(Failure::new(format!("`{}` is a directory", path.display()))
                .help(format!("name the file: `-f {}`", path.join(NAMES[0]).display())));
        }
        let bytes = fs::read(&path).map_err(|error| {
            let failure = Failure::new(format!("cannot read `{}`: {}", path.display(), reason(&error)));
            if self.file.is_none() {
                failure.help("go to the Mopyfile's directory, or name it: `-f path/to/Mopyfile.yaml`")
            } else {
                failure
            }
        })?;
        Ok(source(&path.to_string_lossy(), bytes))
    }

    /// The directory that the file is in; none for standard input.
    pub(super) fn directory(&self) -> Option<PathBuf> {
        let path = (!self.is_stdin()).then(|| self.path())?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        Some(parent.unwrap_or_else(|| Path::new(".")).to_owned())
    }

    fn is_stdin(&self) -> bool {
        self.file.as_deref() == Some(Path::new("-"))
    }

    fn path(&self) -> PathBuf {
        let found = || NAMES.iter().map(PathBuf::from).find(|path| path.is_file());
        self.file.clone().or_else(found).unwrap_or_else(|| NAMES[0].into())
    }
}

/// What the operating system says, without its number.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    text[..end].to_lowercase()
}

fn source(name: &str, bytes: Vec<u8>) -> Result<Source, (Source, Diagnostics)> {
    String::from_utf8(bytes).map(|text| Source::new(name, text)).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let source = Source::new(name, String::from_utf8_lossy(error.as_bytes()));
        let span = Span::new(at, at + char::REPLACEMENT_CHARACTER.len_utf8());
        let diagnostic = Diagnostic::new(&rule::NOT_UTF8, span, "the file is not UTF-8 text from here on")
            .help("save the file as UTF-8, or check its name");
        (source, diagnostic.into())
    })
}

/// Writes what was found to stderr, if anything.
pub(super) fn report(source: &Source, diagnostics: &Diagnostics) {
    if !diagnostics.is_empty() {
        show(&text::render(source, diagnostics, colours()));
    }
}
