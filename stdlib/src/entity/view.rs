//! An entity of a program over the table of a store: which attribute is in which column.

use std::borrow::Cow;
use std::sync::OnceLock;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use smol_str::SmolStr;
use wf_vm::bytecode::pushdown::Kind;
use wf_vm::bytecode::{EntityInfo, StoredType};

use super::cell::{Cell, push_string};
use super::store::StoreError;

/// What a store knows of an entity that it holds: kept in the store itself, as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// The entity.
    pub entity: SmolStr,
    /// The name of its table.
    pub table: String,
    /// Its columns: those of attributes that the program does not declare, too.
    pub columns: Vec<Column>,
    /// The types of the attributes and of what is in them.
    pub types: Vec<StoredType>,
}

/// A column of an attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// The attribute.
    pub attribute: SmolStr,
    /// The name of the column: that of the attribute, but where a store can't tell it from another.
    pub column: String,
    /// Its type, a place among the types of the table.
    pub ty: u16,
    /// What it is compared as; JSON where it is `None`.
    pub kind: Option<Kind>,
    /// Whether it may be null or missing.
    pub optional: bool,
    /// Whether no two rows may have the same value.
    pub unique: bool,
    /// Whether rows are looked for by it.
    pub index: bool,
    /// What rows that lack it have, as JSON text.
    pub default: Option<SmolStr>,
}

impl Column {
    /// The default.
    pub fn filling(&self) -> Cell {
        let cell = self.default.as_ref().and_then(|json| Cell::read(json, self.kind).ok());
        cell.unwrap_or(Cell::Missing)
    }
}

/// An entity as one program declares it, over the table of a store.
#[derive(Debug)]
pub struct View {
    /// As the program declares it.
    pub entity: EntityInfo,
    /// The table.
    pub table: Table,
    /// The columns of the attributes that the program declares, in its order: places in the table.
    pub shown: Vec<usize>,
    /// The names of these attributes as they begin a member of a JSON object: `"name":`.
    keys: Vec<String>,
    /// The beginning of a statement for whole rows, which is always the same in a store.
    pub(super) selection: OnceLock<String>,
}

impl View {
    /// The entity over a table that has all its attributes.
    pub fn new(entity: &EntityInfo, table: Table) -> Self {
        let place = |name: &SmolStr| table.columns.iter().position(|c| c.attribute == *name);
        let shown: Vec<usize> = entity.attributes.iter().filter_map(|a| place(&a.name)).collect();
        let columns = shown.iter().filter_map(|place| table.columns.get(*place));
        let keys = columns.map(|column| {
            let mut key = String::new();
            push_string(&mut key, &column.attribute);
            key + ":"
        });
        let keys = keys.collect();
        Self { entity: entity.clone(), table, shown, keys, selection: OnceLock::new() }
    }

    /// The columns that the program knows, in its order.
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        self.shown.iter().filter_map(|place| self.table.columns.get(*place))
    }

    /// The place of an attribute among the columns that the program knows.
    pub fn find(&self, attribute: &str) -> Option<(usize, &Column)> {
        self.columns().enumerate().find(|(_, column)| column.attribute == attribute)
    }

    /// The cells of a row, one for each of [`View::columns`], with defaults for what is missing.
    ///
    /// # Errors
    /// Where the row does not fit the declaration.
    pub fn cells(&self, payload: &str) -> Result<Vec<Cell>, StoreError> {
        let name = &self.entity.name;
        let broken = |message: String| StoreError::Broken(format!("a `{name}` {message}"));
        let texts: IndexMap<Cow<'_, str>, &RawValue> = serde_json::from_str(payload)
            .map_err(|error| broken(format!("is no JSON object: {error}")))?;
        let mut found = 0;
        let cells = self.columns().map(|column| {
            let attribute = &column.attribute;
            let cell = match texts.get(attribute.as_str()) {
                Some(text) => {
                    found += 1;
                    Cell::read(text.get(), column.kind).map_err(|e| {
                        broken(format!("has `{attribute}`: {text}, which is no {e}"))
                    })?
                }
                None => column.filling(),
            };
            let is_there = match cell {
                Cell::Missing => false,
                // The type `json` has a null of its own.
                Cell::Null => column.kind.is_none(),
                _ => true,
            };
            match is_there || column.optional {
                true => Ok(cell),
                false => Err(broken(format!("has no `{attribute}`"))),
            }
        });
        let cells = cells.collect::<Result<Vec<Cell>, _>>()?;
        if found < texts.len() {
            let unknown = texts.keys().find(|key| self.find(key).is_none());
            let unknown = unknown.map_or("", |key| key.as_ref());
            return Err(broken(format!("has no attribute `{unknown}`")));
        }
        Ok(cells)
    }

    /// The JSON text of a row.
    pub fn payload(&self, cells: &[Cell]) -> String {
        let mut out = String::with_capacity(16 + 24 * cells.len());
        out.push('{');
        for (place, cell) in cells.iter().enumerate() {
            if !matches!(cell, Cell::Missing) {
                self.push_key(place, &mut out);
                cell.write(&mut out);
            }
        }
        out.push('}');
        out
    }

    /// Begins a member of the object of a row, whose brace is open.
    pub(super) fn push_key(&self, place: usize, out: &mut String) {
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(self.keys.get(place).map_or("", String::as_str));
    }
}
