//! Room on the stack for walks through trees that are as deep as they may be.

use std::cell::Cell;

/// How much must be left; else a new piece of [`PIECE`] is used.
const LEAST: usize = 4 << 20;

/// The size of a new piece of stack, in bytes. Only what is touched takes memory.
const PIECE: usize = 32 << 20;

thread_local! {
    /// The address that the stack of this thread surely reaches down to, where someone has said so.
    static REACHES: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Says for this thread, while `work` is done, that `bytes` of its stack are left. Without it the system
/// is asked, which for the first thread of a process costs as much as compiling some dozens of lines.
/// Where it is said of less than there is, nothing is lost; of more, deep programs overflow the stack.
pub fn with_stack_left<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    let before = REACHES.replace(here().checked_sub(bytes));
    let done = work();
    REACHES.set(before);
    done
}

/// Does something with enough stack for the deepest trees, whatever thread it is called on.
pub(crate) fn with_room<T>(work: impl FnOnce() -> T) -> T {
    match REACHES.get() {
        Some(end) if here().saturating_sub(end) >= LEAST && here() > end => work(),
        _ => stacker::maybe_grow(LEAST, PIECE, || {
            // What was said is not about a piece of stack that was made for this.
            let before = REACHES.take();
            let done = work();
            REACHES.set(before);
            done
        }),
    }
}

/// About where the stack ends now.
#[inline(never)]
fn here() -> usize {
    let local = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&local)).addr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_the_stack_is_forgotten_behind_it() {
        let small = || std::thread::Builder::new().stack_size(256 << 10);
        let deep = || with_room(|| stacker::remaining_stack().unwrap_or(0));
        let told = small().spawn(move || {
            let little = with_stack_left(128 << 10, deep);
            (little, REACHES.get(), deep())
        });
        let (little, left, behind) = told.unwrap().join().unwrap();
        assert!(little >= LEAST && behind >= LEAST, "{little}, {behind}");
        assert_eq!(left, None);
    }

    #[test]
    fn enough_is_not_asked_for() {
        let same = std::thread::Builder::new().stack_size(16 << 20).spawn(|| {
            let outside = here();
            let inside = with_stack_left(8 << 20, || with_room(here));
            outside.abs_diff(inside)
        });
        assert!(same.unwrap().join().unwrap() < 64 << 10);
    }
}
