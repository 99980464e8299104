//! Runs as a whole: cancellation, limits of time, many waiting fibers, the end of a machine.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use wf_bytecode::{Const, Fork, ForkKind, FunctionKind, Handler, Op, Reg, Region, StepKind};
use wf_vm::{EventKind, FailureKind, Machine, RunRequest, Value, check_imports};

use crate::asm::{Asm, S, V, arguments, call, code, region};
use crate::host::{eventually, host, start};

/// A parallel loop over `count` items whose iterations run `node` on their index.
fn many(node: &str, count: i32) -> RunRequest {
    let mut asm = Asm::new();
    let looped = asm.named("l", StepKind::For);
    let step = asm.step("s", node, false);
    let body = code([call(step, V(0), None, V(1), V(4)), vec![Op::EndRegion]]);
    let function = asm.function(FunctionKind::Region, body);
    let region = Region { index: None, yields: None, ..region(function) };
    asm.program.forks.push(Fork {
        step: looped,
        kind: ForkKind::Loop { items: V(0), limit: None, region },
        merges: Vec::new(),
        yields: None,
    });
    let body = vec![
        Op::ConstInt { dst: S(0), value: 0 },
        Op::ConstInt { dst: S(1), value: count },
        Op::Range { inclusive: false, dst: V(0), start: S(0), end: S(1) },
        Op::Fork { fork: 0 },
        Op::Return { src: V(1) },
    ];
    asm.workflow(body, &[]);
    let mut request = asm.request(Value::Null);
    request.limits.in_flight = 100_000;
    request
}

#[test]
fn ten_thousand_waiting_fibers_on_two_workers() {
    let (host, log) = host();
    let machine = Machine::new(host, 2);
    let (handle, end) = start(&machine, many("hang", 10_000));
    eventually(|| log.calls.load(Ordering::SeqCst) == 10_000, "all wait");
    handle.cancel();
    let failure = end.recv_timeout(Duration::from_secs(20)).unwrap().outcome.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Cancelled);
    assert_eq!(log.cancelled.load(Ordering::SeqCst), 10_000);
    // The machine works on.
    let result = machine.run(many("delay", 10_000));
    assert!(result.outcome.is_ok(), "{:?}", result.outcome);
}

#[test]
fn a_cancelled_run_leaves_nothing_behind() {
    let (host, log) = host();
    let request = many("hang", 50);
    let program = Arc::downgrade(&request.program);
    let machine = Machine::new(host, 2);
    let (handle, end) = start(&machine, request);
    eventually(|| log.calls.load(Ordering::SeqCst) == 50, "all wait");
    handle.cancel();
    drop((handle, end.recv_timeout(Duration::from_secs(20)).unwrap()));
    drop(machine);
    assert_eq!(log.cancelled.load(Ordering::SeqCst), 50);
    eventually(|| program.strong_count() == 0, "no fiber is left");
}

#[test]
fn dropping_a_machine_gives_up_its_runs() {
    let (host, log) = host();
    let request = many("hang", 50);
    let program = Arc::downgrade(&request.program);
    let machine = Machine::new(host, 2);
    let (handle, end) = start(&machine, request);
    eventually(|| log.calls.load(Ordering::SeqCst) == 50, "all wait");
    drop(machine);
    let failure = end.try_recv().unwrap().outcome.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Cancelled);
    drop(handle);
    eventually(|| program.strong_count() == 0, "no fiber is left");
}

#[test]
fn the_time_of_a_run_is_limited() {
    let (host, _) = host();
    let mut request = many("hang", 3);
    request.limits.run_time = Some(1_000_000);
    let result = Machine::new(host, 1).run(request);
    let failure = result.outcome.unwrap_err();
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Limit, "RunTime"));
}

#[test]
fn a_limit_in_one_branch_ends_all_and_finally_runs() {
    // The body never ends; its `finally` sets a variable.
    let mut asm = Asm::new();
    let done = asm.constant(Const::Bool(true));
    let body = vec![
        Op::Jump { to: 0 },
        Op::Const { dst: V(0), index: done },
        Op::Fail { src: V(1) },
        Op::Return { src: V(1) },
    ];
    let main = asm.workflow(body, &[Reg::Value(V(0))]);
    asm.at(main).handlers = vec![
        Handler { start: 0, end: 1, target: 1, failure: V(1), loop_depth: 0, finally: true },
        Handler { start: 0, end: 3, target: 3, failure: V(1), loop_depth: 0, finally: false },
    ];
    let mut request = asm.request(Value::Null);
    request.limits.instructions = 50_000;
    let result = crate::host::run(request.clone());
    let failure = result.outcome.unwrap_err();
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Limit, "Instructions"));
    assert_eq!(result.store.variables()[0].as_bool(), Some(true));
    // A `finally` that never ends has a limit of its own.
    let mut program = (*request.program).clone();
    program.functions[0].code[2] = Op::Jump { to: 1 };
    let result = crate::host::run(RunRequest { program: program.into(), ..request });
    assert_eq!(result.outcome.unwrap_err().kind, FailureKind::Limit);
}

