//! Expressions: what they are, and whether they fit where they stand.

pub(crate) mod adapt;
pub(crate) mod call;
pub(crate) mod chain;
pub(crate) mod compare;
pub(crate) mod decimal;
pub(crate) mod jsonpath;
pub(crate) mod lambda;
pub(crate) mod literal;
pub(crate) mod null;
pub(crate) mod operator;
pub(crate) mod recast;
pub(crate) mod record;
pub(crate) mod render;
pub(crate) mod select;
pub(crate) mod store_path;
pub(crate) mod template;

use std::borrow::Cow;

use smol_str::SmolStr;
use wf_bytecode::Decimal;
use wf_diagnostics::codes::types as codes;
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast;
use wf_types::{Bound, Literal, Type};

use crate::check::body::Body;
use crate::check::expr::chain::Val;
use crate::check::items::border_type;
use crate::check::types::relate;
use crate::check::types::union::border;
use crate::typed::{Const, Expr, ExprKind};

impl<'g> Body<'g> {
    /// An expression of which nothing is expected.
    pub(crate) fn infer(&mut self, expr: &ast::Expr) -> Expr {
        self.expr(expr, None)
    }

    /// An expression that must fit a type; what it gives is of that type.
    pub(crate) fn expect(&mut self, expr: &ast::Expr, ty: &Type) -> Expr {
        match &expr.kind {
            ast::ExprKind::Paren(inner) => {
                if !self.deeper(expr.span) {
                    return self.error(expr.span);
                }
                let value = self.expect(inner, ty);
                self.higher();
                value
            }
            // What is wrong with the type is told already.
            ast::ExprKind::List(items) if items.is_empty() && ty.is_error() => {
                self.error(expr.span)
            }
            ast::ExprKind::If { cond, then, otherwise } => {
                self.if_expr(expr.span, cond, then, otherwise, Some(ty), true)
            }
            ast::ExprKind::Match { subject, arms } => {
                self.match_expr(expr.span, subject, arms, Some(ty), true)
            }
            ast::ExprKind::Name(_)
            | ast::ExprKind::Current
            | ast::ExprKind::Field { .. }
            | ast::ExprKind::Index { .. } => {
                let val = self.chain_for(expr, Some(ty));
                self.give_val(val, ty)
            }
            _ => {
                let value = self.expr(expr, Some(ty));
                self.give(value, ty)
            }
        }
    }

    /// An expression; `hint` is what it would best be.
    pub(crate) fn expr(&mut self, expr: &ast::Expr, hint: Option<&Type>) -> Expr {
        if !self.deeper(expr.span) {
            return self.error(expr.span);
        }
        let hint = hint.filter(|t| !matches!(t, Type::Never | Type::Error));
        // Literals alone, and what hands them on, may take their type from others.
        self.open &= matches!(
            expr.kind,
            ast::ExprKind::List(_)
                | ast::ExprKind::Braces(_)
                | ast::ExprKind::If { .. }
                | ast::ExprKind::Match { .. }
                | ast::ExprKind::Paren(_)
        );
        let value = self.expr_inner(expr, hint);
        self.open = false;
        self.higher();
        value
    }

