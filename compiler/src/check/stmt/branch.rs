//! `if` and `match`, as expressions and as statements.

use wf_diagnostics::Span;
use wf_grammar::ast;
use wf_types::{Field, Literal, Type};

use crate::check::body::Body;
use crate::check::flow::{Layer, Why};
use crate::check::outline::Frame;
use crate::check::stmt::pattern::{Coverage, Matched};
use crate::check::types::relate;
use crate::typed::{self, Expr, ExprKind, LocalId};

/// What the arms of a `match` test, and the names that they give the value.
pub(crate) type Heads = Vec<(Vec<typed::Test>, Option<LocalId>)>;

impl<'g> Body<'g> {
    /// `if c { a } else { b }`; with `must` the values have to fit what is expected.
    pub(crate) fn if_expr(
        &mut self,
        span: Span,
        cond: &ast::Expr,
        then: &ast::Expr,
        otherwise: &ast::Expr,
        hint: Option<&Type>,
        must: bool,
    ) -> Expr {
        if !self.deeper(span) {
            return self.error(span);
        }
        let (open, mark) = (std::mem::take(&mut self.open), self.open_literals.len());
        let typed_cond = self.condition(cond);
        self.warn_constant(&typed_cond);
        let then = self.taken(cond, true, then, hint, must);
        // Beside a decimal a literal is one, too.
        let beside = hint.is_none() && self.is_decimal(Some(&then.ty));
        let wanted = if beside { Some(&then.ty) } else { hint };
        let otherwise = self.taken(cond, false, otherwise, wanted, must);
        self.higher();
        let mut values = vec![then, otherwise];
        let mut ty = self.common(&mut values, hint, must);
        if self.close_literals(open, mark, &ty) {
            ty = Type::Error;
        }
        let (Some(otherwise), Some(then)) = (values.pop(), values.pop()) else {
            return self.error(span);
        };
        let kind = ExprKind::If {
            cond: Box::new(typed_cond),
            then: Box::new(then),
            otherwise: Box::new(otherwise),
        };
        Expr { kind, ty, span }
    }

    /// An arm of an `if`, with what its condition says.
    fn taken(
        &mut self,
        cond: &ast::Expr,
        truth: bool,
        value: &ast::Expr,
        hint: Option<&Type>,
        must: bool,
    ) -> Expr {
        self.flow.push();
        self.learn(cond, truth);
        let value = self.arm(value, hint, must);
        self.flow.pop();
        value
    }

    fn arm(&mut self, value: &ast::Expr, hint: Option<&Type>, must: bool) -> Expr {
        match hint {
            Some(ty) if must => self.expect(value, ty),
            _ => {
                self.open = true;
                self.expr(value, hint)
            }
        }
    }

    /// Brings the values of arms to one type.
    fn common(&mut self, values: &mut Vec<Expr>, hint: Option<&Type>, must: bool) -> Type {
        if values.iter().any(|v| v.ty.is_error()) {
            return Type::Error;
        }
        let ty = match hint {
            Some(ty) if must => ty.clone(),
            _ => {
                let mut joined = Type::Never;
                for value in values.iter() {
                    match relate::join_values(&self.g.defs, &joined, &value.ty) {
                        Some(ty) => joined = ty,
                        None => {
                            let first = values.first().map_or(value.span, |v| v.span);
                            self.no_common("arms", &value.clone(), &joined, first);
                            return Type::Error;
                        }
                    }
                }
                joined
            }
        };
        match self.adapt_all(std::mem::take(values), &ty, "arms") {
            Some(adapted) => *values = adapted,
            None => return Type::Error,
        }
        ty
    }

    /// `match v { pattern => e }`
    pub(crate) fn match_expr(
        &mut self,
        span: Span,
        subject: &ast::Expr,
        arms: &[ast::MatchArm],
        hint: Option<&Type>,
        must: bool,
    ) -> Expr {
        if !self.deeper(span) {
            return self.error(span);
        }
        let (open, mark) = (std::mem::take(&mut self.open), self.open_literals.len());
        let (value, local, heads, mut values) = match self.is_trigger_match(subject) {
            true => self.match_trigger_arms(subject, arms, |b, value| b.arm(value, hint, must)),
            false => self.match_value_arms(subject, arms, hint, must),
        };
        self.higher();
        let ty = self.common(&mut values, hint, must);
        if value.ty.is_error() || self.close_literals(open, mark, &ty) || ty.is_error() {
            return self.error(span);
        }
        let arms = heads
            .into_iter()
            .zip(values)
            .map(|((tests, binding), value)| typed::MatchArm { tests, binding, value })
            .collect();
        Expr { kind: ExprKind::Match { subject: Box::new(value), local, arms }, ty, span }
    }

