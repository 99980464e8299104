//! Steps: nodes, called workflows, `try`, policies, and how steps are read.

use wf_compiler::typed::{NodeStep, StepId, StepTarget, Trigger, WorkflowId};
use wf_diagnostics::Span;

use super::read;
use super::state::{Evaluator, Fault, Kind, Outcome, StepValue, Stop, StoredStep};
use super::text::json_text;
use super::value::Val;
use crate::soak::world::{Answered, Call, NOW};

impl<'p> Evaluator<'p> {
    pub(super) fn step(&mut self, step: &'p NodeStep) -> Outcome<()> {
        let name = self.instance()?.workflow.steps.get(step.step.0 as usize);
        let name = name.map(|s| s.name.to_string()).unwrap_or_default();
        let inputs = self.eval(&step.input).and_then(|input| {
            let policy = step.policy.as_ref().map(|p| self.eval(p)).transpose()?;
            Ok((input, policy))
        });
        let (attempts, outcome) = match inputs {
            Ok((input, policy)) => self.attempts(step, &name, input, policy.as_ref())?,
            Err(Stop::Fault(fault)) => (0, Err(fault)),
            Err(stop) => return Err(stop),
        };
        match outcome {
            Ok(output) => self.completed(step.step, output, attempts),
            Err(mut fault) => {
                fault.step = Some(name);
                fault.attempts = attempts;
                let stored =
                    StoredStep { output: Val::Null, error: Some(Fault::clone(&fault)), attempts };
                self.store(step.step, stored)?;
                if !step.tried {
                    return Err(Stop::Fault(fault));
                }
                let value = StepValue { output: Val::Null, error: Some(*fault), attempts };
                self.set_step(step.step, Some(value))
            }
        }
    }

    /// Calls the node, again and again where the policy says so.
    fn attempts(
        &mut self,
        step: &'p NodeStep,
        name: &str,
        input: Val,
        policy: Option<&Val>,
    ) -> Outcome<(i64, Result<Val, Box<Fault>>)> {
        let node = match &step.target {
            StepTarget::Workflow(id) => return self.calls(*id, &input, policy, step.span),
            StepTarget::Node { name, .. } => name.clone(),
        };
        if step.strict {
            self.features.note("strict: true");
        }
        if node.starts_with("entity.") {
            self.features.node(&node);
            let answer = self.entity_node(step, &input)?;
            return Ok((
                1,
                match answer {
                    Ok(output) => Ok(output),
                    Err(code) => Err(unwrap(self.fault(Kind::Node, &code, step.span))?),
                },
            ));
        }
        let retry = Retry::of(policy);
        let timeout = match policy.and_then(|p| p.field("timeout")) {
            Some(Val::Duration(micros)) => Some(*micros),
            _ => None,
        };
        let workflow = self.instance()?.workflow.name.to_string();
        let input_json = json_text(&input);
        let output_ty = self.output_type(step.step)?;
        if timeout.is_some() {
            self.features.note("timeout");
        }
        let mut attempt = 1;
        loop {
            self.features.node(&node);
            let call = Call {
                node: &node,
                workflow: &workflow,
                step: name,
                input: &input_json,
                attempt,
                timeout,
            };
            let (code, status, transient, details) = match self.world.answer(&call) {
                Answered::Json(text) => {
                    let output = read::parse(&text).and_then(|json| {
                        read::decode(&json, output_ty, &self.program.defs, step.strict)
                    });
                    let Some(output) = output else {
                        let stop = self.fault(Kind::Decode, "Decode", step.span);
                        let mut fault = unwrap(stop)?;
                        fault.details = Val::str(super::UNKNOWN);
                        return Ok((attempt, Err(fault)));
                    };
                    if output.has_unread() {
                        self.features.note("answer with a part of another type");
                    }
                    if !matches!(output.field("success"), Some(Val::Bool(false))) {
                        return Ok((attempt, Ok(output)));
                    }
                    ("Failed".to_owned(), None, false, None)
                }
                Answered::Failure { code, status, transient, details } => {
                    (code, status, transient, details)
                }
                Answered::Never => ("timeout".to_owned(), None, true, None),
            };
            if retry.again(attempt, &code, status, transient) {
                self.features.note("retry");
                attempt += 1;
                continue;
            }
            let mut fault = unwrap(self.fault(Kind::Node, &code, step.span))?;
            fault.status = status;
            fault.details = details.and_then(|d| read::any(&read::parse(&d)?)).unwrap_or(Val::Null);
            return Ok((attempt, Err(fault)));
        }
    }

