//! Locals that are in no register: the item of a list, or the piece of a string, that a lambda is
//! at. What is read of it is read where it is; copying a shared value and dropping the copy costs
//! more than most lambdas.

use wf_bytecode::{Op, Reg, S, V};
use wf_types::Type;

use super::function::FunctionEmitter;
use super::registers::Kind;
use crate::typed::walk::each_part;
use crate::typed::{Expr, ExprKind, Lambda, LocalId};

/// Where a local is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cursor {
    /// The item at an index.
    Item { list: V, index: S },
    /// The piece of a string.
    Piece { text: V, piece: S },
}

impl<'a> FunctionEmitter<'_, 'a> {
    /// Copies what a cursor is at; not where the local is in a register.
    pub(super) fn read_cursor(&mut self, local: LocalId, dst: Reg) -> bool {
        match self.cursors.get(&local).copied() {
            Some(Cursor::Item { list, index }) => {
                self.value_op(dst, |dst| Op::ListItem { dst, list, index });
            }
            Some(Cursor::Piece { text: src, piece }) => {
                self.value_op(dst, |dst| Op::Piece { dst, src, piece });
            }
            None => return false,
        }
        true
    }

    /// The list, index and slot of a field of an item that is in no register.
    pub(super) fn item_slot(&self, base: &Expr, slot: u16) -> Option<(V, S, u8)> {
        let (list, index) = self.item(base)?;
        Some((list, index, u8::try_from(slot).ok()?))
    }

    /// The list and index of an item that is in no register.
    pub(super) fn item(&self, expr: &Expr) -> Option<(V, S)> {
        let ExprKind::Local(local) = &expr.kind else { return None };
        match self.cursors.get(local) {
            Some(Cursor::Item { list, index }) => Some((*list, *index)),
            _ => None,
        }
    }

    /// Reads a field of an item where it is.
    pub(super) fn item_field(&mut self, list: V, index: S, slot: u8, ty: &Type, dst: Reg) {
        match self.kind(ty) {
            Kind::Int => {
                self.scalar_op(Kind::Int, dst, |dst| Op::ItemInt { slot, dst, list, index });
            }
            Kind::Float => {
                self.scalar_op(Kind::Float, dst, |dst| Op::ItemFloat { slot, dst, list, index });
            }
            Kind::Bool => {
                self.scalar_op(Kind::Bool, dst, |dst| Op::ItemBool { slot, dst, list, index });
            }
            Kind::Value => self.value_op(dst, |dst| Op::ItemField { slot, dst, list, index }),
        }
    }
}

/// The field that is all a lambda gives of its item.
pub(super) fn field_of(lambda: &Lambda) -> Option<u8> {
    let ExprKind::Field { base, slot } = &lambda.body.kind else { return None };
    match (&base.kind, lambda.params.as_slice()) {
        (ExprKind::Local(local), [param]) if local == param => u8::try_from(*slot).ok(),
        _ => None,
    }
}

/// Whether a parameter is read by its fields, and as a whole once at most.
pub(super) fn reads_parts(lambda: &Lambda, param: LocalId) -> bool {
    let mut whole = 0;
    count_whole(&lambda.body, param, &mut whole);
    whole <= 1
}

/// Counts where a local is read as a whole; a lambda for a node counts as two, since it captures
/// registers.
fn count_whole(expr: &Expr, local: LocalId, whole: &mut u32) {
    match &expr.kind {
        ExprKind::Local(other) if *other == local => *whole += 1,
        ExprKind::Field { base, .. } if matches!(&base.kind, ExprKind::Local(_)) => {}
        ExprKind::Lambda(_) => *whole += 2,
        _ => each_part(expr, &mut |part| {
            if *whole < 2 {
                count_whole(part, local, whole);
            }
        }),
    }
}

/// Whether a function is called in an expression.
pub(super) fn has_calls(expr: &Expr) -> bool {
    if matches!(expr.kind, ExprKind::Call { .. } | ExprKind::Lambda(_)) {
        return true;
    }
    let mut found = false;
    each_part(expr, &mut |part| found = found || has_calls(part));
    found
}
