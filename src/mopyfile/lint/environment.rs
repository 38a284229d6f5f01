//! Environment variables that contain secrets or break the build or the image.

use crate::diagnostic::{Diagnostics, Rule, Severity};
use crate::mopyfile::{Segment, Variable};
use crate::source::Spanned;

/// An environment variable looks like a secret.
pub static SECRET_ENVIRONMENT: Rule = Rule {
    name: "secret-environment",
    severity: Severity::Warning,
    summary: "an environment variable looks like a secret",
    explanation: "Everyone who can pull an image can read its environment variables. Pass secrets when the container \
         starts (`docker run --env-file`, or the secrets of your orchestrator). mopy only looks at the name of the \
         variable; if the value is not a secret, suppress the warning.",
};

/// An environment variable breaks the build or the image.
pub static ENVIRONMENT_OVERRIDE: Rule = Rule {
    name: "environment-override",
    severity: Severity::Warning,
    summary: "an environment variable breaks the build or the image",
    explanation: "`envs` also apply to the build. If `PATH` does not include `${PATH}`, the build tools and Python \
         are not found. With a different `HOME`, pip and git do not find the secret `netrc`. With `PYTHONHOME`, \
         Python does not find its standard library.",
};

pub(super) fn variables(envs: &[Spanned<Variable>], found: &mut Diagnostics) {
    for Spanned { value: variable, span } in envs {
        let name = &variable.name;
        if name.looks_secret() {
            found.report(
                &SECRET_ENVIRONMENT,
                *span,
                format!("`{name}` looks like a secret, and everyone who can pull the image can read it"),
                "set it when the container starts: `docker run --env-file …`",
            );
        }
        if let Some((message, help)) = overrides(variable) {
            found.report(&ENVIRONMENT_OVERRIDE, *span, message, help);
        }
    }
}

/// The message and help for a variable that the build or the interpreter depends on.
fn overrides(variable: &Variable) -> Option<(&'static str, &'static str)> {
    let name = variable.name.as_str();
    let keeps = variable.value.iter().any(|part| matches!(part, Segment::Reference(other) if other.as_str() == name));
    match name {
        "PATH" if !keeps => Some((
            "`PATH` does not include `${PATH}`, so Python and the build tools are not found",
            "use `PATH: /more/bin:${PATH}`",
        )),
        "HOME" => Some((
            "with a different `HOME`, pip and git do not find the secret `netrc`",
            "remove it: the home directory is `/home/nonroot`",
        )),
        "PYTHONHOME" => Some((
            "with `PYTHONHOME`, Python does not find its standard library and the packages",
            "remove it; to add directories, use `PYTHONPATH`",
        )),
        _ => None,
    }
}
