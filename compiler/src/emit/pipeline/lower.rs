//! The bodies of lambdas as kernels.

use rustc_hash::FxHashMap;
use wf_bytecode::pipeline::{Arith, Fixed, Kernel, Lane, Pipeline, Source};
use wf_bytecode::{S, V};

use crate::emit::function::FunctionEmitter;
use crate::emit::registers::Kind;
use crate::emit::uses::Place;
use crate::typed::{
    BinaryOp, Const, Expr, ExprKind, Lambda, ListEntry, LocalId, LoopField, UnaryOp,
};

/// What a value in a lambda is, for each item.
#[derive(Clone, Debug)]
pub(super) enum Sym {
    /// Any value.
    Source(Source),
    /// A scalar.
    Column(u8, Lane),
    /// A record that is not made.
    Record {
        /// Its shape.
        shape: u16,
        /// Its fields by slot.
        fields: Vec<Sym>,
    },
}

/// How deep expressions are followed.
const MAX_DEPTH: u32 = 64;

/// A chain while it is turned into kernels. `None` of its functions: there are none for this.
pub(super) struct Lowering<'f, 'e, 'a> {
    pub(super) f: &'f mut FunctionEmitter<'e, 'a>,
    pub(super) kernels: Vec<Kernel>,
    pub(super) columns: u8,
    pub(super) fixed: Vec<(u8, Fixed)>,
    /// What is read of what is around: registers in sources and fixed columns are places in these
    /// two lists, until the chain is known to be one.
    pub(super) values: Vec<&'a Expr>,
    pub(super) scalars: Vec<&'a Expr>,
    locals: FxHashMap<LocalId, Sym>,
    depth: u32,
}

impl<'f, 'e, 'a> Lowering<'f, 'e, 'a> {
    pub(super) fn new(f: &'f mut FunctionEmitter<'e, 'a>) -> Self {
        Self {
            f,
            kernels: Vec::new(),
            columns: 0,
            fixed: Vec::new(),
            values: Vec::new(),
            scalars: Vec::new(),
            locals: FxHashMap::default(),
            depth: 0,
        }
    }

    /// The item that a lambda is given.
    pub(super) fn bind(&mut self, lambda: &Lambda, item: Sym) -> Option<()> {
        let [param] = lambda.params.as_slice() else { return None };
        self.locals.insert(*param, item);
        Some(())
    }

    /// Follows something one level deeper.
    pub(super) fn deeper<T>(&mut self, lower: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let lowered = lower(self);
        self.depth -= 1;
        lowered
    }

    pub(super) fn lane(&self, expr: &Expr) -> Option<Lane> {
        match self.f.kind(&expr.ty) {
            Kind::Int => Some(Lane::Int),
            Kind::Float => Some(Lane::Float),
            Kind::Bool => Some(Lane::Bool),
            Kind::Value => None,
        }
    }

    fn new_column(&mut self) -> Option<u8> {
        let column = self.columns;
        self.columns += 1;
        (self.columns <= Pipeline::MAX_COLUMNS).then_some(column)
    }

    pub(super) fn constant(&mut self, bits: u64) -> Option<u8> {
        let known = self.fixed.iter().find(|(_, fixed)| *fixed == Fixed::Bits(bits));
        if let Some((column, _)) = known {
            return Some(*column);
        }
        let column = self.new_column()?;
        self.fixed.push((column, Fixed::Bits(bits)));
        Some(column)
    }

    /// What an expression is.
    pub(super) fn sym(&mut self, expr: &'a Expr) -> Option<Sym> {
        self.deeper(|l| l.sym_of(expr))
    }

    fn sym_of(&mut self, expr: &'a Expr) -> Option<Sym> {
        match &expr.kind {
            ExprKind::Local(local) if self.locals.contains_key(local) => {
                self.locals.get(local).cloned()
            }
            ExprKind::Field { base, slot } if self.is_item(base) => match self.sym(base)? {
                Sym::Source(Source::Item(mut way)) => {
                    way.push(*slot);
                    Some(Sym::Source(Source::Item(way)))
                }
                Sym::Record { fields, .. } => fields.into_iter().nth((*slot).into()),
                _ => None,
            },
            ExprKind::NonNull(inner) if self.is_item(inner) => self.sym(inner),
            ExprKind::Coerce(inner) if self.is_same(inner, expr) => self.sym(inner),
            ExprKind::Record { fields, .. } => {
                // None of them can fail, so that their order does not matter.
                let fields: Option<Vec<&'a Expr>> = fields.iter().map(Option::as_ref).collect();
                let fields = fields?.into_iter().map(|field| self.field(field));
                let fields = fields.collect::<Option<Vec<Sym>>>()?;
                Some(Sym::Record { shape: self.f.e.shape(&expr.ty).0, fields })
            }
            _ => match self.lane(expr) {
                Some(lane) => Some(Sym::Column(self.column(expr)?, lane)),
                None => self.source_of(expr).map(Sym::Source),
            },
        }
    }

