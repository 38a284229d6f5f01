//! Every decision about the image: a pure function of the Mopyfile and the target platforms.

mod base_image;
pub mod sources;
pub mod uv;

use crate::diagnostic::{Diagnostic, rule};
use crate::lock::{Lock, Uv};
use crate::mopyfile::healthcheck::Healthcheck;
use crate::mopyfile::index::Index;
use crate::mopyfile::needs_uv::needs_uv;
use crate::mopyfile::path::{HOME, SourcePath};
use crate::mopyfile::port::Port;
use crate::mopyfile::python::{Debian, PythonVersion};
use crate::mopyfile::requirement::{Requirement, RequirementKind};
use crate::mopyfile::signal::Signal;
use crate::mopyfile::word::{AptPackage, ModuleName};
use crate::mopyfile::{Base, CaCertificates, Installer, Label, Mopyfile, Project, Variable};
use crate::platform::Platform;
use crate::source::{Located, Span};
pub use base_image::BaseImage;
use sources::Sources;

/// The image of a Mopyfile, decided down to its commands.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The version of Python.
    pub python: Located<PythonVersion>,
    /// The official image with that Python, with compilers and headers.
    pub interpreter: BaseImage,
    /// What the image ends in.
    pub base: Base,
    /// The image that that is.
    pub runtime: BaseImage,
    /// Where the Mopyfile decided that, if it did.
    pub base_span: Option<Span>,
    /// apt packages of the builder.
    pub build_deps: Vec<Located<AptPackage>>,
    /// apt packages of the image.
    pub runtime_deps: Vec<Located<AptPackage>>,
    /// Whether the packages of its Debian release may have left the mirrors.
    pub archived: bool,
    /// Environment variables.
    pub envs: Vec<Located<Variable>>,
    /// What is installed, if anything.
    pub install: Option<Install>,
    /// Where the Mopyfile asked for the certificates of the secret `ca.pem` in the image, if it did.
    pub image_ca: Option<Span>,
    /// The application, if there is one.
    pub project: Option<Located<Application>>,
    /// Where the Mopyfile asked for an init, if it did.
    pub init: Option<Span>,
    /// `EXPOSE`.
    pub ports: Vec<Located<Port>>,
    /// `HEALTHCHECK`.
    pub healthcheck: Option<Located<Healthcheck>>,
    /// `STOPSIGNAL`.
    pub stop_signal: Option<Located<Signal>>,
    /// `WORKDIR`.
    pub workdir: String,
    /// Where the Mopyfile decided that, if it did.
    pub workdir_span: Option<Span>,
    /// `ENTRYPOINT`.
    pub entrypoint: Option<Located<Vec<String>>>,
    /// `CMD`.
    pub command: Option<Located<Vec<String>>>,
    /// Modules that the image is tried with.
    pub imports: Vec<Located<ModuleName>>,
    /// Labels.
    pub labels: Vec<Located<Label>>,
    /// Whether BuildKit's check for secrets in the environment (`SecretsUsedInArgOrEnv`) is left out: mopy has warned
    /// already.
    pub allow_secret_names: bool,
}

/// How the entries of `pip` are installed: lock files in calls of their own, everything else in one.
#[derive(Clone, Debug)]
pub struct Install {
    /// What installs.
    pub installer: Installer,
    /// Whether the image's own pip may be too old to install into another environment (`--python`, pip 22.3).
    pub old_pip: bool,
    /// The uv that does, where it is uv.
    pub uv: Uv,
    /// Where to look for packages.
    pub indices: Vec<Located<Index>>,
    /// Lock files of uv.
    pub uv_locks: Vec<Located<Requirement>>,
    /// Lock files as PEP 751 defines them.
    pub pylocks: Vec<Located<Requirement>>,
    /// What is given to the installer in one call, in the order of the Mopyfile.
    pub requirements: Vec<Located<Requirement>>,
    /// What of the context all of that is installed from.
    pub sources: Sources,
    /// The hosts that git reaches over ssh, if there are any.
    pub ssh_hosts: Vec<String>,
    /// Where the Mopyfile asked for git-lfs, if it did.
    pub git_lfs: Option<Span>,
}

impl Install {
    /// Whether the Mopyfile gives credentials to the installer.
    #[must_use]
    pub fn has_credentials(&self) -> bool {
        self.indices.iter().any(|index| index.value.has_credentials())
            || self.requirements.iter().any(|entry| entry.value.has_credentials())
    }
}

