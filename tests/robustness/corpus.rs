//! The inputs that the fuzzers have kept: a file for each target, an input on each line, so that a difference between
//! two of them can be read. `.ci/fuzz` has them as files in directories for a while.

use std::fs;
use std::path::{Path, PathBuf};

const TARGETS: [&str; 4] = ["messages", "quoting", "reader", "requirement"];

/// All inputs for a target.
fn inputs(target: &str) -> Vec<Vec<u8>> {
    fs::read_to_string(packed(target)).unwrap().lines().map(unescaped).collect()
}

fn packed(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/robustness/corpus").join(format!("{target}.txt"))
}

/// Runs `check` with all inputs that are kept for a target.
pub(crate) fn run(target: &str, check: fn(&[u8])) {
    if !packed(target).parent().unwrap().exists() {
        // the package on crates.io has none
        return;
    }
    let inputs = inputs(target);
    for input in &inputs {
        println!("{}", escaped(input));
        check(input);
    }
    assert!(inputs.len() > 50, "{}", inputs.len());
}

/// An input in one line: text as it is, with escapes for everything that does not show.
fn escaped(input: &[u8]) -> String {
    let mut line = String::new();
    for chunk in input.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => line.push_str("\\\\"),
                '\n' => line.push_str("\\n"),
                ' '..='~' => line.push(c),
                _ if c.is_alphanumeric() => line.push(c),
                _ => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| line.push_str(&format!("\\x{byte:02x}"))),
            }
        }
        chunk.invalid().iter().for_each(|byte| line.push_str(&format!("\\x{byte:02x}")));
    }
    // a blank at the end does not show either
    if line.ends_with(' ') {
        line.pop();
        line.push_str("\\x20");
    }
    line
}

fn unescaped(line: &str) -> Vec<u8> {
    let mut input = Vec::new();
    let mut rest = line;
    while let Some((text, escape)) = rest.split_once('\\') {
        input.extend_from_slice(text.as_bytes());
        let length = match escape.as_bytes()[0] {
            b'n' => {
                input.push(b'\n');
                1
            }
            b'x' => {
                input.push(u8::from_str_radix(&escape[1..3], 16).unwrap());
                3
            }
            other => {
                input.push(other);
                1
            }
        };
        rest = &escape[length..];
    }
    input.extend_from_slice(rest.as_bytes());
    input
}

#[test]
fn a_line_is_its_input() {
    let bytes: Vec<u8> = (0..=255).collect();
    for input in [b"".as_slice(), b"a: 1\n", b"\\n\\x41\\", b" ", b"x  ", "ü\u{9b}\u{202e}\u{feff}".as_bytes(), &bytes]
    {
        let line = escaped(input);
        assert!(!line.contains(char::is_control) && !line.ends_with(' '), "{line:?}");
        assert_eq!(unescaped(&line), input, "{line}");
    }
    for target in TARGETS.iter().filter(|target| packed(target).exists()) {
        let text = fs::read_to_string(packed(target)).unwrap();
        assert_eq!(text, lines(inputs(target)), "{target} is not as `.ci/fuzz --keep` writes it");
    }
}

/// A corpus as it is kept.
fn lines(inputs: Vec<Vec<u8>>) -> String {
    let mut lines: Vec<String> = inputs.iter().map(|input| format!("{}\n", escaped(input))).collect();
    lines.sort_unstable();
    lines.dedup();
    lines.concat()
}

/// The directory in which the targets have directories.
fn directory() -> PathBuf {
    std::env::var_os("CORPUS").expect("`CORPUS` is the directory").into()
}

#[test]
#[ignore = "a step of .ci/fuzz"]
fn unpack() {
    for target in TARGETS {
        let directory = directory().join(target);
        fs::create_dir_all(&directory).unwrap();
        for (number, input) in inputs(target).iter().enumerate() {
            fs::write(directory.join(number.to_string()), input).unwrap();
        }
    }
}

#[test]
#[ignore = "a step of .ci/fuzz"]
fn pack() {
    for target in TARGETS {
        let entries = fs::read_dir(directory().join(target)).unwrap();
        let inputs = entries.map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
        fs::write(packed(target), lines(inputs)).unwrap();
    }
}
