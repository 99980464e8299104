//! Calls of functions: those of the program and those of the library.

use smol_str::SmolStr;
use wf_diagnostics::codes::{names, types as codes};
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast;
use wf_types::{FnSignature, Type};

use crate::check::body::Body;
use crate::check::hints::foreign;
use crate::check::hints::origin::Declares;
use crate::check::hints::suggest::listed;
use crate::check::items::border_type;
use crate::check::items::declared::Border;
use crate::check::types::relate;
use crate::check::types::unify::Inference;
use crate::check::types::union::border;
use crate::resolve::scope::Named;
use crate::typed::{Arg, Expr, ExprKind, FnId, Intrinsic, Keyed};

/// The functions with lambdas that the emitter writes out.
fn intrinsic(name: &str) -> Option<Intrinsic> {
    Some(match name {
        "map" => Intrinsic::Map,
        "filter" => Intrinsic::Filter,
        "filterMap" => Intrinsic::FilterMap,
        "flatMap" => Intrinsic::FlatMap,
        "reduce" => Intrinsic::Reduce,
        "sortBy" => Intrinsic::SortBy,
        "groupBy" => Intrinsic::GroupBy,
        "any" => Intrinsic::Any,
        "all" => Intrinsic::All,
        "count" => Intrinsic::Count,
        "find" => Intrinsic::Find,
        name => Intrinsic::Keyed(Keyed::named(name)?),
    })
}

impl<'g> Body<'g> {
    /// The function of the program of this name.
    pub(crate) fn function(&self, name: &str) -> Option<FnId> {
        match self.g.scopes[self.unit].get(name)?.named {
            Named::Fn(id) => Some(FnId(id)),
            _ => None,
        }
    }

    /// There are no methods.
    pub(crate) fn method(&mut self, base: &ast::Expr, call: &ast::Call, span: Span) -> Expr {
        if !is_unreadable(base) {
            let told = self.no_method(base, call, span);
            self.tell(told);
        }
        self.error(span)
    }

    fn no_method(&self, base: &ast::Expr, call: &ast::Call, span: Span) -> Diagnostic {
        let (shown, name) = (self.source(base.span), call.name.text.as_str());
        let node = format!("{shown}.{name}");
        if self.g.registry.nodes.contains_key(node.as_str()) {
            let message = format!("the node `{node}` is run by a step");
            let help = format!("write `step NAME = {node} {{ … }}`, and read `steps.NAME.output`");
            return Diagnostic::new(&codes::NO_METHODS, base.span.to(call.name.span), message)
                .help(help);
        }
        let args = self.arguments_text(call);
        let message = format!("values have no methods: `{name}` is called on `{shown}`");
        let diagnostic = Diagnostic::new(&codes::NO_METHODS, call.name.span, message);
        if let ("States" | "Promise" | "asyncio", ast::ExprKind::Name(_)) = (&*shown, &base.kind) {
            return diagnostic.help(match name.to_lowercase().as_str() {
                "format" => "a text holds templates: `\"Hi {{ x }}\"`",
                "all" | "gather" | "race" | "any" | "allsettled" => {
                    "what runs at once stands in `parallel as NAME { branch a { … } branch b { … } }`, \
                     or in a loop `for x in xs as NAME parallel { … }`"
                }
                _ => "`wf nodes` lists the functions there are",
            });
        }
        let plain = matches!(&base.kind, ast::ExprKind::Name(n) if self.local(n).is_none());
        let foreign_root = ["Math", "JSON", "Object", "Array", "_", "Number", "String", "json"];
        if plain && foreign_root.contains(&shown.as_str()) {
            let ours = match (shown.as_str(), name) {
                ("JSON" | "json", "parse" | "loads") => "parseJson",
                ("JSON" | "json", _) => "toJson",
                _ => foreign::function(name).unwrap_or(name),
            };
            return match self.is_function(ours) {
                true => diagnostic.help(format!("write `{ours}({args})`")),
                false => diagnostic.help("`wf nodes` lists the functions there are"),
            };
        }
        if let Some(mend) = self.piped(base, call) {
            let help = format!("write `{mend}`");
            return diagnostic.edit(span, mend, help);
        }
        if let Some(instead) = foreign::call(name, &shown) {
            return diagnostic.help(instead);
        }
        match self.g.suggest.nearest(name, self.function_names()) {
            Some(near) => diagnostic.help(format!("did you mean `{shown} | {near}({args})`?")),
            None => diagnostic.help(format!("functions are called as `{shown} | f({args})`")),
        }
    }

