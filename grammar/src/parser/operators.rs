//! The precedence of operators: a flat row of operands and operators becomes a tree, without
//! recursion.

use wf_diagnostics::{Span, codes::syntax};

use super::Parser;
use crate::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use crate::token::Kind;

/// An operator of the row.
#[derive(Clone, Copy)]
pub(super) enum Operator {
    /// `-`, `not`
    Prefix(UnaryOp),
    /// Between two operands.
    Infix(BinaryOp),
    /// `..`, `..=`
    Range(bool),
}

const COMPARE: u8 = 4;
const RANGE: u8 = 6;

impl Operator {
    /// How tight it binds; `|` is looser than all.
    fn power(self) -> u8 {
        match self {
            Operator::Infix(BinaryOp::Or) => 1,
            Operator::Infix(BinaryOp::And) => 2,
            Operator::Prefix(UnaryOp::Not) => 3,
            Operator::Infix(
                BinaryOp::Eq
                | BinaryOp::Ne
                | BinaryOp::Lt
                | BinaryOp::Le
                | BinaryOp::Gt
                | BinaryOp::Ge
                | BinaryOp::In,
            ) => COMPARE,
            Operator::Infix(BinaryOp::Coalesce) => 5,
            Operator::Range(_) => RANGE,
            Operator::Infix(BinaryOp::Add | BinaryOp::Sub) => 7,
            Operator::Infix(BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem) => 8,
            Operator::Prefix(UnaryOp::Neg) => 9,
        }
    }

    /// The operator that a token between two operands is.
    pub(super) fn infix(kind: Kind) -> Self {
        Operator::Infix(match kind {
            Kind::Or => BinaryOp::Or,
            Kind::And => BinaryOp::And,
            Kind::Eq => BinaryOp::Eq,
            Kind::Ne => BinaryOp::Ne,
            Kind::Lt => BinaryOp::Lt,
            Kind::Le => BinaryOp::Le,
            Kind::Gt => BinaryOp::Gt,
            Kind::Ge => BinaryOp::Ge,
            Kind::In => BinaryOp::In,
            Kind::Coalesce => BinaryOp::Coalesce,
            Kind::Minus => BinaryOp::Sub,
            Kind::Star => BinaryOp::Mul,
            Kind::Slash => BinaryOp::Div,
            Kind::Percent => BinaryOp::Rem,
            Kind::Range => return Operator::Range(false),
            Kind::RangeIncl => return Operator::Range(true),
            _ => BinaryOp::Add,
        })
    }
}

/// A row that is being read.
#[derive(Default)]
pub(super) struct Row {
    /// The last operand: most rows have no other.
    last: Option<Expr>,
    /// Those before it.
    operands: Vec<Expr>,
    operators: Vec<(Operator, Span)>,
    /// The first operator but `??`, while it stands at the top level of this row.
    mixed: Option<Span>,
    /// The last `|`.
    piped: Option<Span>,
    /// Whether the mixture is told.
    told: bool,
}

impl Row {
    /// Takes an operand.
    pub(super) fn operand(&mut self, operand: Expr) {
        self.operands.extend(self.last.replace(operand));
    }

    /// Takes away the last operand, to put something behind it.
    pub(super) fn last_operand(&mut self, span: Span) -> Expr {
        let last = self.last.take().or_else(|| self.operands.pop());
        last.unwrap_or(Expr { kind: ExprKind::Error, span })
    }

    /// Takes a prefix operator.
    pub(super) fn prefix(&mut self, op: UnaryOp, span: Span) {
        self.operators.push((Operator::Prefix(op), span));
    }

    /// Whether the last operand was made by a `|`.
    pub(super) fn ends_in_pipe(&self) -> bool {
        self.piped.is_some()
            && self.last.is_some()
            && self.operands.is_empty()
            && self.operators.is_empty()
    }