/// The application's files and where they go.
#[derive(Clone, Debug)]
pub struct Application {
    /// What is copied.
    pub source: SourcePath,
    /// The directory or file in the image.
    pub target: String,
}

/// The image without shell and package manager that images end in.
const DISTROLESS: &str = "gcr.io/distroless/cc-debian13:nonroot";

/// Where the init is in the image.
pub const INIT: &str = "/usr/bin/tini";

/// From this version on, pip installs into another environment (`--python`, pip 22.3), and the official
/// images of every patch of Python from 3.11 on have it.
const MINOR_WITH_NEW_PIP: u16 = 11;

impl Plan {
    /// Decides about the image of `mopyfile` for `platforms`; none are all that distroless has. What `lock` has is as
    /// it is there.
    #[must_use]
    pub fn new(mopyfile: &Mopyfile, platforms: &[Platform], lock: Option<&Lock>) -> Self {
        let (base, base_span) = base(mopyfile, platforms);
        let python = mopyfile.python.clone();
        let ca = mopyfile.ca_certificates;
        let project = mopyfile.project.as_ref().map(|project| Located::new(application(&project.value), project.span));
        let (workdir, workdir_span) = workdir(mopyfile, project.as_ref());
        let runs = mopyfile.project.as_ref().filter(|_| mopyfile.command.is_none());
        let main = runs.zip(project.as_ref()).map(|(project, application)| {
            let target = &application.value.target;
            let main = match project.value {
                Project::Directory(_) => format!("{target}/main.py"),
                Project::File(_) => target.clone(),
            };
            Located::new(vec!["python".to_owned(), main], project.span)
        });
        let entrypoint = mopyfile.entrypoint.clone().or(main);
        let nothing_runs = entrypoint.is_none() && mopyfile.command.is_none();
        let runtime = match base {
            Base::Distroless => DISTROLESS.to_owned(),
            Base::Slim => format!("python:{}", python.value.slim_tag()),
        };
        let shell = nothing_runs.then(|| Located::new(vec!["python".to_owned()], python.span));
        Self {
            interpreter: BaseImage::new(format!("python:{}", python.value.tag()), lock),
            base,
            runtime: BaseImage::new(runtime, lock),
            base_span,
            build_deps: build_deps(mopyfile),
            runtime_deps: mopyfile.runtime_deps.clone(),
            archived: python.value.debian() < Debian::Trixie,
            envs: mopyfile.envs.clone(),
            install: (!mopyfile.pip.is_empty()).then(|| install(mopyfile, platforms, lock)),
            image_ca: ca.filter(|ca| ca.value == CaCertificates::Image).map(|ca| ca.span),
            project,
            init: mopyfile.init,
            ports: mopyfile.ports.clone(),
            healthcheck: mopyfile.healthcheck.clone(),
            stop_signal: mopyfile.stop_signal.clone(),
            workdir,
            workdir_span,
            entrypoint: mopyfile.init.map(|span| with_init(entrypoint.as_ref(), span)).or(entrypoint),
            command: mopyfile.command.clone().or(shell),
            imports: mopyfile.imports.clone(),
            labels: mopyfile.labels.clone(),
            allow_secret_names: mopyfile.envs.iter().any(|variable| variable.value.name.looks_secret()),
            python,
        }
    }

    /// The images that it is built on.
    #[must_use]
    pub fn base_images(&self) -> [&BaseImage; 2] {
        [&self.interpreter, &self.runtime]
    }

    /// Whether a step fetches something that certificates matter for, or hands them to the image.
    #[must_use]
    pub fn needs_ca(&self) -> bool {
        let fetches = self.install.is_some() || !self.build_deps.is_empty() || !self.runtime_deps.is_empty();
        fetches || self.image_ca.is_some()
    }

    /// What it needs and `lock` lacks, if there is something. The Mopyfile is in the file `mopyfile`.
    #[must_use]
    pub fn stale(&self, lock: &Lock, mopyfile: &str) -> Option<Diagnostic> {
        base_image::stale(self, lock, mopyfile)
    }

