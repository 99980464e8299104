//! The few lines of a file that a report shows, as the source code that miette reads.
//!
//! miette works on bytes and searches a file from its beginning. An excerpt holds only the lines
//! shown, already safe and short, with their true numbers, and knows the true place of each label.

use std::collections::BTreeSet;
use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::clean::{clean, push_char};
use crate::{LineColumn, SourceFile, Span};

/// A label that covers more lines than this is drawn at its first line only.
const MAX_LINES: usize = 12;
/// A line of more characters than this is trimmed around its labels.
const MAX_CHARS: usize = 400;
/// How many characters are kept in front of and behind the edge of a label in a trimmed line.
const KEPT_BEFORE: usize = 60;
const KEPT_BEHIND: usize = 120;

/// A label in terms of the file: what is underlined, and what it says.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    /// The bytes to underline.
    pub(super) range: Range<usize>,
    /// Where the label truly begins.
    pub(super) place: LineColumn,
    /// What it says; may be empty.
    pub(super) text: String,
    /// Whether it is what the report is about.
    pub(super) primary: bool,
}

impl Mark {
    pub(super) fn new(file: &SourceFile, span: Span, text: &str, primary: bool) -> Self {
        let place = file.line_column(span.start);
        Self { range: drawn(file, span), place, text: text.to_owned(), primary }
    }

    /// The lines (from 0) of its first and its last character.
    pub(super) fn lines(&self, file: &SourceFile) -> (usize, usize) {
        let last = self.range.end.saturating_sub(1).max(self.range.start);
        (file.line_of(self.range.start as u32), file.line_of(last as u32))
    }
}

/// What is underlined for a span: an empty one moves onto the character before it, one at the end
/// of the file onto the last character that can be seen, and a long one is cut to its first line.
fn drawn(file: &SourceFile, span: Span) -> Range<usize> {
    let text = file.text();
    let range = file.clamp(span);
    if range.is_empty() {
        let seen = text.trim_end().len();
        let at = if range.start == text.len() && seen > 0 { seen } else { range.start };
        let line = file.line_range(file.line_of(at as u32));
        let before = text.get(line.start..at).and_then(|t| t.chars().next_back());
        return at - before.map_or(0, char::len_utf8)..at;
    }
    let first = file.line_of(range.start as u32);
    if file.line_of(range.end as u32 - 1) - first < MAX_LINES {
        return range;
    }
    let end = file.line_range(first).end;
    if end > range.start { range.start..end } else { range.start..range.start + 1 }
}

/// A line as it is shown.
#[derive(Debug)]
struct Shown {
    /// The number of the line in its file, from 0.
    number: usize,
    /// Its bytes in the text of the excerpt, with its line end.
    range: Range<usize>,
}

/// Lines of one file, ready to be shown.
#[derive(Debug)]
pub(super) struct Excerpt {
    name: String,
    text: String,
    lines: Vec<Shown>,
    /// Which byte of the file (first) is shown at which byte of the text (second), ascending.
    places: Vec<(usize, usize)>,
    /// The places of the labels, by their bytes in the text.
    labels: Vec<(SourceSpan, LineColumn)>,
}

impl Excerpt {
    /// The lines of these labels and one line of context on each side.
    pub(super) fn new(file: &SourceFile, marks: &[Mark], unicode: bool) -> Self {
        let name = clean(file.name(), unicode);
        let (text, lines, places, labels) = (String::new(), Vec::new(), Vec::new(), Vec::new());
        let mut excerpt = Self { name, text, lines, places, labels };
        for line in shown_lines(file, marks) {
            excerpt.push_line(file, line, marks, unicode);
        }
        for mark in marks {
            let span = excerpt.span_of(mark);
            excerpt.labels.push((span, mark.place));
        }
        excerpt
    }

    /// Where a label is in the text of the excerpt.
    pub(super) fn span_of(&self, mark: &Mark) -> SourceSpan {
        let start = self.place_of(mark.range.start);
        let end = self.place_of(mark.range.end).max(start);
        (start, end - start).into()
    }

    fn place_of(&self, offset: usize) -> usize {
        let index = self.places.partition_point(|(source, _)| *source < offset);
        self.places.get(index).map_or(self.text.len(), |(_, shown)| *shown)
    }