    fn is_function(&self, name: &str) -> bool {
        self.g.registry.functions.contains_key(name) || self.function(name).is_some()
    }

    /// The arguments of a call as they are written.
    fn arguments_text(&self, call: &ast::Call) -> String {
        match (call.args.first(), call.args.last()) {
            (Some(first), Some(last)) => self.source(first.span.to(last.span)),
            _ => String::new(),
        }
    }

    /// A chain of methods as a chain of pipes, where each is a function of ours.
    fn piped(&self, base: &ast::Expr, call: &ast::Call) -> Option<String> {
        let mut calls = vec![call];
        let mut root = base;
        while let ast::ExprKind::MethodCall { base, call } = &root.kind {
            if calls.len() > 20 {
                return None;
            }
            calls.push(call);
            root = base;
        }
        let mut text = self.source(root.span);
        for call in calls.into_iter().rev() {
            let name = call.name.text.as_str();
            let ours = foreign::function(name).unwrap_or(name);
            if !self.is_function(ours) {
                return None;
            }
            let args = self.arguments_text(call);
            let args = if args.is_empty() { args } else { format!("({args})") };
            text = format!("{text} | {ours}{args}");
        }
        Some(text)
    }

    fn function_names(&self) -> impl Iterator<Item = &'g str> + use<'g> {
        let library = self.g.registry.functions.keys().map(SmolStr::as_str);
        self.g.scopes[self.unit].functions().chain(library)
    }

    /// A call; in a pipe `piped` is its first argument.
    pub(crate) fn call(
        &mut self,
        call: &ast::Call,
        piped: Option<&ast::Expr>,
        hint: Option<&Type>,
        span: Span,
    ) -> Expr {
        let args: Vec<&ast::Expr> = piped.into_iter().chain(&call.args).collect();
        if let Some(id) = self.function(&call.name.text) {
            return self.call_function(id, call, &args, hint, span);
        }
        let registry = self.g.registry;
        let Some(signature) = registry.functions.get(&call.name.text) else {
            self.unknown_function(&call.name, args.first().copied(), args.len(), hint);
            for arg in args {
                if !matches!(arg.kind, ast::ExprKind::Lambda(_)) {
                    self.infer(arg);
                }
            }
            return self.error(span);
        };
        match registry.overloads.get(&call.name.text) {
            None => self.call_library(signature, call, &args, None, hint, span),
            Some(more) => {
                let all: Vec<&'g FnSignature> = std::iter::once(signature).chain(more).collect();
                self.call_overloaded(&all, call, &args, hint, span)
            }
        }
    }

    /// Whether a function takes so many arguments and gives what is wanted, as far as that is known.
    fn takes(&self, name: &str, count: usize, hint: Option<&Type>) -> bool {
        let gives = |ty: &Type| {
            hint.is_none_or(|hint| {
                relate::is_open(ty) || relate::fits(&self.g.defs, ty, &relate::widen(hint))
            })
        };
        if let Some(id) = self.function(name) {
            let info = &self.g.fns[id.0 as usize];
            let least = info.decl.params.iter().filter(|p| p.default.is_none()).count();
            return (least..=info.params.len()).contains(&count) && gives(&info.result);
        }
        let registry = self.g.registry;
        let more = registry.overloads.get(name).into_iter().flatten();
        registry.functions.get(name).into_iter().chain(more).any(|signature| {
            let least = signature.params.iter().filter(|p| p.default.is_none()).count();
            (least..=signature.params.len()).contains(&count) && gives(&signature.result)
        })
    }

