//! Bringing the tables of a database to what a program declares.

use std::sync::Arc;

use wf_vm::bytecode::EntityInfo;
use wf_vm::bytecode::pushdown::Kind;

use super::migrate::Migration;
use super::{Dialect, Session, SqlError, quoted};
use crate::entity::cell::Cell;
use crate::entity::plan::{Draft, Rules, Target, plan};
use crate::entity::store::StoreError;
use crate::entity::view::{Table, View};

/// What is to be done for an entity.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The entity.
    pub entity: EntityInfo,
    /// As it is stored; `None` where it is not.
    pub current: Option<Table>,
    /// The table of the first format of SQLite files, where the entity is still in it.
    pub first_format: Option<String>,
    /// What is to be done.
    pub draft: Draft,
}

impl Planned {
    /// Whether there is nothing to do.
    pub fn is_done(&self) -> bool {
        self.first_format.is_none()
            && self.draft.steps.is_empty()
            && self.draft.checks.is_empty()
            && self.current.as_ref() == Some(&self.draft.table)
    }

    /// What is to be done, in words.
    pub fn describe(&self) -> Vec<String> {
        let entity = &self.entity.name;
        if let Some(table) = &self.first_format {
            return vec![format!("move `{entity}` from the table `{table}` to one with columns")];
        }
        self.draft.steps.iter().map(|step| step.describe(entity)).collect()
    }
}

/// An entity that is ready to be asked about.
pub type Prepared = Arc<View>;

/// The tables that a database keeps entities in, by the names of the entities.
///
/// # Errors
/// Where it can't be read, or what it says of itself is broken.
pub fn read_tables(session: &mut dyn Session) -> Result<Vec<Table>, StoreError> {
    if !table_names(session)?.iter().any(|name| name == "wf_entities") {
        return Ok(Vec::new());
    }
    let mut tables = Vec::new();
    let mut each = |values: &mut Vec<Cell>| {
        let table = match values.first() {
            Some(Cell::String(json)) => serde_json::from_str(json).ok(),
            _ => None,
        };
        tables.push(table.ok_or_else(|| {
            StoreError::Broken("what the store says of its entities can't be read".to_owned())
        })?);
        Ok(())
    };
    let sql = "SELECT declaration FROM wf_entities ORDER BY entity";
    session.query(sql, &[], &[Some(Kind::String)], &mut each).map_err(SqlError::plain)?;
    Ok(tables)
}

fn table_names(session: &mut dyn Session) -> Result<Vec<String>, StoreError> {
    let sql = match session.dialect() {
        Dialect::Sqlite => "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')",
        Dialect::Postgres => {
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()"
        }
    };
    let mut names = Vec::new();
    let mut each = |values: &mut Vec<Cell>| {
        if let Some(Cell::String(name)) = values.first() {
            names.push(name.clone());
        }
        Ok(())
    };
    session.query(sql, &[], &[Some(Kind::String)], &mut each).map_err(SqlError::plain)?;
    Ok(names)
}

/// What is to be done so that a database holds these entities.
///
/// # Errors
/// Where it can't be read.
pub fn plan_all(
    session: &mut dyn Session,
    entities: &[EntityInfo],
    rules: &Rules,
) -> Result<Vec<Planned>, StoreError> {
    let tables = read_tables(session)?;
    let mut target = Target { tables: table_names(session)? };
    let mut planned = Vec::with_capacity(entities.len());
    for entity in entities {
        let current = tables.iter().find(|table| table.entity == entity.name).cloned();
        let first_format = match (&current, session.dialect()) {
            (None, Dialect::Sqlite) => first_format(session, entity)?,
            _ => None,
        };
        if let Some(table) = &first_format {
            target.tables.retain(|name| name != table);
        }
        let draft = plan(current.as_ref(), entity, rules, &target);
        if current.is_none() {
            target.tables.push(draft.table.table.clone());
        }
        planned.push(Planned { entity: entity.clone(), current, first_format, draft });
    }
    Ok(planned)
}

/// The table of the first format, which kept all attributes in one column.
fn first_format(
    session: &mut dyn Session,
    entity: &EntityInfo,
) -> Result<Option<String>, StoreError> {
    let table = format!("entity_{}", entity.name);
    let sql = "SELECT count(*) FROM pragma_table_info(?1) WHERE name = 'payload' AND EXISTS
               (SELECT 1 FROM pragma_table_info(?1) WHERE name = 'created_at')";
    let mut found = false;
    let mut each = |values: &mut Vec<Cell>| {
        found = matches!(values.first(), Some(Cell::Int(1)));
        Ok(())
    };
    let name = Cell::String(table.clone());
    session.query(sql, &[name], &[Some(Kind::Int)], &mut each).map_err(SqlError::plain)?;
    Ok(found.then_some(table))
}

/// Does what is planned, in the transaction of the session, and gives the entities ready for use.
///
/// # Errors
/// [`StoreError::Broken`] where something would be lost by it.
pub fn prepare(
    session: &mut dyn Session,
    planned: &[Planned],
) -> Result<Vec<Prepared>, StoreError> {
    if planned.iter().all(Planned::is_done) {
        return Ok(ready(planned));
    }
    let mut refused = Vec::new();
    for planned in planned {
        Migration { session, planned }.check(&mut refused)?;
    }
    if !refused.is_empty() {
        return Err(StoreError::Broken(format!(
            "the store does not fit the program, and can't be changed without loss: {}",
            refused.join("; ")
        )));
    }
    let text = match session.dialect() {
        Dialect::Sqlite => "TEXT",
        Dialect::Postgres => "text",
    };
    let sql = format!(
        "CREATE TABLE IF NOT EXISTS wf_entities (entity {text} PRIMARY KEY NOT NULL, declaration {text} NOT NULL)"
    );
    session.execute(&sql, &[]).map_err(SqlError::plain)?;
    for planned in planned.iter().filter(|planned| !planned.is_done()) {
        Migration { session, planned }.run()?;
    }
    Ok(ready(planned))
}

fn ready(planned: &[Planned]) -> Vec<Prepared> {
    let view = |planned: &Planned| View::new(&planned.entity, planned.draft.table.clone());
    planned.iter().map(|planned| Arc::new(view(planned))).collect()
}

/// How many rows a table has.
///
/// # Errors
/// Where it can't be read.
pub fn size(session: &mut dyn Session, table: &Table) -> Result<u64, StoreError> {
    let text = format!("SELECT count(*) FROM {}", quoted(&table.table));
    super::count(session, &super::Statement { text, values: Vec::new() })
}
