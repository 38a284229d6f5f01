//! An engine, for tests of its client: the Control API over sockets, as `buildkitd` has it and as Docker does.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use buildkit_proto::fsutil::types::Packet;
use buildkit_proto::moby::buildkit::v1 as api;
use buildkit_proto::moby::buildkit::v1::control_server::{Control, ControlServer};
use buildkit_proto::moby::buildkit::v1::frontend::llb_bridge_server::LlbBridgeServer;
use buildkit_proto::moby::buildkit::v1::types::WorkerRecord;
use buildkit_proto::pb;
use mopy::client::Endpoint;
use mopy::frontend::stdio;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tonic::codegen::BoxFuture;
use tonic::codegen::tokio_stream::wrappers::ReceiverStream;
use tonic::codegen::tokio_stream::{self, Empty};
use tonic::transport::{Channel, Server};
use tonic::{Request, Response, Status, Streaming, async_trait};

use crate::gateway::{Gateway, Log};

/// What an engine does with a solve instead of waiting for the frontend, given the session's connection.
pub(crate) type Work = Box<dyn Fn(Channel) -> BoxFuture<(), Status> + Send + Sync>;

/// What it was asked, and the sessions that it has.
#[derive(Default)]
struct State {
    solves: Mutex<Vec<api::SolveRequest>>,
    /// The build that each call of a frontend was for.
    builds: Mutex<Vec<String>>,
    sessions: Mutex<HashMap<String, Channel>>,
    log: Arc<Mutex<Log>>,
}

/// An engine that listens; its connections end with it.
pub(crate) struct Engine {
    state: Arc<State>,
    connections: mpsc::Sender<Result<DuplexStream, std::io::Error>>,
    tasks: JoinSet<()>,
}

impl Engine {
    /// One that answers frontends as `gateway` does, or does `work` for each solve.
    pub(crate) fn start(gateway: Gateway, work: Option<Work>) -> Self {
        let state = Arc::new(State::default());
        let known = Arc::clone(&state);
        let note = move |request: Request<()>| {
            let build = request.metadata().get("buildkit-controlapi-buildid");
            let build = build.ok_or_else(|| Status::unknown("no buildid found in context"))?;
            known.builds.lock().unwrap().push(build.to_str().unwrap().to_owned());
            Ok(request)
        };
        let handler = gateway.handler(Arc::clone(&state.log), Arc::new(Notify::new()));
        let (connections, incoming) = mpsc::channel(8);
        let server = Server::builder()
            .add_service(ControlServer::new(Service { state: Arc::clone(&state), work }))
            .add_service(LlbBridgeServer::with_interceptor(handler, note))
            .serve_with_incoming(ReceiverStream::new(incoming));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { drop(server.await) });
        Self { state, connections, tasks }
    }

    /// Listens as `buildkitd` does.
    pub(crate) async fn tcp(&mut self) -> Endpoint {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("tcp://{}", listener.local_addr().unwrap());
        let connections = self.connections.clone();
        self.tasks.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                open.spawn(take(stream, connections.clone()));
            }
        });
        endpoint("BUILDKIT_HOST", &address)
    }

    /// The same, on a socket of this machine.
    pub(crate) fn unix(&mut self, path: &Path) -> Endpoint {
        let (listener, connections) = (UnixListener::bind(path).unwrap(), self.connections.clone());
        self.tasks.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                open.spawn(take(stream, connections.clone()));
            }
        });
        endpoint("BUILDKIT_HOST", &format!("unix://{}", path.display()))
    }

    /// Listens as Docker does.
    pub(crate) fn docker(&mut self, path: &Path) -> Endpoint {
        let (listener, connections) = (UnixListener::bind(path).unwrap(), self.connections.clone());
        let state = Arc::clone(&self.state);
        self.tasks.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                open.spawn(upgrade(stream, connections.clone(), Arc::clone(&state)));
            }
        });
        endpoint("DOCKER_HOST", &format!("unix://{}", path.display()))
    }

    /// The solves that it was asked for.
    pub(crate) fn solves(&self) -> Vec<api::SolveRequest> {
        self.state.solves.lock().unwrap().clone()
    }

    /// The build that each call of a frontend was for.
    pub(crate) fn builds(&self) -> Vec<String> {
        self.state.builds.lock().unwrap().clone()
    }

    /// What the frontend asked for.
    pub(crate) fn log(&self) -> Log {
        std::mem::take(&mut self.state.log.lock().unwrap())
    }
}

/// The endpoint that a variable names.
pub(crate) fn endpoint(variable: &str, address: &str) -> Endpoint {
    Endpoint::find(|name| (name == variable).then(|| address.to_owned())).unwrap()
}

/// Hands a connection to the server.
async fn take<IO>(mut stream: IO, connections: mpsc::Sender<Result<DuplexStream, std::io::Error>>)
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    let (mut near, far) = tokio::io::duplex(1 << 16);
    connections.send(Ok(far)).await.unwrap();
    let _ = tokio::io::copy_bidirectional(&mut stream, &mut near).await;
}