#[test]
fn a_run_can_be_cancelled_while_it_computes() {
    let mut asm = Asm::new();
    asm.workflow(vec![Op::Jump { to: 0 }], &[]);
    let mut request = asm.request(Value::Null);
    request.limits.instructions = u64::MAX;
    let machine = Machine::new(host().0, 1);
    let (handle, end) = start(&machine, request);
    std::thread::sleep(Duration::from_millis(5));
    handle.cancel();
    let failure = end.recv_timeout(Duration::from_secs(20)).unwrap().outcome.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Cancelled);
}

#[test]
fn runs_share_the_workers() {
    let machine = Machine::new(host().0, 2);
    let runs: Vec<_> = (0..50).map(|_| start(&machine, many("sometime", 40)).1).collect();
    for end in runs {
        assert!(end.recv_timeout(Duration::from_secs(20)).unwrap().outcome.is_ok());
    }
}

/// A run that computes for ever beside a hundred others, on one worker: each of these has its turn
/// after a few slices of the first, and that goes on, too.
#[test]
fn a_run_that_spins_keeps_no_other_from_its_turn() {
    const OTHERS: u128 = 100;
    let (mut host, _) = host();
    let (open, gate) = mpsc::channel::<()>();
    let (gate, turns) = (Mutex::new(gate), Arc::new(Mutex::new(Vec::new())));
    let noted = Arc::clone(&turns);
    host.observer = Some(Arc::new(move |event| match event.kind {
        // The first run holds the worker until all others have been handed in.
        EventKind::StepStarted { .. } if event.run.is_nil() => {
            let _ = gate.lock().unwrap().recv();
        }
        EventKind::Worked { .. } => noted.lock().unwrap().push(event.run.as_u128()),
        _ => {}
    }));
    let machine = Machine::new(host, 1);
    let mut asm = Asm::new();
    let step = asm.step("s", "echo", false);
    let end = vec![Op::Return { src: V(1) }];
    asm.workflow(code([arguments(V(0)), call(step, V(0), None, V(1), V(4)), end]), &[]);
    let stepping = asm.request(Value::Int(1));
    let mut asm = Asm::new();
    asm.workflow(vec![Op::Jump { to: 0 }], &[]);
    let mut spinning = asm.request(Value::Null);
    spinning.limits.instructions = u64::MAX;
    let request = |id| RunRequest { id: uuid::Uuid::from_u128(id), ..stepping.clone() };
    let (_, first) = start(&machine, request(0));
    spinning.id = uuid::Uuid::from_u128(1);
    let (spinner, spun) = start(&machine, spinning);
    let ends: Vec<_> = (2..OTHERS + 2).map(|id| start(&machine, request(id)).1).collect();
    open.send(()).unwrap();
    for end in ends.into_iter().chain([first]) {
        assert!(end.recv_timeout(Duration::from_secs(60)).unwrap().outcome.is_ok());
    }
    spinner.cancel();
    spun.recv_timeout(Duration::from_secs(60)).unwrap().outcome.unwrap_err();
    let turns = turns.lock().unwrap();
    let last = turns.iter().rposition(|run| *run > 1).unwrap();
    let slices = turns[..last].iter().filter(|run| **run == 1).count();
    assert!((2..=2 * OTHERS as usize).contains(&slices), "{slices} slices beside {OTHERS} runs");
}

/// A value that is nested a million times is dropped with its run, and does not break the machine
/// on its way.
#[test]
fn a_value_a_million_deep_ends_with_its_run() {
    let mut asm = Asm::new();
    let body = vec![
        Op::ConstInt { dst: S(0), value: 0 },
        Op::ConstInt { dst: S(1), value: 1_000_000 },
        Op::MakeList { dst: V(0), first: V(0), count: 1 },
        Op::NextInt { counter: S(0), end: S(1), to: wf_bytecode::To::new(2) },
        Op::Return { src: V(1) },
    ];
    asm.workflow(body, &[Reg::Value(V(0))]);
    let result = Machine::new(host().0, 1).run(asm.request(Value::Null));
    assert!(result.outcome.is_ok(), "{:?}", result.outcome);
    assert!(
        matches!(&result.store.variables()[0], Value::List(list) if list.as_slice().len() == 1)
    );
}

