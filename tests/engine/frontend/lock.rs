//! Builds with a lock, whose images are in a registry.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use tempfile::TempDir;

use super::{HELLO, build, run};
use crate::docker::{Printed, command, context, docker, registry};

const PYTHON: &str = "python:3.13-trixie";
const SLIM: &str = "debian:trixie-slim";
const DISTROLESS: &str = "gcr.io/distroless/cc-debian13:nonroot";
const SHOWS_MARK: &str = "import os; print(os.environ.get('MARK'))\n";

/// A registry that is a mirror of others, for the builder whose settings say so.
struct Mirror {
    registry: String,
    settings: TempDir,
}

impl Mirror {
    fn new(registry: &str) -> Self {
        let settings = tempfile::tempdir().unwrap();
        let text = format!(
            "[registry.\"docker.io\"]\nmirrors = [\"{registry}\"]\n[registry.\"gcr.io\"]\nmirrors = [\"{registry}\"]\n\
             [registry.\"{registry}\"]\nhttp = true\n"
        );
        let file = settings.path().join("buildkitd.toml");
        fs::write(&file, text).unwrap();
        let mirror = Self { registry: registry.to_owned(), settings };
        // it is never started: Buildx also uses its settings for its own requests to registries
        let mut create = mirror.docker(&["buildx", "create", "--name=mirror", "--driver=docker-container"]);
        command(create.arg("--buildkitd-config").arg(file), b"").expect();
        mirror
    }

    /// Docker's command line with these settings.
    fn docker(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("docker");
        command.args(arguments).env("BUILDX_CONFIG", self.settings.path());
        command
    }

    /// What an image is called here.
    fn name(&self, image: &str) -> String {
        match image.strip_prefix("gcr.io/") {
            Some(path) => format!("{}/{path}", self.registry),
            None => format!("{}/library/{image}", self.registry),
        }
    }

    /// Makes the tag of `image` name one with another mark.
    fn push(&self, image: &str, mark: &str) {
        let output = format!("--output=type=image,name={},push=true,registry.insecure=true", self.name(image));
        let text = format!("FROM {image}\nENV MARK={mark}\n");
        command(Command::new("docker").args(["buildx", "build", &output, "-"]), text.as_bytes()).expect();
    }

    /// `mopy lock` with this builder.
    fn lock(&self, place: &Path, options: &[&str]) -> Printed {
        command(&mut self.command(place, options), b"")
    }

    fn command(&self, place: &Path, options: &[&str]) -> Command {
        let mut mopy = Command::new(env!("CARGO_BIN_EXE_mopy"));
        mopy.arg("lock").args(options).current_dir(place);
        mopy.env("BUILDX_CONFIG", self.settings.path()).env("BUILDX_BUILDER", "mirror");
        mopy
    }

    /// The options with which the engine, which reaches no other registry, finds here what is locked.
    fn contexts(&self, place: &Path) -> Vec<String> {
        let lock = fs::read_to_string(place.join("Mopyfile.yaml.lock")).unwrap();
        let images = lock.lines().filter_map(|line| line.strip_prefix('"')?.strip_suffix('"')?.split_once("\": \""));
        let context = |(name, digest): (&str, &str)| {
            format!("--build-context={name}@{digest}=docker-image://{}@{digest}", self.name(name))
        };
        images.map(context).collect()
    }

    /// What the image that is built with the lock prints, and what the build says.
    fn built(&self, place: &Path) -> (String, String) {
        let (file, tag) = (place.join("Mopyfile.yaml"), "mopy-test/locked");
        let contexts = self.contexts(place);
        let mut options = vec!["-f", file.to_str().unwrap(), "--load", "--tag", tag, "--provenance=false"];
        options.extend(contexts.iter().map(String::as_str));
        options.push(place.to_str().unwrap());
        let printed = build(&options, b"").expect().stderr;
        let id = docker(&["image", "inspect", "--format", "{{.Id}}", tag]).expect().stdout;
        (format!("{} {}", run(tag), id.trim()), printed)
    }
}

