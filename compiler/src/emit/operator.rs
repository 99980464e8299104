//! Prefix and infix operators.

use wf_bytecode::{DecimalOp, Op, Reg, S, TimeOp, V};
use wf_types::Type;

use super::function::FunctionEmitter;
use super::registers::{Kind, behind};
use crate::typed::{BinaryOp, Const, Expr, ExprKind, UnaryOp};

impl<'a> FunctionEmitter<'_, 'a> {
    pub(super) fn unary(&mut self, op: UnaryOp, operand: &'a Expr, dst: Reg) {
        match op {
            UnaryOp::Not => {
                let a = self.scalar(operand);
                self.scalar_op(Kind::Bool, dst, |dst| Op::Not { dst, a });
            }
            UnaryOp::Neg => self.negate(operand, dst),
        }
    }

    fn negate(&mut self, operand: &'a Expr, dst: Reg) {
        match (&operand.kind, self.kind(&operand.ty)) {
            (ExprKind::Const(Const::Int(value)), _) if *value != i64::MIN => {
                self.constant(&Const::Int(-value), dst);
            }
            (ExprKind::Const(Const::Float(value)), _) => {
                self.constant(&Const::Float(-value), dst);
            }
            (ExprKind::Const(Const::Duration(micros)), _) if *micros != i64::MIN => {
                self.constant(&Const::Duration(-micros), dst);
            }
            (_, Kind::Int) => {
                let a = self.scalar(operand);
                self.scalar_op(Kind::Int, dst, |dst| Op::NegInt { dst, a });
            }
            (_, Kind::Float) => {
                let a = self.scalar(operand);
                self.scalar_op(Kind::Float, dst, |dst| Op::NegFloat { dst, a });
            }
            _ if matches!(self.peel(&operand.ty), Type::Decimal) => {
                let a = self.value(operand);
                self.value_op(dst, |dst| Op::Decimal { op: DecimalOp::Neg, dst, a, b: a });
            }
            _ => {
                let a = self.regs.value();
                self.constant(&Const::Duration(0), Reg::Value(a));
                let b = self.value(operand);
                self.value_op(dst, |dst| Op::Time { op: TimeOp::Sub, dst, a, b });
            }
        }
    }

    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        left: &'a Expr,
        right: &'a Expr,
        whole: &'a Expr,
        dst: Reg,
    ) {
        match op {
            BinaryOp::Or | BinaryOp::And => self.bool_by_jumps(whole, dst),
            BinaryOp::Eq | BinaryOp::Ne => self.equality(op == BinaryOp::Eq, left, right, dst),
            BinaryOp::Lt => self.order(false, left, right, dst),
            BinaryOp::Le => self.order(true, left, right, dst),
            BinaryOp::Gt => self.order_swapped(false, left, right, dst),
            BinaryOp::Ge => self.order_swapped(true, left, right, dst),
            BinaryOp::In => {
                let (a, b) = (self.value(left), self.value(right));
                self.scalar_op(Kind::Bool, dst, |dst| Op::In { dst, a, b });
            }
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => {
                self.arithmetic(op, left, right, whole, dst);
            }
        }
    }

    /// `and` and `or` as a value: by jumps, since the right side may be left out.
    fn bool_by_jumps(&mut self, whole: &'a Expr, dst: Reg) {
        let (no, end) = (self.w.label(), self.w.label());
        self.branch(whole, false, no);
        self.constant(&Const::Bool(true), dst);
        self.w.goto(end);
        self.w.bind(no);
        self.constant(&Const::Bool(false), dst);
        self.w.bind(end);
    }

    fn equality(&mut self, equal: bool, left: &'a Expr, right: &'a Expr, dst: Reg) {
        if let Some(tested) = null_test(left, right) {
            if self.kind(&tested.ty).is_scalar() {
                return self.constant(&Const::Bool(!equal), dst);
            }
            let src = self.tested(tested);
            let a = self.regs.scalar();
            self.op(Op::IsNull { dst: a, src });
            if equal {
                return self.convert(Reg::Bool(a), dst);
            }
            return self.scalar_op(Kind::Bool, dst, |dst| Op::Not { dst, a });
        }
        match (self.kind(&left.ty), self.kind(&right.ty)) {
            (Kind::Int, Kind::Int) | (Kind::Bool, Kind::Bool) => {
                let (a, b) = (self.scalar(left), self.scalar(right));
                self.scalar_op(Kind::Bool, dst, |dst| match equal {
                    true => Op::EqInt { dst, a, b },
                    false => Op::NeInt { dst, a, b },
                });
            }
            (Kind::Float, Kind::Float) => {
                let (a, b) = (self.scalar(left), self.scalar(right));
                self.scalar_op(Kind::Bool, dst, |dst| match equal {
                    true => Op::EqFloat { dst, a, b },
                    false => Op::NeFloat { dst, a, b },
                });
            }
            _ => {
                let (a, b) = (self.value(left), self.value(right));
                self.scalar_op(Kind::Bool, dst, |dst| match equal {
                    true => Op::Eq { dst, a, b },
                    false => Op::Ne { dst, a, b },
                });
            }
        }
    }

    /// The register that a test for null looks at: of a step its own, without making a record.
    pub(super) fn tested(&mut self, expr: &'a Expr) -> V {
        match self.as_step(expr) {
            Some(step) => self.step_register(step),
            None => self.value(expr),
        }
    }

    fn order(&mut self, or_equal: bool, left: &'a Expr, right: &'a Expr, dst: Reg) {
        let kind = self.kind(&left.ty);
        if kind.is_scalar() {
            let (a, b) = (self.scalar(left), self.scalar(right));
            self.scalar_op(Kind::Bool, dst, |dst| less_scalar(kind, or_equal, dst, a, b));
        } else {
            let (a, b) = (self.value(left), self.value(right));
            self.scalar_op(Kind::Bool, dst, |dst| less_value(or_equal, dst, a, b));
        }
    }

    /// `a > b` is `b < a`, still evaluated from left to right.
    fn order_swapped(&mut self, or_equal: bool, left: &'a Expr, right: &'a Expr, dst: Reg) {
        let kind = self.kind(&left.ty);
        if kind.is_scalar() {
            let (b, a) = (self.scalar(left), self.scalar(right));
            self.scalar_op(Kind::Bool, dst, |dst| less_scalar(kind, or_equal, dst, a, b));
        } else {
            let (b, a) = (self.value(left), self.value(right));
            self.scalar_op(Kind::Bool, dst, |dst| less_value(or_equal, dst, a, b));
        }
    }

    fn arithmetic(
        &mut self,
        op: BinaryOp,
        left: &'a Expr,
        right: &'a Expr,
        whole: &'a Expr,
        dst: Reg,
    ) {
        match (self.kind(&left.ty), self.peel(&left.ty), self.peel(&right.ty)) {
            (_, Type::Duration | Type::Instant, _) | (_, _, Type::Duration | Type::Instant) => {
                self.time(op, left, right, dst);
            }
            (Kind::Int, ..) => self.int_arithmetic(op, left, right, dst),
            (Kind::Float, ..) => {
                let (a, b) = (self.scalar(left), self.scalar(right));
                self.scalar_op(Kind::Float, dst, |dst| float_op(op, dst, a, b));
            }
            (_, Type::Decimal, _) => {
                let (a, b) = (self.value(left), self.value(right));
                let op = decimal_op(op);
                self.value_op(dst, |dst| Op::Decimal { op, dst, a, b });
            }
            (_, Type::List(_), _) => {
                let (a, b) = (self.fresh_value(left), self.fresh_value(right));
                self.value_op(dst, |dst| Op::ListConcat { dst, a, b });
            }
            _ => self.concat(whole, dst),
        }
    }

    fn int_arithmetic(&mut self, op: BinaryOp, left: &'a Expr, right: &'a Expr, dst: Reg) {
        if let Some((operand, imm)) = immediate(op, left, right) {
            let a = self.scalar(operand);
            return self.scalar_op(Kind::Int, dst, |dst| Op::AddIntImm { dst, a, imm });
        }
        if let Some((operand, imm)) = factor(op, left, right) {
            let a = self.scalar(operand);
            return self.scalar_op(Kind::Int, dst, |dst| Op::MulIntImm { dst, a, imm });
        }
        if let (BinaryOp::Rem, ExprKind::Const(Const::Int(divisor))) = (op, &right.kind)
            && *divisor > 0
        {
            let a = self.scalar(left);
            if let Ok(imm) = i16::try_from(*divisor) {
                return self.scalar_op(Kind::Int, dst, |dst| Op::RemIntImm { dst, a, imm });
            }
            if let Ok(index) = u16::try_from(self.e.tables.scalar(divisor.cast_unsigned())) {
                return self.scalar_op(Kind::Int, dst, |dst| Op::RemIntConst { dst, a, index });
            }
        }
        let (a, b) = (self.scalar(left), self.scalar(right));
        self.scalar_op(Kind::Int, dst, |dst| match op {
            BinaryOp::Sub => Op::SubInt { dst, a, b },
            BinaryOp::Mul => Op::MulInt { dst, a, b },
            BinaryOp::Div => Op::DivInt { dst, a, b },
            BinaryOp::Rem => Op::RemInt { dst, a, b },
            _ => Op::AddInt { dst, a, b },
        });
    }

    fn time(&mut self, op: BinaryOp, left: &'a Expr, right: &'a Expr, dst: Reg) {
        let instant = |f: &Self, expr: &'a Expr| matches!(f.peel(&expr.ty), Type::Instant);
        let duration = |f: &Self, expr: &'a Expr| matches!(f.peel(&expr.ty), Type::Duration);
        let (first, second) = (self.value(left), self.value(right));
        // The machine wants the instant, and the duration of a product, first.
        let swap = match op {
            BinaryOp::Add => !instant(self, left) && instant(self, right),
            BinaryOp::Mul => !duration(self, left),
            _ => false,
        };
        let (a, b) = if swap { (second, first) } else { (first, second) };
        let times = instant(self, left) || (op == BinaryOp::Add && instant(self, right));
        let op = match op {
            BinaryOp::Add if times => TimeOp::InstantAdd,
            BinaryOp::Add => TimeOp::Add,
            BinaryOp::Sub if times && instant(self, right) => TimeOp::Between,
            BinaryOp::Sub if times => TimeOp::InstantSub,
            BinaryOp::Sub => TimeOp::Sub,
            BinaryOp::Mul => TimeOp::Mul,
            _ if duration(self, right) => TimeOp::Ratio,
            _ => TimeOp::Div,
        };
        self.value_op(dst, |dst| Op::Time { op, dst, a, b });
    }

    /// `a + b + c` of strings at once.
    fn concat(&mut self, whole: &'a Expr, dst: Reg) {
        let mut parts = Vec::new();
        let mut rest = whole;
        while let ExprKind::Binary { op: BinaryOp::Add, left, right } = &rest.kind {
            parts.push(&**right);
            rest = left;
        }
        parts.push(rest);
        parts.reverse();
        if self.is_written(parts.iter().copied()) {
            return self.write_text(dst, |f, text| {
                parts.into_iter().for_each(|part| f.write(part, text));
            });
        }
        let (count, first) = (parts.len() as u16, self.value_range(parts.into_iter()));
        self.value_op(dst, |dst| Op::Concat { dst, first, count });
    }

    /// Appends a string to one in a register.
    pub(super) fn append_string(&mut self, reg: V, expr: &'a Expr) {
        let first = self.regs.value_range(2);
        self.expr_to(expr, Reg::Value(behind(first, 1)));
        self.op(Op::Move { dst: first, src: reg });
        self.op(Op::Concat { dst: reg, first, count: 2 });
    }
}

