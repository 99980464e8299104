//! Between the rows of the store and the values of programs.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde_json::value::RawValue;
use wf_vm::bytecode::{EntityInfo, TypeDesc, TypeIdx};
use wf_vm::{LambdaRef, NodeCall, NodeFailure, Value};

use super::store::{Row, StoreError, entity_type_id};
use crate::call::{from_failure, input, internal};
use crate::functions::rfc3339;

/// The attributes of an entity by their names, each with its JSON text.
pub(super) type Attributes = IndexMap<String, Box<RawValue>>;

/// The entity that a call is about: its declaration and the type that its values have.
pub(super) fn entity<'a>(call: &NodeCall<'a>) -> Result<(&'a EntityInfo, TypeIdx), NodeFailure> {
    let ty = *call.type_args.first().ok_or_else(|| internal("no entity is given"))?;
    let entities = &call.program.entities;
    let named = || match call.program.types.get(usize::from(ty.0)) {
        Some(TypeDesc::Record { name, .. }) => entities.iter().find(|e| e.name == *name),
        _ => None,
    };
    let found = entities.iter().find(|e| e.ty == ty).or_else(named);
    found.map(|entity| (entity, ty)).ok_or_else(|| internal("what is given is no entity"))
}

/// The attributes of a row with the defaults of those that it lacks.
fn filled<'a>(entity: &EntityInfo, payload: &'a str) -> Cow<'a, str> {
    if entity.defaults.is_empty() {
        return Cow::Borrowed(payload);
    }
    // What is broken is told by whoever reads the row.
    let Ok(mut attributes) = serde_json::from_str::<Attributes>(payload) else {
        return Cow::Borrowed(payload);
    };
    match fill(entity, &mut attributes) {
        true => serde_json::to_string(&attributes).map_or(Cow::Borrowed(payload), Cow::Owned),
        false => Cow::Borrowed(payload),
    }
}

/// Gives attributes that are missing their defaults; says whether there were some.
pub(super) fn fill(entity: &EntityInfo, attributes: &mut Attributes) -> bool {
    let before = attributes.len();
    for (name, json) in &entity.defaults {
        if !attributes.contains_key(name.as_str())
            && let Ok(value) = RawValue::from_string(json.to_string())
        {
            attributes.insert(name.to_string(), value);
        }
    }
    attributes.len() > before
}

/// The JSON text of a whole entity.
pub(super) fn json_of_row(entity: &EntityInfo, row: &Row) -> String {
    let payload = filled(entity, &row.payload);
    let attributes = payload.trim_start().strip_prefix('{').unwrap_or("").trim_start();
    format!(
        "{{\"id\":\"{}\",\"typeId\":\"{}\",\"createdAt\":\"{}\",\"updatedAt\":\"{}\"{}{}",
        row.id,
        entity_type_id(&entity.name),
        rfc3339(row.created_at),
        rfc3339(row.updated_at),
        if attributes.starts_with('}') { "" } else { "," },
        if attributes.is_empty() { "}" } else { attributes },
    )
}

/// The value of a row. What does not fit the declaration is a failure that names the row.
pub(super) fn decode(
    call: &NodeCall<'_>,
    entity: &EntityInfo,
    ty: TypeIdx,
    row: &Row,
) -> Result<Value, NodeFailure> {
    let text = json_of_row(entity, row);
    crate::json::decode(&text, ty, call.program).map_err(|error| {
        let failure = error.to_failure();
        let message =
            format!("the stored `{}` {} is broken: {}", entity.name, row.id, failure.message);
        NodeFailure::new("Store", message)
    })
}

/// The attributes of a row.
pub(super) fn attributes(entity: &EntityInfo, row: &Row) -> Result<Attributes, NodeFailure> {
    serde_json::from_str(&row.payload).map_err(|error| {
        let message = format!("the stored `{}` {} is broken: {error}", entity.name, row.id);
        NodeFailure::new("Store", message)
    })
}

/// The attributes that an input gives; those that are missing are left out.
pub(super) fn given(call: &NodeCall<'_>, name: &str) -> Result<Attributes, NodeFailure> {
    let value = input(call, name).ok_or_else(|| internal("the input has no attributes"))?;
    let text = crate::json::write(value, call.program).map_err(|f| from_failure(call, f))?;
    serde_json::from_str(&text).map_err(|e| internal(&e.to_string()))
}

/// The JSON text of attributes.
pub(super) fn payload(attributes: &Attributes) -> Result<String, NodeFailure> {
    serde_json::to_string(attributes).map_err(|e| internal(&e.to_string()))
}

/// The time of a change: later than the last one, so that changes can be told apart.
pub(super) fn later(now: i64, row: &Row) -> i64 {
    now.max(row.updated_at.saturating_add(1))
}

/// A lambda among the inputs.
pub(super) fn lambda<'a>(call: &NodeCall<'a>, name: &str) -> Option<&'a LambdaRef> {
    match input(call, name)? {
        Value::Lambda(lambda) => Some(lambda),
        _ => None,
    }
}

/// Whether a lambda is true of an entity.
pub(super) fn holds(
    call: &NodeCall<'_>,
    lambda: &LambdaRef,
    entity: &Value,
) -> Result<bool, NodeFailure> {
    let value =
        call.call_lambda(lambda, vec![entity.clone()]).map_err(|f| from_failure(call, f))?;
    Ok(matches!(value, Value::Bool(true)))
}

/// The id among the inputs.
pub(super) fn id(call: &NodeCall<'_>) -> Result<uuid::Uuid, NodeFailure> {
    match input(call, "id") {
        Some(Value::Uuid(id)) => Ok(**id),
        _ => Err(internal("the input has no `id`")),
    }
}

/// What a store says, as a failure of the node.
pub(super) fn failure(error: StoreError) -> NodeFailure {
    match error {
        StoreError::Conflict(message) => NodeFailure::new("Conflict", message),
        StoreError::Broken(message) | StoreError::Undecided(message) => {
            NodeFailure::new("Store", message)
        }
        StoreError::Unreachable(message) => {
            NodeFailure { transient: true, ..NodeFailure::new("Store", message) }
        }
    }
}
