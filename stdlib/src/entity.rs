//! The nodes that keep entities.

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
pub mod trial;
mod update;
mod upsert;
mod view;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wf_vm::Nodes;

use self::off::{Make, Off, OffParts};
use crate::io::Waiting;

pub use load::{LoadError, load, load_all};
pub use memory::MemoryStore;
pub use sqlite::SqliteStore;
pub use store::{Bound, Change, EntityStore, Found, Question, Row, StoreError, entity_type_id};

/// What stores of entities are made of: for those that keep them elsewhere.
pub mod stores {
    pub use super::cell::{Cell, kind_name};
    pub use super::plan::{Check, Draft, Rules, Step, Target, plan};
    pub use super::sql::{
        Dialect, Migrating, Planned, Prepared, Session, SqlError, Statement, apply, find, plan_all,
        prepare, read_tables, row, size, views,
    };
    pub use super::trial;
    pub use super::view::{Column, Table, View};
    pub use wf_vm::bytecode::{EntityInfo, pushdown};
}

pub(crate) const SIGNATURES: &[(&str, &str)] = &[
    ("entity/create.wf", include_str!("entity/create.wf")),
    ("entity/query.wf", include_str!("entity/query.wf")),
    ("entity/get.wf", include_str!("entity/get.wf")),
    ("entity/update.wf", include_str!("entity/update.wf")),
    ("entity/upsert.wf", include_str!("entity/upsert.wf")),
    ("entity/delete.wf", include_str!("entity/delete.wf")),
];

/// The store, and the gate through which the writes of this process go one by one.
pub(crate) struct Entities {
    store: Arc<dyn EntityStore>,
    gate: Mutex<()>,
}

impl Entities {
    pub(crate) fn new(store: Arc<dyn EntityStore>) -> Arc<Self> {
        Arc::new(Self { store, gate: Mutex::new(()) })
    }

    /// Holds off other writes: lambdas that decide about a write see what is written over.
    fn writing(&self) -> MutexGuard<'_, ()> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The nodes of this family, each over a store.
const NODES: [(&str, Make); 6] = [
    ("entity.create", |entities| Arc::new(create::Create(entities))),
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
        let (store, waiting) = (Arc::clone(&entities.store), waiting.clone());
        nodes.add(name, Arc::new(Off(Arc::new(OffParts { make, store, waiting }))));
    }
}

#[cfg(test)]
mod tests;
