//! Pieces of strings between separators, and texts that are written piece by piece: what would
//! otherwise be lists of strings that nobody sees.

use wf_bytecode::{MAX_TEXTS, TextChange, TextTo};

use super::check_size;
use super::text::{MOST_KEPT, push_value, string, text_cost};
use crate::Value;
use crate::interp::fiber::Texts;
use crate::interp::{Env, Fault, corrupt};

/// Where to look for the next piece when there is none.
const ENDED: u64 = u64::MAX;

/// Where a piece of a string is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its first byte.
    pub(crate) from: u64,
    /// The byte behind it.
    pub(crate) to: u64,
    /// Where to look for the next piece.
    pub(crate) next: u64,
}

/// The next piece of a string, from a byte on; none behind the last one.
pub(crate) fn next(text: &Value, separator: &Value, from: u64) -> Result<Option<Place>, Fault> {
    if from == ENDED {
        return Ok(None);
    }
    let (Value::String(text), Value::String(separator)) = (text, separator) else {
        return Err(corrupt());
    };
    let start = usize::try_from(from).map_err(|_| corrupt())?;
    let rest = text.get(start..).ok_or_else(corrupt)?;
    let found = match separator.as_bytes() {
        [] => return Err(corrupt()),
        // One byte is found without preparing a search.
        [byte] if byte.is_ascii() => rest.find(char::from(*byte)),
        _ => rest.find(separator.as_str()),
    };
    Ok(Some(match found {
        Some(length) => {
            let to = start + length;
            Place { from, to: to as u64, next: (to + separator.len()) as u64 }
        }
        None => Place { from, to: text.len() as u64, next: ENDED },
    }))
}

/// The characters of a piece.
pub(crate) fn text(text: &Value, from: u64, to: u64) -> Result<&str, Fault> {
    let Value::String(text) = text else { return Err(corrupt()) };
    let (from, to) = (usize::try_from(from), usize::try_from(to));
    let (Ok(from), Ok(to)) = (from, to) else { return Err(corrupt()) };
    text.get(from..to).ok_or_else(corrupt)
}

/// Begins a text.
pub(crate) fn begin(texts: &mut Texts, text: u8) -> Result<(), Fault> {
    if text >= MAX_TEXTS {
        return Err(corrupt());
    }
    let place = usize::from(text);
    if texts.open.len() <= place {
        texts.open.resize_with(place + 1, Vec::new);
    }
    open(&mut texts.open, text)?.clear();
    Ok(())
}

fn open(texts: &mut [Vec<u8>], text: u8) -> Result<&mut Vec<u8>, Fault> {
    texts.get_mut(usize::from(text)).ok_or_else(corrupt)
}

/// Writes a value as templates show it.
pub(crate) fn push(texts: &mut Texts, text: u8, value: &Value, env: Env<'_>) -> Result<i64, Fault> {
    let Texts { scratch, open: texts, .. } = texts;
    let out = open(texts, text)?;
    let before = out.len();
    match value {
        Value::String(text) => out.extend_from_slice(text.as_bytes()),
        other => {
            scratch.clear();
            push_value(other, scratch, env)?;
            out.extend_from_slice(scratch.as_bytes());
        }
    }
    check_size(out.len(), env)?;
    Ok(text_cost(out.len() - before))
}

/// Writes a piece, changed.
pub(crate) fn push_changed(
    texts: &mut Texts,
    to: TextTo,
    piece: &str,
    env: Env<'_>,
) -> Result<i64, Fault> {
    let out = open(&mut texts.open, to.text())?;
    let before = out.len();
    change(out, piece, to.change());
    check_size(out.len(), env)?;
    Ok(text_cost(out.len() - before))
}

