//! LLB for the operations that a frontend needs before there is a Dockerfile: reading files, a remote context, and a
//! directory of generated files.
//!
//! Operations are identified by the digest of their bytes. Sources are encoded exactly as by BuildKit's own Dockerfile
//! frontend, so that they are loaded only once (`frontend/dockerui/config.go`, `client/llb/source.go`).

use std::collections::BTreeMap;

use buildkit_proto::pb;
use buildkit_proto::pb::file_action::Action;
use prost::Message;

use crate::lock::Digest;

/// The capability to transfer only the metadata of files (`solver/pb/caps.go`).
pub(super) const METADATA_ONLY: &str = "source.local.metadatatransfer";

/// A file system that BuildKit can make.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    operations: Vec<Vec<u8>>,
    metadata: BTreeMap<String, pb::OpMetadata>,
    head: String,
}

/// A directory of the client, and the part of it that is needed.
#[derive(Clone, Debug, Default)]
pub(super) struct Local<'a> {
    /// The client's name for it.
    pub(super) name: &'a str,
    /// The client's session.
    pub(super) session: &'a str,
    /// The cache key: a directory replaces another one with the same hint.
    pub(super) hint: &'a str,
    /// Files whose symbolic links are followed.
    pub(super) follow: Vec<String>,
    /// Patterns of files to include; everything if empty.
    pub(super) include: Vec<String>,
    /// Patterns of files to exclude.
    pub(super) exclude: Vec<String>,
    /// Whether to also transfer unchanged files, which is faster if there are few.
    pub(super) whole: bool,
    /// Whether to transfer only the metadata of files (since BuildKit 0.22).
    pub(super) metadata_only: bool,
}

impl State {
    /// A directory of the client.
    pub(super) fn local(local: &Local<'_>, title: &str) -> Self {
        let lists = [
            ("source.local.includepatterns", "local.includepattern", &local.include),
            ("source.local.excludepatterns", "local.excludepatterns", &local.exclude),
            ("source.local.followpaths", "local.followpaths", &local.follow),
        ];
        let mut caps = vec!["source.local", "source.local.sessionid", "source.local.sharedkeyhint"];
        let mut attrs = BTreeMap::from([
            ("local.session", local.session.to_owned()),
            ("local.sharedkeyhint", local.hint.to_owned()),
        ]);
        if local.whole {
            attrs.insert("local.differ", "none".to_owned());
        }
        if local.metadata_only {
            caps.push(METADATA_ONLY);
            attrs.insert("local.metadatatransfer", "true".to_owned());
        }
        for (cap, attr, list) in lists.into_iter().filter(|(_, _, list)| !list.is_empty()) {
            caps.push(cap);
            attrs.insert(attr, json_list(list));
        }
        Self::source(format!("local://{}", local.name), attrs, &caps, title)
    }

    /// A file that is downloaded under the name `filename`.
    pub(super) fn http(url: &str, filename: &str, title: &str) -> Self {
        let attrs = BTreeMap::from([("http.filename", filename.to_owned())]);
        Self::source(url.to_owned(), attrs, &["source.http"], title)
    }

    /// A source with its attributes and required capabilities.
    pub(super) fn source(identifier: String, attrs: BTreeMap<&str, String>, caps: &[&str], title: &str) -> Self {
        // an empty value would be omitted, and the bytes would differ from BuildKit's
        let attrs = attrs.into_iter().filter(|(_, value)| !value.is_empty());
        let source = pb::SourceOp { identifier, attrs: attrs.map(|(key, value)| (key.to_owned(), value)).collect() };
        let operation = operation(Vec::new(), pb::op::Op::Source(source));
        Self::default().then(&operation, caps, Some(title))
    }

    /// The contents of the archive `path`.
    pub(super) fn unpacked(self, path: &str, title: &str) -> Self {
        let copy = pb::FileActionCopy {
            src: path.to_owned(),
            dest: "/".to_owned(),
            mode: -1,
            attempt_unpack_docker_compatibility: true,
            timestamp: -1,
            ..pb::FileActionCopy::default()
        };
        let action = pb::FileAction { input: -1, secondary_input: 0, output: 0, action: Some(Action::Copy(copy)) };
        let input = pb::Input { digest: self.head.clone(), index: 0 };
        let file = pb::op::Op::File(pb::FileOp { actions: vec![action] });
        self.then(&operation(vec![input], file), &["file.base"], Some(title))
    }

    /// A directory with the given files, each a name without directories and its bytes.
    pub(super) fn files(files: &BTreeMap<String, &[u8]>, title: &str) -> Self {
        let mut actions: Vec<_> = (-1..)
            .zip(files)
            .map(|(previous, (name, data))| pb::FileAction {
                // without inputs, action n has the index n
                input: previous,
                secondary_input: -1,
                // only the output of the last action matters
                output: -1,
                action: Some(Action::Mkfile(pb::FileActionMkFile {
                    path: format!("/{name}"),
                    mode: 0o644,
                    data: data.to_vec(),
                    owner: None,
                    timestamp: -1,
                })),
            })
            .collect();
        if let Some(last) = actions.last_mut() {
            last.output = 0;
        }
        let file = pb::op::Op::File(pb::FileOp { actions });
        Self::default().then(&operation(Vec::new(), file), &["file.base"], Some(title))
    }

