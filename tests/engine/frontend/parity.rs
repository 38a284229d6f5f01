//! The frontend builds what the transpiled Dockerfile builds.

use std::fs;
use std::path::Path;

use super::build;
use crate::docker::{buildx, dockerfile, example, example_mopyfile, full_without_git};

/// The configuration of an image in an OCI layout: settings, layers and history.
fn config(layout: &Path) -> serde_json::Value {
    let blob = |digest: &str| -> serde_json::Value {
        let path = layout.join("blobs").join(digest.replace(':', "/"));
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    };
    let index: serde_json::Value = serde_json::from_slice(&fs::read(layout.join("index.json")).unwrap()).unwrap();
    let manifest = blob(index["manifests"][0]["digest"].as_str().unwrap());
    blob(manifest["config"]["digest"].as_str().unwrap())
}

fn same(name: &str, mopyfile: &str, context: &Path, cold: bool) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("Mopyfile.yaml");
    fs::write(&file, mopyfile).unwrap();
    let (ours, theirs) = (directory.path().join("ours"), directory.path().join("theirs"));
    let output = |path: &Path| format!("type=oci,tar=false,rewrite-timestamp=true,dest={}", path.display());
    let (to_ours, to_theirs) = (output(&ours), output(&theirs));
    let mut options = vec!["--provenance=false", "--build-arg=SOURCE_DATE_EPOCH=1700000000"];
    if cold {
        options.push("--no-cache");
    }
    let mut through: Vec<&str> = options.clone();
    through.extend(["--output", &to_ours, "-f", file.to_str().unwrap(), context.to_str().unwrap()]);
    build(&through, b"").expect();
    options.extend(["--output", &to_theirs]);
    buildx(&dockerfile(mopyfile), context, &options).expect();
    assert_eq!(config(&ours), config(&theirs), "{name}");
}

#[test]
#[ignore = "needs an engine"]
fn examples_are_the_same_images() {
    for name in ["minimal", "hello-world", "requirements.txt", "web", "base-image"] {
        same(name, &example_mopyfile(name), &example(name), true);
    }
}

/// Its Fortran takes minutes to compile and is not the same twice, so the layers come from one cache.
#[test]
#[ignore = "needs an engine"]
fn the_full_example_is_the_same_image() {
    let text = full_without_git();
    same("full", &text, &example("full"), false);
}
