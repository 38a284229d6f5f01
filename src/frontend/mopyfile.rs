//! Reading the Mopyfile of a build.

use std::collections::BTreeMap;

use tonic::Status;

use super::bridge::Bridge;
use super::context::{Context, basename};
use super::failure::Failure;
use super::wire::BuildResult;
use crate::mopyfile::file::{self, IGNORE_SUFFIX, LOCK_SUFFIX, MAX_BYTES, MAX_BYTES_BESIDE};
use crate::source::Source;

/// A build's Mopyfile and what lies beside it.
pub(super) struct Mopyfile {
    /// Its name and text.
    pub(super) source: Source,
    /// Its lock, if it has one.
    pub(super) lock: Option<Source>,
    /// The patterns that stand beside it for this Mopyfile alone.
    pub(super) ignore: Option<Vec<u8>>,
    /// The digest of the operation that has loaded it.
    pub(super) digest: String,
}

impl Mopyfile {
    /// Reads the first of the context's candidates that is there.
    pub(super) async fn read(bridge: &Bridge, context: &Context) -> Result<Self, Failure> {
        let solve = |definition: &Vec<u8>| bridge.solve(definition.clone(), Vec::new());
        let (result, locks) = tokio::try_join!(solve(&context.definition), async {
            match &context.locks {
                Some(definition) => solve(definition).await.map(Some),
                None => Ok(None),
            }
        })?;
        let id = result.first_id();
        for (path, name) in &context.candidates {
            // an empty file system has no id
            if id.is_empty() {
                break;
            }
            match bridge.read_file(id, path, MAX_BYTES + 1).await {
                Ok(data) => {
                    let ignore = read_if_there(bridge, id, &format!("{path}{IGNORE_SUFFIX}")).await?;
                    let locks = locks.as_ref().map_or(id, BuildResult::first_id);
                    let lock = read_if_there(bridge, locks, &format!("{path}{LOCK_SUFFIX}")).await?;
                    let lock_name = format!("{name}{LOCK_SUFFIX}");
                    // whether or not it leads to something: `mopy lock` would not write there
                    if bridge.is_link(locks, &format!("{path}{LOCK_SUFFIX}")).await {
                        return Err(Failure::new(format!(
                            "`{lock_name}` is a symbolic link; the lock has to be a regular file"
                        )));
                    }
                    return Ok(Self {
                        source: file::decode(name, data)
                            .map_err(|(source, found)| Failure::problems(&source, &found))?,
                        lock: lock.map(|data| Source::new(lock_name, String::from_utf8_lossy(&data))),
                        ignore,
                        digest: context.digest.clone(),
                    });
                }
                Err(status) if is_missing(&status) => {}
                Err(status) if status.message().ends_with("is a directory") => {
                    return Err(Failure::new(format!("`{name}` is a directory; the Mopyfile has to be a file")));
                }
                Err(status) => return Err(status.into()),
            }
        }
        Err(missing(context))
    }

    /// The name of its file.
    pub(super) fn file_name(&self) -> &str {
        match basename(self.source.name()) {
            "<stdin>" | "" | "." | ".." => "Mopyfile",
            name => name,
        }
    }

    /// What the generated Dockerfile is called: a name that nobody takes for a file of their own.
    pub(super) fn generated_name(&self) -> String {
        format!("{}.Dockerfile", self.file_name())
    }

    /// The directory for the nested build: the generated Dockerfile and its ignore file, `default` unless the
    /// Mopyfile has its own. An empty ignore file counts, too, and switches that of the context off.
    pub(super) fn files<'a>(&'a self, text: &'a str, default: Option<&'a str>) -> BTreeMap<String, &'a [u8]> {
        let name = self.generated_name();
        let ignore = self.ignore.as_deref().or(default.map(str::as_bytes));
        let ignore = ignore.map(|data| (format!("{name}{IGNORE_SUFFIX}"), data));
        ignore.into_iter().chain([(name, text.as_bytes())]).collect()
    }
}

/// The small file at `path`, if there is one. Half an ignore file would let files into the image.
pub(super) async fn read_if_there(bridge: &Bridge, id: &str, path: &str) -> Result<Option<Vec<u8>>, Failure> {
    // an empty file system has no id
    if id.is_empty() {
        return Ok(None);
    }
    match bridge.read_file(id, path, MAX_BYTES_BESIDE + 1).await {
        Ok(data) if data.len() > MAX_BYTES_BESIDE => Err(Failure::new(format!("`{path}` is larger than 1 MiB"))),
        Ok(data) => Ok(Some(data)),
        Err(status) if is_missing(&status) => Ok(None),
        Err(status) => Err(status.into()),
    }
}

/// Whether a call has failed as there is no such file.
pub(super) fn is_missing(status: &Status) -> bool {
    ["no such file or directory", "not a directory", "file does not exist"]
        .iter()
        .any(|words| status.message().ends_with(words))
}

fn missing(context: &Context) -> Failure {
    let names: Vec<String> = context.candidates.iter().map(|(_, name)| format!("`{name}`")).collect();
    Failure::new(format!(
        "there is no {} in {}; name the Mopyfile with `-f`, or `--opt filename=` of buildctl",
        names.join(" or "),
        context.words
    ))
}
