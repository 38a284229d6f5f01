//! Warnings that BuildKit prints during and after a build.

use buildkit_proto::moby::buildkit::v1::frontend::WarnRequest;
use buildkit_proto::pb;

use super::bridge::Bridge;
use super::failure;
use super::loaded::LoadedMopyfile;
use super::source_map;
use crate::diagnostic::{Diagnostic, Diagnostics, Rule, Severity, text};
use crate::source::Source;

/// Unused build argument.
pub static UNREAD_BUILD_ARGUMENT: Rule = Rule {
    name: "unread-build-argument",
    severity: Severity::Warning,
    summary: "unused build argument",
    explanation: "`--build-arg` sets the arguments that `build-envs` refer to, as in `${VERSION}`, and those that BuildKit \
         itself reads: proxies, `SOURCE_DATE_EPOCH` and arguments that begin with `BUILDKIT_`. Any other argument \
         has no effect. Refer to it in `build-envs`, or omit it.",
};

/// A warning about a build.
pub(super) struct Warning {
    /// Its rule.
    pub(super) rule: &'static Rule,
    /// The message and the help.
    pub(super) message: String,
    /// The locations in the Mopyfile; empty for warnings about build options.
    pub(super) ranges: Vec<pb::Range>,
}

impl Warning {
    /// A warning about the Mopyfile `source`.
    pub(super) fn new(source: &Source, diagnostic: &Diagnostic) -> Self {
        let ranges = vec![source_map::range(source, diagnostic.span)];
        Self { rule: diagnostic.rule, message: failure::sentence(diagnostic), ranges }
    }
}

/// The warnings about a Mopyfile, and about the build arguments `unread`, which are not used.
pub(super) fn list(source: &Source, diagnostics: &Diagnostics, unread: &[&str]) -> Vec<Warning> {
    // each is a separate call that contains the whole file
    let found = diagnostics.warnings().take(text::MAX_RENDERED).map(|warning| Warning::new(source, warning));
    let unread = unread.iter().map(|name| Warning {
        rule: &UNREAD_BUILD_ARGUMENT,
        message: format!("unused build argument `{name}`"),
        ranges: Vec::new(),
    });
    found.chain(unread).collect()
}

/// Sends `warnings`.
pub(super) async fn send(bridge: &Bridge, loaded: &LoadedMopyfile, warnings: &[Warning]) {
    // redacting the whole file once is enough
    let info = source_map::info(&loaded.source);
    for warning in warnings {
        let line = warning.ranges.first().and_then(|range| range.start).map(|start| format!(" (line {})", start.line));
        let short = format!("{}: {}{}", warning.rule.name, warning.message, line.unwrap_or_default());
        let request = WarnRequest {
            digest: loaded.digest.clone(),
            level: 1,
            short: short.into_bytes(),
            detail: vec![warning.rule.explanation.as_bytes().to_vec()],
            url: warning.rule.url(),
            info: Some(info.clone()),
            ranges: warning.ranges.clone(),
        };
        bridge.warn(request).await;
    }
}
