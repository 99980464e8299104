//! Words, and the words of other languages that are meant as ours.

use wf_diagnostics::codes::syntax;

use super::{Lexer, lookalike};
use crate::token::Kind;
use crate::words;

impl Lexer<'_> {
    /// A word. Behind a point it is a field name, whatever it is.
    pub(super) fn word(&mut self) {
        let start = self.pos;
        self.skip_word();
        if self.peek(0).is_some_and(|b| b >= 0x80) && self.foreign_name(start) {
            return;
        }
        let word = &self.text[start..self.pos];
        if self.string_prefix(start) {
            return;
        }
        let last = self.last().map(|t| t.kind);
        if matches!(last, Some(Kind::Dot | Kind::SafeDot)) {
            return self.push(Kind::Word, start);
        }
        if let Some(kind) = self.assign_word(word, last) {
            self.pos += 1;
            return self.push(kind, start);
        }
        match words::kind_of(word) {
            kind @ (Kind::Word | Kind::Function) => {
                if !self.habit_word(start, last) {
                    self.push(kind, start);
                }
            }
            Kind::For if self.counting_loop(start) => {}
            kind => self.push(kind, start),
        }
    }

    fn skip_word(&mut self) {
        self.skip(|b| b.is_ascii_alphanumeric() || b == b'_');
    }

    /// `max=`, `min=`, `or=`, `and=` behind an operand.
    fn assign_word(&self, word: &str, last: Option<Kind>) -> Option<Kind> {
        if self.peek(0) != Some(b'=') || matches!(self.peek(1), Some(b'=' | b'>')) {
            return None;
        }
        let kind = match word {
            "max" => Kind::MaxAssign,
            "min" => Kind::MinAssign,
            "or" => Kind::OrAssign,
            "and" => Kind::AndAssign,
            _ => return None,
        };
        (!self.first && last?.ends_operand()).then_some(kind)
    }

    /// A name with letters beyond ASCII, told as a whole.
    fn foreign_name(&mut self, start: usize) -> bool {
        let rest = &self.text[self.pos..];
        let length = lookalike::name_length(rest);
        if length == 0 {
            return false;
        }
        self.pos += length;
        let name = &self.text[start..self.pos];
        let told = lookalike::explain(name);
        let span = self.span(start, self.pos);
        let diagnostic = self.diagnostic(&syntax::BAD_CHARACTER, start, self.pos, told.message);
        let rule = "names are ASCII letters, digits and `_`; any other key is read with `[\"…\"]`";
        let diagnostic = match told.mend {
            Some(mend) => {
                let help = format!("write `{mend}`: {rule}");
                diagnostic.edit(span, mend, help)
            }
            None => diagnostic.help(rule),
        };
        self.tell(diagnostic);
        self.push_told(Kind::Word, start);
        true
    }

    /// A name with letters beyond ASCII that begins with one.
    pub(super) fn foreign_letter(&mut self) {
        let start = self.pos;
        self.foreign_name(start);
    }

    /// Words that people bring from other languages, where they can't be names of ours.
    fn habit_word(&mut self, start: usize, last: Option<Kind>) -> bool {
        let word = &self.text[start..self.pos];
        let at_start = self.first || matches!(last, None | Some(Kind::LBrace | Kind::RBrace));
        match word {
            "elif" | "elseif" | "elsif" | "elsIf" | "ElseIf" if last == Some(Kind::RBrace) => {
                self.tell_word(start, "write `else if`");
                self.push_told(Kind::Else, start);
                let end = self.pos;
                self.push_told(Kind::If, end);
                true
            }
            "except" | "rescue" if last == Some(Kind::RBrace) => {
                self.tell_word(start, "write `catch err {`");
                self.push_told(Kind::Catch, start);
                true
            }
            "const" | "var" if at_start && self.declares(b"=:") => {
                let help = "write `let`; what changes is declared in `variables { }`, or with \
                            `let mut` in a function; outside of them a value is a `fn` without \
                            parameters";
                self.tell_word(start, help);
                self.push_told(Kind::Let, start);
                true
            }
            "function" | "func" | "def" | "fun" if at_start && self.declares(b"(<") => {
                self.tell_word(start, "write `fn`");
                self.push_told(Kind::Fn, start);
                true
            }
            _ => false,
        }
    }

    fn tell_word(&mut self, start: usize, help: &str) {
        let word = &self.text[start..self.pos];
        let message = format!("`{word}` is no word of the language");
        let diagnostic =
            self.diagnostic(&syntax::FOREIGN_WORD, start, self.pos, message).help(help);
        self.tell(diagnostic);
    }

    /// Whether a word follows on this line, and then one of these bytes.
    fn declares(&self, then: &[u8]) -> bool {
        let rest = self.bytes.get(self.pos..).unwrap_or_default();
        let blanks = rest.iter().take_while(|b| **b == b' ').count();
        let word =
            rest[blanks..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        let more = rest[blanks + word..].iter().take_while(|b| **b == b' ').count();
        blanks > 0 && word > 0 && rest.get(blanks + word + more).is_some_and(|b| then.contains(b))
    }
}
