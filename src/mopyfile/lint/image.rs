//! Credentials and redundant packages in the image.

use super::commands;
use crate::diagnostic::{Diagnostic, Diagnostics, Rule, Severity, rule};
use crate::mopyfile::base::Base;
use crate::mopyfile::{Mopyfile, Segment};
use crate::redact;

/// A package in `runtime-deps` is already in the image.
pub static REDUNDANT_RUNTIME_DEP: Rule = Rule {
    name: "redundant-runtime-dep",
    severity: Severity::Warning,
    summary: "a package in `runtime-deps` is already in the image",
    explanation: "Every image contains the C and C++ libraries, OpenSSL, zlib, certificates and time zones, and mopy \
         copies the libraries that the interpreter and the packages link against. In `runtime-deps`, list only \
         programs, and libraries that packages load at run time. Without `runtime-deps`, the image is based on \
         distroless.",
};

/// Credentials in the image configuration.
pub(super) fn credentials(mopyfile: &Mopyfile, found: &mut Diagnostics) {
    const MESSAGE: &str = "everyone who can pull the image can read the credentials in this URL";
    let mut warn = |span, help: &str| found.report(&rule::INLINE_CREDENTIALS, span, MESSAGE, help);
    for variable in &mopyfile.envs {
        if has_credentials(&variable.value.value) {
            warn(variable.span, "set it when the container starts: `docker run --env-file …`");
        }
    }
    for label in mopyfile.labels.iter().filter(|label| redact::has_credentials(&label.value.value)) {
        warn(label.span, "remove the credentials from the URL");
    }
    for words in mopyfile.commands() {
        if words.value.iter().any(|word| redact::has_credentials(word)) {
            warn(words.span, "let the program read the URL from a variable: `docker run --env-file …`");
        }
    }
}

/// Whether a value contains credentials, apart from references.
fn has_credentials(value: &[Segment]) -> bool {
    let literal = |part: &Segment| match part {
        Segment::Literal(text) => text.clone(),
        Segment::Reference(_) => String::new(),
    };
    redact::has_credentials(&value.iter().map(literal).collect::<String>())
}

/// The effect of `runtime-deps` on the base image, and redundant packages.
pub(super) fn runtime_deps(mopyfile: &Mopyfile, found: &mut Diagnostics) {
    let Some(first) = mopyfile.runtime_deps.first() else { return };
    let default = Base::standard();
    let with_apt = Base::choose(default, true, &[]);
    let image = (with_apt.image)(mopyfile.python.value.debian());
    let message = format!("`runtime-deps` changes the base image from {} to `{image}`", default.name);
    // an explicit base image is intended
    if mopyfile.base.is_none_or(|base| base.value == default) {
        found.push(Diagnostic::new(&rule::SLIM_BASE, first.span, message));
    }
    let base = commands::base(mopyfile);
    for package in mopyfile.runtime_deps.iter().filter(|package| base.has(package.value.as_str())) {
        let help = if base.has_apt {
            "leave it out".to_owned()
        } else {
            format!("remove `runtime-deps` to base the image on {}", base.name)
        };
        let message = format!("`{}` is already in the image", package.value.as_str());
        found.report(&REDUNDANT_RUNTIME_DEP, package.span, message, help);
    }
}
