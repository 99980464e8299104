//! Strings, templates and `json`.

use arcstr::ArcStr;
use wf_bytecode::{Part, PathPart, TypeIdx, V};

use super::record::{field, items_of};
use super::{check_size, cost, put, range, see};
use crate::interp::{BLOCK, Env, Fault, Piece, corrupt};
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

/// Renders a template.
pub(crate) fn render(
    s: &[u64],
    v: &mut [Value],
    dst: V,
    template: u32,
    out: &mut Vec<u8>,
    env: Env<'_>,
) -> Result<i64, Fault> {
    let pieces = env.linked.templates.get(template as usize).ok_or_else(corrupt)?;
    out.clear();
    out.reserve(pieces.len() * BLOCK * 2);
    for piece in pieces {
        match piece {
            Piece::Text(blocks, length) => {
                let end = out.len() + length;
                blocks.iter().for_each(|block| out.extend_from_slice(block));
                out.truncate(end);
                continue;
            }
            Piece::Part(Part::Path(reg, path)) => write(at(see(v, *reg)?, path)?, out, env)?,
            Piece::Part(Part::Value(reg)) => write(see(v, *reg)?, out, env)?,
            Piece::Part(Part::Int(reg)) => {
                let number = *s.get(usize::from(reg.0)).ok_or_else(corrupt)?;
                write(&Value::Int(number.cast_signed()), out, env)?;
            }
            Piece::Part(part) => write_scalar(part, s, out, env)?,
        }
        check_size(out.len(), env)?;
    }
    check_size(out.len(), env)?;
    let work = text_cost(out.len());
    put(v, dst, string(out)?)?;
    Ok(work)
}

/// What has been written, as a string.
pub(super) fn string(out: &mut Vec<u8>) -> Result<Value, Fault> {
    let text = Value::string(std::str::from_utf8(out).map_err(|_| corrupt())?);
    if out.capacity() > MOST_KEPT {
        *out = Vec::new();
    }
    Ok(text)
}

/// Writes what a template shows of a value: the common kinds at once.
#[inline(always)]
fn write(value: &Value, out: &mut Vec<u8>, env: Env<'_>) -> Result<(), Fault> {
    match value {
        Value::String(text) => push_bytes(out, text.as_bytes()),
        Value::Int(number) => push_bytes(out, itoa::Buffer::new().format(*number).as_bytes()),
        other => write_other(other, out, env)?,
    }
    Ok(())
}

#[inline(never)]
fn write_other(value: &Value, out: &mut Vec<u8>, env: Env<'_>) -> Result<(), Fault> {
    let mut text = String::new();
    value::text::push_text(value, env.program(), &mut text)?;
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

#[inline(never)]
fn write_scalar(part: &Part, s: &[u64], out: &mut Vec<u8>, env: Env<'_>) -> Result<(), Fault> {
    let bits = |reg: &wf_bytecode::S| s.get(usize::from(reg.0)).copied().ok_or_else(corrupt);
    match part {
        Part::Float(reg) => write_other(&Value::Float(f64::from_bits(bits(reg)?)), out, env),
        Part::Bool(reg) => write_other(&Value::Bool(bits(reg)? != 0), out, env),
        _ => Err(corrupt()),
    }
}

/// Appends bytes: up to 32 of them by their first and their last block, which may overlap, and so
/// without a call.
#[inline(always)]
fn push_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    let end = out.len() + bytes.len();
    if let (Some(first), Some(last)) = (bytes.first_chunk::<16>(), bytes.last_chunk::<16>())
        && bytes.len() <= 32
    {
        out.extend_from_slice(first);
        out.truncate(end - 16);
        out.extend_from_slice(last);
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>())
        && bytes.len() <= 8
    {
        out.extend_from_slice(first);
        out.truncate(end - 4);
        out.extend_from_slice(last);
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>())
        && bytes.len() <= 16
    {
        out.extend_from_slice(first);
        out.truncate(end - 8);
        out.extend_from_slice(last);
    } else {
        out.extend_from_slice(bytes);
    }
}

/// The value at the end of a way.
#[inline]
fn at<'a>(mut value: &'a Value, path: &[PathPart]) -> Result<&'a Value, Fault> {
    for part in path {
        value = match (part, value) {
            (PathPart::Slot(slot), _) => field(value, *slot)?,
            (PathPart::Output, Value::Step(step)) => &step.output,
            (PathPart::Output, _) => return Err(corrupt()),
        };
    }
    Ok(value)
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
        Value::List(items) => items.as_slice().len(),
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

#[cfg(test)]
mod tests {
    use super::push_bytes;

    #[test]
    fn bytes_of_every_length_are_appended() {
        let bytes: Vec<u8> = (0..100).collect();
        for length in 0..100 {
            let mut out = b"before".to_vec();
            push_bytes(&mut out, &bytes[..length]);
            assert_eq!(out, [b"before", &bytes[..length]].concat(), "{length}");
        }
    }
}
