//! What a store can work out of a lambda over an entity, and what is left to the machine.
//!
//! The language's meaning is kept to the letter: a row for which the lambda would fail reaches the
//! machine, or is worked out by arithmetic that the store must not get wrong silently. So behind
//! something that can fail nothing is pushed, as the machine would not have come to it.

mod explain;
mod facts;
mod logic;
mod operand;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use wf_bytecode::pushdown::{Asks, Kind, Operand, Predicate};
use wf_diagnostics::Span;
use wf_types::{DefKind, Literal, Type, TypeDefs};

use self::facts::Facts;
use crate::typed::{Expr, Lambda, Local, LocalId};

pub use explain::{Explained, Lookup, explain};

/// What is known about a lambda.
pub(crate) struct Analysis<'a> {
    /// What the store works out; nothing where it can't narrow what it gives.
    pub(crate) asks: Option<Asks>,
    /// What is the same for all rows, by the places of the captures behind those of the lambda.
    pub(crate) ahead: Vec<Ahead<'a>>,
    /// What is left to the machine.
    pub(crate) left: Vec<Left>,
}

/// A part of a lambda that is the same for all rows, which is evaluated once, before.
#[derive(Clone)]
pub(crate) struct Ahead<'a> {
    /// The part.
    pub(crate) expr: &'a Expr,
    /// What is taken not to be null in it, because another part of the lambda has seen to that. Where
    /// one of them is null the lambda does not come to this part, and the value is null.
    pub(crate) there: Vec<&'a Expr>,
    /// Whether it may fail: the lambda does so only where it comes to it.
    pub(crate) may_fail: bool,
}

/// A part of a lambda that the machine works out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// Its characters.
    pub span: Span,
    /// Why.
    pub why: Why,
}

/// Why a part of a lambda is left to the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It calls a function, or a library function that stores do not have.
    Call,
    /// It is division, a remainder or other arithmetic that stores do not have.
    Arithmetic,
    /// It looks into or compares something else than a scalar.
    NotScalar,
    /// It stands behind a part that may fail, to which the machine comes first.
    Behind,
    /// It may fail in some row, of which the machine then has the last word.
    MayFail,
    /// It is another construct that stores do not have.
    Construct,
    /// It is too large.
    TooLarge,
}

/// How much of a lambda is looked at, in steps.
const BUDGET: u32 = 4_000;

/// How much a part that is evaluated before may take not to be null.
const MOST_CHECKS: usize = 8;

/// The lambda whose parameter is an entity, and the type of the entity.
pub(crate) fn of_entity<'a>(
    defs: &TypeDefs,
    locals: &'a [Local],
    lambda: &'a Lambda,
) -> Option<&'a Type> {
    let [param] = lambda.params.as_slice() else { return None };
    let ty = &locals.get(param.0 as usize)?.ty;
    match ty {
        Type::Named(def) if matches!(defs.get(*def).kind, DefKind::Entity(_)) => Some(ty),
        _ => None,
    }
}

/// Analyses a lambda over an entity that captures so many values.
pub(crate) fn analyse<'a>(
    defs: &'a TypeDefs,
    locals: &'a [Local],
    lambda: &'a Lambda,
    captures: usize,
) -> Analysis<'a> {
    let none = || Analysis { asks: None, ahead: Vec::new(), left: Vec::new() };
    let (Some(_), Some(param)) = (of_entity(defs, locals, lambda), lambda.params.first()) else {
        return none();
    };
    let facts = Facts::of(lambda, defs);
    let (ahead, left) = (Vec::new(), Vec::new());
    let bindings = FxHashMap::default();
    let param = *param;
    let mut analyser =
        Analyser { defs, param, facts, bindings, captures, ahead, left, budget: BUDGET };
    let body = &lambda.body;
    let is_test = matches!(scalar(defs, &body.ty), Some((Kind::Bool, false)));
    let asks = if is_test { analyser.test(body) } else { analyser.key(body) };
    let Analyser { mut ahead, mut left, .. } = analyser;
    if asks.is_none() {
        ahead.clear();
    }
    let mut seen = Vec::new();
    left.retain(|part: &Left| {
        let is_new = !seen.contains(&part.span);
        seen.push(part.span);
        is_new
    });
    Analysis { asks, ahead, left }
}

/// Works one lambda out.
struct Analyser<'a> {
    defs: &'a TypeDefs,
    /// The entity.
    param: LocalId,
    facts: Facts,
    /// What the locals of `?.` and `??` stand for.
    bindings: FxHashMap<LocalId, &'a Expr>,
    /// How many values the lambda captures by itself.
    captures: usize,
    ahead: Vec<Ahead<'a>>,
    left: Vec<Left>,
    budget: u32,
}

