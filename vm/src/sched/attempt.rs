//! Attempts: a node is called, and what has its answer at once goes the shortest way.

use std::cell::{Cell, OnceCell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use wf_bytecode::StepKind;

use super::CallCell;
use super::call::{CallDesk, Phase, StepCall, StepWait};
use super::fx::{Fx, end_of};
use super::key::{CallKey, Key};
use super::steps::{missing_node, panicked};
use crate::interp::{
    Activity, Fault, LinkedCall, StepAt, StepEnd, StepFlow, corrupt, size_of_output, take,
};
use crate::node::{GoOn, RunInfo};
use crate::store::{Status, StepOutput};
use crate::{Answer, EventKind, NodeCall, NodeFailure, RecordRef, Started, Value};

/// A call of a node without a policy, as it begins.
pub(super) struct NodeStep<'a> {
    pub(super) call: &'a LinkedCall,
    pub(super) key: Key,
    pub(super) began: i64,
}

/// What a node is told of an attempt.
struct Attempt<'a> {
    step: u16,
    call: &'a LinkedCall,
    key: Key,
    number: u32,
    input: &'a Value,
    timeout: Option<i64>,
    connect_timeout: Option<i64>,
    since: Option<i64>,
}

/// How an attempt began that has not given a whole output at once.
struct Begun {
    /// What the node gave, unless it panicked.
    started: thread::Result<Started>,
    /// What the node asked of its desk.
    cell: Option<Arc<CallCell>>,
    moment: Option<i64>,
    fatal: Option<Fault>,
}