/// The other side of a comparison with `null`.
pub(super) fn null_test<'a>(left: &'a Expr, right: &'a Expr) -> Option<&'a Expr> {
    match (is_null(left), is_null(right)) {
        (_, true) => Some(left),
        (true, false) => Some(right),
        _ => None,
    }
}

fn is_null(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Const(Const::Null) => true,
        ExprKind::Coerce(inner) => is_null(inner),
        _ => false,
    }
}

/// A small number.
pub(super) fn small(expr: &Expr) -> Option<i16> {
    match &expr.kind {
        ExprKind::Const(Const::Int(value)) => i16::try_from(*value).ok(),
        _ => None,
    }
}

/// `x * 2` and `2 * x` with small numbers.
fn factor<'a>(op: BinaryOp, left: &'a Expr, right: &'a Expr) -> Option<(&'a Expr, i16)> {
    match (op, small(left), small(right)) {
        (BinaryOp::Mul, _, Some(imm)) => Some((left, imm)),
        (BinaryOp::Mul, Some(imm), None) => Some((right, imm)),
        _ => None,
    }
}

/// `x + 1`, `1 + x` and `x - 1` with small numbers.
pub(super) fn immediate<'a>(
    op: BinaryOp,
    left: &'a Expr,
    right: &'a Expr,
) -> Option<(&'a Expr, i16)> {
    match op {
        BinaryOp::Add => match (small(left), small(right)) {
            (_, Some(imm)) => Some((left, imm)),
            (Some(imm), None) => Some((right, imm)),
            _ => None,
        },
        BinaryOp::Sub => Some((left, small(right)?.checked_neg()?)),
        _ => None,
    }
}

