//! What a worker does with a task: the core that both schedulers share.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::call::StepWait;
use super::fx::{Fx, Request};
use super::join::{self, Advance, Forked};
use super::region::Batch;
use super::{Arrived, Home, Join, Sched, Strand, Task};
use crate::interp::{Fault, Outcome, Resume, StepFlow, corrupt, run_slice, size_of_values};
use crate::run::Run;
use crate::{EventKind, Failure, FailureKind, Value};

/// How many instructions a worker gives to a task before it looks at others.
pub(super) const SLICE: i64 = 10_000;
/// A chunk that costs less than this is followed by one twice as large,
const CHEAP_CHUNK: i64 = 2_000;
/// one that costs more than this by half of it.
const DEAR_CHUNK: i64 = 8_000;
const MAX_CHUNK: u64 = 2_048;
/// The same of microseconds, for nodes that are busy themselves.
const SHORT_CHUNK: i64 = 50;
const LONG_CHUNK: i64 = 200;
/// How many instructions a fiber runs before it tells the run.
const CHARGE_EVERY: i64 = 1_000;
/// How many instructions a fiber runs before its memory is measured first: most end before it.
const MEASURE_FIRST: i64 = 20_000;
/// How many instructions a fiber runs at least before its memory is measured again.
const MEASURE_EVERY: i64 = 1_000_000;

/// Regions of a fork that run one after another in the memory of one fiber.
pub(crate) struct Runner {
    join: Arc<Join>,
    strand: Box<Strand>,
    batch: Batch,
    /// Whether a region is under way, which one the strand's home says.
    busy: bool,
    /// Whether the runner counts among the regions that are under way.
    holds: bool,
    /// What its chunk has cost.
    cost: i64,
    /// When it was begun, on the clock that never goes back.
    since: i64,
}

/// How a worker goes on after a task.
enum Next {
    /// With something else.
    Done,
    /// With this.
    Go(Task),
    /// With something else first.
    Later(Task),
}

/// Runs a task until it waits or ends, or its time is over.
pub(super) fn drive(task: Task, sched: &dyn Sched) {
    let run = match &task {
        Task::Strand(strand) => Arc::clone(strand.run()),
        Task::Runner(runner) => Arc::clone(runner.strand.run()),
        Task::Help(join) => Arc::clone(join.run()),
    };
    // A panic here is a mistake of the machine or of a library function. It ends its run: the
    // fibers that are left find it stopped, and nobody waits for the one that is lost.
    if catch_unwind(AssertUnwindSafe(|| drive_to_rest(task, sched))).is_err() {
        let failure = Failure::new(FailureKind::Internal, "Internal", "the machine panicked");
        run.stop(failure.clone());
        run.finish(Err(failure));
    }
}

fn drive_to_rest(mut task: Task, sched: &dyn Sched) {
    let mut budget = sched.slice();
    loop {
        let next = match task {
            Task::Strand(strand) => drive_strand(strand, sched, &mut budget),
            Task::Runner(runner) => drive_runner(runner, sched, &mut budget),
            Task::Help(join) => Next::Go(Task::Runner(Runner::new(join))),
        };
        match next {
            Next::Done => return,
            Next::Later(later) => return sched.spawn(later),
            Next::Go(next) if budget < 0 || !sched.keeps(&next) => return sched.spawn(next),
            Next::Go(next) => task = next,
        }
    }
}

/// How a slice of a strand ended, with what it waits for.
enum Stop {
    Returned(Value),
    RegionEnded,
    Failed(Fault),
    Wait(Box<StepWait>),
    Child(Box<StepWait>, Box<Strand>),
    Fork(u16),
    SliceOver,
}

/// Runs a strand for a slice, and tells the observer of it.
fn slice(strand: &mut Strand, batch: Option<&mut Batch>, budget: &mut i64) -> Stop {
    let run = strand.run();
    if run.host.observer.is_none() {
        return run_on(strand, batch, budget);
    }
    let since = run.host.clock.monotonic();
    let stop = run_on(strand, batch, budget);
    let (home, fiber) = (&strand.home, &strand.fiber);
    let at = fiber.place(&home.instance.run.linked);
    let kind = || EventKind::Worked { since, at };
    home.instance.run.emit(|| home.path(&fiber.act), kind);
    stop
}

