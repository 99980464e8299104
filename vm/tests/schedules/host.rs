//! A host on the threads of `shuttle`: nodes that answer at once, from another thread, or never.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use wf_bytecode::ShapeIdx;
use wf_vm::{
    Answer, Cancel, Clock, Completion, Host, NativeFns, Node, NodeCall, NodeFailure, Nodes,
    Started, Timer, Value,
};

use crate::asm::OUTPUT;

/// The calls that are under way.
#[derive(Default)]
pub(crate) struct Calls(AtomicUsize);

impl Calls {
    /// How many there are.
    pub(crate) fn alive(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// A call that counts as long as it is held.
struct Held(Arc<Calls>);

impl Held {
    fn new(calls: &Arc<Calls>) -> Self {
        calls.0.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(calls))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Holds a call until it is cancelled or has ended.
struct Handle(#[expect(dead_code, reason = "it is held")] Held, Option<Completion>);

impl Cancel for Handle {
    fn cancel(self: Box<Self>) {
        // The answer of a call that was given up is dropped with it.
        drop(self.1);
    }
}

type Outcome = Result<Answer, NodeFailure>;

struct Fake {
    what: fn(i64) -> (Outcome, bool),
    calls: Arc<Calls>,
    hangs_at_zero: bool,
}

impl Node for Fake {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let Value::Record(input) = call.input else { panic!("the input is no record") };
        let number = input.fields()[0].as_int().unwrap();
        let held = Held::new(&self.calls);
        if number == 0 && self.hangs_at_zero {
            return Started::Pending(Box::new(Handle(held, Some(call.completion()))));
        }
        let (outcome, later) = (self.what)(number);
        if !later {
            return Started::Ready(outcome);
        }
        let completion = call.completion();
        shuttle::thread::spawn(move || completion.finish(outcome));
        Started::Pending(Box::new(Handle(held, None)))
    }
}

fn answer(number: i64) -> Outcome {
    let fields = vec![Value::Int(number), Value::Bool(true)];
    Ok(Answer::Value(Value::record(ShapeIdx(OUTPUT), fields)))
}

fn picky(number: i64) -> (Outcome, bool) {
    if number < 0 {
        let failure = NodeFailure::new("Picky", format!("{number} is negative"));
        return (Err(failure), number % 2 == 0);
    }
    (answer(number), number % 2 == 1)
}

/// A time that stands still but for looking at it.
struct Time(AtomicI64);

impl Clock for Time {
    fn now(&self) -> i64 {
        self.monotonic()
    }

    fn monotonic(&self) -> i64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

struct Timers;

impl Timer for Timers {
    fn after(&self, _: i64, wake: Box<dyn FnOnce() + Send>) {
        shuttle::thread::spawn(wake);
    }
}

/// A host whose nodes count their calls.
pub(crate) fn host(calls: &Arc<Calls>) -> Host {
    let mut nodes = Nodes::new();
    let mut add = |name: &str, hangs_at_zero, what| {
        nodes.add(name, Arc::new(Fake { what, calls: Arc::clone(calls), hangs_at_zero }));
    };
    add("echo", false, |number| (answer(number), false));
    add("later", false, |number| (answer(number), true));
    add("picky", true, picky);
    Host {
        nodes: Arc::new(nodes),
        functions: Arc::new(NativeFns::new()),
        clock: Arc::new(Time(AtomicI64::new(1_000_000))),
        timer: Arc::new(Timers),
        observer: None,
    }
}
