//! The command `mopy`.

use std::process::ExitCode;

fn main() -> ExitCode {
    mopy::cli::run(std::env::args_os())
}
