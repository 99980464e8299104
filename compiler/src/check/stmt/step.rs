//! Steps: a node or a workflow, with its inputs and its policy.

use wf_diagnostics::codes::{names, nodes, types as codes, warnings};
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast::{self, EntityEvent, EntryKey, ExprKind as Ast, TriggerKind};
use wf_types::{Field, NodeSignature, RecordType, Type};

use crate::check::body::Body;
use crate::check::expr::constant;
use crate::check::expr::lambda::Wanted;
use crate::check::expr::record::Wording;
use crate::check::globals::WorkflowInfo;
use crate::check::hints::origin::{Declares, Origin};
use crate::check::hints::suggest::listed;
use crate::check::items::border_type;
use crate::check::items::declared::Border;
use crate::check::types::unify::{Inference, bound_error};
use crate::check::types::{relate, secret};
use crate::resolve::scope::Named;
use crate::typed::{
    Const, Expr, ExprKind, NodeStep, RecordEntry, StepId, StepTarget, StmtKind, WorkflowId,
};

/// The wording of the inputs of nodes.
const INPUT: Wording =
    Wording { unknown: &nodes::UNKNOWN_INPUT, missing: &nodes::MISSING_INPUT, field: "input" };

/// The wording of the arguments of workflows.
const ARGUMENT: Wording =
    Wording { unknown: &nodes::UNKNOWN_INPUT, missing: &nodes::MISSING_INPUT, field: "argument" };

impl<'g> Body<'g> {
    /// `step NAME = [try] node<T> { inputs } [with { policy }]`
    pub(crate) fn step(&mut self, step: &'g ast::Step) -> Option<StmtKind> {
        if self.impure("step", step.name.span) {
            return None;
        }
        let id = self.step_id(step.name.span)?;
        if let Some(w) = &mut self.w {
            w.nodes[id.0 as usize].get_or_insert(step.node.text.as_str());
        }
        let made = match step.node.text.as_str() {
            "workflow.call" => self.call_workflow(step),
            _ => self.run_node(step),
        };
        let policy = step.policy.as_ref().map(|policy| self.policy(step, policy));
        let strict = policy.as_ref().is_some_and(|policy| self.strict(policy));
        let Some((target, input, output)) = made else {
            self.finish_step(id, step, Type::Error);
            return None;
        };
        self.finish_step(id, step, output);
        Some(StmtKind::Step(Box::new(NodeStep {
            step: id,
            target,
            input,
            policy,
            strict,
            tried: step.try_span.is_some(),
            span: step.node.span,
        })))
    }

    /// Arms that run one step give it one type.
    fn finish_step(&mut self, id: StepId, step: &ast::Step, output: Type) {
        let known = self.w.as_ref().and_then(|w| w.outputs[id.0 as usize].clone());
        if let Some(known) = known
            && known != output
            && !known.is_error()
            && !output.is_error()
        {
            let first =
                self.w.as_ref().map_or(step.name.span, |w| w.outline.steps[id.0 as usize].span);
            let message =
                format!("`{}` has another output here than in the other arm", step.name.text);
            self.tell(
                Diagnostic::new(&codes::TYPE_MISMATCH, step.name.span, message)
                    .label(format!("`{}`", self.show(&output)))
                    .with(first, format!("`{}`", self.show(&known)))
                    .help("arms share a step where its outputs are of one type: give one of them another name"),
            );
        }
        self.step_done(id, output);
    }

