//! `entity.get`

use std::sync::Arc;

use wf_vm::{Node, NodeCall, Started, Value};

use super::{Entities, rows};
use crate::call::{Outcome, output};

pub(super) struct Get(pub(super) Arc<Entities>);

impl Node for Get {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(get(&self.0, call))
    }
}

fn get(entities: &Entities, call: &NodeCall<'_>) -> Outcome {
    let (entity, ty) = rows::entity(call)?;
    let found = match entities.store(call)?.row(entity, rows::id(call)?).map_err(rows::failure)? {
        Some(row) => rows::decode(call, entity, ty, &row)?,
        None => Value::Null,
    };
    output(call, vec![("entity", found), ("success", Value::Bool(true))])
}
