//! The time that a run may take.
//!
//! A timer costs about what a hundred steps do: it is registered with the runtime's thread, which wakes
//! for it. So a run begins its timer only when it waits, or when it has taken longer than a moment; it
//! looks for that where it counts instructions and where its steps read the clock anyway.

use std::sync::{PoisonError, Weak};

use super::Run;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::{Failure, FailureKind, Timer};

/// How long a run goes on without a timer, in microseconds: a hundred times what one costs.
const MOMENT: i64 = 1_000;

/// How often a run compares its clocks, in microseconds.
pub(super) const LOOK_EVERY: i64 = 1_000_000;

/// What the time of a run is kept by.
pub(super) struct RunTime {
    run: Weak<Run>,
    /// How long it may take, in microseconds.
    limit: Option<i64>,
    /// When it began, on the clock that never goes back.
    began: i64,
    /// Whether it has a limit and no timer yet.
    unwatched: AtomicBool,
    alarm: Mutex<Option<Box<dyn Send>>>,
}

impl RunTime {
    /// The time of a run that begins now.
    pub(super) fn new(run: Weak<Run>, limit: Option<i64>, began: i64) -> Self {
        let unwatched = AtomicBool::new(limit.is_some());
        Self { run, limit, began, unwatched, alarm: Mutex::new(None) }
    }

    /// When the run is to look at the clock at the latest, if it does so anyway.
    pub(super) fn first_look(&self) -> i64 {
        self.began + self.limit.map_or(LOOK_EVERY, |limit| limit.clamp(0, MOMENT))
    }

    /// Whether a timer is still to be begun.
    #[inline]
    pub(super) fn is_unwatched(&self) -> bool {
        self.unwatched.load(Ordering::Relaxed)
    }

    /// Whether the run has taken so long that a timer costs little beside it.
    pub(super) fn is_long(&self, now: i64) -> bool {
        now > self.first_look()
    }

    /// Begins the timer, once; gives the failure of the run where its time is over already.
    pub(super) fn watch(&self, now: i64, timer: &dyn Timer) -> Option<Failure> {
        let limit = self.limit.filter(|_| self.unwatched.swap(false, Ordering::Relaxed))?;
        let left = limit.saturating_sub(now - self.began);
        if left <= 0 {
            return Some(out_of_time(limit));
        }
        let run = Weak::clone(&self.run);
        let ring = Box::new(move || {
            if let Some(run) = run.upgrade() {
                run.stop(out_of_time(limit));
            }
        });
        let alarm = timer.alarm(left, ring);
        *self.alarm.lock().unwrap_or_else(PoisonError::into_inner) = Some(alarm);
        None
    }

    /// The failure of a run that ends too late, though no timer has rung.
    pub(super) fn late(&self, now: impl FnOnce() -> i64) -> Option<Failure> {
        self.limit.filter(|limit| now() - self.began > *limit).map(out_of_time)
    }

    /// The run has ended, and needs no timer any more.
    pub(super) fn give_up(&self) {
        self.unwatched.store(false, Ordering::Relaxed);
        drop(self.alarm.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

fn out_of_time(micros: i64) -> Failure {
    let message = format!("the run took longer than its {} ms", micros / 1_000);
    Failure::new(FailureKind::Limit, "RunTime", message)
}
