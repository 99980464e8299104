//! Where the time of runs goes: an observer that keeps apart what steps work and what they wait.

mod report;
#[cfg(test)]
mod tests;
mod trace;
mod tracks;

pub use report::{LineCost, ProfileReport, StepCost};

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;

use uuid::Uuid;
use wf_diagnostics::Span;
use wf_vm::{Event, EventKind, LoopPlace};

/// How many slices of time are kept for the trace, where the host does not say.
const SLICES: usize = 500_000;

/// Watches runs and tells where their time went: give it to
/// [`EngineBuilder::profile`](crate::EngineBuilder::profile).
///
/// ```
/// use std::sync::Arc;
/// use wf_engine::{Engine, MemoryFiles, Profile, RunOptions};
///
/// let files = MemoryFiles::from([("nap.wf", r#"
///     workflow nap {
///       trigger function()
///       step rest = time.sleep { for: 5ms }
///       return steps.rest.durationMs
///     }
/// "#)]);
/// let profile = Arc::new(Profile::new());
/// let engine = Engine::builder().workers(1).profile(&profile).build()?;
/// let program = engine.compile(&["nap.wf"], &files).program.ok_or("does not compile")?;
/// engine.run(&program, RunOptions::default())?;
/// let report = profile.report(&program);
/// assert_eq!(report.steps[0].name, "rest");
/// assert!(report.steps[0].waiting >= 5_000);
/// profile.write_trace(&program, &mut std::io::sink())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It is for runs of one program, the one that it is asked about. All times are in microseconds.
pub struct Profile {
    state: Mutex<State>,
    /// How many slices are kept.
    most: usize,
}

/// What was seen.
#[derive(Default)]
struct State {
    runs: Vec<RunSeen>,
    steps: BTreeMap<u16, StepSum>,
    lines: BTreeMap<Spot, i64>,
    workers: Vec<Worker>,
    threads: HashMap<ThreadId, usize>,
    open: HashMap<Place, Vec<OpenStep>>,
    /// When the first thing happened in an iteration that has not ended.
    iterations: HashMap<(usize, Vec<LoopPlace>), i64>,
    slices: Vec<Slice>,
    /// How many slices were too many.
    left_out: u64,
}

/// A run.
struct RunSeen {
    id: Uuid,
    workflow: String,
    began: i64,
    ended: Option<i64>,
}

/// A step at its place in a run.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Place {
    run: usize,
    step: u16,
    loops: Vec<LoopPlace>,
}

/// Where work was seen: in front of or inside a step, or at a place of the source.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Spot {
    Step(u16),
    Source(Span),
    Unknown,
}

/// What a step was in all.
#[derive(Clone, Default)]
struct StepSum {
    count: u64,
    failed: u64,
    calls: u64,
    total: i64,
    waiting: i64,
}

/// A step under way.
struct OpenStep {
    began: i64,
    calls: u32,
    attempt: i64,
    waits: Option<i64>,
    /// Whether it waits before it is called again.
    between: bool,
    waiting: i64,
    parts: Vec<(Part, i64, i64)>,
}

/// A part of a step.
#[derive(Clone, Debug)]
enum Part {
    /// A call, by its number, with the code of its failure.
    Attempt(u32, Option<String>),
    /// The answer is waited for.
    Waiting,
    /// The next call is waited for.
    Pause,
}

/// A slice of time on the track of a fiber.
struct Slice {
    run: usize,
    step: u16,
    loops: Vec<LoopPlace>,
    from: i64,
    to: i64,
    what: What,
}

enum What {
    Step { calls: u32, waiting: i64, failed: Option<String>, parts: Vec<(Part, i64, i64)> },
    Iteration,
    Log { level: &'static str, message: String },
}

/// A thread that ran fibers.
#[derive(Default)]
struct Worker {
    /// What happened on it since it took the fiber that it runs.
    marks: Vec<(i64, u16)>,
    worked: i64,
    slices: Vec<(usize, i64, i64)>,
}

impl Default for Profile {
    fn default() -> Self {
        Self::new()
    }
}

impl Profile {
    /// A profile that has seen nothing.
    pub fn new() -> Self {
        Self::with_slices(SLICES)
    }

    /// One that keeps at most so many slices of time for its trace. What comes later counts in the
    /// report all the same.
    pub fn with_slices(most: usize) -> Self {
        Self { state: Mutex::default(), most }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an event, on the thread where it happened.
    pub fn observe(&self, event: &Event) {
        let thread = std::thread::current().id();
        self.lock().observe(event, thread, self.most);
    }
}

impl State {
    fn observe(&mut self, event: &Event, thread: ThreadId, most: usize) {
        if let EventKind::RunStarted { workflow } = &event.kind {
            let (workflow, began) = (workflow.to_string(), event.clock);
            self.runs.push(RunSeen { id: event.run, workflow, began, ended: None });
            return;
        }
        // The last one first: it is the one that runs, mostly.
        let Some(run) = self.runs.iter().rposition(|run| run.id == event.run) else { return };
        let now = event.clock;
        match &event.kind {
            EventKind::RunEnded { .. } => {
                if let Some(run) = self.runs.get_mut(run) {
                    run.ended = Some(now);
                }
            }
            EventKind::Worked { since, at } => self.worked(run, thread, *since, now, *at, most),
            EventKind::IterationEnded { step } => {
                if let Some(from) = self.iterations.remove(&(run, event.loops.clone())) {
                    let what = What::Iteration;
                    self.keep(run, *step, event.loops.clone(), (from, now), what, most);
                }
            }
            EventKind::Logged { step, level, message, .. } => {
                let what = What::Log { level, message: message.clone() };
                self.keep(run, *step, event.loops.clone(), (now, now), what, most);
            }
            EventKind::StepStarted { step, .. }
            | EventKind::StepWaits { step }
            | EventKind::StepResumed { step }
            | EventKind::StepRetried { step, .. }
            | EventKind::StepCompleted { step, .. }
            | EventKind::StepFailed { step, .. } => {
                self.worker(thread).marks.push((now, *step));
                self.note_iterations(run, &event.loops, now);
                let place = Place { run, step: *step, loops: event.loops.clone() };
                self.step(place, event, most);
            }
            EventKind::RunStarted { .. } | EventKind::Returned { .. } => {}
        }
    }

