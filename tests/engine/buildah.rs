//! The transpiled text with another builder: Debian's buildah.

use std::path::Path;
use std::process::Command;

use super::docker::{Printed, command, docker, dockerfile, example, example_mopyfile};
use super::text::Hostile;

/// A storage of its own with the images of the engine.
struct Buildah(tempfile::TempDir);

impl Buildah {
    fn with(images: &[&str]) -> Self {
        let buildah = Self(tempfile::tempdir().unwrap());
        let archive = buildah.0.path().join("image.tar");
        for image in images {
            docker(&["save", "--output", archive.to_str().unwrap(), image]).expect();
            let pulled = buildah.run(&["pull", "--quiet", &format!("docker-archive:{}", archive.display())], "");
            let host = if image.contains('/') { "" } else { "docker.io/library/" };
            buildah.run(&["tag", pulled.expect().stdout.trim(), &format!("{host}{image}")], "").expect();
        }
        buildah
    }

    fn run(&self, arguments: &[&str], input: &str) -> Printed {
        let mut buildah = Command::new("buildah");
        buildah.env("STORAGE_DRIVER", "vfs").env("BUILDAH_ISOLATION", "chroot");
        buildah.args(["--root", self.0.path().join("root").to_str().unwrap()]);
        buildah.args(["--runroot", self.0.path().join("run").to_str().unwrap()]).args(arguments);
        command(&mut buildah, input.as_bytes())
    }

    /// Builds the text and gives the configuration of its image.
    fn build(&self, tag: &str, dockerfile: &str, context: &Path) -> serde_json::Value {
        let options = ["build", "--pull=never", "--tag", tag, "-f", "-", context.to_str().unwrap()];
        self.run(&options, dockerfile).expect();
        let inspected = self.run(&["inspect", "--type=image", &format!("localhost/{tag}")], "").expect().stdout;
        let mut inspected: serde_json::Value = serde_json::from_str(&inspected).unwrap();
        inspected["Docker"]["config"].take()
    }
}

#[test]
#[ignore = "needs an engine and buildah"]
fn buildah_builds_the_text() {
    let buildah = Buildah::with(&["python:3.13-trixie", "gcr.io/distroless/cc-debian13:nonroot", "debian:trixie-slim"]);
    buildah.build("easter", &dockerfile(&example_mopyfile("requirements.txt")), &example("requirements.txt"));
    let container = buildah.run(&["from", "--pull=never", "localhost/easter"], "").expect().stdout;
    let run = ["run", container.trim(), "--", "python", "/home/nonroot/calendar_today.py"];
    let printed = buildah.run(&run, "").expect().stdout;
    assert!(printed.contains("Easter"), "{printed}");

    let locked = buildah.build("planets", &dockerfile(&example_mopyfile("uv.lock")), &example("uv.lock"));
    assert_eq!(locked["Cmd"], serde_json::json!(["planets"]));
    let container = buildah.run(&["from", "--pull=never", "localhost/planets"], "").expect().stdout;
    let printed = buildah.run(&["run", container.trim(), "--", "planets"], "").expect().stdout;
    assert!(printed.contains("Earth"), "{printed}");

    let apt = "python: 3.13\nbuild-deps: [hello]\nruntime-deps: [hello]\npip: [tabulate]\n";
    let config = buildah.build("apt", &dockerfile(apt), tempfile::tempdir().unwrap().path());
    assert_eq!(config["User"], "65532:65532");

    let container = "python: 3.13\ninit: true\nports: [8000]\nhealthcheck: {http: /}\nworkdir: it's $HOME\nstop-signal: INT\nimports: [ssl]\n";
    let config = buildah.build("container", &dockerfile(container), tempfile::tempdir().unwrap().path());
    assert_eq!(config["Entrypoint"], serde_json::json!(["dumb-init", "--"]));
    assert_eq!(config["ExposedPorts"], serde_json::json!({"8000/tcp": {}}));
    assert_eq!(config["WorkingDir"], "/home/nonroot/it's $HOME");
    assert_eq!(config["StopSignal"], "SIGINT");

    // buildah 1.28 finds no path in which characters of patterns are escaped, so there are none here
    let hostile = Hostile::new("it's a \"dir\" $HOME # ü {a}");
    let config = buildah.build("hostile", &dockerfile(&hostile.mopyfile), hostile.context.path());
    hostile.check(&config);
}
