//! How much memory fibers that wait, long loops and stores take: measured by what the process holds,
//! so this is the only test of its process.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail loudly")]
#![expect(clippy::disallowed_methods, reason = "tests wait for real")]
#![expect(clippy::print_stdout, reason = "it says what it measured")]

#[path = "machine/asm.rs"]
#[expect(dead_code, reason = "the other tests need more of it")]
mod asm;
#[path = "machine/host.rs"]
#[expect(dead_code, reason = "the other tests need more of it")]
mod host;

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use uuid::Uuid;
use wf_bytecode::{Fork, ForkKind, FunctionKind, Op, Region, StepKind};
use wf_vm::{Machine, RunRequest, Value};

use asm::{Asm, S, V, arguments, call, code, region};
use host::{eventually, host, start};

/// The bytes that the process holds.
fn held() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = text.split_whitespace().nth(1).unwrap().parse().unwrap();
    pages * 4_096
}

fn more_than(before: usize) -> usize {
    held().saturating_sub(before)
}

#[test]
fn memory() {
    // First, while no memory was given back that could be used again.
    a_large_store();
    waiting_fibers(50_000);
    waiting_runs(20_000);
    a_long_loop(if cfg!(debug_assertions) { 1_000_000 } else { 10_000_000 });
}

/// Iterations that wait take less than 4 KiB each, with the node's own handle.
fn waiting_fibers(count: i32) {
    let (host, log) = host();
    log.values.lock().unwrap().reserve(count as usize);
    let machine = Machine::new(host, 2);
    let mut asm = Asm::new();
    let looped = asm.named("l", StepKind::For);
    let step = asm.step("s", "hang", false);
    let body = code([call(step, V(0), None, V(1), V(4)), vec![Op::EndRegion]]);
    let function = asm.function(FunctionKind::Region, body);
    let region = Region { index: None, yields: None, ..region(function) };
    let kind = ForkKind::Loop { items: V(0), limit: None, region };
    asm.program.forks.push(Fork { step: looped, kind, merges: Vec::new(), yields: None });
    let range = [(S(0), 0), (S(1), count)].map(|(dst, value)| Op::ConstInt { dst, value });
    let body = vec![
        Op::Range { inclusive: false, dst: V(0), start: S(0), end: S(1) },
        Op::Fork { fork: 0 },
        Op::Return { src: V(1) },
    ];
    asm.workflow(code([range.to_vec(), body]), &[]);
    let mut request = asm.request(Value::Null);
    request.limits.in_flight = count as usize;
    let before = held();
    let (handle, receive) = start(&machine, request);
    eventually(|| log.calls.load(Ordering::SeqCst) == count as usize, "all wait");
    let each = more_than(before) / count as usize;
    assert!(each < 4_096, "a waiting iteration takes {each} bytes");
    println!("a waiting iteration takes {each} bytes");
    handle.cancel();
    receive.recv_timeout(Duration::from_secs(120)).unwrap().outcome.unwrap_err();
}

/// A hundred thousand runs that wait fit into a gibibyte.
fn waiting_runs(count: usize) {
    let (host, log) = host();
    let machine = Machine::new(host, 2);
    let mut asm = Asm::new();
    let step = asm.step("s", "hang", false);
    let end = vec![Op::Return { src: V(1) }];
    asm.workflow(code([arguments(V(0)), call(step, V(0), None, V(1), V(4)), end]), &[]);
    let request = asm.request(Value::Null);
    let before = held();
    let runs: Vec<_> = (0..count as u128)
        .map(|id| start(&machine, RunRequest { id: Uuid::from_u128(id), ..request.clone() }))
        .collect();
    eventually(|| log.calls.load(Ordering::SeqCst) == count, "all wait");
    let each = more_than(before) / count;
    assert!(each < (1 << 30) / 100_000, "a waiting run takes {each} bytes");
    println!("a waiting run takes {each} bytes");
    for (handle, _) in &runs {
        handle.cancel();
    }
    for (_, receive) in runs {
        receive.recv_timeout(Duration::from_secs(120)).unwrap().outcome.unwrap_err();
    }
}

