//! The checks and steps of a plan in SQL.

use std::sync::Arc;

use uuid::Uuid;
use wf_vm::bytecode::pushdown::Kind;

use super::build::{Statement, placeholder, type_name};
use super::changes::insert;
use super::prepare::Planned;
use super::{Dialect, Session, SqlError, count, index_name, null_mark, quoted};
use crate::entity::cell::{Cell, kind_name};
use crate::entity::plan::{Check, Step};
use crate::entity::store::{Row, StoreError};
use crate::entity::view::{Column, Table, View};

/// The carrying out of one plan.
pub(super) struct Migration<'a> {
    pub(super) session: &'a mut dyn Session,
    pub(super) planned: &'a Planned,
}

/// How many rows are converted at once.
const BATCH: usize = 1000;

impl Migration<'_> {
    fn table(&self) -> String {
        let current = self.planned.current.as_ref().unwrap_or(&self.planned.draft.table);
        quoted(&current.table)
    }

    fn execute(&mut self, sql: &str) -> Result<u64, StoreError> {
        self.session.execute(sql, &[]).map_err(SqlError::plain)
    }

    /// Tells what would be lost.
    pub(super) fn check(&mut self, refused: &mut Vec<String>) -> Result<(), StoreError> {
        for check in &self.planned.draft.checks {
            let (condition, values) = self.condition(check);
            let mut text = format!("SELECT count(*) FROM {}", self.table());
            if !condition.is_empty() {
                text.push_str(&format!(" WHERE {condition}"));
            }
            let rows = count(self.session, &Statement { text, values })?;
            if rows > 0 {
                refused.push(refusal(&self.planned.entity.name, check, rows));
            }
        }
        Ok(())
    }

    /// Which rows speak against it.
    fn condition(&self, check: &Check) -> (String, Vec<Cell>) {
        let dialect = self.session.dialect();
        let mut values = Vec::new();
        let text = |column: &Column| match dialect {
            Dialect::Sqlite => quoted(&column.column),
            Dialect::Postgres => format!("{}::text", quoted(&column.column)),
        };
        let condition = match check {
            Check::NoRows(_) => String::new(),
            Check::NoNulls(column) if column.kind.is_none() => match column.default {
                Some(_) => format!("{} = 'null'", text(column)),
                None => {
                    format!("({} IS NULL OR {} = 'null')", quoted(&column.column), text(column))
                }
            },
            Check::NoNulls(column) => {
                let is_null = format!("{} IS NULL", quoted(&column.column));
                match column.default {
                    Some(_) => format!("{is_null} AND {}", self.marked(column)),
                    None => is_null,
                }
            }
            Check::NoValues { column, .. } if column.kind.is_none() => {
                format!("{} <> 'null'", text(column))
            }
            Check::NoValues { column, .. } => format!("{} IS NOT NULL", quoted(&column.column)),
            Check::Among(column, texts) => {
                let cells = texts.iter().filter_map(|t| Cell::read(t, column.kind).ok());
                values.extend(cells);
                let places = (1..=values.len()).map(|n| placeholder(dialect, n, column.kind));
                let places = places.collect::<Vec<_>>().join(", ");
                let name = quoted(&column.column);
                format!("{name} IS NOT NULL AND {name} NOT IN ({places})")
            }
            Check::Floats(column) => {
                let name = quoted(&column.column);
                format!("{name} NOT BETWEEN -9007199254740992 AND 9007199254740992")
            }
        };
        (condition, values)
    }

    /// Whether null was given for a column.
    fn marked(&self, column: &Column) -> String {
        let mark = literal(&null_mark(&column.attribute));
        let find = match self.session.dialect() {
            Dialect::Sqlite => "instr",
            Dialect::Postgres => "strpos",
        };
        format!("{find}(coalesce(wf_nulls, ''), {mark}) > 0")
    }

    /// Does what is planned, and writes down what the table is then.
    pub(super) fn run(&mut self) -> Result<(), StoreError> {
        match self.planned.first_format.clone() {
            Some(old) => self.move_rows(&old)?,
            None => {
                for step in &self.planned.draft.steps {
                    self.step(step)?;
                }
            }
        }
        let table = &self.planned.draft.table;
        let json = serde_json::to_string(table)
            .map_err(|error| StoreError::Broken(format!("a table can't be described: {error}")))?;
        let dialect = self.session.dialect();
        let places = [1, 2].map(|n| placeholder(dialect, n, Some(Kind::String)));
        let sql = format!(
            "INSERT INTO wf_entities (entity, declaration) VALUES ({}, {})
             ON CONFLICT (entity) DO UPDATE SET declaration = excluded.declaration",
            places[0], places[1]
        );
        let values = [Cell::String(table.entity.to_string()), Cell::String(json)];
        self.session.execute(&sql, &values).map_err(SqlError::plain)?;
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<(), StoreError> {
        let table = self.table();
        match step {
            Step::Create => self.create()?,
            Step::Rename(old, new) => {
                let (from, to) = (quoted(&old.column), quoted(&new.column));
                self.execute(&format!("ALTER TABLE {table} RENAME COLUMN {from} TO {to}"))?;
                let marks = [&old.attribute, &new.attribute].map(|a| literal(&null_mark(a)));
                self.execute(&format!(
                    "UPDATE {table} SET wf_nulls = replace(wf_nulls, {}, {}) WHERE wf_nulls IS NOT NULL",
                    marks[0], marks[1]
                ))?;
            }
            Step::Add(column) => {
                self.add_column(&column.column, column.kind)?;
                if column.default.is_some() {
                    self.fill(column)?;
                }
            }
            Step::Drop(column) => {
                self.execute(&format!(
                    "ALTER TABLE {table} DROP COLUMN {}",
                    quoted(&column.column)
                ))?;
                let mark = literal(&null_mark(&column.attribute));
                self.execute(&format!(
                    "UPDATE {table} SET wf_nulls = replace(wf_nulls, {mark}, '') WHERE wf_nulls IS NOT NULL"
                ))?;
            }
            Step::Convert(old, new) => self.convert(old, new)?,
            Step::Declare(_) => {}
            Step::Fill(column) => self.fill(column)?,
            Step::Index(column) => self.index(column)?,
            Step::Unindex(column) => self.drop_index(column, false)?,
            Step::Unique(column) => self.unique(column)?,
            Step::Ununique(column) => self.drop_index(column, true)?,
        }
        Ok(())
    }

    fn create(&mut self) -> Result<(), StoreError> {
        let dialect = self.session.dialect();
        let table = &self.planned.draft.table;
        let [id, time, text] =
            [Kind::Uuid, Kind::Instant, Kind::String].map(|kind| type_name(dialect, Some(kind)));
        let mut sql = format!(
            "CREATE TABLE {} (id {id} PRIMARY KEY NOT NULL, \"createdAt\" {time} NOT NULL, \
             \"updatedAt\" {time} NOT NULL, wf_nulls {text}",
            quoted(&table.table)
        );
        for column in &table.columns {
            let collate = collation(dialect, column.kind);
            let ty = type_name(dialect, column.kind);
            sql.push_str(&format!(", {} {ty}{collate}", quoted(&column.column)));
        }
        sql.push(')');
        if dialect == Dialect::Sqlite {
            sql.push_str(" STRICT");
        }
        self.execute(&sql)?;
        let order = quoted(&order_index(table));
        let name = quoted(&table.table);
        self.execute(&format!("CREATE INDEX {order} ON {name} (\"createdAt\", id)"))?;
        for column in &table.columns {
            if column.unique {
                self.unique(column)?;
            }
            if column.index {
                self.index(column)?;
            }
        }
        Ok(())
    }

    fn add_column(&mut self, name: &str, kind: Option<Kind>) -> Result<(), StoreError> {
        let dialect = self.session.dialect();
        let (ty, collate) = (type_name(dialect, kind), collation(dialect, kind));
        let table = self.table();
        self.execute(&format!("ALTER TABLE {table} ADD COLUMN {} {ty}{collate}", quoted(name)))?;
        Ok(())
    }

    /// Gives rows that lack a value the default.
    fn fill(&mut self, column: &Column) -> Result<(), StoreError> {
        let filling = column.filling();
        if filling.is_null() {
            return Ok(());
        }
        let place = placeholder(self.session.dialect(), 1, column.kind);
        let (table, name) = (self.table(), quoted(&column.column));
        let marked = self.marked(column);
        let sql =
            format!("UPDATE {table} SET {name} = {place} WHERE {name} IS NULL AND NOT {marked}");
        self.session.execute(&sql, &[filling]).map_err(SqlError::plain)?;
        Ok(())
    }

    /// An index that also has the order in which equal ones come.
    fn index(&mut self, column: &Column) -> Result<(), StoreError> {
        let table = &self.planned.draft.table;
        let index = quoted(&index_name(table, column, false));
        let (name, key) = (quoted(&table.table), self.key(column));
        self.execute(&format!("CREATE INDEX {index} ON {name} ({key}, \"createdAt\", id)"))?;
        Ok(())
    }

    fn unique(&mut self, column: &Column) -> Result<(), StoreError> {
        let table = &self.planned.draft.table;
        let (name, key) = (quoted(&table.table), self.key(column));
        let entity = &self.planned.entity.name;
        let mut same = Vec::new();
        let mut each = |values: &mut Vec<Cell>| {
            if let Some(Cell::String(text)) = values.first() {
                same.push(format!("`{text}`"));
            }
            Ok(())
        };
        let sql = format!(
            "SELECT CAST({key} AS text) FROM {name} WHERE {key} IS NOT NULL \
             GROUP BY {key} HAVING count(*) > 1 ORDER BY 1 LIMIT 4"
        );
        self.session.query(&sql, &[], &[Some(Kind::String)], &mut each).map_err(SqlError::plain)?;
        if !same.is_empty() {
            let more = if same.len() > 3 { ", …" } else { "" };
            same.truncate(3);
            return Err(StoreError::Broken(format!(
                "`{entity}.{}` can't be unique: several rows have {}{more}; change these rows, or declare it without `unique`",
                column.attribute,
                same.join(", ")
            )));
        }
        let index = quoted(&index_name(table, column, true));
        self.execute(&format!("CREATE UNIQUE INDEX {index} ON {name} ({key})"))?;
        Ok(())
    }

    fn drop_index(&mut self, column: &Column, unique: bool) -> Result<(), StoreError> {
        let index = quoted(&index_name(&self.planned.draft.table, column, unique));
        self.execute(&format!("DROP INDEX IF EXISTS {index}"))?;
        Ok(())
    }

    /// What a column is indexed by: JSON by its text.
    fn key(&self, column: &Column) -> String {
        let name = quoted(&column.column);
        match (self.session.dialect(), column.kind) {
            (Dialect::Postgres, None) => format!("({name}::text)"),
            _ => name,
        }
    }

    /// Converts the values of a column, through a new one that takes its name.
    fn convert(&mut self, old: &Column, new: &Column) -> Result<(), StoreError> {
        const FRESH: &str = "wf_new";
        let dialect = self.session.dialect();
        self.add_column(FRESH, new.kind)?;
        let (table, name) = (self.table(), quoted(&old.column));
        let shown = super::selected(old, dialect);
        let place = placeholder(dialect, 1, Some(Kind::Uuid));
        let read = format!(
            "SELECT id, {shown} FROM {table} WHERE {name} IS NOT NULL AND id > {place} ORDER BY id LIMIT {BATCH}"
        );
        let places =
            [(1, new.kind), (2, Some(Kind::Uuid))].map(|(n, k)| placeholder(dialect, n, k));
        let write = format!("UPDATE {table} SET {FRESH} = {} WHERE id = {}", places[0], places[1]);
        let mut last = Uuid::nil();
        let mut first = true;
        loop {
            let mut rows = Vec::new();
            let mut each = |values: &mut Vec<Cell>| {
                if let [Cell::Uuid(id), cell] = values.as_slice() {
                    rows.push((*id, cell.clone()));
                }
                Ok(())
            };
            let from = if first { read.replace("id > ", "id >= ") } else { read.clone() };
            first = false;
            let kinds = [Some(Kind::Uuid), old.kind];
            self.session
                .query(&from, &[Cell::Uuid(last)], &kinds, &mut each)
                .map_err(SqlError::plain)?;
            let Some((id, _)) = rows.last() else { break };
            last = *id;
            for (id, cell) in rows {
                let mut json = String::new();
                cell.write(&mut json);
                let cell = Cell::read(&json, new.kind).map_err(|_| self.lossy(old, new, &json))?;
                let values = [cell, Cell::Uuid(id)];
                self.session.execute(&write, &values).map_err(SqlError::plain)?;
            }
        }
        self.execute(&format!("ALTER TABLE {table} DROP COLUMN {name}"))?;
        self.execute(&format!("ALTER TABLE {table} RENAME COLUMN {FRESH} TO {name}"))?;
        Ok(())
    }

    fn lossy(&self, old: &Column, new: &Column, json: &str) -> StoreError {
        let kind = new.kind.map_or("json", kind_name);
        let entity = &self.planned.entity.name;
        StoreError::Broken(format!("`{entity}.{}` holds {json}, which is no {kind}", old.attribute))
    }

    /// Moves rows from a table of the first format, which has them as JSON.
    fn move_rows(&mut self, old: &str) -> Result<(), StoreError> {
        let away = quoted(&format!("wf_old_{old}"));
        self.execute(&format!("ALTER TABLE {} RENAME TO {away}", quoted(old)))?;
        self.create()?;
        let view = Arc::new(View::new(&self.planned.entity, self.planned.draft.table.clone()));
        let sql = format!(
            "SELECT id, created_at, updated_at, payload, rowid FROM {away} WHERE rowid > ?1 ORDER BY rowid LIMIT {BATCH}"
        );
        let kinds = [
            Some(Kind::Uuid),
            Some(Kind::Instant),
            Some(Kind::Instant),
            Some(Kind::String),
            Some(Kind::Int),
        ];
        let mut last = i64::MIN;
        loop {
            let mut rows = Vec::new();
            let mut each = |values: &mut Vec<Cell>| {
                if let [
                    Cell::Uuid(id),
                    Cell::Instant(created_at),
                    Cell::Instant(updated_at),
                    Cell::String(payload),
                    Cell::Int(place),
                ] = values.as_slice()
                {
                    let (id, created_at, updated_at) = (*id, *created_at, *updated_at);
                    let row = Row { id, created_at, updated_at, payload: payload.clone() };
                    rows.push((*place, row));
                }
                Ok(())
            };
            self.session
                .query(&sql, &[Cell::Int(last)], &kinds, &mut each)
                .map_err(SqlError::plain)?;
            let Some((place, _)) = rows.last() else { break };
            last = *place;
            for (_, row) in &rows {
                insert(self.session, &view, &[row]).map_err(|error| {
                    StoreError::Broken(format!("the stored row {} can't be moved: {error}", row.id))
                })?;
            }
        }
        self.execute(&format!("DROP TABLE {away}"))?;
        Ok(())
    }
}

