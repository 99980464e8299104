//! A host with a time of its own, and nodes that answer, wait, fail, hang and panic.

use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::time::{Duration, Instant};

use wf_bytecode::ShapeIdx;
use wf_vm::{
    Answer, Cancel, Clock, Completion, Event, Host, Machine, NativeFns, Node, NodeCall,
    NodeFailure, Nodes, RunHandle, RunRequest, RunResult, SerialMachine, Started, Timer, Value,
};

use crate::asm::OUTPUT;

/// A time that goes on to the next timer as soon as there is one.
pub(crate) struct Time {
    now: AtomicI64,
    timers: Mutex<BinaryHeap<Ring>>,
    news: Condvar,
}

struct Ring {
    at: std::cmp::Reverse<(i64, u64)>,
    wake: Box<dyn FnOnce() + Send>,
}

impl PartialEq for Ring {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}
impl Eq for Ring {}
impl PartialOrd for Ring {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Ring {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}

impl Time {
    fn start() -> Arc<Self> {
        let (now, timers, news) = (AtomicI64::new(1_000_000), Mutex::default(), Condvar::new());
        let time = Arc::new(Self { now, timers, news });
        let weak = Arc::downgrade(&time);
        std::thread::spawn(move || {
            while let Some(time) = weak.upgrade() {
                let timers = time.timers.lock().unwrap();
                let wait = Duration::from_millis(20);
                let (mut timers, _) =
                    time.news.wait_timeout_while(timers, wait, |t| t.is_empty()).unwrap();
                if let Some(ring) = timers.pop() {
                    drop(timers);
                    time.now.fetch_max(ring.at.0.0, Ordering::SeqCst);
                    (ring.wake)();
                }
            }
        });
        time
    }
}

impl Clock for Time {
    fn now(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }

    fn monotonic(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }
}

impl Timer for Time {
    fn after(&self, micros: i64, wake: Box<dyn FnOnce() + Send>) {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let at = std::cmp::Reverse((self.now() + micros, number));
        self.timers.lock().unwrap().push(Ring { at, wake });
        self.news.notify_all();
    }
}

/// What the nodes of a host did.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) calls: AtomicUsize,
    pub(crate) cancelled: AtomicUsize,
    pub(crate) keys: Mutex<Vec<uuid::Uuid>>,
    pub(crate) places: Mutex<Vec<uuid::Uuid>>,
    pub(crate) values: Mutex<Vec<Value>>,
}

