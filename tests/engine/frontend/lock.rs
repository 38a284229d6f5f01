//! Builds with a lock, whose images are in a registry.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{HELLO, build, run};
use crate::docker::{Printed, command, context, docker, registry};

const PYTHON: &str = "python:3.13-trixie";
const DISTROLESS: &str = "gcr.io/distroless/cc-debian13:nonroot";
const SHOWS_MARK: &str = "import os; print(os.environ.get('MARK'))\n";

/// A part of the registry that is a mirror of others.
struct Mirror(String);

impl Mirror {
    fn new() -> Self {
        Self(format!("{}/mopy-test/mirror", registry()))
    }

    /// What an image is called here.
    fn name(&self, image: &str) -> String {
        match image.strip_prefix("gcr.io/") {
            Some(path) => format!("{}/{path}", self.0),
            None => format!("{}/library/{image}", self.0),
        }
    }

    /// Makes the tag of `image` name one with another mark.
    fn push(&self, image: &str, mark: &str) {
        let output = format!("--output=type=image,name={},push=true,registry.insecure=true", self.name(image));
        let text = format!("FROM {image}\nENV MARK={mark}\n");
        command(Command::new("docker").args(["buildx", "build", &output, "-"]), text.as_bytes()).expect();
    }

    /// `mopy lock` with it in the place of the registries that it is a mirror of.
    fn lock(&self, place: &Path, options: &[&str]) -> Printed {
        let [hub, google] = ["docker.io", "gcr.io"].map(|registry| format!("--mirror={registry}={}", self.0));
        let mut mopy = Command::new(env!("CARGO_BIN_EXE_mopy"));
        command(mopy.args(["lock", &hub, &google]).args(options).current_dir(place), b"")
    }

    /// The options with which the engine, which reaches no other registry, finds here what is locked.
    fn contexts(&self, place: &Path) -> Vec<String> {
        let lock: serde_json::Value =
            serde_json::from_slice(&fs::read(place.join("Mopyfile.yaml.lock")).unwrap()).unwrap();
        let images = lock["images"].as_object().unwrap().iter();
        let context = |(name, image): (&String, &serde_json::Value)| {
            let digest = image["digest"].as_str().unwrap();
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
fn a_tag_that_moves_changes_nothing_until_the_lock_is_renewed() {
    let mirror = Mirror::new();
    mirror.push(PYTHON, "builder");
    mirror.push(DISTROLESS, "first");
    let place = context(&[("Mopyfile.yaml", HELLO), ("hello.py", SHOWS_MARK)]);
    let place = place.path();
    mirror.lock(place, &["--platform=linux/amd64"]).expect();
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
    assert!(printed.contains("stale-lock: the lock lacks `python:3.14-trixie`"), "{printed}");
}
