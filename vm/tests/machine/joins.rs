//! Forks: the same result on any number of workers and in any order.

use wf_bytecode::{
    Capture, Const, Fork, ForkKind, FunctionKind, Handler, MergeOp, MergeTarget, Op, Reg, Region,
    StepKind,
};
use wf_vm::{FailureKind, RunRequest, Value};

use crate::asm::{
    Asm, OPERATOR, S, V, arguments, call, code, merge, parallel_loop, place_of, region,
};
use crate::host::run_everywhere;

fn ints(items: impl IntoIterator<Item = i64>) -> Value {
    Value::list(items.into_iter().map(Value::Int).collect())
}

#[test]
fn floats_are_added_in_the_order_of_the_items() {
    let items = [0.1, 0.2, 0.3, 1e16, -1e16, 0.7];
    let items: Vec<f64> = items.iter().cycle().take(60).copied().collect();
    let expected = items.iter().fold(0.0, |sum, item| sum + item);
    let list = Value::list(items.into_iter().map(Value::Float).collect());
    for limit in [None, Some(1), Some(3)] {
        let asm = parallel_loop("sometime", MergeOp::AddFloat, Const::Float(0.0), limit);
        let shown = run_everywhere(&asm.request(list.clone()), 200);
        assert!(shown.ends_with(&format!("; [Float({expected:?})]")), "{shown}");
    }
}

#[test]
fn yields_are_in_the_order_of_the_items() {
    let asm = parallel_loop("sometime", MergeOp::Max, Const::Null, Some(8));
    let shown = run_everywhere(&asm.request(ints(0..100)), 50);
    let expected: Vec<String> = (0..100).map(|n| format!("Int({n})")).collect();
    assert!(shown.contains(&expected.join(", ")), "{shown}");
    assert!(shown.ends_with("; [Int(99)]"));
}

#[test]
fn an_overflow_while_merging_is_told_at_the_operator() {
    let asm = parallel_loop("sometime", MergeOp::AddInt, Const::Int(0), None);
    let shown = run_everywhere(&asm.request(ints([1, i64::MAX, -1, -5])), 100);
    assert!(shown.starts_with("Overflow: "), "{shown}");
    assert!(shown.contains(&format!("{:?}", place_of(50, OPERATOR))), "{shown}");
    // The variable is as it was before the statement.
    assert!(shown.ends_with("; [Int(0)]"), "{shown}");
    let asm = parallel_loop("sometime", MergeOp::AddInt, Const::Int(0), None);
    let shown = run_everywhere(&asm.request(ints([i64::MAX, -1, 1])), 20);
    assert!(shown.ends_with(&format!("; [Int({})]", i64::MAX)), "{shown}");
}

#[test]
fn the_first_failure_in_order_is_reported() {
    let mut items: Vec<i64> = (0..40).collect();
    for bad in [5, 6, 7, 20, 39] {
        items[bad] = -i64::try_from(bad).unwrap();
    }
    for limit in [None, Some(4)] {
        let asm = parallel_loop("picky", MergeOp::AddInt, Const::Int(3), limit);
        let shown = run_everywhere(&asm.request(ints(items.iter().copied())), 100);
        assert!(shown.starts_with("Picky: -5 is negative in Some(\"s\")"), "{shown}");
        assert!(shown.contains("index: 5"), "{shown}");
        assert!(shown.ends_with("; [Int(3)]"), "{shown}");
    }
}

#[test]
fn an_empty_loop_gives_nothing() {
    let asm = parallel_loop("echo", MergeOp::AddInt, Const::Int(3), None);
    assert!(run_everywhere(&asm.request(ints([])), 3).ends_with("; [Int(3)]"));
}

#[test]
fn a_large_loop_of_quick_steps() {
    let asm = parallel_loop("echo", MergeOp::AddInt, Const::Int(0), None);
    let shown = run_everywhere(&asm.request(ints(0..20_000)), 1);
    assert!(shown.ends_with("; [Int(199990000)]"));
}

#[test]
fn catch_sees_the_variables_from_before() {
    let mut asm = parallel_loop("picky", MergeOp::AddInt, Const::Int(3), Some(2));
    let main = asm.program.workflows[0].function;
    asm.at(main).code.push(Op::Return { src: V(1) });
    asm.at(main).handlers.push(Handler {
        start: 5,
        end: 6,
        target: 7,
        failure: V(9),
        loop_depth: 0,
        finally: false,
    });
    let shown = run_everywhere(&asm.request(ints([1, 2, -3, 4])), 50);
    assert_eq!(shown, "Int(3); [Int(3)]");
}

