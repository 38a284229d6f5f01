//! `mopy` turns a Mopyfile, a short YAML file, into a multistage Dockerfile for a Python application.
//!
//! Data goes one way, and each step is one function that takes what is left of it by reference:
//!
//! ```text
//! bytes ── Source ── Document ── Mopyfile ── Plan ── Dockerfile ── text + line map
//!          └──────── Diagnostics (the side output of the first three) ────────┘
//! ```
//!
//! * [`source`]: name and text of a file, and places in it
//! * [`diagnostic`]: problems and warnings as data, the rules, and how they are shown
//! * [`mopyfile`]: from YAML to a [`mopyfile::Mopyfile`], which cannot be wrong
//! * [`plan`]: every decision about the image
//! * [`dockerfile`]: the Askama template, the quoting, the line map
//! * [`frontend`]: BuildKit around [`transpile`]
//! * [`cli`]: the command line around [`transpile`]

pub mod cli;
pub mod diagnostic;
pub mod dockerfile;
pub mod frontend;
pub mod mopyfile;
pub mod plan;
pub mod platform;
pub mod source;

pub use diagnostic::{Diagnostic, Diagnostics};
pub use dockerfile::{LineMap, Rendered};
pub use mopyfile::month::Month;
pub use platform::Platform;
pub use source::{Source, Span};

/// A Mopyfile as a Dockerfile.
#[derive(Clone, Debug)]
pub struct Transpiled {
    /// The Mopyfile.
    pub mopyfile: mopyfile::Mopyfile,
    /// The Dockerfile and where its lines come from.
    pub dockerfile: Rendered,
    /// Warnings and notices; no problems.
    pub diagnostics: Diagnostics,
}

/// The Dockerfile for a Mopyfile. It depends on nothing but the text of `source` and `platforms`: the
/// platforms that it is asked to build for, none when all that distroless has shall work. Warnings depend on
/// the month, too.
///
/// # Errors
///
/// Everything that was found, when at least one finding is a problem.
pub fn transpile(source: &Source, platforms: &[Platform], today: Month) -> Result<Transpiled, Diagnostics> {
    let (mopyfile, mut diagnostics) = mopyfile::read(source, today)?;
    let plan = plan::Plan::new(&mopyfile, platforms);
    diagnostics.extend(plan.findings(&mopyfile, platforms));
    if diagnostics.has_problems() {
        diagnostics.sort();
        return Err(diagnostics);
    }
    let dockerfile = dockerfile::render(&plan);
    Ok(Transpiled { mopyfile, dockerfile, diagnostics })
}
