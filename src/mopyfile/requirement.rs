//! What to install: the kinds of entries of `pip`, told apart by how they are written.

use std::borrow::Cow;
use std::str::FromStr;

use pep508_rs::Pep508ErrorSource;
use url::Url;

use super::path::{ContextPath, PathError};
use super::{instead, ssh};
use crate::diagnostic::mask;

/// An entry of `pip`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// What it is.
    pub kind: RequirementKind,
    /// As it is written.
    pub text: String,
}

/// What an entry of `pip` is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequirementKind {
    /// A requirement as PEP 508 defines it, from an index.
    Named,
    /// A git repository.
    Git(Git),
    /// A distribution at a URL.
    Url(Url),
    /// A directory with a Python project.
    Project(ContextPath),
    /// A wheel or source distribution in the context.
    Distribution(ContextPath),
    /// A requirements file.
    RequirementsFile(ContextPath),
    /// A constraints file, which limits versions and installs nothing itself.
    ConstraintsFile(ContextPath),
}

/// Where a git requirement comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Git {
    /// The repository's URL, without `git+`.
    pub url: Url,
    /// What stands behind `@`.
    pub reference: Option<String>,
}

impl Git {
    /// The host, when the repository is reached over ssh.
    #[must_use]
    pub fn ssh_host(&self) -> Option<&str> {
        (self.url.scheme() == "ssh").then(|| self.url.host_str()).flatten()
    }

    /// Whether it names a commit or what looks like a tag of a version, and not a branch.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        self.reference.as_deref().is_some_and(|reference| {
            let commit = reference.len() >= 7 && reference.chars().all(|c| c.is_ascii_hexdigit());
            commit || reference.contains(|c: char| c.is_ascii_digit()) || reference.starts_with("refs/tags/")
        })
    }
}

/// Why a text is no entry of `pip`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequirementError {
    /// An option of pip, and what to write instead.
    Option(String),
    /// A URL for version control that cannot be used: what is wrong, what to write.
    VersionControl(String, String),
    /// A path that cannot be used.
    Path(PathError),
    /// A path to what mopy does not install from: what is wrong, what to write.
    MalformedPath(String, String),
    /// A kind of entry that this version cannot do yet.
    NotSupported(&'static str),
    /// A line break.
    Multiline,
    /// Another control character.
    Control,
    /// No requirement: what is wrong, what to write.
    Malformed(String, String),
}

impl Requirement {
    /// Reads an entry.
    ///
    /// # Errors
    ///
    /// [`RequirementError`] where it is none of the kinds.
    pub fn parse(text: &str) -> Result<Self, RequirementError> {
        if text.contains(['\n', '\r']) {
            return Err(RequirementError::Multiline);
        }
        if text.chars().any(|c| c.is_control() && c != '\t') {
            return Err(RequirementError::Control);
        }
        let text = text.trim();
        Ok(Self { kind: kind(text)?, text: text.to_owned() })
    }

    /// The entry without credentials, for what is shown and kept.
    #[must_use]
    pub fn without_credentials(&self) -> Cow<'_, str> {
        match mask::credentials(&self.text) {
            None => Cow::Borrowed(&self.text),
            Some(span) => {
                let (before, after) = (&self.text[..span.start], &self.text[span.end..]);
                let at = usize::from(before.ends_with('/'));
                Cow::Owned(format!("{}{}", before.trim_end_matches(':'), &after[at..]))
            }
        }
    }

    /// Whether a credential is written in it.
    #[must_use]
    pub fn has_credentials(&self) -> bool {
        mask::credentials(&self.text).is_some()
    }

    /// The path in the context that it installs from.
    #[must_use]
    pub fn path(&self) -> Option<&ContextPath> {
        match &self.kind {
            RequirementKind::Project(path)
            | RequirementKind::Distribution(path)
            | RequirementKind::RequirementsFile(path)
            | RequirementKind::ConstraintsFile(path) => Some(path),
            RequirementKind::Named | RequirementKind::Git(_) | RequirementKind::Url(_) => None,
        }
    }

    /// The git repository that it installs from.
    #[must_use]
    pub fn git(&self) -> Option<&Git> {
        match &self.kind {
            RequirementKind::Git(git) => Some(git),
            _ => None,
        }
    }
}

