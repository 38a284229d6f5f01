//! Distributions at a URL: `https://host/package.whl`.

use url::Url;

use super::Origin;
use super::path::is_distribution;
use crate::diagnostic::rule;
use crate::mopyfile::Invalid;
use crate::mopyfile::index::has_slashes;
use crate::mopyfile::ssh;

pub(super) fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '+' || c == '-' || c == '.')
}

/// Reads `text`, which begins with `scheme` and `://`.
pub(super) fn url(scheme: &str, text: &str) -> Result<Origin, Invalid> {
    let malformed = |message: &str, help: &str| Invalid::new(&rule::REQUIREMENT, message, help);
    let repository =
        |message: &str, url: &str| Invalid::new(&rule::VERSION_CONTROL, message, format!("write `git+{url}`"));
    if scheme == "ssh" {
        return Err(repository("an `ssh` URL must begin with `git+`", text));
    }
    if let Some(rest) = text.strip_prefix("git://") {
        return Err(repository("git over `git` is not supported", &format!("https://{rest}")));
    }
    if !matches!(scheme, "http" | "https") {
        return Err(malformed(
            &format!("`{scheme}` URLs are not supported"),
            "use an `https://` URL, or a path in the build context such as `./dist/package.whl`",
        ));
    }
    if text.contains(char::is_whitespace) {
        return Err(malformed(
            "the URL contains white space",
            "add a name before a marker: `name @ https://… ; python_version < \"3.12\"`",
        ));
    }
    let url = Url::parse(text)
        .map_err(|error| malformed(&format!("invalid URL: {error}"), "write `https://host/package.whl`"))?;
    if !has_slashes(text) {
        return Err(malformed("the URL has no host", "write `https://host/package.whl`"));
    }
    if is_distribution(url.path()) {
        return Ok(Origin::Url(url));
    }
    let last = url.path().rsplit('/').next().unwrap_or_default();
    let parts = url.path().split('/').filter(|part| !part.is_empty()).count();
    let on_forge = parts == 2 && url.host_str().is_some_and(ssh::is_known_host);
    if on_forge || last.ends_with(".git") || last.contains(".git@") {
        return Err(repository("the URL of a repository must begin with `git+`", text));
    }
    Err(malformed(
        "the URL does not point to a distribution",
        "use the URL of a `.whl`, `.tar.gz` or `.zip` file; add indexes to `indices`",
    ))
}
