//! Joins: the regions of one fork, who runs which, and the order in which they count.
//!
//! Regions may end in any order; what they give is applied in theirs, to the value from before the
//! fork. The regions before a failed one run to their end, those after it are cancelled, and a fork
//! that fails publishes nothing.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, PoisonError};

use wf_bytecode::{Fork, ForkKind, MergeTarget, S, V};

use super::merge::Yields;
use super::region::{Batch, Given, Plan};
use super::strand::{Kept, Within};
use super::todo::Todo;
use super::{Home, Sched, Strand, is_cancelled};
use crate::interp::{Fault, Resume, corrupt};
use crate::run::{Instance, Run};
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Mutex, MutexGuard};
use crate::{FailureKind, ListRef, LoopPlace, Value};

/// How many regions follow one another at most in the orders that seeds give.
const LONGEST_SERIAL: u64 = 4;

/// A fork under way.
pub(crate) struct Join {
    pub(super) instance: Arc<Instance>,
    /// The region that the fork stands in.
    pub(crate) outer: Option<(Arc<Join>, u64)>,
    /// Whether the parent can't be cancelled any more.
    pub(crate) shield: bool,
    pub(super) grace: Option<i64>,
    fork: u16,
    /// The loop or block.
    step: u16,
    /// The loops around the fork.
    pub(crate) prefix: Vec<LoopPlace>,
    /// Whether the regions are iterations of a loop.
    pub(super) is_loop: bool,
    /// The items, of a loop over a list.
    pub(super) items: Option<ListRef>,
    /// How regions are entered: one plan for all iterations, or one for each branch.
    pub(super) plans: Vec<Plan>,
    /// Whether it is noted what came from which region: regions give both operands and yields.
    pub(super) keeps_marks: bool,
    /// Whether anybody wants to know when an iteration ends.
    pub(super) is_watched: bool,
    /// How many regions are under way at once.
    limit: u64,
    /// The first region that failed: those after it are cancelled.
    first_failed: AtomicU64,
    state: Mutex<State>,
}

pub(super) struct State {
    /// The regions that have not begun.
    todo: Todo,
    /// The number of regions that have begun and not ended.
    active: u64,
    /// The number of regions, from the first, whose results have been applied.
    merged: u64,
    /// What later regions gave that have ended already, by the first of each row of them, with the
    /// end of the row.
    ended: BTreeMap<u64, (u64, Given)>,
    /// The first failure in order, with the steps of its region.
    failure: Option<(Fault, Kept)>,
    /// Whether regions were given up because the fork itself was cancelled.
    given_up: bool,
    /// The merged values, for merges into the parent's registers.
    pub(super) totals: Vec<Value>,
    /// The operands for the merges of the fork around this one.
    pub(super) log: Vec<(u16, Value)>,
    pub(super) yields: Yields,
    pub(super) published: Vec<(V, Value)>,
    /// The steps of the regions that have been merged.
    pub(super) kept: Kept,
    parent: Option<Box<Strand>>,
}

/// How a worker goes on with a fork.
pub(super) enum Advance {
    /// With its chunk, of which it may run one region at a time.
    Go,
    /// There is nothing for it to do.
    Idle,
    /// All has ended: the parent goes on.
    Joined(Box<Strand>),
}

/// How a fork began.
pub(super) enum Forked {
    /// There is something to run.
    Join(Arc<Join>, u64),
    /// There is nothing to run, or the program is corrupt: the parent goes on.
    Parent(Box<Strand>),
}

/// Begins a fork at which a fiber stopped.
pub(super) fn begin(mut parent: Box<Strand>, fork: u16) -> Forked {
    match prepare(&parent, fork) {
        Ok((_, 0)) => {
            parent.fiber.resume = Resume::Next;
            Forked::Parent(parent)
        }
        Ok((join, count)) => {
            join.lock().parent = Some(parent);
            Forked::Join(Arc::new(join), count)
        }
        Err(fault) => {
            parent.fiber.resume = Resume::Raise(fault);
            Forked::Parent(parent)
        }
    }
}

