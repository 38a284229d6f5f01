//! The program itself, over pipes, as BuildKit starts it.

use std::fs;
use std::io::{Read, Write};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::MOPYFILE;
use crate::gateway::{Fault, Gateway, Log, Serving, program};
use crate::steps::{Left, faults};

/// Waits for the program, whose standard input may stay open, and gives its exit code. It has said nothing to people,
/// who would not see it, and does not leave a process running.
async fn code(child: &mut Child) -> Option<i32> {
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > Duration::from_secs(20) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the process does not end");
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    };
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
    assert_eq!(group(child.id()), [""; 0]);
    status.code()
}

/// What there is of a group of processes, zombies included (`proc(5)`).
fn group(id: u32) -> Vec<String> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let states = processes.filter_map(|process| fs::read_to_string(process.path().join("stat")).ok());
    let of_group = |state: &String| {
        let behind_name = state.rsplit(')').next().unwrap_or_default();
        behind_name.split_whitespace().nth(2) == Some(&id.to_string())
    };
    states.filter(of_group).collect()
}

/// Starts the program against `gateway`.
async fn run(gateway: Gateway) -> (Option<i32>, Log) {
    let (mut child, serving) = Serving::program(gateway);
    let code = code(&mut child).await;
    let log = serving.ended().await;
    assert!(is_http2(&log.sent), "{:?}", String::from_utf8_lossy(&log.sent));
    (code, log)
}

/// What a server takes that has not said more.
const LARGEST_FRAME: usize = 1 << 14;

/// Whether `bytes` are what a client of HTTP/2 sends: the preface and frames of known kinds, of which the last one may
/// not be whole (RFC 9113, sections 3.4 and 4.1).
fn is_http2(bytes: &[u8]) -> bool {
    let Some(mut frames) = bytes.strip_prefix(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") else { return false };
    while let Some((&[a, b, c, kind, ..], after)) = frames.split_first_chunk::<9>() {
        let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        if kind > 9 || length > LARGEST_FRAME {
            return false;
        }
        frames = after.get(length..).unwrap_or_default();
    }
    true
}

#[tokio::test]
async fn it_ends_when_the_build_has() {
    assert_eq!(run(Gateway::with_file("Mopyfile.yaml", MOPYFILE)).await.0, Some(0));
    assert_eq!(run(Gateway::default()).await.0, Some(0), "an error is told to BuildKit, not to the system");
}

#[tokio::test]
async fn it_ends_at_every_step_where_something_goes_wrong() {
    for (gateway, left, step) in faults(&[Fault::Fails, Fault::Ends, Fault::FallsSilent, Fault::Garbles]) {
        let (code, log) = run(gateway).await;
        assert!(log.is_faulty, "{step} is never reached");
        assert_eq!(code, Some(i32::from(left == Left::Nothing)), "{step}");
        assert_eq!(log.returned.is_none(), left == Left::Nothing, "{step}");
    }
}

/// What comes before BuildKit is gone, if it ever was there.
const BEGINNINGS: &[&[u8]] = &[
    b"",
    b"\0",
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"{}\n",
    // a frame of settings; the beginning of one; one that is too long; one of no known stream; a farewell
    b"\0\0\0\x04\0\0\0\0\0",
    b"\0\0\x06\x04\0\0\0\0\0\0",
    b"\xff\xff\xff\x04\0\0\0\0\0",
    b"\0\0\0\x04\0\0\0\0\0\0\0\0\0\x01\0\0\0\x07",
    b"\0\0\0\x04\0\0\0\0\0\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0",
];

#[tokio::test]
async fn exits_without_buildkit() {
    for beginning in BEGINNINGS {
        let mut child = program().spawn().unwrap();
        // it may have ended already
        let _ = child.stdin.take().unwrap().write_all(beginning);
        assert_eq!(code(&mut child).await, Some(1), "{beginning:?}");
        let mut sent = Vec::new();
        child.stdout.take().unwrap().read_to_end(&mut sent).unwrap();
        assert!(is_http2(&sent), "{:?}", String::from_utf8_lossy(&sent));
    }
}

#[tokio::test]
async fn the_subcommand_is_the_frontend_too() {
    let mut child = program().arg("frontend").env_remove("BUILDKIT_WORKERS").spawn().unwrap();
    drop(child.stdin.take());
    assert_eq!(code(&mut child).await, Some(1));
    let mut sent = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut sent).unwrap();
    assert!(!sent.is_empty() && is_http2(&sent));
}

#[test]
fn with_arguments_or_without_buildkit_it_is_the_command_line() {
    let run = |command: &mut Command| {
        let output = command.output().unwrap();
        assert!(!output.stdout.starts_with(b"PRI"));
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, help) = run(program().env_remove("BUILDKIT_WORKERS"));
    assert!(code == Some(2) && help.contains("Usage: mopy"), "{help}");
    let (code, error) = run(program().args(["check", "-f", "nowhere.yaml"]));
    assert!(code == Some(2) && error.contains("cannot read `nowhere.yaml`"), "{error}");
}

#[test]
fn other_bytes_are_told_apart() {
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice();
    let settings = b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64".as_slice();
    assert!(is_http2(&[preface, settings, settings].concat()));
    assert!(!is_http2(settings));
    assert!(!is_http2(&[preface, b"thread 'main' panicked", settings].concat()));
    assert!(!is_http2(&[preface, settings, b"\n", settings, settings].concat()));
}
