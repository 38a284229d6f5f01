//! Arbitrary answers of BuildKit to the frontend, as bytes on the wire.
//!
//! An input is the options of the build, one in a line, and then answers, with [`SEPARATOR`] between them. The first
//! byte of an answer says to which call it belongs (see [`CALLS`]), the second what it is: `=` a message, `!` an error
//! with a code and details, `?` an error with a message. A call that has no answer left gets one that is right.

use std::collections::{HashMap, VecDeque};
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use buildkit_proto::fsutil::types::Stat;
use buildkit_proto::google::rpc;
use buildkit_proto::moby::buildkit::v1::apicaps::ApiCap;
use buildkit_proto::moby::buildkit::v1::frontend as api;
use buildkit_proto::pb;
use mopy::frontend::{Environment, build, stdio};
use prost::Message;
use prost::bytes::{Buf, BufMut};
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::{Body, BoxFuture, Service, StdError, http, tokio_stream};
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::{Code, Request, Response, Status};

pub(crate) const SEPARATOR: &[u8] = b"\n---\n";

/// The calls of the protocol; a solve with a frontend is `N`.
const CALLS: [(&str, u8); 8] = [
    ("Ping", b'P'),
    ("Inputs", b'I'),
    ("Solve", b'S'),
    ("ReadFile", b'F'),
    ("StatFile", b'T'),
    ("ReadDir", b'D'),
    ("Warn", b'W'),
    ("Return", b'R'),
];

const NESTED: u8 = b'N';

/// It names files, installs something, and is warned about.
const MOPYFILE: &str = "python: 3.8\nproject: ./app/\npip: [./requirements.txt, six]\n";

/// More than any answer that is sent back has.
const LARGEST: usize = 4 << 20;

