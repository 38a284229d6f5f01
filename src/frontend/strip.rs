//! Makes LLB reproducible and independent of the session that it was created in.
//!
//! A source in a directory of the client contains the ID of the client's session, and BuildKit waits five seconds for a
//! session that has ended before it uses that of the build (`source/local/source.go`). Removing the ID changes the
//! bytes of the operation, and therefore the digests of all operations that depend on it. Fields of later versions of
//! BuildKit are kept.

use std::collections::{BTreeMap, HashMap};

use prost::{DecodeError, Message};

use super::definition::digest;
use super::wire::field::{Field, changed, fields};
use super::wire::{Definition, MapEntry, Metadata};

/// Attributes of sources that contain a session (`solver/pb/attr.go`).
const SESSIONS: [&str; 2] = ["local.session", "oci.session"];

/// Fields of `pb.Op`, `pb.Input` and `pb.SourceOp` (`solver/pb/ops.proto`).
const INPUTS: u32 = 1;
const SOURCE: u32 = 3;
const INPUT_DIGEST: u32 = 1;
const SOURCE_ATTRS: u32 = 2;

/// Removes sessions from an encoded `pb.Definition`. Its maps, which Go writes in random order, are sorted.
///
/// # Errors
///
/// The definition cannot be decoded.
pub(super) fn stripped(encoded: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let definition = Definition::decode(encoded)?;
    // inputs precede their operation (`client/llb/state.go`)
    let mut digests = HashMap::new();
    let mut operations = Vec::new();
    for before in &definition.operations {
        let after = operation(before, &digests)?;
        digests.insert(digest(before), digest(&after));
        // two sessions may contain the same directory
        if !operations.contains(&after) {
            operations.push(after);
        }
    }
    let current = |digest: String| digests.get(&digest).cloned().unwrap_or(digest);
    let mut metadata = BTreeMap::new();
    for entry in &definition.metadata {
        let Metadata { digest, metadata: of_operation } = Metadata::decode(entry.as_slice())?;
        metadata.insert(current(digest), sorted(&of_operation)?);
    }
    let mut source = definition.source;
    if let Some(source) = &mut source {
        source.locations =
            std::mem::take(&mut source.locations).into_iter().map(|(key, value)| (current(key), value)).collect();
        // the definition that read the file contains the session
        source.infos.iter_mut().for_each(|info| info.definition = None);
    }
    let entry = |(digest, metadata)| Metadata { digest, metadata }.encode_to_vec();
    Ok(Definition { operations, metadata: metadata.into_iter().map(entry).collect(), source }.encode_to_vec())
}

/// Removes the session from an encoded `pb.Op`, and replaces the digests of its inputs according to `digests`.
fn operation(op: &[u8], digests: &HashMap<String, String>) -> Result<Vec<u8>, DecodeError> {
    changed(op, |field| match field.tag {
        INPUTS => Ok(field.with(&changed(field.value, |field| Ok(input(field, digests)))?)),
        SOURCE => Ok(field.with(&changed(field.value, attribute)?)),
        _ => Ok(field.bytes.to_vec()),
    })
}

fn input(field: Field<'_>, digests: &HashMap<String, String>) -> Vec<u8> {
    let known = str::from_utf8(field.value).ok().and_then(|digest| digests.get(digest));
    match known {
        Some(digest) if field.tag == INPUT_DIGEST => field.with(digest.as_bytes()),
        _ => field.bytes.to_vec(),
    }
}

fn attribute(field: Field<'_>) -> Result<Vec<u8>, DecodeError> {
    let is_session = field.tag == SOURCE_ATTRS && SESSIONS.contains(&MapEntry::decode(field.value)?.key.as_str());
    Ok(if is_session { Vec::new() } else { field.bytes.to_vec() })
}

