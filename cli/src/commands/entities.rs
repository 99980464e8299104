//! `wf entities`: what a store holds, and bringing it to a program.

use std::io::{self, Write};
use std::sync::Arc;

use serde_json::{Value, json};
use wf_diagnostics::render::RenderOptions;
use wf_engine::stores::{Column, Migrating, Planned, Rules, kind_name};
use wf_engine::{EngineError, Entities, SqliteStore};

use super::plain_engine;
use crate::args::{EntitiesArgs, EntitiesCommand, Format, ListFormat, MigrateArgs, StoreAt};
use crate::commands::program::{Told, load};
use crate::exit::Exit;

/// Does what is asked of a store. What it holds and what is done goes to `out`, all else to `err`.
pub fn entities(
    args: &EntitiesArgs,
    out: &mut impl Write,
    err: &mut impl Write,
    options: &RenderOptions,
) -> io::Result<Exit> {
    match &args.command {
        EntitiesCommand::List { entities, format } => match store(entities) {
            Ok(store) => list(&*store, *format, out, err),
            Err(message) => failed(&message, err),
        },
        EntitiesCommand::Plan(args) => change(args, true, out, err, options),
        EntitiesCommand::Migrate(args) => change(args, false, out, err, options),
    }
}

fn failed(message: &str, err: &mut impl Write) -> io::Result<Exit> {
    writeln!(err, "error: {message}")?;
    Ok(Exit::Failed)
}

/// The store that a run uses.
///
/// # Errors
/// Where it can't be used.
pub fn open(at: &StoreAt) -> Result<Entities, EngineError> {
    match at {
        StoreAt::File(path) => Ok(Entities::File(path.clone())),
        StoreAt::Postgres(url) => {
            let store = postgres(url).map_err(EngineError::Entities)?;
            Ok(Entities::Store(store))
        }
    }
}

#[cfg(feature = "postgres")]
fn postgres(url: &str) -> Result<Arc<wf_postgres::PostgresStore>, String> {
    wf_postgres::PostgresStore::open(url).map(Arc::new).map_err(|error| error.to_string())
}

#[cfg(not(feature = "postgres"))]
fn postgres(_url: &str) -> Result<Arc<SqliteStore>, String> {
    Err("this `wf` was built without PostgreSQL".to_owned())
}

fn store(at: &StoreAt) -> Result<Arc<dyn Migrating>, String> {
    match at {
        StoreAt::File(path) => {
            let store = SqliteStore::open(path).map_err(|error| error.to_string())?;
            Ok(Arc::new(store))
        }
        StoreAt::Postgres(url) => Ok(postgres(url)?),
    }
}

fn list(
    store: &dyn Migrating,
    format: ListFormat,
    out: &mut impl Write,
    err: &mut impl Write,
) -> io::Result<Exit> {
    let tables = match store.tables() {
        Ok(tables) => tables,
        Err(error) => return failed(&error.to_string(), err),
    };
    if format == ListFormat::Json {
        let tables = tables.iter().map(|(table, rows)| {
            let columns: Vec<Value> = table.columns.iter().map(shown).collect();
            json!({"entity": table.entity.as_str(), "table": table.table, "rows": rows, "attributes": columns})
        });
        writeln!(out, "{}", Value::from(tables.collect::<Vec<Value>>()))?;
        return Ok(Exit::Good);
    }
    for (table, rows) in &tables {
        let s = if *rows == 1 { "" } else { "s" };
        writeln!(out, "{} (table {}, {rows} row{s})", table.entity, table.table)?;
        for column in &table.columns {
            let kind = column.kind.map_or("json", kind_name);
            let optional = if column.optional { "?" } else { "" };
            let unique = if column.unique { " unique" } else { "" };
            let index = if column.index { " index" } else { "" };
            writeln!(out, "  {}: {kind}{optional}{unique}{index}", column.attribute)?;
        }
    }
    Ok(Exit::Good)
}

fn shown(column: &Column) -> Value {
    json!({
        "name": column.attribute.as_str(),
        "column": column.column,
        "type": column.kind.map_or("json", kind_name),
        "optional": column.optional,
        "unique": column.unique,
        "index": column.index,
    })
}

fn change(
    args: &MigrateArgs,
    plan_only: bool,
    out: &mut impl Write,
    err: &mut impl Write,
    options: &RenderOptions,
) -> io::Result<Exit> {
    let engine = match plain_engine(err)? {
        Ok(engine) => engine,
        Err(exit) => return Ok(exit),
    };
    let mut told = Told { out, err, format: Format::Human, options };
    let program = match load(&engine, &args.file, &mut told)? {
        Ok((program, _)) => program,
        Err(exit) => return Ok(exit),
    };
    let rules = Rules {
        drop: args.drop.iter().map(|d| (d.0.clone(), d.1.clone())).collect(),
        rename: args.rename.iter().map(|r| (r.0.clone(), r.1.clone(), r.2.clone())).collect(),
    };
    let declared = |name: &str| program.entities.iter().any(|entity| entity.name == name);
    let named = rules.drop.iter().map(|(e, _)| e).chain(rules.rename.iter().map(|(e, ..)| e));
    for entity in named {
        if !declared(entity) {
            writeln!(err, "error: the program declares no entity `{entity}`")?;
            return Ok(Exit::Usage);
        }
    }
    let planned = store(&args.entities).and_then(|store| {
        let planned = match plan_only {
            true => store.plan(&program.entities, &rules),
            false => store.migrate(&program.entities, &rules),
        };
        planned.map_err(|error| error.to_string())
    });
    match planned {
        Ok(planned) => {
            let steps: Vec<String> = planned.iter().flat_map(Planned::describe).collect();
            for step in &steps {
                writeln!(out, "{step}")?;
            }
            if steps.is_empty() {
                writeln!(out, "there is nothing to do")?;
            }
            Ok(Exit::Good)
        }
        Err(message) => failed(&message, err),
    }
}
