//! What goes wrong is said at once and where it is, and the engine builds the next image.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::options::{BACKEND, PYPROJECT};
use super::{FRONTEND, HELLO, build, built};
use crate::docker::{Printed, alone, context, docker};

/// The build of a context that fails; it must not take long.
fn fails(directory: &Path, options: &[&str], input: &[u8]) -> String {
    built();
    let start = Instant::now();
    let file = directory.join("Mopyfile.yaml");
    let path = directory.to_str().unwrap();
    let named = ["--output=type=cacheonly", "-f", file.to_str().unwrap(), path];
    let printed = build(&[options, if input.is_empty() { &named } else { &[] }].concat(), input);
    assert!(!printed.success, "{}", printed.stderr);
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    next_is_fine();
    printed.stderr
}

/// The engine still builds.
fn next_is_fine() {
    let directory = context(&[("Mopyfile.yaml", HELLO), ("hello.py", "")]);
    let path = directory.path().to_str().unwrap();
    build(&["--output=type=cacheonly", "-f", &format!("{path}/Mopyfile.yaml"), path], b"").expect();
}

fn says(printed: &str, all: &[&str]) {
    for words in all {
        assert!(printed.contains(words), "`{words}` is not in\n{printed}");
    }
    assert!(!printed.contains("exit code: 1") || printed.contains("pip"), "{printed}");
    assert!(!printed.contains("frontend grpc server closed"), "{printed}");
}

#[test]
#[ignore = "needs an engine"]
fn a_broken_mopyfile() {
    let text = "#syntax=cmdjulian/mopy\npythn: 3.13\nenvs:\n  1A: x\nindices:\n  - {url: 'https://u:s3cr3t@h/', username: [x]}\n";
    let directory = context(&[("Mopyfile.yaml", text)]);
    let printed = fails(directory.path(), &[], b"");
    says(&printed, &["Mopyfile.yaml:2", "pythn: 3.13", "did you mean `python`", "Mopyfile.yaml:4", "environment-name"]);
    assert!(!printed.contains("s3cr3t"), "{printed}");
}

fn tar(directory: &Path) -> Vec<u8> {
    Command::new("tar").args(["-cf", "-", "-C", directory.to_str().unwrap(), "."]).output().unwrap().stdout
}

/// Docker looks for the file itself unless it is in an archive.
#[test]
#[ignore = "needs an engine"]
fn a_missing_one_and_a_directory_in_its_place() {
    let argument = format!("--build-arg=BUILDKIT_SYNTAX={FRONTEND}");
    let directory = context(&[("hello.py", "")]);
    let options = [argument.as_str(), "--output=type=cacheonly", "-f", "Mopyfile.yaml", "-"];
    says(&fails(directory.path(), &options, &tar(directory.path())), &["Mopyfile.yaml"]);
    fs::create_dir(directory.path().join("Mopyfile.yaml")).unwrap();
    says(&fails(directory.path(), &options, &tar(directory.path())), &["Mopyfile.yaml", "directory"]);
}

#[test]
#[ignore = "needs an engine"]
fn an_empty_one_and_a_large_one() {
    let argument = format!("--build-arg=BUILDKIT_SYNTAX={FRONTEND}");
    let directory = context(&[("Mopyfile.yaml", "")]);
    says(&fails(directory.path(), &[&argument], b""), &["the file is empty"]);
    let large = format!("{HELLO}{}", "# a comment that says nothing\n".repeat(100_000));
    fs::write(directory.path().join("Mopyfile.yaml"), large).unwrap();
    says(&fails(directory.path(), &[], b""), &["the file is larger than 1 MiB"]);
}

#[test]
#[ignore = "needs an engine"]
fn an_installation_that_fails_with_much_to_say() {
    let loud = format!(
        "{BACKEND}\nimport sys\nfor line in range(40_000):\n    print('x' * 50)\nsys.exit('it does not want to')\n"
    );
    let text = "#syntax=cmdjulian/mopy\npython: 3.13\npip:\n  - ./probe/\n";
    let directory =
        context(&[("Mopyfile.yaml", text), ("probe/pyproject.toml", PYPROJECT), ("probe/backend.py", &loud)]);
    let printed = fails(directory.path(), &[], b"");
    says(&printed, &["it does not want to", "Mopyfile.yaml:4", ">>>   - ./probe/"]);
}

