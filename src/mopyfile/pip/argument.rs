//! The arguments of an installer for an entry.

use crate::mopyfile::path::ContextPath;

/// An argument of an installer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// An option chosen by mopy.
    Option(&'static str),
    /// A value from the Mopyfile.
    Value(String),
}

/// The option `name` with each of `values`.
pub(super) fn options(name: &'static str, values: &[String]) -> impl Iterator<Item = Argument> {
    values.iter().flat_map(move |value| [Argument::Option(name), Argument::Value(value.clone())])
}

/// `first` and `values`, separated by commas.
pub(super) fn joined(first: &str, values: &[String]) -> Argument {
    Argument::Value([&[first.to_owned()][..], values].concat().join(","))
}

/// A file that lists requirements, with `extras`.
pub(super) fn file(path: &ContextPath, extras: &[String]) -> Vec<Argument> {
    let file = [Argument::Option("--requirement"), Argument::Value(path.to_string())];
    file.into_iter().chain(options("--extra", extras)).collect()
}

/// A path that is a requirement itself, with its extras.
pub(super) fn requirement(path: &ContextPath, extras: &[String]) -> Vec<Argument> {
    let brackets = if extras.is_empty() { String::new() } else { format!("[{}]", extras.join(",")) };
    vec![Argument::Value(format!("{path}{brackets}"))]
}