fn kind(text: &str) -> Result<RequirementKind, RequirementError> {
    if text.starts_with('-') {
        return Err(RequirementError::Option(instead::of_option(text)));
    }
    if let Some((system, _)) = text.split_once('+').filter(|(system, _)| is_system(system)) {
        return git(system, text);
    }
    if is_scp(text) {
        return Err(scp(text));
    }
    if let Some((scheme, _)) = text.split_once("://").filter(|(scheme, _)| is_word(scheme)) {
        return url(scheme, text);
    }
    if text.starts_with(['.', '/', '~', '\\']) || is_drive(text) {
        return path(text);
    }
    named(text)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '+' || c == '-' || c == '.')
}

fn is_system(text: &str) -> bool {
    ["git", "hg", "svn", "bzr"].iter().any(|system| text.eq_ignore_ascii_case(system))
}

fn is_drive(text: &str) -> bool {
    text.as_bytes().get(1) == Some(&b':') && text.as_bytes().get(2).is_some_and(|b| *b == b'\\' || *b == b'/')
}

/// `git@github.com:org/repo.git`, with or without `git+ssh://` in front of it.
fn is_scp(text: &str) -> bool {
    let Some((user, rest)) = text.split_once('@') else {
        return false;
    };
    let host = rest.split(['/', ' ']).next().unwrap_or_default();
    !text.contains("://") && !user.contains([' ', '[', '/', ':']) && host.contains(':') && host.contains('.')
}

fn scp(text: &str) -> RequirementError {
    let url = text.replacen(':', "/", 1);
    RequirementError::VersionControl(
        "this is an address of ssh and no URL".to_owned(),
        format!("write `git+ssh://{url}`"),
    )
}

/// Whether a URL goes on with a third slash, which `Url::parse` overlooks.
fn lacks_host(address: &str) -> bool {
    address.split_once("://").is_some_and(|(_, rest)| rest.starts_with('/'))
}

fn git(system: &str, text: &str) -> Result<RequirementKind, RequirementError> {
    let error = |message: &str, help: &str| RequirementError::VersionControl(message.to_owned(), help.to_owned());
    if !system.eq_ignore_ascii_case("git") {
        return Err(error(
            &format!("the build has no `{system}`, only git"),
            "install from git, or from a source distribution by its URL",
        ));
    }
    let address = &text[system.len() + 1..];
    if address.contains(char::is_whitespace) {
        return Err(error(
            "the URL has white space in it",
            "write a marker behind a name: `name @ git+https://host/repo.git ; python_version < \"3.12\"`",
        ));
    }
    if is_scp(address) {
        return Err(scp(address));
    }
    let url = Url::parse(address).map_err(|reason| {
        if let Some(rest) = address.strip_prefix("ssh://").filter(|_| reason == url::ParseError::InvalidPort) {
            // a colon further ahead is the one before a password
            let host = rest.rfind('@').map_or(0, |at| at + 1);
            let path = rest[host..].replacen(':', "/", 1);
            return error(
                "the address mixes a URL with the form `host:path`",
                &format!("write `git+ssh://{}{path}`", &rest[..host]),
            );
        }
        if reason == url::ParseError::RelativeUrlWithoutBase && !address.is_empty() {
            return error("this is no URL", &format!("write `git+https://{}`", address.trim_start_matches('/')));
        }
        error(&format!("this is no URL: {reason}"), "write `git+https://host/repo.git@ref`")
    })?;
    match url.scheme() {
        "https" | "http" | "ssh" if url.host_str().is_some_and(|host| !host.is_empty()) && !lacks_host(address) => {}
        "file" => {
            return Err(error(
                "the build cannot see repositories of this machine",
                "write the path of a project below the context, such as `./lib/`",
            ));
        }
        "https" | "http" | "ssh" => {
            return Err(error("the URL names no host", "write `git+https://host/repo.git@ref`"));
        }
        scheme => {
            return Err(error(
                &format!("git over `{scheme}` is not supported"),
                "write `git+https://…` or `git+ssh://…`",
            ));
        }
    }
    let reference = url
        .path()
        .rsplit('/')
        .next()
        .and_then(|last| last.split_once('@'))
        .map(|(_, reference)| reference.to_owned())
        .or_else(|| url.path().split_once(".git@").map(|(_, reference)| reference.to_owned()));
    Ok(RequirementKind::Git(Git { url, reference }))
}

