//! Workflows: their bodies, triggers, stores and the program's `config`.

use wf_bytecode::{
    ConfigField, FunctionKind, Op, Reg, StepInfo, StepKind, TriggerArgument, TriggerInfo,
    TriggerKind, VariableInfo, WorkflowInfo,
};

use super::Emitter;
use super::function::{Body, FunctionEmitter};
use super::registers::Kind;
use super::uses::{Place, Uses};
use crate::demand::DemandId;
use crate::typed::{self, StepId, Trigger, VarId, WorkflowId};

impl<'a> Emitter<'a> {
    pub(super) fn config(&mut self, config: &'a typed::ConfigValue) -> ConfigField {
        let default = config.default.as_ref();
        ConfigField {
            name: config.name.clone(),
            ty: self.ty(&config.ty),
            default: default.map(|d| self.default(&config.name, &config.locals, d)),
            span: config.span,
        }
    }

    pub(super) fn workflow(&mut self, index: u16, workflow: &'a typed::Workflow) -> WorkflowInfo {
        let function = (self.typed.functions.len() + usize::from(index)) as u16;
        self.slots = slots(workflow);
        let body = Body { locals: &workflow.locals, workflow: Some((index, workflow)) };
        let name = workflow.name.clone();
        let mut f = FunctionEmitter::new(self, body, name, workflow.span, Kind::Value);
        let mut variables = Vec::new();
        for (i, variable) in workflow.variables.iter().enumerate() {
            if variable.of_workflow {
                let kind = f.kind(&variable.ty);
                let register = f.regs.of_kind(kind);
                f.place(Place::Variable(VarId(i as u32)), register);
                variables.push(VariableInfo { name: variable.name.clone(), register });
            }
        }
        let uses = Uses::of_frame(&workflow.body, Some(Place::Trigger));
        f.prepare(&uses);
        if uses.reads.contains(&Place::Trigger) {
            // Asked for once, and not in each round of a loop.
            let dst = f.regs.value();
            f.op(Op::Trigger { dst });
            f.place(Place::Trigger, Reg::Value(dst));
        }
        f.block(&workflow.body);
        f.end_of_function();
        f.finish(function, FunctionKind::Workflow);
        let steps = self.stored_steps(index, workflow);
        let id = WorkflowId(u32::from(index));
        let triggers = workflow.triggers.iter().enumerate();
        let triggers = triggers.map(|(place, trigger)| {
            let demand = self.demands.trigger(id, place);
            self.trigger(workflow, trigger, demand)
        });
        let triggers = triggers.collect();
        WorkflowInfo {
            name: workflow.name.clone(),
            doc: workflow.doc.clone(),
            span: workflow.span,
            function,
            triggers,
            result: self.ty(&workflow.result),
            steps,
            variables,
        }
    }

    /// The steps of the store by their slots.
    fn stored_steps(&mut self, index: u16, workflow: &typed::Workflow) -> Vec<u16> {
        let mut stored = Vec::new();
        for (i, step) in workflow.steps.iter().enumerate().filter(|(_, s)| !s.in_loop) {
            let known = self.step_numbers.get(&(index, StepId(i as u32)));
            let number = known.and_then(|numbers| numbers.first().copied());
            stored.push(number.unwrap_or_else(|| {
                // A step that is never run still has its place, which stays empty.
                let (name, span) = (step.name.clone(), step.span);
                let slot = Some(stored.len() as u16);
                self.steps.push(StepInfo { name, kind: StepKind::If, span, workflow: index, slot });
                (self.steps.len() - 1) as u16
            }));
        }
        stored
    }

    fn trigger(
        &mut self,
        workflow: &'a typed::Workflow,
        trigger: &'a typed::WorkflowTrigger,
        demand: DemandId,
    ) -> TriggerInfo {
        let context = self.border(&trigger.context, demand);
        let (kind, span) = match &trigger.kind {
            Trigger::Entity { def, events, filter, including_own, span } => {
                let entity = self.typed.entities.iter().position(|e| e.def == *def);
                if entity.is_none() {
                    self.broken(*span, "the entity of a trigger is not declared");
                }
                let filter = filter
                    .as_ref()
                    .map(|(locals, lambda)| self.filter(&workflow.name, locals, lambda));
                let entity = entity.unwrap_or_default() as u16;
                let (events, including_own) = (events.clone(), *including_own);
                (TriggerKind::Entity { entity, events, filter, including_own }, *span)
            }
            Trigger::Webhook { method, path, span, .. } => {
                (TriggerKind::Webhook { method: method.clone(), path: path.clone() }, *span)
            }
            Trigger::Schedule { cron, zone, span } => {
                (TriggerKind::Schedule { cron: cron.clone(), zone: zone.clone() }, *span)
            }
            Trigger::Function { arguments, span } => {
                let arguments = arguments.iter().map(|a| self.argument(workflow, a)).collect();
                (TriggerKind::Function { arguments }, *span)
            }
        };
        TriggerInfo { name: trigger.name.clone(), kind, context, span }
    }

    fn argument(
        &mut self,
        workflow: &typed::Workflow,
        argument: &'a typed::Argument,
    ) -> TriggerArgument {
        let name = format!("{}.{}", workflow.name, argument.name);
        let default = argument.default.as_ref();
        TriggerArgument {
            name: argument.name.clone(),
            ty: self.ty(&argument.ty),
            default: default.map(|(locals, value)| self.default(&name, locals, value)),
        }
    }
}

/// The place in the store of each step; those in loops have none.
fn slots(workflow: &typed::Workflow) -> Vec<Option<u16>> {
    let mut next = 0;
    let slot = |step: &typed::Step| {
        (!step.in_loop).then(|| {
            next += 1;
            next - 1
        })
    };
    workflow.steps.iter().map(slot).collect()
}
