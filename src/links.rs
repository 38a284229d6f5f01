//! Follows symbolic links below a directory as if it were the root of the file system, as in a build.

use std::fs;
use std::io::{Error, ErrorKind};
use std::path::Path;

/// The maximum number of symbolic links to follow, as on Linux.
const MAX_LINKS: usize = 40;

/// The resolution of a path.
#[derive(Debug)]
pub(crate) struct Way {
    /// The links that were followed, in order.
    pub(crate) links: Vec<String>,
    /// The resolved path; empty for the directory itself. What cannot be read is not treated as a link.
    pub(crate) end: String,
    /// The error, if a part of the path could not be read.
    pub(crate) error: Option<Error>,
}

/// Resolves `path` below the directory `root`. Links that point outside of it end at the top.
pub(crate) fn follow(root: &Path, path: &str) -> Way {
    follow_with(|link| target(&root.join(link)), path)
}

/// Resolves `path` with a function that returns the target of a path that is a symbolic link.
pub(crate) fn follow_with(target: impl Fn(&str) -> Result<Option<String>, Error>, path: &str) -> Way {
    let mut way = Way { links: Vec::new(), end: String::new(), error: None };
    let mut rest: Vec<String> = path.rsplit('/').map(str::to_owned).collect();
    while let Some(name) = rest.pop() {
        match name.as_str() {
            "" | "." => continue,
            ".." => {
                way.end.truncate(way.end.rfind('/').unwrap_or_default());
                continue;
            }
            _ => {}
        }
        let here = if way.end.is_empty() { name } else { format!("{}/{name}", way.end) };
        // after an unreadable part, a link could point outside
        let looked = if way.error.is_none() { target(&here) } else { Ok(None) };
        match looked {
            Ok(Some(target)) if way.links.len() < MAX_LINKS => {
                if target.starts_with('/') {
                    way.end.clear();
                }
                rest.extend(target.rsplit('/').map(str::to_owned));
                way.links.push(here);
            }
            Ok(None) => way.end = here,
            looked => {
                way.error = Some(looked.err().unwrap_or_else(|| ErrorKind::NotFound.into()));
                way.end = here;
            }
        }
    }
    way
}

/// The target of a symbolic link, if it is one.
fn target(path: &Path) -> Result<Option<String>, Error> {
    match path.symlink_metadata()?.is_symlink() {
        true => Ok(Some(fs::read_link(path)?.to_string_lossy().into_owned())),
        false => Ok(None),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::follow;

    #[test]
    fn ways() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::create_dir(root.join("lib")).unwrap();
        fs::write(root.join("lib/file"), "").unwrap();
        for (target, link) in
            [("lib", "a"), ("../b", "lib/c"), ("/lib/file", "b"), ("../../x", "out"), ("loop", "loop")]
        {
            symlink(target, root.join(link)).unwrap();
        }
        for (path, links, end, whole) in [
            ("lib/./file", vec![], "lib/file", true),
            ("", vec![], "", true),
            ("../lib/../lib/file", vec![], "lib/file", true),
            ("a/file", vec!["a"], "lib/file", true),
            ("a/c", vec!["a", "lib/c", "b"], "lib/file", true),
            ("out", vec!["out"], "x", false),
            ("lib/*/file", vec![], "lib/*/file", false),
            ("no/a/file", vec![], "no/a/file", false),
        ] {
            let way = follow(root, path);
            assert_eq!(
                (&way.links, way.end.as_str(), way.error.is_none()),
                (&links.iter().map(|link| (*link).to_owned()).collect(), end, whole),
                "{path}"
            );
        }
        let circle = follow(root, "loop/../a/file");
        assert!(circle.error.is_some() && circle.links.iter().all(|link| link == "loop"), "{circle:?}");
    }
}
