//! `entity.transaction` and `entity.commit`: several steps whose changes are made together, or not at all.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;
use uuid::Uuid;
use wf_vm::bytecode::EntityInfo;
use wf_vm::{Node, NodeCall, NodeFailure, Started, Value};

use super::store::{Change, Counted, EntityStore, Found, Question, Reader, Row, StoreError};
use super::{Entities, rows};
use crate::call::{Outcome, input, output};

/// How many transactions may be open. Where there are more the oldest ones are over: runs that ended
/// without a commit have left them.
const MOST_OPEN: usize = 10_000;

pub(super) struct Begin(pub(super) Arc<Entities>);

impl Node for Begin {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let id = self.0.shared.transactions.begin(call);
        let transaction = ("transaction", Value::uuid(id));
        Started::Ready(output(call, vec![transaction, ("success", Value::Bool(true))]))
    }
}

pub(super) struct Commit(pub(super) Arc<Entities>);

impl Node for Commit {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(commit(&self.0, call))
    }
}

fn commit(entities: &Entities, call: &NodeCall<'_>) -> Outcome {
    let transactions = &entities.shared.transactions;
    let Some(transaction) = transactions.get(call, "transaction")? else { return Err(over()) };
    let done = transaction.commit(&*entities.store);
    // It may be tried again where the store was not reached.
    if !matches!(done, Err(StoreError::Unreachable(_))) {
        transactions.end(transaction.id);
    }
    let changed = done.map_err(rows::failure)?;
    let changed = i64::try_from(changed).unwrap_or(i64::MAX);
    output(call, vec![("changed", Value::Int(changed)), ("success", Value::Bool(true))])
}

fn over() -> NodeFailure {
    NodeFailure::new(
        "NoTransaction",
        "the transaction is over or being committed, or belongs to another run",
    )
}

/// The transactions that are open.
#[derive(Default)]
pub(super) struct Transactions(Mutex<IndexMap<Uuid, Arc<Transaction>>>);

impl Transactions {
    fn begin(&self, call: &NodeCall<'_>) -> Uuid {
        let id = Uuid::new_v5(&call.key, b"transaction");
        let (touched, closed) = (Mutex::default(), AtomicBool::new(false));
        let transaction = Transaction { id, run: call.run.id, touched, closed };
        let mut open = lock(&self.0);
        open.insert(id, Arc::new(transaction));
        if open.len() > MOST_OPEN {
            open.shift_remove_index(0);
        }
        id
    }

    /// The transaction that an input names, where it names one.
    fn get(
        &self,
        call: &NodeCall<'_>,
        name: &str,
    ) -> Result<Option<Arc<Transaction>>, NodeFailure> {
        let Some(Value::Uuid(id)) = input(call, name) else { return Ok(None) };
        let found = lock(&self.0).get(&**id).cloned();
        let own = |transaction: &Arc<Transaction>| transaction.run == call.run.id;
        found.filter(own).map(Some).ok_or_else(over)
    }

    fn end(&self, id: Uuid) {
        lock(&self.0).shift_remove(&id);
    }
}

/// What a transaction has read and changed so far. Nothing is written before the commit, and no lock is
/// held between its steps, so transactions never wait for each other.
struct Transaction {
    id: Uuid,
    run: Uuid,
    touched: Mutex<AllTouched>,
    /// Whether the commit has begun: what a step did then would be lost.
    closed: AtomicBool,
}

/// What was read by its id or changed, in the order in which that happened first.
type AllTouched = IndexMap<(String, Uuid), Touched>;

/// A row that a transaction has read or changed.
#[derive(Clone)]
struct Touched {
    entity: Arc<EntityInfo>,
    /// As it is in the store.
    old: Option<Row>,
    /// As the transaction had it when the step began.
    seen: Option<Row>,
    /// As it is in the transaction.
    new: Option<Row>,
}

impl Touched {
    fn is_changed(&self) -> bool {
        self.old != self.new
    }

