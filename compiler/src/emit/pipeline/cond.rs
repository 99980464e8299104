//! Conditions in lambdas: kernels that keep some of the items.

use wf_bytecode::pipeline::{Kernel, Lane, Source, Test};

use super::lower::Lowering;
use crate::emit::operator::null_test;
use crate::emit::registers::Kind;
use crate::typed::{BinaryOp, Const, Expr, ExprKind, UnaryOp};

impl<'a> Lowering<'_, '_, 'a> {
    /// Keeps the items for which a condition is `when`.
    pub(super) fn cond(&mut self, cond: &'a Expr, when: bool) -> Option<()> {
        self.deeper(|l| l.cond_of(cond, when))
    }

    fn cond_of(&mut self, cond: &'a Expr, when: bool) -> Option<()> {
        match &cond.kind {
            ExprKind::Const(Const::Bool(value)) => (*value == when).then_some(()),
            ExprKind::Unary { op: UnaryOp::Not, operand } => self.cond(operand, !when),
            ExprKind::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), left, right } => {
                // `a and b` is false as soon as `a` is; `a or b` true as soon as `a` is.
                if when == (*op == BinaryOp::And) {
                    self.cond(left, when)?;
                    return self.cond(right, when);
                }
                let place = self.kernels.len();
                self.kernels.push(Kernel::AnyOf { left: 0, right: 0 });
                let left = self.part(|l| l.cond(left, when))?;
                let right = self.part(|l| l.cond(right, when))?;
                *self.kernels.get_mut(place)? = Kernel::AnyOf { left, right };
                Some(())
            }
            ExprKind::Binary { op: op @ (BinaryOp::Eq | BinaryOp::Ne), left, right } => {
                let equal = (*op == BinaryOp::Eq) == when;
                match null_test(left, right) {
                    Some(tested) => {
                        let of = self.item_source(tested)?;
                        self.kernels.push(Kernel::KeepNull { of, null: equal });
                        Some(())
                    }
                    None => self.equality(left, right, equal),
                }
            }
            ExprKind::Binary {
                op: op @ (BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge),
                left,
                right,
            } => self.order(*op, left, right, when),
            ExprKind::Binary { op: BinaryOp::In, left, right } => {
                let (a, b) = (self.source(left)?, self.source(right)?);
                self.kernels.push(Kernel::KeepIn { a, b, when });
                Some(())
            }
            _ => {
                let (a, b) = (self.column(cond)?, self.constant(u64::from(when))?);
                self.kernels.push(Kernel::Keep { test: Test::Eq, lane: Lane::Bool, a, b });
                Some(())
            }
        }
    }

    /// A part of the item that may be null.
    fn item_source(&mut self, expr: &'a Expr) -> Option<Source> {
        if self.f.kind(&expr.ty) != Kind::Value {
            return None;
        }
        self.source(expr).filter(|source| matches!(source, Source::Item(_)))
    }

    fn equality(&mut self, left: &'a Expr, right: &'a Expr, equal: bool) -> Option<()> {
        if let (Some(lane), Some(other)) = (self.lane(left), self.lane(right))
            && lane == other
        {
            let (a, b) = (self.column(left)?, self.column(right)?);
            let test = if equal { Test::Eq } else { Test::Ne };
            self.kernels.push(Kernel::Keep { test, lane, a, b });
            return Some(());
        }
        let (a, b) = (self.source(left)?, self.source(right)?);
        // What is the same for all items stands on the right side.
        let (a, b) = if matches!(a, Source::Item(_)) { (a, b) } else { (b, a) };
        self.kernels.push(Kernel::KeepEqual { a, b, equal });
        Some(())
    }

    fn order(&mut self, op: BinaryOp, left: &'a Expr, right: &'a Expr, when: bool) -> Option<()> {
        let swapped = matches!(op, BinaryOp::Gt | BinaryOp::Ge);
        let or_equal = matches!(op, BinaryOp::Le | BinaryOp::Ge);
        match (self.lane(left), self.lane(right)) {
            (Some(lane), Some(other)) if lane == other => {
                let (left, right) = (self.column(left)?, self.column(right)?);
                let (a, b) = if swapped { (right, left) } else { (left, right) };
                // `a < b` does not hold where `b <= a` does: floats are finite.
                let (a, b, or_equal) = if when { (a, b, or_equal) } else { (b, a, !or_equal) };
                let test = if or_equal { Test::Le } else { Test::Lt };
                self.kernels.push(Kernel::Keep { test, lane, a, b });
            }
            (None, None) => {
                let (left, right) = (self.source(left)?, self.source(right)?);
                let (a, b) = if swapped { (right, left) } else { (left, right) };
                self.kernels.push(Kernel::KeepLess { a, b, or_equal, when });
            }
            _ => return None,
        }
        Some(())
    }
}