    fn push_line(&mut self, file: &SourceFile, number: usize, marks: &[Mark], unicode: bool) {
        let begin = self.text.len();
        let line = file.line_range(number);
        let source = file.text().get(line.clone()).unwrap_or("");
        let content = source.strip_suffix('\r').unwrap_or(source);
        let ellipsis = if unicode { "…" } else { "..." };
        let windows = windows(content, line.start, marks);
        for (index, window) in windows.iter().enumerate() {
            if index > 0 || window.start > 0 {
                self.text.push_str(ellipsis);
            }
            for (at, c) in content.get(window.clone()).unwrap_or("").char_indices() {
                self.places.push((line.start + window.start + at, self.text.len()));
                if c == '\t' {
                    self.text.push(c);
                } else {
                    push_char(c, unicode, &mut self.text);
                }
            }
        }
        if windows.last().is_some_and(|w| w.end < content.len()) {
            self.text.push_str(ellipsis);
        }
        self.places.push((line.start + content.len(), self.text.len()));
        self.places.push((line.end, self.text.len()));
        self.text.push('\n');
        self.places.push((line.end + 1, self.text.len()));
        self.lines.push(Shown { number, range: begin..self.text.len() });
    }

    /// The index of the shown line that holds this byte of the text.
    fn index_of(&self, offset: usize) -> usize {
        self.lines.partition_point(|line| line.range.start <= offset).saturating_sub(1)
    }
}

/// The lines to show, ascending.
fn shown_lines(file: &SourceFile, marks: &[Mark]) -> BTreeSet<usize> {
    let last_line = file.line_count() - 1;
    let mut lines = BTreeSet::new();
    for mark in marks {
        let (first, last) = mark.lines(file);
        lines.extend(first.saturating_sub(1)..=last);
        // What follows the last line end is no line to a reader.
        if last < last_line && !(last + 1 == last_line && file.line_range(last_line).is_empty()) {
            lines.insert(last + 1);
        }
    }
    lines
}

/// The parts of a line that are shown, as bytes in the line: all of it, or for a long line what is
/// around the edges of its labels.
fn windows(line: &str, base: usize, marks: &[Mark]) -> Vec<Range<usize>> {
    if line.char_indices().nth(MAX_CHARS).is_none() {
        return std::iter::once(0..line.len()).collect();
    }
    let edges = marks.iter().flat_map(|mark| [mark.range.start, mark.range.end]);
    // A label may reach over the line end, which has two bytes at most.
    let inside = edges.filter_map(|edge| edge.checked_sub(base).filter(|at| *at <= line.len() + 2));
    let mut windows: Vec<_> = inside
        .map(|at| at.min(line.len()))
        .map(|at| back(line, at, KEPT_BEFORE)..forward(line, at, KEPT_BEHIND))
        .collect();
    if windows.is_empty() {
        windows.push(0..forward(line, 0, KEPT_BEHIND));
    }
    windows.sort_by_key(|window| (window.start, window.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for window in windows {
        match merged.last_mut() {
            Some(before) if window.start <= before.end => before.end = before.end.max(window.end),
            _ => merged.push(window),
        }
    }
    merged
}

fn back(line: &str, at: usize, chars: usize) -> usize {
    let before = line.get(..at).unwrap_or("");
    before.char_indices().rev().take(chars).last().map_or(at, |(i, _)| i)
}

fn forward(line: &str, at: usize, chars: usize) -> usize {
    let behind = line.get(at..).unwrap_or("");
    behind.char_indices().nth(chars).map_or(line.len(), |(i, _)| at + i)
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let adjacent = |i: usize, j: usize| match (self.lines.get(i), self.lines.get(j)) {
            (Some(a), Some(b)) => a.number + 1 == b.number,
            _ => false,
        };
        let end = span.offset() + span.len().max(1) - 1;
        let (mut first, mut last) = (self.index_of(span.offset()), self.index_of(end));
        for _ in 0..lines_before {
            if first > 0 && adjacent(first - 1, first) {
                first -= 1;
            }
        }
        for _ in 0..lines_after {
            if adjacent(last, last + 1) {
                last += 1;
            }
        }
        let (Some(top), Some(bottom)) = (self.lines.get(first), self.lines.get(last)) else {
            return Err(MietteError::OutOfBounds);
        };
        let range = top.range.start..bottom.range.end;
        let data = self.text.as_bytes().get(range.clone()).ok_or(MietteError::OutOfBounds)?;
        // Without context, miette asks for what the heading says: the true place of a label.
        let heading = (lines_before == 0 && lines_after == 0)
            .then(|| self.labels.iter().find(|(label, _)| label == span))
            .flatten();
        let (line, column) = match heading {
            Some((_, at)) => (at.line as usize - 1, at.column as usize - 1),
            None => (top.number, 0),
        };
        let (name, count) = (self.name.clone(), last - first + 1);
        let contents = MietteSpanContents::new_named(name, data, range.into(), line, column, count);
        Ok(Box::new(contents))
    }
}
