//! The Mopyfile: from the text of a file to values that cannot be wrong.

pub mod base;
pub mod credentials;
pub mod directive;
pub mod document;
pub mod file;
pub mod healthcheck;
pub mod ignore;
pub mod index;
pub mod keys;
pub mod label;
pub(crate) mod lint;
pub mod lookup;
pub mod month;
pub mod path;
pub mod pip;
pub mod port;
pub mod python;
pub(crate) mod read;
mod schema;
pub mod signal;
mod similar;
pub mod ssh;
pub(crate) mod suppression;
mod syntax;
pub mod wheels;
pub mod word;

use crate::diagnostic::Diagnostics;
use crate::source::{Source, Span, Spanned};
use base::Base;
use credentials::Credentials;
use healthcheck::Healthcheck;
use index::Index;
use month::Month;
use path::{ContextPath, ImagePath, SourcePath};
use pip::PipEntry;
use port::Port;
use python::PythonVersion;
use signal::Signal;
pub use similar::similar;
use word::{AptPackage, EnvironmentName, LabelKey, ModuleName};

/// A Mopyfile. Its values cannot be wrong; where something was, it is missing.
#[derive(Clone, Debug, Default)]
pub struct Mopyfile {
    /// The version of Python.
    pub python: Spanned<PythonVersion>,
    /// What the image ends in, where the file says so.
    pub base: Option<Spanned<&'static Base>>,
    /// apt packages that are there while dependencies are installed.
    pub build_deps: Vec<Spanned<AptPackage>>,
    /// apt packages of the image.
    pub runtime_deps: Vec<Spanned<AptPackage>>,
    /// Environment variables of the build and the image, in order.
    pub envs: Vec<Spanned<Variable>>,
    /// Environment variables of the build stages alone, in order.
    pub build_envs: Vec<Spanned<BuildVariable>>,
    /// Package indexes besides PyPI, or instead of it.
    pub indices: Vec<Spanned<Index>>,
    /// What installs it, where the file says so.
    pub installer: Option<Spanned<Installer>>,
    /// Where the certificates of the secret `ca.pem` are trusted, where the file says so.
    pub ca_certificates: Option<Spanned<CaCertificates>>,
    /// What to install.
    pub pip: Vec<Spanned<PipEntry>>,
    /// The application.
    pub project: Option<Spanned<Project>>,
    /// Where the application goes, where that is not below the home directory.
    pub project_target: Option<Spanned<ImagePath>>,
    /// Directories that the image's user can write to.
    pub directories: Vec<Spanned<ImagePath>>,
    /// Commands that run once while the image is built.
    pub run: Vec<Spanned<RunStep>>,
    /// `CMD`.
    pub command: Option<Spanned<Vec<String>>>,
    /// `ENTRYPOINT`.
    pub entrypoint: Option<Spanned<Vec<String>>>,
    /// Where the file says that an init is the first process, if it does.
    pub init: Option<Span>,
    /// Ports that the application listens on, each once.
    pub ports: Vec<Spanned<Port>>,
    /// How the health of a container is checked.
    pub healthcheck: Option<Spanned<Healthcheck>>,
    /// The working directory, where it is not the project's.
    pub workdir: Option<Spanned<ImagePath>>,
    /// The signal that stops a container.
    pub stop_signal: Option<Spanned<Signal>>,
    /// Modules that are imported in the finished image while building.
    pub imports: Vec<Spanned<ModuleName>>,
    /// The words of each command above, with their places.
    pub words: Vec<Spanned<Vec<Spanned<String>>>>,
    /// Labels of the image, `mopy.sbom` among them unless switched off; references are replaced.
    pub labels: Vec<Spanned<Label>>,
}

/// What installs packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installer {
    /// Astral's uv.
    Uv,
    /// Python's own.
    Pip,
}

/// Where the certificates of the secret `ca.pem` are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaCertificates {
    /// While building.
    Build,
    /// In the image, too.
    Image,
}

/// An environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: EnvironmentName,
    /// The parts of its value.
    pub value: Vec<Segment>,
}

/// An environment variable of the build stages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildVariable {
    /// The variable.
    pub variable: Variable,
    /// The build arguments that its value refers to.
    pub arguments: Vec<EnvironmentName>,
}

/// A command that runs once while the image is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunStep {
    /// Its words.
    pub command: Vec<String>,
    /// Variables that only such commands need; they are not in the image's configuration.
    pub envs: Vec<Spanned<Variable>>,
}

/// A part of the value of an environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Text as it is.
    Literal(String),
    /// The value of `PATH` or of a variable further up.
    Reference(EnvironmentName),
}

/// A label of the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its key.
    pub key: LabelKey,
    /// Its value.
    pub value: String,
}

/// The application: a directory, or one file of Python.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Project {
    /// A directory; its `main.py` is what runs unless a command is given.
    Directory(ContextPath),
    /// A file.
    File(ContextPath),
}

impl Project {
    /// The directory or file.
    #[must_use]
    pub fn path(&self) -> &ContextPath {
        match self {
            Self::Directory(path) | Self::File(path) => path,
        }
    }

    /// The same, as what it is.
    #[must_use]
    pub fn source(&self) -> SourcePath {
        SourcePath { path: self.path().clone(), directory: matches!(self, Self::Directory(_)) }
    }
}

impl Mopyfile {
    /// The credentials of indexes and entries of `pip`, each with its place.
    pub fn credentials(&self) -> impl Iterator<Item = (&Credentials, Span)> {
        let of_indices = self.indices.iter().filter_map(|index| Some((index.value.credentials.as_ref()?, index.span)));
        let of_pip = self.pip.iter().filter_map(|entry| Some((entry.value.credentials.as_ref()?, entry.span)));
        of_indices.chain(of_pip)
    }

    /// Every file and directory of the context that the image is made from, with its place.
    pub fn sources(&self) -> impl Iterator<Item = Spanned<SourcePath>> {
        let located = |entry: &Spanned<PipEntry>| {
            let span = entry.span;
            entry.value.sources().into_iter().map(move |source| Spanned::new(source, span))
        };
        self.pip
            .iter()
            .flat_map(located)
            .chain(self.project.iter().map(|project| Spanned::new(project.value.source(), project.span)))
    }

    /// The words of each command in the image's configuration, with its place.
    pub fn commands(&self) -> impl Iterator<Item = Spanned<&[String]>> {
        let run = [&self.command, &self.entrypoint].into_iter().flatten();
        let run = run.map(|words| Spanned::new(words.value.as_slice(), words.span));
        run.chain(self.healthcheck.iter().map(|check| Spanned::new(check.value.probe.words(), check.span)))
    }
}

/// Reads a Mopyfile: what it says, unless it is not YAML, and everything that was found. Where that is an error, values
/// that could not be read are missing, and the rest is good enough to look up the files that it names. Some warnings
/// depend on the current month.
#[must_use]
pub fn read(source: &Source, today: Month) -> (Option<Mopyfile>, Diagnostics) {
    let document = match document::parse(source) {
        Ok(document) => document,
        Err(error) => return (None, error.into()),
    };
    let (mopyfile, mut diagnostics) = read::read(&document, suppression::read(source));
    lint::lint(&mopyfile, today, &mut diagnostics);
    diagnostics.sort();
    (Some(mopyfile), diagnostics)
}
