//! The Mopyfile: parses a file into values that cannot be invalid.

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

use crate::diagnostic::{Diagnostics, Rule};
use crate::source::{Source, Span, Spanned};
use base::Base;
use credentials::Credentials;
use healthcheck::Healthcheck;
use index::Index;
use month::Month;
use path::{ImagePath, SourcePath};
use pip::PipEntry;
use port::Port;
use python::PythonVersion;
use signal::Signal;
pub use similar::similar;
use word::{AptPackage, EnvironmentName, LabelKey, ModuleName};

/// A Mopyfile. Its values are valid; where the file is not, they are missing.
#[derive(Clone, Debug, Default)]
pub struct Mopyfile {
    /// The Python version.
    pub python: Spanned<PythonVersion>,
    /// The base image, if set.
    pub base: Option<Spanned<&'static Base>>,
    /// apt packages for the build stage only.
    pub build_deps: Vec<Spanned<AptPackage>>,
    /// apt packages for the image.
    pub runtime_deps: Vec<Spanned<AptPackage>>,
    /// Environment variables of the build and the image, in order.
    pub envs: Vec<Spanned<Variable>>,
    /// Environment variables of the build stages only, in order.
    pub build_envs: Vec<Spanned<BuildVariable>>,
    /// Package indexes, in addition to PyPI or instead of it.
    pub indices: Vec<Spanned<Index>>,
    /// The installer, if set.
    pub installer: Option<Spanned<Installer>>,
    /// Where the certificates of the secret `ca.pem` are trusted, if set.
    pub ca_certificates: Option<Spanned<CaCertificates>>,
    /// The packages to install.
    pub pip: Vec<Spanned<PipEntry>>,
    /// The application: a directory, whose `main.py` runs unless there is a command, or a single Python file.
    pub project: Option<Spanned<SourcePath>>,
    /// The path of the application in the image, if set.
    pub project_target: Option<Spanned<ImagePath>>,
    /// Directories that the image's user can write to.
    pub directories: Vec<Spanned<ImagePath>>,
    /// Commands to run once while the image is built.
    pub run: Vec<Spanned<RunStep>>,
    /// `CMD`.
    pub command: Option<Spanned<Vec<String>>>,
    /// `ENTRYPOINT`.
    pub entrypoint: Option<Spanned<Vec<String>>>,
    /// The location of `init: true`, if set.
    pub init: Option<Span>,
    /// Ports that the application listens on, without duplicates.
    pub ports: Vec<Spanned<Port>>,
    /// The health check.
    pub healthcheck: Option<Spanned<Healthcheck>>,
    /// The working directory, if set.
    pub workdir: Option<Spanned<ImagePath>>,
    /// The signal that stops a container.
    pub stop_signal: Option<Spanned<Signal>>,
    /// Modules to import in the finished image at the end of the build.
    pub imports: Vec<Spanned<ModuleName>>,
    /// The arguments of each command above, with their locations.
    pub words: Vec<Spanned<Vec<Spanned<String>>>>,
    /// Labels of the image, including `mopy.sbom` unless disabled, with references replaced.
    pub labels: Vec<Spanned<Label>>,
}

/// A program that installs packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installer {
    /// Astral's uv.
    Uv,
    /// pip.
    Pip,
}

/// Where the certificates of the secret `ca.pem` are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaCertificates {
    /// During the build.
    Build,
    /// Also in the image.
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

/// A command to run once while the image is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunStep {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Environment variables for this command and those after it, which are not part of the image configuration.
    pub envs: Vec<Spanned<Variable>>,
}

/// A part of the value of an environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Literal text.
    Literal(String),
    /// The value of `PATH` or of a variable defined earlier.
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

/// Why a value is invalid: a diagnostic without a location.
#[derive(Clone, Debug, PartialEq)]
pub struct Invalid {
    /// The rule that it breaks.
    pub rule: &'static Rule,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl Invalid {
    fn new(rule: &'static Rule, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { rule, message: message.into(), help: help.into() }
    }
}

impl Mopyfile {
    /// The credentials of indexes and entries of `pip`, with their locations.
    pub fn credentials(&self) -> impl Iterator<Item = (&Credentials, Span)> {
        let of_indices = self.indices.iter().filter_map(|index| Some((index.value.credentials.as_ref()?, index.span)));
        let of_pip = self.pip.iter().filter_map(|entry| Some((entry.value.credentials.as_ref()?, entry.span)));
        of_indices.chain(of_pip)
    }

    /// Every file and directory of the context that the image is built from, with its location.
    pub fn sources(&self) -> impl Iterator<Item = Spanned<SourcePath>> {
        let of_pip = self
            .pip
            .iter()
            .flat_map(|entry| entry.value.sources().into_iter().map(move |source| Spanned::new(source, entry.span)));
        of_pip.chain(self.project.clone())
    }

    /// The arguments of each command in the image configuration, with its location.
    pub fn commands(&self) -> impl Iterator<Item = Spanned<&[String]>> {
        let run = [&self.command, &self.entrypoint].into_iter().flatten();
        let run = run.map(|words| Spanned::new(words.value.as_slice(), words.span));
        run.chain(self.healthcheck.iter().map(|check| Spanned::new(check.value.probe.words(), check.span)))
    }
}

/// Reads a Mopyfile, and returns it with all diagnostics. `None` if it is not YAML. If there are errors, invalid values
/// are missing, and the rest can be used to check the files that it refers to. Some warnings depend on the current
/// month.
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
