//! A store of entities that every run finds as it should be.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::value::RawValue;
use uuid::Uuid;
use wf_stdlib::{Change, EntityStore, Found, Question, Row, SqliteStore, StoreError};
use wf_vm::bytecode::{EntityInfo, Program};

use crate::soak::world::NOW;

/// A store in memory, which can be changed for another one.
#[derive(Default)]
pub(super) struct Store(Mutex<Option<Arc<SqliteStore>>>);

impl Store {
    /// Begins anew, with these rows of the entity `E`.
    pub(super) fn fill(&self, program: &Program, rows: &[String]) -> Result<(), String> {
        if program.entities.is_empty() {
            return Ok(());
        }
        let store = SqliteStore::in_memory().map_err(|e| e.to_string())?;
        let rows: Result<Vec<Box<RawValue>>, _> =
            rows.iter().map(|row| RawValue::from_string(row.clone())).collect();
        let rows = rows.map_err(|e| e.to_string())?;
        wf_stdlib::load(&store, program, "E", &rows, NOW).map_err(|e| e.to_string())?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(store));
        Ok(())
    }

    fn get(&self) -> Result<Arc<SqliteStore>, StoreError> {
        let store = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        store.ok_or_else(|| StoreError::Broken("there is no store".to_owned()))
    }
}

impl EntityStore for Store {
    fn prepare(&self, entities: &[EntityInfo]) -> Result<(), StoreError> {
        self.get()?.prepare(entities)
    }

    fn find(&self, question: &Question<'_>) -> Result<Found, StoreError> {
        let rows = self.get()?.find(&Question::all(question.entity))?.rows;
        super::asked::answer(question, rows)
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
