//! Tests: `and`, `or`, `not`, comparisons and what they are made of.

use wf_bytecode::pushdown::{Comparison, Kind, Literal, Operand, Predicate};

use super::operand::null_test;
use super::{Analyser, Case, Why, plain, scalar};
use crate::typed::{BinaryOp, Const, Expr, ExprKind, ListEntry, UnaryOp};
use wf_types::Type;

/// What is known of a test, asked for one of its two answers.
pub(super) struct Low {
    /// Holds in every row where the test has the answer, or fails.
    pub(super) predicate: Predicate,
    /// Whether it holds in no other row.
    pub(super) exact: bool,
    /// Whether the test may fail in some row.
    pub(super) fails: bool,
}

impl Low {
    fn sure(predicate: Predicate) -> Self {
        Self { predicate, exact: true, fails: false }
    }
}

impl<'a> Analyser<'a> {
    /// A test, asked for an answer.
    pub(super) fn lower(&mut self, expr: &'a Expr, want: bool) -> Low {
        let noted = self.left.len();
        if !self.spend() {
            self.leave(expr, Why::TooLarge);
            return self.open(expr);
        }
        if !matches!(plain(expr).kind, ExprKind::Const(_))
            && let Some(index) = self.hoist(expr)
        {
            let capture = Operand::Capture { index, kind: Kind::Bool, nullable: false };
            return Low::sure(wanted(Predicate::Is(capture), want));
        }
        let low = match &expr.kind {
            ExprKind::Const(Const::Bool(value)) => {
                Some(Low::sure(Predicate::Const(*value == want)))
            }
            ExprKind::Coerce(inner) | ExprKind::Member(inner) | ExprKind::NonNull(inner)
                if scalar(self.defs, &inner.ty) == Some((Kind::Bool, false)) =>
            {
                Some(self.lower(inner, want))
            }
            ExprKind::Unary { op: UnaryOp::Not, operand } => Some(self.lower(operand, !want)),
            ExprKind::Binary { op, left, right } => self.binary(expr, *op, left, right, want),
            ExprKind::If { cond, then, otherwise } => {
                Some(self.if_test(cond, then, otherwise, want))
            }
            ExprKind::IfPresent { value, local, present, absent } => {
                self.is_null(value).map(|null| {
                    self.bindings.insert(*local, value);
                    let (there, gone) = (self.lower(present, want), self.lower(absent, want));
                    either(negated(null.clone()), there, null, gone)
                })
            }
            ExprKind::CallNative { name, args } => self.native(expr, name, args, want),
            ExprKind::Call { .. } | ExprKind::Intrinsic { .. } => {
                self.leave(expr, Why::Call);
                None
            }
            _ => self
                .operand(expr)
                .map(|cases| each_case(cases, |value| wanted(Predicate::Is(value), want))),
        };
        low.unwrap_or_else(|| {
            if self.left.len() == noted {
                self.leave(expr, Why::Construct);
            }
            self.open(expr)
        })
    }

    /// What is known of a test that only the machine works out.
    fn open(&self, expr: &Expr) -> Low {
        let fails = !self.facts.get(expr).total;
        Low { predicate: Predicate::Const(true), exact: false, fails }
    }

    fn if_test(&mut self, cond: &'a Expr, then: &'a Expr, otherwise: &'a Expr, want: bool) -> Low {
        let (yes, no) = (self.lower(cond, true), self.lower(cond, false));
        let (then_low, else_low) = (self.lower(then, want), self.lower(otherwise, want));
        if yes.fails {
            // Where the condition fails the machine comes to neither.
            [then, otherwise].into_iter().for_each(|arm| self.leave(arm, Why::Behind));
            return Low { predicate: Predicate::Const(true), exact: false, fails: true };
        }
        let exact = yes.exact && no.exact;
        let low = either(yes.predicate, then_low, no.predicate, else_low);
        Low { exact: low.exact && exact, ..low }
    }

    fn binary(
        &mut self,
        expr: &'a Expr,
        op: BinaryOp,
        left: &'a Expr,
        right: &'a Expr,
        want: bool,
    ) -> Option<Low> {
        match op {
            BinaryOp::And => Some(self.joined_tests(left, right, want, true)),
            BinaryOp::Or => Some(self.joined_tests(left, right, want, false)),
            BinaryOp::Eq | BinaryOp::Ne => {
                let op = if op == BinaryOp::Eq { Comparison::Eq } else { Comparison::Ne };
                self.equality(op, left, right, want)
            }
            BinaryOp::Lt => self.order(Comparison::Lt, left, right, want),
            BinaryOp::Le => self.order(Comparison::Le, left, right, want),
            BinaryOp::Gt => self.order(Comparison::Gt, left, right, want),
            BinaryOp::Ge => self.order(Comparison::Ge, left, right, want),
            BinaryOp::In => self.one_of(left, right, want),
            _ => {
                self.leave(expr, Why::Arithmetic);
                None
            }
        }
    }

