//! Values: fields of a row, what is the same for all rows, and arithmetic over them.

use wf_bytecode::pushdown::{Arithmetic, Kind, Literal, Operand, Predicate};
use wf_types::Type;

use super::logic::{all, any, negated};
use super::{Analyser, Case, Why, plain, scalar, without_null};
use crate::typed::{BinaryOp, Const, Expr, ExprKind, UnaryOp};

/// How many cases a value may have.
const MOST_CASES: usize = 8;

impl<'a> Analyser<'a> {
    /// A value, by cases of which exactly one holds in each row. What can't be worked out is noted.
    pub(super) fn operand(&mut self, expr: &'a Expr) -> Option<Vec<Case>> {
        if !self.spend() {
            self.leave(expr, Why::TooLarge);
            return None;
        }
        if let ExprKind::Const(constant) = &expr.kind {
            return Some(vec![Case::sure(Operand::Const(literal(constant)))]);
        }
        let Some((kind, nullable)) = scalar(self.defs, &expr.ty) else {
            if matches!(&plain(expr).kind, ExprKind::Const(Const::Null)) {
                return Some(vec![Case::sure(Operand::Const(Literal::Null))]);
            }
            self.leave(expr, Why::NotScalar);
            return None;
        };
        if !matches!(plain(expr).kind, ExprKind::Const(_))
            && let Some(index) = self.hoist(expr)
        {
            return Some(vec![Case::sure(Operand::Capture { index, kind, nullable })]);
        }
        if let Some(path) = self.path(expr).filter(|path| !path.is_empty()) {
            return Some(vec![Case::sure(Operand::Field { path, kind, nullable })]);
        }
        self.compound(expr, kind)
    }

    fn compound(&mut self, expr: &'a Expr, kind: Kind) -> Option<Vec<Case>> {
        match &expr.kind {
            ExprKind::Local(local) if self.bindings.contains_key(local) => {
                let bound = *self.bindings.get(local)?;
                self.operand(bound)
            }
            ExprKind::NonNull(inner) => {
                let mut cases = self.operand(inner)?;
                cases.iter_mut().for_each(|case| case.value.is_there());
                Some(cases)
            }
            ExprKind::Member(inner) | ExprKind::Coerce(inner) => {
                let same = matches!(&inner.kind, ExprKind::Const(_))
                    || self.keeps_form(&inner.ty, &expr.ty);
                if same {
                    return self.operand(inner);
                }
                self.leave(expr, Why::NotScalar);
                None
            }
            ExprKind::Unary { op: UnaryOp::Neg, operand } => self.negative(operand, kind),
            ExprKind::Binary { op, left, right } => self.arithmetic(expr, *op, left, right, kind),
            ExprKind::If { cond, then, otherwise } => self.either(expr, cond, then, otherwise),
            ExprKind::IfPresent { value, local, present, absent } => {
                let null = self.is_null(value)?;
                self.bindings.insert(*local, value);
                let (present, absent) = (self.operand(present)?, self.operand(absent)?);
                self.joined(expr, &negated(null.clone()), present, &null, absent)
            }
            ExprKind::Call { .. } | ExprKind::CallNative { .. } | ExprKind::Intrinsic { .. } => {
                self.leave(expr, Why::Call);
                None
            }
            _ => {
                self.leave(expr, Why::Construct);
                None
            }
        }
    }

    fn either(
        &mut self,
        expr: &'a Expr,
        cond: &'a Expr,
        then: &'a Expr,
        otherwise: &'a Expr,
    ) -> Option<Vec<Case>> {
        let (yes, no) = (self.lower(cond, true), self.lower(cond, false));
        if !yes.exact || !no.exact || yes.fails {
            self.leave(cond, Why::Construct);
            return None;
        }
        let (then, otherwise) = (self.operand(then)?, self.operand(otherwise)?);
        self.joined(expr, &yes.predicate, then, &no.predicate, otherwise)
    }

    /// The cases of two values, of which the first one holds where `yes` does and the other where
    /// `no` does.
    fn joined(
        &mut self,
        expr: &Expr,
        yes: &Predicate,
        then: Vec<Case>,
        no: &Predicate,
        otherwise: Vec<Case>,
    ) -> Option<Vec<Case>> {
        let with = |guard: &Predicate, mut case: Case| {
            case.guards.insert(0, guard.clone());
            case
        };
        let then = then.into_iter().map(|case| with(yes, case));
        let otherwise = otherwise.into_iter().map(|case| with(no, case));
        let possible = |case: &Case| !case.guards.contains(&Predicate::Const(false));
        let cases: Vec<Case> = then.chain(otherwise).filter(possible).collect();
        if cases.len() > MOST_CASES || cases.iter().any(|case| case.fails) {
            self.leave(
                expr,
                if cases.len() > MOST_CASES { Why::TooLarge } else { Why::Arithmetic },
            );
            return None;
        }
        Some(cases)
    }

    fn negative(&mut self, operand: &'a Expr, kind: Kind) -> Option<Vec<Case>> {
        let zero = match kind {
            Kind::Int => Literal::Int(0),
            Kind::Float => Literal::Float(0.0),
            Kind::Decimal => Literal::Decimal(wf_bytecode::Decimal::ZERO),
            Kind::Duration => Literal::Duration(0),
            _ => return None,
        };
        let right = self.operand(operand)?;
        let left = vec![Case::sure(Operand::Const(zero))];
        Some(product(left, right, Arithmetic::Sub, kind))
    }

