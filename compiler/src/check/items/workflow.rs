//! A whole workflow: its trigger, its body and its result.

use smol_str::SmolStr;
use wf_diagnostics::codes::types as codes;
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast::Block;
use wf_types::Type;

use crate::check::body::{Body, Kind};
use crate::check::expr::store_path::step_record;
use crate::check::flow::Ran;
use crate::check::globals::Globals;
use crate::check::hints::unused;
use crate::check::names::Names;
use crate::check::outline::{Frame, Outline, outline};
use crate::check::types::relate;
use crate::typed::{self, StepId, VarId};

/// A variable of a workflow.
#[derive(Clone, Debug)]
pub(crate) struct VarInfo {
    /// Its name.
    pub(crate) name: SmolStr,
    /// Its type.
    pub(crate) ty: Type,
    /// The characters of its name.
    pub(crate) span: Span,
    /// Whether it is read.
    pub(crate) read: bool,
    /// How many parallel statements are around its declaration.
    pub(crate) regions: usize,
    /// Whether it belongs to the whole workflow.
    pub(crate) of_workflow: bool,
}

/// What only bodies of workflows have.
pub(crate) struct WorkflowState<'g> {
    /// Which workflow it is.
    pub(crate) index: usize,
    /// Its steps and parallel statements.
    pub(crate) outline: Outline,
    /// The types of the outputs of the steps, as far as they are checked.
    pub(crate) outputs: Vec<Option<Type>>,
    /// The types of their records, as far as they were asked for.
    records: Vec<Option<Type>>,
    /// Whether a step is read.
    pub(crate) used: Vec<bool>,
    /// The nodes of the steps.
    pub(crate) nodes: Vec<Option<&'g str>>,
    /// The variables, by their numbers.
    pub(crate) variables: Vec<VarInfo>,
    /// The variables in scope.
    pub(crate) variable_names: Names<VarId>,
    /// The parallel statements around this point.
    pub(crate) regions: Vec<usize>,
    /// The constructs around this point.
    pub(crate) frames: Vec<Frame>,
    /// The loop whose condition is checked.
    pub(crate) in_condition: Option<StepId>,
}

impl WorkflowState<'_> {
    /// The type of the record of a step. One of a step is made once, however often it is read.
    pub(crate) fn record(&mut self, id: StepId, failure: &Type) -> Type {
        let index = id.0 as usize;
        if let Some(Some(record)) = self.records.get(index) {
            return record.clone();
        }
        let known = self.outputs.get(index).cloned().flatten();
        let tried = self.outline.steps.get(index).is_some_and(|step| step.tried);
        let record = step_record(known.as_ref().unwrap_or(&Type::Error), tried, failure);
        if let Some(slot) = self.records.get_mut(index).filter(|_| known.is_some()) {
            *slot = Some(record.clone());
        }
        record
    }
}

impl<'g> Body<'g> {
    /// The step whose name stands at this place.
    pub(crate) fn step_id(&self, span: Span) -> Option<StepId> {
        self.w.as_ref()?.outline.step_at.get(&span.start).copied()
    }

    /// A step ends here with this output.
    pub(crate) fn step_done(&mut self, id: StepId, output: Type) {
        let span = self.w.as_ref().map_or(Span::default(), |w| w.outline.steps[id.0 as usize].span);
        let output = self.bounded(output, span);
        if let Some(w) = &mut self.w {
            w.outputs[id.0 as usize].get_or_insert(output);
        }
        self.flow.set_ran(id, Ran::Yes);
    }

    /// Checks something in one more construct.
    pub(crate) fn in_frame<T>(
        &mut self,
        frame: Option<Frame>,
        check: impl FnOnce(&mut Self) -> T,
    ) -> T {
        if let (Some(w), Some(frame)) = (&mut self.w, frame) {
            w.frames.push(frame);
        }
        let value = check(self);
        if let (Some(w), Some(_)) = (&mut self.w, frame) {
            w.frames.pop();
        }
        value
    }
}

