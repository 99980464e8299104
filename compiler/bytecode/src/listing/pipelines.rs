//! Pipelines in the listing.

use super::Listing;
use crate::pipeline::{Cell, End, Fixed, Kernel, Pipeline, Source};

impl Listing<'_> {
    pub(super) fn pipeline(&mut self, index: usize, pipeline: &Pipeline) {
        let Pipeline { list, columns, fixed, kernels, end } = pipeline;
        self.line(format!("pipeline {index} of v{}: {columns} columns", list.0));
        for (column, fixed) in fixed {
            let value = match fixed {
                Fixed::Bits(bits) => format!("bits {bits:#x}"),
                Fixed::Scalar(reg) => format!("s{}", reg.0),
            };
            self.line(format!("  c{column} = {value}"));
        }
        for kernel in kernels {
            let text = kernel_text(kernel);
            self.line(format!("  {text}"));
        }
        let end = self.end(end);
        self.line(format!("  {end}"));
    }

    fn end(&self, end: &End) -> String {
        match end {
            End::Items { dst } => format!("v{} = items", dst.0),
            End::Cells { dst, cell } => format!("v{} = list of {}", dst.0, cell_text(cell)),
            End::Records { dst, shape, fields } => {
                let fields: Vec<_> = fields.iter().map(cell_text).collect();
                let shape = self.shape(*shape);
                format!("v{} = list of {shape} of {}", dst.0, fields.join(", "))
            }
            End::Sum { dst, lane, column } => format!("s{} = sum of {lane:?} c{column}", dst.0),
            End::Count { dst } => format!("s{} = count", dst.0),
            End::Exists { dst, found } => format!("s{} = {found} where there is one", dst.0),
            End::First { dst } => format!("v{} = first", dst.0),
            End::Groups { dst, key } => format!("v{} = groups by {}", dst.0, source(key)),
        }
    }
}

fn kernel_text(kernel: &Kernel) -> String {
    match kernel {
        Kernel::Load { dst, lane, from } => format!("c{dst} = {lane:?} {}", source(from)),
        Kernel::Length { dst, from } => format!("c{dst} = length {}", source(from)),
        Kernel::Copy { dst, src } => format!("c{dst} = c{src}"),
        Kernel::Arith { op, lane, dst, a, b } => format!("c{dst} = c{a} {op:?} c{b}, {lane:?}"),
        Kernel::Keep { test, lane, a, b } => format!("keep c{a} {test:?} c{b}, {lane:?}"),
        Kernel::KeepNull { of, null: true } => format!("keep null {}", source(of)),
        Kernel::KeepNull { of, null: false } => format!("keep not null {}", source(of)),
        Kernel::KeepEqual { a, b, equal } => {
            let sign = if *equal { "==" } else { "!=" };
            format!("keep {} {sign} {}", source(a), source(b))
        }
        Kernel::KeepLess { a, b, or_equal, when } => {
            let sign = if *or_equal { "<=" } else { "<" };
            format!("keep {} {sign} {} is {when}", source(a), source(b))
        }
        Kernel::KeepIn { a, b, when } => format!("keep {} in {} is {when}", source(a), source(b)),
        Kernel::AnyOf { left, right } => format!("any of {left}, {right}"),
        Kernel::Choose { cond, then, otherwise } => {
            format!("choose by {cond}: {then}, {otherwise}")
        }
    }
}

fn cell_text(cell: &Cell) -> String {
    match cell {
        Cell::Column(column, lane) => format!("{lane:?} c{column}"),
        Cell::Value(of) => source(of),
    }
}

fn source(source: &Source) -> String {
    match source {
        Source::Item(path) => {
            let slots = path.iter().map(|slot| format!(".{slot}"));
            format!("item{}", slots.collect::<String>())
        }
        Source::Register(reg) => format!("v{}", reg.0),
        Source::Const(index) => format!("const {index}"),
    }
}
