//! Lists and maps that grow where they are. A new value that is the old one and something behind it is
//! put there: a copy for each would make a loop of them take time by the square of the items.

use wf_bytecode::{Op, Reg, V};
use wf_types::Type;

use super::function::FunctionEmitter;
use super::uses::Place;
use crate::typed::{BinaryOp, Expr, ExprKind, ListEntry, MapEntry};

impl<'a> FunctionEmitter<'_, 'a> {
    /// `x = x + e`, `x = [...x, e]` and `x = { ...x, k: e }`, also in the arms of an `if`; false, and
    /// nothing done, for any other value.
    pub(super) fn grow(&mut self, place: Place, reg: Reg, value: &'a Expr) -> bool {
        let Reg::Value(own) = reg else { return false };
        if is_at(place, value) {
            return true;
        }
        if let ExprKind::If { cond, then, otherwise } = &value.kind {
            let either = [then, otherwise].into_iter();
            let grows = either.into_iter().any(|arm| is_at(place, arm) || self.grows(place, arm));
            if grows {
                self.nested(value.span, |f| f.grow_either(place, reg, [cond, then, otherwise]));
            }
            return grows;
        }
        let grows = self.grows(place, value);
        if grows {
            self.nested(value.span, |f| f.scoped(|f| f.grow_by(own, value)));
        }
        grows
    }

    fn grow_either(&mut self, place: Place, reg: Reg, [cond, then, otherwise]: [&'a Expr; 3]) {
        let (no, end) = (self.w.label(), self.w.label());
        self.branch(cond, false, no);
        self.assign(place, reg, then);
        self.w.goto(end);
        self.w.bind(no);
        self.assign(place, reg, otherwise);
        self.w.bind(end);
    }

    /// Whether a value is what is at a place and one thing behind it: with several, the first would be
    /// there already where the second is too much.
    fn grows(&self, place: Place, value: &'a Expr) -> bool {
        match &value.kind {
            ExprKind::Binary { op: BinaryOp::Add, left, .. } => {
                is_at(place, left) && matches!(self.peel(&value.ty), Type::List(_))
            }
            ExprKind::List(entries) => {
                matches!(entries.as_slice(), [ListEntry::Spread(list), _] if is_at(place, list))
            }
            ExprKind::Map(entries) => {
                matches!(entries.as_slice(), [MapEntry::Spread(map), _] if is_at(place, map))
            }
            _ => false,
        }
    }

    /// Puts behind a list or map in a register what stands behind it in a value that grows it.
    fn grow_by(&mut self, own: V, value: &'a Expr) {
        match &value.kind {
            ExprKind::Binary { right, .. } => self.extend_list(own, right),
            ExprKind::List(entries) => entries.iter().skip(1).for_each(|e| self.append(e, own)),
            ExprKind::Map(entries) => entries.iter().skip(1).for_each(|e| self.insert(e, own)),
            _ => {}
        }
    }

    /// `xs += [a]` pushes, without making the list on the right.
    pub(super) fn extend_list(&mut self, list: V, value: &'a Expr) {
        match &value.kind {
            ExprKind::List(entries) if entries.len() <= 1 => {
                entries.iter().for_each(|entry| self.append(entry, list));
            }
            _ => {
                let b = self.fresh_value(value);
                self.op(Op::ListConcat { dst: list, a: list, b });
            }
        }
    }
}

/// Whether an expression reads what is at a place, and nothing of it.
fn is_at(place: Place, expr: &Expr) -> bool {
    match (&expr.kind, place) {
        (ExprKind::Local(local), Place::Local(at)) => *local == at,
        (ExprKind::Variable(variable), Place::Variable(at)) => *variable == at,
        _ => false,
    }
}
