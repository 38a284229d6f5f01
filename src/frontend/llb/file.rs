//! Changes of files.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use buildkit_proto::pb;
use buildkit_proto::pb::file_action::Action;
use buildkit_proto::pb::user_opt::User;
use serde_json::{Map, Value};

use super::{given, index, object, text};

pub(super) fn action(action: &pb::FileAction) -> Value {
    let (name, change) = match &action.action {
        Some(Action::Copy(copy)) => ("copy", copied(copy)),
        Some(Action::Mkfile(file)) => ("mkfile", made(file)),
        Some(Action::Mkdir(directory)) => (
            "mkdir",
            object([
                ("path", text(&directory.path)),
                ("mode", mode(directory.mode)),
                ("makeParents", directory.make_parents.into()),
                ("owner", owner(directory.owner.as_ref())),
                ("timestamp", index(directory.timestamp)),
            ]),
        ),
        Some(Action::Rm(remove)) => (
            "rm",
            object([
                ("path", text(&remove.path)),
                ("allowNotFound", remove.allow_not_found.into()),
                ("allowWildcard", remove.allow_wildcard.into()),
            ]),
        ),
        Some(Action::Symlink(link)) => (
            "symlink",
            object([
                ("oldPath", text(&link.oldpath)),
                ("newPath", text(&link.newpath)),
                ("owner", owner(link.owner.as_ref())),
                ("timestamp", index(link.timestamp)),
            ]),
        ),
        None => ("unknown", Value::Null),
    };
    let mut fields: Map<_, _> = given([
        ("input", index(action.input)),
        ("secondaryInput", index(action.secondary_input)),
        ("output", index(action.output)),
    ])
    .collect();
    fields.insert(name.to_owned(), change);
    fields.into()
}

fn copied(copy: &pb::FileActionCopy) -> Value {
    object([
        ("src", text(&copy.src)),
        ("dest", text(&copy.dest)),
        ("owner", owner(copy.owner.as_ref())),
        // such as `u=rwX,go=rX`
        ("mode", if copy.mode_str.is_empty() { mode(copy.mode) } else { text(&copy.mode_str) }),
        ("followSymlink", copy.follow_symlink.into()),
        ("dirCopyContents", copy.dir_copy_contents.into()),
        ("attemptUnpackDockerCompatibility", copy.attempt_unpack_docker_compatibility.into()),
        ("createDestPath", copy.create_dest_path.into()),
        ("allowWildcard", copy.allow_wildcard.into()),
        ("allowEmptyWildcard", copy.allow_empty_wildcard.into()),
        ("timestamp", index(copy.timestamp)),
        ("includePatterns", copy.include_patterns.clone().into()),
        ("excludePatterns", copy.exclude_patterns.clone().into()),
        ("alwaysReplaceExistingDestPaths", copy.always_replace_existing_dest_paths.into()),
        ("requiredPaths", copy.required_paths.clone().into()),
    ])
}

fn made(file: &pb::FileActionMkFile) -> Value {
    let mut fields: Map<_, _> = given([
        ("path", text(&file.path)),
        ("mode", mode(file.mode)),
        ("owner", owner(file.owner.as_ref())),
        ("timestamp", index(file.timestamp)),
    ])
    .collect();
    // an empty file has its data, too
    let (key, data) = match std::str::from_utf8(&file.data) {
        Ok(text) => ("data", text.to_owned()),
        Err(_) => ("base64", STANDARD.encode(&file.data)),
    };
    fields.insert(key.to_owned(), data.into());
    fields.into()
}

fn owner(owner: Option<&pb::ChownOpt>) -> Value {
    let one = |user: Option<&pb::UserOpt>| match user.and_then(|user| user.user.as_ref()) {
        Some(User::ByName(named)) => object([("name", text(&named.name)), ("input", index(named.input))]),
        Some(User::ById(id)) => (*id).into(),
        None => Value::Null,
    };
    let both =
        |owner: &pb::ChownOpt| object([("user", one(owner.user.as_ref())), ("group", one(owner.group.as_ref()))]);
    owner.map(both).into()
}

