//! Reads Python, the base image and apt packages.

use serde_json::{Value, json};

use super::Draft;
use crate::diagnostic::{Rule, Severity, rule};
use crate::mopyfile::base::{self, Base};
use crate::mopyfile::document::Node;
use crate::mopyfile::keys::Key;
use crate::mopyfile::python::PythonVersion;
use crate::mopyfile::schema;
use crate::mopyfile::word::AptPackage;
use crate::mopyfile::{CaCertificates, Invalid, similar};
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
    read: |draft, _, node| {
        draft.parsed("`apiVersion`", node, "`apiVersion: v1`, or remove it", api_version);
    },
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
    read: |draft, _, node| draft.mopyfile.build_deps = draft.apt_packages("build-deps", node, "[libpq-dev]"),
};

pub(in crate::mopyfile) static RUNTIME_DEPS_KEY: Key = Key {
    name: "runtime-deps",
    about: "apt packages to install in the image, which is then based on Debian slim.",
    schema: || apt_packages_schema(&["ffmpeg", "libpq5=17.5-1"]),
    read: |draft, _, node| draft.mopyfile.runtime_deps = draft.apt_packages("runtime-deps", node, "[libpq5]"),
};

fn apt_packages_schema(example: &[&str]) -> Value {
    let form = r"^[a-z0-9][a-z0-9+.-]+(:[A-Za-z0-9-]+)?(=[A-Za-z0-9+.~:-]+)?(/[A-Za-z0-9_-]+)?$";
    json!({"type": ["array", "null"], "items": schema::scalar_but(form, "-$"), "examples": [example]})
}

/// One of `choices`, by its name.
fn choice<T: Copy>(key: &str, choices: &[(&'static str, T)], help: &str, text: &str) -> Result<T, Invalid> {
    if let Some((_, value)) = choices.iter().find(|(name, _)| *name == text) {
        return Ok(*value);
    }
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    let help = similar(text, &names).map_or_else(|| help.to_owned(), |name| format!("did you mean `{name}`?"));
    let message = format!("`{key}` must be `{}`, not `{}`", names.join("` or `"), excerpt(text));
    Err(Invalid::new(&rule::WRONG_TYPE, message, help))
}

fn api_version(text: &str) -> Result<(), Invalid> {
    if text == "v1" {
        return Ok(());
    }
    let message = format!("unknown `apiVersion` `{}`", excerpt(text));
    Err(Invalid::new(&API_VERSION, message, "use `apiVersion: v1`, or remove it"))
}

fn apt_package(text: &str) -> Result<AptPackage, Invalid> {
    AptPackage::parse(text).ok_or_else(|| {
        let help = if text.starts_with('-') {
            "list only packages; options of apt-get are not supported"
        } else if text.contains(char::is_whitespace) {
            "write each package as a separate entry"
        } else if ["==", ">=", "<=", "~="].iter().any(|operator| text.contains(operator)) {
            "write one version after a single equals sign: `gcc=4:14.2.0-1`"
        } else {
            "write `name`, `name=1.2-3`, `name:arm64` or `name/trixie-backports`, in lower case"
        };
        Invalid::new(&APT_PACKAGE, format!("`{}` is not an apt package", excerpt(text)), help)
    })
}

impl Draft {
    fn python(&mut self, _: &Node, node: &Node) {
        if let Some(version) = self.parsed("`python`", node, "a version: `python: 3.13`", PythonVersion::parse) {
            self.mopyfile.python = version;
        }
    }

    fn base(&mut self, _: &Node, node: &Node) {
        let bases = base::ALL.map(|base| (base.name, base));
        let help = "use one of them; to use your own image, pass `docker build --build-context`";
        let example = format!("`base: {}`, or remove it", bases.map(|(name, _)| name).join("` or `base: "));
        self.mopyfile.base = self.parsed("`base`", node, &example, |text| choice("base", &bases, help, text));
    }

    fn ca_certificates(&mut self, _: &Node, node: &Node) {
        let choices = [("build", CaCertificates::Build), ("image", CaCertificates::Image)];
        let help = "set where the certificates of the secret `ca.pem` are trusted";
        let example = "`ca-certificates: image`, or remove it for `build`";
        self.mopyfile.ca_certificates =
            self.parsed("`ca-certificates`", node, example, |text| choice("ca-certificates", &choices, help, text));
    }

    fn apt_packages(&mut self, what: &str, node: &Node, example: &str) -> Vec<Spanned<AptPackage>> {
        self.entries(what, node, example, "the name of a package", apt_package)
    }
}
