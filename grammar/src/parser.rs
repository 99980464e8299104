//! The parser: from the letters of a chunk to the tree, one file per area, as in `ast`.
//!
//! It reads exactly what `wf.pest` describes. One that cannot go on fails for good: no letter comes any
//! more, each function ends, and what was made and told is thrown away.

mod expr;
mod item;
mod literal;
mod operators;
mod pattern;
mod postfix;
mod stmt;
mod text;
mod types;
mod workflow;

use std::collections::BTreeMap;

use wf_diagnostics::{Code, Diagnostic, Diagnostics, Span, codes::syntax};

use crate::ast::{Branch, FieldDecl, MatchCase, Name, Stmt, Trigger};
use crate::grammar::{Chunk, Map};
use crate::source::Source;
use crate::words;

/// What stands in a `{ }` that was read apart, by the number of its `{`.
#[derive(Default)]
pub(crate) struct Fill {
    /// Statements of a block.
    pub(crate) stmts: Vec<Stmt>,
    /// Triggers of a workflow.
    pub(crate) triggers: Vec<Trigger>,
    /// Branches of a `parallel`.
    pub(crate) branches: Vec<Branch>,
    /// Cases of a `match`.
    pub(crate) cases: Vec<MatchCase>,
    /// Declared fields.
    pub(crate) fields: Vec<FieldDecl>,
}

/// All blocks that were read apart.
pub(crate) type Fills = BTreeMap<usize, Fill>;

/// Reads one chunk.
pub(crate) struct Parser<'a> {
    /// The file.
    source: &'a Source<'a>,
    /// The chunk.
    chunk: &'a Chunk<'a>,
    /// The number of the next letter.
    at: usize,
    /// What was read apart.
    fills: &'a mut Fills,
    /// Where to tell what is wrong.
    diagnostics: &'a mut Diagnostics,
    /// Whether the statements are those of a function.
    in_function: bool,
}

/// Adds to a list. Lists grow by doubling from four entries on, and a tree has many short ones.
fn push<T>(list: &mut Vec<T>, one: T) {
    if list.len() < 2 {
        list.reserve_exact(1);
    }
    list.push(one);
}

/// Gives back room of which more than half is not needed.
fn fit<T>(mut list: Vec<T>) -> Vec<T> {
    if list.len() < list.capacity() / 2 {
        list.shrink_to_fit();
    }
    list
}

impl<'a> Parser<'a> {
    /// A parser at the beginning of a chunk.
    pub(crate) fn new(
        source: &'a Source<'a>,
        chunk: &'a Chunk<'a>,
        fills: &'a mut Fills,
        diagnostics: &'a mut Diagnostics,
        in_function: bool,
    ) -> Self {
        Self { source, chunk, at: 0, fills, diagnostics, in_function }
    }

    /// Reads the whole chunk; `None`, and nothing told, if it is anything else.
    pub(crate) fn whole<T>(mut self, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let told = self.diagnostics.len();
        self.lines();
        let value = read(&mut self);
        self.lines();
        if self.at == self.chunk.codes.len() {
            return Some(value);
        }
        self.diagnostics.truncate(told);
        None
    }

    /// Goes over line ends.
    fn lines(&mut self) {
        while self.eat(b'\n') {}
    }

    /// The next letter; `\0` at the end.
    fn letter(&self) -> u8 {
        self.letter_at(0)
    }

    /// The letter so many letters further on.
    fn letter_at(&self, ahead: usize) -> u8 {
        self.chunk.codes.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Goes over the next letter if it is this one.
    fn eat(&mut self, letter: u8) -> bool {
        let is = self.letter() == letter;
        self.at += usize::from(is);
        is
    }

    /// The same, also where it begins the next line.
    fn eat_on_next_line(&mut self, letter: u8) -> bool {
        if self.letter() == b'\n' && self.letter_at(1) == letter {
            self.at += 1;
        }
        self.eat(letter)
    }

    /// Goes over the next letter, which must be this one.
    fn expect(&mut self, letter: u8) {
        if !self.eat(letter) {
            self.fail();
        }
    }

    /// The chunk can't be read.
    fn fail(&mut self) {
        self.at = self.chunk.codes.len() + 1;
    }

    fn failed(&self) -> bool {
        self.at > self.chunk.codes.len()
    }

    /// Tries to read something; where it is not there, nothing has happened.
    fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let (at, told) = (self.at, self.diagnostics.len());
        let value = read(self);
        if value.is_none() {
            self.at = at;
            self.diagnostics.truncate(told);
        }
        value
    }

    /// What stands up to the closing bracket, one behind another; the bracket is taken, too.
    fn list<T>(&mut self, close: u8, one: fn(&mut Self) -> T) -> Vec<T> {
        let mut list = Vec::new();
        if self.eat(close) {
            return list;
        }
        loop {
            let entry = one(self);
            push(&mut list, entry);
            match self.letter() {
                letter if letter == close => self.at += 1,
                b',' if self.letter_at(1) == close => self.at += 2,
                b',' | b'\n' => {
                    self.at += 1;
                    continue;
                }
                _ => self.fail(),
            }
            return fit(list);
        }
    }

    /// The number of the token that stands here.
    fn here(&self) -> usize {
        self.chunk.map.token(self.at)
    }

    /// The characters of the letters `start..end`, at least one.
    fn span_of(&self, start: usize, end: usize) -> Span {
        let first = self.source.span(self.chunk.map.token(start));
        first.to(self.source.span(self.chunk.map.token(end.saturating_sub(1))))
    }

    /// The characters from this letter to the last one that was read.
    fn span_from(&self, start: usize) -> Span {
        self.span_of(start, self.at)
    }

    /// The name that a token is.
    fn name_at(&self, at: usize) -> Name {
        Name { text: self.source.token_text(at).into(), span: self.source.span(at) }
    }

    /// The name that stands here.
    fn name(&mut self) -> Name {
        let name = self.name_at(self.here());
        if self.letter().is_ascii_lowercase() {
            self.at += 1;
        } else {
            self.fail();
        }
        name
    }

    /// A name that is read by itself later on, so that no reserved word can be one, even in front
    /// of a colon.
    fn bound_name(&mut self) -> Name {
        let name = self.name();
        if words::is_reserved(&name.text) {
            let diagnostic = reserved_word(&name.text, name.span);
            self.diagnostics.push(diagnostic);
        }
        name
    }

    fn tell(&mut self, code: &'static Code, span: Span, message: impl Into<String>, help: &str) {
        self.diagnostics.push(Diagnostic::new(code, span, message).help(help));
    }

    /// What was read apart for a `{`, if it was.
    fn fill(&mut self, open: usize) -> Option<Fill> {
        match self.chunk.map {
            Map::Base(_) => None,
            Map::List(_) => self.fills.remove(&open),
        }
    }
}

/// A reserved word where a name is needed.
pub(crate) fn reserved_word(word: &str, span: Span) -> Diagnostic {
    let later = words::RESERVED_FOR_LATER.contains(&word);
    let message = if later {
        format!("`{word}` is reserved for later and can't be a name")
    } else {
        format!("`{word}` is a reserved word and can't be a name")
    };
    Diagnostic::new(&syntax::RESERVED_WORD, span, message).help(format!(
        "choose another name, such as `{word}_`; as a field, behind `.` or before `:`, the word is free"
    ))
}
