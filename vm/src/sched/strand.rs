//! Fibers with their place in a run.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::call::StepWait;
use super::key::Key;
use super::{Arrived, Join};
use crate::interp::{Activity, Env, Fault, Fiber, LinkedStep, corrupt};
use crate::run::{Instance, Run};
use crate::store::StepOutput;
use crate::sync::atomic::Ordering;
use crate::{Failure, FailureKind, LoopPlace};

/// A fiber with its place in a run, and what it waits for.
pub(crate) struct Strand {
    pub(crate) fiber: Fiber,
    pub(crate) home: Home,
    /// The step that waits, while the fiber is parked.
    pub(crate) wait: Option<Box<StepWait>>,
    /// What it waited for has come.
    pub(crate) arrived: Option<Arrived>,
}

/// The place of a fiber in a run.
pub(crate) struct Home {
    /// The workflow it belongs to.
    pub(crate) instance: Arc<Instance>,
    /// The region it runs, where it is no whole workflow.
    pub(crate) region: Option<Within>,
    /// The fiber that called the workflow, where it runs a called one.
    pub(crate) caller: Option<Box<Strand>>,
    /// The outcomes of steps that the store gets when the workflow has ended. Those of a region go
    /// to its parent when the fork has ended: what comes after the first failure in order is not
    /// in it, however far it came.
    pub(super) kept: RefCell<Kept>,
}

/// Outcomes of steps for slots of the store.
pub(super) type Kept = Vec<(u16, Arc<StepOutput>)>;

/// The region that a fiber runs.
pub(crate) struct Within {
    /// Its fork.
    pub(crate) join: Arc<Join>,
    /// Its number, which goes on while the fiber runs one after another.
    pub(crate) index: Cell<u64>,
}

impl Within {
    /// A region of a fork.
    pub(crate) fn new(join: &Arc<Join>, index: u64) -> Self {
        Self { join: Arc::clone(join), index: Cell::new(index) }
    }

    /// The region that it is now.
    pub(crate) fn place(&self) -> (Arc<Join>, u64) {
        (Arc::clone(&self.join), self.index.get())
    }
}

impl Strand {
    /// A fiber at rest.
    pub(crate) fn new(home: Home) -> Box<Self> {
        Box::new(Self { fiber: Fiber::default(), home, wait: None, arrived: None })
    }

    /// The run.
    pub(crate) fn run(&self) -> &Arc<Run> {
        &self.home.instance.run
    }

    /// Counts the fiber itself among what the run holds: it is about to leave its runner, and
    /// there may be many like it.
    pub(crate) fn count_memory(&mut self) {
        let size = size_of::<Self>() as u64 + self.fiber.stack_size();
        let more = size.saturating_sub(self.fiber.act.held);
        self.fiber.act.held += more;
        self.run().hold(more.cast_signed());
    }

    /// Whether the fiber has been cancelled.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.home.is_cancelled(&self.fiber.act)
    }

    /// Whether the fiber may not wait for anything.
    pub(crate) fn must_not_wait(&self) -> bool {
        self.is_cancelled() || self.run().closing.load(Ordering::SeqCst)
    }
}

impl Drop for Strand {
    fn drop(&mut self) {
        let act = &self.fiber.act;
        let (held, uncharged) = (i64::try_from(act.held).unwrap_or(0), act.uncharged);
        if held > 0 {
            self.run().hold(-held);
        }
        if uncharged > 0 {
            self.run().charge(uncharged);
        }
    }
}

impl Home {
    /// The place of a fiber at rest.
    pub(crate) fn new(instance: Arc<Instance>, region: Option<Within>) -> Self {
        Self { instance, region, caller: None, kept: RefCell::default() }
    }

    /// Keeps the outcome of a step for a slot of the store.
    #[inline]
    pub(super) fn keep(&self, slot: u16, output: Arc<StepOutput>) {
        let mut kept = self.kept.borrow_mut();
        // Each slot is written once, by programs that come from the compiler.
        if kept.len() < self.instance.run.linked.steps.len() {
            kept.push((slot, output));
        }
    }

