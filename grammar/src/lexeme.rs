//! Tokens as a printer of source text sees them: where they stand, and where a line may end
//! between them.

use wf_diagnostics::FileId;

use crate::prepare;
use crate::token::Kind;

/// A token of a file. A string with templates is one token, with all that is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lexeme {
    /// What it is.
    pub kind: LexemeKind,
    /// The offset of its first byte.
    pub start: u32,
    /// The offset behind its last byte.
    pub end: u32,
    /// Whether something must follow it, so that a line end behind it separates nothing.
    pub wants_more: bool,
    /// Whether a line that begins with it goes on with the line before.
    pub goes_on: bool,
}

/// The kinds of tokens, as far as they matter to a printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LexemeKind {
    /// A line end that separates; it has no characters.
    LineEnd,
    /// `,`
    Comma,
    /// `(`, `[` or `{`
    Open,
    /// `)`, `]` or `}`
    Close,
    /// A whole string.
    Text,
    /// Anything else.
    Other,
}

/// The tokens of a text, in order. Of a text with syntax errors they are as good as can be had.
pub fn lexemes(file: FileId, text: &str) -> Vec<Lexeme> {
    let (source, _, _) = prepare(file, text);
    let mut out: Vec<Lexeme> = Vec::with_capacity(source.tokens.len());
    // How many strings with templates are open; only the outermost one is a token.
    let mut open = 0_usize;
    for token in &source.tokens {
        match token.kind {
            Kind::Head => open += 1,
            Kind::Tail => open = open.saturating_sub(1),
            _ => {}
        }
        let inside = open > usize::from(token.kind == Kind::Head);
        if inside || matches!(token.kind, Kind::Tail | Kind::Middle) {
            if let Some(last) = out.last_mut()
                && token.kind != Kind::Newline
            {
                last.end = token.end;
            }
            continue;
        }
        let kind = match token.kind {
            Kind::Newline => LexemeKind::LineEnd,
            Kind::Comma => LexemeKind::Comma,
            Kind::Str | Kind::Head => LexemeKind::Text,
            kind if kind.opens() => LexemeKind::Open,
            kind if kind.closes() => LexemeKind::Close,
            _ => LexemeKind::Other,
        };
        let whole = kind == LexemeKind::Text;
        out.push(Lexeme {
            kind,
            start: token.start,
            end: token.end,
            wants_more: !whole && token.kind.wants_more(),
            goes_on: token.kind.goes_on(),
        });
    }
    out
}
