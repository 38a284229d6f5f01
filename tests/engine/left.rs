//! The files that a build leaves.

use std::process::Command;

use super::docker::{command, context};

/// Everything that a build leaves: all layers, configurations and attestations of its image, the
/// metadata for tools, and the log.
pub(crate) struct Left {
    directory: tempfile::TempDir,
    pub(crate) log: String,
}

impl Left {
    /// Builds `dockerfile`, with variables in the environment of the command.
    pub(crate) fn by(dockerfile: &str, options: &[&str], environment: &[(&str, &str)]) -> Self {
        let directory = context(&[]);
        let metadata = format!("--metadata-file={}", directory.path().join("metadata.json").display());
        let image = directory.path().join("image.tar");
        let output =
            format!("--output=type=oci,compression=uncompressed,force-compression=true,dest={}", image.display());
        let mut build = Command::new("docker");
        build.args(["buildx", "build", "--progress=plain", "-f", "-", &metadata, &output]).args(options);
        build.arg(directory.path()).envs(environment.iter().copied());
        let printed = command(&mut build, dockerfile.as_bytes()).expect();
        Self { directory, log: printed.stdout + &printed.stderr }
    }

    /// Whether `text` is anywhere in it.
    pub(crate) fn has(&self, text: &str) -> bool {
        let mut grep = Command::new("grep");
        let found = grep.args(["-rqaF", "-e", text]).arg(self.directory.path()).status().unwrap();
        found.success() || self.log.contains(text)
    }
}
