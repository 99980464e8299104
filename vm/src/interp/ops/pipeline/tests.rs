//! Pipelines over several blocks, and what they give up at.

use std::sync::Arc;

use wf_bytecode::pipeline::{Arith, Cell, End, Fixed, Kernel, Lane, Pipeline, Source, Test};
use wf_bytecode::{Program, S, Shape, ShapeIdx, V};

use super::{BLOCK, LEAST, Lanes, Made, run};
use crate::interp::{Env, Linked};
use crate::{Limits, NativeFns, Value};

/// Runs a pipeline over a list in the first register.
fn made(pipeline: Pipeline, list: Value, limits: &Limits) -> Option<Value> {
    let length = if let Value::List(list) = &list { list.len() } else { 0 };
    let work = (length * (pipeline.kernels.len() + 1) / 4) as i64;
    let shapes = vec![Shape { fields: vec!["n".into()] }];
    let program = Program { pipelines: vec![pipeline], shapes, ..Program::default() };
    let linked = Linked::pure(Arc::new(program), &NativeFns::default());
    let env = Env { linked: &linked, limits };
    let (made, cost) = run(&[5, 0], &[list, Value::Null], 0, &mut Lanes::default(), env)?;
    assert_eq!(cost, work, "it counts as instructions");
    Some(match made {
        Made::Scalar(S(0), bits) => Value::Int(bits.cast_signed()),
        Made::Value(V(1), value) => value,
        _ => panic!("it goes where it should"),
    })
}

fn rows(count: usize) -> Value {
    let row = |i| Value::record(ShapeIdx(0), vec![Value::Int(i)]);
    Value::list((0..count as i64).map(row).collect())
}

/// `filter(r => r.n >= 5)`, and what is behind it.
fn from_five(kernels: Vec<Kernel>, end: End) -> Pipeline {
    let mut all = vec![
        Kernel::Load { dst: 0, lane: Lane::Int, from: Source::Item(vec![0]) },
        Kernel::Keep { test: Test::Le, lane: Lane::Int, a: 1, b: 0 },
    ];
    all.extend(kernels);
    Pipeline { list: V(0), columns: 3, fixed: vec![(1, Fixed::Scalar(S(0)))], kernels: all, end }
}

fn sum() -> End {
    End::Sum { dst: S(0), lane: Lane::Int, column: 0 }
}

#[test]
fn blocks_of_every_length_are_whole() {
    for count in [LEAST, 4, 6, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7] {
        let expected: i64 = (5..count as i64).sum();
        let made = made(from_five(vec![], sum()), rows(count), &Limits::default());
        assert_eq!(made.and_then(|v| v.as_int()), Some(expected), "{count}");
    }
}

#[test]
fn parts_see_only_their_rows() {
    // 100 / n, where n is not 0: no row is divided that is not chosen.
    let divide = Kernel::Arith { op: Arith::Div, lane: Lane::Int, dst: 2, a: 1, b: 0 };
    let kernels = vec![
        Kernel::Load { dst: 0, lane: Lane::Int, from: Source::Item(vec![0]) },
        Kernel::Choose { cond: 1, then: 1, otherwise: 1 },
        Kernel::Keep { test: Test::Ne, lane: Lane::Int, a: 0, b: 3 },
        divide.clone(),
        Kernel::Copy { dst: 2, src: 3 },
    ];
    let end = End::Sum { dst: S(0), lane: Lane::Int, column: 2 };
    let fixed = vec![(1, Fixed::Bits(100)), (3, Fixed::Bits(0))];
    let mut pipeline = Pipeline { list: V(0), columns: 4, fixed, kernels, end };
    let expected: i64 = (1..300).map(|n| 100 / n).sum();
    let got = made(pipeline.clone(), rows(300), &Limits::default());
    assert_eq!(got.and_then(|v| v.as_int()), Some(expected));
    pipeline.kernels[4] = divide;
    assert!(made(pipeline, rows(300), &Limits::default()).is_none());
}

#[test]
fn it_gives_up_where_anything_is_not_as_usual() {
    let limits = Limits::default();
    let wrong = [Value::Int(1), Value::Null, Value::list(vec![])];
    for value in wrong {
        let mut items: Vec<Value> = vec![value; 2];
        items.extend([Value::Null, Value::Null]);
        assert!(made(from_five(vec![], sum()), Value::list(items), &limits).is_none());
    }
    // Too large for an int.
    let twice = Kernel::Arith { op: Arith::Mul, lane: Lane::Int, dst: 0, a: 0, b: 0 };
    let squares = from_five(vec![twice; 7], sum());
    assert!(made(squares, rows(400), &limits).is_none());
    // More items than a list may have.
    let limits = Limits { collection: 300, ..Limits::default() };
    let items = || from_five(vec![], End::Items { dst: V(1) });
    assert!(made(items(), rows(305), &limits).is_some());
    assert!(made(items(), rows(306), &limits).is_none());
    let cell = Cell::Value(Source::Register(V(9)));
    let nowhere = from_five(vec![], End::Cells { dst: V(1), cell });
    assert!(made(nowhere, rows(10), &limits).is_none());
}

#[test]
fn kernels_nest_only_so_deep() {
    let deep = Pipeline::MAX_DEPTH as u16 + 1;
    let kernels = (0..deep).map(|i| Kernel::AnyOf { left: deep - 1 - i, right: 0 }).collect();
    let pipeline =
        Pipeline { list: V(0), columns: 0, fixed: vec![], kernels, end: End::Count { dst: S(0) } };
    assert!(made(pipeline, rows(10), &Limits::default()).is_none());
}

#[test]
fn what_was_chosen_of_a_list_is_looked_at_there() {
    let (limits, whole) = (Limits::default(), rows(1_000));
    let items = |list| made(from_five(vec![], End::Items { dst: V(1) }), list, &limits);
    let odd = |r: &u32| r % 2 == 1;
    let Value::List(list) = &whole else { panic!("it is a list") };
    let chosen = Value::List(crate::ListRef::chosen(list, (0..1_000).filter(odd).collect()));
    let Some(Value::List(of_chosen)) = items(chosen.clone()) else { panic!("it is made") };
    let numbers = |list: &crate::ListRef| -> Vec<i64> {
        let field = |item: &Value| match item {
            Value::Record(record) => record.get(0).as_int(),
            _ => None,
        };
        list.as_slice().iter().filter_map(field).collect()
    };
    assert!(
        of_chosen.unmade().is_some_and(|c| matches!(&c.list, Value::List(l) if l.len() == 1_000))
    );
    let expected: Vec<i64> = (5..1_000).filter(|n| n % 2 == 1).collect();
    assert_eq!(numbers(&of_chosen), expected);
    let total = made(from_five(vec![], sum()), chosen, &limits);
    assert_eq!(total.and_then(|v| v.as_int()), Some(expected.iter().sum()));
    // The few that are at the end of many are made.
    let few = Value::List(crate::ListRef::chosen(list, vec![990, 991, 998, 999]));
    let total = made(from_five(vec![], sum()), few, &limits);
    assert_eq!(total.and_then(|v| v.as_int()), Some(990 + 991 + 998 + 999));
}
