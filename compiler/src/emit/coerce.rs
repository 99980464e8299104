//! Values for another type: which ones change their representation, and how.

use wf_bytecode::{Coercion, Op, Reg};
use wf_diagnostics::Span;
use wf_diagnostics::codes::runs::RECURSIVE_CONVERSION;
use wf_types::{RecordType, Type};

use super::Emitter;
use super::constants::Conversion;
use super::function::FunctionEmitter;
use super::types::without_null;
use crate::check::types::secret::any_json;
use crate::check::types::union::is_carried;
use crate::typed::Expr;

/// How deep a type is looked into for whether its values are JSON already.
const NATIVE_DEPTH: usize = 16;

impl<'a> FunctionEmitter<'_, 'a> {
    /// A value for another type. Both banks differ where `int` is given for `int?` and the like.
    pub(super) fn coerce(&mut self, inner: &'a Expr, ty: &'a Type, dst: Reg) {
        let bare = self.kind(&inner.ty).is_scalar() && !self.e.is_union(ty);
        if bare || !matches!(dst, Reg::Value(_)) {
            // Boxed and bare scalars are the same for every type that admits them.
            return self.expr_to(inner, dst);
        }
        match self.e.conversion(&inner.ty, ty, inner) {
            Conversion::Same => self.expr_to(inner, dst),
            Conversion::Json => {
                let src = self.value(inner);
                self.value_op(dst, |dst| Op::ToJson { dst, src });
            }
            Conversion::Plan(plan) => {
                let src = self.value(inner);
                self.value_op(dst, |dst| Op::Coerce { dst, src, plan });
            }
        }
    }

    /// Whether values of one type are values of the other as they are, in the same bank.
    pub(super) fn is_same(&mut self, from: &Type, to: &Type) -> bool {
        let banks = (self.kind(from).is_scalar(), self.kind(to).is_scalar());
        banks.0 == banks.1 && (banks.0 || matches!(self.e.plan(from, to), Some(Coercion::Same)))
    }
}

/// The pairs of types whose plan is being made, for recursive types.
#[derive(Default)]
pub(super) struct Active {
    pairs: Vec<(Type, Type)>,
    /// Whether a plan was asked for inside of itself, and taken to change nothing.
    recursive: bool,
}

impl Emitter<'_> {
    fn conversion(&mut self, from: &Type, to: &Type, expr: &Expr) -> Conversion {
        let key = (from.clone(), to.clone());
        if let Some(conversion) = self.tables.conversions.get(&key) {
            return *conversion;
        }
        let conversion = match self.plan(from, to) {
            Some(Coercion::Same) => Conversion::Same,
            Some(Coercion::Json) => Conversion::Json,
            Some(plan) if plan.depth() <= Coercion::MAX_DEPTH => {
                Conversion::Plan(self.tables.coercion(plan))
            }
            _ => {
                self.recursive(expr.span);
                Conversion::Same
            }
        };
        self.tables.conversions.insert(key, conversion);
        conversion
    }

    /// Tells of a conversion between recursive types.
    pub(super) fn recursive(&mut self, span: Span) {
        let message = "a value of a recursive type can't be given for another one yet";
        let help = "build the other value by a function, field by field";
        self.tell(&RECURSIVE_CONVERSION, span, message, help);
    }

    /// How a value of one type becomes one of the other; `None` where that would go on without end.
    pub(super) fn plan(&mut self, from: &Type, to: &Type) -> Option<Coercion> {
        let mut active = Active::default();
        let plan = self.plan_within(from, to, &mut active);
        (!active.recursive || plan == Coercion::Same).then_some(plan)
    }

    pub(super) fn plan_within(&mut self, from: &Type, to: &Type, active: &mut Active) -> Coercion {
        let defs = &self.typed.defs;
        if from == to || active.pairs.len() > Coercion::MAX_DEPTH {
            active.recursive |= from != to;
            return Coercion::Same;
        }
        if active.pairs.iter().any(|(f, t)| f == from && t == to) {
            active.recursive = true;
            return Coercion::Same;
        }
        let (f, t) = (defs.peel(from), defs.peel(to));
        if f == t {
            return Coercion::Same;
        }
        active.pairs.push((from.clone(), to.clone()));
        let plan = match (f, t) {
            (Type::Null | Type::Never | Type::Error, _) => Coercion::Same,
            (_, Type::Json | Type::Union(_)) if takes_json(t) => {
                match self.is_json(f, NATIVE_DEPTH) {
                    true => Coercion::Same,
                    false => Coercion::Json,
                }
            }
            (Type::Optional(inner), _) => {
                let plan = self.plan_within(inner, without_null(defs, t), active);
                around(plan, Coercion::Optional)
            }
            (_, Type::Optional(inner)) => self.plan_within(f, inner, active),
            (Type::Union(members), _) if self.is_union(f) => self.by_member(members, t, active),
            (_, Type::Union(members)) if self.is_union(t) => self.as_member(f, members, active),
            (Type::List(f), Type::List(t)) => {
                around(self.plan_within(f, t, active), Coercion::List)
            }
            (Type::Map(f), Type::Map(t)) => around(self.plan_within(f, t, active), Coercion::Map),
            (_, Type::Map(value)) => match defs.record(f) {
                Some(record) => {
                    let fields = record.fields.iter();
                    let plans = fields.map(|f| self.plan_within(&f.ty, value, active));
                    Coercion::RecordToMap(plans.collect())
                }
                None => Coercion::Same,
            },
            _ => match (defs.record(f), defs.record(t)) {
                (Some(f), Some(t)) => self.record_plan(f, t, to, active),
                _ => Coercion::Same,
            },
        };
        active.pairs.pop();
        plan
    }

    fn record_plan(
        &mut self,
        from: &RecordType,
        to: &RecordType,
        ty: &Type,
        active: &mut Active,
    ) -> Coercion {
        let mut fields = Vec::with_capacity(to.fields.len());
        let mut same = from.fields.len() == to.fields.len();
        for (slot, field) in to.fields.iter().enumerate() {
            let source = from.field(&field.name);
            let plan = source.map(|(from_slot, f)| {
                let plan = self.plan_within(&f.ty, &field.ty, active);
                same &= from_slot == slot && plan == Coercion::Same;
                (from_slot as u16, plan)
            });
            same &= plan.is_some();
            fields.push(plan);
        }
        if same {
            return Coercion::Same;
        }
        Coercion::Record { shape: self.shape(ty), fields }
    }

    /// Whether values of a type are held as `json` holds them.
    fn is_json(&self, ty: &Type, left: usize) -> bool {
        let Some(left) = left.checked_sub(1) else { return false };
        match self.typed.defs.peel(ty) {
            Type::Null
            | Type::Never
            | Type::Bool
            | Type::Int
            | Type::Float
            | Type::Decimal
            | Type::String
            | Type::Json
            | Type::Secret
            | Type::Literal(_) => true,
            Type::Optional(inner) | Type::List(inner) | Type::Map(inner) => {
                self.is_json(inner, left)
            }
            Type::Union(members) => {
                members.iter().all(|m| !is_carried(&self.typed.defs, m) && self.is_json(m, left))
            }
            _ => false,
        }
    }
}

/// Whether values for a type are brought into the form that `json` has: `json`, `json | secret`.
fn takes_json(ty: &Type) -> bool {
    any_json(ty).is_some()
}

/// A plan for a container, which changes nothing where that of its contents does not.
fn around(inner: Coercion, container: fn(Box<Coercion>) -> Coercion) -> Coercion {
    if inner == Coercion::Same { inner } else { container(Box::new(inner)) }
}
