//! `fail`, `try`, `catch` and `finally`, and inputs that fail.

use wf_bytecode::{Const, Handler, Op, Reg, StepField, StepRange};
use wf_vm::{FailureKind, Status, Value};

use crate::asm::{Asm, S, V, arguments, call, code, place_of};
use crate::host::{run, shown};

fn handler(start: u32, end: u32, target: u32, failure: V, finally: bool) -> Handler {
    Handler { start, end, target, failure, loop_depth: 0, finally }
}

/// `fail "inner"` in `try … finally`, which counts in a variable, inside of `try … catch`.
fn nested(asm: &mut Asm) -> u16 {
    let message = asm.constant(Const::String("inner".into()));
    let body = vec![
        Op::ConstInt { dst: S(0), value: 0 },
        Op::Const { dst: V(0), index: message },
        Op::Fail { src: V(0) },
        // finally
        Op::AddIntImm { dst: S(0), a: S(0), imm: 1 },
        Op::Fail { src: V(1) },
        // catch
        Op::Field { dst: V(3), src: V(2), slot: 1 },
        Op::Return { src: V(3) },
    ];
    let main = asm.workflow(body, &[Reg::Int(S(0))]);
    asm.at(main).handlers = vec![handler(1, 3, 3, V(1), true), handler(1, 5, 5, V(2), false)];
    main
}

#[test]
fn finally_runs_and_the_failure_goes_on_to_catch() {
    let mut asm = Asm::new();
    nested(&mut asm);
    let result = run(asm.request(Value::Null));
    assert_eq!(result.outcome.as_ref().unwrap().as_str(), Some("inner"));
    assert_eq!(result.store.variables()[0].as_int(), Some(1));
}

#[test]
fn a_failure_that_finally_raises_again_keeps_its_place() {
    let mut asm = Asm::new();
    let main = nested(&mut asm);
    asm.at(main).handlers.pop();
    let failure = run(asm.request(Value::Null)).outcome.unwrap_err();
    assert_eq!((failure.message.as_str(), failure.span), ("inner", Some(place_of(0, 2))));
}

#[test]
fn a_failure_in_finally_is_noted_to_the_pending_one() {
    let mut asm = Asm::new();
    let main = nested(&mut asm);
    let message = asm.constant(Const::String("outer".into()));
    asm.at(main).code[3] = Op::Const { dst: V(4), index: message };
    asm.at(main).code[4] = Op::Fail { src: V(4) };
    let result = run(asm.request(Value::Null));
    assert_eq!(result.outcome.unwrap().as_str(), Some("inner (and in `finally`: outer)"));
}

#[test]
fn a_failure_inside_of_finally_can_be_caught_there() {
    let mut asm = Asm::new();
    let messages = ["inner", "small"].map(|text| asm.constant(Const::String(text.into())));
    let body = vec![
        Op::Const { dst: V(0), index: messages[0] },
        Op::Fail { src: V(0) },
        // finally, with a `try` of its own
        Op::Const { dst: V(0), index: messages[1] },
        Op::Fail { src: V(0) },
        Op::Fail { src: V(1) },
    ];
    let main = asm.workflow(body, &[]);
    asm.at(main).handlers = vec![handler(2, 4, 4, V(2), false), handler(0, 2, 2, V(1), true)];
    let failure = run(asm.request(Value::Null)).outcome.unwrap_err();
    assert_eq!((failure.message.as_str(), failure.span), ("inner", Some(place_of(0, 1))));
}

#[test]
fn a_failing_step_reads_as_null_in_catch_and_is_failed_for_hosts() {
    let mut asm = Asm::new();
    let step = asm.step("s", "picky", false);
    let tail = vec![
        Op::Return { src: V(1) },
        // catch: the step's register, and the failure
        Op::Move { dst: V(6), src: V(2) },
        Op::Move { dst: V(7), src: V(3) },
        Op::MakeList { dst: V(0), first: V(6), count: 2 },
        Op::Return { src: V(0) },
    ];
    let main = asm.workflow(code([arguments(V(0)), call(step, V(0), None, V(1), V(4)), tail]), &[]);
    asm.at(main).handlers = vec![handler(2, 8, 9, V(3), false)];
    let result = run(asm.request(Value::Int(-1)));
    let Value::List(list) = result.outcome.unwrap() else { panic!("no list") };
    assert!(list.as_slice()[0].is_null());
    let Value::Record(failure) = &list.as_slice()[1] else { panic!("no failure") };
    assert_eq!(failure.fields()[0].as_str(), Some("Picky"));
    assert_eq!(failure.fields()[2].as_str(), Some("s"));
    let kept = result.store.step(0).unwrap();
    assert_eq!(kept.status, Status::Failed);
    assert_eq!(kept.error.as_ref().unwrap().span, Some(place_of(0, 5)));
}

