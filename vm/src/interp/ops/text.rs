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
    let mut out = Out { bytes: out, end: 0 };
    for piece in pieces {
        match piece {
            Piece::Text(blocks, length) => {
                let end = out.end + length;
                blocks.iter().for_each(|block| out.block(block, BLOCK));
                out.end = end;
                continue;
            }
            Piece::Path(reg, path) => out.value(at(see(v, *reg)?, path)?, env)?,
            Piece::Value(reg) => out.value(see(v, *reg)?, env)?,
            Piece::Int(reg) => {
                out.int(s.get(usize::from(reg.0)).ok_or_else(corrupt)?.cast_signed());
            }
            Piece::Other(part) => out.scalar(part, s, env)?,
        }
        check_size(out.end, env)?;
    }
    check_size(out.end, env)?;
    let Out { bytes, end } = out;
    put(v, dst, string(bytes.get(..end).ok_or_else(corrupt)?)?)?;
    if bytes.len() > MOST_KEPT {
        *bytes = Vec::new();
    }
    Ok(text_cost(end))
}

/// What has been written, as a string.
pub(super) fn string(text: &[u8]) -> Result<Value, Fault> {
    Ok(Value::string(std::str::from_utf8(text).map_err(|_| corrupt())?))
}

/// What a template is written into: blocks of a fixed size are copied without a call, and what
/// they have too much is written over.
struct Out<'a> {
    bytes: &'a mut Vec<u8>,
    end: usize,
}

impl Out<'_> {
    /// Writes a block, of which so many bytes count.
    #[inline(always)]
    fn block<const N: usize>(&mut self, block: &[u8; N], length: usize) {
        loop {
            let room = self.bytes.get_mut(self.end..).and_then(|room| room.first_chunk_mut::<N>());
            if let Some(room) = room {
                *room = *block;
                self.end += length;
                return;
            }
            self.grow(N);
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, more: usize) {
        self.bytes.resize((self.end + more).max(256) * 2, 0);
    }

    /// Writes bytes: up to 32 of them by their first and their last block, which may overlap.
    #[inline(always)]
    fn push(&mut self, bytes: &[u8]) {
        let length = bytes.len();
        if let (4..=8, Some(first), Some(last)) = (length, bytes.first_chunk(), bytes.last_chunk())
        {
            self.block::<4>(first, length - 4);
            self.block::<4>(last, 4);
        } else if let (9..=16, Some(first), Some(last)) =
            (length, bytes.first_chunk(), bytes.last_chunk())
        {
            self.block::<8>(first, length - 8);
            self.block::<8>(last, 8);
        } else if let (17..=32, Some(first), Some(last)) =
            (length, bytes.first_chunk(), bytes.last_chunk())
        {
            self.block::<16>(first, length - 16);
            self.block::<16>(last, 16);
        } else {
            self.any(bytes);
        }
    }

    #[inline(never)]
    fn any(&mut self, bytes: &[u8]) {
        let end = self.end + bytes.len();
        if self.bytes.len() < end {
            self.grow(bytes.len());
        }
        if let Some(room) = self.bytes.get_mut(self.end..end) {
            room.copy_from_slice(bytes);
            self.end = end;
        }
    }

    /// Writes a number: one of up to four digits as one block.
    #[inline(always)]
    fn int(&mut self, number: i64) {
        match u32::try_from(number) {
            Ok(number @ ..10_000) => {
                let digits = [number / 1000, number / 100 % 10, number / 10 % 10, number % 10];
                let absent = [10, 100, 1000].iter().filter(|least| number < **least).count();
                let block = u32::from_le_bytes(digits.map(|digit| b'0' + digit as u8));
                let block = (block >> (8 * absent)).to_le_bytes();
                self.block::<4>(&block, 4 - absent);
            }
            _ => self.any(itoa::Buffer::new().format(number).as_bytes()),
        }
    }

    /// Writes what a template shows of a value: the common kinds at once.
    #[inline(always)]
    fn value(&mut self, value: &Value, env: Env<'_>) -> Result<(), Fault> {
        match value {
            Value::String(text) => self.push(text.as_bytes()),
            Value::Int(number) => self.int(*number),
            other => self.other(other, env)?,
        }
        Ok(())
    }

    #[inline(never)]
    fn other(&mut self, value: &Value, env: Env<'_>) -> Result<(), Fault> {
        let mut text = String::new();
        value::text::push_text(value, env.program(), &mut text)?;
        self.any(text.as_bytes());
        Ok(())
    }

    #[inline(never)]
    fn scalar(&mut self, part: &Part, s: &[u64], env: Env<'_>) -> Result<(), Fault> {
        let bits = |reg: &wf_bytecode::S| s.get(usize::from(reg.0)).copied().ok_or_else(corrupt);
        match part {
            Part::Float(reg) => self.other(&Value::Float(f64::from_bits(bits(reg)?)), env),
            Part::Bool(reg) => self.other(&Value::Bool(bits(reg)? != 0), env),
            _ => Err(corrupt()),
        }
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
    use super::Out;

    #[test]
    fn bytes_of_every_length_are_written() {
        let bytes: Vec<u8> = (0..100).collect();
        for length in 0..100 {
            let mut buffer = Vec::new();
            let mut out = Out { bytes: &mut buffer, end: 0 };
            out.push(b"before");
            out.push(&bytes[..length]);
            out.push(b"|");
            let end = out.end;
            assert_eq!(buffer[..end], [b"before", &bytes[..length], b"|"].concat(), "{length}");
        }
    }

    #[test]
    fn numbers_are_written_as_they_are_shown() {
        let numbers = [0, 7, 10, 42, 99, 100, 999, 1000, 9999, 10_000, -1, i64::MIN, i64::MAX];
        for number in numbers {
            let mut buffer = Vec::new();
            let mut out = Out { bytes: &mut buffer, end: 0 };
            out.int(number);
            let end = out.end;
            assert_eq!(buffer[..end], *number.to_string().as_bytes());
        }
    }
}
