//! LLB for people and programs: a definition as JSON (`solver/pb/ops.proto`). What has its default value is
//! left out of an operation, and so are fields that came with a later version of BuildKit.

mod exec;
mod file;

use buildkit_proto::pb;
use buildkit_proto::pb::op::Op;
use prost::{DecodeError, Message};
use serde_json::{Map, Value, json};

use super::definition::digest;
use super::failure::ranges_to_json;
use crate::diagnostic::mask;

/// How many definitions are shown in one another: those of a build in a build, and so on.
const MOST_NESTED: usize = 16;

/// The operations of an encoded `pb.Definition`, in its order, without the credentials of URLs.
///
/// # Errors
///
/// It is not encoded as BuildKit does it.
pub(crate) fn to_json(encoded: &[u8]) -> Result<Value, DecodeError> {
    definition(&pb::Definition::decode(encoded)?, MOST_NESTED).map(masked)
}

fn masked(value: Value) -> Value {
    match value {
        Value::String(text) => mask::masked_urls(&text).into(),
        Value::Array(items) => items.into_iter().map(masked).collect(),
        Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, masked(value))).collect(),
        other => other,
    }
}

/// `deeper` is how many more may be in one another.
fn definition(definition: &pb::Definition, deeper: usize) -> Result<Value, DecodeError> {
    definition.def.iter().map(|bytes| operation(bytes, definition, deeper)).collect()
}

fn operation(bytes: &[u8], definition: &pb::Definition, deeper: usize) -> Result<Value, DecodeError> {
    let digest = digest(bytes);
    let operation = pb::Op::decode(bytes)?;
    let metadata = definition.metadata.get(&digest);
    let locations = definition.source.as_ref().map(|source| locations(source, &digest)).unwrap_or_default();
    let mut value = json!({
        "digest": digest,
        "inputs": operation.inputs.iter().map(input).collect::<Value>(),
        "op": operation.op.as_ref().map_or(Ok(Value::Null), |op| kind(op, deeper))?,
        "platform": operation.platform.as_ref().map(platform),
        "name": metadata.and_then(|metadata| metadata.description.get("llb.customname")),
        "locations": locations,
    });
    if metadata.is_some_and(|metadata| metadata.ignore_cache) {
        value["ignoreCache"] = true.into();
    }
    if let Some(constraints) = operation.constraints.filter(|constraints| !constraints.filter.is_empty()) {
        value["constraints"] = constraints.filter.into();
    }
    Ok(value)
}

fn input(input: &pb::Input) -> Value {
    json!({ "digest": input.digest, "index": input.index })
}

/// As containerd writes it: `linux/arm64/v8`, `windows(10.0.17763)/amd64`.
fn platform(platform: &pb::Platform) -> String {
    let version = if platform.os_version.is_empty() { String::new() } else { format!("({})", platform.os_version) };
    let variant = if platform.variant.is_empty() { String::new() } else { format!("/{}", platform.variant) };
    format!("{}{version}/{}{variant}", platform.os, platform.architecture)
}

fn locations(source: &pb::Source, digest: &str) -> Vec<Value> {
    let locations = source.locations.get(digest).into_iter().flat_map(|list| &list.locations);
    let file = |index: i32| usize::try_from(index).ok().and_then(|index| source.infos.get(index));
    locations
        .map(|location| {
            let file = file(location.source_index).map(|info| info.filename.as_str());
            json!({ "file": file, "ranges": ranges_to_json(&location.ranges) })
        })
        .collect()
}

fn kind(op: &Op, deeper: usize) -> Result<Value, DecodeError> {
    Ok(match op {
        Op::Source(source) => {
            json!({ "source": object([("identifier", text(&source.identifier)), ("attrs", json!(source.attrs))]) })
        }
        Op::Exec(op) => json!({ "exec": exec::op(op) }),
        Op::File(file) => json!({ "file": { "actions": file.actions.iter().map(file::action).collect::<Value>() } }),
        Op::Build(build) => {
            let inputs = build.inputs.iter().map(|(name, input)| (name.clone(), index(input.input)));
            let inner = build.def.as_ref().zip(deeper.checked_sub(1));
            json!({ "build": object([
                ("builder", index(build.builder)),
                ("inputs", inputs.collect::<Map<_, _>>().into()),
                ("definition", inner.map_or(Ok(Value::Null), |(inner, deeper)| definition(inner, deeper))?),
                ("attrs", json!(build.attrs)),
            ]) })
        }
        Op::Merge(merge) => {
            json!({ "merge": { "inputs": merge.inputs.iter().map(|one| index(one.input)).collect::<Value>() } })
        }
        Op::Diff(diff) => json!({ "diff": object([
            ("lower", diff.lower.map(|one| index(one.input)).into()),
            ("upper", diff.upper.map(|one| index(one.input)).into()),
        ]) }),
    })
}

