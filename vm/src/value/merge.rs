//! The operators of merges: what a variable becomes by one operand.

use std::cmp::Ordering;

use arcstr::ArcStr;
use wf_bytecode::MergeOp;

use super::{Value, corrupt};
use crate::{Failure, FailureKind};

/// Applies one operand to what was there before. Of equal values `max=` and `min=` keep the one
/// that was there; null is their identity; of equal keys the last value wins at the first's place.
///
/// # Errors
/// `Overflow` where a sum leaves the range of its type; an internal failure where the values do
/// not have the operator's type.
pub fn merge(op: MergeOp, acc: Value, operand: Value) -> Result<Value, Failure> {
    match (op, acc, operand) {
        (MergeOp::AddInt, Value::Int(a), Value::Int(b)) => {
            a.checked_add(b).map(Value::Int).ok_or_else(|| overflow("int"))
        }
        (MergeOp::AddFloat, Value::Float(a), Value::Float(b)) => {
            let sum = a + b;
            if sum.is_finite() { Ok(Value::float(sum)) } else { Err(overflow("float")) }
        }
        (MergeOp::AddDecimal, Value::Decimal(a), Value::Decimal(b)) => {
            a.plus(*b).map(Value::decimal).ok_or_else(|| overflow("decimal"))
        }
        (MergeOp::AddDuration, Value::Duration(a), Value::Duration(b)) => {
            a.checked_add(b).map(Value::Duration).ok_or_else(|| overflow("duration"))
        }
        (MergeOp::Concat, Value::String(a), Value::String(b)) => Ok(Value::String(concat(a, b))),
        (MergeOp::Append, Value::List(mut list), Value::List(more)) => {
            if list.as_slice().is_empty() {
                return Ok(Value::List(more));
            }
            list.make_mut().extend_from_slice(more.as_slice());
            Ok(Value::List(list))
        }
        (MergeOp::Insert, Value::Map(mut map), Value::Map(more)) => {
            if map.entries().is_empty() {
                return Ok(Value::Map(more));
            }
            let more = more.entries().iter().map(|(key, value)| (key.clone(), value.clone()));
            map.make_mut().extend(more);
            Ok(Value::Map(map))
        }
        (MergeOp::Max, acc, operand) => pick(acc, operand, Ordering::Greater),
        (MergeOp::Min, acc, operand) => pick(acc, operand, Ordering::Less),
        (MergeOp::Or, Value::Bool(a), Value::Bool(b)) => Ok(Value::Bool(a || b)),
        (MergeOp::And, Value::Bool(a), Value::Bool(b)) => Ok(Value::Bool(a && b)),
        (op, acc, operand) => Err(mismatch(op, &acc, &operand)),
    }
}

/// The operand where it has this order to what was there.
fn pick(acc: Value, operand: Value, wanted: Ordering) -> Result<Value, Failure> {
    if operand.is_null() {
        return Ok(acc);
    }
    if acc.is_null() {
        return Ok(operand);
    }
    match operand.compare(&acc) {
        Some(order) => Ok(if order == wanted { operand } else { acc }),
        None => {
            let (acc, operand) = (acc.kind_name(), operand.kind_name());
            Err(corrupt(format!("{acc} and {operand} have no order")))
        }
    }
}

fn concat(a: ArcStr, b: ArcStr) -> ArcStr {
    if a.is_empty() {
        return b;
    }
    if b.is_empty() {
        return a;
    }
    let mut text = String::with_capacity(a.len() + b.len());
    text.push_str(&a);
    text.push_str(&b);
    ArcStr::from(text)
}

fn overflow(ty: &str) -> Failure {
    let message = format!("the sum is out of the range of `{ty}`");
    Failure::new(FailureKind::Pure, "Overflow", message)
}

