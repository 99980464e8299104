//! Lists and maps.

use std::cmp::Ordering;
use std::rc::Rc;

use super::Given;
use crate::soak::eval::value::{Val, compare, equal, insert};

pub(super) fn call(name: &str, args: &[Val]) -> Given {
    Some(Ok(match (name, args) {
        ("compact", [Val::List(xs)]) => {
            Val::list(xs.iter().filter(|x| !x.is_null()).cloned().collect())
        }
        ("sum", [Val::List(xs), start]) => return sum(xs, start),
        ("min", [Val::List(xs)]) => extreme(xs, Ordering::Less),
        ("max", [Val::List(xs)]) => extreme(xs, Ordering::Greater),
        ("distinct", [Val::List(xs)]) => {
            let mut kept: Vec<Val> = Vec::new();
            for x in xs.iter() {
                if !kept.iter().any(|k| equal(k, x)) {
                    kept.push(x.clone());
                }
            }
            Val::list(kept)
        }
        ("sort", [Val::List(xs)]) => {
            let mut sorted = xs.to_vec();
            sorted.sort_by(|a, b| compare(a, b).unwrap_or(Ordering::Equal));
            Val::list(sorted)
        }
        ("chunk", [Val::List(xs), Val::Int(n)]) => {
            Val::list(xs.chunks(count(*n).max(1)).map(|part| Val::list(part.to_vec())).collect())
        }
        ("first", [Val::List(xs)]) => xs.first().cloned().unwrap_or(Val::Null),
        ("last", [Val::List(xs)]) => xs.last().cloned().unwrap_or(Val::Null),
        ("take", [Val::List(xs), Val::Int(n)]) => {
            Val::list(xs.iter().take(count(*n)).cloned().collect())
        }
        ("drop", [Val::List(xs), Val::Int(n)]) => {
            Val::list(xs.iter().skip(count(*n)).cloned().collect())
        }
        ("reverse", [Val::List(xs)]) => Val::list(xs.iter().rev().cloned().collect()),
        ("zip", [Val::List(a), Val::List(b)]) => {
            let pair = |(a, b): (&Val, &Val)| {
                Val::rec(vec![("first".into(), a.clone()), ("second".into(), b.clone())])
            };
            Val::list(a.iter().zip(b.iter()).map(pair).collect())
        }
        ("range", [Val::Int(from), Val::Int(to), Val::Int(by)]) => return range(*from, *to, *by),
        ("contains", [Val::List(xs), x]) => Val::Bool(xs.iter().any(|y| equal(x, y))),
        ("length", [Val::List(xs)]) => Val::Int(xs.len() as i64),
        ("length", [Val::Map(xs)]) => Val::Int(xs.len() as i64),
        ("slice", [Val::List(xs), Val::Int(from), to]) => {
            let (from, to) = places(*from, to, xs.len());
            Val::list(xs.iter().take(to).skip(from).cloned().collect())
        }
        ("$.slice", [Val::List(xs), from, to, by]) => stepped(xs, from, to, by),
        ("keys", [Val::Map(m)]) => {
            Val::list(m.iter().map(|(k, _)| Val::Str(Rc::clone(k))).collect())
        }
        ("values", [Val::Map(m)]) => Val::list(m.iter().map(|(_, v)| v.clone()).collect()),
        ("entries", [Val::Map(m)]) => {
            let entry = |(k, v): &(Rc<str>, Val)| {
                Val::rec(vec![("key".into(), Val::Str(Rc::clone(k))), ("value".into(), v.clone())])
            };
            Val::list(m.iter().map(entry).collect())
        }
        ("merge", [Val::Map(a), Val::Map(b)]) => {
            let mut all = a.to_vec();
            b.iter().for_each(|(k, v)| insert(&mut all, Rc::clone(k), v.clone()));
            Val::Map(Rc::new(all))
        }
        ("get", [m @ Val::Map(_), Val::Str(key)]) => m.get(key).cloned().unwrap_or(Val::Null),
        ("has", [m @ Val::Map(_), Val::Str(key)]) => Val::Bool(m.get(key).is_some()),
        _ => return None,
    }))
}

fn count(n: i64) -> usize {
    usize::try_from(n.max(0)).unwrap_or(usize::MAX)
}

/// From where to where `slice` goes.
pub(super) fn places(from: i64, to: &Val, length: usize) -> (usize, usize) {
    let length = length as i128;
    let place = |n: i64| {
        let n = i128::from(n);
        (if n < 0 { length + n } else { n }).clamp(0, length) as usize
    };
    let to = match to {
        Val::Int(to) => place(*to),
        _ => length as usize,
    };
    (place(from), to)
}

/// `xs[from:to:by]`, as RFC 9535 has it: walked from the first index on while it is inside.
fn stepped(xs: &[Val], from: &Val, to: &Val, by: &Val) -> Val {
    let number = |v: &Val| if let Val::Int(n) = v { Some(i128::from(*n)) } else { None };
    let (length, by) = (xs.len() as i128, number(by).unwrap_or(1));
    let place = |n: i128| if n < 0 { n + length } else { n };
    let mut taken = Vec::new();
    if by > 0 {
        let mut at = number(from).map_or(0, place).max(0);
        let end = number(to).map_or(length, place).min(length);
        while at < end {
            taken.extend(xs.get(at as usize).cloned());
            at += by;
        }
    } else if by < 0 {
        let mut at = number(from).map_or(length - 1, place).min(length - 1);
        let end = number(to).map_or(-1, place).max(-1);
        while at > end {
            taken.extend(xs.get(at as usize).cloned());
            at += by;
        }
    }
    Val::list(taken)
}

fn sum(xs: &[Val], start: &Val) -> Given {
    let mut total = match (start, xs.first()) {
        // The default of `start` is an int whatever the list holds.
        (Val::Int(0), Some(Val::Float(_))) => Val::Float(0.0),
        (Val::Int(0), Some(Val::Dec(_))) => Val::Dec(wf_bytecode::Decimal::ZERO),
        (start, _) => start.clone(),
    };
    for x in xs {
        total = match (&total, x) {
            (Val::Int(a), Val::Int(b)) => match a.checked_add(*b) {
                Some(n) => Val::Int(n),
                None => return Some(Err("Overflow")),
            },
            (Val::Float(a), Val::Float(b)) => match super::super::operator::float(a + b) {
                Ok(x) => x,
                Err(code) => return Some(Err(code)),
            },
            (Val::Dec(a), Val::Dec(b)) => match a.plus(*b) {
                Some(sum) => Val::Dec(sum),
                None => return Some(Err("Overflow")),
            },
            _ => return None,
        };
    }
    Some(Ok(total))
}

fn extreme(xs: &[Val], wanted: Ordering) -> Val {
    let mut best: Option<&Val> = None;
    for x in xs {
        if best.is_none_or(|b| compare(x, b) == Some(wanted)) {
            best = Some(x);
        }
    }
    best.cloned().unwrap_or(Val::Null)
}

fn range(from: i64, to: i64, by: i64) -> Given {
    let mut numbers = Vec::new();
    let (mut at, to, by) = (i128::from(from), i128::from(to), i128::from(by));
    while (by > 0 && at < to) || (by < 0 && at > to) {
        if numbers.len() >= 1_000_000 {
            return Some(Err("TooLarge"));
        }
        numbers.push(Val::Int(at as i64));
        at += by;
    }
    Some(Ok(Val::list(numbers)))
}
