//! Messages of the gateway protocol that have to be passed on unchanged. The generated types drop fields that are
//! unknown to their version of BuildKit, and an operation without a field has a different digest. Here, such messages
//! stay encoded (`frontend/gateway/pb/gateway.proto`, `solver/pb/ops.proto`; a message and its bytes have the same
//! encoding).

pub(super) mod field;

use std::collections::{BTreeMap, HashMap};

use buildkit_proto::google::rpc::Status;
use buildkit_proto::moby::buildkit::v1::frontend::CacheOptionsEntry;
use buildkit_proto::pb;
use prost::{Message, Oneof};

/// `pb.Definition`, with its operations and their metadata still encoded.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Definition {
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub(super) operations: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub(super) metadata: Vec<Vec<u8>>,
    #[prost(message, optional, tag = "3")]
    pub(super) source: Option<pb::Source>,
}

/// An entry of `pb.Definition.metadata`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Metadata {
    #[prost(string, tag = "1")]
    pub(super) digest: String,
    /// `pb.OpMetadata`
    #[prost(bytes = "vec", tag = "2")]
    pub(super) metadata: Vec<u8>,
}

/// An entry of a map from strings to strings.
#[derive(Clone, PartialEq, Message)]
pub(super) struct MapEntry {
    #[prost(string, tag = "1")]
    pub(super) key: String,
    #[prost(string, tag = "2")]
    pub(super) value: String,
}

/// `frontend.Ref`; an empty id is the empty file system.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Ref {
    #[prost(string, tag = "1")]
    pub(super) id: String,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(super) definition: Option<Vec<u8>>,
}

/// `frontend.RefMap`
#[derive(Clone, PartialEq, Message)]
pub(super) struct RefMap {
    #[prost(btree_map = "string, message", tag = "1")]
    pub(super) refs: BTreeMap<String, Ref>,
}

/// The refs of a `frontend.Result`. Two deprecated forms are for clients that do not request these
/// (`allow_result_array_ref`).
#[derive(Clone, PartialEq, Oneof)]
pub(super) enum Refs {
    #[prost(message, tag = "3")]
    One(Ref),
    #[prost(message, tag = "4")]
    Many(RefMap),
}

/// `frontend.Result`
#[derive(Clone, PartialEq, Message)]
pub(super) struct BuildResult {
    #[prost(oneof = "Refs", tags = "3, 4")]
    pub(super) refs: Option<Refs>,
    #[prost(map = "string, bytes", tag = "10")]
    pub(super) metadata: HashMap<String, Vec<u8>>,
    #[prost(map = "string, message", tag = "12")]
    pub(super) attestations: HashMap<String, Attestations>,
}

/// `frontend.Attestations`, each still encoded.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Attestations {
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub(super) list: Vec<Vec<u8>>,
}

/// `frontend.Attestation`, reduced to the ref of its contents.
#[derive(Clone, PartialEq, Message)]
struct Attestation {
    #[prost(message, optional, tag = "3")]
    attested: Option<Ref>,
}

/// The ref of an encoded `frontend.Attestation`, if it has one.
pub(super) fn attested(attestation: &[u8]) -> Option<Ref> {
    Attestation::decode(attestation).ok()?.attested
}

/// Replaces the ref of an encoded `frontend.Attestation`. A decoder merges repeated fields, and the last ID wins
/// (<https://protobuf.dev/programming-guides/encoding/#last-one-wins>).
pub(super) fn attest(attestation: &mut Vec<u8>, id: &str) {
    let attested = Some(Ref { id: id.to_owned(), definition: None });
    attestation.extend(Attestation { attested }.encode_to_vec());
}

/// `frontend.SolveRequest`
#[derive(Clone, PartialEq, Message)]
pub(super) struct SolveRequest {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub(super) definition: Option<Vec<u8>>,
    #[prost(string, tag = "2")]
    pub(super) frontend: String,
    #[prost(btree_map = "string, string", tag = "3")]
    pub(super) options: BTreeMap<String, String>,
    #[prost(bool, tag = "5")]
    pub(super) allow_result_return: bool,
    #[prost(bool, tag = "6")]
    pub(super) allow_result_array_ref: bool,
    #[prost(message, repeated, tag = "12")]
    pub(super) cache_imports: Vec<CacheOptionsEntry>,
    #[prost(map = "string, bytes", tag = "13")]
    pub(super) inputs: HashMap<String, Vec<u8>>,
}

/// `frontend.SolveResponse`
#[derive(Clone, PartialEq, Message)]
pub(super) struct SolveResponse {
    #[prost(message, optional, tag = "3")]
    pub(super) result: Option<BuildResult>,
}

/// `frontend.InputsResponse`
#[derive(Clone, PartialEq, Message)]
pub(super) struct InputsResponse {
    #[prost(map = "string, bytes", tag = "1")]
    pub(super) definitions: HashMap<String, Vec<u8>>,
}

/// `frontend.ReturnRequest`
#[derive(Clone, PartialEq, Message)]
pub(super) struct ReturnRequest {
    #[prost(message, optional, tag = "1")]
    pub(super) result: Option<BuildResult>,
    #[prost(message, optional, tag = "2")]
    pub(super) error: Option<Status>,
}

impl BuildResult {
    /// Makes the result safe for the server, whose decoder dereferences a null pointer if the entry of a map has no
    /// value; prost omits empty values.
    pub(super) fn returnable(mut self) -> Self {
        match &mut self.refs {
            Some(Refs::One(one)) => one.definition = None,
            Some(Refs::Many(many)) => {
                for one in many.refs.values_mut() {
                    one.definition = one.id.is_empty().then(Vec::new);
                }
            }
            None => {}
        }
        self.attestations.retain(|_, attestations| !attestations.list.is_empty());
        self
    }

    /// The ID of the first ref, in the order of platforms; empty if there is none.
    pub(super) fn first_id(&self) -> &str {
        match &self.refs {
            Some(Refs::One(one)) => &one.id,
            Some(Refs::Many(many)) => many.refs.values().next().map_or("", |one| &one.id),
            None => "",
        }
    }

    /// The refs that can contain a definition, in the order of platforms.
    pub(super) fn refs_mut(&mut self) -> Vec<&mut Ref> {
        match &mut self.refs {
            Some(Refs::One(one)) => vec![one],
            Some(Refs::Many(many)) => many.refs.values_mut().collect(),
            None => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{attest, attested};

    #[test]
    fn an_attestation_changes_its_ref_alone() {
        // field 9, of a later version, before a ref
        let mut attestation = [&[0x48, 1, 0x1a, 5, 0x0a, 3], b"old".as_slice()].concat();
        assert_eq!(attested(&attestation).unwrap().id, "old");
        attest(&mut attestation, "new one");
        assert_eq!(attested(&attestation).unwrap().id, "new one");
        assert_eq!(attestation[..2], [0x48, 1]);
        assert!(attested(&[0x48, 1]).is_none());
    }
}
