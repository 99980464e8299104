//! Runs and the machines that run them: what an embedding program uses.

mod limits;
mod machine;
mod parked;
mod state;
mod time;

pub use limits::Limits;
pub use machine::{Machine, SerialMachine, check_imports};
pub(crate) use parked::Parked;
pub(crate) use state::{Instance, Outer, Run};

use std::sync::Arc;

use uuid::Uuid;
use wf_bytecode::Program;

use crate::store::DataStore;
use crate::{Failure, FailureKind, Value};

/// What a run is started with. Trigger and `config` are decoded and checked already.
#[derive(Clone, Debug)]
pub struct RunRequest {
    /// The program, verified.
    pub program: Arc<Program>,
    /// The workflow, an index into the program's workflows.
    pub workflow: u16,
    /// Which of the workflow's triggers starts it, from 0.
    pub fired: u16,
    /// The trigger context: a record of the context type of that trigger.
    pub trigger: Value,
    /// The values of `config`, in the order of the program's table.
    pub config: Vec<Value>,
    /// The id of the run.
    pub id: Uuid,
    /// How often it was started from its beginning, from 1.
    pub attempt: i64,
    /// Its limits.
    pub limits: Limits,
}

/// How a run ended.
#[derive(Debug)]
pub struct RunResult {
    /// The id of the run.
    pub id: Uuid,
    /// What it returned, or why it failed.
    pub outcome: Result<Value, Failure>,
    /// All that it knew.
    pub store: Arc<DataStore>,
    /// When it began, in microseconds since 1970.
    pub started_at: i64,
    /// When it ended, in microseconds since 1970.
    pub finished_at: i64,
}

/// A run that was started. Dropping the handle does not touch the run.
#[derive(Clone)]
pub struct RunHandle {
    pub(crate) run: Arc<Run>,
}

impl RunHandle {
    /// Ends the run: what waits is given up, its `finally` blocks run, then it has failed with the
    /// kind [`FailureKind::Cancelled`]. A run that has ended stays as it is.
    pub fn cancel(&self) {
        let failure = Failure::new(FailureKind::Cancelled, "Cancelled", "the run was cancelled");
        self.run.stop(failure);
    }

    /// Ends the run at once: its `finally` blocks run only as far as they need not wait.
    pub fn close(&self) {
        self.run.close();
    }

    /// The result of a run whose end nobody told, which is a mistake of the machine.
    pub fn lost(&self) -> RunResult {
        machine::lost(&self.run)
    }

    /// The id of the run.
    pub fn id(&self) -> Uuid {
        self.run.id
    }
}
