//! Reading the Mopyfile of a build.

use std::collections::{BTreeMap, HashMap};

use tonic::Status;

use super::bridge::Bridge;
use super::context::{Context, basename};
use super::definition::head;
use super::failure::Failure;
use crate::mopyfile::file::{self, IGNORE_SUFFIX, LOCK_SUFFIX, MAX_BYTES, MAX_COMPANION_BYTES};
use crate::source::Source;

/// The Mopyfile of a build, and the files next to it.
pub(super) struct LoadedMopyfile {
    /// Its name and text.
    pub(super) source: Source,
    /// Its lock file, if it exists.
    pub(super) lock: Option<Source>,
    /// The patterns of its own ignore file.
    pub(super) ignore: Option<Vec<u8>>,
    /// The digest of the operation that loaded it.
    pub(super) digest: String,
}

impl LoadedMopyfile {
    /// Reads the first candidate that exists.
    pub(super) async fn read(bridge: &Bridge, context: &Context) -> Result<Self, Failure> {
        let (found, locks) = tokio::join!(Found::read(bridge, context), locks(bridge, context));
        let Found { id, candidate, data, ignore } = found?;
        let lock = match locks? {
            Some(mut locks) => locks.remove(candidate).unwrap_or(Ok(None)),
            None => lock(bridge, &id, candidate).await,
        };
        let name = &candidate.1;
        Ok(Self {
            source: file::decode(name, data).map_err(|(source, found)| Failure::Errors(source, found))?,
            lock: lock?.map(|data| Source::new(lock_name(name), String::from_utf8_lossy(&data))),
            ignore,
            digest: head(&context.definition),
        })
    }

    /// The name of its file.
    pub(super) fn file_name(&self) -> &str {
        match basename(self.source.name()) {
            "<stdin>" | "" | "." | ".." => "Mopyfile",
            name => name,
        }
    }

    /// The name of the generated Dockerfile, which does not look like a user's file.
    pub(super) fn generated_name(&self) -> String {
        format!("{}.Dockerfile", self.file_name())
    }

    /// The files for the nested build: the generated Dockerfile and its ignore file, which is `default` unless the
    /// Mopyfile has its own. An empty ignore file also counts, and disables that of the context.
    pub(super) fn files<'a>(&'a self, text: &'a str, default: Option<&'a str>) -> BTreeMap<String, &'a [u8]> {
        let name = self.generated_name();
        let ignore = self.ignore.as_deref().or(default.map(str::as_bytes));
        let ignore = ignore.map(|data| (format!("{name}{IGNORE_SUFFIX}"), data));
        ignore.into_iter().chain([(name, text.as_bytes())]).collect()
    }
}

/// A path where the Mopyfile may be, and the name to show for it.
type Candidate = (String, String);

/// A Mopyfile that was found.
struct Found<'a> {
    /// The ID of its file system.
    id: String,
    candidate: &'a Candidate,
    data: Vec<u8>,
    /// The contents of its own ignore file.
    ignore: Option<Vec<u8>>,
}

impl<'a> Found<'a> {
    async fn read(bridge: &Bridge, context: &'a Context) -> Result<Self, Failure> {
        let id = bridge.solve(context.definition.clone(), Vec::new()).await?;
        for candidate in &context.candidates {
            let (path, name) = candidate;
            let ignore = format!("{path}{IGNORE_SUFFIX}");
            let (data, ignore) =
                tokio::join!(bridge.read_file(&id, path, MAX_BYTES + 1), read_if_there(bridge, &id, &ignore));
            match data {
                Ok(data) => return Ok(Self { id, candidate, data, ignore: ignore? }),
                Err(status) if is_missing(&status) => {}
                Err(status) if status.message().ends_with("is a directory") => {
                    return Err(Failure::new(format!("`{name}` is a directory, not a Mopyfile")));
                }
                Err(status) => return Err(status.into()),
            }
        }
        Err(missing(context))
    }
}

/// The contents of a lock file, if it exists.
type LockBytes = Result<Option<Vec<u8>>, Failure>;

/// The lock files of all candidates, if they are in a separate file system, which is transferred in parallel.
async fn locks<'a>(
    bridge: &Bridge,
    context: &'a Context,
) -> Result<Option<HashMap<&'a Candidate, LockBytes>>, Failure> {
    let Some(definition) = &context.locks else { return Ok(None) };
    let id = bridge.solve(definition.clone(), Vec::new()).await?;
    let mut locks = HashMap::new();
    for candidate in &context.candidates {
        locks.insert(candidate, lock(bridge, &id, candidate).await);
    }
    Ok(Some(locks))
}

/// The lock file of `candidate`.
async fn lock(bridge: &Bridge, id: &str, (path, name): &Candidate) -> LockBytes {
    let path = format!("{path}{LOCK_SUFFIX}");
    let (lock, is_link) = tokio::join!(read_if_there(bridge, id, &path), bridge.is_link(id, &path));
    // even if it is broken: `mopy lock` would replace it
    if is_link {
        return Err(Failure::new(format!(
            "`{}` is a symbolic link; the lock file must be a regular file",
            lock_name(name)
        )));
    }
    lock
}

fn lock_name(name: &str) -> String {
    format!("{name}{LOCK_SUFFIX}")
}

/// Reads the small file at `path`, if it exists. It must be complete, because a truncated ignore file would let files
/// into the image.
pub(super) async fn read_if_there(bridge: &Bridge, id: &str, path: &str) -> Result<Option<Vec<u8>>, Failure> {
    match bridge.read_file(id, path, MAX_COMPANION_BYTES + 1).await {
        Ok(data) if data.len() > MAX_COMPANION_BYTES => Err(Failure::new(format!("`{path}` is larger than 1 MiB"))),
        Ok(data) => Ok(Some(data)),
        Err(status) if is_missing(&status) => Ok(None),
        Err(status) => Err(status.into()),
    }
}

/// Whether a call failed because the file does not exist.
pub(super) fn is_missing(status: &Status) -> bool {
    ["no such file or directory", "not a directory", "file does not exist"]
        .iter()
        .any(|words| status.message().ends_with(words))
}

fn missing(context: &Context) -> Failure {
    let names: Vec<String> = context.candidates.iter().map(|(_, name)| format!("`{name}`")).collect();
    Failure::new(format!(
        "there is no {} in {}; pass the Mopyfile with `-f`, or with `--opt filename=` of buildctl",
        names.join(" or "),
        context.description
    ))
}
