//! Images built and run by a real engine with local base images: `DOCKER_HOST` names it.
//!
//! Ignored by default, since they need that engine: `cargo test --test engine -- --ignored`. Without one
//! they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]
#![allow(clippy::print_stdout, reason = "sizes and the like are printed with --nocapture")]

mod buildah;
mod bytecode;
mod ca;
mod cache;
mod container;
mod docker;
mod examples;
mod frontend;
mod git;
mod hostile;
mod image;
mod imports;
mod indices;
mod init;
mod keys;
mod left;
mod llb;
mod locked;
mod locks;
#[path = "../mopyfiles/mod.rs"]
mod mopyfiles;
mod platforms;
mod popular;
mod readme;
mod reproducible;
mod text;
