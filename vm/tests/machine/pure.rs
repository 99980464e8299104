//! Pure code: arithmetic, calls, limits, corrupt programs.

use wf_bytecode::{Bank, Const, FunctionKind, Handler, Op};
use wf_vm::{FailureKind, Value, call_closure};

use crate::asm::{Asm, S, V, arguments, code, place_of};
use crate::host::{host, run};

fn fib() -> FunctionKind {
    FunctionKind::Pure { params: vec![Bank::Scalar], result: Bank::Scalar }
}

/// A program that returns `fib(n)`.
fn fib_program() -> Asm {
    let mut asm = Asm::new();
    let body = vec![
        Op::ConstInt { dst: S(1), value: 2 },
        Op::LtInt { dst: S(2), a: S(0), b: S(1) },
        Op::JumpIfNot { cond: S(2), to: 4 },
        Op::ReturnScalar { src: S(0) },
        Op::AddIntImm { dst: S(3), a: S(0), imm: -1 },
        Op::Call { function: 0, scalars: 3, values: 0 },
        Op::AddIntImm { dst: S(4), a: S(0), imm: -2 },
        Op::Call { function: 0, scalars: 4, values: 0 },
        Op::AddInt { dst: S(0), a: S(3), b: S(4) },
        Op::ReturnScalar { src: S(0) },
    ];
    let function = asm.function(fib(), body);
    asm.at(function).scalars = 5;
    asm.at(function).values = 0;
    let main = vec![
        Op::UnboxInt { dst: S(0), src: V(0) },
        Op::Call { function, scalars: 0, values: 8 },
        Op::BoxInt { dst: V(0), src: S(0) },
        Op::Return { src: V(0) },
    ];
    asm.workflow(code([arguments(V(0)), main]), &[]);
    asm
}

#[test]
fn calls_and_arithmetic() {
    let result = run(fib_program().request(Value::Int(20)));
    assert_eq!(result.outcome.unwrap().as_int(), Some(6_765));
}

#[test]
fn failures_of_arithmetic_name_their_place() {
    let max = i64::MAX.cast_unsigned();
    let add = Op::AddInt { dst: S(2), a: S(0), b: S(1) };
    let mul = Op::MulInt { dst: S(2), a: S(0), b: S(0) };
    let div = Op::DivInt { dst: S(2), a: S(0), b: S(3) };
    let rem = Op::RemInt { dst: S(2), a: S(0), b: S(3) };
    let big = Op::MulFloat { dst: S(2), a: S(4), b: S(4) };
    let by_zero = Op::DivFloat { dst: S(2), a: S(4), b: S(3) };
    let wrong = [
        (add, "Overflow"),
        (mul, "Overflow"),
        (div, "DivisionByZero"),
        (rem, "DivisionByZero"),
        (big, "Overflow"),
        (by_zero, "DivisionByZero"),
    ];
    for (op, expected) in wrong {
        let mut asm = Asm::new();
        let (max, huge) = (asm.scalar(max), asm.scalar(1e308_f64.to_bits()));
        let body = vec![
            Op::ConstScalar { dst: S(0), index: max },
            Op::ConstInt { dst: S(1), value: 1 },
            Op::ConstScalar { dst: S(4), index: huge },
            op,
            Op::Return { src: V(0) },
        ];
        asm.workflow(body, &[]);
        let failure = run(asm.request(Value::Null)).outcome.unwrap_err();
        assert_eq!((failure.code.as_str(), failure.kind), (expected, FailureKind::Pure), "{op:?}");
        assert_eq!(failure.span, Some(place_of(0, 3)), "{op:?}");
    }
}

#[test]
fn the_smallest_int_divides_without_a_panic() {
    let mut asm = Asm::new();
    let min = asm.scalar(i64::MIN.cast_unsigned());
    let body = vec![
        Op::ConstScalar { dst: S(0), index: min },
        Op::ConstInt { dst: S(1), value: -1 },
        Op::RemInt { dst: S(2), a: S(0), b: S(1) },
        Op::DivInt { dst: S(2), a: S(0), b: S(1) },
        Op::Return { src: V(0) },
    ];
    asm.workflow(body, &[]);
    let failure = run(asm.request(Value::Null)).outcome.unwrap_err();
    assert_eq!((failure.code.as_str(), failure.span), ("Overflow", Some(place_of(0, 3))));
}

/// A workflow that calls a function that calls itself for ever, inside a `try`.
fn endless_recursion(handler: bool) -> Asm {
    let mut asm = Asm::new();
    let kind = FunctionKind::Pure { params: vec![], result: Bank::Value };
    let body = vec![Op::Call { function: 0, scalars: 4, values: 2 }, Op::Return { src: V(2) }];
    asm.function(kind, body);
    let main = vec![
        Op::Call { function: 0, scalars: 0, values: 4 },
        Op::Return { src: V(4) },
        Op::Field { dst: V(1), src: V(0), slot: 0 },
        Op::Return { src: V(1) },
    ];
    let main = asm.workflow(main, &[]);
    if handler {
        asm.at(main).handlers.push(Handler {
            start: 0,
            end: 1,
            target: 2,
            failure: V(0),
            loop_depth: 0,
            finally: false,
        });
    }
    asm
}

#[test]
fn recursion_is_limited_and_the_limit_can_be_caught() {
    let failure = run(endless_recursion(false).request(Value::Null)).outcome.unwrap_err();
    assert_eq!((failure.code.as_str(), failure.span), ("TooDeep", Some(place_of(0, 0))));
    let caught = run(endless_recursion(true).request(Value::Null)).outcome.unwrap();
    assert_eq!(caught.as_str(), Some("TooDeep"));
}

