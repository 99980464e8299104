//! Runs programs on the real machine, in the same world as the evaluator.

mod store;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use uuid::Uuid;
use wf_stdlib::{EntityStore, HttpMode, Io};
use wf_vm::bytecode::{Program, TriggerKind};
use wf_vm::value::decode::decode_text;
use wf_vm::{
    Answer, Cancel, Clock, Completion, FailureKind, Host, Limits, Machine, Node, NodeCall,
    NodeFailure, RunRequest, RunResult, SerialMachine, Started, Timer, Value,
};

use self::store::Store;
use super::choices::next_random;
use super::world::{Answered, Call, HTTP, NOW, SIGNATURES, SOON, World};

/// What runs the fibers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// So many workers.
    Workers(usize),
    /// The serial scheduler with this seed.
    Serial(u64),
}

/// What a run is given.
#[derive(Clone, Debug)]
pub struct Given {
    /// The trigger context as JSON text.
    pub trigger: String,
    /// Which of the workflow's triggers it is.
    pub fired: u16,
    /// The values of `config` as JSON texts, in the order of the program.
    pub config: Vec<String>,
    /// The rows of the entity `E`.
    pub rows: Vec<String>,
    /// The seed of the world.
    pub world: u64,
}

/// The machines of one thread.
pub struct Machines {
    host: Host,
    seed: Arc<AtomicU64>,
    workers: Vec<(usize, Machine)>,
    store: Arc<Store>,
    _runtime: tokio::runtime::Runtime,
}

impl Machines {
    /// Machines with these numbers of workers.
    ///
    /// # Errors
    /// The nodes of the library can't be made.
    pub fn new(workers: &[usize]) -> Result<Self, String> {
        let seed = Arc::new(AtomicU64::new(0));
        let later = Later::start();
        let store = Arc::new(Store::default());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|e| e.to_string())?;
        let entities = Arc::clone(&store) as Arc<dyn EntityStore>;
        let io = Io::new(runtime.handle().clone(), HttpMode::Live, entities);
        let mut nodes = wf_stdlib::nodes(&io.map_err(|e| e.to_string())?);
        for name in SIGNATURES.iter().map(|(name, _)| *name).chain(HTTP.iter().copied()) {
            let later = Later(mpsc::Sender::clone(&later.0));
            nodes.add(name, Arc::new(Answers { name, seed: Arc::clone(&seed), later }));
        }
        let host = Host {
            nodes: Arc::new(nodes),
            functions: Arc::new(wf_stdlib::functions()),
            clock: Arc::new(NoTime),
            timer: Arc::new(later),
            observer: None,
        };
        let workers = workers.iter().map(|n| (*n, Machine::new(host.clone(), *n))).collect();
        Ok(Self { host, seed, workers, store, _runtime: runtime })
    }

    /// Whether the `where` of the trigger takes what it is given, `None` where it fails; nothing where
    /// it has none.
    ///
    /// # Errors
    /// What is given does not fit.
    pub fn taken(
        &self,
        program: &Arc<Program>,
        workflow: u16,
        given: &Given,
    ) -> Result<Option<Option<bool>>, String> {
        let (trigger, config) = read(program, workflow, given)?;
        let triggers = program.workflows.get(usize::from(workflow)).map(|w| &w.triggers);
        let fired = triggers.and_then(|all| all.get(usize::from(given.fired)));
        let Some(TriggerKind::Entity { filter: Some(filter), .. }) = fired.map(|t| &t.kind) else {
            return Ok(None);
        };
        let Value::Record(context) = trigger.plain() else { return Err("no context".into()) };
        let shape = program.shapes.get(usize::from(context.shape().0)).ok_or("no shape")?;
        let slot = shape.fields.iter().position(|f| f == "entity").ok_or("no entity")?;
        let entity = context.fields().get(slot).cloned().unwrap_or_default();
        let read = filter.config.iter();
        let read = read.map(|index| config.get(usize::from(*index)).cloned().unwrap_or_default());
        let args = std::iter::once(entity).chain(read).collect();
        let functions = &self.host.functions;
        let limits = Limits { instructions: 100_000_000, memory: 1 << 30, ..Limits::default() };
        match wf_vm::call_closure(program, functions, filter.closure, args, &limits) {
            Ok(Value::Bool(taken)) => Ok(Some(Some(taken))),
            Ok(_) => Err("`where` gives no bool".into()),
            Err(failure) if failure.kind == FailureKind::Internal => Err(failure.message),
            Err(_) => Ok(Some(None)),
        }
    }

    /// Runs a workflow.
    ///
    /// # Errors
    /// Why it could not be run: the trigger does not fit, or something panicked.
    pub fn run(
        &self,
        program: &Arc<Program>,
        workflow: u16,
        given: &Given,
        schedule: Schedule,
    ) -> Result<RunResult, String> {
        self.seed.store(given.world, Ordering::SeqCst);
        let (trigger, config) = read(program, workflow, given)?;
        self.store.fill(program, &given.rows, given.world)?;
        let limits = Limits { instructions: 100_000_000, memory: 1 << 30, ..Limits::default() };
        let request = RunRequest {
            program: Arc::clone(program),
            workflow,
            fired: given.fired,
            trigger,
            config,
            id: Uuid::from_u128(u128::from(given.world) + 1),
            attempt: 1,
            limits,
        };
        let run = || match schedule {
            Schedule::Serial(seed) => SerialMachine::new(self.host.clone(), seed).run(request),
            Schedule::Workers(count) => match self.workers.iter().find(|(n, _)| *n == count) {
                Some((_, machine)) => machine.run(request),
                None => Machine::new(self.host.clone(), count).run(request),
            },
        };
        catch_unwind(AssertUnwindSafe(run)).map_err(|_| "PANIC of the machine".to_owned())
    }
}

