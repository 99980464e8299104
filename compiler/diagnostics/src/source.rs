//! Source files, and the lines and columns of their bytes.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::{FileId, Span};

/// A source file: its name as the user gave it, its text and where its lines begin.
///
/// Offsets are counted in `u32`; text beyond 4 GiB has no places of its own.
#[derive(Clone, Debug)]
pub struct SourceFile {
    name: String,
    text: Arc<str>,
    /// Made when the first place is asked for: a program without mistakes needs none.
    places: OnceLock<Places>,
}

/// Where the lines and characters of a text are.
#[derive(Clone, Debug)]
struct Places {
    line_starts: Vec<u32>,
    /// The number of characters that begin before each multiple of [`BLOCK`] bytes, so that a
    /// column is found in the same time in a line of any length.
    blocks: Vec<u32>,
    /// The same of the characters that are two units in UTF-16.
    wide: Vec<u32>,
}

/// The bytes between two entries of the table of characters.
const BLOCK: usize = 1024;

/// A place as people count it: line and column from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl SourceFile {
    /// A file of this name and text. Lines end at `\n`.
    pub fn new(name: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), text: text.into(), places: OnceLock::new() }
    }

    fn places(&self) -> &Places {
        self.places.get_or_init(|| Places::of(&self.text))
    }

    fn line_starts(&self) -> &[u32] {
        &self.places().line_starts
    }

    /// The name as the user gave it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The number of lines, at least 1.
    pub fn line_count(&self) -> usize {
        self.line_starts().len()
    }

    /// The range of bytes of a line (from 0), without its line end.
    pub fn line_range(&self, line: usize) -> Range<usize> {
        let start = self.line_starts().get(line).map_or(self.text.len(), |s| *s as usize);
        let end = self.line_starts().get(line + 1).map_or(self.text.len(), |s| *s as usize - 1);
        start..end.max(start)
    }

    /// The line (from 0) that holds the byte at `offset`.
    pub fn line_of(&self, offset: u32) -> usize {
        self.line_starts().partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// Line and column of a byte offset; an offset beyond the end is the end, one inside a
    /// character its beginning. A byte order mark is no character of the first line.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let offset = self.text.floor_char_boundary(offset as usize);
        let line = self.line_of(offset as u32);
        let start = self.line_starts().get(line).map_or(0, |s| *s as usize);
        let start = if line == 0 { self.mark_length() } else { start };
        let column = self.chars_before(offset).saturating_sub(self.chars_before(start));
        LineColumn { line: line as u32 + 1, column: column + 1 }
    }

    /// The column of a byte offset in UTF-16 units, from 1, with the rules of
    /// [`SourceFile::line_column`].
    pub fn utf16_column(&self, offset: u32) -> u32 {
        let at = self.line_column(offset);
        let offset = self.text.floor_char_boundary(offset as usize);
        let start = self.line_starts().get(at.line as usize - 1).map_or(0, |s| *s as usize);
        at.column + self.wide_before(offset).saturating_sub(self.wide_before(start))
    }

    /// The bytes of the byte order mark, where there is one.
    fn mark_length(&self) -> usize {
        if self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
    }

    /// The bytes of a span that are there: never beyond the end, never backwards, and whole
    /// characters only, so that it can be used to slice the text.
    pub fn clamp(&self, span: Span) -> Range<usize> {
        let start = self.text.floor_char_boundary(span.start as usize);
        let end = self.text.ceil_char_boundary((span.end as usize).min(self.text.len()));
        if span.end <= span.start && start == span.start as usize {
            return start..start;
        }
        start..end.max(start)
    }

    /// The text of a span of this file; empty where the span does not fit.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// The number of characters that begin before this offset.
    fn chars_before(&self, offset: usize) -> u32 {
        let block = offset / BLOCK;
        let rest = self.text.as_bytes().get(block * BLOCK..offset).unwrap_or_default();
        self.places().blocks.get(block).copied().unwrap_or(0) + count_chars(rest)
    }

    /// The number of characters beyond U+FFFF that begin before this offset.
    fn wide_before(&self, offset: usize) -> u32 {
        let block = offset / BLOCK;
        let rest = self.text.as_bytes().get(block * BLOCK..offset).unwrap_or_default();
        self.places().wide.get(block).copied().unwrap_or(0) + count_wide(rest)
    }
}

impl Places {
    fn of(text: &str) -> Self {
        let mut line_starts = vec![0];
        let ends = text.bytes().take(u32::MAX as usize).enumerate().filter(|(_, b)| *b == b'\n');
        line_starts.extend(ends.map(|(i, _)| i as u32 + 1));
        let (mut blocks, mut wide) = (vec![0], vec![0]);
        let (mut total, mut total_wide) = (0, 0);
        for block in text.as_bytes().chunks(BLOCK) {
            total += count_chars(block);
            blocks.push(total);
            total_wide += count_wide(block);
            wide.push(total_wide);
        }
        Self { line_starts, blocks, wide }
    }
}

