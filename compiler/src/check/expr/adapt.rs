//! Values that are brought to one type: literals take it from the others.

use wf_bytecode::Decimal;
use wf_diagnostics::codes::types as codes;
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast;
use wf_types::{Field, Type};

use crate::check::body::Body;
use crate::check::expr::constant;
use crate::check::types::{relate, secret};
use crate::typed::{Const, Expr, ExprKind, ListEntry, MapEntry};

/// A literal whose type is not known alone: `[]` or `{}`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenLiteral {
    span: Span,
    text: &'static str,
    example: &'static str,
}

impl Body<'_> {
    /// A value for the type that it has in common with others ([`relate::join_values`]).
    ///
    /// # Errors
    /// The part of it that would have to be a literal, and is none.
    pub(crate) fn adapt(&self, value: Expr, ty: &Type) -> Result<Expr, Box<Expr>> {
        let defs = &self.g.defs;
        if relate::fits(defs, &value.ty, ty) {
            return Ok(self.coerce(value, ty));
        }
        if secret::keeps(defs, &value.ty, ty) {
            let span = value.span;
            return Ok(Expr { kind: ExprKind::Coerce(Box::new(value)), ty: ty.clone(), span });
        }
        let wanted = relate::non_null(defs, ty);
        let span = value.span;
        let each = |value: Box<Expr>| self.adapt(*value, ty).map(Box::new);
        let (kind, ty) = match (value.kind, defs.peel(&wanted)) {
            (ExprKind::Const(given), Type::Float | Type::Decimal) => {
                let number = self.number(&given, defs.peel(&wanted), span);
                let Some(number) = number else {
                    return Err(Box::new(constant(given, value.ty, span)));
                };
                return Ok(self.coerce(number, ty));
            }
            (ExprKind::Coerce(inner), _) => return self.adapt(*inner, ty),
            (ExprKind::Unary { op, operand }, Type::Float | Type::Decimal) => {
                (ExprKind::Unary { op, operand: each(operand)? }, ty.clone())
            }
            (ExprKind::If { cond, then, otherwise }, _) => {
                let (then, otherwise) = (each(then)?, each(otherwise)?);
                (ExprKind::If { cond, then, otherwise }, ty.clone())
            }
            (ExprKind::IfPresent { value, local, present, absent }, _) => {
                let (present, absent) = (each(present)?, each(absent)?);
                (ExprKind::IfPresent { value, local, present, absent }, ty.clone())
            }
            (ExprKind::Match { subject, local, mut arms }, _) => {
                for arm in &mut arms {
                    let given = std::mem::replace(&mut arm.value, self.error(span));
                    arm.value = self.adapt(given, ty)?;
                }
                (ExprKind::Match { subject, local, arms }, ty.clone())
            }
            (ExprKind::List(entries), Type::List(item)) => {
                let entry = |entry| match entry {
                    ListEntry::Item(value) => self.adapt(value, item).map(ListEntry::Item),
                    ListEntry::Spread(list) => self.adapt(list, &wanted).map(ListEntry::Spread),
                };
                let entries = entries.into_iter().map(entry).collect::<Result<_, _>>()?;
                (ExprKind::List(entries), wanted.clone())
            }
            (ExprKind::Map(entries), Type::Record(target)) if entries.is_empty() => {
                let fields = vec![None; target.fields.len()];
                (ExprKind::Record { fields, order: Vec::new() }, wanted.clone())
            }
            (ExprKind::Map(entries), Type::Map(item)) => {
                let entry = |entry| match entry {
                    MapEntry::Pair(key, value) => {
                        self.adapt(value, item).map(|value| MapEntry::Pair(key, value))
                    }
                    MapEntry::Spread(map) => self.adapt(map, &wanted).map(MapEntry::Spread),
                };
                let entries = entries.into_iter().map(entry).collect::<Result<_, _>>()?;
                (ExprKind::Map(entries), wanted.clone())
            }
            (ExprKind::Record { mut fields, order }, Type::Record(target)) => {
                let known = defs.record(&value.ty).map(|r| r.fields.clone()).unwrap_or_default();
                let mut types = Vec::with_capacity(known.len());
                for (field, slot) in known.into_iter().zip(&mut fields) {
                    let mut ty = field.ty.clone();
                    if let (Some(given), Some((_, wanted))) =
                        (slot.take(), target.field(&field.name))
                    {
                        let given = self.adapt(given, &wanted.ty)?;
                        ty = given.ty.clone();
                        *slot = Some(given);
                    }
                    types.push(Field { ty, ..field });
                }
                (ExprKind::Record { fields, order }, Type::record(types))
            }
            (kind, _) => return Err(Box::new(Expr { kind, ..value })),
        };
        let whole = Expr { kind, ty: ty.clone(), span };
        Ok(self.coerce(whole, &wanted))
    }

    /// A literal as a number of another type.
    fn number(&self, given: &Const, wanted: &Type, span: Span) -> Option<Expr> {
        let value = match (given, wanted) {
            (Const::Int(number), Type::Float) => Const::Float(*number as f64),
            (Const::Int(number), Type::Decimal) => {
                Const::Decimal(Box::new(Decimal::new(i128::from(*number), 0)?))
            }
            // The digits are those of the text.
            (Const::Float(_), Type::Decimal) => {
                Const::Decimal(Box::new(Decimal::parse(&self.source(span)).ok()?))
            }
            _ => return None,
        };
        Some(constant(value, wanted.clone(), span))
    }

    /// Brings values to the type that they have in common; tells where that is not possible.
    pub(crate) fn adapt_all(
        &mut self,
        values: Vec<Expr>,
        ty: &Type,
        what: &str,
    ) -> Option<Vec<Expr>> {
        let first = values.iter().find(|v| relate::fits(&self.g.defs, &v.ty, ty)).map(|v| v.span);
        let mut out = Vec::with_capacity(values.len());
        for value in values {
            match self.adapt(value, ty) {
                Ok(value) => out.push(value),
                Err(part) => {
                    self.no_common(what, &part, ty, first.unwrap_or(part.span));
                    return None;
                }
            }
        }
        Some(out)
    }

    /// A value of a map whose values are kept as secrets, or a map that is spread into it.
    pub(crate) fn kept_secret(&mut self, value: &ast::Expr, ty: &Type) -> Expr {
        let value = self.expr(value, Some(ty));
        if secret::keeps(&self.g.defs, &value.ty, ty) {
            let span = value.span;
            return Expr { kind: ExprKind::Coerce(Box::new(value)), ty: ty.clone(), span };
        }
        self.give(value, ty)
    }

    /// `[]` or `{}` whose type is to come from others.
    pub(crate) fn open_literal(&mut self, text: &'static str, example: &'static str, span: Span) {
        self.open_literals.push(OpenLiteral { span, text, example });
    }

    /// Where values come together, `[]` and `{}` among those since `mark` have got their type; true
    /// where one has not, which is told. In a literal that is open itself others may follow.
    pub(crate) fn close_literals(&mut self, open: bool, mark: usize, ty: &Type) -> bool {
        if open || self.open_literals.len() <= mark {
            return false;
        }
        let unknown = relate::holds(&self.g.defs, ty, &|t| matches!(t, Type::Never));
        let first = self.open_literals.get(mark).copied();
        self.open_literals.truncate(mark);
        match first {
            Some(first) if unknown => {
                self.unknown_type(first.text, first.example, first.span);
                true
            }
            _ => false,
        }
    }

    /// The same for values that stand in several statements, at these places.
    pub(crate) fn close_literals_at(&mut self, places: &[Span], ty: &Type) -> bool {
        if self.open_literals.is_empty() || places.is_empty() {
            return false;
        }
        let within = |l: &&OpenLiteral| {
            places.iter().any(|at| at.start <= l.span.start && l.span.end <= at.end)
        };
        let unknown = relate::holds(&self.g.defs, ty, &|t| matches!(t, Type::Never));
        let first = self.open_literals.iter().find(within).copied();
        match first {
            Some(first) if unknown => {
                self.unknown_type(first.text, first.example, first.span);
                true
            }
            _ => false,
        }
    }

    /// Tells of a literal whose type nothing says.
    pub(crate) fn unknown_type(&mut self, what: &str, example: &str, span: Span) -> Expr {
        let message = format!("the type of `{what}` is not known here");
        self.tell(
            Diagnostic::new(&codes::TYPE_UNKNOWN, span, message)
                .help(format!("say what it is: `{example}`")),
        );
        self.error(span)
    }
}