/// Two branches in each iteration of a loop: they merge, through the loop, into a variable of the
/// workflow, and publish a step.
fn nested() -> RunRequest {
    let mut asm = Asm::new();
    let empty = asm.constant(Const::EmptyList);
    let looped = asm.named("l", StepKind::For);
    let block = asm.named("p", StepKind::Parallel);
    let steps = ["a", "b"].map(|name| asm.step(name, "sometime", false));
    let branches = steps.map(|step| {
        let one = vec![
            Op::MakeList { dst: V(1), first: V(1), count: 1 },
            Op::Merge { slot: 0, src: V(1) },
            Op::EndRegion,
        ];
        let body = code([call(step, V(0), None, V(1), V(4)), one]);
        let function = asm.function(FunctionKind::Region, body);
        let captures = vec![Capture::Value { from: V(0), to: V(0) }];
        let publishes = vec![(V(2), V(10 + step))];
        Region { index: None, item: None, yields: None, captures, publishes, ..region(function) }
    });
    asm.program.forks.push(Fork {
        step: block,
        kind: ForkKind::Branches(branches.to_vec()),
        merges: vec![merge(MergeOp::Append, MergeTarget::Outer(0))],
        yields: None,
    });
    let output = wf_bytecode::StepField::Output;
    let body = vec![
        Op::Const { dst: V(8), index: empty },
        Op::Fork { fork: 0 },
        Op::StepField { dst: V(1), src: V(10 + steps[1]), field: output },
        Op::Field { dst: V(1), src: V(1), slot: 0 },
        Op::ListPush { list: V(8), value: V(1) },
        Op::EndRegion,
    ];
    let body = asm.function(FunctionKind::Region, body);
    asm.program.forks.push(Fork {
        step: looped,
        kind: ForkKind::Loop { items: V(0), limit: None, region: region(body) },
        merges: vec![merge(MergeOp::Append, MergeTarget::Register(Reg::Value(V(1))))],
        yields: Some(V(2)),
    });
    let main = vec![
        Op::Const { dst: V(1), index: empty },
        Op::Const { dst: V(2), index: empty },
        Op::Fork { fork: 1 },
        Op::Return { src: V(2) },
    ];
    asm.workflow(code([arguments(V(0)), main]), &[Reg::Value(V(1))]);
    asm.request(ints(0..12))
}

#[test]
fn inner_merges_go_on_to_the_outer_fork() {
    let shown = run_everywhere(&nested(), 200);
    let list = |items: Vec<String>| format!("List(ListRef([{}]))", items.join(", "));
    let yields = list((0..12).map(|n| format!("Int({n})")).collect());
    let merged = list((0..24).map(|n| format!("Int({})", n / 2)).collect());
    assert!(shown.contains("Int(0), Int(0), Int(1), Int(1), Int(2)"), "{shown} {yields} {merged}");
    assert!(shown.contains("Int(0), Int(1), Int(2), Int(3)"), "{shown}");
}

