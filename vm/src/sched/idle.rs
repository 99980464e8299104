//! Workers that have nothing to do, and who wakes them.
//!
//! A worker that finds nothing says so, looks once more and parks; who adds work looks for such
//! workers after it was added. Between the two stands a fence, so that no work is overlooked.

use std::sync::PoisonError;

use crate::sync::atomic::{AtomicUsize, Ordering, fence};
use crate::sync::{Mutex, MutexGuard};

/// The workers that have nothing to do, by their numbers.
pub(super) struct Idle {
    workers: Mutex<Vec<usize>>,
    count: AtomicUsize,
}

impl Idle {
    pub(super) fn new() -> Self {
        Self { workers: Mutex::new(Vec::new()), count: AtomicUsize::new(0) }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<usize>> {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there seem to be some.
    pub(super) fn is_anybody(&self) -> bool {
        self.count.load(Ordering::Relaxed) > 0
    }

    /// Wakes up to `count` of them. Called after work was added.
    pub(super) fn rouse(&self, count: usize, mut wake: impl FnMut(usize)) {
        fence(Ordering::SeqCst);
        if self.count.load(Ordering::SeqCst) == 0 {
            return;
        }
        let mut workers = self.lock();
        for _ in 0..count {
            let Some(worker) = workers.pop() else { break };
            self.count.store(workers.len(), Ordering::SeqCst);
            wake(worker);
        }
    }

    /// A worker that has found nothing to do parks, unless there is something after all.
    pub(super) fn rest(&self, worker: usize, is_needed: impl Fn() -> bool, park: impl FnOnce()) {
        let mut workers = self.lock();
        workers.push(worker);
        self.count.store(workers.len(), Ordering::SeqCst);
        drop(workers);
        fence(Ordering::SeqCst);
        if !is_needed() {
            park();
        }
        let mut workers = self.lock();
        workers.retain(|other| *other != worker);
        self.count.store(workers.len(), Ordering::SeqCst);
    }
}

#[cfg(all(test, feature = "loom"))]
mod models {
    use std::sync::Arc;

    use loom::sync::atomic::{AtomicUsize, Ordering};
    use loom::thread;

    use super::Idle;
    use crate::sync::{Parker, Unparker};

    /// Work that is counted and nothing else.
    struct Work {
        idle: Idle,
        left: AtomicUsize,
        done: AtomicUsize,
        all: usize,
        unparkers: Vec<Unparker>,
    }

    impl Work {
        fn add(&self) {
            self.left.fetch_add(1, Ordering::Release);
            self.idle.rouse(1, |worker| self.unparkers[worker].unpark());
        }

        fn take(&self) -> bool {
            let take = |left: usize| left.checked_sub(1);
            self.left.fetch_update(Ordering::AcqRel, Ordering::Acquire, take).is_ok()
        }

        /// As a worker does, until all is done.
        fn work(&self, worker: usize, parker: &Parker) {
            loop {
                if self.take() {
                    if self.done.fetch_add(1, Ordering::SeqCst) + 1 == self.all {
                        self.unparkers.iter().for_each(Unparker::unpark);
                    }
                } else if self.done.load(Ordering::SeqCst) == self.all {
                    return;
                } else {
                    let is_needed = || {
                        self.left.load(Ordering::Acquire) > 0
                            || self.done.load(Ordering::SeqCst) == self.all
                    };
                    self.idle.rest(worker, is_needed, || parker.park());
                }
            }
        }
    }

    fn explore(workers: usize, all: usize) {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(2);
        model.check(move || {
            let parkers: Vec<Parker> = (0..workers).map(|_| Parker::new()).collect();
            let unparkers = parkers.iter().map(|parker| parker.unparker().clone()).collect();
            let (left, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let work = Arc::new(Work { idle: Idle::new(), left, done, all, unparkers });
            let threads: Vec<_> = parkers
                .into_iter()
                .enumerate()
                .map(|(worker, parker)| {
                    let work = Arc::clone(&work);
                    thread::spawn(move || work.work(worker, &parker))
                })
                .collect();
            (0..all).for_each(|_| work.add());
            // A worker that overlooks work parks for ever, which the model tells.
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            assert_eq!(work.done.load(Ordering::SeqCst), all);
        });
    }

    #[test]
    fn one_worker_overlooks_no_work() {
        explore(1, 2);
    }

    #[test]
    fn of_two_workers_one_takes_the_work() {
        explore(2, 1);
    }
}
