//! Translates locations in the generated Dockerfile to the Mopyfile, in everything that BuildKit shows to users: failed
//! steps, errors, warnings.

use buildkit_proto::google::rpc;
use buildkit_proto::pb;
use prost::Message;
use serde_json::Value;

use super::wire::Definition;
use super::{failure, step};
use crate::diagnostic::text;
use crate::dockerfile::Rendered;
use crate::redact;
use crate::source::{Source, Span};

/// A Mopyfile as it is shown to users, and its Dockerfile.
pub(super) struct SourceMap<'a> {
    pub(super) mopyfile: pb::SourceInfo,
    source: &'a Source,
    generated: pb::SourceInfo,
    rendered: &'a Rendered,
}

impl<'a> SourceMap<'a> {
    /// The map for the Dockerfile `rendered` of `source`, which the build calls `filename`.
    pub(super) fn new(source: &'a Source, filename: &str, rendered: &'a Rendered) -> Self {
        let generated = pb::SourceInfo {
            filename: filename.to_owned(),
            data: redact::lines(&rendered.text).into_bytes(),
            definition: None,
            language: "Dockerfile".to_owned(),
        };
        Self { mopyfile: info(source), source, generated, rendered }
    }

    /// The locations in the Mopyfile that lines of the Dockerfile come from; empty if they do not come from it.
    pub(super) fn translate(&self, ranges: &[pb::Range]) -> Vec<pb::Range> {
        let mut spans: Vec<Span> = ranges
            .iter()
            .filter_map(|range| {
                let start = usize::try_from(range.start?.line).ok()?;
                let end = usize::try_from(range.end.map_or(0, |end| end.line)).unwrap_or_default();
                Some(self.rendered.spans(start..=end.max(start)))
            })
            .flatten()
            .collect();
        spans.sort_unstable();
        spans.dedup();
        spans.into_iter().map(|span| range(self.source, span)).collect()
    }

