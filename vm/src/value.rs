//! Values as the machine holds them.

pub mod coerce;
pub mod constant;
mod debug;
pub mod decode;
mod drop;
mod equal;
pub mod json;
pub mod jsonpath;
mod list;
mod member;
pub mod merge;
pub mod text;
pub mod time;

#[cfg(test)]
pub(crate) mod samples;

use std::sync::Arc;

use arcstr::ArcStr;
use indexmap::IndexMap;
use uuid::Uuid;
use wf_bytecode::{Decimal, ShapeIdx};

pub(crate) use list::Chosen;
pub use list::ListRef;
pub use member::MemberRef;

use crate::node::LambdaRef;
use crate::{Failure, FailureKind};

/// How deep a value may be nested where it is walked as a whole: written, coerced. Twice what the
/// border lets in.
pub const MAX_DEPTH: u32 = 256;

/// The entries of a map, in the order of insertion.
pub type Entries = IndexMap<ArcStr, Value, foldhash::quality::RandomState>;

/// A value: 16 bytes, cheap to clone.
///
/// Records carry the number of their shape, so that any value of a program can be shown with the
/// program's table of shapes. `json` is held as null, bools, numbers, strings, lists and maps.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// A field that was not given, or that the program does not read; in slots of records, and in
    /// lists and maps whose items are not read. Reads as null, is not written.
    Missing,
    /// `bool`
    Bool(bool),
    /// `int`
    Int(i64),
    /// `float`, always finite, never `-0`
    Float(f64),
    /// `decimal`
    Decimal(triomphe::Arc<Decimal>),
    /// `string`
    String(ArcStr),
    /// `uuid`
    Uuid(triomphe::Arc<Uuid>),
    /// `instant`, in microseconds since 1970-01-01T00:00:00Z
    Instant(i64),
    /// `duration`, in microseconds
    Duration(i64),
    /// `list<T>`
    List(ListRef),
    /// `map<T>`, and objects of `json`
    Map(MapRef),
    /// A record or an entity
    Record(RecordRef),
    /// A lambda given to a node
    Lambda(LambdaRef),
    /// A step's output with its circumstances
    Step(Arc<crate::store::StepOutput>),
    /// A list, map, record or `json` of a union, with the member that it was made or decoded as;
    /// [`Value::plain`] sees through it
    Member(MemberRef),
}

/// A shared map in the order of insertion.
#[derive(Clone, Default)]
pub struct MapRef(pub(crate) triomphe::Arc<Entries>);

/// A shared record: its shape and its fields by slot.
#[derive(Clone)]
pub struct RecordRef(pub(crate) triomphe::ThinArc<ShapeIdx, Value>);

impl Value {
    /// Whether somebody else holds the same list, map or record.
    pub(crate) fn is_shared(&self) -> bool {
        match self {
            Self::List(items) => triomphe::Arc::strong_count(&items.0) > 1,
            Self::Map(map) => triomphe::Arc::strong_count(&map.0) > 1,
            Self::Record(record) => triomphe::ThinArc::strong_count(&record.0) > 1,
            _ => false,
        }
    }

    /// Whether both are the same as they are in memory: equal where it is cheap to see.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) | (Self::Missing, Self::Missing) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b))
            | (Self::Instant(a), Self::Instant(b))
            | (Self::Duration(a), Self::Duration(b)) => a == b,
            (Self::String(a), Self::String(b)) => ArcStr::ptr_eq(a, b),
            (Self::List(a), Self::List(b)) => triomphe::Arc::ptr_eq(&a.0, &b.0),
            (Self::Map(a), Self::Map(b)) => triomphe::Arc::ptr_eq(&a.0, &b.0),
            (Self::Record(a), Self::Record(b)) => std::ptr::eq(a.fields(), b.fields()),
            (Self::Step(a), Self::Step(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// Whether it is missing, or a list or map of which only lengths are known, its own or those of
    /// lists and maps in it: the program does not read their items.
    pub(crate) fn is_unread(&self) -> bool {
        self.lacks_items(MAX_DEPTH).unwrap_or(false)
    }

    /// The same; `None` where nothing is there that says so: values without parts may stand beside
    /// others in a list of a union.
    fn lacks_items(&self, left: u32) -> Option<bool> {
        let Some(left) = left.checked_sub(1) else { return Some(false) };
        match self {
            Self::Missing => Some(true),
            Self::List(items) => items.as_slice().iter().find_map(|item| item.lacks_items(left)),
            Self::Map(map) => map.entries().values().find_map(|item| item.lacks_items(left)),
            Self::Member(member) => member.value().lacks_items(left).filter(|lacks| *lacks),
            Self::Record(_) | Self::Step(_) | Self::Lambda(_) => Some(false),
            _ => None,
        }
    }

    /// A string.
    pub fn string(text: impl AsRef<str>) -> Self {
        Self::String(ArcStr::from(text.as_ref()))
    }

    /// A uuid.
    pub fn uuid(id: Uuid) -> Self {
        Self::Uuid(triomphe::Arc::new(id))
    }

    /// A decimal.
    pub fn decimal(number: Decimal) -> Self {
        Self::Decimal(triomphe::Arc::new(number))
    }

    /// A float: `-0` becomes `0`. The caller has seen to it that the number is finite.
    pub fn float(number: f64) -> Self {
        debug_assert!(number.is_finite(), "floats are finite");
        Self::Float(number + 0.0)
    }

    /// A list of these items.
    pub fn list(items: Vec<Value>) -> Self {
        Self::List(ListRef::new(items))
    }

    /// A map of these entries; the last of equal keys wins at the first's place.
    pub fn map<K: Into<ArcStr>>(entries: impl IntoIterator<Item = (K, Value)>) -> Self {
        let entries = entries.into_iter().map(|(key, value)| (key.into(), value));
        Self::Map(MapRef::new(entries.collect()))
    }

    /// A record of this shape; the fields are in the order of its slots.
    pub fn record(shape: ShapeIdx, fields: Vec<Value>) -> Self {
        Self::Record(RecordRef::new(shape, fields))
    }

    /// Whether it reads as null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null | Self::Missing)
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The number of an `int`.
    pub fn as_int(&self) -> Option<i64> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }

    /// The number of a `decimal`.
    pub fn as_decimal(&self) -> Option<Decimal> {
        if let Self::Decimal(number) = self { Some(**number) } else { None }
    }

    /// The truth of a `bool`.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(truth) = self { Some(*truth) } else { None }
    }

