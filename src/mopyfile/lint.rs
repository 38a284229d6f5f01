//! What works and is doubtful.

mod environment;
mod image;
mod indices;
mod python;
mod requirements;

use super::month::Month;
use super::{Installer, Mopyfile};
use crate::diagnostic::Diagnostics;

/// Adds the warnings and notices about `mopyfile` to `found`.
pub(super) fn lint(mopyfile: &Mopyfile, today: Month, found: &mut Diagnostics) {
    python::support(&mopyfile.python, today, found);
    indices::indices(&mopyfile.indices, found);
    // uv takes a name from the first index that has it
    if mopyfile.installs_with(&[]) == Installer::Pip {
        indices::confusion(mopyfile, found);
    }
    requirements::requirements(&mopyfile.pip, found);
    requirements::duplicates(&mopyfile.pip, found);
    environment::variables(&mopyfile.envs, found);
    image::credentials(mopyfile, found);
    image::runtime_deps(mopyfile, found);
}

/// What to do about credentials that the build needs.
const NETRC: &str = "remove them and build with `--secret id=netrc,src=$HOME/.netrc`";

const HTTPS: &str = "use an https URL";