impl<'a> Analyser<'a> {
    fn test(&mut self, body: &'a Expr) -> Option<Asks> {
        let low = self.lower(body, true);
        let narrows = low.predicate != Predicate::Const(true) || low.exact;
        if !narrows {
            return None;
        }
        if low.predicate.depth() > Predicate::MAX_DEPTH || self.ahead_is_full() {
            self.leave(body, Why::TooLarge);
            return None;
        }
        Some(Asks::Test { predicate: low.predicate, exact: low.exact })
    }

    fn key(&mut self, body: &'a Expr) -> Option<Asks> {
        let cases = self.operand(body)?;
        let [case] = cases.as_slice() else {
            self.leave(body, Why::Construct);
            return None;
        };
        let is_plain = case.guards.is_empty() && case.value.depends_on_row();
        if !is_plain || self.ahead_is_full() {
            self.leave(body, Why::Construct);
            return None;
        }
        (case.value.depth() <= Predicate::MAX_DEPTH).then(|| Asks::Key(case.value.clone()))
    }

    fn ahead_is_full(&self) -> bool {
        self.captures + self.ahead.len() > usize::from(u8::MAX)
    }

    /// Says that the machine works a part out.
    fn leave(&mut self, expr: &Expr, why: Why) {
        self.left.push(Left { span: expr.span, why });
    }

    /// One step more; false where there have been too many.
    fn spend(&mut self) -> bool {
        self.budget = self.budget.saturating_sub(1);
        self.budget > 0
    }

    /// The place among the captures of a part that can be evaluated before.
    fn hoist(&mut self, expr: &'a Expr) -> Option<u16> {
        let fact = self.facts.get(expr);
        if !fact.closed || !fact.simple {
            return None;
        }
        let mut there = Vec::new();
        if !self.taken_for_there(expr, false, &mut there) {
            return None;
        }
        let known = self.ahead.iter().position(|a| std::ptr::eq(a.expr, expr));
        let place = known.unwrap_or_else(|| {
            self.ahead.push(Ahead { expr, there, may_fail: !fact.total });
            self.ahead.len() - 1
        });
        Some((self.captures + place).min(usize::from(u16::MAX)) as u16)
    }

    /// Collects what an expression takes not to be null wherever it is evaluated. False where that is
    /// not all: it may take something for granted that a test inside of it has settled, or not.
    fn taken_for_there(&self, expr: &'a Expr, on_some_way: bool, out: &mut Vec<&'a Expr>) -> bool {
        use crate::typed::{BinaryOp, ExprKind};
        let mut every = |parts: &[(&'a Expr, bool)]| {
            parts.iter().all(|(part, some_way)| self.taken_for_there(part, *some_way, out))
        };
        match &expr.kind {
            ExprKind::NonNull(inner) | ExprKind::Member(inner) => {
                if !every(&[(inner, on_some_way)]) {
                    return false;
                }
                // What is bound inside is tested inside.
                if !self.facts.get(inner).closed {
                    return true;
                }
                out.push(inner);
                let is_null_test = matches!(expr.kind, ExprKind::NonNull(_));
                is_null_test && !on_some_way && out.len() <= MOST_CHECKS
            }
            ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, left, right } => {
                every(&[(left, on_some_way), (right, true)])
            }
            ExprKind::If { cond, then, otherwise } => {
                every(&[(cond, on_some_way), (then, true), (otherwise, true)])
            }
            ExprKind::IfPresent { value, present, absent, .. } => {
                every(&[(value, on_some_way), (present, true), (absent, true)])
            }
            ExprKind::Match { subject, arms, .. } => {
                every(&[(subject, on_some_way)]) && arms.iter().all(|a| every(&[(&a.value, true)]))
            }
            _ => {
                let mut parts = Vec::new();
                crate::typed::walk::each_part(expr, &mut |part| parts.push((part, on_some_way)));
                every(&parts)
            }
        }
    }

    /// The names of the fields that lead from the entity to a value.
    fn path(&self, expr: &Expr) -> Option<Vec<SmolStr>> {
        match &expr.kind {
            crate::typed::ExprKind::Local(local) if *local == self.param => Some(Vec::new()),
            crate::typed::ExprKind::Local(local) => self.path(self.bindings.get(local)?),
            crate::typed::ExprKind::NonNull(inner) => self.path(inner),
            crate::typed::ExprKind::Coerce(inner) if self.keeps_form(&inner.ty, &expr.ty) => {
                self.path(inner)
            }
            crate::typed::ExprKind::Field { base, slot } => {
                let mut path = self.path(base)?;
                let record = self.defs.record(without_null(self.defs, &base.ty))?;
                let field = record.fields.get(usize::from(*slot))?;
                if path.is_empty() && field.name == "typeId" {
                    return None;
                }
                path.push(field.name.clone());
                Some(path)
            }
            crate::typed::ExprKind::IfPresent { value, local, present, absent } => {
                self.path_of_chain(value, *local, present, absent)
            }
            _ => None,
        }
    }

