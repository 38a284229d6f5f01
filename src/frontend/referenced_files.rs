//! Checks the files that a Mopyfile refers to before the build, so that missing files are reported at their line
//! instead of by a failing step.

use std::collections::HashMap;

use tonic::Status;

use super::bridge::{Bridge, DIRECTORY};
use super::context::Context;
use super::definition::{Local, State};
use super::environment::Environment;
use super::failure::Failure;
use super::listing::Listing;
use super::loaded::{LoadedMopyfile, is_missing, read_if_there};
use crate::diagnostic::{Diagnostics, rule};
use crate::dockerfile::word::unglobbed;
use crate::lock::UvVersion;
use crate::mopyfile::Mopyfile;
use crate::mopyfile::ignore;
use crate::mopyfile::lookup::{self, Contents, Entry, Found};
use crate::mopyfile::path::ContextPath;

/// The client's names for the build context and for its ignore file (`frontend/dockerui/config.go`).
const CONTEXT: &str = "context";
const IGNORE: &str = ".dockerignore";

const TITLE: &str = "[internal] check the files that the Mopyfile refers to";

/// The maximum size of a lock file that is read, in bytes: BuildKit limits messages to 16 MiB.
const MAX_LOCK: usize = 8 << 20;

/// The part of the build context that the Mopyfile refers to.
pub(super) struct ReferencedFiles<'a> {
    bridge: &'a Bridge,
    environment: &'a Environment,
    paths: Vec<ContextPath>,
    /// The context, unless it is a directory of the client. No patterns apply to it then.
    definition: Option<Vec<u8>>,
    /// The directory of the context in `definition`.
    directory: String,
    /// The ignore patterns of the client's directory.
    patterns: Vec<String>,
    has_ignore_file: bool,
    /// The default ignore file, which the build needs if the context has none.
    default: Option<String>,
    /// The version of uv that installs the packages, if uv does.
    uv: Option<UvVersion>,
}

/// Reads the ignore file of the context, if it is a directory of the client. The Dockerfile frontend also reads it; the
/// definition has the same bytes, so that the file is transferred only once.
pub(super) async fn ignore_file(
    bridge: &Bridge,
    environment: &Environment,
    context: &Context,
    inputs: &HashMap<String, Vec<u8>>,
) -> Result<Option<Vec<u8>>, Failure> {
    if given(context, inputs).is_some() {
        return Ok(None);
    }
    let hint = format!("{CONTEXT}-{IGNORE}");
    let local = Local { hint: &hint, follow: vec![IGNORE.to_owned()], whole: true, ..local(environment) };
    let state = State::local(&local, &format!("[internal] load {IGNORE}"));
    let result = bridge.solve(state.encode(), Vec::new()).await?;
    read_if_there(bridge, result.first_id(), IGNORE).await
}

/// The definition of a context that is not a directory of the client.
fn given<'a>(context: &'a Context, inputs: &'a HashMap<String, Vec<u8>>) -> Option<&'a Vec<u8>> {
    context.remote.as_ref().map(|remote| &remote.definition).or_else(|| inputs.get(CONTEXT))
}

fn local(environment: &Environment) -> Local<'_> {
    Local { name: CONTEXT, session: environment.session_of(CONTEXT), ..Local::default() }
}

impl<'a> ReferencedFiles<'a> {
    /// The context of this build. `ignore_file` matters only if `mopyfile` refers to files.
    pub(super) fn new(
        bridge: &'a Bridge,
        environment: &'a Environment,
        context: &Context,
        inputs: &HashMap<String, Vec<u8>>,
        loaded: &LoadedMopyfile,
        mopyfile: &Mopyfile,
        ignore_file: Result<Option<Vec<u8>>, Failure>,
    ) -> Result<Self, Failure> {
        let mut files = Self {
            bridge,
            environment,
            paths: lookup::paths(mopyfile),
            definition: given(context, inputs).cloned(),
            directory: environment.option("contextsubdir").unwrap_or_default().to_owned(),
            patterns: Vec::new(),
            has_ignore_file: true,
            default: None,
            uv: None,
        };
        if files.paths.is_empty() || files.definition.is_some() {
            return Ok(files);
        }
        let own = match &loaded.ignore {
            Some(own) => Some(own.clone()),
            None => ignore_file?,
        };
        files.has_ignore_file = own.is_some();
        let text = own
            .map_or_else(|| ignore::default_text(loaded.file_name()), |own| String::from_utf8_lossy(&own).into_owned());
        files.patterns = ignore::lines(&text).collect();
        files.default = (!files.has_ignore_file).then_some(text);
        Ok(files)
    }

    /// Sets the version of uv that installs the packages.
    pub(super) fn with_uv(self, uv: Option<UvVersion>) -> Self {
        Self { uv, ..self }
    }

    /// The default ignore file, if the build needs it.
    pub(super) fn default(&self) -> Option<&str> {
        self.default.as_deref()
    }