    fn run_node(&mut self, step: &'g ast::Step) -> Option<(StepTarget, Expr, Type)> {
        let Some(signature) = self.g.registry.nodes.get(&step.node.text) else {
            self.unknown_node(&step.node, &step.input);
            self.skip_inputs(&step.input);
            return None;
        };
        if signature.name == crate::text::NODE {
            return self.render(step, signature);
        }
        let mut inference = Inference::new(&signature.type_params);
        if !self.node_types(signature, step, &mut inference) {
            self.skip_inputs(&step.input);
            return None;
        }
        let Ast::Braces(entries) = &step.input.kind else {
            return None;
        };
        self.find_types(signature, entries, &mut inference, step)?;
        self.warn_own_trigger(step, &inference);
        let defs = &self.g.defs;
        let input = relate::substitute(defs, &signature.input, &inference.found, &Type::Null);
        let mut output = relate::substitute(defs, &signature.output, &inference.found, &Type::Null);
        let record = defs.record(&input).cloned().unwrap_or_default();
        let outer = self.node.replace(step.node.clone());
        let mut input = self.record(entries, &record, input, INPUT, step.input.span);
        self.node = outer;
        let span = step.node.span;
        self.fill_defaults(&mut input, &record, |body, slot| {
            let text = signature.defaults.get(slot)?.as_ref()?;
            let default = body.g.default(text)?;
            Some(body.silent_default(&default, &record.fields[slot].ty, body.unit, span))
        });
        self.expression_text(&mut input, entries, &record);
        self.check_selector(&signature.name, entries);
        let given = |name: &str| {
            entries.iter().any(|e| matches!(&e.key, EntryKey::Name(n) if n.text == name))
        };
        if signature.name.starts_with("http.") && given("accept") {
            output = self.accepted(output);
        }
        self.g.borders.borrow_mut().push(Border {
            span: step.node.span,
            unit: self.unit,
            types: step.type_args.clone(),
            shape: signature.output.clone(),
        });
        let type_args = inference.found.into_iter().map(|ty| ty.unwrap_or(Type::Null)).collect();
        let target = StepTarget::Node {
            name: signature.name.clone(),
            signature: signature.text.clone(),
            type_args,
        };
        Some((target, input, output))
    }

    /// Checks what is written in the inputs of a node that is not known.
    fn skip_inputs(&mut self, input: &ast::Expr) {
        let Ast::Braces(entries) = &input.kind else { return };
        let empty = RecordType::default();
        let told = self.out.len();
        self.record(entries, &empty, Type::Error, INPUT, input.span);
        let kept: Vec<_> =
            self.out.drain(told..).filter(|d| d.code != &nodes::UNKNOWN_INPUT).collect();
        self.out.extend(kept);
    }

    /// Whether a node has all the inputs that are written.
    fn takes_inputs(&self, node: &str, input: &ast::Expr) -> bool {
        let Ast::Braces(entries) = &input.kind else { return true };
        let Some(signature) = self.g.registry.nodes.get(node) else { return false };
        let Some(record) = self.g.defs.record(&signature.input) else { return true };
        entries.iter().all(|entry| match &entry.key {
            EntryKey::Name(name) => record.field(&name.text).is_some(),
            _ => true,
        })
    }

    fn unknown_node(&mut self, node: &ast::Name, input: &ast::Expr) {
        let all = self.g.registry.nodes.keys().map(|n| n.as_str());
        let message = format!("there is no node `{}`", node.text);
        let diagnostic = Diagnostic::new(&nodes::UNKNOWN_NODE, node.span, message);
        let last = node.text.rsplit('.').next().unwrap_or_default();
        let same: Vec<&str> = all.clone().filter(|n| n.rsplit('.').next() == Some(last)).collect();
        let family = node.text.split('.').next().unwrap_or_default();
        let typed = all.clone().map(|name| (name, self.takes_inputs(name, input)));
        let near = self.g.suggest.nearest_fitting(&node.text, typed);
        let diagnostic =
            if matches!(node.text.as_str(), "http.fetch" | "http.call" | "fetch" | "curl") {
                diagnostic.help("write `http.get<T> { url: \"…\" }`, or `http.request`")
            } else if matches!(last, "find" | "list" | "search" | "select" | "all" | "findMany")
                && family == "entity"
            {
                diagnostic.help("write `entity.query<E> { where: e => … }`")
            } else if let Some(near) = near {
                diagnostic.help(format!("did you mean `{near}`?"))
            } else if let [one] = same.as_slice() {
                diagnostic.help(format!("did you mean `{one}`?"))
            } else if let Some(Named::Workflow(_)) =
                self.g.scopes[self.unit].get(&node.text).map(|e| e.named)
            {
                diagnostic.help(format!("a workflow is called by `workflow.call<{}>`", node.text))
            } else {
                let family: Vec<&str> =
                    all.clone().filter(|n| n.split('.').next() == Some(family)).collect();
                match family.is_empty() {
                    true => diagnostic.help(format!("there are {}", listed(all))),
                    false => diagnostic.help(format!("there are {}", listed(family))),
                }
            };
        self.tell(diagnostic);
    }

