//! Every way in which a build can arrive.

use std::collections::HashMap;

use buildkit_proto::pb;
use prost::Message;

use crate::MOPYFILE;
use crate::builds::made_files;
use crate::gateway::{Gateway, Log, log};

/// The identifier and attributes of a definition's source.
pub(crate) fn source(definition: &pb::Definition) -> (String, HashMap<String, String>) {
    let op = pb::Op::decode(definition.def[0].as_slice()).unwrap();
    let Some(pb::op::Op::Source(source)) = op.op else { panic!("{op:?}") };
    (source.identifier, source.attrs.into_iter().collect())
}

fn generated_name(log: &Log) -> &str {
    &log.nested[0].frontend_opt["filename"]
}

#[tokio::test]
async fn a_directory_of_the_client() {
    let options = [("filename", "Mopyfile.yaml"), ("local-sessionid:dockerfile", "other")];
    let log = log(Gateway::with_file("Mopyfile.yaml", MOPYFILE), &options).await;
    let (identifier, attrs) = source(&log.definitions[0]);
    assert_eq!(identifier, "local://dockerfile");
    assert_eq!(attrs["local.session"], "other");
    assert_eq!(attrs["local.followpaths"], r#"["Mopyfile.yaml","Mopyfile.yaml.dockerignore"]"#);
}

#[tokio::test]
async fn standard_input() {
    let options = [("filename", "Dockerfile"), ("dockerfilekey", "dockerfile"), ("context", "https://h/a.git")];
    let log = log(Gateway::with_file("dockerfile", "python: ["), &options).await;
    let (identifier, attrs) = source(&log.definitions[0]);
    assert_eq!(identifier, "local://dockerfile");
    assert_eq!(attrs["local.followpaths"], r#"["Dockerfile","Dockerfile.dockerignore","dockerfile"]"#);
    assert!(log.error().message.starts_with("<stdin>:1:"), "{}", log.error().message);
}

#[tokio::test]
async fn default_names() {
    let first = log(Gateway::with_file("Mopyfile.yml", MOPYFILE).file("Mopyfile", "["), &[]).await;
    assert_eq!(generated_name(&first), "Mopyfile.yml.Dockerfile");
    let last = log(Gateway::with_file("Mopyfile", MOPYFILE), &[]).await;
    assert_eq!(generated_name(&last), "Mopyfile.Dockerfile");
    let none = log(Gateway::default(), &[]).await;
    assert!(none.error().message.starts_with("there is no `Mopyfile.yaml` or `Mopyfile.yml` or `Mopyfile` in "));
    let named = log(Gateway::with_file("Dockerfile", MOPYFILE).file("Mopyfile.yaml", "["), &[("cmdline", "m")]).await;
    assert_eq!(generated_name(&named), "Dockerfile.Dockerfile", "the file in which BuildKit found `#syntax=`");
}

#[tokio::test]
async fn an_input() {
    let definition = pb::Definition { def: vec![vec![0x42, 0], vec![0x0a, 3, 0x0a, 1, b'd']], ..Default::default() };
    let inputs =
        HashMap::from([("dockerfile".to_owned(), definition.clone()), ("context".to_owned(), definition.clone())]);
    let gateway = Gateway { inputs, ..Gateway::with_file("deploy/Mopyfile.yaml", MOPYFILE) };
    let log = log(gateway, &[("filename", "deploy/Mopyfile.yaml"), ("build-arg:X", "")]).await;
    assert_eq!(log.definitions[0].def, definition.def);
    assert_eq!(log.warnings[0].digest, "d");
    let nested = &log.nested[0];
    assert_eq!(nested.frontend_inputs["context"].def, definition.def);
    assert!(made_files(&nested.frontend_inputs["dockerfile"]).contains_key("/Mopyfile.yaml.Dockerfile"));
}

#[tokio::test]
async fn a_git_repository() {
    let address = "https://h/a.git#v1:sub";
    let options = [
        ("filename", "Mopyfile.yaml"),
        ("context", address),
        ("build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR", "1"),
        ("frontend.caps", "a,moby.buildkit.frontend.gitquerystring,b+forward"),
    ];
    let log = log(Gateway::with_file("Mopyfile.yaml", MOPYFILE), &options).await;
    let (identifier, attrs) = source(&log.definitions[0]);
    assert_eq!(identifier, "git://h/a.git#v1:sub");
    assert_eq!(attrs["git.fullurl"], "https://h/a.git");
    assert_eq!(attrs["git.keepgitdir"], "true");
    let nested = &log.nested[0];
    assert_eq!(source(&nested.frontend_inputs["context"]).0, identifier);
    assert_eq!(nested.frontend_opt.get("context"), None);
    assert_eq!(nested.frontend_opt["input:context"], address);
    assert_eq!(nested.frontend_opt["frontend.caps"], "a,b+forward");

    let wrong = crate::gateway::log(Gateway::default(), &[("context", "https://h/a.git?x=y")]).await;
    assert!(wrong.error().message.contains("unexpected query `x=y`"));
}

#[tokio::test]
async fn an_archive() {
    let gateway = Gateway::with_file("Mopyfile.yaml", MOPYFILE).file("context", b"\x1f\x8b\x08\0");
    let log =
        log(gateway, &[("filename", "Mopyfile.yaml"), ("contextkey", "k"), ("k", "http://buildkit-session/x")]).await;
    let (identifier, attrs) = source(&log.definitions[0]);
    assert_eq!((identifier.as_str(), attrs["http.filename"].as_str()), ("http://buildkit-session/x", "context"));
    let unpacked = &log.definitions[1];
    assert_eq!(unpacked.def[0], log.definitions[0].def[0], "what comes on standard input can be read once");
    let op = pb::Op::decode(unpacked.def[1].as_slice()).unwrap();
    let Some(pb::op::Op::File(file)) = op.op else { panic!("{op:?}") };
    let Some(pb::file_action::Action::Copy(copy)) = &file.actions[0].action else { panic!("{file:?}") };
    assert!(copy.attempt_unpack_docker_compatibility);
    let nested = &log.nested[0];
    assert_eq!(nested.frontend_inputs["context"].def, unpacked.def);
    assert!(!nested.frontend_opt.contains_key("k") && !nested.frontend_opt.contains_key("contextkey"));
}

#[tokio::test]
async fn a_file_that_is_downloaded() {
    let gateway = Gateway::with_file("context", MOPYFILE);
    let log = log(gateway, &[("filename", "Dockerfile"), ("context", "https://h/d/My.yaml?x=1")]).await;
    assert_eq!(generated_name(&log), "My.yaml.Dockerfile");
}
