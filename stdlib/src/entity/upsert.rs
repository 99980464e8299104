//! `entity.upsert`

use std::sync::Arc;

use wf_vm::bytecode::{EntityInfo, TypeIdx};
use wf_vm::{Node, NodeCall, NodeFailure, Started, Value};

use super::store::{Question, Row};
use super::{Entities, create, rows, update};
use crate::call::{Outcome, internal, output};

pub(super) struct Upsert(pub(super) Arc<Entities>);

impl Node for Upsert {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(self.upsert(call))
    }
}

impl Upsert {
    fn upsert(&self, call: &NodeCall<'_>) -> Outcome {
        let (entity, ty) = rows::entity(call)?;
        let _gate = self.0.writing();
        let (row, previous) = match self.find(call, entity, ty)? {
            None => (create::insert(&self.0, call, entity)?, Value::Null),
            Some((old, previous)) => {
                let set = rows::given(call, "payload")?;
                let changed = update::change(&self.0, entity, &old, &set, call.now())?;
                let Some(row) = changed else {
                    let message = format!("the `{}` {} was changed meanwhile", entity.name, old.id);
                    let failure = NodeFailure::new("Conflict", message);
                    return Err(NodeFailure { transient: true, ..failure });
                };
                (row, previous)
            }
        };
        let created = matches!(previous, Value::Null);
        let value = rows::decode(call, entity, ty, &row)?;
        output(
            call,
            vec![
                ("entityId", Value::uuid(row.id)),
                ("entity", value),
                ("previousEntity", previous),
                ("created", Value::Bool(created)),
                ("success", Value::Bool(true)),
            ],
        )
    }

    /// The one entity for which `where` is true.
    fn find(
        &self,
        call: &NodeCall<'_>,
        entity: &EntityInfo,
        ty: TypeIdx,
    ) -> Result<Option<(Row, Value)>, NodeFailure> {
        let test = rows::lambda(call, "where").ok_or_else(|| internal("there is no `where`"))?;
        let mut found = None;
        for row in self.0.store.find(&Question::all(entity)).map_err(rows::failure)?.rows {
            let value = rows::decode(call, entity, ty, &row)?;
            if rows::holds(call, test, &value)? {
                if found.is_some() {
                    let message = format!("`where` is true of several `{}`", entity.name);
                    return Err(NodeFailure::new("Conflict", message));
                }
                found = Some((row, value));
            }
        }
        Ok(found)
    }
}
