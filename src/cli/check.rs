//! `mopy check`.

use std::path::PathBuf;
use std::time::SystemTime;

use super::input::{Input, Locked, report};
use super::lookup::{check_directory, check_files};
use super::{Failure, Outcome, inert, print};
use crate::diagnostic::text::printable;
use crate::diagnostic::{Diagnostics, github, json, rule, sarif};
use crate::mopyfile::directive;
use crate::source::Source;
use crate::{Month, Transpiled};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  mopy check
  mopy check -f app/Mopyfile.yaml --context . --strict
  mopy check --format json | jq '.diagnostics[].rule'
  mopy check --format github            annotate a pull request on GitHub
  mopy check --format sarif > mopy.sarif")]
pub(super) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The build context, which paths in the Mopyfile are relative to [default: the Mopyfile's directory]
    #[arg(long, value_name = "DIR")]
    context: Option<PathBuf>,
    /// Treat warnings as errors
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    locked: Locked,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    /// Human-readable text
    Text,
    /// JSON
    Json,
    /// Annotations for GitHub Actions
    Github,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

impl Arguments {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        if let Some(context) = &self.context {
            check_directory(context)?;
        }
        let (source, diagnostics) = match self.input.read()? {
            Ok(source) => {
                let diagnostics = self.found(&source)?;
                (source, diagnostics)
            }
            Err(undecodable) => undecodable,
        };
        match self.format {
            Format::Json => {
                print(&format!("{:#}\n", json::render(&source, &diagnostics)))?;
            }
            Format::Github => {
                print(&github::render(&source, &diagnostics))?;
            }
            Format::Sarif => {
                print(&format!("{:#}\n", sarif::render(&source, &diagnostics)))?;
            }
            Format::Text if diagnostics.is_empty() => {
                print(&inert(&printable(&format!("{}: no problems\n", source.name()))))?;
            }
            Format::Text => report(&source, &diagnostics),
        }
        let strict = self.strict && diagnostics.iter().any(|d| d.rule.severity == rule::Severity::Warning);
        let refused = self.locked.refuses(&diagnostics);
        Ok(if diagnostics.has_errors() || strict || refused { Outcome::Problems } else { Outcome::Success })
    }

    /// All diagnostics of `source` and of the files it refers to.
    fn found(&self, source: &Source) -> Result<Diagnostics, Failure> {
        let lock = self.input.lock(self.locked)?;
        let Transpiled { mopyfile, uv, mut diagnostics, .. } =
            crate::transpile(source, lock.as_ref(), &[], Month::of(SystemTime::now()));
        // `mopy transpile` also reads Mopyfiles from standard input
        if mopyfile.is_some() && self.input.path().is_some() {
            diagnostics.extend(directive::check(source));
            diagnostics.sort();
        }
        if let (Some(mopyfile), Some(directory)) = (mopyfile, self.context.clone().or_else(|| self.input.directory())) {
            diagnostics.extend(check_files(&mopyfile, directory, self.input.path().as_deref(), uv)?);
            diagnostics.sort();
        }
        Ok(diagnostics)
    }
}