    /// What it is, in messages: `an int`, `a list`.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Missing => "nothing",
            Self::Bool(_) => "a bool",
            Self::Int(_) => "an int",
            Self::Float(_) => "a float",
            Self::Decimal(_) => "a decimal",
            Self::String(_) => "a string",
            Self::Uuid(_) => "a uuid",
            Self::Instant(_) => "an instant",
            Self::Duration(_) => "a duration",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Record(_) => "a record",
            Self::Lambda(_) => "a lambda",
            Self::Step(_) => "a step",
            Self::Member(member) => member.value().kind_name(),
        }
    }

    /// Whether it is all there is: nothing must be given back.
    #[inline(always)]
    fn is_bare(&self) -> bool {
        matches!(self, Self::Null | Self::Missing | Self::Bool(_) | Self::Int(_) | Self::Float(_))
    }

    /// Moves it to another place. What is bare is copied part by part: read as a whole right after it was
    /// written by parts, it would wait for the memory.
    #[inline(always)]
    pub(crate) fn move_to(&mut self, place: &mut Self) {
        match self {
            Self::Bool(truth) => Self::Bool(*truth).put_into(place),
            Self::Int(number) => Self::Int(*number).put_into(place),
            other => std::mem::take(other).put_into(place),
        }
    }

    /// Puts a value into a place, which most often holds nothing that must be given back: then the new one
    /// is written where it belongs, and not made elsewhere first.
    #[inline(always)]
    pub(crate) fn put_into(self, place: &mut Self) {
        if place.is_bare() {
            std::mem::forget(std::mem::replace(place, self));
        } else {
            *place = self;
        }
    }

    /// Whether other values are inside.
    pub(crate) fn is_container(&self) -> bool {
        matches!(
            self,
            Self::List(_)
                | Self::Map(_)
                | Self::Record(_)
                | Self::Lambda(_)
                | Self::Step(_)
                | Self::Member(_)
        )
    }
}

/// The failure of a walk through a value that is nested too deeply.
pub(crate) fn too_deep() -> Failure {
    let message = format!("the value is nested deeper than {MAX_DEPTH} levels");
    Failure::new(FailureKind::Pure, "TooDeep", message)
}

/// The failure where a value is not what the program's tables promise.
pub(crate) fn corrupt(message: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Internal, "Internal", message)
}

impl MapRef {
    /// A map of these entries.
    pub fn new(entries: Entries) -> Self {
        Self(triomphe::Arc::new(entries))
    }

    /// The entries.
    pub fn entries(&self) -> &Entries {
        &self.0
    }

    /// The entries to change; copied first where the map is shared.
    pub fn make_mut(&mut self) -> &mut Entries {
        triomphe::Arc::make_mut(&mut self.0)
    }
}

impl RecordRef {
    /// A record of this shape; the fields are in the order of its slots.
    pub fn new(shape: ShapeIdx, fields: Vec<Value>) -> Self {
        Self::from_fields(shape, fields.into_iter())
    }

    /// The same without a list in between.
    pub fn from_fields(shape: ShapeIdx, fields: impl ExactSizeIterator<Item = Value>) -> Self {
        Self(triomphe::ThinArc::from_header_and_iter(shape, fields))
    }

    /// Gives back what the fields hold, where nobody else holds the record: it is ready for
    /// [`refill`](Self::refill). Whether it is.
    #[inline]
    pub(crate) fn empty(&mut self) -> bool {
        self.0.with_arc_mut(|record| match triomphe::Arc::get_mut(record) {
            None => false,
            Some(record) => {
                record.slice_mut().iter_mut().filter(|field| !field.is_bare()).for_each(|field| {
                    *field = Value::Null;
                });
                true
            }
        })
    }