#[test]
fn imports_that_the_host_lacks_are_named() {
    let mut asm = Asm::new();
    asm.node("echo");
    asm.node("nowhere");
    let missing = check_imports(&asm.program, &host().0).unwrap_err();
    assert_eq!(missing, ["nowhere"]);
    let step = asm.step("s", "nowhere", false);
    asm.workflow(code([arguments(V(0)), call(step, V(0), None, V(1), V(4))]), &[]);
    let failure = crate::host::run(asm.request(Value::Null)).outcome.unwrap_err();
    assert!(failure.message.contains("`nowhere`"));
}

#[test]
fn a_library_function_that_panics_ends_its_run_only() {
    let calls = |name: &str| {
        let mut asm = Asm::new();
        asm.program.natives.push(wf_bytecode::NativeImport { name: name.into(), arity: 2 });
        let body = vec![
            Op::CallNative { native: 0, dst: V(0), first: V(2) },
            Op::ListLen { dst: S(0), list: V(0) },
            Op::BoxInt { dst: V(0), src: S(0) },
            Op::Return { src: V(0) },
        ];
        asm.workflow(body, &[]);
        asm.request(Value::Null)
    };
    let machine = Machine::new(host().0, 1);
    let failure = machine.run(calls("boom")).outcome.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Internal);
    assert_eq!(machine.run(calls("pair")).outcome.unwrap().as_int(), Some(2));
    let failure = machine.run(calls("nowhere")).outcome.unwrap_err();
    assert!(failure.message.contains("`nowhere`"), "{}", failure.message);
}

#[test]
fn steps_in_finally_have_little_time_when_the_run_has_ended() {
    // The body hangs, and so does each step of its `finally`.
    let mut asm = Asm::new();
    let (body, cleanup) = (asm.step("body", "hang", false), asm.step("cleanup", "hang", true));
    let again = vec![Op::Jump { to: 6 }];
    let main = code([
        call(body, V(0), None, V(1), V(4)),
        call(cleanup, V(0), None, V(1), V(4))[..4].to_vec(),
        again,
    ]);
    let main = asm.workflow(main, &[]);
    asm.at(main).handlers =
        vec![Handler { start: 0, end: 6, target: 6, failure: V(9), loop_depth: 0, finally: true }];
    let mut request = asm.request(Value::Null);
    request.limits.grace_time = 500_000;
    let (host, log) = host();
    let machine = Machine::new(host, 1);
    let (handle, end) = start(&machine, request);
    eventually(|| log.calls.load(Ordering::SeqCst) == 1, "all wait");
    handle.cancel();
    let result = end.recv_timeout(Duration::from_secs(20)).unwrap();
    assert_eq!(result.outcome.unwrap_err().kind, FailureKind::Cancelled);
    assert_eq!(result.store.step(1).unwrap().duration, 500_000);
    assert_eq!(log.calls.load(Ordering::SeqCst), 2);
}

#[test]
fn waiting_fibers_count_as_memory() {
    let (host, _) = host();
    let mut request = many("hang", 100_000);
    request.limits.memory = 10_000_000;
    let failure = Machine::new(host, 2).run(request).outcome.unwrap_err();
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Limit, "Memory"));
}

#[test]
fn who_waits_for_a_run_begins_it_and_leaves_forks_to_the_workers() {
    let (mut host, _) = host();
    let threads = Arc::new(Mutex::new(HashSet::new()));
    let seen = Arc::clone(&threads);
    host.observer = Some(Arc::new(move |_| {
        seen.lock().unwrap().insert(std::thread::current().id());
    }));
    let machine = Machine::new(host, 2);
    let mut asm = Asm::new();
    asm.workflow(vec![Op::Return { src: V(0) }], &[]);
    assert!(machine.run(asm.request(Value::Null)).outcome.is_ok());
    assert_eq!(*threads.lock().unwrap(), HashSet::from([std::thread::current().id()]));
    assert!(machine.run(many("delay", 4)).outcome.is_ok());
    assert!(threads.lock().unwrap().len() > 1, "{threads:?}");
}
