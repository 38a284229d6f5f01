//! `mopy check`.

use std::path::PathBuf;
use std::time::SystemTime;

use super::context::{check_directory, check_files};
use super::input::{Input, Locked, report};
use super::{Failure, Outcome, inert, print};
use crate::diagnostic::text::printable;
use crate::diagnostic::{Diagnostics, github, json, rule, sarif};
use crate::mopyfile::directive;
use crate::source::Source;
use crate::{Month, Transpiled};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  mopy check
  mopy check app/Mopyfile.yaml api/Mopyfile.yaml
  mopy check -f app/Mopyfile.yaml --context . --strict
  mopy check --format json | jq '.diagnostics[].rule'
  mopy check --format github            annotate a pull request on GitHub
  mopy check --format sarif > mopy.sarif")]
pub(super) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// Mopyfiles, instead of `--file`
    #[arg(value_name = "FILE", conflicts_with = "file")]
    files: Vec<PathBuf>,
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
        if self.files.is_empty() {
            return self.check(&self.input);
        }
        if self.files.len() > 1 && matches!(self.format, Format::Json | Format::Sarif) {
            return Err(Failure::new("`--format json` and `--format sarif` describe a single Mopyfile")
                .help("run `mopy check` once for each Mopyfile"));
        }
        let mut outcome = Outcome::Success;
        for file in &self.files {
            if self.check(&Input { file: Some(file.clone()) })? == Outcome::Problems {
                outcome = Outcome::Problems;
            }
        }
        Ok(outcome)
    }

    fn check(&self, input: &Input) -> Result<Outcome, Failure> {
        let (source, diagnostics) = match input.read()? {
            Ok(source) => {
                let diagnostics = self.found(input, &source)?;
                (source, diagnostics)
            }
            Err(undecodable) => undecodable,
        };
        print(match self.format {
            Format::Json => format!("{:#}\n", json::render(&source, &diagnostics)),
            Format::Github => github::render(&source, &diagnostics),
            Format::Sarif => format!("{:#}\n", sarif::render(&source, &diagnostics)),
            Format::Text if diagnostics.is_empty() => inert(&printable(&format!("{}: no problems\n", source.name()))),
            Format::Text => {
                report(&source, &diagnostics);
                String::new()
            }
        })?;
        let strict = self.strict && diagnostics.iter().any(|d| d.rule.severity == rule::Severity::Warning);
        let refused = self.locked.refuses(&diagnostics);
        Ok(if diagnostics.has_errors() || strict || refused { Outcome::Problems } else { Outcome::Success })
    }

    /// All diagnostics of `source` and of the files it refers to.
    fn found(&self, input: &Input, source: &Source) -> Result<Diagnostics, Failure> {
        let lock = input.lock(self.locked)?;
        let Transpiled { mopyfile, uv, mut diagnostics, .. } =
            crate::transpile(source, lock.as_ref(), &[], Month::of(SystemTime::now()));
        // `mopy transpile` also reads Mopyfiles from standard input
        if mopyfile.is_some() && input.path().is_some() {
            diagnostics.extend(directive::check(source));
        }
        if let (Some(mopyfile), Some(directory)) = (mopyfile, self.context.clone().or_else(|| input.directory())) {
            diagnostics.extend(check_files(&mopyfile, directory, input.path().as_deref(), uv)?);
        }
        diagnostics.sort();
        Ok(diagnostics)
    }
}
