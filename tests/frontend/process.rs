//! The program itself, over pipes, as BuildKit starts it.

use std::time::{Duration, Instant};

use crate::MOPYFILE;
use crate::gateway::{Gateway, Serving};

/// Starts the program against `gateway`; whether it has ended well, though its standard input stays open.
async fn ends_well(gateway: Gateway) -> bool {
    let (mut child, serving) = Serving::program(gateway);
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(20) {
        if let Some(status) = child.try_wait().unwrap() {
            serving.stop();
            return status.success();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    panic!("the process does not end");
}

#[tokio::test]
async fn it_ends_when_the_build_has() {
    assert!(ends_well(Gateway::with_file("Mopyfile.yaml", MOPYFILE)).await);
    assert!(ends_well(Gateway::default()).await, "an error is told to BuildKit, not to the system");
}

#[tokio::test]
async fn it_ends_when_buildkit_is_gone() {
    let gateway = Gateway { ends_at: Some(("Solve", 0)), ..Gateway::with_file("Mopyfile.yaml", MOPYFILE) };
    assert!(!ends_well(gateway).await);
}
