//! BuildKit's side of the connection, for tests: it answers as it is told to and remembers what it was
//! asked.

use std::collections::HashMap;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use buildkit_proto::fsutil::types::Stat;
use buildkit_proto::moby::buildkit::v1::apicaps::ApiCap;
use buildkit_proto::moby::buildkit::v1::frontend as api;
use buildkit_proto::moby::buildkit::v1::frontend::llb_bridge_server::{LlbBridge, LlbBridgeServer};
use buildkit_proto::pb;
use mopy::frontend::{Environment, build, stdio};
use prost::Message;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::unix::pipe;
use tokio::sync::Notify;
use tonic::codegen::tokio_stream;
use tonic::{Request, Response, Status, Streaming, async_trait};

pub(crate) type Nested = Box<dyn Fn(&api::SolveRequest) -> Result<api::SolveResponse, Status> + Send + Sync>;

/// What BuildKit has and how it answers.
pub(crate) struct Gateway {
    pub(crate) caps: Vec<&'static str>,
    /// The capabilities of LLB.
    pub(crate) llb: Vec<&'static str>,
    pub(crate) inputs: HashMap<String, pb::Definition>,
    /// What a file holds, or why it cannot be read.
    pub(crate) files: HashMap<String, Result<Vec<u8>, String>>,
    /// The answer to the solve with a frontend.
    pub(crate) nested: Nested,
    /// The files in the build context, if known: paths, modes, and whether patterns exclude them.
    pub(crate) tree: Option<Vec<(&'static str, u32, bool)>>,
    /// Whether definitions can be solved a second time.
    pub(crate) resolves: bool,
    /// The call (with the path it is for; a solve with what it is for, and one with a frontend is `Nested`), how many of
    /// it are answered before something goes wrong, and what.
    pub(crate) fault: Option<(&'static str, usize, Fault)>,
}

/// What goes wrong at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It fails.
    Fails,
    /// It is never answered, and the connection ends.
    Ends,
    /// It is never answered, and nothing is sent, but messages are still received.
    FallsSilent,
    /// It is answered with what is not HTTP/2.
    Garbles,
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            caps: vec!["frontend.inputs", "gateway.warnings"],
            llb: Vec::new(),
            inputs: HashMap::new(),
            files: HashMap::new(),
            nested: Box::new(|_| Ok(one("nested"))),
            tree: None,
            resolves: true,
            fault: None,
        }
    }
}

impl Gateway {
    /// One that has a file.
    pub(crate) fn with_file(path: &str, text: &str) -> Self {
        Self::default().file(path, text)
    }

    pub(crate) fn file(mut self, path: &str, text: impl AsRef<[u8]>) -> Self {
        self.files.insert(path.to_owned(), Ok(text.as_ref().to_vec()));
        self
    }

    /// What answers calls; with `end`, the connection has to end.
    pub(crate) fn handler(self, log: Arc<Mutex<Log>>, end: Arc<Notify>) -> Handler {
        Handler { gateway: self, log, steps: Mutex::default(), end }
    }

    pub(crate) fn nested(
        mut self,
        nested: impl Fn(&api::SolveRequest) -> Result<api::SolveResponse, Status> + Send + Sync + 'static,
    ) -> Self {
        self.nested = Box::new(nested);
        self
    }
}

/// What BuildKit was asked.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) calls: Vec<&'static str>,
    /// Whether something has gone wrong as it was to.
    pub(crate) is_faulty: bool,
    /// Everything that the frontend has sent.
    pub(crate) sent: Vec<u8>,
    pub(crate) nested: Vec<api::SolveRequest>,
    pub(crate) definitions: Vec<pb::Definition>,
    pub(crate) warnings: Vec<api::WarnRequest>,
    pub(crate) returned: Option<api::ReturnRequest>,
}

impl Log {
    /// The error that the build has ended with.
    #[track_caller]
    pub(crate) fn error(&self) -> &buildkit_proto::google::rpc::Status {
        self.returned.as_ref().expect("nothing was returned").error.as_ref().expect("there is no error")
    }

    /// The result that the build has ended with.
    #[track_caller]
    pub(crate) fn result(&self) -> &api::Result {
        let returned = self.returned.as_ref().expect("nothing was returned");
        assert_eq!(returned.error, None);
        returned.result.as_ref().expect("there is no result")
    }

    /// A part of the result's metadata, as text.
    #[track_caller]
    pub(crate) fn metadata(&self, key: &str) -> String {
        String::from_utf8(self.result().metadata[key].clone()).unwrap()
    }
}

/// A result with one ref.
pub(crate) fn one(id: &str) -> api::SolveResponse {
    result(api::result::Result::Ref(api::Ref { id: id.to_owned(), def: None }))
}

