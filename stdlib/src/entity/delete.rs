//! `entity.delete`

use std::sync::Arc;

use wf_vm::{Node, NodeCall, Started, Value};

use super::store::Change;
use super::{Entities, rows};
use crate::call::{Outcome, output};

pub(super) struct Delete(pub(super) Arc<Entities>);

impl Node for Delete {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(self.delete(call))
    }
}

impl Delete {
    fn delete(&self, call: &NodeCall<'_>) -> Outcome {
        let (entity, _) = rows::entity(call)?;
        let id = rows::id(call)?;
        let _gate = self.0.writing();
        let old = self.0.store.row(entity, id).map_err(rows::failure)?;
        let deleted = old.is_some();
        if let Some(old) = old {
            let change = Change::Remove { entity, old };
            self.0.store.apply(&[change]).map_err(rows::failure)?;
        }
        output(
            call,
            vec![
                ("entityId", Value::uuid(id)),
                ("deleted", Value::Bool(deleted)),
                ("success", Value::Bool(true)),
            ],
        )
    }
}
