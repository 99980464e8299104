//! The time of a run: a timer is begun only by runs that wait or take long, and the limit holds for all.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use wf_bytecode::Op;
use wf_vm::{Clock, FailureKind, Host, Machine, RunRequest, SerialMachine, Timer, Value};

use crate::asm::{Asm, V, call};
use crate::host::host;

/// A clock that goes on by some microseconds whenever it is looked at, and timers that never ring by
/// themselves.
struct Stepping {
    now: AtomicI64,
    step: i64,
    timers: AtomicUsize,
}

impl Clock for Stepping {
    fn now(&self) -> i64 {
        self.monotonic()
    }

    fn monotonic(&self) -> i64 {
        self.now.fetch_add(self.step, Ordering::SeqCst)
    }
}

impl Timer for Stepping {
    fn after(&self, micros: i64, wake: Box<dyn FnOnce() + Send>) {
        self.timers.fetch_add(1, Ordering::SeqCst);
        // The time passes while the run goes on.
        std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_micros(micros.unsigned_abs()));
            wake();
        });
    }
}

fn stepping(step: i64) -> (Host, Arc<Stepping>) {
    let time = Stepping { now: AtomicI64::new(0), step, timers: AtomicUsize::new(0) };
    let (time, (host, _)) = (Arc::new(time), host());
    let clock = Arc::clone(&time) as Arc<dyn Clock>;
    let timer = Arc::clone(&time) as Arc<dyn Timer>;
    (Host { clock, timer, ..host }, time)
}

/// A workflow that runs a node some times, one after another.
fn steps(node: &str, count: usize, limit: i64) -> RunRequest {
    let mut asm = Asm::new();
    let step = asm.step("s", node, false);
    let calls = (0..count).flat_map(|_| call(step, V(0), None, V(1), V(4)));
    asm.workflow(calls.chain([Op::Return { src: V(0) }]).collect(), &[]);
    let mut request = asm.request(Value::Null);
    request.limits.run_time = Some(limit);
    request
}

/// A workflow that never ends.
fn endless(limit: i64) -> RunRequest {
    let mut asm = Asm::new();
    asm.workflow(vec![Op::Jump { to: 0 }], &[]);
    let mut request = asm.request(Value::Null);
    request.limits.instructions = u64::MAX;
    request.limits.run_time = Some(limit);
    request
}

fn ends_in_time(host: &Host, request: &RunRequest) {
    let runs = [
        Machine::new(host.clone(), 1).run(request.clone()),
        SerialMachine::new(host.clone(), 1).run(request.clone()),
    ];
    for result in runs {
        let failure = result.outcome.unwrap_err();
        assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Limit, "RunTime"));
    }
}

#[test]
fn a_run_of_a_moment_begins_no_timer() {
    let (host, time) = stepping(1);
    let result = Machine::new(host.clone(), 1).run(steps("echo", 50, 60_000_000));
    assert!(result.outcome.is_ok(), "{:?}", result.outcome);
    assert_eq!(time.timers.load(Ordering::SeqCst), 0);
    // One that takes a little longer does, by its steps alone.
    let (host, time) = stepping(100);
    let result = Machine::new(host, 1).run(steps("echo", 50, 60_000_000));
    assert!(result.outcome.is_ok(), "{:?}", result.outcome);
    assert_eq!(time.timers.load(Ordering::SeqCst), 1);
}

#[test]
fn a_run_that_waits_for_ever_ends_at_its_limit() {
    let (host, time) = stepping(1);
    ends_in_time(&host, &steps("hang", 1, 30_000));
    assert_eq!(time.timers.load(Ordering::SeqCst), 2);
}

#[test]
fn a_run_that_computes_for_ever_ends_at_its_limit() {
    let (host, time) = stepping(10);
    ends_in_time(&host, &endless(30_000));
    assert_eq!(time.timers.load(Ordering::SeqCst), 2);
}

#[test]
fn a_run_whose_steps_take_long_ends_at_its_limit_before_the_next_one() {
    // Each look at the clock takes a second, so that no timer is needed to see that it is too late.
    let (host, time) = stepping(1_000_000);
    ends_in_time(&host, &steps("echo", 50, 10_000_000));
    assert!(time.timers.load(Ordering::SeqCst) <= 2);
}

#[test]
fn a_run_that_ends_too_late_has_failed() {
    // A single step, which takes longer than the run may.
    let (host, _) = stepping(1_000_000);
    ends_in_time(&host, &steps("echo", 1, 500_000));
    // Just within its limit it ends well.
    let result = Machine::new(host, 1).run(steps("echo", 1, 60_000_000));
    assert!(result.outcome.is_ok(), "{:?}", result.outcome);
}

#[test]
fn a_run_without_a_limit_begins_no_timer() {
    let (host, time) = stepping(1_000_000);
    let mut request = steps("echo", 50, 0);
    request.limits.run_time = None;
    let result = Machine::new(host, 1).run(request);
    assert!(result.outcome.is_ok(), "{:?}", result.outcome);
    assert_eq!(time.timers.load(Ordering::SeqCst), 0);
}
