//! A session: a connection on which the engine asks its client for files (`session/session.go`).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use buildkit_proto::health::health_check_response::ServingStatus;
use buildkit_proto::health::health_server::{Health, HealthServer};
use buildkit_proto::health::{HealthCheckRequest, HealthCheckResponse, HealthListRequest, HealthListResponse};
use buildkit_proto::moby::buildkit::v1::BytesMessage;
use buildkit_proto::moby::buildkit::v1::control_client::ControlClient;
use buildkit_proto::moby::filesync::v1::file_sync_server::FileSyncServer;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tonic::codegen::Service;
use tonic::codegen::tokio_stream::Empty;
use tonic::codegen::tokio_stream::wrappers::ReceiverStream;
use tonic::metadata::{AsciiMetadataKey, AsciiMetadataValue};
use tonic::transport::Channel;
use tonic::{Request, Response, Status, async_trait};

use super::connection::{Stream, upgraded};
use super::endpoint::Engine;
use super::filesync::Files;
use super::{Endpoint, Error, PATIENCE, digest, id};

/// The directories that a solve may ask for, by their names, such as `context`.
pub type Directories = BTreeMap<String, PathBuf>;

/// What the engine may call (`session/grpc.go`, `session/filesync/filesync.go`).
const METHODS: [&str; 2] = ["/grpc.health.v1.Health/Check", "/moby.filesync.v1.FileSync/DiffCopy"];

/// The patterns of an ignore file arrive as headers; hyper takes 16 KiB by default.
const HEADER_LIST: u32 = 16 << 20;

/// What a pipe in this process holds.
const BUFFER: usize = 32 << 10;

/// A session at work, until it is dropped.
pub(super) struct Session {
    id: String,
    /// Each of them ends with the connection.
    tasks: JoinSet<()>,
    /// How many there were.
    started: usize,
}

impl Session {
    /// Starts a session in which `directories` can be asked for. `channel` is a connection to the Control API.
    pub(super) async fn open(endpoint: &Endpoint, channel: &Channel, directories: Directories) -> Result<Self, Error> {
        let id = id()?;
        let mut headers = vec![
            ("x-docker-expose-session-uuid", id.clone()),
            ("x-docker-expose-session-name", "mopy".to_owned()),
            // the engine keeps what it was sent for the next session with the same key
            ("x-docker-expose-session-sharedkey", shared_key(&directories)),
        ];
        headers.extend(METHODS.map(|method| ("x-docker-expose-session-grpc-method", method.to_owned())));
        let mut tasks = JoinSet::new();
        let stream = match endpoint.engine {
            Engine::Docker => upgraded(endpoint, "/session", &headers).await?,
            Engine::BuildKit => {
                let opened = timeout(PATIENCE, tunnel(channel, &headers, &mut tasks)).await;
                let opened = opened.unwrap_or_else(|_| Err(Status::deadline_exceeded("it opens no session")));
                let unsuitable = |status: Status| Error::Unsuitable(endpoint.clone(), status.message().to_owned());
                Box::new(opened.map_err(unsuitable)?)
            }
        };
        tasks.spawn(serve(stream, Arc::new(directories)));
        Ok(Self { id, started: tasks.len(), tasks })
    }

    /// What the engine knows it by.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Waits for its end; returns at once when that was waited for before.
    pub(super) async fn ended(&mut self) {
        if self.tasks.len() == self.started {
            self.tasks.join_next().await;
        }
    }
}

fn shared_key(directories: &Directories) -> String {
    let paths = directories.values().map(|path| path.canonicalize().unwrap_or_else(|_| path.clone()));
    digest(&paths.map(|path| format!("{}\0", path.display())).collect::<String>())
}

/// Bytes that go through messages of the Control API (`session/grpchijack`).
async fn tunnel(
    channel: &Channel,
    headers: &[(&str, String)],
    tasks: &mut JoinSet<()>,
) -> Result<DuplexStream, Status> {
    let (outgoing, messages) = mpsc::channel(1);
    let mut request = Request::new(ReceiverStream::new(messages));
    for (name, value) in headers {
        let (Ok(name), Ok(value)) = (name.parse::<AsciiMetadataKey>(), value.parse::<AsciiMetadataValue>()) else {
            return Err(Status::invalid_argument(format!("`{name}: {value}` is no header")));
        };
        request.metadata_mut().append(name, value);
    }
    let mut incoming = ControlClient::new(channel.clone()).session(request).await?.into_inner();
    let (near, far) = tokio::io::duplex(BUFFER);
    let (mut output, mut input) = tokio::io::split(near);
    tasks.spawn(async move {
        while let Ok(Some(message)) = incoming.message().await {
            if input.write_all(&message.data).await.is_err() {
                break;
            }
        }
    });
    tasks.spawn(async move {
        let mut buffer = vec![0; BUFFER];
        while let Ok(count @ 1..) = output.read(&mut buffer).await {
            if outgoing.send(BytesMessage { data: buffer[..count].to_vec() }).await.is_err() {
                break;
            }
        }
    });
    Ok(far)
}

/// Answers on `stream`, whose other side is the HTTP/2 client, until it ends.
async fn serve(stream: Box<dyn Stream>, directories: Arc<Directories>) {
    let files = FileSyncServer::new(Files(directories));
    let health = HealthServer::new(Alive);
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let (mut files, mut health) = (files.clone(), health.clone());
        async move {
            if request.uri().path().starts_with("/grpc.health.v1.Health/") {
                health.call(request).await
            } else {
                // which says of other services that there are none
                files.call(request).await
            }
        }
    });
    let server = http2::Builder::new(TokioExecutor::new()).max_header_list_size(HEADER_LIST).clone();
    // however it ends, the session has ended
    let _ = server.serve_connection(TokioIo::new(stream), service).await;
}

/// Says that the client is there; the engine asks every few seconds.
struct Alive;

#[async_trait]
impl Health for Alive {
    async fn check(&self, _: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        Ok(Response::new(HealthCheckResponse { status: ServingStatus::Serving.into() }))
    }

    async fn list(&self, _: Request<HealthListRequest>) -> Result<Response<HealthListResponse>, Status> {
        Err(Status::unimplemented("there is nothing to list"))
    }

    type WatchStream = Empty<Result<HealthCheckResponse, Status>>;

    async fn watch(&self, _: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        Err(Status::unimplemented("there is nothing to watch"))
    }
}
