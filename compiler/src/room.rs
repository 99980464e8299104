//! Room on the stack for walks through trees that are as deep as they may be.

/// How much must be left; else a new piece of [`PIECE`] is used.
const LEAST: usize = 4 << 20;

/// The size of a new piece of stack, in bytes. Only what is touched takes memory.
const PIECE: usize = 32 << 20;

/// Does something with enough stack for the deepest trees, whatever thread it is called on.
pub(crate) fn with_room<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(LEAST, PIECE, work)
}
