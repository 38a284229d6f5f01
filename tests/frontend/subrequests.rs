//! Questions that are not builds.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use buildkit_proto::moby::buildkit::v1::frontend as api;
use buildkit_proto::pb;
use prost::Message;
use serde_json::{Value, json};
use tonic::Status;

use crate::gateway::{Gateway, Log, answer, log, result};
use crate::{MOPYFILE, transpiled};

async fn ask(id: &str, gateway: Gateway) -> Log {
    log(gateway, &[("filename", "Mopyfile.yaml"), ("requestid", id), ("build-arg:X", "")]).await
}

fn answering(json: Value) -> Gateway {
    Gateway::with_file("Mopyfile.yaml", MOPYFILE).nested(move |_| Ok(answer(&json.to_string())))
}

fn location(line: i32) -> Value {
    json!({ "ranges": [{ "start": { "line": line }, "end": { "line": line } }] })
}

fn json_of(log: &Log) -> Value {
    serde_json::from_str(&log.metadata("result.json")).unwrap()
}

#[tokio::test]
async fn describe() {
    let known = json!([{ "name": "frontend.targets", "version": "1.0.0", "type": "rpc", "description": "Targets" }]);
    // the answer is the same for every Mopyfile, so that there may be none
    let gateway = Gateway { files: Default::default(), ..answering(known) };
    let log = ask("frontend.subrequests.describe", gateway).await;
    assert_eq!(log.calls, ["Ping", "Inputs", "Solve", "Return"]);
    let names: Vec<_> = json_of(&log).as_array().unwrap().iter().map(|known| known["name"].clone()).collect();
    assert_eq!(names, ["frontend.targets", "frontend.lint", "frontend.mopy.dockerfile", "frontend.mopy.llb"]);
    let text = log.metadata("result.txt");
    assert!(text.starts_with("NAME            VERSION DESCRIPTION\ntargets         1.0.0   Targets\n"), "{text}");
}

#[tokio::test]
async fn the_generated_text() {
    let log = ask("frontend.mopy.dockerfile", Gateway::with_file("Mopyfile.yaml", MOPYFILE)).await;
    assert_eq!(log.metadata("result.txt"), transpiled(MOPYFILE).0);
    assert!(log.nested.is_empty() && log.warnings.is_empty());
}

#[tokio::test]
async fn the_llb() {
    let definition =
        pb::Definition { def: vec![vec![0x42, 0]], source: Some(pb::Source::default()), ..Default::default() };
    let given = definition.clone();
    let gateway = Gateway::with_file("Mopyfile.yaml", MOPYFILE).nested(move |request| {
        assert!(!request.frontend_opt.contains_key("requestid"));
        let one = api::Ref { id: "r".to_owned(), def: Some(given.clone()) };
        Ok(result(api::result::Result::Ref(one)))
    });
    let log = ask("frontend.mopy.llb", gateway).await;
    let printed = pb::Definition::decode(log.result().metadata["result.txt"].as_slice()).unwrap();
    assert_eq!(printed.def, definition.def);
    assert_eq!(printed.source.unwrap().infos[0].filename, "Mopyfile.yaml");
    assert_eq!(log.result().result, None);
    assert!(!log.result().metadata.contains_key("result.json"), "`buildctl debug dump-llb` prints it");
}

#[tokio::test]
async fn targets_are_where_the_mopyfile_makes_them() {
    let (_, line) = transpiled(MOPYFILE);
    let targets =
        [json!({ "name": "a", "location": location(line) }), json!({ "name": "b", "location": location(9999) })];
    let log = ask("frontend.targets", answering(json!({ "targets": targets, "sources": ["eA=="] }))).await;
    assert_eq!(log.nested[0].frontend_opt["requestid"], "frontend.targets");
    let value = json_of(&log);
    assert_eq!(value["sources"], json!([STANDARD.encode(MOPYFILE)]));
    assert_eq!(value["targets"][0]["location"]["ranges"][0]["start"]["line"], 2);
    assert_eq!(value["targets"][1], json!({ "name": "b" }));
}

