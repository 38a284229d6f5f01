//! Runs Docker's command line for everything that needs the network: mopy itself has no client for BuildKit or
//! registries.

use std::ffi::OsStr;
use std::io;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::Failure;
use crate::lock::Digest;
use crate::source::reason;

const INSTALL: &str = "install Docker with Buildx: https://docs.docker.com/engine/install/";

/// `docker buildx` with `arguments`.
pub(super) fn buildx(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = Command::new("docker");
    command.arg("buildx").args(arguments);
    command
}

/// The error if Docker cannot be started.
pub(super) fn not_started(error: &io::Error) -> Failure {
    let failure = match error.kind() {
        io::ErrorKind::NotFound => Failure::new("`docker` is not installed"),
        _ => Failure::new(format!("cannot run `docker`: {}", reason(error))),
    };
    failure.help(INSTALL)
}

/// A request for the digest of an image, which Docker performs in the background.
pub(super) struct Inspection<'a> {
    pub(super) image: &'a str,
    docker: Child,
}

impl<'a> Inspection<'a> {
    /// Requests the current digest of the tag `image`.
    pub(super) fn start(image: &'a str) -> Result<Self, Failure> {
        // with `--format`, Buildx would also fetch the image of each platform
        let mut command = buildx(["imagetools", "inspect", "--raw", "--", image]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let docker = command.spawn().map_err(|error| not_started(&error))?;
        Ok(Self { image, docker })
    }

    /// The digest of the image's index, or of the image itself if it has no index.
    pub(super) fn digest(self) -> Result<Digest, Failure> {
        let output = self.docker.wait_with_output().map_err(|error| not_started(&error))?;
        if !output.status.success() {
            return Err(failed(self.image, &String::from_utf8_lossy(&output.stderr)));
        }
        if !serde_json::from_slice::<Value>(&output.stdout).is_ok_and(|manifest| manifest["schemaVersion"].is_u64()) {
            return Err(Failure::new(format!("cannot resolve `{}`: Docker printed no manifest", self.image))
                .help("update Docker or its Buildx plugin"));
        }
        // these are the registry's bytes, so their hash is the digest
        Ok(Digest::of(&output.stdout))
    }
}

/// The error if Docker did not find an image, with Docker's message.
fn failed(image: &str, stderr: &str) -> Failure {
    let mut lines = stderr.lines().map(str::trim).filter(|line| !line.is_empty());
    let error = lines.clone().rev().find_map(|line| line.strip_prefix("ERROR: "));
    let words = error.or_else(|| lines.next()).unwrap_or("Docker gave no reason");
    let failure = Failure::new(format!("cannot resolve `{image}`: {words}"));
    let is_about = |words: &[&str]| words.iter().any(|word| stderr.to_ascii_lowercase().contains(word));
    if is_about(&["unknown command", "is not a docker command"]) {
        failure.help(INSTALL)
    } else if is_about(&["unauthorized", "denied", "authorization failed", "authentication required", "forbidden"]) {
        // the default is Docker Hub
        let registry = image.split_once('/').filter(|(host, _)| host.contains(['.', ':']));
        let host = registry.map(|(host, _)| format!(" {host}")).unwrap_or_default();
        failure.help(format!("log in to the registry: `docker login{host}`"))
    } else if image.starts_with("python:") && is_about(&["not found"]) {
        failure
            .help("check that there is an official image of this Python version: https://hub.docker.com/_/python/tags")
    } else {
        failure.help(format!("for details, run `docker buildx imagetools inspect {image}`"))
    }
}
