//! Templates: texts are copied in blocks of a fixed size, without a call; short values as well.

use wf_bytecode::{S, V};

use super::record::NULL;
use super::text::{MOST_KEPT, string, text_cost};
use super::{check_size, put, see};
use crate::interp::fiber::Texts;
use crate::interp::link::{BLOCK, Shown};
use crate::interp::{Env, Fault, corrupt};
use crate::{Value, value};

/// Up to how many bytes of a value are written without asking for room again.
const SHORT: usize = 64;
/// The room for a piece: its text, and a short value.
const ROOM: usize = BLOCK + SHORT;

/// Renders a template.
pub(crate) fn render(
    s: &[u64],
    v: &mut [Value],
    dst: V,
    template: u32,
    texts: &mut Texts,
    env: Env<'_>,
) -> Result<i64, Fault> {
    let pieces = env.linked.templates.get(template as usize).ok_or_else(corrupt)?;
    let Texts { bytes, scratch, .. } = texts;
    // In a register: as a field of something it would go through the memory for each piece.
    let mut end = 0_usize;
    let mut passed = &NULL;
    for piece in pieces {
        let room = loop {
            if let Some(room) = room_at::<ROOM>(bytes, end) {
                break room;
            }
            grow(bytes, end);
        };
        // What a block has too much is written over.
        room.first_chunk_mut::<BLOCK>().ok_or_else(corrupt)?.copy_from_slice(&piece.text);
        let length = usize::from(piece.length);
        end += length;
        let room = room_at::<SHORT>(room, length).ok_or_else(corrupt)?;
        let value = match &piece.shown {
            Shown::Nothing => continue,
            Shown::Inside(slots) => at(passed, slots)?,
            Shown::Path(way) => {
                let mut from = see(v, way.from)?;
                if way.output {
                    let Value::Step(step) = from else { return Err(corrupt()) };
                    from = &step.output;
                }
                passed = at(from, &way.shared)?;
                at(passed, &way.slots)?
            }
            Shown::Value(reg) => see(v, *reg)?,
            Shown::Int(reg) => {
                end += push_int(room, bits(s, *reg)?.cast_signed());
                continue;
            }
            Shown::Float(reg) => {
                let float = Value::Float(f64::from_bits(bits(s, *reg)?));
                end = other(&float, bytes, end, scratch, env)?;
                continue;
            }
            Shown::Bool(reg) => {
                let text: &[u8] = if bits(s, *reg)? == 0 { b"false" } else { b"true" };
                end += push_short(room, text).ok_or_else(corrupt)?;
                continue;
            }
        };
        match value {
            Value::String(text) => match push_short(room, text.as_bytes()) {
                Some(length) => end += length,
                None => end = long(text.as_bytes(), bytes, end, env)?,
            },
            Value::Int(number) => end += push_int(room, *number),
            value => end = other(value, bytes, end, scratch, env)?,
        }
    }
    check_size(end, env)?;
    put(v, dst, string(bytes.get(..end).ok_or_else(corrupt)?)?)?;
    if bytes.len() > MOST_KEPT {
        *bytes = Vec::new();
    }
    Ok(text_cost(end))
}

/// So much room from a byte on.
#[inline(always)]
fn room_at<const N: usize>(bytes: &mut [u8], from: usize) -> Option<&mut [u8; N]> {
    bytes.get_mut(from..from + N)?.first_chunk_mut()
}

#[cold]
#[inline(never)]
fn grow(bytes: &mut Vec<u8>, end: usize) {
    bytes.resize((end + ROOM).max(256) * 2, 0);
}

/// Writes bytes of any number; where they end.
#[inline(never)]
fn long(text: &[u8], bytes: &mut Vec<u8>, from: usize, env: Env<'_>) -> Result<usize, Fault> {
    let end = from + text.len();
    check_size(end, env)?;
    if bytes.len() < end {
        bytes.resize((end + ROOM) * 2, 0);
    }
    bytes.get_mut(from..end).ok_or_else(corrupt)?.copy_from_slice(text);
    Ok(end)
}

