//! From the pairs of pest to the tree: one file per area, as in `ast`.

mod cursor;
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
use crate::parser::{Chunk, Map, Node};
use crate::source::Source;
use crate::token::Kind;
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

/// Builds the tree of one chunk.
pub(crate) struct Builder<'a> {
    /// The file.
    pub(crate) source: &'a Source<'a>,
    /// The chunk.
    pub(crate) chunk: &'a Chunk,
    /// What was read apart.
    pub(crate) fills: &'a mut Fills,
    /// Where to tell what is wrong.
    pub(crate) diagnostics: &'a mut Diagnostics,
    /// Whether the statements are those of a function.
    pub(crate) in_function: bool,
}

impl Builder<'_> {
    /// The number of the first token of a pair.
    fn first(&self, node: &Node<'_>) -> usize {
        self.chunk.map.token(node.as_span().start())
    }

    /// The number of the last token of a pair.
    fn last(&self, node: &Node<'_>) -> usize {
        self.chunk.map.token(node.as_span().end().saturating_sub(1))
    }

    /// The kind of the first token of a pair.
    fn kind(&self, node: &Node<'_>) -> Kind {
        self.source.kind(self.first(node))
    }

    /// The characters of the letters `start..end`, at least one.
    fn span_of(&self, start: usize, end: usize) -> Span {
        let first = self.source.span(self.chunk.map.token(start));
        first.to(self.source.span(self.chunk.map.token(end.saturating_sub(1))))
    }

    /// The token that stands a number of letters behind the beginning of a pair.
    fn nth(&self, node: &Node<'_>, letters: usize) -> usize {
        self.chunk.map.token(node.as_span().start() + letters)
    }

    /// The letter of the first token of a pair, which says what many pairs are.
    fn letter(&self, node: &Node<'_>) -> u8 {
        node.as_str().as_bytes().first().copied().unwrap_or(b'#')
    }

    /// The characters of a pair.
    fn span(&self, node: &Node<'_>) -> Span {
        let letters = node.as_span();
        self.span_of(letters.start(), letters.end())
    }

    /// The name that a token is.
    fn name_at(&self, at: usize) -> Name {
        Name { text: self.source.token_text(at).into(), span: self.source.span(at) }
    }

    /// The name that a pair of one token is.
    fn name(&self, node: &Node<'_>) -> Name {
        self.name_at(self.first(node))
    }

    /// A name that is read by itself later on, so that no reserved word can be one, even in front
    /// of a colon.
    fn bound_name(&mut self, node: &Node<'_>) -> Name {
        self.bound_name_at(self.first(node))
    }

    /// The same of a token.
    fn bound_name_at(&mut self, at: usize) -> Name {
        let name = self.name_at(at);
        if words::is_reserved(&name.text) {
            let diagnostic = reserved_word(&name.text, name.span);
            self.diagnostics.push(diagnostic);
        }
        name
    }

    fn tell(&mut self, code: &'static Code, span: Span, message: impl Into<String>, help: &str) {
        self.diagnostics.push(Diagnostic::new(code, span, message).help(help));
    }

    /// What was read apart for the `{` of a pair, if it was.
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
