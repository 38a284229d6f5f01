//! Every example, built from its transpiled text and run without network.

use std::time::{Duration, Instant};

use super::docker::{Image, docker, example, example_mopyfile, full_without_git};

fn build(name: &str) -> Image {
    let tag = name.replace(".txt", "");
    Image::build(&tag, &example_mopyfile(name), &example(name))
}

#[test]
#[ignore = "needs an engine"]
fn minimal() {
    assert_eq!(build("minimal").run(&[], &["python", "-c", "print('Hello')"]), "Hello");
}

#[test]
#[ignore = "needs an engine"]
fn hello_world() {
    let image = build("hello-world");
    assert_eq!(image.run(&[], &[]), "Hello, world!");
    assert_eq!(image.run(&[], &["Ada"]), "Hello, Ada!");
    assert_eq!(image.run(&["--read-only", "--user", "12345:0"], &["Ada"]), "Hello, Ada!");
}

#[test]
#[ignore = "needs an engine"]
fn requirements() {
    let printed = build("requirements.txt").run(&[], &[]);
    assert!(printed.contains("Easter"), "{printed}");
    assert_eq!(printed.lines().count(), 7, "{printed}");
}

#[test]
#[ignore = "needs an engine"]
fn uv_lock() {
    let printed = build("uv.lock").run(&[], &[]);
    assert!(printed.contains("Earth                  365"), "{printed}");
}

#[test]
#[ignore = "needs an engine"]
fn script() {
    assert_eq!(build("script").run(&[], &["1200000"]), "1.2 million");
}

#[test]
#[ignore = "needs an engine"]
fn base_image() {
    let image = build("base-image");
    let program = "import numpy, requests; print(numpy.arange(3).sum(), requests.__name__)";
    assert_eq!(image.run(&[], &["python", "-c", program]), "3 requests");
    assert_eq!(image.config()["Labels"]["com.example.purpose"], "base image of our data services");
}

#[test]
#[ignore = "needs an engine"]
fn web() {
    let image = build("web");
    let container = "mopy-test-web";
    docker(&["rm", "--force", container]);
    for options in [&[][..], &["--read-only", "--user", "12345:0"]] {
        let mut run = vec!["run", "--detach", "--name", container, "--network=none"];
        run.extend(options);
        run.push(image.tag());
        docker(&run).expect();
        let program = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8000/health').read().decode())";
        let start = Instant::now();
        let answer = loop {
            let printed = docker(&["exec", container, "python", "-c", program]);
            if printed.success || start.elapsed() > Duration::from_secs(60) {
                break printed;
            }
            std::thread::sleep(Duration::from_millis(200));
        };
        let logs = docker(&["logs", container]);
        docker(&["rm", "--force", container]).expect();
        assert_eq!(answer.stdout.trim(), r#"{"status":"fine"}"#, "{}{}", answer.stderr, logs.stderr);
    }
}

#[test]
#[ignore = "needs an engine"]
fn full() {
    let text = full_without_git();
    let image = Image::build("full", &text, &example("full"));
    let printed = image.run(&[], &[]);
    assert!(printed.starts_with("Hello from envVar1\n"), "{printed}");
    assert!(printed.contains("1.22.0"), "{printed}");
    let labels = image.config()["Labels"].take();
    assert_eq!(labels["mopy.sbom"], r#"["numpy==1.22","slycot","./greeting/","./requirements.txt"]"#);
    assert_eq!(labels["com.example.installed"], labels["mopy.sbom"]);
    assert_eq!(image.env("MYENV").as_deref(), Some("envVar1"));
}