    /// The type arguments that are written.
    fn node_types(
        &mut self,
        signature: &NodeSignature,
        step: &ast::Step,
        inference: &mut Inference,
    ) -> bool {
        let most = signature.type_params.len();
        if let Some(extra) = step.type_args.get(most) {
            let message = match most {
                0 => format!("the node `{}` takes no type", signature.name),
                _ => format!("the node `{}` takes {most} type arguments at most", signature.name),
            };
            self.tell(Diagnostic::new(&nodes::NODE_TYPE, extra.span, message).help("leave it out"));
            return false;
        }
        let mut fine = true;
        for (i, (arg, param)) in step.type_args.iter().zip(&signature.type_params).enumerate() {
            let mut out = Vec::new();
            let ty = self.types().resolve(arg, &mut out);
            self.out.extend(out);
            fine &= !ty.is_error();
            if let Some(bound) = param.bound
                && !relate::allows(&self.g.defs, bound, &ty)
            {
                let told = match bound {
                    wf_types::Bound::Border => border_type(self.g, &ty, arg.span),
                    _ => bound_error(self.g, bound, &ty, arg.span, &signature.name),
                };
                self.tell(told);
                fine = false;
            } else if param.bound.is_none()
                && !relate::allows(&self.g.defs, wf_types::Bound::Border, &ty)
            {
                let told = border_type(self.g, &ty, arg.span);
                self.tell(told);
                fine = false;
            } else {
                crate::check::types::union::border::check(self.g, &ty, arg.span, &mut self.out);
            }
            inference.found[i] = Some(ty);
        }
        fine
    }

    /// The type arguments that follow from the inputs, and the defaults of the others.
    fn find_types(
        &mut self,
        signature: &NodeSignature,
        entries: &[ast::Entry],
        inference: &mut Inference,
        step: &ast::Step,
    ) -> Option<()> {
        let given = step.type_args.len();
        let Type::Record(record) = &signature.input else { return Some(()) };
        for entry in entries {
            let EntryKey::Name(name) = &entry.key else { continue };
            let Some((_, field)) = record.field(&name.text) else { continue };
            let defs = &self.g.defs;
            let wanted = relate::substitute(defs, &field.ty, &inference.found, &Type::Never);
            if !relate::is_open(&field.ty) || !relate::holds(defs, &wanted, &|t| *t == Type::Never)
            {
                continue;
            }
            if !self.again(entry.span) {
                return None;
            }
            // Only the type is wanted here: the input is checked once more with all types known.
            let (told, locals) = (self.out.len(), self.locals.len());
            match (&entry.value.kind, self.non_null(&field.ty)) {
                (Ast::Lambda(lambda), Type::Lambda(open)) => {
                    let params: Vec<Type> = open
                        .params
                        .iter()
                        .map(|p| {
                            relate::substitute(&self.g.defs, p, &inference.found, &Type::Error)
                        })
                        .collect();
                    let (_, result) = self.lambda(lambda, &params, Wanted::Nothing);
                    inference.unify(&self.g.defs, &open.result, &result);
                }
                _ => {
                    let value = self.expr(&entry.value, Some(&wanted));
                    inference.unify(&self.g.defs, &field.ty, &value.ty);
                }
            }
            self.out.truncate(told);
            self.forget_locals(locals);
            self.repeats -= 1;
        }
        for (i, param) in signature.type_params.iter().enumerate() {
            if let Some(ty) = &inference.found[i]
                && i >= given
                && secret::holds(&self.g.defs, ty)
            {
                let message = format!("the node `{}` takes no `secret` here", signature.name);
                self.tell(secret::refused(step.input.span, message));
                inference.found[i] = Some(Type::Error);
            }
            if inference.found[i].is_none() {
                inference.found[i] = param
                    .default
                    .as_ref()
                    .map(|ty| relate::substitute(&self.g.defs, ty, &inference.found, &Type::Null));
            }
            // Bounds of what was written are checked; a type of an input left out stays open.
            if inference.found[i].is_none() && i >= given && in_output(signature, i as u16) {
                let example = match param.bound {
                    Some(wf_types::Bound::Entity) => "Lead",
                    _ => param.name.as_str(),
                };
                let message = format!("the node `{}` needs a type", signature.name);
                self.tell(
                    Diagnostic::new(&nodes::NODE_TYPE, step.node.span, message)
                        .help(format!("write it behind the name: `{}<{example}>`", signature.name)),
                );
                return None;
            }
            if let (Some(bound), Some(ty)) = (param.bound, inference.found[i].clone())
                && i >= given
                && !relate::allows(&self.g.defs, bound, &ty)
            {
                let entry = entries.iter().find(|e| {
                    matches!(&e.key, EntryKey::Name(n) if record.field(&n.text).is_some_and(
                        |(_, f)| relate::holds(&self.g.defs, &f.ty, &|t| *t == Type::Param(i as u16))
                    ))
                });
                let span = entry.map_or(step.node.span, |e| e.value.span);
                let told = bound_error(self.g, bound, &ty, span, &signature.name);
                self.tell(told);
                inference.found[i] = Some(Type::Error);
            }
        }
        Some(())
    }

