//! The keys of a Mopyfile: one table that reading, suggestions and the JSON Schema are made from.

use serde_json::{Value, json};

use super::document::Node;
use super::read::Draft;
use super::signal;

/// A top-level key.
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// One line about it, for editors.
    pub about: &'static str,
    /// The JSON Schema of its value.
    pub(super) schema: fn() -> Value,
    /// Reads the key and its value.
    pub(super) read: fn(&mut Draft, &Node, &Node),
}

/// The keys of an entry of `indices`.
pub(super) const INDEX: &[&str] = &["url", "username", "password", "trust", "default"];

/// The keys of `healthcheck`.
pub(super) const HEALTHCHECK: &[&str] = &["http", "port", "command", "interval", "timeout", "retries", "start-period"];

/// A number from 1 to 65535, as a regular expression.
const NUMBER: &str = "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6([0-4][0-9]{3}|5([0-4][0-9]{2}|5([0-2][0-9]|3[0-5]))))";

/// Every key, in the order of the documentation.
pub static ALL: &[Key] = &[
    Key {
        name: "apiVersion",
        about: "Version of the format; `v1` is the only one.",
        schema: || json!({"const": "v1"}),
        read: Draft::api_version,
    },
    Key {
        name: "python",
        about: "Version of Python: `3`, `3.13`, `3.13.5`, `3.15-rc`.",
        schema: || {
            json!({
                "type": ["string", "number"],
                "pattern": r"^3(\.([7-9]|[1-9][0-9]+)(-rc|\.(0|[1-9][0-9]*)((rc|a|b)[0-9]+)?)?)?$",
                "examples": ["3.13"],
            })
        },
        read: Draft::python,
    },
    Key {
        name: "build-deps",
        about: "apt packages that are there while dependencies are installed.",
        schema: apt_packages,
        read: Draft::build_deps,
    },
    Key {
        name: "runtime-deps",
        about: "apt packages of the image, which then ends in python:slim.",
        schema: apt_packages,
        read: Draft::runtime_deps,
    },
    Key {
        name: "base",
        about: "What the image ends in.",
        schema: || json!({"enum": ["distroless", "slim"], "default": "distroless"}),
        read: Draft::base,
    },
    Key {
        name: "envs",
        about: "Environment variables of the build and the image; `${NAME}` is PATH or a variable further up.",
        schema: || {
            json!({
                "type": ["object", "null"],
                "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
                "additionalProperties": one_line(),
            })
        },
        read: Draft::envs,
    },
    Key {
        name: "indices",
        about: "Package indexes besides PyPI, or instead of it.",
        schema: || {
            json!({
                "type": ["array", "null"],
                "items": {
                    "type": "object",
                    "properties": {
                        "url": {"type": "string", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://", "description": "URL of the index."},
                        "username": {"type": ["string", "number"], "description": "User; better in the secret `netrc`."},
                        "password": {"type": ["string", "number"], "description": "Password; better in the secret `netrc`."},
                        "trust": {"type": "boolean", "default": false, "description": "Do not check the certificate."},
                        "default": {"type": "boolean", "default": false, "description": "Replace PyPI by this index."},
                    },
                    "required": ["url"],
                    "additionalProperties": false,
                },
            })
        },
        read: Draft::indices,
    },
    Key {
        name: "pip",
        about: "What to install: requirements, git and https URLs, local projects, distributions and requirements files.",
        schema: || json!({"type": ["array", "null"], "items": {"type": "string", "pattern": "^[^\\r\\n-][^\\r\\n]*$"}}),
        read: Draft::pip,
    },
    Key {
        name: "installer",
        about: "What installs the packages: uv where it runs, otherwise pip.",
        schema: || json!({"enum": ["uv", "pip"], "examples": ["uv"]}),
        read: Draft::installer,
    },
    Key {
        name: "project",
        about: "The application: a directory with `main.py`, or a Python file.",
        schema: || json!({"type": "string", "pattern": "^[^/\\r\\n][^\\r\\n]*$"}),
        read: Draft::project,
    },
    Key {
        name: "command",
        about: "CMD in exec form; no entrypoint is set then.",
        schema: arguments,
        read: Draft::command,
    },
    Key { name: "entrypoint", about: "ENTRYPOINT in exec form.", schema: arguments, read: Draft::entrypoint },
    Key {
        name: "init",
        about: "Run a minimal init, tini, as the first process.",
        schema: || json!({"type": "boolean", "default": false}),
        read: Draft::init,
    },
    Key {
        name: "ports",
        about: "Ports that the application listens on.",
        schema: || {
            let item = number(&format!("^{NUMBER}(-{NUMBER})?(/(tcp|udp))?$"));
            json!({"type": ["array", "null"], "items": item, "examples": [[8000, "53/udp"]]})
        },
        read: Draft::ports,
    },
    Key {
        name: "healthcheck",
        about: "How the container's health is checked.",
        schema: healthcheck,
        read: Draft::healthcheck,
    },
    Key {
        name: "workdir",
        about: "The working directory in the image, absolute or below /home/nonroot.",
        schema: || {
            let pattern = r"^(?=.*\S)[^~\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$";
            json!({"type": "string", "pattern": pattern, "examples": ["/srv", "data"]})
        },
        read: Draft::workdir,
    },
    Key {
        name: "stop-signal",
        about: "The signal that stops the container.",
        schema: || {
            let names = signal::NAMES.join("|");
            let real_time = r"RTMIN(\+([1-9]|1[0-5]))?|RTMAX(-([1-9]|1[0-4]))?";
            json!({
                "type": ["integer", "string"],
                "minimum": 1,
                "maximum": 64,
                "pattern": format!("^((SIG)?({names}|{real_time})|[1-9]|[1-5][0-9]|6[0-4])$"),
                "examples": ["SIGINT"],
            })
        },
        read: Draft::stop_signal,
    },
    Key {
        name: "imports",
        about: "Modules that are imported in the finished image while building.",
        schema: || {
            let identifier = "[A-Za-z_][A-Za-z0-9_]*";
            let module = json!({"type": "string", "pattern": format!(r"^{identifier}(\.{identifier})*$")});
            json!({"type": ["array", "null"], "items": module, "examples": [["numpy", "PIL.Image"]]})
        },
        read: Draft::imports,
    },
    Key {
        name: "ca-certificates",
        about: "Where the certificates of the secret `ca.pem` are trusted.",
        schema: || json!({"enum": ["build", "image"], "default": "build"}),
        read: Draft::later,
    },
    Key {
        name: "sbom",
        about: "Whether the label `mopy.sbom` lists the entries of `pip`.",
        schema: || json!({"type": "boolean", "default": true}),
        read: Draft::sbom,
    },
    Key {
        name: "labels",
        about: "Labels of the image; `${key}` is the value of another label.",
        schema: || {
            json!({
                "type": ["object", "null"],
                "propertyNames": {"pattern": "^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$"},
                "additionalProperties": one_line(),
            })
        },
        read: Draft::labels,
    },
];

/// The key called `name`.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    ALL.iter().find(|key| key.name == name)
}

