//! The transpiled text with another builder: Debian's buildah.

use std::process::Command;

use super::docker::{command, docker, dockerfile, example, example_mopyfile};

#[test]
#[ignore = "needs an engine and buildah"]
fn buildah_builds_the_text() {
    let storage = tempfile::tempdir().unwrap();
    let archive = storage.path().join("images.tar");
    let images = ["python:3.13-trixie", "gcr.io/distroless/cc-debian13:nonroot"];
    let mut save = vec!["save", "--output", archive.to_str().unwrap()];
    save.extend(images);
    docker(&save).expect();
    let buildah = |arguments: &[&str], input: &str| {
        let mut buildah = Command::new("buildah");
        buildah.env("STORAGE_DRIVER", "vfs").env("BUILDAH_ISOLATION", "chroot");
        buildah.args(["--root", storage.path().join("root").to_str().unwrap()]);
        buildah.args(["--runroot", storage.path().join("run").to_str().unwrap()]).args(arguments);
        command(&mut buildah, input.as_bytes())
    };
    for (i, image) in images.iter().enumerate() {
        let pulled = buildah(&["pull", "--quiet", &format!("docker-archive:{}:@{i}", archive.display())], "").expect();
        buildah(
            &[
                "tag",
                pulled.stdout.trim(),
                &format!("docker.io/library/{image}").replace("docker.io/library/gcr", "gcr"),
            ],
            "",
        )
        .expect();
    }
    let text = dockerfile(&example_mopyfile("requirements.txt"));
    let context = example("requirements.txt");
    buildah(&["build", "--pull=never", "--tag", "easter", "-f", "-", context.to_str().unwrap()], &text).expect();
    let container = buildah(&["from", "--pull=never", "localhost/easter"], "").expect().stdout;
    let run = ["run", container.trim(), "--", "python", "/home/nonroot/calendar_today.py"];
    let printed = buildah(&run, "").expect().stdout;
    assert!(printed.contains("Easter"), "{printed}");
}
