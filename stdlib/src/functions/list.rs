//! Functions of lists. Those with lambdas are made by the compiler.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use wf_vm::bytecode::{Decimal, Program, ShapeIdx};
use wf_vm::{Failure, FailureKind, ListRef, MapRef, NativeFn, RecordRef, Value};

use super::args::{self, LIST_LIMIT, Outcome, int, overflow, too_large};

pub(crate) const FUNCTIONS: &[(&str, NativeFn)] = &[
    ("compact", compact),
    ("sum", sum),
    ("min", |_, a| extreme(a, Ordering::Less)),
    ("max", |_, a| extreme(a, Ordering::Greater)),
    ("distinct", distinct),
    ("distinctBy", distinct_by),
    ("keyBy", key_by),
    ("minBy", |_, a| extreme_by(a, Ordering::Less)),
    ("maxBy", |_, a| extreme_by(a, Ordering::Greater)),
    ("sort", sort),
    ("chunk", chunk),
    ("indexed", indexed),
    ("first", |_, a| Ok(args::list(a, 0)?.as_slice().first().cloned().unwrap_or_default())),
    ("last", |_, a| Ok(args::list(a, 0)?.as_slice().last().cloned().unwrap_or_default())),
    ("take", |_, a| {
        let items = args::list(a, 0)?;
        let count = clamp_count(int(a, 1)?, items.as_slice().len());
        Ok(part(items, 0, count))
    }),
    ("drop", |_, a| {
        let items = args::list(a, 0)?;
        let count = clamp_count(int(a, 1)?, items.as_slice().len());
        let end = items.as_slice().len();
        Ok(part(items, count, end))
    }),
    ("reverse", |_, a| {
        let mut items = args::list(a, 0)?;
        items.make_mut().reverse();
        Ok(Value::List(items))
    }),
    ("zip", zip),
    ("range", range),
];

fn clamp_count(count: i64, length: usize) -> usize {
    usize::try_from(count.max(0)).unwrap_or(usize::MAX).min(length)
}

/// The items `from..to` of a list; the list itself where that is all.
pub(crate) fn part(mut items: ListRef, from: usize, to: usize) -> Value {
    let length = items.as_slice().len();
    if from == 0 && to == length {
        return Value::List(items);
    }
    if from == 0 && length - to < to {
        // The most part stays, so that a list that nobody else holds is cut in place.
        items.make_mut().truncate(to);
        return Value::List(items);
    }
    let kept = items.as_slice().get(from..to).unwrap_or_default().to_vec();
    Value::List(ListRef::new(kept))
}

/// A record of these field names, whose shape the compiler has put into every program that calls a
/// function that gives such records.
pub(crate) fn shape_of(program: &Program, names: [&str; 2]) -> Result<ShapeIdx, Failure> {
    let found = program.shapes.iter().position(|shape| shape.fields == names);
    found.and_then(|i| u16::try_from(i).ok()).map(ShapeIdx).ok_or_else(|| {
        let message = format!("the program has no shape of the fields {}", names.join(", "));
        Failure::new(FailureKind::Internal, "Internal", message)
    })
}

fn compact(_: &Program, args: &mut [Value]) -> Outcome {
    let mut items = args::list(args, 0)?;
    if items.as_slice().iter().any(|x| matches!(x, Value::Null | Value::Missing)) {
        items.make_mut().retain(|x| !matches!(x, Value::Null | Value::Missing));
    }
    Ok(Value::List(items))
}

fn sum(_: &Program, args: &mut [Value]) -> Outcome {
    let items = args::list(args, 0)?;
    let mut total = args::any(args, 1)?;
    for (i, item) in items.as_slice().iter().enumerate() {
        total = match (&total, item) {
            (Value::Int(a), Value::Int(b)) => {
                Value::Int(a.checked_add(*b).ok_or_else(|| overflow("an int"))?)
            }
            (Value::Float(a), Value::Float(b)) => args::float(a + b)?,
            (Value::Int(0), Value::Float(b)) if i == 0 => Value::Float(*b),
            (Value::Decimal(a), Value::Decimal(b)) => args::decimal(a.plus(**b))?,
            (Value::Duration(a), Value::Duration(b)) => {
                Value::Duration(a.checked_add(*b).ok_or_else(|| overflow("a duration"))?)
            }
            _ => return Err(args::number(items.as_slice(), i).err().unwrap_or_else(mixed)),
        };
    }
    Ok(total)
}

