//! What a run tells its observers while it happens.

use std::sync::Arc;

use uuid::Uuid;
use wf_bytecode::Program;
use wf_diagnostics::Span;

use crate::{Failure, Value};

/// Something happened in a run.
#[derive(Clone, Debug)]
pub struct Event {
    /// The run.
    pub run: Uuid,
    /// When, in microseconds since 1970.
    pub at: i64,
    /// The same moment in microseconds on a clock that never goes back: for lengths of time.
    pub clock: i64,
    /// The loops around the place, outermost first.
    pub loops: Vec<LoopPlace>,
    /// What happened.
    pub kind: EventKind,
}

impl Event {
    /// The step that it tells of, an index into the program's steps; none where it is the run.
    pub fn step(&self) -> Option<u16> {
        match &self.kind {
            EventKind::StepStarted { step, .. }
            | EventKind::StepCompleted { step, .. }
            | EventKind::StepFailed { step, .. }
            | EventKind::StepRetried { step, .. }
            | EventKind::StepWaits { step, .. }
            | EventKind::StepResumed { step, .. }
            | EventKind::IterationEnded { step }
            | EventKind::Logged { step, .. } => Some(*step),
            EventKind::RunStarted { .. }
            | EventKind::Worked { .. }
            | EventKind::RunEnded { .. }
            | EventKind::Returned { .. } => None,
        }
    }

    /// The name of that step in the program that runs.
    pub fn step_name<'p>(&self, program: &'p Program) -> Option<&'p str> {
        let step = program.steps.get(usize::from(self.step()?));
        step.map(|step| step.name.as_str())
    }
}

/// An iteration of a loop.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LoopPlace {
    /// The loop: an index into the program's steps.
    pub step: u16,
    /// The iteration, from 0.
    pub index: i64,
}

/// What can happen. Steps are indices into the program's steps.
#[derive(Clone, Debug)]
pub enum EventKind {
    /// The run began.
    RunStarted {
        /// The workflow's name.
        workflow: Arc<str>,
    },
    /// The run ended.
    RunEnded {
        /// Why it failed, where it did.
        failure: Option<Arc<Failure>>,
    },
    /// A step, named condition, loop or parallel block began.
    StepStarted {
        /// Which one.
        step: u16,
        /// The number of items, for a `for` loop.
        items: Option<u64>,
    },
    /// It ended well.
    StepCompleted {
        /// Which one.
        step: u16,
        /// How long it took, in microseconds.
        duration: i64,
    },
    /// It failed.
    StepFailed {
        /// Which one.
        step: u16,
        /// Why.
        failure: Arc<Failure>,
        /// Whether the failure is an outcome of a `try` step.
        tried: bool,
    },
    /// A node is about to be called again.
    StepRetried {
        /// Which one.
        step: u16,
        /// The number of calls so far.
        attempts: u32,
        /// Why the last one failed.
        failure: Arc<Failure>,
        /// How long the machine waits, in microseconds.
        wait: i64,
    },
    /// The step leaves its worker: its node has not answered at once, is to be called again later, or
    /// a workflow runs as the step.
    StepWaits {
        /// Which one.
        step: u16,
    },
    /// What it waited for has come, and a worker has it again.
    StepResumed {
        /// Which one.
        step: u16,
    },
    /// A worker has run a part of the run without a pause, and now does something else.
    Worked {
        /// When it began, on the clock of [`Event::clock`].
        since: i64,
        /// What it was at when it stopped; `None` where the program does not tell.
        at: Option<Span>,
    },
    /// An iteration of a loop ended; `loops` of the event says which.
    IterationEnded {
        /// The loop.
        step: u16,
    },
    /// A node said something for people, as `log.info` does.
    Logged {
        /// The step.
        step: u16,
        /// `info`, `warn` or `error`.
        level: &'static str,
        /// The text.
        message: String,
        /// What was given with it, as JSON text.
        data: Option<String>,
    },
    /// A run that was asked for ended with this value: for observers that keep results.
    Returned {
        /// The value.
        value: Value,
    },
}
