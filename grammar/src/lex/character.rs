//! Characters that can't stand where they do: those of word processors and of other scripts, and
//! those that nobody sees.

use wf_diagnostics::codes::syntax;

use super::{Lexer, lookalike};
use crate::token::Kind;

/// The ASCII punctuation that a character is meant as, and what it is here.
const MEANT: &[(char, &str, Kind)] = &[
    ('–', "-", Kind::Minus),
    ('—', "-", Kind::Minus),
    ('−', "-", Kind::Minus),
    ('×', "*", Kind::Star),
    ('·', "*", Kind::Star),
    ('÷', "/", Kind::Slash),
    ('≠', "!=", Kind::Ne),
    ('≤', "<=", Kind::Le),
    ('≥', ">=", Kind::Ge),
    ('…', "...", Kind::Spread),
    ('→', "->", Kind::Arrow),
    ('⇒', "=>", Kind::FatArrow),
    ('，', ",", Kind::Comma),
    ('（', "(", Kind::LParen),
    ('）', ")", Kind::RParen),
    ('［', "[", Kind::LBracket),
    ('］', "]", Kind::RBracket),
    ('＝', "=", Kind::Assign),
    ('＋', "+", Kind::Plus),
    ('．', ".", Kind::Dot),
];

impl Lexer<'_> {
    /// A text in the quotes of a word processor, up to its end or that of the line.
    fn typographic_quotes(&mut self, start: usize, open: char) {
        let from = self.pos;
        let line = &self.text[from..self.line_end()];
        let close = line.char_indices().find(|(_, c)| matches!(c, '”' | '“' | '’' | '»' | '"'));
        if let Some((at, close)) = close {
            self.pos += at + close.len_utf8();
        }
        let message = format!("`{open}` (U+{:04X}) can't stand here", u32::from(open));
        let end = start + open.len_utf8();
        let help = "strings stand in straight quotes: `\"…\"`";
        let diagnostic = self.diagnostic(&syntax::BAD_CHARACTER, start, end, message);
        let inner = close.map(|(at, _)| &line[..at]).filter(|inner| !inner.contains('\\'));
        let diagnostic = match inner {
            Some(inner) => {
                diagnostic.edit(self.span(start, self.pos), format!("\"{inner}\""), help)
            }
            None => diagnostic.help(help),
        };
        self.tell(diagnostic);
        self.push_told(Kind::Error, start);
    }

    /// Anything that begins nothing.
    pub(super) fn bad_character(&mut self) {
        let start = self.pos;
        let Some(c) = self.text[start..].chars().next() else { return };
        if lookalike::is_letter(c) {
            return self.foreign_letter();
        }
        self.pos += c.len_utf8();
        if matches!(c, '“' | '”' | '„' | '‟' | '‘' | '’' | '«') {
            return self.typographic_quotes(start, c);
        }
        if is_told(c) {
            return;
        }
        if lookalike::is_unseen(c) || c.is_whitespace() || c.is_control() {
            return self.unseen(start, c);
        }
        let meant = MEANT.iter().find(|(other, ..)| *other == c);
        let message = format!("`{c}` (U+{:04X}) can't stand here", u32::from(c));
        let diagnostic = self.diagnostic(&syntax::BAD_CHARACTER, start, self.pos, message);
        if let Some((_, ours, kind)) = meant {
            let span = self.span(start, self.pos);
            self.tell(diagnostic.edit(span, *ours, format!("write `{ours}`")));
            // What brackets balance is one byte long.
            let bracket = kind.opens() || kind.closes();
            return self.push_told(if bracket { Kind::Error } else { *kind }, start);
        }
        let help = match c {
            '»' => "strings stand in straight quotes: `\"…\"`",
            '&' => "conditions are joined by `and`, texts by a template: `\"{{ a }}{{ b }}\"`",
            '；' => "leave it out: a statement ends where its line ends",
            '：' => "write `:`",
            '^' => "there are no operators on bits; a power is written out: `n * n`",
            '~' => "texts are joined by a template: `\"{{ a }}{{ b }}\"`",
            '\\' => "a statement goes on where its line ends with an operator",
            '\'' => "strings stand in double quotes: `\"…\"`",
            _ => "outside of strings and comments the language is written in ASCII",
        };
        self.tell(diagnostic.help(help));
        self.push_told(Kind::Error, start);
    }

    /// A blank that is none, or what has no width.
    fn unseen(&mut self, start: usize, c: char) {
        let span = self.span(start, self.pos);
        let number = format!("U+{:04X}", u32::from(c));
        let diagnostic = match c.is_whitespace() && !c.is_control() {
            true => self
                .diagnostic(
                    &syntax::BAD_CHARACTER,
                    start,
                    self.pos,
                    format!("the blank {number} can't stand here"),
                )
                .edit(span, " ", "replace it by an ordinary blank"),
            false => self
                .diagnostic(
                    &syntax::BAD_CHARACTER,
                    start,
                    self.pos,
                    format!("the invisible character {number} can't stand here"),
                )
                .edit(span, "", "remove it"),
        };
        self.tell(diagnostic);
    }
}

/// Whether a character is told wherever it stands, in strings and comments too.
fn is_told(c: char) -> bool {
    c.is_ascii_control()
        || c == '\u{fffd}'
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
}
