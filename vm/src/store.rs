//! The data store: all that a run knows. One per run, shared by all its fibers.

mod path;
#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock, PoisonError};

use serde_json::{Map, Value as Tree};
use uuid::Uuid;
use wf_bytecode::{Program, RunField, StepField, StepInfo, StepKind, TriggerInfo, WorkflowInfo};

pub use path::{PathError, read_json};

use crate::sched::Key;
use crate::sync::Mutex;
use crate::value::json::{json_of, push_shown, push_string};
use crate::{Failure, Value};

/// The state of a step. Programs see only steps that are complete (or, for `try` steps, failed).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not begun.
    Pending,
    /// Begun, not ended.
    Active,
    /// Ended well.
    Complete,
    /// Ended with a failure.
    Failed,
    /// No path ran it.
    Skipped,
    /// Given up.
    Cancelled,
}

impl Status {
    /// Its name in programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Active => "Active",
            Self::Complete => "Complete",
            Self::Failed => "Failed",
            Self::Skipped => "Skipped",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// A step's output with its circumstances.
#[derive(Clone, Debug)]
pub struct StepOutput {
    /// The step: an index into the program's steps.
    pub step: u16,
    /// The stable key that `nodeId` is.
    pub(crate) key: Key,
    /// How it ended.
    pub status: Status,
    /// The output; null unless complete, but for a condition that had decided when one of its arms
    /// failed.
    pub output: Value,
    /// Why it failed, where it did.
    pub error: Option<Arc<Failure>>,
    /// When it ended, in microseconds since 1970.
    pub executed_at: i64,
    /// How long it took, in microseconds.
    pub duration: i64,
    /// How often the node was called.
    pub attempts: u32,
}

impl StepOutput {
    /// The fields that programs, snapshots and paths see, in their order. `error` is there for
    /// `try` steps and for steps that failed.
    const FIELDS: [(&'static str, StepField); 8] = [
        ("nodeId", StepField::NodeId),
        ("nodeName", StepField::NodeName),
        ("status", StepField::Status),
        ("output", StepField::Output),
        ("executedAt", StepField::ExecutedAt),
        ("durationMs", StepField::DurationMs),
        ("attempts", StepField::Attempts),
        ("error", StepField::Error),
    ];

    /// Its `nodeId`: stable, and another one for each step and iteration of a run.
    pub fn node_id(&self) -> Uuid {
        self.key.uuid()
    }

    /// A part of it as programs read it.
    pub fn field(&self, field: StepField, program: &Program) -> Value {
        match field {
            StepField::NodeId => Value::uuid(self.node_id()),
            StepField::NodeName => Value::string(self.info(program).map_or("", |info| &info.name)),
            StepField::Status => Value::string(self.status.name()),
            StepField::Output => self.output.clone(),
            StepField::ExecutedAt => Value::Instant(self.executed_at),
            StepField::DurationMs => Value::Int(self.duration / 1_000),
            StepField::Attempts => Value::Int(i64::from(self.attempts)),
            StepField::Error => {
                self.error.as_ref().map_or(Value::Null, |error| error.to_value(program))
            }
        }
    }

    /// All its fields by their names.
    pub(crate) fn entries(&self, program: &Program) -> Vec<(&'static str, Value)> {
        let error = self.error.is_some()
            || matches!(
                self.info(program).map(|info| &info.kind),
                Some(StepKind::Node { tried: true, .. } | StepKind::Call { tried: true, .. })
            );
        let fields = Self::FIELDS.iter().filter(|(_, field)| error || *field != StepField::Error);
        fields.map(|(name, field)| (*name, self.field(*field, program))).collect()
    }

    fn info<'p>(&self, program: &'p Program) -> Option<&'p StepInfo> {
        program.steps.get(usize::from(self.step))
    }
}

/// What a run is, besides its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunFacts {
    /// Its id.
    pub id: Uuid,
    /// When it began, in microseconds since 1970.
    pub started_at: i64,
    /// How often it was started from the beginning, from 1.
    pub attempt: i64,
    /// Which of the workflow's triggers started it, from 0.
    pub trigger: u16,
}

/// The stable id of something in a run: the same for the same run and key.
pub fn derive_id(run: Uuid, key: &str) -> Uuid {
    Uuid::new_v5(&run, key.as_bytes())
}

/// The data store of a run. Its fibers keep the outcomes of steps and the variables; the store gets
/// them when the run ends, and is read by hosts.
#[derive(Debug)]
pub struct DataStore {
    program: Arc<Program>,
    workflow: u16,
    run: RunFacts,
    trigger: Value,
    config: Vec<Value>,
    /// By their slots; there from the end of the run on.
    steps: OnceLock<Vec<Option<Arc<StepOutput>>>>,
    variables: Mutex<Vec<Value>>,
}

impl DataStore {
    /// The store of a run that begins. `trigger` is of the type of the workflow's trigger context,
    /// `config` holds the values of the program's config in its order.
    pub fn new(
        program: Arc<Program>,
        workflow: u16,
        run: RunFacts,
        trigger: Value,
        config: Vec<Value>,
    ) -> Self {
        let (steps, variables) = (OnceLock::new(), Mutex::new(Vec::new()));
        Self { program, workflow, run, trigger, config, steps, variables }
    }

