//! The parallel scheduler: workers that steal from one another, and the threads that wait for a run,
//! which begin it themselves.

use std::cell::Cell;
use std::sync::{Arc, OnceLock, PoisonError, Weak};

use crossbeam::deque::{Injector, Steal, Stealer, Worker};

use super::drive::drive;
use super::idle::Idle;
use super::{Join, Sched, Strand, Task, Wake};
use crate::run::Run;
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::thread::{self, JoinHandle};
use crate::sync::{Mutex, Parker, Unparker};

/// How many tasks a worker takes from the common queue at once.
const STEAL_LIMIT: usize = 8;

/// After so many tasks a worker looks into the common queue before its own.
const OWN_TURNS: u32 = 4;

/// Workers and what they share.
pub(crate) struct Pool {
    shared: Arc<Shared>,
}

/// How many workers there are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Workers {
    /// So many, at least one.
    Exactly(usize),
    /// As many as the system has cores for this process. It is asked when there is work for them: that
    /// takes longer than many a run.
    Cores,
}

/// The workers, which there are when something is for them to do: a short run may end without them.
struct Crew {
    stealers: Vec<Stealer<Task>>,
    unparkers: Vec<Unparker>,
    /// What their threads will begin with.
    asleep: Mutex<Vec<(Worker<Task>, Parker)>>,
}

impl Crew {
    fn new(workers: Workers) -> Self {
        let count = match workers {
            Workers::Exactly(count) => count.max(1),
            Workers::Cores => std::thread::available_parallelism().map_or(1, usize::from),
        };
        let deques: Vec<Worker<Task>> = (0..count).map(|_| Worker::new_fifo()).collect();
        let parkers: Vec<Parker> = (0..count).map(|_| Parker::new()).collect();
        let stealers = deques.iter().map(Worker::stealer).collect();
        let unparkers = parkers.iter().map(|parker| parker.unparker().clone()).collect();
        Self { stealers, unparkers, asleep: Mutex::new(deques.into_iter().zip(parkers).collect()) }
    }
}

/// What the workers share.
struct Shared {
    injector: Injector<Task>,
    workers: Workers,
    crew: OnceLock<Crew>,
    idle: Idle,
    /// Those that have begun.
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Whether the threads have begun, or never will.
    awake: AtomicBool,
    closing: AtomicBool,
    runs: Mutex<Vec<Weak<Run>>>,
    /// The number of runs that have begun and not ended.
    active: AtomicUsize,
}

impl Pool {
    /// A pool of so many workers.
    pub(crate) fn new(workers: Workers) -> Self {
        let shared = Arc::new(Shared {
            injector: Injector::new(),
            workers,
            crew: OnceLock::new(),
            idle: Idle::new(),
            threads: Mutex::new(Vec::new()),
            awake: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            runs: Mutex::new(Vec::new()),
            active: AtomicUsize::new(0),
        });
        Self { shared }
    }

    /// What puts fibers back on these workers.
    pub(crate) fn wake(&self) -> Arc<dyn Wake> {
        Arc::new(Waker(Arc::clone(&self.shared)))
    }

    /// Begins a run.
    pub(crate) fn start(&self, run: &Arc<Run>, root: Box<Strand>) {
        self.enter(run);
        inject(&self.shared, Task::Strand(root));
    }

    /// Begins a run on this thread, which is about to wait for it anyway: it goes on here until it
    /// forks, waits, or its first slice is over. A short run needs no other thread, whose waking costs
    /// more than a hundred instructions of the language.
    pub(crate) fn start_here(&self, run: &Arc<Run>, root: Box<Strand>) {
        self.enter(run);
        drive(Task::Strand(root), &Guest(&self.shared));
    }

    fn enter(&self, run: &Arc<Run>) {
        let mut runs = self.shared.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if runs.len() == runs.capacity() {
            runs.retain(|run| run.strong_count() > 0);
        }
        runs.push(Arc::downgrade(run));
        drop(runs);
        self.shared.active.fetch_add(1, Ordering::SeqCst);
    }

    /// What is to be called when a run has ended.
    pub(crate) fn on_end(&self) -> impl FnOnce() + Send + use<> {
        let shared = Arc::downgrade(&self.shared);
        move || {
            if let Some(shared) = shared.upgrade() {
                shared.active.fetch_sub(1, Ordering::SeqCst);
                if shared.closing.load(Ordering::SeqCst) {
                    shared.unpark_all();
                }
            }
        }
    }
}

impl Drop for Pool {
    /// Gives up all runs and joins the workers once these have ended.
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::SeqCst);
        let runs =
            std::mem::take(&mut *self.shared.runs.lock().unwrap_or_else(PoisonError::into_inner));
        for run in runs.iter().filter_map(Weak::upgrade) {
            run.close();
        }
        self.shared.unpark_all();
        // Who comes from now on finds no workers to wake.
        self.shared.awake.store(true, Ordering::SeqCst);
        let threads = {
            let mut threads = self.shared.threads.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *threads)
        };
        let current = thread::current().id();
        for thread in threads {
            // The last handle of a machine may be dropped by an observer, on a worker.
            if thread.thread().id() != current {
                let _ = thread.join();
            }
        }
        while let Steal::Success(_) | Steal::Retry = self.shared.injector.steal() {}
    }
}

/// Adds work for any worker, and wakes one.
fn inject(shared: &Arc<Shared>, task: Task) {
    shared.injector.push(task);
    if !shared.awake.load(Ordering::SeqCst) {
        begin_threads(shared);
    }
    shared.rouse(1);
}

