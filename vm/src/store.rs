//! The data store: all that a run knows. One per run, shared by all its fibers.

use uuid::Uuid;

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

/// A step's output with its circumstances.
#[derive(Clone, Debug)]
pub struct StepOutput {
    /// The step: an index into the program's steps.
    pub step: u16,
    /// The stable key that `nodeId` is.
    pub key: Uuid,
    /// How it ended.
    pub status: Status,
    /// The output; null unless complete.
    pub output: Value,
    /// Why it failed, where it did.
    pub error: Option<std::sync::Arc<Failure>>,
    /// When it ended, in microseconds since 1970.
    pub executed_at: i64,
    /// How long it took, in microseconds.
    pub duration: i64,
    /// How often the node was called.
    pub attempts: u32,
}
