//! Arbitrary bytes as a Mopyfile.
#![no_main]

#[path = "../../robustness/dockerfile.rs"]
#[allow(dead_code, reason = "each target needs a part of it")]
mod dockerfile;
#[path = "../../robustness/reader.rs"]
mod reader;

libfuzzer_sys::fuzz_target!(|data: &[u8]| reader::check(data));
