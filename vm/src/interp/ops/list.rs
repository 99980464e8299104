//! Lists and maps.

use arcstr::ArcStr;
use wf_bytecode::V;

use super::group::Groups;
use super::record::{field, take_range};
use super::{check_size, cost, put, range as registers, see, take};
use crate::interp::{Env, Fault, corrupt};
use crate::{ListRef, MapRef, Value};

/// For how many items a list is given room before there is one.
const MOST_ROOM: usize = 1 << 20;

/// The items of a list.
#[inline]
pub(crate) fn items(value: &Value) -> Result<&[Value], Fault> {
    if let Value::List(list) = value { Ok(list.as_slice()) } else { Err(corrupt()) }
}

/// An empty list with room for as many items, as far as a list may have them.
pub(crate) fn new(size: u64, env: Env<'_>) -> Value {
    let room = usize::try_from(size).unwrap_or(0).min(env.limits.collection).min(MOST_ROOM);
    Value::List(ListRef::new(Vec::with_capacity(room)))
}

/// A list of a range of registers.
pub(crate) fn make(v: &mut [Value], dst: V, first: V, count: u16) -> Result<(), Fault> {
    let items = take_range(v, first, usize::from(count))?;
    put(v, dst, Value::List(ListRef::new(items)))
}

/// The item at an index, or null.
#[inline]
pub(crate) fn get(list: &Value, index: i64) -> Result<Value, Fault> {
    let item = usize::try_from(index).ok().map(|index| items(list).map(|items| items.get(index)));
    Ok(item.transpose()?.flatten().cloned().unwrap_or_default())
}

/// The item at an index from the end, 1 being the last, or null.
pub(crate) fn get_back(list: &Value, back: u16) -> Result<Value, Fault> {
    let items = items(list)?;
    let index = items.len().checked_sub(usize::from(back));
    Ok(index.and_then(|index| items.get(index)).cloned().unwrap_or_default())
}

/// Appends to a list in place.
#[inline]
pub(crate) fn push(v: &mut [Value], list: V, value: V, env: Env<'_>) -> Result<i64, Fault> {
    // A number is copied by itself: as a whole it would wait for the memory that it was just written to.
    let value = match v.get(usize::from(value.0)) {
        Some(Value::Int(number)) => Value::Int(*number),
        Some(Value::Float(number)) => Value::Float(*number),
        _ => take(v, value)?,
    };
    push_value(v, list, value, env)
}

/// The same of a value that is in no register.
#[inline]
pub(crate) fn push_value(
    v: &mut [Value],
    list: V,
    value: Value,
    env: Env<'_>,
) -> Result<i64, Fault> {
    let Some(Value::List(list)) = v.get_mut(usize::from(list.0)) else { return Err(corrupt()) };
    // What most pushes find.
    if let Some(items) = list.own_mut() {
        check_size(items.len() + 1, env)?;
        items.push(value);
        return Ok(0);
    }
    let before = list.as_slice().as_ptr();
    let len = list.as_slice().len();
    check_size(len + 1, env)?;
    let items = list.make_mut();
    let copied = items.as_ptr() != before;
    items.push(value);
    Ok(if copied { cost(len) } else { 0 })
}

/// `a + b` of lists; both stay where that is too long.
pub(crate) fn concat(v: &mut [Value], dst: V, a: V, b: V, env: Env<'_>) -> Result<i64, Fault> {
    let size = items(see(v, a)?)?.len() + items(see(v, b)?)?.len();
    check_size(size, env)?;
    let b = if a == b { see(v, b)?.clone() } else { take(v, b)? };
    let (Value::List(mut a), Value::List(b)) = (take(v, a)?, b) else { return Err(corrupt()) };
    let (joined, moved) = if a.as_slice().is_empty() {
        (b, 0)
    } else {
        let added = b.as_slice().len();
        let copied = a.own_mut().is_none();
        a.make_mut().extend_from_slice(b.as_slice());
        (a, if copied { size } else { added })
    };
    put(v, dst, Value::List(joined))?;
    Ok(cost(moved))
}

/// The list of the numbers from `start` up to, not including, `end`, and what it cost.
pub(crate) fn range(
    start: i64,
    end: i64,
    inclusive: bool,
    env: Env<'_>,
) -> Result<(Value, i64), Fault> {
    let size = range_size(start, end, inclusive);
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    check_size(size, env)?;
    // Counted, as there may be no number behind the last one.
    let items = (0..size as i64).map(|i| Value::Int(start.wrapping_add(i))).collect();
    Ok((Value::List(ListRef::new(items)), cost(size)))
}

/// How many numbers a range has; so many that there is no larger number count as that.
pub(crate) fn range_size(start: i64, end: i64, inclusive: bool) -> u64 {
    let size = i128::from(end) - i128::from(start) + i128::from(inclusive);
    u64::try_from(size.max(0)).unwrap_or(u64::MAX)
}

