//! `mopy llb`: what a real engine makes of Mopyfiles, and makes of that.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{Read, Write, copy};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::Command;
use std::thread;

use buildkit_proto::moby::buildkit::v1::{Exporter, SolveRequest};
use buildkit_proto::pb;
use mopy::client::{Client, Directories, Endpoint};
use prost::Message;
use sha2::{Digest, Sha256};

use super::docker::{Image, command, command_bytes, context, docker, example, example_mopyfile, full_without_git};
use super::frontend::{FRONTEND, HELLO, built};

/// The LLB that the command gives for a Mopyfile on its standard input.
fn llb(arguments: &[&str], context: &Path, mopyfile: &str, variables: &[(&str, &str)]) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mopy"));
    command.args(["llb", "-f", "-", "--context"]).arg(context).args(arguments).envs(variables.iter().copied());
    command_bytes(&mut command, mopyfile.as_bytes())
}

/// What `docker build` prints instead.
fn called(call: &str, arguments: &[&str], context: &Path, mopyfile: &str) -> Vec<u8> {
    built();
    let mut command = Command::new("docker");
    command.args(["buildx", "build", "-f", "-"]).arg(format!("--call={call}")).args(arguments).arg(context);
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
        let (_, operations) = decode(&name, &llb(&[], &example(&name), &mopyfile, &[]));
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
        let ours = llb(&[], &context, &mopyfile, &[]);
        assert!(ours == called("mopy.llb", &[], &context, &mopyfile), "{name}");
        assert!(ours == llb(&[], &context, &mopyfile, &[]), "{name}: two runs");
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
fn as_json_is_the_same_too() {
    let (context, mopyfile) = (example("web"), example_mopyfile("web"));
    let ours = llb(&["--format", "json"], &context, &mopyfile, &[]);
    let theirs = called("mopy.llb,format=json", &[], &context, &mopyfile);
    assert!(ours.trim_ascii_end() == theirs.trim_ascii_end());
    let operations: serde_json::Value = serde_json::from_slice(&ours).unwrap();
    let (definition, _) = decode("web", &llb(&[], &context, &mopyfile, &[]));
    assert_eq!(operations.as_array().unwrap().len(), definition.def.len());
}

#[test]
#[ignore = "needs an engine"]
fn a_lock_is_sent_too() {
    // an image that is nowhere, so that the error tells where its digest has come from
    let digest = format!("sha256:{}", "0123456789abcdef".repeat(4));
    let image = serde_json::json!({ "digest": digest, "platforms": { "linux/amd64": digest } });
    let images = serde_json::json!({ "python:3.13-trixie": image, "gcr.io/distroless/cc-debian13:nonroot": image });
    let lock = serde_json::json!({ "version": 1, "images": images }).to_string();
    let context = context(&[("Mopyfile.yaml", HELLO), ("Mopyfile.yaml.lock", &lock), ("hello.py", "")]);
    symlink("Mopyfile.yaml", context.path().join("link.yaml")).unwrap();
    symlink("Mopyfile.yaml.lock", context.path().join("link.yaml.lock")).unwrap();
    fs::write(context.path().join("own.yaml"), HELLO).unwrap();
    symlink("Mopyfile.yaml.lock", context.path().join("own.yaml.lock")).unwrap();
    for file in ["Mopyfile.yaml", "link.yaml", "own.yaml"] {
        let mut mopy = Command::new(env!("CARGO_BIN_EXE_mopy"));
        mopy.args(["llb", "--locked", "--platform=linux/amd64", "-f", file]).current_dir(context.path());
        let printed = command(&mut mopy, b"");
        assert!(!printed.success && printed.stderr.contains(&digest), "{file}: {}", printed.stderr);
    }
}

#[test]
#[ignore = "needs an engine"]
fn a_lock_for_another_platform_than_the_engine_s_is_refused() {
    let digest = format!("sha256:{}", "a".repeat(64));
    let image = serde_json::json!({ "digest": digest, "platforms": { "linux/s390x": digest } });
    let images = serde_json::json!({ "python:3.13-trixie": image, "gcr.io/distroless/cc-debian13:nonroot": image });
    let lock = serde_json::json!({ "version": 1, "images": images }).to_string();
    let context = context(&[("Mopyfile.yaml", HELLO), ("Mopyfile.yaml.lock", &lock), ("hello.py", "")]);
    let mut mopy = Command::new(env!("CARGO_BIN_EXE_mopy"));
    let printed = command(mopy.args(["llb", "--locked"]).current_dir(context.path()), b"");
    let refusal =
        "error: `--locked` wants a lock that has everything, and the lock lacks `python:3.13-trixie` for linux/";
    assert!(!printed.success && printed.stderr.starts_with(refusal), "{}", printed.stderr);
}

#[test]
#[ignore = "needs an engine"]
fn is_not_in_the_image_of_the_frontend() {
    built();
    let run = |arguments: &[&str]| docker(&[&["run", "--rm", "--entrypoint=/mopy", FRONTEND], arguments].concat());
    let legacy = run(&["-llb=true"]);
    assert!(!legacy.success && legacy.stderr.contains("`docker build --call=mopy.llb`"), "{}", legacy.stderr);
    assert!(!run(&["--help"]).expect().stdout.contains("llb"));
}

fn layers(tag: &str) -> serde_json::Value {
    let inspected = docker(&["image", "inspect", tag]).expect().stdout;
    let mut images: serde_json::Value = serde_json::from_str(&inspected).unwrap();
    images[0]["RootFS"]["Layers"].take()
}

#[test]
#[ignore = "needs an engine"]
fn solved_again_gives_the_layers_of_the_build() {
    let (context, mopyfile) = (example("hello-world"), example_mopyfile("hello-world"));
    let (definition, _) = decode("hello-world", &llb(&[], &context, &mopyfile, &[]));
    let built = Image::build("llb-built", &mopyfile, &context);
    let tag = "mopy-test/llb-solved";
    docker(&["image", "rm", "--force", tag]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let solved = runtime.block_on(async {
        let client = Client::connect(&Endpoint::find(|name| std::env::var(name).ok()).unwrap()).await.unwrap();
        let attrs = HashMap::from([("name".to_owned(), format!("docker.io/{tag}:latest"))]);
        let request = SolveRequest {
            definition: Some(definition),
            // Docker's own image store
            exporters: vec![Exporter { r#type: "moby".to_owned(), attrs }],
            ..SolveRequest::default()
        };
        client.solve(request, Directories::from([("context".to_owned(), context)])).await
    });
    solved.unwrap();
    let layers_of_build = layers(built.tag());
    assert!(layers_of_build.as_array().unwrap().len() > 3);
    assert_eq!(layers(tag), layers_of_build);
}

/// What `buildkitd` itself has: the engine's gRPC behind no upgrade of HTTP/1.
fn forward(client: impl Read + Write + Send + 'static, split: impl FnOnce() -> Box<dyn Read + Send>) {
    let socket = std::env::var("DOCKER_HOST").unwrap();
    let mut engine = UnixStream::connect(socket.strip_prefix("unix://").unwrap()).unwrap();
    engine.write_all(b"POST /grpc HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n").unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        engine.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&head));
    let (mut to_engine, mut from_client, mut to_client) = (engine.try_clone().unwrap(), split(), client);
    thread::spawn(move || {
        let _ = copy(&mut from_client, &mut to_engine);
        let _ = to_engine.shutdown(Shutdown::Both);
    });
    thread::spawn(move || copy(&mut engine, &mut to_client));
}

#[test]
#[ignore = "needs an engine"]
fn from_a_buildkit_over_unix_and_tcp() {
    let (context, mopyfile) = (example("hello-world"), example_mopyfile("hello-world"));
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("buildkitd.sock");
    let unix = UnixListener::bind(&socket).unwrap();
    thread::spawn(move || {
        for client in unix.incoming().map(Result::unwrap) {
            let other: UnixStream = client.try_clone().unwrap();
            forward(client, || Box::new(other));
        }
    });
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", tcp.local_addr().unwrap());
    thread::spawn(move || {
        for client in tcp.incoming().map(Result::unwrap) {
            let other: TcpStream = client.try_clone().unwrap();
            forward(client, || Box::new(other));
        }
    });
    let (_, expected) = decode("docker", &llb(&[], &context, &mopyfile, &[]));
    for host in [format!("unix://{}", socket.display()), address] {
        // of two names, that of BuildKit counts
        let variables = [("BUILDKIT_HOST", host.as_str()), ("DOCKER_HOST", "unix:///nowhere")];
        let (_, operations) = decode(&host, &llb(&[], &context, &mopyfile, &variables));
        assert_eq!(operations.len(), expected.len(), "{host}");
    }
}
