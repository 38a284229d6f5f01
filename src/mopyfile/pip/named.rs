//! PEP 508 requirements: `name[extra]>=1.2; python_version >= "3.9"`, `name @ https://host/package.whl`.

use std::str::FromStr;

use pep508_rs::{Pep508Error, Pep508ErrorSource};
use url::Url;

use super::git::is_scp;
use super::path::{is_distribution, is_path};
use super::{Origin, Package, instead, option, unnamed};
use crate::diagnostic::rule;
use crate::mopyfile::Invalid;
use crate::redact;

/// Reads a requirement and its source.
pub(super) fn named(text: &str) -> Result<(Origin, Box<Package>), Invalid> {
    let malformed = |message: &str, help: &str| Invalid::new(&rule::REQUIREMENT, message, help);
    if text.is_empty() {
        return Err(malformed("the requirement is empty", "write a name: `numpy==1.22`"));
    }
    if let Some((name, _)) = text.split_once(" -").filter(|(name, _)| !name.contains(';')) {
        return Err(option(format!(
            "write only `{}`; add indexes to `indices`, and pass other options in the secret `pip.conf`",
            name.trim_end()
        )));
    }
    // PEP 508 accepts the path of a project without `./` as a name, up to the slash
    let bare = text.split([';', ' ', '[', '@', '<', '>', '=', '!', '~']).next().unwrap_or_default();
    if bare.contains(":/") {
        return Err(malformed("invalid URL", "write `https://host/package.whl`"));
    }
    if bare.contains('/') || bare.ends_with(".txt") || is_distribution(bare) {
        let help = format!("write `./{text}`");
        return Err(Invalid::new(&rule::MALFORMED_PATH, "paths must begin with `./`", help));
    }
    // checked here, because pep508_rs panics on some of these names
    if let Some(name) = names(text).find(|name| !is_name(name)) {
        let message = format!("`{}` is not a valid package name", redact::excerpt(name));
        return Err(malformed(&message, &instead::of(text)));
    }
    let behind_at = text.split_once('@').filter(|(name, _)| !name.contains(';'));
    if behind_at.is_some_and(|(name, _)| name.contains(':')) {
        return Err(malformed(
            "the part before `@` is not a valid package name",
            "write `https://` before a URL, or `name @ https://…`",
        ));
    }
    let located = behind_at.map(|(name, address)| located(name.trim(), address.trim_start())).transpose()?;
    if has_complex_marker(text) {
        return Err(malformed(
            "the marker has too many conditions",
            "simplify it, or move the requirement to a requirements file",
        ));
    }
    let package = package(text).map_err(|error| {
        let reason = match error.message {
            Pep508ErrorSource::String(message) | Pep508ErrorSource::UnsupportedRequirement(message) => message,
            Pep508ErrorSource::UrlError(error) => error.to_string(),
        };
        let reason =
            instead::lower_first(&redact::excerpt(reason.lines().next().unwrap_or_default().trim_end_matches('.')));
        malformed(&format!("invalid requirement: {reason}"), &instead::of(text))
    })?;
    Ok((located.unwrap_or(Origin::Index), Box::new(package)))
}

/// Whether the marker of `text` is too complex for pep508_rs: it recurses for each bracket, and its representation of a
/// marker can double with each `in` and each extra, and grows quadratically otherwise.
fn has_complex_marker(text: &str) -> bool {
    const MAX_BRACKETS: usize = 32;
    const MAX_VARIABLES: usize = 10;
    const MAX_CONDITIONS: usize = 100;
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
    let variables = words.clone().filter(|word| matches!(*word, "in" | "extra")).count();
    let conditions = words.filter(|word| matches!(*word, "and" | "or")).count();
    variables > MAX_VARIABLES || conditions > MAX_CONDITIONS || written.matches('(').count() > MAX_BRACKETS
}

/// Parses `text` with pep508_rs, which confuses characters and bytes after a marker and panics: text that contains more
/// than `and` or `or` there is not passed to it, and non-ASCII characters are replaced with `?`.
fn package(text: &str) -> Result<Package, Pep508Error<Url>> {
    let other = |c: char| !c.is_ascii() && !c.is_whitespace();
    if let Some((name, markers)) = text.split_once(';').filter(|(_, markers)| markers.contains(other)) {
        Package::from_str(&format!("{name};{}", markers.replace(other, "?")))?;
    }
    Package::from_str(text)
}

/// The names of a requirement and of its extras, even if the closing bracket is missing.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let other = |c: char| !c.is_alphanumeric() && !"-_.".contains(c);
    let (name, rest) = text.split_at(text.find(other).unwrap_or(text.len()));
    let extras = rest.trim_start().strip_prefix('[').and_then(|rest| rest.split(']').next()).unwrap_or_default();
    std::iter::once(name).chain(extras.split(other))
}

pub(super) fn is_name(name: &str) -> bool {
    let inside = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let ends = |c: char| c.is_ascii_alphanumeric();
    // PEP 508 allows empty brackets; its parser reports other omissions
    name.is_empty() || (inside && name.starts_with(ends) && name.ends_with(ends))
}

/// The source after the `@` of a requirement called `name`.
fn located(name: &str, rest: &str) -> Result<Origin, Invalid> {
    let address = rest.split(char::is_whitespace).next().unwrap_or_default().trim_end_matches(';');
    if address.starts_with("file:") || is_path(address) {
        let help = "write only the path, beginning with `./`";
        return Err(Invalid::new(&rule::MALFORMED_PATH, "a path cannot follow `@`", help));
    }
    let help = if address.starts_with(|c: char| c.is_ascii_digit()) {
        format!("use two equals signs before a version: `{name}=={rest}`")
    } else if let Some(origin) = unnamed(address).filter(|_| is_scp(address) || address.contains("://")) {
        return origin;
    } else {
        format!("write `{name} @ https://…`, or `{name}==1.2` for a version")
    };
    Err(Invalid::new(&rule::REQUIREMENT, "what follows `@` is not a URL", help))
}
