//! The frontend for all of its platforms, and images for arm.

use std::process::Command;

use super::{MOPYFILE, base_images, image, run};
use crate::docker::{command, docker, stand_in};

fn arm64_bases() -> Vec<String> {
    base_images(&["arm64"]);
    let python = stand_in(
        "linux/arm64",
        "FROM --platform=linux/arm64 mopy-test/python:arm64\n",
        &["python:3.13-trixie", "debian:trixie-slim"],
    );
    let distroless = "gcr.io/distroless/cc-debian13:nonroot";
    python
        .into_iter()
        .chain([format!("--build-context={distroless}=docker-image://mopy-test/distroless:arm64")])
        .collect()
}

#[test]
#[ignore = "needs an engine"]
fn an_image_for_arm64_is_built_in_qemu() {
    let tag = "mopy-test/arm64";
    image(tag, MOPYFILE, "linux/arm64", &arm64_bases());
    assert_eq!(run(tag, "linux/arm64"), "aarch64-linux-gnu False 65532");
}

/// The platforms of the frontend, with what `readelf --file-header` says of the binary.
const FRONTENDS: [(&str, &str, &str); 5] = [
    ("linux/386", "ELF32", "Intel 80386"),
    ("linux/amd64", "ELF64", "Advanced Micro Devices X86-64"),
    ("linux/arm/v6", "ELF32", "ARM"),
    ("linux/arm/v7", "ELF32", "ARM"),
    ("linux/arm64", "ELF64", "AArch64"),
];

#[test]
#[ignore = "needs an engine"]
fn the_frontend_is_built_for_five_platforms() {
    base_images(&["i386", "arm64"]);
    let platforms = FRONTENDS.map(|(platform, ..)| platform).join(",");
    let tag = "mopy-test/frontend";
    let root = env!("CARGO_MANIFEST_DIR");
    docker(&["buildx", "build", "--load", "--provenance=false", "--platform", &platforms, "--tag", tag, root]).expect();
    let hello = "python: 3.13\nproject: where.py\n";
    for (platform, class, machine) in FRONTENDS {
        let directory = tempfile::tempdir().unwrap();
        let to = format!("--output=type=local,dest={}", directory.path().display());
        let text = format!("FROM {tag}\n");
        command(Command::new("docker").args(["buildx", "build", "--platform", platform, &to, "-"]), text.as_bytes())
            .expect();
        let binary = directory.path().join("mopy");
        let size = binary.metadata().unwrap().len();
        println!("{platform}: {size} bytes");
        assert!(size <= 5_000_000, "{platform}: {size}");
        let header = command(Command::new("readelf").args(["--file-header", "--program-headers"]).arg(&binary), b"")
            .expect()
            .stdout;
        assert!(header.contains(class) && header.contains(machine), "{platform}: {header}");
        assert!(!header.contains("INTERP"), "{platform} is not static: {header}");
        let inspected = docker(&["image", "inspect", "--platform", platform, tag]).expect().stdout;
        let inspected: serde_json::Value = serde_json::from_str(&inspected).unwrap();
        let [os, architecture, variant] =
            ["Os", "Architecture", "Variant"].map(|key| inspected[0][key].as_str().unwrap_or_default());
        assert_eq!([os, architecture, variant].join("/").trim_end_matches('/'), platform);
        let labels = &inspected[0]["Config"]["Labels"];
        assert_eq!(labels["moby.buildkit.frontend.network.none"], "true", "{platform}");
        let transpile = ["run", "--rm", "-i", "--platform", platform, tag, "transpile", "-f", "-"];
        let printed = command(Command::new("docker").args(transpile), hello.as_bytes()).expect().stdout;
        assert_eq!(printed, crate::docker::dockerfile(hello), "{platform}");
    }
    // the engine starts frontends of its own platform only, so that these come under its name
    for platform in ["linux/386", "linux/arm64"] {
        let name = format!("mopy-test/frontend-{}", platform.replace('/', "-"));
        let text = format!("FROM --platform={platform} {tag} AS other\nFROM {tag}\nCOPY --from=other /mopy /mopy\n");
        let load = ["buildx", "build", "--load", "--provenance=false", "--platform=linux/amd64", "--tag", &name, "-"];
        command(Command::new("docker").args(load), text.as_bytes()).expect();
        let image_tag = format!("{name}-built");
        image(&image_tag, &MOPYFILE.replace("cmdjulian/mopy", &name), "linux/amd64", &[]);
        assert_eq!(run(&image_tag, "linux/amd64"), "x86_64-linux-gnu False 65532", "{platform}");
    }
    let tag = "mopy-test/arm64-by-arm64";
    let mopyfile = MOPYFILE.replace("cmdjulian/mopy", "mopy-test/frontend-linux-arm64");
    image(tag, &mopyfile, "linux/arm64", &arm64_bases());
    assert_eq!(run(tag, "linux/arm64"), "aarch64-linux-gnu False 65532");
}
