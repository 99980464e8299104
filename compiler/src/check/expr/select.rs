//! Selectors on typed values: `xs[*].name`, `xs[? @.score > 50]`, `xs[1:3]` are `map`, `filter` and
//! `slice`.

use wf_diagnostics::codes::types as codes;
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast::{self, Selector};
use wf_types::Type;

use crate::check::body::Body;
use crate::check::expr::chain::{Op, Val};
use crate::check::expr::jsonpath::is_many;
use crate::check::flow::{Path, Root};
use crate::check::types::relate;
use crate::typed::{Arg, Const, Expr, ExprKind, Intrinsic, Lambda};

/// The library function behind slices.
pub(crate) const SLICE: &str = "$.slice";

impl<'g> Body<'g> {
    /// `@`: what the filter around looks at.
    pub(crate) fn current_item(&mut self, span: Span) -> Val {
        let Some(local) = self.current.last().copied() else {
            let message = "`@` is the item that a filter looks at, and there is no filter here";
            self.tell(
                Diagnostic::new(&codes::NO_CURRENT, span, message)
                    .help("a filter is written `xs[? @.field > 5]`"),
            );
            return Val::plain(self.error(span));
        };
        let ty = self.locals[local.0 as usize].ty.clone();
        let read = Expr { kind: ExprKind::Local(local), ty, span };
        self.narrowed(read, Some(Path::new(Root::Local(local))), None)
    }

