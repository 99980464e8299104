//! Expressions: into a given register, or into whichever they are in already.

use wf_bytecode::{Op, Reg, S, StepField, V};
use wf_types::Type;

use super::function::FunctionEmitter;
use super::registers::{Kind, behind, kind_of};
use super::uses::{LoopPart, Place};
use crate::typed::{Const, Expr, ExprKind, LoopField, RunField, StepId};

impl<'a> FunctionEmitter<'_, 'a> {
    /// Evaluates an expression into a register of either bank. The expression does not read the
    /// register, and nobody does where it fails midway; but see [`writes_last`].
    pub(super) fn expr_to(&mut self, expr: &'a Expr, dst: Reg) {
        if let ExprKind::Const(constant) = &expr.kind {
            let before = std::mem::replace(&mut self.w.span, expr.span);
            self.constant(constant, dst);
            self.w.span = before;
            return;
        }
        if self.kind(&expr.ty).is_scalar() != kind_of(dst).is_scalar() {
            self.scoped(|f| {
                let reg = f.operand(expr);
                f.at(expr, |f| f.convert(reg, dst));
            });
            return;
        }
        self.nested(expr.span, |f| f.scoped(|f| f.dispatch(expr, dst)));
    }

    fn at(&mut self, expr: &Expr, write: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.w.span, expr.span);
        write(self);
        self.w.span = before;
    }

    /// The register that holds the value of an expression: its own, or a new one. What is in its
    /// own must not be moved out of it.
    pub(super) fn operand(&mut self, expr: &'a Expr) -> Reg {
        let kind = self.kind(&expr.ty);
        if let Some(reg) = self.in_place(expr) {
            let before = std::mem::replace(&mut self.w.span, expr.span);
            let reg = self.as_kind(reg, kind);
            self.w.span = before;
            return reg;
        }
        if let ExprKind::Call { function, args, .. } = &expr.kind {
            return self.call_operand(expr, *function, args);
        }
        let reg = self.regs.of_kind(kind);
        self.expr_to(expr, reg);
        reg
    }

    /// The value of an expression in a scalar register.
    pub(super) fn scalar(&mut self, expr: &'a Expr) -> S {
        let reg = self.operand(expr);
        self.bare(reg)
    }

    /// The value of an expression in a value register, boxed where it is a scalar.
    pub(super) fn value(&mut self, expr: &'a Expr) -> V {
        if self.kind(&expr.ty).is_scalar() && matches!(expr.kind, ExprKind::Const(_)) {
            return self.fresh_value(expr);
        }
        let reg = self.operand(expr);
        self.boxed(reg)
    }

    /// The value of an expression in a new value register, which may be moved out of.
    pub(super) fn fresh_value(&mut self, expr: &'a Expr) -> V {
        let dst = self.regs.value();
        self.expr_to(expr, Reg::Value(dst));
        dst
    }

    /// Evaluates expressions into value registers in a row and gives the first one.
    pub(super) fn value_range(&mut self, exprs: impl ExactSizeIterator<Item = &'a Expr>) -> V {
        let first = self.regs.value_range(exprs.len());
        for (i, expr) in exprs.enumerate() {
            self.expr_to(expr, Reg::Value(behind(first, i)));
        }
        first
    }

    /// Where a value already is.
    pub(super) fn in_place(&mut self, expr: &'a Expr) -> Option<Reg> {
        if let Some(reg) = self.given(expr) {
            return Some(reg);
        }
        let kind = self.kind(&expr.ty);
        match &expr.kind {
            ExprKind::Local(local) if self.cursors.contains_key(local) => None,
            ExprKind::Local(local) => Some(self.register_of(Place::Local(*local), kind)),
            ExprKind::Variable(var) => Some(self.register_of(Place::Variable(*var), kind)),
            ExprKind::Loop(step, field) => {
                let part = match field {
                    LoopField::Name => return None,
                    LoopField::Items => LoopPart::Items,
                    LoopField::Index => LoopPart::Index,
                    LoopField::Item => LoopPart::Item,
                };
                Some(self.register_of(Place::Loop(*step, part), kind))
            }
            // In closures these are captured; elsewhere each has its instruction.
            ExprKind::Trigger => self.find(Place::Trigger),
            ExprKind::Run(field) => self.find(Place::Run((*field).into())),
            ExprKind::Config(config) => self.find(Place::Config(*config)),
            ExprKind::NonNull(inner) => self.in_place(inner),
            ExprKind::Member(inner) if !self.is_wrapped(&inner.ty, &expr.ty) => {
                self.in_place(inner)
            }
            ExprKind::Coerce(inner) if self.is_same(&inner.ty, &expr.ty) => self.in_place(inner),
            _ => None,
        }
    }

    /// A step's register, where the expression is the whole step, narrowed or not.
    pub(super) fn as_step(&self, expr: &Expr) -> Option<StepId> {
        match &expr.kind {
            ExprKind::Step(step) => Some(*step),
            ExprKind::NonNull(inner) => self.as_step(inner),
            _ => None,
        }
    }

    fn dispatch(&mut self, expr: &'a Expr, dst: Reg) {
        let chained = matches!(expr.kind, ExprKind::Intrinsic { .. } | ExprKind::CallNative { .. });
        match if chained { self.begin_pipeline(expr, dst) } else { None } {
            Some(done) => {
                self.kind_of_expr(expr, dst);
                self.end_pipeline(done);
            }
            None => self.kind_of_expr(expr, dst),
        }
    }

    fn kind_of_expr(&mut self, expr: &'a Expr, dst: Reg) {
        match &expr.kind {
            ExprKind::Const(constant) => self.constant(constant, dst),
            ExprKind::Template(parts) => self.template(parts, dst),
            ExprKind::Local(local) if self.read_cursor(*local, dst) => {}
            ExprKind::Local(_) | ExprKind::Variable(_) => self.copy(expr, dst),
            ExprKind::Loop(step, LoopField::Name) => {
                let name = self.step(*step).map(|s| s.name.clone()).unwrap_or_default();
                self.constant(&Const::String(name), dst);
            }
            ExprKind::Loop(..) => self.copy(expr, dst),
            ExprKind::Step(step) => self.whole_step(*step, &expr.ty, dst),
            ExprKind::Trigger | ExprKind::Run(_) | ExprKind::Config(_) => self.root(expr, dst),
            ExprKind::Field { base, slot } => self.field(base, *slot, &expr.ty, dst),
            ExprKind::IfPresent { value, local, present, absent } => {
                self.if_present(value, *local, present, absent, dst);
            }
            ExprKind::ListGet { list, index } => self.list_get(list, index, dst),
            ExprKind::ListGetBack { list, back } => {
                let list = self.value(list);
                self.value_op(dst, |dst| Op::ListGetBack { dst, list, back: *back });
            }
            ExprKind::MapGet { map, key } => {
                let (map, key) = (self.value(map), self.value(key));
                self.value_op(dst, |dst| Op::MapGet { dst, map, key });
            }
            ExprKind::Call { function, args, .. } => {
                let reg = self.call_operand(expr, *function, args);
                self.take(reg, dst);
            }
            ExprKind::CallNative { .. } if self.is_written([expr].into_iter()) => {
                self.write_text(dst, |f, text| f.write(expr, text));
            }
            ExprKind::CallNative { name, args } => self.call_native(&expr.ty, name, args, dst),
            ExprKind::Intrinsic { function, args } => self.intrinsic(*function, args, expr, dst),
            ExprKind::Decode(inner) => {
                let demand = self.e.demands.decode(expr.span, &expr.ty);
                let (src, ty) = (self.value(inner), self.e.border(&expr.ty, demand).0);
                self.value_op(dst, |dst| Op::Decode { dst, src, ty });
            }
            ExprKind::TryDecode(inner) => {
                let (src, ty) = (self.value(inner), self.e.ty(&expr.ty).0);
                self.value_op(dst, |dst| Op::TryDecode { dst, src, ty });
            }
            ExprKind::Unary { op, operand } => self.unary(*op, operand, dst),
            ExprKind::Binary { op, left, right } => self.binary(*op, left, right, expr, dst),
            ExprKind::Range { start, end, inclusive } => {
                let (inclusive, start, end) = (*inclusive, self.scalar(start), self.scalar(end));
                self.value_op(dst, |dst| Op::Range { inclusive, dst, start, end });
            }
            ExprKind::If { cond, then, otherwise } => self.if_expr(cond, then, otherwise, dst),
            ExprKind::Match { subject, local, arms } => {
                self.match_expr(subject, *local, arms, dst);
            }
            ExprKind::List(entries) => self.list(entries, dst),
            ExprKind::Map(entries) => self.map(entries, dst),
            ExprKind::Record { fields, order } => self.record(fields, order, &expr.ty, dst),
            ExprKind::RecordSpread(entries) => self.record_spread(entries, &expr.ty, dst),
            ExprKind::Lambda(lambda) => self.lambda(lambda, dst),
            ExprKind::UnionField { base, fields } => self.union_field(base, fields, expr, dst),
            ExprKind::Member(inner) if self.is_wrapped(&inner.ty, &expr.ty) => {
                let src = self.value(inner);
                self.value_op(dst, |dst| Op::Unwrap { dst, src });
            }
            ExprKind::NonNull(inner) | ExprKind::Member(inner) => {
                let reg = self.operand(inner);
                self.take_from(inner, reg, dst);
            }
            ExprKind::Coerce(inner) => self.coerce(inner, &expr.ty, dst),
        }
    }

    /// Copies what is in a register of its own.
    fn copy(&mut self, expr: &'a Expr, dst: Reg) {
        let reg = self.operand(expr);
        self.convert(reg, dst);
    }

    /// Moves out of a register that nobody needs any more.
    pub(super) fn take(&mut self, src: Reg, dst: Reg) {
        match (src, dst) {
            (Reg::Value(src), Reg::Value(dst)) if src != dst => self.op(Op::Take { dst, src }),
            _ => self.convert(src, dst),
        }
    }

    /// The same where the register may be that of a local.
    fn take_from(&mut self, expr: &'a Expr, src: Reg, dst: Reg) {
        if self.in_place(expr).is_some() { self.convert(src, dst) } else { self.take(src, dst) }
    }

    /// An instruction that gives a value, into a register of either bank.
    pub(super) fn value_op(&mut self, dst: Reg, op: impl FnOnce(V) -> Op) {
        match dst {
            Reg::Value(dst) => self.op(op(dst)),
            _ => {
                let temp = self.regs.value();
                self.op(op(temp));
                self.convert(Reg::Value(temp), dst);
            }
        }
    }

    /// An instruction that gives a scalar of a kind, into a register of either bank.
    pub(super) fn scalar_op(&mut self, kind: Kind, dst: Reg, op: impl FnOnce(S) -> Op) {
        match dst {
            Reg::Int(dst) | Reg::Float(dst) | Reg::Bool(dst) => self.op(op(dst)),
            Reg::Value(_) => {
                let temp = self.regs.of_kind(kind);
                let reg = self.bare(temp);
                self.op(op(reg));
                self.convert(temp, dst);
            }
        }
    }

    /// A constant, boxed or bare as the register wants it.
    pub(super) fn constant(&mut self, constant: &Const, dst: Reg) {
        let bits = match constant {
            Const::Bool(value) => i64::from(*value) as u64,
            Const::Int(value) => *value as u64,
            Const::Float(value) => no_negative_zero(*value).to_bits(),
            _ => 0,
        };
        match dst {
            Reg::Value(dst) => self.boxed_constant(constant, dst),
            Reg::Float(dst) => {
                let index = self.e.tables.scalar(bits);
                self.op(Op::ConstScalar { dst, index });
            }
            Reg::Int(dst) | Reg::Bool(dst) => match i32::try_from(bits as i64) {
                Ok(value) => self.op(Op::ConstInt { dst, value }),
                Err(_) => {
                    let index = self.e.tables.scalar(bits);
                    self.op(Op::ConstScalar { dst, index });
                }
            },
        }
    }

    fn boxed_constant(&mut self, constant: &Const, dst: V) {
        let constant = match constant {
            Const::Null => return self.op(Op::Null { dst }),
            Const::Bool(value) => wf_bytecode::Const::Bool(*value),
            Const::Int(value) => wf_bytecode::Const::Int(*value),
            Const::Float(value) => wf_bytecode::Const::Float(no_negative_zero(*value)),
            Const::Decimal(number) => wf_bytecode::Const::Decimal(**number),
            Const::String(text) => wf_bytecode::Const::String(text.to_string()),
            Const::Duration(micros) => wf_bytecode::Const::Duration(*micros),
        };
        self.table_constant(constant, dst);
    }

    /// A constant that the language has no literal for.
    pub(super) fn table_constant(&mut self, constant: wf_bytecode::Const, dst: V) {
        let index = self.e.tables.constant(constant);
        self.op(Op::Const { dst, index });
    }

    /// `trigger`, `run` and `config`.
    fn root(&mut self, expr: &'a Expr, dst: Reg) {
        if self.in_place(expr).is_some() {
            return self.copy(expr, dst);
        }
        match &expr.kind {
            ExprKind::Run(field) => {
                let field = run_field(*field);
                self.value_op(dst, |dst| Op::Run { dst, field });
            }
            ExprKind::Config(config) => {
                let index = config.0 as u16;
                self.value_op(dst, |dst| Op::Config { dst, index });
            }
            _ => self.value_op(dst, |dst| Op::Trigger { dst }),
        }
    }

    fn if_expr(&mut self, cond: &'a Expr, then: &'a Expr, otherwise: &'a Expr, dst: Reg) {
        let (no, end) = (self.w.label(), self.w.label());
        self.branch(cond, false, no);
        self.expr_to(then, dst);
        self.w.goto(end);
        self.w.bind(no);
        self.expr_to(otherwise, dst);
        self.w.bind(end);
    }

    /// `steps.NAME` as a plain record; null where it has not run.
    fn whole_step(&mut self, step: StepId, ty: &Type, dst: Reg) {
        let src = self.step_register(step);
        let Some(record) = self.step(step).map(|s| &s.record) else { return };
        let fields: Vec<_> = self
            .e
            .typed
            .defs
            .record(record)
            .map(|r| r.fields.iter().map(|f| step_field(&f.name)).collect())
            .unwrap_or_default();
        let Reg::Value(dst) = dst else { return };
        let (unset, end) = (self.w.label(), self.w.label());
        let optional = matches!(self.e.typed.defs.peel(ty), Type::Optional(_));
        if optional {
            self.w.jump(unset, |to| Op::JumpIfNull { src, to });
        }
        let first = self.regs.value_range(fields.len());
        for (i, field) in fields.into_iter().enumerate() {
            let dst = behind(first, i);
            match field {
                Some(field) => self.op(Op::StepField { dst, src, field }),
                None => self.op(Op::Null { dst }),
            }
        }
        let shape = self.e.shape(record).0;
        self.op(Op::MakeRecord { dst, shape, first });
        if optional {
            self.w.goto(end);
            self.w.bind(unset);
            self.op(Op::Null { dst });
            self.w.bind(end);
        }
    }
}

