//! Functions of numbers.

use wf_vm::bytecode::decimal::Rounding;
use wf_vm::bytecode::{Decimal, Program};
use wf_vm::{Failure, FailureKind, NativeFn, Value};

use super::args::{self, Number, Outcome, decimal, float, int, number, overflow, string, text};

pub(crate) const FUNCTIONS: &[(&str, NativeFn)] = &[
    ("abs", |_, a| match number(a, 0)? {
        Number::Int(n) => n.checked_abs().map(Value::Int).ok_or_else(|| overflow("an int")),
        Number::Float(x) => float(x.abs()),
        Number::Decimal(d) => Ok(Value::decimal(d.absolute())),
    }),
    ("round", round),
    ("floor", |_, a| whole(a, f64::floor, Rounding::Floor)),
    ("ceil", |_, a| whole(a, f64::ceil, Rounding::Ceil)),
    ("clamp", clamp),
    ("pow", pow),
    ("toFloat", |_, a| match number(a, 0)? {
        Number::Int(n) => Ok(Value::Float(n as f64)),
        Number::Float(x) => Ok(Value::Float(x)),
        Number::Decimal(d) => Ok(d.to_float().map_or(Value::Null, Value::float)),
    }),
    ("toInt", |_, a| match number(a, 0)? {
        Number::Int(n) => Ok(Value::Int(n)),
        Number::Float(x) => Ok(to_int(x).map_or(Value::Null, Value::Int)),
        Number::Decimal(d) => {
            let int = d.round(0, Rounding::Down).and_then(Decimal::to_int);
            Ok(int.map_or(Value::Null, Value::Int))
        }
    }),
    ("toDecimal", to_decimal),
    ("toFixed", to_fixed),
    ("parseInt", |_, a| {
        let base = u32::try_from(int(a, 1)?).ok().filter(|base| (2..=36).contains(base));
        let Some(base) = base else { return Ok(Value::Null) };
        Ok(i64::from_str_radix(text(a, 0)?, base).map_or(Value::Null, Value::Int))
    }),
    ("parseFloat", parse_float),
];

fn whole(args: &[Value], round: fn(f64) -> f64, rounding: Rounding) -> Outcome {
    match number(args, 0)? {
        Number::Int(n) => Ok(Value::Int(n)),
        Number::Float(x) => float(round(x)),
        Number::Decimal(d) => decimal(d.round(0, rounding)),
    }
}

/// Rounds by the digits that a number is written with, so that `round(2.675, 2)` is `2.68`.
fn round(_: &Program, args: &mut [Value]) -> Outcome {
    let places = int(args, 1)?;
    let rounded = |d: Decimal| d.round(places, Rounding::HalfUp);
    match number(args, 0)? {
        Number::Int(n) if places >= 0 => Ok(Value::Int(n)),
        Number::Int(n) => {
            let int = rounded(Decimal::from_int(n)).and_then(Decimal::to_int);
            int.map(Value::Int).ok_or_else(|| overflow("an int"))
        }
        Number::Float(x) if places == 0 => float(x.round()),
        Number::Float(x) => {
            let near = Decimal::from_float(x).and_then(rounded).and_then(Decimal::to_float);
            near.map_or_else(|| Err(overflow("a float")), float)
        }
        Number::Decimal(d) => decimal(rounded(d)),
    }
}

fn to_decimal(_: &Program, args: &mut [Value]) -> Outcome {
    if let Some(Value::String(text)) = args.first() {
        return Ok(Decimal::parse(text).map_or(Value::Null, Value::decimal));
    }
    decimal(match number(args, 0)? {
        Number::Int(n) => Some(Decimal::from_int(n)),
        Number::Float(x) => Decimal::from_float(x),
        Number::Decimal(d) => Some(d),
    })
}

fn clamp(_: &Program, args: &mut [Value]) -> Outcome {
    match (number(args, 0)?, number(args, 1)?, number(args, 2)?) {
        (Number::Int(n), Number::Int(low), Number::Int(high)) => {
            Ok(Value::Int(n.max(low).min(high)))
        }
        (Number::Decimal(n), Number::Decimal(low), Number::Decimal(high)) => {
            let above = if n.compare(low).is_lt() { low } else { n };
            Ok(Value::decimal(if above.compare(high).is_gt() { high } else { above }))
        }
        (n, low, high) => {
            let real = |n| match n {
                Number::Int(n) => n as f64,
                Number::Float(x) => x,
                Number::Decimal(d) => d.to_float().unwrap_or_default(),
            };
            float(real(n).max(real(low)).min(real(high)))
        }
    }
}

