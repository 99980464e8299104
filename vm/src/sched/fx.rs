//! The effects of fibers that belong to a run.

use std::cell::Cell;
use std::sync::Arc;

use wf_bytecode::{Fork, RunField, StepKind, V};

use super::attempt::NodeStep;
use super::call::{StepCall, StepWait};
use super::key::Key;
use super::policy::Policy;
use super::region::Batch;
use super::{Home, Strand};
use crate::interp::{
    Activity, Effects, Env, Fault, Open, STEP_COST, StepAt, StepEnd, StepFlow, corrupt, put, take,
};
use crate::run::Run;
use crate::store::{Status, StepOutput};
use crate::{Event, EventKind, Failure, LoopPlace, Value};

/// How many instructions take less time than the clock can tell.
const SHORT_TIME: i64 = 4 * STEP_COST;

/// The effects of a fiber for one slice.
pub(super) struct Fx<'a> {
    pub(super) home: &'a Home,
    pub(super) run: &'a Run,
    pub(super) env: Env<'a>,
    /// What the fiber waits for, where the slice ended because a step waits.
    pub(super) request: Option<Request>,
    /// How many bytes of answers have been decoded.
    pub(super) decoded: Cell<i64>,
    /// How many bytes steps have answered.
    pub(super) output: u64,
    /// The regions that follow the fiber's own in the same frame.
    batch: Option<&'a mut Batch>,
    /// When the clock was looked at last, and how much of the budget was left then.
    looked: Option<(i64, i64)>,
    /// The last event, which is used again.
    told: Option<Event>,
    /// Whether steps are out of place, as in lambdas.
    pure: bool,
}

/// What a fiber waits for.
pub(super) enum Request {
    /// A call or a time.
    Wait(Box<StepWait>),
    /// A workflow that is to run first.
    Child(Box<StepWait>, Box<Strand>),
}

impl<'a> Fx<'a> {
    pub(super) fn new(home: &'a Home, batch: Option<&'a mut Batch>) -> Self {
        let (run, env) = (&*home.instance.run, home.env());
        let (decoded, output, pure) = (Cell::new(0), 0, false);
        let (request, looked, told) = (None, None, None);
        Self { home, run, env, request, decoded, output, batch, looked, told, pure }
    }

    /// The effects of a lambda.
    pub(super) fn pure(home: &'a Home) -> Self {
        Self { pure: true, ..Self::new(home, None) }
    }

    /// Microseconds on the clock that never goes back.
    pub(super) fn steady(&self) -> i64 {
        self.run.host.clock.monotonic()
    }

    /// The same, when something has just ended.
    pub(super) fn moment(&mut self, act: &Activity) -> i64 {
        let now = self.steady();
        self.looked = Some((now, act.fuel));
        now
    }

    /// The clock is looked at when the next step begins.
    pub(super) fn look_again(&mut self) {
        self.looked = None;
    }

    /// The same, when something begins or an iteration ends: when the clock was looked at last,
    /// where so little ran since that it would tell the same.
    pub(super) fn moment_soon(&mut self, act: &Activity) -> i64 {
        match self.looked {
            Some((at, fuel)) if (0..=SHORT_TIME).contains(&(fuel - act.fuel)) => at,
            _ => self.moment(act),
        }
    }

    /// The time of day at a moment of that clock.
    pub(super) fn wall(&self, steady: i64) -> i64 {
        self.run.wall(steady)
    }

    /// Tells the observer what happened at a moment of that clock.
    #[inline]
    pub(super) fn emit(&mut self, act: &Activity, at: i64, kind: impl FnOnce() -> EventKind) {
        if self.run.host.observer.is_some() {
            self.tell(act, at, kind);
        }
    }

    /// The event is used again: two for each step would make a list of loops each.
    fn tell(&mut self, act: &Activity, at: i64, kind: impl FnOnce() -> EventKind) {
        let (home, run) = (self.home, self.run);
        let Some(observer) = &run.host.observer else { return };
        if !run.mask.is_empty() {
            drop(run.tell(at, home.path(act), kind()));
            return;
        }
        let event = match &mut self.told {
            Some(event) => {
                match &mut event.kind {
                    // What most events are has nothing to be given back.
                    EventKind::StepStarted { .. } | EventKind::StepCompleted { .. } => {
                        std::mem::forget(std::mem::replace(&mut event.kind, kind()));
                    }
                    other => *other = kind(),
                }
                if !(event.loops.is_empty() && home.is_outermost(act)) {
                    home.write_path(act, &mut event.loops);
                }
                event
            }
            told => {
                let (loops, kind) = (home.path(act), kind());
                told.insert(Event { run: run.id, at, clock: at, loops, kind })
            }
        };
        (event.at, event.clock) = (run.wall(at), at);
        observer(event);
    }

