//! Calls of nodes: what they are given, and what waits for their end.

use std::cell::{Cell, OnceCell, RefCell};
use std::sync::Arc;

use uuid::Uuid;

use super::cell::completion;
use super::fx::Fx;
use super::key::Key;
use super::policy::Policy;
use super::{CallCell, Home};
use crate::interp::{Activity, Fault, Fiber, run_closure};
use crate::node::CallServices;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::{Cancel, Completion, EventKind, Failure, LambdaRef, Logger, Mask, Value};

/// A step under way.
pub(crate) struct StepCall {
    pub(super) step: u16,
    pub(super) key: Key,
    pub(super) input: Value,
    pub(super) policy: Option<Box<Policy>>,
    /// The number of this attempt, from 1.
    pub(super) attempt: u32,
    /// When the step began, on the clock that never goes back.
    pub(super) began: i64,
    /// When this attempt began, where the node waits: the time that it is told when it goes on.
    pub(super) since: Option<i64>,
}

/// A step that waits.
pub(crate) struct StepWait {
    pub(super) call: StepCall,
    pub(super) phase: Phase,
    /// What it waits for; none for a workflow that runs.
    pub(super) cell: Option<Arc<CallCell>>,
    /// Gives the call up.
    pub(super) cancel: Option<Box<dyn Cancel>>,
    /// When the timer is to ring, in microseconds from now.
    pub(super) timer: Option<i64>,
    /// The timer, which is given up with the wait.
    pub(super) alarm: Option<Box<dyn Send>>,
    /// Whether a workflow that runs has taken longer than it may.
    pub(super) expired: Option<Arc<AtomicBool>>,
}

/// What a step waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The node's outcome; the timer is the attempt's timeout.
    Calling,
    /// The time before the next attempt.
    Backoff,
    /// A workflow that was called.
    Child,
}

/// A new cell of a run.
pub(super) fn new_cell(home: &Home) -> Arc<CallCell> {
    CallCell::new(home.instance.run.next_cell.fetch_add(1, Ordering::Relaxed))
}

/// What a node may ask of the machine while its call begins.
pub(super) struct CallDesk<'a> {
    pub(super) home: &'a Home,
    pub(super) act: &'a Activity,
    pub(super) step: u16,
    /// Made when the node asks for it.
    pub(super) cell: OnceCell<Arc<CallCell>>,
    /// The fiber of lambdas, made when there is one.
    pub(super) lambdas: RefCell<Option<Box<Fiber>>>,
    /// The time, once it was asked.
    pub(super) moment: Cell<Option<i64>>,
    /// A failure of a lambda that ends the run, whatever the node makes of it.
    pub(super) fatal: RefCell<Option<Fault>>,
}

impl CallServices for CallDesk<'_> {
    fn completion(&self) -> Completion {
        completion(self.cell.get_or_init(|| new_cell(self.home)))
    }

    fn call_lambda(&self, lambda: &LambdaRef, args: Vec<Value>) -> Result<Value, Failure> {
        let run = &self.home.instance.run;
        let mut fiber = self.lambdas.take().unwrap_or_default();
        let left = self.act.grace.unwrap_or_else(|| run.instructions_left());
        let mut budget = left;
        let mut fx = Fx::pure(self.home);
        let closure = &lambda.closure;
        let result = run_closure(
            &mut fiber,
            self.home.env(),
            &mut fx,
            closure.function,
            args,
            &closure.captures,
            &mut budget,
        );
        run.charge(left - budget);
        self.lambdas.replace(Some(fiber));
        result.map_err(|fault| {
            if !fault.kind.is_catchable() {
                self.fatal.replace(Some(fault.clone()));
            }
            *fault
        })
    }

    fn log(&self, level: &'static str, message: String, data: Option<String>) {
        self.home.instance.run.put_out(size_of_log(&message, data.as_deref()));
        let kind = || EventKind::Logged { step: self.step, level, message, data };
        self.home.instance.run.emit(|| self.home.path(self.act), kind);
    }

    fn logger(&self) -> Logger {
        // The run holds what waits, and what waits holds this.
        let run = Arc::downgrade(&self.home.instance.run);
        let (loops, step) = (self.home.path(self.act), self.step);
        Logger(Arc::new(move |level, message, data| {
            if let Some(run) = run.upgrade() {
                run.put_out(size_of_log(&message, data.as_deref()));
                let kind = || EventKind::Logged { step, level, message, data };
                run.emit(|| loops.clone(), kind);
            }
        }))
    }

    fn place(&self) -> Uuid {
        let key = self.home.key(self.home.instance.place, self.act, self.step);
        key.map_or(Uuid::nil(), Key::uuid)
    }

    fn mask(&self) -> Arc<Mask> {
        Arc::clone(&self.home.instance.run.mask)
    }

    fn now(&self) -> i64 {
        let run = &self.home.instance.run;
        let moment = self.moment.get().unwrap_or_else(|| run.host.clock.monotonic());
        self.moment.set(Some(moment));
        run.wall(moment)
    }
}

/// The bytes of a log entry.
fn size_of_log(message: &str, data: Option<&str>) -> u64 {
    (message.len() + data.map_or(0, str::len)) as u64
}
