//! The interpreter: one fiber, one slice of work, pure and single-threaded.
//!
//! What a fiber wants of the world goes through [`Effects`]; what must wait is told as an
//! [`Outcome`], and the fiber goes on where it stopped once [`Fiber::resume`] is set.

mod closure;
mod dispatch;
mod effects;
mod fiber;
mod link;
mod memory;
mod ops;
mod registers;
mod unwind;

pub use closure::call_closure;
pub(crate) use closure::{call_linked, run_closure};
pub(crate) use effects::{Effects, StepAt, StepEnd, StepFlow};
pub(crate) use fiber::{Activity, Fiber, Open, Resume};
pub(crate) use link::{Linked, LinkedCall, LinkedStep, record_shape};
pub(crate) use memory::{size_of_output, size_of_values};
pub(crate) use ops::run::STEP_COST;
pub(crate) use ops::{put, take};

use wf_bytecode::{Op, Program};

use crate::{Failure, FailureKind, Limits, Value};

/// A failure on its way: boxed, because it is large and rare.
pub(crate) type Fault = Box<Failure>;

/// What an instruction needs besides its fiber.
#[derive(Clone, Copy)]
pub(crate) struct Env<'a> {
    /// The program with what its imports are bound to.
    pub(crate) linked: &'a Linked,
    /// The limits of the run.
    pub(crate) limits: &'a Limits,
}

impl<'a> Env<'a> {
    /// The program.
    pub(crate) fn program(&self) -> &'a Program {
        &self.linked.program
    }
}

/// Why a slice ended.
pub(crate) enum Outcome {
    /// The function that the fiber was made for returned.
    Returned(Value),
    /// The region that the fiber was made for ended.
    RegionEnded,
    /// A failure left the function that the fiber was made for.
    Failed(Fault),
    /// A step waits; the effects know for what.
    Waiting,
    /// Runs the regions of this fork, then resumes.
    Fork(u16),
    /// The budget is used up.
    SliceOver,
}

/// Runs a fiber until it ends, must wait or has used its budget of instructions. The budget is
/// counted down, a little below zero at most by what the last instruction cost.
pub(crate) fn run_slice(
    fiber: &mut Fiber,
    env: Env<'_>,
    fx: &mut dyn Effects,
    budget: &mut i64,
) -> Outcome {
    let mut raised = resume(fiber, env).err();
    loop {
        if let Some(fault) = raised.take()
            && let Some(fault) = unwind::unwind(fiber, env, fx, fault)
        {
            return Outcome::Failed(fault);
        }
        match execute(fiber, env, fx, budget) {
            Ok(Some(outcome)) => return outcome,
            Ok(None) => {}
            Err(fault) => raised = Some(fault),
        }
    }
}

/// Runs instructions for as long as the frames are of one width.
fn execute(
    fiber: &mut Fiber,
    env: Env<'_>,
    fx: &mut dyn Effects,
    budget: &mut i64,
) -> Result<Option<Outcome>, Fault> {
    if fiber.make_room(env.linked)? {
        dispatch::execute::<[u64; registers::NARROW]>(fiber, env, fx, budget)
    } else {
        dispatch::execute::<[u64]>(fiber, env, fx, budget)
    }
}

/// Does what the fiber waited for: the instruction it stopped at is over.
fn resume(fiber: &mut Fiber, env: Env<'_>) -> Result<(), Fault> {
    let result = match std::mem::replace(&mut fiber.resume, Resume::Here) {
        Resume::Here => return Ok(()),
        Resume::Next => Ok(None),
        Resume::Value(value) => Ok(Some(value)),
        Resume::Raise(fault) => Err(fault),
    };
    let function = env.linked.function(fiber.frame.function)?;
    if let Some(Op::Step { dst, .. } | Op::StepAlone { dst, .. }) =
        function.code.get(fiber.frame.pc as usize)
    {
        match &result {
            Ok(Some(value)) => fiber.set_value(*dst, value.clone())?,
            Ok(None) => {}
            Err(_) => fiber.set_value(*dst, Value::Null)?,
        }
    }
    result?;
    fiber.frame.pc += 1;
    Ok(())
}

/// The failure of a program that its verification should have refused.
#[cold]
#[inline(never)]
pub(crate) fn corrupt() -> Fault {
    Box::new(Failure::new(FailureKind::Internal, "Internal", "the program is corrupt"))
}
