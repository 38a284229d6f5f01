//! The lock next to a Mopyfile.

use std::collections::HashMap;

use buildkit_proto::pb;
use mopy::Platform;
use mopy::lock::{Digest, Lock};
use mopy::plan::uv;

use crate::MOPYFILE;
use crate::builds::made_files;
use crate::contexts::source;
use crate::gateway::{Gateway, LINK, Log, log};

const FILENAME: (&str, &str) = ("filename", "Mopyfile.yaml");

/// A lock with images.
fn lock(images: &[&str]) -> String {
    let digest = Digest::parse(&format!("sha256:{}", "a".repeat(64))).unwrap();
    let images = images.iter().map(|image| ((*image).to_owned(), digest.clone())).collect();
    Lock { images, uv: Some(uv::current(Platform::ALL)) }.to_string()
}

fn text(log: &Log) -> String {
    let files = made_files(&log.nested[0].frontend_inputs["dockerfile"]);
    files.into_iter().find(|(name, _)| name.ends_with(".Dockerfile")).unwrap().1
}

fn warnings(log: &Log) -> Vec<String> {
    log.warnings.iter().map(|warning| String::from_utf8_lossy(&warning.short).into_owned()).collect()
}

#[tokio::test]
async fn builds_use_the_locked_images() {
    let gateway = || {
        let gateway = Gateway::with_file("Mopyfile.yaml", "python: 3.13\nbase: slim\n");
        gateway.file("Mopyfile.yaml.lock", lock(&["python:3.13-trixie", "debian:trixie-slim"]))
    };
    let one = log(gateway(), &[FILENAME, ("platform", "linux/amd64")]).await;
    let (identifier, attrs) = source(&one.definitions[1]);
    assert_eq!((identifier.as_str(), attrs["local.sharedkeyhint"].as_str()), ("local://dockerfile", "mopy-lock"));
    assert_eq!(attrs["local.followpaths"], r#"["Mopyfile.yaml.lock"]"#);
    assert!(text(&one).contains(&format!("FROM python:3.13-trixie@sha256:{} AS", "a".repeat(64))));
    assert_eq!(warnings(&one), [""; 0]);

    let two = log(gateway(), &[FILENAME, ("platform", "linux/amd64,linux/arm64")]).await;
    assert_eq!(warnings(&two), [""; 0], "an index serves all platforms");

    let gateway = Gateway::with_file("Mopyfile.yaml", "python: 3.13\nbase: slim\n");
    let stale = log(gateway.file("Mopyfile.yaml.lock", lock(&["python:3.13-trixie"])), &[FILENAME]).await;
    let [warning] = warnings(&stale).try_into().unwrap();
    assert!(warning.starts_with("stale-lock: the lock file does not contain `debian:trixie-slim`"), "{warning}");
}

#[tokio::test]
async fn invalid_lock_files_fail_the_build() {
    for (lock, message) in [
        ("{", "Mopyfile.yaml:2:9: [broken-lock] cannot read the lock file `Mopyfile.yaml.lock`: ".to_owned()),
        (&"#".repeat((1 << 20) + 1), "`Mopyfile.yaml.lock` is larger than 1 MiB".to_owned()),
    ] {
        let gateway = Gateway::with_file("Mopyfile.yaml", MOPYFILE).file("Mopyfile.yaml.lock", lock);
        let log = log(gateway, &[FILENAME]).await;
        assert!(log.error().message.contains(&message), "{}", log.error().message);
        assert!(log.nested.is_empty());
    }
}

#[tokio::test]
async fn a_lock_that_is_a_link_ends_the_build() {
    for leads_somewhere in [false, true] {
        let tree = Some(vec![("Mopyfile.yaml.lock", LINK, false)]);
        let mut gateway = Gateway { tree, ..Gateway::with_file("Mopyfile.yaml", MOPYFILE) };
        if leads_somewhere {
            gateway = gateway.file("Mopyfile.yaml.lock", lock(&["python:3-trixie"]));
        }
        let log = log(gateway, &[FILENAME]).await;
        let message = &log.error().message;
        assert!(message.contains("`Mopyfile.yaml.lock` is a symbolic link; the lock file must be a reg"), "{message}");
        assert!(log.nested.is_empty());
    }
}

#[tokio::test]
async fn the_lock_is_where_the_mopyfile_is() {
    let definition = pb::Definition { def: vec![vec![0x42, 0], vec![0x0a, 3, 0x0a, 1, b'd']], ..Default::default() };
    let inputs = HashMap::from([("dockerfile".to_owned(), definition.clone()), ("context".to_owned(), definition)]);
    let gateway = Gateway { inputs, ..Gateway::with_file("deploy/Mopyfile.yaml", "python: 3.13\n") };
    let gateway = gateway.file("deploy/Mopyfile.yaml.lock", lock(&["python:3.13-trixie"]));
    let log = log(gateway, &[("filename", "deploy/Mopyfile.yaml")]).await;
    assert_eq!(log.definitions.len(), 1, "the input has both");
    assert!(text(&log).contains("FROM python:3.13-trixie@sha256:aaaa"));
    assert!(warnings(&log)[0].contains("`gcr.io/distroless/cc-debian13:nonroot`"), "{:?}", warnings(&log));
}