    fn arithmetic(
        &mut self,
        expr: &'a Expr,
        op: BinaryOp,
        left: &'a Expr,
        right: &'a Expr,
        kind: Kind,
    ) -> Option<Vec<Case>> {
        let kinds = (scalar(self.defs, &left.ty)?.0, scalar(self.defs, &right.ty)?.0);
        let op = match (op, kinds, kind) {
            (BinaryOp::Add, (Kind::Instant, Kind::Duration), Kind::Instant) => Arithmetic::Add,
            (BinaryOp::Sub, (Kind::Instant, Kind::Duration), Kind::Instant)
            | (BinaryOp::Sub, (Kind::Instant, Kind::Instant), Kind::Duration) => Arithmetic::Sub,
            (BinaryOp::Mul, (Kind::Duration, Kind::Int), Kind::Duration) => Arithmetic::Mul,
            (_, (Kind::Duration, Kind::Duration), Kind::Duration)
            | (_, (Kind::Int, Kind::Int), Kind::Int)
            | (_, (Kind::Float, Kind::Float), Kind::Float)
            | (_, (Kind::Decimal, Kind::Decimal), Kind::Decimal) => match op {
                BinaryOp::Add => Arithmetic::Add,
                BinaryOp::Sub => Arithmetic::Sub,
                BinaryOp::Mul if kind != Kind::Duration => Arithmetic::Mul,
                _ => return self.no_arithmetic(expr),
            },
            _ => return self.no_arithmetic(expr),
        };
        let (left, right) = (self.operand(left)?, self.operand(right)?);
        if left.len() * right.len() > MOST_CASES {
            self.leave(expr, Why::TooLarge);
            return None;
        }
        Some(product(left, right, op, kind))
    }

    fn no_arithmetic(&mut self, expr: &Expr) -> Option<Vec<Case>> {
        self.leave(expr, Why::Arithmetic);
        None
    }

    /// The test whether a value is null, which can't fail; `None` where no store can tell.
    pub(super) fn is_null(&mut self, expr: &'a Expr) -> Option<Predicate> {
        if matches!(&plain(expr).kind, ExprKind::Const(Const::Null)) {
            return Some(Predicate::Const(true));
        }
        if !matches!(self.defs.peel(&expr.ty), Type::Optional(_)) {
            let is_sure = !matches!(without_null(self.defs, &expr.ty), Type::Json | Type::Null)
                && self.facts.get(expr).total;
            if !is_sure {
                self.leave(expr, Why::NotScalar);
            }
            return is_sure.then_some(Predicate::Const(false));
        }
        if scalar(self.defs, &expr.ty).is_none()
            && let Some(path) = self.path(expr).filter(|path| !path.is_empty())
            && !holds_json(without_null(self.defs, &expr.ty))
        {
            // Stores tell null from all else, whatever that is.
            let field = Operand::Field { path, kind: Kind::String, nullable: true };
            return Some(Predicate::IsNull(field));
        }
        let cases = self.operand(expr)?;
        if cases.iter().any(|case| case.fails) {
            self.leave(expr, Why::Arithmetic);
            return None;
        }
        let tests = cases.into_iter().map(|mut case| {
            let test = null_test(case.value);
            case.guards.push(test);
            all(case.guards)
        });
        Some(any(tests.collect()))
    }
}

/// Whether values of a type may be JSON nulls that are not told from null.
fn holds_json(ty: &Type) -> bool {
    match ty {
        Type::Json => true,
        Type::Union(members) => members.iter().any(|m| matches!(m, Type::Json | Type::Named(_))),
        _ => false,
    }
}

/// Whether an operand is null.
pub(super) fn null_test(operand: Operand) -> Predicate {
    match &operand {
        Operand::Const(literal) => Predicate::Const(*literal == Literal::Null),
        Operand::Field { nullable: true, .. } | Operand::Capture { nullable: true, .. } => {
            Predicate::IsNull(operand)
        }
        _ => Predicate::Const(false),
    }
}

fn product(left: Vec<Case>, right: Vec<Case>, op: Arithmetic, kind: Kind) -> Vec<Case> {
    let mut cases = Vec::with_capacity(left.len() * right.len());
    for a in &left {
        for b in &right {
            let guards = a.guards.iter().chain(&b.guards).cloned().collect();
            let (left, right) = (Box::new(a.value.clone()), Box::new(b.value.clone()));
            let value = Operand::Arithmetic { op, left, right, kind };
            cases.push(Case { guards, value, fails: true });
        }
    }
    cases
}

impl Case {
    fn sure(value: Operand) -> Self {
        Self { guards: Vec::new(), value, fails: false }
    }
}

/// A constant as a store knows it.
fn literal(constant: &Const) -> Literal {
    match constant {
        Const::Null => Literal::Null,
        Const::Bool(value) => Literal::Bool(*value),
        Const::Int(value) => Literal::Int(*value),
        // There is no negative zero.
        Const::Float(value) => Literal::Float(if *value == 0.0 { 0.0 } else { *value }),
        Const::Decimal(value) => Literal::Decimal(**value),
        Const::String(text) => Literal::String(text.to_string()),
        Const::Duration(micros) => Literal::Duration(*micros),
    }
}
