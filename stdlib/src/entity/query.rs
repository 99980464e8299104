//! `entity.query`

use std::cmp::Ordering;
use std::sync::Arc;

use wf_vm::bytecode::{EntityInfo, TypeIdx};
use wf_vm::{LambdaRef, ListRef, Node, NodeCall, NodeFailure, Started, Value};

use super::store::{Counted, EntityStore, Question, Row, StoreError};
use super::values::Values;
use super::{Entities, ask, rows};
use crate::call::{Outcome, flag, from_failure, int, internal, invalid, output};

pub(super) struct Query(pub(super) Arc<Entities>);

impl Node for Query {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(self.0.run(call, |store| query(store, call)))
    }
}

/// A query and its inputs.
struct Asked<'a> {
    store: &'a dyn EntityStore,
    call: &'a NodeCall<'a>,
    entity: &'a EntityInfo,
    ty: TypeIdx,
    test: Option<&'a LambdaRef>,
    key: Option<&'a LambdaRef>,
    descending: bool,
    limit: Option<u64>,
    offset: u64,
}

/// The part of what was found that is wanted, and what is known of the rest.
struct Page {
    entities: Vec<Value>,
    /// How many there are in all, where that is read.
    total: Option<u64>,
    has_more: bool,
}

fn query(store: &dyn EntityStore, call: &NodeCall<'_>) -> Outcome {
    let (entity, ty) = rows::entity(call)?;
    let asked = Asked {
        store,
        call,
        entity,
        ty,
        test: rows::lambda(call, "where"),
        key: rows::lambda(call, "orderBy"),
        descending: flag(call, "descending"),
        limit: place(call, "limit")?,
        offset: place(call, "offset")?.unwrap_or(0),
    };
    let page = match asked.page_of_store()? {
        Some(page) => page,
        None => asked.page_of_machine()?,
    };
    // What nobody reads may not have been found out, and is not told.
    let total = match page.total {
        Some(total) if call.reads_output("totalCount") => {
            Value::Int(i64::try_from(total).map_err(|_| internal("there are too many rows"))?)
        }
        _ => Value::Missing,
    };
    let has_more = match call.reads_output("hasMore") {
        true => Value::Bool(page.has_more),
        false => Value::Missing,
    };
    output(
        call,
        [
            ("entities", Value::List(ListRef::new(page.entities))),
            ("totalCount", total),
            ("hasMore", has_more),
            ("success", Value::Bool(true)),
        ],
    )
}

