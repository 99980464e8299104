//! Failures on their way out: their place in the source, and who takes them.

use wf_bytecode::{Function, Handler};

use super::fiber::Raised;
use super::{Effects, Env, Fault, Fiber, Open};
use crate::Value;

/// Finds who takes a failure that was raised at the current instruction, and makes the fiber go on
/// there. Gives the failure back where nobody does: the fiber is at the end of its first function
/// then, whose registers are left as they are.
pub(super) fn unwind(
    fiber: &mut Fiber,
    env: Env<'_>,
    fx: &mut dyn Effects,
    mut fault: Fault,
) -> Option<Fault> {
    if fault.loops.is_empty() {
        fault.loops = fx.path(&fiber.act);
    }
    let mut input_of = None;
    loop {
        let Ok(function) = env.linked.function(fiber.frame.function) else { return Some(fault) };
        let pc = fiber.frame.pc;
        if fault.span.is_none() {
            fault.span = function.spans.find(pc);
        }
        if fault.step.is_none()
            && fault.kind.is_catchable()
            && let Some(range) =
                function.step_ranges.iter().find(|r| (r.start..r.end).contains(&pc))
        {
            let step = env.program().steps.get(usize::from(range.step));
            fault.step = step.map(|step| step.name.to_string());
            input_of = Some(range.step);
        }
        if let Some(step) = input_of.take() {
            fx.input_failed(&fiber.act, step, &fault);
        }
        let depth = fiber.callers.len();
        if let Some(handler) = next_handler(fiber, function, &mut fault, pc, depth) {
            return enter_handler(fiber, env, fx, function, handler, fault);
        }
        let Some(caller) = fiber.callers.pop() else {
            for open in std::mem::take(&mut fiber.act.open).into_iter().rev() {
                fx.fail_block(&fiber.act, open, &fault);
            }
            return Some(fault);
        };
        let base = fiber.frame.values as usize;
        let top = base + usize::from(function.values);
        if let Some(window) = fiber.values.get_mut(base..top) {
            window.fill(Value::Null);
        }
        fiber.frame = caller;
    }
}

/// The innermost handler that takes the failure here. Where the failure leaves a `finally` block
/// that holds an earlier one, it is noted to that one, which goes on in its place.
fn next_handler<'f>(
    fiber: &mut Fiber,
    function: &'f Function,
    fault: &mut Fault,
    pc: u32,
    depth: usize,
) -> Option<&'f Handler> {
    loop {
        let found = function.handlers.iter().find(|handler| {
            (handler.start..handler.end).contains(&pc)
                && (handler.finally || fault.kind.is_catchable())
        });
        let Some(held) = fiber.act.raised.last() else { return found };
        let inside = match found {
            Some(handler) => {
                held.depth < depth || (held.depth == depth && !surrounds(handler, held))
            }
            None => held.depth < depth,
        };
        if inside {
            return found;
        }
        let Some(held) = fiber.act.raised.pop() else { return found };
        let mut pending = held.fault;
        let note = &fault.message;
        pending.message = format!("{} (and in `finally`: {note})", pending.message);
        *fault = pending;
    }
}

/// Whether a handler lies around the statement whose `finally` holds a failure.
fn surrounds(handler: &Handler, held: &Raised) -> bool {
    handler.start <= held.guarded.0 && held.guarded.1 <= handler.end
}

fn enter_handler(
    fiber: &mut Fiber,
    env: Env<'_>,
    fx: &mut dyn Effects,
    function: &Function,
    handler: &Handler,
    fault: Fault,
) -> Option<Fault> {
    let depth = fiber.callers.len();
    let guarded = (handler.start, handler.end);
    if depth == 0 {
        let inside = |open: &mut Open| (guarded.0..guarded.1).contains(&open.pc);
        while let Some(open) = fiber.act.open.pop_if(inside) {
            fx.fail_block(&fiber.act, open, &fault);
        }
        fiber.act.loops.truncate(usize::from(handler.loop_depth));
    }
    let value = fault.to_value(env.program());
    let register = fiber.frame.values as usize + usize::from(handler.failure.0);
    let known = handler.failure.0 < function.values;
    let Some(place) = fiber.values.get_mut(register).filter(|_| known) else {
        return Some(super::corrupt());
    };
    *place = value.clone();
    fiber.frame.pc = handler.target;
    if handler.finally {
        if !fault.kind.is_catchable() {
            fiber.act.shielded = true;
            fiber.act.grace.get_or_insert(env.limits.grace);
        }
        fiber.act.raised.push(Raised { value, fault, depth, guarded });
    } else {
        // A record that nobody else holds can't be passed on any more.
        fiber.act.caught.retain(|(record, _)| record.is_shared());
        fiber.act.caught.push((value, fault));
    }
    None
}
