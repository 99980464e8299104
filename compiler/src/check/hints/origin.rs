//! Where an expected type comes from, so that a mismatch can show it.

use smol_str::SmolStr;
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast;
use wf_types::Type;

use crate::check::body::Body;
use crate::typed::Expr;

/// The declaration that a type is expected by.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    /// The characters that say so.
    pub(crate) span: Span,
    /// What they declare.
    pub(crate) what: Declares,
    /// The type that they give it.
    pub(crate) ty: Type,
    /// The type parameter that an argument has given a type, where the type comes from it.
    pub(crate) fixed: Option<Box<Fixed>>,
}

/// A type parameter of a call, and the argument that says what it is.
#[derive(Clone, Debug)]
pub(crate) struct Fixed {
    /// Its name.
    pub(crate) name: SmolStr,
    /// What it is.
    pub(crate) ty: Type,
    /// The argument.
    pub(crate) by: Span,
}

/// What a declaration is of. It is written out only where something is wrong.
#[derive(Clone, Debug)]
pub(crate) enum Declares {
    /// A parameter, and the function that it is of.
    Parameter(SmolStr, SmolStr),
    /// A variable of a workflow.
    Variable(SmolStr),
    /// A local.
    Local(SmolStr),
    /// A field of a named type.
    Field(SmolStr),
    /// An input of a node.
    Input(SmolStr),
    /// What has a default, as "the argument `n`".
    Default(SmolStr),
    /// The trigger of a workflow that is called.
    Arguments(SmolStr),
    /// What is returned.
    Result,
    /// A field of the policy of a step.
    Policy(SmolStr),
    /// A parameter of a function of the library, and the text of its signature.
    Library(SmolStr, SmolStr),
    /// A parameter of a generic function of the program, and the name of the function.
    Generic(SmolStr, SmolStr),
}

impl Origin {
    /// What the declaration says; `ty` is its type as text.
    fn message(&self, ty: &str) -> String {
        match &self.what {
            Declares::Parameter(name, of) => format!("the parameter `{name}` of `{of}` is `{ty}`"),
            Declares::Variable(name) => format!("the variable `{name}` is `{ty}`"),
            Declares::Local(name) => format!("`{name}` is `{ty}`"),
            Declares::Field(name) => format!("the field `{name}` is `{ty}`"),
            Declares::Input(name) => format!("the input `{name}` of this is `{ty}`"),
            Declares::Default(what) => format!("{what} is `{ty}`"),
            Declares::Arguments(of) => format!("`{of}` takes its arguments here"),
            Declares::Result => format!("the result is `{ty}`"),
            Declares::Policy(name) => format!("`{name}` of a policy is `{ty}`"),
            Declares::Library(name, text) => format!("its `{name}` is `{ty}`: `{text}`"),
            Declares::Generic(name, of) => format!("`{name}` of `{of}` is `{ty}` here"),
        }
    }
}

impl<'g> Body<'g> {
    /// An expression that must fit the type that a declaration gives.
    pub(crate) fn expect_from(
        &mut self,
        expr: &ast::Expr,
        ty: &Type,
        span: Span,
        what: Declares,
    ) -> Expr {
        let outer = self.origin.replace(Origin { span, what, ty: ty.clone(), fixed: None });
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
        let what = Declares::Default(what.into());
        let from = Origin { span, what, ty: ty.clone(), fixed: None };
        self.with_expected(from, |body| body.constant(default, ty))
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
                let told = diagnostic.with(origin.span, origin.message(&self.show(&origin.ty)));
                match &origin.fixed {
                    Some(fixed) if fixed.by != told.span => {
                        let ty = self.show(&fixed.ty);
                        let message = format!("`{}` is `{ty}` because of this", fixed.name);
                        told.with(fixed.by, message)
                    }
                    _ => told,
                }
            }
            _ => diagnostic,
        }
    }
}