/// A result that holds `refs`.
pub(crate) fn result(refs: api::result::Result) -> api::SolveResponse {
    let result = api::Result { result: Some(refs), ..api::Result::default() };
    api::SolveResponse { result: Some(result), ..api::SolveResponse::default() }
}

/// A result that is nothing but text.
pub(crate) fn answer(json: &str) -> api::SolveResponse {
    let metadata = HashMap::from([("result.json".to_owned(), json.as_bytes().to_vec())]);
    let result = api::Result { metadata, ..api::Result::default() };
    api::SolveResponse { result: Some(result), ..api::SolveResponse::default() }
}

pub(crate) fn environment(options: &[(&str, &str)]) -> Environment {
    let options = options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Environment { options, session: "session".to_owned(), workers: String::new() }
}

/// One build against `gateway`.
pub(crate) async fn run(gateway: Gateway, options: &[(&str, &str)]) -> (Result<(), Status>, Log) {
    let (client, server) = tokio::io::duplex(1 << 16);
    let serving = Serving::start(gateway, server);
    let work = async {
        let channel = stdio::connect(client).await.map_err(|error| Status::unavailable(error.to_string()))?;
        build(channel, &environment(options)).await
    };
    let outcome = tokio::time::timeout(Duration::from_secs(20), work).await.expect("the build hangs");
    (outcome, serving.stop())
}

/// One build that comes to an end.
pub(crate) async fn log(gateway: Gateway, options: &[(&str, &str)]) -> Log {
    let (outcome, log) = run(gateway, options).await;
    outcome.unwrap();
    log
}

/// A server at work.
pub(crate) struct Serving {
    log: Arc<Mutex<Log>>,
    task: tokio::task::JoinHandle<()>,
}

/// The program itself over pipes, as BuildKit starts it, in a group of processes of its own.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mopy"));
    command.env_clear().env("BUILDKIT_WORKERS", "[]").process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Serving {
    pub(crate) fn start<IO>(gateway: Gateway, io: IO) -> Self
    where
        IO: AsyncRead + AsyncWrite + Send + 'static,
    {
        let (output, input) = tokio::io::split(io);
        Self::start_with(gateway, output, input)
    }

    /// What the frontend writes comes out of `output`, and what it reads goes into `input`.
    fn start_with<O, I>(gateway: Gateway, mut output: O, mut input: I) -> Self
    where
        O: AsyncRead + Send + Unpin + 'static,
        I: AsyncWrite + Send + Unpin + 'static,
    {
        let log = Arc::<Mutex<Log>>::default();
        let sent = Arc::clone(&log);
        let end = Arc::new(Notify::new());
        let fault = gateway.fault.map(|(.., fault)| fault);
        let handler = gateway.handler(Arc::clone(&log), Arc::clone(&end));
        // between the two, so that the connection can end in the middle of a call
        let (near, far) = tokio::io::duplex(1 << 16);
        let server = tonic::transport::Server::builder()
            .add_service(LlbBridgeServer::new(handler))
            .serve_with_incoming(tokio_stream::once(Ok::<_, std::io::Error>(far)));
        // ends when it has taken the connection, and goes on serving it
        tokio::spawn(server);
        let task = tokio::spawn(async move {
            let (mut from_server, mut to_server) = tokio::io::split(near);
            let mut buffer = vec![0; 1 << 16];
            let mut take = async |is_served: bool| {
                while let Ok(count @ 1..) = output.read(&mut buffer).await {
                    sent.lock().unwrap().sent.extend_from_slice(&buffer[..count]);
                    if is_served && to_server.write_all(&buffer[..count]).await.is_err() {
                        break;
                    }
                }
            };
            tokio::select! {
                () = take(true) => return,
                _ = tokio::io::copy(&mut from_server, &mut input) => return,
                () = end.notified() => {}
            }
            match fault {
                Some(Fault::FallsSilent) => {
                    drop(input);
                    take(false).await;
                }
                Some(Fault::Garbles) => {
                    let _ = input.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
                    take(false).await;
                }
                _ => {}
            }
        });
        Self { log, task }
    }

    /// Starts the program itself against `gateway`, over pipes as BuildKit does.
    pub(crate) fn program(gateway: Gateway) -> (Child, Self) {
        let mut child = program().env("BUILDKIT_FRONTEND_OPT_0", "filename=Mopyfile.yaml").spawn().unwrap();
        let output = pipe::Receiver::from_owned_fd(child.stdout.take().unwrap().into()).unwrap();
        let input = pipe::Sender::from_owned_fd(child.stdin.take().unwrap().into()).unwrap();
        (child, Self::start_with(gateway, output, input))
    }

    /// What it was asked until the frontend has ended.
    #[allow(dead_code, reason = "a benchmark does not look at it")]
    pub(crate) async fn ended(mut self) -> Log {
        (&mut self.task).await.unwrap();
        self.stop()
    }

    pub(crate) fn stop(self) -> Log {
        self.task.abort();
        std::mem::take(&mut self.log.lock().unwrap())
    }
}

