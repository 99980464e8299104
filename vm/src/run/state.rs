//! What the fibers of a run share.

use std::sync::{Arc, OnceLock, PoisonError, Weak};

use uuid::Uuid;

use super::time::{LOOK_EVERY, RunTime};
use super::{Limits, Parked, RunResult};
use crate::interp::Linked;
use crate::sched::{CallCell, Join, Wake};
use crate::store::DataStore;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use crate::{Event, EventKind, Failure, FailureKind, Host, LoopPlace, Mask, Value};

/// A run, shared by all its fibers and by the calls that it waits for.
pub(crate) struct Run {
    pub(crate) id: Uuid,
    pub(crate) linked: Arc<Linked>,
    pub(crate) limits: Limits,
    pub(crate) host: Host,
    pub(crate) config: Vec<Value>,
    /// The secrets of `config`.
    pub(crate) mask: Arc<Mask>,
    pub(crate) attempt: i64,
    pub(crate) started_at: i64,
    /// Puts fibers back whose calls have ended.
    pub(crate) wake: Arc<dyn Wake>,
    /// The store of the workflow that was asked for.
    pub(crate) store: Arc<DataStore>,
    /// No call may wait any more: the machine is being dropped.
    pub(crate) closing: AtomicBool,
    pub(crate) next_cell: AtomicU64,
    /// The time of day less the clock that never goes back.
    offset: AtomicI64,
    /// When the run is to look at its times again, on the clock that never goes back.
    look_at: AtomicI64,
    stopped: AtomicBool,
    reason: OnceLock<Failure>,
    instructions: AtomicU64,
    held: AtomicI64,
    /// How many bytes steps have answered and logged.
    output: AtomicU64,
    /// The calls that fibers wait for.
    parked: Parked<CallCell>,
    /// What its time is kept by.
    time: RunTime,
    done: Mutex<Option<Done>>,
}

/// Is told how a run ended.
pub(crate) type Done = Box<dyn FnOnce(RunResult) + Send>;

/// What a run is made of.
pub(crate) struct RunParts {
    pub(crate) id: Uuid,
    pub(crate) linked: Arc<Linked>,
    pub(crate) limits: Limits,
    pub(crate) host: Host,
    pub(crate) config: Vec<Value>,
    pub(crate) attempt: i64,
    pub(crate) started_at: i64,
    pub(crate) wake: Arc<dyn Wake>,
    pub(crate) store: Arc<DataStore>,
    pub(crate) done: Done,
    /// The run itself.
    pub(crate) me: Weak<Run>,
}

/// A workflow that runs in a run: the one that was asked for, or one that was called.
pub(crate) struct Instance {
    pub(crate) run: Arc<Run>,
    pub(crate) workflow: u16,
    /// Its `run.id`: of a called workflow the key of the call.
    pub(crate) id: Uuid,
    pub(crate) store: Arc<DataStore>,
    pub(crate) trigger: Value,
    /// What the keys of its calls are derived from.
    pub(crate) base: [u64; 2],
    /// The same without the run.
    pub(crate) place: [u64; 2],
    /// The loops around the call.
    pub(crate) prefix: Vec<LoopPlace>,
    /// The number of calls around it.
    pub(crate) depth: u32,
    /// Where it was called.
    pub(crate) outer: Option<Outer>,
    /// Whether it has taken longer than its caller allows.
    pub(crate) expired: Arc<AtomicBool>,
}

/// The place of a fiber that called a workflow.
pub(crate) struct Outer {
    pub(crate) instance: Arc<Instance>,
    pub(crate) region: Option<(Arc<Join>, u64)>,
    /// Whether the caller can't be cancelled any more.
    pub(crate) shield: bool,
}

