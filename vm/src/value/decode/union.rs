//! Choosing the member of a union that data belongs to.

use wf_bytecode::{Program, TypeDesc, TypeIdx};

use super::fault::{Decoded, desc};
use super::scan::Kind;
use crate::value::Value;

/// How many optionals and unions are seen through, one inside the other.
const LEVELS: u32 = 8;

/// The members that can hold data of a kind, in their order.
pub(super) fn candidates(members: &[TypeIdx], kind: Kind, program: &Program) -> Vec<TypeIdx> {
    members.iter().copied().filter(|member| accepts(*member, kind, program, 0)).collect()
}

/// The one of these members that a value says it is of.
pub(super) fn of_members(members: &[TypeIdx], ty: TypeIdx, program: &Program) -> Option<TypeIdx> {
    members.iter().copied().find(|m| desc(*m, program).is_ok_and(|desc| desc.whole(*m) == ty))
}

fn accepts(ty: TypeIdx, kind: Kind, program: &Program, level: u32) -> bool {
    let Ok(desc) = desc(ty, program) else { return false };
    match desc {
        TypeDesc::Json | TypeDesc::Unread(_) => true,
        TypeDesc::Null => kind == Kind::Null,
        TypeDesc::Bool | TypeDesc::LiteralBool(_) => kind == Kind::Bool,
        TypeDesc::Int | TypeDesc::Float | TypeDesc::LiteralInt(_) => kind == Kind::Number,
        TypeDesc::Decimal => matches!(kind, Kind::Number | Kind::String),
        TypeDesc::String
        | TypeDesc::Uuid
        | TypeDesc::Instant
        | TypeDesc::Duration
        | TypeDesc::Secret
        | TypeDesc::LiteralString(_) => kind == Kind::String,
        TypeDesc::List(_) => kind == Kind::List,
        TypeDesc::Map(_) | TypeDesc::Record { .. } => kind == Kind::Object,
        TypeDesc::Optional(inner) => {
            kind == Kind::Null || (level < LEVELS && accepts(*inner, kind, program, level + 1))
        }
        TypeDesc::Union(members) => {
            level < LEVELS && members.iter().any(|ty| accepts(*ty, kind, program, level + 1))
        }
        TypeDesc::Reduced { of, .. } => level < LEVELS && accepts(*of, kind, program, level + 1),
        TypeDesc::Lambda => false,
    }
}

/// Whether all of these are literals, so that one look at the data decides.
pub(super) fn all_literal(candidates: &[TypeIdx], program: &Program) -> bool {
    candidates.iter().all(|ty| {
        let desc = desc(*ty, program);
        matches!(
            desc,
            Ok(TypeDesc::LiteralBool(_) | TypeDesc::LiteralInt(_) | TypeDesc::LiteralString(_))
        )
    })
}

/// How many fields of literal type are looked at, one after another.
pub(super) const ROUNDS: usize = 4;

/// The first field of literal type that all of these records have, but for those that were looked
/// at already.
pub(super) fn discriminator<'p>(
    candidates: &[TypeIdx],
    used: &[&'p str],
    program: &'p Program,
) -> Option<&'p str> {
    let (first, others) = candidates.split_first()?;
    let TypeDesc::Record { shape, .. } = whole(*first, program)? else { return None };
    let names = &program.shapes.get(usize::from(shape.0))?.fields;
    names.iter().map(|name| name.as_str()).find(|name| {
        let literal = |ty: &TypeIdx| {
            field_type(*ty, name, program).is_some_and(|ty| is_literal(ty, program, 0))
        };
        !used.contains(name) && literal(first) && others.iter().all(literal)
    })
}

/// A member, also where only a part of it is read.
fn whole(ty: TypeIdx, program: &Program) -> Option<&TypeDesc> {
    let found = desc(ty, program).ok()?;
    desc(found.whole(ty), program).ok()
}

/// The type of a record's field, unless it may be missing.
pub(super) fn field_type(ty: TypeIdx, name: &str, program: &Program) -> Option<TypeIdx> {
    let TypeDesc::Record { shape, fields, .. } = whole(ty, program)? else { return None };
    let names = &program.shapes.get(usize::from(shape.0))?.fields;
    let field = fields.get(names.iter().position(|n| n == name)?)?;
    (!field.optional).then_some(field.ty)
}

fn is_literal(ty: TypeIdx, program: &Program, level: u32) -> bool {
    match desc(ty, program) {
        Ok(TypeDesc::LiteralBool(_) | TypeDesc::LiteralInt(_) | TypeDesc::LiteralString(_)) => true,
        Ok(TypeDesc::Union(members)) => {
            level < LEVELS && members.iter().all(|member| is_literal(*member, program, level + 1))
        }
        _ => false,
    }
}

/// Whether a literal type, or a union of such, holds this value.
pub(super) fn holds(ty: TypeIdx, value: &Value, program: &Program) -> bool {
    holds_at(ty, value, program, 0)
}

fn holds_at(ty: TypeIdx, value: &Value, program: &Program, level: u32) -> bool {
    match (desc(ty, program), value) {
        (Ok(TypeDesc::LiteralBool(literal)), Value::Bool(truth)) => literal == truth,
        (Ok(TypeDesc::LiteralInt(literal)), value) => value.equal(&Value::Int(*literal)),
        (Ok(TypeDesc::LiteralString(literal)), Value::String(text)) => literal == text.as_str(),
        (Ok(TypeDesc::Union(members)), value) => {
            level < LEVELS
                && members.iter().any(|member| holds_at(*member, value, program, level + 1))
        }
        _ => false,
    }
}

/// The literals that a field of these records can hold, for messages.
pub(super) fn literals_of(candidates: &[TypeIdx], name: &str, program: &Program) -> String {
    let types = candidates.iter().filter_map(|ty| field_type(*ty, name, program));
    let names: Vec<String> = types.map(|ty| super::type_name(ty, program)).collect();
    format!("`{}`", names.join(" | "))
}

/// How much may be decoded in vain while members are tried one after another: members inside
/// members make it grow with the power of the depth.
pub(super) struct Patience(usize);

impl Patience {
    pub(super) fn new(length: usize) -> Self {
        const LEAST: usize = 100_000;
        Self(length.saturating_mul(16).saturating_add(LEAST))
    }

    /// Notes that so much was in vain.
    pub(super) fn spend(&mut self, amount: usize) -> Decoded<()> {
        self.0 = self.0.checked_sub(amount + 1).ok_or_else(super::fault::Fault::too_hard)?;
        Ok(())
    }
}
