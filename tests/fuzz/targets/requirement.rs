//! Arbitrary text as an entry of `pip`.
#![no_main]

#[path = "../../robustness/requirement.rs"]
mod requirement;
#[path = "../../robustness/yaml.rs"]
mod yaml;

libfuzzer_sys::fuzz_target!(|data: &[u8]| requirement::check(data));
