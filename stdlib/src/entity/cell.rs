//! The values of columns: between the JSON of rows and what stores compare.

use std::cmp::Ordering;

use indexmap::IndexMap;
use serde_json::value::RawValue;
use uuid::Uuid;
use wf_vm::bytecode::Decimal;
use wf_vm::bytecode::pushdown::{Arithmetic, Kind, Literal};
use wf_vm::value::time;

/// The value of an attribute of one row, or one that it is compared with; `T` is its text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<T = String> {
    /// It was never given.
    Missing,
    /// It is null.
    Null,
    /// A `bool`.
    Bool(bool),
    /// An `int`.
    Int(i64),
    /// A `float`, finite and never `-0`.
    Float(f64),
    /// A `decimal`.
    Decimal(Decimal),
    /// A `string`.
    String(T),
    /// An `instant`, in microseconds since 1970.
    Instant(i64),
    /// A `duration`, in microseconds.
    Duration(i64),
    /// A `uuid`.
    Uuid(Uuid),
    /// Anything else, as JSON text; never `null`.
    Json(T),
}

/// Whether two rows have the same values. A decimal is the same however it is written: `1e40` is read
/// back from a column with all of its zeros.
pub(super) fn same(a: &[Cell], b: &[Cell]) -> bool {
    let same = |(a, b): (&Cell, &Cell)| match (a, b) {
        (Cell::Decimal(a), Cell::Decimal(b)) => a.compare(*b).is_eq(),
        (a, b) => a == b,
    };
    a.len() == b.len() && a.iter().zip(b).all(same)
}

/// A [`Cell`] whose texts stand somewhere else.
pub type Seen<'a> = Cell<&'a str>;

impl<T> Cell<T> {
    /// The cell with other texts.
    pub fn with_text<'a, U>(&'a self, text: impl FnOnce(&'a T) -> U) -> Cell<U> {
        match self {
            Self::Missing => Cell::Missing,
            Self::Null => Cell::Null,
            Self::Bool(value) => Cell::Bool(*value),
            Self::Int(value) => Cell::Int(*value),
            Self::Float(value) => Cell::Float(*value),
            Self::Decimal(value) => Cell::Decimal(*value),
            Self::String(value) => Cell::String(text(value)),
            Self::Instant(micros) => Cell::Instant(*micros),
            Self::Duration(micros) => Cell::Duration(*micros),
            Self::Uuid(id) => Cell::Uuid(*id),
            Self::Json(value) => Cell::Json(text(value)),
        }
    }
}

impl<T: AsRef<str>> Cell<T> {
    /// Appends the JSON text; nothing for what is missing.
    pub fn write(&self, out: &mut String) {
        match self {
            Self::Missing => {}
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Int(value) => out.push_str(itoa::Buffer::new().format(*value)),
            // `{:?}` is the shortest text that reads back the same, and always has a point or an
            // exponent.
            Self::Float(value) => push(out, format_args!("{value:?}")),
            Self::Decimal(value) => push(out, value),
            Self::String(text) => push_string(out, text.as_ref()),
            Self::Instant(micros) => {
                out.push('"');
                // What is out of range can't be stored; a broken store shows an empty text.
                _ = time::push_instant(*micros, out);
                out.push('"');
            }
            Self::Duration(micros) => {
                out.push('"');
                time::push_duration(*micros, out);
                out.push('"');
            }
            Self::Uuid(id) => push(out, format_args!("\"{id}\"")),
            Self::Json(text) => out.push_str(text.as_ref()),
        }
    }
}

/// The attributes of a row by their names, each with its JSON text.
type Texts<'a> = IndexMap<String, &'a RawValue>;

