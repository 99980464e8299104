//! `for` and `while`.

use smol_str::SmolStr;
use wf_diagnostics::codes::types as codes;
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast;
use wf_types::{Field, Literal, Type};

use crate::check::body::{Body, Kind};
use crate::check::flow::narrow;
use crate::check::outline::Frame;
use crate::check::types::relate;
use crate::typed::{self, Expr, LocalId, StepId, StmtKind};

/// A loop around a point.
pub(crate) struct LoopFrame {
    /// The loop; `None` in functions.
    pub(crate) step: Option<StepId>,
    /// Its name.
    pub(crate) name: Option<SmolStr>,
    /// The loop variable with its type.
    pub(crate) item: Option<(LocalId, Type)>,
    /// The type of the list.
    pub(crate) items: Option<Type>,
    /// Whether its iterations run in parallel.
    pub(crate) parallel: bool,
    /// The types of the values that are yielded.
    pub(crate) yields: Vec<(Type, Span)>,
    /// How many parallel statements are around its body.
    pub(crate) regions: usize,
    /// How many `finally` blocks are around it.
    pub(crate) finally: usize,
    /// Whether a `break` leaves it.
    pub(crate) broken: bool,
}

impl<'g> Body<'g> {
    /// `for x in e as NAME [parallel [N]] { }`
    pub(crate) fn for_stmt(&mut self, each: &'g ast::For, span: Span) -> StmtKind {
        let (mut items, mut item_type) = self.loop_items(&each.items);
        if self.kind == Kind::Workflow
            && self.refuse_secret(&items, "the items of a loop stand in the data store")
        {
            (items, item_type) = (self.error(items.span), Type::Error);
        }
        if each.parallel.is_some() {
            self.refuse_endless(&each.items);
        }
        let step = self.loop_step(each.name.as_ref());
        let parallel = each.parallel.as_ref().map(|p| {
            if self.kind == Kind::Function {
                self.impure("parallel", p.span);
            }
            p.limit.as_ref().map(|limit| self.limit_expr(limit))
        });
        let region = match (&each.parallel, &self.w) {
            (Some(_), Some(w)) => w.outline.region_at.get(&span.start).copied(),
            _ => None,
        };
        let assigned = self.assigned(&each.body);
        self.flow.push();
        self.forget_all(&assigned);
        if let Some(w) = &mut self.w {
            w.regions.extend(region);
        }
        self.open_scope();
        let item = self.declare(&each.var, item_type.clone(), false, false);
        self.loops.push(LoopFrame {
            step,
            name: each.name.as_ref().map(|n| n.text.clone()),
            item: Some((item, item_type.clone())),
            items: Some(items.ty.clone()),
            parallel: each.parallel.is_some(),
            yields: Vec::new(),
            regions: self.w.as_ref().map_or(0, |w| w.regions.len()),
            finally: self.finally,
            broken: false,
        });
        let mut body = self.in_frame(step.map(Frame::Loop), |body| body.region_block(&each.body));
        let frame = self.loops.pop();
        self.close_scope();
        self.flow.pop();
        self.forget_all(&assigned);
        if let Some(w) = &mut self.w
            && region.is_some()
        {
            w.regions.pop();
        }
        let yields = self.yielded(frame, &mut body);
        if let Some(step) = step {
            self.step_done(step, loop_output(yields.as_ref(), false));
        }
        StmtKind::For(Box::new(typed::For { step, item, items, parallel, yields, body }))
    }

    fn loop_items(&mut self, expr: &ast::Expr) -> (Expr, Type) {
        let val = match &expr.kind {
            ast::ExprKind::Name(_) | ast::ExprKind::Field { .. } | ast::ExprKind::Index { .. } => {
                self.chain(expr)
            }
            _ => crate::check::expr::chain::Val::plain(self.infer(expr)),
        };
        let span = val.expr.span;
        if val.expr.ty.is_error() {
            return (self.error(span), Type::Error);
        }
        if self.may_be_null(&val.expr.ty) {
            self.tell_null(&val, span, "");
            return (self.error(span), Type::Error);
        }
        let peeled = self.g.defs.peel(&val.expr.ty).clone();
        if let Type::List(item) = &peeled {
            let mut items = val.expr;
            items.ty = peeled.clone();
            return (items, Type::clone(item));
        }
        let shown = self.source(span);
        let message = format!("a loop runs over a list, not over `{}`", self.show(&val.expr.ty));
        let diagnostic = Diagnostic::new(&codes::TYPE_MISMATCH, span, message);
        let list_field = self.g.defs.record(&peeled).and_then(|record| {
            record.fields.iter().find(|f| matches!(self.g.defs.peel(&f.ty), Type::List(_)))
        });
        let diagnostic = match (&peeled, list_field) {
            (Type::Map(_), _) => {
                diagnostic.help(format!("write `entries({shown})` or `keys({shown})`"))
            }
            (Type::Json, _) => {
                diagnostic.help(format!("say what it holds: `decode<list<json>>({shown})`"))
            }
            (Type::Int | Type::Literal(Literal::Int(_)), _) => {
                diagnostic.help(format!("write `0..{shown}` to count"))
            }
            (Type::String, _) => {
                diagnostic.help(format!("split it first: `split({shown}, \",\")`"))
            }
            (_, Some(field)) => diagnostic.help(format!("did you mean `{shown}.{}`?", field.name)),
            _ => diagnostic,
        };
        self.tell(diagnostic);
        (self.error(span), Type::Error)
    }

    /// The step of a loop; in functions loops have no names, in workflows always: the grammar sees
    /// to both.
    fn loop_step(&mut self, name: Option<&ast::Name>) -> Option<StepId> {
        name.filter(|_| self.kind == Kind::Workflow).and_then(|name| self.step_id(name.span))
    }

