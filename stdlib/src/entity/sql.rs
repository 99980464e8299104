//! Entities in SQL: what SQLite and PostgreSQL have in common.

mod build;
mod changes;
mod migrate;
mod prepare;

use std::sync::Arc;

use uuid::Uuid;
use wf_vm::bytecode::EntityInfo;
use wf_vm::bytecode::pushdown::Kind;

use super::cell::{Cell, push_string};
use super::plan::Rules;
use super::store::{Change, Counted, EntityStore, Found, Question, Reader, Row, StoreError};
use super::view::{Column, Table, View};
pub use build::Statement;
pub(super) use build::code;
pub use changes::apply;
pub use prepare::{Planned, Prepared, plan_all, prepare, read_tables, size};

/// Which SQL is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// That of SQLite.
    Sqlite,
    /// That of PostgreSQL.
    Postgres,
}

/// A connection in a transaction.
pub trait Session {
    /// Which SQL it speaks.
    fn dialect(&self) -> Dialect;

    /// Runs a statement that gives no rows; gives how many rows it changed.
    ///
    /// # Errors
    /// Why it could not be run; a unique value that is taken is [`SqlError::Taken`].
    fn execute(&mut self, sql: &str, values: &[Cell]) -> Result<u64, SqlError>;

    /// Runs a statement that gives rows with columns of these kinds (`None`: JSON).
    ///
    /// # Errors
    /// As [`Session::execute`], and what `each` says.
    fn query(
        &mut self,
        sql: &str,
        values: &[Cell],
        columns: &[Option<Kind>],
        each: &mut dyn FnMut(&mut Vec<Cell>) -> Result<(), StoreError>,
    ) -> Result<(), SqlError>;

    /// The rows of an entity, in the columns that all statements over whole rows have.
    ///
    /// # Errors
    /// As [`Session::query`].
    fn rows(&mut self, view: &View, sql: &str, values: &[Cell]) -> Result<Vec<Row>, StoreError> {
        let (_, kinds) = row_columns(view, self.dialect());
        let mut rows = Vec::new();
        let mut each = |values: &mut Vec<Cell>| {
            rows.push(read_row(view, values)?.row);
            Ok(())
        };
        self.query(sql, values, &kinds, &mut each).map_err(SqlError::plain)?;
        Ok(rows)
    }

    /// Hands over the cells of the same; says how many rows there were, `None` where cells can't be
    /// handed over or one was refused.
    ///
    /// # Errors
    /// As [`Session::query`].
    fn hand_over(
        &mut self,
        _view: &View,
        _sql: &str,
        _values: &[Cell],
        _reader: &mut dyn Reader,
    ) -> Result<Option<u64>, StoreError> {
        Ok(None)
    }
}

/// Why a statement could not be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SqlError {
    /// A value that must be unique is there already: what the database calls the constraint.
    Taken(String),
    /// Anything else.
    Other(StoreError),
}

impl From<StoreError> for SqlError {
    fn from(error: StoreError) -> Self {
        Self::Other(error)
    }
}

impl SqlError {
    /// The error where no value can be taken.
    pub fn plain(self) -> StoreError {
        match self {
            Self::Taken(what) => StoreError::Conflict(format!("{what} must be unique")),
            Self::Other(error) => error,
        }
    }
}

/// A store whose tables can be planned, changed by a person's rules, and listed.
pub trait Migrating: EntityStore {
    /// What would be done so that the store holds these entities; nothing is changed.
    ///
    /// # Errors
    /// As [`Migrating::migrate`].
    fn plan(&self, entities: &[EntityInfo], rules: &Rules) -> Result<Vec<Planned>, StoreError>;

    /// Brings the store to these entities; attributes are renamed and dropped by the rules. All of it
    /// is done or nothing. Gives what was done.
    ///
    /// # Errors
    /// [`StoreError::Broken`] where something else would be lost; others where the store can't be read
    /// or written.
    fn migrate(&self, entities: &[EntityInfo], rules: &Rules) -> Result<Vec<Planned>, StoreError>;

