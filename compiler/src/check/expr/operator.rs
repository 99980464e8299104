//! Operators and conditions.

use wf_diagnostics::codes::{types as codes, warnings};
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast::{self, BinaryOp as Op};
use wf_types::{Bound, Type};

use crate::check::body::Body;
use crate::check::expr::chain::Val;
use crate::check::expr::decimal;
use crate::check::hints::mend;
use crate::check::hints::mismatch::duration;
use crate::check::types::relate;
use crate::typed::{BinaryOp, Const, Expr, ExprKind, UnaryOp};

/// An operator as it is written.
pub(crate) fn symbol(op: Op) -> &'static str {
    match op {
        Op::Or => "or",
        Op::And => "and",
        Op::Eq => "==",
        Op::Ne => "!=",
        Op::Lt => "<",
        Op::Le => "<=",
        Op::Gt => ">",
        Op::Ge => ">=",
        Op::In => "in",
        Op::Coalesce => "??",
        Op::Add => "+",
        Op::Sub => "-",
        Op::Mul => "*",
        Op::Div => "/",
        Op::Rem => "%",
    }
}

fn typed_op(op: Op) -> BinaryOp {
    match op {
        Op::Or => BinaryOp::Or,
        Op::And => BinaryOp::And,
        Op::Eq | Op::Coalesce => BinaryOp::Eq,
        Op::Ne => BinaryOp::Ne,
        Op::Lt => BinaryOp::Lt,
        Op::Le => BinaryOp::Le,
        Op::Gt => BinaryOp::Gt,
        Op::Ge => BinaryOp::Ge,
        Op::In => BinaryOp::In,
        Op::Add => BinaryOp::Add,
        Op::Sub => BinaryOp::Sub,
        Op::Mul => BinaryOp::Mul,
        Op::Div => BinaryOp::Div,
        Op::Rem => BinaryOp::Rem,
    }
}

impl<'g> Body<'g> {
    /// An expression whose value decides: it must be a `bool`.
    pub(crate) fn condition(&mut self, expr: &ast::Expr) -> Expr {
        let val = self.val(expr, None);
        let base = relate::base(&self.g.defs, &val.expr.ty);
        match base {
            Type::Bool | Type::Error => return self.coerce(val.expr, &Type::Bool),
            Type::Never => return self.error(val.expr.span),
            _ => {}
        }
        let value = val.expr.clone();
        if self.refuse_secret(&value, "a condition would tell something of it") {
            return self.error(value.span);
        }
        let shown = self.source(value.span);
        let inner = relate::base(&self.g.defs, &self.non_null(&value.ty));
        let help = match &inner {
            Type::Bool => format!("say what null means: `{shown} ?? false`"),
            _ if self.may_be_null(&value.ty) => format!("write `{shown} != null`"),
            Type::String => format!("write `{shown} != \"\"`"),
            Type::Int | Type::Float | Type::Decimal => format!("write `{shown} != 0`"),
            Type::List(_) | Type::Map(_) => format!("write `length({shown}) > 0`"),
            _ => "compare it with something".to_owned(),
        };
        let message = format!("a condition is a `bool`, this is `{}`", self.show(&value.ty));
        let diagnostic = Diagnostic::new(&codes::NOT_BOOL, value.span, message).help(help);
        self.tell(match self.may_be_null(&value.ty) {
            true => self.with_null(diagnostic.label("null is neither true nor false"), &val),
            false => diagnostic,
        });
        self.error(value.span)
    }

    /// Warns where a condition always has the same value.
    pub(crate) fn warn_constant(&mut self, cond: &Expr) {
        if let ExprKind::Const(Const::Bool(value)) = cond.kind {
            let message = format!("this condition is always {value}");
            self.tell(Diagnostic::new(&warnings::CONSTANT_CONDITION, cond.span, message));
        }
    }

