//! Entries of `pip` that only uv installs.

use super::{Installer, Mopyfile};
use crate::diagnostic::mask::shown;
use crate::diagnostic::{Diagnostic, rule};
use crate::platform::Platform;

/// A problem for each entry of `mopyfile` that needs uv, if pip is what installs for `platforms`.
pub(crate) fn needs_uv(mopyfile: &Mopyfile, platforms: &[Platform]) -> Vec<Diagnostic> {
    if mopyfile.installs_with(platforms) == Installer::Uv {
        return Vec::new();
    }
    let asked = mopyfile.installer.filter(|installer| installer.value == Installer::Pip);
    let old = Some(mopyfile.python.span).filter(|_| !mopyfile.python.value.has_uv());
    let problem = |(text, span, instead): (&str, _, String)| {
        let found =
            |message: &str| Diagnostic::new(&rule::INSTALLER, span, format!("`{}` needs uv, {message}", shown(text)));
        match (asked, old) {
            (Some(asked), _) => found("and pip is what installs")
                .related(asked.span, "because of this")
                .help(format!("leave `installer` out, or {instead}")),
            (None, Some(python)) => {
                found("which does not install for this version of Python").related(python, "the version").help(instead)
            }
            (None, None) => found("which does not exist for all of the platforms").help(instead),
        }
    };
    let entries = mopyfile.pip.iter();
    entries.filter_map(|entry| Some((&*entry.value.text, entry.span, entry.value.without_uv()?))).map(problem).collect()
}