    /// The key of a step at this place.
    #[inline]
    pub(super) fn key(&self, act: &Activity, step: u16) -> Result<Key, Fault> {
        self.home.key(self.home.instance.base, act, step)
    }

    /// Keeps the outcome of a step where the store has a place for it.
    #[inline]
    pub(super) fn keep(&self, step: u16, output: &Arc<StepOutput>) {
        let linked = self.env.linked.steps.get(usize::from(step));
        if let Some(slot) = linked.and_then(|linked| linked.slot) {
            self.home.keep(slot, Arc::clone(output));
        }
    }

    /// Completes a failure with the step, its place and its loops.
    pub(super) fn locate(&self, act: &Activity, step: u16, fault: &mut Failure) {
        let info = self.env.program().steps.get(usize::from(step));
        if fault.step.is_none() {
            fault.step = info.map(|info| info.name.to_string());
        }
        if fault.span.is_none() {
            let (function, pc) = act.at;
            let function = self.env.linked.function(function).ok();
            let at = function.and_then(|function| function.spans.find(pc));
            fault.span = at.or_else(|| info.map(|info| info.span));
        }
        if fault.loops.is_empty() {
            fault.loops = self.home.path(act);
        }
    }

    fn is_tried(&self, step: u16) -> bool {
        let info = self.env.program().steps.get(usize::from(step));
        matches!(
            info.map(|info| &info.kind),
            Some(StepKind::Node { tried: true, .. } | StepKind::Call { tried: true, .. })
        )
    }

    /// The outcome of a step that failed: a value where it is a `try` step, a failure else.
    pub(super) fn step_failed(
        &mut self,
        act: &Activity,
        step: u16,
        key: Key,
        began: i64,
        fault: Fault,
    ) -> Result<Value, Fault> {
        self.block_failed(act, Open::new(step, 0, began), key, fault)
    }

    /// The same of a step or a block, of a condition with what it has decided.
    fn block_failed(
        &mut self,
        act: &Activity,
        block: Open,
        key: Key,
        mut fault: Fault,
    ) -> Result<Value, Fault> {
        let (step, began) = (block.step, block.start);
        self.locate(act, step, &mut fault);
        let mask = &self.home.instance.run.mask;
        if !mask.is_empty() {
            *fault = mask.failure(&fault);
        }
        let catchable = fault.kind.is_catchable();
        let tried = self.is_tried(step) && catchable;
        let failure = Arc::new((*fault).clone());
        let ended = self.steady();
        let output = Arc::new(StepOutput {
            step,
            key,
            status: if catchable { Status::Failed } else { Status::Cancelled },
            output: block.decided,
            error: Some(Arc::clone(&failure)),
            executed_at: self.wall(ended),
            duration: ended - began,
            attempts: fault.attempts,
        });
        self.keep(step, &output);
        self.emit(act, ended, || EventKind::StepFailed { step, failure, tried });
        if tried { Ok(Value::Step(output)) } else { Err(fault) }
    }
}

/// A step has gone on: its outcome goes into its register.
pub(super) fn end_of(flow: StepFlow, dst: V, v: &mut [Value]) -> StepEnd {
    match flow {
        StepFlow::Done(value) => {
            put(v, dst, value).map_or_else(StepEnd::Failed, |()| StepEnd::Done)
        }
        StepFlow::Wait => StepEnd::Wait,
        StepFlow::Failed(fault) => StepEnd::Failed(fault),
    }
}

