//! Git repositories: `git+https://host/repo.git@v1.2`.

use url::Url;

use super::Origin;
use crate::diagnostic::rule;
use crate::mopyfile::Invalid;
use crate::mopyfile::index::has_slashes;

/// The source of a git requirement.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Git {
    /// The repository's URL, without `git+`.
    pub url: Url,
    /// The reference after `@`.
    pub reference: Option<String>,
}

impl Git {
    /// The host, if the repository is accessed over SSH.
    #[must_use]
    pub fn ssh_host(&self) -> Option<&str> {
        (self.url.scheme() == "ssh").then(|| self.url.host_str()).flatten()
    }

    /// Whether the reference looks like a commit or a version tag instead of a branch.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        self.reference.as_deref().is_some_and(|reference| {
            let digit = |c: char| c.is_ascii_digit();
            let commit = (7..=40).contains(&reference.len())
                && reference.contains(digit)
                && reference.chars().all(|c| c.is_ascii_hexdigit());
            let version = reference.strip_prefix('v').unwrap_or(reference);
            // `3.0.x` is the name of a branch
            let parts = || version.split('.');
            let tag = version.starts_with(digit)
                && parts().count() > 1
                && !parts().any(|part| matches!(part, "x" | "X" | "*"));
            commit || tag || reference.starts_with("refs/tags/")
        })
    }
}

pub(super) fn is_system(text: &str) -> bool {
    ["git", "hg", "svn", "bzr"].iter().any(|system| text.eq_ignore_ascii_case(system))
}

/// `git@github.com:org/repo.git`, with or without the prefix `git+ssh://`.
pub(super) fn is_scp(text: &str) -> bool {
    let Some((user, rest)) = text.split_once('@') else {
        return false;
    };
    let host = rest.split(['/', ' ']).next().unwrap_or_default();
    !text.contains("://") && !user.contains([' ', '[', '/', ':']) && host.contains(':') && host.contains('.')
}

pub(super) fn scp(text: &str) -> Invalid {
    let help = format!("write `git+ssh://{}`", text.replacen(':', "/", 1));
    Invalid::new(&rule::VERSION_CONTROL, "addresses such as `git@host:path` are not supported", help)
}

/// Reads `text`, which begins with the version control system `system` and a `+`.
pub(super) fn git(system: &str, text: &str) -> Result<Origin, Invalid> {
    let error = |message: &str, help: &str| Invalid::new(&rule::VERSION_CONTROL, message, help);
    if !system.eq_ignore_ascii_case("git") {
        return Err(error(
            &format!("`{system}` is not supported"),
            "install from git, or from the URL of a source distribution",
        ));
    }
    let address = &text[system.len() + 1..];
    if address.contains(char::is_whitespace) {
        return Err(error(
            "the URL contains white space",
            "add a name before a marker: `name @ git+https://host/repo.git ; python_version < \"3.12\"`",
        ));
    }
    if is_scp(address) {
        return Err(scp(address));
    }
    let url = Url::parse(address).map_err(|reason| {
        if let Some(rest) = address.strip_prefix("ssh://").filter(|_| reason == url::ParseError::InvalidPort) {
            // an earlier colon is the one before a password
            let host = rest.rfind('@').map_or(0, |at| at + 1);
            let path = rest[host..].replacen(':', "/", 1);
            return error(
                "the address mixes a URL and the form `host:path`",
                &format!("write `git+ssh://{}{path}`", &rest[..host]),
            );
        }
        if reason == url::ParseError::RelativeUrlWithoutBase && !address.is_empty() {
            return error("invalid URL", &format!("write `git+https://{}`", address.trim_start_matches('/')));
        }
        error(&format!("invalid URL: {reason}"), "write `git+https://host/repo.git@ref`")
    })?;
    match url.scheme() {
        "https" | "http" | "ssh" if url.host_str().is_some_and(|host| !host.is_empty()) && has_slashes(address) => {
            // like pip and uv
            let reference = url.path().rsplit_once('@').map(|(_, reference)| reference.to_owned());
            Ok(Origin::Git(Git { url, reference }))
        }
        "https" | "http" | "ssh" => Err(error("the URL has no host", "write `git+https://host/repo.git@ref`")),
        "file" => Err(error(
            "local repositories are not part of the build",
            "use the path of a project in the build context, such as `./lib/`",
        )),
        scheme => {
            Err(error(&format!("git over `{scheme}` is not supported"), "write `git+https://…` or `git+ssh://…`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::mopyfile::pip::PipEntry;

    #[test]
    fn references() {
        let git = |text: &str| PipEntry::parse(text).unwrap().git().cloned().unwrap();
        assert_eq!(git("git+https://h/r.git@dev").reference.as_deref(), Some("dev"));
        assert_eq!(git("git+https://h/r.git@feature/x").reference.as_deref(), Some("feature/x"));
        assert_eq!(git("git+https://u:p@h/r.git").reference, None);
        assert!(git("git+https://h/r.git@v1.2").is_pinned());
        assert!(git("git+https://h/r.git@0123abcd").is_pinned());
        assert_eq!(git("git+https://h/o/r@refs/tags/v1").reference.as_deref(), Some("refs/tags/v1"));
        assert!(!git("git+https://h/r.git@3.0.x").is_pinned());
        assert!(!git("git+https://h/r.git@main").is_pinned());
        assert!(!git("git+https://h/r.git@release-2.x").is_pinned());
        assert!(!git("git+https://h/r.git@py3").is_pinned());
        assert!(git("git+https://h/r.git@refs/tags/x").is_pinned());
        assert!(!git("git+https://h/r.git").is_pinned());
        assert_eq!(git("git+ssh://git@h:22/r.git").ssh_host(), Some("h"));
    }
}