    fn expr_inner(&mut self, expr: &ast::Expr, hint: Option<&Type>) -> Expr {
        let span = expr.span;
        match &expr.kind {
            ast::ExprKind::Error => self.error(span),
            ast::ExprKind::Null => constant(Const::Null, Type::Null, span),
            ast::ExprKind::Bool(b) => {
                constant(Const::Bool(*b), Type::Literal(Literal::Bool(*b)), span)
            }
            ast::ExprKind::Int(value) => self.int(*value, false, hint, span),
            ast::ExprKind::Float(text) if self.takes_point(hint) => self.decimal(text, span),
            ast::ExprKind::Float(text) => self.float(text, span),
            ast::ExprKind::Duration(micros) => {
                constant(Const::Duration(*micros), Type::Duration, span)
            }
            ast::ExprKind::String(template) => self.template(template, span),
            ast::ExprKind::Name(_) | ast::ExprKind::Field { .. } | ast::ExprKind::Index { .. } => {
                self.chain_for(expr, hint).expr
            }
            ast::ExprKind::Current | ast::ExprKind::Select { .. } => self.chain(expr).expr,
            ast::ExprKind::Call(call) => {
                self.without_origin(|body| body.call(call, None, hint, span))
            }
            ast::ExprKind::Pipe { left, call } => {
                self.without_origin(|body| body.call(call, Some(left), hint, span))
            }
            ast::ExprKind::MethodCall { base, call } => self.method(base, call, span),
            ast::ExprKind::Cast { expr, ty } => self.cast(expr, ty, span),
            ast::ExprKind::Unary { op, operand } => self.unary(*op, operand, hint, span),
            ast::ExprKind::Binary { op, op_span, left, right } => {
                self.binary(*op, *op_span, left, right, hint, span)
            }
            ast::ExprKind::Range { start, end, inclusive } => {
                let (start, end) = self.without_origin(|body| {
                    (
                        Box::new(body.expect(start, &Type::Int)),
                        Box::new(body.expect(end, &Type::Int)),
                    )
                });
                let kind = ExprKind::Range { start, end, inclusive: *inclusive };
                Expr { kind, ty: Type::Int.list(), span }
            }
            ast::ExprKind::If { cond, then, otherwise } => {
                self.if_expr(span, cond, then, otherwise, hint, false)
            }
            ast::ExprKind::Match { subject, arms } => {
                self.match_expr(span, subject, arms, hint, false)
            }
            ast::ExprKind::Lambda(_) => {
                let message = "a lambda can only stand as an argument";
                self.tell(
                    Diagnostic::new(&codes::BAD_LAMBDA, span, message)
                        .help("pass it to a function as `map`, or declare a `fn`"),
                );
                self.error(span)
            }
            ast::ExprKind::List(entries) => self.list(entries, hint, span),
            ast::ExprKind::Braces(entries) => self.braces(entries, hint, span),
            ast::ExprKind::Paren(inner) => self.expr(inner, hint),
        }
    }

    /// A whole number, negated or not; a float or a decimal where one is wanted.
    pub(crate) fn int(
        &mut self,
        value: u64,
        negative: bool,
        hint: Option<&Type>,
        span: Span,
    ) -> Expr {
        let signed = if negative { -i128::from(value) } else { i128::from(value) };
        if self.is_decimal(hint) {
            // Its 64 bits have fewer digits than a decimal holds.
            let number = Decimal::new(signed, 0).unwrap_or(Decimal::ZERO);
            return constant(Const::Decimal(Box::new(number)), Type::Decimal, span);
        }
        let float = hint.is_some_and(|t| self.wants_float(t));
        if float {
            return constant(Const::Float(signed as f64), Type::Float, span);
        }
        match i64::try_from(signed) {
            Ok(value) => constant(Const::Int(value), Type::Literal(Literal::Int(value)), span),
            Err(_) => {
                let message = format!("`{signed}` is too large for an `int`");
                let help = format!("an `int` is between {} and {}", i64::MIN, i64::MAX);
                self.tell(Diagnostic::new(&codes::NUMBER_RANGE, span, message).help(help));
                self.error(span)
            }
        }
    }

    /// Whether a whole number is a float where this type is expected.
    fn wants_float(&self, ty: &Type) -> bool {
        let ty = self.non_null(ty);
        match self.g.defs.peel(&ty) {
            Type::Float => true,
            Type::Union(members) => {
                let takes = |ty: &Type| relate::fits(&self.g.defs, &Type::Int, ty);
                members.contains(&Type::Float)
                    && !members
                        .iter()
                        .any(|m| takes(m) || matches!(m, Type::Literal(Literal::Int(_))))
            }
            _ => false,
        }
    }