impl Cell {
    /// The cell of a JSON text, for a column of this kind (`None`: a column of JSON); what is wrong
    /// with it where it does not fit.
    ///
    /// # Errors
    /// What was expected, as `int`.
    pub fn read(json: &str, kind: Option<Kind>) -> Result<Self, &'static str> {
        let json = json.trim();
        if json == "null" {
            return Ok(Self::Null);
        }
        let Some(kind) = kind else { return Ok(Self::Json(json.to_owned())) };
        let text = || serde_json::from_str::<String>(json).ok();
        let cell = match kind {
            Kind::Bool => json.parse().ok().map(Self::Bool),
            Kind::Int => whole(json).map(Self::Int),
            Kind::Float => json.parse().ok().and_then(Self::float),
            // A decimal may stand in a text, as at every border.
            Kind::Decimal => match json.starts_with('"') {
                true => text().and_then(|text| Decimal::parse(&text).ok()),
                false => Decimal::parse(json).ok(),
            }
            .map(Self::Decimal),
            Kind::String => text().map(Self::String),
            Kind::Instant => text().and_then(|t| time::parse_instant(&t)).map(Self::Instant),
            Kind::Duration => text().and_then(|t| time::parse_duration(&t)).map(Self::Duration),
            Kind::Uuid => text().and_then(|t| t.parse().ok()).map(Self::Uuid),
        };
        cell.ok_or(kind_name(kind))
    }

    /// A finite float; `-0` is `0`.
    pub fn float(number: f64) -> Option<Self> {
        number.is_finite().then_some(Self::Float(number + 0.0))
    }

    /// Whether it is null or missing.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Missing | Self::Null)
    }

    /// The value of a field inside of a column of JSON; missing where there is none.
    ///
    /// # Errors
    /// Where it is something else than `kind`.
    pub fn inside(json: &str, path: &[impl AsRef<str>], kind: Kind) -> Result<Self, &'static str> {
        let mut json = json.trim();
        for name in path {
            if json == "null" {
                return Ok(Self::Missing);
            }
            let fields: Texts<'_> = serde_json::from_str(json).map_err(|_| "a record")?;
            match fields.get(name.as_ref()) {
                Some(field) => json = field.get(),
                None => return Ok(Self::Missing),
            }
        }
        Self::read(json, Some(kind))
    }

    /// The order of two cells of one kind; `None` where a null is among them, or JSON.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::Int(a), Self::Int(b))
            | (Self::Instant(a), Self::Instant(b))
            | (Self::Duration(a), Self::Duration(b)) => Some(a.cmp(b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(b),
            (Self::Decimal(a), Self::Decimal(b)) => Some(a.compare(*b)),
            (Self::String(a), Self::String(b)) => Some(a.cmp(b)),
            (Self::Uuid(a), Self::Uuid(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// Whether they are equal; null is equal to null only.
    pub fn equal(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Json(a), Self::Json(b)) => a == b,
            (a, b) if a.is_null() || b.is_null() => a.is_null() && b.is_null(),
            (a, b) => a.compare(b) == Some(Ordering::Equal),
        }
    }

    /// The result of arithmetic; null where a side is null, `None` where the language fails.
    pub fn calculate(op: Arithmetic, a: &Self, b: &Self) -> Option<Self> {
        use Arithmetic::{Add, Mul, Sub};
        let ints = |a: i64, b: i64| match op {
            Add => a.checked_add(b),
            Sub => a.checked_sub(b),
            Mul => a.checked_mul(b),
        };
        let in_range = |t: &i64| (time::MIN_INSTANT..=time::MAX_INSTANT).contains(t);
        match (a, b) {
            (a, b) if a.is_null() || b.is_null() => Some(Self::Null),
            (Self::Int(a), Self::Int(b)) => ints(*a, *b).map(Self::Int),
            (Self::Float(a), Self::Float(b)) => Self::float(match op {
                Add => a + b,
                Sub => a - b,
                Mul => a * b,
            }),
            (Self::Decimal(a), Self::Decimal(b)) => match op {
                Add => a.plus(*b),
                Sub => a.minus(*b),
                Mul => a.times(*b),
            }
            .map(Self::Decimal),
            (Self::Duration(a), Self::Duration(b)) if op != Mul => ints(*a, *b).map(Self::Duration),
            (Self::Duration(a), Self::Int(b)) | (Self::Int(a), Self::Duration(b)) if op == Mul => {
                ints(*a, *b).map(Self::Duration)
            }
            (Self::Instant(a), Self::Duration(b)) if op != Mul => {
                ints(*a, *b).filter(in_range).map(Self::Instant)
            }
            (Self::Instant(a), Self::Instant(b)) if op == Sub => ints(*a, *b).map(Self::Duration),
            _ => None,
        }
    }
}

impl From<&Literal> for Cell {
    fn from(literal: &Literal) -> Self {
        match literal {
            Literal::Null => Self::Null,
            Literal::Bool(value) => Self::Bool(*value),
            Literal::Int(value) => Self::Int(*value),
            Literal::Float(value) => Self::float(*value).unwrap_or(Self::Null),
            Literal::Decimal(value) => Self::Decimal(*value),
            Literal::String(text) => Self::String(text.clone()),
            Literal::Instant(micros) => Self::Instant(*micros),
            Literal::Duration(micros) => Self::Duration(*micros),
            Literal::Uuid(id) => Self::Uuid(Uuid::from_u128(*id)),
        }
    }
}

/// How a kind is called in the language.
pub fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "bool",
        Kind::Int => "int",
        Kind::Float => "float",
        Kind::Decimal => "decimal",
        Kind::String => "string",
        Kind::Instant => "instant",
        Kind::Duration => "duration",
        Kind::Uuid => "uuid",
    }
}

/// A whole number, which may be written `5.0` or `5e0` as well.
fn whole(json: &str) -> Option<i64> {
    json.parse().ok().or_else(|| Decimal::parse(json).ok()?.to_int())
}

fn push(out: &mut String, value: impl std::fmt::Display) {
    use std::fmt::Write;
    // Writing to a string does not fail.
    _ = write!(out, "{value}");
}

/// Appends a JSON string.
pub(super) fn push_string(out: &mut String, text: &str) {
    // Most texts stand in JSON as they are.
    if !text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        out.push('"');
        out.push_str(text);
        out.push('"');
        return;
    }
    match serde_json::to_string(text) {
        Ok(json) => out.push_str(&json),
        Err(_) => out.push_str("\"\""),
    }
}
