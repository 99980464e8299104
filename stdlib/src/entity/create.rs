//! `entity.create` and `entity.createMany`

use std::sync::Arc;

use uuid::Uuid;
use wf_vm::bytecode::EntityInfo;
use wf_vm::{ListRef, Node, NodeCall, NodeFailure, Started, Value};

use super::rows::Attributes;
use super::store::{Change, EntityStore, Row, StoreError, entity_type_id};
use super::{Entities, rows};
use crate::call::{Outcome, input, internal, output};

pub(super) struct Create(pub(super) Arc<Entities>);

impl Node for Create {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(self.0.run(call, |store| create(store, call)))
    }
}

fn create(store: &dyn EntityStore, call: &NodeCall<'_>) -> Outcome {
    let (entity, ty) = rows::entity(call)?;
    let row = insert(store, call, entity)?;
    let payload = rows::decode(call, entity, ty, &row)?;
    output(
        call,
        vec![
            ("entityId", Value::uuid(row.id)),
            ("entityTypeId", Value::uuid(entity_type_id(&entity.name))),
            ("payload", payload),
            ("success", Value::Bool(true)),
        ],
    )
}

/// Stores the input `payload` as a new entity. Its id follows from the key of the call: where it is
/// there already, an earlier attempt has stored it.
pub(super) fn insert(
    store: &dyn EntityStore,
    call: &NodeCall<'_>,
    entity: &EntityInfo,
) -> Result<Row, NodeFailure> {
    let id = Uuid::new_v5(&call.key, b"entity");
    let row = fresh(entity, id, call.now(), rows::given(call, "payload")?)?;
    let change = Change::Insert { entity, row: row.clone() };
    match store.apply(&[change]) {
        Ok(()) => Ok(row),
        Err(conflict @ StoreError::Conflict(_)) => {
            let stored = store.row(entity, id).map_err(rows::failure)?;
            stored.ok_or_else(|| rows::failure(conflict))
        }
        Err(error) => Err(rows::failure(error)),
    }
}

fn fresh(
    entity: &EntityInfo,
    id: Uuid,
    now: i64,
    mut attributes: Attributes,
) -> Result<Row, NodeFailure> {
    rows::fill(entity, &mut attributes);
    let payload = rows::payload(&attributes)?;
    Ok(Row { id, created_at: now, updated_at: now, payload })
}

pub(super) struct CreateMany(pub(super) Arc<Entities>);

impl Node for CreateMany {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(self.0.run(call, |store| create_many(store, call)))
    }
}

fn create_many(store: &dyn EntityStore, call: &NodeCall<'_>) -> Outcome {
    let (entity, ty) = rows::entity(call)?;
    let made = insert_many(store, call, entity)?;
    let ids = made.iter().map(|row| Value::uuid(row.id)).collect();
    let count = i64::try_from(made.len()).map_err(|_| internal("there are too many rows"))?;
    let values = match call.reads_output("entities") {
        true => {
            let value = |row: &Row| rows::decode(call, entity, ty, row);
            let values = made.iter().map(value).collect::<Result<_, _>>()?;
            Value::List(ListRef::new(values))
        }
        false => Value::Missing,
    };
    output(
        call,
        vec![
            ("entityIds", Value::List(ListRef::new(ids))),
            ("entities", values),
            ("count", Value::Int(count)),
            ("success", Value::Bool(true)),
        ],
    )
}

/// Stores the items of the input `payloads`, all or none. Where they are there already, an earlier
/// attempt has stored them.
fn insert_many(
    store: &dyn EntityStore,
    call: &NodeCall<'_>,
    entity: &EntityInfo,
) -> Result<Vec<Row>, NodeFailure> {
    let Some(Value::List(items)) = input(call, "payloads") else {
        return Err(internal("the input has no `payloads`"));
    };
    let now = call.now();
    let mut made = Vec::with_capacity(items.as_slice().len());
    for (place, item) in items.as_slice().iter().enumerate() {
        let id = Uuid::new_v5(&call.key, format!("entity {place}").as_bytes());
        // Each is a microsecond after the one before it, so that they keep their order.
        let now = now.saturating_add(i64::try_from(place).unwrap_or(0));
        made.push(fresh(entity, id, now, rows::attributes_of(call, item)?)?);
    }
    let insert = |row: &Row| Change::Insert { entity, row: row.clone() };
    let changes: Vec<Change<'_>> = made.iter().map(insert).collect();
    match store.apply(&changes) {
        Ok(()) => Ok(made),
        Err(conflict @ StoreError::Conflict(_)) => stored(store, entity, made, conflict),
        Err(error) => Err(rows::failure(error)),
    }
}

/// What an earlier attempt has stored. All are there then, but for those that were deleted since.
fn stored(
    store: &dyn EntityStore,
    entity: &EntityInfo,
    made: Vec<Row>,
    conflict: StoreError,
) -> Result<Vec<Row>, NodeFailure> {
    let mut is_there = false;
    let mut rows = Vec::with_capacity(made.len());
    for row in made {
        let stored = store.row(entity, row.id).map_err(rows::failure)?;
        is_there |= stored.is_some();
        rows.push(stored.unwrap_or(row));
    }
    if is_there { Ok(rows) } else { Err(rows::failure(conflict)) }
}
