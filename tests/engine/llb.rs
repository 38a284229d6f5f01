//! `mopy llb`: what a real engine makes of Mopyfiles, and makes of that.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use buildkit_proto::moby::buildkit::v1::control_client::ControlClient;
use buildkit_proto::moby::buildkit::v1::{Exporter, SolveRequest};
use buildkit_proto::pb;
use mopy::frontend::stdio;
use prost::Message;
use sha2::{Digest, Sha256};
use tokio::net::unix::pipe;

use super::docker::{Image, command, command_bytes, context, docker, example, example_mopyfile, full_without_git};
use super::frontend::{FRONTEND, HELLO, built};

/// The LLB that the command gives for a Mopyfile on its standard input.
fn llb(arguments: &[&str], context: &Path, mopyfile: &str) -> Vec<u8> {
    built();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mopy"));
    command.args(["llb", "-f", "-", "--context"]).arg(context).args(arguments);
    command_bytes(&mut command, mopyfile.as_bytes())
}

/// What `docker build` prints instead.
fn called(arguments: &[&str], context: &Path, mopyfile: &str) -> Vec<u8> {
    built();
    let mut command = Command::new("docker");
    command.args(["buildx", "build", "--call=mopy.llb", "-f", "-"]).args(arguments).arg(context);
    command_bytes(&mut command, mopyfile.as_bytes())
}

/// The examples and their Mopyfiles, as far as they can be built here.
fn examples() -> Vec<(String, String)> {
    let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("example")).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("Mopyfile.yaml").is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() >= 8, "{names:?}");
    let text = |name: &str| if name == "full" { full_without_git() } else { example_mopyfile(name) };
    names.into_iter().map(|name| (name.clone(), text(&name))).collect()
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// Decodes a definition, in which everything that is named has to be there, and no session.
fn decode(name: &str, bytes: &[u8]) -> (pb::Definition, Vec<pb::Op>) {
    let definition = pb::Definition::decode(bytes).unwrap();
    let mut before = HashSet::new();
    let mut operations = Vec::new();
    for bytes in &definition.def {
        let operation = pb::Op::decode(bytes.as_slice()).unwrap();
        for input in &operation.inputs {
            assert!(before.contains(&input.digest), "{name}: {} is not there", input.digest);
        }
        if let Some(pb::op::Op::Source(source)) = &operation.op {
            assert!(source.attrs.keys().all(|key| !key.contains("session")), "{name}: {source:?}");
        }
        before.insert(digest(bytes));
        operations.push(operation);
    }
    let last = digest(definition.def.last().unwrap());
    assert!(operations.len() > 5 && operations.last().unwrap().op.is_none(), "{name}");
    assert_eq!(definition.metadata.keys().cloned().collect::<HashSet<_>>(), before, "{name}");
    let source = definition.source.as_ref().unwrap();
    assert!(source.locations.len() > 3 && source.locations.keys().all(|key| before.contains(key)), "{name}");
    assert!(!source.locations.contains_key(&last), "{name}");
    (definition, operations)
}

#[test]
#[ignore = "needs an engine"]
fn of_every_example_is_whole() {
    let mut has_context = 0;
    for (name, mopyfile) in examples() {
        let (_, operations) = decode(&name, &llb(&[], &example(&name), &mopyfile));
        let sources = operations.iter().filter_map(|operation| match &operation.op {
            Some(pb::op::Op::Source(source)) => Some(source.identifier.as_str()),
            _ => None,
        });
        let sources: Vec<&str> = sources.collect();
        assert!(sources.iter().any(|source| source.contains("@sha256:")), "{name}: {sources:?}");
        has_context += usize::from(sources.contains(&"local://context"));
    }
    assert!(has_context >= 5, "{has_context}");
}

#[test]
#[ignore = "needs an engine"]
fn is_byte_for_byte_that_of_the_frontend() {
    for (name, mopyfile) in examples() {
        let context = example(&name);
        let ours = llb(&[], &context, &mopyfile);
        assert!(ours == called(&[], &context, &mopyfile), "{name}");
        assert!(ours == llb(&[], &context, &mopyfile), "{name}: two runs");
    }
}

#[test]
#[ignore = "needs an engine"]
fn of_a_file_and_for_a_platform_too() {
    let context = example("hello-world");
    let file = context.join("Mopyfile.yaml");
    let platform = ["--platform", "linux/amd64"];
    let mut ours = Command::new(env!("CARGO_BIN_EXE_mopy"));
    ours.arg("llb").args(platform).arg("-f").arg(&file);
    built();
    let mut theirs = Command::new("docker");
    theirs.args(["buildx", "build", "--call=mopy.llb"]).args(platform).arg("-f").arg(&file).arg(&context);
    let ours = command_bytes(&mut ours, b"");
    assert!(ours == command_bytes(&mut theirs, b""));
    let (definition, _) = decode("hello-world", &ours);
    assert!(definition.source.unwrap().infos.iter().any(|info| info.filename == "Mopyfile.yaml"));
}