/// The part of a step that a field of `StepOutput` is.
pub(super) fn step_field(name: &str) -> Option<StepField> {
    Some(match name {
        "nodeId" => StepField::NodeId,
        "nodeName" => StepField::NodeName,
        "status" => StepField::Status,
        "output" => StepField::Output,
        "executedAt" => StepField::ExecutedAt,
        "durationMs" => StepField::DurationMs,
        "attempts" => StepField::Attempts,
        "error" => StepField::Error,
        _ => return None,
    })
}

pub(super) fn run_field(field: RunField) -> wf_bytecode::RunField {
    match field {
        RunField::Id => wf_bytecode::RunField::Id,
        RunField::Workflow => wf_bytecode::RunField::Workflow,
        RunField::StartedAt => wf_bytecode::RunField::StartedAt,
        RunField::Attempt => wf_bytecode::RunField::Attempt,
        RunField::Trigger => wf_bytecode::RunField::Trigger,
    }
}

/// There is no negative zero.
fn no_negative_zero(value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value }
}

/// Whether the register of an expression's value is written by its last instruction only, so that
/// it may read that register before, and leaves it alone where it fails.
pub(super) fn writes_last(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Const(_)
        | ExprKind::Template(_)
        | ExprKind::Local(_)
        | ExprKind::Variable(_)
        | ExprKind::Loop(..)
        | ExprKind::Trigger
        | ExprKind::Run(_)
        | ExprKind::Config(_)
        | ExprKind::Field { .. }
        | ExprKind::ListGet { .. }
        | ExprKind::ListGetBack { .. }
        | ExprKind::MapGet { .. }
        | ExprKind::Call { .. }
        | ExprKind::CallNative { .. }
        | ExprKind::Decode(_)
        | ExprKind::TryDecode(_)
        | ExprKind::Unary { .. }
        | ExprKind::Binary { .. }
        | ExprKind::Range { .. }
        | ExprKind::Record { .. }
        | ExprKind::NonNull(_) => true,
        ExprKind::If { then, otherwise, .. } => writes_last(then) && writes_last(otherwise),
        _ => false,
    }
}
