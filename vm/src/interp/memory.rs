//! How much memory values hold, roughly.

use std::sync::Arc;

use arcstr::ArcStr;

use crate::{ListRef, MapRef, RecordRef, Value};

/// How many items of a list or map are looked at,
const SAMPLE: usize = 1 << 10;
/// and of one that is inside of another, or that a step gives, which is measured each time.
const INNER_SAMPLE: usize = 1 << 6;

const SLOT: f64 = size_of::<Value>() as f64;

/// The bytes behind these values, as an estimate. Stops when `limit` is passed.
///
/// What has several owners counts in equal parts for each, so that nothing need be remembered, and
/// of a long list some items stand for all: in a run over 100,000 records a walk that remembered what
/// it had met took as many instructions as all the rest of the interpreter.
pub(crate) fn size_of_values(roots: &[Value], limit: u64) -> u64 {
    walked(roots, limit, SAMPLE)
}

fn walked(roots: &[Value], limit: u64, sample: usize) -> u64 {
    let mut walk = Walk { size: roots.len() as f64 * SLOT, rest: Vec::new() };
    let limit = limit as f64;
    for root in roots {
        walk.one(root, 1.0, sample);
        while let Some((value, weight)) = walk.rest.pop() {
            walk.one(value, weight, INNER_SAMPLE);
            if walk.size > limit {
                return walk.size as u64;
            }
        }
    }
    walk.size as u64
}

/// The bytes of what a step gives, roughly. Most outputs are records of a few scalars, for which
/// nothing is walked.
#[inline]
pub(crate) fn size_of_output(output: &Value) -> u64 {
    let inner = |value: &Value| match value {
        Value::Null | Value::Missing | Value::Bool(_) | Value::Int(_) | Value::Float(_) => 0,
        Value::String(text) => text.len() as u64,
        other if other.is_container() => {
            walked(std::slice::from_ref(other), u64::MAX, INNER_SAMPLE)
        }
        _ => 0,
    };
    match output {
        Value::Record(record) => {
            let fields = record.fields();
            fields.iter().fold(size_of_val(fields) as u64, |size, field| size + inner(field))
        }
        other => inner(other),
    }
}

struct Walk<'a> {
    size: f64,
    /// What is still to be looked at, and for how many it stands.
    rest: Vec<(&'a Value, f64)>,
}

impl<'a> Walk<'a> {
    fn one(&mut self, value: &'a Value, weight: f64, sample: usize) {
        match value.plain() {
            Value::String(text) => self.text(text, weight),
            Value::List(list) => {
                let share = weight / owners_of_list(list);
                if let Some(chosen) = list.unmade() {
                    self.size += share * chosen.rows.len() as f64 * 4.0;
                    self.push(&chosen.list, share);
                    return;
                }
                let items = list.as_slice();
                self.size += share * items.len() as f64 * SLOT;
                self.all(items.iter(), share, sample);
            }
            Value::Record(record) => {
                let fields = record.fields();
                let share = weight / owners_of_record(record);
                self.size += share * (fields.len() as f64 * SLOT + 16.0);
                self.all(fields.iter(), share, sample);
            }
            Value::Map(map) => {
                let entries = map.entries();
                let share = weight / owners_of_map(map);
                let (step, scale) = steps(entries.len(), sample);
                for (key, value) in entries.iter().step_by(step) {
                    self.size += share * scale * (SLOT + 40.0 + key.len() as f64);
                    self.push(value, share * scale);
                }
            }
            Value::Decimal(number) => {
                self.size += weight * 48.0 / triomphe::Arc::strong_count(number).max(1) as f64;
            }
            Value::Step(step) => {
                let share = weight / Arc::strong_count(step).max(1) as f64;
                self.size += share * 256.0;
                self.push(&step.output, share);
            }
            _ => {}
        }
    }

    fn all(
        &mut self,
        values: impl ExactSizeIterator<Item = &'a Value>,
        weight: f64,
        sample: usize,
    ) {
        let (step, scale) = steps(values.len(), sample);
        if step == 1 {
            // Without the division that each step over more of them costs.
            values.for_each(|value| self.push(value, weight));
        } else {
            values.step_by(step).for_each(|value| self.push(value, weight * scale));
        }
    }

    fn text(&mut self, text: &ArcStr, weight: f64) {
        if let Some(owners) = ArcStr::strong_count(text) {
            self.size += weight * (text.len() as f64 + 16.0) / owners.max(1) as f64;
        }
    }

    /// What has nothing inside is counted at once: most of what is walked over are such fields.
    #[inline]
    fn push(&mut self, value: &'a Value, weight: f64) {
        match value {
            Value::Null
            | Value::Missing
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Uuid(_)
            | Value::Instant(_)
            | Value::Duration(_) => {}
            Value::String(text) => self.text(text, weight),
            _ => self.rest.push((value, weight)),
        }
    }
}

/// Which of so many items are looked at, and for how many each stands.
fn steps(length: usize, sample: usize) -> (usize, f64) {
    let step = length.div_ceil(sample).max(1);
    let looked_at = length.div_ceil(step).max(1);
    (step, length as f64 / looked_at as f64)
}

fn owners_of_list(list: &ListRef) -> f64 {
    triomphe::Arc::strong_count(&list.0).max(1) as f64
}

fn owners_of_map(map: &MapRef) -> f64 {
    triomphe::Arc::strong_count(&map.0).max(1) as f64
}

fn owners_of_record(record: &RecordRef) -> f64 {
    triomphe::ThinArc::strong_count(&record.0).max(1) as f64
}

#[cfg(test)]
mod tests {
    use wf_bytecode::ShapeIdx;

    use super::{INNER_SAMPLE, SAMPLE, size_of_output, size_of_values};
    use crate::Value;

    fn row(text: usize) -> Value {
        Value::record(ShapeIdx(0), vec![Value::Int(1), Value::string("x".repeat(text))])
    }

    #[test]
    fn a_sample_stands_for_a_long_list() {
        let exact = |count: usize| count as u64 * (16 + 32 + 16 + 16 + 10) + 16;
        for count in [1, SAMPLE, SAMPLE + 1, 100_000] {
            let list = Value::list((0..count).map(|_| row(10)).collect());
            let size = size_of_values(&[list], u64::MAX);
            let off = size.abs_diff(exact(count));
            assert!(off * 100 <= exact(count), "{count}: {size}, not {}", exact(count));
        }
    }

    #[test]
    fn a_few_rows_stand_for_what_a_step_gives() {
        for count in [1, INNER_SAMPLE, INNER_SAMPLE + 1, 1_000] {
            let list = Value::list((0..count).map(|i| row(10 + i % 7)).collect());
            let exact = size_of_values(std::slice::from_ref(&list), u64::MAX);
            let size = size_of_output(&list);
            assert!(size.abs_diff(exact) * 20 <= exact, "{count}: {size}, not {exact}");
        }
    }

    #[test]
    fn what_is_shared_counts_once() {
        let large = Value::string("x".repeat(100_000));
        let many = Value::list((0..10_000).map(|_| large.clone()).collect());
        drop(large);
        let size = size_of_values(&[many.clone(), many], u64::MAX);
        let exact = 100_016 + 160_000 + 32;
        assert!(size.abs_diff(exact) * 100 <= exact, "{size}, not {exact}");
    }

    #[test]
    fn the_walk_ends_beyond_the_limit() {
        let list = Value::list((0..100).map(|_| row(1_000)).collect());
        let size = size_of_values(&[list], 5_000);
        assert!((5_000..100_000).contains(&size), "{size}");
    }
}
