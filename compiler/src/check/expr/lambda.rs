//! Lambdas: arguments of functions and inputs of nodes.

use wf_diagnostics::Diagnostic;
use wf_diagnostics::codes::types as codes;
use wf_grammar::ast;
use wf_types::Type;

use crate::check::body::Body;
use crate::check::types::relate;
use crate::typed::{Expr, Lambda};

/// What is known of the value of a lambda before it is looked at.
#[derive(Clone, Copy)]
pub(crate) enum Wanted<'t> {
    Nothing,
    /// What its literals are taken as, where they fit.
    Wish(&'t Type),
    /// The type that it has to be of.
    Type(&'t Type),
}

impl<'g> Body<'g> {
    /// A lambda over parameters of these types, and the type of its value.
    pub(crate) fn lambda(
        &mut self,
        lambda: &ast::Lambda,
        params: &[Type],
        result: Wanted<'_>,
    ) -> (Lambda, Type) {
        if lambda.params.len() != params.len() {
            let (wanted, given) = (params.len(), lambda.params.len());
            let message = format!(
                "a lambda with {wanted} {} is expected, this one has {given}",
                if wanted == 1 { "parameter" } else { "parameters" }
            );
            let help = match wanted {
                1 if given == 2 => {
                    "write it as `x => …`; `indexed(xs)` gives each item its place, `entries(m)` each \
                     value its key"
                }
                1 => "write it as `x => …`",
                _ => "write it as `(a, b) => …`",
            };
            self.tell(Diagnostic::new(&codes::WRONG_ARGUMENTS, lambda.span, message).help(help));
        }
        self.open_scope();
        let mut ids = Vec::with_capacity(params.len());
        for (i, name) in lambda.params.iter().enumerate() {
            let ty = params.get(i).cloned().unwrap_or(Type::Error);
            ids.push(self.declare(name, ty, false, false));
        }
        for ty in params.iter().skip(lambda.params.len()) {
            ids.push(self.temporary(ty.clone(), lambda.span));
        }
        let body = match result {
            Wanted::Type(Type::Bool) => self.lambda_condition(&lambda.body),
            Wanted::Type(result) if !relate::is_open(result) => self.expect(&lambda.body, result),
            Wanted::Wish(wish) => self.expr(&lambda.body, Some(wish)),
            _ => self.infer(&lambda.body),
        };
        self.close_scope();
        let ty = body.ty.clone();
        (Lambda { params: ids, body: Box::new(body) }, ty)
    }

    /// The body of a lambda that decides: where it is no `bool`, what takes the lambda is shown.
    fn lambda_condition(&mut self, body: &ast::Expr) -> Expr {
        let before = self.out.len();
        let value = self.condition(body);
        let told = self.out.get(before..).and_then(<[_]>::last).cloned();
        if let Some(told) = told
            && told.code == &codes::NOT_BOOL
            && told.labels.is_empty()
        {
            self.out.pop();
            let told = self.with_origin(told);
            self.tell(told);
        }
        value
    }
}
