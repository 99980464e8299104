//! Entities in SQLite: one table for each entity, a column for each attribute.

mod file;
mod functions;
mod session;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use smol_str::SmolStr;
use uuid::Uuid;
use wf_vm::bytecode::EntityInfo;

use self::file::File;
use self::session::SqliteSession;
use super::plan::Rules;
use super::sql::{self, Migrating, Planned, Statement};
use super::store::{Change, Counted, EntityStore, Found, Question, Reader, Row, StoreError};
use super::view::{Table, View};

/// Keeps entities in a file, or in memory.
pub struct SqliteStore {
    name: String,
    file: Option<File>,
    inner: Mutex<Inner>,
}

struct Inner {
    connection: Connection,
    /// The entities that are ready, by name: as each program declares them.
    views: HashMap<SmolStr, Vec<Arc<View>>>,
}

/// The first version without the bug that loses writes when a checkpoint races them.
const OLDEST: i32 = 3_051_003;

/// The form of the tables, kept in the file.
const FORMAT: i64 = 2;

/// How many statements are kept ready.
const STATEMENTS: usize = 128;

impl SqliteStore {
    /// A store that is gone when it is dropped.
    ///
    /// # Errors
    /// Where there is no memory for it.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::new("the store in memory".to_owned(), None, Connection::open_in_memory())
    }

    /// A store in a file, which is made where it is not there.
    ///
    /// # Errors
    /// Where it can't be opened or written, is no database or one of a newer format.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = Connection::open(path);
        Self::new(format!("`{}`", path.display()), Some(path), connection)
    }

    fn new(
        name: String,
        path: Option<&Path>,
        connection: rusqlite::Result<Connection>,
    ) -> Result<Self, StoreError> {
        if rusqlite::version_number() < OLDEST {
            return Err(StoreError::Broken(format!(
                "SQLite {} may lose data: 3.51.3 or a newer one is needed",
                rusqlite::version()
            )));
        }
        let broken =
            |e: rusqlite::Error| StoreError::Broken(format!("{name} can't be opened: {e}"));
        let connection = connection.map_err(broken)?;
        configure(&connection).map_err(broken)?;
        let format: i64 =
            connection.query_row("PRAGMA user_version", [], |r| r.get(0)).map_err(broken)?;
        if format > FORMAT {
            let message = format!("{name} was written by a newer version: its format is {format}");
            return Err(StoreError::Broken(message));
        }
        let file = path.and_then(File::at);
        Ok(Self { name, file, inner: Mutex::new(Inner { connection, views: HashMap::new() }) })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn session<'a>(&'a self, connection: &'a Connection) -> SqliteSession<'a> {
        SqliteSession { connection, name: &self.name }
    }

    fn begin<'a>(
        &self,
        connection: &'a mut Connection,
        behavior: TransactionBehavior,
    ) -> Result<Transaction<'a>, StoreError> {
        connection.transaction_with_behavior(behavior).map_err(|e| session::failure(&self.name, &e))
    }

    fn commit(&self, transaction: Transaction<'_>) -> Result<(), StoreError> {
        // SQLite would go on writing into a file that nobody finds any more.
        if self.file.as_ref().is_some_and(File::is_lost) {
            let name = &self.name;
            let message = format!("{name} was removed or replaced while it was in use");
            return Err(StoreError::Broken(message));
        }
        transaction.commit().map_err(|error| session::failure(&self.name, &error))
    }

    fn bring(
        &self,
        inner: &mut Inner,
        entities: &[EntityInfo],
        rules: &Rules,
    ) -> Result<Vec<Planned>, StoreError> {
        // Most often there is nothing to do, and then nobody is held up.
        let transaction = self.begin(&mut inner.connection, TransactionBehavior::Deferred)?;
        let mut planned = sql::plan_all(&mut self.session(&transaction), entities, rules)?;
        drop(transaction);
        let views = if planned.iter().all(Planned::is_done) {
            let transaction = self.begin(&mut inner.connection, TransactionBehavior::Deferred)?;
            sql::prepare(&mut self.session(&transaction), &planned)?
        } else {
            let transaction = self.begin(&mut inner.connection, TransactionBehavior::Immediate)?;
            let mut session = self.session(&transaction);
            planned = sql::plan_all(&mut session, entities, rules)?;
            let views = sql::prepare(&mut session, &planned)?;
            let format = transaction.pragma_update(None, "user_version", FORMAT);
            format.map_err(|error| session::failure(&self.name, &error))?;
            self.commit(transaction)?;
            views
        };
        for (planned, view) in planned.iter().zip(views) {
            let ready = inner.views.entry(planned.entity.name.clone()).or_default();
            if !planned.is_done() {
                // Other programs look at the table anew.
                ready.clear();
            }
            ready.push(view);
        }
        Ok(planned)
    }

    /// An entity over its table, which is made or changed first where that is needed.
    fn view(&self, inner: &mut Inner, entity: &EntityInfo) -> Result<Arc<View>, StoreError> {
        let ready = |inner: &Inner| {
            let views = inner.views.get(&entity.name)?;
            views.iter().find(|view| view.entity == *entity).cloned()
        };
        if let Some(view) = ready(inner) {
            return Ok(view);
        }
        self.bring(inner, std::slice::from_ref(entity), &Rules::default())?;
        ready(inner).ok_or_else(|| StoreError::Broken(format!("{} has no table", self.name)))
    }
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    // Else a statement is prepared anew each time that another `LIMIT` is bound to it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    functions::add(connection)
}