    /// The encoded `pb.Definition`.
    pub(super) fn encode(self) -> Vec<u8> {
        let last = pb::Op { inputs: vec![pb::Input { digest: self.head.clone(), index: 0 }], ..pb::Op::default() };
        let state = self.then(&last, &["constraints", "meta.description", "platform"], None);
        pb::Definition { def: state.operations, metadata: state.metadata, source: None }.encode_to_vec()
    }

    fn then(mut self, operation: &pb::Op, caps: &[&str], title: Option<&str>) -> Self {
        let bytes = operation.encode_to_vec();
        self.head = digest(&bytes);
        let metadata = pb::OpMetadata {
            caps: caps.iter().map(|cap| ((*cap).to_owned(), true)).collect(),
            description: title.map(|title| ("llb.customname".to_owned(), title.to_owned())).into_iter().collect(),
            ..pb::OpMetadata::default()
        };
        self.metadata.insert(self.head.clone(), metadata);
        self.operations.push(bytes);
        self
    }
}

/// The digest of the operation whose result is that of the encoded definition; empty for the empty definition.
pub(super) fn head(definition: &[u8]) -> String {
    let last = super::wire::Definition::decode(definition).ok().and_then(|definition| {
        pb::Op::decode(definition.operations.last()?.as_slice()).ok()?.inputs.into_iter().next()
    });
    last.map(|input| input.digest).unwrap_or_default()
}

fn operation(inputs: Vec<pb::Input>, op: pb::op::Op) -> pb::Op {
    pb::Op { inputs, op: Some(op), platform: None, constraints: Some(pb::WorkerConstraints::default()) }
}

/// The digest by which BuildKit identifies an encoded operation.
pub(super) fn digest(bytes: &[u8]) -> String {
    Digest::of(bytes).to_string()
}

/// A JSON list with the same escapes as Go.
fn json_list(items: &[String]) -> String {
    serde_json::Value::from(items)
        .to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use buildkit_proto::pb;
    use prost::Message;

    use super::{Local, State, head, json_list};

    #[test]
    fn lists_are_written_as_go_does() {
        assert_eq!(json_list(&["a".into(), "<&>\"".into()]), r#"["a","\u003c\u0026\u003e\""]"#);
    }

    fn files() -> BTreeMap<String, &'static [u8]> {
        [("a".to_owned(), b"1".as_slice()), ("b".to_owned(), b"2")].into()
    }

    #[test]
    fn the_head_of_a_definition_is_the_operation_before_the_last() {
        let state = State::files(&files(), "title");
        let digest = state.head.clone();
        let encoded = state.encode();
        assert_eq!(head(&encoded), digest);
        let definition = pb::Definition::decode(encoded.as_slice()).unwrap();
        assert_eq!(definition.def.len(), 2);
        assert_eq!(definition.metadata.len(), 2);
        assert_eq!(head(&[]), "");
        assert_eq!(head(b"\xff"), "");
    }

    /// A length-delimited protobuf field: the tag, the length, the bytes.
    fn field(tag: u8, bytes: &[u8]) -> Vec<u8> {
        let length = u8::try_from(bytes.len()).unwrap();
        assert!(length < 128, "longer lengths take more bytes");
        [&[tag << 3 | 2, length], bytes].concat()
    }

    #[test]
    fn a_local_source_has_the_bytes_of_the_dockerfile_frontend() {
        let entry = |key: &str, value: &str| field(2, &[field(1, key.as_bytes()), field(2, value.as_bytes())].concat());
        // `SourceOp{identifier, attrs}` with sorted attributes, in field 3 of `Op`; then `WorkerConstraints{}` in 11
        let source = [
            field(1, b"local://dockerfile"),
            entry("local.differ", "none"),
            entry("local.followpaths", r#"["M","M.dockerignore"]"#),
            entry("local.session", "s"),
            entry("local.sharedkeyhint", "dockerfile"),
        ]
        .concat();
        let mut expected = vec![3 << 3 | 2, u8::try_from(source.len() & 0x7f).unwrap() | 0x80, 1];
        assert_eq!(source.len() >> 7, 1);
        expected.extend(source);
        expected.extend([0x5a, 0]);
        let follow = vec!["M".to_owned(), "M.dockerignore".to_owned()];
        let local =
            Local { name: "dockerfile", session: "s", hint: "dockerfile", follow, whole: true, ..Local::default() };
        let state = State::local(&local, "title");
        assert_eq!(state.operations, [expected]);
    }

    #[test]
    fn every_file_builds_on_the_one_before() {
        let state = State::files(&files(), "title");
        let op = pb::Op::decode(state.operations[0].as_slice()).unwrap();
        let Some(pb::op::Op::File(file)) = op.op else { panic!("not a file operation") };
        let edges: Vec<_> = file.actions.iter().map(|a| (a.input, a.secondary_input, a.output)).collect();
        assert_eq!(edges, [(-1, -1, -1), (0, -1, 0)]);
    }
}