#[test]
#[ignore = "needs an engine"]
fn a_mopyfile_that_names_no_frontend() {
    let (context, mopyfile) = (example("hello-world"), example_mopyfile("hello-world"));
    let rest: String = mopyfile.split_inclusive('\n').filter(|line| !line.starts_with("#syntax")).collect();
    let (_, expected) = decode("named", &llb(&[], &context, &mopyfile));
    let (_, operations) = decode("not named", &llb(&[], &context, &rest));
    assert_eq!(operations, expected);
}

#[test]
#[ignore = "needs an engine"]
fn a_lock_is_sent_too() {
    built();
    // an image that is nowhere, so that the error tells where its digest has come from
    let digest = format!("sha256:{}", "0123456789abcdef".repeat(4));
    let lock = format!(
        "version: 2\n\"python:3.13-trixie\": \"{digest}\"\n\"gcr.io/distroless/cc-debian13:nonroot\": \"{digest}\"\n"
    );
    let context = context(&[("Mopyfile.yaml", HELLO), ("Mopyfile.yaml.lock", &lock), ("hello.py", "")]);
    symlink("Mopyfile.yaml", context.path().join("link.yaml")).unwrap();
    fs::copy(context.path().join("Mopyfile.yaml.lock"), context.path().join("link.yaml.lock")).unwrap();
    for file in ["Mopyfile.yaml", "link.yaml"] {
        let mut mopy = Command::new(env!("CARGO_BIN_EXE_mopy"));
        mopy.args(["llb", "--locked", "--platform=linux/amd64", "-f", file]).current_dir(context.path());
        let printed = command(&mut mopy, b"");
        assert!(!printed.success && printed.stderr.contains(&digest), "{file}: {}", printed.stderr);
    }
}

#[test]
#[ignore = "needs an engine"]
fn the_frontend_image_has_no_docker() {
    built();
    let mut run = Command::new("docker");
    run.args(["run", "--rm", "-i", FRONTEND, "llb", "-f", "-", "-o", "app.llb"]);
    let printed = command(&mut run, b"python: 3.13\n");
    assert!(!printed.success && printed.stderr.starts_with("error: `docker` is not installed"), "{}", printed.stderr);
}

fn layers(tag: &str) -> serde_json::Value {
    let inspected = docker(&["image", "inspect", tag]).expect().stdout;
    let mut images: serde_json::Value = serde_json::from_str(&inspected).unwrap();
    images[0]["RootFS"]["Layers"].take()
}

#[test]
#[ignore = "needs an engine"]
fn solved_again_gives_the_layers_of_the_build() {
    let (context, mopyfile) = (example("minimal"), example_mopyfile("minimal"));
    let (definition, _) = decode("minimal", &llb(&[], &context, &mopyfile));
    let built = Image::build("llb-built", &mopyfile, &context);
    let tag = "mopy-test/llb-solved";
    docker(&["image", "rm", "--force", tag]);
    // Buildx connects to the engine's BuildKit; without a local context, no session is needed
    let mut proxy = Command::new("docker");
    proxy.args(["buildx", "dial-stdio"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut proxy = proxy.spawn().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let solved = runtime.block_on(async {
        let output = pipe::Receiver::from_owned_fd(proxy.stdout.take().unwrap().into()).unwrap();
        let input = pipe::Sender::from_owned_fd(proxy.stdin.take().unwrap().into()).unwrap();
        let channel = stdio::connect(tokio::io::join(output, input)).await.unwrap();
        let attrs = HashMap::from([("name".to_owned(), format!("docker.io/{tag}:latest"))]);
        let request = SolveRequest {
            r#ref: format!("mopy-test-{}", std::process::id()),
            definition: Some(definition),
            // Docker's own image store
            exporters: vec![Exporter { r#type: "moby".to_owned(), attrs }],
            ..SolveRequest::default()
        };
        ControlClient::new(channel).solve(request).await
    });
    solved.unwrap();
    drop(runtime);
    let _ = proxy.kill();
    proxy.wait().unwrap();
    let layers_of_build = layers(built.tag());
    assert!(layers_of_build.as_array().unwrap().len() > 3);
    assert_eq!(layers(tag), layers_of_build);
}
