//! Statements in one transaction.

use std::future::Future;
use std::time::{Duration, Instant};

use deadpool_postgres::Object;
use tokio::runtime::Handle;
use tokio_postgres::types::ToSql;
use tokio_postgres::{NoTls, Row};
use wf_stdlib::StoreError;
use wf_stdlib::stores::{Cell, Dialect, Session, SqlError};
use wf_vm::bytecode::pushdown::Kind;

use crate::cells::{self, Got, Sent};
use crate::failure::{Doing, meaning, unreachable};

/// A connection, for as long as something is done.
pub(crate) struct PgSession<'a> {
    pub(crate) runtime: &'a Handle,
    pub(crate) name: &'a str,
    /// None once it is lost: what was under way has no end that we know.
    pub(crate) client: Option<Object>,
    /// When all must be over.
    pub(crate) until: Instant,
    /// Whether a transaction is open.
    pub(crate) open: bool,
}

/// Waits for something that the runtime does. May be called where waiting is allowed only.
pub(crate) fn wait<T: Send + 'static>(
    runtime: &Handle,
    work: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = std::sync::mpsc::sync_channel(1);
    runtime.spawn(async move {
        // Nobody hears it where the caller is gone.
        drop(sender.send(work.await));
    });
    receiver.recv().ok()
}

/// What is done with a statement.
enum Work {
    Execute(String, Vec<Cell>),
    Query(String, Vec<Cell>),
    Batch(String),
}

/// What came of it.
enum Done {
    Count(u64),
    Rows(Vec<Row>),
}

async fn work(client: &Object, work: Work) -> Result<Done, tokio_postgres::Error> {
    let sent = |values: Vec<Cell>| values.into_iter().map(Sent).collect::<Vec<Sent>>();
    match work {
        Work::Batch(sql) => client.batch_execute(&sql).await.map(|()| Done::Count(0)),
        Work::Execute(sql, values) => {
            let statement = client.prepare_cached(&sql).await?;
            let values = sent(values);
            let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|v| v as _).collect();
            client.execute(&statement, &values).await.map(Done::Count)
        }
        Work::Query(sql, values) => {
            let statement = client.prepare_cached(&sql).await?;
            let values = sent(values);
            let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|v| v as _).collect();
            client.query(&statement, &values).await.map(Done::Rows)
        }
    }
}

impl PgSession<'_> {
    /// Whether the columns still have the types that they were made with: bytes of another type could
    /// be read as a value that nobody has written.
    fn check_types(&self, row: &Row, columns: &[Option<Kind>]) -> Result<(), SqlError> {
        for (column, kind) in row.columns().iter().zip(columns) {
            if !cells::fits(column.type_(), *kind) {
                let (name, found) = (column.name(), column.type_().name());
                let message = format!(
                    "the column `{name}` in {} has the type `{found}`, which it was not made with",
                    self.name
                );
                return Err(SqlError::Other(StoreError::Broken(message)));
            }
        }
        Ok(())
    }

    fn run(&mut self, doing: Doing, task: Work) -> Result<Done, SqlError> {
        let lost = || SqlError::Other(unreachable(self.name, "the connection is lost"));
        let client = self.client.take().ok_or_else(lost)?;
        let left = self.until.saturating_duration_since(Instant::now());
        let outcome = wait(self.runtime, async move {
            match tokio::time::timeout(left, work(&client, task)).await {
                Ok(outcome) => (Some(client), Some(outcome)),
                Err(_) => {
                    // The statement is still under way: the connection is given up with it.
                    let token = client.cancel_token();
                    drop(Object::take(client));
                    let give_up = token.cancel_query(NoTls);
                    _ = tokio::time::timeout(Duration::from_secs(1), give_up).await;
                    (None, None)
                }
            }
        });
        let (client, outcome) = outcome.ok_or_else(lost)?;
        let Some(outcome) = outcome else {
            return Err(SqlError::Other(unreachable(self.name, "the time is over")));
        };
        match outcome {
            Ok(done) => {
                self.client = client;
                Ok(done)
            }
            Err(error) => {
                let meaning = meaning(self.name, doing, &error);
                match (client, error.as_db_error()) {
                    // It is an error of the statement: the connection goes on.
                    (Some(client), Some(db))
                        if db.code().code() != "0A000" && !client.is_closed() =>
                    {
                        self.client = Some(client);
                    }
                    (Some(client), _) => drop(Object::take(client)),
                    (None, _) => {}
                }
                Err(meaning)
            }
        }
    }

    /// Begins a transaction.
    pub(crate) fn begin(&mut self, how: &str) -> Result<(), StoreError> {
        let left = self.until.saturating_duration_since(Instant::now()).as_millis().max(1);
        let sql = format!("BEGIN {how}; SET LOCAL statement_timeout = {}", left.min(86_400_000));
        self.run(Doing::Writing, Work::Batch(sql)).map_err(SqlError::plain)?;
        self.open = true;
        Ok(())
    }

    /// Makes what was done in the transaction true.
    pub(crate) fn commit(&mut self) -> Result<(), StoreError> {
        self.run(Doing::Writing, Work::Batch("COMMIT".to_owned())).map_err(SqlError::plain)?;
        self.open = false;
        Ok(())
    }
}

impl Drop for PgSession<'_> {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else { return };
        if self.open {
            // The pool gets it back when it is clean; nobody waits for that.
            self.runtime.spawn(async move {
                let limit = Duration::from_secs(5);
                let back = tokio::time::timeout(limit, client.batch_execute("ROLLBACK")).await;
                if !matches!(back, Ok(Ok(()))) {
                    drop(Object::take(client));
                }
            });
        }
    }
}

impl Session for PgSession<'_> {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn execute(&mut self, sql: &str, values: &[Cell]) -> Result<u64, SqlError> {
        for value in values {
            if let Cell::String(text) = value
                && text.contains('\0')
            {
                let message = "a text holds the character NUL, which PostgreSQL can't keep";
                return Err(SqlError::Other(StoreError::Broken(message.to_owned())));
            }
        }
        let work = match values {
            [] => Work::Batch(sql.to_owned()),
            values => Work::Execute(sql.to_owned(), values.to_vec()),
        };
        match self.run(Doing::Writing, work)? {
            Done::Count(count) => Ok(count),
            Done::Rows(_) => Ok(0),
        }
    }

    fn query(
        &mut self,
        sql: &str,
        values: &[Cell],
        columns: &[Option<Kind>],
        each: &mut dyn FnMut(&mut Vec<Cell>) -> Result<(), StoreError>,
    ) -> Result<(), SqlError> {
        let work = Work::Query(sql.to_owned(), values.to_vec());
        let Done::Rows(rows) = self.run(Doing::Reading, work)? else { return Ok(()) };
        if let Some(first) = rows.first() {
            self.check_types(first, columns)?;
        }
        let mut cells = Vec::with_capacity(columns.len());
        for row in rows {
            cells.clear();
            for (place, kind) in columns.iter().enumerate() {
                let cell = row.try_get::<_, Got<'_>>(place).ok().and_then(|got| got.cell(*kind));
                cells.push(cell.ok_or_else(|| {
                    let message = format!("{} holds a value that can't be read", self.name);
                    SqlError::Other(StoreError::Broken(message))
                })?);
            }
            each(&mut cells)?;
        }
        Ok(())
    }
}
