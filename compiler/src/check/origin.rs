//! Where an expected type comes from, so that a mismatch can show it.

use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast;
use wf_types::Type;

use super::body::Body;
use crate::typed::Expr;

/// The declaration that a type is expected by.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    /// The characters that say so.
    pub(crate) span: Span,
    /// What they say.
    pub(crate) message: String,
}

impl<'g> Body<'g> {
    /// An expression that must fit the type that a declaration gives: `what` names it, as
    /// "the parameter `x` of `f`".
    pub(crate) fn expect_from(
        &mut self,
        expr: &ast::Expr,
        ty: &Type,
        span: Span,
        what: &str,
    ) -> Expr {
        let message = format!("{what} is `{}`", self.show(ty));
        let outer = self.origin.replace(Origin { span, message });
        let value = self.expect(expr, ty);
        self.origin = outer;
        value
    }

    /// A default that must fit the type that is written before it: `what` names it, as "the
    /// argument `n`".
    pub(crate) fn default_from(
        &mut self,
        default: &ast::Expr,
        ty: &Type,
        span: Span,
        what: &str,
    ) -> Expr {
        let message = format!("{what} is `{}`", self.show(ty));
        self.with_expected(Origin { span, message }, |body| body.constant(default, ty))
    }

    /// Does something in which a declaration expects a type.
    pub(crate) fn with_expected<T>(
        &mut self,
        origin: Origin,
        check: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let outer = self.origin.replace(origin);
        let value = check(self);
        self.origin = outer;
        value
    }

    /// Does something in which no outer declaration expects a type.
    pub(crate) fn without_origin<T>(&mut self, check: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.origin.take();
        let value = check(self);
        self.origin = outer;
        value
    }

    /// A mismatch, with where the type comes from.
    pub(crate) fn with_origin(&self, diagnostic: Diagnostic) -> Diagnostic {
        match &self.origin {
            // At the same place a second label says nothing more.
            Some(origin) if origin.span != diagnostic.span => {
                diagnostic.with(origin.span, origin.message.clone())
            }
            _ => diagnostic,
        }
    }
}
