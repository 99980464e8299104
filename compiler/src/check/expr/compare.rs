//! Comparisons: `==`, `!=` and `in`, and values that can never be equal.

use wf_diagnostics::codes::{types as codes, warnings};
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast::{self, BinaryOp as Op};
use wf_types::{Literal, Type};

use crate::check::body::Body;
use crate::check::expr::operator::{binary, symbol};
use crate::check::expr::{bare, decimal};
use crate::check::flow::narrow::is_null;
use crate::check::hints::mend;
use crate::check::hints::show::show_literal;
use crate::check::types::relate;
use crate::typed::Expr;

impl<'g> Body<'g> {
    /// `==` and `!=`
    pub(crate) fn equality(
        &mut self,
        op: Op,
        op_span: Span,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
    ) -> Expr {
        let (a, b) = match decimal::waits(left) > decimal::waits(right) {
            true => {
                let b = self.compared_with(right, is_null(left));
                (self.expr(left, Some(&b.ty)), b)
            }
            false => {
                let a = self.compared_with(left, is_null(right));
                let b = match is_collection(left) && is_collection(right) {
                    true => self.compared_literal(right, &a.ty),
                    false => self.expr(right, Some(&a.ty)),
                };
                (a, b)
            }
        };
        if a.ty.is_error() || b.ty.is_error() {
            return Expr { ty: Type::Bool, ..self.error(span) };
        }
        let (defs, null) = (&self.g.defs, is_null(left) || is_null(right));
        if null {
            let other = if is_null(left) { &b } else { &a };
            let both = is_null(left) && is_null(right);
            if matches!(other.ty, Type::Null) && !both {
                let shown = self.source(other.span);
                let message =
                    format!("`{shown}` is always null here, so this is always {}", op == Op::Eq);
                self.tell(
                    Diagnostic::new(&warnings::CONSTANT_CONDITION, span, message)
                        .help("leave out the check"),
                );
            } else if !relate::is_nullable(defs, &other.ty) && !self.may_be_anything(&other.ty) {
                let shown = self.source(other.span);
                let always = if op == Op::Ne { "true" } else { "false" };
                let message = format!("`{shown}` is never null, so this is always {always}");
                self.tell(
                    Diagnostic::new(&warnings::CONSTANT_CONDITION, span, message)
                        .help("leave out the check"),
                );
            }
        } else if let Some(secret) = [&a, &b].into_iter().find(|e| self.is_secret(&e.ty)) {
            self.secret_operand(symbol(op), secret, span);
            return Expr { ty: Type::Bool, ..self.error(span) };
        } else if !relate::overlap(defs, &a.ty, &b.ty) {
            if self.only_here_unequal(&a, &b) {
                self.warn_never_equal(&a, &b, span, op == Op::Ne);
                return binary(op, a, b, Type::Bool, span);
            }
            if !self.mixed_with_decimal(op_span, &a, &b) {
                self.impossible(&a, &b);
            }
            return Expr { ty: Type::Bool, ..self.error(span) };
        }
        binary(op, a, b, Type::Bool, span)
    }

    /// A side of a comparison. Testing a field for null reads it of no member that has none.
    fn compared_with(&mut self, side: &ast::Expr, null: bool) -> Expr {
        let inner = bare(side);
        match &inner.kind {
            ast::ExprKind::Field { .. } if null => self.chain_to(inner, true).expr,
            _ => self.infer(side),
        }
    }

    /// The right one of two literals, which is no value of the left one's type: `[1, 2] == [a, 2]`. The type
    /// only helps with what has none of its own, as `[]`.
    fn compared_literal(&mut self, literal: &ast::Expr, other: &Type) -> Expr {
        let (told, locals) = (self.out.len(), self.locals.len());
        let value = self.expr(literal, Some(other));
        let ended = self.out.len();
        if ended == told || !self.again(literal.span) {
            self.out.truncate(ended);
            return value;
        }
        let errors = self.out.split_off(told);
        let inferred = self.infer(literal);
        self.repeats -= 1;
        if self.out.len() == told {
            return inferred;
        }
        self.out.truncate(told);
        self.out.extend(errors);
        self.forget_locals(locals);
        self.error(literal.span)
    }

