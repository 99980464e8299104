//! What developers see of a value: its outer levels, so that any value can be shown.

use std::cell::Cell;
use std::fmt::{Debug, Formatter, Result};

use super::{ListRef, MapRef, RecordRef};

/// How many levels are shown.
const LEVELS: u32 = 32;

thread_local! {
    /// How many containers are being shown on this thread, one inside the other.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Shows a container, or an ellipsis where it is too deep inside.
fn nested(f: &mut Formatter<'_>, show: impl FnOnce(&mut Formatter<'_>) -> Result) -> Result {
    let depth = DEPTH.get();
    if depth >= LEVELS {
        return f.write_str("…");
    }
    DEPTH.set(depth + 1);
    let shown = show(f);
    DEPTH.set(depth);
    shown
}

impl Debug for ListRef {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        nested(f, |f| f.debug_list().entries(self.as_slice()).finish())
    }
}

impl Debug for MapRef {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        nested(f, |f| f.debug_map().entries(self.entries()).finish())
    }
}

impl Debug for RecordRef {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        nested(f, |f| {
            write!(f, "#{}", self.shape().0)?;
            f.debug_list().entries(self.fields()).finish()
        })
    }
}

#[cfg(test)]
mod tests {
    use wf_bytecode::ShapeIdx;

    use crate::Value;

    #[test]
    fn deep_values_are_shown_in_part() {
        let record = Value::record(ShapeIdx(3), vec![Value::Int(1), Value::Missing]);
        let map = Value::map([("a", record)]);
        assert_eq!(format!("{map:?}"), "Map({\"a\": Record(#3[Int(1), Missing])})");
        let deep = (0..1_000_000).fold(Value::Null, |value, _| Value::list(vec![value]));
        assert!(format!("{deep:?}").contains("List(…)"));
    }
}