fn mismatch(op: MergeOp, acc: &Value, operand: &Value) -> Failure {
    let (acc, operand) = (acc.kind_name(), operand.kind_name());
    corrupt(format!("{op:?} does not merge {operand} into {acc}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ints(items: &[i64]) -> Value {
        Value::list(items.iter().map(|i| Value::Int(*i)).collect())
    }

    fn decimal(text: &str) -> Value {
        Value::decimal(text.parse().unwrap())
    }

    fn map(entries: &[(&str, i64)]) -> Value {
        Value::map(entries.iter().map(|(key, value)| (*key, Value::Int(*value))))
    }

    #[test]
    fn each_operator_merges() {
        let [t, f] = [Value::Bool(true), Value::Bool(false)];
        let table = [
            (MergeOp::AddInt, Value::Int(1), Value::Int(2), Value::Int(3)),
            (MergeOp::AddFloat, Value::Float(0.5), Value::Float(1.0), Value::Float(1.5)),
            (MergeOp::AddDecimal, decimal("0.1"), decimal("0.20"), decimal("0.3")),
            (MergeOp::Max, decimal("1.5"), decimal("1.49"), decimal("1.5")),
            (MergeOp::AddDuration, Value::Duration(1), Value::Duration(-3), Value::Duration(-2)),
            (MergeOp::Concat, Value::string("a"), Value::string("b"), Value::string("ab")),
            (MergeOp::Concat, Value::string(""), Value::string("b"), Value::string("b")),
            (MergeOp::Append, ints(&[1, 2]), ints(&[3]), ints(&[1, 2, 3])),
            (MergeOp::Append, ints(&[]), ints(&[3]), ints(&[3])),
            (MergeOp::Insert, map(&[("a", 1)]), map(&[("b", 2)]), map(&[("a", 1), ("b", 2)])),
            (MergeOp::Max, Value::Int(1), Value::Int(2), Value::Int(2)),
            (MergeOp::Max, Value::Null, Value::Int(-2), Value::Int(-2)),
            (MergeOp::Max, Value::Int(-2), Value::Null, Value::Int(-2)),
            (MergeOp::Max, Value::Null, Value::Missing, Value::Null),
            (MergeOp::Min, Value::string("b"), Value::string("a"), Value::string("a")),
            (MergeOp::Min, Value::Float(1.0), Value::Float(2.0), Value::Float(1.0)),
            (MergeOp::Or, f.clone(), t.clone(), t.clone()),
            (MergeOp::Or, f.clone(), f.clone(), f.clone()),
            (MergeOp::And, t.clone(), f.clone(), f),
            (MergeOp::And, t.clone(), t.clone(), t),
        ];
        for (op, acc, operand, expected) in table {
            let merged = merge(op, acc, operand).unwrap();
            assert!(merged.equal(&expected), "{op:?}: {merged:?}");
        }
    }

    #[test]
    fn of_equal_keys_the_last_value_wins_at_the_first_place() {
        let merged = merge(MergeOp::Insert, map(&[("b", 1), ("a", 2)]), map(&[("c", 3), ("b", 4)]));
        let Value::Map(merged) = merged.unwrap() else { panic!("a map") };
        let entries = merged.entries().iter().map(|(key, value)| (key.as_str(), value.as_int()));
        let expected = [("b", Some(4)), ("a", Some(2)), ("c", Some(3))];
        assert_eq!(entries.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn floats_are_added_one_after_another() {
        let operands = [0.1, 0.2, 0.3, 1e16, -1e16, 0.7];
        let sum = operands.iter().try_fold(Value::Float(0.0), |acc, operand| {
            merge(MergeOp::AddFloat, acc, Value::Float(*operand))
        });
        let expected = operands.iter().fold(0.0, |acc, operand| acc + operand);
        assert!(sum.unwrap().equal(&Value::Float(expected)));
    }

    #[test]
    fn appending_does_not_change_a_list_that_others_hold() {
        let first = ints(&[1]);
        let merged = merge(MergeOp::Append, first.clone(), ints(&[2])).unwrap();
        assert!(first.equal(&ints(&[1])) && merged.equal(&ints(&[1, 2])));
    }

    #[test]
    fn overflow_fails() {
        let table = [
            (MergeOp::AddInt, Value::Int(i64::MAX), Value::Int(1)),
            (MergeOp::AddInt, Value::Int(i64::MIN), Value::Int(-1)),
            (MergeOp::AddFloat, Value::Float(f64::MAX), Value::Float(f64::MAX)),
            (MergeOp::AddDuration, Value::Duration(i64::MIN), Value::Duration(-1)),
            (MergeOp::AddDecimal, decimal("1e40"), decimal("0.1")),
        ];
        for (op, acc, operand) in table {
            let failure = merge(op, acc, operand).unwrap_err();
            assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Pure, "Overflow"));
        }
    }

    #[test]
    fn values_of_another_type_are_an_internal_failure() {
        let table = [
            (MergeOp::AddInt, Value::Null, Value::Int(1)),
            (MergeOp::Append, ints(&[]), Value::Int(1)),
            (MergeOp::Max, Value::Int(1), Value::string("a")),
        ];
        for (op, acc, operand) in table {
            assert_eq!(merge(op, acc, operand).unwrap_err().kind, FailureKind::Internal);
        }
    }
}