    /// Translates the locations in an encoded definition, and sets the names of its steps to their titles. `None` if it
    /// has no locations. Operations are left unchanged.
    pub(super) fn definition(&self, encoded: &[u8]) -> Option<Vec<u8>> {
        let mut definition = Definition::decode(encoded).ok()?;
        let source = definition.source.as_mut()?;
        let generated: Vec<i32> = (0..)
            .zip(&source.infos)
            .filter(|(_, info)| info.filename == self.generated.filename)
            .map(|(index, _)| index)
            .collect();
        for entry in &mut definition.metadata {
            let renamed = step::renamed(entry, |digest, name| {
                let locations = source.locations.get(digest).into_iter().flat_map(|list| &list.locations);
                let titles = locations.filter(|location| generated.contains(&location.source_index));
                let title = titles.filter_map(|location| self.title(location)).next();
                let titled = title.and_then(|title| step::titled(name, title));
                titled.unwrap_or_else(|| redact::text(name))
            });
            if let Some(renamed) = renamed {
                *entry = renamed;
            }
        }
        let mopyfile = i32::try_from(source.infos.len()).ok()?;
        for location in source.locations.values_mut().flat_map(|list| &mut list.locations) {
            if generated.contains(&location.source_index) {
                let ranges = self.translate(&location.ranges);
                // a step that does not come from the Mopyfile keeps its instruction as its name
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

    /// The title of the instruction at a location in the Dockerfile.
    fn title(&self, location: &pb::Location) -> Option<&str> {
        let line = location.ranges.first()?.start?.line;
        self.rendered.titles.get(&usize::try_from(line).ok()?).map(String::as_str)
    }

    /// Translates the locations in an error.
    pub(super) fn error(&self, mut status: rpc::Status) -> rpc::Status {
        for detail in status.details.iter_mut().filter(|detail| failure::is_source(detail)) {
            let Ok(value) = serde_json::from_slice::<Value>(&detail.value) else {
                continue;
            };
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

/// A Mopyfile without credentials.
pub(super) fn info(source: &Source) -> pb::SourceInfo {
    pb::SourceInfo {
        filename: source.name().to_owned(),
        data: text::printable(&redact::source(source)).into_bytes(),
        definition: None,
        language: "YAML".to_owned(),
    }
}

/// A span in BuildKit's format: lines from 1, columns from 0. It always has an end, because clients dereference it
/// without a check.
pub(super) fn range(source: &Source, span: Span) -> pb::Range {
    let end = span.start + source.slice(span).trim_end().len();
    pb::Range { start: Some(position(source, span.start)), end: Some(position(source, end)) }
}

fn position(source: &Source, offset: usize) -> pb::Position {
    let position = source.position(offset);
    // there is no line after a final line break
    let line = position.line.min(source.lines());
    let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    pb::Position { line: number(line), character: number(position.column.saturating_sub(1)) }
}

#[cfg(test)]
mod tests {
    use buildkit_proto::pb;
    use prost::Message;

    use super::{SourceMap, range};
    use crate::dockerfile::Rendered;
    use crate::frontend::wire::{Definition, Metadata};
    use crate::source::{Source, Span};

    fn mopyfile() -> Source {
        Source::new("M.yaml", "# c\npython: 3\npip:\n- https://u:pw@h/x\n")
    }

    /// Operation metadata with the custom name `name`.
    fn named(digest: &str, name: &str) -> Vec<u8> {
        let description = [("llb.customname".to_owned(), name.to_owned())].into();
        let metadata = pb::OpMetadata { description, ..pb::OpMetadata::default() }.encode_to_vec();
        Metadata { digest: digest.to_owned(), metadata }.encode_to_vec()
    }

    fn name(entry: &[u8]) -> String {
        let metadata = Metadata::decode(entry).unwrap().metadata;
        pb::OpMetadata::decode(metadata.as_slice()).unwrap().description["llb.customname"].clone()
    }

    /// Line 1 comes from line 2, line 2 does not come from the Mopyfile, line 3 comes from lines 2 and 4.
    fn rendered() -> Rendered {
        let (python, url) = (Span::new(4, 14), Span::new(21, 37));
        let text = "FROM x\n# do it\nRUN https://u:pw@h/x\n".to_owned();
        let titles = [(3, "do it".to_owned())].into();
        Rendered { text, lines: vec![vec![python], vec![], vec![url, python]], titles }
    }

    fn lines(start: i32, end: i32) -> pb::Range {
        let at = |line| Some(pb::Position { line, character: 0 });
        pb::Range { start: at(start), end: at(end) }
    }

    fn starts(ranges: &[pb::Range]) -> Vec<i32> {
        ranges.iter().map(|range| range.start.unwrap().line).collect()
    }

    #[test]
    fn lines_become_places() {
        let (source, rendered) = (mopyfile(), rendered());
        let map = SourceMap::new(&source, "M.yaml.Dockerfile", &rendered);
        assert_eq!(starts(&map.translate(&[lines(1, 1)])), [2]);
        assert_eq!(starts(&map.translate(&[lines(2, 2)])), [0; 0]);
        assert_eq!(starts(&map.translate(&[lines(2, 3), lines(1, 1)])), [2, 4]);
        assert_eq!(starts(&map.translate(&[lines(-5, 99), pb::Range::default()])), [0; 0]);
        assert_eq!(starts(&map.translate(&[lines(0, i32::MAX)])), [2, 4]);
    }

    #[test]
    fn control_characters_in_a_mopyfile_are_escaped() {
        let shown = super::info(&Source::new("M", "a: \u{1b}[31m\u{9b}31m\r\n"));
        assert_eq!(String::from_utf8_lossy(&shown.data), "a:  [31m\u{a0}31m\r\n");
    }

    #[test]
    fn a_range_ends_on_the_last_line_with_text() {
        let source = mopyfile();
        let range = range(&source, Span::new(4, 14));
        assert_eq!((range.start.unwrap().line, range.end.unwrap().line), (2, 2));
        let empty = super::range(&Source::new("f", "a\n"), Span::new(2, 2));
        assert_eq!(empty.start.unwrap().line, 1);
    }

    #[test]
    fn only_the_places_of_a_definition_change() {
        let (source, rendered) = (mopyfile(), rendered());
        let map = SourceMap::new(&source, "M.yaml.Dockerfile", &rendered);
        let location = |source_index, line| {
            let location = pb::Location { source_index, ranges: vec![lines(line, line)] };
            pb::Locations { locations: vec![location] }
        };
        let info = |filename: &str| pb::SourceInfo {
            filename: filename.to_owned(),
            data: rendered.text.clone().into_bytes(),
            ..pb::SourceInfo::default()
        };
        let before = Definition {
            // fields of a later version: 8 of an operation, 7 of metadata
            operations: vec![vec![0x42, 0], vec![0x42, 1, 0]],
            metadata: vec![
                vec![0x0a, 1, b'k', 0x12, 2, 0x3a, 0],
                named("b", "[x 2/3] RUN https://u:pw@h/x"),
                named("d", "[x 3/3] RUN https://u:pw@h/x"),
            ],
            source: Some(pb::Source {
                locations: [
                    ("a".to_owned(), location(1, 1)),
                    ("b".to_owned(), location(1, 2)),
                    ("c".to_owned(), location(0, 1)),
                    ("d".to_owned(), location(1, 3)),
                ]
                .into(),
                infos: vec![info("heredoc"), info("M.yaml.Dockerfile")],
            }),
        };
        let after = Definition::decode(map.definition(&before.encode_to_vec()).unwrap().as_slice()).unwrap();
        assert_eq!(after.operations, before.operations);
        assert_eq!(after.metadata[0], before.metadata[0], "what has no name stays");
        assert_eq!(name(&after.metadata[1]), "[x 2/3] RUN https://****@h/x", "line 2 has no title");
        assert_eq!(name(&after.metadata[2]), "[x 3/3] do it", "the comment above line 3");
        let places = after.source.unwrap();
        let index = |key: &str| places.locations[key].locations[0].source_index;
        assert_eq!((index("a"), index("b"), index("c")), (2, 1, 0));
        let names: Vec<_> = places.infos.iter().map(|info| info.filename.as_str()).collect();
        assert_eq!(names, ["heredoc", "M.yaml.Dockerfile", "M.yaml"]);
        for info in &places.infos[1..] {
            assert!(!String::from_utf8_lossy(&info.data).contains("u:pw"));
        }
    }

    #[test]
    fn definitions_without_places_stay_as_they_are() {
        let (source, rendered) = (mopyfile(), rendered());
        let map = SourceMap::new(&source, "M.yaml.Dockerfile", &rendered);
        assert!(map.definition(&Definition::default().encode_to_vec()).is_none());
        assert!(map.definition(b"\xff\xff").is_none());
    }
}
