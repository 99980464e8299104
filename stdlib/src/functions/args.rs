//! Reading the arguments of library functions, and the failures that all of them share.

use wf_vm::bytecode::Decimal;
use wf_vm::{Failure, FailureKind, ListRef, MapRef, Value};

/// How many bytes a text may have that a function makes longer than its arguments.
pub(crate) const TEXT_LIMIT: usize = 64 << 20;

/// How many items a list may have that a function makes of nothing.
pub(crate) const LIST_LIMIT: usize = 1_000_000;

/// What library functions give.
pub(crate) type Outcome = Result<Value, Failure>;

/// The failure of a program that gives a function what its signature does not allow. The compiler
/// and the verifier keep it from happening; a hostile program gets this and no panic.
fn wrong(args: &[Value], index: usize, expected: &str) -> Failure {
    let found = match args.get(index) {
        None => "nothing",
        Some(value) => kind(value),
    };
    let message =
        format!("argument {} of a library function is {found}, not {expected}", index + 1);
    Failure::new(FailureKind::Internal, "Internal", message)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null | Value::Missing => "null",
        Value::Bool(_) => "a bool",
        Value::Int(_) => "an int",
        Value::Float(_) => "a float",
        Value::Decimal(_) => "a decimal",
        Value::String(_) => "a string",
        Value::Uuid(_) => "a uuid",
        Value::Instant(_) => "an instant",
        Value::Duration(_) => "a duration",
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
        Value::Record(_) => "a record",
        Value::Lambda(_) => "a lambda",
        Value::Step(_) => "a step",
        Value::Member(member) => kind(member.value()),
    }
}

/// The text at this place.
pub(crate) fn text(args: &[Value], index: usize) -> Result<&str, Failure> {
    match args.get(index) {
        Some(Value::String(s)) => Ok(s.as_str()),
        _ => Err(wrong(args, index, "a string")),
    }
}

/// The text at this place, where it may be null.
pub(crate) fn optional_text(args: &[Value], index: usize) -> Result<Option<&str>, Failure> {
    match args.get(index) {
        Some(Value::Null | Value::Missing) => Ok(None),
        _ => text(args, index).map(Some),
    }
}

/// The `int` at this place.
pub(crate) fn int(args: &[Value], index: usize) -> Result<i64, Failure> {
    match args.get(index) {
        Some(Value::Int(n)) => Ok(*n),
        _ => Err(wrong(args, index, "an int")),
    }
}

/// The `int` at this place, where it may be null.
pub(crate) fn optional_int(args: &[Value], index: usize) -> Result<Option<i64>, Failure> {
    match args.get(index) {
        Some(Value::Null | Value::Missing) => Ok(None),
        _ => int(args, index).map(Some),
    }
}

/// The `instant` at this place, in microseconds.
pub(crate) fn instant(args: &[Value], index: usize) -> Result<i64, Failure> {
    match args.get(index) {
        Some(Value::Instant(at)) => Ok(*at),
        _ => Err(wrong(args, index, "an instant")),
    }
}

/// A number, as it came.
#[derive(Clone, Copy)]
pub(crate) enum Number {
    Int(i64),
    Float(f64),
    Decimal(Decimal),
}

/// The number at this place.
pub(crate) fn number(args: &[Value], index: usize) -> Result<Number, Failure> {
    match args.get(index) {
        Some(Value::Int(n)) => Ok(Number::Int(*n)),
        Some(Value::Float(x)) => Ok(Number::Float(*x)),
        Some(Value::Decimal(d)) => Ok(Number::Decimal(**d)),
        _ => Err(wrong(args, index, "a number")),
    }
}

/// Moves the list at this place out, so that one that nobody else holds is changed in place.
pub(crate) fn list(args: &mut [Value], index: usize) -> Result<ListRef, Failure> {
    match args.get_mut(index).map(std::mem::take) {
        Some(Value::List(items)) => Ok(items),
        Some(other) => {
            args[index] = other;
            Err(wrong(args, index, "a list"))
        }
        None => Err(wrong(args, index, "a list")),
    }
}

/// Moves the map at this place out.
pub(crate) fn map(args: &mut [Value], index: usize) -> Result<MapRef, Failure> {
    match args.get_mut(index).map(std::mem::take) {
        Some(Value::Map(entries)) => Ok(entries),
        Some(other) => {
            args[index] = other;
            Err(wrong(args, index, "a map"))
        }
        None => Err(wrong(args, index, "a map")),
    }
}

/// Moves the value at this place out.
pub(crate) fn any(args: &mut [Value], index: usize) -> Result<Value, Failure> {
    match args.get_mut(index) {
        Some(value) => Ok(std::mem::take(value)),
        None => Err(wrong(args, index, "a value")),
    }
}

/// The value of a text.
pub(crate) fn string(text: impl AsRef<str>) -> Value {
    Value::String(text.as_ref().into())
}

/// A float, which must be finite; `-0` becomes `0`.
pub(crate) fn float(x: f64) -> Outcome {
    if x.is_finite() { Ok(Value::Float(x + 0.0)) } else { Err(overflow("a float")) }
}

/// A decimal, where there is one.
pub(crate) fn decimal(number: Option<Decimal>) -> Outcome {
    number.map(Value::decimal).ok_or_else(|| overflow("the 34 digits of a decimal"))
}

/// The failure of a number that is too large for its type.
pub(crate) fn overflow(what: &str) -> Failure {
    let message = format!("the result is too large for {what}");
    Failure::new(FailureKind::Pure, "Overflow", message)
}

/// The failure of a result beyond a limit.
pub(crate) fn too_large(message: String) -> Failure {
    Failure::new(FailureKind::Pure, "TooLarge", message)
}

/// Checks the length that a text is going to have.
pub(crate) fn check_length(bytes: Option<usize>) -> Result<usize, Failure> {
    bytes
        .filter(|n| *n <= TEXT_LIMIT)
        .ok_or_else(|| too_large(format!("the text would be longer than {} MiB", TEXT_LIMIT >> 20)))
}