/// One build with the answers of `data`: it comes to an end, which BuildKit is told once and can read.
pub(crate) fn check(data: &[u8]) {
    let mut parts = split(data).into_iter();
    let environment = environment(parts.next().unwrap_or_default());
    let mut answers = Answers::new();
    for part in parts {
        if let Some((call, answer)) = part.split_first() {
            answers.entry(*call).or_default().push_back(answer.to_vec());
        }
    }
    // what these are answered is all that the frontend ever learns of its BuildKit, so it may end without a word
    let is_gone = answers.contains_key(&b'P') || answers.contains_key(&b'R');
    let is_foreign = answers.contains_key(&NESTED);
    let log = Arc::new(Mutex::new(Vec::new()));
    let gateway = Gateway { answers: Arc::new(Mutex::new(answers)), log: Arc::clone(&log) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = runtime.block_on(async {
        let (client, server) = tokio::io::duplex(1 << 16);
        let server = tonic::transport::Server::builder()
            .add_service(gateway)
            .serve_with_incoming(tokio_stream::once(Ok::<_, std::io::Error>(server)));
        tokio::spawn(server);
        let channel = stdio::connect(client).await.unwrap();
        tokio::time::timeout(Duration::from_secs(20), build(channel, &environment)).await.expect("the build hangs")
    });
    drop(runtime);
    let mut calls = std::mem::take(&mut *log.lock().unwrap());
    if outcome.is_err() {
        assert!(is_gone, "{outcome:?}");
        calls.retain(|(call, _)| *call != b'R');
    } else {
        let (call, returned) = calls.pop().unwrap();
        assert_eq!(call, b'R', "nothing is asked for when the build has ended");
        check_returned(&returned, is_foreign);
    }
    assert!(calls.iter().all(|(call, _)| *call != b'R'), "a build ends once");
}

/// What ends a build is a result or an error, and not both.
fn check_returned(bytes: &[u8], is_foreign: bool) {
    assert!(bytes.len() < LARGEST);
    let returned = Returned::decode(bytes).unwrap();
    match (returned.result, returned.error) {
        (Some(result), None) => match api::Result::decode(result.as_slice()) {
            Ok(result) => check_result(&result),
            // attestations go through as they came
            Err(error) => assert!(is_foreign, "{error}"),
        },
        (None, Some(error)) => {
            assert_ne!(error.code, 0, "zero is not an error");
            assert!(error.details.iter().any(|detail| detail.type_url.ends_with("/errdefs.Source+json")));
        }
        both => panic!("{both:?}"),
    }
}

/// The server follows what it takes for a pointer in each entry of a map.
fn check_result(result: &api::Result) {
    if let Some(api::result::Result::Refs(map)) = &result.result {
        assert!(map.refs.values().all(|one| one.def.is_some() || !one.id.is_empty()));
    }
    assert!(result.attestations.values().all(|list| !list.attestation.is_empty()));
}

/// `frontend.ReturnRequest`
#[derive(Clone, PartialEq, Message)]
struct Returned {
    #[prost(bytes = "vec", optional, tag = "1")]
    result: Option<Vec<u8>>,
    #[prost(message, optional, tag = "2")]
    error: Option<rpc::Status>,
}

fn split(mut data: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    while let Some(at) = data.windows(SEPARATOR.len()).position(|window| window == SEPARATOR) {
        parts.push(&data[..at]);
        data = &data[at + SEPARATOR.len()..];
    }
    parts.push(data);
    parts
}

/// The options of a build; one without a sign of equality is the workers' list.
fn environment(lines: &[u8]) -> Environment {
    let mut environment = Environment { session: "session".to_owned(), ..Environment::default() };
    for line in String::from_utf8_lossy(lines).lines() {
        match line.split_once('=') {
            Some((key, value)) => drop(environment.options.insert(key.to_owned(), value.to_owned())),
            None => line.clone_into(&mut environment.workers),
        }
    }
    environment
}

/// The answers that are left for each call.
type Answers = HashMap<u8, VecDeque<Vec<u8>>>;

/// A call and its request.
type Call = (u8, Vec<u8>);

/// BuildKit, and what it was asked.
#[derive(Clone)]
struct Gateway {
    answers: Arc<Mutex<Answers>>,
    log: Arc<Mutex<Vec<Call>>>,
}

impl Gateway {
    fn answer(&self, method: &str, request: &[u8]) -> Result<Vec<u8>, Status> {
        let (_, mut call) = CALLS.into_iter().find(|(name, _)| *name == method).expect("a call that is known");
        if call == b'S' {
            let request = api::SolveRequest::decode(request).map_err(|error| Status::internal(error.to_string()))?;
            if !request.frontend.is_empty() {
                call = NESTED;
            }
        }
        self.log.lock().unwrap().push((call, request.to_vec()));
        let answer = self.answers.lock().unwrap().get_mut(&call).and_then(VecDeque::pop_front);
        let Some(answer) = answer else { return right(call, request) };
        match answer.split_first() {
            Some((b'!', rest)) => {
                let (code, details) = rest.split_first().unwrap_or((&2, &[]));
                let code = Code::from(i32::from(*code).max(1));
                Err(Status::with_details(code, "it failed", details.to_vec().into()))
            }
            Some((b'?', message)) => Err(Status::unknown(String::from_utf8_lossy(message))),
            Some((_, message)) => Ok(message.to_vec()),
            None => Ok(Vec::new()),
        }
    }
}

/// What a BuildKit that has everything says.
fn right(call: u8, request: &[u8]) -> Result<Vec<u8>, Status> {
    let solved = |one: api::Ref| {
        let result = api::Result { result: Some(api::result::Result::Ref(one)), ..api::Result::default() };
        api::SolveResponse { result: Some(result), ..api::SolveResponse::default() }.encode_to_vec()
    };
    let cap = |id: &str| ApiCap { id: id.to_owned(), enabled: true, ..ApiCap::default() };
    Ok(match call {
        b'P' => {
            let caps = ["frontend.inputs", "gateway.warnings"].map(cap).to_vec();
            api::PongResponse { frontend_api_caps: caps, ..api::PongResponse::default() }.encode_to_vec()
        }
        b'S' => solved(api::Ref { id: "solved".to_owned(), def: None }),
        NESTED => solved(api::Ref { id: "nested".to_owned(), def: Some(definition()) }),
        b'F' => {
            let path = api::ReadFileRequest::decode(request).unwrap().file_path;
            if path.ends_with(".dockerignore") {
                return Err(Status::unknown(format!("open {path}: no such file or directory")));
            }
            api::ReadFileResponse { data: MOPYFILE.as_bytes().to_vec() }.encode_to_vec()
        }
        b'T' => {
            let is_file = api::StatFileRequest::decode(request).unwrap().path.contains('.');
            let mode = if is_file { 0 } else { 1 << 31 };
            api::StatFileResponse { stat: Some(Stat { mode, ..Stat::default() }) }.encode_to_vec()
        }
        _ => Vec::new(),
    })
}

/// A step that comes from a line of the generated Dockerfile.
fn definition() -> pb::Definition {
    let at = Some(pb::Position { line: 9, character: 0 });
    let location = pb::Location { source_index: 0, ranges: vec![pb::Range { start: at, end: at }] };
    let info = pb::SourceInfo { filename: "Mopyfile.yaml.Dockerfile".to_owned(), ..pb::SourceInfo::default() };
    let locations = [("d".to_owned(), pb::Locations { locations: vec![location] })].into();
    let description = [("llb.customname".to_owned(), "[builder 2/4] RUN x".to_owned())].into();
    pb::Definition {
        def: vec![vec![0x42, 0]],
        metadata: [("d".to_owned(), pb::OpMetadata { description, ..pb::OpMetadata::default() })].into(),
        source: Some(pb::Source { locations, infos: vec![info] }),
    }
}

impl NamedService for Gateway {
    const NAME: &'static str = "moby.buildkit.v1.frontend.LLBBridge";
}

impl<B> Service<http::Request<B>> for Gateway
where
    B: Body + Send + 'static,
    B::Error: Into<StdError> + Send + 'static,
{
    type Response = http::Response<tonic::body::Body>;
    type Error = std::convert::Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let method = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
        let method = Method { gateway: self.clone(), name: method };
        Box::pin(async move {
            let mut grpc = Grpc::new(Bytes).apply_max_message_size_config(Some(64 << 20), None);
            Ok(grpc.unary(method, request).await)
        })
    }
}

struct Method {
    gateway: Gateway,
    name: String,
}

impl UnaryService<Vec<u8>> for Method {
    type Response = Vec<u8>;
    type Future = Ready<Result<Response<Vec<u8>>, Status>>;

    fn call(&mut self, request: Request<Vec<u8>>) -> Self::Future {
        ready(self.gateway.answer(&self.name, request.get_ref()).map(Response::new))
    }
}

/// Messages that stay bytes.
#[derive(Clone, Copy, Default)]
struct Bytes;

impl Codec for Bytes {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let mut bytes = vec![0; buffer.remaining()];
        buffer.copy_to_slice(&mut bytes);
        Ok(Some(bytes))
    }
}

/// Without an answer of the input, the build goes through all of the protocol.
#[test]
fn right_answers_lead_to_an_image() {
    check(b"filename=Mopyfile.yaml");
    check(b"filename=Mopyfile.yaml\n---\nN!\x02x\n---\nF?no such file or directory\n---\nP=x");
}
