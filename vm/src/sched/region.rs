//! Regions in a fiber: how one is entered, what it gives, and how the next one follows it.
//!
//! A worker runs the iterations of a loop in ranges. Within a range the fiber is used again: what an
//! iteration gives is moved out of its registers behind what those before it gave, the registers are
//! emptied, and the next one begins, without leaving the interpreter.

use std::ops::Range;

use wf_bytecode::{Capture, Region, S, V};

use super::strand::Kept;
use super::{Join, Strand};
use crate::interp::{Activity, Fault, Fiber, Linked, corrupt};
use crate::{Event, EventKind, Value};

/// What a fiber needs to run a region: the tables of the fork, looked up once.
pub(super) struct Plan {
    function: u16,
    /// How many scalar registers its frame has.
    size: usize,
    /// What is copied into the frame.
    scalars: Vec<(S, u64)>,
    values: Vec<(V, Value)>,
    /// So many values are copied into the first registers of the frame, one after another; none
    /// where they go elsewhere.
    first: usize,
    index: Option<S>,
    item: Option<V>,
    yields: Option<V>,
    /// How many yields a region gives at most, where its list can be left to the next one in the same
    /// frame: it does nothing with it but to append.
    most_yields: Option<usize>,
    publishes: Vec<(V, V)>,
}

impl Plan {
    /// The plan for a region of a fork at which this fiber stopped.
    pub(super) fn new(
        region: &Region,
        parent: &Fiber,
        linked: &Linked,
        is_loop: bool,
    ) -> Result<Self, Fault> {
        let most_yields = if is_loop { linked.most_yields(region.function) } else { None };
        let mut plan = Self {
            function: region.function,
            size: usize::from(linked.function(region.function)?.scalars),
            scalars: Vec::new(),
            values: Vec::new(),
            first: 0,
            index: region.index,
            item: region.item,
            yields: region.yields,
            most_yields: most_yields.filter(|_| region.yields.is_some()),
            publishes: region.publishes.clone(),
        };
        for capture in &region.captures {
            match *capture {
                Capture::Scalar { from, to } => plan.scalars.push((to, parent.scalar(from)?)),
                Capture::Value { from, to } => {
                    plan.values.push((to, parent.value(from)?.clone()));
                }
            }
        }
        plan.values.sort_by_key(|(register, _)| register.0);
        let in_a_row =
            plan.values.iter().enumerate().all(|(place, (reg, _))| usize::from(reg.0) == place);
        let first = plan.values.len();
        let apart = [plan.item, plan.yields];
        if in_a_row && apart.iter().flatten().all(|reg| usize::from(reg.0) >= first) {
            plan.first = first;
        }
        Ok(plan)
    }
}

/// What regions gave that follow one another in order.
#[derive(Default)]
pub(super) struct Given {
    /// The operands of merges.
    pub(super) log: Vec<(u16, Value)>,
    pub(super) yields: Vec<Value>,
    pub(super) published: Vec<(V, Value)>,
    pub(super) kept: Kept,
    /// How many operands and yields there were when each region had ended, where it matters what
    /// came from which region: kept only where the fork has both.
    pub(super) marks: Vec<(usize, usize)>,
}

/// Regions that a worker runs one after another.
#[derive(Default)]
pub(super) struct Batch {
    /// Those that it has taken and not begun.
    pub(super) chunk: Range<u64>,
    /// How many it wants next time.
    pub(super) want: u64,
    /// Those that have ended well since it last told.
    pub(super) done: Range<u64>,
    /// What they gave.
    pub(super) given: Given,
    /// How many yields at the beginning of the fiber's list are those of regions that have ended:
    /// behind all that is in `given`.
    ahead: usize,
    /// The last event that told the end of an iteration, which is used again.
    told: Option<Event>,
    /// The one after them, where it failed, with its steps.
    pub(super) failed: Option<(u64, Fault, Kept)>,
}

/// For how many yields a list is given room before there is one.
const MOST_ROOM: usize = 4_096;

impl Given {
    /// Yields that come behind all others.
    fn take_yields(&mut self, mut yields: Vec<Value>) {
        if self.yields.is_empty() {
            self.yields = yields;
        } else {
            self.yields.append(&mut yields);
        }
    }
}

