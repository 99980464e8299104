//! Numbers of `decimal`: their literals, and what they don't mix with.

use smol_str::SmolStr;
use wf_bytecode::Decimal;
use wf_bytecode::decimal::NoDecimal;
use wf_diagnostics::codes::types as codes;
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast::{self, BinaryOp as Op};
use wf_types::Type;

use crate::check::body::Body;
use crate::check::expr::constant;
use crate::check::types::relate;
use crate::typed::{Const, Expr};

/// How deep the operands of an operator are looked into for being literals.
const LEVELS: u32 = 8;

/// How much an operand takes its type from the other one: 0 where it has one of its own, 1 for a
/// number with a point, which is a float or a decimal, 2 for what fits more.
pub(crate) fn waits(expr: &ast::Expr) -> u8 {
    waits_at(expr, LEVELS)
}

fn waits_at(expr: &ast::Expr, left: u32) -> u8 {
    let Some(left) = left.checked_sub(1) else { return 0 };
    match &expr.kind {
        ast::ExprKind::Int(_) | ast::ExprKind::Null => 2,
        ast::ExprKind::Float(_) => 1,
        ast::ExprKind::Paren(inner) => waits_at(inner, left),
        ast::ExprKind::Unary { op: ast::UnaryOp::Neg, operand } => waits_at(operand, left),
        ast::ExprKind::Binary {
            op: Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Rem,
            left: a,
            right: b,
            ..
        } => waits_at(a, left).min(waits_at(b, left)),
        ast::ExprKind::List(entries) | ast::ExprKind::Braces(entries) if entries.is_empty() => 2,
        _ => 0,
    }
}

/// How a value of one type becomes one of the other, where one of both is a decimal.
pub(crate) fn conversion(from: &Type, to: &Type, shown: &str) -> Option<String> {
    Some(match (from, to) {
        (Type::Int, Type::Decimal) => format!("write `toDecimal({shown})`"),
        (Type::Float, Type::Decimal) => format!(
            "write `toDecimal({shown})`, which takes the digits that the float is written with"
        ),
        (Type::String, Type::Decimal) => {
            format!("a text is read by `toDecimal({shown})`, which is null where it is no number")
        }
        (Type::Decimal, Type::Int) => {
            format!("write `toInt({shown})`, which is null where it does not fit")
        }
        (Type::Decimal, Type::Float) => {
            format!("write `toFloat({shown})`, which is null where it does not fit")
        }
        (Type::Decimal, Type::String) => format!("make it a text: `\"{{{{ {shown} }}}}\"`"),
        _ => return None,
    })
}

impl Body<'_> {
    /// Whether a decimal, or null, is what would best stand somewhere.
    pub(crate) fn is_decimal(&self, hint: Option<&Type>) -> bool {
        hint.is_some_and(|ty| match self.g.defs.peel(&self.non_null(ty)) {
            Type::Decimal => true,
            // Of a union it is the only member that takes a number with a point.
            Type::Union(members) => {
                members.contains(&Type::Decimal)
                    && !members.contains(&Type::Float)
                    && !members.contains(&Type::Int)
            }
            _ => false,
        })
    }

    /// Whether a number with a point is a decimal where this would best stand.
    pub(crate) fn takes_point(&self, hint: Option<&Type>) -> bool {
        hint.is_some_and(|ty| match self.g.defs.peel(&self.non_null(ty)) {
            Type::Decimal => true,
            Type::Union(members) => {
                members.contains(&Type::Decimal) && !members.contains(&Type::Float)
            }
            _ => false,
        })
    }

    /// A number with a point or an exponent, where a decimal is wanted.
    pub(crate) fn decimal(&mut self, text: &SmolStr, span: Span) -> Expr {
        match Decimal::parse(text) {
            Ok(number) => constant(Const::Decimal(Box::new(number)), Type::Decimal, span),
            Err(why) => {
                let (what, help) = match why {
                    NoDecimal::Digits => {
                        ("has more digits than a `decimal`", "a `decimal` has 34 digits at most")
                    }
                    _ => (
                        "is out of the range of `decimal`",
                        "a `decimal` is between 1e-6176 and 9.99e6144",
                    ),
                };
                let message = format!("`{text}` {what}");
                self.tell(Diagnostic::new(&codes::NUMBER_RANGE, span, message).help(help));
                self.error(span)
            }
        }
    }

    /// Tells that a decimal and another number stand at an operator, if that is so.
    pub(crate) fn mixed_with_decimal(&mut self, op_span: Span, a: &Expr, b: &Expr) -> bool {
        let base = |e: &Expr| relate::base(&self.g.defs, &self.non_null(&e.ty));
        let (x, y) = (base(a), base(b));
        let (decimal, other, ty) = match (&x, &y) {
            (Type::Decimal, Type::Int | Type::Float) => (a, b, y),
            (Type::Int | Type::Float, Type::Decimal) => (b, a, x),
            _ => return false,
        };
        let shown = self.source(other.span);
        let article = if ty == Type::Int { "an" } else { "a" };
        let message = format!(
            "a `decimal` mixes with literals only, and `{shown}` is {article} `{}`",
            self.show(&ty)
        );
        let mut diagnostic = Diagnostic::new(&codes::DECIMAL_MIXED, op_span, message)
            .with(decimal.span, format!("this is `{}`", self.show(&decimal.ty)))
            .with(other.span, format!("this is `{}`", self.show(&other.ty)));
        if let Some(help) = conversion(&ty, &Type::Decimal, &shown) {
            diagnostic = diagnostic.help(help);
        }
        self.tell(diagnostic);
        true
    }
}
