//! What keeps entities, to the nodes.

use uuid::Uuid;
use wf_vm::bytecode::EntityInfo;
use wf_vm::bytecode::pushdown::{Literal, Operand, Predicate};

use super::cell::Seen;

/// Keeps entities. Its calls may come from any thread.
///
/// A store makes what an entity needs when it is first asked about it. What it holds already is brought
/// to the declaration where nothing is lost by it; see [`EntityStore::prepare`].
pub trait EntityStore: Send + Sync {
    /// Brings what is stored to the declarations of a program, all of it or nothing. A store does the
    /// same for an entity that it was not prepared for when it is asked about it.
    ///
    /// # Errors
    /// [`StoreError::Broken`] where something would be lost: what, and the way out; others where the
    /// store can't be read or written.
    fn prepare(&self, entities: &[EntityInfo]) -> Result<(), StoreError>;

    /// The rows that answer a question, in its order.
    ///
    /// # Errors
    /// [`StoreError::Undecided`] where the store can't tell; others where it can't be read.
    fn find(&self, question: &Question<'_>) -> Result<Found, StoreError>;

    /// The same, where the rows are handed over cell by cell and not as JSON. `None` where the store
    /// has no cells, or the reader has refused one: then it is asked by [`EntityStore::find`].
    ///
    /// # Errors
    /// As [`EntityStore::find`].
    fn read(
        &self,
        _question: &Question<'_>,
        _reader: &mut dyn Reader,
    ) -> Result<Option<Counted>, StoreError> {
        Ok(None)
    }

    /// The row of this id.
    ///
    /// # Errors
    /// Where the store can't be read.
    fn row(&self, entity: &EntityInfo, id: Uuid) -> Result<Option<Row>, StoreError>;

    /// Makes changes one after another, all of them or none.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where a row is not as a change says that it was, is there already, or a
    /// unique value is taken; others where the store can't be written.
    fn apply(&self, changes: &[Change<'_>]) -> Result<(), StoreError>;

    /// Whether its calls wait for a network, so that they must not be made on a worker of the machine.
    fn waits(&self) -> bool {
        false
    }

    /// How this store answers a question, for people: the SQL with `?` for values, and the plan in a
    /// line behind it. `None` where it has nothing to tell.
    ///
    /// # Errors
    /// As [`EntityStore::find`].
    fn explain(&self, question: &Question<'_>) -> Result<Option<String>, StoreError>;

    /// The same store, whose calls give up after this long: for stores that wait. `None` where the
    /// store knows no such limit.
    fn within(&self, _limit: std::time::Duration) -> Option<std::sync::Arc<dyn EntityStore>> {
        None
    }
}

/// What is asked of a store.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// Of which entities.
    pub entity: &'a EntityInfo,
    /// Rows for which this is not true are left out; none where it is `None`.
    pub test: Option<Bound<'a, Predicate>>,
    /// What they are ordered by, equal ones by `createdAt` and `id`; only by these where it is `None`.
    pub key: Option<Bound<'a, Operand>>,
    /// The greatest first. Rows with equal keys still come in the order of `createdAt` and `id`; where
    /// there is no key, this order itself is turned round.
    pub descending: bool,
    /// How many rows at most.
    pub limit: Option<u64>,
    /// How many of the first ones are left out.
    pub offset: u64,
    /// Whether the number of all rows that pass `test` is wanted.
    pub count: bool,
}

impl<'a> Question<'a> {
    /// A question for all rows, in the order of `createdAt` and `id`.
    pub fn all(entity: &'a EntityInfo) -> Self {
        let (test, key, limit) = (None, None, None);
        Self { entity, test, key, descending: false, limit, offset: 0, count: false }
    }
}

/// What a store works out of a lambda, with the values that the lambda captured.
#[derive(Clone, Debug)]
pub struct Bound<'a, T> {
    /// What is worked out.
    pub what: &'a T,
    /// The captured values, by their places; those that are not named in `what` may be null.
    pub captures: Vec<Literal>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The rows.
    pub rows: Vec<Row>,
    /// How many rows pass the test, where that was asked.
    pub total: Option<u64>,
}

/// Makes something of the cells of rows as they are read. Fields of an entity are known by their slots:
/// `id`, `typeId`, `createdAt`, `updatedAt`, and the attributes in the order of their declaration.
pub trait Reader {
    /// Whether the field of this slot is read; cells of others need not be given.
    fn wants(&self, slot: usize) -> bool;

    /// The cell of a field of the present row; says whether it can be used.
    fn cell(&mut self, slot: usize, cell: Seen<'_>) -> bool;

    /// The present row is over; says whether it can be used.
    fn end(&mut self) -> bool;
}

/// How many rows were handed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Those of the page.
    pub rows: u64,
    /// How many pass the test, where that was asked.
    pub total: Option<u64>,
}

/// A change of one row.
#[derive(Clone, Debug)]
pub enum Change<'a> {
    /// A new row.
    Insert {
        /// Of which entity.
        entity: &'a EntityInfo,
        /// The row.
        row: Row,
    },
    /// Replaces a row, where it is still as `old` (its `updated_at` and what it holds).
    Replace {
        /// Of which entity.
        entity: &'a EntityInfo,
        /// As it was read.
        old: Row,
        /// As it is to be, with the same id.
        new: Row,
    },
    /// Removes a row, where it is still as `old`.
    Remove {
        /// Of which entity.
        entity: &'a EntityInfo,
        /// As it was read.
        old: Row,
    },
    /// Nothing is changed, but the other changes are made only where this is still so.
    Unchanged {
        /// Of which entity.
        entity: &'a EntityInfo,
        /// Which row was read.
        id: Uuid,
        /// As it was read; `None` where there was none.
        old: Option<Row>,
    },
}

impl<'a> Change<'a> {
    /// The entity that is changed.
    pub fn entity(&self) -> &'a EntityInfo {
        match self {
            Self::Insert { entity, .. }
            | Self::Replace { entity, .. }
            | Self::Remove { entity, .. }
            | Self::Unchanged { entity, .. } => entity,
        }
    }
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
    /// Something else is there than a change takes for granted.
    #[error("{0}")]
    Conflict(String),
    /// It can't be read or written, or what it holds is broken.
    #[error("{0}")]
    Broken(String),
    /// It can't be reached or gave no answer in time; it may go better the next time.
    #[error("{0}")]
    Unreachable(String),
    /// It can't tell what a test or a key is for some row, as arithmetic overflows there: ask again
    /// without `test` and `key`.
    #[error("{0}")]
    Undecided(String),
}

/// The `typeId` of the entities of this name.
pub fn entity_type_id(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("wf:entity:{name}").as_bytes())
}
