//! Instants and durations: their text forms and their arithmetic.
//!
//! Both count microseconds. An instant lies in the years 0000 to 9999, which RFC 3339 can write.

use std::fmt::Write;

use chrono::{DateTime, Datelike, Timelike, Utc};
use wf_bytecode::TimeOp;

use super::{Value, corrupt};
use crate::{Failure, FailureKind};

/// `0000-01-01T00:00:00Z`
pub const MIN_INSTANT: i64 = -62_167_219_200_000_000;
/// `9999-12-31T23:59:59.999999Z`
pub const MAX_INSTANT: i64 = 253_402_300_799_999_999;

const MILLI: u64 = 1_000;
const SECOND: u64 = 1_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;

/// The instant of a text in RFC 3339; digits beyond microseconds are cut off. `None` where it is
/// none, or outside of the years 0000 to 9999 in UTC.
pub fn parse_instant(text: &str) -> Option<i64> {
    let micros = DateTime::parse_from_rfc3339(text).ok()?.timestamp_micros();
    (MIN_INSTANT..=MAX_INSTANT).contains(&micros).then_some(micros)
}

/// Appends an instant as RFC 3339 in UTC, with as many digits of the second as it has.
///
/// # Errors
/// `Overflow` outside of the years 0000 to 9999.
pub fn push_instant(micros: i64, out: &mut String) -> Result<(), Failure> {
    let time = DateTime::<Utc>::from_timestamp_micros(in_range(Some(micros))?)
        .ok_or_else(|| overflow("instant"))?;
    let mut text = *b"0000-00-00T00:00:00";
    text[..4].copy_from_slice(&padded::<4>(time.year().unsigned_abs()));
    let parts = [time.month(), time.day(), time.hour(), time.minute(), time.second()];
    for (place, number) in text[5..].chunks_mut(3).zip(parts) {
        place[..2].copy_from_slice(&padded::<2>(number));
    }
    out.push_str(std::str::from_utf8(&text).unwrap_or_default());
    push_fraction(micros.rem_euclid(SECOND as i64) as u64, 6, out);
    out.push('Z');
    Ok(())
}

/// The digits of a number of so many, with zeros in front: a tenth of what formatting costs.
fn padded<const WIDTH: usize>(mut number: u32) -> [u8; WIDTH] {
    let mut digits = [b'0'; WIDTH];
    for digit in digits.iter_mut().rev() {
        *digit += (number % 10) as u8;
        number /= 10;
    }
    digits
}

/// The duration of a text: as the language writes it (`500ms`, `1h30m`, `-5s`, a fraction where it
/// is wanted, `1.5s`), or in ISO 8601 (`PT5S`, `P1DT12H`) without years and months, which have no
/// fixed length. Digits beyond microseconds are cut off. `None` where it is none or out of range.
pub fn parse_duration(text: &str) -> Option<i64> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let micros = match text.strip_prefix('P') {
        Some(rest) => parse_iso(rest)?,
        None => parse_units(
            text,
            &[("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", SECOND), ("ms", MILLI)],
        )?,
    };
    i64::try_from(if negative { -micros } else { micros }).ok()
}

