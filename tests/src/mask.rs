//! Masks what differs from run to run: ids, times and durations that were not given from outside.

use std::collections::BTreeMap;

use serde_json::Value;

/// Replaces ids by `#1`, `#2` … in the order of their appearance, times by `@` and `durationMs` by
/// 0. Ids and times that stand in `known` (the program and its input) are kept.
pub(crate) fn mask(value: &mut Value, known: &str) {
    Mask { known, ids: BTreeMap::new() }.value(value);
}

struct Mask<'a> {
    known: &'a str,
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
        if is_instant(text) && !self.known.contains(text.as_str()) {
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

/// Whether a text is a time of RFC 3339 in UTC.
fn is_instant(text: &str) -> bool {
    let shape = b"0000-00-00T00:00:00";
    let head = text.bytes().zip(shape).all(|(b, s)| match s {
        b'0' => b.is_ascii_digit(),
        _ => b == *s,
    });
    head && text.len() > shape.len()
        && text.bytes().skip(shape.len()).all(|b| b.is_ascii_digit() || b == b'.' || b == b'Z')
}