#[tokio::test]
async fn check() {
    let (_, line) = transpiled(MOPYFILE);
    let warning = |line| json!({ "ruleName": "R", "detail": "d", "url": "u", "location": location(line) });
    let lint = json!({ "warnings": [warning(line), warning(9999)], "sources": [{ "filename": "x" }] });
    let log = ask("frontend.lint", answering(lint)).await;
    let options = &log.nested[0].frontend_opt;
    assert!(!options.contains_key("build-arg:BUILDKIT_DOCKERFILE_CHECK"));
    let value = json_of(&log);
    assert_eq!(value["sources"][0]["filename"], "Mopyfile.yaml");
    assert_eq!(value["warnings"][0]["ruleName"], "unread-build-argument");
    assert_eq!(value["warnings"][0]["location"]["sourceIndex"], -1);
    assert_eq!(value["warnings"][1]["location"]["ranges"][0]["start"]["line"], 2);
    assert_eq!(value["warnings"].as_array().unwrap().len(), 2, "not what comes from no line of the Mopyfile");
    assert_eq!(log.metadata("result.statuscode"), "1");
    assert!(log.metadata("result.txt").contains("WARNING: R - u\nd\nMopyfile.yaml:\n   2 | >>> python: 3\n"));
    assert!(log.warnings.is_empty());
}

/// The check fails for each warning, and for nothing that is less.
#[tokio::test]
async fn check_does_not_print_notes() {
    let none = json!({ "warnings": [], "sources": [] });
    for (python, rules) in [("3", vec![]), ("3.8", vec!["eol-python"]), ("3.8 # mopy: ignore=eol-python", vec![])] {
        let mopyfile = format!("python: {python}\nruntime-deps: [ffmpeg]\n");
        for problem in ["", "nonsense: 1\n"] {
            let text = none.to_string();
            let gateway = Gateway::with_file("Mopyfile.yaml", &format!("{mopyfile}{problem}"));
            let gateway = gateway.nested(move |_| Ok(answer(&text)));
            let log = log(gateway, &[("filename", "Mopyfile.yaml"), ("requestid", "frontend.lint")]).await;
            let value = json_of(&log);
            let warnings = value["warnings"].as_array().unwrap();
            let names: Vec<_> = warnings.iter().map(|warning| warning["ruleName"].as_str().unwrap()).collect();
            assert_eq!(names, rules);
            let failed = !rules.is_empty() || !problem.is_empty();
            assert_eq!(log.metadata("result.statuscode"), u8::from(failed).to_string());
            for warning in warnings {
                assert!(warning["url"].as_str().unwrap().ends_with("/rules.md#eol-python"));
            }
        }
    }
}

#[tokio::test]
async fn check_of_a_mopyfile_that_is_wrong() {
    let log = ask("frontend.lint", Gateway::with_file("Mopyfile.yaml", "python: 3\npython: [\n")).await;
    let value = json_of(&log);
    assert!(value["buildError"]["message"].as_str().unwrap().starts_with("Mopyfile.yaml:2:9: [yaml-syntax]"));
    assert_eq!(value["buildError"]["location"]["ranges"][0]["start"]["line"], 2);
    assert_eq!(log.metadata("result.statuscode"), "1");
}

#[tokio::test]
async fn check_of_a_mopyfile_that_is_not_text() {
    let log = ask("frontend.lint", Gateway::default().file("Mopyfile.yaml", b"python: 3\n#\xff\n")).await;
    let message = json_of(&log)["buildError"]["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("Mopyfile.yaml:2:2: [not-utf8]"), "{message}");
}

#[tokio::test]
async fn check_without_findings() {
    let gateway = answering(json!({ "warnings": [], "sources": [] }));
    let log = log(gateway, &[("filename", "Mopyfile.yaml"), ("requestid", "frontend.lint")]).await;
    assert_eq!((log.metadata("result.statuscode"), log.metadata("result.txt")), ("0".to_owned(), String::new()));
}

#[tokio::test]
async fn unknown_reasons_are_shown() {
    let gateway = Gateway::with_file("Mopyfile.yaml", MOPYFILE)
        .nested(|request| Err(Status::unknown(format!("unsupported request {}", request.frontend_opt["requestid"]))));
    let log = ask("frontend.nonsense", gateway).await;
    assert_eq!(log.error().message, "unsupported request frontend.nonsense");
}