/// Starts the workers' threads, unless that has been done.
#[cold]
fn begin_threads(shared: &Arc<Shared>) {
    let mut threads = shared.threads.lock().unwrap_or_else(PoisonError::into_inner);
    // Where another thread was first, or the pool is gone.
    if shared.awake.load(Ordering::SeqCst) {
        return;
    }
    let asleep = &shared.crew().asleep;
    let workers = std::mem::take(&mut *asleep.lock().unwrap_or_else(PoisonError::into_inner));
    let workers = workers.into_iter().enumerate();
    let begun = workers.filter_map(|(index, (deque, parker))| {
        let shared = Arc::clone(shared);
        let turn = Cell::new(0);
        let body = move || LocalWorker { index, deque, parker, shared, turn }.work();
        thread::Builder::new().name(format!("wf-worker-{index}")).spawn(body).ok()
    });
    threads.extend(begun);
    shared.awake.store(true, Ordering::SeqCst);
}

impl Shared {
    fn crew(&self) -> &Crew {
        self.crew.get_or_init(|| Crew::new(self.workers))
    }

    /// Wakes all workers, if there are any.
    fn unpark_all(&self) {
        if let Some(crew) = self.crew.get() {
            crew.unparkers.iter().for_each(Unparker::unpark);
        }
    }

    /// Wakes up to `count` workers that have nothing to do. Called after work was added.
    fn rouse(&self, count: usize) {
        self.idle.rouse(count, |worker| {
            if let Some(unparker) = self.crew().unparkers.get(worker) {
                unparker.unpark();
            }
        });
    }

    fn has_work(&self) -> bool {
        !self.injector.is_empty() || self.crew().stealers.iter().any(|stealer| !stealer.is_empty())
    }

    fn is_over(&self) -> bool {
        self.closing.load(Ordering::SeqCst) && self.active.load(Ordering::SeqCst) == 0
    }
}

/// Puts fibers back on the workers.
struct Waker(Arc<Shared>);

impl Wake for Waker {
    fn resume(&self, _: u64, strand: Box<Strand>) {
        inject(&self.0, Task::Strand(strand));
    }
}

/// A thread that waits for a run and begins it.
struct Guest<'a>(&'a Arc<Shared>);

impl Sched for Guest<'_> {
    fn spawn(&self, task: Task) {
        inject(self.0, task);
    }

    fn offer(&self, join: &Arc<Join>, regions: u64) {
        let others = self.0.crew().stealers.len() - 1;
        let helpers = usize::try_from(regions).unwrap_or(usize::MAX).min(others);
        (0..helpers).for_each(|_| inject(self.0, Task::Help(Arc::clone(join))));
    }

    fn parking(&self, _: u64) {}

    fn is_serial(&self) -> bool {
        false
    }

    /// No more threads than there are workers run iterations of a fork.
    fn keeps(&self, task: &Task) -> bool {
        matches!(task, Task::Strand(_))
    }

    fn workers(&self) -> u64 {
        self.0.crew().stealers.len() as u64
    }

    fn choose(&self, _: u64) -> u64 {
        0
    }
}

/// A worker on its own thread.
struct LocalWorker {
    index: usize,
    deque: Worker<Task>,
    parker: Parker,
    shared: Arc<Shared>,
    /// How many tasks it has looked for.
    turn: Cell<u32>,
}

impl LocalWorker {
    fn work(self) {
        loop {
            if let Some(task) = self.find() {
                // What is left may keep another one busy; it will wake the next.
                if self.shared.idle.is_anybody() && self.shared.has_work() {
                    self.shared.rouse(1);
                }
                drive(task, &self);
            } else if self.shared.is_over() {
                return;
            } else {
                self.rest();
            }
        }
    }

    fn find(&self) -> Option<Task> {
        // What computes for long comes back to the worker's own queue, and must not keep it from runs
        // that begin and from calls that end.
        let turn = self.turn.replace(self.turn.get().wrapping_add(1));
        let others_first = turn.is_multiple_of(OWN_TURNS) && !self.shared.injector.is_empty();
        if !others_first && let Some(task) = self.deque.pop() {
            return Some(task);
        }
        loop {
            let mut again = false;
            let taken =
                self.shared.injector.steal_batch_with_limit_and_pop(&self.deque, STEAL_LIMIT);
            match taken {
                Steal::Success(task) => return Some(task),
                Steal::Retry => again = true,
                Steal::Empty => {}
            }
            let stealers = &self.shared.crew().stealers;
            let count = stealers.len();
            for offset in 1..count {
                let Some(victim) = stealers.get((self.index + offset) % count) else {
                    continue;
                };
                if victim.is_empty() || others_first {
                    continue;
                }
                match victim.steal_batch_with_limit_and_pop(&self.deque, STEAL_LIMIT) {
                    Steal::Success(task) => return Some(task),
                    Steal::Retry => again = true,
                    Steal::Empty => {}
                }
            }
            if !again {
                return self.deque.pop();
            }
        }
    }

    fn rest(&self) {
        let shared = &self.shared;
        let is_needed = || shared.has_work() || shared.is_over();
        shared.idle.rest(self.index, is_needed, || self.parker.park());
    }
}

impl Sched for LocalWorker {
    fn spawn(&self, task: Task) {
        self.deque.push(task);
    }

    fn offer(&self, join: &Arc<Join>, regions: u64) {
        let others = self.shared.crew().stealers.len() - 1;
        let helpers = usize::try_from(regions).unwrap_or(usize::MAX).min(others);
        for _ in 0..helpers {
            self.deque.push(Task::Help(Arc::clone(join)));
        }
        self.shared.rouse(helpers);
    }

    fn parking(&self, _: u64) {}

    fn is_serial(&self) -> bool {
        false
    }

    fn workers(&self) -> u64 {
        self.shared.crew().stealers.len() as u64
    }

    fn choose(&self, _: u64) -> u64 {
        0
    }
}
