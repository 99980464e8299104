//! The tables beside the code: types, plans, steps, workflows.

use super::forks::register;
use super::{MAX_TYPE_DEPTH, Verified, Verifier, at, inside};
use crate::{
    Coercion, FieldSource, FunctionKind, RecordPlan, StepInfo, StepKind, TriggerInfo, TriggerKind,
    TypeDesc, TypeIdx, WorkflowInfo,
};

/// The fields of the shape of failures.
const FAILURE: [&str; 6] = ["code", "message", "step", "attempts", "statusCode", "details"];

impl Verifier<'_> {
    pub(super) fn tables(&self) -> Verified {
        self.sizes().map_err(at(|| "tables".into()))?;
        let p = self.program;
        each("type", &p.types, |ty| self.type_desc(ty))?;
        let mut depths = vec![None; p.types.len()];
        for index in 0..p.types.len() {
            self.type_depth(index, MAX_TYPE_DEPTH, &mut depths)
                .map_err(at(|| format!("type {index}")))?;
        }
        if let Some(shape) = p.failure_shape {
            let fits = p.shapes.get(usize::from(shape.0)).is_some_and(|s| s.fields == FAILURE);
            let reason = format!("shape {} is not that of failures", shape.0);
            fits.then_some(()).ok_or(reason).map_err(at(|| "failure_shape".into()))?;
        }
        each("coercion", &p.coercions, |c| self.coercion(c))?;
        each("record plan", &p.record_plans, |plan| self.record_plan(plan))?;
        for (index, step) in p.steps.iter().enumerate() {
            self.step(step).map_err(at(|| format!("step {index} `{}`", step.name)))?;
        }
        each("value of config", &p.config, |config| {
            self.ty(config.ty)?;
            self.plain_closure(config.default, 0)
        })?;
        each("entity", &p.entities, |entity| self.record(entity.ty))?;
        for (index, workflow) in p.workflows.iter().enumerate() {
            let place = || format!("workflow {index} `{}`", workflow.name);
            self.workflow(workflow).map_err(at(place))?;
        }
        Ok(())
    }

    /// Tables that instructions index by 16 bits have no more entries than that.
    fn sizes(&self) -> Result<(), String> {
        let p = self.program;
        for (what, len) in [
            ("types", p.types.len()),
            ("shapes", p.shapes.len()),
            ("functions", p.functions.len()),
            ("library functions", p.natives.len()),
            ("nodes", p.nodes.len()),
            ("steps", p.steps.len()),
            ("pipelines", p.pipelines.len()),
            ("coercions", p.coercions.len()),
            ("record plans", p.record_plans.len()),
            ("forks", p.forks.len()),
            ("values of config", p.config.len()),
            ("entities", p.entities.len()),
            ("workflows", p.workflows.len()),
        ] {
            if len > 1 << 16 {
                return Err(format!("{len} {what} are too many"));
            }
        }
        Ok(())
    }

    fn ty(&self, ty: TypeIdx) -> Result<(), String> {
        inside("type", ty.0, self.program.types.len())
    }

    fn record(&self, ty: TypeIdx) -> Result<(), String> {
        self.ty(ty)?;
        match &self.program.types[usize::from(ty.0)] {
            TypeDesc::Record { .. } => Ok(()),
            _ => Err(format!("type {} is no record", ty.0)),
        }
    }

    /// A record, or a union of records.
    fn context(&self, ty: TypeIdx) -> Result<(), String> {
        self.ty(ty)?;
        match &self.program.types[usize::from(ty.0)] {
            TypeDesc::Union(members) => members.iter().try_for_each(|member| {
                self.ty(*member)?;
                match &self.program.types[usize::from(member.0)] {
                    TypeDesc::Reduced { of, read } => {
                        self.record(*of).and_then(|()| self.record(*read))
                    }
                    _ => self.record(*member),
                }
            }),
            _ => self.record(ty),
        }
    }

    fn type_desc(&self, ty: &TypeDesc) -> Result<(), String> {
        match ty {
            TypeDesc::Optional(inner)
            | TypeDesc::List(inner)
            | TypeDesc::Map(inner)
            | TypeDesc::Unread(inner) => self.ty(*inner),
            TypeDesc::Union(members) => members.iter().try_for_each(|m| self.ty(*m)),
            TypeDesc::Record { shape, fields, .. } => {
                inside("shape", shape.0, self.program.shapes.len())?;
                let shape = &self.program.shapes[usize::from(shape.0)];
                if shape.fields.len() != fields.len() {
                    let (a, b) = (fields.len(), shape.fields.len());
                    return Err(format!("it has {a} fields and its shape {b}"));
                }
                fields.iter().try_for_each(|f| self.ty(f.ty))
            }
            TypeDesc::Reduced { of, read } => self.ty(*of).and_then(|()| self.ty(*read)),
            _ => Ok(()),
        }
    }

    /// How deep optionals and unions nest: a decoder that follows them reads nothing on the way.
    fn type_depth(
        &self,
        index: usize,
        left: usize,
        depths: &mut [Option<usize>],
    ) -> Result<usize, String> {
        let left = left.checked_sub(1).ok_or("optionals and unions nest too deep")?;
        if let Some(depth) = depths[index] {
            return if depth <= left + 1 { Ok(depth) } else { Err("they nest too deep".into()) };
        }
        let depth = match &self.program.types[index] {
            TypeDesc::Optional(inner) => 1 + self.type_depth(usize::from(inner.0), left, depths)?,
            TypeDesc::Union(members) => {
                let mut deepest = 0;
                for member in members {
                    deepest = deepest.max(self.type_depth(usize::from(member.0), left, depths)?);
                }
                1 + deepest
            }
            TypeDesc::Reduced { of, read } => {
                let of = self.type_depth(usize::from(of.0), left, depths)?;
                1 + of.max(self.type_depth(usize::from(read.0), left, depths)?)
            }
            _ => 1,
        };
        depths[index] = Some(depth);
        Ok(depth)
    }

    fn coercion(&self, plan: &Coercion) -> Result<(), String> {
        if plan.depth() > Coercion::MAX_DEPTH {
            return Err("it nests too deep".into());
        }
        self.coercion_shapes(plan)
    }

    fn coercion_shapes(&self, plan: &Coercion) -> Result<(), String> {
        match plan {
            Coercion::Same | Coercion::Json | Coercion::Null => Ok(()),
            Coercion::Optional(inner) | Coercion::List(inner) | Coercion::Map(inner) => {
                self.coercion_shapes(inner)
            }
            Coercion::Record { shape, fields } => {
                inside("shape", shape.0, self.program.shapes.len())?;
                if self.program.shapes[usize::from(shape.0)].fields.len() != fields.len() {
                    return Err(format!("its fields are not those of shape {}", shape.0));
                }
                fields.iter().flatten().try_for_each(|(_, inner)| self.coercion_shapes(inner))
            }
            Coercion::Member { ty, inner } => {
                self.ty(*ty)?;
                self.coercion_shapes(inner)
            }
            Coercion::Field { inner, .. } => self.coercion_shapes(inner),
            Coercion::Union(cases) => cases.iter().try_for_each(|(ty, inner)| {
                self.ty(*ty)?;
                self.coercion_shapes(inner)
            }),
            Coercion::RecordToMap(fields) => {
                inside("field", fields.len() as u64, 1 << 16)?;
                fields.iter().try_for_each(|inner| self.coercion_shapes(inner))
            }
        }
    }

    fn record_plan(&self, plan: &RecordPlan) -> Result<(), String> {
        inside("shape", plan.shape.0, self.program.shapes.len())?;
        if self.program.shapes[usize::from(plan.shape.0)].fields.len() != plan.fields.len() {
            return Err(format!("its fields are not those of shape {}", plan.shape.0));
        }
        let count = usize::from(plan.count);
        plan.fields.iter().flatten().try_for_each(|source| match source {
            FieldSource::Register(place) => inside("register", *place, count),
            FieldSource::Slot { record, .. } => inside("register", *record, count),
        })
    }

    fn step(&self, step: &StepInfo) -> Result<(), String> {
        let p = self.program;
        inside("workflow", step.workflow, p.workflows.len())?;
        let slots = &p.workflows[usize::from(step.workflow)].steps;
        step.slot.map_or(Ok(()), |slot| inside("slot", slot, slots.len()))?;
        let tried = match &step.kind {
            StepKind::Node { node, type_args, input, output, tried } => {
                inside("node", *node, p.nodes.len())?;
                type_args.iter().chain([input, output]).try_for_each(|ty| self.ty(*ty))?;
                *tried
            }
            StepKind::Call { workflow, tried } => {
                inside("workflow", *workflow, p.workflows.len())?;
                *tried
            }
            StepKind::If | StepKind::For | StepKind::While | StepKind::Parallel => false,
        };
        if tried && p.failure_shape.is_none() {
            return Err("it is a `try`, and the program has no shape of failures".into());
        }
        Ok(())
    }

    fn workflow(&self, workflow: &WorkflowInfo) -> Result<(), String> {
        let p = self.program;
        if self.function_kind(workflow.function) != Some(&FunctionKind::Workflow) {
            return Err(format!("function {} is no workflow", workflow.function));
        }
        let body = &p.functions[usize::from(workflow.function)];
        self.ty(workflow.result)?;
        inside("slot", workflow.steps.len() as u64, (1 << 16) + 1)?;
        for (slot, step) in workflow.steps.iter().enumerate() {
            inside("step", *step, p.steps.len())?;
            if p.steps[usize::from(*step)].slot.map(usize::from) != Some(slot) {
                return Err(format!("step {step} does not have the slot {slot}"));
            }
        }
        workflow.variables.iter().try_for_each(|v| register(body, v.register))?;
        if workflow.triggers.is_empty() {
            return Err("it has no trigger".into());
        }
        inside("trigger", workflow.triggers.len() as u64, (1 << 16) + 1)?;
        workflow.triggers.iter().try_for_each(|trigger| self.trigger(trigger))
    }

    fn trigger(&self, trigger: &TriggerInfo) -> Result<(), String> {
        let p = self.program;
        self.context(trigger.context)?;
        match &trigger.kind {
            TriggerKind::Entity { entity, filter, .. } => {
                inside("entity", *entity, p.entities.len())?;
                let Some(filter) = filter else { return Ok(()) };
                filter.config.iter().try_for_each(|i| inside("config", *i, p.config.len()))?;
                let params = u16::try_from(filter.config.len()).unwrap_or(u16::MAX);
                self.plain_closure(Some(filter.closure), params.saturating_add(1))
            }
            TriggerKind::Function { arguments } => arguments.iter().try_for_each(|argument| {
                self.ty(argument.ty)?;
                self.plain_closure(argument.default, 0)
            }),
            TriggerKind::Webhook { .. } | TriggerKind::Schedule { .. } => Ok(()),
        }
    }
}

/// Checks each entry of a table.
fn each<T>(what: &str, table: &[T], mut check: impl FnMut(&T) -> Result<(), String>) -> Verified {
    table
        .iter()
        .enumerate()
        .try_for_each(|(i, entry)| check(entry).map_err(at(|| format!("{what} {i}"))))
}
