//! A value as another type wants it, with exactly the fields of that type.

use std::rc::Rc;

use wf_types::{Type, TypeDefs};

use super::value::Val;

/// The value as one of the type; `None` where it can never be one.
pub(super) fn give(value: &Val, ty: &Type, defs: &TypeDefs) -> Option<Val> {
    Some(match (defs.peel(ty), value) {
        // What was not given stays so.
        (Type::Json, Val::Missing) => Val::Missing,
        (Type::Json, value) => to_json(value),
        (Type::Optional(_) | Type::Null, Val::Null | Val::Missing) => value.clone(),
        (Type::Optional(inner), value) => give(value, inner, defs)?,
        (Type::List(of), Val::List(items)) => {
            Val::list(items.iter().map(|i| give(i, of, defs)).collect::<Option<_>>()?)
        }
        (Type::Map(of), Val::Map(entries)) => {
            let given = entries.iter().map(|(k, v)| Some((Rc::clone(k), give(v, of, defs)?)));
            Val::map(given.collect::<Option<Vec<_>>>()?)
        }
        (Type::Map(of), Val::Rec(fields)) => {
            let there = fields.iter().filter(|(_, v)| !matches!(v, Val::Missing));
            let given = there.map(|(k, v)| Some((Rc::from(k.as_str()), give(v, of, defs)?)));
            Val::map(given.collect::<Option<Vec<_>>>()?)
        }
        (Type::Record(record), value @ Val::Rec(_)) => {
            let given = record.fields.iter().map(|field| {
                let value = value.field(&field.name)?;
                Some((field.name.clone(), give(value, &field.ty, defs)?))
            });
            Val::rec(given.collect::<Option<_>>()?)
        }
        (Type::Lambda(_), Val::Lambda(_))
        | (Type::Bool, Val::Bool(_))
        | (Type::Int, Val::Int(_))
        | (Type::Float, Val::Float(_))
        | (Type::String, Val::Str(_))
        | (Type::Uuid, Val::Uuid(_))
        | (Type::Instant, Val::Instant(_))
        | (Type::Duration, Val::Duration(_))
        | (Type::Literal(_) | Type::Union(_), Val::Str(_) | Val::Int(_) | Val::Bool(_))
        | (Type::Named(_), Val::Rec(_)) => value.clone(),
        _ => return None,
    })
}

/// The value as `json`.
pub(super) fn to_json(value: &Val) -> Val {
    match value {
        Val::Missing => Val::Null,
        Val::Uuid(_) | Val::Instant(_) | Val::Duration(_) => Val::str(super::text::shown(value)),
        Val::List(items) => Val::list(items.iter().map(to_json).collect()),
        Val::Map(entries) => Val::map(entries.iter().map(|(k, v)| (Rc::clone(k), to_json(v)))),
        Val::Rec(fields) => {
            let there = fields.iter().filter(|(_, v)| !matches!(v, Val::Missing));
            Val::map(there.map(|(k, v)| (Rc::from(k.as_str()), to_json(v))))
        }
        other => other.clone(),
    }
}