    fn change(&self, id: Uuid) -> Change<'_> {
        let entity = &*self.entity;
        match (self.old.clone(), self.new.clone()) {
            (None, Some(row)) => Change::Insert { entity, row },
            (Some(old), Some(new)) if old != new => Change::Replace { entity, old, new },
            (Some(old), None) => Change::Remove { entity, old },
            (old, _) => Change::Unchanged { entity, id, old },
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Transaction {
    /// Makes all changes, where all that was read by its id is as it was; says how many there were.
    fn commit(&self, store: &dyn EntityStore) -> Result<usize, StoreError> {
        let touched = {
            let touched = lock(&self.touched);
            self.closed.store(true, Ordering::Relaxed);
            touched.clone()
        };
        let changed = touched.values().filter(|row| row.is_changed()).count();
        if changed == 0 {
            return Ok(0);
        }
        let changes: Vec<Change<'_>> =
            touched.iter().map(|((_, id), row)| row.change(*id)).collect();
        match store.apply(&changes) {
            Ok(()) => Ok(changed),
            // An attempt whose answer was lost has made them.
            Err(StoreError::Conflict(_)) if is_made(store, &touched)? => Ok(changed),
            Err(error) => Err(error),
        }
    }
}

fn is_made(store: &dyn EntityStore, touched: &AllTouched) -> Result<bool, StoreError> {
    for ((_, id), row) in touched {
        if row.is_changed() && store.row(&row.entity, *id)? != row.new {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The store as one step of a transaction sees it. What the step does is kept apart until it is over:
/// a step that fails, or must begin again as its store has no answer yet, has done nothing.
pub(super) struct Stage {
    transaction: Arc<Transaction>,
    store: Arc<dyn EntityStore>,
    touched: Mutex<AllTouched>,
}

impl Stage {
    /// That of the transaction that the input `in` of a call names, where it names one.
    pub(super) fn of(
        entities: &Entities,
        call: &NodeCall<'_>,
    ) -> Result<Option<Self>, NodeFailure> {
        let Some(transaction) = entities.shared.transactions.get(call, "in")? else {
            return Ok(None);
        };
        if transaction.closed.load(Ordering::Relaxed) {
            return Err(over());
        }
        let store = Arc::clone(&entities.store);
        Ok(Some(Self { transaction, store, touched: Mutex::default() }))
    }

    /// The step has gone well: the steps behind it see what it did.
    pub(super) fn keep(self) -> Result<(), NodeFailure> {
        let own = lock(&self.touched);
        let mut all = lock(&self.transaction.touched);
        if self.transaction.closed.load(Ordering::Relaxed) {
            return Err(over());
        }
        let is_as_seen = |(key, row): (&(String, Uuid), &Touched)| {
            all.get(key).is_none_or(|other| other.new == row.seen)
        };
        if !own.iter().all(is_as_seen) {
            let message = "another step of the transaction changes the same at the same time";
            return Err(NodeFailure::new("Conflict", message));
        }
        for (key, row) in own.iter() {
            match all.get_mut(key) {
                Some(known) => known.new.clone_from(&row.new),
                None => {
                    all.insert(key.clone(), row.clone());
                }
            }
        }
        Ok(())
    }

    /// A row as the step sees it, read from the store where the transaction has not touched it yet.
    fn touch<'t>(
        &self,
        touched: &'t mut AllTouched,
        entity: &EntityInfo,
        id: Uuid,
    ) -> Result<&'t mut Touched, StoreError> {
        match touched.entry((entity.name.to_string(), id)) {
            indexmap::map::Entry::Occupied(known) => Ok(known.into_mut()),
            indexmap::map::Entry::Vacant(place) => {
                let known = lock(&self.transaction.touched).get(place.key()).cloned();
                let row = match known {
                    Some(row) => Touched { seen: row.new.clone(), ..row },
                    None => {
                        let old = self.store.row(entity, id)?;
                        let (seen, new) = (old.clone(), old.clone());
                        Touched { entity: Arc::new(entity.clone()), old, seen, new }
                    }
                };
                Ok(place.insert(row))
            }
        }
    }

    /// The rows of an entity that the transaction has changed, by their ids.
    fn changed(&self, entity: &EntityInfo) -> IndexMap<Uuid, Option<Row>> {
        let mut changed = IndexMap::new();
        for touched in [&self.transaction.touched, &self.touched] {
            for ((name, id), row) in lock(touched).iter() {
                if *name == entity.name && (row.is_changed() || changed.contains_key(id)) {
                    changed.insert(*id, row.new.clone());
                }
            }
        }
        changed
    }
}

impl EntityStore for Stage {
    fn prepare(&self, entities: &[EntityInfo]) -> Result<(), StoreError> {
        self.store.prepare(entities)
    }

    fn find(&self, question: &Question<'_>) -> Result<Found, StoreError> {
        let changed = self.changed(question.entity);
        if changed.is_empty() {
            return self.store.find(question);
        }
        if question.test.is_some() || question.key.is_some() {
            return Err(StoreError::Undecided("the transaction has changed some".to_owned()));
        }
        let mut rows = self.store.find(&Question::all(question.entity))?.rows;
        rows.retain(|row| !changed.contains_key(&row.id));
        rows.extend(changed.into_values().flatten());
        rows.sort_by_key(|row| (row.created_at, row.id));
        if question.descending {
            rows.reverse();
        }
        let total = question.count.then_some(rows.len() as u64);
        let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let rows = rows.into_iter().skip(number(question.offset));
        let rows = rows.take(question.limit.map_or(usize::MAX, number)).collect();
        Ok(Found { rows, total })
    }

    fn read(
        &self,
        question: &Question<'_>,
        reader: &mut dyn Reader,
    ) -> Result<Option<Counted>, StoreError> {
        match self.changed(question.entity).is_empty() {
            true => self.store.read(question, reader),
            false => Ok(None),
        }
    }

    fn row(&self, entity: &EntityInfo, id: Uuid) -> Result<Option<Row>, StoreError> {
        let mut touched = lock(&self.touched);
        Ok(self.touch(&mut touched, entity, id)?.new.clone())
    }

    fn apply(&self, changes: &[Change<'_>]) -> Result<(), StoreError> {
        let mut touched = lock(&self.touched);
        // All are looked at before one is made.
        for change in changes {
            let (entity, id, expected) = expectation(change);
            if self.touch(&mut touched, entity, id)?.new != expected {
                let name = &entity.name;
                let message = match expected {
                    None => format!("there is a `{name}` with this id already"),
                    Some(_) => format!("the `{name}` {id} was changed meanwhile"),
                };
                return Err(StoreError::Conflict(message));
            }
        }
        for change in changes {
            let (entity, id, _) = expectation(change);
            let row = self.touch(&mut touched, entity, id)?;
            match change {
                Change::Insert { row: new, .. } | Change::Replace { new, .. } => {
                    row.new = Some(new.clone());
                }
                Change::Remove { .. } => row.new = None,
                Change::Unchanged { .. } => {}
            }
        }
        Ok(())
    }

    fn waits(&self) -> bool {
        self.store.waits()
    }

    fn explain(&self, question: &Question<'_>) -> Result<Option<String>, StoreError> {
        self.store.explain(question)
    }
}

/// The row that a change is about, and as what it must be there.
fn expectation<'c>(change: &'c Change<'_>) -> (&'c EntityInfo, Uuid, Option<Row>) {
    match change {
        Change::Insert { entity, row } => (entity, row.id, None),
        Change::Replace { entity, old, .. } | Change::Remove { entity, old } => {
            (entity, old.id, Some(old.clone()))
        }
        Change::Unchanged { entity, id, old } => (entity, *id, old.clone()),
    }
}
