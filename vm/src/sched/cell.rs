//! Calls that a fiber waits for: whoever ends one first puts the fiber back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::Strand;
use super::meeting::Meeting;
use crate::interp::Fault;
use crate::node::{Ending, GoOn};
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::{Answer, Cancel, Completion, NodeFailure, Value};

/// What a waiting fiber was waiting for.
pub(crate) enum Arrived {
    /// The node's outcome.
    Outcome(Result<Answer, NodeFailure>),
    /// The node goes on with the call.
    GoOn(GoOn),
    /// The timer rang: of the attempt's time, or of the wait before the next attempt.
    Timer,
    /// The fiber is cancelled.
    Cancelled,
    /// The workflow that was called ended.
    Child(Result<Value, Fault>),
}

/// One attempt of a call, or one wait. What comes after its end is ignored.
pub(crate) struct CallCell {
    /// Its number in the run.
    pub(crate) id: u64,
    slot: AtomicUsize,
    meeting: Meeting<Box<Strand>, Arrived>,
}

impl CallCell {
    pub(super) fn new(id: u64) -> Arc<Self> {
        Arc::new(Self { id, slot: AtomicUsize::new(usize::MAX), meeting: Meeting::new() })
    }

    /// Where the run finds it.
    pub(crate) fn slot(&self) -> usize {
        self.slot.load(Ordering::Relaxed)
    }

    pub(crate) fn set_slot(&self, slot: usize) {
        self.slot.store(slot, Ordering::Relaxed);
    }

    /// Parks a fiber, or gives it back where the end has come already.
    pub(super) fn park(&self, strand: Box<Strand>) -> Option<Box<Strand>> {
        let (mut strand, arrived) = self.meeting.park(strand)?;
        strand.arrived = Some(arrived);
        Some(strand)
    }

    /// The end has come.
    pub(super) fn arrive(&self, arrived: Arrived) {
        if let Some((strand, arrived)) = self.meeting.arrive(arrived) {
            self.put_back(strand, arrived);
        }
    }

    /// Gives the call up where the fiber that waits for it is cancelled.
    pub(crate) fn cancel_if_due(&self) {
        if let Some(strand) = self.meeting.take_if(|strand| strand.must_not_wait()) {
            self.put_back(strand, Arrived::Cancelled);
        }
    }

    /// No lock of ours is held here: cancelling a call may run the node's code.
    fn put_back(&self, mut strand: Box<Strand>, arrived: Arrived) {
        if let Some(cancel) = strand.wait.as_mut().and_then(|wait| wait.cancel.take())
            && !matches!(arrived, Arrived::Outcome(_) | Arrived::GoOn(_))
        {
            give_up(cancel);
        }
        strand.arrived = Some(arrived);
        let run = Arc::clone(&strand.home.instance.run);
        run.unregister(self);
        run.wake.resume(self.id, strand);
    }
}

/// Gives a call up. What a node does wrong here is its own business: the call is over.
pub(super) fn give_up(cancel: Box<dyn Cancel>) {
    let _ = catch_unwind(AssertUnwindSafe(|| cancel.cancel()));
}

/// The handle by which a node ends a call. A handle that is dropped ends it with a failure.
pub(super) fn completion(cell: &Arc<CallCell>) -> Completion {
    let mut finisher = Finisher(Some(Arc::clone(cell)));
    Completion(Box::new(move |ending| {
        if let Some(cell) = finisher.0.take() {
            cell.arrive(match ending {
                Ending::Outcome(outcome) => Arrived::Outcome(outcome),
                Ending::GoOn(next) => Arrived::GoOn(next),
            });
        }
    }))
}

struct Finisher(Option<Arc<CallCell>>);

impl Drop for Finisher {
    fn drop(&mut self) {
        if let Some(cell) = self.0.take() {
            let failure = NodeFailure::new("NoAnswer", "the node gave up without an answer");
            cell.arrive(Arrived::Outcome(Err(failure)));
        }
    }
}