impl Batch {
    /// A batch with nothing taken yet.
    pub(super) fn new() -> Self {
        Self { want: 1, ..Self::default() }
    }

    /// Whether there is nothing to tell and nothing to give back.
    pub(super) fn is_empty(&self) -> bool {
        self.done.is_empty() && self.failed.is_none() && self.chunk.is_empty()
    }

    /// The next region of the chunk begins.
    pub(super) fn begin(&mut self) -> u64 {
        let index = self.chunk.start;
        self.chunk.start += 1;
        index
    }

    /// This region has ended well: the one after those that have ended since the worker last told,
    /// or the first since then.
    fn ended(&mut self, index: u64) {
        if self.done.is_empty() {
            self.done.start = index;
        }
        self.done.end = index + 1;
    }
}

impl Join {
    fn plan(&self, index: u64) -> Result<&Plan, Fault> {
        let place = if self.is_loop { 0 } else { usize::try_from(index).unwrap_or(0) };
        self.plans.get(place).ok_or_else(corrupt)
    }

    /// Makes a fiber of this fork ready to run a region.
    pub(super) fn enter(&self, strand: &mut Strand, batch: &mut Batch) -> Result<(), Fault> {
        let index = batch.begin();
        let plan = self.plan(index)?;
        if let Some(within) = &strand.home.region {
            within.index.set(index);
        }
        let fiber = &mut strand.fiber;
        fiber.enter(&self.instance.run.linked, plan.function)?;
        fiber.act.grace = self.grace;
        for (register, value) in &plan.values {
            fiber.set_value(*register, value.clone())?;
        }
        if let (Some(register), Some(most)) = (plan.yields, plan.most_yields) {
            let chunk = usize::try_from(batch.chunk.end - index).unwrap_or(0);
            let room = chunk.saturating_mul(most).min(MOST_ROOM);
            fiber.set_value(register, Value::list(Vec::with_capacity(room)))?;
        }
        let (scalars, values) = fiber.registers();
        self.begin(plan, scalars, values, index)
    }

    /// Fills the registers of a region but for the captured values, where all others are empty but
    /// for the list of its yields.
    #[inline(always)]
    fn begin(&self, plan: &Plan, s: &mut [u64], v: &mut [Value], index: u64) -> Result<(), Fault> {
        for (register, bits) in &plan.scalars {
            *s.get_mut(usize::from(register.0)).ok_or_else(corrupt)? = *bits;
        }
        if let Some(register) = plan.index {
            *s.get_mut(usize::from(register.0)).ok_or_else(corrupt)? = index;
        }
        if let Some(register) = plan.yields {
            let place = v.get_mut(usize::from(register.0)).ok_or_else(corrupt)?;
            if !matches!(place, Value::List(_)) {
                *place = Value::list(Vec::new());
            }
        }
        if let (Some(register), Some(items)) = (plan.item, &self.items) {
            let item = usize::try_from(index).ok().and_then(|index| items.as_slice().get(index));
            let item = item.ok_or_else(corrupt)?.clone();
            *v.get_mut(usize::from(register.0)).ok_or_else(corrupt)? = item;
        }
        Ok(())
    }

    /// Takes what a region gave whose fiber has come to its end.
    pub(super) fn collect(&self, strand: &mut Strand, batch: &mut Batch) -> Result<(), Fault> {
        let index = strand.home.region.as_ref().map_or(0, |within| within.index.get());
        let plan = self.plan(index)?;
        let fiber = &mut strand.fiber;
        for (from, to) in &plan.publishes {
            batch.given.published.push((*to, fiber.take_value(*from)?));
        }
        batch.given.kept.append(&mut strand.home.kept.borrow_mut());
        let yields = plan.yields.map(|register| fiber.take_value(register)).transpose()?;
        if let Some(Value::List(mut list)) = yields {
            batch.given.take_yields(std::mem::take(list.make_mut()));
        }
        batch.ahead = 0;
        self.gather(&mut fiber.act, None, batch, index);
        if self.is_watched {
            self.tell_end(batch, index, self.instance.run.host.clock.monotonic());
        }
        Ok(())
    }

