//! Texts, JSON and encodings.

use unicode_segmentation::UnicodeSegmentation;

use super::Given;
use super::lists::places;
use crate::soak::eval::read;
use crate::soak::eval::text::json_text;
use crate::soak::eval::value::Val;

pub(super) fn call(name: &str, args: &[Val]) -> Given {
    Some(Ok(match (name, args) {
        ("upper", [Val::Str(s)]) => Val::str(s.to_uppercase()),
        ("lower", [Val::Str(s)]) => Val::str(s.to_lowercase()),
        ("trim", [Val::Str(s)]) => Val::str(s.trim()),
        ("split", [Val::Str(s), Val::Str(by)]) if by.is_empty() => {
            Val::list(s.graphemes(true).map(Val::str).collect())
        }
        ("split", [Val::Str(s), Val::Str(by)]) => Val::list(s.split(&**by).map(Val::str).collect()),
        ("join", [Val::List(parts), Val::Str(by)]) => {
            let mut text = String::new();
            for (i, part) in parts.iter().enumerate() {
                let Val::Str(part) = part else { return None };
                if i > 0 {
                    text.push_str(by);
                }
                text.push_str(part);
            }
            Val::str(text)
        }
        ("replace", [Val::Str(s), Val::Str(from), Val::Str(to)]) => {
            Val::str(if from.is_empty() { s.to_string() } else { s.replace(&**from, to) })
        }
        ("contains", [Val::Str(s), Val::Str(part)]) => Val::Bool(s.contains(&**part)),
        ("startsWith", [Val::Str(s), Val::Str(part)]) => Val::Bool(s.starts_with(&**part)),
        ("endsWith", [Val::Str(s), Val::Str(part)]) => Val::Bool(s.ends_with(&**part)),
        ("slice", [Val::Str(s), Val::Int(from), to]) => {
            let all: Vec<&str> = s.graphemes(true).collect();
            let (from, to) = places(*from, to, all.len());
            Val::str(all.get(from..to.max(from)).unwrap_or_default().concat())
        }
        ("length", [Val::Str(s)]) => Val::Int(s.graphemes(true).count() as i64),
        ("padStart" | "padEnd", [Val::Str(s), Val::Int(width), Val::Str(filling)]) => {
            pad(s, *width, filling, name == "padStart")
        }
        ("repeat", [Val::Str(s), Val::Int(times)]) => {
            Val::str(s.repeat(usize::try_from(*times).unwrap_or(0)))
        }
        ("urlEncode", [Val::Str(s)]) => {
            let byte = |b: u8| match b {
                b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
                b'-' | b'.' | b'_' | b'~' => char::from(b).to_string(),
                b => format!("%{b:02X}"),
            };
            Val::str(s.bytes().map(byte).collect::<String>())
        }
        ("toJson", [value]) => Val::str(json_text(value)),
        ("parseJson", [Val::Str(s)]) => {
            read::parse(s).and_then(|json| read::any(&json)).unwrap_or(Val::Null)
        }
        ("hexEncode", [Val::Str(s)]) => {
            Val::str(s.bytes().map(|b| format!("{b:02x}")).collect::<String>())
        }
        ("hexDecode", [Val::Str(s)]) => hex_decode(s),
        ("base64Encode", [Val::Str(s)]) => Val::str(base64(s.as_bytes())),
        _ => return None,
    }))
}

/// Whole fillings, the last one cut, up to the width in characters.
fn pad(s: &str, width: i64, filling: &str, before: bool) -> Val {
    let missing = width.saturating_sub(s.graphemes(true).count() as i64);
    let pieces: Vec<&str> = filling.graphemes(true).collect();
    let mut fill = String::new();
    if !pieces.is_empty() {
        for i in 0..missing.max(0) as usize {
            fill.push_str(pieces.get(i % pieces.len()).copied().unwrap_or_default());
        }
    }
    Val::str(if before { format!("{fill}{s}") } else { format!("{s}{fill}") })
}

fn hex_decode(s: &str) -> Val {
    let digits: Option<Vec<u32>> = s.chars().map(|c| c.to_digit(16)).collect();
    let Some(digits) = digits.filter(|d| d.len() % 2 == 0) else { return Val::Null };
    let bytes: Vec<u8> = digits
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |all, digit| all * 16 + *digit) as u8)
        .collect();
    String::from_utf8(bytes).map_or(Val::Null, Val::str)
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let all = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            let digit = DIGITS.get((all >> (18 - 6 * i) & 63) as usize).copied().unwrap_or(b'=');
            out.push(if i > chunk.len() { '=' } else { char::from(digit) });
        }
    }
    out
}
