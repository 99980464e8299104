//! Arithmetic, and what updates and merges make of a value.

use std::cmp::Ordering;
use std::rc::Rc;

use wf_compiler::typed::{BinaryOp, UpdateOp};

use super::value::{Val, compare, insert};

const OVERFLOW: &str = "Overflow";
const ZERO: &str = "DivisionByZero";
/// What the types rule out.
const BROKEN: &str = "Broken";

/// `0000-01-01T00:00:00Z` and `9999-12-31T23:59:59.999999Z`
const INSTANTS: std::ops::RangeInclusive<i128> = -62_167_219_200_000_000..=253_402_300_799_999_999;

fn int(value: i128) -> Result<Val, &'static str> {
    i64::try_from(value).map(Val::Int).map_err(|_| OVERFLOW)
}

fn span(value: i128) -> Result<Val, &'static str> {
    i64::try_from(value).map(Val::Duration).map_err(|_| OVERFLOW)
}

fn instant(value: i128) -> Result<Val, &'static str> {
    if INSTANTS.contains(&value) { Ok(Val::Instant(value as i64)) } else { Err(OVERFLOW) }
}

/// A float that is there: no infinity, no NaN, no negative zero.
pub(super) fn float(value: f64) -> Result<Val, &'static str> {
    if !value.is_finite() {
        return Err(OVERFLOW);
    }
    Ok(Val::Float(if value == 0.0 { 0.0 } else { value }))
}

/// A decimal, where 34 digits hold it.
pub(super) fn decimal(value: Option<wf_bytecode::Decimal>) -> Result<Val, &'static str> {
    value.map(Val::Dec).ok_or(OVERFLOW)
}

/// `-x`
pub(super) fn negate(value: &Val) -> Result<Val, &'static str> {
    match value {
        Val::Int(n) => int(-i128::from(*n)),
        Val::Float(x) => float(-x),
        Val::Duration(d) => span(-i128::from(*d)),
        Val::Dec(d) => Ok(Val::Dec(d.negated())),
        _ => Err(BROKEN),
    }
}

/// `+ - * / %`; the error is the code of the failure.
pub(super) fn arithmetic(op: BinaryOp, a: &Val, b: &Val) -> Result<Val, &'static str> {
    match (a, b) {
        (Val::Int(a), Val::Int(b)) => {
            let (a, b) = (i128::from(*a), i128::from(*b));
            match op {
                BinaryOp::Add => int(a + b),
                BinaryOp::Sub => int(a - b),
                BinaryOp::Mul => int(a * b),
                _ if b == 0 => Err(ZERO),
                BinaryOp::Div => int(a / b),
                BinaryOp::Rem => int(a % b),
                _ => Err(BROKEN),
            }
        }
        (Val::Float(a), Val::Float(b)) => match op {
            BinaryOp::Add => float(a + b),
            BinaryOp::Sub => float(a - b),
            BinaryOp::Mul => float(a * b),
            _ if *b == 0.0 => Err(ZERO),
            BinaryOp::Div => float(a / b),
            BinaryOp::Rem => float(a % b),
            _ => Err(BROKEN),
        },
        (Val::Dec(a), Val::Dec(b)) => match op {
            BinaryOp::Add => decimal(a.plus(*b)),
            BinaryOp::Sub => decimal(a.minus(*b)),
            BinaryOp::Mul => decimal(a.times(*b)),
            _ if b.is_zero() => Err(ZERO),
            BinaryOp::Div => decimal(a.divided_by(*b).ok()),
            BinaryOp::Rem => decimal(a.remainder(*b)),
            _ => Err(BROKEN),
        },
        (Val::Str(a), Val::Str(b)) if op == BinaryOp::Add => Ok(Val::str(format!("{a}{b}"))),
        (Val::List(a), Val::List(b)) if op == BinaryOp::Add => {
            Ok(Val::list(a.iter().chain(b.iter()).cloned().collect()))
        }
        (Val::Instant(a), Val::Instant(b)) if op == BinaryOp::Sub => {
            span(i128::from(*a) - i128::from(*b))
        }
        (Val::Instant(a), Val::Duration(b)) => match op {
            BinaryOp::Add => instant(i128::from(*a) + i128::from(*b)),
            BinaryOp::Sub => instant(i128::from(*a) - i128::from(*b)),
            _ => Err(BROKEN),
        },
        (Val::Duration(_), Val::Instant(_)) if op == BinaryOp::Add => arithmetic(op, b, a),
        (Val::Duration(a), Val::Duration(b)) => match op {
            BinaryOp::Add => span(i128::from(*a) + i128::from(*b)),
            BinaryOp::Sub => span(i128::from(*a) - i128::from(*b)),
            BinaryOp::Div if *b == 0 => Err(ZERO),
            BinaryOp::Div => float(*a as f64 / *b as f64),
            _ => Err(BROKEN),
        },
        (Val::Duration(_), Val::Int(0)) if op == BinaryOp::Div => Err(ZERO),
        (Val::Duration(a), Val::Int(b)) if op == BinaryOp::Div => {
            span(i128::from(*a) / i128::from(*b))
        }
        (Val::Duration(a), Val::Int(b)) | (Val::Int(b), Val::Duration(a))
            if op == BinaryOp::Mul =>
        {
            span(i128::from(*a) * i128::from(*b))
        }
        _ => Err(BROKEN),
    }
}

/// What a variable becomes by one operand.
pub(super) fn update(op: UpdateOp, old: &Val, operand: &Val) -> Result<Val, &'static str> {
    match (op, old, operand) {
        (UpdateOp::Add, Val::Map(old), Val::Map(more)) => {
            let mut all = old.to_vec();
            for (key, value) in more.iter() {
                insert(&mut all, Rc::clone(key), value.clone());
            }
            Ok(Val::Map(Rc::new(all)))
        }
        (UpdateOp::Add, old, operand) => arithmetic(BinaryOp::Add, old, operand),
        (UpdateOp::Max, old, operand) => Ok(pick(old, operand, Ordering::Greater)),
        (UpdateOp::Min, old, operand) => Ok(pick(old, operand, Ordering::Less)),
        (UpdateOp::Or, Val::Bool(a), Val::Bool(b)) => Ok(Val::Bool(*a || *b)),
        (UpdateOp::And, Val::Bool(a), Val::Bool(b)) => Ok(Val::Bool(*a && *b)),
        _ => Err(BROKEN),
    }
}

fn pick(old: &Val, operand: &Val, wanted: Ordering) -> Val {
    if operand.is_null() {
        return old.clone();
    }
    if old.is_null() || compare(operand, old) == Some(wanted) {
        return operand.clone();
    }
    old.clone()
}
