//! Warnings and notes.

pub(crate) mod commands;
pub(crate) mod environment;
pub(crate) mod image;
pub(crate) mod indices;
pub(crate) mod pip;
pub(crate) mod python;

use super::Mopyfile;
use super::month::Month;
use crate::diagnostic::Diagnostics;

/// Adds the warnings and notes about `mopyfile` to `found`.
pub(super) fn lint(mopyfile: &Mopyfile, today: Month, found: &mut Diagnostics) {
    python::support(&mopyfile.python, today, found);
    indices::indices(&mopyfile.indices, found);
    pip::entries(&mopyfile.pip, found);
    pip::duplicates(&mopyfile.pip, found);
    environment::variables(&mopyfile.envs, found);
    image::credentials(mopyfile, found);
    image::runtime_deps(mopyfile, found);
    commands::commands(mopyfile, found);
}

/// The help for credentials that the build needs.
const NETRC: &str = "remove them and build with `--secret id=netrc,src=$HOME/.netrc`";

const HTTPS: &str = "use an https URL";
