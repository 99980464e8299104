//! The store: the trait over connections of the pool.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use deadpool_postgres::Pool;
use smol_str::SmolStr;
use tokio::runtime::Runtime;
use uuid::Uuid;
use wf_stdlib::stores::{
    self, Cell, Dialect, Migrating, Planned, Rules, Session, SqlError, Statement, Table, View,
};
use wf_stdlib::{Change, EntityStore, Found, Question, Row, StoreError};
use wf_vm::bytecode::EntityInfo;
use wf_vm::bytecode::pushdown::Kind;

use crate::connect;
use crate::failure::unreachable;
use crate::session::{PgSession, wait};

/// How long a call may take where nothing else is said.
const LIMIT: Duration = Duration::from_secs(60);

/// How long bringing the tables to a program may take: all rows may have to be written.
const CHANGE: Duration = Duration::from_secs(3600);

/// Keeps entities in a database of PostgreSQL. Its calls block; they may come from any thread but those
/// that must not wait.
///
/// Handles are cheap to clone and share their connections.
#[derive(Clone)]
pub struct PostgresStore {
    shared: Arc<Shared>,
    limit: Duration,
}

struct Shared {
    /// None only while it is dropped.
    runtime: Option<Runtime>,
    pool: Pool,
    name: String,
    views: Mutex<HashMap<SmolStr, Vec<Arc<View>>>>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Whoever drops it may be inside of another runtime.
            runtime.shutdown_background();
        }
    }
}

/// Holds off other programs that bring the same database to their declarations.
const LOCK: &str = "SELECT pg_advisory_xact_lock(8603170129741)";

impl PostgresStore {
    /// A store in the database of a URL (`postgres://…`). It is connected to when it is first used.
    ///
    /// # Errors
    /// Where the URL can't be read. It is not part of the message.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        let config = connect::config(url)?;
        let pool = connect::pool(&config)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("wf-postgres")
            .enable_all()
            .build()
            .map_err(|error| StoreError::Broken(format!("no thread can be started: {error}")))?;
        let name = connect::name(&config);
        let (runtime, views) = (Some(runtime), Mutex::default());
        Ok(Self { shared: Arc::new(Shared { runtime, pool, name, views }), limit: LIMIT })
    }

    fn views(&self) -> MutexGuard<'_, HashMap<SmolStr, Vec<Arc<View>>>> {
        self.shared.views.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An entity over its table, which is made or changed first where that is needed.
    fn view(&self, entity: &EntityInfo) -> Result<Arc<View>, StoreError> {
        let ready = || {
            let all = self.views();
            all.get(&entity.name)?.iter().find(|view| view.entity == *entity).cloned()
        };
        if let Some(view) = ready() {
            return Ok(view);
        }
        self.migrate(std::slice::from_ref(entity), &Rules::default())?;
        ready().ok_or_else(|| StoreError::Broken(format!("{} has no table", self.shared.name)))
    }

    /// A connection of the pool.
    fn session(&self) -> Result<PgSession<'_>, StoreError> {
        let shared = &self.shared;
        let gone = || unreachable(&shared.name, "the store is being closed");
        let runtime = shared.runtime.as_ref().ok_or_else(gone)?.handle();
        let until = Instant::now() + self.limit;
        let (pool, limit) = (shared.pool.clone(), self.limit);
        let client = wait(runtime, async move { tokio::time::timeout(limit, pool.get()).await });
        let client = client
            .ok_or_else(gone)?
            .map_err(|_| unreachable(&shared.name, "no connection is free or can be made"))?;
        let client = client.map_err(|error| self.no_connection(error))?;
        Ok(PgSession { runtime, name: &shared.name, client: Some(client), until, open: false })
    }

    fn no_connection(&self, error: deadpool_postgres::PoolError) -> StoreError {
        use crate::failure::{Doing, meaning};
        let name = &self.shared.name;
        match error {
            deadpool_postgres::PoolError::Backend(error) => {
                meaning(name, Doing::Writing, &error).plain()
            }
            other => unreachable(name, &other.to_string()),
        }
    }
}

impl EntityStore for PostgresStore {
    fn prepare(&self, entities: &[EntityInfo]) -> Result<(), StoreError> {
        let is_ready = |entity: &EntityInfo| {
            let all = self.views();
            let views = all.get(&entity.name);
            views.is_some_and(|views| views.iter().any(|view| view.entity == *entity))
        };
        if !entities.iter().all(is_ready) {
            self.migrate(entities, &Rules::default())?;
        }
        Ok(())
    }