fn mixed() -> Failure {
    Failure::new(FailureKind::Internal, "Internal", "a sum of numbers of several types")
}

fn extreme(args: &mut [Value], wanted: Ordering) -> Outcome {
    let items = args::list(args, 0)?;
    let mut best: Option<&Value> = None;
    for item in items.as_slice() {
        if best.is_none_or(|b| item.compare(b) == Some(wanted)) {
            best = Some(item);
        }
    }
    Ok(best.cloned().unwrap_or_default())
}

fn distinct(program: &Program, args: &mut [Value]) -> Outcome {
    let items = args::list(args, 0)?;
    let kept = first_of_each(program, items.as_slice());
    Ok(chosen(&items, &kept))
}

/// The items and what they are told apart by.
fn distinct_by(program: &Program, args: &mut [Value]) -> Outcome {
    let (items, keys) = (args::list(args, 0)?, args::list(args, 1)?);
    let kept = first_of_each(program, keys.as_slice());
    Ok(chosen(&items, &kept))
}

fn chosen(items: &ListRef, places: &[usize]) -> Value {
    let kept = places.iter().filter_map(|i| items.as_slice().get(*i).cloned());
    Value::List(ListRef::new(kept.collect()))
}

/// The places of the keys that are equal to none before them.
fn first_of_each(program: &Program, keys: &[Value]) -> Vec<usize> {
    let state = RandomState::new();
    let mut seen: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut kept = Vec::new();
    for (place, key) in keys.iter().enumerate() {
        let mut hasher = state.build_hasher();
        hash(key, 0, &state, &mut hasher);
        let bucket = seen.entry(hasher.finish()).or_default();
        if bucket.iter().any(|i| keys.get(*i).is_some_and(|k| k.equal_in(key, program))) {
            continue;
        }
        bucket.push(place);
        kept.push(place);
    }
    kept
}

/// The items and their keys, as a map: the last one of a key stays, at the place of the first.
fn key_by(_: &Program, args: &mut [Value]) -> Outcome {
    let (items, keys) = (args::list(args, 0)?, args::list(args, 1)?);
    let mut all = MapRef::default();
    let pairs = keys.as_slice().iter().zip(items.as_slice());
    all.make_mut().extend(pairs.filter_map(|(key, item)| match key {
        Value::String(key) => Some((key.clone(), item.clone())),
        _ => None,
    }));
    Ok(Value::Map(all))
}

/// The first item with the least or greatest key; those without a key do not count.
fn extreme_by(args: &mut [Value], wanted: Ordering) -> Outcome {
    let (items, keys) = (args::list(args, 0)?, args::list(args, 1)?);
    let mut best: Option<(&Value, &Value)> = None;
    for (item, key) in items.as_slice().iter().zip(keys.as_slice()) {
        let known = !matches!(key, Value::Null | Value::Missing);
        if known && best.is_none_or(|(_, b)| key.compare(b) == Some(wanted)) {
            best = Some((item, key));
        }
    }
    Ok(best.map(|(item, _)| item.clone()).unwrap_or_default())
}

fn sort(_: &Program, args: &mut [Value]) -> Outcome {
    let mut items = args::list(args, 0)?;
    items.make_mut().sort_by(|a, b| a.compare(b).unwrap_or(Ordering::Equal));
    Ok(Value::List(items))
}

fn chunk(_: &Program, args: &mut [Value]) -> Outcome {
    let (items, size) = (args::list(args, 0)?, int(args, 1)?);
    let size = usize::try_from(size.max(1)).unwrap_or(usize::MAX);
    let part = |part: &[Value]| Value::List(ListRef::new(part.to_vec()));
    Ok(Value::List(ListRef::new(items.as_slice().chunks(size).map(part).collect())))
}

fn indexed(program: &Program, args: &mut [Value]) -> Outcome {
    let shape = shape_of(program, ["index", "item"])?;
    let items = args::list(args, 0)?;
    let pair = |(i, item): (usize, &Value)| {
        let index = Value::Int(i64::try_from(i).unwrap_or(i64::MAX));
        Value::Record(RecordRef::new(shape, vec![index, item.clone()]))
    };
    Ok(Value::List(ListRef::new(items.as_slice().iter().enumerate().map(pair).collect())))
}

