//! Any function with any arguments: it ends soon, and what it gives is a value of the language.

use std::time::{Duration, Instant};

use wf_vm::Value;
use wf_vm::bytecode::Program;
use wf_vm::value::time::{MAX_INSTANT, MIN_INSTANT};

use super::{TEXT_LIMIT, functions};
use crate::test_support::{dec, declared, list, map, s};

/// Values at the ends of each type, and texts that are hard to take apart.
fn small() -> Vec<Value> {
    let texts = [
        "",
        " ",
        "\0",
        "a\u{0}b",
        "e\u{301}\u{301}",
        "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f466}",
        "\u{202e}abc\u{feff}",
        "\u{130}\u{df}\u{3a3}\u{149}",
        "%00%ff%",
        "9999-12-31T23:59:59.999999999+00:00",
        "-0000-00-00",
        "1e400",
        "-9223372036854775809",
        "{\"a\":\"\\ud800\"}",
        "(a*)*b",
        "hex",
        "UTC",
    ];
    let numbers = ["-0.0", "9.999999999999999999999999999999999e6144", "1e-6176", "0.5"];
    let mut values: Vec<Value> = texts.map(s).to_vec();
    values.extend([i64::MIN, -1, 0, 1, 17, i64::MAX].map(Value::Int));
    values.extend([f64::MIN, -0.5, 0.0, 5e-324, 9.3e18, f64::MAX].map(Value::float));
    values.extend(numbers.map(dec));
    values.extend([MIN_INSTANT, -1, MAX_INSTANT].map(Value::Instant));
    values.extend([i64::MIN, i64::MAX].map(Value::Duration));
    values.extend([Value::Null, Value::Bool(false), Value::uuid(uuid::Uuid::max())]);
    values.extend([list([]), list([Value::Int(i64::MAX), Value::Int(1)]), list([s("b"), s("a")])]);
    values.extend([map([]), map([("", Value::Null), ("k", s("v"))])]);
    values
}

/// Long texts and lists, and JSON that is nested as deep as may be.
fn large() -> Vec<Value> {
    let deep = (0..120).fold(Value::Int(1), |inner, _| list([inner]));
    vec![
        s(&"a".repeat(1 << 16)),
        s(&"\u{1f600}e\u{301}".repeat(1 << 13)),
        s(&"[".repeat(1 << 16)),
        s(&"<a>; rel=\"next\",".repeat(1 << 12)),
        list(vec![Value::Int(i64::MAX); 10_000]),
        list(vec![s("x"); 10_000]),
        deep,
    ]
}

/// What is wrong with a value: what the language does not have.
fn fault(value: &Value) -> Option<String> {
    match value {
        Value::Float(number) if !number.is_finite() => Some(format!("{number}")),
        Value::Float(number) if *number == 0.0 && number.is_sign_negative() => {
            Some("-0".to_owned())
        }
        Value::Instant(at) if !(MIN_INSTANT..=MAX_INSTANT).contains(at) => {
            Some(format!("an instant of {at}"))
        }
        Value::String(text) if text.len() > TEXT_LIMIT => Some(format!("{} bytes", text.len())),
        Value::List(items) => items.as_slice().iter().find_map(fault),
        Value::Map(entries) => entries.entries().values().find_map(fault),
        Value::Missing | Value::Lambda(_) | Value::Step(_) => Some(value.kind_name().to_owned()),
        _ => None,
    }
}

fn try_all(name: &str, args: &[Vec<Value>]) {
    let (program, functions) = (Program::default(), functions());
    let Some(function) = functions.get(name) else { return };
    for args in args {
        let began = Instant::now();
        let outcome = function(&program, &mut args.clone());
        let shown = || {
            let args = args.iter().map(|arg| format!("{arg:?}").chars().take(60).collect());
            format!("{name}({})", args.collect::<Vec<String>>().join(", "))
        };
        assert!(began.elapsed() < Duration::from_secs(10), "{} takes long", shown());
        let Ok(value) = outcome else { continue };
        if let Some(fault) = fault(&value) {
            panic!("{} gives {fault}", shown());
        }
        // The same arguments give the same.
        let again = function(&program, &mut args.clone());
        assert!(again.is_ok_and(|again| again.equal(&value)), "{} differs", shown());
    }
}

#[test]
fn values_at_the_ends_of_their_types() {
    let values = small();
    for name in declared("fn ") {
        let mut args: Vec<Vec<Value>> = values.iter().map(|a| vec![a.clone()]).collect();
        let pairs = values.iter().flat_map(|a| values.iter().map(|b| vec![a.clone(), b.clone()]));
        args.extend(pairs);
        let third = [s("UTC"), s("("), Value::Int(i64::MIN), Value::Int(2), Value::Null];
        let thirds = args.iter().filter(|args| args.len() == 2).flat_map(|args| {
            third.iter().map(|third| [args.as_slice(), std::slice::from_ref(third)].concat())
        });
        let thirds: Vec<Vec<Value>> = thirds.collect();
        args.extend(thirds);
        try_all(&name, &args);
    }
}

#[test]
fn large_arguments() {
    let others = [s(""), s("a"), s("(a|a)*$"), Value::Int(i64::MAX), Value::Int(-1), list([])];
    for name in declared("fn ") {
        let mut args = Vec::new();
        for large in large() {
            args.push(vec![large.clone()]);
            for other in &others {
                args.push(vec![large.clone(), other.clone()]);
                args.push(vec![other.clone(), large.clone()]);
                args.push(vec![s("aa"), other.clone(), large.clone()]);
                args.push(vec![large.clone(), other.clone(), s("bc")]);
            }
        }
        try_all(&name, &args);
    }
}
