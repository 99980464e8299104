//! Reading the letters of a pair once more, which pest has found to be right.

use super::Builder;
use crate::ast::{Expr, ExprKind, TypeExpr, TypeExprKind};
use crate::parser::{Node, Nodes, Rule};

/// For how many entries room is made before any is read: pairs that are left may as well belong to
/// other lists of the expression.
const MOST_ROOM: usize = 16;

/// Gives back room of which more than half is not needed.
pub(super) fn fit<T>(mut list: Vec<T>) -> Vec<T> {
    if list.len() < list.capacity() / 2 {
        list.shrink_to_fit();
    }
    list
}

/// A place in the letters of a pair, and the pairs inside that are still to come.
pub(super) struct Cursor<'i> {
    letters: &'i [u8],
    /// The number of the next letter.
    pub(super) at: usize,
    end: usize,
    next: Option<Node<'i>>,
    parts: Nodes<'i>,
}

impl<'i> Cursor<'i> {
    /// At the beginning of a pair.
    pub(super) fn new(node: Node<'i>) -> Self {
        let span = node.as_span();
        let (at, end) = (span.start(), span.end());
        let letters = node.get_input().as_bytes();
        let mut parts = node.into_inner();
        Self { letters, at, end, next: parts.next(), parts }
    }

    /// The next letter; `\0` at the end.
    pub(super) fn letter(&self) -> u8 {
        self.letter_at(0)
    }

    /// The letter so many letters further on.
    pub(super) fn letter_at(&self, ahead: usize) -> u8 {
        let at = self.at + ahead;
        if at < self.end { self.letters.get(at).copied().unwrap_or(0) } else { 0 }
    }

    /// Goes over the next letter if it is this one.
    pub(super) fn eat(&mut self, letter: u8) -> bool {
        let is = self.letter() == letter;
        self.at += usize::from(is);
        is
    }

    /// Goes over what separates, to the next entry or to the bracket that closes; whether there is
    /// another entry.
    pub(super) fn more(&mut self, close: u8) -> bool {
        while matches!(self.letter(), b',' | b'\n') {
            self.at += 1;
        }
        !self.eat(close) && self.at < self.end
    }

    /// Makes room for the first entry of a list and for those that can follow it: lists grow by
    /// doubling from four entries on, and a tree has many short ones.
    pub(super) fn room<T>(&self, list: &mut Vec<T>) {
        if list.is_empty() {
            list.reserve_exact(self.left().min(MOST_ROOM));
        }
    }

    /// How many pairs are still to come.
    fn left(&self) -> usize {
        self.parts.len() + usize::from(self.next.is_some())
    }

    /// The next pair, if it begins here and is of this kind.
    pub(super) fn take(&mut self, rule: Rule) -> Option<Node<'i>> {
        self.take_at(0, rule)
    }

    /// The same so many letters further on.
    pub(super) fn take_at(&mut self, ahead: usize, rule: Rule) -> Option<Node<'i>> {
        let next = self.next.as_ref()?;
        let span = next.as_span();
        if next.as_rule() != rule || span.start() != self.at + ahead {
            return None;
        }
        self.at = span.end();
        std::mem::replace(&mut self.next, self.parts.next())
    }
}

impl Builder<'_> {
    /// The expression that begins here.
    pub(super) fn nested(&mut self, cursor: &mut Cursor<'_>) -> Expr {
        match cursor.take(Rule::expr) {
            Some(inner) => self.expr(inner),
            None => {
                let span = self.span_of(cursor.at, cursor.at + 1);
                cursor.at = cursor.end;
                Expr { kind: ExprKind::Error, span }
            }
        }
    }

    /// The type that begins here.
    pub(super) fn nested_type(&mut self, cursor: &mut Cursor<'_>) -> TypeExpr {
        match cursor.take(Rule::type_expr) {
            Some(inner) => self.type_expr(inner),
            None => {
                let span = self.span_of(cursor.at, cursor.at + 1);
                cursor.at = cursor.end;
                TypeExpr { kind: TypeExprKind::Error, span }
            }
        }
    }
}
