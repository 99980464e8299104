//! Which registers of a frame are taken: two stacks, one for each bank.

use wf_bytecode::{Reg, S, V};

/// What a register holds; also which bank it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Float,
    Bool,
    Value,
}

impl Kind {
    pub(super) fn is_scalar(self) -> bool {
        self != Kind::Value
    }
}

/// The kind of a register.
pub(super) fn kind_of(reg: Reg) -> Kind {
    match reg {
        Reg::Int(_) => Kind::Int,
        Reg::Float(_) => Kind::Float,
        Reg::Bool(_) => Kind::Bool,
        Reg::Value(_) => Kind::Value,
    }
}

/// A frame while its function is written. Registers are taken from the top and given back in
/// blocks: by [`Registers::release`], all that were taken since the [`Mark`].
#[derive(Debug, Default)]
pub(super) struct Registers {
    scalars: Bank,
    values: Bank,
}

#[derive(Debug, Default)]
struct Bank {
    next: u32,
    most: u32,
}

/// The tops of both stacks at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    scalars: u32,
    values: u32,
}

impl Bank {
    fn take(&mut self, count: u32) -> u16 {
        let first = self.next;
        self.next = self.next.saturating_add(count);
        self.most = self.most.max(self.next);
        first as u16
    }
}

impl Registers {
    pub(super) fn scalar(&mut self) -> S {
        self.scalar_range(1)
    }

    pub(super) fn value(&mut self) -> V {
        self.value_range(1)
    }

    /// The first of `count` scalar registers in a row.
    pub(super) fn scalar_range(&mut self, count: usize) -> S {
        S(self.scalars.take(count as u32))
    }

    /// The first of `count` value registers in a row.
    pub(super) fn value_range(&mut self, count: usize) -> V {
        V(self.values.take(count as u32))
    }

    pub(super) fn of_kind(&mut self, kind: Kind) -> Reg {
        match kind {
            Kind::Int => Reg::Int(self.scalar()),
            Kind::Float => Reg::Float(self.scalar()),
            Kind::Bool => Reg::Bool(self.scalar()),
            Kind::Value => Reg::Value(self.value()),
        }
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { scalars: self.scalars.next, values: self.values.next }
    }

    pub(super) fn release(&mut self, mark: Mark) {
        self.scalars.next = mark.scalars;
        self.values.next = mark.values;
    }

    /// The sizes of the banks; `None` where one has more registers than an instruction can name.
    pub(super) fn sizes(&self) -> Option<(u16, u16)> {
        Some((self.scalars.most.try_into().ok()?, self.values.most.try_into().ok()?))
    }
}

/// The register `offset` places behind another.
pub(super) fn behind(first: V, offset: usize) -> V {
    V(first.0.wrapping_add(offset as u16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_are_used_again_after_release() {
        let mut regs = Registers::default();
        let local = regs.value();
        let mark = regs.mark();
        assert_eq!((regs.value(), regs.scalar_range(3)), (V(1), S(0)));
        regs.release(mark);
        assert_eq!((local, regs.value(), regs.scalar()), (V(0), V(1), S(0)));
        assert_eq!(regs.sizes(), Some((3, 2)));
    }

    #[test]
    fn a_frame_that_is_too_large_is_told() {
        let mut regs = Registers::default();
        regs.value_range(65_535);
        assert_eq!(regs.sizes(), Some((0, 65_535)));
        regs.value();
        assert_eq!(regs.sizes(), None);
    }
}