    /// A selector on a typed value, and what is read of each of its results.
    pub(crate) fn select(&mut self, val: Val, ops: &[Op<'_>]) -> Val {
        let Some((Op::Select(selector, descendants, span), rest)) = ops.split_first() else {
            return val;
        };
        let ty = self.g.defs.peel(&val.expr.ty).clone();
        if ty.is_error() || matches!(ty, Type::Never) {
            return Val::plain(self.error(*span));
        }
        let at = Span { start: val.expr.span.end, ..*span };
        if self.may_be_null(&ty) {
            self.tell_null(&val, at, "[…]");
            return Val::plain(self.error(*span));
        }
        let item = match (&ty, selector) {
            _ if *descendants => None,
            (_, Selector::Several(_) | Selector::Index(_)) => None,
            (Type::Map(_), Selector::Slice { .. }) => None,
            (Type::List(item) | Type::Map(item), _) => Some(Type::clone(item)),
            _ => None,
        };
        let Some(item) = item else {
            self.tell_no_selector(&val, &ty, selector, *descendants, at);
            return Val::plain(self.error(*span));
        };
        let list = self.selected(val.expr, &ty, &item, selector, *span);
        if rest.is_empty() || list.ty.is_error() {
            return Val::plain(list);
        }
        self.each(list, item, rest)
    }

    /// The list that a selector gives.
    fn selected(
        &mut self,
        value: Expr,
        ty: &Type,
        item: &Type,
        selector: &Selector,
        span: Span,
    ) -> Expr {
        let json = matches!(self.g.defs.peel(item), Type::Json);
        if let (Selector::Filter(condition), true) = (selector, json) {
            return self.json_filter(value, condition, item.clone(), span);
        }
        let list_type = item.clone().list();
        let list = match ty {
            Type::Map(_) => {
                let kind = ExprKind::CallNative { name: "values".into(), args: vec![value] };
                Expr { kind, ty: list_type.clone(), span }
            }
            _ => Expr { ty: list_type.clone(), ..value },
        };
        let kind = match selector {
            Selector::Filter(condition) => {
                let local = self.temporary(item.clone(), condition.span);
                self.current.push(local);
                let body = Box::new(self.condition(condition));
                self.current.pop();
                if body.ty.is_error() {
                    return self.error(span);
                }
                let lambda = Arg::Lambda(Lambda { params: vec![local], body });
                let args = vec![Arg::Value(list), lambda];
                ExprKind::Intrinsic { function: Intrinsic::Filter, args }
            }
            Selector::Slice { start, end, step } => {
                let number = |n: &Option<i64>| Expr {
                    kind: ExprKind::Const(n.map_or(Const::Null, Const::Int)),
                    ty: Type::Int.optional(),
                    span,
                };
                let args = vec![list, number(start), number(end), number(step)];
                ExprKind::CallNative { name: SLICE.into(), args }
            }
            _ => return Expr { span, ..list },
        };
        Expr { kind, ty: list_type, span }
    }

    /// What is read of each item of a list; several results of one item stand one behind the other.
    fn each(&mut self, list: Expr, item: Type, rest: &[Op<'_>]) -> Val {
        let span = rest.last().map_or(list.span, Op::span);
        let local = self.temporary(item.clone(), list.span);
        let read = Expr { kind: ExprKind::Local(local), ty: item, span: list.span };
        let path = Some(Path::new(Root::Local(local)));
        let value = self.follow(Val { expr: read, path, why: None }, rest).expr;
        if value.ty.is_error() {
            return Val::plain(self.error(span));
        }
        let (function, body, ty) = match rest.iter().any(is_many) {
            false => {
                let ty = value.ty.clone().list();
                (Intrinsic::Map, value, ty)
            }
            true => {
                let ty = self.non_null(&value.ty);
                (Intrinsic::FlatMap, self.or_empty(value, &ty), ty)
            }
        };
        let lambda = Lambda { params: vec![local], body: Box::new(body) };
        let args = vec![Arg::Value(list), Arg::Lambda(lambda)];
        Val::plain(Expr { kind: ExprKind::Intrinsic { function, args }, ty, span })
    }

    /// A list that may be null behind `?.`, as one that is empty then.
    fn or_empty(&mut self, value: Expr, ty: &Type) -> Expr {
        if !self.may_be_null(&value.ty) {
            return value;
        }
        let span = value.span;
        let local = self.temporary(value.ty.clone(), span);
        let read = Expr { kind: ExprKind::Local(local), ty: value.ty.clone(), span };
        let present = Expr { kind: ExprKind::NonNull(Box::new(read)), ty: ty.clone(), span };
        let absent = Expr { kind: ExprKind::List(Vec::new()), ty: ty.clone(), span };
        let kind = ExprKind::IfPresent {
            value: Box::new(value),
            local,
            present: Box::new(present),
            absent: Box::new(absent),
        };
        Expr { kind, ty: ty.clone(), span }
    }

    /// A filter over items that are `json`.
    fn json_filter(&mut self, value: Expr, condition: &ast::Expr, item: Type, span: Span) -> Expr {
        let json =
            Expr { ty: Type::Json, span: value.span, kind: ExprKind::Coerce(Box::new(value)) };
        let found = self.json_condition_of(json, condition, span);
        if found.ty.is_error() { found } else { Expr { ty: item.list(), ..found } }
    }

    fn tell_no_selector(
        &mut self,
        val: &Val,
        ty: &Type,
        selector: &Selector,
        descendants: bool,
        at: Span,
    ) {
        let shown = self.source(val.expr.span);
        let written = self.source(at);
        let ty_text = self.show(&val.expr.ty);
        let message = format!("`{written}` does not work on `{ty_text}`");
        let help = match (ty, selector) {
            (Type::List(_) | Type::Map(_), _) if descendants => {
                "`..[…]` looks for names at any depth, in `json` only: write the path, as in `xs[*].name`".to_owned()
            }
            _ if descendants => {
                "`..[…]` looks for names at any depth, in `json` only: write the path".to_owned()
            }
            (Type::List(_), Selector::Several(_)) => {
                "several selectors stand in one pair of brackets on `json` only: join lists, as in `[...xs[1:3], ...xs[5:6]]`".to_owned()
            }
            (Type::Map(_), Selector::Slice { .. }) => {
                format!("a map has no order to count by: take its values first, `({shown}[*])[1:3]`")
            }
            (Type::String, _) => {
                let part = written.strip_prefix('[').and_then(|w| w.strip_suffix(']'));
                let (from, to) = part.and_then(|w| w.split_once(':')).unwrap_or(("0", "3"));
                let from = if from.trim().is_empty() { "0" } else { from.trim() };
                let part = match to.trim() {
                    "" => format!("slice({shown}, {from})"),
                    to => format!("slice({shown}, {from}, {to})"),
                };
                format!("a part of a text is read by `{part}`")
            }
            _ if relate::is_entity(&self.g.defs, ty) || self.g.defs.record(ty).is_some() => {
                "its fields have types of their own: read them by name".to_owned()
            }
            _ => "selectors work on lists, maps and `json`".to_owned(),
        };
        self.tell(Diagnostic::new(&codes::NO_SELECTOR, at, message).help(help));
    }
}
