//! Functions of maps.

use wf_vm::bytecode::Program;
use wf_vm::{ListRef, MapRef, NativeFn, RecordRef, Value};

use super::args::{self, Outcome, text};
use super::list::shape_of;

pub(crate) const FUNCTIONS: &[(&str, NativeFn)] = &[
    ("keys", |_, a| {
        let entries = args::map(a, 0)?;
        let keys = entries.entries().keys().map(|k| Value::String(k.clone()));
        Ok(Value::List(ListRef::new(keys.collect())))
    }),
    ("values", |_, a| {
        let entries = args::map(a, 0)?;
        Ok(Value::List(ListRef::new(entries.entries().values().cloned().collect())))
    }),
    ("entries", entries),
    ("mapValues", |_, a| {
        let (entries, made) = (args::map(a, 0)?, args::list(a, 1)?);
        let keys = entries.entries().keys().cloned();
        let mut all = MapRef::default();
        all.make_mut().extend(keys.zip(made.as_slice().iter().cloned()));
        Ok(Value::Map(all))
    }),
    ("merge", |_, a| {
        let (mut left, right) = (args::map(a, 0)?, args::map(a, 1)?);
        if !right.entries().is_empty() {
            let pairs = right.entries().iter().map(|(k, v)| (k.clone(), v.clone()));
            left.make_mut().extend(pairs);
        }
        Ok(Value::Map(left))
    }),
    ("get", |_, a| {
        let entries = args::map(a, 0)?;
        Ok(entries.entries().get(text(a, 1)?).cloned().unwrap_or_default())
    }),
    ("has", |_, a| {
        let entries = args::map(a, 0)?;
        Ok(Value::Bool(entries.entries().contains_key(text(a, 1)?)))
    }),
];

fn entries(program: &Program, args: &mut [Value]) -> Outcome {
    let shape = shape_of(program, ["key", "value"])?;
    let entries = args::map(args, 0)?;
    let record = |(k, v): (&_, &Value)| {
        let key = Value::String(Clone::clone(k));
        Value::Record(RecordRef::new(shape, vec![key, v.clone()]))
    };
    Ok(Value::List(ListRef::new(entries.entries().iter().map(record).collect())))
}

#[cfg(test)]
mod tests {
    use crate::test_support::{call, call_with, list, map, s};
    use wf_vm::Value::{self, Bool, Int, Null};
    use wf_vm::bytecode::{Program, Shape};

    #[test]
    fn maps() {
        let m = || map([("b", Int(1)), ("a", Null)]);
        let table: &[(&str, Vec<Value>, Value)] = &[
            ("keys", vec![m()], list([s("b"), s("a")])),
            ("values", vec![m()], list([Int(1), Null])),
            ("get", vec![m(), s("b")], Int(1)),
            ("get", vec![m(), s("x")], Null),
            ("has", vec![m(), s("a")], Bool(true)),
            ("has", vec![m(), s("x")], Bool(false)),
            ("length", vec![m()], Int(2)),
            ("keys", vec![map([])], list([])),
        ];
        for (name, args, expected) in table {
            let got = call(name, args.clone());
            assert!(got.equal(expected), "{name}({args:?}) is {got:?}, not {expected:?}");
        }
        // The second wins, and a key keeps its first place.
        let base = m();
        let merged = call("merge", vec![base.clone(), map([("c", Int(3)), ("b", Int(2))])]);
        assert!(call("keys", vec![merged.clone()]).equal(&list([s("b"), s("a"), s("c")])));
        assert!(call("get", vec![merged, s("b")]).equal(&Int(2)));
        assert!(base.equal(&m()));
    }

    #[test]
    fn entries_are_records() {
        let mut program = Program::default();
        program.shapes.push(Shape { fields: vec!["x".into()] });
        program.shapes.push(Shape { fields: vec!["key".into(), "value".into()] });
        let got = call_with(&program, "entries", vec![map([("a", Int(1))])]);
        let Value::List(all) = got else { panic!("{got:?}") };
        let [Value::Record(entry)] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!(entry.shape().0, 1);
        assert!(matches!(entry.fields(), [Value::String(_), Int(1)]));
    }
}
