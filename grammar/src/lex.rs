//! The lexer: one linear pass from text to tokens and comments, with a stack for templates.

mod character;
mod foreign;
mod lookalike;
mod number;
mod punctuation;
mod string;
mod word;

use wf_diagnostics::{Code, Diagnostic, Diagnostics, FileId, Span, codes::syntax};

use crate::ast::{Comment, CommentKind};
use crate::token::{Kind, Token};

/// No file has more diagnostics than this from the lexer; what follows is noise.
const MAX_DIAGNOSTICS: usize = 200;

/// How many bytes are looked at together for those that nobody sees.
const BLOCK: usize = 64;

/// What the lexer gives.
pub(crate) struct Lexed {
    /// The tokens, without line ends; brackets may be out of balance.
    pub(crate) tokens: Vec<Token>,
    /// All comments, in order.
    pub(crate) comments: Vec<Comment>,
    /// What could not be read.
    pub(crate) diagnostics: Diagnostics,
    /// Whether a part of the text was swallowed by an open string or comment, so that brackets
    /// out of balance are no news.
    pub(crate) swallowed: bool,
}

/// A template that is being read.
struct Mode {
    /// Whether the string is a `"""` one.
    multi: bool,
    /// The offset of the first quote.
    string_start: usize,
    /// The offset of the `{{`.
    template_start: usize,
    /// How many tokens there were before the string.
    tokens: usize,
    /// Open braces inside of the template.
    braces: u32,
}

/// The state of the pass.
pub(crate) struct Lexer<'a> {
    file: FileId,
    text: &'a str,
    bytes: &'a [u8],
    pos: usize,
    /// Whether a line ended since the last token.
    first: bool,
    /// Whether an open string on this line is already told.
    line_told: bool,
    modes: Vec<Mode>,
    out: Lexed,
}

/// Reads the whole text.
pub(crate) fn lex(file: FileId, text: &str) -> Lexed {
    let out = Lexed {
        tokens: Vec::with_capacity(text.len() / 4),
        comments: Vec::new(),
        diagnostics: Vec::new(),
        swallowed: false,
    };
    let bytes = text.as_bytes();
    let pos = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut lexer =
        Lexer { file, text, bytes, pos, first: false, line_told: false, modes: Vec::new(), out };
    lexer.scan_invisible();
    lexer.run();
    lexer.out
}

