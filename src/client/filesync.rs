//! Files of the client for the engine: the service `moby.filesync.v1.FileSync`. What is there is told first, in
//! one packet for each file, and the engine then asks for the bytes by their places in that list (fsutil:
//! `receive.go`, `send.go`).

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use buildkit_proto::fsutil::types::packet::PacketType;
use buildkit_proto::fsutil::types::{Packet, Stat};
use buildkit_proto::moby::filesync::v1::file_sync_server::FileSync;
use tokio::sync::mpsc::{self, Sender};
use tokio::task::spawn_blocking;
use tonic::codegen::tokio_stream::Empty;
use tonic::codegen::tokio_stream::wrappers::ReceiverStream;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status, Streaming, async_trait};
use url::form_urlencoded;

use super::session::Directories;
use super::tree::{Filter, is_file, list};
use crate::source::reason;

/// How much of a file one packet has (`send.go`).
const CHUNK: usize = 32 << 10;

/// Packets that wait to be sent.
const QUEUE: usize = 32;

type Packets = Sender<Result<Packet, Status>>;

/// The directories that may be asked for.
pub(super) struct Files(pub(super) Arc<Directories>);

#[async_trait]
impl FileSync for Files {
    type DiffCopyStream = ReceiverStream<Result<Packet, Status>>;

    async fn diff_copy(&self, request: Request<Streaming<Packet>>) -> Result<Response<Self::DiffCopyStream>, Status> {
        let of = |key| values(request.metadata(), key);
        let name = of("dir-name").into_iter().next().unwrap_or_default();
        let Some(root) = self.0.get(&name).cloned() else {
            return Err(Status::not_found(format!("no access allowed to dir {name:?}")));
        };
        let filter =
            Filter { include: of("include-patterns"), exclude: of("exclude-patterns"), follow: of("followpaths") };
        let (packets, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(async move {
            if let Err(status) = send(root, filter, request.into_inner(), &packets).await {
                // nobody waits for it when the engine has gone
                let _ = packets.send(Err(status)).await;
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    type TarStreamStream = Empty<Result<Packet, Status>>;

    async fn tar_stream(&self, _: Request<Streaming<Packet>>) -> Result<Response<Self::TarStreamStream>, Status> {
        Err(Status::unimplemented("files are sent by DiffCopy"))
    }
}

/// The values of a header, which may be encoded as in the query of a URL (`session/filesync/filesync.go`).
fn values(headers: &MetadataMap, key: &str) -> Vec<String> {
    let encoded = headers.get(format!("{key}-encoded")).is_some_and(|flag| flag == "1" || flag == "true");
    let texts = headers.get_all(key).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let decoded = |text: String| match form_urlencoded::parse(text.as_bytes()).next() {
        Some((text, _)) if encoded => text.into_owned(),
        _ => text,
    };
    texts.map(decoded).collect()
}

/// Tells what is there, and sends what is asked for, until the engine has all that it wants.
async fn send(root: PathBuf, filter: Filter, mut requests: Streaming<Packet>, packets: &Packets) -> Result<(), Status> {
    let place = root.clone();
    let listed = spawn_blocking(move || list(&place, &filter)).await.map_err(ended)?;
    let stats =
        listed.map_err(|error| Status::unknown(format!("cannot read `{}`: {}", root.display(), reason(&error))))?;
    let mut paths: Vec<Option<String>> = stats.iter().map(|stat| is_file(stat).then(|| stat.path.clone())).collect();
    // beside the rest, as the engine asks for files before it has heard of all
    let telling = packets.clone();
    tokio::spawn(async move {
        for stat in stats.into_iter().map(Some).chain([None]) {
            if telling.send(Ok(packet(PacketType::PacketStat, 0, stat, Vec::new()))).await.is_err() {
                break;
            }
        }
    });
    while let Some(request) = requests.message().await? {
        match request.r#type() {
            PacketType::PacketReq => {
                let place = usize::try_from(request.id).ok().and_then(|id| paths.get_mut(id)?.take());
                let path = place.ok_or_else(|| Status::invalid_argument(format!("invalid file id {}", request.id)))?;
                let (file, packets) = (root.join(path), packets.clone());
                spawn_blocking(move || content(&file, request.id, &packets)).await.map_err(ended)??;
            }
            PacketType::PacketFin => {
                let _ = packets.send(Ok(packet(PacketType::PacketFin, 0, None, Vec::new()))).await;
                break;
            }
            PacketType::PacketErr => break,
            PacketType::PacketStat | PacketType::PacketData => {}
        }
    }
    Ok(())
}

/// Sends the bytes of a file, and that there are no more.
fn content(path: &Path, id: u32, packets: &Packets) -> Result<(), Status> {
    let failed =
        |error: &std::io::Error| Status::unknown(format!("cannot read `{}`: {}", path.display(), reason(error)));
    let mut file = File::open(path).map_err(|error| failed(&error))?;
    loop {
        let mut data = Vec::with_capacity(CHUNK);
        file.by_ref().take(CHUNK as u64).read_to_end(&mut data).map_err(|error| failed(&error))?;
        let is_last = data.is_empty();
        if packets.blocking_send(Ok(packet(PacketType::PacketData, id, None, data))).is_err() || is_last {
            return Ok(());
        }
    }
}

fn packet(kind: PacketType, id: u32, stat: Option<Stat>, data: Vec<u8>) -> Packet {
    Packet { r#type: kind.into(), stat, id, data }
}

fn ended(error: tokio::task::JoinError) -> Status {
    Status::internal(error.to_string())
}

#[cfg(test)]
mod tests {
    use tonic::metadata::MetadataMap;

    use super::values;

    #[test]
    fn headers() {
        let mut headers = MetadataMap::new();
        headers.append("followpaths", "a+b%20c".parse().unwrap());
        headers.append("followpaths", "d".parse().unwrap());
        assert_eq!(values(&headers, "followpaths"), ["a+b%20c", "d"]);
        headers.insert("followpaths-encoded", "1".parse().unwrap());
        assert_eq!(values(&headers, "followpaths"), ["a b c", "d"]);
        headers.insert("followpaths", "%C3%BC%3D%26%2B".parse().unwrap());
        assert_eq!(values(&headers, "followpaths"), ["ü=&+"]);
        assert!(values(&headers, "dir-name").is_empty());
    }
}