    /// What the store holds: its tables, with their numbers of rows.
    ///
    /// # Errors
    /// Where it can't be read.
    fn tables(&self) -> Result<Vec<(Table, u64)>, StoreError>;
}

/// The message for a row whose id is taken.
pub(super) fn same_id(view: &View) -> String {
    format!("there is a `{}` with this id already", view.entity.name)
}

/// The message for a value that is taken.
pub(super) fn same_value(view: &View, attribute: &str) -> String {
    format!("another `{}` has the same `{attribute}`, which is unique", view.entity.name)
}

/// The message for a row that is not as it was.
pub(super) fn changed(view: &View, id: Uuid) -> String {
    format!("the `{}` {id} was changed meanwhile", view.entity.name)
}

/// A name as SQL text.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\"").replace(['\0', '\u{1}'], ""))
}

/// The name of the index of a column.
pub(super) fn index_name(table: &Table, column: &Column, unique: bool) -> String {
    let what = if unique { "unique" } else { "index" };
    let name = format!("{what}.{}.{}", table.table, column.column);
    if name.len() <= 60 {
        return name;
    }
    let hash = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).simple().to_string();
    format!("{what}.{hash}")
}

/// Whether null was given for an attribute.
pub(super) fn is_marked(nulls: &str, attribute: &str) -> bool {
    !nulls.is_empty() && nulls.contains(&null_mark(attribute))
}

/// An attribute in the column of explicit nulls: its name as a JSON string, one behind the other.
pub(super) fn null_mark(attribute: &str) -> String {
    let mut mark = String::new();
    push_string(&mut mark, attribute);
    mark
}

/// The columns of a whole row: id, creation, change, explicit nulls, attributes.
fn row_columns(view: &View, dialect: Dialect) -> (String, Vec<Option<Kind>>) {
    let mut sql = "id, \"createdAt\", \"updatedAt\", wf_nulls".to_owned();
    let mut kinds =
        vec![Some(Kind::Uuid), Some(Kind::Instant), Some(Kind::Instant), Some(Kind::String)];
    for column in view.columns() {
        sql.push_str(", ");
        sql.push_str(&selected(column, dialect));
        kinds.push(column.kind);
    }
    (sql, kinds)
}

/// A column as it is read.
fn selected(column: &Column, dialect: Dialect) -> String {
    let name = quoted(&column.column);
    match (dialect, column.kind) {
        (Dialect::Postgres, None | Some(Kind::Decimal)) => format!("{name}::text"),
        _ => name,
    }
}

/// A row that was read, with its cells.
struct Read {
    row: Row,
    cells: Vec<Cell>,
    nulls: String,
}

fn read_row(view: &View, values: &mut Vec<Cell>) -> Result<Read, StoreError> {
    let broken =
        || StoreError::Broken(format!("a stored `{}` has no id or no times", view.entity.name));
    let mut cells = values.split_off(4.min(values.len()));
    let [Cell::Uuid(id), Cell::Instant(created_at), Cell::Instant(updated_at), nulls] =
        values.as_slice()
    else {
        return Err(broken());
    };
    let nulls = match nulls {
        Cell::String(nulls) => nulls.clone(),
        _ => String::new(),
    };
    for (column, cell) in view.columns().zip(&mut cells) {
        match cell {
            Cell::Null if column.kind.is_some() && is_marked(&nulls, &column.attribute) => {}
            Cell::Null => *cell = column.filling(),
            Cell::Json(json) if json.trim() == "null" => *cell = Cell::Null,
            _ => {}
        }
    }
    let payload = view.payload(&cells);
    let row = Row { id: *id, created_at: *created_at, updated_at: *updated_at, payload };
    Ok(Read { row, cells, nulls })
}

/// The rows that answer a question.
///
/// # Errors
/// As [`EntityStore::find`](super::EntityStore::find).
pub fn find(
    session: &mut dyn Session,
    view: &View,
    question: &Question<'_>,
) -> Result<Found, StoreError> {
    let statement = Statement::of(view, question, session.dialect())?;
    let rows = session.rows(view, &statement.text, &statement.values)?;
    let total = total(session, view, question, rows.len() as u64)?;
    Ok(Found { rows, total })
}