    /// Notes when the iterations around a place were seen first.
    fn note_iterations(&mut self, run: usize, loops: &[LoopPlace], now: i64) {
        for depth in (1..=loops.len()).rev() {
            let known = self.iterations.entry((run, loops[..depth].to_vec()));
            if matches!(known, std::collections::hash_map::Entry::Occupied(_)) {
                return;
            }
            known.or_insert(now);
        }
    }

    fn step(&mut self, place: Place, event: &Event, most: usize) {
        let now = event.clock;
        if let EventKind::StepStarted { .. } = event.kind {
            let open = OpenStep {
                began: now,
                calls: 1,
                attempt: now,
                waits: None,
                between: false,
                waiting: 0,
                parts: Vec::new(),
            };
            self.open.entry(place).or_default().push(open);
            return;
        }
        let Some(open) = self.open.get_mut(&place).and_then(|open| open.last_mut()) else { return };
        match &event.kind {
            EventKind::StepWaits { .. } => open.waits = Some(now),
            EventKind::StepResumed { .. } => open.resume(now),
            EventKind::StepRetried { attempts, failure, .. } => {
                open.attempt_ended(now, Some(failure.code.clone()));
                open.calls = attempts + 1;
                open.between = true;
            }
            EventKind::StepCompleted { .. } => self.step_ended(place, now, None, most),
            EventKind::StepFailed { failure, .. } => {
                let code = Some(failure.code.clone());
                self.step_ended(place, now, code, most);
            }
            _ => {}
        }
    }

    fn step_ended(&mut self, place: Place, now: i64, failed: Option<String>, most: usize) {
        let Some(all) = self.open.get_mut(&place) else { return };
        let Some(mut open) = all.pop() else { return };
        if all.is_empty() {
            self.open.remove(&place);
        }
        // One that was given up while it waited was never resumed.
        open.resume(now);
        if open.calls > 1 {
            open.attempt_ended(now, failed.clone());
        }
        let OpenStep { began, calls, waiting, parts, .. } = open;
        let sum = self.steps.entry(place.step).or_default();
        sum.count += 1;
        sum.failed += u64::from(failed.is_some());
        sum.calls += u64::from(calls);
        sum.total += now - began;
        sum.waiting += waiting;
        let what = What::Step { calls, waiting, failed, parts };
        self.keep(place.run, place.step, place.loops, (began, now), what, most);
    }

    fn keep(
        &mut self,
        run: usize,
        step: u16,
        loops: Vec<LoopPlace>,
        (from, to): (i64, i64),
        what: What,
        most: usize,
    ) {
        if self.slices.len() < most {
            self.slices.push(Slice { run, step, loops, from, to, what });
        } else {
            self.left_out += 1;
        }
    }

    fn worker(&mut self, thread: ThreadId) -> &mut Worker {
        let next = self.workers.len();
        let number = *self.threads.entry(thread).or_insert(next);
        if number == next {
            self.workers.push(Worker::default());
        }
        &mut self.workers[number]
    }

    /// A worker has run a fiber for a while: what happened meanwhile says at what it worked.
    fn worked(
        &mut self,
        run: usize,
        thread: ThreadId,
        since: i64,
        now: i64,
        at: Option<Span>,
        most: usize,
    ) {
        let worker = self.worker(thread);
        let marks = std::mem::take(&mut worker.marks);
        worker.worked += now - since;
        let full = worker.slices.len() >= most;
        if !full {
            worker.slices.push((run, since, now));
        }
        self.left_out += u64::from(full);
        let mut from = since;
        let last = marks.last().map_or(Spot::Unknown, |(_, step)| Spot::Step(*step));
        for (moment, step) in marks {
            let moment = moment.clamp(from, now);
            *self.lines.entry(Spot::Step(step)).or_default() += moment - from;
            from = moment;
        }
        *self.lines.entry(at.map_or(last, Spot::Source)).or_default() += now - from;
    }
}

impl OpenStep {
    fn resume(&mut self, now: i64) {
        let Some(from) = self.waits.take() else { return };
        self.waiting += now - from;
        let part = if self.between { Part::Pause } else { Part::Waiting };
        self.parts.push((part, from, now));
        if std::mem::take(&mut self.between) {
            self.attempt = now;
        }
    }

    fn attempt_ended(&mut self, now: i64, failed: Option<String>) {
        self.parts.push((Part::Attempt(self.calls, failed), self.attempt, now));
    }
}
