//! `mopy transpile`.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use imara_diff::{Algorithm, BasicLineDiffPrinter, Diff, InternedInput, UnifiedDiffConfig};

use super::input::{Input, Locked, read_regular, report};
use super::output::write;
use super::{Failure, Outcome, inert, print};
use crate::diagnostic::text::printable;
use crate::{Month, Platform, Rendered, Transpiled};

/// A list of platforms. It has a name because clap treats a `Vec` as a repeated argument.
type Platforms = Vec<Platform>;

#[derive(clap::Args)]
#[command(after_help = "Examples:
  mopy transpile > Dockerfile
  mopy transpile -f app/Mopyfile.yaml -o app/Dockerfile
  mopy transpile --check Dockerfile
  mopy transpile -f - < Mopyfile.yaml | docker build -f - .")]
pub(super) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE", conflicts_with = "check")]
    output: Option<PathBuf>,
    /// Compare with a file; show the difference and exit with 1 if they differ
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
    /// The platforms to build for, separated by commas [default: all platforms that distroless supports]
    #[arg(long, value_name = "PLATFORM", value_parser = Platform::list)]
    platform: Option<Platforms>,
    #[command(flatten)]
    locked: Locked,
}

impl Arguments {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let Some(source) = self.input.read_text()? else { return Ok(Outcome::Problems) };
        let lock = self.input.lock(self.locked)?;
        let platforms = self.platform.unwrap_or_default();
        let Transpiled { dockerfile, diagnostics, .. } =
            crate::transpile(&source, lock.as_ref(), &platforms, Month::of(SystemTime::now()));
        report(&source, &diagnostics);
        let Some(Rendered { text, .. }) = dockerfile else { return Ok(Outcome::Problems) };
        if self.locked.refuses(&diagnostics) {
            return Ok(Outcome::Problems);
        }
        match (self.check, self.output) {
            (Some(file), _) => compare(&file, &text),
            (None, Some(file)) if file.as_os_str() != "-" => write(&file, text.as_bytes()),
            // a terminal would interpret control characters; files and pipes receive the text unchanged
            _ if io::stdout().is_terminal() => print(printable(&text)),
            _ => print(text),
        }
    }
}

/// The maximum size of the Dockerfile for `--check`, in bytes.
const MAX_DOCKERFILE: usize = 4 << 20;

fn compare(file: &Path, text: &str) -> Result<Outcome, Failure> {
    let committed = read_regular(file, MAX_DOCKERFILE).map_err(|error| {
        Failure::cannot_read(file, &error).help(format!("create it: `mopy transpile -o {}`", file.display()))
    })?;
    if committed == text.as_bytes() {
        return Ok(Outcome::Success);
    }
    let committed = String::from_utf8_lossy(&committed);
    let input = InternedInput::new(committed.as_ref(), text);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let printer = BasicLineDiffPrinter(&input.interner);
    let hunks = diff.unified_diff(&printer, UnifiedDiffConfig::default(), &input);
    let name = file.display();
    print(inert(&printable(&format!("--- {name}\n+++ {name} (generated from the Mopyfile)\n{hunks}"))))?;
    Ok(Outcome::Problems)
}
