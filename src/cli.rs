//! The command line, with one module per subcommand. Only this module and its children write to the terminal.

mod check;
mod context;
mod docker;
mod explain;
mod init;
mod input;
mod legacy;
mod llb;
mod lock;
mod output;
mod transpile;

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::diagnostic::text::printable;
use crate::frontend;
use crate::mopyfile::keys;
use crate::source::reason;

/// Build small, secure container images for Python applications from a Mopyfile
#[derive(Parser)]
#[command(name = "mopy", version, max_term_width = 100, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    subcommand: Subcommand,
}

const EXAMPLES: &str = "\
Examples:
  docker build -f Mopyfile.yaml .     build an image (needs only Docker)
  mopy init                           write a Mopyfile for this directory
  mopy transpile > Dockerfile         print the Dockerfile that mopy builds
  mopy transpile --check Dockerfile   fail if the Dockerfile is out of date
  mopy check --strict                 fail on errors and warnings
  mopy explain unpinned-git           explain a rule

Exit codes:
  0  success
  1  errors found (with --strict, also warnings), --check found a difference,
     or the lock file is incomplete (with --locked)
  2  invalid arguments, a file is missing or cannot be read or written
     (with --locked, also the lock file), or Docker failed";

#[derive(clap::Subcommand)]
enum Subcommand {
    /// Print the Dockerfile of a Mopyfile
    Transpile(transpile::Arguments),
    /// Check a Mopyfile for errors, warnings and missing files
    Check(check::Arguments),
    /// Print the build graph (LLB) of a Mopyfile, for debugging (requires Docker)
    Llb(llb::Arguments),
    /// Write a Mopyfile for an existing project
    Init(init::Arguments),
    /// Pin the base images and uv in a lock file (requires Docker)
    Lock(lock::Arguments),
    /// Print the JSON Schema for Mopyfiles
    Schema,
    /// Explain a rule
    Explain(explain::Arguments),
    /// Print a completion script for a shell
    #[command(after_help = "Example:\n  mopy completions bash > /etc/bash_completion.d/mopy")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Serve BuildKit, which starts the frontend image without arguments
    #[command(hide = true)]
    Frontend,
}

/// The result of a subcommand that ran to completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// No problems.
    Success,
    /// The Mopyfile has errors, or differs from the file that it is compared with.
    Problems,
}

/// Why a subcommand failed.
#[derive(Debug)]
struct Failure {
    message: String,
    help: Option<String>,
}

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    fn cannot_read(path: &Path, error: &io::Error) -> Self {
        Self::new(format!("cannot read `{}`: {}", path.display(), reason(error)))
    }

    fn cannot_write(path: &Path, error: &io::Error) -> Self {
        Self::new(format!("cannot write `{}`: {}", path.display(), reason(error)))
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // the message can contain the output of other programs, such as Docker
        write!(f, "error: {}", printable(&self.message))?;
        if let Some(help) = &self.help {
            write!(f, "\n  help: {}", printable(help))?;
        }
        Ok(())
    }
}

/// Runs `mopy` with `arguments`, beginning with the name of the program, and returns the exit code: 0 for success, 1 if
/// the Mopyfile has errors or differs from the file that it is compared with, 2 for invalid arguments or a file that
/// cannot be read. When BuildKit starts the process without arguments, it runs as the frontend, which exits by itself.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments.len() <= 1 && frontend::is_started_by_buildkit() {
        frontend::run();
    }
    let outcome = match legacy::translated(arguments).map(Arguments::try_parse_from) {
        Ok(Ok(arguments)) => arguments.subcommand.run(),
        Ok(Err(error)) => {
            // clap itself knows whether help goes to stdout or an error to stderr
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(Outcome::Success) => ExitCode::SUCCESS,
        Ok(Outcome::Problems) => ExitCode::from(1),
        Err(failure) => {
            show(&format!("{failure}\n"));
            ExitCode::from(2)
        }
    }
}

impl Subcommand {
    fn run(self) -> Result<Outcome, Failure> {
        match self {
            Self::Transpile(arguments) => arguments.run(),
            Self::Check(arguments) => arguments.run(),
            Self::Llb(arguments) => arguments.run(),
            Self::Init(arguments) => arguments.run(),
            Self::Lock(arguments) => arguments.run(),
            Self::Schema => print(format!("{:#}\n", keys::schema())),
            Self::Explain(arguments) => arguments.run(),
            Self::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut Arguments::command(), "mopy", &mut script);
                print(script)
            }
            Self::Frontend => frontend::run(),
        }
    }
}

/// Writes to stdout.
fn print(bytes: impl AsRef<[u8]>) -> Result<Outcome, Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes.as_ref()).and_then(|()| stdout.flush()) {
        // `mopy transpile | head` is not an error
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("cannot write to stdout: {error}")))
        }
        _ => Ok(Outcome::Success),
    }
}

/// Writes to stderr. Failures are ignored, because there is no other place to report them.
fn show(text: &str) {
    let _ = anstream::stderr().lock().write_all(inert(text).as_bytes());
}

/// Escapes what GitHub Actions interprets as workflow commands in `text`: `::` at the start of a line, and `##[`
/// anywhere (actions/runner, `ActionCommand.cs`).
fn inert(text: &str) -> String {
    let mut lines = String::with_capacity(text.len());
    for line in text.replace("##[", "# [").split_inclusive('\n') {
        let rest = line.trim_start();
        lines.push_str(&line[..line.len() - rest.len()]);
        match rest.strip_prefix("::") {
            Some(rest) => lines.extend([": :", rest]),
            None => lines.push_str(rest),
        }
    }
    lines
}

/// Whether to use colors on stderr: only on a terminal, and unless `NO_COLOR` or a similar variable disables them.
fn colours() -> bool {
    anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn runners_are_not_commanded() {
        for (text, inert_text) in [
            ("::error::x\n", ": :error::x\n"),
            (" \t::stop-commands::x\na ::b\n", " \t: :stop-commands::x\na ::b\n"),
            ("1 | ##[command]x", "1 | # [command]x"),
            ("###[a]", "## [a]"),
            ("", ""),
        ] {
            assert_eq!(inert(text), inert_text, "{text}");
        }
    }
}