/// The bits of a mode as `chmod` takes them; -1 says that there are none.
fn mode(bits: i32) -> Value {
    if bits < 0 { Value::Null } else { format!("{bits:04o}").into() }
}

#[cfg(test)]
mod tests {
    use buildkit_proto::pb;
    use buildkit_proto::pb::file_action::Action;
    use serde_json::{Value, json};

    use super::action;

    fn owner() -> Option<pb::ChownOpt> {
        let by = |user| Some(pb::UserOpt { user: Some(user) });
        let named = pb::NamedUserOpt { name: "www".to_owned(), input: -1 };
        Some(pb::ChownOpt { user: by(pb::user_opt::User::ById(65532)), group: by(pb::user_opt::User::ByName(named)) })
    }

    #[test]
    fn changes_of_files() {
        let copy = pb::FileActionCopy {
            src: "/a".to_owned(),
            dest: "/b".to_owned(),
            owner: owner(),
            mode: -1,
            allow_wildcard: true,
            timestamp: -1,
            exclude_patterns: vec!["*.pyc".to_owned()],
            ..pb::FileActionCopy::default()
        };
        let file = |data: &[u8]| pb::FileActionMkFile {
            path: "/f".to_owned(),
            mode: 0o644,
            data: data.to_vec(),
            owner: None,
            timestamp: 0,
        };
        let directory =
            pb::FileActionMkDir { path: "/d".to_owned(), mode: 0o755, make_parents: true, owner: None, timestamp: -1 };
        let remove = pb::FileActionRm { path: "/r".to_owned(), allow_not_found: true, allow_wildcard: false };
        let link =
            pb::FileActionSymlink { oldpath: "/o".to_owned(), newpath: "/n".to_owned(), owner: None, timestamp: -1 };
        let with_mode = pb::FileActionCopy { mode_str: "u=rwX".to_owned(), timestamp: -1, ..copy.clone() };
        let actions = [
            Some(Action::Copy(copy)),
            Some(Action::Copy(with_mode)),
            Some(Action::Mkfile(file("ü https://host".as_bytes()))),
            Some(Action::Mkfile(file(b"\xff\x00"))),
            Some(Action::Mkfile(file(b""))),
            Some(Action::Mkdir(directory)),
            Some(Action::Rm(remove)),
            Some(Action::Symlink(link)),
            None,
        ];
        let actions = actions.map(|action| pb::FileAction { input: 0, secondary_input: -1, output: -1, action });
        let value: Vec<Value> = actions.iter().map(action).collect();
        let owner = json!({ "user": 65532, "group": { "name": "www" } });
        let copied = json!({
            "src": "/a", "dest": "/b", "owner": owner, "allowWildcard": true, "excludePatterns": ["*.pyc"],
        });
        let mut with_mode = copied.clone();
        with_mode["mode"] = "u=rwX".into();
        let expected = [
            ("copy", copied),
            ("copy", with_mode),
            ("mkfile", json!({ "path": "/f", "mode": "0644", "timestamp": 0, "data": "ü https://host" })),
            ("mkfile", json!({ "path": "/f", "mode": "0644", "timestamp": 0, "base64": "/wA=" })),
            ("mkfile", json!({ "path": "/f", "mode": "0644", "timestamp": 0, "data": "" })),
            ("mkdir", json!({ "path": "/d", "mode": "0755", "makeParents": true })),
            ("rm", json!({ "path": "/r", "allowNotFound": true })),
            ("symlink", json!({ "oldPath": "/o", "newPath": "/n" })),
            ("unknown", Value::Null),
        ];
        let expected: Vec<Value> =
            expected.into_iter().map(|(name, change)| json!({ "input": 0, name: change })).collect();
        assert_eq!(value, expected);
    }
}
