//! Arbitrary text as a value.
#![no_main]

#[path = "../../robustness/dockerfile.rs"]
#[allow(dead_code, reason = "each target needs a part of it")]
mod dockerfile;
#[path = "../../robustness/quoting.rs"]
mod quoting;
#[path = "../../robustness/yaml.rs"]
mod yaml;

libfuzzer_sys::fuzz_target!(|data: &[u8]| quoting::check(data));
