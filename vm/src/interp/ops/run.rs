//! Calls of library functions, failures, lambdas, loops, named blocks and merges.

use std::sync::Arc;

use wf_bytecode::{FunctionKind, StepField, V};

use super::record::{field, items_of, take_range};
use super::{cost, put, range};
use crate::interp::{Activity, Effects, Env, Fault, Open, corrupt};
use crate::node::{Closure, LambdaRef};
use crate::{Failure, FailureKind, LoopPlace, Value, work};

/// What a call costs of the budget.
pub(crate) const CALL_COST: i64 = 4;
/// What a call of a library function costs of the budget at least.
const NATIVE_COST: i64 = 4;
/// What a step costs of the budget.
pub(crate) const STEP_COST: i64 = 16;
/// What an iteration of a parallel loop costs of the budget.
pub(crate) const REGION_COST: i64 = 4;

/// The failure of calls that are nested too deeply.
#[cold]
pub(crate) fn too_deep(depth: usize) -> Fault {
    let message = format!("calls are nested deeper than {depth} levels");
    Box::new(Failure::new(FailureKind::Pure, "TooDeep", message))
}

/// Calls a library function.
pub(crate) fn call_native(
    v: &mut [Value],
    native: u16,
    dst: V,
    first: V,
    env: Env<'_>,
    fuel: &mut i64,
) -> Result<(), Fault> {
    let (function, arity) = env.linked.native(native)?;
    let args = range(v, first, usize::from(arity))?;
    let before: usize = args.iter().map(items_of).sum();
    let result = function(env.program(), args);
    args.fill(Value::Null);
    let size = result.as_ref().map_or(0, items_of);
    *fuel -= NATIVE_COST + cost((before + size).saturating_add(work::take()));
    let result = result?;
    super::check_size(collection_size(&result), env)?;
    put(v, dst, result)
}

/// What the limit of one collection is about.
fn collection_size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        other => items_of(other),
    }
}

/// The failure of `fail`: a new one, or one that was caught or that a `finally` held.
pub(crate) fn fail(act: &mut Activity, value: Value, env: Env<'_>) -> Fault {
    if let Some(place) = act.raised.iter().rposition(|held| same_record(&held.value, &value)) {
        let held = act.raised.swap_remove(place);
        act.raised.truncate(place);
        return held.fault;
    }
    // Passed on by `fail err`: it keeps the place where it came from.
    if let Some((_, fault)) = act.caught.iter().rfind(|(record, _)| same_record(record, &value)) {
        return fault.clone();
    }
    Box::new(Failure::from_value(&value, env.program()))
}

/// The failure behind the record of a handler.
pub(crate) fn caught(act: &mut Activity, value: Value, env: Env<'_>) -> Fault {
    match act.caught.iter().rposition(|(record, _)| same_record(record, &value)) {
        Some(place) => act.caught.remove(place).1,
        None => Box::new(Failure::from_value(&value, env.program())),
    }
}

fn same_record(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Record(a), Value::Record(b)) => {
            std::ptr::eq(a.fields().as_ptr(), b.fields().as_ptr())
        }
        (Value::Map(a), Value::Map(b)) => std::ptr::eq(a.entries(), b.entries()),
        _ => false,
    }
}

/// The failure of code that the checker has proven to be out of reach.
#[cold]
pub(crate) fn unreachable() -> Fault {
    let message = "code that was proven to be out of reach was reached";
    Box::new(Failure::new(FailureKind::Internal, "Internal", message))
}

/// A lambda for a node.
pub(crate) fn make_closure(
    v: &mut [Value],
    dst: V,
    function: u16,
    first: V,
    env: Env<'_>,
) -> Result<(), Fault> {
    let FunctionKind::Closure { captures, .. } = env.linked.function(function)?.kind else {
        return Err(corrupt());
    };
    let captures = take_range(v, first, usize::from(captures))?;
    let closure = Arc::new(Closure { function, captures });
    put(v, dst, Value::Lambda(LambdaRef { closure }))
}

/// A part of a step's output and its circumstances.
pub(crate) fn step_field(value: &Value, field: StepField, env: Env<'_>) -> Result<Value, Fault> {
    match (value, field) {
        (Value::Step(step), StepField::Output) => Ok(step.output.clone()),
        (Value::Step(step), _) => Ok(step.field(field, env.program())),
        _ => Err(corrupt()),
    }
}

/// A field of a step's output.
#[inline]
pub(crate) fn output_field(value: &Value, slot: u16) -> Result<&Value, Fault> {
    let Value::Step(step) = value else { return Err(corrupt()) };
    field(&step.output, slot)
}

/// Notes that a named block began. One that begins again was left without its end.
pub(crate) fn open_block(act: &mut Activity, block: Open) {
    if let Some(place) = act.open.iter().position(|open| open.step == block.step) {
        act.open.truncate(place);
    }
    act.open.push(block);
}

/// Notes what a named condition that is under way has decided.
pub(crate) fn decided(act: &mut Activity, step: u16, output: &Value) {
    if let Some(open) = act.open.iter_mut().rev().find(|open| open.step == step) {
        open.decided = output.clone();
    }
}

/// Notes that a named block ended, and those in it.
pub(crate) fn close_block(act: &mut Activity, step: u16) {
    if let Some(place) = act.open.iter().rposition(|open| open.step == step) {
        act.open.truncate(place);
    }
}

/// An iteration of a loop begins, and ends the one before.
pub(crate) fn loop_index(
    act: &mut Activity,
    fx: &mut dyn Effects,
    depth: u16,
    step: u16,
    index: i64,
) {
    // The next round of a loop that is under way.
    if act.loops.len() == usize::from(depth) + 1 {
        fx.iteration_ended(act);
        if let Some(place) = act.loops.last_mut() {
            *place = LoopPlace { step, index };
        }
        return;
    }
    loop_end(act, fx, depth);
    act.loops.push(LoopPlace { step, index });
}

/// A loop ended.
pub(crate) fn loop_end(act: &mut Activity, fx: &mut dyn Effects, depth: u16) {
    let depth = usize::from(depth);
    if act.loops.len() > depth {
        act.loops.truncate(depth + 1);
        fx.iteration_ended(act);
        act.loops.truncate(depth);
    }
}

/// Notes an operand of a merge.
pub(crate) fn merge(
    act: &mut Activity,
    fx: &mut dyn Effects,
    slot: u16,
    operand: Value,
) -> Result<(), Fault> {
    let known = fx.enclosing_fork().is_some_and(|fork| usize::from(slot) < fork.merges.len());
    if !known {
        return Err(corrupt());
    }
    act.log.push((slot, operand));
    Ok(())
}
