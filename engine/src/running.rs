//! Runs that were started: to be waited for, with or without a thread, and to be cancelled.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::{self, ThreadId};

use uuid::Uuid;
use wf_bytecode::Program;
use wf_vm::{Mask, RunHandle, RunResult};

use crate::report::RunReport;

/// A run that was started. It is a future of its report, which needs no runtime of any kind; without
/// one [`wait`](Running::wait) blocks until the run has ended. Dropping it does not touch the run.
pub struct Running {
    pub(crate) handle: RunHandle,
    pub(crate) told: Told,
    pub(crate) end: Arc<End>,
}

/// What a report says besides the result.
pub(crate) struct Told {
    pub(crate) workflow: String,
    pub(crate) program: Arc<Program>,
    pub(crate) mask: Mask,
}

/// Where the end of a run is put, and who waits for it.
#[derive(Default)]
pub(crate) struct End {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    result: Option<RunResult>,
    wakers: Vec<Waker>,
}

impl End {
    /// The run has ended.
    pub(crate) fn set(&self, result: RunResult) {
        let mut state = self.lock();
        state.result = Some(result);
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        self.changed.notify_all();
        wakers.into_iter().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Told {
    pub(crate) fn report(&self, result: &RunResult) -> RunReport {
        RunReport::new(result, &self.workflow, &self.program, &self.mask)
    }
}

impl Running {
    /// The id of the run.
    pub fn id(&self) -> Uuid {
        self.handle.id()
    }

    /// Ends the run: what waits is given up, its `finally` blocks run, and its report says `Cancelled`.
    /// A run that has ended stays as it is.
    pub fn cancel(&self) {
        self.handle.cancel();
    }

    /// Something that cancels the run, for other threads and for longer than this.
    pub fn canceller(&self) -> Canceller {
        Canceller(self.handle.clone())
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        self.end.lock().result.is_some()
    }

    /// Waits until the run has ended. Blocks: in async code the run is awaited instead.
    pub fn wait(&self) -> RunReport {
        let mut state = self.end.lock();
        loop {
            if let Some(result) = &state.result {
                return self.told.report(result);
            }
            state = self.end.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Future for Running {
    type Output = RunReport;

    fn poll(self: Pin<&mut Self>, polling: &mut Context<'_>) -> Poll<RunReport> {
        let mut state = self.end.lock();
        if let Some(result) = &state.result {
            return Poll::Ready(self.told.report(result));
        }
        if !state.wakers.iter().any(|waker| waker.will_wake(polling.waker())) {
            state.wakers.push(polling.waker().clone());
        }
        Poll::Pending
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("id", &self.id())
            .field("workflow", &self.told.workflow)
            .field("has_ended", &self.has_ended())
            .finish_non_exhaustive()
    }
}

/// Cancels a run: see [`Running::cancel`].
#[derive(Clone)]
pub struct Canceller(RunHandle);

impl Canceller {
    /// Ends the run.
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Canceller({})", self.0.id())
    }
}

/// Cancels a run that nobody awaits any more.
pub(crate) struct Awaited(pub(crate) Running);

impl Future for Awaited {
    type Output = RunReport;

    fn poll(mut self: Pin<&mut Self>, polling: &mut Context<'_>) -> Poll<RunReport> {
        Pin::new(&mut self.0).poll(polling)
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// The runs on threads of their own that have not ended.
#[derive(Default)]
pub(crate) struct OpenRuns {
    runs: Mutex<BTreeMap<Uuid, (ThreadId, RunHandle)>>,
    changed: Condvar,
}

impl OpenRuns {
    /// The calling thread begins a run.
    pub(crate) fn add(&self, id: Uuid, run: RunHandle) {
        self.lock().insert(id, (thread::current().id(), run));
    }

    /// It has ended.
    pub(crate) fn remove(&self, id: Uuid) {
        self.lock().remove(&id);
        self.changed.notify_all();
    }

    /// Gives all of them up, and waits until they have ended. One whose observer drops the engine can't
    /// be waited for.
    pub(crate) fn close(&self) {
        let mut runs = self.lock();
        let all: Vec<RunHandle> = runs.values().map(|(_, run)| run.clone()).collect();
        drop(runs);
        all.iter().for_each(RunHandle::close);
        runs = self.lock();
        let current = thread::current().id();
        while runs.values().any(|(thread, _)| *thread != current) {
            runs = self.changed.wait(runs).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Uuid, (ThreadId, RunHandle)>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
