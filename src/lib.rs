//! `mopy` turns a Mopyfile, a short YAML file, into a multistage Dockerfile for a Python application.
//!
//! It is a BuildKit frontend and a command line tool; both are thin layers around one function, [`transpile`].
//! The format of Mopyfiles and the commands are described in the
//! [README](https://github.com/cmdjulian/mopy#readme), and each rule in [`diagnostic::rule`].
//!
//! Data flows in one direction, and each step is a function that takes its input by reference:
//!
//! ```text
//! bytes ── Source ── Document ── Mopyfile ── Plan ── Dockerfile ── text + line map
//!          └──────── Diagnostics (reported by the first three) ────────┘
//! ```
//!
//! A module uses only modules to the left of it, values are immutable, and only [`cli`] and [`frontend`] read files,
//! the environment or the clock. Network access is left to BuildKit and Docker.
//!
//! * [`source`]: the name and contents of a file, and positions in it
//! * [`diagnostic`]: errors, warnings and notes as data, the rules, and one module per output format
//! * [`mopyfile`]: parses YAML into a [`mopyfile::Mopyfile`], which is always valid
//! * [`mod@lock`]: the lock file, with the digests of base images and the version of uv
//! * [`plan`]: every decision about the image, for the [`platform`]s of a build
//! * [`dockerfile`]: the Askama template, quoting and the line map
//! * [`frontend`]: the BuildKit frontend, which calls [`transpile`]
//! * [`cli`]: the command line, which calls [`transpile`]

pub mod cli;
pub mod diagnostic;
pub mod dockerfile;
pub mod frontend;
mod links;
pub mod lock;
pub mod mopyfile;
pub mod plan;
pub mod platform;
pub mod redact;
pub mod source;

pub use diagnostic::{Diagnostic, Diagnostics};
pub use dockerfile::Rendered;
pub use mopyfile::month::Month;
pub use platform::Platform;
pub use source::{Source, Span};

/// The result of [`transpile`].
#[derive(Clone, Debug)]
pub struct Transpiled {
    /// The valid part of the Mopyfile; `None` if it is not YAML.
    pub mopyfile: Option<mopyfile::Mopyfile>,
    /// The Dockerfile and the origin of its lines, unless there is an error.
    pub dockerfile: Option<Rendered>,
    /// The version of uv that installs the packages, if uv does.
    pub uv: Option<lock::UvVersion>,
    /// All diagnostics.
    pub diagnostics: Diagnostics,
}

/// Generates the Dockerfile of a Mopyfile. It depends only on the text of `source`, that of its [`mod@lock`] file if
/// there is one, and `platforms`; an empty slice means every platform that distroless supports. Warnings also depend on
/// the month. Files that the Mopyfile refers to are not checked; see [`mopyfile::lookup`].
///
/// # Examples
///
/// ```
/// use mopy::{Month, Source, diagnostic, transpile};
///
/// let source = Source::new("Mopyfile.yaml", "python: 3.13\nproject: ./hello.py\n");
/// let dockerfile = transpile(&source, None, &[], Month::RELEASE).dockerfile.expect("the Mopyfile has no errors");
/// assert!(dockerfile.text.contains("\nFROM python:3.13-trixie AS interpreter\n"));
///
/// let source = Source::new("Mopyfile.yaml", "pyhton: 3.13\n");
/// let found = transpile(&source, None, &[], Month::RELEASE).diagnostics;
/// assert!(diagnostic::text::render(&source, &found, false).contains("error[unknown-key]: "));
/// ```
#[must_use]
pub fn transpile(source: &Source, lock: Option<&Source>, platforms: &[Platform], today: Month) -> Transpiled {
    let (mopyfile, mut diagnostics) = mopyfile::read(source, today);
    let mut uv = None;
    let dockerfile = mopyfile.as_ref().and_then(|mopyfile| {
        let lock = lock.filter(|_| !diagnostics.has_errors()).and_then(|source| match lock::Lock::read(source) {
            Ok(lock) => Some(lock),
            Err(unreadable) => {
                diagnostics.push(unreadable.diagnostic(source, mopyfile.python.span));
                None
            }
        });
        let plan = plan::Plan::new(mopyfile, platforms, lock.as_ref());
        uv = plan.install.as_ref().and_then(|install| Some(install.uv.as_ref()?.version));
        diagnostics.extend(plan.findings());
        diagnostics.extend(lock.and_then(|lock| plan.stale(&lock, source.name())));
        if diagnostics.has_errors() {
            return None;
        }
        let dockerfile = dockerfile::render(&plan);
        diagnostics.extend(dockerfile::limit::check(&dockerfile));
        (!diagnostics.has_errors()).then_some(dockerfile)
    });
    diagnostics.sort();
    Transpiled { mopyfile, dockerfile, uv, diagnostics }
}