/// Writes what a template shows of a value of a kind that is not common; where it ends.
#[inline(never)]
fn other(
    value: &Value,
    bytes: &mut Vec<u8>,
    from: usize,
    scratch: &mut String,
    env: Env<'_>,
) -> Result<usize, Fault> {
    scratch.clear();
    let value = if matches!(value, Value::Missing) { &Value::Null } else { value };
    value::text::push_text(value, env.program(), scratch)?;
    let end = long(scratch.as_bytes(), bytes, from, env)?;
    if scratch.capacity() > MOST_KEPT {
        *scratch = String::new();
    }
    Ok(end)
}

fn bits(s: &[u64], reg: S) -> Result<u64, Fault> {
    s.get(usize::from(reg.0)).copied().ok_or_else(corrupt)
}

/// Writes bytes by their first and their last block, which may overlap; how many they are. `None`
/// where they are too many.
#[inline(always)]
fn push_short(room: &mut [u8; SHORT], bytes: &[u8]) -> Option<usize> {
    let length = bytes.len();
    match length {
        4..=7 => ends::<4>(room, bytes)?,
        8..=15 => ends::<8>(room, bytes)?,
        16..=31 => ends::<16>(room, bytes)?,
        32..=SHORT => ends::<32>(room, bytes)?,
        0..=3 => {
            // Up to three bytes: the first one, the one in the middle, the last one.
            let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return Some(0) };
            let middle = bytes.get(length / 2)?;
            *room.get_mut(length - 1)? = *last;
            *room.get_mut(length / 2)? = *middle;
            room[0] = *first;
        }
        _ => return None,
    }
    Some(length)
}

/// Writes the first and the last block.
#[inline(always)]
fn ends<const N: usize>(room: &mut [u8; SHORT], bytes: &[u8]) -> Option<()> {
    let (first, last) = (bytes.first_chunk::<N>()?, bytes.last_chunk::<N>()?);
    *room.first_chunk_mut::<N>()? = *first;
    *room.get_mut(bytes.len() - N..)?.first_chunk_mut::<N>()? = *last;
    Some(())
}

/// The digits of the numbers below 100, two for each.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut number = 0;
    while number < 100 {
        pairs[number] = [b'0' + number as u8 / 10, b'0' + number as u8 % 10];
        number += 1;
    }
    pairs
};

/// Writes a number, one of up to four digits as one block; how many bytes it has.
#[inline(always)]
fn push_int(room: &mut [u8; SHORT], number: i64) -> usize {
    if (0..10_000).contains(&number) {
        let number = number as usize;
        let ([a, b], [c, d]) = (PAIRS[number / 100], PAIRS[number % 100]);
        let absent = [10, 100, 1000].iter().filter(|least| number < **least).count();
        let block = u32::from_le_bytes([a, b, c, d]) >> (8 * absent);
        room[..4].copy_from_slice(&block.to_le_bytes());
        return 4 - absent;
    }
    push_large(room, number)
}

#[inline(never)]
fn push_large(room: &mut [u8; SHORT], number: i64) -> usize {
    // Twenty characters at most.
    push_short(room, itoa::Buffer::new().format(number).as_bytes()).unwrap_or_default()
}

/// The value at the end of a way; missing fields are not null yet, as each would be looked at twice.
#[inline(always)]
fn at<'a>(mut value: &'a Value, slots: &[u16]) -> Result<&'a Value, Fault> {
    for slot in slots {
        let Value::Record(record) = value else { return Err(corrupt()) };
        value = record.fields().get(usize::from(*slot)).ok_or_else(corrupt)?;
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::{SHORT, push_int, push_short};

    #[test]
    fn bytes_of_every_length_are_written() {
        let bytes: Vec<u8> = (1..=100).collect();
        for length in 0..=SHORT {
            let mut room = [0; SHORT];
            assert_eq!(push_short(&mut room, &bytes[..length]), Some(length));
            assert_eq!(room[..length], bytes[..length], "{length}");
        }
        assert_eq!(push_short(&mut [0; SHORT], &bytes[..=SHORT]), None);
    }

    #[test]
    fn numbers_are_written_as_they_are_shown() {
        let numbers = [0, 7, 10, 42, 99, 100, 999, 1000, 9999, 10_000, -1, i64::MIN, i64::MAX];
        for number in numbers {
            let mut room = [0; SHORT];
            let length = push_int(&mut room, number);
            assert_eq!(room[..length], *number.to_string().as_bytes());
        }
    }
}
