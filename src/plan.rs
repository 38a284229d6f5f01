//! Every decision about the image: a pure function of the Mopyfile and the target platforms.

pub(crate) mod base_image;
pub(crate) mod findings;
mod install;
pub mod sources;
pub mod uv;

use crate::diagnostic::Diagnostic;
use crate::lock::Lock;
use crate::mopyfile::base::Base;
use crate::mopyfile::path::{HOME, SourcePath};
use crate::mopyfile::word::EnvironmentName;
use crate::mopyfile::{BuildVariable, Mopyfile, Project, Segment, Variable};
use crate::platform::Platform;
use crate::source::{Span, Spanned};
pub use base_image::BaseImage;
pub use install::Install;

/// The image of a Mopyfile, decided down to its commands.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// What it is the plan of.
    pub mopyfile: &'a Mopyfile,
    /// The official image with Python, compilers and headers.
    pub interpreter: BaseImage,
    /// What the image is based on.
    pub base: &'static Base,
    /// The image that that is.
    pub runtime: BaseImage,
    /// Where the Mopyfile decided that, if it did.
    pub base_span: Option<Span>,
    /// Whether the stages that build begin with a stage of their own, and not with the official image.
    pub has_base_stage: bool,
    /// Whether something of the context is copied.
    pub copies: bool,
    /// What is installed, if anything.
    pub install: Option<Install<'a>>,
    /// The entries of a netrc file with the credentials of the Mopyfile, if it has some.
    pub netrc: Option<Spanned<String>>,
    /// The application, if there is one.
    pub project: Option<Spanned<Application>>,
    /// `WORKDIR`, and where the Mopyfile decided that, if it did.
    pub workdir: (String, Option<Span>),
    /// `ENTRYPOINT`.
    pub entrypoint: Option<Spanned<Vec<String>>>,
    /// `CMD`.
    pub command: Option<Spanned<Vec<String>>>,
    /// The variable that decides which bytecode Python looks for, if there is one.
    pub optimize: Option<&'a Spanned<Variable>>,
    /// Whether BuildKit's check for secrets in the environment (`SecretsUsedInArgOrEnv`) is left out: mopy has warned
    /// already.
    pub allow_secret_names: bool,
}

/// The application's files and where they go.
#[derive(Clone, Debug)]
pub struct Application {
    /// What is copied.
    pub source: SourcePath,
    /// The directory or file in the image.
    pub target: String,
}

/// The init, from PyPI: a static program of 60 KB (<https://github.com/Yelp/dumb-init>).
pub const INIT_REQUIREMENT: &str = "dumb-init==1.2.5.post1";

/// Its name in the image.
const INIT: &str = "dumb-init";

impl<'a> Plan<'a> {
    /// Plans the image of `mopyfile` for `platforms`; none are all that the base exists for. Pins in `lock` take
    /// precedence.
    #[must_use]
    pub fn new(mopyfile: &'a Mopyfile, platforms: &[Platform], lock: Option<&Lock>) -> Self {
        let (base, base_span) = base(mopyfile, platforms);
        let python = &mopyfile.python;
        let project = mopyfile.project.as_ref();
        let project = project.map(|project| Spanned::new(application(&project.value, mopyfile), project.span));
        let entrypoint = mopyfile.entrypoint.clone().or_else(|| run(mopyfile, project.as_ref()));
        let shell = || Spanned::new(vec!["python".to_owned()], python.span);
        let command = mopyfile.command.clone().or_else(|| entrypoint.is_none().then(shell));
        let install = Install::new(mopyfile, base, platforms, lock);
        Self {
            mopyfile,
            interpreter: BaseImage::new(format!("python:{}", python.value.tag()), lock),
            base,
            runtime: BaseImage::new((base.image)(python.value.debian()), lock),
            base_span,
            has_base_stage: mopyfile.ca_certificates.is_some() || !mopyfile.build_deps.is_empty(),
            copies: project.is_some() || install.as_ref().is_some_and(|install| !install.sources.is_empty()),
            install,
            netrc: netrc(mopyfile),
            workdir: workdir(mopyfile, project.as_ref()),
            project,
            entrypoint: mopyfile.init.map(|span| with_init(entrypoint.as_ref(), span)).or(entrypoint),
            command,
            optimize: mopyfile.envs.iter().find(|variable| optimizes(&variable.value)),
            allow_secret_names: names(mopyfile).any(EnvironmentName::looks_secret),
        }
    }