    fn float(&mut self, text: &SmolStr, span: Span) -> Expr {
        let digits = match text.contains('_') {
            true => Cow::Owned(text.replace('_', "")),
            false => Cow::Borrowed(text.as_str()),
        };
        match digits.parse::<f64>() {
            Ok(value) if value.is_finite() => constant(Const::Float(value), Type::Float, span),
            _ => {
                let message = format!("`{text}` is too large for a `float`");
                self.tell(Diagnostic::new(&codes::NUMBER_RANGE, span, message));
                self.error(span)
            }
        }
    }

    fn cast(&mut self, expr: &ast::Expr, ty: &ast::TypeExpr, span: Span) -> Expr {
        let value = self.infer(expr);
        let mut out = Vec::new();
        let target = self.types().resolve(ty, &mut out);
        self.out.extend(out);
        if value.ty.is_error() || target.is_error() {
            return self.error(span);
        }
        if !matches!(self.g.defs.peel(&value.ty), Type::Json) {
            let message =
                format!("only `json` is read by `as`, this is `{}`", self.show(&value.ty));
            self.tell(
                Diagnostic::new(&codes::BAD_OPERANDS, value.span, message)
                    .help("its type is known already: use it as it is"),
            );
            return self.error(span);
        }
        if !relate::allows(&self.g.defs, Bound::Border, &target) {
            let diagnostic = border_type(self.g, &target, ty.span);
            self.tell(diagnostic);
            return self.error(span);
        }
        border::check(self.g, &target, ty.span, &mut self.out);
        let ty = relate::optional(&self.g.defs, &target);
        Expr { kind: ExprKind::TryDecode(Box::new(value)), ty, span }
    }

    /// A value that is given where a type is expected.
    pub(crate) fn give(&mut self, value: Expr, ty: &Type) -> Expr {
        self.give_val(Val::plain(value), ty)
    }

    /// A value of a path that is given where a type is expected.
    pub(crate) fn give_val(&mut self, val: Val, ty: &Type) -> Expr {
        if relate::fits(&self.g.defs, &val.expr.ty, ty) {
            return self.coerce(val.expr, ty);
        }
        let span = val.expr.span;
        if self.may_be_null(&val.expr.ty)
            && !matches!(val.expr.ty, Type::Null)
            && relate::fits(&self.g.defs, &self.non_null(&val.expr.ty), ty)
        {
            self.tell_null(&val, span, "");
            return self.error(span);
        }
        let diagnostic = self.mismatch(&val.expr, ty);
        let diagnostic = self.with_origin(diagnostic);
        self.tell(diagnostic);
        self.error(span)
    }

    /// A value of a type that was found to fit, as another type.
    pub(crate) fn coerce(&self, mut value: Expr, ty: &Type) -> Expr {
        if value.ty == *ty {
            return value;
        }
        if value.ty.is_error() || ty.is_error() {
            value.ty = Type::Error;
            return value;
        }
        let defs = &self.g.defs;
        let (from, to) = (defs.peel(&value.ty), defs.peel(ty));
        let direct = from == to
            || match &value.kind {
                ExprKind::Const(Const::String(_) | Const::Int(_) | Const::Bool(_)) => {
                    relate::base(defs, from) == relate::base(defs, to)
                }
                ExprKind::List(entries) => entries.is_empty() && matches!(to, Type::List(_)),
                ExprKind::Map(entries) => entries.is_empty() && matches!(to, Type::Map(_)),
                _ => false,
            };
        if direct {
            value.ty = ty.clone();
            return value;
        }
        let span = value.span;
        Expr { kind: ExprKind::Coerce(Box::new(value)), ty: ty.clone(), span }
    }
}

/// An expression without the parentheses around it.
pub(crate) fn bare(mut expr: &ast::Expr) -> &ast::Expr {
    while let ast::ExprKind::Paren(inner) = &expr.kind {
        expr = inner;
    }
    expr
}

/// A constant.
pub(crate) fn constant(value: Const, ty: Type, span: Span) -> Expr {
    Expr { kind: ExprKind::Const(value), ty, span }
}
