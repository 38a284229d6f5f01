//! Arbitrary answers of BuildKit.
#![no_main]

#[path = "../../robustness/messages.rs"]
mod messages;

libfuzzer_sys::fuzz_target!(|data: &[u8]| messages::check(data));
