//! `entity.get`

use std::sync::Arc;

use wf_vm::{Node, NodeCall, Started, Value};

use super::store::EntityStore;
use super::{Entities, rows};
use crate::call::{Outcome, output};

pub(super) struct Get(pub(super) Arc<Entities>);

impl Node for Get {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(self.0.run(call, |store| get(store, call)))
    }
}

fn get(store: &dyn EntityStore, call: &NodeCall<'_>) -> Outcome {
    let (entity, ty) = rows::entity(call)?;
    let found = match store.row(entity, rows::id(call)?).map_err(rows::failure)? {
        Some(row) => rows::decode(call, entity, ty, &row)?,
        None => Value::Null,
    };
    output(call, vec![("entity", found), ("success", Value::Bool(true))])
}
