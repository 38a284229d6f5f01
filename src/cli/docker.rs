//! Docker's command line, for whatever needs a network: mopy has no client of its own for BuildKit or registries.

use std::ffi::OsStr;
use std::io;
use std::process::Command;

use super::Failure;

/// `docker buildx` with `arguments`.
pub(super) fn buildx(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = Command::new("docker");
    command.arg("buildx").args(arguments);
    command
}

/// Why Docker could not be started.
pub(super) fn not_started(error: &io::Error) -> Failure {
    let failure = match error.kind() {
        io::ErrorKind::NotFound => Failure::new("`docker` is not installed"),
        _ => Failure::new(format!("cannot run `docker`: {}", crate::source::reason(error))),
    };
    failure.help("install Docker with Buildx: https://docs.docker.com/engine/install/")
}
