//! The keys of a Mopyfile: a table for parsing, suggestions and the JSON Schema.

use serde_json::{Value, json};

use super::document::Node;
use super::read::{
    Draft, base, command, container, directories, environment, healthcheck, imports, indices, labels, pip, project, run,
};

/// A top-level key.
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// A one-line description, for editors.
    pub about: &'static str,
    /// The JSON Schema of its value.
    pub(super) schema: fn() -> Value,
    /// Reads the key and its value.
    pub(super) read: fn(&mut Draft, &Node, &Node),
}

/// Every key.
pub static ALL: [&Key; 25] = [
    &base::SYNTAX_KEY,
    &base::API_VERSION_KEY,
    &base::PYTHON_KEY,
    &base::BUILD_DEPS_KEY,
    &base::RUNTIME_DEPS_KEY,
    &base::BASE_KEY,
    &environment::ENVS_KEY,
    &environment::BUILD_ENVS_KEY,
    &indices::INDICES_KEY,
    &pip::PIP_KEY,
    &pip::INSTALLER_KEY,
    &project::PROJECT_KEY,
    &directories::DIRECTORIES_KEY,
    &run::RUN_KEY,
    &command::COMMAND_KEY,
    &command::ENTRYPOINT_KEY,
    &container::INIT_KEY,
    &container::PORTS_KEY,
    &healthcheck::HEALTHCHECK_KEY,
    &container::WORKDIR_KEY,
    &container::STOP_SIGNAL_KEY,
    &imports::IMPORTS_KEY,
    &base::CA_CERTIFICATES_KEY,
    &labels::SBOM_KEY,
    &labels::LABELS_KEY,
];

/// The key called `name`.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    ALL.into_iter().find(|key| key.name == name)
}

/// The names of all keys.
pub(super) fn names() -> Vec<&'static str> {
    ALL.iter().map(|key| key.name).collect()
}

/// The key for which other tools use the name `name`.
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

/// The URL of the JSON Schema of the latest version.
pub const SCHEMA: &str = "https://raw.githubusercontent.com/cmdjulian/mopy/main/example/mopyfile.schema.json";

/// The JSON Schema of a Mopyfile, in draft 7, which all editors support.
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
    use super::{healthcheck, indices, schema};

    #[test]
    fn the_schemas_of_mappings_have_their_keys() {
        let schema = schema();
        let properties = &schema["properties"];
        for (about, keys) in
            [(&properties["indices"]["items"], indices::KEYS), (&properties["healthcheck"], healthcheck::KEYS)]
        {
            let mut keys = keys.to_vec();
            keys.sort_unstable();
            assert_eq!(about["properties"].as_object().unwrap().keys().collect::<Vec<_>>(), keys);
        }
    }
}