fn prepare(parent: &Strand, fork: u16) -> Result<(Join, u64), Fault> {
    let (home, fiber) = (&parent.home, &parent.fiber);
    let program = home.env().program();
    let decl = program.forks.get(usize::from(fork)).ok_or_else(corrupt)?;
    let machine_limit = home.env().limits.in_flight.max(1) as u64;
    let number = |reg: S| fiber.scalar(reg).map(|n| u64::try_from(n.cast_signed()).unwrap_or(0));
    let (items, count, limit) = match &decl.kind {
        ForkKind::Loop { items, limit, .. } => {
            let Value::List(items) = fiber.value(*items)? else { return Err(corrupt()) };
            (Some(items.clone()), items.as_slice().len() as u64, *limit)
        }
        ForkKind::Count { count, limit, .. } => (None, number(*count)?, *limit),
        ForkKind::Branches(regions) => (None, regions.len() as u64, None),
    };
    let limit = match limit.map(number).transpose()? {
        Some(limit) => limit.max(1),
        None if decl.is_loop() => machine_limit,
        None => count,
    };
    let regions = decl.regions();
    let linked = home.env().linked;
    let plans = regions.iter().map(|region| Plan::new(region, fiber, linked, decl.is_loop()));
    let plans = plans.collect::<Result<_, _>>()?;
    let keeps_marks = !decl.merges.is_empty() && decl.yields.is_some();
    let totals = decl.merges.iter().map(|merge| match merge.target {
        MergeTarget::Register(register) => fiber.boxed(register),
        MergeTarget::Outer(_) => Ok(Value::Null),
    });
    let state = State {
        todo: Todo::new(count),
        active: 0,
        merged: 0,
        ended: BTreeMap::new(),
        failure: None,
        given_up: false,
        totals: totals.collect::<Result<_, _>>()?,
        log: Vec::new(),
        yields: Yields::new(count),
        published: Vec::new(),
        kept: Kept::new(),
        parent: None,
    };
    let join = Join {
        instance: Arc::clone(&home.instance),
        outer: home.region.as_ref().map(Within::place),
        shield: fiber.act.shielded,
        grace: fiber.act.grace.map(|grace| grace / count.max(1).cast_signed()),
        fork,
        step: decl.step,
        prefix: home.path(&fiber.act),
        is_loop: decl.is_loop(),
        items,
        plans,
        keeps_marks,
        is_watched: home.instance.run.host.observer.is_some(),
        limit,
        first_failed: AtomicU64::new(u64::MAX),
        state: Mutex::new(state),
    };
    Ok((join, count))
}

impl Join {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The fork in the program.
    pub(crate) fn decl(&self) -> Option<&Fork> {
        self.instance.run.linked.program.forks.get(usize::from(self.fork))
    }

    /// The first region that failed.
    pub(crate) fn first_failed(&self) -> u64 {
        self.first_failed.load(Ordering::SeqCst)
    }

    /// Whether the fork itself has been cancelled.
    fn is_given_up(&self) -> bool {
        let outer = self.outer.as_ref().map(|(join, index)| (join, *index));
        !self.shield && is_cancelled(&self.instance, outer)
    }

    /// The iteration with this number as a place; none for branches.
    pub(crate) fn place(&self, index: u64) -> Option<LoopPlace> {
        self.is_loop.then_some(LoopPlace { step: self.step, index: index.cast_signed() })
    }

    /// How many regions may be under way at once.
    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    /// A fiber at rest for the regions of this fork.
    pub(super) fn new_strand(self: &Arc<Self>) -> Box<Strand> {
        let region = Some(Within::new(self, 0));
        Strand::new(Home::new(Arc::clone(&self.instance), region))
    }

    /// The run.
    pub(super) fn run(&self) -> &Arc<Run> {
        &self.instance.run
    }

    /// Takes over what a worker has done, and the regions that it has taken and not begun.
    pub(super) fn flush(&self, batch: &mut Batch) {
        if batch.is_empty() {
            return;
        }
        let mut state = self.lock();
        let cut = self.take_over(&mut state, batch);
        drop(state);
        if cut {
            self.instance.run.cancel_parked();
        }
    }

    fn take_over(&self, state: &mut State, batch: &mut Batch) -> bool {
        let done = std::mem::take(&mut batch.done);
        let mut cut = false;
        if !done.is_empty() {
            cut = self.settle(state, done, std::mem::take(&mut batch.given));
        }
        if let Some((index, fault, kept)) = batch.failed.take() {
            cut |= self.settle_failed(state, index, fault, kept);
        }
        state.todo.give_back(std::mem::take(&mut batch.chunk));
        state.todo.cut(self.first_failed());
        cut
    }

