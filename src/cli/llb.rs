//! `mopy llb`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::input::{Input, Locked, beside, report};
use super::lookup::{check_directory, look_up};
use super::output::write;
use super::{Failure, Outcome, print_bytes, show};
use crate::client::{Client, Directories, Endpoint, Error};
use crate::frontend::{self, Environment, Llb};
use crate::mopyfile::file::{IGNORE_SUFFIX, LOCK_SUFFIX};
use crate::platform::{Platform, UnknownPlatform};
use crate::source::Source;
use crate::{Month, mopyfile};

/// How long nobody wonders what is waited for.
const MOMENT: Duration = Duration::from_secs(1);

/// The name of a Mopyfile that is no file, as `docker build -f -` sends it.
const STDIN: &str = "Dockerfile";

#[derive(clap::Args)]
#[command(
    after_help = "It is BuildKit that makes it: the one of BUILDKIT_HOST (unix://, tcp://), or Docker's own. Nothing is built.

Examples:
  mopy llb > app.llb
  mopy llb --platform linux/arm64 | buildctl build --local context=.
  mopy llb | buildctl debug dump-llb --dot
  mopy llb --format json | jq '.[].name'
  BUILDKIT_HOST=tcp://builder:1234 mopy llb -f app/Mopyfile.yaml --context . -o app.llb"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The directory that the build would be given [default: the Mopyfile's directory]
    #[arg(long, value_name = "DIR")]
    context: Option<PathBuf>,
    /// The platform to build for [default: that of BuildKit]
    #[arg(long, value_name = "PLATFORM", value_parser = platform)]
    platform: Option<Platform>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Llb)]
    format: Format,
    #[command(flatten)]
    locked: Locked,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For `buildctl`: protobuf
    Llb,
    /// For people, and programs that know no protobuf
    Json,
}

fn platform(text: &str) -> Result<Platform, String> {
    if text.contains(',') {
        return Err("LLB is of one platform at a time; run it once for each".to_owned());
    }
    text.parse().map_err(|unknown: UnknownPlatform| unknown.to_string())
}

impl Arguments {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let output = self.output.as_deref().filter(|file| *file != Path::new("-"));
        if output.is_none() && self.format == Format::Llb && io::stdout().is_terminal() {
            return Err(Failure::new("LLB is no text, and standard output is a terminal")
                .help("write it to a file: `mopy llb > app.llb`; or look at it: `mopy llb --format json`"));
        }
        let context = self.context.clone().or_else(|| self.input.directory()).unwrap_or_else(|| ".".into());
        check_directory(&context)?;
        let Some(source) = self.input.read_text()? else { return Ok(Outcome::Wrong) };
        let lock = self.input.lock(self.locked)?;
        let platforms: Vec<Platform> = self.platform.into_iter().collect();
        let transpile =
            |platforms: &[Platform]| crate::transpile(&source, lock.as_ref(), platforms, Month::of(SystemTime::now()));
        let (mopyfile, mut diagnostics) = match transpile(&platforms) {
            Ok(transpiled) => (Some(transpiled.mopyfile), transpiled.diagnostics),
            Err(diagnostics) => (mopyfile::readable(&source), diagnostics),
        };
        if let Some(mopyfile) = mopyfile {
            diagnostics.extend(look_up(&mopyfile, context.clone(), self.input.path().as_deref())?);
            diagnostics.sort();
        }
        report(&source, &diagnostics);
        if diagnostics.has_problems() {
            return Ok(Outcome::Wrong);
        }
        let sent = Sent::new(&self.input, &source)?;
        let directories =
            Directories::from([("context".to_owned(), context), ("dockerfile".to_owned(), sent.directory.clone())]);
        let mut options = sent.options();
        options.extend(platforms.first().map(|platform| ("platform".to_owned(), platform.to_string())));
        // which platform it is for is known when the engine is
        let wanted = |environment: &Environment| {
            let platforms = environment.platforms().unwrap_or_default();
            !self.locked.refuses(|| transpile(&platforms).ok()?.stale)
        };
        let Some(Llb { definition, json }) = ask(directories, options, wanted)? else { return Ok(Outcome::Wrong) };
        let mut content = definition;
        if self.format == Format::Json {
            content = json;
            content.push(b'\n');
        }
        output.map_or_else(|| print_bytes(&content), |file| write(file, &content))
    }
}

