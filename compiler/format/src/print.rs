//! The printer: decides which groups are broken, and writes.

use unicode_width::UnicodeWidthStr;

use crate::comment;
use crate::doc::{Doc, Elem, GroupId, Hug, Indent, Line};
use crate::source::Source;
use crate::{INDENT, WIDTH};

/// How a group is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// On one line.
    Flat,
    /// All but its last part on one line.
    Hugging,
    /// With its line ends.
    Broken,
}

struct Printer<'a> {
    source: &'a Source<'a>,
    doc: &'a Doc,
    out: String,
    /// How many columns of the current line are filled.
    column: usize,
    /// Whether the indentation of the current line is still to be written.
    fresh: bool,
    /// How far the current line is indented.
    line_indent: usize,
    /// How far the next one will be.
    indent: usize,
    /// How much each open indentation adds.
    indents: Vec<usize>,
    /// The modes of the open groups.
    frames: Vec<Mode>,
    /// The modes of all groups so far.
    modes: Vec<Mode>,
    /// The groups within what is being measured; kept to save its memory.
    measured: Vec<Mode>,
}

/// The document as text.
pub(crate) fn print(source: &Source<'_>, doc: &Doc) -> String {
    let mut printer = Printer {
        source,
        doc,
        out: String::with_capacity(source.text.len() + source.text.len() / 8),
        column: 0,
        fresh: true,
        line_indent: 0,
        indent: 0,
        indents: Vec::new(),
        frames: Vec::new(),
        modes: vec![Mode::Flat; doc.groups.len()],
        measured: Vec::new(),
    };
    for at in 0..doc.elems.len() {
        printer.elem(at);
    }
    let mut out = printer.out;
    out.truncate(out.trim_end_matches([' ', '\t', '\n', '\r']).len());
    if !out.is_empty() {
        out.push_str(source.line_end);
    }
    out
}

