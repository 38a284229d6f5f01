//! Builds that cannot go on.

use buildkit_proto::google::protobuf::Any;
use buildkit_proto::google::rpc;
use prost::Message;
use serde_json::Value;
use tonic::{Code, Status};

use crate::gateway::{Gateway, Log, log};
use crate::{MOPYFILE, transpiled};

const FILENAME: (&str, &str) = ("filename", "Mopyfile.yaml");

/// The name and line of every place that an error is shown with; line 0 is shown as nothing.
#[track_caller]
fn places(log: &Log) -> Vec<(String, i64)> {
    let sources = log.error().details.iter().filter(|detail| detail.type_url.ends_with("/errdefs.Source+json"));
    let places = sources.map(|detail| {
        let value: Value = serde_json::from_slice(&detail.value).unwrap();
        for range in value["ranges"].as_array().unwrap() {
            assert!(range["start"].is_object() && range["end"].is_object(), "clients follow both");
        }
        let name = value["info"]["filename"].as_str().unwrap().to_owned();
        (name, value["ranges"][0]["start"]["line"].as_i64().unwrap())
    });
    places.collect()
}

fn nowhere() -> Vec<(String, i64)> {
    vec![(String::new(), 0)]
}

fn at(line: i64) -> Vec<(String, i64)> {
    vec![("Mopyfile.yaml".to_owned(), line)]
}

#[tokio::test]
async fn a_mopyfile_that_is_wrong() {
    let log = log(Gateway::with_file("Mopyfile.yaml", "#syntax=x\npython: [\n"), &[FILENAME]).await;
    assert_eq!(log.error().code, 2);
    assert!(log.error().message.starts_with("Mopyfile.yaml:2:9: [yaml-syntax] "), "{}", log.error().message);
    assert_eq!(places(&log), at(2));
    assert!(log.nested.is_empty());
}

#[tokio::test]
async fn files_that_cannot_be_read() {
    let missing = log(Gateway::default(), &[FILENAME]).await;
    assert!(missing.error().message.starts_with("there is no `Mopyfile.yaml` in "));
    assert_eq!(places(&missing), nowhere());

    let mut gateway = Gateway::default();
    let reason = "read /tmp/x/Mopyfile.yaml: is a directory".to_owned();
    gateway.files.insert("Mopyfile.yaml".to_owned(), Err(reason));
    let directory = log(gateway, &[FILENAME]).await;
    assert_eq!(directory.error().message, "`Mopyfile.yaml` is a directory, not a Mopyfile");

    let mut gateway = Gateway::default();
    gateway.files.insert("Mopyfile.yaml".to_owned(), Err("no local sources enabled".to_owned()));
    let other = log(gateway, &[FILENAME]).await;
    assert_eq!(other.error().message, "no local sources enabled");
    assert_eq!(places(&other), nowhere());
}

#[tokio::test]
async fn files_that_cannot_be_mopyfiles() {
    let message = async |text: &[u8]| {
        let log = log(Gateway::default().file("Mopyfile.yaml", text), &[FILENAME]).await;
        let line = places(&log)[0].1;
        assert!(log.error().encoded_len() < 100_000);
        (log.error().message.clone(), line)
    };
    let (empty, line) = message(b"").await;
    assert!(empty.starts_with("Mopyfile.yaml:1:1: [empty-file] "), "{empty}");
    assert_eq!(line, 1);
    let (large, line) = message(&vec![b'#'; 3_000_000]).await;
    assert!(large.starts_with("Mopyfile.yaml:1:1: [file-too-large] "), "{large}");
    assert_eq!(line, 1);
    let (bytes, line) = message(b"python: 3\nx: \xff\n").await;
    assert!(bytes.starts_with("Mopyfile.yaml:2:4: [not-utf8] "), "{bytes}");
    assert_eq!(line, 2);
}

fn failing(details: Vec<Any>) -> Gateway {
    let status = rpc::Status { code: 2, message: "it failed".to_owned(), details };
    Gateway::with_file("Mopyfile.yaml", MOPYFILE)
        .nested(move |_| Err(Status::with_details(Code::Unknown, "it failed", status.encode_to_vec().into())))
}

fn detail(kind: &str, value: impl Into<Vec<u8>>) -> Any {
    Any { type_url: format!("github.com/moby/buildkit/{kind}"), value: value.into() }
}

#[tokio::test]
async fn an_error_with_two_megabytes_of_details_comes_through() {
    let whole = detail("errdefs.Solve+json", vec![b'x'; 2 << 20]);
    let log = log(failing(vec![whole.clone()]), &[FILENAME]).await;
    assert_eq!(log.error().message, "it failed");
    assert_eq!(log.error().details[0], whole);
    assert_eq!(places(&log), nowhere());
}

#[tokio::test]
async fn errors_of_the_generated_text_point_at_the_mopyfile() {
    let (_, line) = transpiled(MOPYFILE);
    let source = |name: &str, line: i32| {
        let json = format!(
            r#"{{"info":{{"filename":"{name}","data":"","language":"Dockerfile"}},"ranges":[{{"start":{{"line":{line}}},"end":{{}}}}]}}"#
        );
        detail("errdefs.Source+json", json)
    };
    let found = log(failing(vec![source("Mopyfile.yaml.Dockerfile", line)]), &[FILENAME]).await;
    assert_eq!(places(&found), at(2));
    let unknown = log(failing(vec![source("Mopyfile.yaml.Dockerfile", 99_999)]), &[FILENAME]).await;
    assert_eq!(places(&unknown), [("Mopyfile.yaml.Dockerfile".to_owned(), 99_999)]);
    let other = log(failing(vec![source("other", line)]), &[FILENAME]).await;
    assert_eq!(places(&other), [("other".to_owned(), i64::from(line))]);
}

#[tokio::test]
async fn no_endless_recursion() {
    let log = log(Gateway::with_file("Mopyfile.yaml", MOPYFILE), &[FILENAME, ("mopy.nested", "1")]).await;
    assert!(log.error().message.contains("never end"));
    assert_eq!(log.calls, ["Ping", "Return"]);
}

#[tokio::test]
async fn platforms_without_python() {
    let options = [FILENAME, ("platform", "linux/amd64,windows/amd64")];
    let log = log(Gateway::with_file("Mopyfile.yaml", MOPYFILE), &options).await;
    assert!(log.error().message.contains("`windows/amd64`"), "{}", log.error().message);
    assert_eq!(places(&log), nowhere());
}

#[tokio::test]
async fn nobody_there() {
    let (client, server) = tokio::io::duplex(64);
    drop(server);
    let outcome = match mopy::frontend::stdio::connect(client).await {
        Ok(channel) => mopy::frontend::build(channel, &crate::gateway::environment(&[])).await.is_ok(),
        Err(_) => false,
    };
    assert!(!outcome);
}