impl Run {
    pub(crate) fn new(parts: RunParts) -> Self {
        let RunParts { id, linked, limits, host, config, attempt, started_at, .. } = parts;
        let steady = host.clock.monotonic();
        let mask = Arc::new(Mask::of_config(&linked.program, &config));
        let time = RunTime::new(parts.me, limits.run_time, steady);
        Self {
            id,
            linked,
            limits,
            host,
            config,
            mask,
            attempt,
            started_at,
            wake: parts.wake,
            store: parts.store,
            closing: AtomicBool::new(false),
            next_cell: AtomicU64::new(0),
            offset: AtomicI64::new(started_at - steady),
            look_at: AtomicI64::new(time.first_look()),
            stopped: AtomicBool::new(false),
            reason: OnceLock::new(),
            instructions: AtomicU64::new(0),
            held: AtomicI64::new(0),
            output: AtomicU64::new(0),
            parked: Parked::default(),
            time,
            done: Mutex::new(Some(parts.done)),
        }
    }

    /// The time of day at a moment of the clock that never goes back. The time of day itself is
    /// asked for once a second: steps need two times each, and the clock is what they cost most.
    #[inline]
    pub(crate) fn wall(&self, steady: i64) -> i64 {
        if steady > self.look_at.load(Ordering::Relaxed) {
            self.look(steady);
        }
        steady + self.offset.load(Ordering::Relaxed)
    }

    #[cold]
    fn look(&self, steady: i64) {
        let offset = self.host.clock.now() - self.host.clock.monotonic();
        self.offset.store(offset, Ordering::Relaxed);
        self.look_at.store(steady + LOOK_EVERY, Ordering::Relaxed);
        self.keep_time(steady);
    }

    /// Tells the observer, if there is one; `kind` is made only then.
    pub(crate) fn emit(
        &self,
        loops: impl FnOnce() -> Vec<LoopPlace>,
        kind: impl FnOnce() -> EventKind,
    ) {
        if self.host.observer.is_some() {
            self.emit_at(self.host.clock.monotonic(), loops, kind);
        }
    }

    /// The same of something that happened at a moment of the clock that never goes back.
    pub(crate) fn emit_at(
        &self,
        steady: i64,
        loops: impl FnOnce() -> Vec<LoopPlace>,
        kind: impl FnOnce() -> EventKind,
    ) {
        if self.host.observer.is_some() {
            self.tell(steady, loops(), kind());
        }
    }

    /// Tells the observer; gives the loops back.
    pub(crate) fn tell(
        &self,
        steady: i64,
        loops: Vec<LoopPlace>,
        kind: EventKind,
    ) -> Vec<LoopPlace> {
        let Some(observer) = &self.host.observer else { return loops };
        let event = Event { run: self.id, at: self.wall(steady), clock: steady, loops, kind };
        if self.mask.is_empty() {
            observer(&event);
            return event.loops;
        }
        let event = self.mask.event(event);
        observer(&event);
        event.loops
    }

    /// Ends the run with this failure, unless it is ending already: all that waits is given up.
    pub(crate) fn stop(&self, failure: Failure) {
        let _ = self.reason.set(failure);
        self.stopped.store(true, Ordering::SeqCst);
        self.cancel_parked();
    }