fn url(scheme: &str, text: &str) -> Result<RequirementKind, RequirementError> {
    let malformed = |message: String, help: &str| RequirementError::Malformed(message, help.to_owned());
    if scheme == "ssh" {
        return Err(RequirementError::VersionControl(
            "an `ssh` URL needs `git+` in front of it".to_owned(),
            format!("write `git+{text}`"),
        ));
    }
    if let Some(rest) = text.strip_prefix("git://") {
        return Err(RequirementError::VersionControl(
            "git over `git` is not supported".to_owned(),
            format!("write `git+https://{rest}`"),
        ));
    }
    if !matches!(scheme, "http" | "https") {
        return Err(malformed(
            format!("nothing can be installed over `{scheme}`"),
            "write an https URL, or a path below the context such as `./dist/package.whl`",
        ));
    }
    if text.contains(char::is_whitespace) {
        return Err(malformed(
            "the URL has white space in it".to_owned(),
            "write a marker behind a name: `name @ https://… ; python_version < \"3.12\"`",
        ));
    }
    let url = Url::parse(text)
        .map_err(|error| malformed(format!("this is no URL: {error}"), "write `https://host/package.whl`"))?;
    if lacks_host(text) {
        return Err(malformed("the URL names no host".to_owned(), "write `https://host/package.whl`"));
    }
    if is_distribution(url.path()) {
        return Ok(RequirementKind::Url(url));
    }
    let last = url.path().rsplit('/').next().unwrap_or_default();
    let parts = url.path().split('/').filter(|part| !part.is_empty()).count();
    let on_forge = parts == 2 && url.host_str().is_some_and(ssh::is_known_host);
    if on_forge || last.ends_with(".git") || last.contains(".git@") {
        return Err(RequirementError::VersionControl(
            "the URL of a repository needs `git+` in front of it".to_owned(),
            format!("write `git+{text}`"),
        ));
    }
    Err(malformed(
        "the URL names no distribution".to_owned(),
        "write the URL of a `.whl`, `.tar.gz` or `.zip` file; an index belongs in `indices`",
    ))
}

fn is_distribution(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    [".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz"].iter().any(|end| lower.ends_with(end))
}

fn path(text: &str) -> Result<RequirementKind, RequirementError> {
    let path = ContextPath::parse(text).map_err(RequirementError::Path)?;
    let Some(name) = path.file_name().filter(|_| !text.ends_with(['/', '.'])) else {
        return Ok(RequirementKind::Project(path));
    };
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    if name == "uv.lock" {
        return Err(RequirementError::NotSupported("a uv lock file"));
    }
    if name == "pylock.toml" || (name.starts_with("pylock.") && name.ends_with(".toml")) {
        return Err(RequirementError::NotSupported("a PEP 751 lock file"));
    }
    if is_distribution(name) {
        return Ok(RequirementKind::Distribution(path));
    }
    match extension.as_deref() {
        Some("txt") if name.starts_with("constraints") => Ok(RequirementKind::ConstraintsFile(path)),
        Some("txt") => Ok(RequirementKind::RequirementsFile(path)),
        Some("py") => Err(RequirementError::NotSupported("a script with a PEP 723 block")),
        Some("toml" | "cfg" | "in" | "lock" | "yaml" | "yml" | "egg") => Err(RequirementError::MalformedPath(
            format!("nothing can be installed from `{name}`"),
            if name == "pyproject.toml" || name == "setup.cfg" {
                format!("write the project's directory: `{}/`", text.trim_end_matches(name).trim_end_matches('/'))
            } else {
                "write a requirements file (`./requirements.txt`), a distribution (`./x.whl`) or a project (`./lib/`)"
                    .to_owned()
            },
        )),
        _ if text.ends_with(']') => Err(RequirementError::MalformedPath(
            "extras cannot be written behind a path".to_owned(),
            "put the extra's packages into `pip`, or the path with its extra into a requirements file".to_owned(),
        )),
        _ => Ok(RequirementKind::Project(path)),
    }
}

