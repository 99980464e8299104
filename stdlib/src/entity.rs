//! The nodes that keep entities.

mod create;
mod delete;
mod get;
mod load;
mod query;
mod rows;
mod sqlite;
mod store;
mod update;
mod upsert;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wf_vm::Nodes;

pub use load::{LoadError, load};
pub use sqlite::SqliteStore;
pub use store::{EntityStore, Row, StoreError, entity_type_id};

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

/// Adds the nodes of this family.
pub(crate) fn add_nodes(entities: &Arc<Entities>, nodes: &mut Nodes) {
    nodes.add("entity.create", Arc::new(create::Create(Arc::clone(entities))));
    nodes.add("entity.query", Arc::new(query::Query(Arc::clone(entities))));
    nodes.add("entity.get", Arc::new(get::Get(Arc::clone(entities))));
    nodes.add("entity.update", Arc::new(update::Update(Arc::clone(entities))));
    nodes.add("entity.upsert", Arc::new(upsert::Upsert(Arc::clone(entities))));
    nodes.add("entity.delete", Arc::new(delete::Delete(Arc::clone(entities))));
}

#[cfg(test)]
mod tests;
