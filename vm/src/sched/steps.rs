//! Steps: attempts, answers, retries, and calls of workflows.

use std::sync::Arc;

use wf_bytecode::{StepKind, TriggerArgument};

use super::call::{Phase, StepCall, StepWait, new_cell};
use super::cell::give_up;
use super::fx::{Fx, Request};
use super::strand::Within;
use super::{Arrived, Home, Strand};
use crate::interp::{Activity, Fault, Fiber, StepFlow, corrupt, record_shape, run_closure};
use crate::run::{Instance, Outer};
use crate::store::{DataStore, RunFacts};
use crate::sync::atomic::Ordering;
use crate::{Answer, EventKind, Failure, FailureKind, NodeFailure, RecordRef, Value, value};

impl Fx<'_> {
    /// The name of the node of a step.
    pub(super) fn name_of(&self, step: u16) -> &str {
        let program = self.env.program();
        let info = program.steps.get(usize::from(step)).map(|info| &info.kind);
        let Some(StepKind::Node { node, .. }) = info else { return "?" };
        program.nodes.get(usize::from(*node)).map_or("?", |node| node.name.as_str())
    }

    /// How long a step may take in a `finally` block of a run that has ended.
    pub(super) fn grace_left(&self, act: &Activity) -> Option<i64> {
        act.grace?;
        let now = self.steady();
        let until = act.grace_until.get().unwrap_or(now + self.env.limits.grace_time);
        act.grace_until.set(Some(until));
        Some(until - now)
    }

    /// The node has answered.
    pub(super) fn answered(
        &mut self,
        act: &Activity,
        call: StepCall,
        outcome: Result<Answer, NodeFailure>,
    ) -> StepFlow {
        let output = match outcome {
            Ok(answer) => self.output(&call, answer),
            Err(failure) => return self.node_failed(act, call, failure),
        };
        match output {
            Ok(Ok(output)) => self.completed(act, &call, output),
            Ok(Err(failure)) => self.node_failed(act, call, failure),
            Err(fault) => self.failed(act, &call, fault),
        }
    }

    /// The output of an answer, checked; or the failure that it tells of.
    fn output(&self, call: &StepCall, answer: Answer) -> Result<Result<Value, NodeFailure>, Fault> {
        let program = self.env.program();
        let linked = self.env.linked.steps.get(usize::from(call.step));
        let Some(linked) = linked.and_then(|linked| linked.call.as_ref()) else {
            return Err(corrupt());
        };
        let output = linked.output;
        let decoded = match answer {
            Answer::Json(text) => {
                self.decoded.set(self.decoded.get() + text.len().cast_signed() as i64);
                let most = usize::try_from(self.env.limits.memory).unwrap_or(usize::MAX);
                value::decode::decode_text_within(&text, output, program, most)
            }
            Answer::Value(Value::Record(record)) if Some(record.shape()) == linked.shape => {
                Ok(Value::Record(without_unread(record, &linked.unread)))
            }
            Answer::Value(other) => value::decode::decode_value(&other, output, program),
        };
        let value = decoded.map_err(|error| Box::new(error.to_failure()))?;
        let field = |slot: Option<u16>| match (&value, slot) {
            (Value::Record(record), Some(slot)) => record.fields().get(usize::from(slot)),
            _ => None,
        };
        if !matches!(field(linked.success), Some(Value::Bool(false))) {
            return Ok(Ok(value));
        }
        let name = self.name_of(call.step);
        let mut failure = NodeFailure::new("Failed", format!("the node `{name}` did not succeed"));
        if let Some(Value::Int(status)) = field(linked.status_code) {
            failure.status_code = Some(*status);
        }
        Ok(Err(failure))
    }

    /// An attempt has failed: the node is called again, or the step has failed.
    fn node_failed(&mut self, act: &Activity, call: StepCall, failure: NodeFailure) -> StepFlow {
        let wait = self.wait_of(act, &call, &failure);
        self.again_after(act, call, wait, failure_of_node(failure))
    }

    /// How long to wait before another attempt, where there is one.
    fn wait_of(&self, act: &Activity, call: &StepCall, failure: &NodeFailure) -> Option<i64> {
        let seed = call.key.words()[0];
        let policy = call.policy.as_ref().filter(|_| !self.home.is_cancelled(act) && !act.shielded);
        policy.and_then(|policy| policy.wait(call.attempt, failure, seed))
    }

    fn again_after(
        &mut self,
        act: &Activity,
        mut call: StepCall,
        wait: Option<i64>,
        mut fault: Fault,
    ) -> StepFlow {
        fault.attempts = call.attempt;
        let Some(wait) = wait else { return self.failed(act, &call, fault) };
        self.locate(act, call.step, &mut fault);
        let (step, attempts, failure) = (call.step, call.attempt, Arc::new(*fault));
        let kind = || EventKind::StepRetried { step, attempts, failure, wait };
        self.home.instance.run.emit(|| self.home.path(act), kind);
        (call.attempt, call.since) = (call.attempt + 1, None);
        let cell = Some(new_cell(self.home));
        let (phase, timer) = (Phase::Backoff, Some(wait));
        let (cancel, alarm, expired) = (None, None, None);
        self.wait(act, StepWait { call, phase, cell, cancel, timer, alarm, expired })
    }

    pub(super) fn completed(&mut self, act: &Activity, call: &StepCall, output: Value) -> StepFlow {
        let step = (call.step, call.key);
        StepFlow::Done(Value::Step(self.done(act, step, call.began, call.attempt, output)))
    }

    pub(super) fn failed(&mut self, act: &Activity, call: &StepCall, mut fault: Fault) -> StepFlow {
        fault.attempts = call.attempt;
        match self.step_failed(act, call.step, call.key, call.began, fault) {
            Ok(outcome) => StepFlow::Done(outcome),
            Err(fault) => StepFlow::Failed(fault),
        }
    }

    pub(super) fn wait(&mut self, act: &Activity, wait: StepWait) -> StepFlow {
        self.tell_wait(act, wait.call.step);
        self.request = Some(Request::Wait(Box::new(wait)));
        StepFlow::Wait
    }

    fn tell_wait(&self, act: &Activity, step: u16) {
        let run = &self.home.instance.run;
        run.emit(|| self.home.path(act), || EventKind::StepWaits { step });
    }

    /// What a step waited for has come.
    pub(super) fn arrived(&mut self, act: &Activity, wait: StepWait, arrived: Arrived) -> StepFlow {
        let (run, step) = (&self.home.instance.run, wait.call.step);
        run.emit(|| self.home.path(act), || EventKind::StepResumed { step });
        let StepWait { call, phase, timer, cancel, expired, .. } = wait;
        let is_answer = matches!(arrived, Arrived::Outcome(_) | Arrived::GoOn(_));
        if let (Some(cancel), false) = (cancel, is_answer) {
            give_up(cancel);
        }
        match (arrived, phase) {
            (Arrived::Outcome(outcome), _) => self.answered(act, call, outcome),
            (Arrived::GoOn(next), _) => self.attempt_by(act, call, Some(next)),
            (Arrived::Timer, Phase::Backoff) => {
                if self.home.is_cancelled(act) {
                    return self.failed(act, &call, self.home.cancelled());
                }
                self.try_again(act, call)
            }
            (Arrived::Timer, Phase::Calling | Phase::Child) => {
                let failure = self.too_slow("the node gave no answer", timer.unwrap_or(0));
                self.node_failed(act, call, failure)
            }
            (Arrived::Cancelled, _) => self.failed(act, &call, self.home.cancelled()),
            (Arrived::Child(Ok(result)), _) => self.completed(act, &call, result),
            (Arrived::Child(Err(fault)), _) => {
                let expired = expired.is_some_and(|expired| expired.load(Ordering::SeqCst));
                self.workflow_failed(act, call, fault, expired)
            }
        }
    }

    fn too_slow(&self, what: &str, limit: i64) -> NodeFailure {
        let mut message = format!("{what} within ");
        let _ = value::text::push_text(&Value::Duration(limit), self.env.program(), &mut message);
        let mut failure = NodeFailure::new("timeout", message);
        failure.transient = true;
        failure
    }

    /// The next attempt of a step begins.
    fn try_again(&mut self, act: &Activity, call: StepCall) -> StepFlow {
        let info = self.env.program().steps.get(usize::from(call.step));
        match info.map(|info| &info.kind) {
            Some(StepKind::Call { workflow, .. }) => {
                let workflow = *workflow;
                self.call_workflow(act, call, workflow)
            }
            _ => self.attempt(act, call),
        }
    }

    /// A workflow that ran as a step has failed: it is called again, or the step has failed.
    fn workflow_failed(
        &mut self,
        act: &Activity,
        call: StepCall,
        fault: Fault,
        expired: bool,
    ) -> StepFlow {
        if expired && fault.kind == FailureKind::Cancelled && !self.home.is_cancelled(act) {
            let limit = call.policy.as_ref().and_then(|policy| policy.timeout).unwrap_or(0);
            let what = format!("workflow `{}` did not end", self.called_name(&call));
            let failure = self.too_slow(&what, limit);
            return self.node_failed(act, call, failure);
        }
        let transient = is_transient(&fault);
        let fault = self.failure_of_workflow(&call, fault);
        if !fault.kind.is_catchable() {
            return self.failed(act, &call, fault);
        }
        let mut failure = NodeFailure::new(fault.code.clone(), String::new());
        (failure.status_code, failure.transient) = (fault.status_code, transient);
        let wait = self.wait_of(act, &call, &failure);
        self.again_after(act, call, wait, fault)
    }

    /// Ends a workflow that takes longer than it may.
    fn limit_time(&self, child: &Arc<Instance>, timeout: i64) -> Box<dyn Send> {
        let child = Arc::downgrade(child);
        let ring = move || {
            if let Some(child) = child.upgrade() {
                child.expired.store(true, Ordering::SeqCst);
                child.run.cancel_parked();
            }
        };
        self.home.instance.run.host.timer.alarm(timeout.max(0), Box::new(ring))
    }

    /// Runs a workflow as a step.
    pub(super) fn call_workflow(
        &mut self,
        act: &Activity,
        call: StepCall,
        workflow: u16,
    ) -> StepFlow {
        match self.child(act, &call, workflow) {
            Ok(child) => {
                let timeout = call.policy.as_ref().and_then(|policy| policy.timeout);
                let alarm = timeout.map(|timeout| self.limit_time(&child.home.instance, timeout));
                let expired = Some(Arc::clone(&child.home.instance.expired));
                let (phase, cell, cancel, timer) = (Phase::Child, None, None, None);
                let wait = StepWait { call, phase, cell, cancel, timer, alarm, expired };
                self.tell_wait(act, wait.call.step);
                self.request = Some(Request::Child(Box::new(wait), child));
                StepFlow::Wait
            }
            Err(fault) => self.failed(act, &call, fault),
        }
    }

    fn child(&self, act: &Activity, call: &StepCall, workflow: u16) -> Result<Box<Strand>, Fault> {
        let instance = &self.home.instance;
        let run = &instance.run;
        let depth = instance.depth + 1;
        if depth > run.limits.call_depth {
            let message = format!("calls of workflows are nested deeper than {depth} levels");
            return Err(Box::new(Failure::new(FailureKind::Pure, "TooDeep", message)));
        }
        let program = &self.env.linked.program;
        let info = program.workflows.get(usize::from(workflow)).ok_or_else(corrupt)?;
        let (fired, trigger, takes) = info.function_trigger().ok_or_else(corrupt)?;
        let arguments = self.arguments(act, call.input.clone(), takes)?;
        let shape = record_shape(trigger.context, program).ok_or_else(corrupt)?;
        let trigger = Value::Record(RecordRef::new(shape, vec![arguments]));
        let id = call.key.uuid();
        let (started_at, attempt) = (run.started_at, run.attempt);
        let facts = RunFacts { id, started_at, attempt, trigger: fired };
        let config = run.config.clone();
        let store = DataStore::new(Arc::clone(program), workflow, facts, trigger.clone(), config);
        let outer = Outer {
            instance: Arc::clone(instance),
            region: self.home.region.as_ref().map(Within::place),
            shield: act.shielded,
        };
        let child = Instance {
            run: Arc::clone(run),
            workflow,
            id,
            store: Arc::new(store),
            trigger,
            base: call.key.words(),
            place: self.home.key(instance.place, act, call.step)?.words(),
            prefix: self.home.path(act),
            depth,
            outer: Some(outer),
            expired: Arc::default(),
        };
        let home = Home::new(Arc::new(child), None);
        let mut strand = Strand::new(home);
        strand.fiber.enter(self.env.linked, info.function)?;
        strand.fiber.act.grace = act.grace;
        Ok(strand)
    }

    /// The arguments of a call, with the defaults of those that were left out.
    fn arguments(
        &self,
        act: &Activity,
        input: Value,
        arguments: &[TriggerArgument],
    ) -> Result<Value, Fault> {
        let Value::Record(record) = &input else {
            return Err(corrupt());
        };
        if record.fields().len() != arguments.len() {
            return Err(corrupt());
        }
        let given = record.fields().iter().zip(arguments);
        if !given.clone().any(|(field, arg)| is_left_out(field) && arg.default.is_some()) {
            return Ok(input);
        }
        let mut fiber = Fiber::default();
        let mut budget = act.grace.unwrap_or_else(|| self.home.instance.run.instructions_left());
        let mut fields = Vec::with_capacity(arguments.len());
        for (field, argument) in given {
            let default = argument.default.filter(|_| is_left_out(field));
            fields.push(match default {
                None => field.clone(),
                Some(function) => {
                    let mut fx = Fx::pure(self.home);
                    let none = Vec::new();
                    run_closure(&mut fiber, self.env, &mut fx, function, none, &[], &mut budget)?
                }
            });
        }
        Ok(Value::Record(RecordRef::new(record.shape(), fields)))
    }

    /// The name of the workflow that a step calls.
    fn called_name(&self, call: &StepCall) -> &str {
        let program = self.env.program();
        let info = program.steps.get(usize::from(call.step)).map(|info| &info.kind);
        let Some(StepKind::Call { workflow, .. }) = info else { return "?" };
        program.workflows.get(usize::from(*workflow)).map_or("?", |w| w.name.as_str())
    }

    /// The failure of a step whose workflow failed.
    fn failure_of_workflow(&self, call: &StepCall, mut fault: Fault) -> Fault {
        if !fault.kind.is_catchable() {
            return fault;
        }
        let name = self.called_name(call);
        let step = fault.step.take().map(|step| format!(" in step `{step}`")).unwrap_or_default();
        fault.message = format!("workflow `{name}` failed{step}: {}", fault.message);
        fault.kind = FailureKind::Node;
        (fault.span, fault.loops) = (None, Vec::new());
        fault
    }
}

