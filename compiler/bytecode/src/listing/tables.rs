//! Workflows, steps, plans and forks in the listing.

use super::{Listing, register};
use crate::{
    Capture, Coercion, FieldSource, Fork, ForkKind, MergeTarget, RecordPlan, Region, ShapeIdx,
    StepKind, TriggerKind,
};

impl Listing<'_> {
    pub(super) fn workflows(&mut self) {
        let program = self.program;
        for workflow in &program.workflows {
            self.gap();
            let result = self.ty(workflow.result);
            let function = workflow.function;
            self.line(format!("workflow `{}` -> {result}: function {function}", workflow.name));
            for info in &workflow.triggers {
                let trigger = self.trigger(&info.kind);
                let name = if info.name.is_empty() { "" } else { " as " };
                self.line(format!("  trigger {trigger}{name}{}", info.name));
            }
            for variable in &workflow.variables {
                let reg = register(variable.register);
                self.line(format!("  variable `{}` in {reg}", variable.name));
            }
        }
        for (i, config) in program.config.iter().enumerate() {
            let ty = self.ty(config.ty);
            let default = self.default(config.default);
            self.line(format!("config {i} `{}`: {ty}{default}", config.name));
        }
    }

    fn trigger(&self, kind: &TriggerKind) -> String {
        match kind {
            TriggerKind::Entity { entity, events, filter, including_own } => {
                let entity = self.program.entities.get(usize::from(*entity));
                let entity = entity.map_or("?", |e| e.name.as_str());
                let filter = match filter {
                    Some(filter) => format!(" where `{}`", self.function_name(filter.closure)),
                    None => String::new(),
                };
                let own = if *including_own { " including own" } else { "" };
                format!("entity {entity} on {}{filter}{own}", events.join(", "))
            }
            TriggerKind::Webhook { method, path } => format!("webhook {method} {path:?}"),
            TriggerKind::Schedule { cron, zone } => format!("schedule {cron:?} in {zone:?}"),
            TriggerKind::Function { arguments } => {
                let argument = |a: &crate::TriggerArgument| {
                    format!("{}: {}{}", a.name, self.ty(a.ty), self.default(a.default))
                };
                let arguments: Vec<_> = arguments.iter().map(argument).collect();
                format!("function({})", arguments.join(", "))
            }
        }
    }

    fn default(&self, function: Option<u16>) -> String {
        function.map_or(String::new(), |f| format!(" = `{}`", self.function_name(f)))
    }

    pub(super) fn tables(&mut self) {
        let program = self.program;
        self.steps();
        for (i, plan) in program.record_plans.iter().enumerate() {
            if i == 0 {
                self.gap();
            }
            let plan = self.record_plan(plan);
            self.line(format!("plan {i}: {plan}"));
        }
        for (i, pipeline) in program.pipelines.iter().enumerate() {
            self.gap();
            self.pipeline(i, pipeline);
        }
        for (i, fork) in program.forks.iter().enumerate() {
            self.gap();
            self.fork(i, fork);
        }
    }

    fn steps(&mut self) {
        let program = self.program;
        for (i, step) in program.steps.iter().enumerate() {
            if i == 0 {
                self.gap();
            }
            let kind = match &step.kind {
                StepKind::Node { node, type_args, input, output, tried } => {
                    let node = program.nodes.get(usize::from(*node));
                    let node = node.map_or("?", |n| n.name.as_str());
                    let args: Vec<_> = type_args.iter().map(|ty| self.ty(*ty)).collect();
                    let args = if args.is_empty() {
                        String::new()
                    } else {
                        format!("<{}>", args.join(", "))
                    };
                    let tried = if *tried { "try " } else { "" };
                    format!("{tried}{node}{args} {} -> {}", self.ty(*input), self.ty(*output))
                }
                StepKind::Call { workflow, tried } => {
                    let workflow = program.workflows.get(usize::from(*workflow));
                    let tried = if *tried { "try " } else { "" };
                    format!("{tried}workflow `{}`", workflow.map_or("?", |w| w.name.as_str()))
                }
                StepKind::If => "if".into(),
                StepKind::For => "for".into(),
                StepKind::While => "while".into(),
                StepKind::Parallel => "parallel".into(),
            };
            let slot = step.slot.map_or(String::new(), |slot| format!(", slot {slot}"));
            let place = self.place(step.span);
            self.line(format!("step {i} `{}` = {kind}{slot} ; {place}", step.name));
        }
    }

    fn record_plan(&self, plan: &RecordPlan) -> String {
        let source = |source: &FieldSource| match source {
            FieldSource::Register(place) => format!("#{place}"),
            FieldSource::Slot { record, slot } => format!("#{record}.{slot}"),
        };
        let names = self.program.shapes.get(usize::from(plan.shape.0));
        let field = |(i, sources): (usize, &Vec<FieldSource>)| {
            let name = names.and_then(|s| s.fields.get(i)).map_or("?", |n| n.as_str());
            let sources: Vec<_> = sources.iter().map(source).collect();
            let sources = if sources.is_empty() { "missing".into() } else { sources.join(" or ") };
            format!("{name}: {sources}")
        };
        let fields: Vec<_> = plan.fields.iter().enumerate().map(field).collect();
        format!("{{ {} }} of {}", fields.join(", "), plan.count)
    }

    /// A coercion in words; what nests deeper than `left` is cut short by `…`.
    pub(super) fn coercion(&self, plan: &Coercion, left: usize) -> String {
        let Some(left) = left.checked_sub(1) else { return "…".into() };
        match plan {
            Coercion::Same => "same".into(),
            Coercion::Json => "json".into(),
            Coercion::Optional(inner) => format!("{}?", self.coercion(inner, left)),
            Coercion::List(inner) => format!("list<{}>", self.coercion(inner, left)),
            Coercion::Map(inner) => format!("map<{}>", self.coercion(inner, left)),
            Coercion::Record { shape, fields } => self.record_coercion(*shape, fields, left),
            Coercion::RecordToMap(fields) => {
                let fields: Vec<_> = fields.iter().map(|c| self.coercion(c, left)).collect();
                format!("map of ({})", fields.join(", "))
            }
            Coercion::Null => "null".into(),
            Coercion::Member { ty, inner } => {
                format!("{} as member type {}", self.coercion(inner, left), ty.0)
            }
            Coercion::Field { slot, inner } => format!(".{slot} {}", self.coercion(inner, left)),
            Coercion::Union(cases) => {
                let case = |(ty, inner): &(crate::TypeIdx, Coercion)| {
                    format!("type {} to {}", ty.0, self.coercion(inner, left))
                };
                let cases: Vec<_> = cases.iter().map(case).collect();
                format!("by member ({})", cases.join(", "))
            }
        }
    }

    fn record_coercion(
        &self,
        shape: ShapeIdx,
        fields: &[Option<(u16, Coercion)>],
        left: usize,
    ) -> String {
        let names = self.program.shapes.get(usize::from(shape.0));
        let field = |(i, source): (usize, &Option<(u16, Coercion)>)| {
            let name = names.and_then(|s| s.fields.get(i)).map_or("?", |n| n.as_str());
            match source {
                None => format!("{name}: missing"),
                Some((slot, Coercion::Same)) => format!("{name}: .{slot}"),
                Some((slot, plan)) => format!("{name}: .{slot} {}", self.coercion(plan, left)),
            }
        };
        let fields: Vec<_> = fields.iter().enumerate().map(field).collect();
        format!("{{ {} }}", fields.join(", "))
    }

    fn fork(&mut self, index: usize, fork: &Fork) {
        let step = self.step_name(fork.step).to_owned();
        let what = match &fork.kind {
            ForkKind::Loop { items, limit, .. } => {
                let limit = limit.map_or(String::new(), |s| format!(", s{} at once", s.0));
                format!("for each of v{}{limit}", items.0)
            }
            ForkKind::Count { count, limit, .. } => {
                let limit = limit.map_or(String::new(), |s| format!(", s{} at once", s.0));
                format!("s{} times{limit}", count.0)
            }
            ForkKind::Branches(_) => "branches".into(),
        };
        let yields = fork.yields.map_or(String::new(), |v| format!(", yields to v{}", v.0));
        self.line(format!("fork {index} of `{step}`: {what}{yields}"));
        for (i, merge) in fork.merges.iter().enumerate() {
            let target = match merge.target {
                MergeTarget::Register(reg) => register(reg),
                MergeTarget::Outer(slot) => format!("merge {slot} of the fork around it"),
            };
            self.line(format!("  merge {i}: {:?} to {target}", merge.op));
        }
        for region in fork.regions() {
            self.region(region);
        }
    }

    fn region(&mut self, region: &Region) {
        self.line(format!("  region `{}`: function {}", region.name, region.function));
        let mut parts: Vec<String> = Vec::new();
        for capture in &region.captures {
            parts.push(match capture {
                Capture::Scalar { from, to } => format!("s{} = s{}", to.0, from.0),
                Capture::Value { from, to } => format!("v{} = v{}", to.0, from.0),
            });
        }
        parts.extend(region.index.map(|s| format!("s{} = index", s.0)));
        parts.extend(region.item.map(|v| format!("v{} = item", v.0)));
        if !parts.is_empty() {
            self.line(format!("    in: {}", parts.join(", ")));
        }
        let mut parts: Vec<String> = Vec::new();
        parts.extend(region.yields.map(|v| format!("yields v{}", v.0)));
        let publish = |(from, to): &(crate::V, crate::V)| format!("v{} = v{}", to.0, from.0);
        parts.extend(region.publishes.iter().map(publish));
        if !parts.is_empty() {
            self.line(format!("    out: {}", parts.join(", ")));
        }
    }
}
