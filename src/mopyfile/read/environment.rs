//! Reads environment variables, and values with the same rules.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{Draft, entry_span};
use crate::diagnostic::{Rule, Severity};
use crate::mopyfile::document::Node;
use crate::mopyfile::keys::Key;
use crate::mopyfile::schema;
use crate::mopyfile::word::EnvironmentName;
use crate::mopyfile::{BuildVariable, Segment, Variable};
use crate::redact::excerpt;
use crate::source::{Span, Spanned, beginning};

/// Invalid environment variable name.
pub static ENVIRONMENT_NAME: Rule = Rule {
    name: "environment-name",
    severity: Severity::Error,
    summary: "invalid environment variable name",
    explanation: "A name consists of letters, digits and `_`, and does not begin with a digit (POSIX, section 8.1).",
};

/// An environment variable changes where packages are installed.
pub static INSTALLER_ENVIRONMENT: Rule = Rule {
    name: "installer-environment",
    severity: Severity::Error,
    summary: "an environment variable changes where packages are installed",
    explanation: "Some variables make uv or pip install to a directory other than the image's virtual environment, or \
         not install at all: `UV_SYSTEM_PYTHON`, `UV_PROJECT_ENVIRONMENT`, `PIP_TARGET`, `PIP_PREFIX`, `PIP_USER`, \
         `PIP_DRY_RUN` and others. The build would succeed, but the packages would be missing from the image. Remove \
         the variable from `envs` or `build-envs`.",
};

/// The value contains a line break or NUL character.
pub static MULTILINE_VALUE: Rule = Rule {
    name: "multiline-value",
    severity: Severity::Error,
    summary: "the value contains a line break or NUL character",
    explanation: "A Dockerfile cannot express line breaks and NUL characters in environment variables, labels and paths. In \
         YAML, a block that begins with `|` keeps line breaks; use `>-` to fold them into spaces.",
};

/// A reference to an unknown name.
pub static UNKNOWN_REFERENCE: Rule = Rule {
    name: "unknown-reference",
    severity: Severity::Warning,
    summary: "a reference to an unknown name",
    explanation: "In `envs`, `${NAME}` is replaced if NAME is `PATH` or a variable defined earlier. In `labels`, \
         `${key}` is replaced if it is another label. Any other reference is left unchanged, including shell and \
         Compose syntax such as `${NAME:-default}`. To write a literal `${` in `envs`, use `$${`.",
};

pub(in crate::mopyfile) static ENVS_KEY: Key = Key {
    name: "envs",
    about: "Environment variables of the build and the image. `${NAME}` refers to PATH or to a variable defined earlier.",
    schema: || variables_schema(&json!({"LANG": "C.UTF-8", "PATH": "/opt/bin:${PATH}"})),
    read: Draft::envs,
};

pub(in crate::mopyfile) static BUILD_ENVS_KEY: Key = Key {
    name: "build-envs",
    about: "Environment variables of the build stages only. `${NAME}` can be a build argument.",
    schema: || variables_schema(&json!({"UV_TORCH_BACKEND": "cpu", "SETUPTOOLS_SCM_PRETEND_VERSION": "${VERSION}"})),
    read: Draft::build_envs,
};

/// Variables that change where installers install packages, or whether they do (docs.astral.sh/uv, "Environment
/// variables"; pip.pypa.io, "Configuration").
const INSTALLER_VARIABLES: [&str; 23] = [
    "CONDA_PREFIX",
    "PIP_DRY_RUN",
    "PIP_PREFIX",
    "PIP_PYTHON",
    "PIP_REPORT",
    "PIP_REQUIRE_VIRTUALENV",
    "PIP_ROOT",
    "PIP_TARGET",
    "PIP_USER",
    "UV_BREAK_SYSTEM_PACKAGES",
    "UV_ENV_FILE",
    "UV_MANAGED_PYTHON",
    "UV_NO_INSTALL_LOCAL",
    "UV_NO_INSTALL_PROJECT",
    "UV_NO_INSTALL_WORKSPACE",
    "UV_NO_SYNC",
    "UV_PROJECT",
    "UV_PROJECT_ENVIRONMENT",
    "UV_PYTHON",
    "UV_SYSTEM_PYTHON",
    "UV_WORKING_DIR",
    "UV_WORKING_DIRECTORY",
    "VIRTUAL_ENV",
];

/// The schema of environment variables.
pub(super) fn variables_schema(example: &Value) -> Value {
    json!({
        "type": ["object", "null"],
        "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
        "additionalProperties": schema::scalar(schema::ONE_LINE),
        "examples": [example],
    })
}

impl Draft {
    fn envs(&mut self, _: &Node, node: &Node) {
        for (key, value) in self.map("envs", node, "{NAME: value}") {
            let variable = self.variable(key, value, None);
            self.mopyfile.envs.extend(variable);
        }
    }

    /// A `${NAME}` that is not defined earlier is a build argument.
    fn build_envs(&mut self, _: &Node, node: &Node) {
        for (key, value) in self.map("build-envs", node, "{NAME: value}") {
            let mut arguments = Vec::new();
            if let Some(Spanned { value: variable, span }) = self.variable(key, value, Some(&mut arguments)) {
                self.mopyfile.build_envs.push(Spanned::new(BuildVariable { variable, arguments }, span));
            }
        }
    }

