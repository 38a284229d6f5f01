//! What works and is doubtful.

use super::requirement::RequirementKind;
use super::ssh;
use super::{Mopyfile, Segment};
use crate::diagnostic::{Diagnostic, Diagnostics, mask, rule};

/// Adds the warnings and notices about `mopyfile`.
pub(super) fn lint(mopyfile: &Mopyfile, diagnostics: &mut Diagnostics) {
    python(mopyfile, diagnostics);
    indices(mopyfile, diagnostics);
    requirements(mopyfile, diagnostics);
    for variable in &mopyfile.envs {
        let name = &variable.value.name;
        if name.looks_secret() {
            diagnostics.push(
                Diagnostic::new(
                    &rule::SECRET_ENVIRONMENT,
                    variable.span,
                    format!("by its name, `{name}` is a secret, and everybody who can pull the image can read it"),
                )
                .help("set it when the container starts: `docker run --env-file …`"),
            );
        }
    }
    visible_credentials(mopyfile, diagnostics);
    environment(mopyfile, diagnostics);
    if let Some(first) = mopyfile.runtime_deps.first() {
        diagnostics.push(Diagnostic::new(
            &rule::SLIM_BASE,
            first.span,
            format!(
                "with apt packages in it, the image ends in `python:{}` instead of distroless",
                mopyfile.python.value.slim_tag()
            ),
        ));
    }
}

/// Variables that the build or the interpreter lives by.
fn environment(mopyfile: &Mopyfile, diagnostics: &mut Diagnostics) {
    for variable in &mopyfile.envs {
        let name = variable.value.name.as_str();
        let keeps =
            variable.value.value.iter().any(|part| matches!(part, Segment::Reference(other) if other.as_str() == name));
        let (message, help) = match name {
            "PATH" if !keeps => (
                "this `PATH` leaves out where Python, the packages and the build's tools are",
                "write `PATH: /more/bin:${PATH}`",
            ),
            "HOME" => (
                "with another `HOME`, pip and git do not find the secret `netrc`, nor programs their user's files",
                "leave it out: it is `/home/nonroot`",
            ),
            "PYTHONHOME" => (
                "`PYTHONHOME` hides the standard library and the packages",
                "leave it out; `PYTHONPATH` adds directories",
            ),
            _ => continue,
        };
        diagnostics.push(Diagnostic::new(&rule::ENVIRONMENT_OVERRIDE, variable.span, message).help(help));
    }
}

/// Credentials in what becomes the image's configuration.
fn visible_credentials(mopyfile: &Mopyfile, diagnostics: &mut Diagnostics) {
    let literal = |segment: &Segment| matches!(segment, Segment::Literal(text) if mask::has_credentials(text));
    let envs = mopyfile.envs.iter().filter(|variable| variable.value.value.iter().any(literal)).map(|found| found.span);
    let labels =
        mopyfile.labels.iter().filter(|label| mask::has_credentials(&label.value.value)).map(|found| found.span);
    let words = mopyfile
        .commands()
        .filter(|words| words.value.iter().any(|word| mask::has_credentials(word)))
        .map(|found| found.span);
    for span in envs.chain(labels).chain(words) {
        diagnostics.push(
            Diagnostic::new(
                &rule::INLINE_CREDENTIALS,
                span,
                "everybody who can pull the image can read the credentials in this URL",
            )
            .help("set it when the container starts: `docker run --env-file …`"),
        );
    }
}

fn python(mopyfile: &Mopyfile, diagnostics: &mut Diagnostics) {
    let python = &mopyfile.python;
    if python.value.is_end_of_life() {
        diagnostics.push(
            Diagnostic::new(
                &rule::EOL_PYTHON,
                python.span,
                format!("Python {} gets no security fixes any more", python.value),
            )
            .help("move to a version that is maintained, such as `3.13`"),
        );
    }
}

fn indices(mopyfile: &Mopyfile, diagnostics: &mut Diagnostics) {
    for index in &mopyfile.indices {
        if index.value.trust {
            diagnostics.push(
                Diagnostic::new(
                    &rule::TRUSTED_INDEX,
                    index.span,
                    format!("the certificate of `{}` is not checked", index.value.host()),
                )
                .help("use an index with a valid certificate and leave `trust` out"),
            );
        }
        if mask::has_credentials(index.value.url.as_str()) {
            diagnostics.push(
                Diagnostic::new(&rule::INLINE_CREDENTIALS, index.span, "the index has its credentials in the Mopyfile")
                    .help(NETRC),
            );
        }
        if index.value.url.scheme() == "http" {
            diagnostics.push(
                Diagnostic::new(&rule::HTTP_INDEX, index.span, "packages of this index arrive without encryption")
                    .help("use an https URL"),
            );
        }
    }
}

const NETRC: &str = "remove them and build with `--secret id=netrc,src=$HOME/.netrc`";

fn requirements(mopyfile: &Mopyfile, diagnostics: &mut Diagnostics) {
    for entry in &mopyfile.pip {
        let requirement = &entry.value;
        if requirement.has_credentials() {
            diagnostics.push(
                Diagnostic::new(&rule::INLINE_CREDENTIALS, entry.span, "the URL has its credentials in the Mopyfile")
                    .help(NETRC),
            );
        }
        match &requirement.kind {
            RequirementKind::Url(url) if url.scheme() == "http" => {
                diagnostics.push(
                    Diagnostic::new(&rule::HTTP_INDEX, entry.span, "this distribution arrives without encryption")
                        .help("use an https URL"),
                );
            }
            RequirementKind::Git(git) => {
                if !git.is_pinned() {
                    diagnostics.push(
                        Diagnostic::new(
                            &rule::UNPINNED_GIT,
                            entry.span,
                            "the requirement follows a branch, which moves",
                        )
                        .help("write a commit or a tag behind the URL: `.git@v1.2.3`"),
                    );
                }
                if git.url.scheme() == "http" {
                    diagnostics.push(
                        Diagnostic::new(&rule::HTTP_INDEX, entry.span, "this repository arrives without encryption")
                            .help("use an https URL"),
                    );
                }
                if let Some(host) = git.ssh_host().filter(|host| !ssh::is_known_host(host)) {
                    diagnostics.push(
                        Diagnostic::new(
                            &rule::UNKNOWN_SSH_HOST,
                            entry.span,
                            format!("without the secret `known_hosts`, the ssh key of `{host}` is accepted unseen"),
                        )
                        .help("build with `--secret id=known_hosts,src=$HOME/.ssh/known_hosts`"),
                    );
                }
            }
            _ => {}
        }
    }
}
