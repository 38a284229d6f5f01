//! The name and contents of a file, and positions in it.

use std::ops::Range;

/// A half-open range of bytes in a [`Source`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes from `start` up to, not including, `end`.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The smallest span that contains both.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self::new(self.start.min(other.start), self.end.max(other.end))
    }

    /// The span as a range of byte offsets.
    #[must_use]
    pub const fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// A value and its location.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its location in the Mopyfile.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `value`, written at `span`.
    pub const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// Line and column, both counted from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// The name and contents of a file.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    text: String,
    line_starts: Vec<usize>,
}

impl Source {
    /// A file called `name` with the contents `text`. A byte order mark is removed.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let mut text = text.into();
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { name: name.into(), text, line_starts }
    }

    /// The name to show: a path, or `<stdin>`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text at `span`; empty if the span is out of range.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// The line and column of a byte offset. An offset after the end counts as the end.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let offset = beginning(&self.text, offset).len();
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts.get(line - 1).copied().unwrap_or_default();
        let column = self.text[start..offset].chars().count() + 1;
        Position { line, column }
    }

    /// The byte offset of a line and column, both counted from 1. A column after the end of the line counts as its end.
    #[must_use]
    pub fn offset(&self, position: Position) -> usize {
        let Some(&start) = self.line_starts.get(position.line.saturating_sub(1)) else {
            return self.text.len();
        };
        let line = self.text[start..].split('\n').next().unwrap_or_default();
        let character = line.char_indices().nth(position.column.saturating_sub(1));
        start + character.map_or(line.len(), |(at, _)| at)
    }

    /// The number of lines. A final line break does not start another line.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.text.lines().count().max(1)
    }
}

/// The first `most` bytes of `text`, or fewer at a character boundary.
#[must_use]
pub fn beginning(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or_default()]
}

/// The reason for an I/O error, without its number.
pub(crate) fn reason(error: &(impl std::fmt::Display + ?Sized)) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    text[..end].to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::{Position, Source};

    #[test]
    fn positions_count_characters() {
        let source = Source::new("f", "a: ü\nb: x\n");
        let at = |offset| {
            let Position { line, column } = source.position(offset);
            (line, column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(3), (1, 4));
        assert_eq!(at(4), (1, 4), "inside a character is its start");
        assert_eq!(at(5), (1, 5));
        assert_eq!(at(6), (2, 1));
        assert_eq!(at(999), (3, 1));
        assert_eq!(source.lines(), 2);
    }

    #[test]
    fn offsets_are_the_inverse() {
        let source = Source::new("f", "a: ü\nb: x\n");
        for offset in [0, 1, 3, 5, 6, 9, 10] {
            assert_eq!(source.offset(source.position(offset)), offset);
        }
        assert_eq!(source.offset(Position { line: 1, column: 99 }), 5);
        assert_eq!(source.offset(Position { line: 99, column: 1 }), source.text().len());
    }

    #[test]
    fn byte_order_marks_are_removed() {
        assert_eq!(Source::new("f", "\u{feff}a").text(), "a");
    }
}
