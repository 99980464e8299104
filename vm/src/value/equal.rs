//! Equality and order of values.

use std::cmp::Ordering;

use wf_bytecode::Program;
use wf_jsonpath::{Json, View};

use super::{MapRef, RecordRef, Value};

/// How many levels are compared by recursion before the rest is put aside.
const LEVELS: u32 = 100;

impl Value {
    /// The equality of the language, of two values of one type: by value. Missing equals null, an
    /// int equals a float of the same mathematical value, a decimal a float that is written as the
    /// same number, lists are compared in order, maps without. Values of any depth can be compared.
    ///
    /// Records of different shapes are different here, since their names are not at hand:
    /// [`Value::equal_in`] compares them too.
    pub fn equal(&self, other: &Value) -> bool {
        Comparison { program: None, aside: Vec::new() }.run(self, other)
    }

    /// The same of values of any two types: records of different shapes, and a record and a map,
    /// are compared as objects. A field of a record that is null may be absent from the other.
    pub fn equal_in(&self, other: &Value, program: &Program) -> bool {
        Comparison { program: Some(program), aside: Vec::new() }.run(self, other)
    }

    /// The order of two strings (by code points), numbers, bools, instants, durations or uuids;
    /// null comes first. `None` for all else.
    pub fn compare(&self, other: &Value) -> Option<Ordering> {
        match (self.plain(), other.plain()) {
            (a, b) if a.is_null() || b.is_null() => Some(b.is_null().cmp(&a.is_null())),
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::Int(a), Self::Int(b))
            | (Self::Instant(a), Self::Instant(b))
            | (Self::Duration(a), Self::Duration(b)) => Some(a.cmp(b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(b),
            (Self::Decimal(a), Self::Decimal(b)) => Some(a.compare(**b)),
            (Self::String(a), Self::String(b)) => Some(a.as_str().cmp(b.as_str())),
            (Self::Uuid(a), Self::Uuid(b)) => Some(a.cmp(b)),
            // Numbers of two kinds meet in `json` only, where they have the order of JSON.
            (a, b) => match (a.view(), b.view()) {
                (View::Number(a), View::Number(b)) => a.order(b),
                _ => None,
            },
        }
    }
}

/// A comparison, with the pairs that are still to be compared.
struct Comparison<'a> {
    program: Option<&'a Program>,
    aside: Vec<(&'a Value, &'a Value)>,
}

impl<'a> Comparison<'a> {
    fn run(mut self, a: &'a Value, b: &'a Value) -> bool {
        let mut equal = self.same(a, b, 0);
        while equal && let Some((a, b)) = self.aside.pop() {
            equal = self.same(a, b, 0);
        }
        equal
    }

