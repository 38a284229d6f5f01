//! How the kinds of entries are told apart, and what each of them has to look like.

use std::str::FromStr;

use pep508_rs::{Pep508Error, Pep508ErrorSource};
use url::Url;

use super::selection::{Allowed, Selection};
use super::{Git, Package, RequirementError, RequirementKind};
use crate::diagnostic::mask;
use crate::mopyfile::index::has_slashes;
use crate::mopyfile::path::ContextPath;
use crate::mopyfile::{instead, ssh};

/// What an entry is, and what it says besides: where it is a path, and where it has a name.
pub(super) fn kind(text: &str) -> Result<(RequirementKind, Selection, Option<Box<Package>>), RequirementError> {
    if text.starts_with(['.', '/', '~', '\\']) || is_drive(text) {
        return path(text).map(|(kind, selection)| (kind, selection, None));
    }
    match unnamed(text) {
        Some(kind) => Ok((kind?, Selection::default(), None)),
        None => named(text).map(|(kind, package)| (kind, Selection::default(), Some(package))),
    }
}

/// What an entry is that is or begins like a URL.
fn unnamed(text: &str) -> Option<Result<RequirementKind, RequirementError>> {
    if text.starts_with('-') {
        return Some(Err(RequirementError::Option(instead::of_option(text))));
    }
    if let Some((system, _)) = text.split_once('+').filter(|(system, _)| is_system(system)) {
        return Some(git(system, text));
    }
    if is_scp(text) {
        return Some(Err(scp(text)));
    }
    text.split_once("://").filter(|(scheme, _)| is_word(scheme)).map(|(scheme, _)| url(scheme, text))
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
        "https" | "http" | "ssh" if url.host_str().is_some_and(|host| !host.is_empty()) && has_slashes(address) => {}
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
    // as pip and uv read it
    let reference = url.path().rsplit_once('@').map(|(_, reference)| reference.to_owned());
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
    if !has_slashes(text) {
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

/// A path and what stands in brackets behind it.
fn path(text: &str) -> Result<(RequirementKind, Selection), RequirementError> {
    let (text, selection) = Selection::split(text)?;
    let path = ContextPath::parse(text).map_err(RequirementError::Path)?;
    let (kind, noun, allowed) = match path.file_name().filter(|_| !text.ends_with(['/', '.'])).map(str::to_owned) {
        Some(name) => file(&name, path, text)?,
        None => (RequirementKind::Project(path), PROJECT, Allowed::Extras),
    };
    selection.only(allowed, noun)?;
    if let RequirementKind::Project(path) | RequirementKind::Distribution(path) = &kind
        && let Some(special) = ["#", "${"].iter().find(|special| path.as_str().contains(**special))
    {
        return Err(RequirementError::MalformedPath(
            format!("installers read more than a path where there is a `{special}`"),
            "rename the file or directory".to_owned(),
        ));
    }
    Ok((kind, selection))
}

const PROJECT: &str = "a project";

/// What the file or directory called `name` is, a noun for it, and what can stand in brackets behind it.
fn file(
    name: &str,
    path: ContextPath,
    text: &str,
) -> Result<(RequirementKind, &'static str, Allowed), RequirementError> {
    use RequirementKind as Kind;
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    Ok(match extension.as_deref() {
        _ if name == "uv.lock" => (Kind::UvLock(path), "a lock file", Allowed::Packages),
        _ if name == "pylock.toml" || (name.starts_with("pylock.") && name.ends_with(".toml")) => {
            (Kind::Pylock(path), "a lock file of PEP 751", Allowed::Groups)
        }
        _ if name == "pyproject.toml" => (Kind::ProjectFile(path), "a `pyproject.toml`", Allowed::Groups),
        _ if name == "setup.py" || name == "setup.cfg" => {
            return Err(RequirementError::MalformedPath(
                format!("nothing can be installed from `{name}`"),
                format!("write the project's directory: `{}/`", text.trim_end_matches(name).trim_end_matches('/')),
            ));
        }
        _ if is_distribution(name) => (Kind::Distribution(path), "a distribution", Allowed::Extras),
        Some("txt") if name.starts_with("constraints") => {
            (Kind::ConstraintsFile(path), "a constraints file", Allowed::Nothing)
        }
        Some("txt") => (Kind::RequirementsFile(path), "a requirements file", Allowed::Nothing),
        Some("py") => (Kind::Script(path), "a script", Allowed::Nothing),
        Some("toml" | "cfg" | "in" | "lock" | "yaml" | "yml" | "egg") => {
            return Err(RequirementError::MalformedPath(
                format!("nothing can be installed from `{name}`"),
                "write a requirements file (`./requirements.txt`), a lock file (`./uv.lock`, `./pylock.toml`), a \
                 distribution (`./x.whl`) or a project (`./lib/`)"
                    .to_owned(),
            ));
        }
        _ => (Kind::Project(path), PROJECT, Allowed::Extras),
    })
}

fn named(text: &str) -> Result<(RequirementKind, Box<Package>), RequirementError> {
    let malformed = |message: String, help: String| RequirementError::Malformed(message, help);
    if text.is_empty() {
        return Err(malformed("the requirement is empty".to_owned(), "write a name: `numpy==1.22`".to_owned()));
    }
    if let Some((name, _)) = text.split_once(" -").filter(|(name, _)| !name.contains(';')) {
        return Err(RequirementError::Option(format!(
            "write `{}` alone; indexes stand in `indices`, other options in the secret `pip.conf`",
            name.trim_end()
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
    if behind_at.is_some_and(|(name, _)| name.contains(':')) {
        return Err(malformed(
            "what stands in front of `@` is no name of a package".to_owned(),
            "write `https://` in front of a URL, or `name @ https://…`".to_owned(),
        ));
    }
    let located = behind_at.map(|(name, address)| located(name.trim(), address.trim_start())).transpose()?;
    if has_complex_marker(text) {
        return Err(malformed(
            "the marker has too many conditions".to_owned(),
            "write fewer of them, or put the requirement into a requirements file".to_owned(),
        ));
    }
    let package = package(text).map_err(|error| {
        let reason = match error.message {
            Pep508ErrorSource::String(message) | Pep508ErrorSource::UnsupportedRequirement(message) => message,
            Pep508ErrorSource::UrlError(error) => error.to_string(),
        };
        let reason =
            instead::lower_first(&mask::shown(reason.lines().next().unwrap_or_default().trim_end_matches('.')));
        malformed(format!("this is no requirement: {reason}"), instead::of(text))
    })?;
    Ok((located.unwrap_or(RequirementKind::Named), Box::new(package)))
}

/// Whether the marker of `text` is more than pep508_rs can take: it calls itself for each bracket, and the diagram that
/// it makes of a marker can double with each `in` and each extra.
fn has_complex_marker(text: &str) -> bool {
    const MOST_BRACKETS: usize = 32;
    const MOST_VARIABLES: usize = 10;
    let mut quote = None;
    let is_written = |c: &char| match quote {
        Some(open) => {
            quote = quote.filter(|_| *c != open);
            false
        }
        None => {
            quote = Some(*c).filter(|c| matches!(c, '\'' | '"'));
            true
        }
    };
    let markers = text.split_once(';').map(|(_, markers)| markers).unwrap_or_default();
    let written: String = markers.chars().filter(is_written).collect();
    let words = written.split(|c: char| !c.is_alphanumeric() && c != '_');
    let variables = words.filter(|word| matches!(*word, "in" | "extra")).count();
    variables > MOST_VARIABLES || written.matches('(').count() > MOST_BRACKETS
}

/// What pep508_rs makes of `text`. Behind a marker it takes a number of characters for one of bytes, and panics: it is
/// not given what has more there than `and` or `or`, for which it sees a `?` in the place of what is not ASCII.
fn package(text: &str) -> Result<Package, Pep508Error<Url>> {
    let other = |c: char| !c.is_ascii() && !c.is_whitespace();
    if let Some((name, markers)) = text.split_once(';').filter(|(_, markers)| markers.contains(other)) {
        Package::from_str(&format!("{name};{}", markers.replace(other, "?")))?;
    }
    Package::from_str(text)
}

/// The name of a requirement and those of its extras, the closing bracket there or not.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let other = |c: char| !c.is_alphanumeric() && !"-_.".contains(c);
    let (name, rest) = text.split_at(text.find(other).unwrap_or(text.len()));
    let extras = rest.trim_start().strip_prefix('[').and_then(|rest| rest.split(']').next()).unwrap_or_default();
    std::iter::once(name).chain(extras.split(other))
}

pub(super) fn is_name(name: &str) -> bool {
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
    let url = unnamed(address).filter(|_| is_scp(address) || address.contains("://"));
    url.unwrap_or_else(|| {
        Err(RequirementError::Malformed(
            "what stands behind `@` is no URL".to_owned(),
            format!("write `{name} @ https://…`, or `{name}==1.2` for a version"),
        ))
    })
}
