//! Comments: where they go between two tokens.
//!
//! A comment stays between the tokens that it stands between, and behind the token in front of it
//! where it stands on its line. A comment on a line of its own keeps one.

use crate::doc::{Elem, GroupId, Line};
use crate::walk::Walk;

/// What stands between two tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    /// It is written already.
    Done,
    /// Nothing.
    None,
    /// A blank.
    Space,
    /// Nothing, or a line end.
    Soft,
    /// A blank, or a line end.
    Line,
    /// The same, and an empty line where there is one.
    Item,
    /// A blank, or a line end where that group is broken.
    IfBroken(GroupId),
    /// A blank where that group is broken, else a blank or a line end.
    UnlessBroken(GroupId),
    /// A comma between the items of a row.
    Row,
    /// A blank, or a line end where what follows has no room.
    Fill,
    /// A line end.
    Hard,
    /// A line end, and an empty line where there is one.
    Statement,
}

impl Gap {
    fn keeps_blank(self) -> bool {
        matches!(self, Gap::Item | Gap::Statement)
    }

    fn is_tight(self) -> bool {
        matches!(self, Gap::None | Gap::Done)
    }
}

impl Walk<'_> {
    /// Writes what stands in front of the current token.
    pub(crate) fn gap(&mut self, want: Gap) {
        if want != Gap::Done {
            let rest = self.notes(want);
            self.line(rest);
        }
    }

    /// Writes the comments in front of the current token; gives what is to stand behind them.
    pub(crate) fn notes(&mut self, want: Gap) -> Gap {
        let token = self.source.token(self.at);
        let notes = token.notes.clone();
        let open = std::mem::take(&mut self.line_is_open);
        if notes.is_empty() {
            let joins = want.is_tight() || want == Gap::Space;
            return if open && joins { Gap::Hard } else { want };
        }
        let all = &self.source.notes[notes.clone()];
        let last = &all[all.len() - 1];
        let in_line =
            token.newlines == 0 && all.iter().all(|note| note.newlines == 0 && !note.is_line);
        let text = self.source.token_text(self.at);
        let closes = matches!(text, ")" | "]" | "}" | ">" | "," | "");
        let before = self.at.checked_sub(1).map_or("", |at| self.source.token_text(at));
        let opened = matches!(before, "(" | "[" | "<" | "");
        if in_line && !closes {
            // It goes with what it stands in front of.
            if open {
                self.hard(false);
            } else if before.is_empty() {
                // The file begins with it.
            } else if want.is_tight() && !opened {
                self.doc.push(Elem::Static(" "));
            } else {
                self.line(want);
            }
            for at in notes {
                self.note(at);
                self.doc.push(Elem::Static(" "));
            }
            return Gap::None;
        }
        let block_start = opened || before == "{";
        for (number, at) in notes.enumerate() {
            let note = &self.source.notes[at];
            if note.newlines == 0 && !(open && number == 0) {
                let tight = opened && (want.is_tight() || want == Gap::Soft);
                if number > 0 || !tight || (note.is_line && !before.is_empty()) {
                    self.doc.push(Elem::Static(" "));
                }
            } else if number > 0 || !before.is_empty() {
                let keeps = text != "," && (want.keeps_blank() || number > 0 || closes);
                let blank = note.newlines > 1 && keeps && !(number == 0 && block_start);
                self.hard(blank);
            }
            self.note(at);
        }
        let blank = want.keeps_blank() && token.newlines > 1;
        let ended = if blank { Gap::Statement } else { Gap::Hard };
        let own_line = all.iter().any(|note| note.newlines > 0);
        if last.is_line || (own_line && token.newlines > 0) {
            ended
        } else if !closes && (own_line || want == Gap::None) {
            Gap::Space
        } else {
            want
        }
    }

    fn note(&mut self, at: usize) {
        let note = &self.source.notes[at];
        self.doc.push(Elem::Note(at));
        if note.is_line || self.source.slice(note.start, note.end).contains('\n') {
            self.doc.force();
        }
    }

    fn hard(&mut self, blank: bool) {
        self.doc.force();
        self.doc.push(Elem::Line(if blank { Line::Blank } else { Line::Hard }));
    }

    /// Writes what stands between two tokens, or behind a comment.
    pub(crate) fn line(&mut self, gap: Gap) {
        let blank = self.source.token(self.at).newlines > 1;
        let line = match gap {
            Gap::Done | Gap::None => return,
            Gap::Space => return self.doc.push(Elem::Static(" ")),
            Gap::Soft => Line::Soft,
            Gap::Item if blank => return self.hard(true),
            Gap::Line | Gap::Item => Line::Space,
            Gap::IfBroken(group) => Line::IfBroken(group),
            Gap::UnlessBroken(group) => Line::UnlessBroken(group),
            Gap::Row => Line::Row,
            Gap::Fill => Line::Fill,
            Gap::Hard => return self.hard(false),
            Gap::Statement => return self.hard(blank),
        };
        self.doc.push(Elem::Line(line));
    }
}

/// Whether each line of a comment but the first begins with `*`, so that they can be lined up.
pub(crate) fn is_starred(text: &str) -> bool {
    text.lines().skip(1).all(|line| line.trim_start().starts_with('*'))
}
