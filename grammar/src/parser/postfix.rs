//! What stands behind an operand: fields, brackets, casts.

use wf_diagnostics::codes::syntax;

use super::Parser;
use super::operators::Row;
use crate::ast::{Call, Expr, ExprKind, Selector};
use crate::token::Kind;

impl Parser<'_> {
    /// All that stands behind the last operand.
    pub(super) fn postfixes(&mut self, row: &mut Row) {
        loop {
            match self.letter() {
                b'.' | b';' | b'[' => {}
                b'A' if self.at_cast() => {}
                // In front of a bracket only: otherwise it is a range.
                b'_' if self.letter_at(1) == b'[' => {}
                _ => return,
            }
            let piped = row.ends_in_pipe();
            let start = self.at;
            let base = row.last_operand(self.span_of(start, start + 1));
            let expr = self.postfix(base);
            row.operand(expr);
            if piped {
                let span = self.span_from(start);
                self.tell(
                    &syntax::MIXED_PIPE,
                    span,
                    "the right side of `|` is one call and nothing else",
                    "put the pipe in parentheses, as in `(xs | first)?.name`",
                );
            }
        }
    }

    /// Whether `as T?` stands here, and not `as NAME` of a block.
    fn at_cast(&self) -> bool {
        match self.letter_at(1) {
            b'a'..=b'z' => matches!(self.letter_at(2), b'?' | b'<'),
            _ => true,
        }
    }

    fn postfix(&mut self, base: Expr) -> Expr {
        let start = base.span;
        let base = Box::new(base);
        let letter = self.letter();
        let kind = match letter {
            b'.' | b';' => {
                self.at += 1;
                let name = self.name_at(self.here());
                self.expect(b'i');
                if self.letter() == b'(' {
                    let args = self.args();
                    let span = name.span.to(self.span_from(self.at - 1));
                    let call = Box::new(Call { name, type_args: Vec::new(), args, span });
                    ExprKind::MethodCall { base, call }
                } else {
                    ExprKind::Field { base, name, safe: letter == b';' }
                }
            }
            b'[' | b'_' => self.selection(base),
            _ => {
                self.at += 1;
                let ty = Box::new(self.type_one());
                self.expect(b'?');
                ExprKind::Cast { expr: base, ty }
            }
        };
        Expr { kind, span: start.to(self.span_from(self.at - 1)) }
    }

    fn selection(&mut self, base: Box<Expr>) -> ExprKind {
        let first = self.here();
        let descendants = self.eat(b'_');
        if descendants && self.source.kind(first) == Kind::RangeIncl {
            self.tell(
                &syntax::EXPECTED,
                self.source.span(first),
                "a range can't end in a list",
                "a descendant is written `..[`",
            );
        }
        self.expect(b'[');
        let mut selectors = Vec::with_capacity(1);
        loop {
            selectors.push(self.selector());
            if !self.eat(b',') {
                break;
            }
        }
        self.expect(b']');
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

    fn selector(&mut self) -> Selector {
        if self.eat(b'*') {
            return Selector::All;
        }
        if self.eat(b'?') {
            self.eat(b'\n');
            return Selector::Filter(Box::new(self.expr()));
        }
        let number = usize::from(self.letter() == b'-');
        let digits = usize::from(self.letter_at(number) == b'1');
        if self.letter_at(number * digits + digits) == b':' {
            return self.slice();
        }
        Selector::Index(Box::new(self.expr()))
    }

    /// `1:3`, `::-1`
    fn slice(&mut self) -> Selector {
        let start = self.slice_number();
        self.expect(b':');
        let end = self.slice_number();
        let step = if self.eat(b':') { self.slice_number() } else { None };
        Selector::Slice { start, end, step }
    }

    fn slice_number(&mut self) -> Option<i64> {
        let negative = self.letter() == b'-' && self.letter_at(1) == b'1';
        self.at += usize::from(negative);
        let at = self.here();
        if self.eat(b'1') { self.signed_at(negative, at) } else { None }
    }
}
