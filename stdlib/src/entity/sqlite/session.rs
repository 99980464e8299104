//! Statements on a connection to SQLite.

use rusqlite::types::{ToSqlOutput, Type, Value, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode, ToSql, params_from_iter};
use uuid::Uuid;
use wf_vm::bytecode::Decimal;
use wf_vm::bytecode::pushdown::Kind;

use super::functions::UNDECIDED;
use crate::entity::cell::{Cell, Seen, push_string};
use crate::entity::sql::{Dialect, Session, SqlError, Statement, is_marked};
use crate::entity::store::{Reader, Row, StoreError};
use crate::entity::view::View;

/// The column of the explicit nulls.
const NULLS: usize = 3;

/// A connection, in a transaction or for one statement.
pub(super) struct SqliteSession<'a> {
    pub(super) connection: &'a Connection,
    /// How the store is called.
    pub(super) name: &'a str,
}

/// What an error means.
pub(super) fn failure(name: &str, error: &rusqlite::Error) -> StoreError {
    let text = error.to_string();
    if text.contains(UNDECIDED) {
        return StoreError::Undecided("arithmetic fails for a row".to_owned());
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Unreachable(
            format!("another process writes to {name} for too long: {text}"),
        ),
        _ => StoreError::Broken(format!("the entities in {name} can't be read or written: {text}")),
    }
}

impl SqliteSession<'_> {
    fn failed(&self, error: &rusqlite::Error) -> SqlError {
        const UNIQUE: &str = "UNIQUE constraint failed: ";
        if let Some(ErrorCode::ConstraintViolation) = error.sqlite_error_code() {
            let text = error.to_string();
            if let Some(at) = text.find(UNIQUE) {
                return SqlError::Taken(text.get(at + UNIQUE.len()..).unwrap_or("").to_owned());
            }
        }
        SqlError::Other(failure(self.name, error))
    }

    fn statement(&self, sql: &str) -> Result<CachedStatement<'_>, SqlError> {
        self.connection.prepare_cached(sql).map_err(|error| self.failed(&error))
    }
}

impl Session for SqliteSession<'_> {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn execute(&mut self, sql: &str, values: &[Cell]) -> Result<u64, SqlError> {
        let mut statement = self.statement(sql)?;
        let changed = statement.execute(params_from_iter(values));
        changed.map(|count| count as u64).map_err(|error| self.failed(&error))
    }

    fn query(
        &mut self,
        sql: &str,
        values: &[Cell],
        columns: &[Option<Kind>],
        each: &mut dyn FnMut(&mut Vec<Cell>) -> Result<(), StoreError>,
    ) -> Result<(), SqlError> {
        let mut statement = self.statement(sql)?;
        let failed = |error: rusqlite::Error| self.failed(&error);
        let mut rows = statement.query(params_from_iter(values)).map_err(failed)?;
        let mut cells = Vec::with_capacity(columns.len());
        while let Some(row) = rows.next().map_err(failed)? {
            cells.clear();
            for (place, kind) in columns.iter().enumerate() {
                let value = row.get_ref(place).map_err(failed)?;
                cells.push(read(value, *kind).ok_or_else(|| self.unread(&value, *kind))?);
            }
            each(&mut cells)?;
        }
        Ok(())
    }

    /// Straight from the columns to JSON: this is what queries spend their time with.
    fn rows(&mut self, view: &View, sql: &str, values: &[Cell]) -> Result<Vec<Row>, StoreError> {
        let mut statement = self.statement(sql).map_err(SqlError::plain)?;
        let failed = |error: rusqlite::Error| failure(self.name, &error);
        let mut found = statement.query(params_from_iter(values)).map_err(failed)?;
        let mut rows: Vec<Row> = Vec::new();
        while let Some(row) = found.next().map_err(failed)? {
            let value = |place: usize| row.get_ref(place).map_err(failed);
            let broken = |value: &ValueRef<'_>, kind| self.unread(value, kind).plain();
            let (id, created_at, updated_at) = (value(0)?, value(1)?, value(2)?);
            let uuid = id.as_bytes().ok().and_then(|text| Uuid::try_parse_ascii(text).ok());
            let nulls = match value(3)? {
                ValueRef::Text(nulls) => std::str::from_utf8(nulls).unwrap_or_default(),
                _ => "",
            };
            let time = |value: &ValueRef<'_>| {
                value.as_i64().map_err(|_| broken(value, Some(Kind::Instant)))
            };
            let (created_at, updated_at) = (time(&created_at)?, time(&updated_at)?);
            // Rows are about as long as the ones before them.
            let room = rows.last().map_or(64, |row| row.payload.len() + 16);
            let mut payload = String::with_capacity(room);
            payload.push('{');
            for (place, column) in view.columns().enumerate() {
                let value = value(4 + place)?;
                let cell = match (value, column.kind) {
                    (ValueRef::Null, Some(_)) if is_marked(nulls, &column.attribute) => Cell::Null,
                    (ValueRef::Null, _) => column.filling(),
                    (ValueRef::Text(text), Some(Kind::String)) => {
                        let text = std::str::from_utf8(text);
                        let text = text.map_err(|_| broken(&value, column.kind))?;
                        view.push_key(place, &mut payload);
                        push_string(&mut payload, text);
                        continue;
                    }
                    (value, kind) => read(value, kind).ok_or_else(|| broken(&value, kind))?,
                };
                if !matches!(cell, Cell::Missing) {
                    view.push_key(place, &mut payload);
                    cell.write(&mut payload);
                }
            }
            payload.push('}');
            let id = uuid.ok_or_else(|| broken(&id, Some(Kind::Uuid)))?;
            rows.push(Row { id, created_at, updated_at, payload });
        }
        Ok(rows)
    }

    /// Straight from the columns to whoever wants them.
    fn hand_over(
        &mut self,
        view: &View,
        sql: &str,
        values: &[Cell],
        reader: &mut dyn Reader,
    ) -> Result<Option<u64>, StoreError> {
        const OWN: [(usize, usize, Kind); 3] =
            [(0, 0, Kind::Uuid), (1, 2, Kind::Instant), (2, 3, Kind::Instant)];
        let wanted = |(place, slot, kind): (usize, usize, Option<Kind>)| {
            reader.wants(slot).then_some((place, slot, kind))
        };
        let own = OWN.map(|(place, slot, kind)| (place, slot, Some(kind)));
        let own: Vec<_> = own.into_iter().filter_map(wanted).collect();
        let columns = view.columns().enumerate().map(|(n, column)| (4 + n, 4 + n, column));
        let columns: Vec<_> = columns.filter(|(_, slot, _)| reader.wants(*slot)).collect();
        let mut statement = self.statement(sql).map_err(SqlError::plain)?;
        let failed = |error: rusqlite::Error| failure(self.name, &error);
        let mut found = statement.query(params_from_iter(values)).map_err(failed)?;
        let mut rows = 0;
        while let Some(row) = found.next().map_err(failed)? {
            let value = |place: usize| row.get_ref(place).map_err(failed);
            for (place, slot, kind) in &own {
                let cell = seen(value(*place)?, *kind);
                if !cell.is_some_and(|cell| reader.cell(*slot, cell)) {
                    return Ok(None);
                }
            }
            for (place, slot, column) in &columns {
                let taken = match value(*place)? {
                    ValueRef::Null => {
                        let nulls = value(NULLS)?;
                        let nulls = nulls.as_str().unwrap_or_default();
                        match column.kind.is_some() && is_marked(nulls, &column.attribute) {
                            true => reader.cell(*slot, Seen::Null),
                            false => reader.cell(*slot, column.filling().with_text(String::as_str)),
                        }
                    }
                    value => match seen(value, column.kind) {
                        Some(Seen::Json(json)) if json.trim() == "null" => {
                            reader.cell(*slot, Seen::Null)
                        }
                        cell => cell.is_some_and(|cell| reader.cell(*slot, cell)),
                    },
                };
                if !taken {
                    return Ok(None);
                }
            }
            if !reader.end() {
                return Ok(None);
            }
            rows += 1;
        }
        Ok(Some(rows))
    }
}

