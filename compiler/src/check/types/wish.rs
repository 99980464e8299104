//! What is expected of the result of a call, given to its arguments as a wish: `rows | map(r => { price:
//! 1.5 })` makes decimals where a list of records with decimals is expected.

use wf_diagnostics::Diagnostic;
use wf_grammar::ast;
use wf_types::{FnParam, FnSignature, Type, TypeDefs};

use crate::check::body::Body;
use crate::check::expr::lambda::Wanted;
use crate::check::types::relate;
use crate::check::types::unify::Inference;
use crate::typed::{Expr, Lambda};

impl Inference {
    /// What a type of the signature would be by what is found and wished.
    pub(super) fn wish_for(&self, defs: &TypeDefs, ty: &Type) -> Option<Type> {
        if self.wished.is_empty() {
            return None;
        }
        let known = self.found.iter().zip(&self.wished).map(|(found, wished)| {
            let found = found.as_ref().filter(|ty| !matches!(ty, Type::Never));
            found.or(wished.as_ref()).cloned()
        });
        let wish = relate::substitute(defs, ty, &known.collect::<Vec<_>>(), &Type::Never);
        (!relate::holds(defs, &wish, &|t| matches!(t, Type::Never))).then_some(wish)
    }
}

impl Body<'_> {
    /// What an argument is wished to be that has no type of its own, or may take one. What a lambda is
    /// to look into is what it is, but for the result of a call.
    pub(super) fn argument_wish(
        &self,
        signature: &FnSignature,
        arg: &ast::Expr,
        param: &FnParam,
        inference: &mut Inference,
    ) -> Option<Type> {
        let is_call = matches!(arg.kind, ast::ExprKind::Call(_) | ast::ExprKind::Pipe { .. });
        let is_read = matches!(
            arg.kind,
            ast::ExprKind::Name(_) | ast::ExprKind::Field { .. } | ast::ExprKind::Index { .. }
        );
        let looked_into = signature.params.iter().any(|p| matches!(p.ty, Type::Lambda(_)))
            && !matches!(param.ty, Type::Param(_));
        if is_read || (looked_into && !(is_call && inference.passes_on)) {
            return None;
        }
        let wish = inference.wish_for(&self.g.defs, &param.ty);
        if looked_into && wish.is_some() {
            inference.passed_on = Some(arg.span);
        }
        wish
    }

    /// An argument that is wished to be of a type.
    pub(super) fn wished_value(&mut self, arg: &ast::Expr, wish: &Type, known: &Type) -> Expr {
        let tries = |b: &mut Self, ty: Option<&Type>| {
            let value = b.value(arg, ty.unwrap_or(known));
            let ty = value.ty.clone();
            (value, ty)
        };
        self.wished(wish, tries).0
    }

    /// A lambda whose value is wished to be of a type.
    pub(super) fn wished_lambda(
        &mut self,
        lambda: &ast::Lambda,
        params: &[Type],
        wish: &Type,
    ) -> (Lambda, Type) {
        self.wished(wish, |b, ty| {
            b.lambda(lambda, params, ty.map_or(Wanted::Nothing, Wanted::Wish))
        })
    }

    /// What is checked with a wish: what it is by itself counts where it fits, and what is wished
    /// can't be made of it.
    fn wished<T>(
        &mut self,
        wish: &Type,
        check: impl Fn(&mut Self, Option<&Type>) -> (T, Type),
    ) -> (T, Type) {
        let (told, open) = (self.out.len(), self.open_literals.len());
        let failed = |b: &Self| b.out[told..].iter().any(Diagnostic::is_error);
        let wished = check(self, Some(wish));
        if !failed(self) || self.retries == 0 {
            return wished;
        }
        self.retries -= 1;
        let first_try: Vec<Diagnostic> = self.out.drain(told..).collect();
        self.open_literals.truncate(open);
        let plain = check(self, None);
        if !failed(self) && relate::fits(&self.g.defs, &plain.1, wish) {
            return plain;
        }
        self.out.truncate(told);
        self.out.extend(first_try);
        wished
    }
}
