//! The rules: names, severities and explanations. `docs/rules.md`, which is generated from them, is their
//! documentation; `mopy explain` prints its sections. Each rule is defined in the module that reports it:
//!
#![cfg_attr(doc, doc = include_str!("../../docs/rules.md"))]

pub use crate::dockerfile::MISSING_LIBRARY;
pub use crate::dockerfile::limit::VALUE_TOO_LONG;
pub use crate::frontend::warning::UNREAD_BUILD_ARGUMENT;
pub use crate::lock::BROKEN_LOCK;
pub use crate::mopyfile::directive::SYNTAX_LINE;
pub use crate::mopyfile::document::{EMPTY_FILE, MULTIPLE_DOCUMENTS, YAML_SYNTAX, YAML_TOO_COMPLEX};
pub use crate::mopyfile::file::{FILE_TOO_LARGE, NOT_UTF8};
pub use crate::mopyfile::lint::commands::{MISSING_PROGRAM, SHELL_SYNTAX};
pub use crate::mopyfile::lint::environment::{ENVIRONMENT_OVERRIDE, SECRET_ENVIRONMENT};
pub use crate::mopyfile::lint::image::REDUNDANT_RUNTIME_DEP;
pub use crate::mopyfile::lint::indices::{HTTP_INDEX, INLINE_CREDENTIALS, TRUSTED_INDEX};
pub use crate::mopyfile::lint::pip::{DUPLICATE_REQUIREMENT, UNHASHED_URL, UNKNOWN_SSH_HOST, UNPINNED_GIT};
pub use crate::mopyfile::lint::python::{EOL_PYTHON, PYTHON_EOL_SOON};
pub use crate::mopyfile::lookup::contents::{LINK_OUTSIDE, MISSING_WHEEL, REQUIRED_UV, UNREADABLE_FILE};
pub use crate::mopyfile::lookup::{
    ENV_FILE, FILE_NOT_FOUND, IGNORED_FILE, NOT_INSTALLABLE, PROJECT_CLUTTER, WHOLE_CONTEXT,
};
pub use crate::mopyfile::read::base::{API_VERSION, APT_PACKAGE, PYTHON_2, PYTHON_VERSION};
pub use crate::mopyfile::read::container::{PORT, STOP_SIGNAL};
pub use crate::mopyfile::read::environment::{
    ENVIRONMENT_NAME, INSTALLER_ENVIRONMENT, MULTILINE_VALUE, UNKNOWN_REFERENCE,
};
pub use crate::mopyfile::read::healthcheck::HEALTHCHECK;
pub use crate::mopyfile::read::imports::MODULE_NAME;
pub use crate::mopyfile::read::indices::{INDEX_DEFAULT, INDEX_URL};
pub use crate::mopyfile::read::labels::{LABEL_CYCLE, LABEL_KEY, LABEL_OVERRIDE};
pub use crate::mopyfile::read::pip::{INSTALLER, PIP_OPTION, REQUIREMENT, VERSION_CONTROL};
pub use crate::mopyfile::read::project::{ABSOLUTE_PATH, CONTROL_CHARACTER, ESCAPING_PATH, MALFORMED_PATH};
pub use crate::mopyfile::read::{
    CONFLICTING_CREDENTIALS, DUPLICATE_KEY, EMPTY_VALUE, MISSING_KEY, NOT_A_MAPPING, UNKNOWN_KEY, WRONG_TYPE,
};
pub use crate::mopyfile::suppression::UNKNOWN_IGNORE;
pub use crate::plan::base_image::STALE_LOCK;
pub use crate::plan::findings::{DEPENDENCY_CONFUSION, NO_UV, SLIM_BASE};

/// The severity of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The Mopyfile cannot be used.
    Error,
    /// A risk or a likely mistake.
    Warning,
    /// For information.
    Note,
}

impl Severity {
    /// The name of the severity, in text, JSON and SARIF.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A kind of diagnostic. [`ALL`] lists every rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name, in kebab case.
    pub name: &'static str,
    /// Its severity.
    pub severity: Severity,
    /// A one-line summary.
    pub summary: &'static str,
    /// Why the rule exists, and how to fix the problem.
    pub explanation: &'static str,
}

impl Rule {
    /// The URL of its documentation.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/blob/main/docs/rules.md#{}", env!("CARGO_PKG_REPOSITORY"), self.name)
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// The rule called `name`, if it exists.
#[must_use]
pub fn find(name: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.name == name)
}

/// Every rule, errors first.
pub static ALL: &[&Rule] = &[
    &NOT_UTF8,
    &FILE_TOO_LARGE,
    &EMPTY_FILE,
    &YAML_SYNTAX,
    &YAML_TOO_COMPLEX,
    &MULTIPLE_DOCUMENTS,
    &NOT_A_MAPPING,
    &DUPLICATE_KEY,
    &UNKNOWN_KEY,
    &WRONG_TYPE,
    &MISSING_KEY,
    &API_VERSION,
    &PYTHON_VERSION,
    &PYTHON_2,
    &APT_PACKAGE,
    &ENVIRONMENT_NAME,
    &LABEL_KEY,
    &LABEL_CYCLE,
    &INDEX_URL,
    &INDEX_DEFAULT,
    &CONFLICTING_CREDENTIALS,
    &REQUIREMENT,
    &PIP_OPTION,
    &INSTALLER,
    &INSTALLER_ENVIRONMENT,
    &VERSION_CONTROL,
    &ABSOLUTE_PATH,
    &ESCAPING_PATH,
    &MALFORMED_PATH,
    &PORT,
    &STOP_SIGNAL,
    &HEALTHCHECK,
    &MODULE_NAME,
    &MULTILINE_VALUE,
    &CONTROL_CHARACTER,
    &VALUE_TOO_LONG,
    &EMPTY_VALUE,
    &FILE_NOT_FOUND,
    &IGNORED_FILE,
    &REQUIRED_UV,
    &BROKEN_LOCK,
    &STALE_LOCK,
    &EOL_PYTHON,
    &PYTHON_EOL_SOON,
    &INLINE_CREDENTIALS,
    &TRUSTED_INDEX,
    &HTTP_INDEX,
    &UNHASHED_URL,
    &DEPENDENCY_CONFUSION,
    &UNPINNED_GIT,
    &DUPLICATE_REQUIREMENT,
    &SECRET_ENVIRONMENT,
    &ENVIRONMENT_OVERRIDE,
    &LABEL_OVERRIDE,
    &REDUNDANT_RUNTIME_DEP,
    &UNKNOWN_SSH_HOST,
    &UNKNOWN_REFERENCE,
    &WHOLE_CONTEXT,
    &PROJECT_CLUTTER,
    &SHELL_SYNTAX,
    &MISSING_PROGRAM,
    &SYNTAX_LINE,
    &NOT_INSTALLABLE,
    &ENV_FILE,
    &LINK_OUTSIDE,
    &UNREADABLE_FILE,
    &MISSING_WHEEL,
    &UNKNOWN_IGNORE,
    &UNREAD_BUILD_ARGUMENT,
    &NO_UV,
    &SLIM_BASE,
    &MISSING_LIBRARY,
];

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn names_are_unique_and_in_kebab_case() {
        let mut names: Vec<_> = ALL.iter().map(|rule| rule.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
        assert!(
            names.iter().all(|name| { name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') })
        );
    }

    #[test]
    fn wording_keeps_to_the_style() {
        for rule in ALL {
            assert!(!rule.summary.ends_with('.'), "{}", rule.name);
            assert!(rule.explanation.ends_with('.'), "{}", rule.name);
        }
    }
}
