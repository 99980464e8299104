//! Functions of the program, and the defaults of `config`.

use wf_diagnostics::codes::types as codes;
use wf_diagnostics::{Diagnostic, Diagnostics, Span};
use wf_grammar::ast::Block;

use crate::check::body::{Body, Kind};
use crate::check::globals::Globals;
use crate::check::hints::unused;
use crate::check::types::{relate, secret};
use crate::resolve::scope::duplicate;
use crate::resolve::seen::Seen;
use crate::typed;

/// What comes of checking a function.
pub(crate) struct Checked {
    /// The function.
    pub(crate) typed: typed::Function,
    /// What is wrong.
    pub(crate) out: Diagnostics,
    /// The statements.
    pub(crate) stmts: Vec<Span>,
}

/// Checks a function with its body, where it has one.
pub(crate) fn check_function<'g>(
    g: &'g Globals<'g>,
    index: usize,
    block: Option<&'g Block>,
) -> Checked {
    let info = &g.fns[index];
    let mut body = Body::new(g, info.unit, Kind::Function);
    let mut seen: Seen<&str> = Seen::default();
    let mut first = Vec::with_capacity(info.params.len());
    for (param, ty) in info.decl.params.iter().zip(&info.params) {
        if let Some(default) = &param.default {
            let what = format!("the parameter `{}`", param.name.text);
            body.isolated(|body| body.default_from(default, ty, param.ty.span, &what));
        }
        let before = seen.insert(&param.name.text, param.name.span);
        first.push(before.is_none());
        if let Some(before) = before {
            body.tell(duplicate("parameter", &param.name.text, param.name.span, before));
        }
    }
    body.opaque = info.generic.as_ref().map_or(&[], |generic| &generic.opaque);
    required_last(&mut body, info.decl);
    for ((param, ty), first) in info.decl.params.iter().zip(&info.params).zip(first) {
        if first {
            body.declare(&param.name, ty.clone(), false, false);
        }
    }
    body.result = Some(info.result.clone());
    body.result_span = info.decl.result.as_ref();
    let has_body = block.is_some();
    let block = block.map(|block| body.body_block(block)).unwrap_or_default();
    let optional = relate::is_nullable(&g.defs, &info.result) || info.result.is_error();
    if !body.flow.dead() && has_body && !optional {
        let message = format!(
            "the function `{}` promises `{}`, but its end can be reached without a `return`",
            info.decl.name.text,
            g.show(&info.result)
        );
        let told = Diagnostic::new(&codes::MISSING_RETURN, info.decl.name.span, message)
            .help("return a value on every path");
        body.tell(match &info.decl.result {
            Some(written) => told.with(written.span, "promised here"),
            None => told,
        });
    }
    unused::warn(&mut body);
    let typed = typed::Function {
        name: info.decl.name.text.clone(),
        span: info.decl.name.span,
        type_params: body.opaque.iter().map(|(_, id)| *id).collect(),
        params: info.decl.params.len(),
        result: info.result.clone(),
        locals: body.locals,
        body: block,
    };
    Checked { typed, out: body.out, stmts: body.stmts }
}

/// Parameters with a default stand behind those without.
fn required_last(body: &mut Body<'_>, decl: &wf_grammar::ast::FnDecl) {
    let first = decl.params.iter().position(|p| p.default.is_some());
    let Some(first) = first else { return };
    if let Some(param) = decl.params[first..].iter().find(|p| p.default.is_none()) {
        let message = format!("`{}` stands behind a parameter with a default", param.name.text);
        body.tell(
            Diagnostic::new(&codes::WRONG_ARGUMENTS, param.name.span, message)
                .help("move it before those that may be left out, or give it a default"),
        );
    }
}

/// Checks the values of `config`.
pub(crate) fn check_config(g: &Globals<'_>, out: &mut Diagnostics) -> Vec<typed::ConfigValue> {
    g.config
        .iter()
        .map(|info| {
            let mut body = Body::new(g, info.unit, Kind::Workflow);
            // That a secret has a default is told already.
            let default = info.decl.default.as_ref().filter(|_| !secret::holds(&g.defs, &info.ty));
            let what = format!("`config.{}`", info.decl.name.text);
            let at = info.decl.ty.span;
            let default = default.map(|d| body.default_from(d, &info.ty, at, &what));
            out.append(&mut body.out);
            typed::ConfigValue {
                name: info.decl.name.text.clone(),
                ty: info.ty.clone(),
                default,
                locals: body.locals,
                span: info.decl.name.span,
            }
        })
        .collect()
}

/// What is wrong with a constant of a signature, which sees no file.
pub(crate) fn constant_errors(
    g: &Globals<'_>,
    default: &wf_grammar::ast::Expr,
    ty: &wf_types::Type,
) -> Diagnostics {
    let mut body = Body::new(g, 0, Kind::Function);
    body.constant(default, ty);
    body.out
}