fn named(text: &str) -> Result<RequirementKind, RequirementError> {
    let malformed = |message: String, help: String| RequirementError::Malformed(message, help);
    if text.is_empty() {
        return Err(malformed("the requirement is empty".to_owned(), "write a name: `numpy==1.22`".to_owned()));
    }
    if let Some((name, _)) = text.split_once(" -").filter(|(name, _)| !name.contains(';')) {
        return Err(RequirementError::Option(format!(
            "write `{name}` alone; indexes stand in `indices`, other options in the secret `pip.conf`"
        )));
    }
    // the path of a project without `./` is a valid name to PEP 508 up to its slash
    let bare = text.split([';', ' ', '[', '@', '<', '>', '=', '!', '~']).next().unwrap_or_default();
    if bare.contains(":/") {
        return Err(malformed("this is no URL".to_owned(), "write `https://host/package.whl`".to_owned()));
    }
    if bare.contains('/') || bare.ends_with(".txt") || is_distribution(bare) {
        return Err(RequirementError::MalformedPath("a path begins with `./`".to_owned(), format!("write `./{text}`")));
    }
    // looked at here, as pep508_rs panics at some of these names
    if let Some(name) = names(text).find(|name| !is_name(name)) {
        return Err(malformed(format!("`{}` is no name of a package", mask::shown(name)), instead::of(text)));
    }
    let behind_at = text.split_once('@').filter(|(name, _)| !name.contains(';'));
    let located = behind_at.map(|(name, address)| located(name.trim(), address.trim_start())).transpose()?;
    pep508_rs::Requirement::<Url>::from_str(text).map_err(|error| {
        let reason = match error.message {
            Pep508ErrorSource::String(message) | Pep508ErrorSource::UnsupportedRequirement(message) => message,
            Pep508ErrorSource::UrlError(error) => error.to_string(),
        };
        let reason =
            instead::lower_first(&mask::shown(reason.lines().next().unwrap_or_default().trim_end_matches('.')));
        malformed(format!("this is no requirement: {reason}"), instead::of(text))
    })?;
    Ok(located.unwrap_or(RequirementKind::Named))
}

/// The name of a requirement and those of its extras, the closing bracket there or not.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let other = |c: char| !c.is_alphanumeric() && !"-_.".contains(c);
    let (name, rest) = text.split_at(text.find(other).unwrap_or(text.len()));
    let extras = rest.trim_start().strip_prefix('[').and_then(|rest| rest.split(']').next()).unwrap_or_default();
    std::iter::once(name).chain(extras.split(other))
}

fn is_name(name: &str) -> bool {
    let inside = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let ends = |c: char| c.is_ascii_alphanumeric();
    // PEP 508 lets the brackets be empty; what else is missing is told by its parser
    name.is_empty() || (inside && name.starts_with(ends) && name.ends_with(ends))
}

