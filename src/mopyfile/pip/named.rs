//! Requirements as PEP 508 defines them: `name[extra]>=1.2; python_version >= "3.9"`, `name @ https://host/package.whl`.

use std::str::FromStr;

use pep508_rs::{Pep508Error, Pep508ErrorSource};
use url::Url;

use super::git::is_scp;
use super::path::{is_distribution, is_path};
use super::{Origin, Package, PipEntryError, instead, unnamed};
use crate::redact;

/// Reads a requirement, and where it comes from.
pub(super) fn named(text: &str) -> Result<(Origin, Box<Package>), PipEntryError> {
    let malformed = |message: String, help: String| PipEntryError::Malformed(message, help);
    if text.is_empty() {
        return Err(malformed("the requirement is empty".to_owned(), "write a name: `numpy==1.22`".to_owned()));
    }
    if let Some((name, _)) = text.split_once(" -").filter(|(name, _)| !name.contains(';')) {
        return Err(PipEntryError::Option(format!(
            "write only `{}`; add indexes to `indices`, and pass other options in the secret `pip.conf`",
            name.trim_end()
        )));
    }
    // the path of a project without `./` is a valid name to PEP 508 up to its slash
    let bare = text.split([';', ' ', '[', '@', '<', '>', '=', '!', '~']).next().unwrap_or_default();
    if bare.contains(":/") {
        return Err(malformed("invalid URL".to_owned(), "write `https://host/package.whl`".to_owned()));
    }
    if bare.contains('/') || bare.ends_with(".txt") || is_distribution(bare) {
        return Err(PipEntryError::MalformedPath("paths must begin with `./`".to_owned(), format!("write `./{text}`")));
    }
    // looked at here, as pep508_rs panics at some of these names
    if let Some(name) = names(text).find(|name| !is_name(name)) {
        return Err(malformed(format!("`{}` is not a valid package name", redact::excerpt(name)), instead::of(text)));
    }
    let behind_at = text.split_once('@').filter(|(name, _)| !name.contains(';'));
    if behind_at.is_some_and(|(name, _)| name.contains(':')) {
        return Err(malformed(
            "the part before `@` is not a valid package name".to_owned(),
            "write `https://` before a URL, or `name @ https://…`".to_owned(),
        ));
    }
    let located = behind_at.map(|(name, address)| located(name.trim(), address.trim_start())).transpose()?;
    if has_complex_marker(text) {
        return Err(malformed(
            "the marker has too many conditions".to_owned(),
            "simplify it, or move the requirement to a requirements file".to_owned(),
        ));
    }
    let package = package(text).map_err(|error| {
        let reason = match error.message {
            Pep508ErrorSource::String(message) | Pep508ErrorSource::UnsupportedRequirement(message) => message,
            Pep508ErrorSource::UrlError(error) => error.to_string(),
        };
        let reason =
            instead::lower_first(&redact::excerpt(reason.lines().next().unwrap_or_default().trim_end_matches('.')));
        malformed(format!("invalid requirement: {reason}"), instead::of(text))
    })?;
    Ok((located.unwrap_or(Origin::Index), Box::new(package)))
}

/// Whether the marker of `text` is more than pep508_rs can take: it calls itself for each bracket, and the diagram that
/// it makes of a marker can double with each `in` and each extra, and grows with the square of the others.
fn has_complex_marker(text: &str) -> bool {
    const MOST_BRACKETS: usize = 32;
    const MOST_VARIABLES: usize = 10;
    const MOST_CONDITIONS: usize = 100;
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
    variables > MOST_VARIABLES || conditions > MOST_CONDITIONS || written.matches('(').count() > MOST_BRACKETS
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

/// What is after the `@` of a requirement called `name`.
fn located(name: &str, rest: &str) -> Result<Origin, PipEntryError> {
    let address = rest.split(char::is_whitespace).next().unwrap_or_default().trim_end_matches(';');
    if address.starts_with("file:") || is_path(address) {
        return Err(PipEntryError::MalformedPath(
            "a path cannot follow `@`".to_owned(),
            "write only the path, beginning with `./`".to_owned(),
        ));
    }
    if address.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(PipEntryError::Malformed(
            "what follows `@` is not a URL".to_owned(),
            format!("use two equals signs before a version: `{name}=={rest}`"),
        ));
    }
    let url = unnamed(address).filter(|_| is_scp(address) || address.contains("://"));
    url.unwrap_or_else(|| {
        Err(PipEntryError::Malformed(
            "what follows `@` is not a URL".to_owned(),
            format!("write `{name} @ https://…`, or `{name}==1.2` for a version"),
        ))
    })
}
