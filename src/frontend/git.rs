//! Build contexts in git repositories, in the syntax of `docker build`. The grammar is that of
//! `frontend/dockerfile/dfgitutil/git_ref.go`, the operation that of `client/llb/source.go`.

use std::collections::BTreeMap;

use super::definition::State;

/// A git reference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct GitRef {
    /// The URL that is passed to git.
    remote: String,
    /// Host and path, which are the same for every protocol.
    id: String,
    ssh: bool,
    reference: String,
    directory: String,
    checksum: String,
    /// The time of files: `checkout` or `commit`, if it is set.
    pub(super) mtime: String,
    /// Whether to keep the directory `.git`.
    pub(super) keep_git: bool,
    skip_submodules: bool,
    fetch_by_commit: bool,
}

impl GitRef {
    /// Reads the address of a context; `None` if it is not that of a git repository.
    ///
    /// # Errors
    ///
    /// The parameters are contradictory or unknown.
    pub(super) fn parse(address: &str) -> Result<Option<Self>, String> {
        let (address, fragment) = split(address, '#');
        let (remote, query) = split(address, '?');
        let Some(mut git) = Self::at(remote) else {
            return Ok(None);
        };
        let (reference, directory) = split(fragment, ':');
        reference.clone_into(&mut git.reference);
        directory.clone_into(&mut git.directory);
        git.parameters(query)?;
        Ok(Some(git))
    }

    /// The checkout.
    pub(super) fn state(&self, title: &str) -> State {
        let mut identifier = format!("git://{}", self.id);
        if !self.reference.is_empty() || !self.directory.is_empty() {
            identifier = format!("{identifier}#{}", self.reference);
        }
        if !self.directory.is_empty() {
            identifier = format!("{identifier}:{}", self.directory);
        }
        let flag = |set: bool| {
            if set { "true".to_owned() } else { String::new() }
        };
        let attrs = BTreeMap::from([
            ("git.authheadersecret", "GIT_AUTH_HEADER".to_owned()),
            ("git.authtokensecret", "GIT_AUTH_TOKEN".to_owned()),
            ("git.checksum", self.checksum.clone()),
            ("git.fetchbycommit", flag(self.fetch_by_commit)),
            ("git.fullurl", self.remote.clone()),
            ("git.keepgitdir", flag(self.keep_git)),
            ("git.mountsshsock", if self.ssh { "default".to_owned() } else { String::new() }),
            ("git.mtime", self.mtime.clone()),
            ("git.skipsubmodules", flag(self.skip_submodules)),
        ]);
        // old versions of BuildKit ignore unknown attributes, but refuse unknown capabilities
        State::source(identifier, attrs, &["source.git", "source.git.fullurl"], title)
    }

    fn at(remote: &str) -> Option<Self> {
        if remote.starts_with("github.com/") {
            return Self::at_url("https", &format!("https://{remote}"), remote);
        }
        match remote.split_once("://") {
            Some((scheme, rest)) => {
                let scheme = scheme.to_ascii_lowercase();
                let git = match scheme.as_str() {
                    "git" | "ssh" => true,
                    "http" | "https" => rest.split_once('/').is_some_and(|(_, path)| path.ends_with(".git")),
                    _ => false,
                };
                git.then(|| Self::at_url(&scheme, remote, rest)).flatten()
            }
            None => Self::at_host(remote),
        }
    }

    fn at_url(scheme: &str, remote: &str, rest: &str) -> Option<Self> {
        let (authority, path) = split(rest, '/');
        let host = authority.rsplit('@').next().unwrap_or_default();
        Self::new(remote, host, path, scheme == "ssh")
    }