    /// Writes the defaults of inputs that are left out.
    fn fill_defaults(
        &mut self,
        input: &mut Expr,
        record: &RecordType,
        mut default: impl FnMut(&mut Self, usize) -> Option<Expr>,
    ) {
        match &mut input.kind {
            ExprKind::Record { fields, order } => {
                for (slot, field) in fields.iter_mut().enumerate() {
                    if field.is_none() && record.fields[slot].has_default {
                        *field = default(self, slot);
                        if field.is_some() {
                            order.push(slot as u16);
                        }
                    }
                }
            }
            ExprKind::RecordSpread(parts) => {
                let mut all = Vec::new();
                for (slot, field) in record.fields.iter().enumerate() {
                    if field.has_default
                        && let Some(value) = default(self, slot)
                    {
                        all.push(RecordEntry::Field(slot as u16, value));
                    }
                }
                all.append(parts);
                *parts = all;
            }
            _ => {}
        }
    }

    /// A condition is told its own text.
    fn expression_text(&mut self, input: &mut Expr, entries: &[ast::Entry], record: &RecordType) {
        let (Some((slot, _)), Some(entry)) = (
            record.field("evaluatedExpression"),
            entries.iter().find(|e| matches!(&e.key, EntryKey::Name(n) if n.text == "expression")),
        ) else {
            return;
        };
        let span = entry.value.span;
        let text = constant(Const::String(self.g.sources.slice(span).into()), Type::String, span);
        if let ExprKind::Record { fields, order } = &mut input.kind {
            fields[slot] = Some(text);
            if !order.contains(&(slot as u16)) {
                order.push(slot as u16);
            }
        }
    }

    /// Where other statuses are accepted, the body may be missing and another may be there.
    fn accepted(&self, output: Type) -> Type {
        let Some(record) = self.g.defs.record(&output) else { return output };
        let mut fields = record.fields.clone();
        for field in &mut fields {
            if field.name == "body" {
                field.ty = relate::optional(&self.g.defs, &field.ty);
            }
        }
        if !fields.iter().any(|f| f.name == "errorBody") {
            fields.push(Field::new("errorBody", Type::Json));
        }
        Type::record(fields)
    }