/// Runs a strand for a slice, from what it waited for on, and the regions of the batch that follow.
fn run_on(strand: &mut Strand, batch: Option<&mut Batch>, budget: &mut i64) -> Stop {
    let Strand { fiber, home, wait, arrived } = strand;
    let home: &Home = home;
    let run = &home.instance.run;
    let mut fx = Fx::new(home, batch);
    if let (Some(wait), Some(arrived)) = (wait.take(), arrived.take()) {
        match fx.arrived(&fiber.act, *wait, arrived) {
            StepFlow::Done(value) => fiber.resume = Resume::Value(value),
            StepFlow::Failed(fault) => fiber.resume = Resume::Raise(fault),
            StepFlow::Wait => return waiting(fx.request),
        }
        fx.look_again();
    }
    if !matches!(fiber.resume, Resume::Raise(_)) && home.is_cancelled(&fiber.act) {
        fiber.resume = Resume::Raise(home.cancelled());
    }
    let before = *budget;
    let outcome = run_slice(fiber, home.env(), &mut fx, budget);
    let used = before - *budget;
    if let Some(grace) = &mut fiber.act.grace {
        *grace -= used;
        if *grace < 0 {
            return Stop::Failed(out_of_grace(home));
        }
    } else {
        fiber.act.uncharged += used;
        if fiber.act.uncharged >= CHARGE_EVERY {
            run.charge(std::mem::take(&mut fiber.act.uncharged));
        }
    }
    if fx.output > 0 {
        run.put_out(fx.output);
    }
    fiber.act.unmeasured += used + fx.decoded.get();
    if fiber.act.unmeasured > fiber.act.measure_after.max(MEASURE_FIRST) {
        let size = size_of_values(fiber.all_values(), run.limits.memory);
        let change = i64::try_from(size).unwrap_or(i64::MAX) - fiber.act.held.cast_signed();
        fiber.act.held = size;
        fiber.act.unmeasured = 0;
        fiber.act.measure_after = MEASURE_EVERY.max(size.cast_signed() / 64);
        run.hold(change);
    }
    match outcome {
        Outcome::Returned(value) => Stop::Returned(value),
        Outcome::RegionEnded => Stop::RegionEnded,
        Outcome::Failed(fault) => Stop::Failed(fault),
        Outcome::Waiting => waiting(fx.request),
        Outcome::Fork(fork) => Stop::Fork(fork),
        Outcome::SliceOver => Stop::SliceOver,
    }
}

fn waiting(request: Option<Request>) -> Stop {
    match request {
        Some(Request::Wait(wait)) => Stop::Wait(wait),
        Some(Request::Child(wait, child)) => Stop::Child(wait, child),
        None => Stop::Failed(corrupt()),
    }
}

fn out_of_grace(home: &Home) -> Fault {
    let mut fault = home.cancelled();
    if fault.kind.is_catchable() {
        fault = corrupt();
    }
    fault.message = format!("{} (and a `finally` block took too long)", fault.message);
    fault
}

fn drive_strand(mut strand: Box<Strand>, sched: &dyn Sched, budget: &mut i64) -> Next {
    let stop = slice(&mut strand, None, budget);
    let in_region = strand.home.region.is_some();
    match stop {
        Stop::SliceOver => Next::Later(Task::Strand(strand)),
        Stop::Wait(_) | Stop::Child(..) | Stop::Fork(_) => depart(strand, stop, sched),
        Stop::RegionEnded | Stop::Failed(_) if in_region => Next::Go(Runner::ended(strand, stop)),
        Stop::Returned(value) if !in_region => end(strand, Ok(value)),
        Stop::Failed(fault) => end(strand, Err(fault)),
        Stop::Returned(_) | Stop::RegionEnded => {
            strand.fiber.resume = Resume::Raise(corrupt());
            Next::Go(Task::Strand(strand))
        }
    }
}

