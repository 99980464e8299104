//! `entity.query`

use std::cmp::Ordering;
use std::sync::Arc;

use wf_vm::{ListRef, Node, NodeCall, NodeFailure, Started, Value};

use super::store::Question;
use super::{Entities, rows};
use crate::call::{Outcome, from_failure, input, int, internal, invalid, output};

pub(super) struct Query(pub(super) Arc<Entities>);

impl Node for Query {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(self.query(call))
    }
}

impl Query {
    fn query(&self, call: &NodeCall<'_>) -> Outcome {
        let limit = place(call, "limit")?.unwrap_or(usize::MAX);
        let offset = place(call, "offset")?.unwrap_or(0);
        let mut found = self.find(call)?;
        sort(call, &mut found)?;
        let total = found.len();
        let start = offset.min(total);
        let end = start.saturating_add(limit).min(total);
        found.truncate(end);
        let entities = found.split_off(start);
        let total = i64::try_from(total).map_err(|_| internal("too many rows"))?;
        let has_more = i64::try_from(end).is_ok_and(|end| end < total);
        output(
            call,
            vec![
                ("entities", Value::List(ListRef::new(entities))),
                ("totalCount", Value::Int(total)),
                ("hasMore", Value::Bool(has_more)),
                ("success", Value::Bool(true)),
            ],
        )
    }

    /// The entities for which `where` is true, in the order of the store.
    fn find(&self, call: &NodeCall<'_>) -> Result<Vec<Value>, NodeFailure> {
        let (entity, ty) = rows::entity(call)?;
        let test = rows::lambda(call, "where");
        let mut found = Vec::new();
        for row in self.0.store.find(&Question::all(entity)).map_err(rows::failure)?.rows {
            let value = rows::decode(call, entity, ty, &row)?;
            if match test {
                Some(test) => rows::holds(call, test, &value)?,
                None => true,
            } {
                found.push(value);
            }
        }
        Ok(found)
    }
}

fn place(call: &NodeCall<'_>, name: &str) -> Result<Option<usize>, NodeFailure> {
    match int(call, name) {
        None => Ok(None),
        Some(number) if number < 0 => Err(invalid(format!("`{name}` is {number}, below 0"))),
        Some(number) => Ok(Some(usize::try_from(number).unwrap_or(usize::MAX))),
    }
}

/// Sorts by the input `orderBy`; equal ones keep their order, whichever way it goes.
fn sort(call: &NodeCall<'_>, found: &mut Vec<Value>) -> Result<(), NodeFailure> {
    let Some(key) = rows::lambda(call, "orderBy") else {
        if is_descending(call) {
            found.reverse();
        }
        return Ok(());
    };
    let mut keyed = Vec::with_capacity(found.len());
    for value in found.drain(..) {
        let key = call.call_lambda(key, vec![value.clone()]).map_err(|f| from_failure(call, f))?;
        keyed.push((key, value));
    }
    let descending = is_descending(call);
    keyed.sort_by(|(a, _), (b, _)| {
        let order = a.compare(b).unwrap_or(Ordering::Equal);
        if descending { order.reverse() } else { order }
    });
    found.extend(keyed.into_iter().map(|(_, value)| value));
    Ok(())
}

fn is_descending(call: &NodeCall<'_>) -> bool {
    matches!(input(call, "descending"), Some(Value::Bool(true)))
}