    /// A workflow that writes what starts it.
    fn warn_own_trigger(&mut self, step: &ast::Step, inference: &Inference) {
        let writes: &[EntityEvent] = match step.node.text.as_str() {
            "entity.create" | "entity.createMany" => &[EntityEvent::Created],
            "entity.update" => &[EntityEvent::Updated],
            "entity.upsert" => &[EntityEvent::Created, EntityEvent::Updated],
            "entity.delete" => &[EntityEvent::Deleted],
            _ => return,
        };
        let Some(info) = self.workflow_info() else { return };
        let Some(Some(Type::Named(written))) = inference.found.first() else { return };
        let starts = |trigger: &&ast::Trigger| {
            let TriggerKind::Entity { entity, events, .. } = &trigger.kind else { return false };
            let named = self.g.scopes[self.unit].get(&entity.text).map(|entry| entry.named);
            named == Some(Named::Type(*written)) && events.iter().any(|(e, _)| writes.contains(e))
        };
        let Some(trigger) = info.decl.triggers.iter().find(starts) else { return };
        let TriggerKind::Entity { including_own, .. } = &trigger.kind else { return };
        // Where several steps write it, the first one tells.
        let told = |d: &Diagnostic| {
            d.code == &warnings::OWN_TRIGGER && d.labels.iter().any(|l| l.span == trigger.span)
        };
        if self.out.iter().any(told) {
            return;
        }
        let (message, help) = match including_own {
            true => (
                "this starts the same workflow again, without an end",
                "leave out `including own`, or guard the write by a condition",
            ),
            false => (
                "this writes what starts the workflow; its own writes do not start it again",
                "say `including own` at the trigger if they should",
            ),
        };
        self.tell(
            Diagnostic::new(&warnings::OWN_TRIGGER, step.node.span, message)
                .with(trigger.span, "the trigger")
                .help(help),
        );
    }

    /// `workflow.call<W> { arguments: { … } }`
    fn call_workflow(&mut self, step: &'g ast::Step) -> Option<(StepTarget, Expr, Type)> {
        let Some(index) = self.called(step) else {
            self.skip_inputs(&step.input);
            return None;
        };
        let info = &self.g.workflows[index];
        let output = info.result.get().cloned().unwrap_or(Type::Error);
        let Some((record, params, trigger)) = self.function_trigger(info, step) else {
            self.skip_inputs(&step.input);
            return None;
        };
        let Ast::Braces(entries) = &step.input.kind else { return None };
        let ty = Type::record(record.fields.clone());
        let arguments =
            entries.iter().find(|e| matches!(&e.key, EntryKey::Name(n) if n.text == "arguments"));
        for entry in entries {
            let EntryKey::Name(name) = &entry.key else { continue };
            if name.text != "arguments" {
                let message = format!("there is no input `{}`", name.text);
                let told = Diagnostic::new(&nodes::UNKNOWN_INPUT, name.span, message);
                // All the arguments under another name, unless one of them is called so.
                let all = matches!(entry.value.kind, Ast::Braces(_))
                    && arguments.is_none()
                    && record.field(&name.text).is_none();
                self.tell(match all {
                    true => {
                        let help = format!("write `arguments: {}`", self.source(entry.value.span));
                        told.edit(name.span, "arguments", help)
                    }
                    false => told.help(format!("write `arguments: {{ {}: … }}`", name.text)),
                });
                return None;
            }
        }
        let what = Declares::Arguments(info.decl.name.text.clone());
        let from = Origin { span: trigger, what, ty: ty.clone(), fixed: None };
        let mut input =
            self.with_expected(from, |body| match arguments.map(|e| (&e.value, &e.value.kind)) {
                None => body.record(&[], record, ty, ARGUMENT, step.input.span),
                Some((value, Ast::Braces(inner))) => {
                    body.record(inner, record, ty, ARGUMENT, value.span)
                }
                Some((value, _)) => body.expect(value, &ty),
            });
        let (unit, span) = (info.unit, step.node.span);
        self.fill_defaults(&mut input, record, |body, slot| {
            let field = &record.fields[slot];
            let default = params.iter().find(|p| p.name.text == field.name)?.default.as_ref()?;
            Some(body.silent_default(default, &field.ty, unit, span))
        });
        Some((StepTarget::Workflow(WorkflowId(index as u32)), input, output))
    }