impl Printer<'_> {
    fn elem(&mut self, at: usize) {
        match self.doc.elems[at] {
            Elem::Text(start, end) => self.source_text(start, end),
            Elem::Note(note) => self.note(note),
            Elem::Static(text) => self.text(text),
            Elem::Pad(blanks) if self.mode() == Mode::Broken => {
                self.out.extend(std::iter::repeat_n(' ', blanks));
                self.column += blanks;
            }
            Elem::Comma if self.mode() != Mode::Broken => self.text(","),
            Elem::Pad(_) | Elem::Comma | Elem::Hug => {}
            Elem::Line(line) => self.line(line, at),
            Elem::Indent(when) => {
                let holds = self.mode() == Mode::Broken
                    && match when {
                        Indent::Broken => true,
                        Indent::Unless(group) => self.mode_of(group) == Mode::Flat,
                    };
                let more = if holds { INDENT } else { 0 };
                self.indents.push(more);
                self.indent += more;
            }
            Elem::Dedent => self.indent -= self.indents.pop().unwrap_or(0),
            Elem::Group(group) => {
                let mode = self.decide(group, at);
                self.modes[group as usize] = mode;
                self.frames.push(mode);
            }
            Elem::End => {
                self.frames.pop();
            }
        }
    }

    /// The mode of the innermost group.
    fn mode(&self) -> Mode {
        self.frames.last().copied().unwrap_or(Mode::Broken)
    }

    fn mode_of(&self, group: GroupId) -> Mode {
        self.modes.get(group as usize).copied().unwrap_or(Mode::Flat)
    }

    fn decide(&mut self, group: GroupId, at: usize) -> Mode {
        let about = self.doc.groups[group as usize];
        if about.forced {
            return Mode::Broken;
        }
        if !about.forced_inside && self.fits(at, Mode::Flat) {
            return Mode::Flat;
        }
        let may_hug = match about.hug {
            Hug::No => false,
            Hug::Forced => about.forced_inside,
            Hug::Long => true,
        };
        if may_hug && self.fits(at, Mode::Hugging) { Mode::Hugging } else { Mode::Broken }
    }

    /// Whether the group that begins here has room on this line in such a mode, up to where a line
    /// may end behind it, or in the part that it hugs.
    fn fits(&mut self, at: usize, mode: Mode) -> bool {
        let mut measured = std::mem::take(&mut self.measured);
        measured.clear();
        let fits = self.measure(at, mode, &mut measured);
        self.measured = measured;
        fits
    }

    fn measure(&self, at: usize, mode: Mode, measured: &mut Vec<Mode>) -> bool {
        let mut room =
            WIDTH.saturating_sub(if self.fresh { self.line_indent } else { self.column });
        let mut outer = self.frames.len();
        // Whether any line end will do: in the part that is hugged, and behind what is measured.
        let mut free = false;
        let mut ended = false;
        measured.push(mode);
        for elem in &self.doc.elems[at + 1..] {
            let inner = measured.last().copied();
            let mode = inner.unwrap_or_else(|| match outer {
                0 => Mode::Broken,
                _ => self.frames[outer - 1],
            });
            let width = match *elem {
                Elem::Group(group) => {
                    if !free && self.doc.groups[group as usize].forced {
                        return false;
                    }
                    measured.push(if free { Mode::Broken } else { Mode::Flat });
                    0
                }
                Elem::End => {
                    if measured.pop().is_none() {
                        outer = outer.saturating_sub(1);
                    }
                    ended |= measured.is_empty();
                    free |= ended;
                    0
                }
                Elem::Hug => {
                    free |= mode == Mode::Hugging && measured.len() == 1 && !ended;
                    0
                }
                Elem::Text(start, end) => {
                    let text = self.source.slice(start, end);
                    match text.find('\n') {
                        Some(line) => return width_of(&text[..line]) <= room,
                        None => width_of(text),
                    }
                }
                Elem::Note(note) => {
                    let note = &self.source.notes[note];
                    let text = self.source.slice(note.start, note.end);
                    if note.is_line || text.contains('\n') {
                        return true;
                    }
                    width_of(text)
                }
                Elem::Static(text) => text.len(),
                Elem::Pad(blanks) if mode == Mode::Broken => blanks,
                Elem::Comma if mode != Mode::Broken => 1,
                Elem::Pad(_) | Elem::Comma | Elem::Indent(_) | Elem::Dedent => 0,
                Elem::Line(line) => match self.flat_width(line, mode) {
                    Some(width) => width,
                    None => return true,
                },
            };
            match room.checked_sub(width) {
                Some(rest) => room = rest,
                None => return false,
            }
        }
        true
    }

    /// How wide a place is where a line may end; `None` where it ends.
    fn flat_width(&self, line: Line, mode: Mode) -> Option<usize> {
        let broken = mode == Mode::Broken;
        match line {
            Line::Hard | Line::Blank => None,
            Line::IfBroken(group) => (self.mode_of(group) != Mode::Broken).then_some(1),
            Line::UnlessBroken(group) if self.mode_of(group) != Mode::Flat => Some(1),
            Line::Soft => (!broken).then_some(0),
            Line::Space | Line::Fill | Line::UnlessBroken(_) => (!broken).then_some(1),
            Line::Row => (!broken).then_some(2),
        }
    }

    fn line(&mut self, line: Line, at: usize) {
        match (line, self.flat_width(line, self.mode())) {
            (Line::Row | Line::Fill, width) => {
                let between = if matches!(line, Line::Row) { ", " } else { " " };
                // Behind an item another comma may stand.
                if width.is_some() || self.column + between.len() + self.next_width(at) < WIDTH {
                    self.text(between);
                } else {
                    self.newline();
                }
            }
            (Line::Blank, _) => {
                self.newline();
                self.newline();
            }
            (_, None) => self.newline(),
            (_, Some(0)) => {}
            (_, Some(_)) => self.text(" "),
        }
    }

    /// How wide the texts are that follow up to the next place where a line may end.
    fn next_width(&self, at: usize) -> usize {
        let next = self.doc.elems[at + 1..].iter().map_while(|elem| match elem {
            Elem::Text(start, end) => Some(width_of(self.source.slice(*start, *end))),
            Elem::Static(text) => Some(text.len()),
            _ => None,
        });
        next.sum()
    }

    fn newline(&mut self) {
        self.out.push_str(self.source.line_end);
        self.column = 0;
        self.fresh = true;
        self.line_indent = self.indent;
    }

    fn start_line(&mut self) {
        if std::mem::take(&mut self.fresh) {
            self.out.extend(std::iter::repeat_n(' ', self.line_indent));
            self.column = self.line_indent;
        }
    }

    fn text(&mut self, text: &str) {
        if self.fresh && text == " " {
            return;
        }
        self.start_line();
        self.out.push_str(text);
        self.column += width_of(text);
    }

    /// A token; only those of strings have several lines.
    fn source_text(&mut self, start: u32, end: u32) {
        let text = self.source.slice(start, end);
        if !text.contains('\n') {
            return self.text(text);
        }
        self.start_line();
        // A `\r` in front of `\r\n` belongs to the text, so its line ends are left as they are.
        if text.contains("\r\r\n") {
            self.out.push_str(text);
        } else {
            self.lines(text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)));
        }
        self.column = width_of(text.rsplit('\n').next().unwrap_or(""));
    }

    fn note(&mut self, note: usize) {
        let note = &self.source.notes[note];
        let text = self.source.slice(note.start, note.end);
        if !text.contains('\n') {
            return self.text(text);
        }
        self.start_line();
        let indent = if comment::is_starred(text) { Some(self.indent + 1) } else { None };
        for (at, line) in text.split('\n').enumerate() {
            if at > 0 {
                self.newline();
                self.fresh = false;
            }
            let mut line = line.trim_end();
            if let Some(indent) = indent.filter(|_| at > 0) {
                self.out.extend(std::iter::repeat_n(' ', indent));
                self.column += indent;
                line = line.trim_start();
            }
            self.out.push_str(line);
            self.column += width_of(line);
        }
    }

    fn lines<'t>(&mut self, lines: impl Iterator<Item = &'t str>) {
        for (at, line) in lines.enumerate() {
            if at > 0 {
                self.out.push_str(self.source.line_end);
            }
            self.out.push_str(line);
        }
    }
}

/// How many columns a text takes.
fn width_of(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}