impl EntityStore for SqliteStore {
    fn prepare(&self, entities: &[EntityInfo]) -> Result<(), StoreError> {
        let mut inner = self.lock();
        let is_ready = |entity: &EntityInfo| {
            let views = inner.views.get(&entity.name);
            views.is_some_and(|views| views.iter().any(|view| view.entity == *entity))
        };
        if !entities.iter().all(is_ready) {
            self.bring(&mut inner, entities, &Rules::default())?;
        }
        Ok(())
    }

    fn find(&self, question: &Question<'_>) -> Result<Found, StoreError> {
        let mut inner = self.lock();
        let view = self.view(&mut inner, question.entity)?;
        if !question.count {
            return sql::find(&mut self.session(&inner.connection), &view, question);
        }
        // The page and the number are of one moment.
        let transaction = self.begin(&mut inner.connection, TransactionBehavior::Deferred)?;
        sql::find(&mut self.session(&transaction), &view, question)
    }

    fn read(
        &self,
        question: &Question<'_>,
        reader: &mut dyn Reader,
    ) -> Result<Option<Counted>, StoreError> {
        let mut inner = self.lock();
        let view = self.view(&mut inner, question.entity)?;
        if !question.count {
            return sql::read(&mut self.session(&inner.connection), &view, question, reader);
        }
        let transaction = self.begin(&mut inner.connection, TransactionBehavior::Deferred)?;
        sql::read(&mut self.session(&transaction), &view, question, reader)
    }

    fn row(&self, entity: &EntityInfo, id: Uuid) -> Result<Option<Row>, StoreError> {
        let mut inner = self.lock();
        let view = self.view(&mut inner, entity)?;
        sql::row(&mut self.session(&inner.connection), &view, id)
    }

    fn apply(&self, changes: &[Change<'_>]) -> Result<(), StoreError> {
        let mut inner = self.lock();
        let views = sql::views(changes, &mut |entity| self.view(&mut inner, entity))?;
        let transaction = self.begin(&mut inner.connection, TransactionBehavior::Immediate)?;
        sql::apply(&mut self.session(&transaction), &views, changes)?;
        self.commit(transaction)
    }

    fn explain(&self, question: &Question<'_>) -> Result<Option<String>, StoreError> {
        let mut inner = self.lock();
        let view = self.view(&mut inner, question.entity)?;
        let statement = Statement::of(&view, question, sql::Dialect::Sqlite)?;
        let plan = session::plan(&inner.connection, &statement)
            .map_err(|error| session::failure(&self.name, &error))?;
        Ok(Some(format!("{}\n{plan}", statement.shown())))
    }
}

impl Migrating for SqliteStore {
    fn plan(&self, entities: &[EntityInfo], rules: &Rules) -> Result<Vec<Planned>, StoreError> {
        let mut inner = self.lock();
        // What is done here is taken back: it tells what would be refused.
        let transaction = self.begin(&mut inner.connection, TransactionBehavior::Immediate)?;
        let mut session = self.session(&transaction);
        let planned = sql::plan_all(&mut session, entities, rules)?;
        sql::prepare(&mut session, &planned)?;
        Ok(planned)
    }

    fn migrate(&self, entities: &[EntityInfo], rules: &Rules) -> Result<Vec<Planned>, StoreError> {
        self.bring(&mut self.lock(), entities, rules)
    }

    fn tables(&self) -> Result<Vec<(Table, u64)>, StoreError> {
        let mut inner = self.lock();
        let transaction = self.begin(&mut inner.connection, TransactionBehavior::Deferred)?;
        let mut session = self.session(&transaction);
        let tables = sql::read_tables(&mut session)?;
        let sized = tables.into_iter().map(|table| {
            let rows = sql::size(&mut session, &table)?;
            Ok((table, rows))
        });
        sized.collect()
    }
}
