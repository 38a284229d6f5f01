//! What the JSON Schemas of keys are made of.

use serde_json::{Value, json};

// `\x0a` is what the regular expressions of all languages know; none of them looks around, which some lack
pub(super) const ONE_LINE: &str = r"^[^\x00\x0a\x0d]*$";
pub(super) const NO_CONTROL: &str = r"^[^\x00-\x1f\x7f-\x9f]*$";

/// A value that is not a list, a mapping or nothing: YAML's numbers and booleans are texts to mopy.
pub(super) fn scalar(pattern: &str) -> Value {
    json!({"type": ["string", "number", "boolean"], "pattern": pattern})
}

/// A scalar like `pattern`, and not like `other`.
pub(super) fn scalar_but(pattern: &str, other: &str) -> Value {
    let mut schema = scalar(pattern);
    // the keyword `pattern` alone holds for all that is not a text
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
