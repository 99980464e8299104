//! Strings and `json`.

use arcstr::ArcStr;
use wf_bytecode::{TypeIdx, V};

use super::record::items_of;
use super::{check_size, cost, put, range, see};
use crate::interp::{Env, Fault, corrupt};
use crate::{Value, value};

/// How large what texts are written into may stay.
pub(super) const MOST_KEPT: usize = 1 << 16;

/// What a string of so many bytes costs of the budget.
pub(super) fn text_cost(len: usize) -> i64 {
    cost(len / 16)
}

/// Joins strings.
pub(crate) fn concat(
    v: &mut [Value],
    dst: V,
    first: V,
    count: u16,
    joined: &mut String,
    env: Env<'_>,
) -> Result<i64, Fault> {
    let parts = range(v, first, usize::from(count))?;
    let mut len = 0_usize;
    for part in &*parts {
        let Value::String(text) = part else { return Err(corrupt()) };
        len = len.saturating_add(text.len());
    }
    check_size(len, env)?;
    joined.clear();
    joined.reserve(len);
    for part in parts {
        if let Value::String(text) = std::mem::take(part) {
            joined.push_str(&text);
        }
    }
    put(v, dst, Value::String(finish(joined)))?;
    Ok(text_cost(len))
}

/// A text that has been written, as a string. Where a text is written is kept: a string is
/// allocated once so, with its size known, and not twice.
fn finish(out: &mut String) -> ArcStr {
    let text = ArcStr::from(out.as_str());
    if out.capacity() > MOST_KEPT {
        *out = String::new();
    }
    text
}

/// What has been written, as a string.
pub(super) fn string(text: &[u8]) -> Result<Value, Fault> {
    Ok(Value::string(std::str::from_utf8(text).map_err(|_| corrupt())?))
}

/// What a template shows of a value: the common kinds at once.
#[inline]
pub(super) fn push_value(value: &Value, out: &mut String, env: Env<'_>) -> Result<(), Fault> {
    match value {
        Value::String(text) => out.push_str(text),
        Value::Int(number) => push_int(out, *number),
        other => value::text::push_text(other, env.program(), out)?,
    }
    Ok(())
}

fn push_int(out: &mut String, number: i64) {
    out.push_str(itoa::Buffer::new().format(number));
}

/// The length of a string, list or map, and what it cost. The characters of a string that is not
/// simple are counted by the library.
pub(crate) fn length(value: &Value, native: u16, env: Env<'_>) -> Result<(u64, i64), Fault> {
    let length = match value {
        Value::List(items) => items.len(),
        Value::Map(map) => map.entries().len(),
        Value::String(text) if text.is_ascii() && !text.as_bytes().contains(&b'\r') => {
            return Ok((text.len() as u64, text_cost(text.len())));
        }
        _ => {
            let (function, _) = env.linked.native(native)?;
            let result = function(env.program(), &mut [value.clone()])?;
            let length = result.as_int().ok_or_else(corrupt)?;
            return Ok((length.cast_unsigned(), cost(items_of(value)) + 4));
        }
    };
    Ok((length as u64, 0))
}

/// Any value as `json`.
pub(crate) fn to_json(v: &mut [Value], dst: V, src: V, env: Env<'_>) -> Result<i64, Fault> {
    let value = see(v, src)?.clone();
    let work = cost(items_of(&value) * 4);
    put(v, dst, value::json::to_json(value, env.program())?)?;
    Ok(work)
}

/// `json` as a value of a type.
pub(crate) fn decode(v: &mut [Value], dst: V, src: V, ty: u16, env: Env<'_>) -> Result<i64, Fault> {
    let value = see(v, src)?;
    let work = cost(items_of(value) * 4);
    let decoded = value::decode::decode_value(value, TypeIdx(ty), env.program());
    put(v, dst, decoded.map_err(|error| error.to_failure())?)?;
    Ok(work)
}

/// `json` as a value of a type, or null.
pub(crate) fn try_decode(
    v: &mut [Value],
    dst: V,
    src: V,
    ty: u16,
    env: Env<'_>,
) -> Result<i64, Fault> {
    let value = see(v, src)?;
    let work = cost(items_of(value) * 4);
    let decoded = value::decode::decode_value(value, TypeIdx(ty), env.program());
    put(v, dst, decoded.unwrap_or_default())?;
    Ok(work)
}
