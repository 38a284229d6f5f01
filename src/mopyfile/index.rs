//! Package indexes.

use url::Url;

use super::Invalid;
use super::credentials::Credentials;
use crate::diagnostic::rule;
use crate::redact::excerpt;

/// A package index to install from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its URL, without user information.
    pub url: Url,
    /// The credentials in the Mopyfile.
    pub credentials: Option<Credentials>,
    /// Whether certificate verification is turned off.
    pub trust: bool,
    /// Whether it replaces PyPI.
    pub default: bool,
}

/// Reads the HTTP or HTTPS URL of an index.
///
/// # Errors
///
/// [`Invalid`] if it is not one.
pub fn parse_url(text: &str) -> Result<Url, Invalid> {
    let invalid = |message: &str| {
        let host = text.split('/').next().unwrap_or_default();
        let help = if !text.contains("://") && host.contains('.') && !host.starts_with('.') {
            format!("write `https://{}`", excerpt(text))
        } else {
            "write `https://pypi.example.org/simple`".to_owned()
        };
        Err(Invalid::new(&rule::INDEX_URL, message, help))
    };
    let url = Url::parse(text).or_else(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => invalid("the index is not a URL"),
        error => invalid(&format!("the index is not a URL: {error}")),
    })?;
    // `host.example.org:8080` looks like a scheme
    if url.scheme().contains('.') {
        return invalid("the index is not a URL");
    }
    if !matches!(url.scheme(), "http" | "https") {
        return invalid(&format!("an index must be an `http://` or `https://` URL, not `{}`", url.scheme()));
    }
    // without the slashes, other programs interpret the URL differently
    if url.host_str().is_none_or(str::is_empty) || !has_slashes(text) {
        return invalid("the index URL has no host");
    }
    if url.query().is_some() {
        return invalid("an index URL cannot have a query");
    }
    Ok(url)
}

/// Whether exactly two slashes follow the scheme of a URL: `Url::parse` also finds a host elsewhere.
#[must_use]
pub fn has_slashes(url: &str) -> bool {
    url.split_once(':').is_some_and(|(_, rest)| rest.starts_with("//") && !rest[2..].starts_with(['/', '\\']))
}

impl Index {
    /// Host and port in the format of pip's `--trusted-host`.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }
}
