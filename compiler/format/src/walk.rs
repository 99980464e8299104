//! The walk: goes through the tree and the tokens side by side, and writes the document.

use wf_grammar::LexemeKind;
use wf_grammar::ast::{File, Name};

use crate::comment::Gap;
use crate::doc::{Doc, Elem};
use crate::source::Source;

/// How much stack must be left; else a new piece of [`PIECE`] is used.
const LEAST: usize = 1 << 20;

/// The size of a new piece of stack, in bytes. Only what is touched takes memory.
const PIECE: usize = 16 << 20;

/// What a walk gives.
pub(crate) struct Walked {
    /// The document.
    pub(crate) doc: Doc,
    /// For each token whether a line end in front of it says nothing, because it begins something
    /// new in any case, or goes on in any case.
    pub(crate) free: Vec<bool>,
}

/// The state of the walk.
pub(crate) struct Walk<'a> {
    pub(crate) source: &'a Source<'a>,
    pub(crate) doc: Doc,
    /// The number of the current token.
    pub(crate) at: usize,
    /// Whether a comment was written whose line has not ended yet.
    pub(crate) line_is_open: bool,
    free: Vec<bool>,
    /// The open brackets.
    brackets: Vec<usize>,
    /// Whether the tokens are not those that the tree says.
    failed: bool,
}

/// The document of a file; `None` where tree and tokens do not agree.
pub(crate) fn walk(source: &Source<'_>, file: &File) -> Option<Walked> {
    let mut walk = Walk {
        source,
        doc: Doc::default(),
        at: 0,
        line_is_open: false,
        free: vec![false; source.tokens.len()],
        brackets: Vec::new(),
        failed: false,
    };
    for (number, item) in file.items.iter().enumerate() {
        walk.free();
        let bare = number == 0 && source.token(0).notes.is_empty();
        walk.item(if bare { Gap::None } else { Gap::Statement }, item);
    }
    walk.gap(if walk.at == 0 { Gap::None } else { Gap::Statement });
    let complete = walk.at + 1 == source.tokens.len() && !walk.failed;
    complete.then_some(Walked { doc: walk.doc, free: walk.free })
}

impl<'a> Walk<'a> {
    /// The characters of the current token.
    pub(crate) fn text(&self) -> &'a str {
        self.source.token_text(self.at)
    }

    /// Where the current token begins.
    pub(crate) fn start(&self) -> u32 {
        self.source.token(self.at).lexeme.start
    }

    /// Whether the current token is this one; never a string.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.text() == text
    }

    /// Whether the current token is a comma.
    pub(crate) fn is_comma(&self) -> bool {
        self.source.token(self.at).lexeme.kind == LexemeKind::Comma
    }

    /// Whether a line ends in front of the current token.
    pub(crate) fn on_new_line(&self) -> bool {
        self.source.line_ends_before(self.at)
    }

    /// Writes the current token, whatever it is.
    pub(crate) fn token(&mut self, gap: Gap) {
        if self.at + 1 >= self.source.tokens.len() {
            self.failed = true;
            return;
        }
        // A point right behind a number would belong to it.
        let digit = |at| self.source.token_text(at).starts_with(|c: char| c.is_ascii_digit());
        let apart = gap == Gap::None && self.is(".") && self.at.checked_sub(1).is_some_and(digit);
        self.gap(if apart { Gap::Space } else { gap });
        let lexeme = self.source.token(self.at).lexeme;
        self.doc.push(Elem::Text(lexeme.start, lexeme.end));
        match lexeme.kind {
            LexemeKind::Open => self.brackets.push(self.at),
            LexemeKind::Close => drop(self.brackets.pop()),
            _ => {}
        }
        self.at += 1;
    }

    /// Writes the current token, which is this one.
    pub(crate) fn word(&mut self, gap: Gap, text: &str) {
        if !self.is(text) {
            self.failed = true;
        }
        self.token(gap);
    }

    /// Writes all tokens up to an offset without blanks between them: a path, a signed number.
    pub(crate) fn tight(&mut self, gap: Gap, end: u32) {
        self.token(gap);
        while self.start() < end && !self.failed {
            self.token(Gap::None);
        }
    }

    /// Writes a name.
    pub(crate) fn name(&mut self, gap: Gap, name: &Name) {
        self.tight(gap, name.span.end);
    }

    /// Leaves out the current token, a comma.
    pub(crate) fn skip(&mut self) {
        self.at += 1;
    }

    /// The tree is not what the tokens say.
    pub(crate) fn fail(&mut self) {
        self.failed = true;
    }

    /// Notes that a line end in front of the current token says nothing.
    pub(crate) fn free(&mut self) {
        if let Some(free) = self.free.get_mut(self.at) {
            *free = true;
        }
    }

    /// Breaks the groups that are open if a line ends in front of the current token.
    pub(crate) fn keep_line(&mut self) {
        if self.on_new_line() {
            self.doc.force();
        }
    }

    /// Whether a line may begin with a `{` that goes on with the line before; between `( )` and
    /// `[ ]` it would begin something new.
    pub(crate) fn brace_goes_on(&self) -> bool {
        self.brackets.last().is_none_or(|open| self.source.token_text(*open) == "{")
    }

    /// Does something that may call itself, with enough stack.
    pub(crate) fn deep(&mut self, work: impl FnOnce(&mut Self)) {
        stacker::maybe_grow(LEAST, PIECE, || work(self));
    }
}