    /// What a node's answer must be: of a `try` step without the null.
    fn output_type(&mut self, step: StepId) -> Outcome<&'p wf_types::Type> {
        let workflow = self.instance()?.workflow;
        let Some(step) = workflow.steps.get(step.0 as usize) else {
            return Err(self.broken("no such step"));
        };
        Ok(match self.program.defs.peel(&step.output) {
            wf_types::Type::Optional(inner) => inner,
            _ => &step.output,
        })
    }

    /// Calls a workflow, again and again where the policy says so. What is left of its time is not
    /// looked at: it is either none or plenty.
    fn calls(
        &mut self,
        id: WorkflowId,
        input: &Val,
        policy: Option<&Val>,
        span: Span,
    ) -> Outcome<(i64, Result<Val, Box<Fault>>)> {
        let retry = Retry::of(policy);
        if policy.is_some() {
            self.features.note("workflow.call with");
        }
        let mut attempt = 1;
        loop {
            let outcome = self.call_workflow(id, input, span)?;
            let Err((fault, transient)) = outcome else {
                return Ok((attempt, outcome.map_err(|(fault, _)| fault)));
            };
            if !retry.again(attempt, &fault.code, fault.status, transient) {
                return Ok((attempt, Err(fault)));
            }
            self.features.note("workflow.call again");
            attempt += 1;
        }
    }

    /// Runs a workflow; a failure with whether it may pass.
    fn call_workflow(
        &mut self,
        id: WorkflowId,
        input: &Val,
        span: Span,
    ) -> Outcome<Result<Val, (Box<Fault>, bool)>> {
        self.features.node("workflow.call");
        let Some(workflow) = self.program.workflows.get(id.0 as usize) else {
            return Err(self.broken("no such workflow"));
        };
        let function = workflow.triggers.iter().enumerate().find_map(|(i, t)| match &t.kind {
            Trigger::Function { arguments, .. } => Some((i, arguments)),
            _ => None,
        });
        let Some((fired, arguments)) = function else {
            return Err(self.broken("a called workflow is no function"));
        };
        // The input of the node is `arguments`, or the arguments themselves.
        let given = input.field("arguments").cloned().unwrap_or_else(|| input.clone());
        let caller = (self.instance.take(), std::mem::take(&mut self.locals), self.declared);
        let caught = std::mem::take(&mut self.caught);
        let loops = self.loops.clone();
        let mut fields = Vec::new();
        for argument in arguments {
            let mut value = given.field(&argument.name).cloned().unwrap_or(Val::Missing);
            if let (Val::Missing, Some((locals, default))) = (&value, &argument.default) {
                self.locals = vec![Val::Missing; locals.len()];
                self.declared = locals;
                value = self.eval(default)?;
            }
            fields.push((argument.name.clone(), value));
        }
        self.enter(workflow, fired, Val::rec(vec![("arguments".into(), Val::rec(fields))]));
        let outcome = self.body();
        (self.instance, self.locals, self.declared) = caller;
        self.caught = caught;
        self.loops = loops;
        match outcome {
            Ok(value) => Ok(Ok(value)),
            Err(Stop::Fault(mut fault)) => {
                let passes = matches!(fault.status, Some(408 | 429 | 500..=599))
                    || matches!(&*fault.code, "timeout" | "connect");
                let transient = passes && fault.kind == Kind::Node;
                fault.kind = Kind::Node;
                fault.message = None;
                fault.span = span;
                fault.loops = self.loops.clone();
                Ok(Err((fault, transient)))
            }
            Err(stop) => Err(stop),
        }
    }

    /// A step has completed.
    pub(super) fn completed(&mut self, step: StepId, output: Val, attempts: i64) -> Outcome<()> {
        let stored = StoredStep { output: output.clone(), error: None, attempts };
        self.store(step, stored)?;
        self.set_step(step, Some(StepValue { output, error: None, attempts }))
    }

    pub(super) fn store(&mut self, step: StepId, outcome: StoredStep) -> Outcome<()> {
        let instance = self.instance()?;
        if let Some(unknown) = instance.unknown.get_mut(step.0 as usize) {
            *unknown = false;
        }
        if let Some(place) = instance.stored.get_mut(step.0 as usize) {
            *place = Some(outcome);
        }
        Ok(())
    }

    fn set_step(&mut self, step: StepId, value: Option<StepValue>) -> Outcome<()> {
        if let Some(place) = self.instance()?.steps.get_mut(step.0 as usize) {
            *place = value;
        }
        Ok(())
    }

    /// `steps.NAME`
    pub(super) fn step_value(&mut self, step: StepId) -> Outcome<Val> {
        let instance = self.instance()?;
        let at = step.0 as usize;
        let (Some(declared), Some(value)) =
            (instance.workflow.steps.get(at), instance.steps.get(at))
        else {
            return Err(self.broken("no such step"));
        };
        let Some(value) = value.clone() else { return Ok(Val::Null) };
        let name = declared.name.clone();
        let Some(record) = self.program.defs.record(&declared.record) else {
            return Err(self.broken("a step is no record"));
        };
        let status = if value.error.is_some() { "Failed" } else { "Complete" };
        let mut fields = Vec::new();
        for field in &record.fields {
            let of = match field.name.as_str() {
                "nodeId" => Val::Uuid(0),
                "nodeName" => Val::str(&name),
                "status" => Val::str(status),
                "output" => value.output.clone(),
                "executedAt" => Val::Instant(NOW),
                "durationMs" => Val::Int(0),
                "attempts" => Val::Int(value.attempts),
                _ => match &value.error {
                    Some(fault) => self.failure_value(fault)?,
                    None => Val::Null,
                },
            };
            fields.push((field.name.clone(), of));
        }
        Ok(Val::rec(fields))
    }
}

