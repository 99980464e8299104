//! The source text as tokens with the comments in front of them.

use wf_diagnostics::FileId;
use wf_grammar::ast::{Comment, CommentKind};
use wf_grammar::{Lexeme, LexemeKind, lexemes};

/// A token.
pub(crate) struct Token {
    /// What it is and where it stands.
    pub(crate) lexeme: Lexeme,
    /// Its comments: those between the token before and this one.
    pub(crate) notes: std::ops::Range<usize>,
    /// How many lines end between it and the comment or token before, at most 2.
    pub(crate) newlines: u8,
    /// Whether a line end that separates stands in front of it.
    pub(crate) separated: bool,
}

/// A comment.
pub(crate) struct Note {
    /// The offset of its first byte.
    pub(crate) start: u32,
    /// The offset behind its last byte.
    pub(crate) end: u32,
    /// Whether it ends with its line, as `//` and `///` do.
    pub(crate) is_line: bool,
    /// Whether it is documentation.
    pub(crate) is_doc: bool,
    /// How many lines end between it and the comment or token before, at most 2.
    pub(crate) newlines: u8,
}

/// A file.
pub(crate) struct Source<'a> {
    /// Which one.
    pub(crate) file: FileId,
    /// Its text.
    pub(crate) text: &'a str,
    /// Its tokens without line ends; the last one is empty and stands for the end.
    pub(crate) tokens: Vec<Token>,
    /// Its comments, without those inside of templates, which belong to their string.
    pub(crate) notes: Vec<Note>,
    /// How its lines end.
    pub(crate) line_end: &'static str,
}

impl<'a> Source<'a> {
    pub(crate) fn new(file: FileId, text: &'a str, comments: &[Comment]) -> Self {
        let mut source =
            Source { file, text, tokens: Vec::new(), notes: Vec::new(), line_end: "\n" };
        let mut comments = comments.iter().peekable();
        let mut separated = false;
        let mut behind = 0;
        let end = text.len() as u32;
        let last =
            Lexeme { kind: LexemeKind::Other, start: end, end, wants_more: false, goes_on: false };
        let mut first_end = None;
        for lexeme in lexemes(file, text).into_iter().chain([last]) {
            if lexeme.kind == LexemeKind::LineEnd {
                separated = true;
                continue;
            }
            let from = source.notes.len();
            while let Some(comment) = comments.next_if(|c| c.span.start < lexeme.start) {
                if comment.span.start < behind {
                    continue;
                }
                let newlines = source.newlines(behind, comment.span.start, &mut first_end);
                let is_line = comment.kind != CommentKind::Block;
                let is_doc = comment.kind == CommentKind::Doc;
                let (start, end) = (comment.span.start, comment.span.end);
                source.notes.push(Note { start, end, is_line, is_doc, newlines });
                behind = comment.span.end;
            }
            let newlines = source.newlines(behind, lexeme.start, &mut first_end);
            let notes = from..source.notes.len();
            source.tokens.push(Token { lexeme, notes, newlines, separated });
            separated = false;
            behind = lexeme.end;
        }
        source.line_end = first_end.unwrap_or("\n");
        source
    }

    /// How many lines end in a part between tokens and comments; notes how the first one does.
    fn newlines(&self, start: u32, end: u32, first_end: &mut Option<&'static str>) -> u8 {
        let blank = self.slice(start, end);
        if first_end.is_none()
            && let Some(at) = blank.find('\n')
        {
            *first_end = Some(if blank[..at].ends_with('\r') { "\r\n" } else { "\n" });
        }
        blank.bytes().filter(|b| *b == b'\n').take(2).count() as u8
    }

    /// The text between two offsets.
    pub(crate) fn slice(&self, start: u32, end: u32) -> &'a str {
        self.text.get(start as usize..end as usize).unwrap_or("")
    }

    /// The token of this number, at most the end of the file.
    pub(crate) fn token(&self, at: usize) -> &Token {
        let last = self.tokens.len().saturating_sub(1);
        &self.tokens[at.min(last)]
    }

    /// The characters of the token of this number.
    pub(crate) fn token_text(&self, at: usize) -> &'a str {
        let lexeme = self.token(at).lexeme;
        self.slice(lexeme.start, lexeme.end)
    }

    /// Whether a line ends anywhere between this token and the one before.
    pub(crate) fn line_ends_before(&self, at: usize) -> bool {
        let token = self.token(at);
        token.newlines > 0 || self.notes[token.notes.clone()].iter().any(|note| note.newlines > 0)
    }
}
