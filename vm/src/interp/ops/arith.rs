//! Arithmetic that is not in the dispatch itself, and the failures of what is.

use wf_bytecode::{TimeOp, V};

use super::{put, see};
use crate::interp::Fault;
use crate::{Failure, FailureKind, Value, value};

/// `a % b`, with the sign of `a`.
pub(crate) fn rem_int(a: u64, b: u64) -> Result<u64, Fault> {
    let (a, b) = (a as i64, b as i64);
    if b == 0 {
        return Err(division_by_zero());
    }
    Ok(a.wrapping_rem(b) as u64)
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

fn division_by_zero() -> Fault {
    Box::new(Failure::new(FailureKind::Pure, "DivisionByZero", "division by zero"))
}

fn overflow(expression: &str, ty: &str) -> Fault {
    let message = format!("`{expression}` is outside of the range of `{ty}`");
    Box::new(Failure::new(FailureKind::Pure, "Overflow", message))
}
