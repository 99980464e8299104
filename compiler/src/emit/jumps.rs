//! Conditions that decide where code goes on.

use wf_bytecode::Op;

use super::function::FunctionEmitter;
use super::operator::null_test;
use super::writer::Label;
use crate::typed::{BinaryOp, Const, Expr, ExprKind, UnaryOp};

impl<'a> FunctionEmitter<'_, 'a> {
    /// Goes on at `target` where the condition is `when`, else behind this. `and` and `or` leave
    /// out their right side where the left one decides.
    pub(super) fn branch(&mut self, cond: &'a Expr, when: bool, target: Label) {
        self.nested(cond.span, |f| f.scoped(|f| f.branch_on(cond, when, target)));
    }

    fn branch_on(&mut self, cond: &'a Expr, when: bool, target: Label) {
        match &cond.kind {
            ExprKind::Const(Const::Bool(value)) => {
                if *value == when {
                    self.w.goto(target);
                }
            }
            ExprKind::Unary { op: UnaryOp::Not, operand } => self.branch(operand, !when, target),
            ExprKind::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), left, right } => {
                // `a and b` is false as soon as `a` is; `a or b` true as soon as `a` is.
                let decided = *op == BinaryOp::Or;
                if when == decided {
                    self.branch(left, when, target);
                    self.branch(right, when, target);
                } else {
                    let behind = self.w.label();
                    self.branch(left, decided, behind);
                    self.branch(right, when, target);
                    self.w.bind(behind);
                }
            }
            ExprKind::Binary { op: op @ (BinaryOp::Eq | BinaryOp::Ne), left, right } => {
                match null_test(left, right) {
                    Some(tested) if !self.kind(&tested.ty).is_scalar() => {
                        let src = self.tested(tested);
                        self.jump_null(src, when == (*op == BinaryOp::Eq), target);
                    }
                    _ => self.branch_on_value(cond, when, target),
                }
            }
            _ => self.branch_on_value(cond, when, target),
        }
    }

    fn branch_on_value(&mut self, cond: &'a Expr, when: bool, target: Label) {
        let cond = self.scalar(cond);
        self.jump_bool(cond, when, target);
    }

    /// Goes on at `target` where the bool is `when`.
    pub(super) fn jump_bool(&mut self, cond: wf_bytecode::S, when: bool, target: Label) {
        self.w.jump(target, |to| match when {
            true => Op::JumpIf { cond, to },
            false => Op::JumpIfNot { cond, to },
        });
    }

    /// Goes on at `target` where the value is null, or where it is not.
    pub(super) fn jump_null(&mut self, src: wf_bytecode::V, null: bool, target: Label) {
        self.w.jump(target, |to| match null {
            true => Op::JumpIfNull { src, to },
            false => Op::JumpIfNotNull { src, to },
        });
    }
}
