//! What tests and keys are for a row: as the store in memory works them out, and as others must.

use std::borrow::Cow;
use std::cmp::Ordering;

use uuid::Uuid;
use wf_vm::bytecode::pushdown::{Comparison, Literal, Operand, Predicate};

use super::cell::Cell;
use super::store::StoreError;
use super::view::View;

/// A row that is looked at.
#[derive(Clone, Copy)]
pub(super) struct Looked<'a> {
    pub(super) view: &'a View,
    pub(super) id: Uuid,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
    pub(super) cells: &'a [Cell],
    pub(super) captures: &'a [Literal],
}

pub(super) fn undecided(message: &str) -> StoreError {
    StoreError::Undecided(message.to_owned())
}

impl Looked<'_> {
    /// Whether a test is true.
    pub(super) fn holds(&self, predicate: &Predicate) -> Result<bool, StoreError> {
        Ok(match predicate {
            Predicate::Const(value) => *value,
            Predicate::Is(operand) => matches!(*self.value(operand)?, Cell::Bool(true)),
            Predicate::And(parts) => {
                for part in parts {
                    if !self.holds(part)? {
                        return Ok(false);
                    }
                }
                true
            }
            Predicate::Or(parts) => {
                for part in parts {
                    if self.holds(part)? {
                        return Ok(true);
                    }
                }
                false
            }
            Predicate::Not(inner) => !self.holds(inner)?,
            Predicate::Compare { op, left, right } => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                compares(*op, &left, &right)
            }
            Predicate::In { needle, among } => {
                let needle = self.value(needle)?;
                for item in among {
                    if self.value(item)?.equal(&needle) {
                        return Ok(true);
                    }
                }
                false
            }
            Predicate::InCapture { .. } => return Err(undecided("a list is not written out")),
            Predicate::Contains { text, part } => self.texts(text, part, |t, p| t.contains(p))?,
            Predicate::StartsWith { text, part } => {
                self.texts(text, part, |t, p| t.starts_with(p))?
            }
            Predicate::EndsWith { text, part } => self.texts(text, part, |t, p| t.ends_with(p))?,
            Predicate::IsNull(operand) => self.value(operand)?.is_null(),
        })
    }

    fn texts(
        &self,
        text: &Operand,
        part: &Operand,
        test: impl Fn(&str, &str) -> bool,
    ) -> Result<bool, StoreError> {
        let (text, part) = (self.value(text)?, self.value(part)?);
        Ok(matches!((&*text, &*part), (Cell::String(t), Cell::String(p)) if test(t, p)))
    }

    /// The value of an operand.
    pub(super) fn value(&self, operand: &Operand) -> Result<Cow<'_, Cell>, StoreError> {
        Ok(match operand {
            Operand::Field { path, kind, .. } => match path.as_slice() {
                [name] if name == "id" => Cow::Owned(Cell::Uuid(self.id)),
                [name] if name == "createdAt" => Cow::Owned(Cell::Instant(self.created_at)),
                [name] if name == "updatedAt" => Cow::Owned(Cell::Instant(self.updated_at)),
                [name, inner @ ..] => {
                    let (place, column) =
                        self.view.find(name).ok_or_else(|| undecided("no such attribute"))?;
                    let cell = self.cells.get(place).unwrap_or(&Cell::Missing);
                    match cell {
                        Cell::Json(json) => Cow::Owned(
                            Cell::inside(json, inner, *kind)
                                .map_err(|_| undecided("a value is of another kind"))?,
                        ),
                        _ if !inner.is_empty() => Cow::Owned(Cell::Missing),
                        cell if column.kind == Some(*kind) || cell.is_null() => Cow::Borrowed(cell),
                        _ => return Err(undecided("an attribute is of another kind")),
                    }
                }
                [] => return Err(undecided("no attribute is named")),
            },
            Operand::Capture { index, .. } => {
                let literal = self.captures.get(usize::from(*index));
                Cow::Owned(literal.ok_or_else(|| undecided("no such capture"))?.into())
            }
            Operand::Const(literal) => Cow::Owned(literal.into()),
            Operand::Arithmetic { op, left, right, .. } => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                let result = Cell::calculate(*op, &left, &right);
                Cow::Owned(result.ok_or_else(|| undecided("arithmetic fails for a row"))?)
            }
        })
    }
}

fn compares(op: Comparison, left: &Cell, right: &Cell) -> bool {
    match op {
        Comparison::Eq => left.equal(right),
        Comparison::Ne => !left.equal(right),
        op => left.compare(right).is_some_and(|order| match op {
            Comparison::Lt => order == Ordering::Less,
            Comparison::Le => order != Ordering::Greater,
            Comparison::Gt => order == Ordering::Greater,
            _ => order != Ordering::Less,
        }),
    }
}