pub(crate) struct Handler {
    gateway: Gateway,
    log: Arc<Mutex<Log>>,
    /// How many calls there were, by their names for faults.
    steps: Mutex<HashMap<String, usize>>,
    end: Arc<Notify>,
}

/// The modes of a directory and of a symbolic link in Go's `io/fs`.
pub(crate) const DIRECTORY: u32 = 1 << 31;
pub(crate) const LINK: u32 = 1 << 27;

impl Handler {
    /// The files in the build context in the ref `id`, without those that its patterns exclude.
    fn tree(&self, id: &str) -> Result<Vec<Stat>, Status> {
        let tree = self.gateway.tree.as_ref().ok_or_else(|| Status::unimplemented("not needed"))?;
        let number: usize = id.trim_start_matches("solved-").parse().unwrap();
        let definition = self.log.lock().unwrap().definitions[number - 1].clone();
        let op = pb::Op::decode(definition.def[0].as_slice()).unwrap();
        let Some(pb::op::Op::Source(source)) = op.op else { panic!("{op:?}") };
        let leaves_out = source.attrs.contains_key("local.excludepatterns");
        let there = tree.iter().filter(|(_, _, ignored)| !(leaves_out && *ignored));
        Ok(there.map(|(path, mode, _)| Stat { path: (*path).to_owned(), mode: *mode, ..Stat::default() }).collect())
    }

    async fn called(&self, name: &'static str) -> Result<(), Status> {
        self.log.lock().unwrap().calls.push(name);
        self.reached(name).await
    }

    async fn called_for(&self, name: &'static str, path: &str) -> Result<(), Status> {
        self.log.lock().unwrap().calls.push(name);
        self.reached(&format!("{name} {}", path.trim_matches('/'))).await
    }

    /// Goes wrong where it is to.
    async fn reached(&self, step: &str) -> Result<(), Status> {
        let answered = {
            let mut steps = self.steps.lock().unwrap();
            let count = steps.entry(step.to_owned()).or_default();
            *count += 1;
            *count - 1
        };
        let Some((.., fault)) = self.gateway.fault.filter(|(name, number, _)| (*name, *number) == (step, answered))
        else {
            return Ok(());
        };
        self.log.lock().unwrap().is_faulty = true;
        if fault == Fault::Fails {
            return Err(Status::unknown("it failed"));
        }
        self.end.notify_one();
        std::future::pending().await
    }
}

/// A solve, by what it is for: a directory of the client, steps with their places, or the Dockerfile frontend.
fn solved(request: &api::SolveRequest) -> String {
    let Some(definition) = &request.definition else { return "Nested".to_owned() };
    match pb::Op::decode(definition.def[0].as_slice()).unwrap().op {
        Some(pb::op::Op::Source(source)) => {
            format!("Solve {}", source.attrs.get("local.sharedkeyhint").unwrap_or(&source.identifier))
        }
        _ => "Solve steps".to_owned(),
    }
}

#[async_trait]
impl LlbBridge for Handler {
    async fn ping(&self, _: Request<api::PingRequest>) -> Result<Response<api::PongResponse>, Status> {
        self.called("Ping").await?;
        let cap = |id: &&str| ApiCap { id: (*id).to_owned(), enabled: true, ..ApiCap::default() };
        let disabled = ApiCap { id: "disabled".to_owned(), ..ApiCap::default() };
        let frontend_api_caps = self.gateway.caps.iter().map(cap).chain([disabled]).collect();
        let llb_caps = self.gateway.llb.iter().map(cap).collect();
        Ok(Response::new(api::PongResponse { frontend_api_caps, llb_caps, ..api::PongResponse::default() }))
    }

    async fn inputs(&self, _: Request<api::InputsRequest>) -> Result<Response<api::InputsResponse>, Status> {
        self.called("Inputs").await?;
        let definitions = self.gateway.inputs.clone();
        Ok(Response::new(api::InputsResponse { definitions }))
    }

    async fn solve(&self, request: Request<api::SolveRequest>) -> Result<Response<api::SolveResponse>, Status> {
        self.log.lock().unwrap().calls.push("Solve");
        self.reached(&solved(request.get_ref())).await?;
        let request = request.into_inner();
        assert!(request.allow_result_return && request.allow_result_array_ref);
        if let Some(definition) = request.definition {
            assert_eq!(request.frontend, "", "a definition or a frontend, never both");
            let mut log = self.log.lock().unwrap();
            log.definitions.push(definition);
            if !log.nested.is_empty() && !self.gateway.resolves {
                return Err(Status::invalid_argument("no"));
            }
            return Ok(Response::new(one(&format!("solved-{}", log.definitions.len()))));
        }
        let response = (self.gateway.nested)(&request);
        self.log.lock().unwrap().nested.push(request);
        response.map(Response::new)
    }

