//! `entity.update`

use std::sync::Arc;

use wf_vm::bytecode::EntityInfo;
use wf_vm::{Node, NodeCall, NodeFailure, Started, Value};

use super::rows::Attributes;
use super::store::{Change, Row, StoreError};
use super::{Entities, rows};
use crate::call::{Outcome, input, output};

pub(super) struct Update(pub(super) Arc<Entities>);

impl Node for Update {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(self.update(call))
    }
}

/// How often a change is tried again that another process was faster than.
const ATTEMPTS: usize = 10;

impl Update {
    fn update(&self, call: &NodeCall<'_>) -> Outcome {
        let (entity, ty) = rows::entity(call)?;
        let id = rows::id(call)?;
        let set = rows::given(call, "set")?;
        let condition = rows::lambda(call, "if");
        let _gate = self.0.writing();
        for _ in 0..ATTEMPTS {
            let Some(old) = self.0.store.row(entity, id).map_err(rows::failure)? else {
                let message = format!("there is no `{}` with the id {id}", entity.name);
                return Err(NodeFailure::new("NotFound", message));
            };
            let previous = rows::decode(call, entity, ty, &old)?;
            check_time(call, entity, &old)?;
            let applied = match condition {
                Some(condition) => rows::holds(call, condition, &previous)?,
                None => true,
            };
            if !applied {
                return answer(call, previous.clone(), previous, false);
            }
            let Some(new) = change(&self.0, entity, &old, &set, call.now())? else { continue };
            let changed = rows::decode(call, entity, ty, &new)?;
            return answer(call, changed, previous, true);
        }
        let message = format!("the `{}` {id} is changed by others all the time", entity.name);
        Err(NodeFailure { transient: true, ..NodeFailure::new("Conflict", message) })
    }
}

fn answer(call: &NodeCall<'_>, entity: Value, previous: Value, applied: bool) -> Outcome {
    output(
        call,
        vec![
            ("entity", entity),
            ("previousEntity", previous),
            ("applied", Value::Bool(applied)),
            ("success", Value::Bool(true)),
        ],
    )
}

fn check_time(call: &NodeCall<'_>, entity: &EntityInfo, row: &Row) -> Result<(), NodeFailure> {
    match input(call, "ifUpdatedAt") {
        Some(Value::Instant(at)) if *at != row.updated_at => {
            let message = format!("the `{}` {} was changed meanwhile", entity.name, row.id);
            Err(NodeFailure::new("Conflict", message))
        }
        _ => Ok(()),
    }
}

/// Writes a row with some attributes changed; nothing where it is not as it was any more.
pub(super) fn change(
    entities: &Entities,
    entity: &EntityInfo,
    old: &Row,
    set: &Attributes,
    now: i64,
) -> Result<Option<Row>, NodeFailure> {
    let mut attributes = rows::attributes(entity, old)?;
    rows::fill(entity, &mut attributes);
    attributes.extend(set.iter().map(|(name, value)| (name.clone(), value.clone())));
    let payload = rows::payload(&attributes)?;
    let new = Row { updated_at: rows::later(now, old), payload, ..old.clone() };
    let change = Change::Replace { entity, old: old.clone(), new: new.clone() };
    match entities.store.apply(&[change]) {
        Ok(()) => Ok(Some(new)),
        Err(conflict @ StoreError::Conflict(_)) => {
            let now = entities.store.row(entity, old.id).map_err(rows::failure)?;
            if now.as_ref() == Some(old) { Err(rows::failure(conflict)) } else { Ok(None) }
        }
        Err(error) => Err(rows::failure(error)),
    }
}
