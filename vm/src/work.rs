//! Work of library functions that does not show in the size of what they are given and give.
//!
//! A function notes it on its thread, and the machine takes it into account when the function is back,
//! also where it failed.

use std::cell::Cell;

thread_local! {
    static WORK: Cell<u64> = const { Cell::new(0) };
}

/// Notes that a function has looked at so many values.
pub(crate) fn spend(values: u64) {
    WORK.set(WORK.get().saturating_add(values));
}

/// How many values were looked at since this was asked last.
pub(crate) fn take() -> usize {
    usize::try_from(WORK.replace(0)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_is_taken_once() {
        take();
        spend(3);
        spend(u64::MAX);
        assert_eq!(take(), usize::MAX);
        assert_eq!(take(), 0);
    }
}
