//! Comparisons of values.

use std::cmp::Ordering;

use crate::Value;
use crate::interp::{Env, Fault, corrupt};

/// `a == b`; strings, which are compared most, first.
#[inline]
pub(crate) fn equal(a: &Value, b: &Value, env: Env<'_>) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a.as_bytes() == b.as_bytes(),
        _ => a.equal_in(b, env.program()),
    }
}

/// `a < b`.
pub(crate) fn less(a: &Value, b: &Value) -> Result<u64, Fault> {
    let order = a.compare(b).ok_or_else(corrupt)?;
    Ok(u64::from(order == Ordering::Less))
}

/// `a <= b`.
pub(crate) fn less_or_equal(a: &Value, b: &Value) -> Result<u64, Fault> {
    let order = a.compare(b).ok_or_else(corrupt)?;
    Ok(u64::from(order != Ordering::Greater))
}

/// `a in b`.
pub(crate) fn is_in(a: &Value, b: &Value, env: Env<'_>) -> Result<u64, Fault> {
    let found = match (a, b) {
        (_, Value::List(list)) => {
            list.as_slice().iter().any(|item| a.equal_in(item, env.program()))
        }
        (Value::String(key), Value::Map(map)) => map.entries().contains_key(key.as_str()),
        (Value::Null, Value::Map(_)) => false,
        _ => return Err(corrupt()),
    };
    Ok(u64::from(found))
}
