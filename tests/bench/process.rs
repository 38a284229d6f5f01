//! How long the whole process takes, from its start to its end: `cargo bench --bench process`.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on fails")]
#![allow(clippy::print_stdout, reason = "it prints what it measured")]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 300;

fn main() {
    for (file, success) in [("example/full/Mopyfile.yaml", true), ("tests/reject/alias-bomb/Mopyfile.yaml", false)] {
        let mut times: Vec<Duration> = (0..RUNS + 20).map(|_| transpile(file, success)).skip(20).collect();
        times.sort_unstable();
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        println!(
            "mopy transpile -f {file}, {RUNS} processes: min {:.2} ms, median {:.2} ms, max {:.2} ms",
            ms(times[0]),
            ms(times[RUNS / 2]),
            ms(times[RUNS - 1])
        );
    }
}

fn transpile(file: &str, success: bool) -> Duration {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mopy"));
    command.args(["transpile", "-f", file]).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    assert_eq!(command.status().unwrap().success(), success);
    start.elapsed()
}