impl Asked<'_> {
    /// The page as the store gives it, where it works out all of the test and of the order.
    fn page_of_store(&self) -> Result<Option<Page>, NodeFailure> {
        let test = self.test.map(|lambda| ask::test(self.call, lambda));
        let key = self.key.map(|lambda| ask::key(self.call, lambda));
        let (test, key) = match (&test, &key) {
            (Some(None), _) | (_, Some(None)) => return Ok(None),
            (Some(Some(test)), _) if !test.is_whole() => return Ok(None),
            (test, key) => {
                (test.as_ref().and_then(Option::as_ref), key.as_ref().and_then(Option::as_ref))
            }
        };
        let reads = |name| self.call.reads_output(name);
        let (reads_rows, count) = (reads("entities"), reads("totalCount"));
        // One row more tells whether there are more, where nobody counts them.
        let more = u64::from(reads("hasMore") && !count);
        let limit = match self.limit {
            Some(limit) if reads_rows => Some(limit.saturating_add(more)),
            Some(limit) if more > 0 => Some(limit.saturating_add(more)),
            None if reads_rows => None,
            _ => Some(0),
        };
        let question = Question {
            test: test.map(ask::Test::bound),
            key: key.map(ask::Key::bound),
            descending: self.descending,
            limit,
            offset: self.offset,
            count,
            ..Question::all(self.entity)
        };
        let limit = self.limit.unwrap_or(u64::MAX);
        let wanted = if reads_rows { usize::try_from(limit).unwrap_or(usize::MAX) } else { 0 };
        let Some((mut entities, counted)) = self.answer(&question, wanted)? else {
            return Ok(None);
        };
        if count && counted.total.is_none() {
            return Ok(None);
        }
        entities.truncate(wanted);
        let has_more = match counted.total {
            Some(total) => self.offset.saturating_add(limit) < total,
            None => counted.rows > limit,
        };
        Ok(Some(Page { entities, total: counted.total, has_more }))
    }

    /// So many of the entities that answer a question, or some more; `None` where the store can't tell.
    fn answer(
        &self,
        question: &Question<'_>,
        wanted: usize,
    ) -> Result<Option<(Vec<Value>, Counted)>, NodeFailure> {
        if let Some(mut values) = Values::new(self.entity, self.ty, self.call.program) {
            match self.store.read(question, &mut values) {
                Ok(Some(counted)) => return Ok(Some((values.done, counted))),
                Ok(None) => {}
                Err(StoreError::Undecided(_)) => return Ok(None),
                Err(error) => return Err(rows::failure(error)),
            }
        }
        let found = match self.store.find(question) {
            Err(StoreError::Undecided(_)) => return Ok(None),
            found => found.map_err(rows::failure)?,
        };
        let entities = found.rows.iter().take(wanted).map(|row| self.decode(row));
        let entities = entities.collect::<Result<_, _>>()?;
        let counted = Counted { rows: found.rows.len() as u64, total: found.total };
        Ok(Some((entities, counted)))
    }

    /// The page of the rows that the store gives for what it can work out; the machine does the rest.
    fn page_of_machine(&self) -> Result<Page, NodeFailure> {
        let (mut found, is_sorted) = self.find()?;
        if !is_sorted {
            self.sort(&mut found)?;
        }
        let total = found.len();
        let start = usize::try_from(self.offset).unwrap_or(usize::MAX).min(total);
        let limit = self.limit.map_or(usize::MAX, |l| usize::try_from(l).unwrap_or(usize::MAX));
        let end = start.saturating_add(limit).min(total);
        found.truncate(end);
        let entities = found.split_off(start);
        Ok(Page { entities, total: Some(total as u64), has_more: end < total })
    }

    /// All entities for which `where` is true, and whether they are in their order already.
    fn find(&self) -> Result<(Vec<Value>, bool), NodeFailure> {
        let test = self.test.and_then(|lambda| ask::test(self.call, lambda));
        let key = self.key.and_then(|lambda| ask::key(self.call, lambda));
        let is_sorted = self.key.is_none() || key.is_some();
        let question = Question {
            test: test.as_ref().map(ask::Test::bound),
            key: key.as_ref().map(ask::Key::bound),
            descending: self.descending && is_sorted,
            ..Question::all(self.entity)
        };
        let (found, is_sorted, is_tested) = match self.store.find(&question) {
            Err(StoreError::Undecided(_)) => {
                let is_sorted = self.key.is_none();
                let descending = self.descending && is_sorted;
                let question = Question { descending, ..Question::all(self.entity) };
                (self.store.find(&question), is_sorted, false)
            }
            found => (found, is_sorted, test.is_some_and(|test| test.is_exact)),
        };
        let test = self.test.filter(|_| !is_tested);
        let rows = found.map_err(rows::failure)?.rows;
        let values = self.tested(&rows, test).or_else(|failure| {
            // Which failure it is does not depend on the order that the store gave.
            let mut rows = rows;
            rows.sort_by_key(|row| (row.created_at, row.id));
            self.tested(&rows, test).and(Err(failure))
        })?;
        Ok((values, is_sorted))
    }

    /// The entities of these rows for which a test is true.
    fn tested(&self, rows: &[Row], test: Option<&LambdaRef>) -> Result<Vec<Value>, NodeFailure> {
        let mut values = Vec::new();
        for row in rows {
            let value = self.decode(row)?;
            if match test {
                Some(test) => rows::holds(self.call, test, &value)?,
                None => true,
            } {
                values.push(value);
            }
        }
        Ok(values)
    }

    fn decode(&self, row: &Row) -> Result<Value, NodeFailure> {
        rows::decode(self.call, self.entity, self.ty, row)
    }

    /// Sorts by the input `orderBy`; equal ones keep their order, whichever way it goes.
    fn sort(&self, found: &mut Vec<Value>) -> Result<(), NodeFailure> {
        let (Some(key), call) = (self.key, self.call) else { return Ok(()) };
        let mut keyed = Vec::with_capacity(found.len());
        for value in found.drain(..) {
            let key =
                call.call_lambda(key, vec![value.clone()]).map_err(|f| from_failure(call, f))?;
            keyed.push((key, value));
        }
        keyed.sort_by(|(a, _), (b, _)| {
            let order = a.compare(b).unwrap_or(Ordering::Equal);
            if self.descending { order.reverse() } else { order }
        });
        found.extend(keyed.into_iter().map(|(_, value)| value));
        Ok(())
    }
}

fn place(call: &NodeCall<'_>, name: &str) -> Result<Option<u64>, NodeFailure> {
    match int(call, name) {
        None => Ok(None),
        Some(number) => match u64::try_from(number) {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(invalid(format!("`{name}` is {number}, below 0"))),
        },
    }
}