#[test]
#[ignore = "needs an engine with a registry"]
fn a_tag_that_moves_changes_nothing_until_the_lock_is_upgraded() {
    let mirror = Mirror::new(&registry());
    mirror.push(PYTHON, "builder");
    mirror.push(SLIM, "slim");
    mirror.push(DISTROLESS, "first");
    let place = context(&[("Mopyfile.yaml", HELLO), ("hello.py", SHOWS_MARK)]);
    let place = place.path();
    mirror.lock(place, &[]).expect();
    let locked = fs::read(place.join("Mopyfile.yaml.lock")).unwrap();
    let (first, _) = mirror.built(place);
    assert!(first.starts_with("first "), "{first}");

    mirror.push(DISTROLESS, "second");
    let said = mirror.lock(place, &[]).expect().stderr;
    assert_eq!(said, "Mopyfile.yaml.lock is up to date\n");
    assert_eq!(fs::read(place.join("Mopyfile.yaml.lock")).unwrap(), locked);
    assert_eq!(mirror.built(place).0, first, "the same image");

    mirror.lock(place, &["--upgrade"]).expect();
    let (second, printed) = mirror.built(place);
    assert!(second.starts_with("second "), "{second}");
    assert!(!printed.contains("stale-lock"), "{printed}");

    // the lock knows another Python
    fs::write(place.join("Mopyfile.yaml"), HELLO.replace("3.13", "3.14")).unwrap();
    let (_, printed) = mirror.built(place);
    assert!(printed.contains("stale-lock: the lock file does not contain `python:3.14-trixie`"), "{printed}");
}

/// A registry that wants other credentials than it is given.
fn strict_registry() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming().map(Result::unwrap) {
            thread::spawn(move || {
                let mut reader = BufReader::new(&stream);
                let mut line = String::new();
                while reader.read_line(&mut line).is_ok_and(|length| length > 0) {
                    if line == "\r\n" {
                        let answer = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nWWW-Authenticate: Basic realm=\"r\"\r\n\r\n";
                        (&stream).write_all(answer.as_bytes()).unwrap();
                    }
                    line.clear();
                }
            });
        }
    });
    host
}

#[test]
#[ignore = "needs an engine with a registry"]
fn a_look_up_that_fails_leaves_the_lock_as_it_was() {
    let old = "version: 2\n\"python:3.13-trixie\": \"sha256:";
    let old = format!("{old}{}\"\n", "a".repeat(64));
    // of a version that the registry does not have
    let mopyfile = HELLO.replace("3.13", "3.12");
    let place = context(&[("Mopyfile.yaml", &mopyfile), ("Mopyfile.yaml.lock", &old), ("hello.py", "")]);
    let fails = |command: &mut Command, words: &[&str]| {
        let printed = crate::docker::command(command.current_dir(place.path()), b"");
        assert!(!printed.success);
        for word in words {
            assert!(printed.stderr.contains(word), "no `{word}` in {}", printed.stderr);
        }
        assert_eq!(fs::read_to_string(place.path().join("Mopyfile.yaml.lock")).unwrap(), old);
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 3, "nothing is left over");
    };

    let mirror = Mirror::new(&registry());
    fails(&mut mirror.command(place.path(), &[]), &["error: cannot resolve `", "\n  help: "]);

    let host = strict_registry();
    let strict = Mirror::new(&host);
    let login = ["error: cannot resolve `debian:trixie-slim`: ", "help: log in to the registry: `docker login`"];
    fails(&mut strict.command(place.path(), &[]), &login);
    // wrong ones
    let config = tempfile::tempdir().unwrap();
    let auths = format!("{{\"auths\": {{\"{host}\": {{\"auth\": \"YWRhOndyb25n\"}}}}}}");
    fs::write(config.path().join("config.json"), auths).unwrap();
    std::os::unix::fs::symlink(docker_config().join("cli-plugins"), config.path().join("cli-plugins")).unwrap();
    fails(strict.command(place.path(), &["--upgrade"]).env("DOCKER_CONFIG", config.path()), &login);
}

/// Where Docker's command line has its settings.
fn docker_config() -> PathBuf {
    let own = || Path::new(&std::env::var_os("HOME").unwrap()).join(".docker");
    std::env::var_os("DOCKER_CONFIG").map_or_else(own, PathBuf::from)
}
