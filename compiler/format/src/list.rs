//! Lists in brackets: fields, entries, items, arguments, parameters, arms.
//!
//! A list that was written on several lines stays so, each item on a line of its own and without
//! commas; one that was written on one line is broken only where it is too long.

use wf_grammar::LexemeKind;

use crate::comment::Gap;
use crate::doc::{Elem, Hug, Indent};
use crate::walk::Walk;

/// How a list is written.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// What stands behind the opening bracket and in front of the closing one on one line.
    pub(crate) pad: Gap,
    /// What stands between the brackets where there is nothing.
    pub(crate) empty: Gap,
    /// Whether a line end may stand for a comma.
    pub(crate) drops_commas: bool,
    /// Whether a comma behind the last item stays.
    pub(crate) keeps_last_comma: bool,
    /// Whether a `{` at the beginning of a line begins an item; else it goes on with the line before.
    pub(crate) brace_begins: bool,
    /// Whether the last item may be hugged.
    pub(crate) hug: bool,
    /// Whether the items are so simple that several stand on a line of a list of several lines.
    pub(crate) rows: bool,
}

impl Shape {
    /// `{ … }` with entries, fields or arms.
    pub(crate) const BRACES: Shape = Shape {
        pad: Gap::Line,
        empty: Gap::None,
        drops_commas: true,
        keeps_last_comma: false,
        brace_begins: false,
        hug: false,
        rows: false,
    };
    /// `( … )` and `[ … ]`.
    pub(crate) const BRACKETS: Shape =
        Shape { pad: Gap::Soft, brace_begins: true, ..Shape::BRACES };
    /// `< … >`, which are no brackets to the parser: outside of others a line end ends the item.
    pub(crate) const ANGLES: Shape = Shape { pad: Gap::Soft, drops_commas: false, ..Shape::BRACES };
    /// The selectors of `[ … ]` behind an operand.
    pub(crate) const SELECTORS: Shape = Shape { drops_commas: false, ..Shape::BRACKETS };
    /// `{ … }` of a declaration, or of the inputs of a step: `{ }` where it is empty.
    pub(crate) const BLOCK: Shape = Shape { empty: Gap::Space, ..Shape::BRACES };
}

impl Walk<'_> {
    /// Writes a list from its opening bracket to its closing one.
    pub(crate) fn list<T>(
        &mut self,
        gap: Gap,
        shape: Shape,
        items: &[T],
        mut each: impl FnMut(&mut Self, Gap, &T),
    ) {
        self.gap(gap);
        self.doc.begin(if shape.hug { Hug::Long } else { Hug::No });
        self.token(Gap::Done);
        self.doc.push(Elem::Indent(Indent::Broken));
        if !items.is_empty() {
            self.keep_line();
        }
        for (number, item) in items.iter().enumerate() {
            let between = if number == 0 { shape.pad } else { self.separator(shape) };
            let last = number + 1 == items.len();
            if shape.hug && last {
                self.gap(between);
                self.doc.hug();
                each(self, Gap::Done, item);
                self.doc.end_hug();
            } else {
                each(self, between, item);
            }
        }
        let pad = if items.is_empty() { shape.empty } else { shape.pad };
        if self.is_comma() && shape.keeps_last_comma {
            self.token(Gap::None);
        } else if self.is_comma() {
            let rest = self.notes(Gap::None);
            self.line_is_open = rest == Gap::Hard;
            self.skip();
        }
        let rest = self.notes(pad);
        self.doc.push(Elem::Dedent);
        self.line(rest);
        self.token(Gap::Done);
        self.doc.end();
    }

    /// What separates two items: a comma or a line end. Gives what is to stand in front of the
    /// second one.
    fn separator(&mut self, shape: Shape) -> Gap {
        let before = self.source.token(self.at.saturating_sub(1)).lexeme;
        let mut new_line = self.on_new_line();
        if !self.is_comma() {
            self.doc.force();
            return Gap::Item;
        }
        // Without the comma it would document what stands behind it.
        let notes = self.source.token(self.at).notes.clone();
        let documents = self.source.notes[notes].iter().any(|note| note.is_doc);
        let rest = self.notes(Gap::None);
        self.skip();
        new_line |= self.on_new_line();
        let after = self.source.token(self.at).lexeme;
        let brace = after.kind == LexemeKind::Open && self.is("{");
        let separates = !before.wants_more && !after.goes_on && (shape.brace_begins || !brace);
        if new_line {
            self.doc.force();
        } else if shape.rows {
            return Gap::Row;
        }
        if shape.drops_commas && separates && !documents {
            self.doc.push(Elem::Comma);
            self.line_is_open = rest == Gap::Hard;
        } else {
            self.line(rest);
            self.doc.push(Elem::Static(","));
        }
        Gap::Item
    }

    /// Writes `(` … `)` or the like around one thing, each on lines of its own where it is too
    /// long, or hugged.
    pub(crate) fn around(&mut self, gap: Gap, hug: bool, inside: impl FnOnce(&mut Self, Gap)) {
        let mut inside = Some(inside);
        let shape = Shape { hug, ..Shape::SELECTORS };
        self.list(gap, shape, &[()], |walk, gap, ()| {
            if let Some(inside) = inside.take() {
                inside(walk, gap);
            }
        });
    }

    /// Writes a place where the line always ends, if this is not the first part of its block.
    pub(crate) fn between_statements(&mut self, number: usize) -> Gap {
        self.free();
        if number == 0 { Gap::Line } else { Gap::Statement }
    }
}
