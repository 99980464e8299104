//! Values of unions: which member a value is of.
//!
//! Scalars tell their member by what they are. Lists, maps, records and `json` carry it, since an
//! empty list or two records of the same fields could not be told apart otherwise. The member is
//! named by its type and not by its place in the union, so that a value of a union is one of a
//! larger or a smaller union as it is.

use std::fmt::{Debug, Formatter, Result};

use triomphe::Arc;
use wf_bytecode::{Program, TypeDesc, TypeIdx};

use super::Value;

/// A value with the member of a union that it is of.
#[derive(Clone)]
pub struct MemberRef(Arc<(TypeIdx, Value)>);

impl MemberRef {
    /// The member.
    pub fn ty(&self) -> TypeIdx {
        self.0.0
    }

    /// The value itself.
    pub fn value(&self) -> &Value {
        &self.0.1
    }
}

impl Debug for MemberRef {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} {:?}", self.ty().0, self.value())
    }
}

impl Value {
    /// A value of a union that carries its member. Null is null, and a member that the value
    /// carries already is replaced.
    pub fn member(ty: TypeIdx, value: Value) -> Self {
        match value.into_plain() {
            value @ (Self::Null | Self::Missing) => value,
            value => Self::Member(MemberRef(Arc::new((ty, value)))),
        }
    }

    /// The value without the member that it may carry.
    pub fn plain(&self) -> &Value {
        if let Self::Member(member) = self { member.value() } else { self }
    }

    /// The same of a value that is given away.
    pub fn into_plain(self) -> Value {
        if let Self::Member(member) = self { member.value().clone() } else { self }
    }

    /// Whether a value of a union is of this member.
    pub fn is_member(&self, ty: TypeIdx, program: &Program) -> bool {
        if let Self::Member(member) = self {
            return member.ty() == ty;
        }
        let Some(desc) = program.types.get(usize::from(ty.0)) else { return false };
        match (desc, self) {
            (TypeDesc::Bool, Self::Bool(_))
            | (TypeDesc::Int, Self::Int(_))
            | (TypeDesc::Float, Self::Float(_))
            | (TypeDesc::Decimal, Self::Decimal(_))
            | (TypeDesc::String | TypeDesc::Secret, Self::String(_))
            | (TypeDesc::Uuid, Self::Uuid(_))
            | (TypeDesc::Instant, Self::Instant(_))
            | (TypeDesc::Duration, Self::Duration(_)) => true,
            (TypeDesc::LiteralBool(literal), Self::Bool(truth)) => literal == truth,
            (TypeDesc::LiteralInt(literal), Self::Int(number)) => literal == number,
            (TypeDesc::LiteralString(literal), Self::String(text)) => literal == text.as_str(),
            // What a host made without saying its member is of any that it looks like.
            (TypeDesc::Record { shape, .. }, Self::Record(record)) => record.shape() == *shape,
            (TypeDesc::List(_) | TypeDesc::Json, Self::List(_))
            | (TypeDesc::Map(_) | TypeDesc::Json, Self::Map(_)) => true,
            _ => false,
        }
    }

    /// The value as a union with this member holds it.
    pub(crate) fn of_member(self, ty: TypeIdx, program: &Program) -> Value {
        match program.types.get(usize::from(ty.0)) {
            Some(TypeDesc::Reduced { of, .. }) => Self::member(*of, self),
            Some(
                TypeDesc::List(_) | TypeDesc::Map(_) | TypeDesc::Record { .. } | TypeDesc::Json,
            ) => Self::member(ty, self),
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use wf_bytecode::ShapeIdx;

    use super::*;
    use crate::value::samples::Types;

    #[test]
    fn a_value_carries_one_member_and_is_seen_through() {
        let list = || Value::list(vec![Value::Int(1)]);
        let member = Value::member(TypeIdx(2), Value::member(TypeIdx(1), list()));
        assert!(matches!(&member, Value::Member(m) if m.ty() == TypeIdx(2)));
        assert!(matches!(member.plain(), Value::List(_)));
        assert!(member.equal(&list()) && list().equal(&member));
        assert_eq!(member.kind_name(), "a list");
        assert_eq!(format!("{member:?}"), "Member(2 List([Int(1)]))");
        assert!(matches!(Value::member(TypeIdx(1), Value::Null), Value::Null));
    }

    #[test]
    fn scalars_tell_their_member_and_others_carry_it() {
        let mut types = Types::new();
        let (int, string) = (types.add(TypeDesc::Int), types.add(TypeDesc::String));
        let seven = types.add(TypeDesc::LiteralInt(7));
        let (ints, texts) = (types.list(int), types.list(string));
        let program = types.program;
        let table = [
            (Value::Int(7), vec![int, seven]),
            (Value::Int(8), vec![int]),
            (Value::string("a"), vec![string]),
            (Value::list(vec![]).of_member(ints, &program), vec![ints]),
            (Value::list(vec![]).of_member(texts, &program), vec![texts]),
            (Value::list(vec![]), vec![ints, texts]),
            (Value::record(ShapeIdx(9), vec![]), vec![]),
            (Value::Null, vec![]),
        ];
        for (value, of) in table {
            for ty in [int, string, seven, ints, texts, TypeIdx(99)] {
                assert_eq!(value.is_member(ty, &program), of.contains(&ty), "{value:?} {ty:?}");
            }
        }
    }

    #[test]
    fn a_million_members_inside_each_other_are_dropped_and_shown_in_part() {
        let deep = (0..1_000_000)
            .fold(Value::Null, |value, _| Value::member(TypeIdx(0), Value::list(vec![value])));
        assert!(format!("{deep:?}").contains("List(…)"));
        drop(deep);
    }
}
