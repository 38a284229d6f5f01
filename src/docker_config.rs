//! Where Docker's command line keeps its settings and what `docker login` is told.

use std::path::{Path, PathBuf};

/// The file of settings in [`directory`].
pub(crate) const FILE: &str = "config.json";

/// The directory that the environment variables name, of which `variable` gives the values; none without a home
/// (docs.docker.com, "Docker CLI", `DOCKER_CONFIG`).
pub(crate) fn directory(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let given = |name| variable(name).filter(|value| !value.is_empty());
    // the latter on Windows
    let home = || given("HOME").or_else(|| given("USERPROFILE"));
    given("DOCKER_CONFIG").map(PathBuf::from).or_else(|| Some(Path::new(&home()?).join(".docker")))
}
