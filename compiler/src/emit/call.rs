//! Calls of functions.

use smol_str::SmolStr;
use wf_bytecode::{Op, Reg, S, V};
use wf_types::Type;

use super::function::FunctionEmitter;
use super::operator::immediate;
use super::registers::Kind;
use crate::typed::{Expr, ExprKind, FnId};

impl<'a> FunctionEmitter<'_, 'a> {
    /// Calls a `fn`. Its frame begins behind all registers in use, with the arguments in place;
    /// the register of its value is the first one of that, and is taken.
    pub(super) fn call_operand(
        &mut self,
        whole: &'a Expr,
        function: FnId,
        args: &'a [Expr],
    ) -> Reg {
        let result = self.kind(&whole.ty);
        let base = self.mark();
        self.nested(whole.span, |f| {
            if let ([arg], Kind::Int | Kind::Bool | Kind::Float) = (args, result)
                && f.kind(&arg.ty) == Kind::Int
                && let Some((operand, imm)) = sum(arg)
            {
                let S(scalars) = f.regs.scalar();
                let src = f.scalar(operand);
                return f.op(Op::CallAdd { imm, function: function.0 as u16, scalars, src });
            }
            let kinds: Vec<Kind> = args.iter().map(|a| f.kind(&a.ty)).collect();
            let count = |scalar: bool| kinds.iter().filter(|k| k.is_scalar() == scalar).count();
            let scalars = count(true).max(usize::from(result.is_scalar()));
            let values = count(false).max(usize::from(!result.is_scalar()));
            let (S(scalars), V(values)) =
                (f.regs.scalar_range(scalars), f.regs.value_range(values));
            let (mut scalar, mut value) = (scalars, values);
            for (arg, kind) in args.iter().zip(kinds) {
                let next = if kind.is_scalar() { &mut scalar } else { &mut value };
                let reg = in_bank(kind, *next);
                *next = next.wrapping_add(1);
                f.expr_to(arg, reg);
            }
            f.op(Op::Call { function: function.0 as u16, scalars, values });
        });
        // The value stays where it is; everything else of the window is given back.
        self.regs.release(base);
        self.regs.of_kind(result)
    }

    /// Calls a library function: all arguments are boxed, in a row. The records that it makes
    /// find their shapes by the type of the call, which the program therefore holds.
    pub(super) fn call_native(&mut self, ty: &Type, name: &SmolStr, args: &'a [Expr], dst: Reg) {
        if let ("length", [whole]) = (name.as_str(), args) {
            let native = self.e.tables.native(name.clone(), 1);
            if let (Some((list, index)), Ok(native)) = (self.item(whole), u8::try_from(native)) {
                return self.scalar_op(Kind::Int, dst, |dst| Op::ItemLength {
                    native,
                    dst,
                    list,
                    index,
                });
            }
            let src = self.value(whole);
            return self.scalar_op(Kind::Int, dst, |dst| Op::Length { dst, src, native });
        }
        self.e.ty(ty);
        let first = self.value_range(args.iter());
        let native = self.e.tables.native(name.clone(), args.len() as u16);
        self.value_op(dst, |dst| Op::CallNative { native, dst, first });
    }

    pub(super) fn list_get(&mut self, list: &'a Expr, index: &'a Expr, dst: Reg) {
        let (list, index) = (self.value(list), self.scalar(index));
        self.value_op(dst, |dst| Op::ListGet { dst, list, index });
    }
}

fn in_bank(kind: Kind, index: u16) -> Reg {
    match kind {
        Kind::Int => Reg::Int(S(index)),
        Kind::Float => Reg::Float(S(index)),
        Kind::Bool => Reg::Bool(S(index)),
        Kind::Value => Reg::Value(V(index)),
    }
}

/// `x`, `x + 1` and `x - 1` with very small numbers.
fn sum(expr: &Expr) -> Option<(&Expr, i8)> {
    match &expr.kind {
        ExprKind::Binary { op, left, right } => {
            let (operand, imm) = immediate(*op, left, right)?;
            Some((operand, i8::try_from(imm).ok()?))
        }
        ExprKind::Local(_) => Some((expr, 0)),
        _ => None,
    }
}
