//! What is known of each part of a lambda before anything is worked out.

use rustc_hash::FxHashMap;
use wf_types::TypeDefs;

use super::scalar;
use crate::typed::walk::each_part;
use crate::typed::{Arg, BinaryOp, Expr, ExprKind, Intrinsic, Lambda, ListEntry, LocalId, UnaryOp};

/// What is known of a part of a lambda.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fact {
    /// It is the same for all rows, and reads nothing that is bound around it in the lambda.
    pub(super) closed: bool,
    /// It is made of reads, operators and library functions: working it out once takes no time that
    /// anybody notices.
    pub(super) simple: bool,
    /// It can't fail.
    pub(super) total: bool,
}

/// The facts of all parts of a lambda, by where these are.
pub(super) struct Facts {
    facts: FxHashMap<*const Expr, Fact>,
    /// How deep in the lambda each local is bound.
    bound: FxHashMap<LocalId, usize>,
}

/// What a part hands to the one around it.
#[derive(Clone, Copy)]
struct Inside {
    /// How deep the outermost local is bound that is read.
    outermost: usize,
    simple: bool,
    total: bool,
}

impl Facts {
    pub(super) fn of(lambda: &Lambda, defs: &TypeDefs) -> Self {
        let mut facts = Self { facts: FxHashMap::default(), bound: FxHashMap::default() };
        facts.bound.extend(lambda.params.iter().map(|param| (*param, 0)));
        facts.visit(&lambda.body, 1, defs);
        facts
    }

    /// The facts of a part. One that was not seen is taken for the worst.
    pub(super) fn get(&self, expr: &Expr) -> Fact {
        self.facts.get(&std::ptr::from_ref(expr)).copied().unwrap_or_default()
    }

    fn visit(&mut self, expr: &Expr, depth: usize, defs: &TypeDefs) -> Inside {
        match &expr.kind {
            ExprKind::IfPresent { local, .. } => {
                self.bound.insert(*local, depth);
            }
            ExprKind::Match { local, arms, .. } => {
                self.bound.insert(*local, depth);
                self.bound.extend(arms.iter().filter_map(|a| a.binding).map(|l| (l, depth)));
            }
            ExprKind::Lambda(lambda) => self.bind(lambda, depth),
            ExprKind::Intrinsic { args, .. } => {
                for arg in args {
                    if let Arg::Lambda(lambda) = arg {
                        self.bind(lambda, depth);
                    }
                }
            }
            _ => {}
        }
        let mut inside = Inside { outermost: usize::MAX, simple: true, total: true };
        each_part(expr, &mut |part| {
            let of_part = self.visit(part, depth + 1, defs);
            inside.outermost = inside.outermost.min(of_part.outermost);
            inside.simple &= of_part.simple;
            inside.total &= of_part.total;
        });
        if let ExprKind::Local(local) = &expr.kind
            && let Some(bound) = self.bound.get(local)
        {
            inside.outermost = *bound;
        }
        inside.simple &= is_simple(expr);
        inside.total &= is_total(expr, defs);
        let closed = inside.outermost >= depth;
        let fact = Fact { closed, simple: inside.simple, total: inside.total };
        self.facts.insert(std::ptr::from_ref(expr), fact);
        inside
    }

    fn bind(&mut self, lambda: &Lambda, depth: usize) {
        self.bound.extend(lambda.params.iter().map(|param| (*param, depth)));
    }
}

fn is_simple(expr: &Expr) -> bool {
    !matches!(
        expr.kind,
        ExprKind::Call { .. }
            | ExprKind::Intrinsic { .. }
            | ExprKind::Decode(_)
            | ExprKind::TryDecode(_)
            | ExprKind::Lambda(_)
            | ExprKind::Range { .. }
    )
}

/// Whether an expression can't fail where its parts don't. What looks at values that may nest, or makes
/// texts, is taken to fail: it has limits.
fn is_total(expr: &Expr, defs: &TypeDefs) -> bool {
    let scalar = |expr: &Expr| scalar(defs, &expr.ty).is_some();
    let null = |expr: &Expr| matches!(&expr.kind, ExprKind::Const(crate::typed::Const::Null));
    match &expr.kind {
        ExprKind::Const(_)
        | ExprKind::Local(_)
        | ExprKind::Variable(_)
        | ExprKind::Step(_)
        | ExprKind::Loop(..)
        | ExprKind::Trigger
        | ExprKind::Run(_)
        | ExprKind::Config(_)
        | ExprKind::Field { .. }
        | ExprKind::UnionField { .. }
        | ExprKind::IfPresent { .. }
        | ExprKind::ListGet { .. }
        | ExprKind::ListGetBack { .. }
        | ExprKind::MapGet { .. }
        | ExprKind::If { .. }
        | ExprKind::Match { .. }
        | ExprKind::NonNull(_)
        | ExprKind::Member(_) => true,
        ExprKind::List(entries) => entries.iter().all(|entry| matches!(entry, ListEntry::Item(_))),
        ExprKind::Coerce(inner) => scalar(inner) || null(inner) || inner.ty == expr.ty,
        ExprKind::Unary { op: UnaryOp::Not, .. } => true,
        ExprKind::Unary { operand, .. } => matches!(operand.kind, ExprKind::Const(_)),
        ExprKind::Binary { op, left, right } => match op {
            BinaryOp::Or | BinaryOp::And => true,
            BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => true,
            BinaryOp::Eq | BinaryOp::Ne => {
                scalar(left) || scalar(right) || null(left) || null(right)
            }
            BinaryOp::In => scalar(left),
            _ => false,
        },
        ExprKind::CallNative { name, args } => {
            matches!(name.as_str(), "startsWith" | "endsWith" | "length" | "has")
                || (name == "contains" && args.last().is_some_and(scalar))
        }
        ExprKind::Intrinsic { function, .. } => {
            matches!(function, Intrinsic::Any | Intrinsic::All | Intrinsic::Count | Intrinsic::Find)
        }
        _ => false,
    }
}
