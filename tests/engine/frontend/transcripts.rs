//! What people read when a build fails: the end of the output of `docker build` for each directory of
//! `tests/transcripts`. `SNAPSHOTS=overwrite` writes it anew.

use std::path::{Path, PathBuf};
use std::{env, fs};

use super::build;
use crate::docker::{command, context};

/// Builds the context of a case, which fails, and compares what is printed.
fn transcript(name: &str, options: &[&str]) {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(name);
    let expected = case.join("transcript.txt");
    let place = context(&[]);
    copy(&case, place.path());
    let file = place.path().join("Mopyfile.yaml");
    let named = ["--output=type=cacheonly", "-f", file.to_str().unwrap(), place.path().to_str().unwrap()];
    let printed = build(&[options, &named].concat(), b"");
    assert!(!printed.success, "{}", printed.stderr);
    assert!(!printed.stderr.contains("hunter2"), "{}", printed.stderr);
    let text = end(&printed.stderr);
    if env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite") {
        fs::write(&expected, &text).unwrap();
    }
    let expected = fs::read_to_string(&expected).unwrap();
    assert!(text == expected, "{}", similar::TextDiff::from_lines(&expected, &text).unified_diff());
}

/// Copies a case without what is expected of it.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let from: PathBuf = entry.unwrap().path();
        let to = to.join(from.file_name().unwrap());
        if from.is_dir() {
            fs::create_dir(&to).unwrap();
            copy(&from, &to);
        } else if from.file_name().unwrap() != "transcript.txt" {
            fs::copy(&from, &to).unwrap();
        }
    }
}

/// What is printed after the progress, without what is another thing every time.
fn end(printed: &str) -> String {
    let lines: Vec<String> = printed.lines().map(masked).collect();
    let is_progress = |line: &String| line.is_empty() || line.starts_with('#');
    let start = lines.iter().rposition(|line| line.starts_with('#')).unwrap();
    lines[start..].iter().skip_while(|line| is_progress(line)).map(|line| format!("{line}\n")).collect()
}

/// A line without colours, times, and names of temporary directories.
fn masked(line: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let plain = line.replace("\u{1b}[33m", "").replace("\u{1b}[0m", "");
    for (i, word) in plain.split(' ').enumerate() {
        let is_time = i == 0 && word.split_once('.').is_some_and(|(a, b)| a.parse::<u32>().is_ok() && b.len() == 3);
        let directory = word.find("/tmp/").map(|at| format!("{}/tmp/…", &word[..at]));
        words.push(if is_time { "0.000".to_owned() } else { directory.unwrap_or_else(|| word.to_owned()) });
    }
    words.join(" ")
}

macro_rules! transcripts {
    ($($test:ident $name:literal)*) => {$(
        #[test]
        #[ignore = "needs an engine"]
        fn $test() {
            transcript($name, &["--no-cache"]);
        }
    )*};
}

transcripts! {
    a_syntax_error "syntax-error"
    three_values "three-values"
    an_unknown_requirement "unknown-requirement"
    a_compile_error "compile-error"
    an_unknown_apt_package "unknown-apt-package"
    a_missing_project "missing-project"
    an_ignored_project "ignored-project"
    an_unknown_base_image "unknown-base-image"
}

/// Both platforms have the same files, which run on this machine.
#[test]
#[ignore = "needs an engine"]
fn one_of_two_platforms() {
    let platforms = "--platform=linux/amd64,linux/386";
    let images = ["python:3.13-trixie", "python:3.13-slim-trixie"];
    let contexts = images.map(|image| {
        let tag = format!("mopy-test/two-{}", image.replace(':', "-"));
        let text = format!("FROM --platform=linux/amd64 {image}\n");
        let mut build = std::process::Command::new("docker");
        build.args(["buildx", "build", platforms, "--provenance=false", "--load", "--tag", &tag, "-"]);
        command(&mut build, text.as_bytes()).expect();
        format!("--build-context={image}=docker-image://{tag}")
    });
    transcript("one-of-two-platforms", &["--no-cache", platforms, &contexts[0], &contexts[1]]);
}

#[test]
fn every_case_is_built() {
    let cases = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts")).unwrap();
    let source = include_str!("transcripts.rs");
    for case in cases {
        let name = case.unwrap().file_name().into_string().unwrap();
        assert!(source.contains(&format!("\"{name}\"")), "nothing builds `{name}`");
    }
}
