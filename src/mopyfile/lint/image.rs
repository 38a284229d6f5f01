//! What becomes part of the image and does not belong there.

use crate::diagnostic::{Diagnostic, Diagnostics, mask, rule};
use crate::mopyfile::{Base, Mopyfile, Segment};

/// Credentials in the image's configuration.
pub(super) fn credentials(mopyfile: &Mopyfile, found: &mut Diagnostics) {
    const MESSAGE: &str = "everybody who can pull the image can read the credentials in this URL";
    let mut warn = |span, help: &str| found.add(&rule::INLINE_CREDENTIALS, span, MESSAGE, help);
    for variable in &mopyfile.envs {
        if has_credentials(&variable.value.value) {
            warn(variable.span, "set it when the container starts: `docker run --env-file …`");
        }
    }
    for label in mopyfile.labels.iter().filter(|label| mask::has_credentials(&label.value.value)) {
        warn(label.span, "remove them: whoever follows the URL of a label has credentials of their own");
    }
    for words in mopyfile.commands() {
        if words.value.iter().any(|word| mask::has_credentials(word)) {
            warn(words.span, "let the program read the URL from a variable: `docker run --env-file …`");
        }
    }
}

/// Whether a value has credentials, and not only what it refers to.
fn has_credentials(value: &[Segment]) -> bool {
    const REFERENCE: char = '\u{fffd}';
    let text: String = value
        .iter()
        .map(|part| match part {
            Segment::Literal(text) => text.clone(),
            Segment::Reference(_) => REFERENCE.to_string(),
        })
        .collect();
    mask::credentials(&text).iter().any(|span| text[span.range()].contains(|c| c != REFERENCE && c != ':'))
}

/// apt packages of the image that it has without them, without the `t64` at the end of some names: those of
/// distroless (`/var/lib/dpkg/status.d` of cc-debian13), and those that the interpreter links to.
const THERE: [&str; 20] = [
    "base-files",
    "ca-certificates",
    "libbz2-1.0",
    "libc6",
    "libdb5.3",
    "libffi8",
    "libgcc-s1",
    "libgdbm6",
    "liblzma5",
    "libncursesw6",
    "libreadline8",
    "libsqlite3-0",
    "libssl3",
    "libstdc++6",
    "libtinfo6",
    "libuuid1",
    "libzstd1",
    "netbase",
    "tzdata",
    "zlib1g",
];

/// What distroless has and slim has not.
const DISTROLESS_ONLY: [&str; 2] = ["libgomp1", "media-types"];

pub(super) fn runtime_deps(mopyfile: &Mopyfile, found: &mut Diagnostics) {
    let Some(first) = mopyfile.runtime_deps.first() else { return };
    let wants_slim = mopyfile.base.is_some_and(|base| base.value == Base::Slim);
    if !wants_slim {
        found.push(Diagnostic::new(
            &rule::SLIM_BASE,
            first.span,
            format!(
                "with apt packages in it, the image is based on `debian:{}-slim` instead of distroless",
                mopyfile.python.value.debian().name()
            ),
        ));
    }
    let is_in = |package: &str, list: &[&str]| list.contains(&package.trim_end_matches("t64"));
    let is_there = |package: &str, slim: bool| is_in(package, &THERE) || (!slim && is_in(package, &DISTROLESS_ONLY));
    let packages = || mopyfile.runtime_deps.iter().map(|package| (package.value.as_str(), package.span));
    let slim = wants_slim || packages().any(|(package, _)| !is_there(package, false));
    for (package, span) in packages().filter(|(package, _)| is_there(package, slim)) {
        let help =
            if slim { "leave it out" } else { "leave `runtime-deps` out, and the image ends in distroless again" };
        found.add(&rule::REDUNDANT_RUNTIME_DEP, span, format!("the image has `{package}` anyway"), help);
    }
}
