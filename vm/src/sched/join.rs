//! Joins: the regions of one fork, what they give, and the order in which it counts.
//!
//! Regions may end in any order; what they give is applied in theirs, to the value from before the
//! fork. The regions before a failed one run to their end, those after it are cancelled, and a fork
//! that fails publishes nothing.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use wf_bytecode::{Capture, Fork, ForkKind, Merge, MergeTarget, Region, S, V};

use super::todo::Todo;
use super::{Home, Sched, Strand, is_cancelled};
use crate::interp::{Fault, Fiber, Resume, corrupt};
use crate::run::{Instance, Run};
use crate::{EventKind, Failure, FailureKind, ListRef, LoopPlace, Value, value};

/// A fork under way.
pub(crate) struct Join {
    instance: Arc<Instance>,
    /// The region that the fork stands in.
    pub(crate) outer: Option<(Arc<Join>, u64)>,
    /// Whether the parent can't be cancelled any more.
    pub(crate) shield: bool,
    grace: Option<i64>,
    fork: u16,
    /// The loops around the fork.
    pub(crate) prefix: Vec<LoopPlace>,
    /// The items, of a loop.
    items: Option<ListRef>,
    /// What goes into the regions: one for all iterations, or one for each branch.
    seeds: Vec<Seed>,
    /// How many regions are under way at once.
    limit: u64,
    /// The first region that failed: those after it are cancelled.
    first_failed: AtomicU64,
    state: Mutex<State>,
}

/// What is copied into the frame of a region.
struct Seed {
    scalars: Vec<(S, u64)>,
    values: Vec<(V, Value)>,
}

struct State {
    /// The regions that have not begun.
    todo: Todo,
    /// The number of regions that have begun and not ended.
    active: u64,
    /// The number of regions, from the first, whose results have been applied.
    merged: u64,
    /// What later regions gave that have ended already.
    ended: BTreeMap<u64, Given>,
    /// The first failure in order.
    failure: Option<(u64, Fault)>,
    /// Whether regions were given up because the fork itself was cancelled.
    given_up: bool,
    /// The merged values, for merges into the parent's registers.
    totals: Vec<Value>,
    /// The operands for the merges of the fork around this one.
    log: Vec<(u16, Value)>,
    yields: Vec<Value>,
    published: Vec<(V, Value)>,
    parent: Option<Box<Strand>>,
}

/// What a region gave.
#[derive(Default)]
pub(super) struct Given {
    log: Vec<(u16, Value)>,
    yields: Value,
    published: Vec<(V, Value)>,
}

/// Regions that a worker runs one after another.
#[derive(Default)]
pub(super) struct Batch {
    /// Those that it has taken and not begun.
    pub(super) chunk: Range<u64>,
    /// How many it wants next time.
    pub(super) want: u64,
    /// How those that it ran ended.
    pub(super) reports: Vec<(u64, Result<Given, Fault>)>,
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
    let (items, regions, count, limit) = match &decl.kind {
        ForkKind::Loop { items, limit, region } => {
            let Value::List(items) = fiber.value(*items)? else { return Err(corrupt()) };
            let limit = match limit {
                Some(limit) => u64::try_from(fiber.scalar(*limit)?.cast_signed()).unwrap_or(0),
                None => machine_limit,
            };
            let count = items.as_slice().len() as u64;
            (Some(items.clone()), std::slice::from_ref(region), count, limit.max(1))
        }
        ForkKind::Branches(regions) => {
            let count = regions.len() as u64;
            (None, regions.as_slice(), count, count)
        }
    };
    let seeds = regions.iter().map(|region| seed(region, fiber)).collect::<Result<_, _>>()?;
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
        yields: Vec::new(),
        published: Vec::new(),
        parent: None,
    };
    let join = Join {
        instance: Arc::clone(&home.instance),
        outer: home.region.clone(),
        shield: fiber.act.shielded,
        grace: fiber.act.grace.map(|grace| grace / count.max(1).cast_signed()),
        fork,
        prefix: home.path(&fiber.act),
        items,
        seeds,
        limit,
        first_failed: AtomicU64::new(u64::MAX),
        state: Mutex::new(state),
    };
    Ok((join, count))
}

fn seed(region: &Region, parent: &Fiber) -> Result<Seed, Fault> {
    let mut seed = Seed { scalars: Vec::new(), values: Vec::new() };
    for capture in &region.captures {
        match *capture {
            Capture::Scalar { from, to } => seed.scalars.push((to, parent.scalar(from)?)),
            Capture::Value { from, to } => seed.values.push((to, parent.value(from)?.clone())),
        }
    }
    Ok(seed)
}

