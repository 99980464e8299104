//! Functions of numbers.

use wf_vm::bytecode::Program;
use wf_vm::{NativeFn, Value};

use super::args::{self, Number, Outcome, float, int, number, overflow, string, text};

pub(crate) const FUNCTIONS: &[(&str, NativeFn)] = &[
    ("abs", |_, a| match number(a, 0)? {
        Number::Int(n) => n.checked_abs().map(Value::Int).ok_or_else(|| overflow("an int")),
        Number::Float(x) => float(x.abs()),
    }),
    ("round", |_, a| whole(a, f64::round)),
    ("floor", |_, a| whole(a, f64::floor)),
    ("ceil", |_, a| whole(a, f64::ceil)),
    ("clamp", clamp),
    ("toFloat", |_, a| match number(a, 0)? {
        Number::Int(n) => Ok(Value::Float(n as f64)),
        Number::Float(x) => Ok(Value::Float(x)),
    }),
    ("toInt", |_, a| match number(a, 0)? {
        Number::Int(n) => Ok(Value::Int(n)),
        Number::Float(x) => Ok(to_int(x).map_or(Value::Null, Value::Int)),
    }),
    ("toFixed", to_fixed),
    ("parseInt", |_, a| Ok(text(a, 0)?.parse().map_or(Value::Null, Value::Int))),
    ("parseFloat", parse_float),
];

fn whole(args: &[Value], round: fn(f64) -> f64) -> Outcome {
    match number(args, 0)? {
        Number::Int(n) => Ok(Value::Int(n)),
        Number::Float(x) => float(round(x)),
    }
}

fn clamp(_: &Program, args: &mut [Value]) -> Outcome {
    match (number(args, 0)?, number(args, 1)?, number(args, 2)?) {
        (Number::Int(n), Number::Int(low), Number::Int(high)) => {
            Ok(Value::Int(n.max(low).min(high)))
        }
        (n, low, high) => {
            let real = |n| match n {
                Number::Int(n) => n as f64,
                Number::Float(x) => x,
            };
            float(real(n).max(real(low)).min(real(high)))
        }
    }
}

/// The whole part, where an `int` holds it.
fn to_int(x: f64) -> Option<i64> {
    // 2^63 is the first float that is too large; -2^63 still fits.
    const END: f64 = 9_223_372_036_854_775_808.0;
    let whole = x.trunc();
    (-END..END).contains(&whole).then_some(whole as i64)
}

fn to_fixed(_: &Program, args: &mut [Value]) -> Outcome {
    let digits = usize::try_from(int(args, 1)?.clamp(0, 100)).unwrap_or(0);
    let fixed = match number(args, 0)? {
        Number::Int(n) if digits == 0 => n.to_string(),
        Number::Int(n) => format!("{n}.{:0<digits$}", ""),
        Number::Float(x) => {
            let fixed = format!("{x:.digits$}");
            let is_zero = fixed.bytes().all(|b| matches!(b, b'-' | b'0' | b'.'));
            if is_zero { fixed.trim_start_matches('-').to_owned() } else { fixed }
        }
    };
    Ok(string(fixed))
}

fn parse_float(_: &Program, args: &mut [Value]) -> Outcome {
    let s = text(args, 0)?;
    // Rust also reads `inf`, `nan` and `1.`, which are no numbers here.
    let digits = s.trim_start_matches(['+', '-']);
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit())
        && !digits.ends_with('.')
        && !digits.contains(".e")
        && !digits.contains(".E");
    let parsed = s.parse::<f64>().ok().filter(|x| is_number && x.is_finite());
    parsed.map_or(Ok(Value::Null), args::float)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{call, code, s};
    use wf_vm::Value::{self, Float, Int, Null};

    #[test]
    fn numbers() {
        let table: &[(&str, Vec<Value>, Value)] = &[
            ("abs", vec![Int(-3)], Int(3)),
            ("abs", vec![Float(-2.5)], Float(2.5)),
            ("round", vec![Float(2.5)], Float(3.0)),
            ("round", vec![Float(-2.5)], Float(-3.0)),
            ("round", vec![Int(7)], Int(7)),
            ("floor", vec![Float(-0.5)], Float(-1.0)),
            ("ceil", vec![Float(2.1)], Float(3.0)),
            ("clamp", vec![Int(120), Int(0), Int(100)], Int(100)),
            ("clamp", vec![Int(5), Int(10), Int(0)], Int(0)),
            ("clamp", vec![Float(-1.0), Float(0.5), Float(1.0)], Float(0.5)),
            ("toFloat", vec![Int(i64::MAX)], Float(9_223_372_036_854_775_807.0)),
            ("toInt", vec![Float(-2.9)], Int(-2)),
            ("toInt", vec![Float(1e300)], Null),
            ("toInt", vec![Float(9_223_372_036_854_775_808.0)], Null),
            ("toInt", vec![Float(-9_223_372_036_854_775_808.0)], Int(i64::MIN)),
            ("toFixed", vec![Float(1.23456), Int(2)], s("1.23")),
            ("toFixed", vec![Float(-0.001), Int(2)], s("0.00")),
            ("toFixed", vec![Int(-5), Int(2)], s("-5.00")),
            ("toFixed", vec![Int(5), Int(-2)], s("5")),
            ("parseInt", vec![s("-42")], Int(-42)),
            ("parseInt", vec![s("4 2")], Null),
            ("parseInt", vec![s("")], Null),
            ("parseInt", vec![s("9223372036854775808")], Null),
            ("parseFloat", vec![s("-0.25e2")], Float(-25.0)),
            ("parseFloat", vec![s("5")], Float(5.0)),
        ];
        for (name, args, expected) in table {
            let got = call(name, args.clone());
            assert!(got.equal(expected), "{name}({args:?}) is {got:?}, not {expected:?}");
            assert_eq!(std::mem::discriminant(&got), std::mem::discriminant(expected), "{name}");
        }
        for text in ["inf", "nan", "1e999", "1.", ".5", "1.e5", "0x1", "", "-", "--1", " 1"] {
            assert!(call("parseFloat", vec![s(text)]).equal(&Null), "{text}");
        }
    }

    #[test]
    fn there_is_no_negative_zero() {
        for (name, args) in [("ceil", vec![Float(-0.5)]), ("parseFloat", vec![s("-0.0")])] {
            let Float(x) = call(name, args) else { panic!("{name}") };
            assert!(x == 0.0 && x.is_sign_positive(), "{name}");
        }
    }

    #[test]
    fn overflow() {
        assert_eq!(code("abs", vec![Int(i64::MIN)]), "Overflow");
    }
}