    /// The program.
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// The workflow, unless its number is none of the program's.
    pub fn workflow(&self) -> Option<&WorkflowInfo> {
        self.program.workflows.get(usize::from(self.workflow))
    }

    /// The run.
    pub fn run(&self) -> &RunFacts {
        &self.run
    }

    /// A field of `run`.
    pub fn run_field(&self, field: RunField) -> Value {
        match field {
            RunField::Id => Value::uuid(self.run.id),
            RunField::Workflow => Value::string(self.workflow().map_or("", |w| &w.name)),
            RunField::StartedAt => Value::Instant(self.run.started_at),
            RunField::Attempt => Value::Int(self.run.attempt),
            RunField::Trigger => Value::Int(self.run.trigger.into()),
        }
    }

    /// The trigger that started the run, unless its number is none of the workflow's.
    pub fn fired(&self) -> Option<&TriggerInfo> {
        self.workflow()?.triggers.get(usize::from(self.run.trigger))
    }

    /// The trigger context.
    pub fn trigger(&self) -> &Value {
        &self.trigger
    }

    /// A value of config; null where the program has none of this number.
    pub fn config(&self, index: u16) -> Value {
        self.config.get(usize::from(index)).cloned().unwrap_or_default()
    }

    /// Notes the outcomes of steps by their slots, once. The first of a slot stays, and slots that
    /// the workflow does not have are left out.
    pub fn set_steps(&self, outputs: impl IntoIterator<Item = (u16, Arc<StepOutput>)>) {
        self.steps.get_or_init(|| {
            let mut steps = vec![None; self.workflow().map_or(0, |workflow| workflow.steps.len())];
            for (slot, output) in outputs {
                if let Some(step) = steps.get_mut(usize::from(slot)) {
                    step.get_or_insert(output);
                }
            }
            steps
        });
    }

    /// The outcome of the step in this slot; `None` where no path ran it, or the run has not ended.
    pub fn step(&self, slot: u16) -> Option<&Arc<StepOutput>> {
        self.steps.get()?.get(usize::from(slot))?.as_ref()
    }

    /// Notes the variables, in the order of the workflow's table.
    pub fn set_variables(&self, values: Vec<Value>) {
        *self.variables.lock().unwrap_or_else(PoisonError::into_inner) = values;
    }

    /// The variables as they were noted last; empty before that.
    pub fn variables(&self) -> Vec<Value> {
        self.variables.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The store as JSON: `trigger`, `steps` by name (null where none ran), and `variables`.
    pub fn snapshot_json(&self) -> Tree {
        let mut snapshot = Map::new();
        snapshot.insert("trigger".into(), json_of(&self.trigger, &self.program));
        let steps = self.named_steps().map(|(name, slot)| {
            let step = self.step(slot);
            let step = step.map(|step| json_of(&Value::Step(step.clone()), &self.program));
            (name.to_owned(), step.unwrap_or_default())
        });
        snapshot.insert("steps".into(), Tree::Object(steps.collect()));
        let variables = self.variables();
        let variables = self
            .variable_names()
            .zip(&variables)
            .map(|(name, value)| (name.to_owned(), json_of(value, &self.program)));
        snapshot.insert("variables".into(), Tree::Object(variables.collect()));
        Tree::Object(snapshot)
    }

    /// The same as compact JSON text: fields in the order of their declaration, entries of maps
    /// as they were inserted, steps and variables in the order of the source.
    pub fn snapshot_text(&self) -> String {
        let mut out = String::from("{\"trigger\":");
        push_shown(&self.trigger, &self.program, &mut out);
        out.push_str(",\"steps\":{");
        for (index, (name, slot)) in self.named_steps().enumerate() {
            push_name(name, index, &mut out);
            match self.step(slot) {
                Some(step) => push_shown(&Value::Step(step.clone()), &self.program, &mut out),
                None => out.push_str("null"),
            }
        }
        out.push_str("},\"variables\":{");
        for (index, (name, value)) in self.variable_names().zip(&self.variables()).enumerate() {
            push_name(name, index, &mut out);
            push_shown(value, &self.program, &mut out);
        }
        out.push_str("}}");
        out
    }

    /// Reads a path that is given as text, as `steps.query.output.entities[0].name`.
    ///
    /// # Errors
    /// Where the text is no path, or leads nowhere: see [`PathError`].
    pub fn read(&self, path: &str) -> Result<Tree, PathError> {
        path::read_store(self, path)
    }

    /// The names of the workflow's steps with their slots.
    fn named_steps(&self) -> impl Iterator<Item = (&str, u16)> {
        let steps = self.workflow().map_or(&[][..], |workflow| &workflow.steps);
        (0_u16..).zip(steps).filter_map(|(slot, step)| {
            let info = self.program.steps.get(usize::from(*step))?;
            Some((info.name.as_str(), slot))
        })
    }

    /// The names of the workflow's variables.
    fn variable_names(&self) -> impl Iterator<Item = &str> {
        let variables = self.workflow().map_or(&[][..], |workflow| &workflow.variables);
        variables.iter().map(|variable| variable.name.as_str())
    }
}

fn push_name(name: &str, index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
    push_string(name, out);
    out.push(':');
}
