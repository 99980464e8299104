//! Programs built by hand, emitted, verified and looked at.

mod programs;
mod tree;

use wf_bytecode::{FunctionKind, MergeTarget, Op, Program, disassemble, file, verify};
use wf_diagnostics::SourceMap;
use wf_types::{Def, DefKind, Type};

use self::programs as p;
use self::tree::*;
use super::emit;
use crate::typed::{self, BinaryOp, ExprKind, LocalId, StmtKind};

/// Emits a program; it is valid, always the same, and survives being written to a file.
#[track_caller]
fn emitted(tree: &typed::Program) -> Program {
    let program = emit(tree, &SourceMap::new()).expect("the program fits the machine");
    assert_eq!(verify(&program), Ok(()), "{}", disassemble(&program));
    assert_eq!(emit(tree, &SourceMap::new()).as_ref(), Ok(&program));
    assert_eq!(file::read(&file::write(&program)).expect("it was just written"), program);
    program
}

/// The instructions of a function as they are listed.
fn code<'a>(program: &Program, name: &str, listing: &'a str) -> Vec<&'a str> {
    assert!(program.functions.iter().any(|f| f.name == name), "{listing}");
    let heading = format!(" `{name}`: ");
    let body = listing.lines().skip_while(|l| l.starts_with(' ') || !l.contains(&heading)).skip(1);
    body.take_while(|l| l.starts_with(' '))
        .map(|l| l.split(';').next().unwrap_or(l).trim())
        .collect()
}

#[test]
fn a_recursive_function_takes_four_instructions() {
    let program = emitted(&p::call_fib(20));
    let listing = disassemble(&program);
    assert_eq!(
        code(&program, "fib", &listing),
        [
            "0  return_if_lt_imm s0, 2, s0",
            "1  call_add       `fib` at s1, s0, -1",
            "2  call_add       `fib` at s2, s0, -2",
            "3  return_add_int s1, s2",
        ]
    );
    assert_eq!(
        code(&program, "w", &listing),
        [
            "0  const_int      s0, 20",
            "1  call           `fib` at s0, v0",
            "2  box_int        v0, s0",
            "3  return         v0"
        ]
    );
}

#[test]
fn a_loop_over_a_range_makes_no_list() {
    let program = emitted(&p::counted_loop(100));
    let listing = disassemble(&program);
    let f = code(&program, "f", &listing).join("\n");
    assert!(!f.contains("range") && !f.contains("list_item"), "{listing}");
    // The test of the condition stands at the end: one jump for each round.
    assert!(f.contains("next_int       "), "{listing}");
}

#[test]
fn while_and_if_are_jumps() {
    let program = emitted(&p::collatz(27));
    let f = &program.functions[0];
    assert!(f.values == 0 && f.code.iter().all(|op| !matches!(op, Op::BoxInt { .. })), "{f:?}");
}

#[test]
fn library_functions_with_lambdas_are_loops() {
    let program = emitted(&p::intrinsics());
    assert!(program.functions.iter().all(|f| !matches!(f.kind, FunctionKind::Closure { .. })));
    assert!(program.natives.is_empty());
    let ops = &program.functions[0].code;
    assert!(ops.iter().any(|op| matches!(op, Op::SortBy { .. })));
    assert!(ops.iter().any(|op| matches!(op, Op::GroupBy { .. })));
}

#[test]
fn conversions_are_interned() {
    let program = emitted(&p::values());
    let listing = disassemble(&program);
    assert!(listing.contains("list<{ age: .1 }>"), "{listing}");
    assert!(listing.contains("{ age: missing } of 0"), "{listing}");
    assert!(listing.contains("{ name: #0.0, age: #1 } of 2"), "{listing}");
    assert!(listing.contains("concat         "), "{listing}");
    assert_eq!(program.coercions.len(), 1);
}

#[test]
fn regions_capture_what_they_read_and_pass_merges_on() {
    let program = emitted(&p::parallel());
    let listing = disassemble(&program);
    let [both, each] = program.forks.as_slice() else { panic!("{listing}") };
    let outer = both.merges.iter().filter(|m| matches!(m.target, MergeTarget::Outer(_))).count();
    assert_eq!((both.merges.len(), outer, each.merges.len()), (2, 1, 2), "{listing}");
    assert!(each.merges.iter().all(|m| matches!(m.target, MergeTarget::Register(_))));
    // `offset` goes through the iteration into the branch; branch `a` needs the item alone.
    let captures: Vec<_> = both.regions().iter().map(|r| r.captures.len()).collect();
    assert_eq!(captures, [1, 2], "{listing}");
    assert_eq!(each.regions()[0].captures.len(), 1, "{listing}");
    assert_eq!(both.regions()[0].publishes.len(), 0);
    assert_eq!(both.regions()[1].publishes.len(), 1, "{listing}");
    assert!(both.yields.is_some() && both.regions()[0].yields.is_some());
    assert!(both.regions()[1].yields.is_none());
    let slots: Vec<_> = program.steps.iter().map(|s| s.slot).collect();
    assert_eq!(slots, [Some(0), None, None], "{listing}");
}