fn pow(_: &Program, args: &mut [Value]) -> Outcome {
    let exponent = int(args, 1)?;
    let zero = || Failure::new(FailureKind::Pure, "DivisionByZero", "division by zero");
    let times = exponent.unsigned_abs();
    match number(args, 0)? {
        Number::Int(n) if exponent >= 0 => {
            let power = power(1, n, times, i64::checked_mul);
            power.map(Value::Int).ok_or_else(|| overflow("an int"))
        }
        Number::Int(0) => Err(zero()),
        // One by a whole number, without the fraction.
        Number::Int(1) => Ok(Value::Int(1)),
        Number::Int(-1) => Ok(Value::Int(if times % 2 == 0 { 1 } else { -1 })),
        Number::Int(_) => Ok(Value::Int(0)),
        Number::Float(x) => {
            let times = |a: f64, b: f64| Some(a * b);
            let base = if exponent < 0 { 1.0 / x } else { x };
            if x == 0.0 && exponent < 0 {
                return Err(zero());
            }
            float(power(1.0, base, exponent.unsigned_abs(), times).unwrap_or(f64::INFINITY))
        }
        Number::Decimal(d) => {
            let one = Decimal::from_int(1);
            if d.is_zero() && exponent < 0 {
                return Err(zero());
            }
            let power = power(one, d, times, Decimal::times);
            decimal(match power {
                Some(power) if exponent < 0 => one.divided_by(power).ok(),
                power => power,
            })
        }
    }
}

/// `base` so many times in a product, by squares: the same on every machine.
fn power<T: Copy>(one: T, base: T, times: u64, multiply: impl Fn(T, T) -> Option<T>) -> Option<T> {
    let (mut product, mut square, mut left) = (one, base, times);
    while left > 0 {
        if left % 2 == 1 {
            product = multiply(product, square)?;
        }
        left /= 2;
        if left > 0 {
            square = multiply(square, square)?;
        }
    }
    Some(product)
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
        Number::Decimal(d) => d.fixed(u32::try_from(digits).unwrap_or(0)),
        // By the digits that it is written with, as `round` does.
        Number::Float(x) => Decimal::from_float(x).map_or_else(
            || format!("{x:.digits$}"),
            |d| d.fixed(u32::try_from(digits).unwrap_or(0)),
        ),
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
    use crate::test_support::{call, code, dec, s};
    use wf_vm::Value::{self, Float, Int, Null};

    #[test]
    fn numbers() {
        let table: &[(&str, Vec<Value>, Value)] = &[
            ("abs", vec![Int(-3)], Int(3)),
            ("abs", vec![Float(-2.5)], Float(2.5)),
            ("round", vec![Float(2.5), Int(0)], Float(3.0)),
            ("round", vec![Float(-2.5), Int(0)], Float(-3.0)),
            ("round", vec![Float(2.675), Int(2)], Float(2.68)),
            ("round", vec![Float(1250.0), Int(-2)], Float(1300.0)),
            ("round", vec![Float(f64::MAX), Int(2)], Float(f64::MAX)),
            ("round", vec![Float(0.5), Int(i64::MIN)], Float(0.0)),
            ("round", vec![Int(7), Int(0)], Int(7)),
            ("round", vec![Int(1250), Int(-2)], Int(1300)),
            ("round", vec![Int(7), Int(i64::MAX)], Int(7)),
            ("round", vec![dec("2.345"), Int(2)], dec("2.35")),
            ("round", vec![dec("-2.5"), Int(0)], dec("-3")),
            ("floor", vec![dec("-0.5")], dec("-1")),
            ("ceil", vec![dec("2.1")], dec("3")),
            ("abs", vec![dec("-2.50")], dec("2.5")),
            ("clamp", vec![dec("120"), dec("0"), dec("99.9")], dec("99.9")),
            ("clamp", vec![dec("5"), dec("10"), dec("0")], dec("0")),
            ("toFloat", vec![dec("0.10")], Float(0.1)),
            ("toFloat", vec![dec("1e400")], Null),
            ("toInt", vec![dec("-2.9")], Int(-2)),
            ("toInt", vec![dec("9223372036854775808")], Null),
            ("toDecimal", vec![Int(i64::MIN)], dec("-9223372036854775808")),
            ("toDecimal", vec![Float(0.1)], dec("0.1")),
            ("toDecimal", vec![s("12.50")], dec("12.5")),
            ("toDecimal", vec![s("12,50")], Null),
            ("toDecimal", vec![s("1e400000000")], Null),
            ("toFixed", vec![dec("2.345"), Int(2)], s("2.35")),
            ("toFixed", vec![dec("-0.001"), Int(2)], s("0.00")),
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
            ("toFixed", vec![Float(2.5), Int(0)], s("3")),
            ("toFixed", vec![Float(-2.675), Int(2)], s("-2.68")),
            ("toFixed", vec![Float(1e21), Int(1)], s("1000000000000000000000.0")),
            ("toFixed", vec![Float(5e-324), Int(3)], s("0.000")),
            ("toFixed", vec![Int(-5), Int(2)], s("-5.00")),
            ("toFixed", vec![Int(5), Int(-2)], s("5")),
            ("parseInt", vec![s("-42"), Int(10)], Int(-42)),
            ("parseInt", vec![s("ff"), Int(16)], Int(255)),
            ("parseInt", vec![s("12"), Int(2)], Null),
            ("parseInt", vec![s("1"), Int(37)], Null),
            ("parseInt", vec![s("1"), Int(-1)], Null),
            ("parseInt", vec![s("4 2"), Int(10)], Null),
            ("parseInt", vec![s(""), Int(10)], Null),
            ("parseInt", vec![s("9223372036854775808"), Int(10)], Null),
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
        assert_eq!(code("round", vec![Int(i64::MAX), Int(-1)]), "Overflow");
        assert_eq!(code("round", vec![Float(f64::MAX), Int(-308)]), "Overflow");
    }
}