    /// `a and b` and `a or b`. Asked for the answer that both sides must give (`and`: true), the right
    /// side counts only where the left one can't fail: otherwise a row would be left out that the
    /// machine fails at. Asked for the other one, a row that is given without a look at the left side
    /// is looked at by the machine.
    fn joined_tests(&mut self, left: &'a Expr, right: &'a Expr, want: bool, and: bool) -> Low {
        let (a, b) = (self.lower(left, want), self.lower(right, want));
        if want == and {
            if a.fails {
                self.leave(right, Why::Behind);
                return Low { exact: false, ..a };
            }
            let predicate = all(vec![a.predicate, b.predicate]);
            return Low { predicate, exact: a.exact && b.exact, fails: b.fails };
        }
        let exact = a.exact && b.exact && !a.fails;
        if a.fails && a.exact {
            self.leave(left, Why::MayFail);
        }
        let predicate = any(vec![a.predicate, b.predicate]);
        Low { predicate, exact, fails: a.fails || b.fails }
    }

    fn equality(
        &mut self,
        op: Comparison,
        left: &'a Expr,
        right: &'a Expr,
        want: bool,
    ) -> Option<Low> {
        let want = want == (op == Comparison::Eq);
        let null = |expr: &Expr| matches!(&plain(expr).kind, ExprKind::Const(Const::Null));
        let tested = match (null(left), null(right)) {
            (_, true) => Some(left),
            (true, _) => Some(right),
            _ => None,
        };
        if let Some(tested) = tested {
            return self.is_null(tested).map(|test| Low::sure(wanted(test, want)));
        }
        let op = if want { Comparison::Eq } else { Comparison::Ne };
        self.compared(op, left, right)
    }

    fn order(
        &mut self,
        op: Comparison,
        left: &'a Expr,
        right: &'a Expr,
        want: bool,
    ) -> Option<Low> {
        let opposite = match op {
            Comparison::Lt => Comparison::Ge,
            Comparison::Le => Comparison::Gt,
            Comparison::Gt => Comparison::Le,
            _ => Comparison::Lt,
        };
        self.compared(if want { op } else { opposite }, left, right)
    }

    fn compared(&mut self, op: Comparison, left: &'a Expr, right: &'a Expr) -> Option<Low> {
        let (a, b) = (self.operand(left)?, self.operand(right)?);
        let same = |x: &Case, y: &Case| match (x.value.kind(), y.value.kind()) {
            (Some(x), Some(y)) => x == y,
            _ => true,
        };
        if !a.iter().all(|x| b.iter().all(|y| same(x, y))) {
            self.leave(left, Why::NotScalar);
            return None;
        }
        Some(each_pair(a, b, |left, right| comparison(op, left, right)))
    }

    /// `a in list`, `contains(list, a)`
    fn one_of(&mut self, needle: &'a Expr, list: &'a Expr, want: bool) -> Option<Low> {
        let Type::List(item) = self.defs.peel(&list.ty) else {
            self.leave(list, Why::NotScalar);
            return None;
        };
        let (item_kind, _) = scalar(self.defs, item)
            .or_else(|| matches!(&**item, Type::Never | Type::Null).then_some((Kind::Int, true)))?;
        let cases = self.operand(needle)?;
        if cases.iter().any(|case| case.fails) {
            self.leave(needle, Why::Arithmetic);
            return None;
        }
        let has_kind = |case: &Case| case.value.kind().is_none_or(|kind| kind == item_kind);
        if !cases.iter().all(has_kind) {
            self.leave(needle, Why::NotScalar);
            return None;
        }
        if let ExprKind::List(entries) = &plain(list).kind
            && entries.iter().all(|entry| matches!(entry, ListEntry::Item(_)))
        {
            let among = self.items(entries)?;
            let test = |needle| wanted(in_constants(needle, &among), want);
            return Some(each_case(cases, test));
        }
        let Some(list) = self.hoist(list) else {
            let is_closed = self.facts.get(list).closed;
            self.leave(list, if is_closed { Why::Call } else { Why::NotScalar });
            return None;
        };
        let test = |needle| wanted(Predicate::InCapture { needle, list, kind: item_kind }, want);
        Some(each_case(cases, test))
    }

    /// The items of a list, none of which can fail.
    fn items(&mut self, entries: &'a [ListEntry]) -> Option<Vec<Operand>> {
        let mut items = Vec::with_capacity(entries.len());
        for entry in entries {
            let (ListEntry::Item(item) | ListEntry::Spread(item)) = entry;
            match self.operand(item)?.as_slice() {
                [case] if case.guards.is_empty() && !case.fails => items.push(case.value.clone()),
                _ => {
                    self.leave(item, Why::Construct);
                    return None;
                }
            }
        }
        Some(items)
    }

