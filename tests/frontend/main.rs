//! The frontend against a BuildKit that these tests play: in one process, over a pipe in memory.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod builds;
mod contexts;
mod failures;
mod gateway;
mod locks;
mod lookups;
mod options;
mod process;
mod steps;
mod subrequests;

/// A Mopyfile that is right.
pub(crate) const MOPYFILE: &str = "#syntax=cmdjulian/mopy\npython: 3\n";

/// The Dockerfile that is made of `mopyfile`, and the first of its lines that comes from the Mopyfile.
pub(crate) fn transpiled(mopyfile: &str) -> (String, i32) {
    let source = mopy::Source::new("Mopyfile.yaml", mopyfile);
    let rendered = mopy::transpile(&source, None, &[], mopy::Month::RELEASE).dockerfile.unwrap();
    let line = (1..).find(|line| !rendered.spans(*line..=*line).is_empty()).unwrap();
    (rendered.text, i32::try_from(line).unwrap())
}
