//! The machines: one with workers, one that runs on the calling thread in an order of a seed.

use std::sync::{Arc, PoisonError, Weak};

use wf_bytecode::Program;

use super::state::{Done, Instance, Run, RunParts};
use super::{Limits, RunHandle, RunRequest, RunResult};
use crate::interp::{Linked, call_linked};
use crate::sched::{Ended, Home, Pool, Strand, Wake, Workers, base_of, run_serially};
use crate::store::{DataStore, RunFacts};
use crate::sync::{Mutex, mpsc};
use crate::{Event, EventKind, Failure, FailureKind, Host, Observer, Value};

/// How many programs stay bound to the host between runs.
const KEPT_PROGRAMS: usize = 16;

/// Runs workflows on workers of its own. Dropping it gives up the runs that have not ended, whose
/// `finally` blocks run as far as they need not wait, and joins the workers.
pub struct Machine {
    host: Host,
    pool: Pool,
    links: Links,
}

impl Machine {
    /// A machine with so many workers, at least one.
    pub fn new(host: Host, workers: usize) -> Self {
        Self::with(host, Workers::Exactly(workers))
    }

    /// A machine with a worker for each core that the system gives this process.
    pub fn on_cores(host: Host) -> Self {
        Self::with(host, Workers::Cores)
    }

    fn with(host: Host, workers: Workers) -> Self {
        Self { host, pool: Pool::new(workers), links: Links::default() }
    }

    /// Starts a run. `done` is called once, on a worker, when it has ended.
    pub fn start(&self, request: RunRequest, done: Box<dyn FnOnce(RunResult) + Send>) -> RunHandle {
        self.start_observed(request, None, done)
    }

    /// The same where this run has an observer of its own besides that of the host.
    pub fn start_observed(
        &self,
        request: RunRequest,
        observer: Option<Observer>,
        done: Box<dyn FnOnce(RunResult) + Send>,
    ) -> RunHandle {
        let (run, root) = self.prepare(request, observer, done);
        self.pool.start(&run, root);
        RunHandle { run }
    }

    /// Runs a workflow to its end; blocks. What comes before its first fork or wait runs on the
    /// calling thread.
    pub fn run(&self, request: RunRequest) -> RunResult {
        self.run_observed(request, None)
    }

    /// The same where this run has an observer of its own besides that of the host.
    pub fn run_observed(&self, request: RunRequest, observer: Option<Observer>) -> RunResult {
        let (send, receive) = mpsc::sync_channel(1);
        let done = Box::new(move |result| drop(send.send(result)));
        let (run, root) = self.prepare(request, observer, done);
        self.pool.start_here(&run, root);
        receive.recv().unwrap_or_else(|_| lost(&run))
    }

    /// Calls a closure of a program, as [`call_closure`](crate::call_closure) does: one that is run
    /// on this machine as well is bound to the host once.
    ///
    /// # Errors
    /// The call fails.
    pub fn call_closure(
        &self,
        program: &Arc<Program>,
        function: u16,
        args: Vec<Value>,
        limits: &Limits,
    ) -> Result<Value, Failure> {
        call_linked(&self.links.get(program, &self.host), function, args, limits)
    }

    /// Makes a run that the pool waits for.
    fn prepare(
        &self,
        request: RunRequest,
        observer: Option<Observer>,
        done: Box<dyn FnOnce(RunResult) + Send>,
    ) -> (Arc<Run>, Box<Strand>) {
        let on_end = OnDrop(Some(self.pool.on_end()));
        let done: Done = Box::new(move |result| {
            // Also where `done` panics: the pool waits for the ends of its runs.
            let _on_end = on_end;
            done(result);
        });
        let linked = self.links.get(&request.program, &self.host);
        let host = observed(&self.host, observer);
        prepare(&host, linked, self.pool.wake(), request, done)
    }
}

/// Calls a function when it is dropped.
struct OnDrop<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        if let Some(call) = self.0.take() {
            call();
        }
    }
}

/// Runs workflows on the calling thread, in an order that a seed gives: for tests and debugging.
pub struct SerialMachine {
    host: Host,
    seed: u64,
    links: Links,
}

impl SerialMachine {
    /// A machine for this seed.
    pub fn new(host: Host, seed: u64) -> Self {
        Self { host, seed, links: Links::default() }
    }

    /// Runs a workflow to its end.
    pub fn run(&self, request: RunRequest) -> RunResult {
        self.run_observed(request, None, |_| {})
    }

    /// Calls a closure of a program, as [`Machine::call_closure`] does.
    ///
    /// # Errors
    /// The call fails.
    pub fn call_closure(
        &self,
        program: &Arc<Program>,
        function: u16,
        args: Vec<Value>,
        limits: &Limits,
    ) -> Result<Value, Failure> {
        call_linked(&self.links.get(program, &self.host), function, args, limits)
    }