    /// Two values are compared that can't be equal.
    pub(crate) fn impossible(&mut self, a: &Expr, b: &Expr) {
        let literal = |e: &Expr| match &e.ty {
            Type::Literal(literal) => Some(literal.clone()),
            _ => None,
        };
        let (value, other) = if literal(b).is_some() { (b, a) } else { (a, b) };
        let diagnostic = match literal(value) {
            Some(_) if self.constant_local(other).is_some() => {
                let declared = self.constant_local(other).unwrap_or(other.span);
                let (name, ty) = (self.source(other.span), self.show(&other.ty));
                let message = format!("`{name}` is always `{ty}` here, so this is never equal");
                let base = self.show(&relate::widen(&other.ty));
                Diagnostic::new(&codes::IMPOSSIBLE_COMPARISON, value.span, message)
                    .with(declared, format!("`{name}` is this one value"))
                    .help(format!("leave out the comparison, or let it be any `{base}`: `let {name}: {base} = {ty}`"))
            }
            Some(literal) => {
                let ty = self.declared_type(other);
                self.impossible_literal(&literal, value.span, &ty, Some(other.span))
            }
            None => {
                let (x, y) = (self.show(&a.ty), self.show(&b.ty));
                let message = format!("`{x}` and `{y}` are never equal");
                Diagnostic::new(&codes::IMPOSSIBLE_COMPARISON, value.span, message)
                    .with(other.span, format!("this is `{}`", self.show(&other.ty)))
                    .help("compare values of one type")
            }
        };
        self.tell(diagnostic);
    }

    /// Where a local is declared that got a literal, and so is known to be that value.
    fn constant_local(&self, value: &Expr) -> Option<Span> {
        let crate::typed::ExprKind::Local(id) = &value.kind else { return None };
        let declared = &self.locals.get(id.0 as usize)?.ty;
        matches!(declared, Type::Literal(_)).then(|| self.local_info[id.0 as usize].span)
    }

    /// `contains(xs, x)` where no item of the list can be `x`; tells it.
    pub(crate) fn impossible_item(&mut self, all: &Expr, item: &Expr) -> bool {
        let (Type::List(of), Type::Literal(literal)) = (self.g.defs.peel(&all.ty), &item.ty) else {
            return false;
        };
        if relate::overlap(&self.g.defs, of, &self.declared_type(item)) {
            return false;
        }
        let (of, literal) = (Type::clone(of), literal.clone());
        let told = self.impossible_literal(&literal, item.span, &of, None);
        let told = told.with(all.span, format!("this is `{}`", self.show(&all.ty)));
        self.tell(told);
        true
    }

