//! The validator, and where the schema says no.

use boon::{Compiler, ErrorKind, InstanceToken, SchemaIndex, Schemas, ValidationError};
use mopy::mopyfile::document::{Kind, Node};
use mopy::mopyfile::keys;
use mopy::{Diagnostic, Span};
use serde_json::{Map, Value};

/// The schema, ready to validate.
pub(crate) struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    pub(crate) fn new() -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource(keys::SCHEMA, keys::schema()).unwrap();
        let index = compiler.compile(keys::SCHEMA, &mut schemas).unwrap();
        Self { schemas, index }
    }

    pub(crate) fn accepts(&self, value: &Value) -> bool {
        self.schemas.validate(value, self.index).is_ok()
    }

    /// The places in `document` that the schema says no to.
    pub(crate) fn errors(&self, document: &Node) -> Vec<Place> {
        let value = value(document);
        let mut places = Vec::new();
        if let Err(error) = self.schemas.validate(&value, self.index) {
            leaves(&error, document, &mut places);
        }
        places
    }
}

/// Where the schema says no.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    span: Span,
    /// The key of a value.
    key: Option<Span>,
    /// The top-level key that it is below.
    pub(crate) top: String,
}

impl Place {
    /// Whether it is where `problem` is.
    pub(crate) fn is_of(&self, problem: &Diagnostic) -> bool {
        let holds = |outer: Span| outer.start <= problem.span.start && problem.span.end <= outer.end;
        // the parser's messages about credentials and incomplete health checks point to the keys
        let about_key = problem.message.contains("credential") || problem.message.contains("neither");
        let key = self.key.filter(|_| about_key);
        holds(self.span) || key.is_some_and(holds)
    }
}

fn leaves(error: &ValidationError, document: &Node, places: &mut Vec<Place>) {
    let (mut at, mut key, mut top) = (document, None, String::new());
    for token in &error.instance_location.tokens {
        (at, key) = match (token, &at.kind) {
            (InstanceToken::Prop(name), Kind::Map(_)) => {
                if top.is_empty() {
                    top = name.to_string();
                }
                let (key, value) = entry(at, name);
                (value, Some(key.span))
            }
            (InstanceToken::Item(index), Kind::List(items)) => (&items[*index], None),
            other => panic!("{other:?}"),
        };
    }
    let of_key = |name: &str| Place { span: entry(at, name).0.span, key: None, top: top.clone() };
    match &error.kind {
        ErrorKind::PropertyName { prop } => {
            // the crate gives their place in the schema only
            let top = error.schema_url.rsplit('/').next().unwrap().to_owned();
            let span = entry(&entry(document, &top).1, prop).0.span;
            places.push(Place { span, key: None, top });
        }
        ErrorKind::Dependency { prop, .. } => {
            // the parser asks for a user only when the password is one
            let (key, value) = entry(at, prop);
            places.push(Place { span: key.span.join(value.span), key: None, top });
        }
        ErrorKind::AdditionalProperties { got } => places.extend(got.iter().map(|name| of_key(name))),
        _ if error.causes.is_empty() => places.push(Place { span: at.span, key, top }),
        _ => error.causes.iter().for_each(|cause| leaves(cause, document, places)),
    }
}

fn entry<'n>(map: &'n Node, name: &str) -> &'n (Node, Node) {
    let Kind::Map(entries) = &map.kind else { panic!("{map:?}") };
    entries.iter().find(|(key, _)| key.scalar() == Some(name)).unwrap()
}

/// A document as the readers of editors and other tools have it: scalars are numbers and booleans where YAML
/// says so, which is what the schema has to cope with. mopy's own reader keeps their texts, so that it tells 3.10
/// from 3.1; the schema cannot, and is not asked to.
fn value(node: &Node) -> Value {
    match &node.kind {
        Kind::Null => Value::Null,
        Kind::Boolean(text) => Value::Bool(text.eq_ignore_ascii_case("true")),
        Kind::Number(text) => number(text),
        Kind::Text(text) => text.as_str().into(),
        Kind::List(items) => items.iter().map(value).collect(),
        Kind::Map(entries) => {
            let mut object = Map::new();
            for (key, item) in entries {
                // keys that are not scalars cannot be in JSON
                if let Some(name) = key.scalar().filter(|name| !object.contains_key(*name)) {
                    object.insert(name.to_owned(), value(item));
                }
            }
            object.into()
        }
    }
}

fn number(text: &str) -> Value {
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).unwrap().into();
    }
    text.parse::<u64>().map_or_else(|_| text.parse::<f64>().unwrap().into(), Value::from)
}
