//! Pipelines: a list block by block, each kernel over a whole block.
//!
//! The row `records` of the benchmarks took 722 instructions for each record as loops, and 416 by blocks.
//!
//! `None` is always: it is not as usual, the code behind the instruction does it all. So nothing
//! here fails, and nothing is written before the end.

mod ends;
mod kernels;

use std::cell::Cell;

use wf_bytecode::pipeline::{Fixed, Pipeline, Source};
use wf_bytecode::{S, V};

use super::cost;
use super::record::NULL;
use crate::Value;
use crate::interp::Env;
use crate::value::Chosen;
use ends::State;

/// How many items a list has at least: for fewer the loops are as fast. Tests use all lists, so that
/// short ones show what is wrong.
const LEAST: usize = if cfg!(debug_assertions) { 1 } else { 4 };

/// How many items are in a block: what a block needs of columns and records stays in the nearest
/// cache.
const BLOCK: usize = 256;

/// What blocks are held in; the memory is used again.
#[derive(Default)]
pub(crate) struct Lanes {
    columns: Vec<u64>,
    rows: Vec<u16>,
}

/// What a pipeline gives, and where that goes.
pub(crate) enum Made {
    /// A scalar.
    Scalar(S, u64),
    /// A value.
    Value(V, Value),
}

/// Runs a pipeline; gives what it made and what that cost.
pub(crate) fn run(
    s: &[u64],
    v: &[Value],
    index: u16,
    lanes: &mut Lanes,
    env: Env<'_>,
) -> Option<(Made, i64)> {
    let plan = env.program().pipelines.get(usize::from(index))?;
    let Some(Value::List(list)) = v.get(usize::from(plan.list.0)) else { return None };
    let length = list.len();
    if length < LEAST {
        return None;
    }
    // What was chosen of a list is looked at where it is in that list.
    let (list, mut chosen) = match list.unmade() {
        Some(Chosen { list: Value::List(whole), rows }) => (whole, Some(rows.as_slice())),
        _ => (list, None),
    };
    let items = list.as_slice();
    let Lanes { columns, rows } = lanes;
    let size = items.len().min(BLOCK);
    let needed = usize::from(plan.columns) * size;
    if columns.len() < needed {
        columns.resize(needed, 0);
    }
    let columns = Cell::from_mut(columns.get_mut(..needed)?).as_slice_of_cells();
    fill(plan, columns, size, s)?;
    let mut state = State::new(&plan.end);
    for (index, items) in items.chunks(BLOCK).enumerate() {
        let block = Block { items, first: index * BLOCK, columns, size, v, env };
        rows.clear();
        match &mut chosen {
            Some(chosen) => block.choose(chosen, rows),
            None => rows.extend(0..items.len() as u16),
        }
        block.kernels(&plan.kernels, rows, Pipeline::MAX_DEPTH)?;
        if !rows.is_empty() && block.end(&plan.end, &mut state, rows)? {
            break;
        }
    }
    let work = length.saturating_mul(plan.kernels.len() + 1);
    Some((state.finish(&plan.end, list, env)?, cost(work)))
}

/// Fills the columns that are the same for all items.
fn fill(plan: &Pipeline, columns: &[Cell<u64>], size: usize, s: &[u64]) -> Option<()> {
    for (column, fixed) in &plan.fixed {
        let bits = match fixed {
            Fixed::Bits(bits) => *bits,
            Fixed::Scalar(reg) => *s.get(usize::from(reg.0))?,
        };
        let start = usize::from(*column) * size;
        columns.get(start..start + size)?.iter().for_each(|place| place.set(bits));
    }
    Some(())
}

/// A block of items and its columns.
struct Block<'a> {
    items: &'a [Value],
    /// The row of the first one in the list.
    first: usize,
    columns: &'a [Cell<u64>],
    size: usize,
    v: &'a [Value],
    env: Env<'a>,
}

impl<'a> Block<'a> {
    /// Takes those of the block off ascending rows of the list.
    fn choose(&self, chosen: &mut &[u32], rows: &mut Vec<u16>) {
        let end = self.first + self.items.len();
        let count = chosen.iter().take_while(|row| (**row as usize) < end).count();
        let (own, rest) = chosen.split_at(count);
        rows.extend(own.iter().map(|row| (*row as usize).saturating_sub(self.first) as u16));
        *chosen = rest;
    }

    fn column(&self, column: u8) -> Option<&'a [Cell<u64>]> {
        let start = usize::from(column) * self.size;
        self.columns.get(start..start + self.size)
    }

    /// A value that is the same for all items.
    fn same(&self, source: &Source) -> Option<&'a Value> {
        match source {
            Source::Item(_) => None,
            Source::Register(reg) => self.v.get(usize::from(reg.0)),
            Source::Const(index) => self.env.linked.constants.get(*index as usize),
        }
    }

    /// The value of one item.
    #[inline]
    fn value(&self, source: &Source, row: usize) -> Option<&'a Value> {
        match source {
            Source::Item(path) => follow(self.items.get(row)?, path),
            other => self.same(other),
        }
    }

    /// Hands over the value of each row.
    #[inline(always)]
    fn each(
        &self,
        rows: impl Iterator<Item = u16>,
        source: &Source,
        mut take: impl FnMut(usize, &'a Value) -> Option<()>,
    ) -> Option<()> {
        match source {
            Source::Item(path) => match path.as_slice() {
                // Most are a field of the item itself.
                [slot] => {
                    for row in rows {
                        let row = usize::from(row);
                        take(row, field(self.items.get(row)?, *slot)?)?;
                    }
                }
                path => {
                    for row in rows {
                        let row = usize::from(row);
                        take(row, follow(self.items.get(row)?, path)?)?;
                    }
                }
            },
            other => {
                let value = self.same(other)?;
                for row in rows {
                    take(row.into(), value)?;
                }
            }
        }
        Some(())
    }
}

/// A field of a record; null where it is missing.
#[inline(always)]
fn field(value: &Value, slot: u16) -> Option<&Value> {
    let Value::Record(record) = value else { return None };
    match record.fields().get(usize::from(slot))? {
        Value::Missing => Some(&NULL),
        field => Some(field),
    }
}

/// A field of a field of an item.
#[inline]
fn follow<'a>(item: &'a Value, path: &[u16]) -> Option<&'a Value> {
    path.iter().try_fold(item, |value, slot| field(value, *slot))
}

#[cfg(test)]
mod tests;
