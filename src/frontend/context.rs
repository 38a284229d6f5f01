//! The source of the Mopyfile: a directory of the client, a git repository, an archive, or an input
//! (`frontend/dockerui/context.go`).

use std::collections::HashMap;

use super::bridge::Bridge;
use super::definition::{Local, State};
use super::environment::{Environment, parse_bool};
use super::failure::Failure;
use super::git::GitRef;
use crate::mopyfile::file::{IGNORE_SUFFIX, LOCK_SUFFIX, NAMES};
use crate::redact;

/// The default name of clients, which they also use for standard input.
const DOCKERFILE: &str = "Dockerfile";

/// The name of a downloaded file.
const DOWNLOAD: &str = "context";

/// The input of the nested build that is its context (`frontend/dockerui/context.go`), and the client's name for the
/// directory that is the context otherwise.
pub(super) const CONTEXT: &str = "context";

/// The file system that contains the Mopyfile, and the build context.
#[derive(Default)]
pub(super) struct Context {
    /// The file system as an encoded definition.
    pub(super) definition: Vec<u8>,
    /// The possible paths of the Mopyfile, and the names to show for them.
    pub(super) candidates: Vec<(String, String)>,
    /// The file system that contains the lock file, if it is a separate one: the other definition is shared with the
    /// Dockerfile frontend, which does not request lock files.
    pub(super) locks: Option<Vec<u8>>,
    /// A description of the file system for messages.
    pub(super) description: String,
    /// The inputs of the build, with a remote context, as encoded definitions.
    pub(super) inputs: HashMap<String, Vec<u8>>,
    /// The address of a remote context.
    pub(super) remote: Option<String>,
}

/// A remote build context.
struct Remote {
    /// The encoded definition.
    definition: Vec<u8>,
    /// Whether the address is that of a Mopyfile instead of an archive.
    is_file: bool,
}

impl Context {
    /// Finds the file system that contains the Mopyfile of this build.
    pub(super) async fn find(
        bridge: &Bridge,
        environment: &Environment,
        mut inputs: HashMap<String, Vec<u8>>,
    ) -> Result<Self, Failure> {
        let address = environment.option(environment.context_key()).unwrap_or_default();
        let remote = Remote::find(bridge, environment, address).await?;
        let forced = environment.option("dockerfilekey");
        let names = names(environment);
        let context = match (&remote, inputs.get("dockerfile")) {
            (Some(remote), _) if forced.is_none() => Self::remote(remote, address, &names),
            (None, Some(input)) if forced.is_none() => Self {
                definition: input.clone(),
                candidates: shown(candidates(&names), false),
                description: "the build input `dockerfile`".to_owned(),
                ..Self::default()
            },
            _ => Self::local(environment, forced, &names),
        };
        let remote = remote.map(|remote| {
            inputs.insert(CONTEXT.to_owned(), remote.definition);
            address.to_owned()
        });
        Ok(Self { inputs, remote, ..context })
    }

    fn remote(remote: &Remote, address: &str, names: &[String]) -> Self {
        let candidates = if remote.is_file {
            let path = address.split(['?', '#']).next().unwrap_or(address);
            vec![(DOWNLOAD.to_owned(), basename(path).to_owned())]
        } else {
            shown(candidates(names), false)
        };
        let description = format!("the build context `{}`", redact::text(address));
        Self { definition: remote.definition.clone(), candidates, description, ..Self::default() }
    }

    fn local(environment: &Environment, forced: Option<&str>, names: &[String]) -> Self {
        let name = forced.unwrap_or("dockerfile");
        let candidates = candidates(names);
        // in the order of the Dockerfile frontend, because the digest depends on it
        let mut paths: Vec<String> =
            names.iter().flat_map(|name| [name.clone(), format!("{name}{IGNORE_SUFFIX}")]).collect();
        paths.extend(candidates.iter().filter(|path| !names.contains(path)).cloned());
        let title = format!("[internal] load build definition from {}", names.first().map_or("", String::as_str));
        let session = environment.session_of(name);
        let local = Local { name, session, hint: name, follow: paths, whole: true, ..Local::default() };
        let state = State::local(&local, &title);
        let locks = candidates.iter().map(|path| format!("{path}{LOCK_SUFFIX}")).collect();
        let locks = State::local(&Local { hint: "mopy-lock", follow: locks, ..local }, "[internal] load the lock file");
        Self {
            definition: state.encode(),
            candidates: shown(candidates, forced.is_some()),
            locks: Some(locks.encode()),
            description: "the directory that was passed to the build".to_owned(),
            ..Self::default()
        }
    }
}