    /// A prefix operator.
    pub(crate) fn unary(
        &mut self,
        op: ast::UnaryOp,
        operand: &ast::Expr,
        hint: Option<&Type>,
        span: Span,
    ) -> Expr {
        if op == ast::UnaryOp::Not {
            let operand = Box::new(self.condition(operand));
            return Expr {
                kind: ExprKind::Unary { op: UnaryOp::Not, operand },
                ty: Type::Bool,
                span,
            };
        }
        if let ast::ExprKind::Int(value) = operand.kind {
            return self.int(value, true, hint, span);
        }
        // A literal with its sign is a literal.
        let literal = matches!(operand.kind, ast::ExprKind::Float(_));
        let hint = if literal { hint.cloned() } else { self.operand_hint(hint) };
        let Some(operand) = self.operand(operand, hint.as_ref()) else { return self.error(span) };
        let ty = relate::base(&self.g.defs, &operand.ty);
        if let ExprKind::Const(Const::Float(value)) = operand.kind {
            return Expr { kind: ExprKind::Const(Const::Float(0.0 - value)), ty, span };
        }
        if let ExprKind::Const(Const::Decimal(number)) = &operand.kind {
            let number = Box::new(number.negated());
            return Expr { kind: ExprKind::Const(Const::Decimal(number)), ty, span };
        }
        if ty == Type::Secret {
            self.secret_operand("-", &operand, operand.span);
            return self.error(span);
        }
        let number = self.is_number_param(&ty);
        if !number && !matches!(ty, Type::Int | Type::Float | Type::Decimal | Type::Duration) {
            let message = format!("`-` takes a number or a duration, not `{}`", self.show(&ty));
            self.tell(Diagnostic::new(&codes::BAD_OPERANDS, operand.span, message));
            return self.error(span);
        }
        let operand = Box::new(self.coerce(operand, &ty));
        Expr { kind: ExprKind::Unary { op: UnaryOp::Neg, operand }, ty, span }
    }

    /// Whether a type is a type parameter that stands for numbers.
    pub(crate) fn is_number_param(&self, ty: &Type) -> bool {
        relate::opaque(&self.g.defs, ty) == Some(Some(Bound::Number))
    }

    /// What an operand of arithmetic takes from the type that is expected of the whole. A union is
    /// what the result becomes a member of, and no operand is one: of it only counts which of its
    /// members has literals that say less than they are.
    fn operand_hint(&self, hint: Option<&Type>) -> Option<Type> {
        let plain = self.non_null(hint?);
        let Type::Union(members) = self.g.defs.peel(&plain) else { return hint.cloned() };
        if relate::base(&self.g.defs, &plain) != *self.g.defs.peel(&plain) {
            return hint.cloned();
        }
        if self.is_decimal(hint) {
            return Some(Type::Decimal);
        }
        let mut lists = members.iter().filter(|m| matches!(self.g.defs.peel(m), Type::List(_)));
        lists.next().filter(|_| lists.next().is_none()).cloned()
    }

    /// An operand that must be there; `None` where something is wrong with it, which is told.
    pub(crate) fn operand(&mut self, expr: &ast::Expr, hint: Option<&Type>) -> Option<Expr> {
        let val = self.val(expr, hint);
        if val.expr.ty.is_error() {
            return None;
        }
        if self.may_be_null(&val.expr.ty) {
            let span = val.expr.span;
            self.tell_null(&val, span, "");
            return None;
        }
        Some(val.expr)
    }

    /// An expression with its path.
    pub(crate) fn val(&mut self, expr: &ast::Expr, hint: Option<&Type>) -> Val {
        match &expr.kind {
            ast::ExprKind::Name(_)
            | ast::ExprKind::Current
            | ast::ExprKind::Field { .. }
            | ast::ExprKind::Index { .. } => self.chain(expr),
            ast::ExprKind::Paren(inner) if self.deeper(expr.span) => {
                let val = self.val(inner, hint);
                self.higher();
                val
            }
            _ => Val::plain(self.expr(expr, hint)),
        }
    }

    /// An infix operator.
    pub(crate) fn binary(
        &mut self,
        op: Op,
        op_span: Span,
        left: &ast::Expr,
        right: &ast::Expr,
        hint: Option<&Type>,
        span: Span,
    ) -> Expr {
        match op {
            Op::And | Op::Or => {
                let told = self.out.len();
                let first = self.condition(left);
                self.flow.push();
                self.learn(left, op == Op::And);
                let second = self.condition(right);
                self.flow.pop();
                self.or_as_default(op, op_span, [&first, &second], told);
                binary(op, first, second, Type::Bool, span)
            }
            Op::Coalesce => self.coalesce(left, right, hint, span),
            Op::Eq | Op::Ne => self.equality(op, op_span, left, right, span),
            Op::In => self.membership(left, right, span),
            Op::Lt | Op::Le | Op::Gt | Op::Ge => self.order(op, op_span, left, right, span),
            _ => self.arithmetic(op, op_span, left, right, hint, span),
        }
    }

