//! Values on their way to the server and back, in the binary forms of its types.

use std::error::Error;

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;
use wf_stdlib::stores::Cell;
use wf_vm::bytecode::Decimal;
use wf_vm::bytecode::pushdown::Kind;

/// 2000-01-01T00:00:00Z, from which the server counts, in microseconds since 1970.
const EPOCH: i64 = 946_684_800_000_000;

/// A value that is sent.
#[derive(Debug)]
pub(crate) struct Sent(pub(crate) Cell);

impl ToSql for Sent {
    fn to_sql(
        &self,
        _ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match &self.0 {
            Cell::Missing | Cell::Null => return Ok(IsNull::Yes),
            Cell::Bool(value) => out.put_u8(u8::from(*value)),
            Cell::Int(number) | Cell::Duration(number) => out.put_i64(*number),
            Cell::Float(number) => out.put_f64(*number),
            Cell::Instant(micros) => out.put_i64(micros.saturating_sub(EPOCH)),
            Cell::Uuid(id) => out.put_slice(id.as_bytes()),
            // Both are sent as text; the statement says what it becomes.
            Cell::Decimal(number) => out.put_slice(number.to_string().as_bytes()),
            Cell::String(text) | Cell::Json(text) => out.put_slice(text.as_bytes()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_ty: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Whether values of a column of this type are of a kind (`None`: JSON).
pub(crate) fn fits(ty: &Type, kind: Option<Kind>) -> bool {
    let is_text = || matches!(*ty, Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME);
    match kind {
        None | Some(Kind::String | Kind::Decimal) => is_text(),
        Some(Kind::Bool) => *ty == Type::BOOL,
        Some(Kind::Int | Kind::Duration) => *ty == Type::INT8,
        Some(Kind::Float) => *ty == Type::FLOAT8,
        Some(Kind::Instant) => *ty == Type::TIMESTAMPTZ,
        Some(Kind::Uuid) => *ty == Type::UUID,
    }
}

/// A value as it came, or null.
pub(crate) struct Got<'a>(Option<&'a [u8]>);

impl<'a> FromSql<'a> for Got<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(Some(raw)))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(None))
    }

    fn accepts(_ty: &Type) -> bool {
        true
    }
}

impl Got<'_> {
    /// The value of a column of this kind (`None`: JSON).
    pub(crate) fn cell(&self, kind: Option<Kind>) -> Option<Cell> {
        let Some(raw) = self.0 else { return Some(Cell::Null) };
        let text = || std::str::from_utf8(raw).ok();
        let whole = || raw.try_into().ok().map(i64::from_be_bytes);
        let Some(kind) = kind else { return text().map(|text| Cell::Json(text.to_owned())) };
        match kind {
            Kind::Bool => raw.first().map(|byte| Cell::Bool(*byte != 0)),
            Kind::Int => whole().map(Cell::Int),
            Kind::Duration => whole().map(Cell::Duration),
            Kind::Instant => whole()?.checked_add(EPOCH).map(Cell::Instant),
            Kind::Float => raw.try_into().ok().map(f64::from_be_bytes).and_then(Cell::float),
            Kind::Decimal => Decimal::parse(text()?).ok().map(|number| {
                // A large number comes with all its zeros, which are no digits of it.
                Cell::Decimal(if number.exponent() > 0 { number.normalized() } else { number })
            }),
            Kind::String => text().map(|text| Cell::String(text.to_owned())),
            Kind::Uuid => Uuid::from_slice(raw).ok().map(Cell::Uuid),
        }
    }
}
