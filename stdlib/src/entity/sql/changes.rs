//! Changes in SQL, inside of one transaction.

use std::sync::Arc;

use uuid::Uuid;
use wf_vm::bytecode::pushdown::Kind;

use super::build::placeholder;
use super::{Dialect, Read, Session, SqlError, changed, index_name, null_mark, quoted};
use super::{read_one, same_id, same_value};
use crate::entity::cell::{Cell, same};
use crate::entity::store::{Change, Row, StoreError};
use crate::entity::view::{Column, View};

/// Makes changes one after another; the transaction is to be given up where one fails. `views` are
/// those of the entities of the changes.
///
/// # Errors
/// As [`EntityStore::apply`](crate::EntityStore::apply).
pub fn apply(
    session: &mut dyn Session,
    views: &[Arc<View>],
    changes: &[Change<'_>],
) -> Result<(), StoreError> {
    let mut at = 0;
    while let (Some(change), Some(view)) = (changes.get(at), views.get(at)) {
        match change {
            Change::Insert { .. } => {
                let rest = changes.iter().zip(views).skip(at);
                let rows: Vec<&Row> = rest
                    .map_while(|(change, other)| match change {
                        Change::Insert { row, .. } if Arc::ptr_eq(view, other) => Some(row),
                        _ => None,
                    })
                    .collect();
                insert(session, view, &rows)?;
                at += rows.len();
                continue;
            }
            Change::Replace { old, new, .. } => replace(session, view, old, new)?,
            Change::Remove { old, .. } => {
                still(session, view, old.id, Some(old))?;
                let dialect = session.dialect();
                let place = placeholder(dialect, 1, Some(Kind::Uuid));
                let sql = format!("DELETE FROM {} WHERE id = {place}", quoted(&view.table.table));
                session.execute(&sql, &[Cell::Uuid(old.id)]).map_err(SqlError::plain)?;
            }
            Change::Unchanged { id, old, .. } => {
                still(session, view, *id, old.as_ref())?;
            }
        }
        at += 1;
    }
    Ok(())
}

/// Checks that a row is as it was read.
fn still(
    session: &mut dyn Session,
    view: &View,
    id: Uuid,
    old: Option<&Row>,
) -> Result<Option<Read>, StoreError> {
    let lock = match session.dialect() {
        Dialect::Sqlite => "",
        Dialect::Postgres => " FOR UPDATE",
    };
    let read = read_one(session, view, id, lock)?;
    let is_still = match (&read, old) {
        (None, None) => true,
        (Some(read), Some(old)) => {
            read.row.updated_at == old.updated_at && same(&read.cells, &view.cells(&old.payload)?)
        }
        _ => false,
    };
    if is_still { Ok(read) } else { Err(StoreError::Conflict(changed(view, id))) }
}

fn replace(session: &mut dyn Session, view: &View, old: &Row, new: &Row) -> Result<(), StoreError> {
    let read = still(session, view, old.id, Some(old))?;
    let cells = view.cells(&new.payload)?;
    let dialect = session.dialect();
    let mut nulls = read.map(|read| read.nulls).unwrap_or_default();
    for column in view.columns() {
        nulls = nulls.replace(&null_mark(&column.attribute), "");
    }
    let mut values = vec![Cell::Instant(new.updated_at)];
    let place = |number, kind| placeholder(dialect, number, kind);
    let table = quoted(&view.table.table);
    let mut sql = format!("UPDATE {table} SET \"updatedAt\" = {}", place(1, Some(Kind::Instant)));
    for (column, cell) in view.columns().zip(cells) {
        push_null(&mut nulls, column, &cell);
        values.push(kept(column, cell));
        let place = place(values.len(), column.kind);
        sql.push_str(&format!(", {} = {place}", quoted(&column.column)));
    }
    values.push(if nulls.is_empty() { Cell::Null } else { Cell::String(nulls) });
    sql.push_str(&format!(", wf_nulls = {}", place(values.len(), Some(Kind::String))));
    values.push(Cell::Uuid(old.id));
    sql.push_str(&format!(" WHERE id = {}", place(values.len(), Some(Kind::Uuid))));
    session.execute(&sql, &values).map_err(|error| taken(view, error))?;
    Ok(())
}

/// Notes that null was given.
fn push_null(nulls: &mut String, column: &Column, cell: &Cell) {
    if matches!(cell, Cell::Null) && column.kind.is_some() {
        nulls.push_str(&null_mark(&column.attribute));
    }
}

/// A cell as it is kept in a column.
fn kept(column: &Column, cell: Cell) -> Cell {
    match cell {
        Cell::Null if column.kind.is_none() => Cell::Json("null".to_owned()),
        cell => cell,
    }
}

/// How many values one statement gives, where several rows go into one.
const BATCH: usize = 10_000;

pub(super) fn insert(
    session: &mut dyn Session,
    view: &View,
    rows: &[&Row],
) -> Result<(), StoreError> {
    let width = 4 + view.table.columns.len();
    let dialect = session.dialect();
    let at_once = match dialect {
        // A statement is as fast as the next one; that it is the same is what counts.
        Dialect::Sqlite => 1,
        Dialect::Postgres => (BATCH / width).clamp(1, 500),
    };
    let single = insert_sql(view, dialect, 1);
    for rows in rows.chunks(at_once) {
        let mut values = Vec::with_capacity(width * rows.len());
        for row in rows {
            push_values(view, row, &mut values)?;
        }
        let outcome = match rows.len() {
            1 => session.execute(&single, &values),
            count => session.execute(&insert_sql(view, dialect, count), &values),
        };
        outcome.map_err(|error| taken(view, error))?;
    }
    Ok(())
}

fn push_values(view: &View, row: &Row, values: &mut Vec<Cell>) -> Result<(), StoreError> {
    let cells = view.cells(&row.payload)?;
    let mut nulls = String::new();
    for (column, cell) in view.columns().zip(&cells) {
        push_null(&mut nulls, column, cell);
    }
    values.push(Cell::Uuid(row.id));
    values.push(Cell::Instant(row.created_at));
    values.push(Cell::Instant(row.updated_at));
    values.push(if nulls.is_empty() { Cell::Null } else { Cell::String(nulls) });
    values.extend(view.columns().zip(cells).map(|(column, cell)| kept(column, cell)));
    values.extend(unknown(view).map(Column::filling));
    Ok(())
}

/// The columns that the program does not know.
fn unknown(view: &View) -> impl Iterator<Item = &Column> {
    let is_shown = |place: &usize| view.shown.contains(place);
    let columns = view.table.columns.iter().enumerate();
    columns.filter(move |(place, _)| !is_shown(place)).map(|(_, column)| column)
}

fn insert_sql(view: &View, dialect: Dialect, rows: usize) -> String {
    let columns: Vec<&Column> = view.columns().chain(unknown(view)).collect();
    let mut kinds =
        vec![Some(Kind::Uuid), Some(Kind::Instant), Some(Kind::Instant), Some(Kind::String)];
    kinds.extend(columns.iter().map(|column| column.kind));
    let names: String = columns.iter().map(|c| format!(", {}", quoted(&c.column))).collect();
    let table = quoted(&view.table.table);
    let mut sql =
        format!("INSERT INTO {table} (id, \"createdAt\", \"updatedAt\", wf_nulls{names}) VALUES ");
    let mut number = 0;
    for row in 0..rows {
        sql.push_str(if row > 0 { ", (" } else { "(" });
        for (place, kind) in kinds.iter().enumerate() {
            number += 1;
            if place > 0 {
                sql.push_str(", ");
            }
            sql.push_str(&placeholder(dialect, number, *kind));
        }
        sql.push(')');
    }
    sql
}

/// The message for a value that is taken.
fn taken(view: &View, error: SqlError) -> StoreError {
    let SqlError::Taken(what) = error else { return error.plain() };
    let table = &view.table;
    let column = table.columns.iter().filter(|column| column.unique).find(|column| {
        what == format!("{}.{}", table.table, column.column)
            || what == index_name(table, column, true)
            || what == format!("index '{}'", index_name(table, column, true))
    });
    StoreError::Conflict(match column {
        Some(column) => same_value(view, &column.attribute),
        None => same_id(view),
    })
}
