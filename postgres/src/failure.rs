//! What errors of the server mean for a store.

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};
use wf_stdlib::StoreError;
use wf_stdlib::stores::SqlError;

/// What was being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// Rows are read: what can't be calculated is left to the machine.
    Reading,
    /// Something is written.
    Writing,
}

/// What an error means. The messages of the server name no values but those of keys, and never
/// the password.
pub(crate) fn meaning(name: &str, doing: Doing, error: &Error) -> SqlError {
    let Some(db) = error.as_db_error() else {
        return SqlError::Other(unreachable(name, &cause(error)));
    };
    let code = db.code();
    if *code == SqlState::UNIQUE_VIOLATION {
        return SqlError::Taken(db.constraint().unwrap_or_default().to_owned());
    }
    SqlError::Other(of_server(name, doing, db))
}

fn of_server(name: &str, doing: Doing, db: &DbError) -> StoreError {
    let (code, message) = (db.code().code(), db.message());
    match code {
        // Out of range, no number: a row for which the language may say something else.
        _ if doing == Doing::Reading && code.starts_with("22") => {
            StoreError::Undecided(message.to_owned())
        }
        "40001" | "40P01" => StoreError::Conflict(format!("others changed the same: {message}")),
        // Cancelled or timed out, shut down, not ready, too many connections, connection lost, a
        // table that was changed meanwhile.
        "57014" | "57P01" | "57P02" | "57P03" | "53300" | "0A000" | "55P03" => {
            unreachable(name, message)
        }
        _ if code.starts_with("08") => unreachable(name, message),
        _ => StoreError::Broken(format!("{name} can't be read or written: {message}")),
    }
}

pub(crate) fn unreachable(name: &str, message: &str) -> StoreError {
    StoreError::Unreachable(format!("{name} gives no answer: {message}"))
}

/// The innermost cause, which says most.
fn cause(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = inner.to_string();
        source = inner.source();
    }
    text
}
