//! What the frontend itself costs a build: the real program over pipes, against a gateway that answers at
//! once, from its start to its end: `cargo bench --bench frontend`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a benchmark that cannot go on fails")]
#![allow(clippy::print_stdout, reason = "it prints what it measured")]
#![allow(dead_code, reason = "the tests use more of the gateway")]

#[path = "../frontend/gateway.rs"]
mod gateway;

use std::time::{Duration, Instant};

use gateway::{Gateway, Serving};
const RUNS: usize = 200;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut times = Vec::new();
    for _ in 0..RUNS + 20 {
        times.push(build().await);
    }
    let mut times = times.split_off(20);
    times.sort_unstable();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "mopy frontend with example/full over pipes, {RUNS} processes: min {:.2} ms, median {:.2} ms, max {:.2} ms",
        ms(times[0]),
        ms(times[RUNS / 2]),
        ms(times[RUNS - 1])
    );
}

async fn build() -> Duration {
    let mopyfile = include_str!("../../example/full/Mopyfile.yaml");
    let gateway = Gateway::with_file("Mopyfile.yaml", mopyfile);
    let start = Instant::now();
    let (mut child, serving) = Serving::program(gateway);
    let ended = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
    let time = start.elapsed();
    serving.stop();
    assert!(ended.success());
    time
}