/// A map of pairs in a range of registers.
pub(crate) fn make_map(v: &mut [Value], dst: V, first: V, count: u16) -> Result<i64, Fault> {
    let pairs = registers(v, first, usize::from(count) * 2)?;
    let mut map = MapRef::default();
    let entries = map.make_mut();
    for pair in pairs.chunks_exact_mut(2) {
        let [key, value] = pair else { return Err(corrupt()) };
        entries.insert(string(std::mem::take(key))?, std::mem::take(value));
    }
    put(v, dst, Value::Map(map))?;
    Ok(cost(usize::from(count) * 4))
}

/// The value of a key, or null.
pub(crate) fn map_get(map: &Value, key: &Value) -> Result<Value, Fault> {
    let (Value::Map(map), Value::String(key)) = (map, key) else { return Err(corrupt()) };
    Ok(map.entries().get(key.as_str()).cloned().unwrap_or_default())
}

/// Inserts in place.
pub(crate) fn map_insert(
    v: &mut [Value],
    map: V,
    key: V,
    value: V,
    env: Env<'_>,
) -> Result<i64, Fault> {
    let key = string(see(v, key)?.clone())?;
    let value = take(v, value)?;
    let Some(Value::Map(map)) = v.get_mut(usize::from(map.0)) else { return Err(corrupt()) };
    let before = std::ptr::from_ref(map.entries());
    let len = map.entries().len();
    check_size(len + usize::from(!map.entries().contains_key(&key)), env)?;
    let entries = map.make_mut();
    let copied = !std::ptr::eq(before, entries);
    entries.insert(key, value);
    Ok(if copied { cost(len * 4) } else { 1 })
}

/// Inserts all pairs of another map in place; none where that is too many.
pub(crate) fn map_extend(v: &mut [Value], map: V, other: V, env: Env<'_>) -> Result<i64, Fault> {
    let Value::Map(other) = see(v, other)?.clone() else { return Err(corrupt()) };
    let Some(Value::Map(map)) = v.get_mut(usize::from(map.0)) else { return Err(corrupt()) };
    let before = map.entries();
    let (len, all) = (before.len(), before.len() + other.entries().len());
    if check_size(all, env).is_err() {
        let new = other.entries().keys().filter(|key| !before.contains_key(*key)).count();
        check_size(len + new, env)?;
    }
    let before = std::ptr::from_ref(before);
    let entries = map.make_mut();
    let copied = !std::ptr::eq(before, entries);
    for (key, value) in other.entries() {
        entries.insert(key.clone(), value.clone());
    }
    Ok(cost(if copied { all * 4 } else { other.entries().len() * 4 }))
}

/// Sorts a list by the list of its keys: stable, ascending.
pub(crate) fn sort_by(v: &mut [Value], dst: V, list: V, keys: V) -> Result<i64, Fault> {
    let (items, keys) = (items(see(v, list)?)?, items(see(v, keys)?)?);
    if items.len() != keys.len() {
        return Err(corrupt());
    }
    let mut order: Vec<(&Value, &Value)> = keys.iter().zip(items).collect();
    order.sort_by(|(a, _), (b, _)| a.compare(b).unwrap_or(std::cmp::Ordering::Equal));
    let sorted: Vec<Value> = order.into_iter().map(|(_, item)| item.clone()).collect();
    let work = cost(sorted.len().saturating_mul(sorted.len().max(2).ilog2() as usize + 1));
    put(v, dst, Value::List(ListRef::new(sorted)))?;
    Ok(work)
}

/// The map from each key to the list of its items.
pub(crate) fn group_by(v: &mut [Value], dst: V, list: V, keys: V) -> Result<i64, Fault> {
    let (list, keys) = (list_of(see(v, list)?)?, items(see(v, keys)?)?);
    if list.len() != keys.len() {
        return Err(corrupt());
    }
    let groups = group(list, keys.iter().map(Ok))?;
    let work = cost(keys.len() * 4);
    put(v, dst, groups)?;
    Ok(work)
}

/// The same by a field of the items.
pub(crate) fn group_by_field(v: &mut [Value], dst: V, list: V, slot: u8) -> Result<i64, Fault> {
    let list = list_of(see(v, list)?)?;
    let work = cost(list.len() * 4);
    let groups = group(list, list.as_slice().iter().map(|item| field(item, slot.into())))?;
    put(v, dst, groups)?;
    Ok(work)
}

/// The map from the keys to the lists of their items.
fn group<'a>(
    list: &ListRef,
    keys: impl Iterator<Item = Result<&'a Value, Fault>>,
) -> Result<Value, Fault> {
    let mut groups = Groups::default();
    for (row, key) in keys.enumerate() {
        let Value::String(key) = key? else { return Err(corrupt()) };
        groups.push(key, row).ok_or_else(corrupt)?;
    }
    Ok(groups.finish(list))
}

#[inline]
pub(crate) fn list_of(value: &Value) -> Result<&ListRef, Fault> {
    if let Value::List(list) = value { Ok(list) } else { Err(corrupt()) }
}

fn string(value: Value) -> Result<ArcStr, Fault> {
    if let Value::String(text) = value { Ok(text) } else { Err(corrupt()) }
}