/// The trigger and the configuration of a run.
fn read(program: &Program, workflow: u16, given: &Given) -> Result<(Value, Vec<Value>), String> {
    let info = program.workflows.get(usize::from(workflow)).ok_or("no such workflow")?;
    let context = info.triggers.get(usize::from(given.fired)).ok_or("no trigger")?.context;
    let trigger = decode_text(&given.trigger, context, program)
        .map_err(|e| format!("the trigger does not fit: {e}\n{}", given.trigger))?;
    let config: Result<Vec<Value>, String> = program
        .config
        .iter()
        .zip(&given.config)
        .map(|(field, text)| {
            decode_text(text, field.ty, program).map_err(|e| format!("config: {e}"))
        })
        .collect();
    Ok((trigger, config?))
}

/// A node of the world.
struct Answers {
    name: &'static str,
    seed: Arc<AtomicU64>,
    later: Later,
}

impl Node for Answers {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let seed = self.seed.load(Ordering::SeqCst);
        let world = World::new(seed);
        let step = call.program.steps.get(usize::from(call.step));
        let input = wf_vm::json_text(call.input, call.program).unwrap_or_default();
        let asked = Call {
            node: self.name,
            workflow: call.run.workflow,
            step: step.map_or("", |step| step.name.as_str()),
            input: &input,
            attempt: i64::from(call.attempt),
            timeout: call.timeout,
        };
        let outcome = match world.answer(&asked) {
            Answered::Json(text) => Ok(Answer::Json(text)),
            Answered::Failure { code, status, transient, details } => {
                let mut failure = NodeFailure::new(code, "told to fail");
                (failure.status_code, failure.transient) = (status, transient);
                failure.details = details;
                Err(failure)
            }
            Answered::Never => {
                // A completion that is dropped is an answer, too.
                return Started::Pending(Box::new(Held { _completion: call.completion() }));
            }
        };
        // Whether an answer comes at once or later must not matter.
        if world.hash(&asked).wrapping_add(seed).is_multiple_of(3) {
            return Started::Ready(outcome);
        }
        self.later.add(Job::Answer(call.completion(), outcome));
        Started::Pending(Box::new(Ignored))
    }
}

struct Ignored;

impl Cancel for Ignored {
    fn cancel(self: Box<Self>) {}
}

/// Keeps a call waiting.
struct Held {
    _completion: Completion,
}

impl Cancel for Held {
    fn cancel(self: Box<Self>) {}
}

enum Job {
    Answer(Completion, Result<Answer, NodeFailure>),
    Wake(Box<dyn FnOnce() + Send>),
}

/// A thread that does what is to be done later, in a random order.
struct Later(mpsc::Sender<Job>);

impl Later {
    fn start() -> Self {
        let (send, receive) = mpsc::channel();
        thread::spawn(move || serve(&receive));
        Self(send)
    }

    fn add(&self, job: Job) {
        // The thread lives as long as somebody can send to it.
        drop(self.0.send(job));
    }
}

fn serve(jobs: &mpsc::Receiver<Job>) {
    let mut state = 7;
    let mut waiting = Vec::new();
    while let Ok(job) = jobs.recv() {
        waiting.push(job);
        if next_random(&mut state).is_multiple_of(4) {
            thread::yield_now();
        }
        waiting.extend(jobs.try_iter());
        while !waiting.is_empty() {
            let at = next_random(&mut state) % waiting.len() as u64;
            match waiting.swap_remove(at as usize) {
                Job::Answer(completion, outcome) => completion.finish(outcome),
                Job::Wake(wake) => wake(),
            }
            if next_random(&mut state).is_multiple_of(2) {
                waiting.extend(jobs.try_iter());
            }
        }
    }
}

impl Timer for Later {
    fn after(&self, micros: i64, wake: Box<dyn FnOnce() + Send>) {
        if micros < SOON {
            self.add(Job::Wake(wake));
        }
    }
}

/// Time stands still.
struct NoTime;

impl Clock for NoTime {
    fn now(&self) -> i64 {
        NOW
    }

    fn monotonic(&self) -> i64 {
        0
    }
}