    fn unknown_function(
        &mut self,
        name: &ast::Name,
        first: Option<&ast::Expr>,
        count: usize,
        hint: Option<&Type>,
    ) {
        let local = self.local(&name.text).map(|id| &self.locals[id.0 as usize].ty);
        if local.is_some_and(Type::is_error) {
            // What is wrong with its declaration is told already.
            return;
        }
        let message = format!("there is no function `{}`", name.text);
        let diagnostic = Diagnostic::new(&names::UNKNOWN_FUNCTION, name.span, message);
        let ours = foreign::function(&name.text);
        let value = first.map_or("x".to_owned(), |first| self.source(first.span));
        let instead = foreign::call(&name.text, &value);
        let typed = self.function_names().map(|n| (n, self.takes(n, count, hint)));
        let diagnostic = match (ours, self.g.suggest.nearest_fitting(&name.text, typed)) {
            (Some(ours), _) if self.g.registry.functions.contains_key(ours) => {
                diagnostic.help(format!("it is called `{ours}` here"))
            }
            _ if instead.is_some() => diagnostic.help(instead.unwrap_or_default()),
            (_, Some(near)) => diagnostic.help(format!("did you mean `{near}`?")),
            _ => match self.g.scopes[self.unit].get(&name.text) {
                Some(_) => diagnostic
                    .help("workflows are called by a step: `step s = workflow.call<NAME> { … }`"),
                None => match self.g.scopes[self.unit].left_out(&name.text) {
                    Some(left) => left.tell(diagnostic, &name.text),
                    None => {
                        diagnostic.help(format!("declare it: `fn {}(…) -> T {{ … }}`", name.text))
                    }
                },
            },
        };
        self.tell(diagnostic);
    }

    fn call_function(
        &mut self,
        id: FnId,
        call: &ast::Call,
        args: &[&ast::Expr],
        hint: Option<&Type>,
        span: Span,
    ) -> Expr {
        let info = &self.g.fns[id.0 as usize];
        let params = &info.decl.params;
        if self.in_default {
            let message = format!("a default can't call `{}`", call.name.text);
            self.tell(
                Diagnostic::new(&codes::NOT_CONSTANT, call.name.span, message)
                    .help("write the value itself"),
            );
            return self.error(span);
        }
        if let Some(ty) = call.type_args.first()
            && info.generic.is_none()
        {
            let message = format!("the function `{}` takes no type arguments", call.name.text);
            self.tell(Diagnostic::new(&codes::TYPE_ARGUMENTS, ty.span, message));
        }
        let required = params.iter().filter(|p| p.default.is_none()).count();
        if args.len() > params.len() || args.len() < required {
            let names = listed(params.iter().map(|p| p.name.text.as_str()));
            self.wrong_count(call, args.len(), required, params.len(), &names);
            if let Some(told) = self.out.last_mut() {
                let message = format!("`{}` is declared here", call.name.text);
                *told = told.clone().with(info.decl.name.span, message);
            }
            let ty = if info.generic.is_some() { Type::Error } else { info.result.clone() };
            return Expr { ty, ..self.error(span) };
        }
        if let Some(generic) = &info.generic {
            return self.call_generic(id, generic, call, args, hint, span);
        }
        let mut values = Vec::with_capacity(params.len());
        let told = self.out.len();
        for (i, (param, ty)) in params.iter().zip(&info.params).enumerate() {
            match (args.get(i), &param.default) {
                (Some(arg), _) => {
                    let (name, of) = (param.name.text.clone(), call.name.text.clone());
                    let what = Declares::Parameter(name, of);
                    values.push(self.expect_from(arg, ty, param.name.span, what));
                }
                (None, Some(default)) => {
                    values.push(self.silent_default(default, ty, info.unit, span))
                }
                (None, None) => {}
            }
        }
        self.swapped(call, args, |i| info.params.get(i), told);
        let kind = ExprKind::Call { function: id, types: Vec::new(), args: values };
        Expr { kind, ty: info.result.clone(), span }
    }

    /// A default at the place where it is left out; what is wrong with it is told where it is
    /// declared.
    pub(crate) fn silent_default(
        &mut self,
        default: &ast::Expr,
        ty: &Type,
        unit: usize,
        span: Span,
    ) -> Expr {
        let told = self.out.len();
        let here = std::mem::replace(&mut self.unit, unit);
        let opaque = std::mem::take(&mut self.opaque);
        let mut value = self.without_names(|body| body.constant(default, ty));
        self.unit = here;
        self.opaque = opaque;
        self.out.truncate(told);
        value.span = span;
        value
    }

