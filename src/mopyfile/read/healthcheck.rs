//! Reads health checks.

use serde_json::{Value, json};

use super::{Draft, entry_span};
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::mopyfile::document::{Kind, Node};
use crate::mopyfile::healthcheck::{Duration, Healthcheck, Probe, is_host, is_path};
use crate::mopyfile::keys::Key;
use crate::mopyfile::schema;
use crate::mopyfile::{port, similar};
use crate::redact::excerpt;
use crate::source::{Span, Spanned};

/// Invalid health check.
pub static HEALTHCHECK: Rule = Rule {
    name: "healthcheck",
    severity: Severity::Error,
    summary: "invalid health check",
    explanation: "A health check needs either `http` (the path to request; the port is `port` or the first of \
         `ports`) or `command` (a list of arguments, without a shell). `interval`, `timeout` and `start-period` are \
         durations with units (`30s`, `1m30s`, `500ms`), and `retries` is an integer of at least 1.",
};

pub(in crate::mopyfile) static HEALTHCHECK_KEY: Key = Key {
    name: "healthcheck",
    about: "How to check whether the container is healthy.",
    schema: healthcheck_schema,
    read: Draft::healthcheck,
};

fn healthcheck_schema() -> Value {
    let whole = || schema::number(&format!("^{}$", schema::NUMBER));
    let path = json!({"type": "string", "pattern": "^/[!-~]*$"});
    let command = json!(["python", "-m", "shop.check"]);
    json!({
        "type": "object",
        "properties": {
            "http": schema::described(
                "The path to request in the container. Any status below 400 counts as healthy.",
                json!("/health"),
                path,
            ),
            "port": schema::described("The port of the request. The default is the first TCP port of `ports`.", json!(8000), whole()),
            "host": schema::described(
                "The `Host` header of the request. The default is 127.0.0.1 with the port.",
                json!("shop.example.org"),
                json!({"type": "string", "pattern": r"^[A-Za-z0-9._~:\[\]-]+$"}),
            ),
            "command": schema::described(
                "The command to run, in exec form. The container is healthy if it exits with 0.",
                command.clone(),
                schema::words(),
            ),
            "interval": schema::described("The time between two checks. The default is 30s.", json!("1m30s"), duration()),
            "timeout": schema::described("The maximum duration of a check. The default is 30s.", json!("5s"), duration()),
            "retries": schema::described(
                "How many consecutive failures make the container unhealthy. The default is 3.",
                json!(5),
                whole(),
            ),
            "start-period": schema::described(
                "The time after the start in which failures do not count. The default is 0s.",
                json!("20s"),
                duration(),
            ),
        },
        "oneOf": [
            {"required": ["http"], "not": {"required": ["command"]}},
            {"required": ["command"], "not": {"anyOf": [{"required": ["http"]}, {"required": ["port"]}, {"required": ["host"]}]}},
        ],
        "additionalProperties": false,
        "examples": [{"http": "/health", "port": 8000}, {"command": command}],
    })
}

fn duration() -> Value {
    json!({"type": "string", "pattern": "^([0-9]+(h|m|s|ms))+$", "not": {"pattern": "^[0hms]*$"}})
}

/// The keys of `healthcheck`.
pub(in crate::mopyfile) const KEYS: &[&str] =
    &["http", "port", "host", "command", "interval", "timeout", "retries", "start-period"];

/// A health check, before the default port is known.
#[derive(Default)]
pub(super) struct Check {
    span: Span,
    http: Option<Spanned<String>>,
    /// Whether it is set, and its value if that is valid.
    port: Option<Option<u16>>,
    host: Option<String>,
    command: Option<Vec<String>>,
    interval: Option<Duration>,
    timeout: Option<Duration>,
    start_period: Option<Duration>,
    retries: Option<u16>,
}

