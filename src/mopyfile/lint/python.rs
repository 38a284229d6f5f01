//! The end of support of the Python version.

use crate::diagnostic::{Diagnostics, Rule, Severity};
use crate::mopyfile::month::Month;
use crate::mopyfile::python::PythonVersion;
use crate::source::Spanned;

/// This Python version no longer receives security fixes.
pub static EOL_PYTHON: Rule = Rule {
    name: "eol-python",
    severity: Severity::Warning,
    summary: "this Python version no longer receives security fixes",
    explanation: "Each Python version receives security fixes for five years (PEP 602). After that, known \
         vulnerabilities are no longer fixed. Upgrade to a supported version.",
};

/// Security fixes for this Python version end within a year.
pub static PYTHON_EOL_SOON: Rule = Rule {
    name: "python-eol-soon",
    severity: Severity::Warning,
    summary: "security fixes for this Python version end within a year",
    explanation: "Each Python version receives security fixes for five years (PEP 602), until October of the fifth \
         year. This warning gives you up to twelve months to upgrade.",
};

pub(super) fn support(python: &Spanned<PythonVersion>, today: Month, found: &mut Diagnostics) {
    let Spanned { value: version, span } = python;
    let Some(until) = version.supported_until() else { return };
    if until < today {
        found.report(
            &EOL_PYTHON,
            *span,
            format!("Python {version} no longer receives security fixes"),
            "upgrade to a supported version, such as `3.13`",
        );
    } else if until <= today.next_year() {
        found.report(
            &PYTHON_EOL_SOON,
            *span,
            format!("Python {version} receives security fixes only until {until}"),
            "upgrade to a version that is supported longer, such as `3.13`",
        );
    }
}
