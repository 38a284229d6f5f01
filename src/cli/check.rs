//! `mopy check`.

use std::path::{Path, PathBuf};

use super::input::{Input, report};
use super::{Failure, Outcome, print};
use crate::diagnostic::{Diagnostic, Diagnostics, json, rule};
use crate::mopyfile::path::SourcePath;
use crate::mopyfile::{self, Mopyfile, Project};
use crate::source::{Located, Source};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  mopy check
  mopy check -f app/Mopyfile.yaml --context . --strict
  mopy check --format json | jq '.diagnostics[].rule'")]
pub(super) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Where to look up the files that the Mopyfile names [default: the Mopyfile's directory]
    #[arg(long, value_name = "DIR")]
    context: Option<PathBuf>,
    /// Take warnings as problems
    #[arg(long)]
    strict: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

impl Arguments {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        if let Some(context) = self.context.as_deref().filter(|context| !context.is_dir()) {
            return Err(Failure::new(format!("the context `{}` is no directory", context.display())));
        }
        let (source, diagnostics) = match self.input.read()? {
            Ok(source) => {
                let diagnostics = self.found(&source);
                (source, diagnostics)
            }
            Err(unreadable) => unreadable,
        };
        match self.format {
            Format::Json => {
                print(&format!("{:#}\n", json::render(&source, &diagnostics)))?;
            }
            Format::Text if diagnostics.is_empty() => {
                print(&format!("{}: no problems\n", source.name()))?;
            }
            Format::Text => report(&source, &diagnostics),
        }
        let strict = self.strict && diagnostics.iter().any(|d| d.rule.severity == rule::Severity::Warning);
        Ok(if diagnostics.has_problems() || strict { Outcome::Wrong } else { Outcome::Fine })
    }

    fn found(&self, source: &Source) -> Diagnostics {
        match mopyfile::read(source) {
            Err(diagnostics) => diagnostics,
            Ok((mopyfile, mut diagnostics)) => {
                if let Some(context) = self.context.clone().or_else(|| self.input.directory()) {
                    look_up(&mopyfile, &context, &mut diagnostics);
                    diagnostics.sort();
                }
                diagnostics
            }
        }
    }
}

/// Adds a problem for each file that the Mopyfile names and `context` lacks.
fn look_up(mopyfile: &Mopyfile, context: &Path, diagnostics: &mut Diagnostics) {
    for source in mopyfile.sources() {
        let SourcePath { path, directory } = &source.value;
        if let Some(message) = absent(&context.join(path.as_str()), *directory) {
            diagnostics.push(
                Diagnostic::new(&rule::FILE_NOT_FOUND, source.span, format!("`{path}` {message}"))
                    .help("paths begin at the context, the directory that `docker build` is given (`--context`)"),
            );
        }
    }
    let Some(Located { value: Project::Directory(path), span }) = &mopyfile.project else { return };
    let there = context.join(path.as_str());
    let runs_main = mopyfile.command.is_none() && mopyfile.entrypoint.is_none();
    if runs_main && there.is_dir() && !there.join("main.py").is_file() {
        diagnostics.push(
            Diagnostic::new(&rule::FILE_NOT_FOUND, *span, format!("`{path}` has no `main.py`"))
                .help("add one, or say what runs with `command: [python, -m, package]`"),
        );
    }
}

/// What is wrong with `path`, if anything.
fn absent(path: &Path, directory: bool) -> Option<&'static str> {
    match (path.is_dir(), path.is_file(), directory) {
        (true, _, true) | (_, true, false) => None,
        (true, _, false) => Some("is a directory, not a file"),
        (_, true, true) => Some("is a file, not a directory"),
        _ => Some("is not in the context"),
    }
}