/// What stands behind the `@` of a requirement called `name`.
fn located(name: &str, rest: &str) -> Result<RequirementKind, RequirementError> {
    let address = rest.split(char::is_whitespace).next().unwrap_or_default().trim_end_matches(';');
    if address.starts_with("file:") || address.starts_with(['.', '/', '~', '\\']) || is_drive(address) {
        return Err(RequirementError::MalformedPath(
            "a path cannot stand behind `@`".to_owned(),
            "write the path alone, beginning with `./`".to_owned(),
        ));
    }
    if address.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(RequirementError::Malformed(
            "what stands behind `@` is no URL".to_owned(),
            format!("write two equals signs in front of a version: `{name}=={rest}`"),
        ));
    }
    if is_scp(address) || address.contains("://") {
        return kind(address);
    }
    Err(RequirementError::Malformed(
        "what stands behind `@` is no URL".to_owned(),
        format!("write `{name} @ https://…`, or `{name}==1.2` for a version"),
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::{Requirement, RequirementError, RequirementKind};

    fn name(text: &str) -> &'static str {
        match Requirement::parse(text) {
            Ok(requirement) => match requirement.kind {
                RequirementKind::Named => "named",
                RequirementKind::Git(_) => "git",
                RequirementKind::Url(_) => "url",
                RequirementKind::Project(_) => "project",
                RequirementKind::Distribution(_) => "distribution",
                RequirementKind::RequirementsFile(_) => "requirements",
                RequirementKind::ConstraintsFile(_) => "constraints",
            },
            Err(error) => match error {
                RequirementError::Option(_) => "!option",
                RequirementError::VersionControl(..) => "!vcs",
                RequirementError::Path(_) => "!path",
                RequirementError::MalformedPath(..) => "!malformed path",
                RequirementError::NotSupported(_) => "!not supported",
                RequirementError::Multiline => "!multiline",
                RequirementError::Control => "!control",
                RequirementError::Malformed(..) => "!malformed",
            },
        }
    }

    #[test]
    fn kinds() {
        for (text, kind) in [
            ("numpy==1.22", "named"),
            ("slycot", "named"),
            ("fastapi[standard]>=0.110; python_version >= \"3.9\"", "named"),
            ("numpy>=1.22; python_version<\"3.12\"", "named"),
            ("name @ https://host/x.whl", "url"),
            ("name @ git+https://host/x.git@v1", "git"),
            ("name @ git+ssh://git@host/x.git ; python_version < '3.12'", "git"),
            ("git+https://host/repo.git@ref", "git"),
            ("git+ssh://git@host/repo.git@ref#subdirectory=x", "git"),
            ("https://host/pkg.whl", "url"),
            ("https://host/pkg.tar.gz#sha256=00", "url"),
            ("./", "project"),
            ("./dir/", "project"),
            ("./my.dir/", "project"),
            ("./x.whl", "distribution"),
            ("./x.tar.gz", "distribution"),
            ("./requirements.txt", "requirements"),
            ("./requirements/prod.txt", "requirements"),
            ("./constraints.txt", "constraints"),
            ("./pylock.toml", "!not supported"),
            ("./pylock.dev.toml", "!not supported"),
            ("./uv.lock", "!not supported"),
            ("./script.py", "!not supported"),
            ("/abs", "!path"),
            ("../out", "!path"),
            ("--index-url https://x", "!option"),
            ("-r requirements.txt", "!option"),
            ("numpy --pre", "!option"),
            ("requirements.txt", "!malformed path"),
            ("lib/x", "!malformed path"),
            ("./pyproject.toml", "!malformed path"),
            ("./lib[extra]", "!malformed path"),
            ("name @ file:///x.whl", "!malformed path"),
            ("hg+https://host/x", "!vcs"),
            ("git+file:///x", "!vcs"),
            ("git@github.com:o/r.git", "!vcs"),
            ("git+ssh://git@github.com:o/r.git", "!vcs"),
            ("https://host/r.git", "!vcs"),
            ("https://host/r.git@v1", "!vcs"),
            ("ssh://git@host/r.git", "!vcs"),
            ("ftp://host/x.whl", "!malformed"),
            ("https://host/page", "!malformed"),
            ("numpy=1.22", "!malformed"),
            ("numpy^1", "!malformed"),
            ("numpy==", "!malformed"),
            ("", "!malformed"),
            ("a\nb", "!multiline"),
            ("a\u{1b}b", "!control"),
            ("a\0b", "!control"),
            ("a-", "!malformed"),
            ("a[b-]", "!malformed"),
            ("a[b- ", "!malformed"),
            ("a[]", "named"),
            ("name @ ftp://host/x.whl", "!malformed"),
            ("name @ ./lib", "!malformed path"),
            ("name @ git@github.com:o/r.git", "!vcs"),
            ("name@1.2", "!malformed"),
            ("name @ https://host/x.whl ; python_version < '3.12'", "url"),
            ("git+https:///r.git", "!vcs"),
            ("git+github.com/o/r.git", "!vcs"),
            ("https://github.com/o/r", "!vcs"),
            ("https:/host/x.whl", "!malformed"),
        ] {
            assert_eq!(name(text), kind, "{text}");
        }
    }

    #[test]
    fn references() {
        let git = |text: &str| Requirement::parse(text).unwrap().git().cloned().unwrap();
        assert_eq!(git("git+https://h/r.git@dev").reference.as_deref(), Some("dev"));
        assert_eq!(git("git+https://h/r.git@feature/x").reference.as_deref(), Some("feature/x"));
        assert_eq!(git("git+https://u:p@h/r.git").reference, None);
        assert!(git("git+https://h/r.git@v1.2").is_pinned());
        assert!(git("git+https://h/r.git@0123abcd").is_pinned());
        assert!(!git("git+https://h/r.git@main").is_pinned());
        assert!(!git("git+https://h/r.git").is_pinned());
        assert_eq!(git("git+ssh://git@h:22/r.git").ssh_host(), Some("h"));
    }

    #[test]
    fn credentials_go() {
        for (given, kept) in [
            ("git+https://user:secret@host/x.git", "git+https://host/x.git"),
            ("git+ssh://git:pw@host/x.git", "git+ssh://git@host/x.git"),
            ("git+ssh://git@host/x.git", "git+ssh://git@host/x.git"),
            ("https://user:secret@host/x.whl", "https://host/x.whl"),
            ("numpy==1.22", "numpy==1.22"),
        ] {
            assert_eq!(Requirement::parse(given).unwrap().without_credentials(), kept);
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_an_answer(text in "\\PC*") {
            let _ = Requirement::parse(&text);
        }

        #[test]
        fn near_misses_are_an_answer(text in "(\\./|git\\+|https://|[a-z]{1,3})[a-z@:/+.;\\[\\]ü<>=~! '\"-]{0,30}") {
            let _ = Requirement::parse(&text);
        }
    }
}
