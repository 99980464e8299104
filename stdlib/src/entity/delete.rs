//! `entity.delete`

use std::sync::Arc;

use wf_vm::{Node, NodeCall, Started, Value};

use super::store::{Change, EntityStore, StoreError};
use super::{ATTEMPTS, Entities, rows};
use crate::call::{Outcome, output};

pub(super) struct Delete(pub(super) Arc<Entities>);

impl Node for Delete {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(self.0.run(call, |store| delete(&self.0, store, call)))
    }
}

fn delete(entities: &Entities, store: &dyn EntityStore, call: &NodeCall<'_>) -> Outcome {
    let (entity, _) = rows::entity(call)?;
    let id = rows::id(call)?;
    let _gate = entities.writing(id);
    for _ in 0..ATTEMPTS {
        let old = store.row(entity, id).map_err(rows::failure)?;
        let deleted = old.is_some();
        if let Some(old) = old {
            match store.apply(&[Change::Remove { entity, old }]) {
                // It was changed meanwhile.
                Err(StoreError::Conflict(_)) => continue,
                done => done.map_err(rows::failure)?,
            }
        }
        return output(
            call,
            vec![
                ("entityId", Value::uuid(id)),
                ("deleted", Value::Bool(deleted)),
                ("success", Value::Bool(true)),
            ],
        );
    }
    Err(rows::outrun(entity, id))
}