#[test]
fn instructions_of_a_run_are_limited_and_the_limit_cannot_be_caught() {
    let mut asm = Asm::new();
    let main = asm.workflow(vec![Op::Jump { to: 0 }, Op::Return { src: V(0) }], &[]);
    let handler =
        Handler { start: 0, end: 1, target: 1, failure: V(0), loop_depth: 0, finally: false };
    asm.at(main).handlers.push(handler);
    let mut request = asm.request(Value::Null);
    request.limits.instructions = 100_000;
    let failure = run(request).outcome.unwrap_err();
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Limit, "Instructions"));
    assert_eq!(failure.span, Some(place_of(0, 0)));
}

#[test]
fn memory_of_a_run_is_limited() {
    // Keeps lists of a thousand items each in a list, for ever.
    let mut asm = Asm::new();
    let empty = asm.constant(Const::EmptyList);
    let body = vec![
        Op::Const { dst: V(0), index: empty },
        Op::ConstInt { dst: S(0), value: 0 },
        Op::ConstInt { dst: S(1), value: 1_000 },
        Op::Range { inclusive: false, dst: V(1), start: S(0), end: S(1) },
        Op::ListPush { list: V(0), value: V(1) },
        Op::Jump { to: 3 },
    ];
    asm.workflow(body, &[]);
    let mut request = asm.request(Value::Null);
    request.limits.memory = 10_000_000;
    request.limits.instructions = 100_000_000;
    let failure = run(request).outcome.unwrap_err();
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Limit, "Memory"));
}

#[test]
fn collections_are_limited() {
    let mut asm = Asm::new();
    let body = vec![
        Op::ConstInt { dst: S(0), value: 0 },
        Op::ConstInt { dst: S(1), value: i32::MAX },
        Op::Range { inclusive: false, dst: V(1), start: S(0), end: S(1) },
        Op::Return { src: V(1) },
    ];
    asm.workflow(body, &[]);
    let failure = run(asm.request(Value::Null)).outcome.unwrap_err();
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Pure, "TooLarge"));
}

#[test]
fn corrupt_programs_fail_and_nothing_panics() {
    let wrong = [
        Op::MoveScalar { dst: S(999), src: S(0) },
        Op::MoveScalar { dst: S(0), src: S(999) },
        Op::Move { dst: V(999), src: V(0) },
        Op::MakeList { dst: V(0), first: V(23), count: 500 },
        Op::MakeMap { dst: V(0), first: V(0), count: 60_000 },
        Op::Call { function: 77, scalars: 0, values: 0 },
        Op::CallNative { native: 3, dst: V(0), first: V(0) },
        Op::Const { dst: V(0), index: 9 },
        Op::ConstScalar { dst: S(0), index: 9 },
        Op::UnboxInt { dst: S(0), src: V(0) },
        Op::Field { dst: V(0), src: V(0), slot: 0 },
        Op::MakeRecord { dst: V(0), shape: 99, first: V(0) },
        Op::Spread { dst: V(0), plan: 3, first: V(0) },
        Op::Coerce { dst: V(0), src: V(0), plan: 3 },
        Op::ListItem { dst: V(0), list: V(0), index: S(0) },
        Op::Render { dst: V(0), template: 4 },
        Op::Lt { dst: S(0), a: V(0), b: V(0) },
        Op::Step { step: 8, dst: V(0), first: V(65_535 >> 12) },
        Op::Step { step: 0, dst: V(0), first: V(23) },
        Op::Fork { fork: 5 },
        Op::Merge { slot: 0, src: V(0) },
        Op::Config { dst: V(0), index: 4 },
        Op::MakeClosure { dst: V(0), function: 0, first: V(0) },
        Op::StepField { dst: V(0), src: V(0), field: wf_bytecode::StepField::Output },
        Op::ReturnScalar { src: S(0) },
        Op::EndRegion,
        Op::Jump { to: 5_000 },
        Op::Unreachable,
        Op::Null { dst: V(0) },
    ];
    for op in wrong {
        let mut asm = Asm::new();
        asm.workflow(vec![op], &[]);
        let failure = run(asm.request(Value::Null)).outcome.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Internal, "{op:?}");
    }
}

#[test]
fn closures_run_on_their_own() {
    let mut asm = Asm::new();
    let kind = FunctionKind::Closure { params: 1, captures: 0 };
    let body = vec![
        Op::UnboxInt { dst: S(0), src: V(0) },
        Op::AddIntImm { dst: S(0), a: S(0), imm: 1 },
        Op::BoxInt { dst: V(0), src: S(0) },
        Op::Return { src: V(0) },
    ];
    let function = asm.function(kind, body);
    let request = asm_request_without_workflow(asm);
    let functions = host().0.functions;
    let limits = wf_vm::Limits::default();
    let call = |args| call_closure(&request, &functions, function, args, &limits);
    assert_eq!(call(vec![Value::Int(41)]).unwrap().as_int(), Some(42));
    assert_eq!(call(vec![Value::Int(i64::MAX)]).unwrap_err().code, "Overflow");
    assert_eq!(call(vec![]).unwrap_err().kind, FailureKind::Internal);
}

fn asm_request_without_workflow(asm: Asm) -> std::sync::Arc<wf_bytecode::Program> {
    std::sync::Arc::new(asm.program)
}
