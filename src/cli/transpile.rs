//! `mopy transpile`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use imara_diff::{Algorithm, BasicLineDiffPrinter, Diff, InternedInput, UnifiedDiffConfig};

use super::input::{Input, Locked, reason, report};
use super::output::temporary;
use super::{Failure, Outcome, print};
use crate::Month;
use crate::platform::{Platform, UnknownPlatform};

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
    /// Compare with a file, show the difference and exit with 1 if there is one
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
    /// The platforms to build for, separated by commas [default: all that distroless has]
    #[arg(long, value_name = "PLATFORM", value_parser = Platforms::parse)]
    platform: Option<Platforms>,
    #[command(flatten)]
    locked: Locked,
}

/// What `--platform` is given; a type of its own, as clap takes a list for a repeated argument.
#[derive(Clone, Default)]
struct Platforms(Vec<Platform>);

impl Platforms {
    fn parse(text: &str) -> Result<Self, UnknownPlatform> {
        Platform::list(text).map(Self)
    }
}

impl Arguments {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let source = match self.input.read()? {
            Ok(source) => source,
            Err((source, diagnostics)) => {
                report(&source, &diagnostics);
                return Ok(Outcome::Wrong);
            }
        };
        let lock = self.input.lock(self.locked)?;
        let platforms = self.platform.unwrap_or_default().0;
        match crate::transpile(&source, lock.as_ref(), &platforms, Month::of(SystemTime::now())) {
            Err(diagnostics) => {
                report(&source, &diagnostics);
                Ok(Outcome::Wrong)
            }
            Ok(transpiled) => {
                report(&source, &transpiled.diagnostics);
                if self.locked.refuses(&transpiled.diagnostics) {
                    return Ok(Outcome::Wrong);
                }
                let text = &transpiled.dockerfile.text;
                match (self.check, self.output) {
                    (Some(file), _) => compare(&file, text),
                    (None, Some(file)) if file.as_os_str() != "-" => write(&file, text),
                    _ => print(text),
                }
            }
        }
    }
}

fn compare(file: &Path, text: &str) -> Result<Outcome, Failure> {
    let committed = fs::read(file).map_err(|error| {
        Failure::new(format!("cannot read `{}`: {}", file.display(), reason(&error)))
            .help(format!("write it first: `mopy transpile -o {}`", file.display()))
    })?;
    if committed == text.as_bytes() {
        return Ok(Outcome::Fine);
    }
    let committed = String::from_utf8_lossy(&committed);
    let input = InternedInput::new(committed.as_ref(), text);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let printer = BasicLineDiffPrinter(&input.interner);
    let hunks = diff.unified_diff(&printer, UnifiedDiffConfig::default(), &input);
    let name = file.display();
    print(&format!("--- {name}\n+++ {name} (as the Mopyfile gives it)\n{hunks}"))?;
    Ok(Outcome::Wrong)
}

/// Writes under another name beside it and renames, so that nobody ever sees half a file.
fn write(file: &Path, text: &str) -> Result<Outcome, Failure> {
    let failure =
        |error: &std::io::Error| Failure::new(format!("cannot write `{}`: {}", file.display(), reason(error)));
    // what is no file, such as a pipe, cannot be replaced, and neither can what a link to nothing points at
    if fs::metadata(file).map_or_else(|_| file.is_symlink(), |metadata| !metadata.is_file() && !metadata.is_dir()) {
        return fs::write(file, text).map(|()| Outcome::Fine).map_err(|error| failure(&error));
    }
    // a link stays one: what it points at is replaced
    let target = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let temporary = temporary(&target, text).map_err(|error| failure(&error))?;
    if let Ok(metadata) = fs::metadata(&target) {
        // a file that is there keeps its mode
        temporary.as_file().set_permissions(metadata.permissions()).map_err(|error| failure(&error))?;
    }
    temporary.persist(&target).map_err(|error| failure(&error.error))?;
    Ok(Outcome::Fine)
}
