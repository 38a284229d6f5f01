//! `mopy llb`.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use super::context::{check_directory, check_files};
use super::input::{Input, Locked, report};
use super::output::write;
use super::{Failure, Outcome, docker, print};
use crate::mopyfile::directive;
use crate::platform::{Platform, UnknownPlatform};
use crate::source::Source;
use crate::{Month, Transpiled};

/// The frontend image, for a Mopyfile whose first line is missing.
const IMAGE: &str = "cmdjulian/mopy";

#[derive(clap::Args)]
#[command(after_help = "Runs `docker buildx build --call=mopy.llb`, which does not build anything.

Examples:
  mopy llb > app.llb
  mopy llb --platform linux/arm64 | buildctl build --local context=.
  mopy llb | buildctl debug dump-llb
  mopy llb -f app/Mopyfile.yaml --context . -o app.llb")]
pub(super) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The build context, which paths in the Mopyfile are relative to [default: the Mopyfile's directory]
    #[arg(long, value_name = "DIR")]
    context: Option<PathBuf>,
    /// The platform to build for [default: the builder's platform]
    #[arg(long, value_name = "PLATFORM", value_parser = platform)]
    platform: Option<Platform>,
    #[command(flatten)]
    locked: Locked,
}

fn platform(text: &str) -> Result<Platform, String> {
    if text.contains(',') {
        return Err("LLB is for a single platform; run `mopy llb` once per platform".to_owned());
    }
    text.parse().map_err(|unknown: UnknownPlatform| unknown.to_string())
}

impl Arguments {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let output = self.output.as_deref().filter(|file| *file != Path::new("-"));
        if output.is_none() && io::stdout().is_terminal() {
            return Err(Failure::new("refusing to write binary LLB to a terminal")
                .help("write it to a file: `mopy llb -o app.llb`"));
        }
        let context = self.context.clone().or_else(|| self.input.directory()).unwrap_or_else(|| ".".into());
        check_directory(&context)?;
        let Some(source) = self.input.read_text()? else { return Ok(Outcome::Problems) };
        let lock = self.input.lock(self.locked)?;
        let Transpiled { mopyfile, uv, mut diagnostics, .. } =
            crate::transpile(&source, lock.as_ref(), self.platform.as_slice(), Month::of(SystemTime::now()));
        if let Some(mopyfile) = mopyfile {
            diagnostics.extend(check_files(&mopyfile, context.clone(), self.input.path().as_deref(), uv)?);
            diagnostics.sort();
        }
        report(&source, &diagnostics);
        if diagnostics.has_errors() || self.locked.refuses(&diagnostics) {
            return Ok(Outcome::Problems);
        }
        let llb = call(self.build(&source, &context), &source)?;
        output.map_or_else(|| print(&llb), |file| write(file, &llb))
    }

    /// The build that returns the LLB. The Mopyfile is passed on standard input if mopy read it from there.
    fn build(&self, source: &Source, context: &Path) -> Command {
        let mut file = OsString::from("--file=");
        file.push(self.input.path().unwrap_or_else(|| "-".into()));
        let mut command = docker::buildx(["build", "--call=mopy.llb"]);
        command.arg(file);
        if let Some(platform) = self.platform {
            command.arg(format!("--platform={platform}"));
        }
        if directive::check(source).is_some() {
            command.arg(format!("--build-arg=BUILDKIT_SYNTAX={IMAGE}"));
        }
        command.arg("--").arg(context);
        command.stdin(if self.input.path().is_none() { Stdio::piped() } else { Stdio::null() });
        command
    }
}

/// The output of `docker`, which prints its errors and progress to stderr.
fn call(mut command: Command, source: &Source) -> Result<Vec<u8>, Failure> {
    let spawned = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn();
    let mut child = spawned.map_err(|error| docker::not_started(&error))?;
    if let Some(mut stdin) = child.stdin.take() {
        // Docker reads all of its input before it prints anything; if it fails earlier, it reports the error itself
        let _ = stdin.write_all(source.text().as_bytes());
    }
    let output = child.wait_with_output();
    let output = output.map_err(|error| Failure::new(format!("cannot read the output of `docker`: {error}")))?;
    if !output.status.success() {
        return Err(Failure::new(format!("`docker buildx build` failed ({})", output.status)));
    }
    if output.stdout.is_empty() {
        return Err(Failure::new("`docker buildx build` printed no LLB").help("update Docker or its Buildx plugin"));
    }
    Ok(output.stdout)
}
