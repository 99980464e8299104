//! What a node knows of its call besides the input.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use uuid::Uuid;
use wf_vm::{Logger, NodeCall};

/// The call that a node answers: which run and step, which attempt, and whether anybody still waits.
/// Clones are of the same call.
#[derive(Clone)]
pub struct Context(Arc<Facts>);

struct Facts {
    run: Uuid,
    workflow: String,
    step: String,
    key: Uuid,
    attempt: u32,
    timeout: Option<Duration>,
    log: Logger,
    cancelled: AtomicBool,
    told: Notify,
}

/// How much a log entry matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Something happened.
    Info,
    /// Something looks wrong.
    Warn,
    /// Something is wrong.
    Error,
}

impl Level {
    /// Its name in events: `info`, `warn`, `error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

impl Context {
    pub(super) fn of(call: &NodeCall<'_>) -> Self {
        let step = call.program.steps.get(usize::from(call.step));
        let micros = call.timeout.and_then(|micros| u64::try_from(micros).ok());
        Self(Arc::new(Facts {
            run: call.run.id,
            workflow: call.run.workflow.to_owned(),
            step: step.map_or_else(String::new, |step| step.name.to_string()),
            key: *call.key,
            attempt: call.attempt,
            timeout: micros.map(Duration::from_micros),
            log: call.logger(),
            cancelled: AtomicBool::new(false),
            told: Notify::new(),
        }))
    }

    /// The id of the run.
    pub fn run_id(&self) -> Uuid {
        self.0.run
    }

    /// The name of the workflow.
    pub fn workflow(&self) -> &str {
        &self.0.workflow
    }

    /// The name of the step.
    pub fn step(&self) -> &str {
        &self.0.step
    }

    /// The key of the call: another one for each step and iteration of a run, the same for all attempts.
    /// A service that is sent it twice knows that it is one order.
    pub fn key(&self) -> Uuid {
        self.0.key
    }

    /// The number of this attempt, from 1.
    pub fn attempt(&self) -> u32 {
        self.0.attempt
    }

    /// How long the attempt may take, where the step says so. The engine gives it up then.
    pub fn timeout(&self) -> Option<Duration> {
        self.0.timeout
    }

    /// Whether nobody waits for the answer any more: the run was cancelled, or the attempt took too long.
    /// A future is dropped then; work on a thread of its own looks now and then.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Acquire)
    }

    /// Comes when nobody waits for the answer any more: for tasks that the node has spawned.
    pub async fn cancelled(&self) {
        let mut told = std::pin::pin!(self.0.told.notified());
        // Asked for first, so that nothing is missed between the look and the wait.
        told.as_mut().enable();
        if !self.is_cancelled() {
            told.await;
        }
    }

    pub(super) fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Release);
        self.0.told.notify_waiters();
    }

    /// Tells the observers something for people, with data as JSON. Secrets of the run are masked.
    pub fn log(&self, level: Level, message: impl Into<String>, data: Option<&serde_json::Value>) {
        self.0.log.log(level.as_str(), message.into(), data.map(ToString::to_string));
    }

    /// Tells that something happened.
    pub fn info(&self, message: impl Into<String>) {
        self.log(Level::Info, message, None);
    }

    /// Tells that something looks wrong.
    pub fn warn(&self, message: impl Into<String>) {
        self.log(Level::Warn, message, None);
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("run", &self.0.run)
            .field("step", &self.0.step)
            .field("attempt", &self.0.attempt)
            .finish_non_exhaustive()
    }
}
