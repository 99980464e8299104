//! Filling a store with rows from JSON.

use indexmap::IndexMap;
use serde_json::value::RawValue;
use uuid::Uuid;
use wf_vm::bytecode::{EntityInfo, Program, TypeDesc};

use super::rows::{Attributes, fill, json_of_row};
use super::store::{Change, EntityStore, Row, StoreError, entity_type_id};

/// Why rows were not loaded. None of them is then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The program does not declare the entity.
    #[error("there is no entity `{name}`; declared are: {declared}")]
    UnknownEntity {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        declared: String,
    },
    /// A row does not fit the declaration.
    #[error("row {row} of `{entity}`: {message}")]
    Row {
        /// The entity.
        entity: String,
        /// Which row, from 1.
        row: usize,
        /// What is wrong.
        message: String,
    },
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The fields of a row by their names, each with its JSON text, so that numbers keep their digits.
type Fields = IndexMap<String, Box<RawValue>>;

/// Puts rows into a store: JSON objects with the attributes of an entity, checked against its
/// declaration. They may have `id`, `createdAt` and `updatedAt` as well; where these are missing, the
/// id follows from the place of the row, and the times are `now` (microseconds since 1970), each row
/// a microsecond after the one before it, so that they keep their order. Gives the number of rows.
///
/// # Errors
/// Where the entity is not declared, a row does not fit, or the store can't take the rows; then none
/// is stored.
pub fn load(
    store: &dyn EntityStore,
    program: &Program,
    entity: &str,
    rows: &[Box<RawValue>],
    now: i64,
) -> Result<usize, LoadError> {
    load_all(store, program, &[(entity, rows)], now)
}

/// The same for rows of several entities: all of them are stored, or none.
///
/// # Errors
/// As [`load`].
pub fn load_all(
    store: &dyn EntityStore,
    program: &Program,
    entities: &[(&str, &[Box<RawValue>])],
    now: i64,
) -> Result<usize, LoadError> {
    let demanding = with_full_demand(program);
    let mut changes = Vec::new();
    for (entity, rows) in entities {
        read_rows(program, &demanding, entity, rows, now, &mut changes)?;
    }
    store.apply(&changes)?;
    Ok(changes.len())
}

fn read_rows<'a>(
    program: &'a Program,
    demanding: &Program,
    entity: &str,
    rows: &[Box<RawValue>],
    now: i64,
    changes: &mut Vec<Change<'a>>,
) -> Result<(), LoadError> {
    let Some(info) = program.entities.iter().find(|e| e.name == entity) else {
        let names: Vec<&str> = program.entities.iter().map(|e| e.name.as_str()).collect();
        let declared = names.join(", ");
        return Err(LoadError::UnknownEntity { name: entity.to_owned(), declared });
    };
    for (index, row) in rows.iter().enumerate() {
        let row = read_row(demanding, info, index, row, now).map_err(|message| LoadError::Row {
            entity: entity.to_owned(),
            row: index + 1,
            message,
        })?;
        changes.push(Change::Insert { entity: info, row });
    }
    Ok(())
}

/// The program with every field checked, those too that it never reads.
fn with_full_demand(program: &Program) -> Program {
    let mut types = program.types.clone();
    for ty in &mut types {
        if let TypeDesc::Record { fields, .. } = ty {
            fields.iter_mut().for_each(|field| field.demanded = true);
        }
    }
    Program { types, shapes: program.shapes.clone(), ..Program::default() }
}

fn read_row(
    program: &Program,
    entity: &EntityInfo,
    index: usize,
    row: &RawValue,
    now: i64,
) -> Result<Row, String> {
    let fields: Fields =
        serde_json::from_str(row.get()).map_err(|_| "it is no object".to_owned())?;
    let fields = &fields;
    check_names(program, entity, fields)?;
    let type_id = entity_type_id(&entity.name);
    if let Some(given) = fields.get("typeId")
        && text_of(given, "typeId")?.parse() != Ok(type_id)
    {
        return Err(format!("its `typeId` is {given}, and that of `{}` is {type_id}", entity.name));
    }
    let id = match fields.get("id") {
        Some(id) => {
            text_of(id, "id")?.parse().map_err(|_| format!("its `id` is {id}, which is no uuid"))?
        }
        None => Uuid::new_v5(&type_id, format!("row {}", index + 1).as_bytes()),
    };
    let place = i64::try_from(index).unwrap_or(0);
    let created_at = instant(fields, "createdAt")?.unwrap_or(now.saturating_add(place));
    let updated_at = instant(fields, "updatedAt")?.unwrap_or(created_at);
    const OWN: [&str; 4] = ["id", "typeId", "createdAt", "updatedAt"];
    let own = fields.iter().filter(|(name, _)| !OWN.contains(&name.as_str()));
    let mut attributes: Attributes =
        own.map(|(name, value)| (name.clone(), value.clone())).collect();
    fill(entity, &mut attributes);
    let payload = serde_json::to_string(&attributes).map_err(|e| e.to_string())?;
    let row = Row { id, created_at, updated_at, payload };
    match crate::json::decode(&json_of_row(entity, &row), entity.ty, program) {
        Ok(_) => Ok(row),
        Err(error) => Err(error.to_failure().message),
    }
}

fn check_names(program: &Program, entity: &EntityInfo, fields: &Fields) -> Result<(), String> {
    let shape = match program.types.get(usize::from(entity.ty.0)) {
        Some(TypeDesc::Record { shape, .. }) => program.shapes.get(usize::from(shape.0)),
        _ => None,
    };
    let names = shape.map(|s| s.fields.as_slice()).unwrap_or_default();
    match fields.keys().find(|key| !names.iter().any(|n| n == key.as_str())) {
        Some(unknown) => {
            let known: Vec<&str> = names.iter().map(|n| n.as_str()).collect();
            let known = known.join(", ");
            Err(format!("`{}` has no attribute `{unknown}`; it has {known}", entity.name))
        }
        None => Ok(()),
    }
}

fn text_of(value: &RawValue, name: &str) -> Result<String, String> {
    serde_json::from_str(value.get())
        .map_err(|_| format!("its `{name}` is {value}, which is no string"))
}

fn instant(fields: &Fields, name: &str) -> Result<Option<i64>, String> {
    let Some(value) = fields.get(name) else { return Ok(None) };
    let at = text_of(value, name)?.parse::<jiff::Timestamp>();
    let at = at.map_err(|_| format!("its `{name}` is {value}, which is no instant"))?;
    Ok(Some(at.as_microsecond()))
}