/// The names of all keys.
pub(super) fn names() -> Vec<&'static str> {
    ALL.iter().map(|key| key.name).collect()
}

/// The key that other tools call `name`.
pub(super) fn other_name(name: &str) -> Option<&'static str> {
    match name.to_ascii_lowercase().as_str() {
        "dependencies" | "requirements" | "packages" | "install" | "deps" => Some("pip"),
        "environment" | "env" | "variables" => Some("envs"),
        "cmd" | "run" => Some("command"),
        "version" | "python-version" | "python_version" => Some("python"),
        "apt" | "apt-get" | "system-deps" => Some("build-deps"),
        "src" | "source" | "app" => Some("project"),
        "index" | "indexes" | "index-url" => Some("indices"),
        "expose" => Some("ports"),
        "tini" | "dumb-init" => Some("init"),
        "working-dir" | "working_dir" | "working-directory" | "cwd" | "chdir" => Some("workdir"),
        _ => None,
    }
}

/// The JSON Schema of a Mopyfile.
#[must_use]
pub fn schema() -> Value {
    let properties: serde_json::Map<String, Value> = ALL
        .iter()
        .map(|key| {
            let mut schema = (key.schema)();
            schema["description"] = key.about.into();
            (key.name.to_owned(), schema)
        })
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://github.com/cmdjulian/mopy/schema.json",
        "title": "Mopyfile",
        "description": "A container image for a Python application.",
        "type": "object",
        "properties": properties,
        "patternProperties": {"^x-": {}},
        "required": ["python"],
        "additionalProperties": false,
    })
}

fn apt_packages() -> Value {
    json!({
        "type": ["array", "null"],
        "items": {
            "type": "string",
            "pattern": "^[a-z0-9][a-z0-9+.-]+(:[A-Za-z0-9-]+)?(=[A-Za-z0-9+.~:-]+)?(/[A-Za-z0-9_-]+)?(?<!-)$",
        },
    })
}

fn arguments() -> Value {
    json!({"type": "array", "minItems": 1, "items": {"type": ["string", "number", "boolean"]}})
}

fn healthcheck() -> Value {
    let described = |mut schema: Value, about: &str| {
        schema["description"] = about.into();
        schema
    };
    let whole = || number(&format!("^{NUMBER}$"));
    let duration = || json!({"type": "string", "pattern": "^(?=.*[1-9])([0-9]+(h|m|s|ms))+$", "examples": ["30s"]});
    let path = json!({"type": "string", "pattern": "^/[!-~]*$", "examples": ["/health"]});
    json!({
        "type": "object",
        "properties": {
            "http": described(path, "Path of a request to the container, which is healthy when the status is below 400."),
            "port": described(whole(), "Port of the request; the first TCP port of `ports` if left out."),
            "command": described(arguments(), "Command in exec form; the container is healthy when it exits with 0."),
            "interval": described(duration(), "Time between two checks; 30s if left out."),
            "timeout": described(duration(), "Longest time of a check; 30s if left out."),
            "retries": described(whole(), "Failures in a row that make the container unhealthy; 3 if left out."),
            "start-period": described(duration(), "Time at the start in which failures do not count; none if left out."),
        },
        "oneOf": [
            {"required": ["http"], "not": {"required": ["command"]}},
            {"required": ["command"], "not": {"anyOf": [{"required": ["http"]}, {"required": ["port"]}]}},
        ],
        "additionalProperties": false,
        "examples": [{"http": "/health", "port": 8000}],
    })
}

fn number(pattern: &str) -> Value {
    json!({"type": ["integer", "string"], "minimum": 1, "maximum": 65535, "pattern": pattern})
}

fn one_line() -> Value {
    json!({"type": ["string", "number", "boolean"], "pattern": "^[^\\r\\n\\u0000]*$"})
}