    /// A literal is compared with a type that can't hold it.
    pub(crate) fn impossible_literal(
        &self,
        literal: &Literal,
        span: Span,
        ty: &Type,
        other: Option<Span>,
    ) -> Diagnostic {
        let shown = self.show(ty);
        let message = format!("`{}` is never equal to a value of `{shown}`", show_literal(literal));
        let diagnostic = Diagnostic::new(&codes::IMPOSSIBLE_COMPARISON, span, message);
        let diagnostic = match other {
            Some(other) => diagnostic.with(other, format!("this is `{shown}`")),
            None => diagnostic,
        };
        let all = relate::literals(&self.g.defs, &self.non_null(ty)).unwrap_or_default();
        let texts: Vec<&str> = all
            .iter()
            .filter_map(|l| match l {
                Literal::String(text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        match literal {
            Literal::String(text) => match self.g.suggest.nearest(text, texts.iter().copied()) {
                Some(near) => diagnostic.help(format!("did you mean `\"{near}\"`?")),
                None if !texts.is_empty() => diagnostic.help(format!("it is one of `{shown}`")),
                None => match mend::unquoted(text, &relate::base(&self.g.defs, &self.non_null(ty)))
                {
                    Some(mend) => {
                        let help = format!("it is written without quotes: `{mend}`");
                        diagnostic.edit(span, mend, help)
                    }
                    None => diagnostic.help("compare it with a value of its type"),
                },
            },
            _ => diagnostic.help(format!("it is a `{shown}`")),
        }
    }

    /// `x in [1..5]`
    fn listed_range(&mut self, item: &Expr, right: &ast::Expr) -> bool {
        let ast::ExprKind::List(entries) = &right.kind else { return false };
        let [ast::Entry { value, .. }] = entries.as_slice() else { return false };
        let ast::ExprKind::Range { start, end, .. } = &value.kind else { return false };
        let ty = self.non_null(&item.ty);
        if ty.is_error() || !matches!(self.g.defs.peel(&ty), Type::Int) {
            return false;
        }
        let mend = format!("{}..={}", self.source(start.span), self.source(end.span));
        let help = format!("write `{} in {mend}`", self.source(item.span));
        let message = "this is a list of one list of numbers";
        let told = Diagnostic::new(&codes::TYPE_MISMATCH, right.span, message);
        self.tell(told.edit(right.span, mend, help));
        true
    }

    /// `in`
    pub(crate) fn membership(&mut self, left: &ast::Expr, right: &ast::Expr, span: Span) -> Expr {
        let item = self.val(left, None);
        if self.is_secret(&item.expr.ty) {
            self.secret_operand("in", &item.expr, span);
            return Expr { ty: Type::Bool, ..self.error(span) };
        }
        if let ast::ExprKind::List(entries) = &right.kind
            && !self.is_decimal(Some(&item.expr.ty))
        {
            for entry in entries {
                let Some(literal) = crate::check::flow::narrow::literal(&entry.value) else {
                    continue;
                };
                let literal_type = Type::Literal(literal.clone());
                if !relate::overlap(&self.g.defs, &item.expr.ty, &literal_type) {
                    let declared = self.declared_type(&item.expr);
                    if relate::overlap(&self.g.defs, &declared, &literal_type) {
                        self.warn_never_item(&item.expr, entry.value.span);
                        continue;
                    }
                    let at = Some(item.expr.span);
                    let told = self.impossible_literal(&literal, entry.value.span, &declared, at);
                    self.tell(told);
                    return Expr { ty: Type::Bool, ..self.error(span) };
                }
            }
        }
        if self.listed_range(&item.expr, right) {
            return Expr { ty: Type::Bool, ..self.error(span) };
        }
        let declared = self.declared_type(&item.expr);
        let wanted = self.non_null(&declared).list();
        let Some(all) = self.operand(right, Some(&wanted)) else { return self.error(span) };
        if item.expr.ty.is_error() {
            return Expr { ty: Type::Bool, ..self.error(span) };
        }
        match self.g.defs.peel(&all.ty).clone() {
            Type::List(of) if self.is_secret(&of) => {
                self.secret_operand("in", &all, span);
                return Expr { ty: Type::Bool, ..self.error(span) };
            }
            Type::List(of) => {
                if !relate::overlap(&self.g.defs, &declared, &of) {
                    self.impossible(&item.expr, &Expr { ty: Type::clone(&of), ..all });
                    return Expr { ty: Type::Bool, ..self.error(span) };
                }
            }
            Type::Map(_) => {
                let key = self.give_val(item, &Type::String);
                return binary(Op::In, key, all, Type::Bool, span);
            }
            other => {
                let message =
                    format!("`in` looks into a list or a map, not into `{}`", self.show(&other));
                let diagnostic = Diagnostic::new(&codes::BAD_OPERANDS, all.span, message);
                let diagnostic = match other {
                    Type::String => diagnostic.help("for texts write `contains(text, part)`"),
                    Type::Json => diagnostic.help("say what it holds: `decode<list<string>>(…)`"),
                    _ => diagnostic,
                };
                self.tell(diagnostic);
                return Expr { ty: Type::Bool, ..self.error(span) };
            }
        }
        binary(Op::In, item.expr, all, Type::Bool, span)
    }
}

/// Whether an expression is the literal of a list, a map or a record.
fn is_collection(expr: &ast::Expr) -> bool {
    matches!(bare(expr).kind, ast::ExprKind::List(_) | ast::ExprKind::Braces(_))
}