#[test]
fn finally_is_written_once() {
    let program = emitted(&p::ways_out());
    let listing = disassemble(&program);
    let closing = program.constants.iter().position(|c| *c == text_constant("]"));
    let uses = |op: &&Op| matches!(op, Op::Const { index, .. } if Some(*index as usize) == closing);
    assert_eq!(program.functions[0].code.iter().filter(uses).count(), 1, "{listing}");
    let handlers: Vec<_> =
        program.functions[0].handlers.iter().map(|h| (h.finally, h.loop_depth)).collect();
    assert_eq!(handlers, [(false, 1), (true, 1), (true, 0)], "{listing}");
}

fn text_constant(text: &str) -> wf_bytecode::Const {
    wf_bytecode::Const::String(text.into())
}

#[test]
fn steps_begin_unset_in_every_round() {
    let program = emitted(&p::steps());
    let listing = disassemble(&program);
    let w = code(&program, "w", &listing);
    let round = w.iter().position(|l| l.contains("loop_index")).expect("there is a loop");
    assert!(w[round + 1].contains("null"), "{listing}");
    assert!(w.iter().any(|l| l.starts_with("inputs ") && l.ends_with("of `tried`")), "{listing}");
    assert!(w.iter().any(|l| l.contains("step_input_failed")), "{listing}");
    assert!(w.iter().any(|l| l.contains("catch ")), "{listing}");
    assert!(w.iter().any(|l| l.contains("\"steps.each != null\"")), "{listing}");
}

#[test]
fn lambdas_of_nodes_capture_boxed_values() {
    let program = emitted(&p::closures());
    let closure = &program.functions[1];
    assert_eq!(closure.kind, FunctionKind::Closure { params: 1, captures: 3 });
    assert!(matches!(closure.code.first(), Some(Op::UnboxInt { .. })), "{closure:?}");
}

#[test]
fn updates_happen_in_place() {
    let program = emitted(&p::updates());
    let ops = &program.functions[0].code;
    // Two items are put behind at once or not at all.
    let joins = |op: &&Op| matches!(op, Op::ListConcat { dst, a, .. } if dst == a);
    assert_eq!(ops.iter().filter(joins).count(), 2);
    let list = ops.iter().find_map(|op| match op {
        Op::ListConcat { dst, a, .. } if dst == a => Some(*dst),
        _ => None,
    });
    let pushes = |op: &&Op| matches!(op, Op::ListPush { list: to, .. } if Some(*to) == list);
    assert_eq!(ops.iter().filter(pushes).count(), 1);
    assert!(ops.iter().any(|op| matches!(op, Op::MapExtend { .. } | Op::MapInsert { .. })));
    emitted(&p::bounded(3, 9));
}

#[test]
fn recursive_types_are_entered_once() {
    let mut tree = p::call_fib(1);
    let id = tree.defs.add(Def {
        name: "Tree".into(),
        doc: "".into(),
        kind: DefKind::Alias(Type::Null),
    });
    let ty = record_type(&[("value", Type::Int), ("next", Type::Named(id).list())]);
    tree.defs.set(id, DefKind::Alias(ty));
    tree.workflows[0].result = Type::Named(id).optional();
    let listing = disassemble(&emitted(&tree));
    assert!(listing.contains("workflow `w` -> Tree?"), "{listing}");
}

#[test]
fn a_recursive_conversion_is_refused() {
    let mut tree = p::call_fib(1);
    let mut add = |names: &[&str]| {
        let kind = DefKind::Alias(Type::Null);
        let id = tree.defs.add(Def { name: names[0].into(), doc: "".into(), kind });
        let mut fields: Vec<_> = names.iter().map(|n| (*n, Type::Int)).collect();
        fields.push(("next", Type::Named(id).optional()));
        tree.defs.set(id, DefKind::Alias(record_type(&fields)));
        Type::Named(id)
    };
    let (long, short) = (add(&["a", "b"]), add(&["a"]));
    let body =
        vec![StmtKind::Let(LocalId(1), coerce(local(0, long.clone()), short.clone())), ret(int(1))];
    tree.functions.push(function("narrow", &[long], &[short], Type::Int, body));
    let errors = emit(&tree, &SourceMap::new()).expect_err("the types are recursive");
    assert_eq!(errors.iter().map(|e| e.code.id).collect::<Vec<_>>(), ["WF0790"]);
}

#[test]
fn what_nests_too_deep_is_told() {
    let mut deep = int(1);
    for _ in 0..2000 {
        deep = expr(
            ExprKind::Binary { op: BinaryOp::Mul, left: Box::new(int(2)), right: Box::new(deep) },
            Type::Int,
        );
    }
    let errors =
        emit(&p::returning(vec![], deep), &SourceMap::new()).expect_err("it nests too deep");
    assert_eq!(errors[0].code.id, "WF0710");
    assert!(errors[0].message.contains("nested more than 400 levels deep"));
}

#[test]
fn what_needs_too_many_registers_is_told() {
    let lets = (0..70_000).map(|i| StmtKind::Let(LocalId(i), int(1)));
    let tree = p::calling(&vec![Type::Int; 70_000], Type::Int, lets.chain([ret(int(1))]).collect());
    let errors = emit(&tree, &SourceMap::new()).expect_err("there are too many locals");
    assert_eq!(errors[0].code.id, "WF0710");
}
