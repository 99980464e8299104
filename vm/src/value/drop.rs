//! Dropping values: nested ones of any depth, without recursion of that depth.

use std::cell::{Cell, RefCell};

use triomphe::Arc;

use super::{ListRef, MapRef, RecordRef, Value};

/// How many levels are dropped by recursion before the rest is put aside.
const LEVELS: u32 = 64;

thread_local! {
    /// How many containers are being dropped on this thread, one inside the other.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// What was put aside, until the outermost container is done.
    static ASIDE: RefCell<Vec<Value>> = const { RefCell::new(Vec::new()) };
}

/// Drops what was inside a container.
fn release(children: impl Iterator<Item = Value>) {
    let depth = DEPTH.get();
    if depth >= LEVELS {
        let containers = children.filter(Value::is_container);
        // A thread that ends has no such list any more; its values are dropped where they are.
        let _ = ASIDE.try_with(|aside| aside.borrow_mut().extend(containers));
        return;
    }
    DEPTH.set(depth + 1);
    children.for_each(drop);
    if depth == 0 {
        // The list is not borrowed while a value is dropped, which may add to it.
        while let Ok(Some(value)) = ASIDE.try_with(|aside| aside.borrow_mut().pop()) {
            drop(value);
        }
    }
    DEPTH.set(depth);
}

impl Drop for ListRef {
    fn drop(&mut self) {
        if let Some(items) = Arc::get_mut(&mut self.0) {
            release(items.take());
        }
    }
}

impl Drop for MapRef {
    fn drop(&mut self) {
        if let Some(entries) = Arc::get_mut(&mut self.0) {
            release(std::mem::take(entries).into_values());
        }
    }
}

impl Drop for RecordRef {
    fn drop(&mut self) {
        // Most records hold nothing that is nested.
        if !self.fields().iter().any(Value::is_container) {
            return;
        }
        self.0.with_arc_mut(|record| {
            if let Some(record) = Arc::get_mut(record) {
                release(record.slice_mut().iter_mut().map(std::mem::take));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use wf_bytecode::ShapeIdx;

    use super::*;

    const DEEP: usize = 1_000_000;

    #[test]
    fn a_million_lists_inside_each_other_are_dropped() {
        let mut value = Value::Int(1);
        for _ in 0..DEEP {
            value = Value::list(vec![value]);
        }
        let copy = value.clone();
        drop(value);
        drop(copy);
        assert_eq!(DEPTH.get(), 0);
        assert!(ASIDE.with(|aside| aside.borrow().is_empty()));
    }

    #[test]
    fn mixed_containers_of_any_depth_are_dropped() {
        let leaf = triomphe::Arc::new(uuid::Uuid::nil());
        let mut value = Value::Uuid(leaf.clone());
        for level in 0..DEEP {
            value = match level % 3 {
                0 => Value::record(ShapeIdx(0), vec![Value::Null, value, Value::list(vec![])]),
                1 => Value::map([("a", value), ("b", Value::Int(1))]),
                _ => Value::list(vec![Value::string("x"), value]),
            };
        }
        drop(value);
        assert!(leaf.is_unique(), "the innermost value is dropped too");
    }

    #[test]
    fn a_value_that_is_shared_below_survives() {
        let mut inner = Value::list(vec![Value::Int(7)]);
        let kept = inner.clone();
        for _ in 0..1_000 {
            inner = Value::list(vec![inner.clone(), inner]);
        }
        drop(inner);
        assert!(kept.equal(&Value::list(vec![Value::Int(7)])));
    }

    #[test]
    fn a_thread_that_ends_with_a_deep_value_in_its_keeping_is_fine() {
        thread_local! { static KEPT: RefCell<Value> = const { RefCell::new(Value::Null) }; }
        let thread = std::thread::spawn(|| {
            let value = (0..1_000).fold(Value::Null, |value, _| Value::list(vec![value]));
            KEPT.with(|kept| *kept.borrow_mut() = value);
        });
        assert!(thread.join().is_ok());
    }
}
