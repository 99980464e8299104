//! Patterns of `match`.

use wf_grammar::ast::{Pattern, PatternKind};

use crate::comment::Gap;
use crate::doc::{Elem, Hug, Indent};
use crate::walk::Walk;

impl Walk<'_> {
    /// A pattern.
    pub(crate) fn pattern(&mut self, gap: Gap, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Or(forms) => {
                self.gap(gap);
                self.doc.begin(Hug::No);
                for (number, form) in forms.iter().enumerate() {
                    if number == 1 {
                        self.doc.push(Elem::Indent(Indent::Broken));
                    }
                    if number > 0 {
                        self.keep_line();
                        self.word(Gap::Line, "|");
                        self.keep_line();
                    }
                    self.pattern(if number > 0 { Gap::Space } else { Gap::Done }, form);
                }
                self.doc.push(Elem::Dedent);
                self.doc.end();
            }
            PatternKind::Typed(ty, name) => {
                self.ty(gap, ty);
                self.name(Gap::Space, name);
            }
            PatternKind::Error => self.fail(),
            _ => self.tight(gap, pattern.span.end),
        }
    }
}
