//! Punctuation, and the punctuation of other languages that is meant as ours.

use wf_diagnostics::codes::syntax;

use super::Lexer;
use crate::token::Kind;

impl Lexer<'_> {
    /// Anything that is no word, number, string or comment.
    pub(super) fn punctuation(&mut self, byte: u8) {
        let next = self.peek(1);
        let is_foreign = match byte {
            b'{' => self.tag(),
            b'$' => self.dollar_root(),
            b'-' | b'<' => self.line_of_comment(),
            b'/' => self.regular_expression(),
            b'!' if next != Some(b'=') => self.assertion(),
            _ => false,
        };
        if is_foreign {
            return;
        }
        let (kind, length) = match (byte, next) {
            (b'{', _) => {
                if let Some(mode) = self.modes.last_mut() {
                    mode.braces += 1;
                }
                (Kind::LBrace, 1)
            }
            (b'}', _) => return self.closing_brace(),
            (b'(', _) => (Kind::LParen, 1),
            (b')', _) => (Kind::RParen, 1),
            (b'[', _) => (Kind::LBracket, 1),
            (b']', _) => (Kind::RBracket, 1),
            (b',', _) => (Kind::Comma, 1),
            (b':', _) => return self.colon(),
            (b'.', _) => return self.dots(),
            (b'=', Some(b'=')) if self.peek(2) == Some(b'=') => {
                return self.foreign(Kind::Eq, 3, "write `==`");
            }
            (b'=', Some(b'=')) => (Kind::Eq, 2),
            (b'=', Some(b'>')) => (Kind::FatArrow, 2),
            (b'=', _) => (Kind::Assign, 1),
            (b'!', Some(b'=')) if self.peek(2) == Some(b'=') => {
                return self.foreign(Kind::Ne, 3, "write `!=`");
            }
            (b'!', Some(b'=')) => (Kind::Ne, 2),
            (b'!', _) => return self.foreign(Kind::Not, 1, "write `not`"),
            (b'<', Some(b'=')) => (Kind::Le, 2),
            (b'<', Some(b'>')) => return self.foreign(Kind::Ne, 2, "write `!=`"),
            (b'<', _) => (Kind::Lt, 1),
            (b'>', Some(b'=')) => (Kind::Ge, 2),
            (b'>', _) => (Kind::Gt, 1),
            (b'-', Some(b'>')) => (Kind::Arrow, 2),
            (b'+', Some(b'=')) => (Kind::AddAssign, 2),
            (b'+', Some(b'+')) => return self.increment(),
            (b'-' | b'*' | b'/' | b'%', Some(b'=')) => {
                let sign = char::from(byte);
                let help = format!(
                    "write `x = x {sign} …`; only `+=`, `max=`, `min=`, `or=` and `and=` merge"
                );
                return self.foreign(Kind::AddAssign, 2, &help);
            }
            (b'+', _) => (Kind::Plus, 1),
            (b'-', _) => (Kind::Minus, 1),
            (b'*', _) => (Kind::Star, 1),
            (b'/', _) => (Kind::Slash, 1),
            (b'%', _) => (Kind::Percent, 1),
            (b'?', Some(b'?')) => (Kind::Coalesce, 2),
            (b'?', Some(b'.')) if self.peek(2) != Some(b'.') => (Kind::SafeDot, 2),
            (b'?', _) => (Kind::Question, 1),
            (b'|', Some(b'|')) => {
                return self.foreign(Kind::Or, 2, "write `or`; a value for null is `x ?? …`");
            }
            (b'|', Some(b'>')) => return self.foreign(Kind::Pipe, 2, "write `|`"),
            (b'|', _) => (Kind::Pipe, 1),
            (b'&', Some(b'&')) => return self.foreign(Kind::And, 2, "write `and`"),
            (b'@', _) => (Kind::At, 1),
            (b';', _) => {
                let help = "leave it out: a statement ends where its line ends";
                return self.foreign(Kind::Newline, 1, help);
            }
            (b'\'' | b'`', _) if self.foreign_quotes(byte) => return,
            (b'$', Some(b)) if b.is_ascii_alphabetic() || b == b'_' => return self.dollar_name(),
            (b'#', _) => return self.hash(),
            _ => return self.bad_character(),
        };
        let start = self.pos;
        self.pos += length;
        self.push(kind, start);
    }

    fn closing_brace(&mut self) {
        let next = self.peek(1);
        match self.modes.last_mut() {
            Some(mode) if mode.braces > 0 => mode.braces -= 1,
            Some(_) if next == Some(b'}') => return self.end_template(),
            _ => {}
        }
        let start = self.pos;
        self.pos += 1;
        self.push(Kind::RBrace, start);
    }

    /// A colon makes the word before it a key, whatever it is.
    fn colon(&mut self) {
        if let Some(last) = self.out.tokens.last_mut()
            && last.kind.is_word()
        {
            last.kind = Kind::Key;
        }
        let start = self.pos;
        self.pos += 1;
        self.push(Kind::Colon, start);
    }

    fn dots(&mut self) {
        let start = self.pos;
        let rest = &self.bytes[start..];
        let (kind, length) = if rest.starts_with(b"...") {
            (Kind::Spread, 3)
        } else if rest.starts_with(b"..=") && !rest.starts_with(b"..==") {
            (Kind::RangeIncl, 3)
        } else if rest.starts_with(b"..") {
            (Kind::Range, 2)
        } else if self.peek(1).is_some_and(|b| b.is_ascii_digit())
            && !self.last().is_some_and(|t| t.kind.ends_operand() && !self.first)
        {
            return self.bare_fraction();
        } else {
            (Kind::Dot, 1)
        };
        self.pos += length;
        self.push(kind, start);
    }

    /// `.5`
    fn bare_fraction(&mut self) {
        let start = self.pos;
        self.pos += 1;
        while self.peek(0).is_some_and(|b| b.is_ascii_digit()) {
            self.pos += 1;
        }
        let text = &self.text[start..self.pos];
        let diagnostic = self
            .diagnostic(&syntax::BAD_NUMBER, start, self.pos, format!("`{text}` is no number"))
            .help(format!("write `0{text}`: a number has digits on both sides of its point"));
        self.tell(diagnostic);
        self.push_told(Kind::Error, start);
    }

    /// An operator of other languages: told, and read as the one that is meant.
    fn foreign(&mut self, meant: Kind, length: usize, help: &str) {
        let start = self.pos;
        self.pos += length;
        let text = &self.text[start..self.pos];
        let message = if text == ";" {
            "there are no semicolons".to_owned()
        } else {
            format!("`{text}` is no operator of the language")
        };
        let diagnostic = self.diagnostic(&syntax::FOREIGN_OPERATOR, start, self.pos, message);
        let span = self.span(start, self.pos);
        let diagnostic = match mend(meant, text) {
            Some(mend) => diagnostic.edit(span, mend, help),
            None => diagnostic.help(help),
        };
        self.tell(diagnostic);
        self.push_told(meant, start);
    }

    /// `x++`
    fn increment(&mut self) {
        let end = self.pos + 2;
        self.foreign(Kind::AddAssign, 2, "write `+= 1`");
        self.push_told(Kind::Error, end);
    }

    /// A text in single quotes or back quotes, if it ends on its line.
    fn foreign_quotes(&mut self, quote: u8) -> bool {
        let start = self.pos;
        if self.bytes[start..].starts_with(&[quote, quote, quote]) {
            return self.triple_quotes(quote);
        }
        let rest = &self.bytes[start + 1..];
        let Some(length) = rest.iter().take_while(|b| **b != b'\n').position(|b| *b == quote)
        else {
            return false;
        };
        self.pos = start + length + 2;
        let inner = &self.text[start + 1..self.pos - 1];
        let mend = match quote == b'`' {
            true => format!("\"{}\"", templates(inner)),
            false => format!("\"{inner}\""),
        };
        let message = "strings stand in double quotes";
        let diagnostic = self.diagnostic(&syntax::FOREIGN_QUOTES, start, self.pos, message);
        let diagnostic = match inner.len() <= 80 && !inner.contains(['"', '\\']) {
            true => {
                let help = format!("write `{mend}`");
                diagnostic.edit(self.span(start, self.pos), mend, help)
            }
            false => diagnostic.help("put it in double quotes"),
        };
        self.tell(diagnostic);
        self.push_told(Kind::Error, start);
        true
    }

    /// `'''a'''`: a text in three single or back quotes.
    fn triple_quotes(&mut self, quote: u8) -> bool {
        let start = self.pos;
        let mark = [quote; 3];
        let rest = &self.bytes[start + 3..];
        let Some(length) = rest.windows(3).position(|three| three == mark) else { return false };
        self.pos = start + length + 6;
        let message = "a text of several lines stands in three double quotes";
        let diagnostic = self
            .diagnostic(&syntax::FOREIGN_QUOTES, start, start + 3, message)
            .help("write `\"\"\"` at both ends");
        self.tell(diagnostic);
        self.push_told(Kind::Error, start);
        true
    }

    /// `$json`
    fn dollar_name(&mut self) {
        let start = self.pos;
        self.pos += 1;
        while self.peek(0).is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_') {
            self.pos += 1;
        }
        let name = &self.text[start..self.pos];
        let diagnostic = self
            .diagnostic(
                &syntax::DOLLAR_NAME,
                start,
                self.pos,
                format!("`{name}` is no name: names have no `$`"),
            )
            .help(Self::root_help(name));
        self.tell(diagnostic);
        self.push_told(Kind::Error, start);
    }

    /// `{{#each xs}}` in a string.
    fn block_template(&mut self, start: usize) -> bool {
        let end = self.text[start..self.line_end()].find("}}");
        let (true, Some(length)) = (self.text[..start].ends_with("{{"), end) else { return false };
        self.pos = start + length;
        let shown = &self.text[start - 2..self.pos + 2];
        let message = format!("`{shown}` is no template of the language");
        let help = "a template holds an expression: `{{ if c { \"a\" } else { \"b\" } }}`; \
                    a list is joined by `{{ xs | map(x => \"…\") | join(\"\") }}`";
        let diagnostic =
            self.diagnostic(&syntax::BAD_CHARACTER, start - 2, self.pos + 2, message).help(help);
        self.tell(diagnostic);
        self.push_told(Kind::Error, start);
        true
    }

    /// `# comment`
    fn hash(&mut self) {
        let start = self.pos;
        if self.block_template(start) {
            return;
        }
        let diagnostic = self
            .diagnostic(&syntax::BAD_CHARACTER, start, start + 1, "`#` can't stand here")
            .help(match self.bytes.get(start..start + 3) == Some(b"#!/") {
                true => "leave the line out: a file is run by `wf run FILE`",
                false => "a comment begins with `//`",
            });
        self.tell(diagnostic);
        self.pos = self.line_end();
    }
}

/// What is written for an operator of other languages, where it is the same but for its spelling.
fn mend(meant: Kind, text: &str) -> Option<&'static str> {
    Some(match (meant, text) {
        (Kind::Eq, _) => "==",
        (Kind::Ne, _) => "!=",
        (Kind::Not, _) => "not ",
        (Kind::And, _) => "and",
        (Kind::Or, _) => "or",
        (_, ";") => "",
        _ => return None,
    })
}

/// A text with `${x}` as `{{ x }}`.
fn templates(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let Some(length) = rest[at + 2..].find('}') else { break };
        out.push_str(&rest[..at]);
        out.push_str(&format!("{{{{ {} }}}}", rest[at + 2..at + 2 + length].trim()));
        rest = &rest[at + 3 + length..];
    }
    out.push_str(rest);
    out
}
