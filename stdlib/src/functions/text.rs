//! Functions of texts.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use unicode_segmentation::UnicodeSegmentation;
use wf_vm::bytecode::Program;
use wf_vm::{Failure, ListRef, MapRef, NativeFn, Value};

use super::args::{self, Outcome, check_length, string, text};
use super::list;

pub(crate) const FUNCTIONS: &[(&str, NativeFn)] = &[
    ("upper", |_, a| text(a, 0).map(|s| string(s.to_uppercase()))),
    ("lower", |_, a| text(a, 0).map(|s| string(s.to_lowercase()))),
    ("trim", |_, a| text(a, 0).map(|s| string(s.trim()))),
    ("split", split),
    ("join", join),
    ("replace", replace),
    ("contains", contains),
    ("startsWith", |_, a| Ok(Value::Bool(text(a, 0)?.starts_with(text(a, 1)?)))),
    ("endsWith", |_, a| Ok(Value::Bool(text(a, 0)?.ends_with(text(a, 1)?)))),
    ("slice", slice),
    ("length", length),
    ("padStart", |_, a| pad(a, true)),
    ("padEnd", |_, a| pad(a, false)),
    ("repeat", repeat),
    ("urlEncode", |_, a| {
        text(a, 0).map(|s| string(utf8_percent_encode(s, UNRESERVED).to_string()))
    }),
    ("parseQuery", parse_query),
    ("escapeHtml", |_, a| {
        let s = text(a, 0)?;
        check_length(Some(s.len() + 5 * s.matches(['&', '<', '>', '"', '\'']).count()))?;
        let escaped = s.chars().fold(String::with_capacity(s.len()), |mut all, c| {
            match c {
                '&' => all.push_str("&amp;"),
                '<' => all.push_str("&lt;"),
                '>' => all.push_str("&gt;"),
                '"' => all.push_str("&quot;"),
                '\'' => all.push_str("&#39;"),
                c => all.push(c),
            }
            all
        });
        Ok(string(escaped))
    }),
    ("urlDecode", |_, a| {
        let decoded = percent_decode_str(text(a, 0)?).decode_utf8();
        Ok(decoded.map_or(Value::Null, string))
    }),
];

/// All but the unreserved characters of RFC 3986.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A part of a form: `+` is a blank, and what is no UTF-8 is replaced.
fn form_part(part: &str) -> String {
    let part = part.replace('+', " ");
    percent_decode_str(&part).decode_utf8_lossy().into_owned()
}

fn parse_query(_: &Program, args: &mut [Value]) -> Outcome {
    let query = text(args, 0)?;
    let pairs = query.strip_prefix('?').unwrap_or(query).split('&').filter(|pair| !pair.is_empty());
    let mut all = MapRef::default();
    all.make_mut().extend(pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (form_part(name).into(), string(form_part(value)))
    }));
    Ok(Value::Map(all))
}

/// Whether every byte is a character of its own, so that places are offsets. A carriage return is
/// one character with the line feed behind it.
fn is_simple(s: &str) -> bool {
    s.is_ascii() && !s.contains('\r')
}

fn characters(s: &str) -> usize {
    if is_simple(s) { s.len() } else { s.graphemes(true).count() }
}

fn split(_: &Program, args: &mut [Value]) -> Outcome {
    let (s, separator) = (text(args, 0)?, text(args, 1)?);
    let pieces: Vec<Value> = if separator.is_empty() {
        s.graphemes(true).map(string).collect()
    } else {
        s.split(separator).map(string).collect()
    };
    Ok(Value::List(ListRef::new(pieces)))
}

fn join(_: &Program, args: &mut [Value]) -> Outcome {
    let parts = args::list(args, 0)?;
    let separator = text(args, 1)?;
    let mut length = Some(separator.len().saturating_mul(parts.as_slice().len().saturating_sub(1)));
    for i in 0..parts.as_slice().len() {
        length = length.and_then(|n| n.checked_add(text(parts.as_slice(), i).ok()?.len()));
    }
    let mut joined = String::with_capacity(check_length(length)?);
    for i in 0..parts.as_slice().len() {
        if i > 0 {
            joined.push_str(separator);
        }
        joined.push_str(text(parts.as_slice(), i)?);
    }
    Ok(string(joined))
}

