//! Values of unions: made as a member, read as one, and their shared fields.

use wf_bytecode::{Coercion, Op, Reg, TypeIdx};
use wf_types::Type;

use super::Emitter;
use super::coerce::Active;
use super::function::FunctionEmitter;
use super::registers::Kind;
use crate::check::types::union::{is_carried, made_as, members};
use crate::typed::Expr;

impl<'a> FunctionEmitter<'_, 'a> {
    /// Whether values of a union carry their member where they are read as values of `to`.
    pub(super) fn is_wrapped(&self, from: &Type, to: &Type) -> bool {
        let defs = &self.e.typed.defs;
        members(defs, from).is_some() && is_carried(defs, to)
    }

    /// A field of a union: at one place in all members, or by the member.
    pub(super) fn union_field(
        &mut self,
        base: &'a Expr,
        fields: &'a [(Type, Option<(u16, Type)>)],
        whole: &'a Expr,
        dst: Reg,
    ) {
        if let Some(slot) = self.one_slot(fields, &whole.ty) {
            let union = self.value(base);
            let src = self.regs.value();
            self.op(Op::Unwrap { dst: src, src: union });
            return match self.kind(&whole.ty) {
                Kind::Int => self.scalar_op(Kind::Int, dst, |dst| Op::FieldInt { dst, src, slot }),
                Kind::Float => {
                    self.scalar_op(Kind::Float, dst, |dst| Op::FieldFloat { dst, src, slot });
                }
                Kind::Bool => {
                    self.scalar_op(Kind::Bool, dst, |dst| Op::FieldBool { dst, src, slot });
                }
                Kind::Value => self.value_op(dst, |dst| Op::Field { dst, src, slot }),
            };
        }
        let mut cases: Vec<(TypeIdx, Coercion)> = Vec::with_capacity(fields.len());
        for (member, field) in fields {
            let plan = match field {
                None => Coercion::Null,
                Some((slot, ty)) => match self.e.plan(ty, &whole.ty) {
                    Some(inner) => Coercion::Field { slot: *slot, inner: Box::new(inner) },
                    None => return self.e.recursive(whole.span),
                },
            };
            cases.push((self.e.ty(member), plan));
        }
        let plan = Coercion::Union(cases);
        if plan.depth() > Coercion::MAX_DEPTH {
            return self.e.recursive(whole.span);
        }
        let plan = self.e.tables.coercion(plan);
        let src = self.value(base);
        self.value_op(dst, |dst| Op::Coerce { dst, src, plan });
    }

    /// The place of a field that is the same in all members, where its values are held alike.
    fn one_slot(&mut self, fields: &[(Type, Option<(u16, Type)>)], ty: &Type) -> Option<u16> {
        let (_, Some((first, _))) = fields.first()? else { return None };
        let alike = |f: &mut Self, field: &Type| {
            field == ty || matches!(f.e.plan(field, ty), Some(Coercion::Same))
        };
        let same = fields.iter().all(|(_, field)| match field {
            Some((slot, of)) => slot == first && alike(self, of),
            None => false,
        });
        same.then_some(*first)
    }
}

impl Emitter<'_> {
    /// Whether values of a type may carry the member of a union.
    pub(super) fn is_union(&self, ty: &Type) -> bool {
        members(&self.typed.defs, ty).is_some()
    }

    /// How a value that is of no union becomes one of a union.
    pub(super) fn as_member(
        &mut self,
        from: &Type,
        members: &[Type],
        active: &mut Active,
    ) -> Coercion {
        let defs = &self.typed.defs;
        let Some(member) = made_as(defs, from, members) else { return Coercion::Same };
        let inner = self.plan_within(from, member, active);
        if !is_carried(defs, member) {
            return inner;
        }
        Coercion::Member { ty: self.ty(member), inner: Box::new(inner) }
    }

    /// How a value of a union becomes one of another union or of another type: by its member.
    /// A member that the other union has too is held in the same way.
    pub(super) fn by_member(&mut self, from: &[Type], to: &Type, active: &mut Active) -> Coercion {
        let defs = &self.typed.defs;
        let others = match to {
            Type::Union(others) if self.is_union(to) => Some(others),
            _ => None,
        };
        let kept: rustc_hash::FxHashSet<&Type> =
            others.iter().flat_map(|others| others.iter()).collect();
        let mut cases = Vec::new();
        for member in from.iter().filter(|m| !kept.contains(m)) {
            let plan = match others {
                Some(others) => self.as_member(member, others, active),
                None => self.plan_within(member, to, active),
            };
            if plan != Coercion::Same || is_carried(defs, member) {
                cases.push((self.ty(member), plan));
            }
        }
        if cases.is_empty() { Coercion::Same } else { Coercion::Union(cases) }
    }
}
