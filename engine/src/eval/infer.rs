//! The types of a snapshot: those that its values have.

use std::sync::Arc;

use uuid::Uuid;
use wf_types::{Field, Type};
use wf_vm::value::decode::decode_json;
use wf_vm::value::time::parse_instant;
use wf_vm::{DecodeError, Value};

/// How many parts the type of a value may have; one with more is `json`.
const MAX_PARTS: usize = 10_000;

/// How many fields a record may have; an object with more is `json`.
const MAX_FIELDS: usize = 1_000;

/// The type of a root of the store with this value.
///
/// # Errors
/// The text is no JSON, or holds what no value can be made of.
pub(super) fn root(name: &str, json: &str) -> Result<Type, DecodeError> {
    let value = decode_json(json)?;
    Ok(match (name, &value) {
        ("steps", Value::Map(steps)) => fields(steps.entries().iter(), |_, step| match step {
            Value::Map(step) => fields(step.entries().iter(), |name, value| {
                circumstance(name, value).unwrap_or_else(|| bounded(value))
            }),
            other => bounded(other),
        }),
        ("run", Value::Map(run)) => fields(run.entries().iter(), |name, value| {
            circumstance(name, value).unwrap_or_else(|| bounded(value))
        }),
        _ => bounded(&value),
    })
}

/// The types of what the machine itself writes of a step or a run, where the value has them.
fn circumstance(name: &str, value: &Value) -> Option<Type> {
    let text = value.as_str()?;
    match name {
        "id" | "nodeId" => Uuid::try_parse(text).ok().map(|_| Type::Uuid),
        "executedAt" | "startedAt" | "finishedAt" => parse_instant(text).map(|_| Type::Instant),
        _ => None,
    }
}

fn fields<'a, K: AsRef<str> + 'a>(
    entries: impl Iterator<Item = (&'a K, &'a Value)>,
    mut ty: impl FnMut(&str, &Value) -> Type,
) -> Type {
    let field = |(name, value): (&K, &Value)| Field::new(name.as_ref(), ty(name.as_ref(), value));
    Type::record(entries.map(field).collect())
}

/// The type of a value, or `json` where that is too large.
fn bounded(value: &Value) -> Type {
    let ty = infer(value);
    let mut open = vec![&ty];
    let mut parts = 0;
    while let Some(part) = open.pop() {
        parts += 1;
        match part {
            Type::Optional(inner) | Type::List(inner) => open.push(inner),
            Type::Record(record) => open.extend(record.fields.iter().map(|field| &field.ty)),
            _ => {}
        }
        if parts > MAX_PARTS {
            return Type::Json;
        }
    }
    ty
}

/// The type of a value in the form of `json`. Its depth is limited by that of what is decoded.
fn infer(value: &Value) -> Type {
    match value {
        Value::Null => Type::Null,
        Value::Bool(_) => Type::Bool,
        Value::Int(_) => Type::Int,
        Value::Float(_) => Type::Float,
        // What a float holds is one, whatever zeros stand at its end.
        Value::Decimal(number) if number.is_float() => Type::Float,
        Value::Decimal(_) => Type::Decimal,
        Value::String(_) => Type::String,
        Value::List(items) => {
            let mut item = Type::Never;
            for value in items.as_slice() {
                item = join(item, infer(value));
                if item == Type::Json {
                    break;
                }
            }
            if item == Type::Never { Type::Json.list() } else { item.list() }
        }
        Value::Map(entries) if entries.entries().len() <= MAX_FIELDS => {
            fields(entries.entries().iter(), |_, value| infer(value))
        }
        _ => Type::Json,
    }
}

/// The type that the values of both have: `json` where they have nothing in common.
fn join(a: Type, b: Type) -> Type {
    match (a, b) {
        (a, b) if a == b => a,
        (Type::Never, other) | (other, Type::Never) => other,
        (Type::Int, Type::Float) | (Type::Float, Type::Int) => Type::Float,
        (Type::Decimal, Type::Int | Type::Float) | (Type::Int | Type::Float, Type::Decimal) => {
            Type::Decimal
        }
        (Type::Optional(a), Type::Optional(b)) => join((*a).clone(), (*b).clone()).optional(),
        (Type::Null, other) | (other, Type::Null) => other.optional(),
        (Type::Optional(a), b) | (b, Type::Optional(a)) => join((*a).clone(), b).optional(),
        (Type::List(a), Type::List(b)) => Type::List(Arc::new(join((*a).clone(), (*b).clone()))),
        (Type::Record(a), Type::Record(b)) => {
            let mut fields: Vec<Field> = Vec::with_capacity(a.fields.len());
            for field in &a.fields {
                let ty = match b.field(&field.name) {
                    Some((_, other)) => join(field.ty.clone(), other.ty.clone()),
                    None => field.ty.clone().optional(),
                };
                fields.push(Field::new(field.name.clone(), ty));
            }
            for field in b.fields.iter().filter(|field| a.field(&field.name).is_none()) {
                fields.push(Field::new(field.name.clone(), field.ty.clone().optional()));
            }
            if fields.len() > MAX_FIELDS { Type::Json } else { Type::record(fields) }
        }
        _ => Type::Json,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Type {
        root("trigger", json).unwrap()
    }

    fn item(json: &str) -> Type {
        let Type::List(item) = of(json) else { panic!("a list: {json}") };
        (*item).clone()
    }

    #[test]
    fn items_share_a_type() {
        assert_eq!(item("[1, 2.5]"), Type::Float);
        assert_eq!(item("[null, \"a\", null]"), Type::String.optional());
        assert_eq!(item("[1.50, 2]"), Type::Float);
        assert_eq!(item("[1.5, 2, 12345678901234567890.5]"), Type::Decimal);
        assert_eq!(item("[1, \"a\"]"), Type::Json);
        assert_eq!(item("[]"), Type::Json);
        let Type::Record(record) = item("[{\"a\": 1}, {\"a\": null, \"b\": true}]") else {
            panic!("a record")
        };
        let types: Vec<_> = record.fields.iter().map(|f| (f.name.as_str(), f.ty.clone())).collect();
        assert_eq!(types, [("a", Type::Int.optional()), ("b", Type::Bool.optional())]);
    }

    #[test]
    fn a_large_value_has_a_type_of_limited_size() {
        let wide: Vec<String> = (0..20_000).map(|i| format!("\"k{i}\": {i}")).collect();
        assert_eq!(of(&format!("{{{}}}", wide.join(","))), Type::Json);
        let long = vec!["{\"a\": [1, 2]}"; 50_000].join(",");
        let record = Type::record(vec![Field::new("a", Type::Int.list())]);
        assert_eq!(item(&format!("[{long}]")), record);
    }

    #[test]
    fn what_the_machine_writes_is_typed() {
        let steps = r#"{"q": {"nodeId": "0190f5a2-0000-7000-8000-000000000000",
            "executedAt": "2026-01-01T00:00:00Z", "output": {"id": "7"}}, "skipped": null}"#;
        let Type::Record(steps) = root("steps", steps).unwrap() else { panic!("a record") };
        assert_eq!(steps.fields[1].ty, Type::Null);
        let Type::Record(step) = &steps.fields[0].ty else { panic!("a record") };
        let types: Vec<_> = step.fields.iter().map(|f| f.ty.clone()).collect();
        assert_eq!(types[..2], [Type::Uuid, Type::Instant]);
        assert_eq!(types[2], Type::record(vec![Field::new("id", Type::String)]));
    }
}