fn text(text: &str) -> Value {
    text.into()
}

/// An index or time, of which -1 says that there is none.
fn index(number: i64) -> Value {
    if number < 0 { Value::Null } else { number.into() }
}

/// The name of one of a few values.
fn name<E: TryFrom<i32>>(number: i32, name: fn(&E) -> &'static str) -> Value {
    E::try_from(number).map_or_else(|_| number.into(), |one| name(&one).to_ascii_lowercase().into())
}

/// The same where the first value goes without saying.
fn other_name<E: TryFrom<i32>>(number: i32, names: fn(&E) -> &'static str) -> Value {
    if number == 0 { Value::Null } else { name(number, names) }
}

/// An object of what is given.
fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    given(fields).collect::<Map<_, _>>().into()
}

fn given<const N: usize>(fields: [(&str, Value); N]) -> impl Iterator<Item = (String, Value)> {
    let is_given = |value: &Value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => true,
    };
    fields.into_iter().filter(move |(_, value)| is_given(value)).map(|(key, value)| (key.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use buildkit_proto::pb;
    use buildkit_proto::pb::file_action::Action;
    use buildkit_proto::pb::op::Op;
    use prost::Message;
    use serde_json::{Value, json};

    use super::{MOST_NESTED, digest, to_json};

    fn definition(operations: Vec<pb::Op>) -> pb::Definition {
        pb::Definition { def: operations.iter().map(Message::encode_to_vec).collect(), ..pb::Definition::default() }
    }

    /// What an operation does, as JSON.
    fn shown(op: Op) -> Value {
        let operation = pb::Op { op: Some(op), ..pb::Op::default() };
        to_json(&definition(vec![operation]).encode_to_vec()).unwrap()[0]["op"].clone()
    }

    #[test]
    fn what_surrounds_an_operation() {
        let first = pb::Op { platform: Some(pb::Platform::default()), ..pb::Op::default() };
        let platform = pb::Platform {
            os: "linux".to_owned(),
            architecture: "arm64".to_owned(),
            variant: "v8".to_owned(),
            ..pb::Platform::default()
        };
        let first_digest = digest(&first.encode_to_vec());
        let second = pb::Op {
            inputs: vec![pb::Input { digest: first_digest.clone(), index: 1 }],
            platform: Some(platform),
            constraints: Some(pb::WorkerConstraints { filter: vec!["gpu".to_owned()] }),
            op: None,
        };
        let second_digest = digest(&second.encode_to_vec());
        let mut definition = definition(vec![first, second]);
        let description = [("llb.customname".to_owned(), "[1/2] RUN x".to_owned())].into();
        let metadata = pb::OpMetadata { description, ignore_cache: true, ..pb::OpMetadata::default() };
        definition.metadata.insert(second_digest.clone(), metadata);
        let at = |line| Some(pb::Position { line, character: 2 });
        let ranges = vec![pb::Range { start: at(3), end: at(4) }];
        let info = pb::SourceInfo { filename: "Mopyfile.yaml".to_owned(), ..pb::SourceInfo::default() };
        let location = pb::Location { source_index: 0, ranges };
        let nowhere = pb::Location { source_index: -1, ranges: Vec::new() };
        let locations = pb::Locations { locations: vec![location, nowhere] };
        let source = pb::Source { locations: [(second_digest.clone(), locations)].into(), infos: vec![info] };
        definition.source = Some(source);
        let value = to_json(&definition.encode_to_vec()).unwrap();
        assert_eq!(
            value,
            json!([
                {
                    "digest": first_digest, "inputs": [], "op": null, "platform": "/", "name": null, "locations": [],
                },
                {
                    "digest": second_digest,
                    "inputs": [{ "digest": first_digest, "index": 1 }],
                    "op": null,
                    "platform": "linux/arm64/v8",
                    "name": "[1/2] RUN x",
                    "locations": [
                        {
                            "file": "Mopyfile.yaml",
                            "ranges": [{
                                "start": { "line": 3, "character": 2 }, "end": { "line": 4, "character": 2 },
                            }],
                        },
                        { "file": null, "ranges": [] },
                    ],
                    "ignoreCache": true,
                    "constraints": ["gpu"],
                },
            ])
        );
    }

    #[test]
    fn sources_and_graphs() {
        let attrs = [("git.fullurl".to_owned(), "https://jane:hunter2@host/r.git".to_owned())].into();
        let source = pb::SourceOp { identifier: "git://jane:hunter2@host/r.git".to_owned(), attrs };
        assert_eq!(
            shown(Op::Source(source)),
            json!({ "source": {
                "identifier": "git://jane:*******@host/r.git",
                "attrs": { "git.fullurl": "https://************@host/r.git" },
            } })
        );
        let inputs = vec![pb::MergeInput { input: 0 }, pb::MergeInput { input: -1 }];
        assert_eq!(shown(Op::Merge(pb::MergeOp { inputs })), json!({ "merge": { "inputs": [0, null] } }));
        let diff =
            pb::DiffOp { lower: Some(pb::LowerDiffInput { input: -1 }), upper: Some(pb::UpperDiffInput { input: 0 }) };
        assert_eq!(shown(Op::Diff(diff)), json!({ "diff": { "upper": 0 } }));
        let inner = pb::SourceOp { identifier: "https://u:p@host/x".to_owned(), ..pb::SourceOp::default() };
        let build = pb::BuildOp {
            builder: -1,
            inputs: [("context".to_owned(), pb::BuildInput { input: 0 })].into(),
            def: Some(definition(vec![pb::Op { op: Some(Op::Source(inner)), ..pb::Op::default() }])),
            attrs: [("k".to_owned(), String::new())].into(),
        };
        let build = &shown(Op::Build(build))["build"];
        assert_eq!(build["inputs"], json!({ "context": 0 }));
        assert_eq!(build["attrs"], json!({ "k": "" }));
        assert_eq!(build["definition"][0]["op"], json!({ "source": { "identifier": "https://***@host/x" } }));
        assert_eq!(build.get("builder"), None);
    }

    #[test]
    fn builds_in_builds_end_somewhere() {
        let mut inner = pb::Op::default();
        for _ in 0..MOST_NESTED + 2 {
            let build = pb::BuildOp { def: Some(definition(vec![inner])), ..pb::BuildOp::default() };
            inner = pb::Op { op: Some(Op::Build(build)), ..pb::Op::default() };
        }
        let mut shown = &to_json(&definition(vec![inner]).encode_to_vec()).unwrap()[0];
        for _ in 0..MOST_NESTED {
            shown = &shown["op"]["build"]["definition"][0];
        }
        assert!(shown["digest"].is_string());
        assert_eq!(shown["op"]["build"].get("definition"), None);
    }

    #[test]
    fn commands_and_files_without_credentials() {
        let url = || "https://u:p@host".to_owned();
        let meta = pb::Meta { args: vec![url()], env: vec![url()], ..pb::Meta::default() };
        let exec = shown(Op::Exec(pb::ExecOp { meta: Some(meta), ..pb::ExecOp::default() }));
        assert_eq!(exec, json!({ "exec": { "args": ["https://***@host"], "env": ["https://***@host"] } }));
        let file = pb::FileActionMkFile { data: url().into_bytes(), ..pb::FileActionMkFile::default() };
        let action = pb::FileAction { action: Some(Action::Mkfile(file)), ..pb::FileAction::default() };
        let file = shown(Op::File(pb::FileOp { actions: vec![action] }));
        assert_eq!(file["file"]["actions"][0]["mkfile"]["data"], "https://***@host");
    }

    #[test]
    fn what_is_no_definition() {
        assert!(to_json(b"\xff").is_err());
        assert!(
            to_json(&pb::Definition { def: vec![vec![0xff]], ..pb::Definition::default() }.encode_to_vec()).is_err()
        );
        assert_eq!(to_json(b"").unwrap(), json!([]));
    }
}