    /// The function trigger of a workflow that is called: its arguments, also as they are written.
    fn function_trigger(
        &mut self,
        info: &'g WorkflowInfo<'g>,
        step: &ast::Step,
    ) -> Option<(&'g RecordType, &'g [ast::Param], Span)> {
        let mut found = Vec::new();
        for (case, decl) in info.triggers.iter().zip(&info.decl.triggers) {
            if let (Some(record), TriggerKind::Function { params }) = (&case.arguments, &decl.kind)
            {
                found.push((record, params.as_slice(), decl.span));
            }
        }
        let name = &info.decl.name;
        let at = step.type_args.first().map_or(step.node.span, |t| t.span);
        match found.as_slice() {
            [(record, params, trigger)] => Some((record, params, *trigger)),
            [(_, _, first), (_, _, second), ..] => {
                let message = format!("the workflow `{}` has several function triggers", name.text);
                self.tell(
                    Diagnostic::new(&nodes::NOT_CALLABLE, at, message)
                        .with(*first, "a call could fire this one")
                        .with(*second, "or this one")
                        .help("a workflow that is called has one of them"),
                );
                None
            }
            [] => {
                if !info.triggers.iter().any(|case| case.context.is_error()) {
                    let message = format!("the workflow `{}` is not started by a call", name.text);
                    let trigger = info.decl.triggers.first().map_or(name.span, |t| t.span);
                    self.tell(
                        Diagnostic::new(&nodes::NOT_CALLABLE, at, message)
                            .with(trigger, "this is what starts it")
                            .help("only workflows with `trigger function(…)` can be called"),
                    );
                }
                None
            }
        }
    }

    fn called(&mut self, step: &ast::Step) -> Option<usize> {
        let Some(arg) = step.type_args.first() else {
            let message = "`workflow.call` needs the workflow";
            self.tell(
                Diagnostic::new(&nodes::NODE_TYPE, step.node.span, message)
                    .help("write it behind the name: `workflow.call<my_workflow>`"),
            );
            return None;
        };
        let name = match &arg.kind {
            ast::TypeExprKind::Name(name, _) => name,
            _ => return self.no_workflow(&self.source(arg.span), arg.span),
        };
        match self.g.scopes[self.unit].get(&name.text).map(|e| e.named) {
            Some(Named::Workflow(index)) => Some(index as usize),
            _ => self.no_workflow(&name.text, name.span),
        }
    }

    fn no_workflow(&mut self, name: &str, span: Span) -> Option<usize> {
        let all = self.g.scopes[self.unit].workflows();
        let message = format!("there is no workflow `{name}`");
        let diagnostic = Diagnostic::new(&names::UNKNOWN_WORKFLOW, span, message);
        let diagnostic = match self.g.suggest.nearest(name, all) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic
                .help(format!("this file has {}", listed(self.g.scopes[self.unit].workflows()))),
        };
        self.tell(diagnostic);
        None
    }
}

/// Whether a type parameter is a part of the output, so that it must be known.
fn in_output(signature: &NodeSignature, index: u16) -> bool {
    fn has(ty: &Type, index: u16) -> bool {
        match ty {
            Type::Param(i) => *i == index,
            Type::Optional(t) | Type::List(t) | Type::Map(t) | Type::Apply(_, t) => has(t, index),
            Type::Record(record) => record.fields.iter().any(|f| has(&f.ty, index)),
            Type::Lambda(l) => l.params.iter().any(|p| has(p, index)),
            _ => false,
        }
    }
    has(&signature.output, index)
        || matches!(&signature.input, Type::Record(r) if r.fields.iter().any(|f| match &f.ty {
            Type::Optional(_) => false,
            ty => has(ty, index),
        }))
}