impl Effects for Fx<'_> {
    fn step(&mut self, act: &Activity, at: &StepAt, v: &mut [Value]) -> StepEnd {
        let step = at.step;
        let linked = self.env.linked.steps.get(usize::from(step));
        let (Some(linked), false) = (linked, self.pure) else { return StepEnd::Failed(corrupt()) };
        if self.home.is_cancelled(act) {
            return StepEnd::Failed(self.home.cancelled());
        }
        let key = self.home.key_of(self.home.instance.base, act, linked);
        let began = self.moment_soon(act);
        self.emit(act, began, || EventKind::StepStarted { step, items: None });
        if let (Some(call), None, None) = (&linked.call, at.policy, act.grace) {
            return self.first_attempt(act, &NodeStep { call, key, began }, at, v);
        }
        let policy = at.policy.map_or(Ok(Value::Null), |policy| take(v, policy));
        let (input, policy) = match (take(v, at.input), policy) {
            (Ok(input), Ok(policy)) => (input, Policy::read(&policy, self.env.program())),
            _ => return StepEnd::Failed(corrupt()),
        };
        let call = StepCall { step, key, input, policy, attempt: 1, began, since: None };
        let info = self.env.program().steps.get(usize::from(step));
        let flow = match info.map(|info| &info.kind) {
            Some(StepKind::Node { .. }) => self.attempt(act, call),
            Some(StepKind::Call { workflow, .. }) => self.call_workflow(act, call, *workflow),
            _ => return StepEnd::Failed(corrupt()),
        };
        end_of(flow, at.dst, v)
    }

    fn tried_input(&mut self, act: &Activity, step: u16, fault: Fault) -> Result<Value, Fault> {
        let (key, now) = (self.key(act, step)?, self.steady());
        self.emit(act, now, || EventKind::StepStarted { step, items: None });
        self.step_failed(act, step, key, now, fault)
    }

    fn input_failed(&mut self, act: &Activity, step: u16, fault: &Fault) {
        // The outcome of a `try` step is made by an instruction of its own.
        if self.is_tried(step) || !fault.kind.is_catchable() {
            return;
        }
        if let Ok(key) = self.key(act, step) {
            let now = self.steady();
            self.emit(act, now, || EventKind::StepStarted { step, items: None });
            let _ = self.step_failed(act, step, key, now, fault.clone());
        }
    }

    fn begin_block(&mut self, act: &Activity, step: u16, items: Option<u64>) -> i64 {
        let now = self.steady();
        self.emit(act, now, || EventKind::StepStarted { step, items });
        now
    }

    fn end_block(&mut self, act: &Activity, step: u16, start: i64, output: Value) -> Value {
        let Ok(key) = self.key(act, step) else { return Value::Null };
        let ended = self.steady();
        let duration = ended - start;
        let output = Arc::new(StepOutput {
            step,
            key,
            status: Status::Complete,
            output,
            error: None,
            executed_at: self.wall(ended),
            duration,
            attempts: 1,
        });
        self.keep(step, &output);
        self.emit(act, ended, || EventKind::StepCompleted { step, duration });
        Value::Step(output)
    }

    fn fail_block(&mut self, act: &Activity, block: Open, fault: &Fault) {
        if let Ok(key) = self.key(act, block.step) {
            let _ = self.block_failed(act, block, key, fault.clone());
        }
    }

    fn iteration_ended(&mut self, act: &Activity) {
        if let Some(place) = act.loops.last() {
            let kind = || EventKind::IterationEnded { step: place.step };
            self.home.instance.run.emit(|| self.home.path(act), kind);
        }
    }

    fn path(&self, act: &Activity) -> Vec<LoopPlace> {
        self.home.path(act)
    }

    fn trigger(&self) -> Result<Value, Fault> {
        Ok(self.home.instance.trigger.clone())
    }

    fn config(&self, index: u16) -> Result<Value, Fault> {
        self.home.instance.run.config.get(usize::from(index)).cloned().ok_or_else(corrupt)
    }

    fn run(&self, field: RunField) -> Result<Value, Fault> {
        let (instance, run) = (&self.home.instance, &self.home.instance.run);
        Ok(match field {
            RunField::Id => Value::Uuid(triomphe::Arc::new(instance.id)),
            RunField::Workflow => {
                let workflows = &self.env.program().workflows;
                let workflow = workflows.get(usize::from(instance.workflow)).ok_or_else(corrupt)?;
                Value::String(workflow.name.as_str().into())
            }
            RunField::StartedAt => Value::Instant(run.started_at),
            RunField::Attempt => Value::Int(run.attempt),
            RunField::Trigger => Value::Int(instance.store.run().trigger.into()),
        })
    }

    fn enclosing_fork(&self) -> Option<&Fork> {
        self.home.region.as_ref()?.join.decl()
    }

    fn next_region(
        &mut self,
        act: &mut Activity,
        s: &mut [u64],
        v: &mut [Value],
    ) -> Result<bool, Fault> {
        let (Some(batch), Some(within)) = (self.batch.as_deref_mut(), &self.home.region) else {
            return Ok(false);
        };
        // What was given up is noticed where a slice begins.
        if batch.chunk.is_empty() || self.home.is_cancelled(act) {
            return Ok(false);
        }
        let next = within.join.follow(batch, &within.index, act, s, v)?;
        if let (Some(ended), true) = (next, within.join.is_watched) {
            let at = self.moment_soon(act);
            if let Some(batch) = self.batch.as_deref_mut() {
                within.join.tell_end(batch, ended, at);
            }
        }
        Ok(next.is_some())
    }
}
