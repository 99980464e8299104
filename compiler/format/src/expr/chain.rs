//! Chains of operators: `a + b - c`, `xs | f | g`, `a and b`.
//!
//! A chain with a line end at one of its operators has one at each of them. Operators begin their
//! lines, but for `-` and `/`, which would begin something else there.

use wf_grammar::ast::{BinaryOp, Call, Expr, ExprKind, Name};

use super::Place;
use crate::comment::Gap;
use crate::doc::{Elem, GroupId, Hug, Indent};
use crate::walk::Walk;

/// What stands behind an operator.
#[derive(Clone, Copy)]
enum Link<'e> {
    Operand(&'e Expr),
    Call(&'e Call),
}

impl Walk<'_> {
    /// A chain.
    pub(super) fn chain(&mut self, gap: Gap, expr: &Expr, place: Place) {
        let (first, links) = links(expr);
        self.gap(gap);
        self.doc.begin(if links.len() == 1 { Hug::Forced } else { Hug::No });
        self.expr(Gap::Done, first);
        // A range has no line end of its own, so what is broken in its operands is indented by these.
        let indents = place == Place::Plain && !matches!(expr.kind, ExprKind::Range { .. });
        if indents {
            self.doc.push(Elem::Indent(Indent::Broken));
        }
        let last = links.len().saturating_sub(1);
        for (number, link) in links.into_iter().enumerate() {
            let operator = self.text();
            let gap = match operator {
                ".." | "..=" => {
                    self.token(Gap::None);
                    if self.is("-") { Gap::Space } else { Gap::None }
                }
                // `/` in front of another one would begin a regular expression there.
                "-" | "/" => {
                    self.keep_line();
                    self.token(Gap::Space);
                    self.keep_line();
                    Gap::Line
                }
                _ => {
                    self.keep_line();
                    self.token(Gap::Line);
                    self.keep_line();
                    Gap::Space
                }
            };
            if operator == ">" {
                self.free();
            }
            self.gap(gap);
            if number == last {
                self.doc.hug();
            }
            match link {
                Link::Operand(operand) => self.expr(Gap::Done, operand),
                Link::Call(call) => self.call(Gap::Done, call),
            }
        }
        self.doc.end_hug();
        if indents {
            self.doc.push(Elem::Dedent);
        }
        self.doc.end();
    }

    /// A condition, up to the blank in front of its `{`: where its operators stand on several
    /// lines, the brace has one of its own.
    pub(crate) fn condition(&mut self, cond: &Expr, name: Option<&Name>) {
        // The group that a chain begins with.
        let chain = self.doc.groups.len() as GroupId;
        self.expr(Gap::Space, cond);
        if let Some(name) = name {
            self.alias(name);
        }
        let is_chain = matches!(&cond.kind, ExprKind::Binary { .. } | ExprKind::Pipe { .. });
        let breaks = is_chain && self.brace_goes_on();
        self.gap(if breaks { Gap::IfBroken(chain) } else { Gap::Space });
    }
}

/// The operands of a chain of operators that bind alike: the first one, and those behind operators.
fn links(expr: &Expr) -> (&Expr, Vec<Link<'_>>) {
    let mut links = Vec::new();
    let mut at = expr;
    match &expr.kind {
        ExprKind::Binary { op: BinaryOp::Coalesce, left, .. } => {
            while let ExprKind::Binary { op: BinaryOp::Coalesce, right, .. } = &at.kind {
                if let ExprKind::Binary { op: BinaryOp::Coalesce, left, .. } = &right.kind {
                    links.push(Link::Operand(left));
                } else {
                    links.push(Link::Operand(right));
                }
                at = right;
            }
            return (left, links);
        }
        ExprKind::Range { start, end, .. } => return (start, vec![Link::Operand(end)]),
        ExprKind::Pipe { .. } => {
            while let ExprKind::Pipe { left, call } = &at.kind {
                links.push(Link::Call(call));
                at = left;
            }
        }
        ExprKind::Binary { op, .. } => {
            let power = power(*op);
            while let ExprKind::Binary { op, left, right, .. } = &at.kind
                && self::power(*op) == power
            {
                links.push(Link::Operand(right));
                at = left;
            }
        }
        _ => {}
    }
    links.reverse();
    (at, links)
}

/// How tight an operator binds: those that bind alike make one chain.
fn power(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => 1,
        BinaryOp::And => 2,
        BinaryOp::Coalesce => 4,
        BinaryOp::Add | BinaryOp::Sub => 5,
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => 6,
        _ => 3,
    }
}
