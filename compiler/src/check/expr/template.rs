//! Texts with `{{ }}`.

use smol_str::SmolStr;
use wf_diagnostics::codes::types as codes;
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast;
use wf_types::{Literal, Type};

use crate::check::body::Body;
use crate::check::expr::chain::Val;
use crate::check::expr::constant;
use crate::typed::{Const, Expr, ExprKind, TemplatePart};

impl<'g> Body<'g> {
    /// A string literal: a constant where nothing is written in it.
    pub(crate) fn template(&mut self, template: &ast::Template, span: Span) -> Expr {
        if let Some(text) = template.as_text() {
            let ty = Type::Literal(Literal::String(text.clone()));
            return constant(Const::String(text), ty, span);
        }
        let mut parts: Vec<TemplatePart> = Vec::with_capacity(template.parts.len());
        for part in &template.parts {
            match part {
                ast::TemplatePart::Text(text, _) => {
                    parts.push(TemplatePart::Text(SmolStr::clone(text)))
                }
                ast::TemplatePart::Expr(expr) => {
                    let value = self.shown(expr);
                    parts.push(TemplatePart::Expr(value));
                }
            }
        }
        let secret = parts.iter().any(|part| match part {
            TemplatePart::Text(_) => false,
            TemplatePart::Expr(value) => self.is_secret(&value.ty),
        });
        // It is a text whatever is wrong in it, so that nothing follows from that.
        let ty = if secret { Type::Secret } else { Type::String };
        Expr { kind: ExprKind::Template(parts), ty, span }
    }

    /// A value that is written into a text.
    fn shown(&mut self, expr: &ast::Expr) -> Expr {
        let val = match &expr.kind {
            ast::ExprKind::Name(_) | ast::ExprKind::Field { .. } | ast::ExprKind::Index { .. } => {
                self.chain(expr)
            }
            _ => Val::plain(self.infer(expr)),
        };
        let span = val.expr.span;
        if matches!(val.expr.ty, Type::Null | Type::Never) {
            let message = "there is nothing to show: this is always null";
            self.tell(
                Diagnostic::new(&codes::POSSIBLY_NULL, span, message)
                    .help("leave it out, or give a value"),
            );
            return self.error(span);
        }
        if self.may_be_null(&val.expr.ty) {
            self.tell_null(&val, span, "");
            return self.error(span);
        }
        if self.may_be_anything(&val.expr.ty) {
            self.tell_not_shown(&val.expr);
            return self.error(span);
        }
        val.expr
    }
}