    /// What instructions need besides the fiber.
    pub(crate) fn env(&self) -> Env<'_> {
        Env { linked: &self.instance.run.linked, limits: &self.instance.run.limits }
    }

    /// The loops around the fiber's own function, outermost first.
    pub(crate) fn prefix(&self) -> (&[LoopPlace], Option<LoopPlace>) {
        match &self.region {
            Some(Within { join, index }) => (&join.prefix, join.place(index.get())),
            None => (&self.instance.prefix, None),
        }
    }

    /// The key of a step at a place, derived from this.
    pub(super) fn key(&self, base: [u64; 2], act: &Activity, step: u16) -> Result<Key, Fault> {
        let step = self.instance.run.linked.steps.get(usize::from(step)).ok_or_else(corrupt)?;
        Ok(self.key_of(base, act, step))
    }

    /// The same.
    #[inline]
    pub(super) fn key_of(&self, base: [u64; 2], act: &Activity, step: &LinkedStep) -> Key {
        let key = Key::from(base).step(step);
        if self.is_outermost(act) { key } else { self.key_in_loops(key, act) }
    }

    fn key_in_loops(&self, key: Key, act: &Activity) -> Key {
        let steps = &self.instance.run.linked.steps;
        let (prefix, own) = self.prefix();
        let key = key.loops(prefix, steps);
        let key = own.map_or(key, |own| key.loops(&[own], steps));
        key.loops(&act.loops, steps)
    }

    /// Whether no loops are around the place of a fiber.
    #[inline]
    pub(super) fn is_outermost(&self, act: &Activity) -> bool {
        if !act.loops.is_empty() {
            return false;
        }
        match &self.region {
            None => self.instance.prefix.is_empty(),
            Some(within) => !within.join.is_loop && within.join.prefix.is_empty(),
        }
    }

    /// The loops around the place of a fiber, outermost first.
    pub(crate) fn path(&self, act: &Activity) -> Vec<LoopPlace> {
        let mut path = Vec::new();
        self.write_path(act, &mut path);
        path
    }

    /// The same into a list that is used again.
    pub(super) fn write_path(&self, act: &Activity, path: &mut Vec<LoopPlace>) {
        path.clear();
        if self.is_outermost(act) {
            return;
        }
        let (prefix, own) = self.prefix();
        path.extend_from_slice(prefix);
        path.extend(own);
        path.extend_from_slice(&act.loops);
    }

    /// Whether a fiber here has been cancelled.
    #[inline]
    pub(crate) fn is_cancelled(&self, act: &Activity) -> bool {
        // What is nested is looked at from the inside out.
        if self.instance.outer.is_none() {
            let stopped = || self.instance.run.is_stopped();
            match &self.region {
                None => return !act.shielded && stopped(),
                Some(Within { join, index }) if join.outer.is_none() => {
                    let passed = || join.first_failed() < index.get();
                    return !act.shielded && (passed() || (!join.shield && stopped()));
                }
                Some(_) => {}
            }
        }
        let region = self.region.as_ref().map(|within| (&within.join, within.index.get()));
        !act.shielded && is_cancelled(&self.instance, region)
    }

    /// The failure of a fiber that has been cancelled.
    pub(crate) fn cancelled(&self) -> Fault {
        let reason = self.instance.run.reason().cloned();
        Box::new(reason.unwrap_or_else(|| {
            let message = "it was given up, because what comes before it failed";
            Failure::new(FailureKind::Cancelled, "Cancelled", message)
        }))
    }
}

/// Whether what happens at a place has been cancelled: by a failure of a sibling that comes before
/// it, here or further out, by the time that a call of a workflow may take, or with the whole run.
/// What runs in a `finally` block of a fiber that was cancelled is not cancelled again from outside
/// of it.
pub(crate) fn is_cancelled(instance: &Arc<Instance>, region: Option<(&Arc<Join>, u64)>) -> bool {
    let (mut instance, mut region) = (instance, region);
    loop {
        if let Some((join, index)) = region {
            if join.first_failed() < index {
                return true;
            }
            if join.shield {
                return false;
            }
            region = join.outer.as_ref().map(borrowed);
        } else if let Some(outer) = &instance.outer {
            if instance.expired.load(Ordering::SeqCst) {
                return true;
            }
            if outer.shield {
                return false;
            }
            (instance, region) = (&outer.instance, outer.region.as_ref().map(borrowed));
        } else {
            return instance.run.is_stopped();
        }
    }
}

fn borrowed((join, index): &(Arc<Join>, u64)) -> (&Arc<Join>, u64) {
    (join, *index)
}

#[cfg(test)]
mod tests {
    use super::Strand;

    #[test]
    fn a_fiber_that_waits_is_small() {
        // With a frame of 32 registers of each bank.
        assert!(size_of::<Strand>() + 32 * 8 + 32 * 16 < 2_048, "{}", size_of::<Strand>());
    }
}
