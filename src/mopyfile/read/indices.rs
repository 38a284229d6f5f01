//! Reads package indexes.

use serde_json::{Value, json};

use super::Draft;
use crate::diagnostic::{Diagnostic, Rule, Severity, rule};
use crate::mopyfile::credentials::Credentials;
use crate::mopyfile::document::{Kind, Node};
use crate::mopyfile::index::{Index, parse_url};
use crate::mopyfile::keys::Key;
use crate::mopyfile::schema;
use crate::redact::excerpt;
use crate::source::{Span, Spanned};

/// Invalid package index URL.
pub static INDEX_URL: Rule = Rule {
    name: "index-url",
    severity: Severity::Error,
    summary: "invalid package index URL",
    explanation: "An index is an `http://` or `https://` URL, such as `https://pypi.example.org/simple`.",
};

/// More than one default index.
pub static INDEX_DEFAULT: Rule = Rule {
    name: "index-default",
    severity: Severity::Error,
    summary: "more than one default index",
    explanation: "`default: true` replaces PyPI with this index, which only one index can do. Remove `default` from \
         the other indexes: they are searched as well.",
};

pub(in crate::mopyfile) static INDICES_KEY: Key = Key {
    name: "indices",
    about: "Package indexes to use in addition to PyPI, or instead of it.",
    schema: indices_schema,
    read: Draft::indices,
};

const URL: &str = "https://pypi.example.org/simple";

fn indices_schema() -> Value {
    json!({
        "type": ["array", "null"],
        "items": {
            "type": "object",
            "properties": {
                "url": schema::described("The URL of the index.", json!(URL), url_schema()),
                "username": schema::described("The user name. Prefer the secret `netrc`.", json!("jane"), schema::scalar(schema::NO_CONTROL)),
                "password": schema::described("The password. Prefer the secret `netrc`.", json!("…"), schema::scalar(schema::NO_CONTROL)),
                "trust": schema::described("Turn off TLS certificate verification for this index.", json!(true), schema::switch()),
                "default": schema::described("Replace PyPI with this index.", json!(true), schema::switch()),
            },
            "required": ["url"],
            "dependencies": {"password": ["username"]},
            "additionalProperties": false,
        },
        "examples": [[{"url": URL, "default": true}]],
    })
}

/// Browsers and the URL crate do not require exactly two slashes.
fn url_schema() -> Value {
    json!({"type": "string", "pattern": r"^\s*[Hh][Tt][Tt][Pp][Ss]?:[/\\]*[^/\\?#]"})
}

/// The keys of an entry of `indices`.
pub(in crate::mopyfile) const KEYS: &[&str] = &["url", "username", "password", "trust", "default"];

impl Draft {
    fn indices(&mut self, _: &Node, node: &Node) {
        let mut default: Option<Span> = None;
        for item in self.list("indices", node, "[{url: \"https://pypi.example.org/simple\"}]") {
            let entries = match &item.kind {
                Kind::Map(entries) => self.distinct(entries),
                kind => {
                    let url = if let Kind::Text(text) = kind { excerpt(text) } else { URL.to_owned() };
                    self.wrong_type("an entry of `indices`", "a mapping", item, format!("write `url: {url}`"));
                    continue;
                }
            };
            let Some(index) = self.index(item, &entries) else { continue };
            if index.value.default {
                if let Some(first) = default {
                    let diagnostic =
                        Diagnostic::new(&INDEX_DEFAULT, item.span, "more than one index has `default: true`")
                            .related(first, "the first one")
                            .help("keep `default: true` for only one of them");
                    self.diagnostics.push(diagnostic);
                }
                default = Some(item.span);
            }
            self.mopyfile.indices.push(index);
        }
    }

    fn index(&mut self, item: &Node, entries: &[(&Node, &Node)]) -> Option<Spanned<Index>> {
        let (mut url, mut username, mut password) = (None, None, None);
        let (mut trust, mut default, mut has_url) = (false, false, false);
        for (key, value) in entries {
            match key.scalar() {
                Some("url") => {
                    has_url = true;
                    url = self.parsed("`url`", value, "a URL: `https://pypi.example.org/simple`", parse_url);
                }
                // diagnostics point to the keys, because an alias's value is at a location that is not redacted
                Some("username") => {
                    username = self.text("`username`", value, "a name, or remove it").map(|text| (text, key.span))
                }
                Some("password") => {
                    password = self.text("`password`", value, "a password, or remove it").map(|text| (text, key.span))
                }
                Some("trust") => trust = self.boolean("trust", value).unwrap_or_default(),
                Some("default") => default = self.boolean("default", value).unwrap_or_default(),
                _ => {
                    self.unknown("an index", key, KEYS, None);
                }
            }
        }
        if !has_url {
            self.report(&rule::MISSING_KEY, item.span, "the index has no `url`", format!("write `url: {URL}`"));
        }
        let mut url = url?.value;
        for (text, span) in [username, password].into_iter().flatten() {
            if text.chars().any(char::is_control) {
                self.report(
                    &rule::CONTROL_CHARACTER,
                    span,
                    "the credential contains a control character",
                    "type it again",
                );
                return None;
            }
        }
        if let Some((_, span)) = password.filter(|_| username.is_none()) {
            self.report(
                &rule::MISSING_KEY,
                span,
                "a `password` needs a `username`",
                "add `username`; a token without a user name is a `username`",
            );
            return None;
        }
        let mut credentials = Credentials::take(&mut url);
        if let Some((login, _)) = username {
            let host = url.host_str().unwrap_or_default().to_owned();
            let password = password.map(|(password, _)| password.to_owned());
            let password = password.or(credentials.map(|credentials| credentials.password)).unwrap_or_default();
            credentials = Some(Credentials { host, login: login.to_owned(), password });
        }
        Some(Spanned::new(Index { url, credentials, trust, default }, item.span))
    }
}
