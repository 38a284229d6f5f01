//! What is installed and what is copied: entries of `pip`, paths.

use std::collections::HashMap;

use super::Draft;
use crate::diagnostic::mask::shown;
use crate::diagnostic::{Diagnostic, rule};
use crate::mopyfile::document::{Kind, Node};
use crate::mopyfile::path::{ContextPath, PathError};
use crate::mopyfile::requirement::{Requirement, RequirementError};
use crate::mopyfile::{Installer, Project};
use crate::source::{Located, Span};

impl Draft {
    /// Reads `pip`.
    pub(in crate::mopyfile) fn pip(&mut self, _: &Node, node: &Node) {
        for item in self.list("pip", node, "[numpy==1.22, ./requirements.txt]") {
            if let Kind::Map(_) = item.kind {
                self.wrong_type(
                    "an entry of `pip`",
                    "a text",
                    item,
                    "write `name==1.2`, or put the entry in quotes: a colon and a space make a mapping of it",
                );
                continue;
            }
            let Some(text) = self.text("an entry of `pip`", item, "a requirement such as `numpy==1.22`") else {
                continue;
            };
            match Requirement::parse(text) {
                Ok(requirement) => self.pip.push(Located::new(requirement, item.span)),
                Err(error) => self.requirement_error(error, item.span),
            }
        }
    }

    /// Reads `installer`.
    pub(in crate::mopyfile) fn installer(&mut self, _: &Node, node: &Node) {
        let installer = match self.text("`installer`", node, "`installer: pip`, or leave it out for uv") {
            Some("uv") => Installer::Uv,
            Some("pip") => Installer::Pip,
            Some(text) => {
                let message = format!("`installer` is `uv` or `pip`, this is `{}`", shown(text));
                return self.find(&rule::INSTALLER, node.span, message, "leave it out for uv, which is the default");
            }
            None => return,
        };
        self.installer = Some(Located::new(installer, node.span));
    }

    /// Looks whether the installer that was asked for runs with the version of Python.
    pub(super) fn check_installer(&mut self) {
        let (Some(installer), Some(python)) = (&self.installer, &self.python) else { return };
        if installer.value == Installer::Uv && !python.value.has_uv() {
            let message = format!("uv does not install for Python {}", python.value);
            let found = Diagnostic::new(&rule::INSTALLER, installer.span, message)
                .related(python.span, "the version")
                .help("write `installer: pip`, or leave it out");
            self.diagnostics.push(found);
        }
    }

    /// A netrc file has one user and one password for a host.
    pub(super) fn check_credentials(&mut self) {
        let of_indices = self.indices.iter().filter_map(|index| Some((index.value.credentials.as_ref()?, index.span)));
        let of_pip = self.pip.iter().filter_map(|entry| Some((entry.value.credentials.as_ref()?, entry.span)));
        let mut first = HashMap::new();
        for (credentials, span) in of_indices.chain(of_pip) {
            let (other, place) = *first.entry(credentials.host.as_str()).or_insert((credentials, span));
            if other != credentials {
                let message = format!("`{}` already has other credentials", shown(&credentials.host));
                let found = Diagnostic::new(&rule::CONFLICTING_CREDENTIALS, span, message)
                    .related(place, "first here")
                    .help("write one user and password for each host");
                self.diagnostics.push(found);
            }
        }
    }

    pub(super) fn requirement_error(&mut self, error: RequirementError, span: Span) {
        let (rule, message, help) = match error {
            RequirementError::Option(help) => {
                (&rule::PIP_OPTION, "an option of pip is no requirement".to_owned(), help)
            }
            RequirementError::VersionControl(message, help) => (&rule::VERSION_CONTROL, message, help),
            RequirementError::Path(error) => return self.path_error(error, span),
            RequirementError::MalformedPath(message, help) => (&rule::MALFORMED_PATH, message, help),
            RequirementError::Query => (
                &rule::REQUIREMENT,
                "a URL with a query (`?…`) is visible in the log of the build".to_owned(),
                "download the distribution before the build and write its path (`./dist/package.whl`), or use a URL \
                 without a query and give credentials to the build: `--secret id=netrc,src=$HOME/.netrc`"
                    .to_owned(),
            ),
            RequirementError::Multiline => (
                &rule::MULTILINE_VALUE,
                "the entry has a line break in it".to_owned(),
                "write each requirement as an entry of its own".to_owned(),
            ),
            RequirementError::Control => return self.control_character(span),
            RequirementError::Malformed(message, help) => (&rule::REQUIREMENT, message, help),
        };
        self.find(rule, span, message, help);
    }

    /// Reads `project`.
    pub(in crate::mopyfile) fn project(&mut self, _: &Node, node: &Node) {
        let Some(text) = self.text("`project`", node, "a directory or a file: `project: ./app/`, or leave it out")
        else {
            return;
        };
        match ContextPath::parse(text) {
            Ok(path) => {
                let is_file = !text.ends_with('/') && path.as_str().ends_with(".py");
                let project = if is_file { Project::File(path) } else { Project::Directory(path) };
                self.project = Some(Located::new(project, node.span));
            }
            Err(error) => self.path_error(error, node.span),
        }
    }

    pub(super) fn path_error(&mut self, error: PathError, span: Span) {
        let (rule, message, help) = match error {
            PathError::Empty => {
                (&rule::MALFORMED_PATH, "the path is empty", "write the way from the build's context: `./app/`")
            }
            PathError::Absolute => (
                &rule::ABSOLUTE_PATH,
                "the path is absolute, and the build sees only its context",
                "write the way from the build's context: `./app/`",
            ),
            PathError::Escaping => (
                &rule::ESCAPING_PATH,
                "the path leaves the build's context",
                "build from a directory further up: `docker build -f app/Mopyfile.yaml .`",
            ),
            PathError::Multiline => {
                (&rule::MULTILINE_VALUE, "the path has a line break or a NUL character", "write it in one line")
            }
            PathError::Control => return self.control_character(span),
        };
        self.find(rule, span, message, help);
    }

    pub(super) fn control_character(&mut self, span: Span) {
        self.find(&rule::CONTROL_CHARACTER, span, "the entry has an invisible control character", "type it again");
    }
}