pub(super) fn float_op(op: BinaryOp, dst: S, a: S, b: S) -> Op {
    match op {
        BinaryOp::Sub => Op::SubFloat { dst, a, b },
        BinaryOp::Mul => Op::MulFloat { dst, a, b },
        BinaryOp::Div => Op::DivFloat { dst, a, b },
        BinaryOp::Rem => Op::RemFloat { dst, a, b },
        _ => Op::AddFloat { dst, a, b },
    }
}

fn decimal_op(op: BinaryOp) -> DecimalOp {
    match op {
        BinaryOp::Sub => DecimalOp::Sub,
        BinaryOp::Mul => DecimalOp::Mul,
        BinaryOp::Div => DecimalOp::Div,
        BinaryOp::Rem => DecimalOp::Rem,
        _ => DecimalOp::Add,
    }
}

/// `a < b` or `a <= b` of scalars; bools order as 0 and 1.
pub(super) fn less_scalar(kind: Kind, or_equal: bool, dst: S, a: S, b: S) -> Op {
    match (kind, or_equal) {
        (Kind::Float, false) => Op::LtFloat { dst, a, b },
        (Kind::Float, true) => Op::LeFloat { dst, a, b },
        (_, false) => Op::LtInt { dst, a, b },
        (_, true) => Op::LeInt { dst, a, b },
    }
}

pub(super) fn less_value(or_equal: bool, dst: S, a: V, b: V) -> Op {
    if or_equal { Op::Le { dst, a, b } } else { Op::Lt { dst, a, b } }
}
