//! One file between the lexer and the tree: its text, its tokens and its doc comments.

use smol_str::SmolStr;
use wf_diagnostics::{FileId, Span};

use crate::token::{Kind, Token};

/// A file that was lexed and laid out.
pub(crate) struct Source<'a> {
    /// Which file.
    pub(crate) file: FileId,
    /// Its text.
    pub(crate) text: &'a str,
    /// Its tokens, line ends that separate included.
    pub(crate) tokens: Vec<Token>,
    /// One letter for each token.
    pub(crate) codes: String,
    /// The doc comments, in order.
    pub(crate) docs: Vec<Span>,
}

impl Source<'_> {
    /// The token of this number; behind the last one an empty line end.
    pub(crate) fn token(&self, at: usize) -> Token {
        self.tokens.get(at).copied().unwrap_or_else(|| {
            let end = self.tokens.last().map_or(0, |t| t.end);
            Token { kind: Kind::Newline, first: true, told: false, start: end, end }
        })
    }

    /// The kind of the token of this number.
    pub(crate) fn kind(&self, at: usize) -> Kind {
        self.token(at).kind
    }

    /// The characters of a token.
    pub(crate) fn span(&self, at: usize) -> Span {
        let token = self.token(at);
        Span::new(self.file, token.start, token.end)
    }

    /// The text of a token.
    pub(crate) fn token_text(&self, at: usize) -> &str {
        self.slice(self.span(at))
    }

    /// The text of a span.
    pub(crate) fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// The doc comment in front of a token, without its slashes.
    pub(crate) fn doc(&self, at: usize) -> SmolStr {
        if self.docs.is_empty() {
            return SmolStr::default();
        }
        let end = self.token(at).start;
        let before = self.tokens.get(..at).unwrap_or_default();
        let start = before.iter().rev().find(|t| t.kind != Kind::Newline).map_or(0, |t| t.end);
        let from = self.docs.partition_point(|doc| doc.start < start);
        let mut text = String::new();
        for doc in self.docs.iter().skip(from).take_while(|doc| doc.end <= end) {
            let own_line = start == 0
                || self
                    .text
                    .get(start as usize..doc.start as usize)
                    .is_some_and(|t| t.contains('\n'));
            if !own_line {
                continue;
            }
            let line = self.slice(*doc).trim_start_matches('/');
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(line.strip_prefix(' ').unwrap_or(line).trim_end());
        }
        SmolStr::from(text)
    }

    /// The number of the bracket that closes the one at `open`, at most `end`.
    pub(crate) fn closing(&self, open: usize, end: usize) -> usize {
        let mut depth = 0_usize;
        for at in open..end {
            let kind = self.kind(at);
            if kind.opens() {
                depth += 1;
            } else if kind.closes() {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
        }
        end
    }
}