impl Remote {
    async fn find(bridge: &Bridge, environment: &Environment, address: &str) -> Result<Option<Self>, Failure> {
        let git = GitRef::parse(address)
            .map_err(|reason| Failure::new(format!("invalid address of the build context: {reason}")))?;
        if let Some(mut git) = git {
            let keeps_git = environment.option("build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR").and_then(parse_bool);
            git.keep_git |= keeps_git.unwrap_or_default();
            let dated = environment.option("build-arg:SOURCE_DATE_EPOCH").is_some_and(|epoch| !epoch.is_empty());
            if dated && git.mtime.is_empty() && bridge.supports("source.git.mtime") {
                "commit".clone_into(&mut git.mtime);
            }
            let state = git.state(&format!("[internal] load git source {}", redact::text(address)));
            return Ok(Some(Self { definition: state.encode(), is_file: false }));
        }
        if !address.starts_with("http://") && !address.starts_with("https://") {
            return Ok(None);
        }
        let file = State::http(address, DOWNLOAD, "[internal] load remote build context");
        let id = bridge.solve(file.clone().encode(), Vec::new()).await?;
        let start = bridge.read_file(&id, DOWNLOAD, 1024).await?;
        if is_archive(&start) {
            let tree = file.unpacked(&format!("/{DOWNLOAD}"), "[internal] unpack remote build context");
            return Ok(Some(Self { definition: tree.encode(), is_file: false }));
        }
        Ok(Some(Self { definition: file.encode(), is_file: true }))
    }
}

/// The possible files of the Mopyfile, according to the client.
fn names(environment: &Environment) -> Vec<String> {
    match environment.option("filename") {
        Some(name) if !name.is_empty() => vec![name.to_owned()],
        // the Dockerfile frontend read a file with its default name, whose first line selects mopy
        _ if environment.option("cmdline").is_some() => vec![DOCKERFILE.to_owned()],
        _ => NAMES.map(str::to_owned).to_vec(),
    }
}

/// The names, and the alternative spelling of `Dockerfile`.
fn candidates(names: &[String]) -> Vec<String> {
    let mut paths = names.to_vec();
    for name in names {
        if let Some(directory) = name.strip_suffix(DOCKERFILE)
            && (directory.is_empty() || directory.ends_with('/'))
        {
            paths.push(format!("{directory}dockerfile"));
        }
    }
    paths
}

fn shown(paths: Vec<String>, is_forced: bool) -> Vec<(String, String)> {
    let show = |path: &str| {
        // `docker build -f -` and `docker build -` send standard input in a separate directory
        let stdin = is_forced && path.eq_ignore_ascii_case(DOCKERFILE);
        if stdin { "<stdin>".to_owned() } else { path.to_owned() }
    };
    paths.into_iter().map(|path| (path.clone(), show(&path))).collect()
}

/// The last component of a path.
pub(super) fn basename(path: &str) -> &str {
    path.rsplit('/').find(|part| !part.is_empty()).unwrap_or(path)
}

/// Whether a file that starts with `start` is an archive: bzip2, gzip, xz, or a tar header, whose checksum counts its
/// own field as spaces (POSIX, `pax`, "ustar Interchange Format").
fn is_archive(start: &[u8]) -> bool {
    let magic: [&[u8]; 3] = [b"BZh", b"\x1f\x8b\x08", b"\xfd7zXZ\0"];
    if magic.iter().any(|magic| start.starts_with(magic)) {
        return true;
    }
    let Some(header) = start.get(..512) else {
        return false;
    };
    let field = 148..156;
    let sum: u32 =
        header.iter().enumerate().map(|(at, byte)| if field.contains(&at) { 32 } else { u32::from(*byte) }).sum();
    let digits = String::from_utf8_lossy(&header[field]);
    u32::from_str_radix(digits.trim_matches(['\0', ' ']), 8) == Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::{basename, candidates, is_archive, shown};

    #[test]
    fn archives() {
        assert!(is_archive(b"BZh91AY"));
        assert!(is_archive(b"\x1f\x8b\x08\0"));
        assert!(!is_archive(b"python: 3.13\n"));
        assert!(!is_archive(&[0; 1024]));
        let mut header = [0_u8; 1024];
        header[..4].copy_from_slice(b"file");
        let sum: u32 = 8 * 32 + header.iter().map(|byte| u32::from(*byte)).sum::<u32>();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        assert!(is_archive(&header));
        header[0] = b'x';
        assert!(!is_archive(&header));
    }

    #[test]
    fn names_to_try_and_to_show() {
        assert_eq!(candidates(&["a/Dockerfile".into()]), ["a/Dockerfile", "a/dockerfile"]);
        assert_eq!(candidates(&["myDockerfile".into()]), ["myDockerfile"]);
        assert_eq!(shown(vec!["Dockerfile".into()], true)[0].1, "<stdin>");
        assert_eq!(shown(vec!["Dockerfile".into()], false)[0].1, "Dockerfile");
        assert_eq!(shown(vec!["M.yaml".into()], true)[0].1, "M.yaml");
        assert_eq!(basename("a/b/"), "b");
    }
}
