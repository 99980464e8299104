//! What is left when runs have ended, failed, were cancelled or dropped: no call, no fiber, no value.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use uuid::Uuid;
use wf_bytecode::{Fork, ForkKind, FunctionKind, Op, Region, StepKind};
use wf_vm::{FailureKind, Machine, RunRequest, Value};

use crate::asm::{Asm, V, arguments, call, code, region};
use crate::host::{Log, eventually, host, start};

/// How many iterations hold the value that is counted.
const ITEMS: usize = 60;

/// A value whose owners can be counted: the fibers, calls and stores that hold it.
struct Counted(triomphe::Arc<Uuid>);

impl Counted {
    fn new() -> Self {
        Self(triomphe::Arc::new(Uuid::from_u128(77)))
    }

    fn value(&self) -> Value {
        Value::Uuid(self.0.clone())
    }

    fn owners(&self) -> usize {
        triomphe::Arc::strong_count(&self.0)
    }
}

/// A region that gives nothing.
fn plain(function: u16, item: Option<V>) -> Region {
    Region { index: None, item, yields: None, ..region(function) }
}

/// A branch that runs `first` at once, beside one with a parallel loop over the argument that runs
/// `second` on each item.
fn beside(first: &str, second: &str) -> Asm {
    let mut asm = Asm::new();
    let (block, looped) = (asm.named("p", StepKind::Parallel), asm.named("l", StepKind::For));
    let (one, two) = (asm.step("one", first, false), asm.step("two", second, false));
    let alone = code([call(one, V(0), None, V(1), V(4)), vec![Op::EndRegion]]);
    let alone = asm.function(FunctionKind::Region, alone);
    let each = code([call(two, V(0), None, V(1), V(4)), vec![Op::EndRegion]]);
    let each = asm.function(FunctionKind::Region, each);
    let many = vec![Op::Fork { fork: 1 }, Op::EndRegion];
    let many = asm.function(FunctionKind::Region, code([arguments(V(0)), many]));
    let branches = ForkKind::Branches(vec![plain(alone, None), plain(many, None)]);
    let items = ForkKind::Loop { items: V(0), limit: None, region: plain(each, Some(V(0))) };
    for (step, kind) in [(block, branches), (looped, items)] {
        asm.program.forks.push(Fork { step, kind, merges: Vec::new(), yields: None });
    }
    asm.workflow(vec![Op::Fork { fork: 0 }, Op::Return { src: V(1) }], &[]);
    asm
}

fn request(asm: Asm, counted: &Counted) -> RunRequest {
    asm.request(Value::list((0..ITEMS).map(|_| counted.value()).collect()))
}

/// Only the test itself holds the value, and each call that began was given up.
fn nothing_is_left(counted: &Counted, log: &Log, ended: usize) {
    let begun = log.calls.load(Ordering::SeqCst);
    eventually(|| log.cancelled.load(Ordering::SeqCst) + ended == begun, "no call is left");
    log.values.lock().unwrap().clear();
    eventually(|| counted.owners() == 1, "no fiber is left");
}

#[test]
fn a_cancelled_run_leaves_nothing() {
    for workers in [1, 2, 8] {
        let ((host, log), counted) = (host(), Counted::new());
        let machine = Machine::new(host, workers);
        let (handle, receive) = start(&machine, request(beside("hang", "hang"), &counted));
        eventually(|| log.calls.load(Ordering::SeqCst) == ITEMS + 1, "all wait");
        handle.cancel();
        let result = receive.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(result.outcome.as_ref().unwrap_err().kind, FailureKind::Cancelled);
        drop((handle, result));
        nothing_is_left(&counted, &log, 0);
        // The machine lives on.
        drop(machine);
    }
}

#[test]
fn a_failure_leaves_nothing_of_what_it_cancels() {
    for workers in [1, 2, 8] {
        let ((host, log), counted) = (host(), Counted::new());
        let machine = Machine::new(host, workers);
        let (handle, receive) = start(&machine, request(beside("patient", "hang"), &counted));
        let result = receive.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(result.outcome.as_ref().unwrap_err().code, "Patient");
        drop((handle, result));
        nothing_is_left(&counted, &log, 1);
        drop(machine);
    }
}

#[test]
fn a_machine_that_is_dropped_leaves_nothing() {
    for workers in [1, 2, 8] {
        let ((host, log), counted) = (host(), Counted::new());
        let machine = Machine::new(host, workers);
        let (handle, receive) = start(&machine, request(beside("hang", "hang"), &counted));
        eventually(|| log.calls.load(Ordering::SeqCst) > 3, "some wait");
        drop(machine);
        let result = receive.recv_timeout(Duration::from_secs(20)).unwrap();
        assert!(result.outcome.is_err());
        drop((handle, result));
        nothing_is_left(&counted, &log, 0);
    }
}

#[test]
fn a_run_that_ends_leaves_nothing() {
    for workers in [1, 2, 8] {
        let ((host, log), counted) = (host(), Counted::new());
        let machine = Machine::new(host, workers);
        let result = machine.run(request(beside("echo", "sometime"), &counted));
        assert!(result.outcome.is_ok());
        drop(result);
        log.values.lock().unwrap().clear();
        eventually(|| counted.owners() == 1, "no fiber is left");
        drop(machine);
    }
}

#[test]
fn a_node_that_panics_leaves_nothing_and_spares_other_runs() {
    let ((host, log), counted) = (host(), Counted::new());
    let machine = Arc::new(Machine::new(host, 2));
    let (other, ends) = start(&machine, request(beside("echo", "hang"), &counted));
    eventually(|| log.calls.load(Ordering::SeqCst) == ITEMS + 1, "all wait");
    let result = machine.run(request(beside("panics", "echo"), &counted));
    assert_eq!(result.outcome.as_ref().unwrap_err().code, "Panic");
    assert!(ends.try_recv().is_err(), "the other run goes on");
    other.cancel();
    let ended = ends.recv_timeout(Duration::from_secs(20)).unwrap();
    drop((result, ended, other));
    log.values.lock().unwrap().clear();
    eventually(|| counted.owners() == 1, "no fiber is left");
}
