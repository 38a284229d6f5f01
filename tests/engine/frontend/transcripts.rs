//! What people read when a build fails: the end of the output of `docker build` for each directory of
//! `tests/transcripts`. `SNAPSHOTS=overwrite` writes it anew.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::{env, fs};

use super::build;
use super::options::for_two_platforms;
use crate::docker::context;

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
pub(super) fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let from: PathBuf = entry.unwrap().path();
        let to = to.join(from.file_name().unwrap());
        if from.is_symlink() {
            symlink(fs::read_link(&from).unwrap(), &to).unwrap();
        } else if from.is_dir() {
            fs::create_dir(&to).unwrap();
            copy(&from, &to);
        } else if from.extension().is_none_or(|extension| extension != "txt") || from.ends_with("requirements.txt") {
            fs::copy(&from, &to).unwrap();
        }
    }
}

/// What is printed after the progress, without what is another thing every time.
fn end(printed: &str) -> String {
    let lines: Vec<&str> = printed.lines().filter(|line| !line.trim().is_empty()).collect();
    let (progress, end) = lines.split_at(1 + lines.iter().rposition(|line| line.starts_with('#')).unwrap());
    let mut shown = Vec::new();
    let mut end = end.iter().peekable();
    while let Some(line) = end.next() {
        shown.push(masked(line));
        if let Some(step) = line.strip_prefix(" > ").and_then(|line| line.strip_suffix(':')) {
            // the client's repetition omits lines that were interrupted by output, so use the lines above
            while end.next_if(|line| **line != "------").is_some() {}
            let log = log(progress, step);
            shown.extend_from_slice(&log[log.len().saturating_sub(LOG_LINES)..]);
        }
    }
    // the client lists warnings in any order
    let is_warning = |line: &String| line.starts_with(" - ");
    shown.chunk_by_mut(|one, next| is_warning(one) && is_warning(next)).for_each(|warnings| warnings.sort());
    shown.iter().map(|line| format!("{line}\n")).collect()
}

/// How much of a failed step's log the client repeats (`logsBufferSize` in BuildKit's `progressui`).
const LOG_LINES: usize = 10;

/// What a step has printed.
fn log(progress: &[&str], step: &str) -> Vec<String> {
    let id = progress.iter().find_map(|line| line.strip_suffix(step)).unwrap();
    let lines = progress.iter().filter_map(|line| line.strip_prefix(id));
    let logged = lines.filter(|line| is_time(line.split(' ').next().unwrap()));
    // a line that output of another step interrupts is printed again
    let interrupted = format!("{id}...");
    logged.filter(|line| !is_noise(line) && !line.ends_with(&interrupted)).map(masked).collect()
}

fn is_time(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    word.split_once('.').is_some_and(|(a, b)| digits(a) && digits(b))
}

/// What apt reads, and the blank lines of its progress.
fn is_noise(line: &str) -> bool {
    let text = line.split_once(' ').map_or("", |(_, text)| text);
    ["Building dependency tree", "Get:", "Hit:", "Fetched ", "Reading "].iter().any(|word| text.starts_with(word))
        || text.trim().is_empty()
}

/// A line without colours, times, addresses, names of temporary directories, and reasons of a registry.
fn masked(line: &str) -> String {
    let plain = line.replace("\u{1b}[33m", "").replace("\u{1b}[0m", "");
    if let Some((start, rest)) = plain.split_once("cannot be fetched (")
        && let Some((_, end)) = rest.split_once(")")
    {
        return format!("{start}cannot be fetched (…){end}");
    }
    let mut words: Vec<String> = Vec::new();
    for (i, word) in plain.split(' ').enumerate() {
        let at = ["/tmp/", "/root/.cache/uv/"].iter().find_map(|directory| Some((word.find(directory)?, directory)));
        let directory = at.map(|(at, directory)| format!("{}{directory}…", &word[..at]));
        words.push(if word.strip_suffix('s').is_some_and(is_time) {
            "…s".to_owned()
        } else if i == 0 && is_time(word) {
            "0.00".to_owned()
        } else {
            directory.unwrap_or_else(|| word.to_owned())
        });
    }
    words.join(" ")
}

macro_rules! transcripts {
    ($($test:ident $name:literal)*) => {$(
        #[test]
        #[ignore = "needs an engine"]
        fn $test() {
            transcript($name, &[]);
        }
    )*};
}

transcripts! {
    a_syntax_error "syntax-error"
    three_values "three-values"
    an_unknown_requirement "unknown-requirement"
    an_index_that_cannot_be_reached "unreachable-index"
    a_compile_error "compile-error"
    an_unknown_apt_package "unknown-apt-package"
    a_missing_project "missing-project"
    an_ignored_project "ignored-project"
    an_unknown_base_image "unknown-base-image"
}

#[test]
#[ignore = "needs an engine"]
fn one_of_two_platforms() {
    let platforms = "linux/amd64,linux/386";
    let contexts = for_two_platforms(platforms);
    transcript("one-of-two-platforms", &["--platform", platforms, &contexts[0], &contexts[1]]);
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