/// Equal values have equal hashes. What may be equal to a value of another kind (numbers, texts,
/// records and maps) shares its hash; objects are hashed without their order, and what lies too
/// deep is not looked at.
fn hash(value: &Value, depth: usize, state: &RandomState, into: &mut impl Hasher) {
    if depth > 16 {
        return;
    }
    match value {
        Value::Bool(b) => b.hash(into),
        Value::Int(n) => (*n as f64).to_bits().hash(into),
        Value::Float(x) => (x + 0.0).to_bits().hash(into),
        Value::Decimal(number) => hash_decimal(**number, into),
        Value::String(s) => s.as_str().hash(into),
        Value::List(items) => {
            items.as_slice().len().hash(into);
            for item in items.as_slice() {
                hash(item, depth + 1, state, into);
            }
        }
        Value::Map(entries) => {
            let mut sum = 0_u64;
            for (key, value) in entries.entries() {
                let mut hasher = state.build_hasher();
                key.as_str().hash(&mut hasher);
                hash(value, depth + 1, state, &mut hasher);
                sum = sum.wrapping_add(hasher.finish());
            }
            sum.hash(into);
        }
        Value::Record(record) => {
            // Records of one list have one shape; their equality takes missing for null.
            for field in record.fields() {
                hash(field, depth + 1, state, into);
            }
        }
        Value::Uuid(id) => id.hash(into),
        Value::Instant(at) | Value::Duration(at) => at.hash(into),
        Value::Member(member) => hash(member.value(), depth, state, into),
        Value::Null | Value::Missing | Value::Lambda(_) | Value::Step(_) => 0_u8.hash(into),
    }
}

/// As the int or the float that is equal to it; where there is none, by its digits.
fn hash_decimal(number: Decimal, into: &mut impl Hasher) {
    let float = match number.to_int() {
        Some(int) => Some(int as f64),
        None => number.to_float().filter(|_| number.is_float()),
    };
    match float {
        Some(float) => (float + 0.0).to_bits().hash(into),
        None => number.normalized().hash(into),
    }
}

fn zip(program: &Program, args: &mut [Value]) -> Outcome {
    let shape = shape_of(program, ["first", "second"])?;
    let (left, right) = (args::list(args, 0)?, args::list(args, 1)?);
    let pairs = left.as_slice().iter().zip(right.as_slice());
    let pair =
        |(a, b): (&Value, &Value)| Value::Record(RecordRef::new(shape, vec![a.clone(), b.clone()]));
    Ok(Value::List(ListRef::new(pairs.map(pair).collect())))
}

fn range(_: &Program, args: &mut [Value]) -> Outcome {
    let (from, to, step) = (int(args, 0)?, int(args, 1)?, int(args, 2)?);
    let distance = i128::from(to) - i128::from(from);
    let step = i128::from(step);
    if step == 0 || distance.signum() != step.signum() {
        return Ok(Value::List(ListRef::default()));
    }
    let count = (distance.abs() - 1) / step.abs() + 1;
    if count > LIST_LIMIT as i128 {
        return Err(too_large(format!("the range has {count} numbers, more than {LIST_LIMIT}")));
    }
    let number = |i: i128| Value::Int(i64::try_from(i128::from(from) + i * step).unwrap_or(to));
    Ok(Value::List(ListRef::new((0..count).map(number).collect())))
}

#[cfg(test)]
mod tests {
    use crate::test_support::{call, call_with, code, dec, list, s};
    use wf_vm::Value::{self, Bool, Float, Int, Null};
    use wf_vm::bytecode::{Program, Shape};

    fn ints(numbers: impl IntoIterator<Item = i64>) -> Value {
        list(numbers.into_iter().map(Int).collect::<Vec<_>>())
    }

