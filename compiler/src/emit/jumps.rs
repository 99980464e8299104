//! Conditions that decide where code goes on.

use wf_bytecode::Op;

use super::function::FunctionEmitter;
use super::operator::{null_test, small};
use super::registers::Kind;
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
                    _ if self.branch_on_field(*op, left, right, when, target) => {}
                    _ => self.branch_on_order(cond, *op, left, right, when, target),
                }
            }
            ExprKind::Binary {
                op: op @ (BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge),
                left,
                right,
            } => self.branch_on_order(cond, *op, left, right, when, target),
            _ => self.branch_on_value(cond, when, target),
        }
    }

    /// Scalars are compared by the jump itself.
    fn branch_on_order(
        &mut self,
        cond: &'a Expr,
        op: BinaryOp,
        left: &'a Expr,
        right: &'a Expr,
        when: bool,
        target: Label,
    ) {
        let op = if when { op } else { opposite(op) };
        match (self.kind(&left.ty), self.kind(&right.ty)) {
            (Kind::Int, Kind::Int) => match (small(left), small(right)) {
                (_, Some(number)) if self.jump_by(op, left, number, target) => {}
                (Some(number), _) if self.jump_by(mirrored(op), right, number, target) => {}
                _ => self.jump_ints(op, left, right, target),
            },
            (Kind::Bool, Kind::Bool) => self.jump_ints(op, left, right, target),
            (Kind::Float, Kind::Float) if !matches!(op, BinaryOp::Eq | BinaryOp::Ne) => {
                let (left, right) = (self.scalar(left), self.scalar(right));
                self.w.jump_near(target, |to| match op {
                    BinaryOp::Lt => Op::JumpIfLtFloat { a: left, b: right, to },
                    BinaryOp::Le => Op::JumpIfLeFloat { a: left, b: right, to },
                    BinaryOp::Gt => Op::JumpIfLtFloat { a: right, b: left, to },
                    _ => Op::JumpIfLeFloat { a: right, b: left, to },
                });
            }
            _ => self.branch_on_value(cond, when, target),
        }
    }

    fn jump_ints(&mut self, op: BinaryOp, left: &'a Expr, right: &'a Expr, target: Label) {
        let (left, right) = (self.scalar(left), self.scalar(right));
        self.w.jump_near(target, |to| match op {
            BinaryOp::Eq => Op::JumpIfEq { a: left, b: right, to },
            BinaryOp::Ne => Op::JumpIfNe { a: left, b: right, to },
            BinaryOp::Lt => Op::JumpIfLt { a: left, b: right, to },
            BinaryOp::Le => Op::JumpIfLe { a: left, b: right, to },
            BinaryOp::Gt => Op::JumpIfLt { a: right, b: left, to },
            _ => Op::JumpIfLe { a: right, b: left, to },
        });
    }

    /// Jumps by the comparison with a small number; not where there is no instruction for it.
    fn jump_by(&mut self, op: BinaryOp, operand: &'a Expr, imm: i16, target: Label) -> bool {
        let Some(next) = imm.checked_add(1) else { return false };
        let a = self.scalar(operand);
        self.w.jump_near(target, |to| match op {
            BinaryOp::Eq => Op::JumpIfEqImm { a, imm, to },
            BinaryOp::Ne => Op::JumpIfNeImm { a, imm, to },
            BinaryOp::Lt => Op::JumpIfLtImm { a, imm, to },
            BinaryOp::Le => Op::JumpIfLtImm { a, imm: next, to },
            BinaryOp::Gt => Op::JumpIfGeImm { a, imm: next, to },
            _ => Op::JumpIfGeImm { a, imm, to },
        });
        true
    }

    /// A field that is compared with a constant is not copied for it.
    fn branch_on_field(
        &mut self,
        op: BinaryOp,
        left: &'a Expr,
        right: &'a Expr,
        when: bool,
        target: Label,
    ) -> bool {
        let (field, constant) = match (&left.kind, &right.kind) {
            (_, ExprKind::Const(Const::String(text))) => (left, text),
            (ExprKind::Const(Const::String(text)), _) => (right, text),
            _ => return false,
        };
        let ExprKind::Field { base, slot } = &field.kind else { return false };
        let constant = wf_bytecode::Const::String(constant.to_string());
        let Ok(constant) = u16::try_from(self.e.tables.constant(constant)) else { return false };
        if self.kind(&field.ty).is_scalar() || self.as_step(base).is_some() {
            return false;
        }
        // The jump behind is left out where the code goes on here.
        let skip_equal = (op == BinaryOp::Eq) != when;
        let op = match (self.item_slot(base, *slot), skip_equal) {
            (Some((list, index, slot)), true) => Op::SkipIfItemIs { slot, list, index, constant },
            (Some((list, index, slot)), false) => {
                Op::SkipIfItemIsNot { slot, list, index, constant }
            }
            (None, equal) => {
                let (src, slot) = (self.value(base), *slot);
                match equal {
                    true => Op::SkipIfFieldIs { src, slot, constant },
                    false => Op::SkipIfFieldIsNot { src, slot, constant },
                }
            }
        };
        self.op(op);
        self.w.goto(target);
        true
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

/// The comparison that holds where another does not; floats are always finite.
fn opposite(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Eq => BinaryOp::Ne,
        BinaryOp::Ne => BinaryOp::Eq,
        BinaryOp::Lt => BinaryOp::Ge,
        BinaryOp::Le => BinaryOp::Gt,
        BinaryOp::Gt => BinaryOp::Le,
        BinaryOp::Ge => BinaryOp::Lt,
        other => other,
    }
}

/// The same comparison with its sides exchanged.
pub(super) fn mirrored(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Lt => BinaryOp::Gt,
        BinaryOp::Le => BinaryOp::Ge,
        BinaryOp::Gt => BinaryOp::Lt,
        BinaryOp::Ge => BinaryOp::Le,
        other => other,
    }
}
