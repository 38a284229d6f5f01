//! What an installer is given for an entry.

use crate::mopyfile::path::ContextPath;

/// One argument of an installer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// An option of mopy's own choice.
    Option(&'static str),
    /// A value, which the Mopyfile decides.
    Value(String),
}

/// The option called `name` with each of `values`.
pub(super) fn options(name: &'static str, values: &[String]) -> impl Iterator<Item = Argument> {
    values.iter().flat_map(move |value| [Argument::Option(name), Argument::Value(value.clone())])
}

/// A file that says what to install, with `extras` of it.
pub(super) fn file(path: &ContextPath, extras: &[String]) -> Vec<Argument> {
    let file = [Argument::Option("--requirement"), Argument::Value(path.to_string())];
    file.into_iter().chain(options("--extra", extras)).collect()
}

/// A path that is a requirement itself, with its extras.
pub(super) fn requirement(path: &ContextPath, extras: &[String]) -> Vec<Argument> {
    let brackets = if extras.is_empty() { String::new() } else { format!("[{}]", extras.join(",")) };
    vec![Argument::Value(format!("{path}{brackets}"))]
}