/// Whether a workflow failed by something that may go better the next time.
fn is_transient(fault: &Failure) -> bool {
    let passing = matches!(fault.status_code, Some(408 | 429 | 500..=599))
        || ["timeout", "connect"].iter().any(|code| fault.code.eq_ignore_ascii_case(code));
    passing && fault.kind == FailureKind::Node
}

/// A node's own answer without the rows and lists that the program does not read: of what is in
/// them only that was made which is read elsewhere.
fn without_unread(record: RecordRef, unread: &[u16]) -> RecordRef {
    if unread.is_empty() {
        return record;
    }
    let is_kept = |slot: usize, value: &Value| {
        !value.is_container() || !unread.iter().any(|unread| usize::from(*unread) == slot)
    };
    if record.fields().iter().enumerate().all(|(slot, value)| is_kept(slot, value)) {
        return record;
    }
    let fields = record.fields().iter().enumerate();
    let kept = |(slot, value): (usize, &Value)| match is_kept(slot, value) {
        true => value.clone(),
        false => Value::Missing,
    };
    RecordRef::from_fields(record.shape(), fields.map(kept).collect::<Vec<_>>().into_iter())
}

fn is_left_out(value: &Value) -> bool {
    matches!(value, Value::Missing)
}

pub(super) fn missing_node(name: &str) -> Fault {
    let message = format!("the host has no node `{name}`");
    Box::new(Failure::new(FailureKind::Internal, "Internal", message))
}

pub(super) fn panicked(name: &str, panic: &(dyn std::any::Any + Send)) -> Fault {
    let said = panic.downcast_ref::<&str>().copied();
    let said = said.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let message = format!("the node `{name}` panicked: {}", said.unwrap_or("it did not say why"));
    Box::new(Failure::new(FailureKind::Node, "Panic", message))
}

fn failure_of_node(failure: NodeFailure) -> Fault {
    let mut fault = Failure::new(FailureKind::Node, failure.code, failure.message);
    fault.status_code = failure.status_code;
    if let Some(text) = failure.details {
        // Details that are no JSON, as the body of a gateway's error page, are kept as text.
        let parsed = value::decode::decode_json(&text);
        fault.details = parsed.unwrap_or_else(|_| Value::String(text.into()));
    }
    Box::new(fault)
}