    fn native(&mut self, expr: &'a Expr, name: &str, args: &'a [Expr], want: bool) -> Option<Low> {
        let [text, part] = args else {
            self.leave(expr, Why::Call);
            return None;
        };
        if name == "contains" && matches!(self.defs.peel(&text.ty), Type::List(_)) {
            return self.one_of(part, text, want);
        }
        let make: fn(Operand, Operand) -> Predicate = match name {
            "contains" => |text, part| Predicate::Contains { text, part },
            "startsWith" => |text, part| Predicate::StartsWith { text, part },
            "endsWith" => |text, part| Predicate::EndsWith { text, part },
            _ => {
                self.leave(expr, Why::Call);
                return None;
            }
        };
        let is_text = |expr: &Expr| scalar(self.defs, &expr.ty) == Some((Kind::String, false));
        if !is_text(text) || !is_text(part) {
            self.leave(expr, Why::NotScalar);
            return None;
        }
        let (texts, parts) = (self.operand(text)?, self.operand(part)?);
        Some(each_pair(texts, parts, |text, part| wanted(make(text, part), want)))
    }
}

/// `yes and then, or no and otherwise`, where exactly one of `yes` and `no` holds.
fn either(yes: Predicate, then: Low, no: Predicate, otherwise: Low) -> Low {
    let exact = then.exact && otherwise.exact;
    let fails = then.fails || otherwise.fails;
    let arms = vec![all(vec![yes, then.predicate]), all(vec![no, otherwise.predicate])];
    Low { predicate: any(arms), exact, fails }
}

fn each_case(cases: Vec<Case>, test: impl Fn(Operand) -> Predicate) -> Low {
    let fails = cases.iter().any(|case| case.fails);
    let tests = cases.into_iter().map(|case| {
        let mut guards = case.guards;
        guards.push(test(case.value));
        all(guards)
    });
    Low { predicate: any(tests.collect()), exact: true, fails }
}

fn each_pair(a: Vec<Case>, b: Vec<Case>, test: impl Fn(Operand, Operand) -> Predicate) -> Low {
    let fails = a.iter().chain(&b).any(|case| case.fails);
    let mut tests = Vec::with_capacity(a.len() * b.len());
    for x in &a {
        for y in &b {
            let mut guards: Vec<Predicate> = x.guards.iter().chain(&y.guards).cloned().collect();
            guards.push(test(x.value.clone(), y.value.clone()));
            tests.push(all(guards));
        }
    }
    Low { predicate: any(tests), exact: true, fails }
}

fn comparison(op: Comparison, left: Operand, right: Operand) -> Predicate {
    let null = |operand: &Operand| null_test(operand.clone()) == Predicate::Const(true);
    match op {
        Comparison::Eq if null(&right) => null_test(left),
        Comparison::Eq if null(&left) => null_test(right),
        Comparison::Ne if null(&right) => negated(null_test(left)),
        Comparison::Ne if null(&left) => negated(null_test(right)),
        Comparison::Eq => known_equal(&left, &right)
            .map_or(Predicate::Compare { op, left, right }, Predicate::Const),
        Comparison::Ne => known_equal(&left, &right)
            .map_or(Predicate::Compare { op, left, right }, |equal| Predicate::Const(!equal)),
        _ => Predicate::Compare { op, left, right },
    }
}

/// Whether two constants are equal; `None` where they are no constants whose digits say so.
fn known_equal(left: &Operand, right: &Operand) -> Option<bool> {
    let (Operand::Const(a), Operand::Const(b)) = (left, right) else { return None };
    let is_plain =
        matches!(a, Literal::Bool(_) | Literal::Int(_) | Literal::String(_) | Literal::Duration(_));
    is_plain.then_some(a == b)
}

/// `needle in [..]` of values that are no captured list; null is one of them only to null.
fn in_constants(needle: Operand, among: &[Operand]) -> Predicate {
    let is_null = null_test(needle.clone());
    let may_be_null = |operand: &Operand| null_test(operand.clone()) != Predicate::Const(false);
    if is_null == Predicate::Const(false) && !among.iter().any(may_be_null) {
        return Predicate::In { needle, among: among.to_vec() };
    }
    let equal = |item: &Operand| comparison(Comparison::Eq, needle.clone(), item.clone());
    any(among.iter().map(equal).collect())
}

/// A test that can't fail, asked for an answer.
fn wanted(predicate: Predicate, want: bool) -> Predicate {
    if want { predicate } else { negated(predicate) }
}

pub(super) fn negated(predicate: Predicate) -> Predicate {
    match predicate {
        Predicate::Const(value) => Predicate::Const(!value),
        Predicate::Not(inner) => *inner,
        other => Predicate::Not(Box::new(other)),
    }
}

/// All of them.
pub(super) fn all(parts: Vec<Predicate>) -> Predicate {
    joined(parts, true)
}

/// One of them.
pub(super) fn any(parts: Vec<Predicate>) -> Predicate {
    joined(parts, false)
}

/// All of them (`and`), or one of them; without those that decide nothing.
fn joined(parts: Vec<Predicate>, and: bool) -> Predicate {
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Predicate::Const(value) if value == and => {}
            Predicate::Const(value) => return Predicate::Const(value),
            Predicate::And(inner) if and => flat.extend(inner),
            Predicate::Or(inner) if !and => flat.extend(inner),
            part => flat.push(part),
        }
    }
    match flat.len() {
        0 => Predicate::Const(and),
        1 => flat.remove(0),
        _ if and => Predicate::And(flat),
        _ => Predicate::Or(flat),
    }
}