    /// Gives up everything, `finally` blocks that wait included: the machine is being dropped.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
        let message = "the machine was shut down";
        self.stop(Failure::new(FailureKind::Cancelled, "Cancelled", message));
    }

    /// Whether the run is ending before its time.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Why the run is ending before its time.
    pub(crate) fn reason(&self) -> Option<&Failure> {
        self.reason.get()
    }

    /// Counts instructions, and ends the run when it has used them up.
    pub(crate) fn charge(&self, used: i64) {
        if self.time.is_unwatched() {
            let steady = self.host.clock.monotonic();
            if self.time.is_long(steady) {
                self.keep_time(steady);
            }
        }
        let used = u64::try_from(used).unwrap_or(0);
        let before = self.instructions.fetch_add(used, Ordering::Relaxed);
        if before.saturating_add(used) > self.limits.instructions && !self.is_stopped() {
            let limit = self.limits.instructions;
            let message = format!("the run has used up its {limit} instructions");
            self.stop(Failure::new(FailureKind::Limit, "Instructions", message));
        }
    }

    /// How many instructions are left.
    pub(crate) fn instructions_left(&self) -> i64 {
        let used = self.instructions.load(Ordering::Relaxed);
        i64::try_from(self.limits.instructions.saturating_sub(used)).unwrap_or(i64::MAX)
    }

    /// Notes that a fiber holds so many bytes more or less, and ends the run when it is too much.
    pub(crate) fn hold(&self, change: i64) {
        let held = self.held.fetch_add(change, Ordering::Relaxed).saturating_add(change);
        let limit = self.limits.memory;
        if u64::try_from(held).unwrap_or(0) > limit && change > 0 && !self.is_stopped() {
            let message = format!("the run holds more than its {limit} bytes of values");
            self.stop(Failure::new(FailureKind::Limit, "Memory", message));
        }
    }

    /// Notes that steps have answered or logged so many bytes, and ends the run when it is too much.
    pub(crate) fn put_out(&self, bytes: u64) {
        let before = self.output.fetch_add(bytes, Ordering::Relaxed);
        let limit = self.limits.output;
        if before.saturating_add(bytes) > limit && !self.is_stopped() {
            let message = format!("the steps of the run gave more than its {limit} bytes");
            self.stop(Failure::new(FailureKind::Limit, "Output", message));
        }
    }

    /// Notes a call that a fiber is about to wait for.
    pub(crate) fn register(&self, cell: &Arc<CallCell>) {
        cell.set_slot(self.parked.register(cell));
    }

    /// Forgets it.
    pub(crate) fn unregister(&self, cell: &CallCell) {
        self.parked.unregister(cell.slot(), cell);
    }

    /// Gives up the calls of fibers that are cancelled.
    pub(crate) fn cancel_parked(&self) {
        for cell in self.parked.all() {
            cell.cancel_if_due();
        }
    }

    /// A fiber of the run is about to wait, for however long.
    pub(crate) fn keep_time_asleep(&self) {
        if self.time.is_unwatched() {
            self.keep_time(self.host.clock.monotonic());
        }
    }

    /// From now on a timer ends the run when its time is over.
    fn keep_time(&self, steady: i64) {
        if let Some(late) = self.time.watch(steady, &*self.host.timer) {
            self.stop(late);
        }
        // Where it has ended meanwhile, nobody else gives the timer up.
        if self.done.lock().unwrap_or_else(PoisonError::into_inner).is_none() {
            self.time.give_up();
        }
    }

    /// The run has ended. Only the first end counts.
    pub(crate) fn finish(&self, outcome: Result<Value, Failure>) {
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(done) = done else { return };
        self.time.give_up();
        if let Some(late) = self.time.late(|| self.host.clock.monotonic()) {
            let _ = self.reason.set(late);
        }
        let outcome = match (outcome, self.reason()) {
            (Err(failure), Some(reason)) if !failure.kind.is_catchable() => {
                Err(located(reason, failure))
            }
            (Ok(_), Some(reason)) if reason.kind == FailureKind::Limit => Err(reason.clone()),
            (outcome, _) => outcome,
        };
        let outcome = outcome.map_err(|failure| self.mask.failure(&failure));
        match &outcome {
            Ok(value) => {
                self.emit(Vec::new, || EventKind::Returned { value: value.clone() });
                self.emit(Vec::new, || EventKind::RunEnded { failure: None });
            }
            Err(failure) => self.emit(Vec::new, || EventKind::RunEnded {
                failure: Some(Arc::new(failure.clone())),
            }),
        }
        let (id, started_at, store) = (self.id, self.started_at, Arc::clone(&self.store));
        let finished_at = self.host.clock.now();
        done(RunResult { id, outcome, store, started_at, finished_at });
    }
}

/// Why the run ended, with the place at which the failure reached the workflow.
fn located(reason: &Failure, raised: Failure) -> Failure {
    let mut failure = reason.clone();
    if failure.span.is_none() {
        failure.span = raised.span;
        failure.loops = raised.loops;
        failure.step = failure.step.or(raised.step);
    }
    failure
}
