//! `mopy llb` and its client, against an engine that these tests play.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use buildkit_proto::fsutil::types::packet::PacketType;
use buildkit_proto::fsutil::types::{Packet, Stat};
use buildkit_proto::moby::buildkit::v1::SolveRequest;
use buildkit_proto::moby::buildkit::v1::frontend as api;
use buildkit_proto::moby::filesync::v1::file_sync_client::FileSyncClient;
use buildkit_proto::pb;
use mopy::client::{Client, Directories, Endpoint, Error};
use prost::Message;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};

use crate::MOPYFILE;
use crate::control::{Engine, Work, endpoint, requests};
use crate::gateway::{Fault, Gateway, result};

/// An engine whose Dockerfile frontend gives LLB with a session in it.
fn gateway() -> Gateway {
    Gateway::with_file("Mopyfile.yaml", MOPYFILE).nested(|request| {
        assert_eq!(request.frontend, "dockerfile.v0");
        let attrs = [("local.session".to_owned(), "s".to_owned()), ("local.differ".to_owned(), "none".to_owned())];
        let source = pb::SourceOp { identifier: "local://context".to_owned(), attrs: attrs.into() };
        let source = pb::Op { op: Some(pb::op::Op::Source(source)), ..pb::Op::default() };
        let def = Some(pb::Definition { def: vec![source.encode_to_vec()], ..pb::Definition::default() });
        Ok(result(api::result::Result::Ref(api::Ref { id: "r".to_owned(), def })))
    })
}

/// Runs the program where a Mopyfile is.
async fn mopy(variable: &'static str, address: String, arguments: &'static [&'static str]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("Mopyfile.yaml"), MOPYFILE).unwrap();
    let run = move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mopy"));
        command.arg("llb").args(arguments).current_dir(directory.path()).env_clear().env(variable, address);
        command.stdin(Stdio::null()).output().unwrap()
    };
    let ran = tokio::task::spawn_blocking(run);
    tokio::time::timeout(Duration::from_secs(30), ran).await.expect("it hangs").unwrap()
}

fn address(endpoint: &Endpoint) -> String {
    endpoint.to_string().trim_matches('`').to_owned()
}

#[track_caller]
fn check(output: &Output, engine: &Engine) -> std::collections::HashMap<String, String> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let definition = pb::Definition::decode(output.stdout.as_slice()).unwrap();
    let op = pb::Op::decode(definition.def[0].as_slice()).unwrap();
    let Some(pb::op::Op::Source(source)) = op.op else { panic!("{op:?}") };
    assert_eq!(source.attrs.keys().collect::<Vec<_>>(), ["local.differ"]);
    let solves = engine.solves();
    assert_eq!(solves.len(), 1);
    assert!(solves[0].internal && solves[0].frontend.is_empty() && solves[0].session != solves[0].r#ref);
    let builds = engine.builds();
    assert!(builds.len() >= 5 && builds.iter().all(|build| *build == solves[0].r#ref), "{builds:?}");
    let mut log = engine.log();
    assert_eq!(log.result(), &api::Result::default(), "nothing is built");
    let options = log.nested.remove(0).frontend_opt;
    assert_eq!(options["filename"], "Mopyfile.yaml.Dockerfile");
    options
}

#[tokio::test]
async fn over_every_kind_of_connection() {
    let directory = tempfile::tempdir().unwrap();
    let mut engine = Engine::start(gateway(), None);
    let socket = address(&engine.unix(&directory.path().join("b.sock")));
    let options = check(&mopy("BUILDKIT_HOST", socket, &[]).await, &engine);
    assert!(!options.contains_key("image-resolve-mode") && !options.contains_key("platform"));

    let mut engine = Engine::start(gateway(), None);
    let tcp = address(&engine.tcp().await);
    let options = check(&mopy("BUILDKIT_HOST", tcp, &["--platform", "linux/amd64"]).await, &engine);
    assert_eq!(options["platform"], "linux/amd64");

    let mut engine = Engine::start(gateway(), None);
    let docker = address(&engine.docker(&directory.path().join("d.sock")));
    let options = check(&mopy("DOCKER_HOST", docker, &["-f", "Mopyfile.yaml"]).await, &engine);
    assert_eq!(options["image-resolve-mode"], "local");
}

#[tokio::test]
async fn as_json_into_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let mut engine = Engine::start(gateway(), None);
    let socket = address(&engine.unix(&directory.path().join("b.sock")));
    let output = mopy("BUILDKIT_HOST", socket, &["--format", "json"]).await;
    let operations: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(operations[0]["op"]["source"]["identifier"], "local://context");
    assert!(output.stdout.ends_with(b"]\n"));
}

#[track_caller]
fn fails(output: &Output, expected: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(output.stdout.is_empty() && stderr.contains(expected), "{stderr}");
}

#[tokio::test]
async fn what_goes_wrong_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    // the nested solve fails, and the build is told why, too
    let mut engine = Engine::start(gateway().nested(|_| Err(Status::unknown("no such stage"))), None);
    let socket = address(&engine.unix(&at("1")));
    fails(&mopy("BUILDKIT_HOST", socket, &[]).await, "error: no such stage\n");
    assert_eq!(engine.log().error().message, "no such stage");
    // the solve itself fails
    let refused: Work = Box::new(|_| Box::pin(async { Err(Status::unknown("the engine is full")) }));
    let mut engine = Engine::start(gateway(), Some(refused));
    let socket = address(&engine.docker(&at("2")));
    fails(&mopy("DOCKER_HOST", socket, &[]).await, "error: the engine is full\n");
    // a call that is never answered is no reason to wait when the solve has failed
    let refused: Work = Box::new(|_| Box::pin(async { Err(Status::unknown("cancelled")) }));
    let stuck = Gateway { fault: Some(("Ping", 0, Fault::FallsSilent)), ..gateway() };
    let mut engine = Engine::start(stuck, Some(refused));
    let socket = address(&engine.unix(&at("3")));
    fails(&mopy("BUILDKIT_HOST", socket, &[]).await, "error: cancelled\n");
    // nobody listens, or somebody else
    fails(
        &mopy("BUILDKIT_HOST", format!("unix://{}", at("4").display()), &[]).await,
        "no BuildKit answers at `unix://",
    );
    let mut engine = Engine::start(gateway(), None);
    let socket = address(&engine.unix(&at("5")));
    fails(&mopy("DOCKER_HOST", socket, &[]).await, "is not BuildKit");
}