/// The directory that BuildKit reads the Mopyfile from, and its name there.
struct Sent {
    directory: PathBuf,
    name: String,
    is_stdin: bool,
    /// Lives as long as it is read from.
    _temporary: Option<TempDir>,
}

impl Sent {
    fn new(input: &Input, source: &Source) -> Result<Self, Failure> {
        let path = input.path();
        if let (Some(path), Some(directory)) = (&path, input.directory())
            && ["", IGNORE_SUFFIX].iter().all(|suffix| !beside(path, suffix).is_symlink())
        {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            return Ok(Self { directory, name, is_stdin: false, _temporary: None });
        }
        // where a link leads may be out of the directory, and nothing but the directory is sent
        let failure = |error: io::Error| Failure::new(format!("cannot write a temporary file: {error}"));
        let temporary = tempfile::tempdir().map_err(failure)?;
        let directory = temporary.path().to_owned();
        let name = path.as_deref().and_then(Path::file_name).unwrap_or(STDIN.as_ref());
        let name = name.to_string_lossy().into_owned();
        fs::write(directory.join(&name), source.text()).map_err(failure)?;
        if let Some(path) = &path {
            for suffix in [IGNORE_SUFFIX, LOCK_SUFFIX] {
                let file = beside(path, suffix);
                if file.is_file() {
                    fs::copy(file, directory.join(format!("{name}{suffix}"))).map_err(failure)?;
                }
            }
        }
        Ok(Self { directory, name, is_stdin: path.is_none(), _temporary: Some(temporary) })
    }

    /// What `docker build` says about it.
    fn options(&self) -> BTreeMap<String, String> {
        let key = self.is_stdin.then(|| ("dockerfilekey".to_owned(), "dockerfile".to_owned()));
        [("filename".to_owned(), self.name.clone())].into_iter().chain(key).collect()
    }
}

/// The LLB, unless it is not `wanted` from the engine that has answered.
fn ask(
    directories: Directories,
    mut options: BTreeMap<String, String>,
    wanted: impl Fn(&Environment) -> bool,
) -> Result<Option<Llb>, Failure> {
    let endpoint = Endpoint::find(|name| std::env::var(name).ok()).map_err(failure)?;
    if endpoint.is_docker() {
        // so does `docker build`, for Docker's engine alone (buildx: `build/opt.go`)
        options.insert("image-resolve-mode".to_owned(), "local".to_owned());
    }
    let answer = super::block_on(async {
        let work = async {
            let client = Client::connect(&endpoint).await?;
            let workers = client.workers().to_owned();
            let mut environment = Environment { options, session: String::new(), workers };
            if !wanted(&environment) {
                return Ok(None);
            }
            let frontend = async |build: crate::client::Build| {
                environment.session = build.session;
                frontend::llb(build.channel, &build.id, &environment).await
            };
            client.answer(directories, frontend).await.map(Some)
        };
        let mut work = std::pin::pin!(work);
        if let Ok(answer) = tokio::time::timeout(MOMENT, &mut work).await {
            return answer;
        }
        if io::stderr().is_terminal() {
            show(&format!("waiting for the BuildKit at {endpoint}, which looks up the base images\n"));
        }
        work.await
    });
    answer?.map_err(failure)
}

fn failure(error: Error) -> Failure {
    let failure = Failure::new(error.to_string());
    match error {
        Error::Unreachable(..) => failure.help(
            "start Docker (`sudo systemctl start docker`) or BuildKit (`sudo buildkitd`), or set `BUILDKIT_HOST` or \
             `DOCKER_HOST` to where one listens",
        ),
        Error::Unsuitable(..) => failure.help(
            "`BUILDKIT_HOST` is for `buildkitd` and `DOCKER_HOST` for Docker's engine, which has BuildKit from 20.10 on",
        ),
        Error::Address(_) | Error::Lost(..) | Error::Solve(_) => failure,
    }
}
