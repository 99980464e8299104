//! A value as another type wants it: with exactly the fields of that type, and made as a member
//! where that is a union.

use std::rc::Rc;

use wf_types::{Literal, Type, TypeDefs};

use super::value::{Val, equal};

/// How deep types are compared: recursive ones fit where nothing spoke against it so far.
const DEPTH: usize = 40;

/// A value of one type as one of the other; `None` where it can never be one.
pub(super) fn give(value: &Val, from: &Type, to: &Type, defs: &TypeDefs) -> Option<Val> {
    let wanted = defs.peel(to);
    match (wanted, value) {
        (_, Val::Unread) => return Some(Val::Unread),
        // What was not given stays so.
        (Type::Json, Val::Missing) => return Some(Val::Missing),
        (Type::Json, value) => return Some(to_json(value)),
        (Type::Optional(_) | Type::Null, Val::Null | Val::Missing) => return Some(value.clone()),
        (Type::Optional(inner), value) => return give(value, from, inner, defs),
        (Type::Union(members), value) if members.contains(&Type::Secret) => {
            return Some(if members.contains(&Type::Json) {
                to_json(value)
            } else {
                value.clone()
            });
        }
        (Type::Union(members), value) if is_tagged(wanted, defs) => {
            let (own, inner) = source(value, from, defs)?;
            let member = made_as(&own, members, defs)?;
            return Some(Val::of(member.clone(), give(&inner, &own, member, defs)?));
        }
        _ => {}
    }
    let (from, value) = match value {
        Val::Of(of) => (&of.0, &of.1),
        value => (from, value),
    };
    let from = non_null(from, defs);
    Some(match (wanted, value) {
        (Type::List(to), Val::List(items)) => {
            let item = item_of(from);
            Val::list(items.iter().map(|i| give(i, item, to, defs)).collect::<Option<_>>()?)
        }
        (Type::Map(to), Val::Map(entries)) => {
            let item = item_of(from);
            let given = entries.iter().map(|(k, v)| Some((Rc::clone(k), give(v, item, to, defs)?)));
            Val::map(given.collect::<Option<Vec<_>>>()?)
        }
        (Type::Map(to), Val::Rec(fields)) => {
            let record = defs.record(from)?;
            let there = fields.iter().filter(|(_, v)| !matches!(v, Val::Missing));
            let given = there.map(|(k, v)| {
                let (_, field) = record.field(k)?;
                Some((Rc::from(k.as_str()), give(v, &field.ty, to, defs)?))
            });
            Val::map(given.collect::<Option<Vec<_>>>()?)
        }
        (Type::Record(record), value @ Val::Rec(_)) => {
            let own = defs.record(from)?;
            let given = record.fields.iter().map(|field| {
                let (_, of) = own.field(&field.name)?;
                let value = give(value.field(&field.name)?, &of.ty, &field.ty, defs)?;
                Some((field.name.clone(), value))
            });
            Val::rec(given.collect::<Option<_>>()?)
        }
        (Type::Lambda(_), Val::Lambda(_))
        | (Type::Bool, Val::Bool(_))
        | (Type::Int, Val::Int(_))
        | (Type::Float, Val::Float(_))
        | (Type::Decimal, Val::Dec(_))
        | (Type::String | Type::Secret, Val::Str(_))
        | (Type::Uuid, Val::Uuid(_))
        | (Type::Instant, Val::Instant(_))
        | (Type::Duration, Val::Duration(_))
        | (Type::Literal(_) | Type::Union(_), Val::Str(_) | Val::Int(_) | Val::Bool(_))
        | (Type::Named(_), Val::Rec(_)) => value.clone(),
        _ => return None,
    })
}

/// The type that a value really has, and the value without its member.
fn source(value: &Val, from: &Type, defs: &TypeDefs) -> Option<(Type, Val)> {
    if let Val::Of(of) = value {
        return Some((of.0.clone(), of.1.clone()));
    }
    match non_null(from, defs) {
        // A union of literals of one kind: the value is one of them.
        ty @ Type::Union(members) if !is_tagged(ty, defs) => {
            let is = |m: &&Type| matches!(m, Type::Literal(l) if equal(&literal(l), value));
            members.iter().find(is).map(|m| (m.clone(), value.clone()))
        }
        // It should say its member.
        Type::Union(_) => None,
        ty => Some((ty.clone(), value.clone())),
    }
}