/// Appends a duration as the language writes it: `1h30m`, `-5s`, `1.5ms`, `0s`.
pub fn push_duration(micros: i64, out: &mut String) {
    if micros == 0 {
        out.push_str("0s");
        return;
    }
    if micros < 0 {
        out.push('-');
    }
    let mut rest = micros.unsigned_abs();
    for (unit, name) in [(DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s")] {
        if rest >= unit {
            _ = write!(out, "{}{name}", rest / unit);
            rest %= unit;
        }
    }
    if rest > 0 {
        _ = write!(out, "{}", rest / MILLI);
        push_fraction(rest % MILLI, 3, out);
        out.push_str("ms");
    }
}

/// Carries out arithmetic of instants and durations.
///
/// # Errors
/// `Overflow` where the result leaves the range of its type, `DivisionByZero`; an internal failure
/// where the operands are not of the operation's types.
pub fn apply(op: TimeOp, a: &Value, b: &Value) -> Result<Value, Failure> {
    use Value::{Duration, Instant, Int};
    let (instant, duration) = match (op, a, b) {
        (TimeOp::Between, Instant(a), Instant(b)) => (None, Some(a.checked_sub(*b))),
        (TimeOp::InstantAdd, Instant(a), Duration(b)) => (Some(a.checked_add(*b)), None),
        (TimeOp::InstantSub, Instant(a), Duration(b)) => (Some(a.checked_sub(*b)), None),
        (TimeOp::Add, Duration(a), Duration(b)) => (None, Some(a.checked_add(*b))),
        (TimeOp::Sub, Duration(a), Duration(b)) => (None, Some(a.checked_sub(*b))),
        (TimeOp::Mul, Duration(a), Int(b)) => (None, Some(a.checked_mul(*b))),
        (TimeOp::Ratio, Duration(_), Duration(0)) => {
            let message = "division by a duration of zero";
            return Err(Failure::new(FailureKind::Pure, "DivisionByZero", message));
        }
        (TimeOp::Div, Duration(_), Int(0)) => {
            let message = "division by zero";
            return Err(Failure::new(FailureKind::Pure, "DivisionByZero", message));
        }
        (TimeOp::Div, Duration(a), Int(b)) => (None, Some(a.checked_div(*b))),
        (TimeOp::Ratio, Duration(a), Duration(b)) => {
            return Ok(Value::float(*a as f64 / *b as f64));
        }
        (op, a, b) => {
            let (a, b) = (a.kind_name(), b.kind_name());
            return Err(corrupt(format!("{op:?} does not take {a} and {b}")));
        }
    };
    if let Some(micros) = instant {
        return in_range(micros).map(Instant);
    }
    duration.flatten().map(Duration).ok_or_else(|| overflow("duration"))
}

/// The instant, where it is one that can be written.
fn in_range(micros: Option<i64>) -> Result<i64, Failure> {
    micros
        .filter(|micros| (MIN_INSTANT..=MAX_INSTANT).contains(micros))
        .ok_or_else(|| overflow("instant"))
}

fn overflow(ty: &str) -> Failure {
    let message = format!("the result is out of the range of `{ty}`");
    Failure::new(FailureKind::Pure, "Overflow", message)
}

/// Appends a point and this fraction of so many digits, at most six, without zeros at the end.
fn push_fraction(fraction: u64, digits: usize, out: &mut String) {
    if fraction > 0 {
        let all = padded::<6>(u32::try_from(fraction).unwrap_or_default());
        let text = std::str::from_utf8(&all[6 - digits..]).unwrap_or_default();
        out.push('.');
        out.push_str(text.trim_end_matches('0'));
    }
}

/// The microseconds of what stands behind the `P`.
fn parse_iso(text: &str) -> Option<i128> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    // `P` alone and a `T` without anything behind it are refused.
    let date = match (date, time) {
        ("", Some(_)) => 0,
        _ => parse_units(date, &[("W", WEEK), ("D", DAY)])?,
    };
    let time = match time {
        Some(time) => parse_units(time, &[("H", HOUR), ("M", MINUTE), ("S", SECOND)])?,
        None => 0,
    };
    Some(date + time)
}

/// The sum of one or more numbers with units, each unit at most once and in this order.
fn parse_units(text: &str, units: &[(&str, u64)]) -> Option<i128> {
    let (mut rest, mut units, mut sum) = (text, units.iter(), 0);
    loop {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (name, after) = after.split_at(end);
        let (_, unit) = units.find(|(unit, _)| *unit == name)?;
        sum += parse_number(number, *unit)?;
        rest = after;
        if rest.is_empty() {
            return Some(sum);
        }
    }
}

