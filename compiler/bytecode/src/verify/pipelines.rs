//! Pipelines: their registers, columns, tables and how their kernels nest.

use super::code::{scalar, value};
use super::{Verifier, inside};
use crate::pipeline::{Cell, End, Fixed, Kernel, Pipeline, Source};
use crate::{Function, V};

type Checked = Result<(), String>;

impl Verifier<'_> {
    /// A pipeline that a function runs.
    pub(super) fn pipeline(&self, function: &Function, index: u16) -> Checked {
        let p = self.program;
        let Some(pipeline) = p.pipelines.get(usize::from(index)) else {
            return inside("pipeline", index, p.pipelines.len());
        };
        if pipeline.columns > Pipeline::MAX_COLUMNS {
            return Err(format!("{} columns are too many", pipeline.columns));
        }
        value(function, pipeline.list)?;
        let around = Around { verifier: self, function, pipeline };
        for (column, fixed) in &pipeline.fixed {
            around.column(*column)?;
            if let Fixed::Scalar(reg) = fixed {
                scalar(function, *reg)?;
            }
        }
        pipeline.kernels.iter().try_for_each(|kernel| around.kernel(kernel))?;
        nesting(&pipeline.kernels, Pipeline::MAX_DEPTH)?;
        around.end(&pipeline.end)
    }
}

struct Around<'a> {
    verifier: &'a Verifier<'a>,
    function: &'a Function,
    pipeline: &'a Pipeline,
}

impl Around<'_> {
    fn column(&self, column: u8) -> Checked {
        inside("column", column, self.pipeline.columns.into())
    }

    fn source(&self, source: &Source) -> Checked {
        match source {
            // As of any other instruction, slots are looked at when it runs.
            Source::Item(_) => Ok(()),
            Source::Register(reg) => value(self.function, *reg),
            Source::Const(index) => {
                inside("constant", *index, self.verifier.program.constants.len())
            }
        }
    }

    fn cell(&self, cell: &Cell) -> Checked {
        match cell {
            Cell::Column(column, _) => self.column(*column),
            Cell::Value(source) => self.source(source),
        }
    }

    fn kernel(&self, kernel: &Kernel) -> Checked {
        match kernel {
            Kernel::Load { dst, from, .. } | Kernel::Length { dst, from } => {
                self.column(*dst)?;
                self.source(from)
            }
            Kernel::Copy { dst, src } => [dst, src].into_iter().try_for_each(|c| self.column(*c)),
            Kernel::Arith { dst, a, b, .. } => {
                [dst, a, b].into_iter().try_for_each(|c| self.column(*c))
            }
            Kernel::Keep { a, b, .. } => [a, b].into_iter().try_for_each(|c| self.column(*c)),
            Kernel::KeepNull { of, .. } => self.source(of),
            Kernel::KeepEqual { a, b, .. }
            | Kernel::KeepLess { a, b, .. }
            | Kernel::KeepIn { a, b, .. } => {
                self.source(a)?;
                self.source(b)
            }
            Kernel::AnyOf { .. } | Kernel::Choose { .. } => Ok(()),
        }
    }

    fn end(&self, end: &End) -> Checked {
        let to = |dst: V| value(self.function, dst);
        match end {
            End::Items { dst } | End::First { dst } => to(*dst),
            End::Cells { dst, cell } => {
                to(*dst)?;
                self.cell(cell)
            }
            End::Records { dst, shape, fields } => {
                to(*dst)?;
                let shapes = &self.verifier.program.shapes;
                inside("shape", *shape, shapes.len())?;
                if shapes[usize::from(*shape)].fields.len() != fields.len() {
                    return Err(format!("its fields are not those of shape {shape}"));
                }
                fields.iter().try_for_each(|cell| self.cell(cell))
            }
            End::Sum { dst, column, .. } => {
                scalar(self.function, *dst)?;
                self.column(*column)
            }
            End::Count { dst } | End::Exists { dst, .. } => scalar(self.function, *dst),
            End::Groups { dst, key } => {
                to(*dst)?;
                self.source(key)
            }
        }
    }
}

/// That runs of kernels end within the one around them, and do not nest too deep.
fn nesting(mut kernels: &[Kernel], left: u32) -> Checked {
    while let Some((kernel, behind)) = kernels.split_first() {
        kernels = behind;
        let (parts, [a, b, c]) = match *kernel {
            Kernel::AnyOf { left, right } => (2, [left, right, 0]),
            Kernel::Choose { cond, then, otherwise } => (3, [cond, then, otherwise]),
            _ => continue,
        };
        let left = left.checked_sub(1).ok_or("its kernels nest too deep")?;
        for length in [a, b, c].into_iter().take(parts) {
            let Some((part, behind)) = kernels.split_at_checked(length.into()) else {
                return Err("kernels are missing behind one that has parts".into());
            };
            nesting(part, left)?;
            kernels = behind;
        }
    }
    Ok(())
}