fn literal(literal: &Literal) -> Val {
    match literal {
        Literal::Bool(b) => Val::Bool(*b),
        Literal::Int(n) => Val::Int(*n),
        Literal::String(text) => Val::str(text),
    }
}

fn item_of(ty: &Type) -> &Type {
    match ty {
        Type::List(item) | Type::Map(item) => item,
        _ => &Type::Never,
    }
}

/// The type behind names and `?`.
pub(super) fn non_null<'t>(ty: &'t Type, defs: &'t TypeDefs) -> &'t Type {
    match defs.peel(ty) {
        Type::Optional(inner) => non_null(inner, defs),
        other => other,
    }
}

/// Whether values of a type say their member: a union, but for one of literals of one kind.
pub(super) fn is_tagged(ty: &Type, defs: &TypeDefs) -> bool {
    let Type::Union(members) = non_null(ty, defs) else { return false };
    let kind = |m: &Type| match m {
        Type::Literal(Literal::Bool(_)) => 1,
        Type::Literal(Literal::Int(_)) => 2,
        Type::Literal(Literal::String(_)) => 3,
        _ => 0,
    };
    let first = members.first().map_or(0, kind);
    !members.contains(&Type::Secret) && (first == 0 || members.iter().any(|m| kind(m) != first))
}

/// Whether two members are the same one.
pub(super) fn same(a: &Type, b: &Type, defs: &TypeDefs) -> bool {
    a == b || defs.peel(a) == defs.peel(b)
}

/// The member that a value of a type is made as: its own type, else the first that it fits.
pub(super) fn made_as<'m>(ty: &Type, members: &'m [Type], defs: &TypeDefs) -> Option<&'m Type> {
    let own = members.iter().find(|m| same(m, ty, defs));
    own.or_else(|| members.iter().find(|m| fits(ty, m, defs, 0)))
}

/// Whether a value of one type may be given where the other is expected.
pub(super) fn fits(from: &Type, to: &Type, defs: &TypeDefs, depth: usize) -> bool {
    if from == to || depth > DEPTH {
        return true;
    }
    let fits = |a: &Type, b: &Type| fits(a, b, defs, depth + 1);
    match (defs.peel(from), defs.peel(to)) {
        (a, b) if a == b => true,
        (Type::Never | Type::Error, _) | (_, Type::Json) => true,
        (Type::Null, Type::Optional(_)) => true,
        (Type::Optional(a), b @ Type::Optional(_)) => fits(a, b),
        (a, Type::Optional(b)) => fits(a, b),
        (Type::Union(all), b) => all.iter().all(|a| fits(a, b)),
        (a, Type::Union(all)) => all.iter().any(|b| fits(a, b)),
        (Type::Literal(Literal::Bool(_)), Type::Bool)
        | (Type::Literal(Literal::Int(_)), Type::Int)
        | (Type::Literal(Literal::String(_)), Type::String) => true,
        (Type::List(a), Type::List(b)) | (Type::Map(a), Type::Map(b)) => fits(a, b),
        (a, Type::Record(b)) => match defs.record(a) {
            Some(a) => b.fields.iter().all(|wanted| {
                a.field(&wanted.name).is_some_and(|(_, given)| fits(&given.ty, &wanted.ty))
            }),
            None => false,
        },
        _ => false,
    }
}

/// The value as `json`.
pub(super) fn to_json(value: &Val) -> Val {
    match value.plain() {
        Val::Missing => Val::Null,
        value @ (Val::Uuid(_) | Val::Instant(_) | Val::Duration(_)) => {
            Val::str(super::text::shown(value))
        }
        Val::List(items) => Val::list(items.iter().map(to_json).collect()),
        Val::Map(entries) => Val::map(entries.iter().map(|(k, v)| (Rc::clone(k), to_json(v)))),
        Val::Rec(fields) => {
            let there = fields.iter().filter(|(_, v)| !matches!(v, Val::Missing));
            Val::map(there.map(|(k, v)| (Rc::from(k.as_str()), to_json(v))))
        }
        other => other.clone(),
    }
}
