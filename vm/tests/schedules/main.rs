//! The machine on the threads of `shuttle`, which tries out orders of what they do:
//! `cargo test -p wf-vm --features shuttle --test schedules`.

#[path = "../machine/asm.rs"]
#[expect(dead_code, reason = "the other tests need more of it")]
mod asm;
mod host;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wf_bytecode::{Const, Fork, ForkKind, FunctionKind, MergeOp, MergeTarget, Op, Reg, StepKind};
use wf_vm::{FailureKind, Machine, RunRequest, RunResult, Value};

use shuttle::scheduler::{PctScheduler, RandomScheduler};

use asm::{Asm, V, arguments, call, code, merge, parallel_loop, region};
use host::{Calls, host};

/// How many orders are tried out of each model.
const ORDERS: usize = 600;

/// The bytes of a thread's stack.
const STACK: usize = 256 << 10;

/// Tries out orders: random ones, and such that few switches of threads make a difference.
fn explore(model: impl Fn() + Send + Sync + 'static) {
    let model = Arc::new(model);
    let again = Arc::clone(&model);
    let mut config = shuttle::Config::new();
    // The thread that waits for a run begins it on its own stack, which is small by default.
    config.stack_size = STACK;
    shuttle::Runner::new(RandomScheduler::new(ORDERS), config.clone()).run(move || model());
    shuttle::Runner::new(PctScheduler::new(3, ORDERS), config).run(move || again());
}

/// A parallel loop over the argument whose iterations call `node` on their item, merge its value
/// and yield it.
fn looped(node: &str, limit: Option<i32>) -> Asm {
    parallel_loop(node, MergeOp::AddInt, Const::Int(0), limit)
}

/// A loop in a loop, over the same items; the inner one calls `node` on its item.
fn nested(node: &str) -> Asm {
    let mut asm = Asm::new();
    let (zero, empty) = (asm.constant(Const::Int(0)), asm.constant(Const::EmptyList));
    let (outer, inner) = (asm.named("o", StepKind::For), asm.named("i", StepKind::For));
    let body = asm.iteration(node);
    let between = vec![
        Op::Const { dst: V(2), index: empty },
        Op::Fork { fork: 1 },
        Op::ListPush { list: V(8), value: V(2) },
        Op::EndRegion,
    ];
    let between = code([arguments(V(0)), between]);
    let between = asm.function(FunctionKind::Region, between);
    asm.program.forks.push(Fork {
        step: outer,
        kind: ForkKind::Loop { items: V(0), limit: None, region: region(between) },
        merges: vec![merge(MergeOp::AddInt, MergeTarget::Register(Reg::Value(V(1))))],
        yields: Some(V(2)),
    });
    asm.program.forks.push(Fork {
        step: inner,
        kind: ForkKind::Loop { items: V(0), limit: None, region: region(body) },
        merges: vec![merge(MergeOp::AddInt, MergeTarget::Outer(0))],
        yields: Some(V(2)),
    });
    let main = vec![
        Op::Const { dst: V(1), index: zero },
        Op::Const { dst: V(2), index: empty },
        Op::Fork { fork: 0 },
        Op::Return { src: V(2) },
    ];
    asm.workflow(code([arguments(V(0)), main]), &[Reg::Value(V(1))]);
    asm
}

fn ints(items: &[i64]) -> Value {
    Value::list(items.iter().map(|item| Value::Int(*item)).collect())
}

fn shown(result: &RunResult) -> String {
    match &result.outcome {
        Ok(value) => format!("{value:?}; {:?}", result.store.variables()),
        Err(failure) => format!("{}: {}", failure.code, failure.message),
    }
}

/// Runs on workers and lets all calls end; gives what it gave. Nothing may be left.
fn run(request: &RunRequest, workers: usize) -> String {
    let calls = Arc::new(Calls::default());
    let machine = Machine::new(host(&calls), workers);
    let result = machine.run(request.clone());
    drop(machine);
    assert_eq!(calls.alive(), 0, "calls are left behind");
    shown(&result)
}

fn always(asm: Asm, items: &[i64], workers: usize, expected: &'static str) {
    let request = asm.request(ints(items));
    explore(move || assert_eq!(run(&request, workers), expected));
}

#[test]
fn iterations_that_wait_are_merged_in_order() {
    always(looped("later", None), &[1, 2, 3], 2, "List([Int(1), Int(2), Int(3)]); [Int(6)]");
}

#[test]
fn iterations_that_do_not_wait_are_merged_in_order() {
    let expected = "List([Int(1), Int(2), Int(3), Int(4), Int(5)]); [Int(15)]";
    always(looped("echo", None), &[1, 2, 3, 4, 5], 2, expected);
}

#[test]
fn a_limit_of_one_lets_all_run() {
    always(looped("later", Some(1)), &[1, 2, 3], 2, "List([Int(1), Int(2), Int(3)]); [Int(6)]");
}

#[test]
fn the_first_failure_cancels_what_hangs_behind_it() {
    // 1 answers, -2 fails, 0 never answers, -4 fails as well.
    always(looped("picky", None), &[1, -2, 0, -4], 2, "Picky: -2 is negative");
}

#[test]
fn what_comes_before_a_failure_runs_to_its_end() {
    always(looped("picky", None), &[1, -2, -3], 2, "Picky: -2 is negative");
}

#[test]
fn loops_in_loops_lose_nothing() {
    let expected = "List([List([Int(1), Int(2)]), List([Int(1), Int(2)])]); [Int(6)]";
    always(nested("later"), &[1, 2], 2, expected);
}

#[test]
fn failures_of_loops_in_loops_end_them_all() {
    always(nested("picky"), &[-1, 0], 2, "Picky: -1 is negative");
}

#[test]
fn a_run_that_is_cancelled_ends_once() {
    let request = looped("picky", None).request(ints(&[1, 0, 2]));
    explore(move || {
        let calls = Arc::new(Calls::default());
        let machine = Machine::new(host(&calls), 2);
        let ends = Arc::new(AtomicUsize::new(0));
        let (send, receive) = shuttle::sync::mpsc::channel();
        let counted = Arc::clone(&ends);
        let done = move |result: RunResult| {
            counted.fetch_add(1, Ordering::SeqCst);
            let _ = send.send(result);
        };
        let handle = machine.start(request.clone(), Box::new(done));
        let canceller = shuttle::thread::spawn(move || handle.cancel());
        let result = receive.recv().unwrap();
        canceller.join().unwrap();
        // The second item never answers, so only the cancelling can end the run.
        assert_eq!(result.outcome.unwrap_err().kind, FailureKind::Cancelled);
        drop(machine);
        assert_eq!((ends.load(Ordering::SeqCst), calls.alive()), (1, 0));
    });
}

#[test]
fn a_machine_that_is_dropped_leaves_nothing() {
    let request = looped("picky", None).request(ints(&[1, 0, 2]));
    explore(move || {
        let calls = Arc::new(Calls::default());
        let machine = Machine::new(host(&calls), 2);
        let ends = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&ends);
        let done = move |_: RunResult| {
            counted.fetch_add(1, Ordering::SeqCst);
        };
        machine.start(request.clone(), Box::new(done));
        drop(machine);
        assert_eq!((ends.load(Ordering::SeqCst), calls.alive()), (1, 0));
    });
}
