//! From places in the generated Dockerfile to places in the Mopyfile, in everything that BuildKit shows
//! to people: snippets of failed steps, errors, warnings.

use buildkit_proto::google::rpc;
use buildkit_proto::pb;
use prost::Message;
use serde_json::Value;

use super::failure;
use super::wire::Definition;
use crate::diagnostic::mask;
use crate::dockerfile::Rendered;
use crate::source::{Source, Span};

/// A Mopyfile as people are shown it, and the Dockerfile that was made of it.
pub(super) struct SourceMap<'a> {
    mopyfile: pb::SourceInfo,
    source: &'a Source,
    generated: pb::SourceInfo,
    rendered: &'a Rendered,
}

impl<'a> SourceMap<'a> {
    /// For the Dockerfile `rendered`, which the build knows as `filename`, made of `source`.
    pub(super) fn new(source: &'a Source, filename: &str, rendered: &'a Rendered) -> Self {
        let generated = pb::SourceInfo {
            filename: filename.to_owned(),
            data: mask::masked_urls(&rendered.text).into_bytes(),
            definition: None,
            language: "Dockerfile".to_owned(),
        };
        Self { mopyfile: info(source), source, generated, rendered }
    }

    /// The Mopyfile.
    pub(super) fn info(&self) -> &pb::SourceInfo {
        &self.mopyfile
    }

    /// The places of the Mopyfile that lines of the Dockerfile come from; empty where they come from none.
    pub(super) fn translate(&self, ranges: &[pb::Range]) -> Vec<pb::Range> {
        let mut spans: Vec<Span> = ranges
            .iter()
            .filter_map(|range| {
                let start = usize::try_from(range.start?.line).ok()?;
                let end = usize::try_from(range.end.map_or(0, |end| end.line)).unwrap_or_default();
                Some(self.rendered.lines.spans(start..=end.max(start)))
            })
            .flatten()
            .collect();
        spans.sort_unstable();
        spans.dedup();
        spans.into_iter().map(|span| range(self.source, span)).collect()
    }

    /// An encoded definition with its places translated; nothing when it has none to translate. Its
    /// operations and their metadata stay as they are.
    pub(super) fn definition(&self, encoded: &[u8]) -> Option<Vec<u8>> {
        let mut definition = Definition::decode(encoded).ok()?;
        let source = definition.source.as_mut()?;
        let generated: Vec<i32> = (0..)
            .zip(&source.infos)
            .filter(|(_, info)| info.filename == self.generated.filename)
            .map(|(index, _)| index)
            .collect();
        let mopyfile = i32::try_from(source.infos.len()).ok()?;
        for location in source.locations.values_mut().flat_map(|list| &mut list.locations) {
            if generated.contains(&location.source_index) {
                let ranges = self.translate(&location.ranges);
                // what comes from no place of the Mopyfile keeps the instruction that is written for it
                if !ranges.is_empty() {
                    *location = pb::Location { source_index: mopyfile, ranges };
                }
            }
        }
        for info in source.infos.iter_mut().filter(|info| info.filename == self.generated.filename) {
            *info = self.generated.clone();
        }
        source.infos.push(self.mopyfile.clone());
        Some(definition.encode_to_vec())
    }

    /// An error with its places translated.
    pub(super) fn error(&self, mut status: rpc::Status) -> rpc::Status {
        for detail in status.details.iter_mut().filter(|detail| failure::is_source(detail)) {
            let Ok(value) = serde_json::from_slice::<Value>(&detail.value) else { continue };
            if value["info"]["filename"] == self.generated.filename {
                let ranges = failure::ranges_from_json(&value["ranges"]);
                let translated = self.translate(&ranges);
                *detail = if translated.is_empty() {
                    failure::source_detail(&self.generated, &ranges)
                } else {
                    failure::source_detail(&self.mopyfile, &translated)
                };
            }
        }
        status
    }
}

/// A Mopyfile as it may be shown: without credentials.
pub(super) fn info(source: &Source) -> pb::SourceInfo {
    pb::SourceInfo {
        filename: source.name().to_owned(),
        data: mask::masked(source).into_bytes(),
        definition: None,
        language: "YAML".to_owned(),
    }
}

/// A span as BuildKit writes it: lines from 1, columns from 0. It always has an end, which clients follow
/// without a look.
pub(super) fn range(source: &Source, span: Span) -> pb::Range {
    let end = span.start + source.slice(span).trim_end().len();
    pb::Range { start: Some(position(source, span.start)), end: Some(position(source, end)) }
}

fn position(source: &Source, offset: usize) -> pb::Position {
    let position = source.position(offset);
    // a final line break begins no line that could be shown
    let line = position.line.min(source.lines());
    let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    pb::Position { line: number(line), character: number(position.column.saturating_sub(1)) }
}
