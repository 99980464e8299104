//! Pipelines: chains of library functions over one list, `rows | filter(…) | map(…) | sum`, as one
//! instruction. Behind it stands the same as loops, for when it gives up.
//!
//! What goes through the chain is followed by what it is: a part of the item, a column of scalars,
//! or a record of such, which is made only where it comes out at the end.

mod cond;
mod lower;

use wf_bytecode::pipeline::{Cell, End, Fixed, Kernel, Lane, Pipeline, Source};
use wf_bytecode::{Op, Reg, S, V};

use self::lower::{Lowering, Sym};
use super::cursor::field_of;
use super::function::FunctionEmitter;
use super::registers::Kind;
use super::writer::Label;
use crate::typed::{Arg, Const, Expr, ExprKind, Intrinsic, Lambda};

/// A function of a chain before its last one.
struct Stage<'a> {
    function: Intrinsic,
    lambda: &'a Lambda,
}

/// What a chain ends in.
#[derive(Clone, Copy)]
enum Last<'a> {
    /// The list that the stages give.
    List,
    /// Its sum.
    Sum(Lane),
    /// Its length.
    Length,
    /// A function with a lambda that does not give a list.
    Lambda(Intrinsic, &'a Lambda),
}

/// A chain over a list.
struct Chain<'a> {
    list: &'a Expr,
    stages: Vec<Stage<'a>>,
    last: Last<'a>,
}

impl<'a> FunctionEmitter<'_, 'a> {
    /// Begins with the instruction for a chain, where it is one. Gives the label behind the loops
    /// that are written next; see [`Self::end_pipeline`].
    pub(super) fn begin_pipeline(&mut self, expr: &'a Expr, dst: Reg) -> Option<Label> {
        // The loops of a chain are not begun with a part of it again.
        if self.given.is_some() {
            return None;
        }
        let chain = self.chain(expr)?;
        let mut lowering = Lowering::new(self);
        let end = lowering.chain(&chain, dst)?;
        let Lowering { kernels, columns, mut fixed, values, scalars, .. } = lowering;
        let list = self.value(chain.list);
        let values: Vec<V> = values.into_iter().map(|value| self.value(value)).collect();
        let scalars: Vec<S> = scalars.into_iter().map(|scalar| self.scalar(scalar)).collect();
        for (_, fixed) in &mut fixed {
            if let Fixed::Scalar(reg) = fixed {
                *reg = *scalars.get(usize::from(reg.0))?;
            }
        }
        let mut pipeline = Pipeline { list, columns, fixed, kernels, end };
        pipeline.each_source(|source| {
            if let Source::Register(reg) = source
                && let Some(value) = values.get(usize::from(reg.0))
            {
                *reg = *value;
            }
        });
        let index = self.e.tables.pipeline(pipeline)?;
        let done = self.w.label();
        self.w.jump(done, |to| Op::Pipeline { pipeline: index, to });
        self.given = Some((chain.list, list));
        Some(done)
    }

    /// Ends the loops that stand behind a pipeline.
    pub(super) fn end_pipeline(&mut self, done: Label) {
        self.given = None;
        self.w.bind(done);
    }

    /// The register of the list that a chain is over, while its loops are written.
    pub(super) fn given(&self, expr: &Expr) -> Option<Reg> {
        let (list, reg) = self.given?;
        std::ptr::eq(list, expr).then_some(Reg::Value(reg))
    }

    fn chain(&self, expr: &'a Expr) -> Option<Chain<'a>> {
        let (last, list) = match &expr.kind {
            ExprKind::CallNative { name, args } => match (name.as_str(), args.as_slice()) {
                ("length", [list]) => (Last::Length, list),
                ("sum", [list, start]) if is_zero(start) => match self.kind(&expr.ty) {
                    Kind::Int => (Last::Sum(Lane::Int), list),
                    Kind::Float => (Last::Sum(Lane::Float), list),
                    _ => return None,
                },
                _ => return None,
            },
            ExprKind::Intrinsic { function, args } => {
                let [Arg::Value(list), Arg::Lambda(lambda)] = args.as_slice() else { return None };
                match function {
                    Intrinsic::Map | Intrinsic::Filter | Intrinsic::FilterMap => (Last::List, expr),
                    Intrinsic::Count | Intrinsic::Any | Intrinsic::All | Intrinsic::Find => {
                        (Last::Lambda(*function, lambda), list)
                    }
                    // By a field of the items of a list there is an instruction.
                    Intrinsic::GroupBy if field_of(lambda).is_none() || is_stage(list) => {
                        (Last::Lambda(*function, lambda), list)
                    }
                    _ => return None,
                }
            }
            _ => return None,
        };
        let mut stages = Vec::new();
        let mut list = list;
        while let ExprKind::Intrinsic { function, args } = &list.kind
            && let [Arg::Value(inner), Arg::Lambda(lambda)] = args.as_slice()
            && is_stage(list)
        {
            stages.push(Stage { function: *function, lambda });
            list = inner;
        }
        stages.reverse();
        let worth = !stages.is_empty() || matches!(last, Last::Lambda(..));
        worth.then_some(Chain { list, stages, last })
    }
}

