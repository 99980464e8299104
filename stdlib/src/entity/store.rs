//! What keeps entities, to the nodes.

use uuid::Uuid;
use wf_vm::bytecode::EntityInfo;

/// Keeps entities. Its calls are short and may come from any thread; a node makes them while it
/// starts, so a store that must wait for a network is another node.
pub trait EntityStore: Send + Sync {
    /// All rows of an entity, ordered by `created_at` and `id`.
    ///
    /// # Errors
    /// Where the store can't be read.
    fn rows(&self, entity: &EntityInfo) -> Result<Vec<Row>, StoreError>;

    /// The row of this id.
    ///
    /// # Errors
    /// Where the store can't be read.
    fn row(&self, entity: &EntityInfo, id: Uuid) -> Result<Option<Row>, StoreError>;

    /// Adds rows, all of them or none.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where a row of this id, or with a value that must be unique, is
    /// there; others where the store can't be written.
    fn insert(&self, entity: &EntityInfo, rows: &[Row]) -> Result<(), StoreError>;

    /// Replaces the row of the same id where it is still as `old`; says whether it was.
    ///
    /// # Errors
    /// As [`EntityStore::insert`].
    fn replace(&self, entity: &EntityInfo, old: &Row, new: &Row) -> Result<bool, StoreError>;

    /// Removes the row of this id; says whether there was one.
    ///
    /// # Errors
    /// Where the store can't be written.
    fn remove(&self, entity: &EntityInfo, id: Uuid) -> Result<bool, StoreError>;
}

/// An entity as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: Uuid,
    /// When it was created, in microseconds since 1970.
    pub created_at: i64,
    /// When it was last changed, in microseconds since 1970.
    pub updated_at: i64,
    /// Its attributes, a JSON object. What is missing is left out.
    pub payload: String,
}

/// Why a store did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is such a row already.
    #[error("{0}")]
    Conflict(String),
    /// It can't be read or written, or what it holds is broken.
    #[error("{0}")]
    Broken(String),
}

/// The `typeId` of the entities of this name.
pub fn entity_type_id(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("wf:entity:{name}").as_bytes())
}
