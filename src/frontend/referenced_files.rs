//! Checks the files that a Mopyfile refers to before the build, so that missing files are reported at their line
//! instead of by a failing step.

use tonic::Status;

use super::bridge::{Bridge, DIRECTORY, FILE_LIMIT};
use super::context::{CONTEXT, Context};
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

/// The name of the build context's ignore file.
const IGNORE: &str = ".dockerignore";

const TITLE: &str = "[internal] check the files that the Mopyfile refers to";

/// The part of the build context that the Mopyfile refers to.
pub(super) struct ReferencedFiles<'a> {
    bridge: &'a Bridge,
    environment: &'a Environment,
    mopyfile: Mopyfile,
    /// The version of uv that installs the packages, if uv does.
    uv: Option<UvVersion>,
    paths: Vec<ContextPath>,
    /// The context, unless it is a directory of the client. No patterns apply to it then.
    definition: Option<Vec<u8>>,
    /// The directory of the context in `definition`.
    directory: String,
    /// The ignore patterns of the client's directory.
    patterns: Vec<String>,
    /// The default ignore file, which the build needs if the context has none.
    pub(super) default: Option<String>,
}

/// Reads the ignore file of the context, if it is a directory of the client. The Dockerfile frontend also reads it; the
/// definition has the same bytes, so that the file is transferred only once.
pub(super) async fn ignore_file(
    bridge: &Bridge,
    environment: &Environment,
    context: &Context,
) -> Result<Option<Vec<u8>>, Failure> {
    if context.inputs.contains_key(CONTEXT) {
        return Ok(None);
    }
    let hint = format!("{CONTEXT}-{IGNORE}");
    let local = Local { hint: &hint, follow: vec![IGNORE.to_owned()], whole: true, ..local(environment) };
    let state = State::local(&local, &format!("[internal] load {IGNORE}"));
    let id = bridge.solve(state.encode(), Vec::new()).await?;
    read_if_there(bridge, &id, IGNORE).await
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
        loaded: &LoadedMopyfile,
        mopyfile: Mopyfile,
        uv: Option<UvVersion>,
        ignore_file: Result<Option<Vec<u8>>, Failure>,
    ) -> Result<Self, Failure> {
        let mut files = Self {
            bridge,
            environment,
            paths: lookup::paths(&mopyfile),
            mopyfile,
            uv,
            definition: context.inputs.get(CONTEXT).cloned(),
            directory: environment.option("contextsubdir").unwrap_or_default().to_owned(),
            patterns: Vec::new(),
            default: None,
        };
        if files.paths.is_empty() || files.definition.is_some() {
            return Ok(files);
        }
        let own = match &loaded.ignore {
            Some(own) => Some(own.clone()),
            None => ignore_file?,
        };
        let is_default = own.is_none();
        let text = own
            .map_or_else(|| ignore::default_text(loaded.file_name()), |own| String::from_utf8_lossy(&own).into_owned());
        files.patterns = ignore::lines(&text).collect();
        files.default = is_default.then_some(text);
        Ok(files)
    }

    /// Checks the files that the Mopyfile refers to. What cannot be determined is not reported: the build itself fails then.
    pub(super) async fn check(&self) -> Diagnostics {
        let mut found = Found { has_ignore_file: self.default.is_none(), uv: self.uv, ..Found::default() };
        if self.paths.is_empty() {
            return Diagnostics::default();
        }
        let (visible, contents) = tokio::join!(self.solve(&self.patterns), self.contents());
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
        for (path, most) in lookup::texts(&self.mopyfile) {
            let place = self.place(path.as_str());
            if let Ok(bytes) = self.bridge.read_file(&visible, &place, most.min(FILE_LIMIT)).await {
                found.texts.insert(path, String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        let missing = absent.iter().map(|path| ((*path).clone(), Entry::Absent));
        let mut as_absent = found.clone();
        as_absent.entries.extend(missing);
        let diagnostics = lookup::check(&self.mopyfile, &as_absent);
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
        lookup::check(&self.mopyfile, &found)
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
        self.bridge.solve(definition, Vec::new()).await
    }

    /// The contents of the copied directory, if BuildKit can list them.
    async fn contents(&self) -> Option<Contents> {
        let directory = lookup::copied_directory(&self.mopyfile).filter(|_| self.definition.is_none())?.value;
        let local = Local { exclude: self.patterns.clone(), ..local(self.environment) };
        Listing::read(self.bridge, local, &directory).await?.contents(&directory)
    }

    /// The entry at `path`, if it can be determined.
    async fn entry(&self, id: &str, path: &ContextPath) -> Option<Entry> {
        if path.as_str().is_empty() {
            return Some(Entry::Directory);
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
