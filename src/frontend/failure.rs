//! Build errors in the form that BuildKit clients show with source lines (`solver/errdefs/source.go`,
//! `util/grpcerrors/grpcerrors.go`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use buildkit_proto::google::protobuf::Any;
use buildkit_proto::google::rpc;
use buildkit_proto::pb;
use prost::Message;
use serde_json::{Value, json};
use tonic::Status;

use super::bridge::REQUEST_LIMIT;
use super::source_map;
use crate::diagnostic::{Diagnostic, Diagnostics, text};
use crate::source::Source;

/// The code `Unknown`: for any other code, clients print its name before the message.
const UNKNOWN: i32 = 2;

/// The type of the error detail with a source location. Its value is JSON, not protobuf.
const SOURCE: &str = "github.com/moby/buildkit/errdefs.Source+json";

/// The reason why the build failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// A call failed, or is not possible.
    Status(rpc::Status),
    /// The Mopyfile has errors.
    Errors(Source, Diagnostics),
}

impl Failure {
    /// A failure without a location.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self::Status(rpc::Status { code: UNKNOWN, message: message.into(), details: Vec::new() })
    }

    /// The error to end the build with.
    pub(super) fn into_status(self) -> rpc::Status {
        let mut status = match self {
            Self::Status(status) => status,
            Self::Errors(source, diagnostics) => errors(&source, &diagnostics),
        };
        // zero is success, and BuildKit would wait for a result
        if status.code == 0 {
            status.code = UNKNOWN;
        }
        if status.encoded_len() > REQUEST_LIMIT {
            status.details.retain(is_source);
        }
        if status.encoded_len() > REQUEST_LIMIT {
            status.details.clear();
        }
        if !status.details.iter().any(is_source) {
            // An error without a location is shown with the `# syntax=` line; one with line 0 is shown without any
            // line.
            let nowhere = pb::Range { start: Some(pb::Position::default()), end: Some(pb::Position::default()) };
            status.details.push(source_detail(&pb::SourceInfo::default(), &[nowhere]));
        }
        status
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self::Status(whole(&status))
    }
}

/// The error that a call failed with, with its details.
pub(super) fn whole(status: &Status) -> rpc::Status {
    match rpc::Status::decode(status.details()) {
        Ok(whole) if !status.details().is_empty() => whole,
        _ => rpc::Status { code: status.code().into(), message: status.message().to_owned(), details: Vec::new() },
    }
}

/// The errors of a Mopyfile, each with its lines.
pub(super) fn errors(source: &Source, diagnostics: &Diagnostics) -> rpc::Status {
    let mut lines = Vec::new();
    let mut details = Vec::new();
    let mut size = 0;
    let info = source_map::info(source);
    for error in diagnostics.errors().take(text::MAX_RENDERED) {
        lines.push(line(source, error));
        // each contains the whole file
        let detail = source_detail(&info, &[source_map::range(source, error.span)]);
        size += detail.value.len();
        if size < REQUEST_LIMIT / 2 || details.is_empty() {
            details.push(detail);
        }
    }
    let more = diagnostics.errors().count() - lines.len();
    if more > 0 {
        lines.push(format!("{}: and {more} more errors", source.name()));
    }
    // clients show them in reverse order
    details.reverse();
    rpc::Status { code: UNKNOWN, message: lines.join("\n"), details }
}

/// A diagnostic on one line, with its position and rule.
fn line(source: &Source, diagnostic: &Diagnostic) -> String {
    let place = text::place(source, diagnostic.span);
    format!("{place}: [{}] {}", diagnostic.rule.name, sentence(diagnostic))
}

/// The message and help of a diagnostic on one line.
pub(super) fn sentence(diagnostic: &Diagnostic) -> String {
    let help = diagnostic.help.iter().map(|help| format!("; {help}")).collect::<String>();
    format!("{}{help}", diagnostic.message).replace('\n', " ")
}

/// Locations in a file as an error detail.
pub(super) fn source_detail(info: &pb::SourceInfo, ranges: &[pb::Range]) -> Any {
    let value = json!({ "info": info_to_json(info), "ranges": ranges_to_json(ranges) });
    Any { type_url: SOURCE.to_owned(), value: value.to_string().into_bytes() }
}

