//! Generic functions of the program: their type parameters, and calls of them.
//!
//! In the body a type parameter is an opaque named type, of which only its bound is known. In
//! calls the function has a signature over numbered parameters, as one of the library.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use wf_diagnostics::codes::types as codes;
use wf_diagnostics::{Diagnostic, Diagnostics, Label, Span};
use wf_grammar::ast;
use wf_types::{Bound, Def, DefId, DefKind, FnParam, FnSignature, Type, TypeDefs, TypeParam};

use crate::check::body::Body;
use crate::check::globals::Globals;
use crate::check::hints::show;
use crate::check::types::relate;
use crate::check::types::unify::Inference;
use crate::resolve::scope::duplicate;
use crate::resolve::types::bound_of;
use crate::typed::{Arg, Expr, ExprKind, FnId};

/// What is known of a generic function.
#[derive(Debug)]
pub(crate) struct Generic {
    /// Its signature over [`Type::Param`]s.
    pub(crate) signature: FnSignature,
    /// Its type parameters as types of its body.
    pub(crate) opaque: Vec<(SmolStr, DefId)>,
}

impl Generic {
    /// The types that stand for the parameters in the body.
    fn types(&self) -> Vec<Option<Type>> {
        self.opaque.iter().map(|(_, id)| Some(Type::Named(*id))).collect()
    }

    /// A type of the signature as the body sees it.
    pub(crate) fn inside(&self, defs: &TypeDefs, ty: &Type) -> Type {
        relate::substitute(defs, ty, &self.types(), &Type::Error)
    }
}

/// Declares the type parameters of a function.
pub(crate) fn declare(
    globals: &mut Globals<'_>,
    unit: usize,
    decl: &ast::FnDecl,
    out: &mut Diagnostics,
) -> Option<Generic> {
    if decl.type_params.is_empty() {
        return None;
    }
    let mut seen: FxHashMap<&str, Span> = FxHashMap::default();
    let names: Vec<SmolStr> = decl.type_params.iter().map(|p| p.name.text.clone()).collect();
    let mut opaque = Vec::with_capacity(names.len());
    let mut type_params = Vec::with_capacity(names.len());
    for param in &decl.type_params {
        let name = &param.name;
        if let Some(first) = seen.insert(&name.text, name.span) {
            out.push(duplicate("type parameter", &name.text, name.span, first));
        }
        let bound = param.bound.as_ref().and_then(|written| {
            let bound = bound_of(&written.text).filter(|b| *b != Bound::Workflow);
            if bound.is_none() {
                let message = format!("there is no bound `{}`", written.text);
                out.push(
                    Diagnostic::new(&codes::TYPE_ARGUMENTS, written.span, message)
                        .help("bounds are `ordered`, `number`, `entity` and `border`"),
                );
            }
            bound
        });
        let default = param.default.as_ref().map(|ty| globals.types(unit).resolve(ty, out));
        let kind = DefKind::Opaque(bound);
        let def = Def { name: name.text.clone(), doc: SmolStr::default(), kind };
        opaque.push((name.text.clone(), globals.defs.add(def)));
        type_params.push(TypeParam { name: name.text.clone(), bound, default });
    }
    let mut env = globals.types(unit);
    env.params = &names;
    let mut resolve = |ty: &ast::TypeExpr| env.resolve(ty, out);
    let params = decl
        .params
        .iter()
        .map(|param| FnParam {
            name: param.name.text.clone(),
            ty: resolve(&param.ty),
            // Only whether there is one is asked; its tree is that of the declaration.
            default: param.default.as_ref().map(|_| SmolStr::default()),
        })
        .collect();
    let result = decl.result.as_ref().map_or(Type::Null, resolve);
    let (name, doc, text) = (decl.name.text.clone(), SmolStr::default(), SmolStr::default());
    Some(Generic {
        signature: FnSignature { name, doc, type_params, params, result, text },
        opaque,
    })
}

impl<'g> Body<'g> {
    /// A call of a generic function.
    pub(crate) fn call_generic(
        &mut self,
        id: FnId,
        generic: &'g Generic,
        call: &ast::Call,
        args: &[&ast::Expr],
        hint: Option<&Type>,
        span: Span,
    ) -> Expr {
        let info = &self.g.fns[id.0 as usize];
        let signature = &generic.signature;
        let mut inference = Inference::new(&signature.type_params);
        let told = self.out.len();
        let values = match self.type_arguments(signature, call, &mut inference) {
            true => self.arguments(signature, call, args, None, hint, &mut inference),
            false => None,
        };
        self.show_bounds(told, info.decl);
        let Some(values) = values else { return self.error(span) };
        let defs = &self.g.defs;
        let put = |ty: &Type| relate::substitute(defs, ty, &inference.found, &Type::Error);
        let ty = put(&signature.result);
        let types: Vec<Type> =
            inference.found.iter().map(|ty| ty.clone().unwrap_or(Type::Error)).collect();
        let wanted: Vec<Type> = signature.params.iter().map(|param| put(&param.ty)).collect();
        if types.iter().chain(&wanted).any(Type::is_error) {
            return self.error(span);
        }
        let mut typed = Vec::with_capacity(wanted.len());
        let mut values = values.into_iter();
        for (param, wanted) in info.decl.params.iter().zip(&wanted) {
            match (values.next().flatten(), &param.default) {
                (Some(Arg::Value(value)), _) => typed.push(self.coerce(value, wanted)),
                (_, Some(default)) => {
                    typed.push(self.silent_default(default, wanted, info.unit, span));
                }
                _ => {}
            }
        }
        let ty = self.bounded(ty, span);
        Expr { kind: ExprKind::Call { function: id, types, args: typed }, ty, span }
    }

    /// Points at the bounds that a call does not keep, in what was told since.
    fn show_bounds(&mut self, since: usize, decl: &ast::FnDecl) {
        let begin = format!("`{}` needs", decl.name.text);
        let bounds: Vec<_> = decl
            .type_params
            .iter()
            .filter_map(|param| Some((param.name.span.to(param.bound.as_ref()?.span), &param.name)))
            .collect();
        for diagnostic in self.out.iter_mut().skip(since) {
            let own = diagnostic.code == &codes::BOUND && diagnostic.message.starts_with(&begin);
            if own && diagnostic.labels.is_empty() {
                for (span, name) in &bounds {
                    let message = format!("what `{}` must be is declared here", name.text);
                    diagnostic.labels.push(Label { span: *span, message });
                }
            }
        }
    }

    /// Whether values of a type parameter may be null, for all that is known here.
    pub(crate) fn may_be_anything(&self, ty: &Type) -> bool {
        matches!(relate::opaque(&self.g.defs, ty), Some(None | Some(Bound::Border)))
    }

    /// A value of a type parameter is written into a text.
    pub(crate) fn tell_not_shown(&mut self, value: &Expr) {
        let name = show::show(&self.g.defs, &value.ty);
        let shown = self.source(value.span);
        let message = format!("`{shown}` is a `{name}`, which may be any type, also one with null");
        self.tell(Diagnostic::new(&codes::BOUND, value.span, message).help(format!(
            "write `{{{{ toJson({shown}) }}}}`, or say what it must be: `{name}: ordered`"
        )));
    }
}
