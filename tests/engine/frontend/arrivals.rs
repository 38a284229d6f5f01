//! Every way a build can arrive.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::server::{Files, Server};
use super::{FRONTEND, HELLO, build, build_and_run, built, run};
use crate::docker::{command, context, docker, registry};

fn hello() -> tempfile::TempDir {
    context(&[("Mopyfile.yaml", HELLO), ("hello.py", "print('Hello')\n")])
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The files of a directory as a tar archive.
fn tar(directory: &Path, compress: bool) -> Vec<u8> {
    let mut tar = Command::new("tar");
    let flags = if compress { "-czf" } else { "-cf" };
    tar.args([flags, "-", "-C", path(directory), "."]).output().unwrap().stdout
}

#[test]
#[ignore = "needs an engine"]
fn a_file_in_the_context() {
    assert_eq!(build_and_run("arrival-plain", hello().path(), &[]), "Hello");
}

#[test]
#[ignore = "needs an engine"]
fn a_file_in_another_directory() {
    let directory = context(&[("deploy/shop.yaml", HELLO), ("hello.py", "print('Hello')\n")]);
    let file = directory.path().join("deploy/shop.yaml");
    build(&["-t", "mopy-test/arrival-other", "--load", "-f", path(&file), path(directory.path())], b"").expect();
    assert_eq!(run("mopy-test/arrival-other"), "Hello");
}

#[test]
#[ignore = "needs an engine"]
fn a_file_outside_the_context() {
    let (inside, outside) = (hello(), context(&[("Mopyfile", HELLO)]));
    fs::remove_file(inside.path().join("Mopyfile.yaml")).unwrap();
    let file = outside.path().join("Mopyfile");
    build(&["-t", "mopy-test/arrival-outside", "--load", "-f", path(&file), path(inside.path())], b"").expect();
    assert_eq!(run("mopy-test/arrival-outside"), "Hello");
}

#[test]
#[ignore = "needs an engine"]
fn the_file_on_standard_input() {
    let directory = hello();
    build(&["-t", "mopy-test/arrival-stdin", "--load", "-f", "-", path(directory.path())], HELLO.as_bytes()).expect();
    assert_eq!(run("mopy-test/arrival-stdin"), "Hello");
}

#[test]
#[ignore = "needs an engine"]
fn the_file_alone_on_standard_input() {
    let text = "#syntax=cmdjulian/mopy\npython: 3.13\ncommand: [python, -c, 'print(\"alone\")']\n";
    build(&["-t", "mopy-test/arrival-alone", "--load", "-"], text.as_bytes()).expect();
    assert_eq!(run("mopy-test/arrival-alone"), "alone");
}

#[test]
#[ignore = "needs an engine"]
fn a_tar_archive_on_standard_input() {
    let directory = hello();
    for compress in [false, true] {
        let archive = tar(directory.path(), compress);
        build(&["-t", "mopy-test/arrival-tar", "--load", "-f", "Mopyfile.yaml", "-"], &archive).expect();
        assert_eq!(run("mopy-test/arrival-tar"), "Hello");
    }
}

#[test]
#[ignore = "needs an engine"]
fn an_archive_over_http() {
    let directory = hello();
    let files = Files::from([("/context.tar.gz".to_owned(), tar(directory.path(), true))]);
    let server = Server::start(Ipv4Addr::LOCALHOST.into(), files, None);
    let url = server.url("/context.tar.gz");
    build(&["-t", "mopy-test/arrival-http", "--load", "-f", "Mopyfile.yaml", &url], b"").expect();
    assert_eq!(run("mopy-test/arrival-http"), "Hello");
}

#[test]
#[ignore = "needs an engine"]
fn the_file_over_http() {
    let text = "#syntax=cmdjulian/mopy\npython: 3.13\ncommand: [python, -c, 'print(\"fetched\")']\n";
    let files = Files::from([("/Mopyfile.yaml".to_owned(), text.as_bytes().to_vec())]);
    let server = Server::start(Ipv4Addr::LOCALHOST.into(), files, None);
    build(&["-t", "mopy-test/arrival-http-file", "--load", &server.url("/Mopyfile.yaml")], b"").expect();
    assert_eq!(run("mopy-test/arrival-http-file"), "fetched");
}

/// `git daemon` on loopback, ended with the test.
struct GitDaemon(Child, u16);

impl GitDaemon {
    fn start(base: &Path) -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut daemon = Command::new("git");
        daemon.args(["daemon", "--reuseaddr", "--export-all", "--listen=127.0.0.1"]);
        daemon.arg(format!("--port={port}")).arg(format!("--base-path={}", base.display())).arg(base);
        let child = daemon.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        for _ in 0..100 {
            if std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        Self(child, port)
    }
}

impl Drop for GitDaemon {
    fn drop(&mut self) {
        // the daemon is a child of `git`
        let _ = Command::new("pkill").args(["-P", &self.0.id().to_string()]).status();
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "needs an engine"]
fn a_git_repository() {
    let base = context(&[("work/app/hello.py", "print('from git')\n"), ("work/app/Mopyfile.yaml", HELLO)]);
    fs::write(base.path().join("work/Mopyfile.yaml"), HELLO.replace("hello.py", "app/hello.py")).unwrap();
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=x", "-c", "user.email=x@example.org"]).args(arguments);
        command(git.current_dir(base.path().join("work")), b"").expect();
    };
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message=x"]);
    git(&["clone", "--quiet", "--bare", ".", "../repo.git"]);
    let daemon = GitDaemon::start(base.path());
    for (name, suffix) in [("root", "#main"), ("directory", "#main:app"), ("plain", "")] {
        let url = format!("git://127.0.0.1:{}/repo.git{suffix}", daemon.1);
        let tag = format!("mopy-test/arrival-git-{name}");
        build(&["-t", &tag, "--load", "-f", "Mopyfile.yaml", &url], b"").expect();
        assert_eq!(run(&tag), "from git");
    }
}

#[test]
#[ignore = "needs an engine with a registry"]
fn a_frontend_from_a_registry() {
    built();
    let name = format!("{}/mopy-test/mopy:1", registry());
    docker(&["tag", FRONTEND, &name]).expect();
    docker(&["push", &name]).expect();
    docker(&["rmi", &name]).expect();
    let text = HELLO.replace(FRONTEND, &name);
    let directory = context(&[("Mopyfile.yaml", &text), ("hello.py", "print('Hello')\n")]);
    assert_eq!(build_and_run("arrival-registry", directory.path(), &[]), "Hello");
}

#[test]
#[ignore = "needs an engine"]
fn a_build_argument_instead_of_the_first_line() {
    let directory =
        context(&[("Mopyfile.yaml", "python: 3.13\nproject: hello.py\n"), ("hello.py", "print('Hello')\n")]);
    let argument = format!("--build-arg=BUILDKIT_SYNTAX={FRONTEND}");
    assert_eq!(build_and_run("arrival-argument", directory.path(), &[&argument]), "Hello");
}

#[test]
#[ignore = "needs an engine"]
fn bake_with_linked_targets() {
    let directory = context(&[
        ("base/Mopyfile.yaml", "#syntax=cmdjulian/mopy\npython: 3.13\nbase: slim\nenvs: {LINKED: 'yes'}\n"),
        ("app/Mopyfile.yaml", "#syntax=cmdjulian/mopy\npython: 3.13\nproject: hello.py\n"),
        ("app/hello.py", "import os; print('linked', os.environ.get('LINKED'))\n"),
        (
            "docker-bake.hcl",
            "target \"base\" {\n  context = \"base\"\n  dockerfile = \"Mopyfile.yaml\"\n}\n\
             target \"app\" {\n  context = \"app\"\n  dockerfile = \"Mopyfile.yaml\"\n  tags = [\"mopy-test/arrival-bake\"]\n  \
             contexts = { \"gcr.io/distroless/cc-debian13:nonroot\" = \"target:base\" }\n}\n",
        ),
    ]);
    built();
    let mut bake = Command::new("docker");
    bake.args(["buildx", "bake", "--load", "--progress=plain", "app"]).current_dir(directory.path());
    command(&mut bake, b"").expect();
    assert_eq!(run("mopy-test/arrival-bake"), "linked yes");
}

/// Debian's docker-compose hands the build to `docker build` when it is told to.
#[test]
#[ignore = "needs an engine and docker-compose"]
fn compose() {
    let directory = hello();
    let file = "services:\n  hello:\n    image: mopy-test/arrival-compose\n    build:\n      context: .\n      dockerfile: Mopyfile.yaml\n";
    fs::write(directory.path().join("docker-compose.yml"), format!("version: '3.8'\n{file}")).unwrap();
    built();
    let mut compose = Command::new("docker-compose");
    compose.arg("build").current_dir(directory.path());
    compose.env("DOCKER_BUILDKIT", "1").env("COMPOSE_DOCKER_CLI_BUILD", "1");
    command(&mut compose, b"").expect();
    assert_eq!(run("mopy-test/arrival-compose"), "Hello");
}