/// Sorts the fields and map entries of an encoded message.
fn sorted(message: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let mut fields = fields(message)?;
    fields.sort_by_key(|field| (field.tag, field.bytes));
    Ok(fields.iter().map(|field| field.bytes).collect::<Vec<_>>().concat())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use buildkit_proto::pb;
    use proptest::collection::vec;
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
    use prost::Message;

    use super::super::wire::{Definition, Metadata};
    use super::{digest, stripped};

    fn local(session: Option<&str>) -> pb::Op {
        let attrs = session.map(|session| ("local.session".to_owned(), session.to_owned()));
        let attrs = attrs.into_iter().chain([("local.differ".to_owned(), "none".to_owned())]).collect();
        let source = pb::SourceOp { identifier: "local://context".to_owned(), attrs };
        let constraints = Some(pb::WorkerConstraints::default());
        pb::Op { op: Some(pb::op::Op::Source(source)), constraints, ..pb::Op::default() }
    }

    fn on(inputs: &[&[u8]]) -> pb::Op {
        let inputs = inputs.iter().map(|input| pb::Input { digest: digest(input), index: 0 }).collect();
        pb::Op { inputs, ..pb::Op::default() }
    }

    /// Field 900 of an operation, of a future version of BuildKit.
    const LATER: [u8; 4] = [0xa2, 0x38, 1, b'x'];

    /// A directory of the client, an operation that uses it and an image, and the final operation.
    fn definition(session: Option<&str>) -> Definition {
        let source = local(session).encode_to_vec();
        let image = [pb::Op::default().encode_to_vec(), LATER.to_vec()].concat();
        let made = [on(&[&source, &image]).encode_to_vec(), LATER.to_vec()].concat();
        let last = on(&[&made]).encode_to_vec();
        let about = |bytes: &[u8], name: &str| {
            let description = [("llb.customname".to_owned(), name.to_owned())].into();
            let caps = [("a".to_owned(), true), ("b".to_owned(), true)].into();
            let metadata = pb::OpMetadata { description, caps, ..pb::OpMetadata::default() }.encode_to_vec();
            Metadata { digest: digest(bytes), metadata }.encode_to_vec()
        };
        let mut metadata =
            vec![about(&source, "source"), about(&image, "image"), about(&made, "made"), about(&last, "last")];
        metadata.sort_unstable();
        let at = pb::Locations { locations: vec![pb::Location::default()] };
        let source = pb::Source {
            locations: BTreeMap::from([(digest(&source), at.clone()), (digest(&made), at)]),
            infos: vec![pb::SourceInfo { filename: "M".to_owned(), ..pb::SourceInfo::default() }],
        };
        Definition {
            operations: vec![local(session).encode_to_vec(), image, made, last],
            metadata,
            source: Some(source),
        }
    }

    #[test]
    fn stripping_is_independent_of_the_session() {
        let without = definition(None).encode_to_vec();
        assert_eq!(stripped(&definition(Some("s1")).encode_to_vec()).unwrap(), without);
        assert_eq!(stripped(&definition(Some("another")).encode_to_vec()).unwrap(), without);
        assert_eq!(stripped(&without).unwrap(), without);
    }

    #[test]
    fn every_digest_is_that_of_an_operation() {
        let after = Definition::decode(stripped(&definition(Some("s")).encode_to_vec()).unwrap().as_slice()).unwrap();
        let digests: Vec<String> = after.operations.iter().map(|op| digest(op)).collect();
        let op = |at: usize| pb::Op::decode(after.operations[at].as_slice()).unwrap();
        let inputs = |at| op(at).inputs.into_iter().map(|input| input.digest).collect::<Vec<_>>();
        assert_eq!(inputs(2), digests[..2]);
        assert_eq!(inputs(3), digests[2..3]);
        assert!(after.operations[2].ends_with(&LATER), "what is not known stays");
        let Some(pb::op::Op::Source(source)) = op(0).op else { panic!("not a source") };
        assert_eq!(source.attrs.keys().collect::<Vec<_>>(), ["local.differ"]);
        for entry in &after.metadata {
            assert!(digests.contains(&Metadata::decode(entry.as_slice()).unwrap().digest));
        }
        assert_eq!(after.metadata.len(), 4);
        assert!(after.source.unwrap().locations.keys().all(|digest| digests.contains(digest)));
    }

    #[test]
    fn the_order_of_maps_does_not_matter() {
        let sorted = definition(None);
        let mut shuffled = definition(Some("s"));
        shuffled.metadata.reverse();
        for entry in &mut shuffled.metadata {
            let mut decoded = Metadata::decode(entry.as_slice()).unwrap();
            let mut fields = super::fields(&decoded.metadata).unwrap();
            fields.reverse();
            decoded.metadata = fields.iter().map(|field| field.bytes).collect::<Vec<_>>().concat();
            *entry = decoded.encode_to_vec();
        }
        assert_eq!(stripped(&shuffled.encode_to_vec()).unwrap(), sorted.encode_to_vec());
    }

    #[test]
    fn one_directory_of_two_sessions_is_one() {
        let two = [local(Some("a")).encode_to_vec(), local(Some("b")).encode_to_vec()];
        let last = on(&[&two[0], &two[1]]).encode_to_vec();
        let operations = two.into_iter().chain([last]).collect();
        let after = stripped(&Definition { operations, ..Definition::default() }.encode_to_vec()).unwrap();
        let after = Definition::decode(after.as_slice()).unwrap();
        assert_eq!(after.operations.len(), 2);
        let inputs = pb::Op::decode(after.operations[1].as_slice()).unwrap().inputs;
        assert_eq!(inputs[0].digest, digest(&after.operations[0]));
        assert_eq!(inputs[0], inputs[1]);
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(operations in vec(vec(any::<u8>(), 0..40), 0..4), metadata in vec(any::<u8>(), 0..40)) {
            let strange = Definition { operations, metadata: vec![metadata], source: None }.encode_to_vec();
            if let Ok(once) = stripped(&strange) {
                prop_assert_eq!(stripped(&once).unwrap(), once);
            }
        }

        #[test]
        fn a_graph_keeps_its_form(edges in vec((any::<usize>(), any::<usize>()), 0..12), session in "[a-z0-9]{1,40}") {
            let graph = |session: Option<&str>| {
                let mut operations = vec![local(session).encode_to_vec()];
                for (at, (left, right)) in edges.iter().enumerate() {
                    let inputs = [left % (at + 1), right % (at + 1)].map(|input| operations[input].clone());
                    let mut op = on(&[&inputs[0], &inputs[1]]);
                    op.inputs[1].index = i64::try_from(at).unwrap();
                    operations.push(op.encode_to_vec());
                }
                Definition { operations, ..Definition::default() }.encode_to_vec()
            };
            let after = stripped(&graph(Some(&session))).unwrap();
            prop_assert_eq!(&after, &graph(None));
            prop_assert!(!String::from_utf8_lossy(&after).contains("local.session"));
        }
    }
}
