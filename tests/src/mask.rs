//! Masks what differs from run to run: ids, times and durations that were not given from outside.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

/// Replaces ids by `#1`, `#2` … in the order of their appearance, times of today by `@` and
/// `durationMs` by 0. Ids and times that stand in `known` (the program, its input, the answers of
/// others and what is expected) are kept: they are the same on any day.
pub(crate) fn mask(value: &mut Value, known: &str) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() as i64;
    Mask { known, now, ids: BTreeMap::new() }.value(value);
}

struct Mask<'a> {
    known: &'a str,
    now: i64,
    ids: BTreeMap<String, String>,
}

impl Mask<'_> {
    fn value(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(fields) => {
                for (key, field) in fields.iter_mut() {
                    if key == "durationMs" && field.is_number() {
                        *field = Value::from(0);
                    } else {
                        self.value(field);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Ids inside of longer texts are masked too.
    fn text(&mut self, text: &mut String) {
        let today = instant(text).is_some_and(|at| (at - self.now).abs() < DAY);
        if today && !self.known.contains(text.as_str()) {
            "@".clone_into(text);
            return;
        }
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(find_uuid).map(|at| from + at) {
            let id = text.get(at..at + UUID).unwrap_or_default().to_owned();
            from = at + UUID;
            if !self.known.contains(&id) {
                let next = format!("#{}", self.ids.len() + 1);
                let masked = self.ids.entry(id).or_insert(next);
                text.replace_range(at..at + UUID, masked);
                from = at + masked.len();
            }
        }
    }
}

const UUID: usize = 36;

/// Where the first id of a text begins.
fn find_uuid(text: &str) -> Option<usize> {
    let is_uuid = |at: &usize| {
        text.get(*at..at + UUID).is_some_and(|part| {
            part.bytes().enumerate().all(|(i, b)| match i {
                8 | 13 | 18 | 23 => b == b'-',
                _ => b.is_ascii_hexdigit(),
            })
        })
    };
    (0..text.len()).find(is_uuid)
}

const DAY: i64 = 24 * 60 * 60;

/// The seconds since 1970 of a time of RFC 3339 in UTC.
fn instant(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let marks = [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")];
    let has = |(at, mark): &(usize, &str)| text.get(*at..at + 1) == Some(*mark);
    if !marks.iter().all(has) || !text.ends_with('Z') {
        return None;
    }
    // Years that begin in March have their leap day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    let days = year * 365 + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468;
    Some(days * DAY + hour * 3600 + minute * 60 + second)
}
