//! Reads the packages to install, and the installer.

use serde_json::{Value, json};

use super::Draft;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::mopyfile::document::{Kind, Node};
use crate::mopyfile::keys::Key;
use crate::mopyfile::pip::PipEntry;
use crate::mopyfile::schema;
use crate::mopyfile::{Installer, Invalid, Mopyfile};
use crate::redact::excerpt;

/// Invalid requirement.
pub static REQUIREMENT: Rule = Rule {
    name: "requirement",
    severity: Severity::Error,
    summary: "invalid requirement",
    explanation: "An entry of `pip` that is neither a URL nor a path is a requirement in the format of PEP 508: \
         `numpy==1.22`, `fastapi[standard]>=0.110; python_version >= \"3.9\"`, `name @ https://…`. URLs with a \
         query (`?token=…`) are not supported, because installers print them in the build log. Use the build secret \
         `netrc` instead.",
};

/// Command-line options are not supported in `pip`.
pub static PIP_OPTION: Rule = Rule {
    name: "pip-option",
    severity: Severity::Error,
    summary: "command-line options are not supported in `pip`",
    explanation: "Entries of `pip` are packages to install. Instead of `--index-url` and `--extra-index-url`, use the key \
         `indices`. Instead of `-r` and `-e`, write the path: `./requirements.txt`, `./lib/`. Pass any other option \
         in the build secret `pip.conf`.",
};

/// The installer is unknown or does not support an entry.
pub static INSTALLER: Rule = Rule {
    name: "installer",
    severity: Severity::Error,
    summary: "the installer is unknown or does not support an entry",
    explanation: "mopy installs packages with uv by default. It uses pip for Python 3.7 and arm/v5, which uv does not \
         support, and with `installer: pip`. Lock files, scripts and `./pyproject.toml` require uv. To install them \
         with pip, export a requirements file, for example with `uv export --format requirements.txt`.",
};

/// Invalid git URL.
pub static VERSION_CONTROL: Rule = Rule {
    name: "version-control",
    severity: Severity::Error,
    summary: "invalid git URL",
    explanation: "mopy installs from git over HTTPS, HTTP and SSH: `git+https://host/repo.git@ref`, \
         `git+ssh://git@host/repo.git@ref`. Other version control systems and addresses such as `git@host:path` are \
         not supported.",
};

pub(in crate::mopyfile) static PIP_KEY: Key = Key {
    name: "pip",
    about: "The packages to install: requirements, git repositories, URLs, local projects, distributions, requirements files, lock files and scripts.",
    schema: pip_schema,
    read: Draft::pip,
};

pub(in crate::mopyfile) static INSTALLER_KEY: Key = Key {
    name: "installer",
    about: "The program that installs the packages: uv where it is available (the default), or pip.",
    schema: || json!({"enum": ["uv", "pip"], "examples": ["uv"]}),
    read: Draft::installer,
};

fn pip_schema() -> Value {
    // empty, an option, an absolute path, a path that begins with `..`
    let other = r"^\s*($|-|[/\\]|~/|~\s*$|[A-Za-z]:[/\\]|(\./+)*\.\.(/|\s*$))";
    let mut entry = schema::scalar_but(r"^[^\x00-\x08\x0a-\x1f\x7f-\x9f]*$", other);
    entry["minimum"] = json!(0);
    let examples = json!([
        ["fastapi[standard]>=0.110", "numpy==2.3.1; python_version >= \"3.11\""],
        ["./requirements.txt", "./constraints.txt"],
        ["./uv.lock"],
        ["./", "git+https://github.com/psf/requests.git@v2.32.4"],
    ]);
    json!({"type": ["array", "null"], "items": entry, "examples": examples})
}

impl Draft {
    fn pip(&mut self, _: &Node, node: &Node) {
        for item in self.list("pip", node, "[numpy==1.22, ./requirements.txt]") {
            if let Kind::Map(_) = item.kind {
                self.wrong_type(
                    "an entry of `pip`",
                    "a string",
                    item,
                    "write `name==1.2`, or quote the entry: a colon followed by a space makes it a mapping",
                );
                continue;
            }
            let entry = self.parsed("an entry of `pip`", item, "a requirement such as `numpy==1.22`", PipEntry::parse);
            self.mopyfile.pip.extend(entry);
        }
    }

    fn installer(&mut self, _: &Node, node: &Node) {
        let example = "`installer: pip`, or remove it for uv";
        self.mopyfile.installer = self.parsed("`installer`", node, example, |text| match text {
            "uv" => Ok(Installer::Uv),
            "pip" => Ok(Installer::Pip),
            _ => {
                let message = format!("`installer` must be `uv` or `pip`, not `{}`", excerpt(text));
                Err(Invalid::new(&INSTALLER, message, "use `uv` or `pip`; the default is `uv`"))
            }
        });
    }

    /// Checks whether the installer supports the Python version.
    pub(super) fn check_installer(&mut self) {
        let Mopyfile { installer: Some(installer), python, .. } = &self.mopyfile else { return };
        if installer.value == Installer::Uv && !python.value.has_uv() {
            let message = format!("uv does not support Python {}", python.value);
            let found = Diagnostic::new(&INSTALLER, installer.span, message)
                .related(python.span, "the version")
                .help("write `installer: pip`, or remove it");
            self.diagnostics.push(found);
        }
    }
}
