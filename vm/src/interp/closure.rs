//! Calls of lambdas and defaults: pure, at once, to their end.

use std::sync::Arc;

use wf_bytecode::{FunctionKind, Program};

use super::effects::NoEffects;
use super::{Effects, Env, Fault, Fiber, Linked, Outcome, corrupt, run_slice};
use crate::{Failure, FailureKind, Limits, NativeFns, Value};

/// Calls a closure of a program that captures nothing: a default of an argument or of `config`,
/// the filter of a trigger.
///
/// # Errors
/// The failure of its code; one of kind `Internal` where it is no such closure.
pub fn call_closure(
    program: &Arc<Program>,
    functions: &NativeFns,
    function: u16,
    args: Vec<Value>,
    limits: &Limits,
) -> Result<Value, Failure> {
    call_linked(&Linked::pure(Arc::clone(program), functions), function, args, limits)
}

/// The same in a program that is bound to a host already.
pub(crate) fn call_linked(
    linked: &Linked,
    function: u16,
    args: Vec<Value>,
    limits: &Limits,
) -> Result<Value, Failure> {
    let env = Env { linked, limits };
    let mut budget = i64::try_from(limits.instructions).unwrap_or(i64::MAX);
    let mut fiber = Fiber::default();
    run_closure(&mut fiber, env, &mut NoEffects, function, args, &[], &mut budget)
        .map_err(|fault| *fault)
}

/// Runs a closure on a fiber whose memory is free to use.
pub(crate) fn run_closure(
    fiber: &mut Fiber,
    env: Env<'_>,
    fx: &mut dyn Effects,
    function: u16,
    args: Vec<Value>,
    captures: &[Value],
    budget: &mut i64,
) -> Result<Value, Fault> {
    let FunctionKind::Closure { params, captures: wanted } = env.linked.function(function)?.kind
    else {
        return Err(corrupt());
    };
    if args.len() != usize::from(params) || captures.len() != usize::from(wanted) {
        return Err(corrupt());
    }
    fiber.enter(env.linked, function)?;
    for (place, value) in args.into_iter().chain(captures.iter().cloned()).enumerate() {
        *fiber.values.get_mut(place).ok_or_else(corrupt)? = value;
    }
    match run_slice(fiber, env, fx, budget) {
        Outcome::Returned(value) => Ok(value),
        Outcome::Failed(fault) => Err(fault),
        Outcome::SliceOver => Err(out_of_instructions()),
        Outcome::RegionEnded | Outcome::Waiting | Outcome::Fork(_) => Err(corrupt()),
    }
}

#[cold]
fn out_of_instructions() -> Fault {
    let message = "the run has used up its instructions";
    Box::new(Failure::new(FailureKind::Limit, "Instructions", message))
}