/// Checks a workflow. Its result is entered into the globals, where it was not declared.
pub(crate) fn check_workflow<'g>(g: &'g Globals<'g>, index: usize, block: &'g Block) -> Checked {
    let info = &g.workflows[index];
    let mut body = Body::new(g, info.unit, Kind::Workflow);
    let outline = outline(block, &mut body.out);
    let steps = outline.steps.len();
    body.w = Some(Box::new(WorkflowState {
        index,
        outline,
        outputs: vec![None; steps],
        records: vec![None; steps],
        used: vec![false; steps],
        nodes: vec![None; steps],
        variables: Vec::new(),
        variable_names: Names::default(),
        regions: Vec::new(),
        frames: Vec::new(),
        in_condition: None,
    }));
    let triggers = body.check_triggers(info.decl);
    let mut block = body.body_block(block);
    let result = workflow_result(&mut body, info.declared.as_ref(), &mut block);
    let _ = info.result.set(result.clone());
    unused::warn(&mut body);
    let Body { locals, out, stmts, w, .. } = body;
    let typed = triggers.zip(w).map(|(triggers, mut w)| typed::Workflow {
        name: info.decl.name.text.clone(),
        doc: info.doc.clone(),
        span: info.decl.name.span,
        triggers,
        result,
        locals,
        variables: w
            .variables
            .iter()
            .map(|v| typed::Variable {
                name: v.name.clone(),
                ty: v.ty.clone(),
                of_workflow: v.of_workflow,
                span: v.span,
            })
            .collect(),
        steps: typed_steps(g, &mut w),
        body: block,
    });
    Checked { typed, out, stmts }
}

/// What comes of checking a body.
pub(crate) struct Checked {
    /// The workflow, where nothing essential is missing.
    pub(crate) typed: Option<typed::Workflow>,
    /// What is wrong.
    pub(crate) out: wf_diagnostics::Diagnostics,
    /// The statements.
    pub(crate) stmts: Vec<Span>,
}

fn typed_steps(g: &Globals<'_>, w: &mut WorkflowState<'_>) -> Vec<typed::Step> {
    let mut steps = Vec::with_capacity(w.outline.steps.len());
    for index in 0..w.outline.steps.len() {
        let record = w.record(StepId(index as u32), &g.failure);
        let step = &w.outline.steps[index];
        steps.push(typed::Step {
            name: step.name.clone(),
            span: step.span,
            kind: step.kind,
            record,
            output: w.outputs[index].clone().unwrap_or(Type::Error),
            in_loop: step.in_loop(),
        });
    }
    steps
}

impl Body<'_> {
    /// Two `return`s give values of no common type.
    fn returns_differ(&mut self, ty: &Type, at: Span, other: &Type, first: Span) {
        let message = format!(
            "this returns `{}`, another `return` gives `{}`",
            self.show(&relate::widen(ty)),
            self.show(&relate::widen(other))
        );
        self.tell(
            Diagnostic::new(&codes::NO_COMMON_TYPE, at, message)
                .with(first, "the other one")
                .help("return one type everywhere"),
        );
    }
}

/// The type of what a workflow gives. Where some path gives a value and another none, that one
/// gives null.
fn workflow_result(body: &mut Body<'_>, declared: Option<&Type>, block: &mut typed::Block) -> Type {
    let ends = !body.flow.dead();
    let span = body.workflow_info().map_or(Span::default(), |w| w.decl.name.span);
    if let Some(declared) = declared {
        if ends && !relate::is_nullable(&body.g.defs, declared) && !declared.is_error() {
            let message = format!(
                "this workflow promises `{}`, but its end can be reached without a `return`",
                body.show(declared)
            );
            let told = Diagnostic::new(&codes::MISSING_RETURN, span, message)
                .help("return a value on every path, or make the type optional");
            let written = body.workflow_info().and_then(|w| w.decl.result.as_ref());
            body.tell(match written {
                Some(written) => told.with(written.span, "promised here"),
                None => told,
            });
        }
        return declared.clone();
    }
    let mut result = Type::Never;
    let returns = std::mem::take(&mut body.returns);
    for (ty, at) in &returns {
        result = match relate::join_values(&body.g.defs, &result, ty) {
            Some(joined) => joined,
            None => {
                let first = returns.first().map_or(*at, |(_, at)| *at);
                body.returns_differ(ty, *at, &result, first);
                return Type::Error;
            }
        };
    }
    if ends && !matches!(result, Type::Never) {
        result = relate::optional(&body.g.defs, &result);
    }
    let result = match relate::widen(&result) {
        Type::Never => Type::Null,
        result => body.bounded(result, span),
    };
    let places: Vec<Span> = returns.iter().map(|(_, at)| *at).collect();
    if body.close_literals_at(&places, &result) {
        return Type::Error;
    }
    if let Err(part) = body.recast_returns(block, &result) {
        let fitting = returns.iter().find(|(ty, _)| relate::fits(&body.g.defs, ty, &result));
        let other = fitting.map_or(part.span, |(_, at)| *at);
        body.returns_differ(&part.ty, part.span, &result, other);
        return Type::Error;
    }
    result
}
