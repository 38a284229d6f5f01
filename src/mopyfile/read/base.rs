//! Reads Python, the base image and apt packages.

use serde_json::{Value, json};

use super::Draft;
use crate::diagnostic::{Rule, Severity, rule};
use crate::mopyfile::base::{self, Base};
use crate::mopyfile::document::Node;
use crate::mopyfile::keys::Key;
use crate::mopyfile::python::{PythonVersion, PythonVersionError};
use crate::mopyfile::schema;
use crate::mopyfile::word::AptPackage;
use crate::mopyfile::{CaCertificates, similar};
use crate::redact::excerpt;
use crate::source::Spanned;

/// Unsupported `apiVersion`.
pub static API_VERSION: Rule = Rule {
    name: "api-version",
    severity: Severity::Error,
    summary: "unsupported `apiVersion`",
    explanation: "`v1` is the only version of the format. You can omit the key.",
};

/// Unsupported Python version.
pub static PYTHON_VERSION: Rule = Rule {
    name: "python-version",
    severity: Severity::Error,
    summary: "unsupported Python version",
    explanation: "The version must be `3`, `3.13`, `3.13.5` or a pre-release such as `3.15-rc`, and 3.7 or newer. It \
         selects a tag of the official Python image, so ranges such as `>=3.9` are not supported.",
};

/// Python 2 is not supported.
pub static PYTHON_2: Rule = Rule {
    name: "python-2",
    severity: Severity::Error,
    summary: "Python 2 is not supported",
    explanation: "Python 2 has received no security fixes since January 2020, and neither uv nor current versions of pip run \
         on it. Port the project to Python 3.",
};

/// Invalid apt package.
pub static APT_PACKAGE: Rule = Rule {
    name: "apt-package",
    severity: Severity::Error,
    summary: "invalid apt package",
    explanation: "An entry is `name`, optionally followed by `:architecture`, `=version` or `/suite`, as in `libpq-dev` or \
         `libpq-dev=15.1-1`. Options of apt-get are not supported. Other characters are refused because the entry \
         becomes an argument of a shell command.",
};

pub(in crate::mopyfile) static SYNTAX_KEY: Key = Key {
    name: "syntax",
    about: "The frontend image, for a Mopyfile in JSON. In YAML, use the first line instead.",
    schema: || json!({"type": "string", "examples": ["cmdjulian/mopy"]}),
    // used by BuildKit
    read: |draft, _, node| {
        draft.text("`syntax`", node, "the image of the frontend: `cmdjulian/mopy`");
    },
};

pub(in crate::mopyfile) static API_VERSION_KEY: Key = Key {
    name: "apiVersion",
    about: "The version of the format. `v1` is the only version.",
    schema: || json!({"const": "v1", "examples": ["v1"]}),
    read: Draft::api_version,
};

pub(in crate::mopyfile) static PYTHON_KEY: Key = Key {
    name: "python",
    about: "The Python version: `3`, `3.13`, `3.13.5` or `3.15-rc`.",
    schema: || {
        json!({
            "type": ["string", "number"],
            "pattern": r"^3(\.([7-9]|[1-9][0-9]+)(-rc|\.(0|[1-9][0-9]*)((rc|a|b)(0|[1-9][0-9]*))?)?)?$",
            // in JSON, 3.10 and 3.1 are the same number
            "minimum": 3,
            "exclusiveMaximum": 4,
            "examples": [3.13, "3.13.5", "3.15-rc"],
        })
    },
    read: Draft::python,
};

pub(in crate::mopyfile) static BASE_KEY: Key = Key {
    name: "base",
    about: "The base image of the final stage.",
    schema: || json!({"enum": base::ALL.map(|base| base.name), "default": Base::standard().name, "examples": ["slim"]}),
    read: Draft::base,
};

pub(in crate::mopyfile) static CA_CERTIFICATES_KEY: Key = Key {
    name: "ca-certificates",
    about: "Where to trust the certificates of the secret `ca.pem`: only during the build, or also in the image.",
    schema: || json!({"enum": ["build", "image"], "default": "build", "examples": ["image"]}),
    read: Draft::ca_certificates,
};

pub(in crate::mopyfile) static BUILD_DEPS_KEY: Key = Key {
    name: "build-deps",
    about: "apt packages to install in the build stage only.",
    schema: || apt_packages_schema(&["build-essential", "libpq-dev"]),
    read: Draft::build_deps,
};

pub(in crate::mopyfile) static RUNTIME_DEPS_KEY: Key = Key {
    name: "runtime-deps",
    about: "apt packages to install in the image, which is then based on Debian slim.",
    schema: || apt_packages_schema(&["ffmpeg", "libpq5=17.5-1"]),
    read: Draft::runtime_deps,
};

fn apt_packages_schema(example: &[&str]) -> Value {
    let form = r"^[a-z0-9][a-z0-9+.-]+(:[A-Za-z0-9-]+)?(=[A-Za-z0-9+.~:-]+)?(/[A-Za-z0-9_-]+)?$";
    json!({"type": ["array", "null"], "items": schema::scalar_but(form, "-$"), "examples": [example]})
}

