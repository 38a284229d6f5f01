//! Building blocks for the JSON Schemas of keys.

use serde_json::{Value, json};

// the regular expressions of all languages support `\x0a`; lookarounds are not used, because some do not support them
pub(super) const ONE_LINE: &str = r"^[^\x00\x0a\x0d]*$";
pub(super) const NO_CONTROL: &str = r"^[^\x00-\x1f\x7f-\x9f]*$";

/// Any scalar: mopy reads YAML's numbers and booleans as strings.
pub(super) fn scalar(pattern: &str) -> Value {
    json!({"type": ["string", "number", "boolean"], "pattern": pattern})
}

/// A scalar that matches `pattern`, but not `other`.
pub(super) fn scalar_but(pattern: &str, other: &str) -> Value {
    let mut schema = scalar(pattern);
    // the keyword `pattern` alone accepts everything that is not a string
    schema["not"] = json!({"type": "string", "pattern": other});
    schema
}

pub(super) fn described(about: &str, example: Value, mut schema: Value) -> Value {
    schema["description"] = about.into();
    schema["examples"] = json!([example]);
    schema
}

pub(super) fn switch() -> Value {
    json!({"type": "boolean", "default": false})
}

pub(super) fn words() -> Value {
    json!({"type": "array", "minItems": 1, "items": scalar(r"^[^\x00]*$")})
}

/// A number from 1 to 65535, as a regular expression.
pub(super) const NUMBER: &str =
    "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6([0-4][0-9]{3}|5([0-4][0-9]{2}|5([0-2][0-9]|3[0-5]))))";

pub(super) fn number(pattern: &str) -> Value {
    json!({"type": ["integer", "string"], "minimum": 1, "maximum": 65535, "pattern": pattern})
}
