//! What SQLite can't do exactly as the language does: decimals, arithmetic, fields of JSON.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error};
use wf_vm::bytecode::Decimal;
use wf_vm::bytecode::pushdown::{Arithmetic, Kind};

use super::session::read;
use crate::entity::cell::Cell;

/// What the error of a function says where the language would fail.
pub(super) const UNDECIDED: &str = "wf can't tell";

fn undecided() -> Error {
    Error::UserFunctionError(UNDECIDED.into())
}

/// Adds the functions and the order of decimals to a connection.
pub(super) fn add(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_collation("wf_decimal", |a, b| {
        match (Decimal::parse(a), Decimal::parse(b)) {
            (Ok(a), Ok(b)) => a.compare(b),
            // What is no decimal comes behind, in some fixed order.
            (Ok(_), Err(_)) => std::cmp::Ordering::Less,
            (Err(_), Ok(_)) => std::cmp::Ordering::Greater,
            (Err(_), Err(_)) => a.cmp(b),
        }
    })?;
    connection.create_scalar_function("wf_ends", 2, flags, |context| {
        let (text, part) = (context.get_raw(0), context.get_raw(1));
        Ok(match (text, part) {
            (ValueRef::Text(text), ValueRef::Text(part)) => Some(text.ends_with(part)),
            _ => None,
        })
    })?;
    connection.create_scalar_function("wf_field", -1, flags, |context| {
        let ValueRef::Text(json) = context.get_raw(0) else { return Ok(Cell::Null) };
        let json = std::str::from_utf8(json).map_err(|_| undecided())?;
        let kind = code(context, 1)?.first().and_then(|c| kind(*c)).ok_or_else(undecided)?;
        let mut names = Vec::with_capacity(context.len());
        for place in 2..context.len() {
            names.push(context.get_raw(place).as_str().map_err(|_| undecided())?);
        }
        Cell::inside(json, &names, kind).map_err(|_| undecided())
    })?;
    connection.create_scalar_function("wf_math", 3, flags, |context| {
        let [sign, a, b] = *code(context, 0)? else { return Err(undecided()) };
        let (Some(a), Some(b)) = (kind(a), kind(b)) else { return Err(undecided()) };
        let op = match sign {
            b'+' => Arithmetic::Add,
            b'-' => Arithmetic::Sub,
            _ => Arithmetic::Mul,
        };
        let a = read(context.get_raw(1), Some(a)).ok_or_else(undecided)?;
        let b = read(context.get_raw(2), Some(b)).ok_or_else(undecided)?;
        Cell::calculate(op, &a, &b).ok_or_else(undecided)
    })
}

fn code<'a>(context: &'a Context<'_>, place: usize) -> rusqlite::Result<&'a [u8]> {
    match context.get_raw(place) {
        ValueRef::Text(text) => Ok(text),
        _ => Err(undecided()),
    }
}

/// The kind of a letter that [`code`](crate::entity::sql::code) gives.
fn kind(code: u8) -> Option<Kind> {
    use Kind::{Bool, Decimal, Duration, Float, Instant, Int, String, Uuid};
    let all = [Bool, Int, Float, Decimal, String, Instant, Duration, Uuid];
    all.into_iter().find(|kind| crate::entity::sql::code(*kind) as u32 == u32::from(code))
}