/// An engine in its place, with its client.
async fn client(work: Work, directory: &Path, docker: bool) -> (Engine, Client) {
    let mut engine = Engine::start(Gateway::default(), Some(work));
    let socket = directory.join(if docker { "docker.sock" } else { "buildkitd.sock" });
    let endpoint = if docker { engine.docker(&socket) } else { engine.unix(&socket) };
    (engine, Client::connect(&endpoint).await.unwrap())
}

#[tokio::test]
async fn an_engine_that_goes_away() {
    for docker in [true, false] {
        let directory = tempfile::tempdir().unwrap();
        let work: Work = Box::new(|_| Box::pin(std::future::pending()));
        let (engine, client) = client(work, directory.path(), docker).await;
        assert!(client.workers().contains("arm64"));
        let solving = tokio::spawn(async move { client.solve(SolveRequest::default(), Directories::new()).await });
        while engine.solves().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        drop(engine);
        let ended = tokio::time::timeout(Duration::from_secs(10), solving).await.expect("it hangs").unwrap();
        assert!(matches!(ended, Err(Error::Lost(..))), "{ended:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_never_answers() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("s");
    let _listener = UnixListener::bind(&socket).unwrap();
    for variable in ["BUILDKIT_HOST", "DOCKER_HOST"] {
        let error = Client::connect(&endpoint(variable, &format!("unix://{}", socket.display()))).await.unwrap_err();
        assert!(matches!(error, Error::Unsuitable(..) | Error::Unreachable(..)), "{error:?}");
    }
}

/// What the engine asks for: a directory, and headers with patterns.
type Question = (&'static str, &'static [(&'static str, &'static str)]);

/// Asks for files as the engine does, and for the bytes of those whose places in the list are `wanted`.
async fn ask(
    session: Channel,
    question: Question,
    wanted: impl Fn(&[Stat]) -> Vec<u32>,
) -> Result<(Vec<Stat>, Vec<Vec<u8>>), Status> {
    let (sender, stream) = requests();
    let mut request = Request::new(stream);
    request.metadata_mut().insert("dir-name", question.0.parse().unwrap());
    for (key, value) in question.1 {
        request.metadata_mut().append(*key, value.parse().unwrap());
    }
    let mut packets = FileSyncClient::new(session).diff_copy(request).await?.into_inner();
    let mut stats = Vec::new();
    while let Some(stat) = packets.message().await?.expect("it has ended").stat {
        stats.push(stat);
    }
    let wanted = wanted(&stats);
    let mut contents = Vec::new();
    for id in wanted {
        let kind = PacketType::PacketReq.into();
        sender.send(Packet { r#type: kind, id, ..Packet::default() }).await.unwrap();
        let mut content = Vec::new();
        loop {
            let packet = packets.message().await?.ok_or_else(|| Status::unknown("it has ended"))?;
            assert_eq!((packet.r#type(), packet.id), (PacketType::PacketData, id));
            if packet.data.is_empty() {
                break;
            }
            content.extend(packet.data);
        }
        contents.push(content);
    }
    sender.send(Packet { r#type: PacketType::PacketFin.into(), ..Packet::default() }).await.unwrap();
    assert_eq!(packets.message().await?.expect("it has ended").r#type(), PacketType::PacketFin);
    assert!(packets.message().await?.is_none());
    Ok((stats, contents))
}

/// A directory with a file that is large, links out of it, and a secret beside it.
fn place() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("root");
    fs::create_dir_all(root.join("lib")).unwrap();
    fs::write(place.path().join("secret"), "secret").unwrap();
    fs::write(root.join("a.txt"), "a").unwrap();
    fs::write(root.join("lib/large"), vec![b'x'; 3 << 15]).unwrap();
    fs::write(root.join("lib/empty"), "").unwrap();
    symlink("../secret", root.join("out")).unwrap();
    symlink("..", root.join("up")).unwrap();
    place
}

/// Runs `work` with the session of a client that has a directory.
async fn with_session(docker: bool, work: Work) {
    let place = place();
    let (_engine, client) = client(work, place.path(), docker).await;
    let directories = Directories::from([("context".to_owned(), place.path().join("root"))]);
    let solved = client.solve(SolveRequest::default(), directories);
    tokio::time::timeout(Duration::from_secs(20), solved).await.expect("it hangs").unwrap();
}

#[tokio::test]
async fn files_are_served() {
    for docker in [true, false] {
        let work = |session| async move {
            let all = |stats: &[Stat]| (0..).zip(stats).filter(|(_, s)| s.mode >> 20 == 0).map(|(id, _)| id).collect();
            let (stats, contents) = ask(session, ("context", &[]), all).await?;
            let paths: Vec<&str> = stats.iter().map(|stat| stat.path.as_str()).collect();
            assert_eq!(paths, ["a.txt", "lib", "lib/empty", "lib/large", "out", "up"]);
            assert_eq!(contents.iter().map(Vec::len).collect::<Vec<_>>(), [1, 0, 3 << 15]);
            Ok(())
        };
        with_session(docker, Box::new(move |session| Box::pin(work(session)))).await;
    }
}

#[tokio::test]
async fn hostile_requests_get_nothing() {
    let work = |session: Channel| async move {
        let none = |_: &[Stat]| Vec::new();
        for question in [("dockerfile", [].as_slice()), ("", &[]), ("../context", &[]), ("/", &[])] {
            let refused = ask(session.clone(), question, none).await.unwrap_err();
            assert_eq!(refused.code(), Code::NotFound, "{question:?}");
        }
        for key in ["followpaths", "include-patterns"] {
            for path in ["../secret", "/../secret", "lib/../../secret", "up/secret", "%2e%2e%2fsecret", "out/../.."] {
                let headers = [(key, path), ("followpaths-encoded", "1"), ("include-patterns-encoded", "1")];
                let headers: &'static [(&str, &str)] = Vec::leak(headers.to_vec());
                let (stats, _) = ask(session.clone(), ("context", headers), none).await?;
                assert!(stats.iter().all(|stat| !stat.path.contains("secret") && !stat.path.contains("..")), "{path}");
            }
        }
        // a directory, a link, and places behind the end have no bytes; a file is sent once
        for ids in [[1, 1], [4, 4], [5, 5], [6, 6], [u32::MAX, 0], [0, 0]] {
            let refused = ask(session.clone(), ("context", &[]), |_| ids.to_vec()).await.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument, "{ids:?}");
        }
        Ok(())
    };
    with_session(true, Box::new(move |session| Box::pin(work(session)))).await;
}

#[tokio::test]
async fn what_was_listed_and_is_gone_is_an_error() {
    let place = place();
    let root = place.path().join("root");
    let gone = root.join("a.txt");
    let answer = Arc::new(Mutex::new(None));
    let told = Arc::clone(&answer);
    let work: Work = Box::new(move |session| {
        let (gone, told) = (gone.clone(), Arc::clone(&told));
        Box::pin(async move {
            let asked = ask(session, ("context", &[]), |_| {
                fs::remove_file(&gone).unwrap();
                vec![0]
            });
            *told.lock().unwrap() = asked.await.err();
            Ok(())
        })
    });
    let (_engine, client) = client(work, place.path(), true).await;
    client.solve(SolveRequest::default(), Directories::from([("context".to_owned(), root)])).await.unwrap();
    let status = answer.lock().unwrap().take().unwrap();
    assert!(status.message().contains("no such file"), "{status:?}");
}
