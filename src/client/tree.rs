//! What of a directory a solve asks for (fsutil: `filter.go`, `followlinks.go`, `stat.go`).

use std::collections::BTreeSet;
use std::fs::{self, DirEntry, Metadata};
use std::io::{Error, ErrorKind};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use buildkit_proto::fsutil::types::Stat;

use crate::links;
use crate::mopyfile::ignore::{Patterns, matches_below};

/// Bits of modes in Go's `io/fs`.
const DIRECTORY: u32 = 1 << 31;
const LINK: u32 = 1 << 27;
const SETUID: u32 = 1 << 23;
const SETGID: u32 = 1 << 22;
const STICKY: u32 = 1 << 20;

/// Which files are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// Patterns of which one has to match; all files are asked for where there is none.
    pub(super) include: Vec<String>,
    /// Patterns of which none may match.
    pub(super) exclude: Vec<String>,
    /// Paths to include, together with what they lead to as symbolic links.
    pub(super) follow: Vec<String>,
}

/// The files, directories and symbolic links in the directory `root` that are asked for, and the directories that they
/// are in, in the order of a walk by names.
///
/// # Errors
///
/// Something cannot be read, or has a name that the protocol has no way to tell.
pub(super) fn list(root: &Path, filter: &Filter) -> Result<Vec<Stat>, Error> {
    let mut include = filter.include.clone();
    let followed = followed(root, &filter.follow);
    // the directory itself: everything
    if !followed.contains("") {
        include.extend(followed);
    }
    let mut walk = Walk {
        root,
        included: (!include.is_empty()).then(|| Patterns::new(&include)),
        excluded: Patterns::new(&filter.exclude),
        include,
        exclude: &filter.exclude,
        open: Vec::new(),
        found: Vec::new(),
    };
    walk.directory("")?;
    Ok(walk.found)
}

/// Whether a file that is listed has bytes.
pub(super) fn is_file(stat: &Stat) -> bool {
    stat.mode & (DIRECTORY | LINK) == 0
}

struct Walk<'a> {
    root: &'a Path,
    included: Option<Patterns>,
    excluded: Patterns,
    include: Vec<String>,
    exclude: &'a [String],
    /// Directories above the present one that are listed once something in them is.
    open: Vec<Stat>,
    found: Vec<Stat>,
}