    /// What `platforms` change about what `mopyfile` says: warnings, notices, and problems where that cannot be.
    #[must_use]
    pub fn findings(&self, mopyfile: &Mopyfile, platforms: &[Platform]) -> Vec<Diagnostic> {
        let wanted = mopyfile.base.filter(|base| base.value == Base::Distroless && self.base == Base::Slim);
        let slim = wanted.filter(|_| mopyfile.runtime_deps.is_empty()).map(|wanted| {
            let message = "distroless does not exist for all of the platforms, so the image ends in slim";
            Diagnostic::new(&rule::SLIM_BASE, wanted.span, message)
        });
        let pip = self.install.as_ref().is_some_and(|install| install.installer == Installer::Pip);
        let wanted = mopyfile.installer.filter(|installer| installer.value == Installer::Uv && pip);
        let no_uv = wanted.map(|wanted| {
            let message = "uv does not exist for all of the platforms, so pip installs the packages";
            Diagnostic::new(&rule::NO_UV, wanted.span, message)
        });
        slim.into_iter().chain(no_uv).chain(needs_uv(mopyfile, platforms)).collect()
    }
}

fn base(mopyfile: &Mopyfile, platforms: &[Platform]) -> (Base, Option<Span>) {
    if let Some(first) = mopyfile.runtime_deps.first() {
        return (Base::Slim, Some(first.span));
    }
    if platforms.iter().any(|platform| !platform.has_distroless()) {
        return (Base::Slim, None);
    }
    mopyfile.base.map_or((Base::Distroless, None), |base| (base.value, Some(base.span)))
}

fn application(project: &Project) -> Application {
    let name = project.path().file_name().unwrap_or("app");
    Application { source: project.source(), target: format!("{HOME}/{name}") }
}

/// What the Mopyfile names, and Debian's package of the init.
fn build_deps(mopyfile: &Mopyfile) -> Vec<Located<AptPackage>> {
    let init = mopyfile.init.and_then(|span| Some(Located::new(AptPackage::parse("tini")?, span)));
    mopyfile.build_deps.iter().cloned().chain(init).collect()
}

/// The init in front of what it starts, which is the command where there is no entrypoint.
fn with_init(entrypoint: Option<&Located<Vec<String>>>, init: Span) -> Located<Vec<String>> {
    let words = [INIT, "--"].map(str::to_owned).into_iter();
    let started = entrypoint.iter().flat_map(|entrypoint| entrypoint.value.iter().cloned());
    Located::new(words.chain(started).collect(), entrypoint.map_or(init, |entrypoint| entrypoint.span))
}

fn workdir(mopyfile: &Mopyfile, project: Option<&Located<Application>>) -> (String, Option<Span>) {
    if let Some(workdir) = &mopyfile.workdir {
        return (workdir.value.as_str().to_owned(), Some(workdir.span));
    }
    let directory = project.filter(|project| project.value.source.directory);
    let workdir = directory.map_or(HOME, |directory| &directory.value.target);
    (workdir.to_owned(), project.map(|project| project.span))
}

fn install(mopyfile: &Mopyfile, platforms: &[Platform], lock: Option<&Lock>) -> Install {
    let installer = mopyfile.installs_with(platforms);
    let old_python = mopyfile.python.value.minor().is_some_and(|minor| minor < MINOR_WITH_NEW_PIP);
    let hosts = mopyfile.pip.iter().filter_map(|entry| entry.value.git()?.ssh_host().map(str::to_owned));
    let of_kind = |wanted: fn(&RequirementKind) -> bool| {
        mopyfile.pip.iter().filter(|entry| wanted(&entry.value.kind)).cloned().collect()
    };
    Install {
        installer,
        old_pip: installer == Installer::Pip && old_python,
        uv: lock.and_then(|lock| lock.uv.clone()).unwrap_or_else(uv::current),
        indices: mopyfile.indices.clone(),
        uv_locks: of_kind(|kind| matches!(kind, RequirementKind::UvLock(_))),
        pylocks: of_kind(|kind| matches!(kind, RequirementKind::Pylock(_))),
        requirements: of_kind(|kind| !matches!(kind, RequirementKind::UvLock(_) | RequirementKind::Pylock(_))),
        sources: Sources::new(&mopyfile.pip),
        ssh_hosts: hosts.collect(),
        git_lfs: mopyfile.build_deps.iter().find(|package| package.value.name() == "git-lfs").map(|found| found.span),
    }
}
