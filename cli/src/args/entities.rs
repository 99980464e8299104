//! Where entities are kept, and `wf entities`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand};

use super::ListFormat;

/// Where entities are kept.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreAt {
    /// In a file of SQLite.
    File(PathBuf),
    /// In a database of PostgreSQL, with this URL.
    Postgres(String),
}

impl FromStr for StoreAt {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        let path = text.strip_prefix("sqlite:").unwrap_or(text);
        match path.contains("://") || path.is_empty() {
            true => Err("a store is a file of SQLite or `postgres://…`".to_owned()),
            false => Ok(Self::File(path.into())),
        }
    }
}

impl fmt::Debug for StoreAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            // A password may be in the URL.
            Self::Postgres(_) => f.write_str("Postgres"),
        }
    }
}

/// `wf entities …`
#[derive(Debug, Args)]
pub struct EntitiesArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: EntitiesCommand,
}

/// The commands over stores.
#[derive(Debug, Subcommand)]
pub enum EntitiesCommand {
    /// List the entities of a store, with their attributes and numbers of rows
    List {
        /// The store
        #[arg(long, value_name = "FILE|postgres://…")]
        entities: StoreAt,
        /// How they are written
        #[arg(long, value_enum, default_value_t)]
        format: ListFormat,
    },
    /// Show what would be done so that a store holds what a program declares
    Plan(MigrateArgs),
    /// Bring a store to what a program declares; all of it or nothing
    Migrate(MigrateArgs),
}

/// `wf entities plan FILE`, `wf entities migrate FILE`
#[derive(Debug, Args)]
pub struct MigrateArgs {
    /// The program: a source file, or a program file
    #[arg(value_name = "PROGRAM")]
    pub file: String,
    /// The store
    #[arg(long, value_name = "FILE|postgres://…")]
    pub entities: StoreAt,
    /// An attribute whose values are given up; may be given several times
    #[arg(long, value_name = "ENTITY.ATTRIBUTE")]
    pub drop: Vec<Dropped>,
    /// An attribute that has another name now; may be given several times
    #[arg(long, value_name = "ENTITY.OLD=NEW")]
    pub rename: Vec<Renamed>,
}

/// An attribute that is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped(pub String, pub String);

impl FromStr for Dropped {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('.') {
            Some((entity, name)) if !entity.is_empty() && !name.is_empty() => {
                Ok(Self(entity.to_owned(), name.to_owned()))
            }
            _ => Err("write it as `Lead.age`".to_owned()),
        }
    }
}

/// An attribute with its new name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed(pub String, pub String, pub String);

impl FromStr for Renamed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "write it as `Lead.old=new`".to_owned();
        let (old, new) = text.split_once('=').ok_or_else(wrong)?;
        let Dropped(entity, old) = old.parse().map_err(|_| wrong())?;
        if new.is_empty() { Err(wrong()) } else { Ok(Self(entity, old, new.to_owned())) }
    }
}