    /// Takes over what a worker has done and gives it more. `holds` says whether the worker counts
    /// among those that are under way; where it does not, it does with [`Advance::Go`].
    pub(super) fn advance(&self, batch: &mut Batch, holds: bool, sched: &dyn Sched) -> Advance {
        let cancelled = self.is_given_up();
        let mut guard = self.lock();
        let state = &mut *guard;
        let cut = self.take_over(state, batch);
        if cancelled && !state.todo.is_empty() {
            state.todo.cut(0);
            state.given_up = true;
        }
        let admitted = holds || state.active < self.limit;
        let advance =
            if let Some(chunk) = admitted.then(|| self.take(state, batch.want, sched)).flatten() {
                state.active += u64::from(!holds);
                batch.chunk = chunk;
                Advance::Go
            } else {
                state.active -= u64::from(holds);
                if state.active == 0 && state.todo.is_empty() {
                    self.finish(state).map_or(Advance::Idle, Advance::Joined)
                } else {
                    Advance::Idle
                }
            };
        drop(guard);
        if cut {
            self.instance.run.cancel_parked();
        }
        advance
    }

    /// Takes regions for a worker. Each takes a small part of what is left at most, so that all
    /// come to the end at about the same time.
    fn take(&self, state: &mut State, want: u64, sched: &dyn Sched) -> Option<Range<u64>> {
        if state.todo.is_empty() {
            return None;
        }
        let left = state.todo.len();
        if sched.is_serial() {
            let skip = sched.choose(left.min(self.limit));
            let want = if self.is_loop { 1 + sched.choose(LONGEST_SERIAL) } else { 1 };
            return state.todo.take(want, skip);
        }
        if !self.is_loop {
            // Branches differ, and what each gave is told apart.
            return state.todo.take(1, 0);
        }
        let share = match sched.workers() {
            1 => left,
            workers => left / (2 * workers),
        };
        state.todo.take(want.min(share).max(1), 0)
    }

    /// Notes what regions gave that have ended well; whether regions after them are cancelled now.
    fn settle(&self, state: &mut State, done: Range<u64>, given: Given) -> bool {
        if done.start != state.merged {
            state.ended.insert(done.start, (done.end, given));
            return false;
        }
        let mut next = Some((done.end, given));
        while let Some((end, given)) = next {
            if let Err(fault) = self.merge(state, given) {
                return self.fail(state, state.merged, fault, Kept::new());
            }
            state.merged = end;
            next = state.ended.remove(&end);
        }
        false
    }

    /// Notes that a region failed; whether regions after it are cancelled now.
    fn settle_failed(&self, state: &mut State, index: u64, fault: Fault, kept: Kept) -> bool {
        if fault.kind == FailureKind::Cancelled {
            state.given_up |= index <= self.first_failed();
            return false;
        }
        self.fail(state, index, fault, kept)
    }

    fn fail(&self, state: &mut State, index: u64, fault: Fault, kept: Kept) -> bool {
        if index >= self.first_failed() {
            return false;
        }
        self.first_failed.store(index, Ordering::SeqCst);
        state.failure = Some((fault, kept));
        true
    }

    /// All regions have ended: the parent goes on with what they gave, or fails.
    fn finish(&self, state: &mut State) -> Option<Box<Strand>> {
        let mut parent = state.parent.take()?;
        let failure = state.failure.take().map(|(fault, kept)| {
            state.kept.extend(kept);
            fault
        });
        for (slot, output) in state.kept.drain(..) {
            parent.home.keep(slot, output);
        }
        parent.fiber.resume = match failure {
            Some(fault) => Resume::Raise(fault),
            None if state.given_up => Resume::Raise(parent.home.cancelled()),
            // What a region gave that was not applied would be lost without a word.
            None if !state.ended.is_empty() => Resume::Raise(corrupt()),
            None => match self.publish(state, &mut parent.fiber) {
                Ok(()) => Resume::Next,
                Err(fault) => Resume::Raise(fault),
            },
        };
        Some(parent)
    }
}