/// Takes a connection as Docker does.
async fn upgrade<IO>(mut stream: IO, connections: mpsc::Sender<Result<DuplexStream, std::io::Error>>, state: Arc<State>)
where
    IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    assert!(head.contains("\r\nupgrade: h2c\r\n") && head.contains("\r\nconnection: upgrade\r\n"), "{head}");
    stream.write_all(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n").await.unwrap();
    if head.starts_with("post /grpc ") {
        return take(stream, connections).await;
    }
    assert!(head.starts_with("post /session "), "{head}");
    assert!(head.contains("grpc-method: /moby.filesync.v1.filesync/diffcopy"), "{head}");
    let id = head.split("session-uuid: ").nth(1).unwrap().split("\r\n").next().unwrap().to_owned();
    // through here, so that it ends with the engine
    let (mut near, far) = tokio::io::duplex(1 << 16);
    let session = async {
        let channel = stdio::connect(far).await.unwrap();
        state.sessions.lock().unwrap().insert(id, channel);
    };
    let _ = tokio::join!(session, tokio::io::copy_bidirectional(&mut stream, &mut near));
}

struct Service {
    state: Arc<State>,
    work: Option<Work>,
}

#[async_trait]
impl Control for Service {
    async fn solve(&self, request: Request<api::SolveRequest>) -> Result<Response<api::SolveResponse>, Status> {
        let request = request.into_inner();
        self.state.solves.lock().unwrap().push(request.clone());
        let Some(work) = &self.work else {
            while self.state.log.lock().unwrap().returned.is_none() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            return Ok(Response::new(api::SolveResponse::default()));
        };
        let session = loop {
            let session = self.state.sessions.lock().unwrap().get(&request.session).cloned();
            if let Some(session) = session {
                break session;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        work(session).await?;
        Ok(Response::new(api::SolveResponse::default()))
    }

    type SessionStream = ReceiverStream<Result<api::BytesMessage, Status>>;

    async fn session(
        &self,
        request: Request<Streaming<api::BytesMessage>>,
    ) -> Result<Response<Self::SessionStream>, Status> {
        let id = request.metadata().get("x-docker-expose-session-uuid").unwrap().to_str().unwrap().to_owned();
        let mut messages = request.into_inner();
        let (sender, receiver) = mpsc::channel(8);
        let (near, far) = tokio::io::duplex(1 << 16);
        let (mut output, mut input) = tokio::io::split(near);
        tokio::spawn(async move {
            while let Ok(Some(message)) = messages.message().await {
                input.write_all(&message.data).await.unwrap();
            }
        });
        tokio::spawn(async move {
            let mut buffer = vec![0; 1000];
            while let Ok(count @ 1..) = output.read(&mut buffer).await {
                if sender.send(Ok(api::BytesMessage { data: buffer[..count].to_vec() })).await.is_err() {
                    break;
                }
            }
        });
        let state = Arc::clone(&self.state);
        tokio::spawn(async move {
            let channel = stdio::connect(far).await.unwrap();
            state.sessions.lock().unwrap().insert(id, channel);
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    async fn list_workers(
        &self,
        _: Request<api::ListWorkersRequest>,
    ) -> Result<Response<api::ListWorkersResponse>, Status> {
        let platform =
            pb::Platform { os: "linux".to_owned(), architecture: "arm64".to_owned(), ..pb::Platform::default() };
        let record = WorkerRecord { id: "w".to_owned(), platforms: vec![platform], ..WorkerRecord::default() };
        Ok(Response::new(api::ListWorkersResponse { record: vec![record] }))
    }

    async fn disk_usage(&self, _: Request<api::DiskUsageRequest>) -> Result<Response<api::DiskUsageResponse>, Status> {
        Err(Status::unimplemented("not needed"))
    }

    type PruneStream = Empty<Result<api::UsageRecord, Status>>;

    async fn prune(&self, _: Request<api::PruneRequest>) -> Result<Response<Self::PruneStream>, Status> {
        Err(Status::unimplemented("not needed"))
    }

    type StatusStream = Empty<Result<api::StatusResponse, Status>>;

    async fn status(&self, _: Request<api::StatusRequest>) -> Result<Response<Self::StatusStream>, Status> {
        Err(Status::unimplemented("not needed"))
    }

    async fn info(&self, _: Request<api::InfoRequest>) -> Result<Response<api::InfoResponse>, Status> {
        Err(Status::unimplemented("not needed"))
    }

    type ListenBuildHistoryStream = Empty<Result<api::BuildHistoryEvent, Status>>;

    async fn listen_build_history(
        &self,
        _: Request<api::BuildHistoryRequest>,
    ) -> Result<Response<Self::ListenBuildHistoryStream>, Status> {
        Err(Status::unimplemented("not needed"))
    }

    async fn update_build_history(
        &self,
        _: Request<api::UpdateBuildHistoryRequest>,
    ) -> Result<Response<api::UpdateBuildHistoryResponse>, Status> {
        Err(Status::unimplemented("not needed"))
    }
}

/// A stream of requests for files that ends when its sender is dropped.
pub(crate) fn requests() -> (mpsc::Sender<Packet>, impl tokio_stream::Stream<Item = Packet>) {
    let (sender, receiver) = mpsc::channel(8);
    (sender, ReceiverStream::new(receiver))
}
