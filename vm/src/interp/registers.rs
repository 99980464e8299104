//! The registers of a frame, as windows onto the stacks of a fiber.

use wf_bytecode::S;

use crate::Value;

/// How many scalar registers a narrow frame has room for: those of all but a few functions.
pub(super) const NARROW: usize = 64;

/// The value registers of a frame; `None` where the stack is too short for it.
#[inline]
pub(super) fn window(stack: &mut [Value], base: u32, len: u16) -> Option<&mut [Value]> {
    if len == 0 {
        return Some(&mut []);
    }
    let base = base as usize;
    stack.get_mut(base..base + usize::from(len))
}

/// The scalar registers of a frame in one of two widths. A narrow frame has a fixed number of
/// registers, so that none is looked for outside of it. The few functions with more scalars than that
/// run in wide frames.
pub(super) trait Scalars {
    /// The registers of a frame; `None` where it is of the other width, or the stack too short.
    fn window(stack: &mut [u64], base: u32, len: u16) -> Option<&mut Self>;

    /// A register, if there is such a one.
    fn place(&mut self, reg: S) -> Option<&mut u64>;

    /// All of them.
    fn all(&self) -> &[u64];

    /// All of them, to be written.
    fn all_mut(&mut self) -> &mut [u64];
}

impl Scalars for [u64; NARROW] {
    #[inline(always)]
    fn window(stack: &mut [u64], base: u32, len: u16) -> Option<&mut Self> {
        if usize::from(len) > NARROW {
            return None;
        }
        stack.get_mut(base as usize..)?.first_chunk_mut()
    }

    #[inline(always)]
    fn place(&mut self, reg: S) -> Option<&mut u64> {
        // A verified program names no register beyond its frame.
        Some(&mut self[usize::from(reg.0) % NARROW])
    }

    fn all(&self) -> &[u64] {
        self
    }

    fn all_mut(&mut self) -> &mut [u64] {
        self
    }
}

impl Scalars for [u64] {
    #[inline(always)]
    fn window(stack: &mut [u64], base: u32, len: u16) -> Option<&mut Self> {
        if usize::from(len) <= NARROW {
            return None;
        }
        let base = base as usize;
        stack.get_mut(base..base + usize::from(len))
    }

    #[inline(always)]
    fn place(&mut self, reg: S) -> Option<&mut u64> {
        self.get_mut(usize::from(reg.0))
    }

    fn all(&self) -> &[u64] {
        self
    }

    fn all_mut(&mut self) -> &mut [u64] {
        self
    }
}