/// A strand leaves its worker, to go on later.
fn depart(mut strand: Box<Strand>, stop: Stop, sched: &dyn Sched) -> Next {
    match stop {
        Stop::Wait(wait) => {
            strand.wait = Some(wait);
            park(strand, sched)
        }
        Stop::Child(wait, mut child) => {
            strand.wait = Some(wait);
            child.home.caller = Some(strand);
            Next::Go(Task::Strand(child))
        }
        Stop::Fork(fork) => match join::begin(strand, fork) {
            Forked::Parent(parent) => Next::Go(Task::Strand(parent)),
            Forked::Join(join, regions) => {
                if regions > 1 && join.limit() > 1 {
                    sched.offer(&join, (regions - 1).min(join.limit() - 1));
                }
                Next::Go(Task::Runner(Runner::new(join)))
            }
        },
        _ => Next::Later(Task::Strand(strand)),
    }
}

/// Parks a strand until what it waits for has come.
fn park(mut strand: Box<Strand>, sched: &dyn Sched) -> Next {
    let run = Arc::clone(strand.run());
    let (cell, timer) = match &strand.wait {
        Some(wait) => (wait.cell.clone(), wait.timer),
        None => (None, None),
    };
    let Some(cell) = cell else {
        run.stop(*corrupt());
        return Next::Go(Task::Strand(strand));
    };
    run.keep_time_asleep();
    run.register(&cell);
    sched.parking(cell.id);
    if let Some(micros) = timer {
        let cell = Arc::clone(&cell);
        let wake = Box::new(move || cell.arrive(Arrived::Timer));
        let alarm = run.host.timer.alarm(micros.max(0), wake);
        if let Some(wait) = &mut strand.wait {
            wait.alarm = Some(alarm);
        }
    }
    if let Some(strand) = cell.park(strand) {
        run.unregister(&cell);
        if !sched.is_serial() {
            return Next::Go(Task::Strand(strand));
        }
        run.wake.resume(cell.id, strand);
        return Next::Done;
    }
    // It may have been cancelled while it was not there to be found.
    cell.cancel_if_due();
    Next::Done
}

/// A workflow has ended.
fn end(mut strand: Box<Strand>, outcome: Result<Value, Fault>) -> Next {
    let run = Arc::clone(strand.run());
    let instance = Arc::clone(&strand.home.instance);
    strand.fiber.unwind_to_root();
    let info = run.linked.program.workflows.get(usize::from(instance.workflow));
    let variables = info.map_or(&[][..], |info| &info.variables).iter();
    let variables = variables.map(|var| strand.fiber.boxed(var.register).unwrap_or_default());
    instance.store.set_variables(variables.collect());
    instance.store.set_steps(strand.home.kept.take());
    if let Some(mut caller) = strand.home.caller.take() {
        caller.arrived = Some(Arrived::Child(outcome));
        return Next::Go(Task::Strand(caller));
    }
    if let Err(fault) = &outcome
        && !fault.kind.is_catchable()
    {
        run.stop((**fault).clone());
    }
    drop(strand);
    run.finish(outcome.map_err(|fault| *fault));
    Next::Done
}

impl Runner {
    /// A runner with nothing taken yet.
    fn new(join: Arc<Join>) -> Box<Self> {
        let strand = join.new_strand();
        Box::new(Self {
            join,
            strand,
            batch: Batch::new(),
            busy: false,
            holds: false,
            cost: 0,
            since: 0,
        })
    }

    /// The strand of a region that went its own way has ended: what runs it goes on with others.
    fn ended(strand: Box<Strand>, stop: Stop) -> Task {
        let Some(within) = &strand.home.region else { return Task::Strand(strand) };
        let join = Arc::clone(&within.join);
        let batch = Batch::new();
        let (busy, holds, cost, since) = (true, true, 0, 0);
        let mut runner = Box::new(Self { join, strand, batch, busy, holds, cost, since });
        runner.report(stop);
        Task::Runner(runner)
    }

