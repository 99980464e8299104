//! What was executed: a histogram over the constructs of the language.

use std::borrow::Cow;
use std::collections::BTreeMap;

use wf_compiler::typed::{
    BinaryOp, Const, ExprKind, Intrinsic, LoopField, RunField, StmtKind, Test, Trigger, UnaryOp,
    UpdateOp,
};
use wf_types::{Type, TypeDefs};

use super::eval::value::Val;

/// How often each construct was executed.
#[derive(Clone, Debug)]
pub struct Features {
    exprs: [u64; EXPRS.len()],
    stmts: [u64; STMTS.len()],
    others: BTreeMap<Cow<'static, str>, u64>,
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
        self.note(match op {
            BinaryOp::Or => "operator or",
            BinaryOp::And => "operator and",
            BinaryOp::Eq => "operator ==",
            BinaryOp::Ne => "operator !=",
            BinaryOp::Lt => "operator <",
            BinaryOp::Le => "operator <=",
            BinaryOp::Gt => "operator >",
            BinaryOp::Ge => "operator >=",
            BinaryOp::In => "operator in",
            BinaryOp::Add => "operator +",
            BinaryOp::Sub => "operator -",
            BinaryOp::Mul => "operator *",
            BinaryOp::Div => "operator /",
            BinaryOp::Rem => "operator %",
        });
    }

    pub(super) fn unary(&mut self, op: UnaryOp) {
        self.note(match op {
            UnaryOp::Neg => "operator - before its operand",
            UnaryOp::Not => "operator not",
        });
    }

    pub(super) fn constant(&mut self, value: &Const) {
        self.note(match value {
            Const::Null => "constant null",
            Const::Bool(_) => "constant bool",
            Const::Int(_) => "constant int",
            Const::Float(_) => "constant float",
            Const::Decimal(_) => "constant decimal",
            Const::String(_) => "constant string",
            Const::Duration(_) => "constant duration",
        });
    }

    pub(super) fn test(&mut self, test: &Test) {
        self.note(match test {
            Test::Any => "pattern for anything",
            Test::Never => "pattern that is excluded",
            Test::Null => "pattern for null",
            Test::NotNull => "pattern for anything but null",
            Test::Equals(_) => "pattern for a literal",
            Test::Member(_) => "pattern for a member",
        });
    }

    pub(super) fn loop_field(&mut self, field: LoopField) {
        self.note(match field {
            LoopField::Name => "loop.x.loopName",
            LoopField::Items => "loop.x.items",
            LoopField::Index => "loop.x.index",
            LoopField::Item => "loop.x.item",
        });
    }

    pub(super) fn run_field(&mut self, field: RunField) -> RunField {
        self.note(match field {
            RunField::Id => "run.id",
            RunField::Workflow => "run.workflow",
            RunField::StartedAt => "run.startedAt",
            RunField::Attempt => "run.attempt",
            RunField::Trigger => "match trigger",
        });
        field
    }

    pub(super) fn trigger(&mut self, trigger: &Trigger, of: usize) {
        self.note(match trigger {
            Trigger::Entity { .. } => "trigger entity",
            Trigger::Webhook { .. } => "trigger webhook",
            Trigger::Schedule { .. } => "trigger schedule",
            Trigger::Function { .. } => "trigger function",
        });
        if of > 1 {
            self.note("trigger of several");
        }
    }

    /// A value is given for another type.
    pub(super) fn coercion(&mut self, value: &Val, to: &Type, defs: &TypeDefs) {
        let to = match defs.peel(to) {
            Type::Optional(inner) => defs.peel(inner),
            to => to,
        };
        self.note(match (value, to) {
            (Val::Of(_), Type::Union(_)) => "a union for another union",
            (Val::Of(_), Type::Json) => "a union for json",
            (Val::Of(_), _) => "a union for a type that all members fit",
            (_, Type::Union(_)) => "a value for a union",
            (_, Type::Json) => "a value for json",
            (Val::List(_), _) => "a list for another type",
            (Val::Map(_), _) => "a map for another type",
            (Val::Rec(_), Type::Map(_)) => "a record for a map",
            (Val::Rec(_), _) => "a record for another type",
            (Val::Null | Val::Missing, _) => "null for another type",
            _ => "a scalar for another type",
        });
    }

    pub(super) fn intrinsic(&mut self, function: Intrinsic) {
        if let Intrinsic::Keyed(keyed) = function {
            return self.note_made("function ", keyed.name());
        }
        self.note(match function {
            Intrinsic::Map => "function map",
            Intrinsic::Filter => "function filter",
            Intrinsic::FilterMap => "function filterMap",
            Intrinsic::FlatMap => "function flatMap",
            Intrinsic::Reduce => "function reduce",
            Intrinsic::SortBy => "function sortBy",
            Intrinsic::GroupBy => "function groupBy",
            Intrinsic::Any => "function any",
            Intrinsic::All => "function all",
            Intrinsic::Count => "function count",
            Intrinsic::Find => "function find",
            Intrinsic::Keyed(_) => "function with keys",
        });
    }

    pub(super) fn native(&mut self, name: &str) {
        self.note_made("function ", name);
    }

    pub(super) fn node(&mut self, name: &str) {
        self.note_made("node ", name);
    }

    /// An update of a variable, or a merge into one, by this operand.
    pub(super) fn update(&mut self, what: &str, op: UpdateOp, operand: &Val) {
        let kind = match operand.plain() {
            Val::Int(_) => "int",
            Val::Float(_) => "float",
            Val::Dec(_) => "decimal",
            Val::Str(_) => "string",
            Val::Instant(_) => "instant",
            Val::Duration(_) => "duration",
            Val::List(_) => "list",
            Val::Map(_) => "map",
            Val::Bool(_) => "bool",
            _ => "other",
        };
        let op = match op {
            UpdateOp::Add => " += ",
            UpdateOp::Max => " max= ",
            UpdateOp::Min => " min= ",
            UpdateOp::Or => " or= ",
            UpdateOp::And => " and= ",
        };
        self.note_made(what, &format!("{op}{kind}"));
    }

    /// Notes something else.
    pub fn note(&mut self, what: &'static str) {
        *self.others.entry(Cow::Borrowed(what)).or_default() += 1;
    }

    fn note_made(&mut self, what: &str, name: &str) {
        let key = [what, name].concat();
        match self.others.get_mut(key.as_str()) {
            Some(count) => *count += 1,
            None => drop(self.others.insert(Cow::Owned(key), 1)),
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
        let absent = OTHERS.iter().filter(|name| !self.others.contains_key(**name));
        let absent = absent.map(|name| ((*name).to_owned(), 0));
        let others = self.others.iter().map(|(n, c)| (n.to_string(), *c));
        stmts.chain(exprs).chain(others).chain(absent).collect()
    }

    /// The names of all constructs that were executed less often than this.
    pub fn rare(&self, least: u64) -> Vec<String> {
        let counts = self.counts().into_iter().filter(|(_, count)| *count < least);
        counts.map(|(name, _)| name).collect()
    }
}

