//! The seeded scheduler: everything on the calling thread, in an order that a seed gives.
//!
//! It has the semantics of the parallel one and explores its orders: which fiber goes on, which
//! iteration begins, which of the pending calls ends first. A node must not wait for another one:
//! calls are waited for one at a time.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use super::drive::{SLICE, drive};
use super::key::spread;
use super::{Join, Sched, Strand, Task, Wake};
use crate::sync::{Condvar, Mutex};

/// How many runners of a fork there may be besides the first one.
const HELPERS: u64 = 3;

/// How many instructions a fiber runs before another one may go on: what interrupts it may come
/// anywhere.
const SLICES: [i64; 4] = [10, 100, 1_000, SLICE];

/// The calls that have ended, by their numbers.
pub(crate) struct Ended {
    strands: Mutex<HashMap<u64, Box<Strand>, foldhash::fast::RandomState>>,
    news: Condvar,
}

impl Default for Ended {
    fn default() -> Self {
        Self { strands: Mutex::new(HashMap::default()), news: Condvar::new() }
    }
}

impl Wake for Ended {
    fn resume(&self, cell: u64, strand: Box<Strand>) {
        self.strands.lock().unwrap_or_else(PoisonError::into_inner).insert(cell, strand);
        self.news.notify_all();
    }
}

impl Ended {
    fn wait_for(&self, cell: u64) -> Box<Strand> {
        let mut strands = self.strands.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(strand) = strands.remove(&cell) {
                return strand;
            }
            strands = self.news.wait(strands).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Runs a workflow to its end, in the order that the seed gives.
pub(crate) fn run_serially(root: Box<Strand>, ended: &Arc<Ended>, seed: u64) {
    let serial = Serial {
        ready: RefCell::new(vec![Task::Strand(root)]),
        pending: RefCell::default(),
        random: Cell::new(spread(seed ^ 0x9e37_79b9_7f4a_7c15)),
    };
    loop {
        let (ready, pending) = (serial.ready.borrow().len(), serial.pending.borrow().len());
        if ready + pending == 0 {
            return;
        }
        let choice = usize::try_from(serial.choose((ready + pending) as u64)).unwrap_or(0);
        let task = if choice < ready {
            serial.ready.borrow_mut().swap_remove(choice)
        } else {
            let cell = serial.pending.borrow_mut().swap_remove(choice - ready);
            Task::Strand(ended.wait_for(cell))
        };
        drive(task, &serial);
    }
}

struct Serial {
    ready: RefCell<Vec<Task>>,
    pending: RefCell<Vec<u64>>,
    random: Cell<u64>,
}

impl Sched for Serial {
    fn spawn(&self, task: Task) {
        self.ready.borrow_mut().push(task);
    }

    fn offer(&self, join: &Arc<Join>, regions: u64) {
        let mut ready = self.ready.borrow_mut();
        for _ in 0..regions.min(HELPERS) {
            ready.push(Task::Help(Arc::clone(join)));
        }
    }

    fn parking(&self, cell: u64) {
        self.pending.borrow_mut().push(cell);
    }

    fn is_serial(&self) -> bool {
        true
    }

    fn workers(&self) -> u64 {
        1
    }

    fn slice(&self) -> i64 {
        let choice = usize::try_from(self.choose(SLICES.len() as u64)).unwrap_or(0);
        SLICES.get(choice).copied().unwrap_or(SLICE)
    }

    fn choose(&self, count: u64) -> u64 {
        let next = self.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.random.set(next);
        spread(next) % count.max(1)
    }
}