    /// `x or "a"`, where a value for null is meant: one mistake.
    fn or_as_default(&mut self, op: Op, op_span: Span, sides: [&Expr; 2], told: usize) {
        let new = self.out.get(told..).unwrap_or_default();
        let not_bool = new.len() == 2
            && new
                .iter()
                .zip(sides)
                .all(|(d, side)| d.code == &codes::NOT_BOOL && d.span == side.span);
        if op != Op::Or || !not_bool {
            return;
        }
        let nullable =
            new.first().and_then(|d| d.help.as_ref()).is_some_and(|h| h.ends_with("!= null`"));
        let (left, right) = (self.source(sides[0].span), self.source(sides[1].span));
        self.out.truncate(told);
        let message = "`or` joins conditions, and gives no value for what is missing";
        let diagnostic = Diagnostic::new(&codes::NOT_BOOL, op_span, message);
        self.tell(match nullable {
            true => diagnostic.edit(op_span, "??", format!("write `{left} ?? {right}`")),
            false => diagnostic
                .help(format!("write `if {left} != \"\" {{ {left} }} else {{ {right} }}`")),
        });
    }

    fn coalesce(
        &mut self,
        left: &ast::Expr,
        right: &ast::Expr,
        hint: Option<&Type>,
        span: Span,
    ) -> Expr {
        let value = self.expr(left, hint);
        if value.ty.is_error() {
            self.skip(right);
            return self.error(span);
        }
        let inner = match self.g.defs.peel(&value.ty) {
            Type::Json => Type::Json,
            _ => self.non_null(&value.ty),
        };
        // Both sides need to be what is expected, and no more.
        let hint = hint.map(|hint| (hint, self.non_null(hint))).filter(|(hint, plain)| {
            !relate::is_open(hint)
                && !matches!(plain, Type::Json)
                && relate::fits(&self.g.defs, &inner, plain)
        });
        let wanted = match &hint {
            Some((_, plain)) => plain.clone(),
            None => inner.clone(),
        };
        let fallback = self.expr(right, Some(&wanted));
        if value.ty.is_error() || fallback.ty.is_error() {
            return self.error(span);
        }
        if !relate::is_nullable(&self.g.defs, &value.ty) && !self.may_be_anything(&value.ty) {
            let shown = self.source(value.span);
            let message =
                format!("`{shown}` is never null, so the right side of `??` is never used");
            self.tell(
                Diagnostic::new(&warnings::CONSTANT_CONDITION, value.span, message)
                    .help("leave out the `??` and what follows"),
            );
        }
        let nullable = relate::is_nullable(&self.g.defs, &fallback.ty);
        let expected = hint
            .map(|(hint, plain)| if nullable { hint.clone() } else { plain })
            .filter(|ty| relate::fits(&self.g.defs, &fallback.ty, ty));
        let joined = expected.or_else(|| relate::join(&self.g.defs, &inner, &fallback.ty));
        let Some(ty) = joined else {
            let message = format!(
                "both sides of `??` are of one type, these are `{}` and `{}`",
                self.show(&inner),
                self.show(&fallback.ty)
            );
            let diagnostic = Diagnostic::new(&codes::NO_COMMON_TYPE, fallback.span, message)
                .with(value.span, format!("this is `{}`", self.show(&value.ty)));
            let to = relate::base(&self.g.defs, &inner);
            self.tell(match mend::literal(&fallback, &to) {
                Some((mend, help)) => diagnostic.edit(fallback.span, mend, help),
                None => diagnostic,
            });
            return self.error(span);
        };
        let local = self.temporary(value.ty.clone(), value.span);
        let read = Expr { kind: ExprKind::Local(local), ty: value.ty.clone(), span: value.span };
        let there = match self.may_be_null(&value.ty) {
            true => Expr { kind: ExprKind::NonNull(Box::new(read)), ty: inner, span: value.span },
            false => read,
        };
        let kind = ExprKind::IfPresent {
            value: Box::new(value),
            local,
            present: Box::new(self.coerce(there, &ty)),
            absent: Box::new(self.coerce(fallback, &ty)),
        };
        Expr { kind, ty, span }
    }