impl Lexer<'_> {
    fn run(&mut self) {
        while let Some(byte) = self.peek(0) {
            match byte {
                b' ' | b'\t' | b'\r' => self.skip(|b| matches!(b, b' ' | b'\t' | b'\r')),
                b'\n' => self.newline(),
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(),
                b'0'..=b'9' => self.number(),
                b'"' => self.string(),
                b'/' if self.peek(1) == Some(b'/') => self.line_comment(),
                b'/' if self.peek(1) == Some(b'*') => self.block_comment(),
                _ => self.punctuation(byte),
            }
        }
        self.break_templates(true);
    }

    /// The byte `ahead` bytes further on.
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.pos + ahead).copied()
    }

    /// Goes on over all bytes of a kind.
    fn skip(&mut self, is: impl Fn(u8) -> bool) {
        let rest = self.bytes.get(self.pos..).unwrap_or_default();
        self.pos += rest.iter().position(|b| !is(*b)).unwrap_or(rest.len());
    }

    fn last(&self) -> Option<&Token> {
        self.out.tokens.last()
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start as u32, end as u32)
    }

    /// Adds a token from `start` to here.
    fn push(&mut self, kind: Kind, start: usize) {
        self.push_token(kind, start, false);
    }

    /// Adds a token about which something is told.
    fn push_told(&mut self, kind: Kind, start: usize) {
        self.push_token(kind, start, true);
    }

    fn push_token(&mut self, kind: Kind, start: usize, told: bool) {
        let (first, end) = (self.first, self.pos as u32);
        self.first = false;
        self.out.tokens.push(Token { kind, first, told, start: start as u32, end });
    }

    /// Tells something, unless too much is told already.
    fn tell(&mut self, diagnostic: Diagnostic) {
        if self.out.diagnostics.len() < MAX_DIAGNOSTICS {
            self.out.diagnostics.push(diagnostic);
        }
    }

    fn diagnostic(
        &self,
        code: &'static Code,
        start: usize,
        end: usize,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::new(code, self.span(start, end), message)
    }

    fn newline(&mut self) {
        if !self.modes.is_empty() {
            self.break_templates(false);
        }
        self.first = true;
        self.line_told = false;
        self.pos += 1;
    }

    /// At the end of a line (or of the text) a template in a string of one line is broken: the
    /// whole string becomes one unreadable token.
    fn break_templates(&mut self, at_end: bool) {
        let Some(broken) = self.modes.iter().position(|mode| !mode.multi || at_end) else { return };
        let mode = &self.modes[broken];
        let (start, template, tokens, multi) =
            (mode.string_start, mode.template_start, mode.tokens, mode.multi);
        if !self.line_told {
            let help = if multi {
                "add the missing `}}`"
            } else {
                "add the missing `}}`, or use a `\"\"\"` string, whose templates may span lines"
            };
            let diagnostic = self
                .diagnostic(
                    &syntax::UNTERMINATED_STRING,
                    template,
                    template + 2,
                    "this `{{` is never closed",
                )
                .label("opened here")
                .with(self.span(start, start + 1), "in the string that begins here")
                .help(help);
            self.tell(diagnostic);
        }
        self.line_told = true;
        self.out.swallowed |= multi || self.out.tokens[tokens..].iter().any(|t| t.kind.closes());
        self.modes.truncate(broken);
        self.first = self.out.tokens.get(tokens).map_or(self.first, |t| t.first);
        self.out.tokens.truncate(tokens);
        self.push_told(Kind::Error, start);
        self.trim_closers();
    }

    /// Gives back the closing brackets at the end of a line that a broken string has swallowed.
    fn trim_closers(&mut self) {
        let Some(token) = self.out.tokens.last_mut() else { return };
        let swallowed = &self.text[token.start as usize..self.pos];
        let closers = ['}', ')', ']', ',', ' ', '\t', '\r'];
        let mut kept = swallowed.trim_end_matches(closers).len().max(1);
        // The end of a template is none of them.
        if swallowed.contains("{{")
            && let Some(at) = swallowed.get(kept..).and_then(|tail| tail.rfind("}}"))
        {
            kept += at + 2;
        }
        if swallowed.is_char_boundary(kept) {
            self.pos = token.start as usize + kept;
            token.end = self.pos as u32;
        }
    }

    fn line_comment(&mut self) {
        let start = self.pos;
        let end = self.line_end();
        let text = &self.text[start..end];
        let doc = text.starts_with("///") && !text.starts_with("////");
        self.pos = start + text.trim_end().len();
        let kind = if doc { CommentKind::Doc } else { CommentKind::Line };
        self.out.comments.push(Comment { span: self.span(start, self.pos), kind });
    }

    /// The offset of the next `\n`, or of the end.
    fn line_end(&self) -> usize {
        let rest = self.bytes.get(self.pos..).unwrap_or_default();
        rest.iter().position(|b| *b == b'\n').map_or(self.bytes.len(), |i| self.pos + i)
    }

    fn block_comment(&mut self) {
        let start = self.pos;
        let mut depth = 1_u32;
        self.pos += 2;
        while depth > 0 {
            match (self.peek(0), self.peek(1)) {
                (Some(b'*'), Some(b'/')) => {
                    depth -= 1;
                    self.pos += 2;
                }
                (Some(b'/'), Some(b'*')) => {
                    depth += 1;
                    self.pos += 2;
                }
                (Some(b'\n'), _) => {
                    self.first = true;
                    self.pos += 1;
                }
                (Some(_), _) => self.pos += 1,
                (None, _) => {
                    let diagnostic = self
                        .diagnostic(
                            &syntax::UNTERMINATED_COMMENT,
                            start,
                            start + 2,
                            "this comment is never closed",
                        )
                        .label("opened here")
                        .help("add `*/`; comments nest, so each `/*` inside needs its own");
                    self.tell(diagnostic);
                    self.out.swallowed = true;
                    break;
                }
            }
        }
        let span = self.span(start, self.pos);
        self.out.comments.push(Comment { span, kind: CommentKind::Block });
    }

    /// Tells of characters that nobody sees, wherever they stand: in strings and comments, too.
    fn scan_invisible(&mut self) {
        let suspicious = |b: &u8| {
            let control = (*b < 0x20) & (*b != b'\t') & (*b != b'\n') & (*b != b'\r');
            control | (*b == 0x7f) | (*b == 0xd8) | (*b == 0xe2) | (*b == 0xef)
        };
        // A block at once, without a branch for each byte: most have none.
        for (block, bytes) in self.bytes.chunks(BLOCK).enumerate() {
            if !bytes.iter().fold(false, |any, b| any | suspicious(b)) {
                continue;
            }
            for (at, byte) in bytes.iter().enumerate() {
                if suspicious(byte) {
                    self.invisible_at(block * BLOCK + at);
                }
            }
        }
    }

    fn invisible_at(&mut self, offset: usize) {
        let Some(c) = self.text.get(offset..).and_then(|rest| rest.chars().next()) else { return };
        let end = offset + c.len_utf8();
        let diagnostic = match c {
            '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => self
                .diagnostic(
                    &syntax::INVISIBLE_CHARACTER,
                    offset,
                    end,
                    format!(
                        "invisible character U+{:04X} changes the direction of the text",
                        u32::from(c)
                    ),
                )
                .help(format!("remove it, or write `\\u{{{:X}}}` in a string", u32::from(c))),
            '\u{fffd}' => self
                .diagnostic(
                    &syntax::NOT_UTF8,
                    offset,
                    end,
                    "the replacement character U+FFFD stands here: the text was not UTF-8",
                )
                .help("save the file as UTF-8, or write `\\u{FFFD}` in a string"),
            c if c.is_ascii_control() => self
                .diagnostic(
                    &syntax::INVISIBLE_CHARACTER,
                    offset,
                    end,
                    format!("invisible control character U+{:04X}", u32::from(c)),
                )
                .help(format!("remove it, or write `\\u{{{:X}}}` in a string", u32::from(c))),
            _ => return,
        };
        self.tell(diagnostic);
    }
}