fn change(out: &mut Vec<u8>, piece: &str, change: TextChange) {
    let bytes = piece.as_bytes();
    match change {
        TextChange::None => out.extend_from_slice(bytes),
        TextChange::Trim => out.extend_from_slice(piece.trim().as_bytes()),
        TextChange::Upper if piece.is_ascii() => {
            out.extend(bytes.iter().map(u8::to_ascii_uppercase));
        }
        TextChange::Lower if piece.is_ascii() => {
            out.extend(bytes.iter().map(u8::to_ascii_lowercase));
        }
        TextChange::Upper => out.extend_from_slice(piece.to_uppercase().as_bytes()),
        TextChange::Lower => out.extend_from_slice(piece.to_lowercase().as_bytes()),
    }
}

/// Writes the pieces of a string, changed, with another separator between them.
pub(crate) fn push_split(
    texts: &mut Texts,
    to: TextTo,
    text: &Value,
    by: &Value,
    separator: &Value,
    env: Env<'_>,
) -> Result<i64, Fault> {
    let (Value::String(text), Value::String(by), Value::String(separator)) = (text, by, separator)
    else {
        return Err(corrupt());
    };
    let out = open(&mut texts.open, to.text())?;
    let before = out.len();
    match (by.as_bytes(), separator.as_bytes()) {
        ([], _) => return Err(corrupt()),
        // One byte becomes one byte, so that no piece need be looked for.
        ([by], [separator])
            if by.is_ascii() && text.is_ascii() && to.change() != TextChange::Trim =>
        {
            out.extend_from_slice(text.as_bytes());
            let written = out.get_mut(before..).unwrap_or_default();
            let other = |byte: u8, changed: u8| if byte == *by { *separator } else { changed };
            match to.change() {
                TextChange::Upper => each_byte(written, |b| other(b, b.to_ascii_uppercase())),
                TextChange::Lower => each_byte(written, |b| other(b, b.to_ascii_lowercase())),
                _ => each_byte(written, |b| other(b, b)),
            }
        }
        _ => {
            for (place, piece) in text.split(by.as_str()).enumerate() {
                if place > 0 {
                    out.extend_from_slice(separator.as_bytes());
                }
                change(out, piece, to.change());
                check_size(out.len(), env)?;
            }
        }
    }
    check_size(out.len(), env)?;
    Ok(1 + text_cost(out.len() - before))
}

/// Changes bytes, eight at once.
#[inline(always)]
fn each_byte(bytes: &mut [u8], change: impl Fn(u8) -> u8) {
    let (blocks, rest) = bytes.as_chunks_mut::<8>();
    for block in blocks {
        *block = block.map(&change);
    }
    for byte in rest {
        *byte = change(*byte);
    }
}

/// The text as a string.
pub(crate) fn end(texts: &mut Texts, text: u8) -> Result<Value, Fault> {
    let out = open(&mut texts.open, text)?;
    let text = string(out)?;
    if out.capacity() > MOST_KEPT {
        *out = Vec::new();
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::{next, text};
    use crate::Value;

    fn pieces(whole: &str, separator: &str) -> Vec<String> {
        let (whole, separator) = (Value::string(whole), Value::string(separator));
        let (mut found, mut from) = (Vec::new(), 0);
        while let Some(place) = next(&whole, &separator, from).unwrap() {
            found.push(text(&whole, place.from, place.to).unwrap().to_owned());
            from = place.next;
        }
        found
    }

    #[test]
    fn pieces_are_those_of_split() {
        let texts = ["", " ", "a", "a b", " a  b ", "a, b,c", "ä ö", "ab, , cd"];
        for whole in texts {
            for separator in [" ", ", ", "b", "ö", "aa"] {
                let split: Vec<&str> = whole.split(separator).collect();
                assert_eq!(pieces(whole, separator), split, "{whole:?} by {separator:?}");
            }
        }
    }

    #[test]
    fn places_outside_of_the_text_are_refused() {
        let (whole, space) = (Value::string("aä"), Value::string(" "));
        assert!(text(&whole, 2, 3).is_err());
        assert!(text(&whole, 1, 9).is_err());
        assert!(text(&Value::Null, 0, 0).is_err());
        assert!(next(&whole, &space, 9).is_err());
        assert!(next(&whole, &Value::string(""), 0).is_err());
    }
}
