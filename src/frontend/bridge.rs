//! The calls that a frontend makes to BuildKit: the service `moby.buildkit.v1.frontend.LLBBridge`.

use std::collections::{BTreeMap, HashMap, HashSet};

use buildkit_proto::fsutil::types::Stat;
use buildkit_proto::google::rpc;
use buildkit_proto::moby::buildkit::v1::frontend::{
    CacheOptionsEntry, FileRange, InputsRequest, PingRequest, PongResponse, ReadDirRequest, ReadDirResponse,
    ReadFileRequest, ReadFileResponse, ReturnResponse, StatFileRequest, StatFileResponse, WarnRequest, WarnResponse,
};
use prost::Message;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic::{Request, Status};
use tonic_prost::ProstCodec;

use super::wire::{BuildResult, InputsResponse, ReturnRequest, SolveRequest, SolveResponse};

/// The maximum size of a definition or an error in one message: BuildKit before v0.14 accepts 4 MiB.
pub(super) const REQUEST_LIMIT: usize = 7 << 19;

/// BuildKit sends at most 16 MiB; tonic accepts 4 MiB by default.
const RESPONSE_LIMIT: usize = 64 << 20;

/// The maximum size of a file that is read, in bytes: BuildKit limits messages to 16 MiB.
pub(super) const FILE_LIMIT: usize = 8 << 20;

/// The bits of a directory and of a symbolic link in the modes of Go's `io/fs`.
pub(super) const DIRECTORY: u32 = 1 << 31;
pub(super) const LINK: u32 = 1 << 27;

/// The connection and the capabilities of BuildKit.
pub(super) struct Bridge {
    grpc: Grpc<Channel>,
    capabilities: HashSet<String>,
}

impl Bridge {
    /// Requests the capabilities of BuildKit over `channel`.
    pub(super) async fn open(channel: Channel) -> Result<Self, Status> {
        let grpc = Grpc::new(channel).max_decoding_message_size(RESPONSE_LIMIT);
        let mut bridge = Self { grpc, capabilities: HashSet::new() };
        let pong: PongResponse = bridge.call("Ping", PingRequest {}).await?;
        let enabled = pong.frontend_api_caps.into_iter().chain(pong.llb_caps).filter(|cap| cap.enabled);
        bridge.capabilities = enabled.map(|cap| cap.id).collect();
        Ok(bridge)
    }

    /// Whether BuildKit has the capability `id`, of the gateway (`frontend/gateway/pb/caps.go`) or of LLB
    /// (`solver/pb/caps.go`).
    pub(super) fn supports(&self, id: &str) -> bool {
        self.capabilities.contains(id)
    }

    /// The named inputs of the build, still encoded.
    pub(super) async fn inputs(&self) -> Result<HashMap<String, Vec<u8>>, Status> {
        if !self.supports("frontend.inputs") {
            return Ok(HashMap::new());
        }
        let response: InputsResponse = self.call("Inputs", InputsRequest {}).await?;
        Ok(response.definitions)
    }

    /// Solves the definition `definition`, and returns the ID of the result; empty for the empty file system. The
    /// operations run when the result is used.
    pub(super) async fn solve(
        &self,
        definition: Vec<u8>,
        cache_imports: Vec<CacheOptionsEntry>,
    ) -> Result<String, Status> {
        let request = SolveRequest { definition: Some(definition), cache_imports, ..SolveRequest::default() };
        Ok(self.send(request).await?.first_id().to_owned())
    }

    /// Solves `options` and `inputs` with BuildKit's own Dockerfile frontend.
    pub(super) async fn solve_dockerfile(
        &self,
        options: BTreeMap<String, String>,
        inputs: HashMap<String, Vec<u8>>,
    ) -> Result<BuildResult, Status> {
        let frontend = "dockerfile.v0".to_owned();
        self.send(SolveRequest { frontend, options, inputs, ..SolveRequest::default() }).await
    }

    async fn send(&self, request: SolveRequest) -> Result<BuildResult, Status> {
        let request = SolveRequest { allow_result_return: true, allow_result_array_ref: true, ..request };
        let response: SolveResponse = self.call("Solve", request).await?;
        Ok(response.result.unwrap_or_default())
    }

    /// The first `limit` bytes of a file.
    pub(super) async fn read_file(&self, id: &str, path: &str, limit: usize) -> Result<Vec<u8>, Status> {
        let request = ReadFileRequest {
            r#ref: not_empty(id)?,
            file_path: path.to_owned(),
            range: Some(FileRange { offset: 0, length: i64::try_from(limit).unwrap_or(i64::MAX) }),
            mount_index: 0,
        };
        let response: ReadFileResponse = self.call("ReadFile", request).await?;
        Ok(response.data)
    }

    /// The metadata of a file or directory; symbolic links are followed.
    pub(super) async fn stat_file(&self, id: &str, path: &str) -> Result<Stat, Status> {
        let request = StatFileRequest { r#ref: not_empty(id)?, path: path.to_owned(), mount_index: 0 };
        let response: StatFileResponse = self.call("StatFile", request).await?;
        Ok(response.stat.unwrap_or_default())
    }

    /// Whether a path is known to be a symbolic link, which may be broken.
    pub(super) async fn is_link(&self, id: &str, path: &str) -> bool {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let entries = self.read_dir(id, &format!("/{directory}")).await.unwrap_or_default();
        entries.iter().any(|entry| entry.path == name && entry.mode & LINK != 0)
    }

    /// The contents of a directory.
    async fn read_dir(&self, id: &str, path: &str) -> Result<Vec<Stat>, Status> {
        let request = ReadDirRequest { r#ref: not_empty(id)?, dir_path: path.to_owned(), ..ReadDirRequest::default() };
        let response: ReadDirResponse = self.call("ReadDir", request).await?;
        Ok(response.entries)
    }

    /// Sends a warning, if BuildKit supports it.
    pub(super) async fn warn(&self, request: WarnRequest) {
        if self.supports("gateway.warnings") {
            // a build does not fail because of a warning
            let _: Result<WarnResponse, Status> = self.call("Warn", request).await;
        }
    }

    /// Returns the result of the build. No other call may follow.
    pub(super) async fn finish(&self, outcome: Result<BuildResult, rpc::Status>) -> Result<(), Status> {
        let request = match outcome {
            Ok(result) => ReturnRequest { result: Some(result.returnable()), error: None },
            Err(error) => ReturnRequest { result: None, error: Some(error) },
        };
        let _: ReturnResponse = self.call("Return", request).await?;
        Ok(())
    }

    async fn call<Q, A>(&self, method: &str, request: Q) -> Result<A, Status>
    where
        Q: Message + Send + Sync + 'static,
        A: Message + Default + Send + Sync + 'static,
    {
        let mut grpc = self.grpc.clone();
        grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let path = PathAndQuery::try_from(format!("/moby.buildkit.v1.frontend.LLBBridge/{method}"));
        let path = path.map_err(|error| Status::internal(error.to_string()))?;
        let response = grpc.unary(Request::new(request), path, ProstCodec::<Q, A>::default()).await?;
        Ok(response.into_inner())
    }
}

/// The ID of a file system, if it is not empty: the empty one has no ID.
fn not_empty(id: &str) -> Result<String, Status> {
    if id.is_empty() { Err(Status::not_found("file does not exist")) } else { Ok(id.to_owned()) }
}
