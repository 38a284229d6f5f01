//! Reads health checks.

use serde_json::{Value, json};

use super::{Draft, entry_span};
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::mopyfile::document::{Kind, Node};
use crate::mopyfile::healthcheck::{Duration, Healthcheck, Probe, is_host, is_path};
use crate::mopyfile::keys::Key;
use crate::mopyfile::schema;
use crate::mopyfile::{Invalid, port};
use crate::redact::excerpt;
use crate::source::Spanned;

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
            "interval": schema::described("The time between two checks. The default is 30s.", json!("1m30s"), duration_schema()),
            "timeout": schema::described("The maximum duration of a check. The default is 30s.", json!("5s"), duration_schema()),
            "retries": schema::described(
                "How many consecutive failures make the container unhealthy. The default is 3.",
                json!(5),
                whole(),
            ),
            "start-period": schema::described(
                "The time after the start in which failures do not count. The default is 0s.",
                json!("20s"),
                duration_schema(),
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

fn duration_schema() -> Value {
    json!({"type": "string", "pattern": "^([0-9]+(h|m|s|ms))+$", "not": {"pattern": "^[0hms]*$"}})
}

/// The keys of `healthcheck`.
pub(in crate::mopyfile) const KEYS: &[&str] =
    &["http", "port", "host", "command", "interval", "timeout", "retries", "start-period"];

fn request_path(node: &Node, text: &str) -> Result<String, Invalid> {
    if is_path(text) {
        return Ok(text.to_owned());
    }
    let help = if text.contains("://") || matches!(node.kind, Kind::Number(_)) {
        "write the path as `http: /health` and the port as `port: 8000`".to_owned()
    } else if is_path(&format!("/{text}")) {
        format!("write `/{}`", excerpt(text))
    } else {
        "begin with `/`, and percent-encode spaces and non-ASCII characters: `%20`".to_owned()
    };
    Err(Invalid::new(&HEALTHCHECK, format!("`{}` is not a request path", excerpt(text)), help))
}

fn port(text: &str) -> Result<u16, Invalid> {
    let message = || format!("`{}` is not a port", excerpt(text));
    port::number(text).ok_or_else(|| Invalid::new(&HEALTHCHECK, message(), "write a number from 1 to 65535"))
}

fn retries(text: &str) -> Result<u16, Invalid> {
    let message = || format!("`retries` must be a whole number of at least 1, not `{}`", excerpt(text));
    port::number(text).ok_or_else(|| Invalid::new(&HEALTHCHECK, message(), "write a number such as `retries: 3`"))
}

/// The `Host` header of the request.
fn host(text: &str) -> Result<String, Invalid> {
    if is_host(text) {
        return Ok(text.to_owned());
    }
    let message = format!("`{}` is not a host", excerpt(text));
    Err(Invalid::new(&HEALTHCHECK, message, "write a name such as `shop.example.org`"))
}

/// The value of the key `what`.
fn duration(what: &str, text: &str) -> Result<Duration, Invalid> {
    Duration::parse(text).ok_or_else(|| {
        let (message, help) = if text.parse::<u64>().is_ok_and(|number| number > 0) {
            (format!("`{text}` has no unit"), format!("write `{what}: {text}s`"))
        } else {
            (format!("`{}` is not a duration", excerpt(text)), format!("write `{what}: 30s`, `1m30s` or `500ms`"))
        };
        Invalid::new(&HEALTHCHECK, message, help)
    })
}

impl Draft {
    fn healthcheck(&mut self, check_key: &Node, node: &Node) {
        let entries = self.map("healthcheck", node, "{http: /health, port: 8000}");
        if !matches!(node.kind, Kind::Null | Kind::Map(_)) {
            return;
        }
        let key_of = |name| entries.iter().find(|(key, _)| key.scalar() == Some(name)).map(|(key, _)| key.span);
        let (http_key, command_key) = (key_of("http"), key_of("command"));
        if let Some((http, command)) = http_key.zip(command_key) {
            let (first, second) = (http.min(command), http.max(command));
            let diagnostic = Diagnostic::new(&HEALTHCHECK, second, "`http` and `command` cannot be combined")
                .related(first, "the other one")
                .help("keep one of them");
            self.diagnostics.push(diagnostic);
        } else if command_key.is_some() {
            for (name, span) in ["port", "host"].into_iter().filter_map(|name| Some((name, key_of(name)?))) {
                let message = format!("`{name}` requires `http`");
                self.report(&HEALTHCHECK, span, message, "leave it out");
            }
        }
        let mut has_probe = http_key.or(command_key).is_some();
        let (mut http, mut http_host, mut command, mut attempts) = (None, None, None, None);
        let (mut interval, mut timeout, mut start_period) = (None, None, None);
        let mut http_port = self.mopyfile.ports.iter().find_map(|port| port.value.tcp());
        for (key, value) in &entries {
            match key.scalar() {
                Some("http") => {
                    let example = "the path of a request: `http: /health`";
                    http = self.parsed("`http`", value, example, |text| request_path(value, text));
                }
                Some("port") => http_port = self.setting("port", value, "the port: `port: 8000`", port),
                Some("host") => http_host = self.setting("host", value, "a host: `host: shop.example.org`", host),
                Some("command") => command = self.arguments("command", value),
                Some("interval") => interval = self.duration("interval", value),
                Some("timeout") => timeout = self.duration("timeout", value),
                Some("start-period") => start_period = self.duration("start-period", value),
                Some("retries") => attempts = self.setting("retries", value, "a number: `retries: 3`", retries),
                name => {
                    let meant = match name {
                        Some("test" | "cmd") => Some("command"),
                        Some("url" | "path") => Some("http"),
                        _ => None,
                    };
                    let meant = self.unknown("`healthcheck`", key, KEYS, meant);
                    has_probe |= matches!(meant, Some("http" | "command"));
                }
            }
        }
        if !has_probe {
            let help =
                "write `healthcheck: {http: /health, port: 8000}` or `healthcheck: {command: [python, check.py]}`";
            self.report(&HEALTHCHECK, check_key.span, "the check has neither `http` nor `command`", help);
        }
        let probe = match (http, http_port, command) {
            (Some(path), Some(port), _) => Probe::Http { path: path.value, port, host: http_host },
            (Some(path), None, _) => {
                if key_of("port").is_none() {
                    let help = "add `port: 8000` next to `http`, or list the port in `ports`";
                    self.report(&HEALTHCHECK, path.span, "`http` requires a port", help);
                }
                return;
            }
            (None, _, Some(words)) => Probe::Command(words.value),
            (None, _, None) => return,
        };
        let check = Healthcheck { probe, interval, timeout, start_period, retries: attempts };
        self.mopyfile.healthcheck = Some(Spanned::new(check, entry_span(check_key.span, node.span)));
    }

    fn duration(&mut self, what: &str, node: &Node) -> Option<Duration> {
        self.setting(what, node, "a duration such as `30s`", |text| duration(what, text))
    }

    /// The value of an optional key.
    fn setting<T>(
        &mut self,
        what: &str,
        node: &Node,
        example: &str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        let example = format!("{example}, or remove it");
        self.parsed(&format!("`{what}`"), node, &example, parse).map(|parsed| parsed.value)
    }
}