impl Draft {
    fn healthcheck(&mut self, check_key: &Node, node: &Node) {
        let entries = self.map("healthcheck", node, "{http: /health, port: 8000}");
        if !matches!(node.kind, Kind::Null | Kind::Map(_)) {
            return;
        }
        let mut check = Check { span: entry_span(check_key.span, node.span), ..Check::default() };
        let key_of = |name| entries.iter().find(|(key, _)| key.scalar() == Some(name)).map(|(key, _)| key.span);
        let (http, command) = (key_of("http"), key_of("command"));
        if let Some((http, command)) = http.zip(command) {
            let (first, second) = (http.min(command), http.max(command));
            let diagnostic = Diagnostic::new(&HEALTHCHECK, second, "`http` and `command` cannot be combined")
                .related(first, "the other one")
                .help("keep one of them");
            self.diagnostics.push(diagnostic);
        } else if command.is_some() {
            for (name, span) in ["port", "host"].into_iter().filter_map(|name| Some((name, key_of(name)?))) {
                let message = format!("`{name}` requires `http`");
                self.report(&HEALTHCHECK, span, message, "leave it out");
            }
        }
        let mut has_probe = http.or(command).is_some();
        for (key, value) in entries {
            match key.scalar() {
                Some("http") => check.http = self.request_path(value),
                Some("port") => check.port = Some(self.check_port(value)),
                Some("host") => check.host = self.host(value),
                Some("command") => check.command = self.arguments("command", value).map(|words| words.value),
                Some("interval") => check.interval = self.duration("interval", value),
                Some("timeout") => check.timeout = self.duration("timeout", value),
                Some("start-period") => check.start_period = self.duration("start-period", value),
                Some("retries") => check.retries = self.retries(value),
                name => {
                    let name = name.unwrap_or_default();
                    let meant = match name {
                        "test" | "cmd" => Some("command"),
                        "url" | "path" => Some("http"),
                        _ => similar(name, KEYS),
                    };
                    has_probe |= matches!(meant, Some("http" | "command"));
                    self.unknown("`healthcheck`", name, key.span, KEYS, meant);
                }
            }
        }
        if !has_probe {
            let help =
                "write `healthcheck: {http: /health, port: 8000}` or `healthcheck: {command: [python, check.py]}`";
            self.report(&HEALTHCHECK, check_key.span, "the check has neither `http` nor `command`", help);
        }
        self.healthcheck = Some(check);
    }

    /// The `Host` header of the request.
    fn host(&mut self, node: &Node) -> Option<String> {
        let text = self.text("`host`", node, "a host: `host: shop.example.org`, or remove it")?;
        if !is_host(text) {
            let message = format!("`{}` is not a host", excerpt(text));
            self.report(&HEALTHCHECK, node.span, message, "write a name such as `shop.example.org`");
            return None;
        }
        Some(text.to_owned())
    }

    /// The health check, with the first port of `ports` as the default.
    pub(super) fn finish_healthcheck(&mut self) -> Option<Spanned<Healthcheck>> {
        let check = self.healthcheck.take()?;
        let probe = match (check.http, check.command) {
            (Some(path), _) => {
                let first = self.mopyfile.ports.iter().find_map(|port| port.value.tcp());
                let Some(port) = check.port.unwrap_or(first) else {
                    if check.port.is_none() {
                        let help = "add `port: 8000` next to `http`, or list the port in `ports`";
                        self.report(&HEALTHCHECK, path.span, "`http` requires a port", help);
                    }
                    return None;
                };
                Probe::Http { path: path.value, port, host: check.host }
            }
            (None, Some(words)) => Probe::Command(words),
            (None, None) => return None,
        };
        let Check { interval, timeout, start_period, retries, .. } = check;
        Some(Spanned::new(Healthcheck { probe, interval, timeout, start_period, retries }, check.span))
    }

    fn request_path(&mut self, node: &Node) -> Option<Spanned<String>> {
        let text = self.text("`http`", node, "the path of a request: `http: /health`")?;
        if is_path(text) {
            return Some(Spanned::new(text.to_owned(), node.span));
        }
        let help = if text.contains("://") || matches!(node.kind, Kind::Number(_)) {
            "write the path as `http: /health` and the port as `port: 8000`".to_owned()
        } else if is_path(&format!("/{text}")) {
            format!("write `/{}`", excerpt(text))
        } else {
            "begin with `/`, and percent-encode spaces and non-ASCII characters: `%20`".to_owned()
        };
        self.report(&HEALTHCHECK, node.span, format!("`{}` is not a request path", excerpt(text)), help);
        None
    }

    fn check_port(&mut self, node: &Node) -> Option<u16> {
        let text = self.text("`port`", node, "the port: `port: 8000`, or remove it")?;
        let port = port::number(text);
        if port.is_none() {
            let message = format!("`{}` is not a port", excerpt(text));
            self.report(&HEALTHCHECK, node.span, message, "write a number from 1 to 65535");
        }
        port
    }

    fn duration(&mut self, what: &str, node: &Node) -> Option<Duration> {
        let text = self.text(&format!("`{what}`"), node, "a duration such as `30s`, or remove it")?;
        let duration = Duration::parse(text);
        if duration.is_none() {
            let (message, help) = if text.parse::<u64>().is_ok_and(|number| number > 0) {
                (format!("`{text}` has no unit"), format!("write `{what}: {text}s`"))
            } else {
                (format!("`{}` is not a duration", excerpt(text)), format!("write `{what}: 30s`, `1m30s` or `500ms`"))
            };
            self.report(&HEALTHCHECK, node.span, message, help);
        }
        duration
    }

    fn retries(&mut self, node: &Node) -> Option<u16> {
        let text = self.text("`retries`", node, "a number: `retries: 3`, or remove it")?;
        let retries = port::number(text);
        if retries.is_none() {
            let message = format!("`retries` must be a whole number of at least 1, not `{}`", excerpt(text));
            self.report(&HEALTHCHECK, node.span, message, "write a number such as `retries: 3`");
        }
        retries
    }
}
