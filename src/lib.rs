//! `mopy` turns a Mopyfile, a short YAML file, into a multistage Dockerfile for a Python application.
//!
//! It is a BuildKit frontend and a command line tool; both are thin layers around one function, [`transpile`].
//! The format of Mopyfiles and the commands are described in the
//! [README](https://github.com/cmdjulian/mopy#readme), and each rule in [`diagnostic::rule`].
//!
//! Data goes one way, and each step is one function that takes what is left of it by reference:
//!
//! ```text
//! bytes ── Source ── Document ── Mopyfile ── Plan ── Dockerfile ── text + line map
//!          └──────── Diagnostics (the side output of the first three) ────────┘
//! ```
//!
//! A module uses only what is to the left of it, nothing is changed after it was made, and nothing but [`cli`]
//! and [`frontend`] reads files, the environment or the clock. Networks are for BuildKit and Docker.
//!
//! * [`source`]: name and text of a file, and places in it
//! * [`diagnostic`]: errors, warnings and notes as data, the rules, and how they are shown
//! * [`mopyfile`]: from YAML to a [`mopyfile::Mopyfile`], which cannot be wrong
//! * [`mod@lock`]: the digests of base images and the uv that it pins, in a file next to it
//! * [`plan`]: every decision about the image, for the [`platform`]s of a build
//! * [`dockerfile`]: the Askama template, the quoting, the line map
//! * [`frontend`]: BuildKit around [`transpile`]
//! * [`cli`]: the command line around [`transpile`]

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
pub use dockerfile::{LineMap, Rendered};
pub use mopyfile::month::Month;
pub use platform::Platform;
pub use source::{Source, Span};

/// What [`transpile`] gives.
#[derive(Clone, Debug)]
pub struct Transpiled {
    /// The Mopyfile, or what could be read of it; nothing where it is not YAML.
    pub mopyfile: Option<mopyfile::Mopyfile>,
    /// The Dockerfile and where its lines come from, unless there is an error.
    pub dockerfile: Option<Rendered>,
    /// The version of uv that installs, if uv does.
    pub uv: Option<lock::UvVersion>,
    /// Everything that was found.
    pub diagnostics: Diagnostics,
}

/// The Dockerfile for a Mopyfile. It depends on nothing but the text of `source`, that of its [`mod@lock`] if it has
/// one, and `platforms`: the platforms that it is asked to build for, none when all that distroless has shall work.
/// Warnings depend on the month, too. Files that the Mopyfile names are not looked for; [`mopyfile::lookup`] is for that.
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
        diagnostics.extend(dockerfile.check_limits());
        (!diagnostics.has_errors()).then_some(dockerfile)
    });
    diagnostics.sort();
    Transpiled { mopyfile, dockerfile, uv, diagnostics }
}
