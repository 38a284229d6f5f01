//! What nobody writes: arbitrary bytes, hostile values, answers that no BuildKit gives. `tests/fuzz` runs the same
//! functions with inputs of its own making; here they run with those that it has kept.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, reason = "what a test prints is shown when it fails")]

mod dockerfile;
mod hostile;
mod messages;
#[path = "../mopyfiles/mod.rs"]
mod mopyfiles;
mod quoting;
mod reader;
mod requirement;
mod yaml;

use std::fs;
use std::path::Path;

/// Runs `check` with all inputs that are kept for it.
fn corpus(name: &str, check: fn(&[u8])) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/robustness/corpus").join(name);
    let mut count = 0;
    for input in fs::read_dir(directory).unwrap() {
        let path = input.unwrap().path();
        println!("{}", path.display());
        check(&fs::read(path).unwrap());
        count += 1;
    }
    assert!(count > 50, "{count}");
}

#[test]
fn mopyfiles_of_the_corpus() {
    corpus("reader", reader::check);
}

#[test]
fn requirements_of_the_corpus() {
    corpus("requirement", requirement::check);
}

#[test]
fn values_of_the_corpus() {
    corpus("quoting", quoting::check);
}

#[test]
fn messages_of_the_corpus() {
    corpus("messages", messages::check);
}
