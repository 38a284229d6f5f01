//! What nobody writes: arbitrary bytes, hostile values, answers that no BuildKit gives. `tests/fuzz` runs the same
//! functions with inputs of its own making; here they run with those that it has kept.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, reason = "what a test prints is shown when it fails")]

mod corpus;
mod dockerfile;
mod hostile;
mod messages;
#[path = "../mopyfiles/mod.rs"]
mod mopyfiles;
mod quoting;
mod reader;
mod requirement;
mod yaml;

use proptest::prelude::{ProptestConfig, any, proptest};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn arbitrary_values(place in any::<u8>(), text in "[^\0]{0,40}|(\\./)?[a-z'\"$`\\\\#{}*?\\[\\]! \n]{0,8}") {
        quoting::check(&[&[place], text.as_bytes()].concat());
    }
}

#[test]
fn mopyfiles_of_the_corpus() {
    corpus::run("reader", reader::check);
}

#[test]
fn requirements_of_the_corpus() {
    corpus::run("requirement", requirement::check);
}

#[test]
fn values_of_the_corpus() {
    corpus::run("quoting", quoting::check);
}

#[test]
fn messages_of_the_corpus() {
    corpus::run("messages", messages::check);
}