impl Join {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
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

    /// The iteration with this number as a place; none for branches.
    pub(crate) fn place(&self, index: u64) -> Option<LoopPlace> {
        self.items.as_ref()?;
        let step = self.decl()?.step;
        Some(LoopPlace { step, index: index.cast_signed() })
    }

    /// How many regions may be under way at once.
    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    /// A fiber at rest for the regions of this fork.
    pub(super) fn new_strand(self: &Arc<Self>) -> Box<Strand> {
        let region = Some((Arc::clone(self), 0));
        Strand::new(Home { instance: Arc::clone(&self.instance), region, caller: None })
    }

    fn region(&self, index: u64) -> Option<&Region> {
        match &self.decl()?.kind {
            ForkKind::Loop { region, .. } => Some(region),
            ForkKind::Branches(regions) => regions.get(usize::try_from(index).ok()?),
        }
    }

    /// Makes a fiber of this fork ready to run a region.
    pub(super) fn enter(&self, strand: &mut Strand, index: u64) -> Result<(), Fault> {
        let region = self.region(index).ok_or_else(corrupt)?;
        if let Some((_, place)) = &mut strand.home.region {
            *place = index;
        }
        let fiber = &mut strand.fiber;
        fiber.enter(&self.instance.run.linked, region.function)?;
        fiber.act.grace = self.grace;
        let place = if self.items.is_some() { 0 } else { usize::try_from(index).unwrap_or(0) };
        let seed = self.seeds.get(place).ok_or_else(corrupt)?;
        for (register, bits) in &seed.scalars {
            fiber.set_scalar(*register, *bits)?;
        }
        for (register, value) in &seed.values {
            fiber.set_value(*register, value.clone())?;
        }
        if let Some(register) = region.index {
            fiber.set_scalar(register, index)?;
        }
        if let (Some(register), Some(items)) = (region.item, &self.items) {
            let item = usize::try_from(index).ok().and_then(|index| items.as_slice().get(index));
            fiber.set_value(register, item.ok_or_else(corrupt)?.clone())?;
        }
        Ok(())
    }

    /// What a region gives whose fiber has come to its end.
    pub(super) fn collect(&self, strand: &mut Strand, index: u64) -> Result<Given, Fault> {
        let region = self.region(index).ok_or_else(corrupt)?;
        let fiber = &mut strand.fiber;
        let yields = region.yields.map(|register| fiber.take_value(register)).transpose()?;
        let mut published = Vec::with_capacity(region.publishes.len());
        for (from, to) in &region.publishes {
            published.push((*to, fiber.take_value(*from)?));
        }
        let log = std::mem::take(&mut fiber.act.log);
        if self.items.is_some()
            && let Some(step) = self.decl().map(|decl| decl.step)
        {
            let path = || strand.home.path(&strand.fiber.act);
            self.instance.run.emit(path, || EventKind::IterationEnded { step });
        }
        Ok(Given { log, yields: yields.unwrap_or_default(), published })
    }

    /// The run.
    pub(super) fn run(&self) -> &Arc<Run> {
        &self.instance.run
    }