/// Whether an error detail is a source location.
pub(super) fn is_source(detail: &Any) -> bool {
    detail.type_url == SOURCE
}

/// A file in BuildKit's JSON format.
pub(super) fn info_to_json(info: &pb::SourceInfo) -> Value {
    json!({ "filename": info.filename, "data": STANDARD.encode(&info.data), "language": info.language })
}

/// Ranges in BuildKit's JSON format.
pub(super) fn ranges_to_json(ranges: &[pb::Range]) -> Value {
    let position = |at: Option<pb::Position>| {
        let at = at.unwrap_or_default();
        json!({ "line": at.line, "character": at.character })
    };
    ranges.iter().map(|range| json!({ "start": position(range.start), "end": position(range.end) })).collect()
}

/// Reads ranges from BuildKit's JSON format, which omits zeros.
pub(super) fn ranges_from_json(ranges: &Value) -> Vec<pb::Range> {
    let number = |value: &Value| value.as_i64().and_then(|n| i32::try_from(n).ok()).unwrap_or_default();
    let position = |at: &Value| pb::Position { line: number(&at["line"]), character: number(&at["character"]) };
    let range =
        |range: &Value| pb::Range { start: Some(position(&range["start"])), end: Some(position(&range["end"])) };
    ranges.as_array().into_iter().flatten().map(range).collect()
}

#[cfg(test)]
mod tests {
    use buildkit_proto::google::protobuf::Any;
    use buildkit_proto::google::rpc;
    use serde_json::Value;

    use super::{Failure, UNKNOWN, errors, is_source};
    use crate::diagnostic::{Diagnostic, Diagnostics, rule};
    use crate::source::{Source, Span};

    #[test]
    fn errors_have_their_lines_and_no_credentials() {
        let source = Source::new("M", "python: 3\npip: [https://u:p@h/x]\n");
        let mut found = Diagnostics::default();
        found.push(Diagnostic::new(&rule::REQUIREMENT, Span::new(16, 33), "`https://u:p@h/x` is bad").help("write x"));
        found.push(Diagnostic::new(&rule::EOL_PYTHON, Span::new(8, 9), "old"));
        let status = errors(&source, &found);
        assert_eq!(status.message, "M:2:7: [requirement] `https://***@h/x` is bad; write x");
        assert_eq!(status.details.len(), 1, "warnings are not included");
        let detail: Value = serde_json::from_slice(&status.details[0].value).unwrap();
        assert_eq!(detail["info"]["filename"], "M");
        assert_eq!(detail["ranges"][0]["start"]["line"], 2);
        assert_eq!(detail["ranges"][0]["end"]["line"], 2);
        assert!(!status.details[0].value.windows(8).any(|w| w == b"dTpwQGg"));
    }

    #[test]
    fn rendered_diagnostics_are_limited() {
        let source = Source::new("M", "x\n".repeat(100_000));
        let mut found = Diagnostics::default();
        for at in 0..10_000 {
            found.push(Diagnostic::new(&rule::UNKNOWN_KEY, Span::new(2 * at, 2 * at + 1), "`x` is not a key"));
        }
        let status = errors(&source, &found);
        assert!(status.message.ends_with("and 9900 more errors"), "{}", status.message);
        let size: usize = status.details.iter().map(|detail| detail.value.len()).sum();
        assert!(!status.details.is_empty() && size < super::REQUEST_LIMIT);
    }

    #[test]
    fn every_error_has_a_place_and_a_code() {
        let status = Failure::Status(rpc::Status::default()).into_status();
        assert_eq!(status.code, UNKNOWN);
        assert!(status.details.iter().any(is_source));
    }

    #[test]
    fn details_that_are_too_large_are_left_out() {
        let big = Any { type_url: "x".into(), value: vec![0; super::REQUEST_LIMIT] };
        let status = Failure::Status(rpc::Status { code: 2, message: "m".into(), details: vec![big] }).into_status();
        assert_eq!(status.details.len(), 1);
        assert!(is_source(&status.details[0]));
    }
}