impl SqliteSession<'_> {
    fn unread(&self, value: &ValueRef<'_>, kind: Option<Kind>) -> SqlError {
        let expected = kind.map_or("JSON", crate::entity::cell::kind_name);
        let found = match value.data_type() {
            Type::Null => "null",
            Type::Integer => "an integer",
            Type::Real => "a real number",
            Type::Text => "a text",
            Type::Blob => "a blob",
        };
        let message = format!("a column of {} holds {found}, which is no {expected}", self.name);
        SqlError::Other(StoreError::Broken(message))
    }
}

/// A value of a column of this kind.
pub(super) fn read(value: ValueRef<'_>, kind: Option<Kind>) -> Option<Cell> {
    seen(value, kind).map(|cell| cell.with_text(|text| (*text).to_owned()))
}

/// The same where it stands.
fn seen(value: ValueRef<'_>, kind: Option<Kind>) -> Option<Seen<'_>> {
    let text = || value.as_str().ok();
    if matches!(value, ValueRef::Null) {
        return Some(Seen::Null);
    }
    let whole = || value.as_i64().ok();
    let float = |number: f64| number.is_finite().then_some(Seen::Float(number + 0.0));
    let Some(kind) = kind else { return text().map(Seen::Json) };
    match kind {
        Kind::Bool => whole().map(|number| Seen::Bool(number != 0)),
        Kind::Int => whole().map(Seen::Int),
        Kind::Float => match value {
            ValueRef::Real(number) => float(number),
            _ => whole().and_then(|number| float(number as f64)),
        },
        Kind::Decimal => match value {
            ValueRef::Integer(number) => Some(Seen::Decimal(Decimal::from_int(number))),
            _ => text().and_then(|text| Decimal::parse(text).ok()).map(Seen::Decimal),
        },
        Kind::String => text().map(Seen::String),
        Kind::Instant => whole().map(Seen::Instant),
        Kind::Duration => whole().map(Seen::Duration),
        Kind::Uuid => text().and_then(|text| Uuid::parse_str(text).ok()).map(Seen::Uuid),
    }
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Missing | Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Bool(value) => i64::from(*value).into(),
            Self::Int(value) | Self::Instant(value) | Self::Duration(value) => (*value).into(),
            Self::Float(value) => (*value).into(),
            Self::Decimal(value) => value.to_string().into(),
            Self::String(text) | Self::Json(text) => {
                ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes()))
            }
            Self::Uuid(id) => id.to_string().into(),
        })
    }
}

/// How SQLite finds the rows, in one line.
pub(super) fn plan(connection: &Connection, statement: &Statement) -> rusqlite::Result<String> {
    let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", statement.text))?;
    let lines = plan
        .query_map(params_from_iter(&statement.values), |row| row.get::<_, String>(3))?
        .collect::<rusqlite::Result<Vec<String>>>()?;
    Ok(lines.join("; "))
}