/// A loop takes no more memory the longer it goes on, also where its rounds run steps.
fn a_long_loop(rounds: i32) {
    let mut asm = Asm::new();
    let looped = asm.named("l", StepKind::For);
    let begin = vec![
        Op::ConstInt { dst: S(0), value: 0 },
        Op::ConstInt { dst: S(1), value: rounds },
        Op::LoopIndex { depth: 0, step: looped, index: S(0) },
        Op::BoxInt { dst: V(0), src: S(0) },
        Op::MakeList { dst: V(2), first: V(0), count: 1 },
        Op::AddIntImm { dst: S(0), a: S(0), imm: 1 },
        Op::LtInt { dst: S(2), a: S(0), b: S(1) },
        Op::JumpIf { cond: S(2), to: 2 },
        Op::LoopEnd { depth: 0 },
        Op::BoxInt { dst: V(3), src: S(0) },
        Op::Return { src: V(3) },
    ];
    asm.workflow(begin, &[]);
    let mut request = asm.request(Value::Null);
    request.limits.instructions = u64::MAX / 2;
    let machine = Machine::new(host().0, 1);
    let before = held();
    let result = machine.run(request);
    assert_eq!(result.outcome.unwrap().as_int(), Some(i64::from(rounds)));
    let more = more_than(before);
    assert!(more < 4 << 20, "a loop of {rounds} rounds takes {more} bytes");
}

/// What a plain Rust program would hold of a step and of a row.
#[expect(dead_code, reason = "it is held")]
struct PlainStep {
    id: Uuid,
    name: String,
    status: u8,
    output: (i64, bool),
    error: Option<Box<str>>,
    executed_at: i64,
    duration: i64,
    attempts: u32,
}

#[expect(dead_code, reason = "it is held")]
struct PlainRow {
    code: String,
    message: String,
    step: Option<String>,
    attempts: i64,
    status_code: Option<i64>,
    details: Option<String>,
}

/// The store of a thousand steps and a list of a hundred thousand records takes at most twice what
/// plain structs take.
fn a_large_store() {
    const STEPS: usize = 1_000;
    const ROWS: usize = 100_000;
    let mut asm = Asm::new();
    let mut body = arguments(V(0));
    for number in 0..STEPS {
        let step = asm.step(&format!("step_{number}"), "echo", false);
        body.extend(call(step, if number == 0 { V(0) } else { V(3) }, None, V(1), V(4)));
        body.push(Op::ConstInt { dst: S(0), value: number as i32 });
        body.push(Op::BoxInt { dst: V(3), src: S(0) });
    }
    body.push(Op::Return { src: V(3) });
    asm.workflow(body, &[]);
    let (host, log) = host();
    let machine = Machine::new(host, 1);
    let request = asm.request(Value::Null);
    // The program is bound to the host, and the machine has begun.
    machine.run(request.clone());
    log.values.lock().unwrap().clear();
    let text = |number: usize, what: &str| {
        let mut text = String::new();
        write!(text, "{what} number {number} of all").unwrap();
        text
    };
    let before = held();
    let rows = (0..ROWS).map(|n| {
        let fields = vec![
            Value::string(text(n, "code")),
            Value::string(text(n, "message")),
            Value::Null,
            Value::Int(n as i64),
            Value::Int(200),
            Value::Null,
        ];
        Value::record(wf_bytecode::ShapeIdx(asm::FAILURE), fields)
    });
    let trigger = Value::list(rows.collect());
    let context = wf_bytecode::ShapeIdx(asm::CONTEXT);
    let trigger = Value::record(context, vec![trigger]);
    let result = machine.run(RunRequest { trigger, ..request });
    let ours = more_than(before);
    assert!(result.outcome.is_ok());
    let before = held();
    let steps: Vec<Arc<PlainStep>> = (0..STEPS)
        .map(|n| {
            let (id, name, output) =
                (Uuid::from_u128(n as u128), text(n, "step"), (n as i64, true));
            let (status, error, executed_at, duration, attempts) = (0, None, 0, 0, 1);
            Arc::new(PlainStep { id, name, status, output, error, executed_at, duration, attempts })
        })
        .collect();
    let rows: Vec<PlainRow> = (0..ROWS)
        .map(|n| PlainRow {
            code: text(n, "code"),
            message: text(n, "message"),
            step: None,
            attempts: n as i64,
            status_code: Some(200),
            details: None,
        })
        .collect();
    let plain = more_than(before);
    println!("a store takes {ours} bytes, plain structs take {plain}");
    assert!(ours > plain / 2, "a store of {ours} bytes was not measured");
    assert!(ours < 2 * plain, "a store takes {ours} bytes, plain structs take {plain}");
    drop((steps, rows, result));
}