    /// The same where this run has an observer of its own besides that of the host; `started` gets the
    /// handle before anything has run.
    pub fn run_observed(
        &self,
        request: RunRequest,
        observer: Option<Observer>,
        started: impl FnOnce(RunHandle),
    ) -> RunResult {
        let (send, receive) = mpsc::sync_channel(1);
        let done: Done = Box::new(move |result| drop(send.send(result)));
        let ended = Arc::new(Ended::default());
        let wake = Arc::clone(&ended) as Arc<dyn Wake>;
        let linked = self.links.get(&request.program, &self.host);
        let host = observed(&self.host, observer);
        let (run, root) = prepare(&host, linked, wake, request, done);
        started(RunHandle { run: Arc::clone(&run) });
        run_serially(root, &ended, self.seed);
        receive.try_recv().unwrap_or_else(|_| lost(&run))
    }
}

/// The result of a run whose end nobody told, which is a mistake of the machine.
pub(super) fn lost(run: &Run) -> RunResult {
    let failure = Failure::new(FailureKind::Internal, "Internal", "the machine lost the run");
    let (id, store, started_at) = (run.id, Arc::clone(&run.store), run.started_at);
    RunResult { id, outcome: Err(failure), store, started_at, finished_at: started_at }
}

/// The programs that are bound to the host already, the one used last at the end.
struct Links(Mutex<Vec<Arc<Linked>>>);

impl Default for Links {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

impl Links {
    fn get(&self, program: &Arc<Program>, host: &Host) -> Arc<Linked> {
        let mut links = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = links.iter().position(|linked| Arc::ptr_eq(&linked.program, program));
        let linked = match known {
            Some(place) => links.remove(place),
            None => Arc::new(Linked::new(Arc::clone(program), host)),
        };
        links.push(Arc::clone(&linked));
        if links.len() > KEPT_PROGRAMS {
            links.remove(0);
        }
        linked
    }
}

/// A host whose observer is joined by another one.
fn observed(host: &Host, observer: Option<Observer>) -> Host {
    let mut host = host.clone();
    host.observer = match (host.observer, observer) {
        (Some(first), Some(second)) => Some(Arc::new(move |event: &Event| {
            first(event);
            second(event);
        })),
        (first, second) => first.or(second),
    };
    host
}

/// Makes a run and the fiber that it begins with.
fn prepare(
    host: &Host,
    linked: Arc<Linked>,
    wake: Arc<dyn Wake>,
    request: RunRequest,
    done: Done,
) -> (Arc<Run>, Box<Strand>) {
    let RunRequest { program, workflow, fired, trigger, config, id, attempt, limits } = request;
    let started_at = host.clock.now();
    let facts = RunFacts { id, started_at, attempt, trigger: fired };
    let store =
        DataStore::new(Arc::clone(&program), workflow, facts, trigger.clone(), config.clone());
    let store = Arc::new(store);
    let parts = |me: &Weak<Run>| RunParts {
        id,
        linked: Arc::clone(&linked),
        limits,
        host: host.clone(),
        config,
        attempt,
        started_at,
        wake,
        store: Arc::clone(&store),
        done,
        me: Weak::clone(me),
    };
    let run = Arc::new_cyclic(|me| Run::new(parts(me)));
    let instance = Instance {
        run: Arc::clone(&run),
        workflow,
        id,
        store,
        trigger,
        base: base_of(id),
        place: base_of(uuid::Uuid::nil()),
        prefix: Vec::new(),
        depth: 0,
        outer: None,
        expired: Arc::default(),
    };
    let home = Home::new(Arc::new(instance), None);
    let mut root = Strand::new(home);
    let info = program.workflows.get(usize::from(workflow));
    run.emit(Vec::new, || EventKind::RunStarted {
        workflow: info.map_or("", |info| info.name.as_str()).into(),
    });
    let entered = info.map(|info| root.fiber.enter(&linked, info.function));
    if !matches!(entered, Some(Ok(()))) {
        let message = "the program has no such workflow";
        run.stop(Failure::new(FailureKind::Internal, "Internal", message));
    }
    (run, root)
}

/// Checks that a host has all nodes and library functions of a program.
///
/// # Errors
/// The names of those that it lacks, in the order of the program's tables.
pub fn check_imports(program: &Program, host: &Host) -> Result<(), Vec<String>> {
    let nodes = program.nodes.iter().map(|node| &node.name);
    let nodes = nodes.filter(|name| host.nodes.get(name).is_none());
    let functions = program.natives.iter().map(|native| &native.name);
    let functions = functions.filter(|name| host.functions.get(name).is_none());
    let missing: Vec<String> = nodes.chain(functions).map(ToString::to_string).collect();
    if missing.is_empty() { Ok(()) } else { Err(missing) }
}