    /// The images that it is built on.
    #[must_use]
    pub fn base_images(&self) -> [&BaseImage; 2] {
        [&self.interpreter, &self.runtime]
    }

    /// What it needs and `lock` lacks, if there is something. The Mopyfile is in the file `mopyfile`.
    #[must_use]
    pub fn stale(&self, lock: &Lock, mopyfile: &str) -> Option<Diagnostic> {
        base_image::stale(self, lock, mopyfile)
    }

    /// What follows from the base and the installer: warnings, notes, and errors where that cannot be.
    #[must_use]
    pub fn findings(&self) -> Vec<Diagnostic> {
        findings::of(self)
    }
}

/// The names of all variables that the text declares.
fn names(mopyfile: &Mopyfile) -> impl Iterator<Item = &EnvironmentName> {
    let build = mopyfile.build_envs.iter().flat_map(|found| {
        let BuildVariable { variable, arguments } = &found.value;
        arguments.iter().chain([&variable.name])
    });
    let run = mopyfile.run.iter().flat_map(|step| &step.value.envs).map(|variable| &variable.value.name);
    mopyfile.envs.iter().map(|variable| &variable.value.name).chain(build).chain(run)
}

fn base(mopyfile: &Mopyfile, platforms: &[Platform]) -> (&'static Base, Option<Span>) {
    let wanted = mopyfile.base;
    let first = mopyfile.runtime_deps.first();
    let base = Base::choose(wanted.map_or(Base::standard(), |base| base.value), first.is_some(), platforms);
    let decided = wanted.filter(|wanted| wanted.value == base).map(|wanted| wanted.span);
    (base, first.map(|first| first.span).or(decided))
}

fn application(project: &Project, mopyfile: &Mopyfile) -> Application {
    let name = project.path().file_name().unwrap_or("app");
    let target = mopyfile.project_target.as_ref().map(|target| target.value.as_str().to_owned());
    Application { source: project.source(), target: target.unwrap_or_else(|| format!("{HOME}/{name}")) }
}

/// What runs the application, unless a command does.
fn run(mopyfile: &Mopyfile, application: Option<&Spanned<Application>>) -> Option<Spanned<Vec<String>>> {
    let Spanned { value: Application { source, target }, span } = application.filter(|_| mopyfile.command.is_none())?;
    let main = if source.directory { format!("{target}/main.py") } else { target.clone() };
    Some(Spanned::new(vec!["python".to_owned(), main], *span))
}

/// The init before what it starts, which is the command where there is no entrypoint.
fn with_init(entrypoint: Option<&Spanned<Vec<String>>>, init: Span) -> Spanned<Vec<String>> {
    let words = [INIT, "--"].map(str::to_owned).into_iter();
    let started = entrypoint.iter().flat_map(|entrypoint| entrypoint.value.iter().cloned());
    Spanned::new(words.chain(started).collect(), entrypoint.map_or(init, |entrypoint| entrypoint.span))
}

fn workdir(mopyfile: &Mopyfile, project: Option<&Spanned<Application>>) -> (String, Option<Span>) {
    if let Some(workdir) = &mopyfile.workdir {
        return (workdir.value.as_str().to_owned(), Some(workdir.span));
    }
    let directory = project.filter(|project| project.value.source.directory);
    let workdir = directory.map_or(HOME, |directory| &directory.value.target);
    (workdir.to_owned(), project.map(|project| project.span))
}

fn optimizes(variable: &Variable) -> bool {
    let is_literal = variable.value.iter().all(|segment| matches!(segment, Segment::Literal(_)));
    variable.name.as_str() == "PYTHONOPTIMIZE" && is_literal
}

fn netrc(mopyfile: &Mopyfile) -> Option<Spanned<String>> {
    let mut entries: Vec<String> = Vec::new();
    let mut first = None;
    for (credentials, span) in mopyfile.credentials() {
        let entry = credentials.netrc_entry();
        first = first.or(Some(span));
        if !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    first.map(|span| Spanned::new(entries.join(" "), span))
}
