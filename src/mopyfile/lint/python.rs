//! How long the version of Python is maintained.

use crate::diagnostic::{Diagnostics, rule};
use crate::mopyfile::month::Month;
use crate::mopyfile::python::PythonVersion;
use crate::source::Spanned;

pub(super) fn support(python: &Spanned<PythonVersion>, today: Month, found: &mut Diagnostics) {
    let Spanned { value: version, span } = python;
    let Some(until) = version.supported_until() else { return };
    if until < today {
        found.report(
            &rule::EOL_PYTHON,
            *span,
            format!("Python {version} gets no security fixes any more"),
            "move to a version that is maintained, such as `3.13`",
        );
    } else if until <= today.next_year() {
        found.report(
            &rule::PYTHON_EOL_SOON,
            *span,
            format!("Python {version} gets security fixes until {until} only"),
            "move to a version that is maintained longer, such as `3.13`",
        );
    }
}
