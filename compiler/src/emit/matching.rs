//! `match`, as expression and as statement, and `?.` and `??`.

use wf_bytecode::{Op, Reg};
use wf_types::Type;

use super::function::FunctionEmitter;
use super::registers::{Kind, kind_of};
use super::uses::Place;
use super::writer::Label;
use crate::typed::{Const, Expr, LocalId, Match, MatchArm, Test};

impl<'a> FunctionEmitter<'_, 'a> {
    /// The value where it is not null, which `present` reads through the local.
    pub(super) fn if_present(
        &mut self,
        value: &'a Expr,
        local: LocalId,
        present: &'a Expr,
        absent: &'a Expr,
        dst: Reg,
    ) {
        let (null, end) = (self.w.label(), self.w.label());
        // Nothing changes the value while the expression is evaluated: it need not be copied.
        let reg = self.operand(value);
        self.place(Place::Local(local), reg);
        if let Reg::Value(src) = reg {
            self.jump_null(src, true, null);
        }
        self.expr_to(present, dst);
        self.w.goto(end);
        self.w.bind(null);
        self.expr_to(absent, dst);
        self.w.bind(end);
    }

    pub(super) fn match_expr(
        &mut self,
        subject: &'a Expr,
        local: LocalId,
        arms: &'a [MatchArm],
        dst: Reg,
    ) {
        let from = &subject.ty;
        let subject = self.operand(subject);
        self.place(Place::Local(local), subject);
        let end = self.w.label();
        for arm in arms {
            let next = self.w.label();
            self.tests(&arm.tests, subject, next);
            self.scoped(|f| {
                f.bind_case(arm.binding, from, subject);
                f.expr_to(&arm.value, dst);
            });
            self.w.goto(end);
            self.w.bind(next);
        }
        self.op(Op::Unreachable);
        self.w.bind(end);
    }

    pub(super) fn match_stmt(&mut self, stmt: &'a Match) {
        self.scoped(|f| {
            // The cases may assign what the subject was read from.
            let kind = f.kind(&stmt.subject.ty);
            let subject = f.regs.of_kind(kind);
            f.expr_to(&stmt.subject, subject);
            f.place(Place::Local(stmt.local), subject);
            let end = f.w.label();
            for case in &stmt.cases {
                let next = f.w.label();
                f.tests(&case.tests, subject, next);
                f.scoped(|f| {
                    f.bind_case(case.binding, &stmt.subject.ty, subject);
                    f.block(&case.body);
                });
                f.w.goto(end);
                f.w.bind(next);
            }
            f.op(Op::Unreachable);
            f.w.bind(end);
        });
    }

    /// The local of a case holds the subject, as its own type is held.
    fn bind_case(&mut self, binding: Option<LocalId>, from: &Type, subject: Reg) {
        if let Some(local) = binding {
            let kind = self.local_kind(local);
            let reg = match (self.local_type(local), subject) {
                (Some(ty), Reg::Value(src)) if self.is_wrapped(from, ty) => {
                    let dst = self.regs.value();
                    self.op(Op::Unwrap { dst, src });
                    Reg::Value(dst)
                }
                _ => self.as_kind(subject, kind),
            };
            self.place(Place::Local(local), reg);
        }
    }

    /// Goes on at `next` where no test holds.
    fn tests(&mut self, tests: &[Test], subject: Reg, next: Label) {
        let Some((last, first)) = tests.split_last() else { return };
        if tests.contains(&Test::Any) {
            return;
        }
        let body = self.w.label();
        for test in first {
            self.test(test, subject, true, body);
        }
        self.test(last, subject, false, next);
        self.w.bind(body);
    }

    /// Goes on at `target` where the test holds, or where it does not.
    fn test(&mut self, test: &Test, subject: Reg, when: bool, target: Label) {
        let goto_where = |f: &mut Self, holds: bool| {
            if holds == when {
                f.w.goto(target);
            }
        };
        match (test, subject) {
            (Test::Any, _) => goto_where(self, true),
            (Test::Never, _) => goto_where(self, false),
            (Test::Null | Test::Equals(Const::Null), Reg::Value(src)) => {
                self.jump_null(src, when, target);
            }
            (Test::NotNull, Reg::Value(src)) => self.jump_null(src, !when, target),
            (Test::Null | Test::Equals(Const::Null), _) => goto_where(self, false),
            (Test::NotNull, _) => goto_where(self, true),
            (Test::Member(ty), Reg::Value(src)) => {
                let ty = self.e.ty(ty).0;
                let dst = self.regs.scalar();
                self.op(Op::IsMember { dst, src, ty });
                self.jump_bool(dst, when, target);
            }
            (Test::Member(_), _) => goto_where(self, true),
            (Test::Equals(Const::Bool(value)), Reg::Bool(cond)) => {
                self.jump_bool(cond, *value == when, target);
            }
            (Test::Equals(constant), _) => {
                self.scoped(|f| f.test_equal(constant, subject, when, target));
            }
        }
    }

    fn test_equal(&mut self, constant: &Const, subject: Reg, when: bool, target: Label) {
        let dst = self.regs.scalar();
        let other = self.regs.of_kind(kind_of(subject));
        self.constant(constant, other);
        match (subject, other) {
            (Reg::Value(a), Reg::Value(b)) => self.op(Op::Eq { dst, a, b }),
            _ => {
                let (a, b) = (self.bare(subject), self.bare(other));
                self.op(match kind_of(subject) {
                    Kind::Float => Op::EqFloat { dst, a, b },
                    _ => Op::EqInt { dst, a, b },
                });
            }
        }
        self.jump_bool(dst, when, target);
    }
}
