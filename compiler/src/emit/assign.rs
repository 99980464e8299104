//! Assignments, updates in place and merges.

use wf_bytecode::{DecimalOp, MergeOp, Op, Reg, TimeOp};
use wf_diagnostics::Span;
use wf_types::Type;

use super::expr::writes_last;
use super::function::FunctionEmitter;
use super::operator::{less_scalar, less_value};
use super::registers::kind_of;
use super::types::{kind, without_null};
use super::uses::Place;
use crate::typed::{Const, Expr, ExprKind, UpdateOp, VarId};

impl<'a> FunctionEmitter<'_, 'a> {
    /// A new value for the local or variable in a register, which keeps its old one where this fails.
    pub(super) fn assign(&mut self, place: Place, reg: Reg, value: &'a Expr) {
        if self.grow(place, reg, value) {
            return;
        }
        if writes_last(value) {
            return self.expr_to(value, reg);
        }
        self.scoped(|f| {
            let temp = f.regs.of_kind(kind_of(reg));
            f.expr_to(value, temp);
            f.take(temp, reg);
        });
    }

    /// `x += e` and the like; `span` is the operator's.
    pub(super) fn update(
        &mut self,
        reg: Reg,
        ty: &'a Type,
        op: UpdateOp,
        value: &'a Expr,
        span: Span,
    ) {
        let before = std::mem::replace(&mut self.w.span, span);
        self.scoped(|f| match op {
            UpdateOp::Add => f.add(reg, ty, value),
            UpdateOp::Max => f.extreme(reg, ty, value, true),
            UpdateOp::Min => f.extreme(reg, ty, value, false),
            UpdateOp::Or | UpdateOp::And => {
                let keep = f.w.label();
                let other = f.scalar(value);
                let own = f.bare(reg);
                f.jump_bool(own, op == UpdateOp::Or, keep);
                f.convert(Reg::Bool(other), reg);
                f.w.bind(keep);
            }
        });
        self.w.span = before;
    }

    fn add(&mut self, reg: Reg, ty: &'a Type, value: &'a Expr) {
        match (reg, self.peel(ty)) {
            (Reg::Int(dst), _) => {
                if let ExprKind::Const(Const::Int(value)) = value.kind
                    && let Ok(imm) = i16::try_from(value)
                {
                    return self.op(Op::AddIntImm { dst, a: dst, imm });
                }
                let b = self.scalar(value);
                self.op(Op::AddInt { dst, a: dst, b });
            }
            (Reg::Float(dst), _) => {
                let b = self.scalar(value);
                self.op(Op::AddFloat { dst, a: dst, b });
            }
            (Reg::Value(dst), Type::Duration) => {
                let b = self.value(value);
                self.op(Op::Time { op: TimeOp::Add, dst, a: dst, b });
            }
            (Reg::Value(dst), Type::Decimal) => {
                let b = self.value(value);
                self.op(Op::Decimal { op: DecimalOp::Add, dst, a: dst, b });
            }
            (Reg::Value(list), Type::List(_)) => self.extend_list(list, value),
            (Reg::Value(map), Type::Map(_)) => {
                let other = self.value(value);
                self.op(Op::MapExtend { map, other });
            }
            (Reg::Value(text), _) => self.append_string(text, value),
            (Reg::Bool(_), _) => self.e.broken(value.span, "`+=` of a bool"),
        }
    }

    /// `max=` and `min=`: of equal values the old one stays; null gives way to any value.
    fn extreme(&mut self, reg: Reg, ty: &'a Type, value: &'a Expr, max: bool) {
        let (assign, keep) = (self.w.label(), self.w.label());
        let inner = kind(&self.e.typed.defs, without_null(&self.e.typed.defs, ty));
        let new = self.operand(value);
        if let Reg::Value(src) = reg {
            self.jump_null(src, true, assign);
        }
        let cond = self.regs.scalar();
        if inner.is_scalar() {
            let (old, new) = (self.as_kind(reg, inner), self.as_kind(new, inner));
            let (old, new) = (self.bare(old), self.bare(new));
            let (a, b) = if max { (old, new) } else { (new, old) };
            self.op(less_scalar(inner, false, cond, a, b));
        } else {
            let (old, new) = (self.boxed(reg), self.boxed(new));
            let (a, b) = if max { (old, new) } else { (new, old) };
            self.op(less_value(false, cond, a, b));
        }
        self.jump_bool(cond, false, keep);
        self.w.bind(assign);
        self.convert(new, reg);
        self.w.bind(keep);
    }

    /// A merge into a variable from parallel code.
    pub(super) fn merge(&mut self, var: VarId, op: UpdateOp, value: &'a Expr, span: Span) {
        let Some(slot) = self.merges.get(&var).copied() else {
            let Some(ty) = self.variable(var).map(|v| &v.ty) else { return };
            let kind = self.kind(ty);
            let reg = self.register_of(Place::Variable(var), kind);
            return self.update(reg, ty, op, value, span);
        };
        self.scoped(|f| {
            // The machine moves it out.
            let src = f.fresh_value(value);
            let before = std::mem::replace(&mut f.w.span, span);
            f.op(Op::Merge { slot, src });
            f.w.span = before;
        });
    }

    /// The operator of the machine for a merge into a variable.
    pub(super) fn merge_op(&self, var: VarId, op: UpdateOp) -> MergeOp {
        let defs = &self.e.typed.defs;
        let ty = self.variable(var).map(|v| defs.peel(&v.ty));
        match (op, ty) {
            (UpdateOp::Max, _) => MergeOp::Max,
            (UpdateOp::Min, _) => MergeOp::Min,
            (UpdateOp::Or, _) => MergeOp::Or,
            (UpdateOp::And, _) => MergeOp::And,
            (UpdateOp::Add, Some(Type::Float)) => MergeOp::AddFloat,
            (UpdateOp::Add, Some(Type::Decimal)) => MergeOp::AddDecimal,
            (UpdateOp::Add, Some(Type::Duration)) => MergeOp::AddDuration,
            (UpdateOp::Add, Some(Type::String)) => MergeOp::Concat,
            (UpdateOp::Add, Some(Type::List(_))) => MergeOp::Append,
            (UpdateOp::Add, Some(Type::Map(_))) => MergeOp::Insert,
            (UpdateOp::Add, _) => MergeOp::AddInt,
        }
    }
}