    /// Reports variables that change where packages are installed.
    pub(super) fn check_installer_environment(&mut self) {
        if self.mopyfile.pip.is_empty() {
            return;
        }
        let build = self.mopyfile.build_envs.iter().map(|found| (&found.value.variable.name, found.span));
        let all = self.mopyfile.envs.iter().map(|found| (&found.value.name, found.span)).chain(build);
        for (name, span) in all.filter(|(name, _)| INSTALLER_VARIABLES.contains(&name.as_str())) {
            let message = format!("`{name}` changes where packages are installed");
            let help = "remove it; mopy installs packages to the virtual environment of the image";
            self.diagnostics.report(&INSTALLER_ENVIRONMENT, span, message, help);
        }
    }

    /// A variable. Undefined names in its value become build arguments if `arguments` are allowed.
    pub(super) fn variable(
        &mut self,
        key: &Node,
        value: &Node,
        arguments: Option<&mut Vec<EnvironmentName>>,
    ) -> Option<Spanned<Variable>> {
        let written = key.scalar().unwrap_or_default();
        let Some(name) = EnvironmentName::parse(written) else {
            self.report(
                &ENVIRONMENT_NAME,
                key.span,
                format!("`{}` is not a valid environment variable name", excerpt(written)),
                "use letters, digits and `_`, and do not start with a digit",
            );
            return None;
        };
        let text = self.value(written, value)?;
        let value = self.segments(&text, arguments);
        Some(Spanned::new(Variable { name, value }, entry_span(key.span, text.span)))
    }

    /// Whether a variable is defined earlier.
    fn defines(&self, name: &EnvironmentName) -> bool {
        let build = self.mopyfile.build_envs.iter().map(|found| &found.value.variable.name);
        let mut names = self.mopyfile.envs.iter().map(|found| &found.value.name).chain(build);
        name.as_str() == "PATH" || names.any(|other| other == name)
    }

    /// The value of an environment variable or label.
    pub(super) fn value(&mut self, what: &str, node: &Node) -> Option<Spanned<String>> {
        let subject = format!("`{}`", excerpt(what));
        let text = self.text(&subject, node, "a value, or `\"\"` for an empty one")?;
        if text.contains(['\n', '\r', '\0']) {
            let (found, help) = if text.contains('\0') {
                ("a NUL character", "remove it")
            } else {
                ("a line break", "write it on one line, or use `>-` to fold the lines of a block into one")
            };
            self.report(&MULTILINE_VALUE, node.span, format!("the value of {subject} contains {found}"), help);
            return None;
        }
        Some(Spanned::new(text.to_owned(), node.span))
    }

    /// The parts of a value.
    fn segments(&mut self, text: &Spanned<String>, mut arguments: Option<&mut Vec<EnvironmentName>>) -> Vec<Segment> {
        let mut segments = Vec::new();
        let mut literal = String::new();
        let mut unknown = HashSet::new();
        let mut rest = text.value.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            if let Some(before) = before.strip_suffix('$') {
                literal.push_str(before);
                literal.push_str("${");
                rest = after;
                continue;
            }
            literal.push_str(before);
            rest = after;
            let name = name_at(after);
            let known = name.and_then(EnvironmentName::parse).filter(|name| match &mut arguments {
                _ if self.defines(name) => true,
                Some(arguments) => {
                    if !arguments.contains(name) {
                        arguments.push(name.clone());
                    }
                    true
                }
                None => false,
            });
            if let Some(name) = known {
                rest = &after[name.as_str().len() + 1..];
                if !literal.is_empty() {
                    segments.push(Segment::Literal(std::mem::take(&mut literal)));
                }
                segments.push(Segment::Reference(name));
            } else {
                literal.push_str("${");
                if unknown.insert(name) {
                    self.unknown_variable(text.span, name, after);
                }
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() || segments.is_empty() {
            segments.push(Segment::Literal(literal));
        }
        segments
    }

    /// `name` is the text in the braces, and `after` the text after the opening brace.
    fn unknown_variable(&mut self, span: Span, name: Option<&str>, after: &str) {
        const LITERAL: &str = "; `$${` writes a literal `${`";
        const KNOWN: &str = "`PATH` or a variable defined earlier";
        match name {
            Some(name) if EnvironmentName::parse(name).is_some() => {
                self.unknown_reference(span, name, KNOWN, LITERAL);
            }
            Some(text) => {
                self.unknown_reference(span, text, &format!("{KNOWN} by its name"), LITERAL);
            }
            None => self.report(
                &UNKNOWN_REFERENCE,
                span,
                format!("`${{{}` has no closing brace and is left unchanged", excerpt(after)),
                format!("add `}}` after the name{LITERAL}"),
            ),
        }
    }

    pub(super) fn unknown_reference(&mut self, span: Span, name: &str, known: &str, besides: &str) {
        self.report(
            &UNKNOWN_REFERENCE,
            span,
            format!("unknown reference `${{{}}}` is left unchanged", excerpt(name)),
            format!("refer to {known}{besides}"),
        );
    }
}

/// The text before the first `}`, within the maximum length of a name.
fn name_at(text: &str) -> Option<&str> {
    const MAX_LENGTH: usize = 256;
    beginning(text, MAX_LENGTH).split_once('}').map(|(name, _)| name)
}
