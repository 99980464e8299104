//! The values of the evaluator: plain trees, records with the names of their fields.
//!
//! A value of a union says which member it was made as, scalars too. The numbers of `decimal` are
//! those of the project: a second arithmetic of 34 digits would be as long as this evaluator, and
//! the first one has tests of its own against exact integers.

use std::cmp::Ordering;
use std::rc::Rc;

use smol_str::SmolStr;
use wf_bytecode::Decimal;
use wf_types::Type;

/// A value.
#[derive(Clone, Debug)]
pub enum Val {
    /// `null`
    Null,
    /// A field that was not given.
    Missing,
    /// `bool`
    Bool(bool),
    /// `int`
    Int(i64),
    /// `float`
    Float(f64),
    /// `decimal`
    Dec(Decimal),
    /// `string`
    Str(Rc<str>),
    /// `uuid`
    Uuid(u128),
    /// `instant`, in microseconds
    Instant(i64),
    /// `duration`, in microseconds
    Duration(i64),
    /// `list<T>`
    List(Rc<Vec<Val>>),
    /// `map<T>`, in the order of insertion
    Map(Rc<Vec<(Rc<str>, Val)>>),
    /// A record, in the order of its type's fields
    Rec(Rc<Vec<(SmolStr, Val)>>),
    /// A lambda that is given to a node, by its number.
    Lambda(usize),
    /// A value of a union, with the member that it is of.
    Of(Rc<(Type, Val)>),
    /// What came from outside, did not fit its type, and may not be read.
    Unread,
}

impl Val {
    /// A string.
    pub fn str(text: impl AsRef<str>) -> Self {
        Self::Str(Rc::from(text.as_ref()))
    }

    /// A list.
    pub fn list(items: Vec<Val>) -> Self {
        Self::List(Rc::new(items))
    }

    /// A map; of equal keys the last value wins at the first place.
    pub fn map(entries: impl IntoIterator<Item = (Rc<str>, Val)>) -> Self {
        let mut all = Vec::new();
        for (key, value) in entries {
            insert(&mut all, key, value);
        }
        Self::Map(Rc::new(all))
    }

    /// A record.
    pub fn rec(fields: Vec<(SmolStr, Val)>) -> Self {
        Self::Rec(Rc::new(fields))
    }

    /// A value of a union that is of this member; null is of none.
    pub fn of(member: Type, value: Val) -> Self {
        match value {
            Self::Null | Self::Missing => value,
            Self::Of(inner) => Self::Of(Rc::new((member, inner.1.clone()))),
            value => Self::Of(Rc::new((member, value))),
        }
    }

    /// The value without the member that it is of.
    pub fn plain(&self) -> &Val {
        if let Self::Of(of) = self { &of.1 } else { self }
    }

    /// Whether it is null, or missing, which reads as null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null | Self::Missing)
    }

    /// Whether a part of it did not fit its type.
    pub fn has_unread(&self) -> bool {
        match self.plain() {
            Self::Unread => true,
            Self::List(items) => items.iter().any(Val::has_unread),
            Self::Map(entries) => entries.iter().any(|(_, v)| v.has_unread()),
            Self::Rec(fields) => fields.iter().any(|(_, v)| v.has_unread()),
            _ => false,
        }
    }

    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&Val> {
        match self.plain() {
            Self::Rec(fields) => fields.iter().find(|(n, _)| n == name).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The value of a key of a map.
    pub fn get(&self, key: &str) -> Option<&Val> {
        match self.plain() {
            Self::Map(entries) => entries.iter().find(|(k, _)| **k == *key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// About how much memory it takes, for the limit on that.
    pub fn size(&self) -> u64 {
        match self.plain() {
            Self::Str(text) => text.len() as u64,
            Self::List(items) => items.len() as u64,
            Self::Map(entries) => entries.len() as u64,
            _ => 1,
        }
    }
}

/// Puts an entry into a map: a key keeps its first place.
pub fn insert(entries: &mut Vec<(Rc<str>, Val)>, key: Rc<str>, value: Val) {
    match entries.iter_mut().find(|(k, _)| *k == key) {
        Some((_, old)) => *old = value,
        None => entries.push((key, value)),
    }
}

/// `==`: by value; missing is null; a field that one record does not have is null there.
pub fn equal(a: &Val, b: &Val) -> bool {
    let (a, b) = (a.plain(), b.plain());
    match (a, b) {
        (a, b) if a.is_null() || b.is_null() => a.is_null() && b.is_null(),
        (Val::List(a), Val::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equal(a, b))
        }
        (Val::Map(x), Val::Map(y)) => {
            x.len() == y.len() && x.iter().all(|(k, v)| b.get(k).is_some_and(|w| equal(v, w)))
        }
        (Val::Rec(x), Val::Rec(y)) => {
            let null = Val::Null;
            x.iter().all(|(n, v)| equal(v, b.field(n).unwrap_or(&null)))
                && y.iter().all(|(n, v)| equal(v, a.field(n).unwrap_or(&null)))
        }
        (Val::Rec(x), Val::Map(y)) | (Val::Map(y), Val::Rec(x)) => {
            let map = Val::Map(Rc::clone(y));
            let rec = Val::Rec(Rc::clone(x));
            x.iter().all(|(n, v)| match map.get(n) {
                Some(w) => equal(v, w),
                None => v.is_null(),
            }) && y.iter().all(|(k, _)| rec.field(k).is_some())
        }
        (a, b) => compare(a, b) == Some(Ordering::Equal),
    }
}

/// The order of two values that have one; null comes first.
pub fn compare(a: &Val, b: &Val) -> Option<Ordering> {
    Some(match (a.plain(), b.plain()) {
        (a, b) if a.is_null() || b.is_null() => b.is_null().cmp(&a.is_null()),
        (Val::Bool(a), Val::Bool(b)) => a.cmp(b),
        (Val::Int(a), Val::Int(b))
        | (Val::Instant(a), Val::Instant(b))
        | (Val::Duration(a), Val::Duration(b)) => a.cmp(b),
        (Val::Float(a), Val::Float(b)) => a.partial_cmp(b)?,
        (Val::Int(a), Val::Float(b)) => int_and_float(*a, *b)?,
        (Val::Float(a), Val::Int(b)) => int_and_float(*b, *a)?.reverse(),
        // A float that meets a decimal is the number that it is written as.
        (a @ Val::Dec(_), b) | (a, b @ Val::Dec(_)) => decimal(a)?.compare(decimal(b)?),
        (Val::Str(a), Val::Str(b)) => a.chars().cmp(b.chars()),
        (Val::Uuid(a), Val::Uuid(b)) => a.cmp(b),
        _ => return None,
    })
}

/// A number as a decimal.
fn decimal(value: &Val) -> Option<Decimal> {
    match value {
        Val::Int(n) => Some(Decimal::from_int(*n)),
        Val::Float(x) => Decimal::from_float(*x),
        Val::Dec(d) => Some(*d),
        _ => None,
    }
}

/// The order of an int and a float by their mathematical values.
fn int_and_float(int: i64, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    if float.abs() >= 1e30 {
        return Some(if float > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    // Below 10^30 the whole part fits in 128 bits exactly.
    let whole = float.floor();
    let order = i128::from(int).cmp(&(whole as i128));
    Some(if order == Ordering::Equal && float > whole { Ordering::Less } else { order })
}