fn replace(_: &Program, args: &mut [Value]) -> Outcome {
    let (s, from, to) = (text(args, 0)?, text(args, 1)?, text(args, 2)?);
    if from.is_empty() {
        return args::any(args, 0);
    }
    if to.len() > from.len() {
        let growth = s.matches(from).count().checked_mul(to.len() - from.len());
        check_length(growth.and_then(|n| n.checked_add(s.len())))?;
    }
    Ok(string(s.replace(from, to)))
}

fn contains(program: &Program, args: &mut [Value]) -> Outcome {
    if matches!(args.first(), Some(Value::List(_))) {
        let items = args::list(args, 0)?;
        let item = args::any(args, 1)?;
        return Ok(Value::Bool(items.as_slice().iter().any(|x| x.equal_in(&item, program))));
    }
    Ok(Value::Bool(text(args, 0)?.contains(text(args, 1)?)))
}

/// The range of places that `slice` means, in a whole of `length`.
fn places(args: &[Value], length: usize) -> Result<(usize, usize), Failure> {
    let place = |n: i64| {
        let magnitude = usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX);
        if n < 0 { length.saturating_sub(magnitude) } else { magnitude.min(length) }
    };
    let from = place(args::int(args, 1)?);
    let to = args::optional_int(args, 2)?.map_or(length, place);
    Ok((from, to.max(from)))
}

fn slice(_: &Program, args: &mut [Value]) -> Outcome {
    if matches!(args.first(), Some(Value::List(_))) {
        let items = args::list(args, 0)?;
        let (from, to) = places(args, items.as_slice().len())?;
        return Ok(list::part(items, from, to));
    }
    let s = text(args, 0)?;
    let (from, to) = places(args, characters(s))?;
    if is_simple(s) {
        return Ok(string(s.get(from..to).unwrap_or_default()));
    }
    let mut starts = s.grapheme_indices(true).map(|(at, _)| at);
    let start = starts.nth(from).unwrap_or(s.len());
    let end = match to - from {
        0 => start,
        more => starts.nth(more - 1).unwrap_or(s.len()),
    };
    Ok(string(s.get(start..end).unwrap_or_default()))
}

fn length(_: &Program, args: &mut [Value]) -> Outcome {
    let length = match args.first() {
        Some(Value::List(items)) => items.as_slice().len(),
        Some(Value::Map(entries)) => entries.entries().len(),
        _ => characters(text(args, 0)?),
    };
    Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}

fn pad(args: &mut [Value], at_start: bool) -> Outcome {
    let (s, width, filling) = (text(args, 0)?, args::int(args, 1)?, text(args, 2)?);
    let width = usize::try_from(width.max(0)).unwrap_or(usize::MAX);
    let missing = width.saturating_sub(characters(s));
    if missing == 0 || filling.is_empty() {
        return args::any(args, 0);
    }
    let pieces: Vec<&str> = filling.graphemes(true).collect();
    // An upper bound: every piece at least as long as the longest.
    let longest = pieces.iter().map(|p| p.len()).max().unwrap_or(1);
    let bound = missing.checked_mul(longest).and_then(|n| n.checked_add(s.len()));
    let mut padded = String::with_capacity(check_length(bound)?);
    if !at_start {
        padded.push_str(s);
    }
    padded.extend(pieces.iter().copied().cycle().take(missing));
    if at_start {
        padded.push_str(s);
    }
    Ok(string(padded))
}

fn repeat(_: &Program, args: &mut [Value]) -> Outcome {
    let (s, times) = (text(args, 0)?, args::int(args, 1)?);
    if s.is_empty() {
        return Ok(string(""));
    }
    let times = usize::try_from(times.max(0)).unwrap_or(usize::MAX);
    check_length(s.len().checked_mul(times))?;
    Ok(string(s.repeat(times)))
}

#[cfg(test)]
mod tests {
    use crate::test_support::{call, code, list, s};
    use wf_vm::Value::{self, Bool, Int, Null};