    /// Takes over what a worker has done, and the regions that it has taken and not begun.
    pub(super) fn flush(&self, batch: &mut Batch) {
        if batch.reports.is_empty() && batch.chunk.is_empty() {
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
        let mut cut = false;
        for (index, result) in batch.reports.drain(..) {
            cut |= self.settle(state, index, result);
        }
        state.todo.give_back(std::mem::take(&mut batch.chunk));
        state.todo.cut(self.first_failed());
        cut
    }

    /// Takes over what a worker has done and gives it more. `holds` says whether the worker counts
    /// among those that are under way; where it does not, it does with [`Advance::Go`].
    pub(super) fn advance(&self, batch: &mut Batch, holds: bool, sched: &dyn Sched) -> Advance {
        let cancelled = !self.shield && is_cancelled(&self.instance, self.outer.as_ref());
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

    fn take(&self, state: &mut State, want: u64, sched: &dyn Sched) -> Option<Range<u64>> {
        if sched.is_serial() && !state.todo.is_empty() {
            let skip = sched.choose(state.todo.len().min(self.limit));
            return state.todo.take(1, skip);
        }
        state.todo.take(want, 0)
    }

    /// Notes how a region ended; whether regions after it are cancelled now.
    fn settle(&self, state: &mut State, index: u64, result: Result<Given, Fault>) -> bool {
        match result {
            Ok(given) if index == state.merged => self.apply(state, given),
            Ok(given) => {
                state.ended.insert(index, given);
                false
            }
            Err(fault) if fault.kind == FailureKind::Cancelled => {
                state.given_up |= index <= self.first_failed();
                false
            }
            Err(fault) => self.fail(state, index, fault),
        }
    }

    fn fail(&self, state: &mut State, index: u64, fault: Fault) -> bool {
        if index >= self.first_failed() {
            return false;
        }
        self.first_failed.store(index, Ordering::SeqCst);
        state.failure = Some((index, fault));
        true
    }

    /// Applies what the next region in order gave, and those after it that have ended already.
    fn apply(&self, state: &mut State, mut given: Given) -> bool {
        loop {
            if let Err(fault) = self.merge(state, given) {
                return self.fail(state, state.merged, fault);
            }
            state.merged += 1;
            match state.ended.remove(&state.merged) {
                Some(next) => given = next,
                None => return false,
            }
        }
    }

    fn merge(&self, state: &mut State, given: Given) -> Result<(), Fault> {
        let merges: &[Merge] = self.decl().map_or(&[], |decl| &decl.merges);
        for (slot, operand) in given.log {
            let slot = usize::from(slot);
            let merge = merges.get(slot).ok_or_else(corrupt)?;
            if let MergeTarget::Outer(outer) = merge.target {
                state.log.push((outer, operand));
                continue;
            }
            let total = state.totals.get_mut(slot).ok_or_else(corrupt)?;
            let merged = value::merge::merge(merge.op, std::mem::take(total), operand);
            let merged = merged.map_err(|failure| self.at_merge(merge, failure))?;
            self.check_size(&merged).map_err(|failure| self.at_merge(merge, failure))?;
            *total = merged;
        }
        if let Value::List(items) = given.yields {
            state.yields.extend_from_slice(items.as_slice());
        }
        state.published.extend(given.published);
        let limit = self.instance.run.limits.collection;
        if state.yields.len() > limit { Err(Box::new(too_large(limit))) } else { Ok(()) }
    }

    fn at_merge(&self, merge: &Merge, mut failure: Failure) -> Fault {
        failure.span = Some(merge.span);
        failure.loops.clone_from(&self.prefix);
        Box::new(failure)
    }

    fn check_size(&self, merged: &Value) -> Result<(), Failure> {
        let limit = self.instance.run.limits.collection;
        let size = match merged {
            Value::List(list) => list.as_slice().len(),
            Value::Map(map) => map.entries().len(),
            Value::String(text) => text.len(),
            _ => 0,
        };
        if size > limit { Err(too_large(limit)) } else { Ok(()) }
    }

    /// All regions have ended: the parent goes on with what they gave, or fails.
    fn finish(&self, state: &mut State) -> Option<Box<Strand>> {
        let mut parent = state.parent.take()?;
        parent.fiber.resume = match state.failure.take() {
            Some((_, fault)) => Resume::Raise(fault),
            None if state.given_up => Resume::Raise(parent.home.cancelled()),
            None => match self.publish(state, &mut parent.fiber) {
                Ok(()) => Resume::Next,
                Err(fault) => Resume::Raise(fault),
            },
        };
        Some(parent)
    }

    fn publish(&self, state: &mut State, parent: &mut Fiber) -> Result<(), Fault> {
        let decl = self.decl().ok_or_else(corrupt)?;
        for (merge, total) in decl.merges.iter().zip(state.totals.drain(..)) {
            if let MergeTarget::Register(register) = merge.target {
                parent.unbox(register, total)?;
            }
        }
        if let Some(register) = decl.yields {
            let Value::List(mut list) = parent.take_value(register)? else { return Err(corrupt()) };
            list.make_mut().append(&mut state.yields);
            parent.set_value(register, Value::List(list))?;
        }
        for (register, value) in state.published.drain(..) {
            parent.set_value(register, value)?;
        }
        parent.act.log.append(&mut state.log);
        Ok(())
    }
}

fn too_large(limit: usize) -> Failure {
    let message = format!("a collection or string is beyond the limit of {limit}");
    Failure::new(FailureKind::Pure, "TooLarge", message)
}