    fn find(&self, question: &Question<'_>) -> Result<Found, StoreError> {
        let view = self.view(question.entity)?;
        let mut session = self.session()?;
        if !question.count {
            return stores::find(&mut session, &view, question);
        }
        // The page and the number are of one moment.
        session.begin("ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        let found = stores::find(&mut session, &view, question)?;
        session.commit()?;
        Ok(found)
    }

    fn row(&self, entity: &EntityInfo, id: Uuid) -> Result<Option<Row>, StoreError> {
        let view = self.view(entity)?;
        stores::row(&mut self.session()?, &view, id)
    }

    fn apply(&self, changes: &[Change<'_>]) -> Result<(), StoreError> {
        let views = stores::views(changes, &mut |entity| self.view(entity))?;
        let mut session = self.session()?;
        // Rows that are changed are locked; what was only read holds no lock.
        let reads = changes.iter().any(|change| matches!(change, Change::Unchanged { .. }));
        session.begin(if reads { "ISOLATION LEVEL SERIALIZABLE" } else { "" })?;
        stores::apply(&mut session, &views, changes)?;
        session.commit()
    }

    fn waits(&self) -> bool {
        true
    }

    fn explain(&self, question: &Question<'_>) -> Result<Option<String>, StoreError> {
        let view = self.view(question.entity)?;
        let statement = Statement::of(&view, question, Dialect::Postgres)?;
        let mut plan = Vec::new();
        let mut each = |values: &mut Vec<Cell>| {
            if let Some(Cell::String(line)) = values.first() {
                plan.push(line.trim().to_owned());
            }
            Ok(())
        };
        let sql = format!("EXPLAIN (COSTS off) {}", statement.text);
        let mut session = self.session()?;
        session
            .query(&sql, &statement.values, &[Some(Kind::String)], &mut each)
            .map_err(SqlError::plain)?;
        Ok(Some(format!("{}\n{}", statement.shown(), plan.join("; "))))
    }

    fn within(&self, limit: Duration) -> Option<Arc<dyn EntityStore>> {
        Some(Arc::new(Self { shared: Arc::clone(&self.shared), limit }))
    }
}

impl PostgresStore {
    /// Begins a transaction in which no other program changes the tables.
    fn alone(&self) -> Result<PgSession<'_>, StoreError> {
        let mut session = self.session()?;
        session.until = Instant::now() + CHANGE;
        session.begin("")?;
        let mut none = |_: &mut Vec<Cell>| Ok(());
        session.query(LOCK, &[], &[], &mut none).map_err(SqlError::plain)?;
        Ok(session)
    }
}

impl Migrating for PostgresStore {
    fn plan(&self, entities: &[EntityInfo], rules: &Rules) -> Result<Vec<Planned>, StoreError> {
        // What is done here is taken back: it tells what would be refused.
        let mut session = self.alone()?;
        let planned = stores::plan_all(&mut session, entities, rules)?;
        stores::prepare(&mut session, &planned)?;
        Ok(planned)
    }

    fn migrate(&self, entities: &[EntityInfo], rules: &Rules) -> Result<Vec<Planned>, StoreError> {
        let mut session = self.session()?;
        let mut planned = stores::plan_all(&mut session, entities, rules)?;
        let views = if planned.iter().all(Planned::is_done) {
            stores::prepare(&mut session, &planned)?
        } else {
            drop(session);
            let mut session = self.alone()?;
            planned = stores::plan_all(&mut session, entities, rules)?;
            let views = stores::prepare(&mut session, &planned)?;
            session.commit()?;
            views
        };
        let mut ready = self.views();
        for (planned, view) in planned.iter().zip(views) {
            let ready = ready.entry(planned.entity.name.clone()).or_default();
            if !planned.is_done() {
                // Other programs look at the table anew.
                ready.clear();
            }
            ready.push(view);
        }
        Ok(planned)
    }

    fn tables(&self) -> Result<Vec<(Table, u64)>, StoreError> {
        let mut session = self.session()?;
        session.begin("ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        let tables = stores::read_tables(&mut session)?;
        let sized = tables.into_iter().map(|table| {
            let rows = stores::size(&mut session, &table)?;
            Ok((table, rows))
        });
        sized.collect()
    }
}
