//! The metadata of the files in a directory of the client.

use std::collections::BTreeMap;
use std::io;

use buildkit_proto::fsutil::types::Stat;
use prost::Message;

use super::bridge::{Bridge, DIRECTORY, FILE_LIMIT, LINK};
use super::definition::{Local, METADATA_ONLY, State};
use crate::links::{self, Way};
use crate::mopyfile::lookup::Contents;
use crate::mopyfile::path::ContextPath;

/// The file in which BuildKit stores the metadata: messages, each after its length in four bytes
/// (`github.com/tonistiigi/fsutil`, `receive.go`).
const FILE: &str = ".fsutil-metadata";

const TITLE: &str = "[internal] list the files that the Mopyfile refers to";

/// Files, directories and links by their paths.
pub(super) struct Listing(BTreeMap<String, Stat>);

impl Listing {
    /// Lists everything below `directory` in `local`, if BuildKit can.
    pub(super) async fn read(bridge: &Bridge, local: Local<'_>, directory: &ContextPath) -> Option<Self> {
        if !bridge.supports(METADATA_ONLY) {
            return None;
        }
        let follow = Some(directory.as_str()).filter(|path| !path.is_empty()).map(str::to_owned).into_iter().collect();
        let local = Local { hint: "mopy-listing", follow, metadata_only: true, ..local };
        let id = bridge.solve(State::local(&local, TITLE).encode(), Vec::new()).await.ok()?;
        let bytes = bridge.read_file(&id, FILE, FILE_LIMIT).await.ok()?;
        Some(Self::decode(&bytes))
    }

    /// The complete messages at the beginning of `bytes`.
    fn decode(mut bytes: &[u8]) -> Self {
        let mut entries = BTreeMap::new();
        while let Some((length, rest)) = bytes.split_first_chunk() {
            let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
            let Some((message, rest)) = rest.split_at_checked(length) else { break };
            let Ok(stat) = Stat::decode(message) else { break };
            entries.insert(stat.path.clone(), stat);
            bytes = rest;
        }
        Self(entries)
    }

    /// The notable files below `directory`, which may be a symbolic link.
    pub(super) fn contents(&self, directory: &ContextPath) -> Option<Contents> {
        let target = |path: &str| match self.0.get(path) {
            Some(stat) => Ok((stat.mode & LINK != 0).then(|| stat.linkname.clone())),
            None => Err(io::ErrorKind::NotFound.into()),
        };
        let Way { end: root, error: None, .. } = links::follow_with(target, directory.as_str()) else { return None };
        let prefix = if root.is_empty() { String::new() } else { format!("{root}/") };
        let mut contents = Contents::default();
        let below = self.0.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix));
        for (path, Stat { mode, linkname, .. }) in below {
            if mode & LINK != 0 {
                contents.add_link(&root, path, linkname);
            } else {
                contents.add(path, *mode, mode & DIRECTORY != 0);
            }
        }
        Some(contents)
    }
}

#[cfg(test)]
mod tests {
    use buildkit_proto::fsutil::types::Stat;
    use prost::Message;

    use super::{DIRECTORY, LINK, Listing};
    use crate::mopyfile::path::ContextPath;

    fn encoded(entries: &[(&str, u32, &str)]) -> Vec<u8> {
        let message = |(path, mode, linkname): &(&str, u32, &str)| {
            let stat =
                Stat { path: (*path).to_owned(), mode: *mode, linkname: (*linkname).to_owned(), ..Stat::default() };
            let message = stat.encode_to_vec();
            [&u32::try_from(message.len()).unwrap().to_le_bytes(), message.as_slice()].concat()
        };
        entries.iter().flat_map(message).collect()
    }

    fn found(bytes: &[u8], directory: &str) -> Option<(Vec<String>, Vec<String>)> {
        let contents = Listing::decode(bytes).contents(&ContextPath::parse(directory).unwrap())?;
        Some((contents.outside.into_iter().map(|(path, _)| path).collect(), contents.unreadable))
    }

    #[test]
    fn a_copied_directory_may_be_a_link() {
        let bytes = encoded(&[
            ("app", LINK | 0o777, "code/app"),
            ("app.old", 0o600, ""),
            ("code", DIRECTORY | 0o700, ""),
            ("code/app", DIRECTORY | 0o755, ""),
            ("code/app/copy", 0o644, "code/app/main.py"),
            ("code/app/data", DIRECTORY | 0o700, ""),
            ("code/app/inside", LINK | 0o777, "./data/../data"),
            ("code/app/main.py", 0o640, ""),
            ("code/app/outside", LINK | 0o777, "../lib"),
            ("code/apple", 0o600, ""),
        ]);
        let strings = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let expected = (strings(&["code/app/outside"]), strings(&["code/app/data", "code/app/main.py"]));
        assert_eq!(found(&bytes, "./app/"), Some(expected));
        assert_eq!(found(&bytes, "./other/"), None);
        let (outside, unreadable) = found(&bytes, "./").unwrap();
        assert_eq!((outside.len(), unreadable.len()), (0, 5), "{outside:?} {unreadable:?}");
    }

    #[test]
    fn incomplete_messages_are_left_out() {
        let bytes = encoded(&[("a", 0o600, ""), ("b", 0o600, "")]);
        for length in 0..=bytes.len() {
            let Some((_, unreadable)) = found(&bytes[..length], "./") else { panic!("{length}") };
            assert_eq!(unreadable.len(), length * 2 / bytes.len(), "{length}");
        }
        assert_eq!(found(b"\xff\xff\xff\xff\x01", "./"), Some((Vec::new(), Vec::new())));
    }
}
