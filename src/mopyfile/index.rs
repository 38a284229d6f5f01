//! Package indexes.

use url::Url;

use super::credentials::Credentials;

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
/// The message of a diagnostic.
pub fn parse_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => "the index is not a URL".to_owned(),
        error => format!("the index is not a URL: {error}"),
    })?;
    // `host.example.org:8080` looks like a scheme
    if url.scheme().contains('.') {
        return Err("the index is not a URL".to_owned());
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("an index must be an `http://` or `https://` URL, not `{}`", url.scheme()));
    }
    // without the slashes, other programs interpret the URL differently
    if url.host_str().is_none_or(str::is_empty) || !has_slashes(text) {
        return Err("the index URL has no host".to_owned());
    }
    if url.query().is_some() {
        return Err("an index URL cannot have a query".to_owned());
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
