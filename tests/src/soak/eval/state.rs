//! What the evaluator knows while it runs a workflow.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use wf_compiler::typed::{Program, StepId, Trigger, UpdateOp, VarId, Workflow};
use wf_diagnostics::Span;

use super::stmt::Flow;
use super::value::Val;
use crate::soak::features::Features;
use crate::soak::world::World;

/// Why something has no value.
#[derive(Debug)]
pub enum Stop {
    /// A failure, as the language has them.
    Fault(Box<Fault>),
    /// Something that must never happen: the compiler proved otherwise.
    Broken(String),
    /// The program does too much to be worth while.
    TooMuch,
}

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A node failed.
    Node,
    /// Data did not fit.
    Decode,
    /// Arithmetic and limits of one value.
    Pure,
    /// `fail`
    Fail,
}

/// A failure.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What kind it is.
    pub kind: Kind,
    /// The `code` that programs see.
    pub code: String,
    /// The message, where the language says what it is.
    pub message: Option<String>,
    /// The step.
    pub step: Option<String>,
    /// How often the node was called.
    pub attempts: i64,
    /// The status of an HTTP answer.
    pub status: Option<i64>,
    /// The rest.
    pub details: Val,
    /// The place.
    pub span: Span,
    /// The loops around it, outermost first.
    pub loops: Vec<(SmolStr, i64)>,
}

/// What comes of most things.
pub type Outcome<T> = Result<T, Stop>;

/// A step that has ended, as programs see it.
#[derive(Clone, Debug)]
pub(super) struct StepValue {
    pub(super) output: Val,
    pub(super) error: Option<Fault>,
    pub(super) attempts: i64,
}

/// A step in the store, as a host sees it.
#[derive(Clone, Debug)]
pub struct StoredStep {
    /// Its output; null unless it completed.
    pub output: Val,
    /// Why it failed.
    pub error: Option<Fault>,
    /// How often the node was called.
    pub attempts: i64,
}

/// The round of a loop.
#[derive(Clone, Debug)]
pub(super) struct Round {
    pub(super) name: SmolStr,
    pub(super) items: Val,
    pub(super) index: i64,
    pub(super) item: Val,
}

/// An operand of a merge, for the join.
pub(super) type Operand = (VarId, UpdateOp, Val, Span);

/// The state of one run of a workflow.
pub(super) struct Instance<'p> {
    pub(super) workflow: &'p Workflow,
    pub(super) trigger: Val,
    /// Which of the triggers it is.
    pub(super) fired: usize,
    pub(super) variables: Vec<Option<Val>>,
    /// In which parallel region a variable lives, by the number of regions around it.
    pub(super) homes: Vec<usize>,
    pub(super) steps: Vec<Option<StepValue>>,
    pub(super) stored: Vec<Option<StoredStep>>,
    /// Steps of parallel statements that failed: what the store holds of them is not looked at.
    pub(super) unknown: Vec<bool>,
    pub(super) rounds: BTreeMap<StepId, Round>,
    pub(super) yields: BTreeMap<StepId, Vec<Val>>,
    /// The operands of the regions around, the innermost last.
    pub(super) regions: Vec<Vec<Operand>>,
}

/// What a run ended with.
pub struct Ended {
    /// Its result, or its failure.
    pub outcome: Result<Val, Fault>,
    /// The variables of the workflow by name, where they have begun.
    pub variables: Vec<(SmolStr, Option<Val>)>,
    /// The steps that the store has; `Err` where it is not known what it says.
    pub steps: Vec<(SmolStr, Result<Option<StoredStep>, ()>)>,
}

/// The evaluator of one run.
pub struct Evaluator<'p> {
    pub(super) program: &'p Program,
    pub(super) world: &'p World,
    pub(super) config: Vec<Val>,
    pub(super) locals: Vec<Val>,
    /// What the locals are declared as.
    pub(super) declared: &'p [wf_compiler::typed::Local],
    pub(super) instance: Option<Box<Instance<'p>>>,
    pub(super) loops: Vec<(SmolStr, i64)>,
    pub(super) entities: Vec<super::entity::Rows>,
    pub(super) lambdas: Vec<&'p wf_compiler::typed::Lambda>,
    /// The failures behind the locals of `catch`, which `fail` passes on as they were.
    pub(super) caught: BTreeMap<wf_compiler::typed::LocalId, Fault>,
    pub(super) depth: usize,
    pub(super) fuel: u64,
    /// What was executed.
    pub features: Features,
}

/// The work that a run may do; more is not worth while.
const FUEL: u64 = 400_000;

impl<'p> Evaluator<'p> {
    /// An evaluator of a program in a world.
    pub fn new(program: &'p Program, world: &'p World, config: Vec<Val>) -> Self {
        Self {
            program,
            world,
            config,
            locals: Vec::new(),
            declared: &[],
            instance: None,
            loops: Vec::new(),
            entities: Vec::new(),
            lambdas: Vec::new(),
            caught: BTreeMap::new(),
            depth: 0,
            fuel: FUEL,
            features: Features::default(),
        }
    }