    /// `user@host:path`
    fn at_host(remote: &str) -> Option<Self> {
        let (user, rest) = remote.split_once('@')?;
        let (host, path) = rest.split_once(':')?;
        let plain = |text: &str, others: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
        };
        (plain(user, "-_") && plain(host, "-.")).then(|| Self::new(remote, host, path, true))?
    }

    fn new(remote: &str, host: &str, path: &str, ssh: bool) -> Option<Self> {
        (!host.is_empty()).then(|| Self {
            remote: remote.to_owned(),
            id: format!("{host}/{}", normalized(path)),
            ssh,
            ..Self::default()
        })
    }

    fn parameters(&mut self, query: &str) -> Result<(), String> {
        let mut seen = BTreeMap::new();
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let bare = matches!(&*key, "submodules" | "keep-git-dir" | "fetch-by-commit");
            if value.is_empty() && !bare {
                return Err(format!("query `{key}` has no value"));
            }
            if seen.insert(key.to_string(), value.to_string()).is_some() {
                return Err(format!("query `{key}` has multiple values"));
            }
        }
        for (key, value) in &seen {
            match key.as_str() {
                "ref" => agree("ref", &mut self.reference, value.clone())?,
                "tag" => agree("ref", &mut self.reference, qualified("refs/tags/", value))?,
                "branch" => agree("ref", &mut self.reference, qualified("refs/heads/", value))?,
                "subdir" => agree("subdir", &mut self.directory, value.clone())?,
                "checksum" | "commit" => agree("checksum", &mut self.checksum, value.clone())?,
                "keep-git-dir" => self.keep_git = boolean(key, value)?,
                "submodules" => self.skip_submodules = !boolean(key, value)?,
                "fetch-by-commit" => self.fetch_by_commit = boolean(key, value)?,
                "mtime" if matches!(value.as_str(), "checkout" | "commit") => self.mtime.clone_from(value),
                _ => return Err(format!("unexpected query `{key}={value}`")),
            }
        }
        Ok(())
    }
}

fn agree(name: &str, place: &mut String, value: String) -> Result<(), String> {
    if !place.is_empty() && *place != value {
        return Err(format!("{name} conflicts: `{place}` and `{value}`"));
    }
    *place = value;
    Ok(())
}

fn qualified(prefix: &str, name: &str) -> String {
    if name.starts_with(prefix) { name.to_owned() } else { format!("{prefix}{name}") }
}

fn boolean(key: &str, value: &str) -> Result<bool, String> {
    if value.is_empty() {
        return Ok(true);
    }
    super::environment::parse_bool(value).ok_or_else(|| format!("invalid value of query `{key}`: `{value}`"))
}

/// The parts before and after the first `separator`.
fn split(text: &str, separator: char) -> (&str, &str) {
    text.split_once(separator).unwrap_or((text, ""))
}

/// The path without empty, `.` and `..` components.
fn normalized(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::GitRef;

    fn parse(address: &str) -> GitRef {
        GitRef::parse(address).unwrap().unwrap_or_else(|| panic!("{address} is not a git repository"))
    }

    #[test]
    fn addresses() {
        for (address, remote, id, ssh) in [
            ("https://u:p@h.example/a/b.git", "https://u:p@h.example/a/b.git", "h.example/a/b.git", false),
            ("http://h:8080/a//./b.git#main", "http://h:8080/a//./b.git", "h:8080/a/b.git", false),
            ("git://h/a", "git://h/a", "h/a", false),
            ("ssh://git@h:2222/a.git", "ssh://git@h:2222/a.git", "h:2222/a.git", true),
            ("git@github.com:a/b.git", "git@github.com:a/b.git", "github.com/a/b.git", true),
            ("github.com/a/b", "https://github.com/a/b", "github.com/a/b", false),
        ] {
            let git = parse(address);
            assert_eq!((git.remote.as_str(), git.id.as_str(), git.ssh), (remote, id, ssh), "{address}");
        }
    }

    #[test]
    fn other_addresses_are_not_repositories() {
        for address in
            ["", ".", "./x.git", "../x.git", "dir", "https://h/a.tar", "https://h.git", "file:///x.git", "a@:b"]
        {
            assert_eq!(GitRef::parse(address), Ok(None), "{address}");
        }
    }

    #[test]
    fn fragments_and_parameters() {
        let git = parse("https://h/a.git#v1:sub/dir");
        assert_eq!((git.reference.as_str(), git.directory.as_str()), ("v1", "sub/dir"));
        let git = parse("https://h/a.git?tag=v1&subdir=d&keep-git-dir&submodules=false&commit=abc");
        assert_eq!((git.reference.as_str(), git.directory.as_str()), ("refs/tags/v1", "d"));
        assert!(git.keep_git && git.skip_submodules);
        assert_eq!(git.checksum, "abc");
        for address in [
            "https://h/a.git?ref=x#y",
            "https://h/a.git?tag=x&branch=y",
            "https://h/a.git?unknown=1",
            "https://h/a.git?ref=",
            "https://h/a.git?ref=a&ref=b",
            "https://h/a.git?submodules=maybe",
        ] {
            assert!(GitRef::parse(address).is_err(), "{address}");
        }
    }
}
