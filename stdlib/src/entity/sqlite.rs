//! Entities in SQLite: one table for each entity.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::limits::Limit;
use rusqlite::{
    Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior, params,
};
use uuid::Uuid;
use wf_vm::bytecode::EntityInfo;

use super::store::{Change, EntityStore, Found, Question, Row, StoreError};

/// Keeps entities in a file or in memory.
pub struct SqliteStore {
    name: String,
    inner: Mutex<Inner>,
}

struct Inner {
    /// None yet where it is in memory and nothing was asked of it.
    connection: Option<Connection>,
    /// The entities whose tables are there, by name.
    ready: HashSet<String>,
}

/// The first version without the bug that loses writes when a checkpoint races them.
const OLDEST: i32 = 3_051_003;

/// The form of the tables, kept in the file.
const FORMAT: i64 = 1;

impl SqliteStore {
    /// A store that is gone when it is dropped.
    ///
    /// # Errors
    /// Where there is no memory for it.
    pub fn in_memory(entities: &[EntityInfo]) -> Result<Self, StoreError> {
        Self::prepare("the store in memory".to_owned(), None, entities)
    }

    /// A store in a file, which is made where it is not there.
    ///
    /// # Errors
    /// Where it can't be opened or written, is no database or one of a newer format.
    pub fn open(path: &Path, entities: &[EntityInfo]) -> Result<Self, StoreError> {
        Self::prepare(format!("`{}`", path.display()), Some(Connection::open(path)), entities)
    }

    fn prepare(
        name: String,
        connection: Option<rusqlite::Result<Connection>>,
        entities: &[EntityInfo],
    ) -> Result<Self, StoreError> {
        if rusqlite::version_number() < OLDEST {
            return Err(StoreError::Broken(format!(
                "SQLite {} may lose data: 3.51.3 or a newer one is needed",
                rusqlite::version()
            )));
        }
        let broken =
            |e: rusqlite::Error| StoreError::Broken(format!("{name} can't be opened: {e}"));
        let connection = connection.transpose().map_err(broken)?;
        if let Some(connection) = &connection {
            configure(connection).map_err(broken)?;
            let format: i64 =
                connection.query_row("PRAGMA user_version", [], |r| r.get(0)).map_err(broken)?;
            if format > FORMAT {
                let message =
                    format!("{name} was written by a newer version: its format is {format}");
                return Err(StoreError::Broken(message));
            }
            connection.pragma_update(None, "user_version", FORMAT).map_err(broken)?;
        }
        let inner = Mutex::new(Inner { connection, ready: HashSet::new() });
        let store = Self { name, inner };
        for entity in entities {
            store.with(entity, |_, _| Ok(()))?;
        }
        Ok(store)
    }

    /// Runs something on the table of an entity, which is made first where it is not there.
    fn with<T>(
        &self,
        entity: &EntityInfo,
        run: impl FnOnce(&Transaction<'_>, &str) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut inner = self.lock();
        let Inner { connection, ready } = &mut *inner;
        let is_ready = ready.contains(entity.name.as_str());
        let table = quoted(&format!("entity_{}", entity.name));
        let outcome = (|| {
            let behavior = TransactionBehavior::Immediate;
            let transaction = opened(connection)?.transaction_with_behavior(behavior)?;
            if !is_ready {
                create_table(&transaction, entity, &table)?;
            }
            let outcome = run(&transaction, &table)?;
            transaction.commit()?;
            Ok(outcome)
        })();
        if outcome.is_ok() && !is_ready {
            ready.insert(entity.name.to_string());
        }
        outcome.map_err(|error| self.explain(entity, &error))
    }

    /// Reads without a write lock, so that a store that others write to can be read.
    fn read<T>(
        &self,
        entity: &EntityInfo,
        run: impl FnOnce(&Connection, &str) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let is_ready = self.lock().ready.contains(entity.name.as_str());
        if !is_ready {
            self.with(entity, |_, _| Ok(()))?;
        }
        let table = quoted(&format!("entity_{}", entity.name));
        opened(&mut self.lock().connection)
            .and_then(|connection| run(connection, &table))
            .map_err(|error| self.explain(entity, &error))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn explain(&self, entity: &EntityInfo, error: &rusqlite::Error) -> StoreError {
        let name = &entity.name;
        match error.sqlite_error_code() {
            Some(ErrorCode::ConstraintViolation) => {
                let text = error.to_string();
                let unique = entity.unique.iter().find(|u| text.contains(&index_name(entity, u)));
                StoreError::Conflict(match unique {
                    Some(attribute) => {
                        format!("another `{name}` has the same `{attribute}`, which is unique")
                    }
                    None => format!("there is a `{name}` with this id already"),
                })
            }
            _ => StoreError::Broken(format!(
                "the entities `{name}` in {} can't be read or written: {error}",
                self.name
            )),
        }
    }
}

/// The connection; one in memory is made when it is first needed, as many programs have no entities.
fn opened(connection: &mut Option<Connection>) -> rusqlite::Result<&mut Connection> {
    match connection {
        Some(connection) => Ok(connection),
        None => {
            let fresh = Connection::open_in_memory()?;
            configure(&fresh)?;
            Ok(connection.insert(fresh))
        }
    }
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    Ok(())
}

fn create_table(
    transaction: &Transaction<'_>,
    entity: &EntityInfo,
    table: &str,
) -> rusqlite::Result<()> {
    transaction.execute_batch(&format!(
        "CREATE TABLE IF NOT EXISTS {table} (
           id TEXT PRIMARY KEY NOT NULL,
           created_at INTEGER NOT NULL,
           updated_at INTEGER NOT NULL,
           payload TEXT NOT NULL
         );"
    ))?;
    for attribute in &entity.unique {
        let index = quoted(&index_name(entity, attribute));
        let path = format!("$.\"{attribute}\"").replace('\'', "''");
        transaction.execute_batch(&format!(
            "CREATE UNIQUE INDEX IF NOT EXISTS {index} ON {table} (json_extract(payload, '{path}'));"
        ))?;
    }
    Ok(())
}

fn index_name(entity: &EntityInfo, attribute: &str) -> String {
    format!("unique_{}_{attribute}", entity.name)
}

/// A name as SQL text.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let id: String = row.get(0)?;
    let id = Uuid::parse_str(&id).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, error.into())
    })?;
    Ok(Row { id, created_at: row.get(1)?, updated_at: row.get(2)?, payload: row.get(3)? })
}