type Behaviour = fn(&Fake, &NodeCall<'_>, Value) -> Started;

/// The nodes, told apart by what they do with a call.
pub(crate) struct Fake {
    what: Behaviour,
    pub(crate) log: Arc<Log>,
    time: Arc<Time>,
    random: AtomicU64,
    held: Mutex<Option<Completion>>,
}

impl Fake {
    /// Completes a call after a time.
    fn later(
        &self,
        call: &NodeCall<'_>,
        micros: i64,
        answer: Result<Answer, NodeFailure>,
    ) -> Started {
        let completion = call.completion();
        self.time.after(micros, Box::new(move || completion.finish(answer)));
        Started::Pending(Box::new(Cancels(Arc::clone(&self.log), None)))
    }

    fn random(&self, below: u64) -> i64 {
        let next = self.random.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
        let mixed = (next ^ (next >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        i64::try_from((mixed >> 33) % below).unwrap()
    }
}

impl Node for Fake {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let Value::Record(input) = call.input else { panic!("the input is no record") };
        let value = input.fields()[0].clone();
        self.log.calls.fetch_add(1, Ordering::SeqCst);
        self.log.keys.lock().unwrap().push(*call.key);
        self.log.places.lock().unwrap().push(call.place());
        self.log.values.lock().unwrap().push(value.clone());
        (self.what)(self, call, value)
    }
}

struct Cancels(Arc<Log>, #[expect(dead_code, reason = "it is held")] Option<Completion>);

impl Cancel for Cancels {
    fn cancel(self: Box<Self>) {
        self.0.cancelled.fetch_add(1, Ordering::SeqCst);
    }
}

pub(crate) fn answer(value: Value) -> Answer {
    Answer::Value(Value::record(ShapeIdx(OUTPUT), vec![value, Value::Bool(true)]))
}

/// Answers at once.
fn echo(_: &Fake, _: &NodeCall<'_>, value: Value) -> Started {
    Started::Ready(Ok(answer(value)))
}

/// Keeps its input, and answers with it.
fn keeps(node: &Fake, call: &NodeCall<'_>, _: Value) -> Started {
    node.log.values.lock().unwrap().push(call.input.clone());
    Started::Ready(Ok(answer(call.input.clone())))
}

/// Answers at once or after some time.
fn sometime(node: &Fake, call: &NodeCall<'_>, value: Value) -> Started {
    match node.random(4) {
        0 => Started::Ready(Ok(answer(value))),
        _ => node.later(call, node.random(50), Ok(answer(value))),
    }
}

/// Answers after as many microseconds as the value says.
fn delay(node: &Fake, call: &NodeCall<'_>, value: Value) -> Started {
    node.later(call, value.as_int().unwrap(), Ok(answer(value)))
}

/// Fails with a transient failure until the attempt that the value says.
fn flaky(node: &Fake, call: &NodeCall<'_>, value: Value) -> Started {
    if i64::from(call.attempt) < value.as_int().unwrap() {
        let failure = NodeFailure {
            transient: true,
            status_code: Some(503),
            ..NodeFailure::new("Http503", "the service is down")
        };
        return node.later(call, 1, Err(failure));
    }
    Started::Ready(Ok(answer(value)))
}

/// Fails, after a time, where the value is negative; answers, after a time, else.
fn picky(node: &Fake, call: &NodeCall<'_>, value: Value) -> Started {
    let number = value.as_int().unwrap();
    let outcome = if number < 0 {
        Err(NodeFailure::new("Picky", format!("{number} is negative")))
    } else {
        Ok(answer(value))
    };
    node.later(call, node.random(50), outcome)
}

/// Fails once another node has been called.
fn patient(node: &Fake, call: &NodeCall<'_>, _: Value) -> Started {
    let (log, completion) = (Arc::clone(&node.log), call.completion());
    std::thread::spawn(move || {
        while log.calls.load(Ordering::SeqCst) < 2 {
            std::thread::sleep(Duration::from_millis(1));
        }
        completion.finish(Err(NodeFailure::new("Patient", "it has waited enough")));
    });
    Started::Pending(Box::new(Cancels(Arc::clone(&node.log), None)))
}

/// Never answers.
fn hang(node: &Fake, call: &NodeCall<'_>, _: Value) -> Started {
    Started::Pending(Box::new(Cancels(Arc::clone(&node.log), Some(call.completion()))))
}

/// Answers with the text that the value is.
fn text(_: &Fake, _: &NodeCall<'_>, value: Value) -> Started {
    Started::Ready(Ok(Answer::Json(value.as_str().unwrap().to_owned())))
}

fn panics(_: &Fake, _: &NodeCall<'_>, _: Value) -> Started {
    panic!("this node always panics")
}

/// Drops its completion.
fn forgets(node: &Fake, call: &NodeCall<'_>, _: Value) -> Started {
    drop(call.completion());
    Started::Pending(Box::new(Cancels(Arc::clone(&node.log), None)))
}

/// Answers the first attempt only when the second one begins, and that one at once.
fn late(node: &Fake, call: &NodeCall<'_>, value: Value) -> Started {
    let first = node.held.lock().unwrap().take();
    let Some(first) = first else {
        *node.held.lock().unwrap() = Some(call.completion());
        return Started::Pending(Box::new(Cancels(Arc::clone(&node.log), None)));
    };
    first.finish(Ok(answer(Value::Int(-1))));
    Started::Ready(Ok(answer(value)))
}

/// Answers with what the lambda that it is given makes of 41, called twice.
fn lambda(_: &Fake, call: &NodeCall<'_>, value: Value) -> Started {
    let Value::Lambda(lambda) = value else { panic!("no lambda") };
    let twice = call
        .call_lambda(&lambda, vec![Value::Int(41)])
        .and_then(|_| call.call_lambda(&lambda, vec![Value::Int(41)]));
    Started::Ready(match twice {
        Ok(value) => Ok(answer(value)),
        Err(failure) => Err(NodeFailure::new(failure.code, failure.message)),
    })
}

/// A host with the nodes above, and what they did.
pub(crate) fn host() -> (Host, Arc<Log>) {
    let (time, log) = (Time::start(), Arc::new(Log::default()));
    let mut nodes = Nodes::new();
    let all: [(&str, Behaviour); 13] = [
        ("echo", echo),
        ("keeps", keeps),
        ("sometime", sometime),
        ("delay", delay),
        ("flaky", flaky),
        ("picky", picky),
        ("hang", hang),
        ("text", text),
        ("panics", panics),
        ("forgets", forgets),
        ("lambda", lambda),
        ("late", late),
        ("patient", patient),
    ];
    for (name, what) in all {
        let (log, time, random) = (Arc::clone(&log), Arc::clone(&time), AtomicU64::new(7));
        let held = Mutex::default();
        nodes.add(name, Arc::new(Fake { what, log, time, random, held }));
    }
    let mut functions = NativeFns::new();
    functions.add("boom", |_, _| panic!("this function always panics"));
    functions.add("pair", |_, args| Ok(Value::list(args.to_vec())));
    let host = Host {
        nodes: Arc::new(nodes),
        functions: Arc::new(functions),
        clock: Arc::clone(&time) as Arc<dyn Clock>,
        timer: time,
        observer: None,
    };
    (host, log)
}

/// A host that writes its events down.
pub(crate) fn observed() -> (Host, mpsc::Receiver<Event>) {
    let (send, events) = mpsc::channel();
    let send = Mutex::new(send);
    let (mut host, _) = host();
    host.observer = Some(Arc::new(move |event: &Event| {
        let _ = send.lock().unwrap().send(event.clone());
    }));
    (host, events)
}

/// Runs on one worker.
pub(crate) fn run(request: RunRequest) -> RunResult {
    Machine::new(host().0, 1).run(request)
}

/// Starts a run; its result is sent when it has ended.
pub(crate) fn start(
    machine: &Machine,
    request: RunRequest,
) -> (RunHandle, mpsc::Receiver<RunResult>) {
    let (send, receive) = mpsc::channel();
    let handle = machine.start(request, Box::new(move |result| drop(send.send(result))));
    (handle, receive)
}

/// Waits until something holds.
pub(crate) fn eventually(what: impl Fn() -> bool, name: &str) {
    let begin = Instant::now();
    while !what() {
        assert!(begin.elapsed() < Duration::from_secs(120), "{name}: it never came true");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// What a run gave, as text: the result and the variables.
pub(crate) fn shown(result: &RunResult) -> String {
    let outcome = match &result.outcome {
        Ok(value) => format!("{value:?}"),
        Err(failure) => {
            let (code, message, place) = (&failure.code, &failure.message, failure.span);
            let (step, loops) = (&failure.step, &failure.loops);
            format!("{code}: {message} in {step:?} at {place:?} of {loops:?}")
        }
    };
    format!("{outcome}; {:?}", result.store.variables())
}

/// Runs on 1, 2 and 8 workers and in the orders of many seeds; all give the same.
pub(crate) fn run_everywhere(request: &RunRequest, seeds: u64) -> String {
    let first = shown(&run(request.clone()));
    for workers in [2, 8] {
        let machine = Machine::new(host().0, workers);
        for _ in 0..10 {
            assert_eq!(shown(&machine.run(request.clone())), first, "{workers} workers");
        }
    }
    let (host, _) = host();
    for seed in 0..seeds {
        let result = SerialMachine::new(host.clone(), seed).run(request.clone());
        assert_eq!(shown(&result), first, "seed {seed}");
    }
    first
}