    #[test]
    fn texts() {
        let table: &[(&str, Vec<Value>, Value)] = &[
            ("upper", vec![s("Straße")], s("STRASSE")),
            ("lower", vec![s("ÄB")], s("äb")),
            ("trim", vec![s("\u{a0} a b\n")], s("a b")),
            ("split", vec![s("a,b,,c"), s(",")], list([s("a"), s("b"), s(""), s("c")])),
            ("split", vec![s(""), s(",")], list([s("")])),
            ("split", vec![s("e\u{301}👩‍👩‍👧x"), s("")], list([s("e\u{301}"), s("👩‍👩‍👧"), s("x")])),
            ("join", vec![list([s("a"), s("b")]), s("-")], s("a-b")),
            ("join", vec![list([]), s("-")], s("")),
            ("replace", vec![s("aaa"), s("a"), s("bb")], s("bbbbbb")),
            ("replace", vec![s("abc"), s(""), s("x")], s("abc")),
            ("contains", vec![s("abc"), s("bc")], Bool(true)),
            ("contains", vec![s("abc"), s("")], Bool(true)),
            ("contains", vec![list([Int(1), Int(2)]), Int(2)], Bool(true)),
            ("contains", vec![list([]), Null], Bool(false)),
            ("startsWith", vec![s("abc"), s("ab")], Bool(true)),
            ("endsWith", vec![s("abc"), s("ab")], Bool(false)),
            ("length", vec![s("Zoe\u{308}")], Int(3)),
            ("length", vec![s("a\r\nb")], Int(3)),
            ("length", vec![list([Null])], Int(1)),
            ("padStart", vec![s("7"), Int(3), s("0")], s("007")),
            ("padStart", vec![s("1234"), Int(3), s("0")], s("1234")),
            ("padStart", vec![s("x"), Int(6), s("ab")], s("ababax")),
            ("padStart", vec![s("x"), Int(6), s("")], s("x")),
            ("padEnd", vec![s("é"), Int(3), s("👩‍👩‍👧")], s("é👩‍👩‍👧👩‍👩‍👧")),
            ("padEnd", vec![s("x"), Int(-5), s(" ")], s("x")),
            ("repeat", vec![s("ab"), Int(2)], s("abab")),
            ("repeat", vec![s("ab"), Int(-2)], s("")),
            ("repeat", vec![s(""), Int(i64::MAX)], s("")),
            ("urlEncode", vec![s("a b&ü/~")], s("a%20b%26%C3%BC%2F~")),
            ("urlDecode", vec![s("a%20b+%C3%BC%zz")], s("a b+ü%zz")),
            ("urlDecode", vec![s("%ff")], Null),
        ];
        for (name, args, expected) in table {
            let got = call(name, args.clone());
            assert!(got.equal(expected), "{name}({args:?}) is {got:?}, not {expected:?}");
        }
    }

    #[test]
    fn slices() {
        let table = [
            ("hello", 1, Some(3), "el"),
            ("hello", -3, None, "llo"),
            ("hello", -99, Some(-3), "he"),
            ("hello", 4, Some(2), ""),
            ("hello", 99, None, ""),
            ("hello", i64::MIN, Some(i64::MAX), "hello"),
            ("e\u{301}👩‍👩‍👧x", 1, Some(2), "👩‍👩‍👧"),
            ("e\u{301}👩‍👩‍👧x", 0, Some(0), ""),
            ("e\u{301}👩‍👩‍👧x", -1, None, "x"),
            ("a\r\nb", 1, Some(2), "\r\n"),
            ("", 0, Some(1), ""),
        ];
        for (text, from, to, expected) in table {
            let got = call("slice", vec![s(text), Int(from), to.map_or(Null, Int)]);
            assert!(got.equal(&s(expected)), "{text:?} {from} {to:?}: {got:?}");
        }
        let items = list([Int(1), Int(2), Int(3)]);
        let got = call("slice", vec![items, Int(-2), Null]);
        assert!(got.equal(&list([Int(2), Int(3)])), "{got:?}");
    }

    #[test]
    fn sizes_are_limited() {
        assert_eq!(code("repeat", vec![s("ab"), Int(i64::MAX)]), "TooLarge");
        assert_eq!(code("padStart", vec![s("ab"), Int(i64::MAX), s("ab")]), "TooLarge");
        let long = call("repeat", vec![s("a"), Int(1 << 20)]);
        let args = vec![long.clone(), s("a"), call("repeat", vec![s("b"), Int(100)])];
        assert_eq!(code("replace", args), "TooLarge");
        assert_eq!(code("join", vec![list(vec![s(""); 100]), long]), "TooLarge");
    }
}