    /// The two operands of an operator, where literals take the other's type.
    fn pair(
        &mut self,
        left: &ast::Expr,
        right: &ast::Expr,
        hint: Option<&Type>,
    ) -> Option<(Expr, Expr)> {
        if decimal::waits(left) > decimal::waits(right) {
            let b = self.operand(right, hint);
            let ty = b.as_ref().map(|b| b.ty.clone());
            let a = self.operand(left, ty.as_ref().or(hint));
            return Some((a?, b?));
        }
        let a = self.operand(left, hint);
        let ty = a.as_ref().map(|a| match self.g.defs.peel(&a.ty) {
            // The literals of one list need not be those of the other.
            Type::List(_) => hint.cloned().unwrap_or_else(|| relate::widen(&a.ty)),
            _ => a.ty.clone(),
        });
        let b = self.operand(right, ty.as_ref().or(hint));
        Some((a?, b?))
    }

    fn order(
        &mut self,
        op: Op,
        op_span: Span,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
    ) -> Expr {
        let Some((a, b)) = self.pair(left, right, None) else {
            return Expr { ty: Type::Bool, ..self.error(span) };
        };
        let defs = &self.g.defs;
        let (x, y) = (relate::base(defs, &a.ty), relate::base(defs, &b.ty));
        if x != y || !relate::allows(defs, Bound::Ordered, &x) {
            self.bad_operands(op, op_span, &a, &b);
            return Expr { ty: Type::Bool, ..self.error(span) };
        }
        let (a, b) = (self.coerce(a, &x), self.coerce(b, &x));
        binary(op, a, b, Type::Bool, span)
    }

    fn bad_operands(&mut self, op: Op, op_span: Span, a: &Expr, b: &Expr) {
        if let Some(secret) = [a, b].into_iter().find(|e| self.is_secret(&e.ty)) {
            return self.secret_operand(symbol(op), secret, op_span);
        }
        if self.mixed_with_decimal(op_span, a, b) {
            return;
        }
        let (x, y) = (relate::base(&self.g.defs, &a.ty), relate::base(&self.g.defs, &b.ty));
        let message = format!(
            "`{}` does not work on `{}` and `{}`",
            symbol(op),
            self.show(&x),
            self.show(&y)
        );
        let diagnostic = Diagnostic::new(&codes::BAD_OPERANDS, op_span, message)
            .with(a.span, format!("this is `{}`", self.show(&a.ty)))
            .with(b.span, format!("this is `{}`", self.show(&b.ty)));
        let (left, right) = (self.source(a.span), self.source(b.span));
        let number = |ty: &Type| matches!(ty, Type::Int | Type::Float | Type::Decimal);
        let written = |value: &Expr, to: &Type| mend::literal(value, to).filter(|_| number(to));
        if let Some((span, (mend, help))) = written(a, &y)
            .map(|mend| (a.span, mend))
            .or_else(|| written(b, &x).map(|mend| (b.span, mend)))
        {
            return self.tell(diagnostic.edit(span, mend, help));
        }
        let diagnostic = match (&x, &y) {
            (Type::String, Type::String) if op == Op::Rem => {
                diagnostic.help("put values into a text by a template: `\"… {{ value }} …\"`")
            }
            (Type::String, Type::String) if op == Op::Mul || op == Op::Sub || op == Op::Div => {
                diagnostic.help(format!("read the texts as numbers: `parseInt({left}) ?? 0`"))
            }
            (Type::String, Type::String) => diagnostic,
            (Type::Instant, Type::String) if let Some(mend) = duration(&b.ty) => {
                let help = format!("a duration is written without quotes: `{mend}`");
                diagnostic.edit(b.span, mend, help)
            }
            (Type::Instant, Type::String) => {
                diagnostic.help(format!("read the text as a time: `decode<instant>({right})`"))
            }
            (Type::String, Type::Instant) => {
                diagnostic.help(format!("read the text as a time: `decode<instant>({left})`"))
            }
            (Type::List(item), other)
                if op == Op::Add && relate::fits(&self.g.defs, other, item) =>
            {
                diagnostic.edit(b.span, format!("[{right}]"), format!("write `{left} + [{right}]`"))
            }
            (Type::Instant, Type::Int) | (Type::Duration, Type::Int)
                if op == Op::Add || op == Op::Sub =>
            {
                diagnostic.help(format!("a duration has a unit: write `{right} * 1s`, or `5m`"))
            }
            (Type::String, _) | (_, Type::String) if op == Op::Add => {
                diagnostic.help("put values into a text by a template: `\"… {{ value }} …\"`")
            }
            (Type::String, Type::Decimal) => {
                diagnostic.help(format!("read the text as a number: `toDecimal({left}) ?? 0`"))
            }
            (Type::Decimal, Type::String) => {
                diagnostic.help(format!("read the text as a number: `toDecimal({right}) ?? 0`"))
            }
            (Type::String, Type::Int) if op == Op::Mul && mend::is_plain_text(a) => {
                diagnostic.help(format!("write `repeat({left}, {right})`"))
            }
            (Type::String, Type::Int | Type::Float) => {
                diagnostic.help(format!("read the text as a number: `parseInt({left}) ?? 0`"))
            }
            (Type::Int | Type::Float, Type::String) => {
                diagnostic.help(format!("read the text as a number: `parseInt({right}) ?? 0`"))
            }
            (Type::Int, Type::Float) => diagnostic.help(format!("write `toFloat({left})`")),
            (Type::Float, Type::Int) => diagnostic.help(format!("write `toFloat({right})`")),
            (Type::Json, _) | (_, Type::Json) => {
                diagnostic.help("say what the `json` is: `decode<int>(…)`")
            }
            (Type::Instant, Type::Instant) => {
                diagnostic.help("only `-` takes two instants: it gives the duration between them")
            }
            (Type::Record(_), Type::Record(_)) if op == Op::Add => {
                diagnostic.help("join records by spreads: `{ ...a, ...b }`")
            }
            (Type::Map(_), Type::Map(_)) if op == Op::Add => {
                diagnostic.help("join maps by `merge(a, b)`")
            }
            _ => diagnostic,
        };
        self.tell(diagnostic);
    }

