//! Other platforms than the engine's own: images for them, and the frontend itself compiled for them. Their base
//! images come from Debian's packages (`platforms/base-images`); arm runs in qemu.

use std::path::Path;
use std::process::Command;

use super::docker::{command, context, docker, stand_in};
use super::frontend::build;

/// Makes base images of Debian's architectures.
fn base_images(architectures: &[&str]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/platforms/base-images");
    command(Command::new(script).args(architectures), b"").expect();
}

const MOPYFILE: &str =
    "#syntax=cmdjulian/mopy\npython: 3.13\ninit: true\npip: [orjson, uvicorn]\nimports: [orjson]\nproject: where.py\n";

/// Prints where it runs, whether a package with compiled code is there, and whether there is a shell.
const WHERE: &str = "
import os, sysconfig, orjson, uvicorn
print(sysconfig.get_config_var('MULTIARCH'), os.path.exists('/bin/sh'), os.getuid())
";

fn image(tag: &str, mopyfile: &str, platforms: &str, options: &[String]) {
    let directory = context(&[("Mopyfile.yaml", mopyfile), ("where.py", WHERE)]);
    let file = directory.path().join("Mopyfile.yaml");
    let mut all = vec!["--load", "--platform", platforms, "--tag", tag, "-f", file.to_str().unwrap()];
    all.extend(options.iter().map(String::as_str));
    all.push(directory.path().to_str().unwrap());
    build(&all, b"").expect();
}

fn run(tag: &str, platform: &str) -> String {
    docker(&["run", "--rm", "--network=none", "--platform", platform, tag]).expect().stdout.trim_end().to_owned()
}

#[test]
#[ignore = "needs an engine"]
fn one_build_makes_images_for_two_platforms() {
    base_images(&["i386"]);
    let both = "linux/amd64,linux/386";
    let text = "FROM --platform=linux/amd64 python:3.13-trixie AS base-amd64\n\
                FROM --platform=linux/386 mopy-test/python:i386 AS base-386\n\
                FROM base-$TARGETARCH\n";
    let options = stand_in(both, text, &["python:3.13-trixie", "debian:trixie-slim"]);
    let tag = "mopy-test/two-platforms";
    image(tag, MOPYFILE, both, &options);
    assert_eq!(run(tag, "linux/amd64"), "x86_64-linux-gnu True 65532", "both end in slim");
    assert_eq!(run(tag, "linux/386"), "i386-linux-gnu True 65532");
    image(tag, MOPYFILE, "linux/amd64", &[]);
    assert_eq!(run(tag, "linux/amd64"), "x86_64-linux-gnu False 65532", "a single platform is based on distroless");
}

/// What takes minutes: compilers, and what runs in qemu. `.ci/full` runs it.
mod slow;