impl Fx<'_> {
    /// Calls the node of a step for the first time, where it may take all its time and is not called
    /// again: what most steps do.
    pub(super) fn first_attempt(
        &mut self,
        act: &Activity,
        step: &NodeStep<'_>,
        at: &StepAt,
        v: &mut [Value],
    ) -> StepEnd {
        let Some(input) = v.get(usize::from(at.input.0)) else {
            return StepEnd::Failed(corrupt());
        };
        let attempt = Attempt {
            step: at.step,
            call: step.call,
            key: step.key,
            number: 1,
            input,
            timeout: None,
            connect_timeout: None,
            since: None,
        };
        let begun = match self.begin(act, &attempt, None) {
            Ok(record) => {
                let output = Value::Record(record);
                let output = self.done(act, (at.step, step.key), step.began, 1, output);
                // The next step of this shape may use the memory of the record again.
                let mut input = v.get_mut(usize::from(at.input.0));
                let is_kept = match &mut input {
                    Some(Value::Record(record)) => record.empty(),
                    _ => false,
                };
                if let (Some(input), false) = (input, is_kept) {
                    *input = Value::Null;
                }
                let Some(place) = v.get_mut(usize::from(at.dst.0)) else {
                    return StepEnd::Failed(corrupt());
                };
                Value::Step(output).put_into(place);
                return StepEnd::Done;
            }
            Err(begun) => begun,
        };
        let input = take(v, at.input).unwrap_or_default();
        let (step, key, began) = (at.step, step.key, step.began);
        let (policy, since) = (None, None);
        let call = StepCall { step, key, input, policy, attempt: 1, began, since };
        end_of(self.begun(act, call, *begun, None), at.dst, v)
    }

    /// Calls the node of a step.
    pub(super) fn attempt(&mut self, act: &Activity, call: StepCall) -> StepFlow {
        self.attempt_by(act, call, None)
    }

    /// Calls the node of a step, or lets it go on with its call.
    pub(super) fn attempt_by(
        &mut self,
        act: &Activity,
        call: StepCall,
        next: Option<GoOn>,
    ) -> StepFlow {
        let mut timeout = match (&call.policy, act.grace) {
            (None, None) => None,
            (policy, _) => {
                let timeout = policy.as_ref().and_then(|policy| policy.timeout);
                timeout.into_iter().chain(self.grace_left(act)).min()
            }
        };
        if let Some(since) = call.since
            && let Some(timeout) = &mut timeout
        {
            *timeout = (*timeout - (self.steady() - since)).max(0);
        }
        if timeout.is_some_and(|timeout| timeout <= 0) && act.grace.is_some() {
            return self.failed(act, &call, self.home.cancelled());
        }
        let linked = self.env.linked.steps.get(usize::from(call.step));
        let Some(linked) = linked.and_then(|linked| linked.call.as_ref()) else {
            return self.failed(act, &call, self.not_callable(call.step));
        };
        let attempt = Attempt {
            step: call.step,
            call: linked,
            key: call.key,
            number: call.attempt,
            input: &call.input,
            timeout,
            connect_timeout: call.policy.as_ref().and_then(|policy| policy.connect_timeout),
            since: call.since,
        };
        match self.begin(act, &attempt, next) {
            Ok(record) => self.completed(act, &call, Value::Record(record)),
            Err(begun) => self.begun(act, call, *begun, timeout),
        }
    }

    /// Calls the node, or lets it go on. What it gives at once as it is wanted is told apart from all
    /// else.
    fn begin(
        &self,
        act: &Activity,
        attempt: &Attempt<'_>,
        next: Option<GoOn>,
    ) -> Result<RecordRef, Box<Begun>> {
        let program = &self.env.linked.program;
        let (instance, call) = (&self.home.instance, attempt.call);
        let workflow = program.workflows.get(usize::from(instance.workflow));
        let desk = CallDesk {
            home: self.home,
            act,
            step: attempt.step,
            cell: OnceCell::new(),
            lambdas: RefCell::new(None),
            moment: Cell::new(attempt.since),
            fatal: RefCell::new(None),
        };
        let node_call = NodeCall {
            program,
            run: RunInfo {
                id: self.run.id,
                workflow: workflow.map_or("", |workflow| workflow.name.as_str()),
            },
            step: attempt.step,
            key: CallKey::new(attempt.key),
            attempt: attempt.number,
            input: attempt.input,
            type_args: &call.type_args,
            input_type: call.input,
            output_type: call.output,
            timeout: attempt.timeout,
            connect_timeout: attempt.connect_timeout,
            shape: call.shape,
            layouts: &self.env.linked.layouts,
            services: &desk,
        };
        let began = catch_unwind(AssertUnwindSafe(|| {
            let started = match next {
                None => call.node.start(&node_call),
                Some(next) => next(&node_call),
            };
            match started {
                Started::Ready(Ok(Answer::Value(Value::Record(record))))
                    if call.is_whole(&record) =>
                {
                    Ok(record)
                }
                other => Err(Box::new(other)),
            }
        }));
        let started = match began {
            Ok(Ok(record)) if desk.fatal.borrow().is_none() => return Ok(record),
            Ok(Ok(record)) => Ok(Started::Ready(Ok(Answer::Value(Value::Record(record))))),
            Ok(Err(started)) => Ok(*started),
            Err(panic) => Err(panic),
        };
        let CallDesk { cell, fatal, moment, .. } = desk;
        let (cell, fatal) = (cell.into_inner(), fatal.into_inner());
        Err(Box::new(Begun { started, cell, moment: moment.get(), fatal }))
    }

    /// The node has answered, or waits.
    fn begun(
        &mut self,
        act: &Activity,
        mut call: StepCall,
        begun: Begun,
        timeout: Option<i64>,
    ) -> StepFlow {
        let Begun { started, cell, moment, fatal } = begun;
        if let Some(fault) = fatal {
            return self.failed(act, &call, fault);
        }
        match started {
            Ok(Started::Ready(outcome)) => self.answered(act, call, outcome),
            Ok(Started::Pending(cancel)) => match cell {
                Some(cell) => {
                    call.since = moment.or_else(|| timeout.map(|_| self.steady()));
                    let (cell, cancel) = (Some(cell), Some(cancel));
                    let (phase, timer, expired) = (Phase::Calling, timeout, None);
                    let alarm = None;
                    self.wait(act, StepWait { call, phase, cell, cancel, timer, alarm, expired })
                }
                None => {
                    let name = self.name_of(call.step);
                    let message = format!("the node `{name}` waits for nothing");
                    self.answered(act, call, Err(NodeFailure::new("NoAnswer", message)))
                }
            },
            Err(panic) => {
                let fault = panicked(self.name_of(call.step), &*panic);
                self.failed(act, &call, fault)
            }
        }
    }

    /// Why a step calls no node.
    #[cold]
    fn not_callable(&self, step: u16) -> Fault {
        let info = self.env.program().steps.get(usize::from(step));
        match info.map(|info| &info.kind) {
            Some(StepKind::Node { .. }) => missing_node(self.name_of(step)),
            _ => corrupt(),
        }
    }

    /// A step has ended well.
    #[inline]
    pub(super) fn done(
        &mut self,
        act: &Activity,
        (step, key): (u16, Key),
        began: i64,
        attempts: u32,
        output: Value,
    ) -> Arc<StepOutput> {
        self.output = self.output.saturating_add(size_of_output(&output));
        let ended = self.moment(act);
        let (executed_at, duration) = (self.wall(ended), ended - began);
        let (status, error) = (Status::Complete, None);
        let output = Arc::new(StepOutput {
            step,
            key,
            status,
            output,
            error,
            executed_at,
            duration,
            attempts,
        });
        self.keep(step, &output);
        self.emit(act, ended, || EventKind::StepCompleted { step, duration });
        output
    }
}