    /// `a?.b` is the path `a.b`, which is null where `a` is.
    fn path_of_chain(
        &self,
        value: &Expr,
        local: LocalId,
        present: &Expr,
        absent: &Expr,
    ) -> Option<Vec<SmolStr>> {
        let is_null = |expr: &Expr| {
            matches!(&plain(expr).kind, crate::typed::ExprKind::Const(crate::typed::Const::Null))
        };
        if !is_null(absent) {
            return None;
        }
        let mut path = self.path(value)?;
        path.extend(self.path_behind(present, local)?);
        Some(path)
    }

    /// The names that lead from a local to a value; one at least.
    fn path_behind(&self, expr: &Expr, from: LocalId) -> Option<Vec<SmolStr>> {
        use crate::typed::ExprKind;
        match &expr.kind {
            ExprKind::Local(local) if *local == from => Some(Vec::new()),
            ExprKind::NonNull(inner) => self.path_behind(inner, from),
            ExprKind::Coerce(inner) if self.keeps_form(&inner.ty, &expr.ty) => {
                self.path_behind(inner, from)
            }
            ExprKind::Field { base, slot } => {
                let mut path = self.path_behind(base, from)?;
                let record = self.defs.record(without_null(self.defs, &base.ty))?;
                path.push(record.fields.get(usize::from(*slot))?.name.clone());
                Some(path)
            }
            ExprKind::IfPresent { value, local, present, absent } => {
                let null =
                    matches!(&plain(absent).kind, ExprKind::Const(crate::typed::Const::Null));
                if !null {
                    return None;
                }
                let mut path = self.path_behind(value, from)?;
                path.extend(self.path_behind(present, *local)?);
                Some(path)
            }
            _ => None,
        }
    }

    /// Whether a value is for the other type what it is for the one, to a store: a scalar of the
    /// same kind, or a record, whose fields are found by their names.
    fn keeps_form(&self, from: &Type, to: &Type) -> bool {
        match (scalar(self.defs, from), scalar(self.defs, to)) {
            (Some((from, _)), Some((to, _))) => from == to,
            (None, None) => {
                let is_record = |ty| self.defs.record(without_null(self.defs, ty)).is_some();
                is_record(from) && is_record(to)
            }
            _ => false,
        }
    }
}

/// An expression without what only changes its type.
fn plain(expr: &Expr) -> &Expr {
    match &expr.kind {
        crate::typed::ExprKind::Coerce(inner) => plain(inner),
        _ => expr,
    }
}

/// The type inside of `T?`, or the type itself.
fn without_null<'t>(defs: &'t TypeDefs, ty: &'t Type) -> &'t Type {
    match defs.peel(ty) {
        Type::Optional(inner) => defs.peel(inner),
        ty => ty,
    }
}

/// What values of a type are to a store, and whether they may be null.
pub(crate) fn scalar(defs: &TypeDefs, ty: &Type) -> Option<(Kind, bool)> {
    let kind = match defs.peel(ty) {
        Type::Optional(inner) => return Some((scalar(defs, inner)?.0, true)),
        Type::Bool | Type::Literal(Literal::Bool(_)) => Kind::Bool,
        Type::Int | Type::Literal(Literal::Int(_)) => Kind::Int,
        Type::Float => Kind::Float,
        Type::Decimal => Kind::Decimal,
        Type::String | Type::Literal(Literal::String(_)) => Kind::String,
        Type::Uuid => Kind::Uuid,
        Type::Instant => Kind::Instant,
        Type::Duration => Kind::Duration,
        Type::Union(members) => {
            let (first, rest) = members.split_first()?;
            let kind = scalar(defs, first)?;
            return rest.iter().all(|m| scalar(defs, m) == Some(kind)).then_some(kind);
        }
        _ => return None,
    };
    Some((kind, false))
}

/// What a test over operands is made of.
#[derive(Clone)]
struct Case {
    /// When the operand is the value: exact, and can't fail.
    guards: Vec<Predicate>,
    value: Operand,
    /// Whether it may fail in some row.
    fails: bool,
}
