//! What stands behind an operand: fields, brackets, casts.

use wf_diagnostics::codes::syntax;

use super::Builder;
use super::cursor::Cursor;
use super::operators::Row;
use crate::ast::{Call, Expr, ExprKind, Selector, TypeExpr, TypeExprKind};
use crate::parser::{Node, Rule};
use crate::token::Kind;

impl Builder<'_> {
    /// All that stands behind the last operand.
    pub(super) fn postfixes(&mut self, row: &mut Row, cursor: &mut Cursor<'_>) {
        loop {
            match cursor.letter() {
                b'.' | b';' | b'[' | b'A' => {}
                // In front of a bracket only: otherwise it is a range.
                b'_' if cursor.letter_at(1) == b'[' => {}
                _ => return,
            }
            let piped = row.ends_in_pipe();
            let start = cursor.at;
            let base = row.last_operand(self.span_of(start, start + 1));
            let expr = self.postfix(base, cursor);
            row.operand(expr);
            if piped {
                let span = self.span_of(start, cursor.at);
                self.tell(
                    &syntax::MIXED_PIPE,
                    span,
                    "the right side of `|` is one call and nothing else",
                    "put the pipe in parentheses, as in `(xs | first)?.name`",
                );
            }
        }
    }

    fn postfix(&mut self, base: Expr, cursor: &mut Cursor<'_>) -> Expr {
        let start = base.span;
        let base = Box::new(base);
        let letter = cursor.letter();
        let kind = match letter {
            b'.' | b';' => {
                cursor.at += 2;
                let name = self.name_at(self.chunk.map.token(cursor.at - 1));
                if cursor.letter() == b'(' {
                    let args = self.args(cursor);
                    let end = self.span_of(cursor.at - 1, cursor.at);
                    let span = name.span.to(end);
                    let call = Box::new(Call { name, type_args: Vec::new(), args, span });
                    ExprKind::MethodCall { base, call }
                } else {
                    ExprKind::Field { base, name, safe: letter == b';' }
                }
            }
            b'[' | b'_' => self.selection(base, cursor),
            _ => {
                cursor.at += 1;
                let ty = cursor.take(Rule::cast).map(|ty| self.cast(ty));
                cursor.eat(b'?');
                let span = self.span_of(cursor.at - 1, cursor.at);
                let ty = ty.unwrap_or(TypeExpr { kind: TypeExprKind::Error, span });
                ExprKind::Cast { expr: base, ty: Box::new(ty) }
            }
        };
        Expr { kind, span: start.to(self.span_of(cursor.at - 1, cursor.at)) }
    }

    fn selection(&mut self, base: Box<Expr>, cursor: &mut Cursor<'_>) -> ExprKind {
        let first = self.chunk.map.token(cursor.at);
        let descendants = cursor.eat(b'_');
        if descendants && self.source.kind(first) == Kind::RangeIncl {
            self.tell(
                &syntax::EXPECTED,
                self.source.span(first),
                "a range can't end in a list",
                "a descendant is written `..[`",
            );
        }
        cursor.eat(b'[');
        let mut selectors = Vec::with_capacity(1);
        while cursor.more(b']') {
            selectors.push(self.selector(cursor));
        }
        let selector = match (selectors.len(), selectors.pop()) {
            (_, None) => return ExprKind::Error,
            (1, Some(Selector::Index(index))) if !descendants => {
                return ExprKind::Index { base, index };
            }
            (1, Some(one)) => one,
            (_, Some(last)) => {
                selectors.push(last);
                Selector::Several(selectors)
            }
        };
        ExprKind::Select { base, selector: Box::new(selector), descendants }
    }

    fn selector(&mut self, cursor: &mut Cursor<'_>) -> Selector {
        if cursor.eat(b'*') {
            return Selector::All;
        }
        if cursor.eat(b'?') {
            cursor.eat(b'\n');
            return Selector::Filter(Box::new(self.nested(cursor)));
        }
        match cursor.take(Rule::slice) {
            Some(slice) => self.slice(slice),
            None => Selector::Index(Box::new(self.nested(cursor))),
        }
    }

    fn slice(&mut self, node: Node<'_>) -> Selector {
        let mut numbers = [None; 3];
        let mut place = 0;
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::colon => place += 1,
                _ => {
                    let number = self.signed(&part);
                    if let Some(slot) = numbers.get_mut(place) {
                        *slot = number;
                    }
                }
            }
        }
        let [start, end, step] = numbers;
        Selector::Slice { start, end, step }
    }
}
