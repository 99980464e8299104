//! What the tests share: values, and calls of functions and nodes without a machine.

use std::collections::HashMap;
use std::sync::Arc;

use wf_vm::bytecode::{FieldDesc, Program, Shape, ShapeIdx, TypeDesc, TypeIdx};
use wf_vm::testing::TestCall;
use wf_vm::{Answer, Failure, Node, NodeFailure, Value};

pub(crate) fn s(text: &str) -> Value {
    Value::string(text)
}

/// A decimal of these digits.
pub(crate) fn dec(digits: &str) -> Value {
    Value::decimal(digits.parse().expect("a decimal"))
}

pub(crate) fn list(items: impl Into<Vec<Value>>) -> Value {
    Value::list(items.into())
}

pub(crate) fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::map(entries)
}

/// A value of each kind, with extremes.
pub(crate) fn samples() -> Vec<Value> {
    vec![
        Value::Null,
        Value::Bool(true),
        Value::Int(3),
        Value::Int(i64::MIN),
        Value::Float(-1e308),
        dec("-12.50"),
        dec("1e6144"),
        s(""),
        s("a🙂\r\ne\u{301}"),
        s("("),
        Value::Instant(0),
        Value::Instant(i64::MAX),
        Value::Duration(i64::MIN),
        list([Value::Int(1), s("b"), Value::Null]),
        map([("k", Value::Int(1))]),
    ]
}

fn try_call(program: &Program, name: &str, mut args: Vec<Value>) -> Result<Value, Failure> {
    let functions = crate::functions();
    let function = functions.get(name).expect("a function of this name");
    function(program, &mut args)
}

/// The value of a function.
pub(crate) fn call_with(program: &Program, name: &str, args: Vec<Value>) -> Value {
    try_call(program, name, args).expect("the function has a value")
}

/// The value of a function that needs no program.
pub(crate) fn call(name: &str, args: Vec<Value>) -> Value {
    call_with(&Program::default(), name, args)
}

/// The code of the failure of a function.
pub(crate) fn code(name: &str, args: Vec<Value>) -> String {
    try_call(&Program::default(), name, args).expect_err("the function fails").code
}

/// The names that the signatures declare with this keyword, each once.
pub(crate) fn declared(keyword: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (_, text) in crate::SIGNATURES {
        for line in text.lines() {
            let Some(rest) = line.strip_prefix(keyword) else { continue };
            let end = rest.find(['<', '(', ' ']).expect("a name ends");
            let name = rest[..end].to_owned();
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime")
}

/// A program that has nothing but types.
pub(crate) struct Types {
    pub(crate) program: Program,
}

impl Types {
    pub(crate) fn new() -> Self {
        Self { program: Program { types: vec![TypeDesc::Json], ..Program::default() } }
    }

    pub(crate) fn add(&mut self, desc: TypeDesc) -> TypeIdx {
        self.program.types.push(desc);
        TypeIdx(self.program.types.len() as u16 - 1)
    }

    fn shape(&mut self, names: &[&str]) -> ShapeIdx {
        let fields = names.iter().map(|n| (*n).into()).collect();
        self.program.shapes.push(Shape { fields });
        ShapeIdx(self.program.shapes.len() as u16 - 1)
    }

    /// A record of demanded fields; a name that ends in `?` may be missing.
    pub(crate) fn record(&mut self, name: &str, fields: &[(&str, TypeIdx)]) -> TypeIdx {
        let names: Vec<&str> = fields.iter().map(|(n, _)| n.trim_end_matches('?')).collect();
        let shape = self.shape(&names);
        let fields = fields.iter().map(|(name, ty)| FieldDesc {
            ty: *ty,
            optional: name.ends_with('?'),
            demanded: true,
        });
        let fields = fields.collect();
        self.add(TypeDesc::Record { name: name.into(), shape, fields })
    }

    /// A value of a record type, its fields by name; the others are missing.
    pub(crate) fn value(&self, ty: TypeIdx, fields: &[(&str, Value)]) -> Value {
        let TypeDesc::Record { shape, .. } = &self.program.types[usize::from(ty.0)] else {
            panic!("a record type")
        };
        let names = &self.program.shapes[usize::from(shape.0)].fields;
        let value = |name: &str| {
            let given = fields.iter().find(|(n, _)| *n == name);
            given.map_or(Value::Missing, |(_, v)| v.clone())
        };
        Value::record(*shape, names.iter().map(|n| value(n)).collect())
    }

    /// An input of these values.
    pub(crate) fn input(&mut self, fields: &[(&str, Value)]) -> Value {
        let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
        let shape = self.shape(&names);
        Value::record(shape, fields.iter().map(|(_, value)| value.clone()).collect())
    }

    /// The type of an output of these fields.
    pub(crate) fn output(&mut self, names: &[&str]) -> TypeIdx {
        let fields: Vec<(&str, TypeIdx)> = names.iter().map(|n| (*n, TypeIdx(0))).collect();
        self.record("", &fields)
    }

    pub(crate) fn call(&self, input: Value, output: TypeIdx) -> TestCall {
        TestCall::new(Arc::new(self.program.clone()), input, output)
    }
}

/// The fields of a record by name.
pub(crate) fn fields(program: &Program, value: &Value) -> HashMap<String, Value> {
    let Value::Record(record) = value else { panic!("{value:?} is no record") };
    let names = &program.shapes[usize::from(record.shape().0)].fields;
    names.iter().map(ToString::to_string).zip(record.fields().iter().cloned()).collect()
}

/// The fields of what a node answered as a value.
pub(crate) fn answered(call: &TestCall, node: &dyn Node) -> HashMap<String, Value> {
    match call.run(node) {
        Ok(Answer::Value(value)) => fields(&call.program, &value),
        other => panic!("no value: {other:?}"),
    }
}

/// The failure of a node.
pub(crate) fn failed(call: &TestCall, node: &dyn Node) -> NodeFailure {
    call.run(node).expect_err("the node fails")
}
