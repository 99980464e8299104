//! How much memory values hold, roughly: what is shared counts once.

use std::collections::HashSet;

use arcstr::ArcStr;

use crate::Value;

/// What has been counted. What has one owner is met once anyway and need not be remembered.
struct Seen(HashSet<*const u8, foldhash::fast::RandomState>);

impl Seen {
    fn is_new(&mut self, is_owned: bool, place: *const u8) -> bool {
        is_owned || self.0.insert(place)
    }
}

/// The bytes behind these values. Stops when `limit` is passed.
pub(crate) fn size_of_values(roots: &[Value], limit: u64) -> u64 {
    const SLOT: u64 = size_of::<Value>() as u64;
    let mut seen = Seen(HashSet::default());
    let mut size = roots.len() as u64 * SLOT;
    let mut stack: Vec<&Value> = roots.iter().collect();
    while let Some(value) = stack.pop() {
        match value.plain() {
            Value::String(text)
                if seen.is_new(ArcStr::strong_count(text) == Some(1), text.as_ptr()) =>
            {
                size += text.len() as u64 + 16;
            }
            Value::List(list)
                if seen.is_new(!value.is_shared(), list.as_slice().as_ptr().cast()) =>
            {
                size += list.as_slice().len() as u64 * SLOT;
                stack.extend(list.as_slice());
            }
            Value::Record(record)
                if seen.is_new(!value.is_shared(), record.fields().as_ptr().cast()) =>
            {
                size += record.fields().len() as u64 * SLOT + 16;
                stack.extend(record.fields());
            }
            Value::Map(map)
                if seen.is_new(!value.is_shared(), std::ptr::from_ref(map.entries()).cast()) =>
            {
                size += map.entries().len() as u64 * (SLOT + 24);
                for (key, value) in map.entries() {
                    size += key.len() as u64 + 16;
                    stack.push(value);
                }
            }
            Value::Decimal(number) if seen.is_new(false, std::ptr::from_ref(&**number).cast()) => {
                size += 48;
            }
            Value::Step(step) if seen.is_new(false, std::ptr::from_ref(&**step).cast()) => {
                size += 256;
                stack.push(&step.output);
            }
            _ => {}
        }
        if size > limit {
            break;
        }
    }
    size
}