    #[test]
    fn lists() {
        let table: &[(&str, Vec<Value>, Value)] = &[
            ("compact", vec![list([Null, Int(1), Null])], ints([1])),
            ("sum", vec![ints([1, 2]), Int(0)], Int(3)),
            ("sum", vec![list([Float(0.5), Float(1.5)]), Float(0.0)], Float(2.0)),
            ("sum", vec![ints([]), Float(0.0)], Float(0.0)),
            ("sum", vec![list([dec("0.1"), dec("0.20")]), dec("0")], dec("0.3")),
            ("max", vec![list([dec("1.50"), dec("1.6"), dec("1.60")])], dec("1.6")),
            (
                "distinct",
                vec![list([dec("1.50"), dec("1.5"), dec("1e400"), dec("1e400"), Float(1.5)])],
                list([dec("1.5"), dec("1e400")]),
            ),
            ("distinct", vec![list([Int(5), dec("5.00"), Float(5.0)])], ints([5])),
            ("min", vec![ints([3, 1, 2])], Int(1)),
            ("max", vec![list([s("a"), s("c"), s("b")])], s("c")),
            ("max", vec![ints([])], Null),
            ("distinct", vec![ints([1, 2, 1, 3])], ints([1, 2, 3])),
            (
                "distinct",
                vec![list([list([Int(1)]), list([Int(1)]), Null, Null])],
                list([ints([1]), Null]),
            ),
            (
                "distinct",
                vec![list([Int(1), Float(1.0), s("1"), Bool(true)])],
                list([Int(1), s("1"), Bool(true)]),
            ),
            ("first", vec![ints([1, 2])], Int(1)),
            ("first", vec![ints([])], Null),
            ("last", vec![ints([1, 2])], Int(2)),
            ("take", vec![ints([1, 2, 3]), Int(2)], ints([1, 2])),
            ("take", vec![ints([1, 2, 3]), Int(-1)], ints([])),
            ("take", vec![ints([1, 2, 3]), Int(i64::MAX)], ints([1, 2, 3])),
            ("drop", vec![ints([1, 2, 3]), Int(2)], ints([3])),
            ("drop", vec![ints([1, 2, 3]), Int(i64::MIN)], ints([1, 2, 3])),
            ("reverse", vec![ints([1, 2, 3])], ints([3, 2, 1])),
            ("range", vec![Int(0), Int(10), Int(3)], ints([0, 3, 6, 9])),
            ("range", vec![Int(3), Int(0), Int(-1)], ints([3, 2, 1])),
            ("range", vec![Int(3), Int(0), Int(1)], ints([])),
            ("range", vec![Int(3), Int(9), Int(0)], ints([])),
            (
                "range",
                vec![Int(i64::MIN), Int(i64::MAX), Int(i64::MAX)],
                ints([i64::MIN, -1, i64::MAX - 1]),
            ),
        ];
        for (name, args, expected) in table {
            let got = call(name, args.clone());
            assert!(got.equal(expected), "{name}({args:?}) is {got:?}, not {expected:?}");
        }
    }

    #[test]
    fn a_shared_list_is_not_changed() {
        let items = ints([1, 2, 3]);
        for (name, args) in
            [("reverse", vec![items.clone()]), ("take", vec![items.clone(), Int(2)])]
        {
            call(name, args);
            assert!(items.equal(&ints([1, 2, 3])));
        }
    }

    #[test]
    fn pairs() {
        let mut program = Program::default();
        program.shapes.push(Shape { fields: vec!["first".into(), "second".into()] });
        let got = call_with(&program, "zip", vec![ints([1, 2]), list([s("a")])]);
        let Value::List(pairs) = got else { panic!("{got:?}") };
        let [Value::Record(pair)] = pairs.as_slice() else { panic!("{pairs:?}") };
        assert!(matches!(pair.fields(), [Int(1), Value::String(_)]));
        assert_eq!(code("zip", vec![ints([1]), ints([2])]), "Internal");
    }

    #[test]
    fn overflows_and_limits() {
        assert_eq!(code("sum", vec![ints([i64::MAX, 1]), Int(0)]), "Overflow");
        assert_eq!(
            code("sum", vec![list([Float(f64::MAX), Float(f64::MAX)]), Float(0.0)]),
            "Overflow"
        );
        assert_eq!(code("sum", vec![list([dec("1e40"), dec("0.1")]), dec("0")]), "Overflow");
        assert_eq!(code("range", vec![Int(0), Int(i64::MAX), Int(1)]), "TooLarge");
    }
}