    /// Checks the files that `mopyfile` refers to. What cannot be determined is not reported: the build itself fails then.
    pub(super) async fn check(&self, mopyfile: &Mopyfile) -> Diagnostics {
        let mut found = Found { has_ignore_file: self.has_ignore_file, uv: self.uv, ..Found::default() };
        if self.paths.is_empty() {
            return Diagnostics::default();
        }
        let (visible, contents) = tokio::join!(self.solve(&self.patterns), self.contents(mopyfile));
        let Ok(visible) = visible else { return Diagnostics::default() };
        found.contents = contents;
        let mut absent = Vec::new();
        for path in &self.paths {
            match self.entry(&visible, path).await {
                Some(Entry::Absent) => absent.push(path),
                Some(entry) => drop(found.entries.insert(path.clone(), entry)),
                None => {}
            }
        }
        for (path, most) in lookup::texts(mopyfile) {
            let place = self.place(path.as_str());
            if let Ok(bytes) = self.bridge.read_file(&visible, &place, most.min(MAX_LOCK)).await {
                found.texts.insert(path, String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        let missing = absent.iter().map(|path| ((*path).clone(), Entry::Absent));
        let as_absent = Found { entries: found.entries.clone().into_iter().chain(missing).collect(), ..found.clone() };
        let diagnostics = lookup::check(mopyfile, &as_absent);
        if !diagnostics.has_errors() && diagnostics.of(&rule::NOT_INSTALLABLE).is_none() {
            return diagnostics;
        }
        // check again whether they are ignored, or reached through a symbolic link
        let whole = if self.patterns.is_empty() { Ok(visible) } else { self.solve(&[]).await };
        let Ok(whole) = whole else { return Diagnostics::default() };
        for path in absent {
            let entry = match self.entry(&whole, path).await {
                Some(Entry::Absent) if self.is_below_link(&whole, path).await => None,
                // an exception may include something in it
                Some(Entry::Directory) if self.patterns.iter().any(|pattern| keeps_in(pattern, path)) => None,
                Some(Entry::File | Entry::Directory) => Some(Entry::Ignored),
                other => other,
            };
            found.entries.extend(entry.map(|entry| (path.clone(), entry)));
        }
        lookup::check(mopyfile, &found)
    }

    /// Solves a file system with the paths of the context, except for those that match `exclude`.
    async fn solve(&self, exclude: &[String]) -> Result<String, Status> {
        let definition = self.definition.clone().unwrap_or_else(|| {
            let local = Local {
                hint: "mopy-lookup",
                include: includes(&self.paths),
                exclude: exclude.to_vec(),
                ..local(self.environment)
            };
            State::local(&local, TITLE).encode()
        });
        let result = self.bridge.solve(definition, Vec::new()).await?;
        Ok(result.first_id().to_owned())
    }

    /// The contents of the copied directory, if BuildKit can list them.
    async fn contents(&self, mopyfile: &Mopyfile) -> Option<Contents> {
        let directory = lookup::copied_directory(mopyfile).filter(|_| self.definition.is_none())?.value;
        let local = Local { exclude: self.patterns.clone(), ..local(self.environment) };
        Listing::read(self.bridge, local, &directory).await?.contents(&directory)
    }

    /// The entry at `path`, if it can be determined.
    async fn entry(&self, id: &str, path: &ContextPath) -> Option<Entry> {
        if path.as_str().is_empty() {
            return Some(Entry::Directory);
        }
        // an empty file system has no ID
        if id.is_empty() {
            return Some(Entry::Absent);
        }
        match self.bridge.stat_file(id, &self.place(path.as_str())).await {
            Ok(stat) if stat.mode & DIRECTORY != 0 => Some(Entry::Directory),
            Ok(_) => Some(Entry::File),
            Err(status) if is_missing(&status) => Some(Entry::Absent),
            Err(_) => None,
        }
    }

    /// Whether `path` or one of its parent directories is a symbolic link, whose target is not checked.
    async fn is_below_link(&self, id: &str, path: &ContextPath) -> bool {
        for path in ancestors(path.as_str()) {
            if self.bridge.is_link(id, &self.place(path)).await {
                return true;
            }
        }
        false
    }

    fn place(&self, path: &str) -> String {
        format!("/{}/{path}", self.directory)
    }
}

/// Whether a pattern is an exception that may include something in an ignored directory.
fn keeps_in(pattern: &str, directory: &ContextPath) -> bool {
    pattern.strip_prefix('!').is_some_and(|exception| ignore::matches_below(exception, directory.as_str()))
}

/// The path and its parent directories, from the top.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    ends.map(|end| &path[..end])
}

/// Patterns that match only `paths` and their parent directories.
fn includes(paths: &[ContextPath]) -> Vec<String> {
    let mut all: Vec<&str> = paths.iter().flat_map(|path| ancestors(path.as_str())).collect();
    // a directory must precede its contents, because the last matching pattern wins
    all.sort_unstable();
    all.dedup();
    all.retain(|path| !path.is_empty());
    all.into_iter().map(unglobbed).flat_map(|pattern| [pattern.clone(), format!("!{pattern}/*")]).collect()
}

#[cfg(test)]
mod tests {
    use super::{ancestors, includes, keeps_in};
    use crate::mopyfile::path::ContextPath;

    #[test]
    fn exceptions_keep_something_in_a_directory() {
        let lib = ContextPath::parse("./lib").unwrap();
        for pattern in ["!lib/keep.txt", "!**/keep.txt", "!lib/*.py", "!l*/x"] {
            assert!(keeps_in(pattern, &lib), "{pattern}");
        }
        for pattern in ["lib/keep.txt", "!app/keep.txt", "!library", "!app/*"] {
            assert!(!keeps_in(pattern, &lib), "{pattern}");
        }
    }

    #[test]
    fn directories_are_included_without_their_content() {
        let paths = ["./", "app", "app/main.py", "a[b]"].map(|path| ContextPath::parse(path).unwrap());
        let expected = ["a[\\[]b]", "!a[\\[]b]/*", "app", "!app/*", "app/main.py", "!app/main.py/*"];
        assert_eq!(includes(&paths), expected);
        assert_eq!(ancestors("a/b/c").collect::<Vec<_>>(), ["a", "a/b", "a/b/c"]);
    }
}