    /// A field of a record that is made: no record itself, which would be made for each use.
    fn field(&mut self, expr: &'a Expr) -> Option<Sym> {
        match self.sym(expr)? {
            Sym::Record { .. } => None,
            other => Some(other),
        }
    }

    fn is_same(&mut self, inner: &Expr, expr: &Expr) -> bool {
        self.f.is_same(&inner.ty, &expr.ty)
    }

    /// Whether an expression begins at the item of a lambda.
    fn is_item(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Local(local) => self.locals.contains_key(local),
            ExprKind::Field { base: inner, .. }
            | ExprKind::NonNull(inner)
            | ExprKind::Coerce(inner) => self.is_item(inner),
            _ => false,
        }
    }

    /// A value for each item.
    pub(super) fn source(&mut self, expr: &'a Expr) -> Option<Source> {
        match (self.lane(expr), &expr.kind) {
            (None, _) => match self.sym(expr)? {
                Sym::Source(source) => Some(source),
                _ => None,
            },
            (Some(_), ExprKind::Const(_)) => self.source_of(expr),
            (Some(_), _) if self.is_item(expr) => match self.sym(expr)? {
                Sym::Source(source) => Some(source),
                _ => None,
            },
            (Some(_), _) => self.source_of(expr),
        }
    }

    /// A constant, or what is around.
    fn source_of(&mut self, expr: &'a Expr) -> Option<Source> {
        if let ExprKind::Const(constant) = &expr.kind {
            let constant = match constant {
                Const::Bool(value) => wf_bytecode::Const::Bool(*value),
                Const::Int(value) => wf_bytecode::Const::Int(*value),
                Const::Float(value) if *value != 0.0 => wf_bytecode::Const::Float(*value),
                Const::String(text) => wf_bytecode::Const::String(text.to_string()),
                Const::Duration(micros) => wf_bytecode::Const::Duration(*micros),
                _ => return None,
            };
            return Some(Source::Const(self.f.e.tables.constant(constant)));
        }
        if !self.is_around(expr, false) {
            return None;
        }
        let place = u16::try_from(self.values.len()).ok()?;
        self.values.push(expr);
        Some(Source::Register(V(place)))
    }

    /// Whether an expression reads only what is around the lambda, and can be read before it: also
    /// where the lambda would not have come to it, so nothing that was narrowed.
    fn is_around(&self, expr: &Expr, step: bool) -> bool {
        match &expr.kind {
            ExprKind::Const(_) => true,
            ExprKind::Local(local) => {
                let known = self.f.find(Place::Local(*local)).is_some()
                    || self.f.cursors.contains_key(local);
                known && !self.locals.contains_key(local)
            }
            ExprKind::Variable(_) | ExprKind::Trigger | ExprKind::Config(_) => true,
            ExprKind::Loop(_, field) => *field != LoopField::Name,
            ExprKind::Step(_) => step,
            ExprKind::Field { base, .. } => self.is_around(base, true),
            ExprKind::List(entries) => entries.iter().all(|entry| match entry {
                ListEntry::Item(item) => self.is_around(item, false),
                ListEntry::Spread(_) => false,
            }),
            _ => false,
        }
    }

    /// A scalar for each item, in a column.
    pub(super) fn as_column(&mut self, sym: &Sym, lane: Lane) -> Option<u8> {
        match sym {
            Sym::Column(column, other) if *other == lane => Some(*column),
            Sym::Source(from) => {
                let dst = self.new_column()?;
                self.kernels.push(Kernel::Load { dst, lane, from: from.clone() });
                Some(dst)
            }
            _ => None,
        }
    }

    /// A scalar expression, in a column.
    pub(super) fn column(&mut self, expr: &'a Expr) -> Option<u8> {
        self.deeper(|l| l.column_of(expr))
    }

    fn column_of(&mut self, expr: &'a Expr) -> Option<u8> {
        let lane = self.lane(expr)?;
        if self.is_item(expr) {
            let sym = self.sym(expr)?;
            return self.as_column(&sym, lane);
        }
        match &expr.kind {
            ExprKind::Const(Const::Int(value)) => self.constant(value.cast_unsigned()),
            ExprKind::Const(Const::Float(value)) => self.constant((value + 0.0).to_bits()),
            ExprKind::Const(Const::Bool(value)) => self.constant(u64::from(*value)),
            ExprKind::Binary { op, left, right } if arith(*op).is_some() => {
                let op = arith(*op)?;
                if self.lane(left)? != lane || self.lane(right)? != lane {
                    return None;
                }
                let (a, b) = (self.column(left)?, self.column(right)?);
                let dst = self.new_column()?;
                self.kernels.push(Kernel::Arith { op, lane, dst, a, b });
                Some(dst)
            }
            ExprKind::Unary { op: UnaryOp::Neg, operand } if lane != Lane::Bool => {
                // `0 - a` overflows where `-a` does.
                let (a, b) = (self.constant(0)?, self.column(operand)?);
                let dst = self.new_column()?;
                self.kernels.push(Kernel::Arith { op: Arith::Sub, lane, dst, a, b });
                Some(dst)
            }
            ExprKind::CallNative { name, args } if name == "length" => {
                let [whole] = args.as_slice() else { return None };
                let from = self.source(whole)?;
                let dst = self.new_column()?;
                self.kernels.push(Kernel::Length { dst, from });
                Some(dst)
            }
            ExprKind::If { cond, then, otherwise } => {
                self.choose(|l| l.cond(cond, true), |l| l.column(then), |l| l.column(otherwise))
            }
            ExprKind::IfPresent { value, local, present, absent } => {
                let of = self.source(value)?;
                if !matches!(of, Source::Item(_)) {
                    return None;
                }
                self.locals.insert(*local, Sym::Source(of.clone()));
                let there = Kernel::KeepNull { of, null: false };
                self.choose(
                    |l| {
                        l.kernels.push(there);
                        Some(())
                    },
                    |l| l.column(present),
                    |l| l.column(absent),
                )
            }
            ExprKind::NonNull(inner) | ExprKind::Coerce(inner)
                if self.lane(inner) == Some(lane) =>
            {
                self.column(inner)
            }
            ExprKind::Binary { .. } | ExprKind::Unary { op: UnaryOp::Not, .. } => {
                self.choose(|l| l.cond(expr, true), |l| l.constant(1), |l| l.constant(0))
            }
            _ if self.is_around(expr, false) => {
                let column = self.new_column()?;
                let place = u16::try_from(self.scalars.len()).ok()?;
                self.scalars.push(expr);
                self.fixed.push((column, Fixed::Scalar(S(place))));
                Some(column)
            }
            _ => None,
        }
    }

    /// A column by one of two ways.
    fn choose(
        &mut self,
        cond: impl FnOnce(&mut Self) -> Option<()>,
        then: impl FnOnce(&mut Self) -> Option<u8>,
        otherwise: impl FnOnce(&mut Self) -> Option<u8>,
    ) -> Option<u8> {
        let dst = self.new_column()?;
        let place = self.kernels.len();
        self.kernels.push(Kernel::Choose { cond: 0, then: 0, otherwise: 0 });
        let cond = self.part(cond)?;
        let way = |l: &mut Self, src: Option<u8>| {
            let src = src?;
            l.kernels.push(Kernel::Copy { dst, src });
            Some(())
        };
        let then = self.part(|l| {
            let src = then(l);
            way(l, src)
        })?;
        let otherwise = self.part(|l| {
            let src = otherwise(l);
            way(l, src)
        })?;
        *self.kernels.get_mut(place)? = Kernel::Choose { cond, then, otherwise };
        Some(dst)
    }

    /// Kernels that belong to another; how many they are.
    pub(super) fn part(&mut self, lower: impl FnOnce(&mut Self) -> Option<()>) -> Option<u16> {
        let before = self.kernels.len();
        lower(self)?;
        u16::try_from(self.kernels.len() - before).ok()
    }
}

fn arith(op: BinaryOp) -> Option<Arith> {
    Some(match op {
        BinaryOp::Add => Arith::Add,
        BinaryOp::Sub => Arith::Sub,
        BinaryOp::Mul => Arith::Mul,
        BinaryOp::Div => Arith::Div,
        BinaryOp::Rem => Arith::Rem,
        _ => return None,
    })
}
