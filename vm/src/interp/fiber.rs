//! Fibers: frames over two contiguous stacks, and what happened on the way.

use std::cell::Cell;

use wf_bytecode::{Reg, S, V};
use wf_diagnostics::Span;

use super::ops::pipeline::Lanes;
use super::ops::run::too_deep;
use super::registers::NARROW;
use super::{Fault, Linked, corrupt};
use crate::{LoopPlace, Value};

/// How many registers of a bank a fiber may use in all: beyond it a call is too deep.
pub(super) const MAX_STACK: usize = 1 << 20;

/// Texts that are being written, and other memory that is used again.
#[derive(Default)]
pub(super) struct Texts {
    /// For joined strings and parts of templates.
    pub(super) scratch: String,
    /// For templates, which are written at once.
    pub(super) bytes: Vec<u8>,
    /// For texts that are written by several instructions.
    pub(super) open: Vec<Vec<u8>>,
    /// For pipelines.
    pub(super) lanes: Lanes,
}

/// The frame of a call.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Frame {
    /// The function.
    pub(crate) function: u16,
    /// The instruction that runs; in callers the call itself.
    pub(crate) pc: u32,
    /// Where its scalar registers begin.
    pub(crate) scalars: u32,
    /// Where its value registers begin.
    pub(crate) values: u32,
}

/// A strand of execution: a workflow, a branch, an iteration or a lambda.
#[derive(Default)]
pub(crate) struct Fiber {
    pub(super) scalars: Vec<u64>,
    pub(super) values: Vec<Value>,
    pub(super) callers: Vec<Frame>,
    pub(super) frame: Frame,
    /// What instructions write texts into; their memory is used again.
    pub(super) texts: Texts,
    /// What happened on the way.
    pub(crate) act: Activity,
    /// What to do before the next instruction.
    pub(crate) resume: Resume,
}

/// How a fiber goes on.
#[derive(Default)]
pub(crate) enum Resume {
    /// With the instruction that it stopped at.
    #[default]
    Here,
    /// With the next one: that one is over.
    Next,
    /// With the next one: the step at that one gave this.
    Value(Value),
    /// By raising a failure at that one.
    Raise(Fault),
}

/// What happened in a fiber on the way, besides its registers.
#[derive(Default)]
pub(crate) struct Activity {
    /// The loops of the fiber's own function around the place.
    pub(crate) loops: Vec<LoopPlace>,
    /// The operands of merges, in order, by the place of the merge in the enclosing fork.
    pub(crate) log: Vec<(u16, Value)>,
    /// The named blocks that have begun and not ended.
    pub(crate) open: Vec<Open>,
    /// The failures that `finally` blocks hold while they run, inner ones last.
    pub(super) raised: Vec<Raised>,
    /// The failures that were caught and may still be passed on, by the records that stand for
    /// them, the last one at the end.
    pub(super) caught: Vec<(Value, Fault)>,
    /// Whether the fiber can't be cancelled any more: it runs its `finally` blocks.
    pub(crate) shielded: bool,
    /// How many instructions it has left where the run has ended already.
    pub(crate) grace: Option<i64>,
    /// When its steps must have ended then, on the clock that never goes back: from the first on.
    pub(crate) grace_until: Cell<Option<i64>>,
    /// How many instructions it has run since its memory was measured.
    pub(crate) unmeasured: i64,
    /// How many it may run before that happens again.
    pub(crate) measure_after: i64,
    /// How many instructions it has run that the run has not been told of.
    pub(crate) uncharged: i64,
    /// What it held when it was measured last, in bytes.
    pub(crate) held: u64,
    /// How much of the budget was left when the step that ran last began.
    pub(crate) fuel: i64,
    /// The function and the instruction of the step that ran last.
    pub(crate) at: (u16, u32),
}

/// A named block that has begun.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    /// The block.
    pub(crate) step: u16,
    /// The instruction that began it.
    pub(super) pc: u32,
    /// When, on the clock that never goes back.
    pub(crate) start: i64,
    /// The output of a condition that has decided, for the store where one of its arms fails.
    pub(crate) decided: Value,
}

impl Open {
    /// A block that begins at an instruction.
    pub(crate) fn new(step: u16, pc: u32, start: i64) -> Self {
        Self { step, pc, start, decided: Value::Null }
    }
}

/// A failure that a `finally` block holds while it runs.
pub(super) struct Raised {
    /// The record that stands for it.
    pub(super) value: Value,
    /// The failure.
    pub(super) fault: Fault,
    /// The number of callers of its frame.
    pub(super) depth: usize,
    /// The instructions that the block guards.
    pub(super) guarded: (u32, u32),
}

impl Activity {
    /// Whether the fiber has all its time and can be cancelled.
    pub(crate) fn is_plain(&self) -> bool {
        self.grace.is_none() && !self.shielded
    }

    /// Forgets what happened on the way, before a function begins.
    #[inline]
    pub(crate) fn begin_again(&mut self) {
        // Seldom is there anything to drop.
        if !self.loops.is_empty() {
            self.loops.clear();
        }
        if !self.open.is_empty() {
            self.open.clear();
        }
        if !self.log.is_empty() {
            self.log.clear();
        }
        if !self.raised.is_empty() {
            self.raised.clear();
        }
        if !self.caught.is_empty() {
            self.caught.clear();
        }
    }
}

