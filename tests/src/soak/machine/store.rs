//! A store of entities that every run finds as it should be.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::value::RawValue;
use uuid::Uuid;
use wf_stdlib::{Change, EntityStore, Found, MemoryStore, Question, Row, SqliteStore, StoreError};
use wf_vm::bytecode::{EntityInfo, Program};

use crate::soak::world::NOW;

/// A store, which can be changed for another one.
#[derive(Default)]
pub(super) struct Store(Mutex<Option<Arc<dyn EntityStore>>>);

impl Store {
    /// Begins anew, with these rows of the entity `E`; the world's number tells which kind of store
    /// it is, so that what the compiler says of lambdas is held against the lambda in both.
    pub(super) fn fill(
        &self,
        program: &Program,
        rows: &[String],
        world: u64,
    ) -> Result<(), String> {
        if program.entities.is_empty() {
            return Ok(());
        }
        let store: Arc<dyn EntityStore> = match world.is_multiple_of(2) {
            true => Arc::new(MemoryStore::new()),
            false => Arc::new(SqliteStore::in_memory().map_err(|e| e.to_string())?),
        };
        let rows: Result<Vec<Box<RawValue>>, _> =
            rows.iter().map(|row| RawValue::from_string(row.clone())).collect();
        let rows = rows.map_err(|e| e.to_string())?;
        wf_stdlib::load(&*store, program, "E", &rows, NOW).map_err(|e| e.to_string())?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(store);
        Ok(())
    }

    fn get(&self) -> Result<Arc<dyn EntityStore>, StoreError> {
        let store = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        store.ok_or_else(|| StoreError::Broken("there is no store".to_owned()))
    }
}

impl EntityStore for Store {
    fn prepare(&self, entities: &[EntityInfo]) -> Result<(), StoreError> {
        self.get()?.prepare(entities)
    }

    fn find(&self, question: &Question<'_>) -> Result<Found, StoreError> {
        self.get()?.find(question)
    }

    fn row(&self, entity: &EntityInfo, id: Uuid) -> Result<Option<Row>, StoreError> {
        self.get()?.row(entity, id)
    }

    fn apply(&self, changes: &[Change<'_>]) -> Result<(), StoreError> {
        self.get()?.apply(changes)
    }

    fn explain(&self, question: &Question<'_>) -> Result<Option<String>, StoreError> {
        self.get()?.explain(question)
    }
}