    fn match_value_arms(
        &mut self,
        subject: &ast::Expr,
        arms: &[ast::MatchArm],
        hint: Option<&Type>,
        must: bool,
    ) -> (Expr, LocalId, Heads, Vec<Expr>) {
        let (value, known) = self.subject(subject);
        let local = self.temporary(value.ty.clone(), value.span);
        let mut coverage = Coverage::new(self, &value, &known, subject.span);
        let mut heads = Vec::with_capacity(arms.len());
        let mut values = Vec::with_capacity(arms.len());
        for arm in arms {
            let matched = self.pattern(&arm.pattern, &mut coverage);
            self.flow.push();
            self.open_scope();
            let binding = self.enter_arm(subject, &matched);
            values.push(self.arm(&arm.value, hint, must));
            self.close_scope();
            self.flow.pop();
            heads.push((matched.tests, binding));
        }
        self.check_exhaustive(&coverage, subject.span);
        (value, local, heads, values)
    }

    fn enter_arm(&mut self, subject: &ast::Expr, matched: &Matched<'_>) -> Option<LocalId> {
        if let Some(path) = self.path_of(subject) {
            let facts = self.with_consequences(path, matched.fact.clone());
            self.learn_all(facts);
        }
        let (name, ty) = matched.binding.as_ref()?;
        Some(self.declare(name, ty.clone(), false, false))
    }

    /// `if c [as NAME] { } else { }`
    pub(crate) fn if_stmt(&mut self, branch: &'g ast::If, span: Span) -> typed::StmtKind {
        let cond = self.condition(&branch.cond);
        self.warn_constant(&cond);
        let mut arm = |truth: bool, block: Option<&'g ast::Block>| -> (typed::Block, Layer) {
            self.flow.push();
            self.learn(&branch.cond, truth);
            let typed = match block {
                Some(block) => {
                    let frame = Frame::Arm(span.start, u32::from(!truth));
                    self.in_frame(Some(frame), |body| body.block(block))
                }
                None => typed::Block::default(),
            };
            (typed, self.flow.pop())
        };
        let (then, then_layer) = arm(true, Some(&branch.then));
        let (otherwise, else_layer) = arm(false, branch.otherwise.as_ref());
        let word = Span { end: span.start + 2, ..span };
        self.flow.join(vec![then_layer, else_layer], word, Why::If);
        let name = branch.name.as_ref().and_then(|name| {
            let id = self.step_id(name.span)?;
            self.step_done(id, condition_output());
            Some((id, self.g.sources.slice(branch.cond.span).into()))
        });
        typed::StmtKind::If(Box::new(typed::If { name, cond, then, otherwise }))
    }

    /// `match v { pattern => { } }`
    pub(crate) fn match_stmt(&mut self, matching: &'g ast::Match, span: Span) -> typed::StmtKind {
        if self.is_trigger_match(&matching.subject) {
            return self.match_trigger(matching, span);
        }
        let (subject, known) = self.subject(&matching.subject);
        let local = self.temporary(subject.ty.clone(), subject.span);
        let mut coverage = Coverage::new(self, &subject, &known, matching.subject.span);
        let mut cases = Vec::with_capacity(matching.cases.len());
        let mut layers = Vec::with_capacity(matching.cases.len());
        for (i, case) in matching.cases.iter().enumerate() {
            let matched = self.pattern(&case.pattern, &mut coverage);
            self.flow.push();
            self.open_scope();
            let binding = self.enter_arm(&matching.subject, &matched);
            let frame = Frame::Arm(span.start, i as u32);
            let body = self.in_frame(Some(frame), |b| b.block(&case.body));
            self.close_scope();
            layers.push(self.flow.pop());
            cases.push(typed::MatchCase { tests: matched.tests, binding, body });
        }
        // What no case takes goes on behind the `match`, so that nothing follows from the mistake.
        if !self.check_exhaustive(&coverage, matching.subject.span) || layers.is_empty() {
            layers.push(Layer::default());
        }
        let word = Span { end: span.start + 5, ..span };
        self.flow.join(layers, word, Why::Match);
        typed::StmtKind::Match(Box::new(typed::Match { subject, local, cases }))
    }
}

/// The output of a named condition.
fn condition_output() -> Type {
    Type::record(vec![
        Field::new("result", Type::Bool),
        Field::new("evaluatedExpression", Type::String),
        Field::new("success", Type::Literal(Literal::Bool(true))),
    ])
}
