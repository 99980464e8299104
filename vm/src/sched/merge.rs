//! What the regions of a fork gave, merged in their order and handed to the parent.

use wf_bytecode::{Merge, MergeTarget};

use super::Join;
use super::join::State;
use super::region::Given;
use crate::interp::{Fault, Fiber, corrupt};
use crate::{Failure, FailureKind, Value, value};

/// Lists shorter than this are copied behind the one before, longer ones are kept as they are until
/// the end, so that nobody waits while many are moved.
const SHORT: usize = 4_096;
/// For how many yields there is room before there is one.
const MOST_ROOM: u64 = 1 << 20;

/// The yields of the regions so far, in order: those of short lists one after another, and what
/// follows them in pieces.
pub(super) struct Yields {
    list: Vec<Value>,
    pieces: Vec<Vec<Value>>,
    len: usize,
    /// How many there will be, roughly.
    expected: u64,
}

impl Yields {
    /// None yet; most loops yield once for each of their regions.
    pub(super) fn new(expected: u64) -> Self {
        Self { list: Vec::new(), pieces: Vec::new(), len: 0, expected }
    }

    fn push(&mut self, mut piece: Vec<Value>) {
        self.len += piece.len();
        if piece.len() >= SHORT {
            self.pieces.push(piece);
            return;
        }
        if let Some(last) = self.pieces.last_mut() {
            last.append(&mut piece);
            return;
        }
        if self.list.capacity() == 0 {
            let room = usize::try_from(self.expected.min(MOST_ROOM)).unwrap_or(0);
            self.list.reserve_exact(room.max(piece.len()));
        }
        self.list.append(&mut piece);
    }

    /// Appends all to a list.
    fn append_to(&mut self, list: &mut Vec<Value>) {
        if list.is_empty() {
            if self.list.len() < self.list.capacity() / 2 {
                self.list.shrink_to_fit();
            }
            *list = std::mem::take(&mut self.list);
        } else {
            list.append(&mut self.list);
        }
        let pieces = std::mem::take(&mut self.pieces);
        list.reserve(pieces.iter().map(Vec::len).sum());
        for mut piece in pieces {
            list.append(&mut piece);
        }
    }
}

impl Join {
    /// Merges what the next regions in order gave.
    pub(super) fn merge(&self, state: &mut State, given: Given) -> Result<(), Fault> {
        let Given { log, yields, published, kept, marks } = given;
        state.kept.extend(kept);
        let limit = self.instance.run.limits.collection;
        let whole = [(log.len(), yields.len())];
        let marks = if marks.is_empty() { &whole[..] } else { &marks };
        let (mut log, mut logged) = (log.into_iter(), 0);
        for (operands, yielded) in marks {
            for (slot, operand) in log.by_ref().take(operands - logged) {
                self.merge_operand(state, slot, operand)?;
            }
            logged = *operands;
            if state.yields.len + yielded > limit {
                return Err(Box::new(too_large(limit)));
            }
        }
        if !yields.is_empty() {
            state.yields.push(yields);
        }
        state.published.extend(published);
        Ok(())
    }

    fn merge_operand(&self, state: &mut State, slot: u16, operand: Value) -> Result<(), Fault> {
        let merges: &[Merge] = self.decl().map_or(&[], |decl| &decl.merges);
        let merge = merges.get(usize::from(slot)).ok_or_else(corrupt)?;
        if let MergeTarget::Outer(outer) = merge.target {
            state.log.push((outer, operand));
            return Ok(());
        }
        let total = state.totals.get_mut(usize::from(slot)).ok_or_else(corrupt)?;
        let merged = value::merge::merge(merge.op, std::mem::take(total), operand);
        let merged = merged.map_err(|failure| self.at_merge(merge, failure))?;
        self.check_size(&merged).map_err(|failure| self.at_merge(merge, failure))?;
        *total = merged;
        Ok(())
    }

    fn at_merge(&self, merge: &Merge, mut failure: Failure) -> Fault {
        failure.span = Some(merge.span);
        failure.loops.clone_from(&self.prefix);
        Box::new(failure)
    }

    fn check_size(&self, merged: &Value) -> Result<(), Failure> {
        let limit = self.instance.run.limits.collection;
        let size = match merged {
            Value::List(list) => list.as_slice().len(),
            Value::Map(map) => map.entries().len(),
            Value::String(text) => text.len(),
            _ => 0,
        };
        if size > limit { Err(too_large(limit)) } else { Ok(()) }
    }

    /// Hands all that was merged to the parent.
    pub(super) fn publish(&self, state: &mut State, parent: &mut Fiber) -> Result<(), Fault> {
        let decl = self.decl().ok_or_else(corrupt)?;
        for (merge, total) in decl.merges.iter().zip(state.totals.drain(..)) {
            if let MergeTarget::Register(register) = merge.target {
                parent.unbox(register, total)?;
            }
        }
        if let Some(register) = decl.yields {
            let Value::List(mut list) = parent.take_value(register)? else { return Err(corrupt()) };
            state.yields.append_to(list.make_mut());
            parent.set_value(register, Value::List(list))?;
        }
        for (register, value) in state.published.drain(..) {
            parent.set_value(register, value)?;
        }
        parent.act.log.append(&mut state.log);
        Ok(())
    }
}

fn too_large(limit: usize) -> Failure {
    let message = format!("a collection or string is beyond the limit of {limit}");
    Failure::new(FailureKind::Pure, "TooLarge", message)
}