    fn same(&mut self, a: &'a Value, b: &'a Value, depth: u32) -> bool {
        use Value::{Lambda, List, Map, Record, Step};
        let (a, b) = (a.plain(), b.plain());
        if depth >= LEVELS && a.is_container() && b.is_container() {
            self.aside.push((a, b));
            return true;
        }
        match (a, b) {
            // What is shared is equal to itself, however often it is inside.
            (List(a), List(b)) if triomphe::Arc::ptr_eq(&a.0, &b.0) => true,
            (Map(a), Map(b)) if triomphe::Arc::ptr_eq(&a.0, &b.0) => true,
            (Record(a), Record(b)) if std::ptr::eq(a.fields(), b.fields()) => {
                a.shape() == b.shape()
            }
            (List(a), List(b)) => {
                let (a, b) = (a.as_slice(), b.as_slice());
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.same(a, b, depth + 1))
            }
            (Map(a), Map(b)) => {
                let (a, b) = (a.entries(), b.entries());
                a.len() == b.len()
                    && a.iter()
                        .all(|(key, a)| b.get(key).is_some_and(|b| self.same(a, b, depth + 1)))
            }
            (Record(a), Record(b)) if a.shape() == b.shape() => {
                let (a, b) = (a.fields(), b.fields());
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.same(a, b, depth + 1))
            }
            (Record(a), Record(b)) => self.same_records(a, b, depth),
            (Record(record), Map(map)) | (Map(map), Record(record)) => {
                self.same_objects(record, map, depth)
            }
            (Step(a), Step(b)) => {
                a.step == b.step
                    && a.node_id() == b.node_id()
                    && a.status == b.status
                    && self.same(&a.output, &b.output, depth + 1)
            }
            (Lambda(a), Lambda(b)) => std::sync::Arc::ptr_eq(&a.closure, &b.closure),
            (a, b) => a.compare(b) == Some(Ordering::Equal),
        }
    }

    /// Fields by their names; those that only one has must be null there.
    fn same_records(&mut self, a: &'a RecordRef, b: &'a RecordRef, depth: u32) -> bool {
        let (Some(a_names), Some(b_names)) = (self.names(a), self.names(b)) else { return false };
        let of_a = a_names.iter().zip(a.fields()).all(|(name, a)| {
            match b_names.iter().position(|n| n == name).and_then(|slot| b.fields().get(slot)) {
                Some(b) => self.same(a, b, depth + 1),
                None => a.is_null(),
            }
        });
        of_a && b_names
            .iter()
            .zip(b.fields())
            .all(|(name, b)| b.is_null() || a_names.contains(name))
    }

    fn same_objects(&mut self, record: &'a RecordRef, map: &'a MapRef, depth: u32) -> bool {
        let Some(names) = self.names(record) else { return false };
        let mut found = 0;
        let of_record = names.iter().zip(record.fields()).all(|(name, field)| {
            match map.entries().get(name.as_str()) {
                Some(value) => {
                    found += 1;
                    self.same(field, value, depth + 1)
                }
                None => field.is_null(),
            }
        });
        of_record && found == map.entries().len()
    }

    fn names(&self, record: &RecordRef) -> Option<&'a [smol_str::SmolStr]> {
        let shape = self.program?.shapes.get(usize::from(record.shape().0))?;
        Some(&shape.fields)
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering::{Equal, Greater, Less};

    use wf_bytecode::ShapeIdx;

    use super::*;
    use crate::value::samples::{self, Types};

    fn ints(items: &[i64]) -> Value {
        Value::list(items.iter().map(|i| Value::Int(*i)).collect())
    }

    fn assert_equal(a: &Value, b: &Value, expected: bool) {
        assert_eq!(a.equal(b), expected, "{a:?} == {b:?}");
        assert_eq!(b.equal(a), expected, "{b:?} == {a:?}");
    }

    #[test]
    fn scalars_are_equal_by_value() {
        let id = uuid::Uuid::from_u128(5);
        let different = [
            Value::Null,
            Value::Bool(true),
            Value::Bool(false),
            Value::Int(1),
            Value::Float(1.5),
            Value::string("1"),
            Value::string(""),
            Value::uuid(id),
            Value::Instant(1),
            Value::Duration(1),
            Value::list(vec![]),
            Value::map::<&str>([]),
            Value::record(ShapeIdx(0), vec![]),
        ];
        for (i, a) in different.iter().enumerate() {
            for (j, b) in different.iter().enumerate() {
                assert_equal(a, b, i == j);
            }
        }
        assert_equal(&Value::uuid(id), &Value::uuid(id), true);
        assert_equal(&Value::Missing, &Value::Null, true);
        assert_equal(&Value::Missing, &Value::Missing, true);
        assert_equal(&Value::Missing, &Value::Bool(false), false);
    }

    #[test]
    fn ints_and_floats_are_compared_exactly() {
        let big = 9_007_199_254_740_993_i64;
        let table = [
            (1, 1.0, Equal),
            (0, 0.0, Equal),
            (1, 1.5, Less),
            (2, 1.5, Greater),
            (-1, -1.5, Greater),
            (-2, -1.5, Less),
            (big, 9_007_199_254_740_992.0, Greater),
            (big, 9_007_199_254_740_994.0, Less),
            (i64::MAX, 9_223_372_036_854_775_808.0, Less),
            (i64::MIN, -9_223_372_036_854_775_808.0, Equal),
            (i64::MIN, -1e300, Greater),
            (i64::MAX, 1e300, Less),
        ];
        for (int, float, order) in table {
            let (int, float) = (Value::Int(int), Value::Float(float));
            assert_eq!(int.compare(&float), Some(order), "{int:?} {float:?}");
            assert_eq!(float.compare(&int), Some(order.reverse()), "{float:?} {int:?}");
            assert_equal(&int, &float, order == Equal);
        }
    }

    #[test]
    fn null_comes_first_and_strings_go_by_code_points() {
        let table = [
            (Value::Null, Value::Int(-5), Some(Less)),
            (Value::Int(-5), Value::Missing, Some(Greater)),
            (Value::Null, Value::Missing, Some(Equal)),
            (Value::string("Z"), Value::string("a"), Some(Less)),
            (Value::string("\u{ff5e}"), Value::string("\u{1f600}"), Some(Less)),
            (Value::string("a"), Value::string("ab"), Some(Less)),
            (Value::Bool(false), Value::Bool(true), Some(Less)),
            (Value::Instant(2), Value::Instant(1), Some(Greater)),
            (Value::Duration(2), Value::Duration(2), Some(Equal)),
            (Value::Int(1), Value::string("1"), None),
            (Value::list(vec![]), Value::list(vec![]), None),
        ];
        for (a, b, order) in table {
            assert_eq!(a.compare(&b), order, "{a:?} {b:?}");
        }
    }

    #[test]
    fn lists_are_ordered_and_maps_are_not() {
        assert_equal(&ints(&[1, 2]), &ints(&[1, 2]), true);
        assert_equal(&ints(&[1, 2]), &ints(&[2, 1]), false);
        assert_equal(&ints(&[1, 2]), &ints(&[1]), false);
        let ab = Value::map([("a", Value::Int(1)), ("b", Value::Null)]);
        let ba = Value::map([("b", Value::Null), ("a", Value::Float(1.0))]);
        assert_equal(&ab, &ba, true);
        assert_equal(&ab, &Value::map([("a", Value::Int(1))]), false);
        let ac = Value::map([("a", Value::Int(1)), ("c", Value::Null)]);
        assert_equal(&ab, &ac, false);
    }

    #[test]
    fn a_missing_field_equals_a_null_one() {
        let record = |last| Value::record(ShapeIdx(0), vec![Value::Int(1), last]);
        assert_equal(&record(Value::Missing), &record(Value::Null), true);
        assert_equal(&record(Value::Missing), &record(Value::Int(0)), false);
    }

    #[test]
    fn records_of_different_shapes_are_compared_by_name() {
        let mut types = Types::new();
        let ab = types.shape(&["a", "b"]);
        let bca = types.shape(&["b", "c", "a"]);
        let program = types.program;
        let (one, two) = (Value::Int(1), Value::Int(2));
        let a = Value::record(ab, vec![one.clone(), two.clone()]);
        let same = Value::record(bca, vec![two.clone(), Value::Missing, one.clone()]);
        let more = Value::record(bca, vec![two.clone(), one.clone(), one.clone()]);
        assert!(a.equal_in(&same, &program) && same.equal_in(&a, &program));
        assert!(!a.equal_in(&more, &program) && !more.equal_in(&a, &program));

        let map = Value::map([("b", two.clone()), ("a", one.clone())]);
        assert!(a.equal_in(&map, &program) && map.equal_in(&same, &program));
        assert!(!more.equal_in(&map, &program));
        let wider = Value::map([("b", two), ("a", one), ("x", Value::Null)]);
        assert!(!a.equal_in(&wider, &program));
    }

    #[test]
    fn deep_values_are_compared_without_deep_recursion() {
        let deep = |leaf| (0..200_000).fold(leaf, |value, _| Value::list(vec![value]));
        assert!(deep(Value::Int(1)).equal(&deep(Value::Int(1))));
        assert!(!deep(Value::Int(1)).equal(&deep(Value::Int(2))));
    }

    #[test]
    fn what_is_shared_is_compared_at_once() {
        let doubled = |value: Value, _| Value::list(vec![value.clone(), value]);
        let value = (0..60).fold(Value::Int(1), doubled);
        let record = |value: &Value| Value::record(ShapeIdx(0), vec![value.clone()]);
        assert!(record(&value).equal(&record(&value)));
    }

    #[test]
    fn a_sample_of_each_type_equals_its_copy() {
        let sample = samples::one_of_each();
        assert!(sample.value.equal(&sample.value.clone()));
    }
}