    /// The region that was under way has ended. Whether the others should know at once.
    fn report(&mut self, stop: Stop) -> bool {
        self.busy = false;
        let result = match stop {
            Stop::RegionEnded => self.join.collect(&mut self.strand, &mut self.batch),
            Stop::Failed(fault) => Err(fault),
            _ => Err(corrupt()),
        };
        let Err(fault) = result else { return false };
        self.join.set_apart(&mut self.strand, &mut self.batch);
        if matches!(fault.kind, FailureKind::Limit | FailureKind::Internal) {
            stop_run(self.strand.run(), &fault);
        }
        let index = self.strand.home.region.as_ref().map_or(0, |within| within.index.get());
        let kept = self.strand.home.kept.take();
        self.batch.failed = Some((index, fault, kept));
        true
    }

    /// Takes the next region of the chunk, or another chunk.
    fn next(&mut self, sched: &dyn Sched) -> Option<Advance> {
        if self.batch.chunk.is_empty() || !self.holds {
            self.adapt();
            let advance = self.join.advance(&mut self.batch, self.holds, sched);
            if !matches!(advance, Advance::Go) {
                return Some(advance);
            }
            self.holds = true;
        }
        if let Err(fault) = self.join.enter(&mut self.strand, &mut self.batch) {
            self.strand.fiber.resume = Resume::Raise(fault);
        }
        self.busy = true;
        None
    }

    /// Makes the next chunk larger or smaller than the last one.
    fn adapt(&mut self) {
        let now = self.join.run().host.clock.monotonic();
        let time = now - std::mem::replace(&mut self.since, now);
        let cost = std::mem::take(&mut self.cost);
        if cost > DEAR_CHUNK || time > LONG_CHUNK {
            self.batch.want = (self.batch.want / 2).max(1);
        } else if cost < CHEAP_CHUNK && time < SHORT_CHUNK && self.holds {
            self.batch.want = (self.batch.want * 2).min(MAX_CHUNK);
        }
    }

    /// Gives the rest of the chunk to others, and tells what has been done.
    fn flush(&mut self) {
        self.join.set_apart(&mut self.strand, &mut self.batch);
        self.join.flush(&mut self.batch);
    }
}

fn stop_run(run: &Run, fault: &Fault) {
    run.stop((**fault).clone());
}

fn drive_runner(mut runner: Box<Runner>, sched: &dyn Sched, budget: &mut i64) -> Next {
    loop {
        if !runner.busy {
            match runner.next(sched) {
                None => {}
                Some(Advance::Joined(parent)) => return Next::Go(Task::Strand(parent)),
                Some(_) => return Next::Done,
            }
        }
        let before = *budget;
        let stop = slice(&mut runner.strand, Some(&mut runner.batch), budget);
        runner.cost += before - *budget + 1;
        match stop {
            Stop::RegionEnded | Stop::Failed(_) | Stop::Returned(_) => {
                if runner.report(stop) {
                    runner.flush();
                }
                if *budget < 0 || sched.is_serial() {
                    return Next::Later(Task::Runner(runner));
                }
            }
            Stop::SliceOver => {
                runner.flush();
                return Next::Later(Task::Runner(runner));
            }
            Stop::Wait(_) | Stop::Child(..) | Stop::Fork(_) => {
                // From now on the strand alone keeps the fork from ending.
                runner.flush();
                runner.strand.count_memory();
                let fresh = runner.join.new_strand();
                let strand = std::mem::replace(&mut runner.strand, fresh);
                (runner.busy, runner.holds) = (false, false);
                match depart(strand, stop, sched) {
                    Next::Done if *budget >= 0 && !sched.is_serial() => {}
                    Next::Done => return Next::Later(Task::Runner(runner)),
                    next => {
                        sched.spawn(Task::Runner(runner));
                        return next;
                    }
                }
            }
        }
    }
}
