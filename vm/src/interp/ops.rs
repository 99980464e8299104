//! The instructions by families. Failures have no place yet: it is found when they are raised.

pub(super) mod arith;
pub(super) mod compare;
pub(super) mod group;
pub(super) mod list;
pub(super) mod piece;
pub(super) mod pipeline;
pub(super) mod record;
pub(super) mod render;
pub(super) mod run;
pub(super) mod text;

use wf_bytecode::V;

use super::{Env, Fault, corrupt};
use crate::{Failure, FailureKind, Value};

/// How many items are as much work as one instruction.
const ITEMS_PER_INSTRUCTION: usize = 4;

/// A register.
fn see(v: &[Value], reg: V) -> Result<&Value, Fault> {
    v.get(usize::from(reg.0)).ok_or_else(corrupt)
}

/// Writes a register.
pub(crate) fn put(v: &mut [Value], reg: V, value: Value) -> Result<(), Fault> {
    value.put_into(v.get_mut(usize::from(reg.0)).ok_or_else(corrupt)?);
    Ok(())
}

/// Moves a value out of a register.
pub(crate) fn take(v: &mut [Value], reg: V) -> Result<Value, Fault> {
    v.get_mut(usize::from(reg.0)).map(std::mem::take).ok_or_else(corrupt)
}

/// The registers of a range.
fn range(v: &mut [Value], first: V, count: usize) -> Result<&mut [Value], Fault> {
    let first = usize::from(first.0);
    v.get_mut(first..first + count).ok_or_else(corrupt)
}

/// What work on so many items costs of the budget.
fn cost(items: usize) -> i64 {
    i64::try_from(items / ITEMS_PER_INSTRUCTION).unwrap_or(i64::MAX)
}

/// Refuses a collection or string beyond the limit of one.
fn check_size(size: usize, env: Env<'_>) -> Result<(), Fault> {
    if size <= env.limits.collection { Ok(()) } else { Err(too_large(size, env)) }
}

#[cold]
fn too_large(size: usize, env: Env<'_>) -> Fault {
    let limit = env.limits.collection;
    let message = format!("a collection or string of {size} is beyond the limit of {limit}");
    Box::new(Failure::new(FailureKind::Pure, "TooLarge", message))
}
