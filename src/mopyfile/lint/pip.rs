//! Entries of `pip` that are insecure, not reproducible or redundant.

use std::collections::HashMap;

use super::{HTTPS, NETRC};
use crate::diagnostic::{Diagnostic, Diagnostics, Rule, Severity, rule};
use crate::mopyfile::pip::{Git, Origin, PipEntry};
use crate::mopyfile::ssh;
use crate::source::{Span, Spanned};

/// A URL without a hash.
pub static UNHASHED_URL: Rule = Rule {
    name: "unhashed-url",
    severity: Severity::Warning,
    summary: "a URL without a hash",
    explanation: "The file at a URL can change, by mistake or through an attack. HTTPS authenticates the server, not \
         the file. Append the hash, so that installers refuse any other file: `https://host/package.whl#sha256=…`. \
         `sha256sum package.whl` prints it.",
};

/// A git requirement follows a branch.
pub static UNPINNED_GIT: Rule = Rule {
    name: "unpinned-git",
    severity: Severity::Warning,
    summary: "a git requirement follows a branch",
    explanation: "Branches move: a cached build keeps the old commit, and an uncached one installs a different commit \
         from the same Mopyfile. Append a tag or, better, a commit hash after the `@`: \
         `git+https://host/repo.git@v1.2.3`. mopy looks only at the name: anything but a commit hash, a version with a \
         dot such as `v1.2.3`, and `refs/tags/NAME` counts as a branch. If it is a tag, suppress the warning.",
};

/// A package is required more than once.
pub static DUPLICATE_REQUIREMENT: Rule = Rule {
    name: "duplicate-requirement",
    severity: Severity::Warning,
    summary: "a package is required more than once",
    explanation: "Conflicting entries make the installation fail; otherwise, one of them is redundant. Names are \
         compared after normalization (PEP 503): `Foo_Bar` is `foo-bar`. Entries with different markers are \
         alternatives and are not reported.",
};

/// The SSH host key is not verified.
pub static UNKNOWN_SSH_HOST: Rule = Rule {
    name: "unknown-ssh-host",
    severity: Severity::Warning,
    summary: "the SSH host key is not verified",
    explanation: "mopy includes the host keys of github.com, gitlab.com, bitbucket.org and codeberg.org. For other \
         hosts, pass the keys as a build secret: `docker build --ssh default --secret \
         id=known_hosts,src=$HOME/.ssh/known_hosts …`. Without the secret, the build accepts any key that the host \
         presents. mopy cannot see whether you pass the secret. If you do, suppress the warning.",
};

pub(super) fn entries(pip: &[Spanned<PipEntry>], found: &mut Diagnostics) {
    for Spanned { value: requirement, span } in pip {
        if requirement.credentials.is_some() {
            found.report(&rule::INLINE_CREDENTIALS, *span, "the URL contains credentials", NETRC);
        }
        match &requirement.origin {
            Origin::Url(url) if url.scheme() == "http" => {
                found.report(&rule::HTTP_INDEX, *span, "the distribution is downloaded over unencrypted HTTP", HTTPS);
            }
            Origin::Url(url) if !has_hash(url.fragment().unwrap_or_default()) => found.report(
                &UNHASHED_URL,
                *span,
                "the URL has no hash",
                "append the hash of the distribution: `#sha256=…`",
            ),
            Origin::Git(repository) => git(repository, *span, found),
            _ => {}
        }
    }
}

/// Whether pip recognizes a hash in the fragment of a URL (`LinkHash` in pip's `_internal/models/link.py`).
fn has_hash(fragment: &str) -> bool {
    const ALGORITHMS: [&str; 6] = ["sha512", "sha384", "sha256", "sha224", "sha1", "md5"];
    let mut parts = fragment.split('&').filter_map(|part| part.split_once('='));
    parts.any(|(name, value)| ALGORITHMS.contains(&name) && !value.is_empty())
}

fn git(repository: &Git, span: Span, found: &mut Diagnostics) {
    if !repository.is_pinned() {
        found.report(
            &UNPINNED_GIT,
            span,
            "the git requirement follows a branch",
            "append a tag or commit: `.git@v1.2.3`",
        );
    }
    if repository.url.scheme() == "http" {
        found.report(&rule::HTTP_INDEX, span, "the repository is cloned over unencrypted HTTP", HTTPS);
    }
    if let Some(host) = repository.ssh_host().filter(|host| !ssh::is_known_host(host)) {
        found.report(
            &UNKNOWN_SSH_HOST,
            span,
            format!("without the secret `known_hosts`, the SSH host key of `{host}` is not verified"),
            "build with `--secret id=known_hosts,src=$HOME/.ssh/known_hosts`",
        );
    }
}

/// What makes two entries duplicates.
#[derive(PartialEq, Eq, Hash)]
enum Subject<'a> {
    Name(&'a str),
    Place(&'a Origin),
}

pub(super) fn duplicates(pip: &[Spanned<PipEntry>], found: &mut Diagnostics) {
    let mut known: HashMap<Subject<'_>, Vec<&Spanned<PipEntry>>> = HashMap::new();
    for entry in pip {
        let requirement = &entry.value;
        let name = requirement.package.as_ref().map(|package| Subject::Name(package.name.as_ref()));
        let place = (requirement.origin != Origin::Index).then_some(Subject::Place(&requirement.origin));
        let mut twice = None;
        for subject in name.into_iter().chain(place) {
            let (message, help) = match subject {
                Subject::Name(name) => (
                    format!("duplicate requirement `{name}`"),
                    format!("write a single entry, with commas between the conditions: `{name}>=1.2,<2`"),
                ),
                Subject::Place(_) => ("duplicate requirement".to_owned(), "keep one of them".to_owned()),
            };
            let others = known.entry(subject).or_default();
            let first = others.iter().find(|other| !is_alternative(&other.value, requirement));
            twice = twice.or(first.map(|first| (first.span, message, help)));
            others.push(entry);
        }
        if let Some((first, message, help)) = twice {
            let duplicate = Diagnostic::new(&DUPLICATE_REQUIREMENT, entry.span, message);
            found.push(duplicate.related(first, "first here").help(help));
        }
    }
}

/// Whether both have markers that are different.
fn is_alternative(one: &PipEntry, other: &PipEntry) -> bool {
    let markers = |requirement: &PipEntry| {
        requirement.package.as_ref().map(|package| package.marker.clone()).filter(|marker| !marker.is_true())
    };
    markers(one).zip(markers(other)).is_some_and(|(one, other)| one != other)
}
