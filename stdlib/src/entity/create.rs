//! `entity.create`

use std::sync::Arc;

use uuid::Uuid;
use wf_vm::bytecode::EntityInfo;
use wf_vm::{Node, NodeCall, NodeFailure, Started, Value};

use super::store::{Change, Row, StoreError, entity_type_id};
use super::{Entities, rows};
use crate::call::{Outcome, output};

pub(super) struct Create(pub(super) Arc<Entities>);

impl Node for Create {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(self.create(call))
    }
}

impl Create {
    fn create(&self, call: &NodeCall<'_>) -> Outcome {
        let (entity, ty) = rows::entity(call)?;
        let _gate = self.0.writing();
        let row = insert(&self.0, call, entity)?;
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
}

/// Stores the input `payload` as a new entity. Its id follows from the key of the call: where it is
/// there already, an earlier attempt has stored it.
pub(super) fn insert(
    entities: &Entities,
    call: &NodeCall<'_>,
    entity: &EntityInfo,
) -> Result<Row, NodeFailure> {
    let id = Uuid::new_v5(&call.key, b"entity");
    let now = call.now();
    let mut attributes = rows::given(call, "payload")?;
    rows::fill(entity, &mut attributes);
    let payload = rows::payload(&attributes)?;
    let row = Row { id, created_at: now, updated_at: now, payload };
    let change = Change::Insert { entity, row: row.clone() };
    match entities.store.apply(&[change]) {
        Ok(()) => Ok(row),
        Err(conflict @ StoreError::Conflict(_)) => {
            let stored = entities.store.row(entity, id).map_err(rows::failure)?;
            stored.ok_or_else(|| rows::failure(conflict))
        }
        Err(broken) => Err(rows::failure(broken)),
    }
}
