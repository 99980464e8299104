//! Arithmetic that is not in the dispatch itself, and the failures of what is.

use wf_bytecode::decimal::NoQuotient;
use wf_bytecode::{DecimalOp, TimeOp, V};

use super::{put, see};
use crate::interp::{Fault, corrupt};
use crate::{Failure, FailureKind, Value, value};

/// `a % b`, with the sign of `a`.
pub(crate) fn rem_int(a: u64, b: u64) -> Result<u64, Fault> {
    let (a, b) = (a as i64, b as i64);
    if b == 0 {
        return Err(division_by_zero());
    }
    Ok(a.wrapping_rem(b) as u64)
}

/// `a % imm`.
#[inline]
pub(crate) fn rem_int_imm(a: u64, imm: i16) -> Result<u64, Fault> {
    // A division of 32 bits is the cheaper one.
    match (u32::try_from(a), u32::try_from(imm)) {
        (Ok(a), Ok(b)) if b > 0 => Ok(u64::from(a % b)),
        _ => rem_int(a, i64::from(imm) as u64),
    }
}

/// `-a`.
pub(crate) fn neg_int(a: u64) -> Result<u64, Fault> {
    let a = a as i64;
    a.checked_neg().map(|result| result as u64).ok_or_else(|| overflow(&format!("-({a})"), "int"))
}

/// The failure of a checked operation on ints that had no result.
#[cold]
pub(crate) fn int_failure(op: &str, a: i64, b: i64) -> Fault {
    let sign = match op {
        "checked_add" => '+',
        "checked_sub" => '-',
        "checked_mul" => '*',
        _ if b == 0 => return division_by_zero(),
        _ => '/',
    };
    overflow(&format!("{a} {sign} {b}"), "int")
}

/// The failure of an operation on floats whose result is not finite.
#[cold]
pub(crate) fn float_failure(op: &str, a: f64, b: f64) -> Fault {
    if matches!(op, "/" | "%") && b == 0.0 {
        return division_by_zero();
    }
    overflow(&format!("{a:?} {op} {b:?}"), "float")
}

/// Arithmetic of instants and durations.
pub(crate) fn time(v: &mut [Value], op: TimeOp, dst: V, a: V, b: V) -> Result<(), Fault> {
    let result = value::time::apply(op, see(v, a)?, see(v, b)?)?;
    put(v, dst, result)
}

/// Arithmetic of decimals.
pub(crate) fn decimal(op: DecimalOp, a: &Value, b: &Value) -> Result<Value, Fault> {
    let (Value::Decimal(a), Value::Decimal(b)) = (a, b) else { return Err(corrupt()) };
    let (a, b) = (**a, **b);
    let (sign, result) = match op {
        DecimalOp::Add => ('+', a.plus(b)),
        DecimalOp::Sub => ('-', a.minus(b)),
        DecimalOp::Mul => ('*', a.times(b)),
        DecimalOp::Neg => ('-', Some(a.negated())),
        DecimalOp::Rem => ('%', Some(a.remainder(b).ok_or_else(division_by_zero)?)),
        DecimalOp::Div => match a.divided_by(b) {
            Ok(quotient) => ('/', Some(quotient)),
            Err(NoQuotient::Range) => ('/', None),
            Err(NoQuotient::ByZero) => return Err(division_by_zero()),
        },
    };
    let result = result.ok_or_else(|| decimal_overflow(&format!("{a} {sign} {b}")))?;
    Ok(Value::decimal(result))
}

/// A result with too many digits, or one that is out of range.
#[cold]
fn decimal_overflow(expression: &str) -> Fault {
    let message = format!("`{expression}` does not fit in the 34 digits of a `decimal`");
    Box::new(Failure::new(FailureKind::Pure, "Overflow", message))
}

fn division_by_zero() -> Fault {
    Box::new(Failure::new(FailureKind::Pure, "DivisionByZero", "division by zero"))
}

fn overflow(expression: &str, ty: &str) -> Fault {
    let message = format!("`{expression}` is outside of the range of `{ty}`");
    Box::new(Failure::new(FailureKind::Pure, "Overflow", message))
}
