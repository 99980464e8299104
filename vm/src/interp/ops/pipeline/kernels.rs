//! Kernels: each a loop over the rows that are kept.

use std::cell::Cell;
use std::cmp::Ordering;

use wf_bytecode::pipeline::{Arith, Kernel, Lane, Source, Test};

use super::Block;
use crate::Value;
use crate::interp::ops::group::words;
use crate::interp::ops::{arith, compare};

impl Block<'_> {
    /// Runs kernels one after another; what is behind a kernel with parts belongs to it.
    pub(super) fn kernels(
        &self,
        mut kernels: &[Kernel],
        rows: &mut Vec<u16>,
        left: u32,
    ) -> Option<()> {
        while let Some((kernel, behind)) = kernels.split_first() {
            kernels = match *kernel {
                Kernel::AnyOf { left: a, right: b } => {
                    let (first, behind) = behind.split_at_checked(a.into())?;
                    let (second, behind) = behind.split_at_checked(b.into())?;
                    self.any_of([first, second], rows, left.checked_sub(1)?)?;
                    behind
                }
                Kernel::Choose { cond, then, otherwise } => {
                    let (cond, behind) = behind.split_at_checked(cond.into())?;
                    let (then, behind) = behind.split_at_checked(then.into())?;
                    let (otherwise, behind) = behind.split_at_checked(otherwise.into())?;
                    let left = left.checked_sub(1)?;
                    let mut chosen = rows.clone();
                    self.kernels(cond, &mut chosen, left)?;
                    let mut rest = without(rows, &chosen);
                    self.kernels(then, &mut chosen, left)?;
                    self.kernels(otherwise, &mut rest, left)?;
                    behind
                }
                _ => {
                    self.kernel(kernel, rows)?;
                    behind
                }
            };
        }
        Some(())
    }

    fn any_of(&self, parts: [&[Kernel]; 2], rows: &mut Vec<u16>, left: u32) -> Option<()> {
        let all = rows.clone();
        self.kernels(parts[0], rows, left)?;
        let mut rest = without(&all, rows);
        self.kernels(parts[1], &mut rest, left)?;
        rows.extend(rest);
        rows.sort_unstable();
        Some(())
    }

    fn kernel(&self, kernel: &Kernel, rows: &mut Vec<u16>) -> Option<()> {
        match kernel {
            Kernel::Load { dst, lane, from } => self.load(*dst, *lane, from, rows),
            Kernel::Length { dst, from } => self.length(*dst, from, rows),
            Kernel::Copy { dst, src } => {
                let (dst, src) = (self.column(*dst)?, self.column(*src)?);
                rows.iter().try_for_each(|row| {
                    let row = usize::from(*row);
                    dst.get(row)?.set(src.get(row)?.get());
                    Some(())
                })
            }
            Kernel::Arith { op, lane, dst, a, b } => self.arith(*op, *lane, [*dst, *a, *b], rows),
            Kernel::Keep { test, lane, a, b } => self.keep(*test, *lane, [*a, *b], rows),
            Kernel::KeepNull { of, null } => {
                self.keep_values(rows, of, |value| Some(value.is_null() == *null))
            }
            Kernel::KeepEqual { a, b, equal } => self.keep_equal(rows, [a, b], *equal),
            Kernel::KeepLess { a, b, or_equal, when } => self.keep_pairs(rows, [a, b], |a, b| {
                let order = a.compare(b)?;
                let holds = order == Ordering::Less || (*or_equal && order == Ordering::Equal);
                Some(holds == *when)
            }),
            Kernel::KeepIn { a, b, when } => self.keep_pairs(rows, [a, b], |a, b| {
                let is_in = compare::is_in(a, b, self.env).ok()? != 0;
                Some(is_in == *when)
            }),
            Kernel::AnyOf { .. } | Kernel::Choose { .. } => None,
        }
    }

    fn load(&self, dst: u8, lane: Lane, from: &Source, rows: &[u16]) -> Option<()> {
        let dst = self.column(dst)?;
        let rows = rows.iter().copied();
        match lane {
            Lane::Int => self.each(rows, from, |row, value| {
                let Value::Int(number) = value else { return None };
                dst.get(row)?.set(number.cast_unsigned());
                Some(())
            }),
            Lane::Float => self.each(rows, from, |row, value| {
                let Value::Float(number) = value else { return None };
                dst.get(row)?.set(number.to_bits());
                Some(())
            }),
            Lane::Bool => self.each(rows, from, |row, value| {
                let Value::Bool(truth) = value else { return None };
                dst.get(row)?.set(u64::from(*truth));
                Some(())
            }),
        }
    }

    fn length(&self, dst: u8, from: &Source, rows: &[u16]) -> Option<()> {
        let dst = self.column(dst)?;
        self.each(rows.iter().copied(), from, |row, value| {
            let length = match value {
                Value::List(items) => items.len(),
                Value::Map(map) => map.entries().len(),
                // As characters are counted by `length`: two of ASCII are one only in a line end.
                Value::String(text) if text.is_ascii() && !text.as_bytes().contains(&b'\r') => {
                    text.len()
                }
                _ => return None,
            };
            dst.get(row)?.set(length as u64);
            Some(())
        })
    }

    fn arith(&self, op: Arith, lane: Lane, columns: [u8; 3], rows: &[u16]) -> Option<()> {
        match (lane, op) {
            (Lane::Bool, _) => None,
            (Lane::Int, Arith::Add) => self.ints(columns, rows, i64::checked_add),
            (Lane::Int, Arith::Sub) => self.ints(columns, rows, i64::checked_sub),
            (Lane::Int, Arith::Mul) => self.ints(columns, rows, i64::checked_mul),
            (Lane::Int, Arith::Div) => self.ints(columns, rows, i64::checked_div),
            (Lane::Int, Arith::Rem) => self.ints(columns, rows, |a, b| {
                let rest = arith::rem_int(a.cast_unsigned(), b.cast_unsigned()).ok()?;
                Some(rest.cast_signed())
            }),
            (Lane::Float, Arith::Add) => self.floats(columns, rows, |a, b| a + b),
            (Lane::Float, Arith::Sub) => self.floats(columns, rows, |a, b| a - b),
            (Lane::Float, Arith::Mul) => self.floats(columns, rows, |a, b| a * b),
            (Lane::Float, Arith::Div) => self.floats(columns, rows, |a, b| a / b),
            (Lane::Float, Arith::Rem) => self.floats(columns, rows, |a, b| a % b),
        }
    }

    fn ints(
        &self,
        columns: [u8; 3],
        rows: &[u16],
        op: impl Fn(i64, i64) -> Option<i64>,
    ) -> Option<()> {
        let op = |a: u64, b: u64| Some(op(a.cast_signed(), b.cast_signed())?.cast_unsigned());
        self.scalars(columns, rows, op)
    }

    fn floats(&self, columns: [u8; 3], rows: &[u16], op: impl Fn(f64, f64) -> f64) -> Option<()> {
        self.scalars(columns, rows, |a, b| {
            let result = op(f64::from_bits(a), f64::from_bits(b));
            result.is_finite().then(|| (result + 0.0).to_bits())
        })
    }

    #[inline(always)]
    fn scalars(
        &self,
        [dst, a, b]: [u8; 3],
        rows: &[u16],
        op: impl Fn(u64, u64) -> Option<u64>,
    ) -> Option<()> {
        let (dst, a, b) = (self.column(dst)?, self.column(a)?, self.column(b)?);
        for row in rows {
            let row = usize::from(*row);
            dst.get(row)?.set(op(a.get(row)?.get(), b.get(row)?.get())?);
        }
        Some(())
    }

    fn keep(&self, test: Test, lane: Lane, columns: [u8; 2], rows: &mut Vec<u16>) -> Option<()> {
        let float = f64::from_bits;
        let int = u64::cast_signed;
        match (lane, test) {
            (Lane::Float, Test::Eq) => self.keep_by(columns, rows, |a, b| float(a) == float(b)),
            (Lane::Float, Test::Ne) => self.keep_by(columns, rows, |a, b| float(a) != float(b)),
            (Lane::Float, Test::Lt) => self.keep_by(columns, rows, |a, b| float(a) < float(b)),
            (Lane::Float, Test::Le) => self.keep_by(columns, rows, |a, b| float(a) <= float(b)),
            (_, Test::Eq) => self.keep_by(columns, rows, |a, b| a == b),
            (_, Test::Ne) => self.keep_by(columns, rows, |a, b| a != b),
            (_, Test::Lt) => self.keep_by(columns, rows, |a, b| int(a) < int(b)),
            (_, Test::Le) => self.keep_by(columns, rows, |a, b| int(a) <= int(b)),
        }
    }

    #[inline(always)]
    fn keep_by(
        &self,
        [a, b]: [u8; 2],
        rows: &mut Vec<u16>,
        test: impl Fn(u64, u64) -> bool,
    ) -> Option<()> {
        let (a, b) = (self.column(a)?, self.column(b)?);
        let mut kept = Kept::new(rows);
        for row in kept.rows() {
            let at = usize::from(row);
            kept.set(row, test(a.get(at)?.get(), b.get(at)?.get()))?;
        }
        let length = kept.length;
        rows.truncate(length);
        Some(())
    }

    #[inline(always)]
    fn keep_values(
        &self,
        rows: &mut Vec<u16>,
        of: &Source,
        test: impl Fn(&Value) -> Option<bool>,
    ) -> Option<()> {
        let mut kept = Kept::new(rows);
        self.each(kept.rows(), of, |row, value| kept.set(row as u16, test(value)?))?;
        let length = kept.length;
        rows.truncate(length);
        Some(())
    }

    fn keep_pairs(
        &self,
        rows: &mut Vec<u16>,
        [a, b]: [&Source; 2],
        test: impl Fn(&Value, &Value) -> Option<bool>,
    ) -> Option<()> {
        if let Some(b) = self.same(b) {
            return self.keep_values(rows, a, |a| test(a, b));
        }
        let mut kept = Kept::new(rows);
        for row in kept.rows() {
            let at = usize::from(row);
            kept.set(row, test(self.value(a, at)?, self.value(b, at)?)?)?;
        }
        let length = kept.length;
        rows.truncate(length);
        Some(())
    }

    fn keep_equal(&self, rows: &mut Vec<u16>, [a, b]: [&Source; 2], equal: bool) -> Option<()> {
        // Most are compared with one short string, whose bytes are two words.
        if let Some(Value::String(wanted)) = self.same(b)
            && let Some(wanted_words) = words(wanted.as_bytes())
        {
            return self.keep_values(rows, a, |value| match value {
                Value::String(text) => {
                    let same =
                        text.len() == wanted.len() && words(text.as_bytes()) == Some(wanted_words);
                    Some(same == equal)
                }
                // A literal is no other kind of value.
                Value::Null => Some(!equal),
                _ => None,
            });
        }
        self.keep_pairs(rows, [a, b], |a, b| Some(compare::equal(a, b, self.env) == equal))
    }
}

/// Rows while those that are kept move to the front: without a jump that depends on the data.
struct Kept<'a> {
    rows: &'a [Cell<u16>],
    length: usize,
}

impl<'a> Kept<'a> {
    fn new(rows: &'a mut Vec<u16>) -> Self {
        Self { rows: Cell::from_mut(rows.as_mut_slice()).as_slice_of_cells(), length: 0 }
    }

    #[inline(always)]
    fn rows(&self) -> impl Iterator<Item = u16> + use<'a> {
        self.rows.iter().map(Cell::get)
    }

    #[inline(always)]
    fn set(&mut self, row: u16, keep: bool) -> Option<()> {
        self.rows.get(self.length)?.set(row);
        self.length += usize::from(keep);
        Some(())
    }
}

/// Rows in order without some of them.
fn without(rows: &[u16], some: &[u16]) -> Vec<u16> {
    let mut some = some.iter().copied().peekable();
    rows.iter().copied().filter(|row| some.next_if_eq(row).is_none()).collect()
}