fn is_stage(expr: &Expr) -> bool {
    let ExprKind::Intrinsic { function, .. } = &expr.kind else { return false };
    matches!(function, Intrinsic::Map | Intrinsic::Filter | Intrinsic::FilterMap)
}

fn is_zero(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Const(Const::Int(0)) => true,
        ExprKind::Const(Const::Float(zero)) => *zero == 0.0,
        ExprKind::Coerce(inner) => is_zero(inner),
        _ => false,
    }
}

impl<'a> Lowering<'_, '_, 'a> {
    /// The kernels of a chain, and its end.
    fn chain(&mut self, chain: &Chain<'a>, dst: Reg) -> Option<End> {
        let mut item = Sym::Source(Source::Item(Vec::new()));
        for Stage { function, lambda } in &chain.stages {
            self.bind(lambda, item.clone())?;
            match function {
                Intrinsic::Filter => self.cond(&lambda.body, true)?,
                Intrinsic::Map => item = self.sym(&lambda.body)?,
                Intrinsic::FilterMap => {
                    item = self.sym(&lambda.body)?;
                    let Sym::Source(of) = &item else { return None };
                    self.kernels.push(Kernel::KeepNull { of: of.clone(), null: false });
                }
                _ => return None,
            }
        }
        let (value, scalar) = match dst {
            Reg::Value(dst) => (Some(dst), None),
            Reg::Int(dst) | Reg::Float(dst) | Reg::Bool(dst) => (None, Some(dst)),
        };
        Some(match chain.last {
            Last::List => self.list(item, value?)?,
            Last::Sum(lane) => {
                End::Sum { dst: scalar?, lane, column: self.as_column(&item, lane)? }
            }
            Last::Length => End::Count { dst: scalar? },
            Last::Lambda(function, lambda) => {
                self.bind(lambda, item.clone())?;
                let is_item = matches!(&item, Sym::Source(Source::Item(way)) if way.is_empty());
                match function {
                    Intrinsic::Count => {
                        self.cond(&lambda.body, true)?;
                        End::Count { dst: scalar? }
                    }
                    Intrinsic::Any => {
                        self.cond(&lambda.body, true)?;
                        End::Exists { dst: scalar?, found: true }
                    }
                    Intrinsic::All => {
                        self.cond(&lambda.body, false)?;
                        End::Exists { dst: scalar?, found: false }
                    }
                    Intrinsic::Find if is_item => {
                        self.cond(&lambda.body, true)?;
                        End::First { dst: value? }
                    }
                    Intrinsic::GroupBy if is_item => {
                        let Sym::Source(key) = self.sym(&lambda.body)? else { return None };
                        End::Groups { dst: value?, key }
                    }
                    _ => return None,
                }
            }
        })
    }

    /// The list of what the items have become.
    fn list(&mut self, item: Sym, dst: V) -> Option<End> {
        Some(match item {
            Sym::Source(Source::Item(way)) if way.is_empty() => End::Items { dst },
            Sym::Record { shape, fields } => {
                let fields = fields.iter().map(cell).collect::<Option<Vec<Cell>>>()?;
                End::Records { dst, shape, fields }
            }
            other => End::Cells { dst, cell: cell(&other)? },
        })
    }
}

/// What is put into a list or a record.
fn cell(sym: &Sym) -> Option<Cell> {
    match sym {
        Sym::Source(source) => Some(Cell::Value(source.clone())),
        Sym::Column(column, lane) => Some(Cell::Column(*column, *lane)),
        Sym::Record { .. } => None,
    }
}
