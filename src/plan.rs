//! Every decision about the image: a pure function of the Mopyfile and the target platforms.

mod base_image;
pub mod sources;
pub mod uv;

use sha2::{Digest, Sha256};

use crate::diagnostic::{Diagnostic, rule};
use crate::lock::{Lock, Uv};
use crate::mopyfile::healthcheck::Healthcheck;
use crate::mopyfile::index::Index;
use crate::mopyfile::needs_uv::needs_uv;
use crate::mopyfile::path::{HOME, SourcePath};
use crate::mopyfile::port::Port;
use crate::mopyfile::python::PythonVersion;
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
    /// Environment variables.
    pub envs: Vec<Located<Variable>>,
    /// What is installed, if anything.
    pub install: Option<Install>,
    /// Where the certificates of the secret `ca.pem` are trusted, if anywhere.
    pub ca_certificates: Option<Located<CaCertificates>>,
    /// The entries of a netrc file with the credentials of the Mopyfile, if it has some.
    pub netrc: Option<Located<String>>,
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

/// How the entries of `pip` are installed: lock files in calls of their own, everything else in one; where there is a
/// lock or requirements file, local projects after that, in a layer of their own.
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
    /// Local projects that are installed after that.
    pub projects: Vec<Located<Requirement>>,
    /// What tells the caches of wheels apart that are built from source: the Debian release, and what else the build of
    /// one can depend on (<https://github.com/pypa/pip/issues/2882>).
    pub cache: String,
    /// What of the context all of that is installed from.
    pub sources: Sources,
    /// The hosts that git reaches over ssh, if there are any.
    pub ssh_hosts: Vec<String>,
    /// Where the Mopyfile asked for git-lfs, if it did.
    pub git_lfs: Option<Span>,
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

/// The init, from PyPI: a static program of 60 KB (<https://github.com/Yelp/dumb-init>).
pub const INIT_REQUIREMENT: &str = "dumb-init==1.2.5.post1";

/// Its name in the image.
const INIT: &str = "dumb-init";

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
            Base::Slim => format!("debian:{}-slim", python.value.debian().name()),
        };
        let shell = nothing_runs.then(|| Located::new(vec!["python".to_owned()], python.span));
        Self {
            interpreter: BaseImage::new(format!("python:{}", python.value.tag()), lock),
            base,
            runtime: BaseImage::new(runtime, lock),
            base_span,
            build_deps: mopyfile.build_deps.clone(),
            runtime_deps: mopyfile.runtime_deps.clone(),
            envs: mopyfile.envs.clone(),
            install: (!mopyfile.pip.is_empty() || mopyfile.init.is_some()).then(|| install(mopyfile, platforms, lock)),
            ca_certificates: mopyfile.ca_certificates,
            netrc: netrc(mopyfile),
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
    use RequirementKind as Kind;
    let installer = if mopyfile.pip.is_empty() { Installer::Pip } else { mopyfile.installs_with(platforms) };
    let old_python = mopyfile.python.value.minor().is_some_and(|minor| minor < MINOR_WITH_NEW_PIP);
    let hosts = mopyfile.pip.iter().filter_map(|entry| entry.value.git()?.ssh_host().map(str::to_owned));
    let is_list = |kind: &Kind| matches!(kind, Kind::UvLock(_) | Kind::Pylock(_) | Kind::RequirementsFile(_));
    let split = installer == Installer::Uv && mopyfile.pip.iter().any(|entry| is_list(&entry.value.kind));
    let of_kind = |wanted: &dyn Fn(&Kind) -> bool| -> Vec<Located<Requirement>> {
        mopyfile.pip.iter().filter(|entry| wanted(&entry.value.kind)).cloned().collect()
    };
    let is_project = |kind: &Kind| split && matches!(kind, Kind::Project(_));
    let is_lock = |kind: &Kind| matches!(kind, Kind::UvLock(_) | Kind::Pylock(_));
    Install {
        installer,
        old_pip: installer == Installer::Pip && old_python && !mopyfile.pip.is_empty(),
        uv: lock.and_then(|lock| lock.uv.clone()).unwrap_or_else(|| uv::current(&wheels(mopyfile, platforms))),
        indices: mopyfile.indices.clone(),
        uv_locks: of_kind(&|kind| matches!(kind, Kind::UvLock(_))),
        pylocks: of_kind(&|kind| matches!(kind, Kind::Pylock(_))),
        requirements: of_kind(&|kind| !is_lock(kind) && !is_project(kind)),
        projects: of_kind(&is_project),
        cache: cache(mopyfile),
        sources: Sources::new(&mopyfile.pip, split),
        ssh_hosts: hosts.collect(),
        git_lfs: mopyfile.build_deps.iter().find(|package| package.value.name() == "git-lfs").map(|found| found.span),
    }
}

/// The platforms that uv may have to be fetched for: all of them, so that the text is the same for each.
fn wheels(mopyfile: &Mopyfile, platforms: &[Platform]) -> Vec<Platform> {
    match base(mopyfile, platforms).0 {
        Base::Distroless => Platform::with_distroless(),
        Base::Slim => Platform::all(),
    }
}

fn cache(mopyfile: &Mopyfile) -> String {
    let debian = mopyfile.python.value.debian().name();
    let deps = mopyfile.build_deps.iter().map(|package| package.value.to_string());
    let envs = mopyfile.envs.iter().map(|variable| format!("{:?}", variable.value));
    let inputs: Vec<String> = deps.chain(envs).collect();
    if inputs.is_empty() {
        return debian.to_owned();
    }
    let digest = Sha256::digest(inputs.join("\n"));
    let hex: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{debian}-{hex}")
}

fn netrc(mopyfile: &Mopyfile) -> Option<Located<String>> {
    let of_indices = mopyfile.indices.iter().filter_map(|index| Some((index.value.credentials.as_ref()?, index.span)));
    let of_pip = mopyfile.pip.iter().filter_map(|entry| Some((entry.value.credentials.as_ref()?, entry.span)));
    let mut entries: Vec<String> = Vec::new();
    let mut place = None;
    for (credentials, span) in of_indices.chain(of_pip) {
        let entry = credentials.netrc_entry();
        place = place.or(Some(span));
        if !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    place.map(|span| Located::new(entries.join(" "), span))
}