    async fn read_file(
        &self,
        request: Request<api::ReadFileRequest>,
    ) -> Result<Response<api::ReadFileResponse>, Status> {
        let request = request.into_inner();
        self.called_for("ReadFile", &request.file_path).await?;
        let missing = Err(format!("open {}: no such file or directory", request.file_path));
        let length = usize::try_from(request.range.expect("a limit").length).unwrap();
        let mut data =
            self.gateway.files.get(&request.file_path).cloned().unwrap_or(missing).map_err(Status::unknown)?;
        data.truncate(length);
        Ok(Response::new(api::ReadFileResponse { data }))
    }

    async fn warn(&self, request: Request<api::WarnRequest>) -> Result<Response<api::WarnResponse>, Status> {
        self.called("Warn").await?;
        self.log.lock().unwrap().warnings.push(request.into_inner());
        Ok(Response::new(api::WarnResponse {}))
    }

    async fn r#return(&self, request: Request<api::ReturnRequest>) -> Result<Response<api::ReturnResponse>, Status> {
        self.called("Return").await?;
        let earlier = self.log.lock().unwrap().returned.replace(request.into_inner());
        assert_eq!(earlier, None, "a build ends once");
        Ok(Response::new(api::ReturnResponse {}))
    }

    async fn resolve_image_config(
        &self,
        _: Request<api::ResolveImageConfigRequest>,
    ) -> Result<Response<api::ResolveImageConfigResponse>, Status> {
        Err(Status::unimplemented("not needed"))
    }

    async fn resolve_source_meta(
        &self,
        _: Request<api::ResolveSourceMetaRequest>,
    ) -> Result<Response<api::ResolveSourceMetaResponse>, Status> {
        Err(Status::unimplemented("not needed"))
    }

    async fn read_dir(&self, request: Request<api::ReadDirRequest>) -> Result<Response<api::ReadDirResponse>, Status> {
        let request = request.into_inner();
        self.called_for("ReadDir", &request.dir_path).await?;
        let mut entries = self.tree(&request.r#ref)?;
        let directory = request.dir_path.trim_matches('/');
        entries.retain_mut(|entry| {
            let (parent, name) = entry.path.rsplit_once('/').unwrap_or(("", &entry.path));
            let (parent, name) = (parent.to_owned(), name.to_owned());
            entry.path = name;
            parent == directory
        });
        Ok(Response::new(api::ReadDirResponse { entries }))
    }

    async fn stat_file(
        &self,
        request: Request<api::StatFileRequest>,
    ) -> Result<Response<api::StatFileResponse>, Status> {
        let request = request.into_inner();
        self.called_for("StatFile", &request.path).await?;
        let path = request.path.trim_matches('/');
        let found = self.tree(&request.r#ref)?.into_iter().find(|stat| stat.path == path && stat.mode != LINK);
        let missing = || Status::unknown(format!("lstat {path}: no such file or directory"));
        Ok(Response::new(api::StatFileResponse { stat: Some(found.ok_or_else(missing)?) }))
    }

    async fn evaluate(&self, _: Request<api::EvaluateRequest>) -> Result<Response<api::EvaluateResponse>, Status> {
        Err(Status::unimplemented("not needed"))
    }

    async fn new_container(
        &self,
        _: Request<api::NewContainerRequest>,
    ) -> Result<Response<api::NewContainerResponse>, Status> {
        Err(Status::unimplemented("not needed"))
    }

    async fn release_container(
        &self,
        _: Request<api::ReleaseContainerRequest>,
    ) -> Result<Response<api::ReleaseContainerResponse>, Status> {
        Err(Status::unimplemented("not needed"))
    }

    type ExecProcessStream = tokio_stream::Empty<Result<api::ExecMessage, Status>>;

    async fn exec_process(
        &self,
        _: Request<Streaming<api::ExecMessage>>,
    ) -> Result<Response<Self::ExecProcessStream>, Status> {
        Err(Status::unimplemented("not needed"))
    }

    async fn read_file_container(
        &self,
        _: Request<api::ReadFileRequest>,
    ) -> Result<Response<api::ReadFileResponse>, Status> {
        Err(Status::unimplemented("not needed"))
    }

    async fn read_dir_container(
        &self,
        _: Request<api::ReadDirRequest>,
    ) -> Result<Response<api::ReadDirResponse>, Status> {
        Err(Status::unimplemented("not needed"))
    }

    async fn stat_file_container(
        &self,
        _: Request<api::StatFileRequest>,
    ) -> Result<Response<api::StatFileResponse>, Status> {
        Err(Status::unimplemented("not needed"))
    }
}