    fn arithmetic(
        &mut self,
        op: Op,
        op_span: Span,
        left: &ast::Expr,
        right: &ast::Expr,
        hint: Option<&Type>,
        span: Span,
    ) -> Expr {
        let hint = self.operand_hint(hint);
        let Some((a, b)) = self.pair(left, right, hint.as_ref()) else { return self.error(span) };
        let defs = &self.g.defs;
        let (x, y) = (relate::base(defs, &a.ty), relate::base(defs, &b.ty));
        let (first, second, ty) = match (&x, op, &y) {
            (Type::Never, _, _) | (_, _, Type::Never) => return self.error(span),
            (Type::Int, _, Type::Int)
            | (Type::Decimal, _, Type::Decimal)
            | (Type::Float, Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Rem, Type::Float) => {
                (x.clone(), x.clone(), x.clone())
            }
            (Type::String, Op::Add, Type::String)
            | (Type::Duration, Op::Add | Op::Sub, Type::Duration) => {
                (x.clone(), x.clone(), x.clone())
            }
            (Type::Instant, Op::Add | Op::Sub, Type::Duration)
            | (Type::Duration, Op::Mul | Op::Div, Type::Int) => (x.clone(), y.clone(), x.clone()),
            (Type::Duration, Op::Add, Type::Instant) | (Type::Int, Op::Mul, Type::Duration) => {
                (x.clone(), y.clone(), y.clone())
            }
            (Type::Instant, Op::Sub, Type::Instant) => (x.clone(), x.clone(), Type::Duration),
            (Type::Duration, Op::Div, Type::Duration) => (x.clone(), x.clone(), Type::Float),
            (Type::List(_), Op::Add, Type::List(_)) => match relate::join(defs, &a.ty, &b.ty) {
                Some(ty) => (ty.clone(), ty.clone(), ty),
                None => {
                    self.bad_operands(op, op_span, &a, &b);
                    return self.error(span);
                }
            },
            _ if x == y && self.is_number_param(&x) => (x.clone(), x.clone(), x.clone()),
            _ => {
                self.bad_operands(op, op_span, &a, &b);
                return self.error(span);
            }
        };
        let (a, b) = (self.coerce(a, &first), self.coerce(b, &second));
        binary(op, a, b, ty, span)
    }
}

/// An infix operator over typed operands.
pub(crate) fn binary(op: Op, left: Expr, right: Expr, ty: Type, span: Span) -> Expr {
    let kind = ExprKind::Binary { op: typed_op(op), left: Box::new(left), right: Box::new(right) };
    Expr { kind, ty, span }
}
