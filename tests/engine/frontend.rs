//! Builds through the frontend: `docker build -f Mopyfile.yaml`, with the image that the repository's
//! `Dockerfile` makes.

mod arrivals;
mod errors;
mod lock;
pub(crate) mod options;
mod parity;
mod rules;
pub(crate) mod secrets;
pub(crate) mod server;
mod supply;
mod transcripts;

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use super::docker::{Printed, Step, command, docker, size, steps};

/// What `#syntax=` names in all examples.
pub(crate) const FRONTEND: &str = "cmdjulian/mopy";

/// Builds the image of the frontend, once for all tests.
pub(crate) fn built() {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        docker(&["buildx", "build", "--load", "--tag", FRONTEND, env!("CARGO_MANIFEST_DIR")]).expect();
    });
}

/// `docker buildx build` with the frontend there; the Mopyfile is among the options or in the context.
pub(crate) fn build(options: &[&str], input: &[u8]) -> Printed {
    built();
    let mut build = Command::new("docker");
    command(build.args(["buildx", "build", "--progress=plain"]).args(options), input)
}

/// Builds the Mopyfile of a directory and runs the image.
pub(crate) fn build_and_run(name: &str, directory: &Path, options: &[&str]) -> String {
    let file = directory.join("Mopyfile.yaml");
    let tag = format!("mopy-test/{name}");
    let mut all = vec!["-f", file.to_str().unwrap(), "--load", "--tag", &tag];
    all.extend(options);
    all.push(directory.to_str().unwrap());
    build(&all, b"").expect();
    run(&tag)
}

/// What an image prints.
pub(crate) fn run(tag: &str) -> String {
    docker(&["run", "--rm", "--network=none", tag]).expect().stdout.trim_end().to_owned()
}

/// A Mopyfile for a file `hello.py`.
pub(crate) const HELLO: &str = "#syntax=cmdjulian/mopy\npython: 3.13\nproject: hello.py\n";

/// The steps that were not cached.
pub(crate) fn fresh(printed: &Printed) -> Vec<Step> {
    steps(&printed.stderr).into_iter().filter(|step| !step.cached).collect()
}

#[test]
#[ignore = "needs an engine"]
fn its_image_is_the_command_line_too() {
    built();
    let mopy = |arguments: &[&str]| {
        let mut run = Command::new("docker");
        command(run.args(["run", "--rm", "-i", FRONTEND]).args(arguments), b"python: 3.13\n")
    };
    assert_eq!(mopy(&["check", "-f", "-"]).expect().stdout, "<stdin>: no problems\n");
    assert!(mopy(&["transpile", "-f", "-"]).expect().stdout.contains("\nFROM python:3.13-trixie"));
    let help = mopy(&[]);
    assert!(!help.success && help.stderr.contains("Usage: mopy"), "{}", help.stderr);
}

#[test]
#[ignore = "needs an engine"]
fn its_image_is_small() {
    built();
    let bytes = size(FRONTEND);
    println!("{FRONTEND}: {bytes} bytes");
    assert!(bytes <= 4_500_000, "{bytes}");
}
