//! Makes every decision about the image, as a pure function of the Mopyfile and the target platforms.

pub(crate) mod base_image;
pub(crate) mod findings;
mod install;
pub mod sources;
pub mod uv;

use crate::lock::Lock;
use crate::mopyfile::base::Base;
use crate::mopyfile::path::{HOME, SourcePath};
use crate::mopyfile::word::EnvironmentName;
use crate::mopyfile::{BuildVariable, Mopyfile, Segment, Variable};
use crate::platform::Platform;
use crate::source::{Span, Spanned};
pub use base_image::BaseImage;
pub use install::Install;

/// The image of a Mopyfile, decided down to its commands.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// The Mopyfile that it is the plan of.
    pub mopyfile: &'a Mopyfile,
    /// The official image, with Python, compilers and headers.
    pub interpreter: BaseImage,
    /// The base of the image.
    pub base: &'static Base,
    /// The base image of the final stage.
    pub runtime: BaseImage,
    /// The location in the Mopyfile that determines the base.
    pub base_span: Span,
    /// Whether the build stages begin with the stage `base` instead of the official image.
    pub has_base_stage: bool,
    /// Whether something is copied from the context.
    pub copies: bool,
    /// The installation of packages, if there are any.
    pub install: Option<Install<'a>>,
    /// The entries of a netrc file with the credentials of the Mopyfile, if there are any.
    pub netrc: Option<Spanned<String>>,
    /// The application, if there is one.
    pub project: Option<Spanned<Application>>,
    /// `WORKDIR`, and the location in the Mopyfile that determines it, if any.
    pub workdir: (String, Option<Span>),
    /// `ENTRYPOINT`.
    pub entrypoint: Option<Spanned<Vec<String>>>,
    /// `CMD`.
    pub command: Option<Spanned<Vec<String>>>,
    /// The variable that decides which bytecode Python loads, if any.
    pub optimize: Option<&'a Spanned<Variable>>,
    /// Whether to skip BuildKit's check `SecretsUsedInArgOrEnv`, because mopy has already warned.
    pub allow_secret_names: bool,
}

/// The files of the application and their destination.
#[derive(Clone, Debug)]
pub struct Application {
    /// The files to copy.
    pub source: SourcePath,
    /// The directory or file in the image.
    pub target: String,
}

/// The init, from PyPI: a static program of 60 KB (<https://github.com/Yelp/dumb-init>).
pub const INIT_REQUIREMENT: &str = "dumb-init==1.2.5.post1";

/// Its name in the image.
const INIT: &str = "dumb-init";

impl<'a> Plan<'a> {
    /// Plans the image of `mopyfile` for `platforms`. An empty slice means every platform that the base supports; pins
    /// in `lock` take precedence.
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

    /// The base images of the build.
    #[must_use]
    pub fn base_images(&self) -> [&BaseImage; 2] {
        [&self.interpreter, &self.runtime]
    }
}

/// The names of all variables in the Dockerfile.
fn names(mopyfile: &Mopyfile) -> impl Iterator<Item = &EnvironmentName> {
    let build = mopyfile.build_envs.iter().flat_map(|found| {
        let BuildVariable { variable, arguments } = &found.value;
        arguments.iter().chain([&variable.name])
    });
    let run = mopyfile.run.iter().flat_map(|step| &step.value.envs).map(|variable| &variable.value.name);
    mopyfile.envs.iter().map(|variable| &variable.value.name).chain(build).chain(run)
}

fn base(mopyfile: &Mopyfile, platforms: &[Platform]) -> (&'static Base, Span) {
    let wanted = mopyfile.base;
    let first = mopyfile.runtime_deps.first();
    let base = Base::choose(wanted.map_or(Base::standard(), |base| base.value), first.is_some(), platforms);
    let decided = wanted.filter(|wanted| wanted.value == base).map(|wanted| wanted.span);
    (base, first.map(|first| first.span).or(decided).unwrap_or(mopyfile.python.span))
}

fn application(project: &SourcePath, mopyfile: &Mopyfile) -> Application {
    let name = project.path.file_name().unwrap_or("app");
    let target = mopyfile.project_target.as_ref().map(|target| target.value.as_str().to_owned());
    Application { source: project.clone(), target: target.unwrap_or_else(|| format!("{HOME}/{name}")) }
}

/// The entrypoint for the application, unless there is a command.
fn run(mopyfile: &Mopyfile, application: Option<&Spanned<Application>>) -> Option<Spanned<Vec<String>>> {
    let Spanned { value: Application { source, target }, span } = application.filter(|_| mopyfile.command.is_none())?;
    let main = if source.directory { format!("{target}/main.py") } else { target.clone() };
    Some(Spanned::new(vec!["python".to_owned(), main], *span))
}

/// The entrypoint with the init before it. Without an entrypoint, the init runs the command.
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
