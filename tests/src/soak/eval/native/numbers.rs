//! Numbers.

use super::Given;
use wf_bytecode::Decimal;
use wf_bytecode::decimal::Rounding;

use crate::soak::eval::operator::{decimal, float};
use crate::soak::eval::value::Val;

pub(super) fn call(name: &str, args: &[Val]) -> Given {
    if let Some(given) = of_decimals(name, args) {
        return Some(given);
    }
    Some(Ok(match (name, args) {
        ("abs", [Val::Int(n)]) => match n.checked_abs() {
            Some(n) => Val::Int(n),
            None => return Some(Err("Overflow")),
        },
        ("abs", [Val::Float(x)]) => return Some(float(x.abs())),
        ("round", [Val::Int(n), Val::Int(0)]) => Val::Int(*n),
        ("floor" | "ceil", [Val::Int(n)]) => Val::Int(*n),
        ("round", [Val::Float(x), Val::Int(0)]) => return Some(float(x.round())),
        ("floor", [Val::Float(x)]) => return Some(float(x.floor())),
        ("ceil", [Val::Float(x)]) => return Some(float(x.ceil())),
        ("clamp", [Val::Int(n), Val::Int(low), Val::Int(high)]) => {
            Val::Int(if n < low { *low } else { *n }.min(*high))
        }
        ("clamp", [Val::Float(x), Val::Float(low), Val::Float(high)]) => {
            let x = if x < low { low } else { x };
            return Some(float(if x > high { *high } else { *x }));
        }
        ("toFloat", [Val::Int(n)]) => Val::Float(*n as f64),
        ("toInt", [Val::Float(x)]) => to_int(*x),
        ("toFixed", [Val::Int(n), Val::Int(digits)]) => {
            let digits = (*digits).clamp(0, 100) as usize;
            let zeros = "0".repeat(digits);
            Val::str(if digits == 0 { n.to_string() } else { format!("{n}.{zeros}") })
        }
        ("toFixed", [Val::Float(x), Val::Int(digits)]) => {
            let text = fixed(x.abs(), (*digits).clamp(0, 100) as usize);
            let zero = !text.chars().any(|c| ('1'..='9').contains(&c));
            Val::str(if zero || *x > 0.0 { text } else { format!("-{text}") })
        }
        ("parseInt", [Val::Str(s), Val::Int(10)]) => s.parse().map_or(Val::Null, Val::Int),
        ("parseFloat", [Val::Str(s)]) => parse_float(s),
        _ => return None,
    }))
}

fn of_decimals(name: &str, args: &[Val]) -> Given {
    Some(match (name, args) {
        ("abs", [Val::Dec(d)]) => Ok(Val::Dec(d.absolute())),
        ("round", [Val::Dec(d), Val::Int(digits)]) => decimal(d.round(*digits, Rounding::HalfUp)),
        ("floor", [Val::Dec(d)]) => decimal(d.round(0, Rounding::Floor)),
        ("ceil", [Val::Dec(d)]) => decimal(d.round(0, Rounding::Ceil)),
        ("clamp", [Val::Dec(d), Val::Dec(low), Val::Dec(high)]) => {
            let d = if d.compare(*low).is_lt() { low } else { d };
            Ok(Val::Dec(if d.compare(*high).is_gt() { *high } else { *d }))
        }
        ("toFloat", [Val::Dec(d)]) => Ok(d.to_float().map_or(Val::Null, |x| Val::Float(x + 0.0))),
        ("toInt", [Val::Dec(d)]) => {
            let whole = d.round(0, Rounding::Down).and_then(Decimal::to_int);
            Ok(whole.map_or(Val::Null, Val::Int))
        }
        ("toDecimal", [Val::Int(n)]) => Ok(Val::Dec(Decimal::from_int(*n))),
        ("toDecimal", [Val::Float(x)]) => decimal(Decimal::from_float(*x)),
        ("toDecimal", [Val::Str(text)]) => Ok(Decimal::parse(text).map_or(Val::Null, Val::Dec)),
        ("toFixed", [Val::Dec(d), Val::Int(digits)]) => {
            Ok(Val::str(d.fixed((*digits).clamp(0, 100) as u32)))
        }
        _ => return None,
    })
}

/// A number that is not negative, by the digits that it is written with: halves go up.
fn fixed(x: f64, digits: usize) -> String {
    let written = x.to_string();
    let (whole, fraction) = written.split_once('.').unwrap_or((&written, ""));
    let up = fraction.as_bytes().get(digits).is_some_and(|digit| *digit >= b'5');
    let kept: String = fraction.chars().chain(std::iter::repeat('0')).take(digits).collect();
    let mut all = format!("0{whole}{kept}").into_bytes();
    for digit in all.iter_mut().rev().take_while(|_| up) {
        *digit = if *digit == b'9' { b'0' } else { *digit + 1 };
        if *digit != b'0' {
            break;
        }
    }
    let all: String = all.into_iter().map(char::from).collect();
    let (whole, kept) = all.split_at(all.len() - digits);
    let whole = if whole.len() > 1 { whole.trim_start_matches('0') } else { whole };
    let whole = if whole.is_empty() { "0" } else { whole };
    if digits == 0 { whole.to_owned() } else { format!("{whole}.{kept}") }
}

fn to_int(x: f64) -> Val {
    let whole = x.trunc();
    if whole.abs() > 1e19 {
        return Val::Null;
    }
    i64::try_from(whole as i128).map_or(Val::Null, Val::Int)
}

fn parse_float(s: &str) -> Val {
    let bytes = s.as_bytes();
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let digits = |at: &mut usize| {
        let start = *at;
        while bytes.get(*at).is_some_and(u8::is_ascii_digit) {
            *at += 1;
        }
        *at > start
    };
    let mut fine = digits(&mut at);
    if fine && bytes.get(at) == Some(&b'.') {
        at += 1;
        fine = digits(&mut at);
    }
    if fine && matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1;
        at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
        fine = digits(&mut at);
    }
    if !fine || at != bytes.len() {
        return Val::Null;
    }
    s.parse::<f64>().ok().and_then(|x| float(x).ok()).unwrap_or(Val::Null)
}