    fn wrong_count(
        &mut self,
        call: &ast::Call,
        given: usize,
        least: usize,
        most: usize,
        params: &str,
    ) {
        let count = if least == most { most.to_string() } else { format!("{least} to {most}") };
        let plural = if most == 1 { "argument" } else { "arguments" };
        let message = format!("`{}` takes {count} {plural}, {given} are given", call.name.text);
        let name = call.name.text.as_str();
        let help = if name == "range" && given == 1 {
            let end = call.args.first().map_or("n".to_owned(), |end| self.source(end.span));
            format!("write `0..{end}`")
        } else if matches!(name, "sortBy" | "sort") && given > most {
            "it sorts in ascending order: `| reverse` behind it turns the order round".to_owned()
        } else if name == "count" && given == 1 {
            "it counts for how many items a condition is true; how many there are is `length(…)`"
                .to_owned()
        } else if matches!(name, "sum" | "min" | "max") && given == 2 && most == 1 {
            format!("it takes one list: `{name}([a, b])`")
        } else if most == 0 {
            "leave them out".to_owned()
        } else {
            format!("it takes {params}")
        };
        self.tell(Diagnostic::new(&codes::WRONG_ARGUMENTS, call.span, message).help(help));
    }

    /// A function with several signatures, told apart by the first argument.
    fn call_overloaded(
        &mut self,
        all: &[&'g FnSignature],
        call: &ast::Call,
        args: &[&ast::Expr],
        hint: Option<&Type>,
        span: Span,
    ) -> Expr {
        let Some(first) = args.first() else {
            return self.call_library(all[0], call, args, None, hint, span);
        };
        let val = match &first.kind {
            ast::ExprKind::Name(_)
            | ast::ExprKind::Current
            | ast::ExprKind::Field { .. }
            | ast::ExprKind::Index { .. } => self.chain(first),
            _ => crate::check::expr::chain::Val::plain(self.infer(first)),
        };
        if val.expr.ty.is_error() {
            return self.error(span);
        }
        if self.may_be_null(&val.expr.ty) {
            let at = val.expr.span;
            self.tell_null(&val, at, "");
            return self.error(span);
        }
        let given = relate::base(&self.g.defs, &val.expr.ty);
        let head = |ty: &Type| std::mem::discriminant(self.g.defs.peel(ty));
        let chosen = all.iter().find(|s| {
            s.params.first().is_some_and(|p| match &p.ty {
                Type::Param(_) => true,
                ty => head(ty) == std::mem::discriminant(&given),
            })
        });
        match chosen {
            Some(signature) => self.call_library(signature, call, args, Some(val.expr), hint, span),
            None if self.is_secret(&val.expr.ty) => {
                let why = format!("`{}` takes none", call.name.text);
                self.refuse_secret(&val.expr, &why);
                self.error(span)
            }
            None => {
                let types: Vec<String> = all
                    .iter()
                    .filter_map(|s| s.params.first())
                    .map(|p| format!("`{}`", self.show(&p.ty)))
                    .collect();
                let message = format!(
                    "`{}` takes {}, not `{}`",
                    call.name.text,
                    types.join(" or "),
                    self.show(&val.expr.ty)
                );
                let told = Diagnostic::new(&codes::TYPE_MISMATCH, val.expr.span, message);
                let takes_text = all
                    .iter()
                    .filter_map(|s| s.params.first())
                    .any(|p| matches!(self.g.defs.peel(&p.ty), Type::String));
                let scalar = matches!(
                    self.g.defs.peel(&val.expr.ty),
                    Type::Uuid | Type::Int | Type::Float | Type::Decimal | Type::Instant
                );
                let shown = self.source(val.expr.span);
                self.tell(match takes_text && scalar {
                    true => told.help(format!("as a text it is `\"{{{{ {shown} }}}}\"`")),
                    false => told,
                });
                self.error(span)
            }
        }
    }

    fn call_library(
        &mut self,
        signature: &'g FnSignature,
        call: &ast::Call,
        args: &[&ast::Expr],
        first: Option<Expr>,
        hint: Option<&Type>,
        span: Span,
    ) -> Expr {
        let params = &signature.params;
        let required = params.iter().filter(|p| p.default.is_none()).count();
        if args.len() > params.len() || args.len() < required {
            let names = listed(params.iter().map(|p| p.name.as_str()));
            self.wrong_count(call, args.len(), required, params.len(), &names);
            return self.error(span);
        }
        let mut inference = Inference::new(&signature.type_params);
        if !self.type_arguments(signature, call, &mut inference) {
            return self.error(span);
        }
        let told = self.out.len();
        let values = self.arguments(signature, call, args, first, hint, &mut inference);
        let Some(values) = values else {
            self.swapped(call, args, |i| params.get(i).map(|param| &param.ty), told);
            return self.error(span);
        };
        if let ("contains", [Some(Arg::Value(all)), Some(Arg::Value(item))]) =
            (signature.name.as_str(), values.as_slice())
            && self.impossible_item(all, item)
        {
            return self.error(span);
        }
        self.check_texts(signature, args);
        let defs = &self.g.defs;
        let ty = relate::substitute(defs, &signature.result, &inference.found, &Type::Error);
        let mut typed = Vec::with_capacity(params.len());
        let mut values = values.into_iter();
        for param in params {
            let wanted = relate::substitute(defs, &param.ty, &inference.found, &Type::Error);
            match values.next().flatten() {
                Some(Arg::Value(value)) => typed.push(Arg::Value(self.coerce(value, &wanted))),
                Some(Arg::Lambda(lambda)) => typed.push(Arg::Lambda(lambda)),
                None => {
                    let default = param.default.as_ref().and_then(|text| self.g.default(text));
                    if let Some(default) = default {
                        let value = self.silent_default(&default, &wanted, self.unit, span);
                        typed.push(Arg::Value(value));
                    }
                }
            }
        }
        if signature.name == "decode" {
            self.g.borders.borrow_mut().push(Border {
                span,
                unit: self.unit,
                types: call.type_args.clone(),
                shape: signature.result.clone(),
            });
        }
        let lambdas = typed.iter().any(|a| matches!(a, Arg::Lambda(_)));
        let kind = match (intrinsic(&signature.name), lambdas) {
            (Some(function), true) => ExprKind::Intrinsic { function, args: typed },
            _ => {
                let args = typed
                    .into_iter()
                    .filter_map(|arg| match arg {
                        Arg::Value(value) => Some(value),
                        Arg::Lambda(_) => None,
                    })
                    .collect();
                self.native(&signature.name, args)
            }
        };
        Expr { kind, ty, span }
    }

    fn native(&self, name: &SmolStr, mut args: Vec<Expr>) -> ExprKind {
        match (name.as_str(), args.len()) {
            ("decode", 1) => ExprKind::Decode(Box::new(args.remove(0))),
            _ => ExprKind::CallNative { name: name.clone(), args },
        }
    }

    pub(crate) fn type_arguments(
        &mut self,
        signature: &FnSignature,
        call: &ast::Call,
        inference: &mut Inference,
    ) -> bool {
        if call.type_args.len() > signature.type_params.len() {
            let message = format!(
                "`{}` takes {} type arguments, {} are given",
                call.name.text,
                signature.type_params.len(),
                call.type_args.len()
            );
            self.tell(Diagnostic::new(&codes::TYPE_ARGUMENTS, call.name.span, message));
            return false;
        }
        for (i, arg) in call.type_args.iter().enumerate() {
            let mut out = Vec::new();
            let ty = self.types().resolve(arg, &mut out);
            self.out.extend(out);
            if ty.is_error() {
                return false;
            }
            if let Some(bound) = signature.type_params[i].bound
                && !relate::allows(&self.g.defs, bound, &ty)
            {
                let diagnostic = match bound {
                    wf_types::Bound::Border => border_type(self.g, &ty, arg.span),
                    _ => crate::check::types::unify::bound_error(
                        self.g,
                        bound,
                        &ty,
                        arg.span,
                        &call.name.text,
                    ),
                };
                self.tell(diagnostic);
                return false;
            }
            if signature.type_params[i].bound == Some(wf_types::Bound::Border) {
                border::check(self.g, &ty, arg.span, &mut self.out);
            }
            inference.found[i] = Some(ty);
        }
        true
    }
}

/// Whether something about the beginning of a path is told already.
fn is_unreadable(expr: &ast::Expr) -> bool {
    let mut root = expr;
    loop {
        root = match &root.kind {
            ast::ExprKind::Error => return true,
            ast::ExprKind::MethodCall { base, .. }
            | ast::ExprKind::Field { base, .. }
            | ast::ExprKind::Index { base, .. } => base,
            _ => return false,
        };
    }
}
