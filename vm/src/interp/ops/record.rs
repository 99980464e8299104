//! Records, their fields, and scalars in values.

use std::ops::Range;

use wf_bytecode::{FieldSource, ShapeIdx, V};

use super::{cost, put, range, take};
use crate::interp::{Env, Fault, corrupt};
use crate::{RecordRef, Value, value};

/// What missing fields read as.
pub(super) static NULL: Value = Value::Null;

/// The bits of an `int`.
#[inline]
pub(crate) fn int(value: &Value) -> Result<u64, Fault> {
    if let Value::Int(number) = value { Ok(*number as u64) } else { Err(corrupt()) }
}

/// The bits of a `float`.
#[inline]
pub(crate) fn float(value: &Value) -> Result<u64, Fault> {
    if let Value::Float(number) = value { Ok(number.to_bits()) } else { Err(corrupt()) }
}

/// The bits of a `bool`.
#[inline]
pub(crate) fn bool(value: &Value) -> Result<u64, Fault> {
    if let Value::Bool(truth) = value { Ok(u64::from(*truth)) } else { Err(corrupt()) }
}

/// The bits of an `int`, a `float` or a `bool`.
#[inline]
pub(crate) fn bits(value: &Value) -> Result<u64, Fault> {
    match value {
        Value::Int(number) => Ok(number.cast_unsigned()),
        Value::Float(number) => Ok(number.to_bits()),
        Value::Bool(truth) => Ok(u64::from(*truth)),
        _ => Err(corrupt()),
    }
}

/// A field of a record; null where it is missing.
#[inline]
pub(crate) fn field(value: &Value, slot: u16) -> Result<&Value, Fault> {
    let Value::Record(record) = value else { return Err(corrupt()) };
    match record.fields().get(usize::from(slot)) {
        Some(Value::Missing) => Ok(&NULL),
        Some(field) => Ok(field),
        None => Err(corrupt()),
    }
}

/// A record from a range of registers. One that is left in the register from the round before, and that
/// nobody else holds, is filled again.
pub(crate) fn make(
    v: &mut [Value],
    dst: V,
    shape: u16,
    first: V,
    env: Env<'_>,
) -> Result<(), Fault> {
    let count = env.program().shapes.get(usize::from(shape)).ok_or_else(corrupt)?.fields.len();
    let (place, start) = (usize::from(dst.0), usize::from(first.0));
    if matches!(v.get(place), Some(Value::Record(_)))
        && let Some((old, values)) = beside(v, place, start..start + count)
        && let Value::Record(record) = old
        && record.refill(ShapeIdx(shape), values)
    {
        return Ok(());
    }
    let fields = range(v, first, count)?.iter_mut().map(std::mem::take);
    let record = RecordRef::from_fields(ShapeIdx(shape), fields);
    put(v, dst, Value::Record(record))
}

/// A register and a range of others; `None` where it is one of them.
fn beside(
    v: &mut [Value],
    place: usize,
    values: Range<usize>,
) -> Option<(&mut Value, &mut [Value])> {
    if place < values.start {
        let (before, rest) = v.split_at_mut_checked(values.start)?;
        Some((before.get_mut(place)?, rest.get_mut(..values.len())?))
    } else {
        let (before, rest) = v.split_at_mut_checked(place)?;
        Some((rest.first_mut()?, before.get_mut(values)?))
    }
}

/// A record from other records and values.
pub(crate) fn spread(
    v: &mut [Value],
    dst: V,
    plan: u16,
    first: V,
    env: Env<'_>,
) -> Result<(), Fault> {
    let plan = env.program().record_plans.get(usize::from(plan)).ok_or_else(corrupt)?;
    let sources = range(v, first, usize::from(plan.count))?;
    let mut fields = Vec::with_capacity(plan.fields.len());
    for tried in &plan.fields {
        let mut found = Value::Missing;
        for source in tried {
            found = spread_field(sources, source)?;
            if !matches!(found, Value::Missing) {
                break;
            }
        }
        fields.push(found);
    }
    sources.fill(Value::Null);
    put(v, dst, Value::Record(RecordRef::new(plan.shape, fields)))
}

fn spread_field(sources: &[Value], source: &FieldSource) -> Result<Value, Fault> {
    match *source {
        FieldSource::Register(place) => {
            sources.get(usize::from(place)).cloned().ok_or_else(corrupt)
        }
        FieldSource::Slot { record, slot } => match sources.get(usize::from(record)) {
            Some(Value::Record(record)) => {
                record.fields().get(usize::from(slot)).cloned().ok_or_else(corrupt)
            }
            Some(Value::Null) => Ok(Value::Missing),
            _ => Err(corrupt()),
        },
    }
}

/// A value as another type wants it.
pub(crate) fn coerce(
    v: &mut [Value],
    dst: V,
    src: V,
    plan: u16,
    env: Env<'_>,
) -> Result<i64, Fault> {
    let plan = env.program().coercions.get(usize::from(plan)).ok_or_else(corrupt)?;
    let value = super::see(v, src)?.clone();
    let work = cost(items_of(&value) * 4);
    let coerced = value::coerce::coerce(value, plan, env.program())?;
    put(v, dst, coerced)?;
    Ok(work)
}

/// The number of values directly in a value.
pub(crate) fn items_of(value: &Value) -> usize {
    match value {
        Value::List(list) => list.len(),
        Value::Map(map) => map.entries().len(),
        Value::Record(record) => record.fields().len(),
        Value::String(text) => text.len() / 16,
        _ => 0,
    }
}

/// Moves a range out of the registers.
pub(crate) fn take_range(v: &mut [Value], first: V, count: usize) -> Result<Vec<Value>, Fault> {
    match count {
        0 => Ok(Vec::new()),
        1 => Ok(vec![take(v, first)?]),
        _ => Ok(range(v, first, count)?.iter_mut().map(std::mem::take).collect()),
    }
}