#[test]
fn finally_runs_in_cancelled_siblings() {
    // Branch 0 fails once branch 1 has begun; branch 1 hangs in a `try` whose `finally` runs a step.
    let mut asm = Asm::new();
    let block = asm.named("p", StepKind::Parallel);
    let (bad, hangs) = (asm.step("bad", "patient", false), asm.step("hangs", "hang", false));
    let cleanup = asm.step("cleanup", "delay", false);
    let end = vec![Op::EndRegion];
    let first = code([call(bad, V(0), None, V(1), V(4)), end.clone()]);
    let first = asm.function(FunctionKind::Region, first);
    let five = asm.constant(Const::Int(5));
    let again = vec![Op::Fail { src: V(9) }];
    let number = vec![Op::Const { dst: V(0), index: five }];
    let second = code([
        call(hangs, V(0), None, V(1), V(4)),
        end,
        number,
        call(cleanup, V(0), None, V(1), V(4)),
        again,
    ]);
    let second = asm.function(FunctionKind::Region, second);
    let handler =
        Handler { start: 0, end: 6, target: 7, failure: V(9), loop_depth: 0, finally: true };
    // A `catch` around it does not take a cancellation.
    let around =
        Handler { start: 0, end: 14, target: 6, failure: V(10), loop_depth: 0, finally: false };
    asm.at(second).handlers = vec![handler, around];
    let captures = vec![Capture::Value { from: V(0), to: V(0) }];
    let branches = [first, second].map(|function| Region {
        index: None,
        item: None,
        yields: None,
        captures: captures.clone(),
        ..region(function)
    });
    asm.program.forks.push(Fork {
        step: block,
        kind: ForkKind::Branches(branches.to_vec()),
        merges: Vec::new(),
        yields: None,
    });
    let main = vec![Op::Fork { fork: 0 }, Op::Return { src: V(1) }];
    asm.workflow(code([arguments(V(0)), main]), &[]);
    let request = asm.request(Value::Int(-7));
    let (host, log) = crate::host::host();
    let result = wf_vm::Machine::new(host, 2).run(request.clone());
    assert!(result.outcome.unwrap_err().message.contains("waited enough"));
    // The block ran: its node was called with the five.
    assert!(log.values.lock().unwrap().iter().any(|value| value.as_int() == Some(5)));
    // How far what comes after a failure came depends on time, so the store does not tell.
    assert_eq!(result.store.step(bad).unwrap().status, wf_vm::Status::Failed);
    assert!(result.store.step(hangs).is_none() && result.store.step(cleanup).is_none());
    assert_eq!(log.cancelled.load(std::sync::atomic::Ordering::SeqCst), 1);
    // Waiting for the call that hangs before the other would never end: the orders of the serial
    // scheduler are tried with a call that ends.
    let mut program = (*request.program).clone();
    program.nodes[0].name = "picky".into();
    program.nodes[1].name = "sometime".into();
    let request = RunRequest { program: program.into(), ..request };
    for seed in 0..50 {
        let machine = wf_vm::SerialMachine::new(crate::host::host().0, seed);
        let failed = machine.run(request.clone());
        assert_eq!(failed.outcome.unwrap_err().kind, FailureKind::Node, "seed {seed}");
        let state = |step: u16| failed.store.step(step).map(|step| step.status);
        assert_eq!(state(bad), Some(wf_vm::Status::Failed), "seed {seed}");
        assert!(state(hangs).is_none() && state(cleanup).is_none(), "seed {seed}");
    }
}

/// A loop that is counted: iterations yield their index twice where `node` answers with it, and
/// `skipped` of them, from the first on, only once.
fn counted(node: &str, count: i32, skipped: i16) -> RunRequest {
    let mut asm = Asm::new();
    let empty = asm.constant(Const::EmptyList);
    let looped = asm.named("l", StepKind::For);
    let step = asm.step("s", node, false);
    let begin = vec![Op::BoxInt { dst: V(0), src: S(0) }];
    let end = vec![
        Op::Move { dst: V(7), src: V(1) },
        Op::ListPush { list: V(8), value: V(1) },
        Op::JumpIfLtImm { a: S(0), imm: skipped, to: wf_bytecode::To::new(11) },
        Op::ListPush { list: V(8), value: V(7) },
        Op::EndRegion,
    ];
    let body = code([begin, call(step, V(0), None, V(1), V(4)), end]);
    assert!(matches!(body[11], Op::EndRegion));
    let body = asm.function(FunctionKind::Region, body);
    let region = Region { item: None, ..region(body) };
    let kind = ForkKind::Count { count: S(0), limit: None, region };
    asm.program.forks.push(Fork { step: looped, kind, merges: Vec::new(), yields: Some(V(2)) });
    let main = vec![
        Op::Const { dst: V(2), index: empty },
        Op::ConstInt { dst: S(0), value: count },
        Op::Fork { fork: 0 },
        Op::Return { src: V(2) },
    ];
    asm.workflow(main, &[]);
    asm.request(Value::Null)
}

#[test]
fn a_counted_loop_yields_in_order_whatever_waits() {
    let expected: Vec<String> =
        (0..300).flat_map(|n| vec![format!("Int({n})"); if n < 20 { 1 } else { 2 }]).collect();
    let expected = format!("List([{}]); []", expected.join(", "));
    for node in ["echo", "sometime", "delay"] {
        assert_eq!(run_everywhere(&counted(node, 300, 20), 30), expected, "{node}");
    }
    for none in [0, -1, i32::MIN] {
        assert_eq!(run_everywhere(&counted("echo", none, 0), 3), "List([]); []");
    }
}

#[test]
fn yields_up_to_the_limit_of_a_list_fit_and_no_more() {
    for (limit, fits) in [(59, false), (60, true), (61, true)] {
        for node in ["echo", "sometime"] {
            let mut request = counted(node, 40, 20);
            request.limits.collection = limit;
            let shown = run_everywhere(&request, 20);
            assert_eq!(shown.starts_with("List("), fits, "{limit}: {shown}");
            assert!(fits || shown.starts_with("TooLarge: "), "{shown}");
        }
    }
}