    /// The rounds of a parallel loop are counted before the first one: refuses a range of literals that has
    /// more of them than an `int` can say.
    fn refuse_endless(&mut self, items: &ast::Expr) {
        let ast::ExprKind::Range { start, end, inclusive } = &items.kind else { return };
        let (Some(Literal::Int(first)), Some(Literal::Int(last))) =
            (narrow::literal(start), narrow::literal(end))
        else {
            return;
        };
        let count = i128::from(last) - i128::from(first) + i128::from(*inclusive);
        if count > i128::from(i64::MAX) {
            let most = i64::MAX;
            let message = format!("a parallel loop has at most {most} rounds, this one {count}");
            let told = Diagnostic::new(&codes::NUMBER_RANGE, items.span, message);
            self.tell(
                told.help("the rounds are counted before the first one: take a smaller range"),
            );
        }
    }

    /// A limit: known before the steps of a workflow run.
    fn limit_expr(&mut self, expr: &ast::Expr) -> Expr {
        let before = std::mem::replace(&mut self.limit, true);
        let value = self.expect(expr, &Type::Int);
        self.limit = before;
        if let typed::ExprKind::Const(typed::Const::Int(n)) = value.kind
            && n < 1
        {
            let message = format!("a limit is at least 1, this is {n}");
            self.tell(Diagnostic::new(&codes::NUMBER_RANGE, value.span, message));
        }
        value
    }

    /// `while c as NAME max N { }`
    pub(crate) fn while_stmt(&mut self, repeat: &'g ast::While) -> StmtKind {
        let step = self.loop_step(repeat.name.as_ref());
        let max = match (self.kind, &repeat.max) {
            (Kind::Function, Some(max)) => {
                let message = "a `while` of a function has no `max`";
                self.tell(
                    Diagnostic::new(&codes::MISPLACED, max.span, message).help("leave it out"),
                );
                None
            }
            (_, max) => max.as_ref().map(|max| self.limit_expr(max)),
        };
        let assigned = self.assigned(&repeat.body);
        self.flow.push();
        self.forget_all(&assigned);
        self.loops.push(LoopFrame {
            step,
            name: repeat.name.as_ref().map(|n| n.text.clone()),
            item: None,
            items: None,
            parallel: false,
            yields: Vec::new(),
            regions: self.w.as_ref().map_or(0, |w| w.regions.len()),
            finally: self.finally,
            broken: false,
        });
        if let Some(w) = &mut self.w {
            w.in_condition = step;
        }
        let cond = self.condition(&repeat.cond);
        if let Some(w) = &mut self.w {
            w.in_condition = None;
        }
        self.learn(&repeat.cond, true);
        let mut body = self.in_frame(step.map(Frame::Loop), |body| body.region_block(&repeat.body));
        let frame = self.loops.pop();
        self.flow.pop();
        self.forget_all(&assigned);
        let forever = matches!(cond.kind, typed::ExprKind::Const(typed::Const::Bool(true)));
        if forever && self.kind == Kind::Function && frame.as_ref().is_some_and(|f| !f.broken) {
            self.flow.end();
        }
        let yields = self.yielded(frame, &mut body);
        if let Some(step) = step {
            self.step_done(step, loop_output(yields.as_ref(), true));
        }
        StmtKind::While(Box::new(typed::While { step, cond, max, yields, body }))
    }

    /// The one type of what a loop yields, which its statements are brought to.
    fn yielded(&mut self, frame: Option<LoopFrame>, body: &mut typed::Block) -> Option<Type> {
        let frame = frame?;
        let (_, first) = frame.yields.first()?;
        let mut joined = Type::Never;
        let places: Vec<Span> = frame.yields.iter().map(|(_, at)| *at).collect();
        for (ty, span) in &frame.yields {
            joined = match relate::join_values(&self.g.defs, &joined, ty) {
                Some(joined) => joined,
                None => {
                    self.yields_differ(ty, *span, &joined, *first);
                    Type::Error
                }
            };
            if joined.is_error() {
                break;
            }
        }
        let ty = relate::widen(&joined);
        if let Some(step) = frame.step
            && !ty.is_error()
        {
            if self.close_literals_at(&places, &ty) {
                return Some(Type::Error);
            }
            if let Err(part) = self.recast_yields(body, step, &ty) {
                let fitting = frame.yields.iter().find(|(t, _)| relate::fits(&self.g.defs, t, &ty));
                let other = fitting.map_or(part.span, |(_, at)| *at);
                self.yields_differ(&part.ty, part.span, &ty, other);
                return Some(Type::Error);
            }
        }
        Some(ty)
    }

    /// Two `yield`s of a loop give values of no common type.
    fn yields_differ(&mut self, ty: &Type, at: Span, other: &Type, first: Span) {
        let message = format!(
            "this yields `{}`, another `yield` of the loop gives `{}`",
            self.show(ty),
            self.show(other)
        );
        self.tell(
            Diagnostic::new(&codes::NO_COMMON_TYPE, at, message)
                .with(first, "the other one")
                .help("yield one type everywhere"),
        );
    }
}

/// The output of a loop.
fn loop_output(yields: Option<&Type>, bounded: bool) -> Type {
    let mut fields = Vec::new();
    fields.extend(yields.map(|ty| Field::new("results", ty.clone().list())));
    fields.push(Field::new("count", Type::Int));
    fields.push(Field::new("success", Type::Bool));
    if bounded {
        fields.push(Field::new("exhausted", Type::Bool));
    }
    Type::record(fields)
}