/// The number of characters beyond U+FFFF that begin in these bytes of valid UTF-8.
fn count_wide(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|b| **b >= 0xF0).count() as u32
}

/// The number of characters that begin in these bytes of valid UTF-8.
fn count_chars(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|b| (**b & 0xC0) != 0x80).count() as u32
}

/// All source files of one compilation, by [`FileId`].
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<Arc<SourceFile>>,
}

impl SourceMap {
    /// No files yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file and gives its number.
    pub fn add(&mut self, file: SourceFile) -> FileId {
        self.files.push(Arc::new(file));
        FileId(self.files.len() as u32 - 1)
    }

    /// The file of this number, where there is one.
    pub fn get(&self, id: FileId) -> Option<&Arc<SourceFile>> {
        self.files.get(id.0 as usize)
    }

    /// The text of a span; empty where the span does not fit.
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.file).map_or("", |f| f.slice(span))
    }

    /// All files in the order of their numbers.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &Arc<SourceFile>)> {
        self.files.iter().enumerate().map(|(i, f)| (FileId(i as u32), f))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(file: &SourceFile, offset: usize) -> (u32, u32) {
        let at = file.line_column(offset as u32);
        (at.line, at.column)
    }

    #[test]
    fn columns_count_characters() {
        let file = SourceFile::new("a.wf", "let 名前 = \"😀\"\r\n\té x");
        assert_eq!(place(&file, 0), (1, 1));
        assert_eq!(place(&file, 4), (1, 5));
        assert_eq!(place(&file, 5), (1, 5), "inside a character is its beginning");
        assert_eq!(place(&file, 10), (1, 7));
        assert_eq!(place(&file, file.text().find('x').unwrap()), (2, 4));
        assert_eq!(place(&file, file.text().len()), (2, 5));
        assert_eq!(place(&file, 4_000_000_000), (2, 5));
        assert_eq!(file.line_range(0), 0..20, "without the \\n, with the \\r");
        assert_eq!(file.line_range(7), file.text().len()..file.text().len());
    }

    #[test]
    fn a_byte_order_mark_is_no_column_and_utf16_counts_units() {
        let file = SourceFile::new("a.wf", "\u{feff}a😀b\n😀\u{feff}c");
        let find = |c| file.text().find(c).unwrap();
        assert_eq!((place(&file, 0), place(&file, 3)), ((1, 1), (1, 1)));
        assert_eq!(place(&file, find('b')), (1, 3));
        assert_eq!(place(&file, find('c')), (2, 3), "only at the beginning of the file");
        let column = |c| file.utf16_column(find(c) as u32);
        assert_eq!((column('a'), column('b'), column('c')), (1, 4, 4));
        assert_eq!(file.utf16_column(u32::MAX), 5);
    }

    #[test]
    fn the_table_of_characters_agrees_with_counting() {
        let text: String = "aé名😀\n b".chars().cycle().take(3 * BLOCK).collect();
        let file = SourceFile::new("a.wf", text.clone());
        for (offset, _) in text.char_indices() {
            let start = text[..offset].rfind('\n').map_or(0, |i| i + 1);
            let line = text[..offset].matches('\n').count() as u32 + 1;
            let column = text[start..offset].chars().count() as u32 + 1;
            assert_eq!(place(&file, offset), (line, column), "at {offset}");
            let units = text[start..offset].encode_utf16().count() as u32 + 1;
            assert_eq!(file.utf16_column(offset as u32), units, "at {offset}");
        }
    }

    #[test]
    fn columns_are_quick_in_a_line_of_ten_megabytes() {
        let file = SourceFile::new("a.wf", "é".repeat(5_000_000));
        let sum: u64 =
            (0..10_000).map(|i| u64::from(file.line_column(10_000_000 - 2 * i).column)).sum();
        assert_eq!(sum, (0..10_000).map(|i| 5_000_001 - i).sum::<u64>());
    }

    #[test]
    fn clamped_spans_can_slice() {
        let file = SourceFile::new("a.wf", "a名b");
        let clamp = |start, end| file.clamp(Span::new(FileId(0), start, end));
        assert_eq!(clamp(0, 1), 0..1);
        assert_eq!(clamp(2, 3), 1..4, "the whole character");
        assert_eq!(clamp(2, 2), 1..4);
        assert_eq!(clamp(4, 4), 4..4);
        assert_eq!(clamp(4, 2), 4..4, "backwards is empty");
        assert_eq!(clamp(3, 900), 1..5);
        assert_eq!(clamp(800, 900), 5..5);
        assert_eq!(SourceFile::new("b", "").clamp(Span::new(FileId(0), 0, 9)), 0..0);
    }
}