    fn reduce(&mut self) {
        let Some((op, span)) = self.operators.pop() else { return };
        let right = self.last_operand(span);
        let expr = match op {
            Operator::Prefix(op) => {
                let whole = span.to(right.span);
                Expr { kind: ExprKind::Unary { op, operand: Box::new(right) }, span: whole }
            }
            Operator::Infix(op) => {
                let left = Box::new(self.last_operand(span));
                let whole = left.span.to(right.span);
                let right = Box::new(right);
                Expr { kind: ExprKind::Binary { op, op_span: span, left, right }, span: whole }
            }
            Operator::Range(inclusive) => {
                let start = Box::new(self.last_operand(span));
                let whole = start.span.to(right.span);
                let end = Box::new(right);
                Expr { kind: ExprKind::Range { start, end, inclusive }, span: whole }
            }
        };
        self.last = Some(expr);
    }

    /// Makes the last operand one that can't be read, so that nobody speaks of its type.
    fn spoil(&mut self) {
        if let Some(operand) = &mut self.last {
            operand.kind = ExprKind::Error;
        }
    }

    /// Ends the row.
    pub(super) fn finish(mut self, span: Span) -> Expr {
        while !self.operators.is_empty() {
            self.reduce();
        }
        self.last_operand(span)
    }
}

impl Parser<'_> {
    /// Takes an operator between two operands.
    pub(super) fn take_infix(&mut self, row: &mut Row, op: Operator, span: Span) {
        let power = op.power();
        let right_associative = matches!(op, Operator::Infix(BinaryOp::Coalesce));
        let mut chained = None;
        while let Some((top, top_span)) = row.operators.last().copied() {
            let tighter = top.power() > power || (top.power() == power && !right_associative);
            if !tighter {
                break;
            }
            if top.power() == power && matches!(power, COMPARE | RANGE) {
                chained = Some(top_span);
            }
            row.reduce();
        }
        if let Some(before) = chained {
            let help = if power == RANGE {
                "a range has one start and one end; with steps it is `range(0, 10, 2)`"
            } else {
                "join two comparisons by `and`, as in `a < b and b < c`"
            };
            let diagnostic = wf_diagnostics::Diagnostic::new(
                &syntax::CHAINED_COMPARISON,
                span,
                if power == RANGE { "ranges do not chain" } else { "comparisons do not chain" },
            )
            .with(before, "the first one is here")
            .help(help);
            // What is nested in a broken comparison has been told with it.
            let last = self.diagnostics.last().map(|d| (d.code, d.span));
            if last.is_none_or(|(code, at)| {
                *code != syntax::CHAINED_COMPARISON || at.end < before.start
            }) {
                self.diagnostics.push(diagnostic);
            }
            row.spoil();
        }
        if let Some(pipe) = row.piped {
            self.tell_mixed(row, pipe, span);
        }
        if row.mixed.is_none() && !right_associative {
            row.mixed = Some(span);
        }
        row.operators.push((op, span));
    }

    /// Takes a `|`: what stands on its left is the first argument of the call on its right.
    pub(super) fn take_pipe(&mut self, row: &mut Row, span: Span) {
        if let Some(operator) = row.mixed {
            self.tell_mixed(row, span, operator);
        }
        while !row.operators.is_empty() {
            row.reduce();
        }
        row.piped = Some(span);
    }

    fn tell_mixed(&mut self, row: &mut Row, pipe: Span, operator: Span) {
        if row.told {
            return;
        }
        row.told = true;
        let text = self.source.slice(operator).to_owned();
        let help = if operator.start > pipe.start {
            format!("put the pipe in parentheses, as in `(xs | count) {text} …`")
        } else {
            format!("put the left side of the pipe in parentheses, as in `(a {text} b) | f`")
        };
        let diagnostic = wf_diagnostics::Diagnostic::new(
            &syntax::MIXED_PIPE,
            operator,
            format!("`|` and `{text}` can't be mixed without parentheses"),
        )
        .with(pipe, "the pipe is here")
        .help(help);
        self.diagnostics.push(diagnostic);
    }
}
