//! Diagnostics about decisions of the plan.

use super::Plan;
use crate::diagnostic::{Diagnostic, Rule, Severity, rule};
use crate::mopyfile::{Installer, Mopyfile};
use crate::redact::excerpt;

/// Public packages can replace private ones.
pub static DEPENDENCY_CONFUSION: Rule = Rule {
    name: "dependency-confusion",
    severity: Severity::Warning,
    summary: "public packages can replace private ones",
    explanation: "With `installer: pip`, or on Python 3.7, pip searches PyPI and all `indices`, and installs the \
         highest version. If someone publishes a package on PyPI with the same name as your private package and a \
         higher version, pip installs the public one. uv, the default, installs a package only from the first index \
         that contains it, so remove `installer: pip` if you can. Otherwise, use a single index that contains all \
         packages (`default: true`). Pinned versions reduce the risk, but do not remove it.",
};

/// Pip is used because uv does not support one of the platforms.
pub static NO_UV: Rule = Rule {
    name: "no-uv",
    severity: Severity::Note,
    summary: "pip is used because uv does not support one of the platforms",
    explanation: "uv is not available for arm/v5. If your build includes that platform, mopy uses pip on all \
         platforms, so that they all get the same packages.",
};

/// The image is based on Debian slim instead of distroless.
pub static SLIM_BASE: Rule = Rule {
    name: "slim-base",
    severity: Severity::Note,
    summary: "the image is based on Debian slim instead of distroless",
    explanation: "Distroless has no shell and no package manager, so apt packages cannot be installed in it. With \
         `runtime-deps`, the image is therefore based on `debian:<release>-slim`, with the same user and layout. You \
         do not need `runtime-deps` for libraries that packages link against: mopy copies them from the build stage. \
         If you need a program or a library that is loaded at run time, keep `runtime-deps`, and add `base: slim` to \
         state this explicitly, which also removes the note.",
};

impl Plan<'_> {
    /// Diagnostics about the base image and the installer.
    #[must_use]
    pub fn findings(&self) -> Vec<Diagnostic> {
        let base = base(self);
        let pip = self.install.as_ref().is_some_and(|install| install.installer == Installer::Pip);
        if !pip {
            return base.into_iter().collect();
        }
        // uv uses only the first index that contains a package
        base.into_iter().chain(no_uv(self)).chain(needs_uv(self)).chain(confusion(self)).collect()
    }
}

/// A note if the requested base does not support all platforms. For apt packages, there is already a note.
fn base(plan: &Plan<'_>) -> Option<Diagnostic> {
    let asked = plan.mopyfile.base.filter(|asked| asked.value != plan.base && plan.mopyfile.runtime_deps.is_empty())?;
    let (asked, span, base) = (asked.value.name, asked.span, plan.base.name);
    let message = format!("{asked} does not support all of the platforms, so the image is based on {base}");
    Some(Diagnostic::new(&SLIM_BASE, span, message))
}

fn no_uv(plan: &Plan<'_>) -> Option<Diagnostic> {
    let Mopyfile { installer, python, pip, .. } = plan.mopyfile;
    let asked = installer.filter(|asked| asked.value == Installer::Uv && python.value.has_uv() && !pip.is_empty())?;
    let message = "uv does not support all of the platforms, so pip installs the packages";
    Some(Diagnostic::new(&NO_UV, asked.span, message))
}

/// An error for each entry that only uv can install.
fn needs_uv(plan: &Plan<'_>) -> impl Iterator<Item = Diagnostic> {
    let mopyfile = plan.mopyfile;
    let asked = mopyfile.installer.filter(|installer| installer.value == Installer::Pip);
    let old = Some(mopyfile.python.span).filter(|_| !mopyfile.python.value.has_uv());
    mopyfile.pip.iter().filter_map(move |entry| {
        let instead = entry.value.without_uv()?;
        let found = |message: &str| {
            let message = format!("`{}` requires uv, {message}", excerpt(&entry.value.text));
            Diagnostic::new(&rule::INSTALLER, entry.span, message)
        };
        Some(match (asked, old) {
            (Some(asked), _) => found("but `installer` is `pip`")
                .related(asked.span, "because of this")
                .help(format!("remove `installer`, or {instead}")),
            (None, Some(python)) => {
                found("which does not support this Python version").related(python, "the version").help(instead)
            }
            (None, None) => found("which does not support all of the platforms").help(instead),
        })
    })
}

/// pip searches all indexes and installs the highest version, whoever published it.
fn confusion(plan: &Plan<'_>) -> Option<Diagnostic> {
    let mopyfile = plan.mopyfile;
    let extra = mopyfile.indices.iter().find(|index| !index.value.default)?;
    let floating = mopyfile.pip.iter().find(|entry| entry.value.is_floating())?;
    let asked = mopyfile.installer.is_some_and(|it| it.value == Installer::Pip) && mopyfile.python.value.has_uv();
    let uv = if asked { "remove `installer: pip` to use uv; otherwise, " } else { "" };
    Some(
        Diagnostic::new(
            &DEPENDENCY_CONFUSION,
            extra.span,
            "pip may install a public package instead of a private one of the same name",
        )
        .related(floating.span, "not pinned")
        .help(format!("{uv}pin versions with `==`, or replace PyPI with one index: `default: true`")),
    )
}
