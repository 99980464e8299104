//! Values as text: JSON, and what a template shows.

use std::fmt::Write;

use super::value::Val;

/// What is shown of a value that must not be read: a string that nothing else gives.
const UNREAD: &str = "\"<unread>\"";

/// Appends the JSON text of a value; missing fields are left out.
pub fn write_json(value: &Val, out: &mut String) {
    match value.plain() {
        Val::Null | Val::Missing | Val::Lambda(_) => out.push_str("null"),
        Val::Str(text) => write_string(text, out),
        value @ (Val::Uuid(_) | Val::Instant(_) | Val::Duration(_)) => {
            write_string(&shown(value), out);
        }
        Val::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_json(item, out);
            }
            out.push(']');
        }
        Val::Map(entries) => {
            write_object(entries.iter().map(|(k, v)| (&**k, v)), out);
        }
        Val::Rec(fields) => {
            let there = fields.iter().filter(|(_, v)| !matches!(v, Val::Missing));
            write_object(there.map(|(k, v)| (k.as_str(), v)), out);
        }
        value @ (Val::Bool(_) | Val::Int(_) | Val::Float(_) | Val::Dec(_)) => {
            out.push_str(&shown(value));
        }
        Val::Of(_) | Val::Unread => out.push_str(UNREAD),
    }
}

fn write_object<'a>(entries: impl Iterator<Item = (&'a str, &'a Val)>, out: &mut String) {
    out.push('{');
    for (i, (key, value)) in entries.enumerate() {
        if i > 0 {
            out.push(',');
        }
        write_string(key, out);
        out.push(':');
        write_json(value, out);
    }
    out.push('}');
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// The JSON text of a value.
pub fn json_text(value: &Val) -> String {
    let mut out = String::new();
    write_json(value, &mut out);
    out
}

/// What a template shows of a value.
pub fn shown(value: &Val) -> String {
    match value.plain() {
        Val::Null | Val::Missing | Val::Lambda(_) => "null".to_owned(),
        Val::Bool(b) => b.to_string(),
        Val::Int(n) => n.to_string(),
        Val::Float(x) => format!("{x:?}"),
        Val::Dec(number) => number.to_string(),
        Val::Str(text) => text.to_string(),
        Val::Uuid(id) => {
            let hex = format!("{id:032x}");
            let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
            let parts = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)];
            parts.join("-")
        }
        Val::Instant(at) => instant(*at),
        Val::Duration(micros) => duration(*micros),
        Val::List(_) | Val::Map(_) | Val::Rec(_) => json_text(value),
        Val::Of(_) | Val::Unread => UNREAD.to_owned(),
    }
}

/// The year, month and day of a number of days since 1970.
pub fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, day)
}

/// The number of days since 1970 of a date.
pub fn days(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

/// The microseconds of a day.
pub const DAY: i64 = 86_400_000_000;

fn instant(at: i64) -> String {
    let (year, month, day) = civil(at.div_euclid(DAY));
    let rest = at.rem_euclid(DAY);
    let seconds = rest / 1_000_000;
    let (h, m, s) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let mut text = format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}");
    fraction(rest % 1_000_000, 6, &mut text);
    text.push('Z');
    text
}

fn fraction(part: i64, digits: usize, out: &mut String) {
    if part > 0 {
        let all = format!("{part:0digits$}");
        out.push('.');
        out.push_str(all.trim_end_matches('0'));
    }
}

fn duration(micros: i64) -> String {
    if micros == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    if micros < 0 {
        text.push('-');
    }
    let mut rest = i128::from(micros).abs();
    for (unit, name) in
        [(86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "m"), (1_000_000, "s")]
    {
        if rest >= unit {
            let _ = write!(text, "{}{name}", rest / unit);
            rest %= unit;
        }
    }
    if rest > 0 {
        let _ = write!(text, "{}", rest / 1_000);
        fraction((rest % 1_000) as i64, 3, &mut text);
        text.push_str("ms");
    }
    text
}