    /// Moves values into the fields of a record that nobody else holds, instead of making another one of
    /// this shape. Whether that was done.
    #[inline]
    pub(crate) fn refill(&mut self, shape: ShapeIdx, values: &mut [Value]) -> bool {
        if self.shape() != shape || self.fields().len() != values.len() {
            return false;
        }
        self.0.with_arc_mut(|record| match triomphe::Arc::get_mut(record) {
            None => false,
            Some(record) => {
                let fields = record.slice_mut().iter_mut();
                fields.zip(values).for_each(|(field, value)| value.move_to(field));
                true
            }
        })
    }

    /// The shape.
    pub fn shape(&self) -> ShapeIdx {
        self.0.header.header
    }

    /// The fields by slot.
    pub fn fields(&self) -> &[Value] {
        &self.0.slice
    }

    /// The field in this slot; null where it is missing or the record has no such slot.
    pub fn get(&self, slot: usize) -> Value {
        match self.fields().get(slot) {
            None | Some(Value::Missing) => Value::Null,
            Some(value) => value.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_sixteen_bytes_and_can_be_shared() {
        fn shared<T: Send + Sync>() {}
        shared::<Value>();
        assert_eq!(size_of::<Value>(), 16);
        assert_eq!(size_of::<Option<Value>>(), 16);
        assert_eq!(size_of::<Result<Value, Box<u64>>>(), 16);
    }

    #[test]
    fn a_list_is_unread_where_items_of_any_list_in_it_are() {
        let list = Value::list;
        let member = |value| Value::member(wf_bytecode::TypeIdx(1), value);
        let unread = || list(vec![Value::Missing, Value::Missing]);
        for (value, expected) in [
            (Value::Missing, true),
            (Value::Null, false),
            (list(vec![]), false),
            (unread(), true),
            (list(vec![list(vec![]), Value::Null, unread()]), true),
            (list(vec![list(vec![]), list(vec![Value::Int(1)])]), false),
            (Value::map([("a", list(vec![])), ("b", unread())]), true),
            (list(vec![member(list(vec![Value::Int(1)])), member(unread())]), true),
            (list(vec![member(Value::string("a")), Value::Null]), false),
            (list(vec![Value::Int(1), member(unread())]), true),
            (list(vec![Value::record(ShapeIdx(0), vec![Value::Missing]), unread()]), false),
        ] {
            assert_eq!(value.is_unread(), expected, "{value:?}");
        }
        let deep = (0..100_000).fold(unread(), |value, _| list(vec![value]));
        assert!(!deep.is_unread());
    }

    #[test]
    fn a_missing_field_reads_as_null() {
        let record = RecordRef::new(ShapeIdx(0), vec![Value::Int(1), Value::Missing]);
        assert_eq!(record.get(0).as_int(), Some(1));
        assert!(matches!(record.get(1), Value::Null));
        assert!(matches!(record.get(2), Value::Null));
        assert!(matches!(record.fields()[1], Value::Missing));
    }

    #[test]
    fn a_record_is_filled_again_where_nobody_else_holds_it() {
        let shape = ShapeIdx(0);
        let list = Value::list(vec![Value::Int(1)]);
        let mut record = RecordRef::new(shape, vec![Value::Int(1), list.clone()]);
        assert!(list.is_shared() && record.empty() && !list.is_shared());
        let place = record.fields().as_ptr();
        assert!(record.refill(shape, &mut [Value::Bool(true), Value::string("a")]));
        assert_eq!((record.get(0).as_bool(), record.get(1).as_str()), (Some(true), Some("a")));
        assert_eq!(record.fields().as_ptr(), place);

        let held = record.clone();
        assert!(!record.empty() && !record.refill(shape, &mut [Value::Null, Value::Null]));
        assert_eq!((held.get(0).as_bool(), held.get(1).as_str()), (Some(true), Some("a")));
        drop(held);
        assert!(!record.refill(ShapeIdx(1), &mut [Value::Null, Value::Null]));
        assert!(!record.refill(shape, &mut [Value::Null]));
        assert_eq!(record.get(0).as_bool(), Some(true));
    }

    #[test]
    fn a_float_is_never_minus_zero() {
        assert!(matches!(Value::float(-0.0), Value::Float(zero) if zero.is_sign_positive()));
    }

    #[test]
    fn changing_a_shared_list_or_map_copies_it() {
        let first = ListRef::new(vec![Value::Int(1)]);
        let mut second = first.clone();
        second.make_mut().push(Value::Int(2));
        assert_eq!((first.as_slice().len(), second.as_slice().len()), (1, 2));

        let Value::Map(first) = Value::map([("a", Value::Null)]) else { panic!("a map") };
        let mut second = first.clone();
        second.make_mut().insert(ArcStr::from("b"), Value::Null);
        assert_eq!((first.entries().len(), second.entries().len()), (1, 2));
    }
}