fn unwrap(stop: Stop) -> Outcome<Box<Fault>> {
    match stop {
        Stop::Fault(fault) => Ok(fault),
        stop => Err(stop),
    }
}

/// When a node is called again.
struct Retry<'v> {
    /// How often at most; nothing without a policy.
    most: Option<i64>,
    on: Option<&'v Val>,
}

impl<'v> Retry<'v> {
    fn of(policy: Option<&'v Val>) -> Self {
        let is_set = |v: &&Val| !v.is_null();
        let retry = policy.and_then(|p| p.field("retry")).filter(is_set);
        let most = retry.map(|retry| match retry.field("attempts") {
            Some(Val::Int(most)) => *most,
            _ => 1,
        });
        Self { most, on: retry.and_then(|r| r.field("on")).filter(is_set) }
    }

    fn again(&self, attempt: i64, code: &str, status: Option<i64>, transient: bool) -> bool {
        let worth = match self.on {
            None => transient,
            Some(Val::List(codes)) => codes.iter().any(|c| is_code(c, code, status)),
            Some(_) => false,
        };
        worth && self.most.is_some_and(|most| attempt < most)
    }
}

/// Whether a code of `on` means a failure: its code, its status, or the class of that.
fn is_code(wanted: &Val, code: &str, status: Option<i64>) -> bool {
    let Val::Str(wanted) = wanted else { return false };
    let class = status.map(|s| format!("{}xx", s / 100));
    wanted.eq_ignore_ascii_case(code)
        || status.is_some_and(|s| **wanted == s.to_string())
        || class.is_some_and(|c| **wanted == *c)
}
