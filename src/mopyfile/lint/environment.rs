//! Environment variables that say too much or break something.

use crate::diagnostic::{Diagnostics, rule};
use crate::mopyfile::{Segment, Variable};
use crate::source::Spanned;

pub(super) fn variables(envs: &[Spanned<Variable>], found: &mut Diagnostics) {
    for Spanned { value: variable, span } in envs {
        let name = &variable.name;
        if name.looks_secret() {
            found.report(
                &rule::SECRET_ENVIRONMENT,
                *span,
                format!("by its name, `{name}` is a secret, and everybody who can pull the image can read it"),
                "set it when the container starts: `docker run --env-file …`",
            );
        }
        if let Some((message, help)) = overrides(variable) {
            found.report(&rule::ENVIRONMENT_OVERRIDE, *span, message, help);
        }
    }
}

/// What a variable breaks that the build or the interpreter lives by, and what to write.
fn overrides(variable: &Variable) -> Option<(&'static str, &'static str)> {
    let name = variable.name.as_str();
    let keeps = variable.value.iter().any(|part| matches!(part, Segment::Reference(other) if other.as_str() == name));
    match name {
        "PATH" if !keeps => Some((
            "this `PATH` leaves out where Python, the packages and the build's tools are",
            "write `PATH: /more/bin:${PATH}`",
        )),
        "HOME" => Some((
            "with another `HOME`, pip and git do not find the secret `netrc`, nor programs their user's files",
            "leave it out: it is `/home/nonroot`",
        )),
        "PYTHONHOME" => Some((
            "`PYTHONHOME` hides the standard library and the packages",
            "leave it out; `PYTHONPATH` adds directories",
        )),
        _ => None,
    }
}
