//! What becomes of the items that are kept.

use wf_bytecode::pipeline::{Cell, End, Lane};
use wf_bytecode::{S, ShapeIdx};

use super::{Block, Made, follow};
use crate::interp::Env;
use crate::interp::ops::group::Groups;
use crate::{ListRef, RecordRef, Value};

/// What has been made of the blocks so far.
pub(super) enum State {
    /// Rows of the list.
    Rows(Vec<u32>),
    /// The items of a list.
    Items(Vec<Value>),
    /// A scalar.
    Scalar(u64),
    /// An item, if there was one.
    First(Value),
    /// Groups of items.
    Groups(Box<Groups>),
}

impl State {
    pub(super) fn new(end: &End) -> Self {
        match end {
            End::Items { .. } => Self::Rows(Vec::new()),
            End::Cells { .. } | End::Records { .. } => Self::Items(Vec::new()),
            End::Sum { .. } | End::Count { .. } | End::Exists { .. } => Self::Scalar(0),
            End::First { .. } => Self::First(Value::Null),
            End::Groups { .. } => Self::Groups(Box::default()),
        }
    }

    pub(super) fn finish(self, end: &End, list: &ListRef, env: Env<'_>) -> Option<Made> {
        let most = env.limits.collection;
        Some(match (end, self) {
            (End::Items { dst }, Self::Rows(rows)) if rows.len() <= most => {
                Made::Value(*dst, Value::List(ListRef::chosen(list, rows)))
            }
            (End::Cells { dst, .. } | End::Records { dst, .. }, Self::Items(items))
                if items.len() <= most =>
            {
                Made::Value(*dst, Value::list(items))
            }
            (End::Exists { dst, found }, Self::Scalar(count)) => {
                Made::Scalar(*dst, u64::from((count > 0) == *found))
            }
            (End::Sum { dst, lane, .. }, Self::Scalar(bits)) => finite(*dst, *lane, bits)?,
            (End::Count { dst }, Self::Scalar(bits)) => Made::Scalar(*dst, bits),
            (End::First { dst }, Self::First(item)) => Made::Value(*dst, item),
            (End::Groups { dst, .. }, Self::Groups(groups)) => {
                Made::Value(*dst, groups.finish(list))
            }
            _ => return None,
        })
    }
}

/// A sum; one of floats that was too large on the way is not finite at the end either.
fn finite(dst: S, lane: Lane, bits: u64) -> Option<Made> {
    let fits = lane != Lane::Float || f64::from_bits(bits).is_finite();
    fits.then_some(Made::Scalar(dst, bits))
}

impl Block<'_> {
    /// Takes the rows of a block; whether no more are wanted.
    pub(super) fn end(&self, end: &End, state: &mut State, rows: &[u16]) -> Option<bool> {
        match (end, state) {
            (End::Items { .. }, State::Rows(made)) => {
                let first = u32::try_from(self.first).ok()?;
                made.extend(rows.iter().map(|row| first.saturating_add((*row).into())));
            }
            (End::Cells { cell, .. }, State::Items(made)) => {
                made.reserve(rows.len());
                for row in rows {
                    made.push(self.cell(cell, usize::from(*row))?);
                }
            }
            (End::Records { shape, fields, .. }, State::Items(made)) => {
                made.reserve(rows.len());
                for row in rows {
                    made.push(self.record(*shape, fields, usize::from(*row))?);
                }
            }
            (End::Sum { lane, column, .. }, State::Scalar(total)) => {
                *total = self.sum(*lane, *column, rows, *total)?;
            }
            (End::Count { .. }, State::Scalar(count)) => *count += rows.len() as u64,
            (End::Exists { .. }, State::Scalar(count)) => {
                *count = rows.len() as u64;
                return Some(true);
            }
            (End::First { .. }, State::First(found)) => {
                *found = self.items.get(usize::from(*rows.first()?))?.clone();
                return Some(true);
            }
            (End::Groups { key, .. }, State::Groups(groups)) => {
                self.each(rows.iter().copied(), key, |row, key| {
                    let Value::String(key) = key else { return None };
                    groups.push(key, self.first + row)
                })?;
            }
            _ => return None,
        }
        Some(false)
    }

    fn sum(&self, lane: Lane, column: u8, rows: &[u16], total: u64) -> Option<u64> {
        let column = self.column(column)?;
        let mut numbers = rows.iter().map(|row| column.get(usize::from(*row)).map(|c| c.get()));
        match lane {
            Lane::Int => {
                let sum = numbers.try_fold(total.cast_signed(), |total, number| {
                    total.checked_add(number?.cast_signed())
                });
                Some(sum?.cast_unsigned())
            }
            Lane::Float => {
                let sum = numbers.try_fold(f64::from_bits(total), |total, number| {
                    Some(total + f64::from_bits(number?))
                });
                Some((sum? + 0.0).to_bits())
            }
            Lane::Bool => None,
        }
    }

    #[inline]
    fn cell(&self, cell: &Cell, row: usize) -> Option<Value> {
        match cell {
            Cell::Column(column, lane) => {
                let bits = self.column(*column)?.get(row)?.get();
                Some(match lane {
                    Lane::Int => Value::Int(bits.cast_signed()),
                    Lane::Float => Value::Float(f64::from_bits(bits)),
                    Lane::Bool => Value::Bool(bits != 0),
                })
            }
            Cell::Value(wf_bytecode::pipeline::Source::Item(path)) => {
                follow(self.items.get(row)?, path).cloned()
            }
            Cell::Value(source) => self.same(source).cloned(),
        }
    }

    fn record(&self, shape: u16, fields: &[Cell], row: usize) -> Option<Value> {
        let mut whole = true;
        let cells = fields.iter().map(|cell| {
            let cell = self.cell(cell, row);
            whole &= cell.is_some();
            cell.unwrap_or_default()
        });
        let record = RecordRef::from_fields(ShapeIdx(shape), cells);
        whole.then_some(Value::Record(record))
    }
}