/// The name of the index over the order of a table.
fn order_index(table: &Table) -> String {
    format!("order.{}", table.table)
}

fn collation(dialect: Dialect, kind: Option<Kind>) -> &'static str {
    match (dialect, kind) {
        (Dialect::Postgres, Some(Kind::String)) => " COLLATE \"C\"",
        _ => "",
    }
}

/// A text of our own as SQL; names of attributes, never values.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''").replace('\0', ""))
}

/// What would be lost, and the way out.
fn refusal(entity: &str, check: &Check, rows: u64) -> String {
    let (rows, have, would) = match rows {
        1 => ("1 row".to_owned(), "has", "would have"),
        rows => (format!("{rows} rows"), "have", "would have"),
    };
    match check {
        Check::NoRows(column) => {
            let name = &column.attribute;
            format!(
                "{rows} {would} no `{entity}.{name}`: give it a default or make it optional, or say what it was called before (`wf entities migrate PROGRAM --rename {entity}.OLD={name}`)"
            )
        }
        Check::NoNulls(column) => {
            let name = &column.attribute;
            format!("{rows} {have} no `{entity}.{name}`: leave it optional, or fill these rows")
        }
        Check::NoValues { column, declared: None } => {
            let name = &column.attribute;
            format!(
                "{rows} {have} `{entity}.{name}`, which is not declared any more: keep it as optional, or give it up (`wf entities migrate PROGRAM --drop {entity}.{name}`), or say what it is called now (`--rename {entity}.{name}=NEW`)"
            )
        }
        Check::NoValues { column, declared: Some(kind) } => {
            let name = &column.attribute;
            let old = column.kind.map_or("its old type", kind_name);
            format!(
                "{rows} {have} `{entity}.{name}` as {old}, and it is declared as {kind} now: keep the type, or give the values up (`wf entities migrate PROGRAM --drop {entity}.{name}`)"
            )
        }
        Check::Among(column, texts) => {
            let name = &column.attribute;
            let all = texts.join(" | ");
            format!(
                "{rows} {have} a `{entity}.{name}` that is none of {all}: allow it, or change these rows"
            )
        }
        Check::Floats(column) => {
            let name = &column.attribute;
            format!("{rows} {have} a `{entity}.{name}` that no float holds exactly: use `decimal`")
        }
    }
}
