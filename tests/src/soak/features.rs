//! What was executed: a histogram over the constructs of the language.

use std::collections::BTreeMap;

use wf_compiler::typed::{BinaryOp, ExprKind, Intrinsic, StmtKind, UpdateOp};

use super::eval::value::Val;

/// How often each construct was executed.
#[derive(Clone, Debug)]
pub struct Features {
    exprs: [u64; EXPRS.len()],
    stmts: [u64; STMTS.len()],
    others: BTreeMap<String, u64>,
}

const EXPRS: &[&str] = &[
    "Const",
    "Template",
    "Local",
    "Variable",
    "Step",
    "Loop",
    "Trigger",
    "Run",
    "Config",
    "Field",
    "IfPresent",
    "ListGet",
    "ListGetBack",
    "MapGet",
    "Call",
    "CallNative",
    "Intrinsic",
    "Decode",
    "TryDecode",
    "Unary",
    "Binary",
    "Range",
    "If",
    "Match",
    "List",
    "Map",
    "Record",
    "RecordSpread",
    "Lambda",
    "NonNull",
    "Coerce",
    "UnionField",
    "Member",
];

const STMTS: &[&str] = &[
    "Let",
    "AssignLocal",
    "UpdateLocal",
    "DeclareVariable",
    "AssignVariable",
    "UpdateVariable",
    "MergeVariable",
    "Step",
    "Step try",
    "Step with",
    "If",
    "If named",
    "Match",
    "For",
    "For in fn",
    "For parallel",
    "While",
    "While in fn",
    "Parallel",
    "Try",
    "Try finally",
    "Yield",
    "Fail",
    "Return",
    "Break",
    "Continue",
];

impl Default for Features {
    fn default() -> Self {
        let (exprs, stmts) = ([0; EXPRS.len()], [0; STMTS.len()]);
        Self { exprs, stmts, others: BTreeMap::new() }
    }
}

impl Features {
    pub(super) fn expr(&mut self, kind: &ExprKind) {
        let at = match kind {
            ExprKind::Const(_) => 0,
            ExprKind::Template(_) => 1,
            ExprKind::Local(_) => 2,
            ExprKind::Variable(_) => 3,
            ExprKind::Step(_) => 4,
            ExprKind::Loop(..) => 5,
            ExprKind::Trigger => 6,
            ExprKind::Run(_) => 7,
            ExprKind::Config(_) => 8,
            ExprKind::Field { .. } => 9,
            ExprKind::IfPresent { .. } => 10,
            ExprKind::ListGet { .. } => 11,
            ExprKind::ListGetBack { .. } => 12,
            ExprKind::MapGet { .. } => 13,
            ExprKind::Call { .. } => 14,
            ExprKind::CallNative { .. } => 15,
            ExprKind::Intrinsic { .. } => 16,
            ExprKind::Decode(_) => 17,
            ExprKind::TryDecode(_) => 18,
            ExprKind::Unary { .. } => 19,
            ExprKind::Binary { .. } => 20,
            ExprKind::Range { .. } => 21,
            ExprKind::If { .. } => 22,
            ExprKind::Match { .. } => 23,
            ExprKind::List(_) => 24,
            ExprKind::Map(_) => 25,
            ExprKind::Record { .. } => 26,
            ExprKind::RecordSpread(_) => 27,
            ExprKind::Lambda(_) => 28,
            ExprKind::NonNull(_) => 29,
            ExprKind::Coerce(_) => 30,
            ExprKind::UnionField { .. } => 31,
            ExprKind::Member(_) => 32,
        };
        self.exprs[at] += 1;
    }

    pub(super) fn stmt(&mut self, kind: &StmtKind) {
        let at = match kind {
            StmtKind::Let(..) => 0,
            StmtKind::AssignLocal(..) => 1,
            StmtKind::UpdateLocal(..) => 2,
            StmtKind::DeclareVariable(..) => 3,
            StmtKind::AssignVariable(..) => 4,
            StmtKind::UpdateVariable(..) => 5,
            StmtKind::MergeVariable(..) => 6,
            StmtKind::Step(step) if step.tried => 8,
            StmtKind::Step(step) if step.policy.is_some() => 9,
            StmtKind::Step(_) => 7,
            StmtKind::If(stmt) => 10 + usize::from(stmt.name.is_some()),
            StmtKind::Match(_) => 12,
            StmtKind::For(stmt) if stmt.parallel.is_some() => 15,
            StmtKind::For(stmt) => 13 + usize::from(stmt.step.is_none()),
            StmtKind::While(stmt) => 16 + usize::from(stmt.step.is_none()),
            StmtKind::Parallel(..) => 18,
            StmtKind::Try(stmt) => 19 + usize::from(stmt.finally.is_some()),
            StmtKind::Yield(..) => 21,
            StmtKind::Fail(_) => 22,
            StmtKind::Return(_) => 23,
            StmtKind::Break => 24,
            StmtKind::Continue => 25,
        };
        self.stmts[at] += 1;
    }

    pub(super) fn binary(&mut self, op: BinaryOp) {
        self.note(&format!("operator {op:?}"));
    }

    pub(super) fn intrinsic(&mut self, function: Intrinsic) {
        self.note(&format!("function {function:?}"));
    }

    pub(super) fn native(&mut self, name: &str) {
        self.note(&format!("function {name}"));
    }

    pub(super) fn node(&mut self, name: &str) {
        self.note(&format!("node {name}"));
    }

    pub(super) fn update(&mut self, op: UpdateOp, old: &Val) {
        let kind = match old {
            Val::Null | Val::Missing => "null",
            Val::Int(_) => "int",
            Val::Float(_) => "float",
            Val::Str(_) => "string",
            Val::List(_) => "list",
            Val::Map(_) => "map",
            Val::Bool(_) => "bool",
            _ => "other",
        };
        self.note(&format!("update {op:?} {kind}"));
    }

    /// Notes something else.
    pub fn note(&mut self, what: &str) {
        match self.others.get_mut(what) {
            Some(count) => *count += 1,
            None => drop(self.others.insert(what.to_owned(), 1)),
        }
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &Features) {
        self.exprs.iter_mut().zip(&other.exprs).for_each(|(a, b)| *a += b);
        self.stmts.iter_mut().zip(&other.stmts).for_each(|(a, b)| *a += b);
        for (what, count) in &other.others {
            *self.others.entry(what.clone()).or_default() += count;
        }
    }

    /// All counts by their names, those of constructs that were never executed included.
    pub fn counts(&self) -> Vec<(String, u64)> {
        let exprs = EXPRS.iter().zip(&self.exprs).map(|(n, c)| (format!("expression {n}"), *c));
        let stmts = STMTS.iter().zip(&self.stmts).map(|(n, c)| (format!("statement {n}"), *c));
        let others = self.others.iter().map(|(n, c)| (n.clone(), *c));
        stmts.chain(exprs).chain(others).collect()
    }
}
