//! The keys of a Mopyfile: one table that reading, suggestions and the JSON Schema are made from.

mod schema;

use serde_json::{Value, json};

use super::base;
use super::document::Node;
use super::read::Draft;

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
pub(super) const HEALTHCHECK: &[&str] =
    &["http", "port", "host", "command", "interval", "timeout", "retries", "start-period"];

/// The keys of an entry of `run`.
pub(super) const RUN: &[&str] = &["command", "envs"];

/// The keys of `project`.
pub(super) const PROJECT: &[&str] = &["path", "target"];

/// Every key, in the order of the documentation.
pub static ALL: &[Key] = &[
    Key {
        name: "apiVersion",
        about: "Version of the format; `v1` is the only one.",
        schema: || json!({"const": "v1", "examples": ["v1"]}),
        read: Draft::api_version,
    },
    Key {
        name: "syntax",
        about: "The frontend that builds the file; in a Mopyfile that is JSON, in place of the first line.",
        schema: || json!({"type": "string", "examples": ["cmdjulian/mopy"]}),
        read: Draft::syntax,
    },
    Key {
        name: "python",
        about: "Version of Python: `3`, `3.13`, `3.13.5`, `3.15-rc`.",
        schema: || {
            json!({
                "type": ["string", "number"],
                "pattern": r"^3(\.([7-9]|[1-9][0-9]+)(-rc|\.(0|[1-9][0-9]*)((rc|a|b)(0|[1-9][0-9]*))?)?)?$",
                // to a reader of JSON, 3.10 and 3.1 are one number
                "minimum": 3,
                "exclusiveMaximum": 4,
                "examples": [3.13, "3.13.5", "3.15-rc"],
            })
        },
        read: Draft::python,
    },
    Key {
        name: "build-deps",
        about: "apt packages that are there while dependencies are installed.",
        schema: || schema::apt_packages(&["build-essential", "libpq-dev"]),
        read: Draft::build_deps,
    },
    Key {
        name: "runtime-deps",
        about: "apt packages of the image, which is then based on Debian's slim image.",
        schema: || schema::apt_packages(&["ffmpeg", "libpq5=17.5-1"]),
        read: Draft::runtime_deps,
    },
    Key {
        name: "base",
        about: "What the image ends in.",
        schema: || json!({"enum": base::ALL.map(|base| base.name), "default": base::ALL[0].name, "examples": ["slim"]}),
        read: Draft::base,
    },
    Key {
        name: "envs",
        about: "Environment variables of the build and the image; `${NAME}` is PATH or a variable further up.",
        schema: || {
            json!({
                "type": ["object", "null"],
                "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
                "additionalProperties": schema::scalar(schema::ONE_LINE),
                "examples": [{"LANG": "C.UTF-8", "PATH": "/opt/bin:${PATH}"}],
            })
        },
        read: Draft::envs,
    },
    Key {
        name: "build-envs",
        about: "Environment variables of the build stages alone; `${NAME}` can be a build argument.",
        schema: || {
            json!({
                "type": ["object", "null"],
                "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
                "additionalProperties": schema::scalar(schema::ONE_LINE),
                "examples": [{"UV_TORCH_BACKEND": "cpu", "SETUPTOOLS_SCM_PRETEND_VERSION": "${VERSION}"}],
            })
        },
        read: Draft::build_envs,
    },
    Key {
        name: "indices",
        about: "Package indexes besides PyPI, or instead of it.",
        schema: schema::indices,
        read: Draft::indices,
    },
    Key {
        name: "pip",
        about: "What to install: requirements, git and https URLs, local projects, distributions, requirements files, lock files and scripts.",
        schema: schema::pip,
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
        schema: schema::project,
        read: Draft::project,
    },
    Key {
        name: "directories",
        about: "Directories that the image's user can write to, besides its home and the project.",
        schema: || json!({"type": ["array", "null"], "items": schema::workdir(), "examples": [["/data"]]}),
        read: Draft::directories,
    },
    Key {
        name: "run",
        about: "Commands that run once while the image is built, in the finished image.",
        schema: schema::run,
        read: Draft::run,
    },
    Key {
        name: "command",
        about: "CMD in exec form; no entrypoint is set then.",
        schema: || schema::arguments(&["gunicorn", "shop.wsgi", "--bind", "0.0.0.0:8000"]),
        read: Draft::command,
    },
    Key {
        name: "entrypoint",
        about: "ENTRYPOINT in exec form.",
        schema: || schema::arguments(&["python", "-m", "shop"]),
        read: Draft::entrypoint,
    },
    Key {
        name: "init",
        about: "Run a minimal init, dumb-init, as the first process.",
        schema: || json!({"type": "boolean", "default": false, "examples": [true]}),
        read: Draft::init,
    },
    Key { name: "ports", about: "Ports that the application listens on.", schema: schema::ports, read: Draft::ports },
    Key {
        name: "healthcheck",
        about: "How the container's health is checked.",
        schema: schema::healthcheck,
        read: Draft::healthcheck,
    },
    Key {
        name: "workdir",
        about: "The working directory in the image, absolute or below /home/nonroot.",
        schema: schema::workdir,
        read: Draft::workdir,
    },
    Key {
        name: "stop-signal",
        about: "The signal that stops the container.",
        schema: schema::stop_signal,
        read: Draft::stop_signal,
    },
    Key {
        name: "imports",
        about: "Modules that are imported in the finished image while building.",
        schema: schema::imports,
        read: Draft::imports,
    },
    Key {
        name: "ca-certificates",
        about: "Trust the certificates of the secret `ca.pem` while building, or in the image as well.",
        schema: || json!({"enum": ["build", "image"], "default": "build", "examples": ["image"]}),
        read: Draft::ca_certificates,
    },
    Key {
        name: "sbom",
        about: "Whether the label `mopy.sbom` lists the entries of `pip`.",
        schema: || json!({"type": "boolean", "default": true, "examples": [false]}),
        read: Draft::sbom,
    },
    Key {
        name: "labels",
        about: "Labels of the image; `${key}` is the value of another label.",
        schema: || {
            json!({
                "type": ["object", "null"],
                "propertyNames": {"pattern": "^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$"},
                "additionalProperties": schema::scalar(schema::ONE_LINE),
                "examples": [{"org.opencontainers.image.title": "shop", "com.example.installed": "${mopy.sbom}"}],
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
        "cmd" => Some("command"),
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

/// Where the JSON Schema of the newest version of mopy is.
pub const SCHEMA: &str = "https://raw.githubusercontent.com/cmdjulian/mopy/main/example/mopyfile.schema.json";

/// The JSON Schema of a Mopyfile, in draft 7, which all editors know.
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
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": SCHEMA,
        "title": "Mopyfile",
        "description": "A container image for a Python application.",
        "type": "object",
        "properties": properties,
        "patternProperties": {"^x-": {}},
        "required": ["python"],
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::{HEALTHCHECK, INDEX, schema};

    #[test]
    fn the_schemas_of_mappings_have_their_keys() {
        let schema = schema();
        let properties = &schema["properties"];
        for (about, keys) in [(&properties["indices"]["items"], INDEX), (&properties["healthcheck"], HEALTHCHECK)] {
            let mut keys = keys.to_vec();
            keys.sort_unstable();
            assert_eq!(about["properties"].as_object().unwrap().keys().collect::<Vec<_>>(), keys);
        }
    }
}
