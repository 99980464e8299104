//! From fibers to runs: steps and their retries, joins, and the two schedulers over one core.

mod attempt;
mod call;
mod cell;
mod drive;
mod fx;
mod idle;
mod join;
mod key;
mod meeting;
mod merge;
mod policy;
mod pool;
mod region;
mod serial;
mod steps;
mod strand;
mod todo;

pub(crate) use cell::{Arrived, CallCell};
pub(crate) use join::Join;
pub use key::CallKey;
pub(crate) use key::{Key, base_of};
pub(crate) use pool::{Pool, Workers};
pub(crate) use serial::{Ended, run_serially};
pub(crate) use strand::{Home, Strand, is_cancelled};

use std::sync::Arc;

use drive::Runner;

/// Something for a worker to do.
pub(crate) enum Task {
    /// A fiber goes on.
    Strand(Box<Strand>),
    /// The iterations or branches of a fork go on, one after another.
    Runner(Box<Runner>),
    /// A worker without work may take iterations of this fork.
    Help(Arc<Join>),
}

/// Puts fibers back that waited, from any thread.
pub(crate) trait Wake: Send + Sync {
    /// The call with this number has ended; its fiber goes on.
    fn resume(&self, cell: u64, strand: Box<Strand>);
}

/// The scheduler as the worker sees it that runs a task.
pub(crate) trait Sched {
    /// Something to do later on this worker, or on one that has nothing to do.
    fn spawn(&self, task: Task);

    /// Offers iterations of a fork to workers that have nothing to do: once for each fork.
    fn offer(&self, join: &Arc<Join>, regions: u64);

    /// A fiber is about to wait for the call with this number.
    fn parking(&self, cell: u64);

    /// Whether everything happens in an order that a seed gives: iterations begin one by one, in
    /// an order that [`choose`](Self::choose) gives, and calls end only when they are waited for.
    fn is_serial(&self) -> bool;

    /// Whether it goes on with a task that follows from what it runs, or gives it to others.
    fn keeps(&self, _: &Task) -> bool {
        true
    }

    /// How many workers may run iterations of a fork at once.
    fn workers(&self) -> u64;

    /// How many instructions a worker runs before it looks for other work.
    fn slice(&self) -> i64 {
        drive::SLICE
    }

    /// A number below `count`, which is at least 1: 0 where the order is not explored.
    fn choose(&self, count: u64) -> u64;
}