impl Walk<'_> {
    fn directory(&mut self, path: &str) -> Result<(), Error> {
        let entries = match fs::read_dir(self.root.join(path)) {
            // gone since it was listed
            Err(error) if !path.is_empty() && error.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        let mut entries = entries.collect::<Result<Vec<_>, _>>()?;
        entries.sort_unstable_by_key(DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let path = if path.is_empty() { name.into_owned() } else { format!("{path}/{name}") };
            match entry.metadata() {
                Ok(metadata) => self.entry(path, &entry, &metadata)?,
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn entry(&mut self, path: String, entry: &DirEntry, metadata: &Metadata) -> Result<(), Error> {
        let included = self.included.as_ref().is_none_or(|patterns| patterns.matches(&path));
        let excluded = self.excluded.matches(&path);
        let is_told = included && !excluded && (metadata.is_dir() || metadata.is_file() || metadata.is_symlink());
        if is_told && entry.file_name().to_str().is_none() {
            let wrong = format!("the name of `{}` is not UTF-8", entry.path().display());
            return Err(Error::new(ErrorKind::InvalidFilename, wrong));
        }
        let stat = stat(path, entry, metadata)?;
        if metadata.is_dir() {
            let open = self.open.len();
            let below = self.goes_below(&stat.path, included, excluded);
            let path = stat.path.clone();
            self.open.push(stat);
            if is_told {
                self.found.append(&mut self.open);
            }
            if below {
                self.directory(&path)?;
            }
            self.open.truncate(open);
        } else if is_told {
            // sockets and the like are no part of a build
            self.found.append(&mut self.open);
            self.found.push(stat);
        }
        Ok(())
    }

    /// Whether something in a directory may be asked for.
    fn goes_below(&self, directory: &str, included: bool, excluded: bool) -> bool {
        let includes = || self.include.iter().any(|pattern| matches_below(pattern, directory));
        let exceptions = || self.exclude.iter().filter_map(|pattern| pattern.strip_prefix('!'));
        (included || includes()) && (!excluded || exceptions().any(|pattern| matches_below(pattern, directory)))
    }
}

fn stat(path: String, entry: &DirEntry, metadata: &Metadata) -> Result<Stat, Error> {
    let special = metadata.permissions().mode();
    let mut mode = special & 0o777;
    for (bit, of_go) in [(0o4000, SETUID), (0o2000, SETGID), (0o1000, STICKY)] {
        mode |= if special & bit == 0 { 0 } else { of_go };
    }
    let mut stat = Stat { path, ..Stat::default() };
    if metadata.is_dir() {
        mode |= DIRECTORY;
    } else {
        stat.size = i64::try_from(metadata.len()).unwrap_or(i64::MAX);
    }
    if metadata.is_symlink() {
        mode |= LINK;
        stat.linkname = fs::read_link(entry.path())?.to_string_lossy().into_owned();
    }
    stat.mode = mode;
    // the owner is root, as for other clients (`client/solve.go`)
    stat.mod_time = metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec());
    Ok(stat)
}

/// `paths`, and the places in `root` that they lead to as symbolic links; one that leads out of it ends at its top.
/// Links that a wildcard matches are not followed.
fn followed(root: &Path, paths: &[String]) -> BTreeSet<String> {
    let ways = paths.iter().map(|path| links::follow(root, path));
    ways.flat_map(|way| way.links.into_iter().chain([way.end])).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;
    use std::path::Path;

    use super::{DIRECTORY, Filter, LINK, SETUID, followed, list};

    fn write(root: &Path, path: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }

    /// A directory in another one, with a secret beside it and links to that.
    fn place() -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("root");
        for path in ["a/b/c.txt", "a/x.txt", "a.txt", "d/e.txt", "d/keep/f.txt", "z.txt"] {
            write(&root, path);
        }
        write(directory.path(), "secret");
        symlink("../secret", root.join("out")).unwrap();
        symlink("/secret", root.join("absolute")).unwrap();
        symlink("..", root.join("up")).unwrap();
        symlink("a/b", root.join("l")).unwrap();
        symlink("circle", root.join("circle")).unwrap();
        directory
    }

    fn names(root: &Path, include: &[&str], exclude: &[&str], follow: &[&str]) -> Vec<String> {
        let owned = |list: &[&str]| list.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>();
        let filter = Filter { include: owned(include), exclude: owned(exclude), follow: owned(follow) };
        list(root, &filter).unwrap().into_iter().map(|stat| stat.path).collect()
    }

    #[test]
    fn everything_in_order_and_nothing_behind_links() {
        let place = place();
        let all = names(&place.path().join("root"), &[], &[], &[]);
        let expected = [
            "a",
            "a/b",
            "a/b/c.txt",
            "a/x.txt",
            "a.txt",
            "absolute",
            "circle",
            "d",
            "d/e.txt",
            "d/keep",
            "d/keep/f.txt",
            "l",
            "out",
            "up",
            "z.txt",
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn patterns() {
        let place = place();
        let root = place.path().join("root");
        let of = |include: &[&str], exclude: &[&str]| names(&root, include, exclude, &[]).join(" ");
        assert_eq!(of(&["a.txt"], &[]), "a.txt");
        assert_eq!(of(&["a/b/c.txt"], &[]), "a a/b a/b/c.txt");
        assert_eq!(of(&["**/e.txt"], &[]), "d d/e.txt");
        assert_eq!(of(&["a", "!a/*"], &[]), "a");
        assert_eq!(of(&["a", "d"], &["**/b", "d/*", "!d/keep"]), "a a/x.txt d d/keep d/keep/f.txt");
        assert_eq!(of(&["d"], &["d", "!d/keep/f.txt"]), "d d/keep d/keep/f.txt");
        assert_eq!(of(&["nowhere"], &[]), "");
        assert_eq!(of(&[], &["*", "!z.txt"]), "z.txt");
    }

    #[test]
    fn hostile_paths_lead_nowhere() {
        let place = place();
        let root = place.path().join("root");
        for path in ["../secret", "/../../secret", "a/../../secret", "secret", "up/secret"] {
            for (include, follow) in [([path].as_slice(), [].as_slice()), (&[], &[path])] {
                let found = names(&root, include, &[], follow);
                assert!(found.iter().all(|path| !path.contains("secret")), "{path}: {found:?}");
            }
        }
    }

    #[test]
    fn links_are_followed_inside() {
        let place = place();
        let root = place.path().join("root");
        let of = |follow: &str| names(&root, &[], &[], &[follow]).join(" ");
        assert_eq!(of("l/c.txt"), "a a/b a/b/c.txt l");
        assert_eq!(of("/l/../x.txt"), "a a/x.txt l");
        // the link is sent, and what it leads to in here, which is nothing
        assert_eq!(of("out"), "out");
        assert_eq!(of("absolute"), "absolute");
        assert_eq!(of("circle"), "circle");
        assert_eq!(of("*.txt"), "a.txt z.txt");
        assert_eq!(of("."), names(&root, &[], &[], &[]).join(" "));
        let ends: Vec<_> = followed(&root, &["out".to_owned()]).into_iter().collect();
        assert_eq!(ends, ["out", "secret"]);
    }

    #[test]
    fn what_is_told_of_a_file() {
        let place = place();
        let root = place.path().join("root");
        fs::set_permissions(root.join("a.txt"), PermissionsExt::from_mode(0o4755)).unwrap();
        let _socket = UnixListener::bind(root.join("socket")).unwrap();
        let listed = list(&root, &Filter::default()).unwrap();
        let of = |path: &str| listed.iter().find(|stat| stat.path == path).unwrap();
        assert_eq!((of("a.txt").mode, of("a.txt").size), (0o755 | SETUID, 1));
        assert!(of("a.txt").mod_time > 1_600_000_000_000_000_000);
        assert_eq!(of("a").mode & DIRECTORY, DIRECTORY);
        assert_eq!((of("out").mode & LINK, of("out").linkname.as_str()), (LINK, "../secret"));
        assert_eq!((of("z.txt").uid, of("z.txt").gid), (0, 0));
        assert!(listed.iter().all(|stat| stat.path != "socket"));
        assert!(list(&root.join("nowhere"), &Filter::default()).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn names_that_are_no_text() {
        let directory = tempfile::tempdir().unwrap();
        let name = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"a\xff");
        fs::write(directory.path().join(name), "").unwrap();
        let wrong = list(directory.path(), &Filter::default()).unwrap_err().to_string();
        assert!(wrong.contains("is not UTF-8"), "{wrong}");
    }
}