impl Fiber {
    /// Makes the fiber ready to run a function from its beginning; its memory is used again.
    pub(crate) fn enter(&mut self, linked: &Linked, function: u16) -> Result<(), Fault> {
        let info = linked.function(function)?;
        self.callers.clear();
        // The stack is never shorter than a narrow frame, and only the own part is cleared.
        let scalars = usize::from(info.scalars);
        if self.scalars.len() < scalars.max(NARROW) {
            self.scalars.resize(scalars.max(NARROW), 0);
        }
        if let Some(own) = self.scalars.get_mut(..scalars) {
            own.fill(0);
        }
        self.values.clear();
        self.values.resize(usize::from(info.values), Value::Null);
        self.frame = Frame { function, ..Frame::default() };
        self.resume = Resume::Here;
        let act = &mut self.act;
        act.begin_again();
        (act.shielded, act.grace) = (false, None);
        act.grace_until.set(None);
        Ok(())
    }

    /// The registers of the current frame and those behind them.
    pub(crate) fn registers(&mut self) -> (&mut [u64], &mut [Value]) {
        let scalars = self.scalars.get_mut(self.frame.scalars as usize..).unwrap_or_default();
        (scalars, self.values.get_mut(self.frame.values as usize..).unwrap_or_default())
    }

    /// Makes the stacks long enough for the current frame; whether it is a narrow one.
    pub(super) fn make_room(&mut self, linked: &Linked) -> Result<bool, Fault> {
        let function = linked.function(self.frame.function)?;
        let scalars = usize::from(function.scalars);
        let scalar_top = self.frame.scalars as usize + scalars.max(NARROW);
        let value_top = self.frame.values as usize + usize::from(function.values);
        if scalar_top.max(value_top) > MAX_STACK {
            // The call fails, in the frame that it stands in.
            let depth = self.callers.len();
            self.frame = self.callers.pop().unwrap_or(self.frame);
            return Err(too_deep(depth));
        }
        if self.scalars.len() < scalar_top {
            // Calls go deeper by and by: twice the room, so that few of them come here.
            self.scalars.resize(scalar_top * 2, 0);
        }
        if self.values.len() < value_top {
            self.values.resize(value_top, Value::Null);
        }
        Ok(scalars <= NARROW)
    }

    /// A scalar register of the current frame.
    pub(crate) fn scalar(&self, reg: S) -> Result<u64, Fault> {
        let index = self.frame.scalars as usize + usize::from(reg.0);
        self.scalars.get(index).copied().ok_or_else(corrupt)
    }

    /// A value register of the current frame.
    pub(crate) fn value(&self, reg: V) -> Result<&Value, Fault> {
        let index = self.frame.values as usize + usize::from(reg.0);
        self.values.get(index).ok_or_else(corrupt)
    }

    /// Writes a scalar register of the current frame.
    pub(crate) fn set_scalar(&mut self, reg: S, bits: u64) -> Result<(), Fault> {
        let index = self.frame.scalars as usize + usize::from(reg.0);
        *self.scalars.get_mut(index).ok_or_else(corrupt)? = bits;
        Ok(())
    }

    /// Writes a value register of the current frame.
    pub(crate) fn set_value(&mut self, reg: V, value: Value) -> Result<(), Fault> {
        let index = self.frame.values as usize + usize::from(reg.0);
        *self.values.get_mut(index).ok_or_else(corrupt)? = value;
        Ok(())
    }

    /// A value register of the frame of the function that the fiber was made for.
    pub(crate) fn root_value(&mut self, reg: V) -> Option<&mut Value> {
        self.values.get_mut(usize::from(reg.0))
    }

    /// Moves a value out of a register of the current frame.
    pub(crate) fn take_value(&mut self, reg: V) -> Result<Value, Fault> {
        let index = self.frame.values as usize + usize::from(reg.0);
        self.values.get_mut(index).map(std::mem::take).ok_or_else(corrupt)
    }

    /// The bytes of its stacks.
    pub(crate) fn stack_size(&self) -> u64 {
        (size_of_val(&*self.scalars) + size_of_val(&*self.values)) as u64
    }

    /// All its values, to measure them.
    pub(crate) fn all_values(&self) -> &[Value] {
        &self.values
    }

    /// A register of the current frame, boxed.
    pub(crate) fn boxed(&self, reg: Reg) -> Result<Value, Fault> {
        Ok(match reg {
            Reg::Int(reg) => Value::Int(self.scalar(reg)?.cast_signed()),
            Reg::Float(reg) => Value::Float(f64::from_bits(self.scalar(reg)?)),
            Reg::Bool(reg) => Value::Bool(self.scalar(reg)? != 0),
            Reg::Value(reg) => self.value(reg)?.clone(),
        })
    }

    /// Writes a register of the current frame with a boxed value.
    pub(crate) fn unbox(&mut self, reg: Reg, value: Value) -> Result<(), Fault> {
        match (reg, value) {
            (Reg::Int(reg), Value::Int(number)) => self.set_scalar(reg, number.cast_unsigned()),
            (Reg::Float(reg), Value::Float(number)) => self.set_scalar(reg, number.to_bits()),
            (Reg::Bool(reg), Value::Bool(truth)) => self.set_scalar(reg, u64::from(truth)),
            (Reg::Value(reg), value) => self.set_value(reg, value),
            _ => Err(corrupt()),
        }
    }

    /// What the fiber is at in the source, as far as its function tells.
    pub(crate) fn place(&self, linked: &Linked) -> Option<Span> {
        linked.function(self.frame.function).ok()?.spans.find(self.frame.pc)
    }

    /// Goes back to the frame of the function that the fiber was made for.
    pub(crate) fn unwind_to_root(&mut self) {
        if let Some(root) = self.callers.first().copied() {
            self.frame = root;
            self.callers.clear();
        }
    }
}