/// A decimal number of units, in microseconds.
fn parse_number(text: &str, unit: u64) -> Option<i128> {
    // Far more digits than a duration in range has.
    const DIGITS: usize = 20;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.contains('.') || whole.len() > DIGITS {
        return None;
    }
    let fraction = &fraction[..fraction.len().min(DIGITS - 2)];
    let scale = 10_i128.pow(fraction.len() as u32);
    let unit = i128::from(unit);
    Some(whole.parse::<i128>().ok()? * unit + fraction.parse::<i128>().ok()? * unit / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(micros: i64) -> String {
        let mut out = String::new();
        push_instant(micros, &mut out).unwrap();
        out
    }

    fn duration(micros: i64) -> String {
        let mut out = String::new();
        push_duration(micros, &mut out);
        out
    }

    #[test]
    fn instants_are_written_and_read() {
        let table = [
            (0, "1970-01-01T00:00:00Z"),
            (1_700_000_000_000_000, "2023-11-14T22:13:20Z"),
            (1_700_000_000_500_000, "2023-11-14T22:13:20.5Z"),
            (1_700_000_000_000_001, "2023-11-14T22:13:20.000001Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (MIN_INSTANT, "0000-01-01T00:00:00Z"),
            (MAX_INSTANT, "9999-12-31T23:59:59.999999Z"),
        ];
        for (micros, text) in table {
            assert_eq!(instant(micros), text);
            assert_eq!(parse_instant(text), Some(micros));
        }
    }

    #[test]
    fn instants_are_read_in_any_offset() {
        let at = parse_instant("2023-11-14T22:13:20Z");
        assert!(at.is_some());
        assert_eq!(parse_instant("2023-11-14T23:13:20+01:00"), at);
        assert_eq!(parse_instant("2023-11-14t22:13:20z"), at);
        assert_eq!(parse_instant("2023-11-14T22:13:20.0000009Z"), at);
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        let table = [
            "",
            "2023-11-14",
            "2023-11-14T22:13:20",
            "2023-02-30T00:00:00Z",
            "2023-11-14T25:00:00Z",
            "9999-12-31T23:59:59-01:00",
            "0000-01-01T00:00:00+01:00",
            "10000-01-01T00:00:00Z",
            "1700000000",
            "2023-11-14T22:13:20Z ",
        ];
        for text in table {
            assert_eq!(parse_instant(text), None, "{text}");
        }
        assert!(push_instant(MAX_INSTANT + 1, &mut String::new()).is_err());
        assert!(push_instant(i64::MIN, &mut String::new()).is_err());
    }

    #[test]
    fn durations_are_written_and_read() {
        let table = [
            (0, "0s"),
            (500_000, "500ms"),
            (5_000_000, "5s"),
            (5_400_000_000, "1h30m"),
            (-5_000_000, "-5s"),
            (1_500, "1.5ms"),
            (1, "0.001ms"),
            (93_784_005_000, "1d2h3m4s5ms"),
            (172_800_000_000, "2d"),
            (i64::MAX, "106751991d4h54s775.807ms"),
            (i64::MIN, "-106751991d4h54s775.808ms"),
        ];
        for (micros, text) in table {
            assert_eq!(duration(micros), text);
            assert_eq!(parse_duration(text), Some(micros), "{text}");
        }
    }

    #[test]
    fn durations_are_read_in_other_forms() {
        let table = [
            ("PT5S", 5_000_000),
            ("-PT5S", -5_000_000),
            ("PT0S", 0),
            ("P1D", 86_400_000_000),
            ("P1W", 604_800_000_000),
            ("P1DT2H3M4.5S", 93_784_500_000),
            ("PT0.0000019S", 1),
            ("1.5s", 1_500_000),
            ("90m", 5_400_000_000),
            ("0.25h", 900_000_000),
        ];
        for (text, micros) in table {
            assert_eq!(parse_duration(text), Some(micros), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        let table = [
            "",
            "-",
            "5",
            "s",
            "5x",
            "5 s",
            "5s ",
            "--5s",
            "+5s",
            "1m1h",
            "1s1s",
            "1.s",
            ".5s",
            "1..5s",
            "1.2.3s",
            "P",
            "PT",
            "P1DT",
            "P1Y",
            "P1M",
            "PT1D",
            "p1d",
            "PT-5S",
            "P1H",
            "300000000d",
            "99999999999999999999999999999999999999999d",
            "5S",
            "٣s",
        ];
        for text in table {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn arithmetic_gives_instants_durations_and_floats() {
        use Value::{Duration, Float, Instant, Int};
        let table = [
            (TimeOp::Between, Instant(5), Instant(8), Duration(-3)),
            (TimeOp::InstantAdd, Instant(5), Duration(-8), Instant(-3)),
            (TimeOp::InstantSub, Instant(5), Duration(8), Instant(-3)),
            (TimeOp::Add, Duration(5), Duration(8), Duration(13)),
            (TimeOp::Sub, Duration(5), Duration(8), Duration(-3)),
            (TimeOp::Mul, Duration(5), Int(-8), Duration(-40)),
            (TimeOp::Ratio, Duration(5), Duration(-2), Float(-2.5)),
            (TimeOp::Ratio, Duration(0), Duration(-2), Float(0.0)),
            (TimeOp::Div, Duration(-7), Int(2), Duration(-3)),
        ];
        for (op, a, b, expected) in table {
            assert!(apply(op, &a, &b).unwrap().equal(&expected), "{op:?}");
        }
    }

    #[test]
    fn arithmetic_out_of_range_fails() {
        use Value::{Duration, Instant, Int};
        let table = [
            (TimeOp::InstantAdd, Instant(MAX_INSTANT), Duration(1), "Overflow"),
            (TimeOp::InstantSub, Instant(MIN_INSTANT), Duration(1), "Overflow"),
            (TimeOp::InstantSub, Instant(0), Duration(i64::MIN), "Overflow"),
            (TimeOp::Add, Duration(i64::MAX), Duration(1), "Overflow"),
            (TimeOp::Sub, Duration(i64::MIN), Duration(1), "Overflow"),
            (TimeOp::Mul, Duration(i64::MAX), Int(2), "Overflow"),
            (TimeOp::Ratio, Duration(1), Duration(0), "DivisionByZero"),
            (TimeOp::Div, Duration(1), Int(0), "DivisionByZero"),
            (TimeOp::Div, Duration(i64::MIN), Int(-1), "Overflow"),
        ];
        for (op, a, b, code) in table {
            let failure = apply(op, &a, &b).unwrap_err();
            assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Pure, code), "{op:?}");
        }
        let failure = apply(TimeOp::Add, &Int(1), &Duration(1)).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Internal);
    }
}
