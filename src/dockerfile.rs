//! From a plan to the text of a Dockerfile.

use std::ops::RangeInclusive;

use crate::source::Span;

/// A Dockerfile and where its lines come from.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// Which places of the Mopyfile each line comes from.
    pub lines: LineMap,
}

/// Which places of the Mopyfile each generated line comes from.
#[derive(Clone, Debug, Default)]
pub struct LineMap(Vec<Vec<Span>>);

impl LineMap {
    /// The places that each line comes from, for the first line first.
    #[must_use]
    pub fn new(lines: Vec<Vec<Span>>) -> Self {
        Self(lines)
    }

    /// The places that the generated lines `lines` (counted from 1) come from, in the order of the
    /// Mopyfile, without repetition. Empty for lines that come from none.
    #[must_use]
    pub fn spans(&self, lines: RangeInclusive<usize>) -> Vec<Span> {
        let start = lines.start().saturating_sub(1).min(self.0.len());
        let end = (*lines.end()).clamp(start, self.0.len());
        let mut spans: Vec<Span> = self.0[start..end].concat();
        spans.sort_unstable();
        spans.dedup();
        spans
    }
}