/// A `try` step, or another one, whose input divides by zero.
fn failing_input(tried: bool) -> Asm {
    let mut asm = Asm::new();
    let step = asm.step("s", "echo", tried);
    let body = vec![
        Op::ConstInt { dst: S(0), value: 0 },
        Op::DivInt { dst: S(1), a: S(0), b: S(0) },
        Op::Unreachable,
        Op::StepInputFailed { step, dst: V(0), src: V(1) },
        Op::StepField { dst: V(1), src: V(0), field: StepField::Error },
        Op::StepField { dst: V(2), src: V(0), field: StepField::Attempts },
        Op::MakeList { dst: V(1), first: V(1), count: 2 },
        Op::Return { src: V(1) },
    ];
    let main = asm.workflow(body, &[]);
    asm.at(main).step_ranges = vec![StepRange { start: 0, end: 3, step }];
    if tried {
        asm.at(main).handlers = vec![handler(0, 3, 3, V(1), false)];
    }
    asm
}

#[test]
fn an_input_that_fails_is_the_failure_of_its_step() {
    let result = run(failing_input(false).request(Value::Null));
    let failure = result.outcome.unwrap_err();
    assert_eq!((failure.kind, failure.step.as_deref()), (FailureKind::Pure, Some("s")));
    assert_eq!((failure.attempts, failure.span), (0, Some(place_of(0, 1))));
    assert_eq!(result.store.step(0).unwrap().status, Status::Failed);
}

#[test]
fn a_try_step_takes_the_failure_of_its_input() {
    let result = run(failing_input(true).request(Value::Null));
    let Value::List(list) = result.outcome.as_ref().unwrap() else { panic!("{}", shown(&result)) };
    let [Value::Record(error), attempts] = list.as_slice() else { panic!("{list:?}") };
    assert_eq!(error.fields()[0].as_str(), Some("DivisionByZero"));
    assert_eq!((error.fields()[2].as_str(), attempts.as_int()), (Some("s"), Some(0)));
    let kept = result.store.step(0).unwrap();
    assert_eq!((kept.status, kept.attempts), (Status::Failed, 0));
    assert_eq!(kept.error.as_ref().unwrap().span, Some(place_of(0, 1)));
}

#[test]
fn handlers_leave_the_loops_inside_of_them() {
    let mut asm = Asm::new();
    let looped = asm.named("l", wf_bytecode::StepKind::While);
    let step = asm.step("s", "picky", false);
    let body = vec![
        Op::ConstInt { dst: S(0), value: 3 },
        Op::LoopIndex { depth: 0, step: looped, index: S(0) },
    ];
    let again = call(step, V(0), None, V(1), V(4));
    let tail = vec![Op::Return { src: V(1) }];
    let body = code([arguments(V(0)), body, call(step, V(0), None, V(1), V(4)), again, tail]);
    let main = asm.workflow(body, &[]);
    asm.at(main).handlers = vec![handler(3, 10, 10, V(8), false)];
    let failure = run(asm.request(Value::Int(-1))).outcome.unwrap_err();
    assert_eq!(failure.loops, []);
    let mut asm = Asm::new();
    let looped = asm.named("l", wf_bytecode::StepKind::While);
    let step = asm.step("s", "picky", false);
    let body = vec![
        Op::ConstInt { dst: S(0), value: 3 },
        Op::LoopIndex { depth: 0, step: looped, index: S(0) },
    ];
    let body = code([arguments(V(0)), body, call(step, V(0), None, V(1), V(4))]);
    asm.workflow(body, &[]);
    let failure = run(asm.request(Value::Int(-1))).outcome.unwrap_err();
    assert_eq!(failure.loops.iter().map(|l| l.index).collect::<Vec<_>>(), [3]);
}
