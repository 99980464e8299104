//! Failures: why a step or a run failed.

use wf_diagnostics::Span;

use crate::{LoopPlace, Value};

/// Why a step or a run failed, with the place in the source.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What went wrong.
    pub kind: FailureKind,
    /// The `code` that programs see: `Timeout`, `Http404`, `Decode`, `Overflow`, `Failed` …
    pub code: String,
    /// One sentence for people.
    pub message: String,
    /// The step that failed; `None` for pure code and `fail` outside of a step.
    pub step: Option<String>,
    /// How often the node was called.
    pub attempts: u32,
    /// The status of the answer, for nodes over HTTP.
    pub status_code: Option<i64>,
    /// The rest, as `json`; null where there is none.
    pub details: Value,
    /// The characters at fault: the step's node, the operator, the `fail`.
    pub span: Option<Span>,
    /// The loops around the place, outermost first, with the indices it happened at.
    pub loops: Vec<LoopPlace>,
}

/// What kind of failure it is. Which kinds `try` and `catch` take follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// A node failed.
    Node,
    /// Data did not fit its type at a border.
    Decode,
    /// Arithmetic, or a limit of one value or call: recursion depth, size of a collection.
    Pure,
    /// `fail` was reached.
    Fail,
    /// A limit of the whole run: can't be caught.
    Limit,
    /// The run was cancelled: can't be caught.
    Cancelled,
    /// The program is corrupt, or the machine wrong: can't be caught.
    Internal,
}

impl FailureKind {
    /// Whether `try` and `catch` take it.
    pub fn is_catchable(self) -> bool {
        matches!(self, Self::Node | Self::Decode | Self::Pure | Self::Fail)
    }
}

impl Failure {
    /// A failure of this kind without step and place, which the machine fills in.
    pub fn new(kind: FailureKind, code: impl Into<String>, message: impl Into<String>) -> Self {
        let (code, message) = (code.into(), message.into());
        let (step, span, status_code) = (None, None, None);
        let (attempts, details, loops) = (0, Value::Null, Vec::new());
        Self { kind, code, message, step, attempts, status_code, details, span, loops }
    }
}