#[test]
#[ignore = "needs an engine"]
fn a_file_that_is_not_in_the_context() {
    let text = "#syntax=cmdjulian/mopy\npython: 3.13\nproject: ./missing/\n";
    let directory = context(&[("Mopyfile.yaml", text)]);
    says(
        &fails(directory.path(), &[], b""),
        &["Mopyfile.yaml:3", ">>> project: ./missing/", "does not exist in the build context"],
    );
}

#[test]
#[ignore = "needs an engine"]
fn a_base_image_that_cannot_be_had() {
    let directory = context(&[("Mopyfile.yaml", "#syntax=cmdjulian/mopy\npython: 3.12\n")]);
    says(&fails(directory.path(), &[], b""), &["Mopyfile.yaml:2", ">>> python: 3.12", "python:3.12-trixie"]);
}

#[test]
#[ignore = "needs an engine"]
fn a_platform_that_python_lacks() {
    let directory = context(&[("Mopyfile.yaml", HELLO)]);
    says(&fails(directory.path(), &["--platform=linux/mips64le"], b""), &["linux/mips64le", "linux/amd64"]);
}

#[test]
#[ignore = "needs an engine"]
fn a_cancelled_build() {
    let slow = format!("{BACKEND}\nimport time\ntime.sleep(600)\n");
    let text = "#syntax=cmdjulian/mopy\npython: 3.13\npip: [./probe/]\n";
    let directory =
        context(&[("Mopyfile.yaml", text), ("probe/pyproject.toml", PYPROJECT), ("probe/backend.py", &slow)]);
    built();
    let path = directory.path().to_str().unwrap();
    let mut build = Command::new("docker");
    build.args([
        "buildx",
        "build",
        "--progress=plain",
        "--output=type=cacheonly",
        "-f",
        &format!("{path}/Mopyfile.yaml"),
        path,
    ]);
    let mut child = build.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(6));
    assert!(child.try_wait().unwrap().is_none(), "it is still building");
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let start = Instant::now();
    assert!(!child.wait().unwrap().success());
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    next_is_fine();
    none_is_left();
}

/// Processes of frontends on this machine, which the engine runs on.
fn frontends() -> usize {
    let printed: Printed = Command::new("pgrep").args(["-fc", "^/mopy$"]).output().unwrap().into();
    printed.stdout.trim().parse().unwrap()
}

/// Those of tests that run at the same time come and go; one that is left over stays.
fn none_is_left() {
    let gone = (0..600).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        frontends() == 0
    });
    assert!(gone, "{} frontends", frontends());
}

/// Resident memory of the daemon in KiB.
fn memory() -> u64 {
    let printed: Printed = Command::new("ps").args(["-C", "dockerd", "-o", "rss="]).output().unwrap().into();
    printed.stdout.split_whitespace().map(|line| line.parse::<u64>().unwrap()).sum()
}

#[test]
#[ignore = "needs an engine"]
fn many_builds_leave_no_containers() {
    let directory = context(&[("Mopyfile.yaml", HELLO), ("hello.py", "")]);
    let path = directory.path().to_str().unwrap();
    let file = format!("{path}/Mopyfile.yaml");
    let once = || build(&["--output=type=cacheonly", "-f", &file, path], b"").expect();
    built();
    alone(|| {
        (0..50).for_each(|_| drop(once()));
        let before = memory();
        (0..200).for_each(|_| drop(once()));
        let after = memory();
        println!("dockerd after 50 builds: {before} KiB, after 250: {after} KiB");
        none_is_left();
        // what a build leaves in the daemon's history is a few KiB; a leak of its results or connections is more
        assert!(after < before + 200 * 256, "{before} {after}");
    });
    assert!(docker(&["ps", "--quiet", "--filter", "name=frontend"]).expect().stdout.is_empty());
}
