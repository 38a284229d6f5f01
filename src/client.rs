//! A client of BuildKit's Control API, which `buildkitd` and Docker's engine have (`api/services/control`,
//! `client/build.go`). It asks for solves, answers as their frontend, and serves the files that a solve asks for,
//! over a session.

mod connection;
pub mod endpoint;
mod filesync;
mod session;
mod tree;

use std::fmt;
use std::pin::pin;
use std::time::Duration;

use buildkit_proto::moby::buildkit::v1::control_client::ControlClient;
use buildkit_proto::moby::buildkit::v1::{ListWorkersRequest, SolveRequest, SolveResponse};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::timeout;
use tonic::Status;
use tonic::transport::Channel;

pub use endpoint::Endpoint;
pub use session::Directories;
use session::Session;

/// How long an engine may take to answer what it answers without any work.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long the end of a connection may take to be seen when a call has failed because of it.
const MOMENT: Duration = Duration::from_millis(200);

/// Why an engine could not be asked, or has not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// An address that this client has no way to, and what is wrong with it.
    Address(String),
    /// Nothing answers at an address, with the reason.
    Unreachable(Endpoint, String),
    /// What answers at an address is not BuildKit, or too old a one, with what it said.
    Unsuitable(Endpoint, String),
    /// The engine went away, with the failure that this showed as.
    Lost(Endpoint, String),
    /// What the engine says about a solve that it cannot do.
    Solve(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(wrong) => f.write_str(wrong),
            Self::Unreachable(endpoint, reason) => write!(f, "no BuildKit answers at {endpoint}: {reason}"),
            Self::Unsuitable(endpoint, reason) => {
                write!(f, "what answers at {endpoint} is not BuildKit, or one older than v0.8: {reason}")
            }
            Self::Lost(endpoint, reason) => write!(f, "the BuildKit at {endpoint} went away: {reason}"),
            Self::Solve(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {}

/// A connection to an engine.
#[derive(Clone, Debug)]
pub struct Client {
    endpoint: Endpoint,
    channel: Channel,
    workers: String,
}

/// A solve that waits for its frontend.
#[derive(Clone, Debug)]
pub struct Build {
    /// The connection that the engine's gateway answers on.
    pub channel: Channel,
    /// What the gateway knows the solve by.
    pub id: String,
    /// The session with the directories.
    pub session: String,
}

impl Client {
    /// Connects, and asks for the engine's workers.
    ///
    /// # Errors
    ///
    /// Nothing answers in time, or what answers is not BuildKit.
    pub async fn connect(endpoint: &Endpoint) -> Result<Self, Error> {
        let channel = connection::control(endpoint).await?;
        let unsuitable = |reason: &str| Error::Unsuitable(endpoint.clone(), reason.to_owned());
        let mut control = ControlClient::new(channel.clone());
        let workers = timeout(PATIENCE, control.list_workers(ListWorkersRequest::default()))
            .await
            .map_err(|_| unsuitable("it does not answer"))?
            .map_err(|status| unsuitable(status.message()))?;
        let platform = |platform: buildkit_proto::pb::Platform| json!({ "os": platform.os, "architecture": platform.architecture, "variant": platform.variant });
        let workers: Value = workers
            .into_inner()
            .record
            .into_iter()
            .map(|worker| {
                let platforms = worker.platforms.into_iter().map(platform);
                json!({ "id": worker.id, "platforms": platforms.collect::<Value>() })
            })
            .collect();
        Ok(Self { endpoint: endpoint.clone(), channel, workers: workers.to_string() })
    }

    /// The workers and their platforms, in the JSON that frontends are told them in (`client/workers.go`).
    #[must_use]
    pub fn workers(&self) -> &str {
        &self.workers
    }

    /// Solves `request`, which may use `directories`; its `ref` and `session` are set here.
    ///
    /// # Errors
    ///
    /// What the engine says, or that it went away.
    pub async fn solve(&self, request: SolveRequest, directories: Directories) -> Result<SolveResponse, Error> {
        let mut session = Session::open(&self.endpoint, &self.channel, directories).await?;
        let request = SolveRequest { r#ref: id()?, session: session.id().to_owned(), ..request };
        let solved = self.control().solve(request).await;
        match solved {
            Ok(response) => Ok(response.into_inner()),
            Err(status) => Err(self.failed(&mut session, &status).await),
        }
    }

    /// Solves what `frontend` makes of a solve that may use `directories`. It has to end that solve itself, as
    /// [`crate::frontend::llb`] does.
    ///
    /// # Errors
    ///
    /// Those of `frontend`, what the engine says, or that it went away.
    pub async fn answer<T>(
        &self,
        directories: Directories,
        frontend: impl AsyncFnOnce(Build) -> Result<T, Status>,
    ) -> Result<T, Error> {
        let mut session = Session::open(&self.endpoint, &self.channel, directories).await?;
        let build = Build { channel: self.channel.clone(), id: id()?, session: session.id().to_owned() };
        let request = SolveRequest {
            r#ref: build.id.clone(),
            session: build.session.clone(),
            // not a build for the engine's history
            internal: true,
            ..SolveRequest::default()
        };
        let mut control = self.control();
        let mut solve = pin!(control.solve(request));
        let mut frontend = pin!(frontend(build));
        let outcome = tokio::select! {
            answer = &mut frontend => match answer {
                Ok(answer) => match timeout(PATIENCE, solve).await {
                    Ok(ended) => ended.map(|_| answer),
                    Err(_) => Err(Status::deadline_exceeded("the solve does not end")),
                },
                Err(status) => Err(status),
            },
            ended = &mut solve => match ended {
                Ok(_) => match timeout(PATIENCE, frontend).await {
                    Ok(answer) => answer,
                    Err(_) => Err(Status::deadline_exceeded("it has ended the solve before there was an answer")),
                },
                Err(status) => Err(status),
            },
            () = session.ended() => Err(Status::unavailable("it has ended the session")),
        };
        match outcome {
            Ok(answer) => Ok(answer),
            Err(status) => Err(self.failed(&mut session, &status).await),
        }
    }

    fn control(&self) -> ControlClient<Channel> {
        ControlClient::new(self.channel.clone())
    }

    async fn failed(&self, session: &mut Session, status: &Status) -> Error {
        let message = status.message().to_owned();
        match timeout(MOMENT, session.ended()).await {
            Ok(()) => Error::Lost(self.endpoint.clone(), message),
            Err(_) => Error::Solve(message),
        }
    }
}

fn digest(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An id that no other build or session has.
fn id() -> Result<String, Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| Error::Solve(format!("there are no random numbers: {error}")))?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}