/// The same, cell by cell.
///
/// # Errors
/// As [`EntityStore::read`](super::EntityStore::read).
pub fn read(
    session: &mut dyn Session,
    view: &View,
    question: &Question<'_>,
    reader: &mut dyn Reader,
) -> Result<Option<Counted>, StoreError> {
    let statement = Statement::of(view, question, session.dialect())?;
    let rows = session.hand_over(view, &statement.text, &statement.values, reader)?;
    let Some(rows) = rows else { return Ok(None) };
    let total = total(session, view, question, rows)?;
    Ok(Some(Counted { rows, total }))
}

/// How many rows pass the test, where that is asked, behind a page of so many.
fn total(
    session: &mut dyn Session,
    view: &View,
    question: &Question<'_>,
    rows: u64,
) -> Result<Option<u64>, StoreError> {
    // Where a test may fail it must be asked of all rows, behind the page as well.
    let is_risky = question.test.as_ref().is_some_and(|test| build::may_fail(test.what));
    if !question.count && !is_risky {
        return Ok(None);
    }
    // A page that is not full says itself how many there are.
    let is_last = question.limit.is_none_or(|limit| rows < limit);
    if is_last && (question.offset == 0 || rows > 0) {
        let total = question.offset.saturating_add(rows);
        return Ok(question.count.then_some(total));
    }
    let statement = Statement::count(view, question, session.dialect())?;
    let total = count(session, &statement)?;
    Ok(question.count.then_some(total))
}

fn count(session: &mut dyn Session, statement: &Statement) -> Result<u64, StoreError> {
    let mut total = 0;
    let mut each = |values: &mut Vec<Cell>| {
        if let [Cell::Int(count)] = values.as_slice() {
            total = u64::try_from(*count).unwrap_or(0);
        }
        Ok(())
    };
    let kinds = [Some(Kind::Int)];
    session
        .query(&statement.text, &statement.values, &kinds, &mut each)
        .map_err(SqlError::plain)?;
    Ok(total)
}

/// The row of an id.
///
/// # Errors
/// As [`EntityStore::row`](super::EntityStore::row).
pub fn row(session: &mut dyn Session, view: &View, id: Uuid) -> Result<Option<Row>, StoreError> {
    Ok(read_one(session, view, id, "")?.map(|read| read.row))
}

fn read_one(
    session: &mut dyn Session,
    view: &View,
    id: Uuid,
    lock: &str,
) -> Result<Option<Read>, StoreError> {
    let (columns, kinds) = row_columns(view, session.dialect());
    let place = build::placeholder(session.dialect(), 1, Some(Kind::Uuid));
    let table = quoted(&view.table.table);
    let sql = format!("SELECT {columns} FROM {table} WHERE id = {place}{lock}");
    let mut found = None;
    let mut each = |values: &mut Vec<Cell>| {
        found = Some(read_row(view, values)?);
        Ok(())
    };
    session.query(&sql, &[Cell::Uuid(id)], &kinds, &mut each).map_err(SqlError::plain)?;
    Ok(found)
}

/// The entities of changes, ready for use: one for each change, and the same for the same entity.
///
/// # Errors
/// What `view` says.
pub fn views(
    changes: &[Change<'_>],
    view: &mut dyn FnMut(&EntityInfo) -> Result<Arc<View>, StoreError>,
) -> Result<Vec<Arc<View>>, StoreError> {
    let mut views: Vec<Arc<View>> = Vec::with_capacity(changes.len());
    let mut last: Option<&EntityInfo> = None;
    for change in changes {
        let entity = change.entity();
        let same = last.is_some_and(|last| std::ptr::eq(last, entity));
        match views.last().filter(|_| same) {
            Some(known) => views.push(Arc::clone(known)),
            None => views.push(view(entity)?),
        }
        last = Some(entity);
    }
    Ok(views)
}