    /// Takes the operands and the yields of a region that has ended; their list stays, empty.
    #[inline]
    fn gather(
        &self,
        act: &mut Activity,
        yields: Option<&mut Value>,
        batch: &mut Batch,
        index: u64,
    ) {
        let given = &mut batch.given;
        if !act.log.is_empty() {
            given.log.append(&mut act.log);
        }
        if let Some(Value::List(list)) = yields {
            let list = list.make_mut();
            match list.len() {
                0 => {}
                1 => given.yields.extend(list.pop()),
                _ => given.yields.append(list),
            }
        }
        if self.keeps_marks {
            given.marks.push((given.log.len(), given.yields.len() + batch.ahead));
        }
        batch.ended(index);
    }

    /// Takes the yields of regions that have ended out of the list that the one that is under way
    /// appends to: it goes on alone, or has failed.
    pub(super) fn set_apart(&self, strand: &mut Strand, batch: &mut Batch) {
        let ahead = std::mem::take(&mut batch.ahead);
        let yields = self.plans.first().and_then(|plan| plan.yields);
        let list = yields.and_then(|register| strand.fiber.root_value(register));
        if let (Some(Value::List(list)), 1..) = (list, ahead) {
            let list = list.make_mut();
            let own = list.split_off(ahead.min(list.len()));
            batch.given.take_yields(std::mem::replace(list, own));
        }
    }

    /// Tells the observer that an iteration has ended at a moment of the clock that never goes back.
    pub(super) fn tell_end(&self, batch: &mut Batch, index: u64, at: i64) {
        let run = &self.instance.run;
        let (Some(place), Some(observer)) = (self.place(index), &run.host.observer) else { return };
        let event = batch.told.get_or_insert_with(|| Event {
            run: run.id,
            at,
            clock: at,
            loops: self.prefix.iter().cloned().chain([place.clone()]).collect(),
            kind: EventKind::IterationEnded { step: place.step },
        });
        (event.at, event.clock) = (run.wall(at), at);
        if let Some(own) = event.loops.last_mut() {
            *own = place;
        }
        observer(event);
    }

    /// The region that a fiber runs has ended well. Goes on with the next one of the batch in the
    /// same frame, whose registers these are, and gives the number of the one that ended; `None`
    /// where the worker has something else to do first, and nothing was taken.
    pub(super) fn follow(
        &self,
        batch: &mut Batch,
        index: &std::cell::Cell<u64>,
        act: &mut Activity,
        s: &mut [u64],
        v: &mut [Value],
    ) -> Result<Option<u64>, Fault> {
        if batch.chunk.is_empty() || !self.is_loop || !act.is_plain() {
            return Ok(None);
        }
        let plan = self.plans.first().ok_or_else(corrupt)?;
        let yields = plan.yields.map(|register| usize::from(register.0));
        let ended = index.get();
        let list = yields.map(|place| v.get_mut(place).ok_or_else(corrupt)).transpose()?;
        match (plan.most_yields, list) {
            // A list that the next region could make too long is not left to it: its failure would
            // be one of that region.
            (Some(most), Some(Value::List(list)))
                if list.as_slice().len() + most <= self.instance.run.limits.collection =>
            {
                batch.ahead = list.as_slice().len();
                self.gather(act, None, batch, ended);
            }
            (_, list) => {
                batch.ahead = 0;
                self.gather(act, list, batch, ended);
            }
        }
        act.begin_again();
        clear(s, plan.size);
        let rest = v.get_mut(plan.first..).unwrap_or_default();
        for (place, value) in (plan.first..).zip(rest) {
            if !matches!(value, Value::Null) && yields != Some(place) {
                *value = Value::Null;
            }
        }
        for (register, value) in &plan.values {
            let place = v.get_mut(usize::from(register.0)).ok_or_else(corrupt)?;
            // What was not written need not be copied: its count is shared with other workers.
            if !place.is_same(value) {
                *place = value.clone();
            }
        }
        let next = batch.begin();
        index.set(next);
        self.begin(plan, s, v, next)?;
        Ok(Some(ended))
    }
}

/// Empties the scalar registers of a frame. Behind those of small ones is nothing that counts, and to
/// clear a few that are not its own is quicker than to count.
#[inline]
fn clear(s: &mut [u64], size: usize) {
    match s.first_chunk_mut::<8>() {
        Some(first) if size <= first.len() => first.fill(0),
        _ => s.iter_mut().take(size).for_each(|bits| *bits = 0),
    }
}
