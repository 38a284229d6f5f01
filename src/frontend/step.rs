//! The names of steps in the build progress: `llb.customname` in the metadata of operations, whose other fields are
//! left unchanged (`solver/pb/ops.proto`, `OpMetadata`).

use prost::Message;

use super::wire::field::changed;
use super::wire::{MapEntry, Metadata};

/// The metadata key of the name of a step.
const NAME: &str = "llb.customname";

/// The field `description` of `pb.OpMetadata`.
const DESCRIPTION: u32 = 2;

/// Renames the step in an entry of a definition's metadata. `name` receives the digest of the operation and its name.
/// `None` if there is no name, or if it does not change.
pub(super) fn renamed(entry: &[u8], name: impl Fn(&str, &str) -> String) -> Option<Vec<u8>> {
    let entry = Metadata::decode(entry).ok()?;
    let metadata = changed(&entry.metadata, |field| {
        if field.tag == DESCRIPTION {
            let description = MapEntry::decode(field.value)?;
            if description.key == NAME {
                let value = name(&entry.digest, &description.value);
                return Ok(field.with(&MapEntry { value, ..description }.encode_to_vec()));
            }
        }
        Ok(field.bytes.to_vec())
    });
    let metadata = metadata.ok().filter(|metadata| *metadata != entry.metadata)?;
    Some(Metadata { metadata, ..entry }.encode_to_vec())
}

/// The name of an instruction's step: the prefix with its position, such as `[builder 2/4]`, is kept. `None` for
/// instructions without a step, such as the base of a stage.
pub(super) fn titled(name: &str, title: &str) -> Option<String> {
    let (place, instruction) = name.split_once("] ").filter(|_| name.starts_with('['))?;
    let does = ["RUN ", "COPY ", "ADD "].iter().any(|keyword| instruction.starts_with(keyword));
    does.then(|| format!("{place}] {title}"))
}

#[cfg(test)]
mod tests {
    use buildkit_proto::pb;
    use prost::Message;

    use super::super::wire::Metadata;
    use super::{renamed, titled};

    #[test]
    fn only_the_name_changes() {
        let known = pb::OpMetadata {
            ignore_cache: true,
            description: [("a".to_owned(), "1".to_owned()), ("llb.customname".to_owned(), "old".to_owned())].into(),
            caps: [("c".to_owned(), true)].into(),
            ..pb::OpMetadata::default()
        };
        // field 7, of a later version, at the beginning and the end
        let later = [0x3a, 2, 8, 1];
        let metadata = [later.as_slice(), &known.encode_to_vec(), &later].concat();
        let entry = Metadata { digest: "sha256:x".to_owned(), metadata }.encode_to_vec();
        let after = renamed(&entry, |digest, name| format!("{digest} {name}")).unwrap();
        let after = Metadata::decode(after.as_slice()).unwrap();
        assert!(after.metadata.starts_with(&later) && after.metadata.ends_with(&later));
        let read = pb::OpMetadata::decode(&after.metadata[4..after.metadata.len() - 4]).unwrap();
        assert_eq!(read.description["llb.customname"], "sha256:x old");
        assert_eq!((read.description["a"].as_str(), read.ignore_cache, read.caps), ("1", true, known.caps));
    }

    #[test]
    fn steps_without_a_name_are_unchanged() {
        let entry = Metadata { digest: "d".to_owned(), metadata: vec![8, 1] }.encode_to_vec();
        let cut = Metadata { digest: "d".to_owned(), metadata: vec![0x12, 9, 1] }.encode_to_vec();
        for entry in [entry.as_slice(), b"\xff", &cut] {
            assert!(renamed(entry, |_, _| String::new()).is_none());
        }
    }

    #[test]
    fn titles() {
        let title = |name| titled(name, "do it");
        assert_eq!(title("[builder 2/4] RUN x [1] y").as_deref(), Some("[builder 2/4] do it"));
        assert_eq!(title("[linux/386 final 2/4] COPY a b").as_deref(), Some("[linux/386 final 2/4] do it"));
        assert_eq!(title("[builder 1/4] FROM docker.io/library/python:3"), None);
        assert_eq!(title("[internal] load build context"), None);
        assert_eq!(title("RUN x"), None);
    }
}