impl Draft {
    fn api_version(&mut self, _: &Node, node: &Node) {
        if let Some(text) =
            self.text("`apiVersion`", node, "`apiVersion: v1`, or remove it").filter(|text| *text != "v1")
        {
            self.report(
                &API_VERSION,
                node.span,
                format!("unknown `apiVersion` `{}`", excerpt(text)),
                "use `apiVersion: v1`, or remove it",
            );
        }
    }

    fn python(&mut self, _: &Node, node: &Node) {
        let Some(text) = self.text("`python`", node, "a version: `python: 3.13`") else {
            return;
        };
        let shown = excerpt(text);
        let (rule, message, help) = match PythonVersion::parse(text) {
            Ok(version) => {
                self.mopyfile.python = Spanned::new(version, node.span);
                return;
            }
            Err(PythonVersionError::Two) => (
                &PYTHON_2,
                format!("Python 2 (`{shown}`) is not supported"),
                "port the project to Python 3: `python: 3.13`".to_owned(),
            ),
            Err(PythonVersionError::TooOld) => {
                (&PYTHON_VERSION, format!("Python {shown} is too old"), "write `3.7` or a later version".to_owned())
            }
            Err(PythonVersionError::Range) => (
                &PYTHON_VERSION,
                format!("`{shown}` is a range, not a version"),
                "write a single version: `3`, `3.13` or `3.13.5`".to_owned(),
            ),
            Err(PythonVersionError::Variant(version)) => (
                &PYTHON_VERSION,
                format!("`{shown}` is an image tag, not a version"),
                format!("write `{version}`; set the base image with `base`"),
            ),
            Err(PythonVersionError::Malformed) => (
                &PYTHON_VERSION,
                format!("`{shown}` is not a Python version"),
                "write `3`, `3.13`, `3.13.5` or a pre-release such as `3.15-rc`".to_owned(),
            ),
        };
        self.report(rule, node.span, message, help);
    }

    fn base(&mut self, _: &Node, node: &Node) {
        let choice = |prefix: &str| base::ALL.map(|base| format!("`{prefix}{}`", base.name)).join(" or ");
        let example = format!("{}, or remove it", choice("base: "));
        let Some(text) = self.text("`base`", node, &example) else { return };
        if let Some(base) = Base::find(text) {
            self.mopyfile.base = Some(Spanned::new(base, node.span));
            return;
        }
        let help = similar(text, &base::ALL.map(|base| base.name)).map_or_else(
            || "use one of them; to use your own image, pass `docker build --build-context`".to_owned(),
            |base| format!("did you mean `{base}`?"),
        );
        let message = format!("`base` must be {}, not `{}`", choice(""), excerpt(text));
        self.report(&rule::WRONG_TYPE, node.span, message, help);
    }

    fn ca_certificates(&mut self, _: &Node, node: &Node) {
        let example = "`ca-certificates: image`, or remove it for `build`";
        let ca_certificates = match self.text("`ca-certificates`", node, example) {
            Some("build") => CaCertificates::Build,
            Some("image") => CaCertificates::Image,
            Some(text) => {
                let help = similar(text, &["build", "image"]).map_or_else(
                    || "set where the certificates of the secret `ca.pem` are trusted".to_owned(),
                    |place| format!("did you mean `{place}`?"),
                );
                let message = format!("`ca-certificates` must be `build` or `image`, not `{}`", excerpt(text));
                return self.report(&rule::WRONG_TYPE, node.span, message, help);
            }
            None => return,
        };
        self.mopyfile.ca_certificates = Some(Spanned::new(ca_certificates, node.span));
    }

    fn build_deps(&mut self, _: &Node, node: &Node) {
        self.mopyfile.build_deps = self.apt_packages("build-deps", node, "[libpq-dev]");
    }

    fn runtime_deps(&mut self, _: &Node, node: &Node) {
        self.mopyfile.runtime_deps = self.apt_packages("runtime-deps", node, "[libpq5]");
    }

    pub(super) fn apt_packages(&mut self, what: &str, node: &Node, example: &str) -> Vec<Spanned<AptPackage>> {
        let mut packages = Vec::new();
        for item in self.list(what, node, example) {
            let Some(text) = self.text(&format!("an entry of `{what}`"), item, "the name of a package") else {
                continue;
            };
            match AptPackage::parse(text) {
                Some(package) => packages.push(Spanned::new(package, item.span)),
                None => {
                    let help = if text.starts_with('-') {
                        "list only packages; options of apt-get are not supported"
                    } else if text.contains(char::is_whitespace) {
                        "write each package as a separate entry"
                    } else if ["==", ">=", "<=", "~="].iter().any(|operator| text.contains(operator)) {
                        "write one version after a single equals sign: `gcc=4:14.2.0-1`"
                    } else {
                        "write `name`, `name=1.2-3`, `name:arm64` or `name/trixie-backports`, in lower case"
                    };
                    self.report(&APT_PACKAGE, item.span, format!("`{}` is not an apt package", excerpt(text)), help);
                }
            }
        }
        packages
    }
}
