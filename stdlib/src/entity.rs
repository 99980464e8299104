//! The nodes that keep entities.

mod ask;
mod create;
mod delete;
mod get;
mod load;
mod query;
mod rows;
mod sqlite;
mod store;
mod transaction;
mod update;
mod upsert;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;
use wf_vm::{NodeCall, Nodes};

use self::transaction::{Stage, Transactions};
use crate::call::Outcome;

pub use load::{LoadError, load};
pub use sqlite::SqliteStore;
pub use store::{Bound, Change, EntityStore, Found, Question, Row, StoreError, entity_type_id};

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

/// Adds the nodes of this family.
pub(crate) fn add_nodes(entities: &Arc<Entities>, nodes: &mut Nodes) {
    nodes.add("entity.create", Arc::new(create::Create(Arc::clone(entities))));
    nodes.add("entity.createMany", Arc::new(create::CreateMany(Arc::clone(entities))));
    nodes.add("entity.transaction", Arc::new(transaction::Begin(Arc::clone(entities))));
    nodes.add("entity.commit", Arc::new(transaction::Commit(Arc::clone(entities))));
    nodes.add("entity.query", Arc::new(query::Query(Arc::clone(entities))));
    nodes.add("entity.get", Arc::new(get::Get(Arc::clone(entities))));
    nodes.add("entity.update", Arc::new(update::Update(Arc::clone(entities))));
    nodes.add("entity.upsert", Arc::new(upsert::Upsert(Arc::clone(entities))));
    nodes.add("entity.delete", Arc::new(delete::Delete(Arc::clone(entities))));
}

#[cfg(test)]
mod tests;