    /// Runs a workflow to its end.
    ///
    /// # Errors
    /// What must never happen, or a run that does too much.
    pub fn run(&mut self, workflow: usize, fired: usize, trigger: Val) -> Outcome<Ended> {
        let Some(workflow) = self.program.workflows.get(workflow) else {
            return Err(Stop::Broken("no such workflow".into()));
        };
        if trigger.has_unread() {
            self.features.note("trigger with a part of another type");
        }
        self.enter(workflow, fired, trigger);
        let outcome = match self.body() {
            Ok(value) => Ok(value),
            Err(Stop::Fault(fault)) => Err(*fault),
            Err(stop) => return Err(stop),
        };
        let Some(instance) = self.instance.take() else {
            return Err(Stop::Broken("no workflow runs".into()));
        };
        let variables = workflow.variables.iter().zip(&instance.variables);
        let variables = variables.filter(|(declared, _)| declared.of_workflow);
        let steps = workflow.steps.iter().zip(instance.stored.iter().zip(&instance.unknown));
        let steps = steps.filter(|(declared, _)| !declared.in_loop);
        Ok(Ended {
            outcome,
            variables: variables.map(|(v, value)| (v.name.clone(), value.clone())).collect(),
            steps: steps
                .map(|(s, (stored, unknown))| {
                    (s.name.clone(), if *unknown { Err(()) } else { Ok(stored.clone()) })
                })
                .collect(),
        })
    }

    /// Whether the `where` of a trigger takes what it is given, `None` where it fails; nothing where it
    /// has none.
    ///
    /// # Errors
    /// What must never happen, or a run that does too much.
    pub fn taken(
        &mut self,
        workflow: usize,
        fired: usize,
        trigger: &Val,
    ) -> Outcome<Option<Option<bool>>> {
        let found =
            self.program.workflows.get(workflow).and_then(|w| Some((w, w.triggers.get(fired)?)));
        let Some((workflow, declared)) = found else {
            return Err(Stop::Broken("no such trigger".into()));
        };
        let Trigger::Entity { filter: Some((locals, lambda)), .. } = &declared.kind else {
            return Ok(None);
        };
        self.enter(workflow, fired, trigger.clone());
        self.features.note("trigger where");
        self.declared = locals;
        self.locals = vec![Val::Missing; locals.len()];
        let entity = trigger.plain().field("entity").cloned().unwrap_or(Val::Null);
        match self.apply(lambda, &[entity]) {
            Ok(Val::Bool(taken)) => Ok(Some(Some(taken))),
            Ok(other) => Err(self.broken(format!("`where` gives {other:?}"))),
            Err(Stop::Fault(_)) => Ok(Some(None)),
            Err(stop) => Err(stop),
        }
    }

    /// Makes the state of a workflow.
    pub(super) fn enter(&mut self, workflow: &'p Workflow, fired: usize, trigger: Val) {
        if let Some(fired) = workflow.triggers.get(fired) {
            self.features.trigger(&fired.kind, workflow.triggers.len());
        }
        self.declared = &workflow.locals;
        self.locals = vec![Val::Missing; workflow.locals.len()];
        self.instance = Some(Box::new(Instance {
            workflow,
            trigger,
            fired,
            variables: vec![None; workflow.variables.len()],
            homes: vec![0; workflow.variables.len()],
            steps: vec![None; workflow.steps.len()],
            stored: vec![None; workflow.steps.len()],
            unknown: vec![false; workflow.steps.len()],
            rounds: BTreeMap::new(),
            yields: BTreeMap::new(),
            regions: Vec::new(),
        }));
    }

    /// Runs the body of the workflow that was entered.
    pub(super) fn body(&mut self) -> Outcome<Val> {
        let workflow = self.instance()?.workflow;
        match self.block(&workflow.body)? {
            Flow::Return(value) => Ok(value),
            Flow::Next => Ok(Val::Null),
            Flow::Break | Flow::Continue => Err(self.broken("a workflow ended by break")),
        }
    }

    pub(super) fn instance(&mut self) -> Outcome<&mut Instance<'p>> {
        match self.instance.as_deref_mut() {
            Some(instance) => Ok(instance),
            None => Err(Stop::Broken("the store is read outside of a workflow".into())),
        }
    }

    /// Something that must never happen.
    pub(super) fn broken(&self, what: impl Into<String>) -> Stop {
        Stop::Broken(what.into())
    }

    /// A failure at a place.
    pub(super) fn fault(&self, kind: Kind, code: &str, span: Span) -> Stop {
        Stop::Fault(Box::new(Fault {
            kind,
            code: code.to_owned(),
            message: None,
            step: None,
            attempts: 0,
            status: None,
            details: Val::Null,
            span,
            loops: self.loops.clone(),
        }))
    }

    /// Notes some work.
    pub(super) fn burn(&mut self, work: u64) -> Outcome<()> {
        match self.fuel.checked_sub(work) {
            Some(left) => {
                self.fuel = left;
                Ok(())
            }
            None => Err(Stop::TooMuch),
        }
    }
}