impl EntityStore for SqliteStore {
    fn prepare(&self, entities: &[EntityInfo]) -> Result<(), StoreError> {
        entities.iter().try_for_each(|entity| self.with(entity, |_, _| Ok(())))
    }

    fn find(&self, question: &Question<'_>) -> Result<Found, StoreError> {
        if question.test.is_some() || question.key.is_some() {
            return Err(StoreError::Undecided("tests and keys are not looked at".to_owned()));
        }
        let rows: Vec<Row> = self.read(question.entity, |connection, table| {
            let way = if question.descending { "DESC" } else { "ASC" };
            let sql = format!(
                "SELECT id, created_at, updated_at, payload FROM {table}
                 ORDER BY created_at {way}, id {way}"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            statement.query_map([], read_row)?.collect()
        })?;
        let total = rows.len() as u64;
        let limit = question.limit.map_or(usize::MAX, |l| usize::try_from(l).unwrap_or(usize::MAX));
        let offset = usize::try_from(question.offset).unwrap_or(usize::MAX);
        let rows = rows.into_iter().skip(offset).take(limit).collect();
        Ok(Found { rows, total: question.count.then_some(total) })
    }

    fn row(&self, entity: &EntityInfo, id: Uuid) -> Result<Option<Row>, StoreError> {
        self.read(entity, |connection, table| {
            let sql =
                format!("SELECT id, created_at, updated_at, payload FROM {table} WHERE id = ?1");
            let mut statement = connection.prepare_cached(&sql)?;
            statement.query_row([id.to_string()], read_row).optional()
        })
    }

    fn apply(&self, changes: &[Change<'_>]) -> Result<(), StoreError> {
        for change in changes {
            let (Change::Insert { entity, .. }
            | Change::Replace { entity, .. }
            | Change::Remove { entity, .. }
            | Change::Unchanged { entity, .. }) = change;
            self.read(entity, |_, _| Ok(()))?;
        }
        let Some(
            Change::Insert { entity, .. }
            | Change::Replace { entity, .. }
            | Change::Remove { entity, .. }
            | Change::Unchanged { entity, .. },
        ) = changes.first()
        else {
            return Ok(());
        };
        let mut failed = Ok(());
        let done = self.with(entity, |transaction, _| {
            for change in changes {
                match make(transaction, change)? {
                    true => {}
                    false => {
                        failed =
                            Err(StoreError::Conflict("a row was changed meanwhile".to_owned()));
                        return Err(rusqlite::Error::QueryReturnedNoRows);
                    }
                }
            }
            Ok(())
        });
        failed.and(done)
    }

    fn explain(&self, _question: &Question<'_>) -> Result<Option<String>, StoreError> {
        Ok(None)
    }
}

/// Makes a change; says whether the row was as the change says.
fn make(transaction: &Transaction<'_>, change: &Change<'_>) -> rusqlite::Result<bool> {
    let table = |entity: &EntityInfo| quoted(&format!("entity_{}", entity.name));
    match change {
        Change::Insert { entity, row } => {
            let sql = format!(
                "INSERT INTO {} (id, created_at, updated_at, payload) VALUES (?1, ?2, ?3, ?4)",
                table(entity)
            );
            let id = row.id.to_string();
            let values = params![id, row.created_at, row.updated_at, row.payload];
            transaction.prepare_cached(&sql)?.execute(values).map(|_| true)
        }
        Change::Replace { entity, old, new } => {
            let sql = format!(
                "UPDATE {} SET updated_at = ?1, payload = ?2
                 WHERE id = ?3 AND updated_at = ?4 AND payload = ?5",
                table(entity)
            );
            let id = old.id.to_string();
            let values = params![new.updated_at, new.payload, id, old.updated_at, old.payload];
            Ok(transaction.prepare_cached(&sql)?.execute(values)? > 0)
        }
        Change::Remove { entity, old } => {
            let sql = format!(
                "DELETE FROM {} WHERE id = ?1 AND updated_at = ?2 AND payload = ?3",
                table(entity)
            );
            let values = params![old.id.to_string(), old.updated_at, old.payload];
            Ok(transaction.prepare_cached(&sql)?.execute(values)? > 0)
        }
        Change::Unchanged { entity, id, old } => {
            let sql = format!(
                "SELECT id, created_at, updated_at, payload FROM {} WHERE id = ?1",
                table(entity)
            );
            let mut statement = transaction.prepare_cached(&sql)?;
            Ok(statement.query_row([id.to_string()], read_row).optional()? == *old)
        }
    }
}
