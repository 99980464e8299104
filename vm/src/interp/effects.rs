//! What a fiber may do to the world, behind one trait.

use wf_bytecode::{Fork, RunField, V};

use super::{Activity, Fault, Open};
use crate::Value;

/// How a step went on.
pub(crate) enum StepFlow {
    /// It has ended with this outcome.
    Done(Value),
    /// It failed.
    Failed(Fault),
    /// It waits: the fiber parks at the instruction.
    Wait,
}

/// A step as an instruction runs it. The values stay in their registers: one that is moved right after it
/// was written keeps the processor waiting for the memory.
pub(crate) struct StepAt {
    /// The step.
    pub(crate) step: u16,
    /// Gets the outcome.
    pub(crate) dst: V,
    /// Holds the input, of which nothing is held from then on.
    pub(crate) input: V,
    /// Holds the policy, where there may be one.
    pub(crate) policy: Option<V>,
}

/// How a step went on whose outcome is in its register if it has ended.
pub(crate) enum StepEnd {
    /// It has ended.
    Done,
    /// It failed.
    Failed(Fault),
    /// It waits: the fiber parks at the instruction.
    Wait,
}

/// What a fiber may do to the world. Pure code is given [`NoEffects`].
pub(crate) trait Effects {
    /// Runs a step.
    fn step(&mut self, act: &Activity, at: &StepAt, v: &mut [Value]) -> StepEnd;

    /// The outcome of a `try` step whose inputs failed.
    fn tried_input(&mut self, act: &Activity, step: u16, fault: Fault) -> Result<Value, Fault>;

    /// Notes that a step failed before its node was called.
    fn input_failed(&mut self, act: &Activity, step: u16, fault: &Fault);

    /// A named block begins, a `for` loop with its number of items: the time on the clock that
    /// never goes back.
    fn begin_block(&mut self, act: &Activity, step: u16, items: Option<u64>) -> i64;

    /// It ended with this output.
    fn end_block(&mut self, act: &Activity, step: u16, start: i64, output: Value) -> Value;

    /// A failure left it.
    fn fail_block(&mut self, act: &Activity, block: Open, fault: &Fault);

    /// The innermost iteration of `act.loops` ended.
    fn iteration_ended(&mut self, act: &Activity);

    /// The loops around the place, outermost first.
    fn path(&self, act: &Activity) -> Vec<crate::LoopPlace>;

    /// The trigger context.
    fn trigger(&self) -> Result<Value, Fault>;

    /// A value of `config`.
    fn config(&self, index: u16) -> Result<Value, Fault>;

    /// A field of `run`.
    fn run(&self, field: RunField) -> Result<Value, Fault>;

    /// The fork whose region the fiber runs.
    fn enclosing_fork(&self) -> Option<&Fork>;

    /// The region that the fiber runs has come to its end. Whether the next one begins in the same
    /// frame, whose registers these are; `false` where nothing was done.
    fn next_region(
        &mut self,
        act: &mut Activity,
        s: &mut [u64],
        v: &mut [Value],
    ) -> Result<bool, Fault>;
}

/// The effects of pure code: none.
pub(crate) struct NoEffects;

impl Effects for NoEffects {
    fn step(&mut self, _: &Activity, _: &StepAt, _: &mut [Value]) -> StepEnd {
        StepEnd::Failed(super::corrupt())
    }

    fn tried_input(&mut self, _: &Activity, _: u16, _: Fault) -> Result<Value, Fault> {
        Err(super::corrupt())
    }

    fn input_failed(&mut self, _: &Activity, _: u16, _: &Fault) {}

    fn begin_block(&mut self, _: &Activity, _: u16, _: Option<u64>) -> i64 {
        0
    }

    fn end_block(&mut self, _: &Activity, _: u16, _: i64, _: Value) -> Value {
        Value::Null
    }

    fn fail_block(&mut self, _: &Activity, _: Open, _: &Fault) {}

    fn iteration_ended(&mut self, _: &Activity) {}

    fn path(&self, act: &Activity) -> Vec<crate::LoopPlace> {
        act.loops.clone()
    }

    fn trigger(&self) -> Result<Value, Fault> {
        Err(super::corrupt())
    }

    fn config(&self, _: u16) -> Result<Value, Fault> {
        Err(super::corrupt())
    }

    fn run(&self, _: RunField) -> Result<Value, Fault> {
        Err(super::corrupt())
    }

    fn enclosing_fork(&self) -> Option<&Fork> {
        None
    }

    fn next_region(
        &mut self,
        _: &mut Activity,
        _: &mut [u64],
        _: &mut [Value],
    ) -> Result<bool, Fault> {
        Ok(false)
    }
}
