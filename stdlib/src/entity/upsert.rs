//! `entity.upsert`

use std::sync::Arc;

use wf_vm::bytecode::{EntityInfo, TypeIdx};
use wf_vm::{Node, NodeCall, NodeFailure, Started, Value};

use super::store::{EntityStore, Found, Question, Row, StoreError, entity_type_id};
use super::{ATTEMPTS, Entities, ask, create, rows, update};
use crate::call::{Outcome, internal, output};

pub(super) struct Upsert(pub(super) Arc<Entities>);

impl Node for Upsert {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(self.0.run(call, |store| upsert(&self.0, store, call)))
    }
}

fn upsert(entities: &Entities, store: &dyn EntityStore, call: &NodeCall<'_>) -> Outcome {
    let (entity, ty) = rows::entity(call)?;
    let _gate = entities.writing(entity_type_id(&entity.name));
    for _ in 0..ATTEMPTS {
        let (row, previous) = match find(store, call, entity, ty)? {
            None => match create::insert(store, call, entity) {
                Ok(row) => (row, Value::Null),
                // Another one may have stored it meanwhile: then `where` finds it now.
                Err(conflict) if conflict.code == "Conflict" => {
                    match find(store, call, entity, ty)? {
                        Some(_) => continue,
                        None => return Err(conflict),
                    }
                }
                Err(failure) => return Err(failure),
            },
            Some((old, previous)) => {
                let set = rows::given(call, "payload")?;
                match update::change(store, entity, &old, &set, call.now())? {
                    Some(row) => (row, previous),
                    None => continue,
                }
            }
        };
        return answer(call, entity, ty, &row, previous);
    }
    let message = format!("the `{}` is changed by others all the time", entity.name);
    Err(NodeFailure { transient: true, ..NodeFailure::new("Conflict", message) })
}

fn answer(
    call: &NodeCall<'_>,
    entity: &EntityInfo,
    ty: TypeIdx,
    row: &Row,
    previous: Value,
) -> Outcome {
    let created = matches!(previous, Value::Null);
    let value = rows::decode(call, entity, ty, row)?;
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
    store: &dyn EntityStore,
    call: &NodeCall<'_>,
    entity: &EntityInfo,
    ty: TypeIdx,
) -> Result<Option<(Row, Value)>, NodeFailure> {
    let test = rows::lambda(call, "where").ok_or_else(|| internal("there is no `where`"))?;
    let (candidates, is_tested) = candidates(store, call, entity)?;
    let mut found = None;
    for row in candidates.rows {
        let value = rows::decode(call, entity, ty, &row)?;
        if is_tested || rows::holds(call, test, &value)? {
            if found.is_some() {
                let message = format!("`where` is true of several `{}`", entity.name);
                return Err(NodeFailure::new("Conflict", message));
            }
            found = Some((row, value));
        }
    }
    Ok(found)
}

/// The rows among which it is, and whether `where` is true of all of them.
fn candidates(
    store: &dyn EntityStore,
    call: &NodeCall<'_>,
    entity: &EntityInfo,
) -> Result<(Found, bool), NodeFailure> {
    let lambda = rows::lambda(call, "where");
    if let Some(test) = lambda.and_then(|lambda| ask::test(call, lambda)) {
        // A second one is all that must be known of others.
        let limit = test.is_whole().then_some(2);
        let question = Question { test: Some(test.bound()), limit, ..Question::all(entity) };
        match store.find(&question) {
            Err(StoreError::Undecided(_)) => {}
            found => return Ok((found.map_err(rows::failure)?, test.is_exact)),
        }
    }
    let all = store.find(&Question::all(entity)).map_err(rows::failure)?;
    Ok((all, false))
}