/// What is to be executed besides all kinds of expressions and statements.
const OTHERS: &[&str] = &[
    "operator or",
    "operator and",
    "operator ==",
    "operator !=",
    "operator <",
    "operator <=",
    "operator >",
    "operator >=",
    "operator in",
    "operator +",
    "operator -",
    "operator *",
    "operator /",
    "operator %",
    "operator - before its operand",
    "operator not",
    "constant null",
    "constant bool",
    "constant int",
    "constant float",
    "constant decimal",
    "constant string",
    "constant duration",
    "pattern for anything",
    "pattern for null",
    "pattern for anything but null",
    "pattern for a literal",
    "pattern for a member",
    "pattern that is excluded",
    "loop.x.loopName",
    "loop.x.items",
    "loop.x.index",
    "loop.x.item",
    "run.id",
    "run.workflow",
    "run.startedAt",
    "run.attempt",
    "match trigger",
    "trigger entity",
    "trigger webhook",
    "trigger schedule",
    "trigger function",
    "trigger of several",
    "trigger where",
    "a union for another union",
    "a union for json",
    "a union for a type that all members fit",
    "a value for a union",
    "a value for json",
    "a list for another type",
    "a map for another type",
    "a record for another type",
    "null for another type",
    "a scalar for another type",
    "narrowed to some members",
    "narrowed to one member",
    "field that the member has not",
    "entry of a list",
    "spread of a list",
    "entry of a map",
    "spread of a map",
    "field behind a spread",
    "spread of a record",
    "strict: true",
    "timeout",
    "retry",
    "workflow.call with",
    "workflow.call again",
    "secret",
    "answer with a part of another type",
    "trigger with a part of another type",
    "generic function",
    "schema",
    "function map",
    "function filter",
    "function filterMap",
    "function flatMap",
    "function reduce",
    "function sortBy",
    "function groupBy",
    "function any",
    "function all",
    "function count",
    "function find",
    "function $.one",
    "function $.all",
    "function $.slice",
    "node condition",
    "node entity.create",
    "node entity.delete",
    "node entity.get",
    "node entity.query",
    "node entity.update",
    "node entity.upsert",
    "node http.delete",
    "node http.get",
    "node http.patch",
    "node http.post",
    "node http.put",
    "node http.request",
    "node log.info",
    "node soak.get",
    "node time.now",
    "node workflow.call",
    "update += int",
    "update += float",
    "update += decimal",
    "update += duration",
    "update += list",
    "update += map",
    "update max= int",
    "update max= float",
    "update max= decimal",
    "update max= string",
    "update max= instant",
    "update max= duration",
    "update min= int",
    "update min= float",
    "update min= decimal",
    "update min= string",
    "update min= instant",
    "update min= duration",
    "update or= bool",
    "update and= bool",
    "merge += int",
    "merge += float",
    "merge += decimal",
    "merge += duration",
    "merge += list",
    "merge += map",
    "merge max= int",
    "merge max= float",
    "merge max= decimal",
    "merge max= string",
    "merge max= instant",
    "merge max= duration",
    "merge min= int",
    "merge min= float",
    "merge min= decimal",
    "merge min= string",
    "merge min= instant",
    "merge min= duration",
    "merge or= bool",
    "merge and= bool",
];
