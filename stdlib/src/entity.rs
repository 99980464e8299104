//! The nodes that keep entities.

mod ask;
mod cell;
mod create;
mod delete;
mod eval;
mod get;
mod load;
mod memory;
mod off;
mod plan;
mod query;
mod rows;
mod sql;
mod sqlite;
mod store;
mod transaction;
pub mod trial;
mod update;
mod upsert;
mod values;
mod view;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;
use wf_vm::{NodeCall, Nodes};

use self::transaction::{Stage, Transactions};
use crate::call::Outcome;

use self::off::{Make, Off, OffParts};
use crate::io::Waiting;

pub use cell::Seen;
pub use load::{LoadError, load, load_all};
pub use memory::MemoryStore;
pub use sqlite::SqliteStore;
pub use store::{
    Bound, Change, Counted, EntityStore, Found, Question, Reader, Row, StoreError, entity_type_id,
};

/// What stores of entities are made of: for those that keep them elsewhere.
pub mod stores {
    pub use super::cell::{Cell, kind_name};
    pub use super::plan::{Check, Draft, Rules, Step, Target, plan};
    pub use super::sql::{
        Dialect, Migrating, Planned, Prepared, Session, SqlError, Statement, apply, find, plan_all,
        prepare, read, read_tables, row, size, views,
    };
    pub use super::trial;
    pub use super::view::{Column, Table, View};
    pub use wf_vm::bytecode::{EntityInfo, pushdown};
}

pub(crate) const SIGNATURES: &[(&str, &str)] = &[
    ("entity/create.wf", include_str!("entity/create.wf")),
    ("entity/create_many.wf", include_str!("entity/create_many.wf")),
    ("entity/transaction.wf", include_str!("entity/transaction.wf")),
    ("entity/commit.wf", include_str!("entity/commit.wf")),
    ("entity/query.wf", include_str!("entity/query.wf")),
    ("entity/get.wf", include_str!("entity/get.wf")),
    ("entity/update.wf", include_str!("entity/update.wf")),
    ("entity/upsert.wf", include_str!("entity/upsert.wf")),
    ("entity/delete.wf", include_str!("entity/delete.wf")),
];

/// How often a change is decided again that another one was faster than.
const ATTEMPTS: usize = 10;

/// How many gates there are.
const GATES: usize = 64;

/// The store, and what the nodes share.
pub(crate) struct Entities {
    store: Arc<dyn EntityStore>,
    shared: Arc<Shared>,
}

/// What the nodes share, whichever way they reach the store: the transactions that are open, and gates
/// through which the writes of this process to one row go one by one. Others of the same row wait there,
/// and do not have to decide again.
struct Shared {
    transactions: Transactions,
    gates: [Mutex<()>; GATES],
}

impl Entities {
    pub(crate) fn new(store: Arc<dyn EntityStore>) -> Arc<Self> {
        let gates = std::array::from_fn(|_| Mutex::new(()));
        let shared = Shared { transactions: Transactions::default(), gates };
        Arc::new(Self { store, shared: Arc::new(shared) })
    }

    /// Runs a step on the store, or on the transaction that its input `in` names. A step of a transaction
    /// that fails leaves nothing in it.
    fn run(&self, call: &NodeCall<'_>, step: impl FnOnce(&dyn EntityStore) -> Outcome) -> Outcome {
        match Stage::of(self, call)? {
            None => step(&*self.store),
            Some(stage) => {
                let answer = step(&stage)?;
                stage.keep()?;
                Ok(answer)
            }
        }
    }

    /// Holds off other writes of what has this id.
    fn writing(&self, id: Uuid) -> MutexGuard<'_, ()> {
        let gate = &self.shared.gates[(id.as_u128() % GATES as u128) as usize];
        gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The nodes of this family, each over a store.
const NODES: [(&str, Make); 9] = [
    ("entity.create", |entities| Arc::new(create::Create(entities))),
    ("entity.createMany", |entities| Arc::new(create::CreateMany(entities))),
    ("entity.transaction", |entities| Arc::new(transaction::Begin(entities))),
    ("entity.commit", |entities| Arc::new(transaction::Commit(entities))),
    ("entity.query", |entities| Arc::new(query::Query(entities))),
    ("entity.get", |entities| Arc::new(get::Get(entities))),
    ("entity.update", |entities| Arc::new(update::Update(entities))),
    ("entity.upsert", |entities| Arc::new(upsert::Upsert(entities))),
    ("entity.delete", |entities| Arc::new(delete::Delete(entities))),
];

/// Adds the nodes of this family, over a store that does not wait.
pub(crate) fn add_nodes(entities: &Arc<Entities>, nodes: &mut Nodes) {
    for (name, make) in NODES {
        nodes.add(name, make(Arc::clone(entities)));
    }
}

/// Adds the nodes of this family, over any store.
pub(crate) fn add_nodes_on(entities: &Arc<Entities>, waiting: &Waiting, nodes: &mut Nodes) {
    if !entities.store.waits() {
        return add_nodes(entities, nodes);
    }
    for (name, make) in NODES {
        let (entities, waiting) = (Arc::clone(entities), waiting.clone());
        nodes.add(name, Arc::new(Off(Arc::new(OffParts { make, entities, waiting }))));
    }
}

#[cfg(test)]
mod tests;
