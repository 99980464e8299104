//! Finding the type parameters of a library function from its arguments.

use wf_diagnostics::codes::{nodes, types as codes};
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast;
use wf_types::{Bound, FnParam, FnSignature, Type, TypeDefs, TypeParam};

use crate::check::body::Body;
use crate::check::expr::bare;
use crate::check::expr::lambda::Wanted;
use crate::check::globals::Globals;
use crate::check::hints::origin::{Declares, Fixed, Origin};
use crate::check::items::schedule;
use crate::check::types::union::border;
use crate::check::types::{relate, secret, time_format};
use crate::typed::{Arg, Expr};

/// The type parameters of a call, as far as they are found.
#[derive(Clone)]
pub(crate) struct Inference {
    /// One for each parameter.
    pub(crate) found: Vec<Option<Type>>,
    /// The parameters that calculations give values of: these are no literals.
    numbers: Vec<bool>,
    /// What the parameters would be by the type that is expected of the result: what a literal is
    /// taken as, where it fits.
    pub(super) wished: Vec<Option<Type>>,
    /// Whether calls whose results lambdas look into are given what is wished, and the last that was.
    pub(super) passes_on: bool,
    pub(super) passed_on: Option<Span>,
    /// The arguments that said first what they are.
    by: Vec<Option<Span>>,
}

impl Inference {
    /// Nothing is found yet.
    pub(crate) fn new(params: &[TypeParam]) -> Self {
        let numbers = params.iter().map(|p| p.bound == Some(Bound::Number)).collect();
        let (found, by) = (vec![None; params.len()], vec![None; params.len()]);
        Self { found, numbers, wished: Vec::new(), passes_on: true, passed_on: None, by }
    }

    /// Notes which type is expected of the result. A parameter that may not be of it is not wished so.
    fn wish(&mut self, defs: &TypeDefs, signature: &FnSignature, expected: &Type) {
        if self.found.is_empty() {
            return;
        }
        let found = vec![None; self.found.len()];
        let numbers = self.numbers.clone();
        let mut wished = Self { found, numbers, by: Vec::new(), ..Self::new(&[]) };
        if wished.unify(defs, &signature.result, expected) {
            // What is null only because the result may be: an item may be so itself.
            let is_result = matches!(signature.result, Type::Param(_));
            let wishes = signature.type_params.iter().zip(wished.found).map(|(param, wish)| {
                let wish =
                    wish.map(|ty| if is_result { relate::non_null(defs, &ty) } else { ty })?;
                let allowed = param.bound.is_none_or(|bound| relate::allows(defs, bound, &wish));
                let is_secret = secret::holds(defs, &wish);
                (allowed && !is_secret).then_some(wish)
            });
            self.wished = wishes.collect();
        }
    }

    /// Learns from a value of type `given` where `wanted` is expected. False where they can't be
    /// brought together.
    pub(crate) fn unify(&mut self, defs: &TypeDefs, wanted: &Type, given: &Type) -> bool {
        if !relate::is_open(wanted) {
            return true;
        }
        match (wanted, defs.peel(given)) {
            (_, Type::Error | Type::Never) => true,
            (Type::Param(i), _) => self.found_type(defs, *i as usize, given),
            (Type::Optional(_), Type::Null) => true,
            (Type::Optional(w), _) => self.unify(defs, w, &relate::non_null(defs, given)),
            (Type::List(w), Type::List(g)) | (Type::Map(w), Type::Map(g)) => self.unify(defs, w, g),
            (Type::Record(w), _) => match defs.record(given) {
                Some(record) => w.fields.iter().all(|field| match record.field(&field.name) {
                    Some((_, g)) => self.unify(defs, &field.ty, &g.ty),
                    None => true,
                }),
                None => false,
            },
            _ => false,
        }
    }

    /// An argument was learnt from: it is the one that says what was not known before it.
    fn said_by(&mut self, argument: Span) {
        for (found, by) in self.found.iter().zip(&mut self.by) {
            if found.is_some() && by.is_none() {
                *by = Some(argument);
            }
        }
    }

    fn found_type(&mut self, defs: &TypeDefs, index: usize, given: &Type) -> bool {
        let given = match given {
            Type::Literal(literal) => match self.wished.get(index).and_then(Option::as_ref) {
                Some(wished)
                    if self.numbers.get(index) != Some(&true)
                        && relate::literals(defs, wished)
                            .is_some_and(|literals| literals.contains(literal)) =>
                {
                    wished.clone()
                }
                _ => relate::literal_base(literal),
            },
            _ if self.numbers.get(index) == Some(&true) => relate::base(defs, given),
            _ => given.clone(),
        };
        let Some(slot) = self.found.get_mut(index) else { return false };
        *slot = match slot.take() {
            None => Some(given),
            // What the first argument says stands, unless it says nothing.
            Some(known) if relate::fits(defs, &given, &known) => Some(known),
            Some(known) => match relate::join(defs, &known, &given) {
                Some(joined) => Some(joined),
                None => {
                    *slot = Some(known);
                    return false;
                }
            },
        };
        true
    }
}

/// A type without literals, also inside of lists, maps and records. Named types stay.
fn widen_all(defs: &TypeDefs, ty: &Type) -> Type {
    match ty {
        Type::Literal(literal) => relate::literal_base(literal),
        Type::Union(_) => match relate::literals(defs, ty).as_deref() {
            Some([first, ..]) => relate::literal_base(first),
            _ => ty.clone(),
        },
        Type::Optional(inner) => widen_all(defs, inner).optional(),
        Type::List(inner) => Type::list(widen_all(defs, inner)),
        Type::Map(inner) => Type::map(widen_all(defs, inner)),
        Type::Record(record) => {
            let mut fields = record.fields.clone();
            for field in &mut fields {
                field.ty = widen_all(defs, &field.ty);
            }
            Type::record(fields)
        }
        _ => ty.clone(),
    }
}

/// The type of a parameter as the text of a signature says it.
fn written<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let params = text.split_once('(')?.1;
    let before = |at: usize| params[..at].trim_end().chars().next_back();
    let start = params.match_indices(name).find_map(|(at, _)| {
        let behind = params[at + name.len()..].strip_prefix(':')?;
        matches!(before(at), None | Some(',')).then_some(behind)
    })?;
    let mut depth = 0;
    for (at, c) in start.char_indices() {
        match c {
            '<' | '(' | '{' => depth += 1,
            ',' | '=' | ')' if depth == 0 && !start[at..].starts_with("=>") => {
                return Some(start[..at].trim());
            }
            '}' | ')' => depth -= 1,
            '>' if !start[..at].ends_with('=') => depth -= 1,
            _ => {}
        }
    }
    None
}

/// A type does not allow what a function or node does with it.
pub(crate) fn bound_error(
    globals: &Globals<'_>,
    bound: Bound,
    ty: &Type,
    span: Span,
    name: &str,
) -> Diagnostic {
    let what = match bound {
        Bound::Ordered => "something with an order (numbers, texts, times)",
        Bound::Number => "numbers",
        Bound::Entity => "an entity",
        Bound::Workflow => "a workflow",
        Bound::Border => "a type without entities",
        Bound::Comparable => "something that can be compared",
    };
    let message = format!("`{name}` needs {what}, not `{}`", globals.show(ty));
    let code = match bound {
        Bound::Entity | Bound::Workflow => &nodes::NODE_TYPE,
        _ => &codes::BOUND,
    };
    let diagnostic = Diagnostic::new(code, span, message);
    match bound {
        Bound::Ordered if relate::is_nullable(&globals.defs, ty) => {
            diagnostic.help("say what null counts as, with `??`")
        }
        Bound::Number if relate::is_nullable(&globals.defs, ty) => diagnostic
            .help("leave null out, `xs | compact`, or give it a value, `xs | map(x => x ?? 0)`"),
        Bound::Ordered | Bound::Number if globals.defs.record(ty).is_some() => {
            diagnostic.help("take what counts from each of them, as in `xs | map(x => x.amount)`")
        }
        Bound::Number if matches!(relate::base(&globals.defs, ty), Type::String) => {
            diagnostic.help("read each text as a number: `xs | filterMap(x => parseInt(x))`")
        }
        Bound::Number if matches!(relate::base(&globals.defs, ty), Type::Duration) => diagnostic
            .help(match name {
                "abs" => "write `if d < 0s { -d } else { d }`",
                "sum" => "write `xs | reduce(0s, (sum, d) => sum + d)`",
                _ => "a duration over another one is a number, as in `d / 1s`",
            }),
        Bound::Entity if globals.defs.record(ty).is_some() => {
            diagnostic.help("entities are declared by `entity`, as `entity Lead { name: string }`")
        }
        _ => diagnostic,
    }
}

/// Where the last argument stands, or else the name of the function.
fn last_argument(values: &[Option<Arg>], call: &ast::Call) -> Span {
    let last = values.iter().flatten().next_back().map(|arg| match arg {
        Arg::Value(value) => value.span,
        Arg::Lambda(lambda) => lambda.body.span,
    });
    last.unwrap_or(call.name.span)
}

impl<'g> Body<'g> {
    /// `reduce([], …)`: says how the type of the empty start is given.
    fn empty_start(&mut self, signature: &FnSignature, arg: &ast::Expr, inference: &Inference) {
        let empty = matches!(&arg.kind, ast::ExprKind::List(items) if items.is_empty());
        let item = inference.found.first().and_then(Option::as_ref);
        if let ("reduce", true, Some(item)) = (signature.name.as_str(), empty, item)
            && let Some(told) = self.out.last_mut()
            && told.span == arg.span
        {
            let item = self.g.show(item);
            told.help = Some(format!("say the types: `reduce<{item}, list<{item}>>([], …)`"));
        }
    }

    /// The arguments of a library function. Literals in the first arguments need not be all that
    /// comes: where that is all that is wrong, their types are those of any such value.
    pub(crate) fn arguments(
        &mut self,
        signature: &FnSignature,
        call: &ast::Call,
        args: &[&ast::Expr],
        first: Option<Expr>,
        hint: Option<&Type>,
        inference: &mut Inference,
    ) -> Option<Vec<Option<Arg>>> {
        if let Some(hint) = hint {
            inference.wish(&self.g.defs, signature, hint);
        }
        let before = (!inference.wished.is_empty()).then(|| inference.clone());
        let (told, open) = (self.out.len(), self.open_literals.len());
        let mut values = self
            .arguments_once(signature, call, args, first.clone(), inference)
            .filter(|values| self.finish(inference, signature, hint, call, values));
        if let (None, Some(at), Some(before)) = (&values, inference.passed_on, before)
            && self.retries > 0
        {
            // What is expected of the result need not be what the lambdas look into.
            self.retries -= 1;
            let first_try: Vec<Diagnostic> = self.out.drain(told..).collect();
            self.open_literals.truncate(open);
            *inference = Inference { passes_on: false, ..before };
            values = self
                .arguments_once(signature, call, args, first.clone(), inference)
                .filter(|values| self.finish(inference, signature, hint, call, values));
            let within = |d: &Diagnostic| at.start <= d.span.start && d.span.end <= at.end;
            // An argument that needs what is wished to be understood is not what is wrong.
            let needed = self.out[told..].iter().any(within);
            if values.is_none() && (needed || first_try.iter().all(within)) {
                self.out.truncate(told);
                self.out.extend(first_try);
            }
        }
        let wider = match values.is_none() && self.retries > 0 {
            true => self.wider(signature, inference),
            false => None,
        };
        match wider {
            None => values,
            Some(found) => {
                self.retries -= 1;
                let first_try: Vec<Diagnostic> = self.out.drain(told..).collect();
                inference.found = found;
                inference.by.fill(None);
                let again = self
                    .arguments_once(signature, call, args, first, inference)
                    .filter(|values| self.finish(inference, signature, hint, call, values));
                if again.is_none() {
                    // What was told first says it with the types that are written.
                    self.out.truncate(told);
                    self.out.extend(first_try);
                }
                again
            }
        }
    }

    /// The types found so far, where those that reach the result hold literals: without these.
    fn wider(&self, signature: &FnSignature, inference: &Inference) -> Option<Vec<Option<Type>>> {
        let defs = &self.g.defs;
        let reaches =
            |i: usize| relate::holds(defs, &signature.result, &|t| *t == Type::Param(i as u16));
        let found: Vec<Option<Type>> = inference
            .found
            .iter()
            .enumerate()
            .map(|(i, ty)| match ty {
                Some(ty) if reaches(i) => Some(widen_all(defs, ty)),
                _ => ty.clone(),
            })
            .collect();
        (found != inference.found).then_some(found)
    }

    /// Plain values first, since they tell what the parameters of the lambdas are.
    fn arguments_once(
        &mut self,
        signature: &FnSignature,
        call: &ast::Call,
        args: &[&ast::Expr],
        mut first: Option<Expr>,
        inference: &mut Inference,
    ) -> Option<Vec<Option<Arg>>> {
        let mut values: Vec<Option<Arg>> = vec![None; args.len()];
        let mut wrong = false;
        for (i, (arg, param)) in args.iter().zip(&signature.params).enumerate() {
            if let Type::Lambda(wanted) = &param.ty {
                if !matches!(arg.kind, ast::ExprKind::Lambda(_)) {
                    let (defs, found) = (&self.g.defs, &inference.found);
                    let params = wanted.params.iter();
                    let params: Vec<Type> =
                        params.map(|p| relate::substitute(defs, p, found, &Type::Error)).collect();
                    self.no_lambda(&signature.name, arg, &params);
                    wrong = true;
                }
                continue;
            }
            let wish = self.argument_wish(signature, arg, param, inference);
            let known = relate::substitute(&self.g.defs, &param.ty, &inference.found, &Type::Never);
            let hint = wish.as_ref().unwrap_or(&known);
            let from = self.parameter(signature, call, param, hint, inference);
            let outer = self.origin.replace(from);
            let value = match first.take() {
                Some(value) => value,
                None if wish.is_some() => self.wished_value(arg, hint, &known),
                None if relate::is_open(&param.ty) => self.value(arg, hint),
                None => self.expect(arg, hint),
            };
            if value.ty.is_error() {
                wrong = true;
                self.empty_start(signature, arg, inference);
            } else if !inference.unify(&self.g.defs, &param.ty, &value.ty) {
                self.wrong_argument(signature, param, &value, inference);
                wrong = true;
            }
            self.origin = outer;
            inference.said_by(arg.span);
            values[i] = Some(Arg::Value(value));
        }
        if wrong {
            return None;
        }
        for (i, (arg, param)) in args.iter().zip(&signature.params).enumerate() {
            let (ast::ExprKind::Lambda(lambda), Type::Lambda(wanted)) = (&arg.kind, &param.ty)
            else {
                continue;
            };
            let defs = &self.g.defs;
            let open = &Type::Error;
            let params: Vec<Type> = wanted
                .params
                .iter()
                .map(|p| relate::substitute(defs, p, &inference.found, open))
                .collect();
            let hint = relate::substitute(defs, &wanted.result, &inference.found, &Type::Never);
            let known = self.is_known(&wanted.result, inference);
            let told = self.out.len();
            let (mut typed, result) = match known {
                true => {
                    let from = self.parameter(signature, call, param, &hint, inference);
                    self.with_expected(from, |b| b.lambda(lambda, &params, Wanted::Type(&hint)))
                }
                false => match inference.wish_for(&self.g.defs, &wanted.result) {
                    Some(wish) => self.wished_lambda(lambda, &params, &wish),
                    None => self.lambda(lambda, &params, Wanted::Nothing),
                },
            };
            if self.out[told..].iter().any(Diagnostic::is_error) {
                wrong = true;
                continue;
            }
            if !known {
                if !inference.unify(&self.g.defs, &wanted.result, &result) {
                    self.give(Expr::clone(&typed.body), &hint);
                    wrong = true;
                    continue;
                }
                let defs = &self.g.defs;
                let ty = relate::substitute(defs, &wanted.result, &inference.found, &Type::Error);
                typed.body = Box::new(self.coerce(*typed.body, &ty));
            }
            values[i] = Some(Arg::Lambda(typed));
        }
        if wrong { None } else { Some(values) }
    }

    /// Where the type of a parameter comes from: the signature, and the argument that says what a
    /// type parameter in it is.
    fn parameter(
        &self,
        signature: &FnSignature,
        call: &ast::Call,
        param: &FnParam,
        ty: &Type,
        inference: &Inference,
    ) -> Origin {
        let named = match &param.ty {
            Type::Lambda(lambda) => &lambda.result,
            ty => ty,
        };
        let fixed = (0..inference.found.len()).find_map(|i| {
            let (found, by) = (inference.found[i].as_ref()?, inference.by[i]?);
            let is_in = |t: &Type| *t == Type::Param(i as u16);
            relate::holds(&self.g.defs, named, &is_in).then(|| {
                let name = signature.type_params[i].name.clone();
                Box::new(Fixed { name, ty: found.clone(), by })
            })
        });
        let what = match signature.text.is_empty() {
            true => Declares::Generic(param.name.clone(), signature.name.clone()),
            false => Declares::Library(param.name.clone(), signature.text.clone()),
        };
        Origin { span: call.name.span, what, ty: ty.clone(), fixed }
    }

    /// An argument that does not fit its parameter, whatever the type parameters are.
    fn wrong_argument(
        &mut self,
        signature: &FnSignature,
        param: &FnParam,
        value: &Expr,
        inference: &Inference,
    ) {
        let wanted = relate::substitute(&self.g.defs, &param.ty, &inference.found, &Type::Never);
        let unknown = relate::holds(&self.g.defs, &wanted, &|t| matches!(t, Type::Never));
        match written(&signature.text, &param.name).filter(|_| unknown) {
            Some(wanted) => {
                let given = self.show(&value.ty);
                let message = format!("`{wanted}` is expected here, not `{given}`");
                let at = match &self.origin {
                    Some(origin) => origin.span,
                    None => value.span,
                };
                let told = Diagnostic::new(&codes::TYPE_MISMATCH, value.span, message)
                    .with(at, format!("`{}`", signature.text));
                let shown = self.source(value.span);
                let is_list = wanted.starts_with("list<");
                let given = relate::base(&self.g.defs, &self.non_null(&value.ty));
                self.tell(match &given {
                    Type::Map(_) if is_list => told.help(format!(
                        "take `entries({shown})`, which have a `key` and a `value`, or `values({shown})`"
                    )),
                    Type::List(_) if is_list && self.may_be_null(&value.ty) => told.help(format!(
                        "it may be null: write `({shown} ?? [])`, or check it first"
                    )),
                    _ if is_list && self.may_be_null(&value.ty) => told.help(
                        "it is one value and no list; where it may be null, keep it in a `let` and check it first",
                    ),
                    _ => told,
                });
            }
            None => {
                self.give(value.clone(), &wanted);
            }
        }
    }

    pub(super) fn value(&mut self, arg: &ast::Expr, hint: &Type) -> Expr {
        match &arg.kind {
            ast::ExprKind::Name(_) | ast::ExprKind::Field { .. } | ast::ExprKind::Index { .. } => {
                let val = self.chain(arg);
                let null = self.may_be_null(&val.expr.ty) && !self.may_be_null(hint);
                let generic = matches!(hint, Type::Never);
                if null && !generic && !matches!(hint, Type::Json | Type::Error) {
                    let span = val.expr.span;
                    self.tell_null(&val, span, "");
                    return self.error(span);
                }
                val.expr
            }
            _ => self.expr(arg, Some(hint)),
        }
    }

    /// Whether all parameters in a type are found and say what they are.
    fn is_known(&self, ty: &Type, inference: &Inference) -> bool {
        let found = relate::substitute(&self.g.defs, ty, &inference.found, &Type::Never);
        !relate::holds(&self.g.defs, &found, &|t| matches!(t, Type::Never))
    }

    /// Fills in what is not found yet, and checks the bounds.
    fn finish(
        &mut self,
        inference: &mut Inference,
        signature: &FnSignature,
        hint: Option<&Type>,
        call: &ast::Call,
        values: &[Option<Arg>],
    ) -> bool {
        if let Some(hint) = hint
            && inference.found.iter().any(Option::is_none)
        {
            let mut more = inference.clone();
            if more.unify(&self.g.defs, &signature.result, hint) {
                for (found, more) in inference.found.iter_mut().zip(more.found) {
                    *found = found.take().or(more);
                }
            }
        }
        for (i, param) in signature.type_params.iter().enumerate() {
            let Some(ty) = inference.found[i].clone().or_else(|| param.default.clone()) else {
                let broken = |arg: &Arg| match arg {
                    Arg::Value(value) => relate::is_broken(&value.ty),
                    Arg::Lambda(lambda) => relate::is_broken(&lambda.body.ty),
                };
                if values.iter().flatten().any(broken) {
                    return false;
                }
                let message =
                    format!("the type `{}` of `{}` is not known here", param.name, call.name.text);
                let example = if param.bound == Some(Bound::Number) { "int" } else { "string" };
                let help = format!("say what it is: `{}<{example}>(…)`", call.name.text);
                self.tell(
                    Diagnostic::new(&codes::TYPE_UNKNOWN, call.name.span, message).help(help),
                );
                return false;
            };
            if secret::holds(&self.g.defs, &ty) {
                let name = &call.name.text;
                let message = format!("`{name}` takes no `secret`, and here it is given one");
                self.tell(secret::refused(last_argument(values, call), message));
                return false;
            }
            if let Some(bound) = param.bound
                && !relate::allows(&self.g.defs, bound, &ty)
            {
                let span = last_argument(values, call);
                let told = bound_error(self.g, bound, &ty, span, &call.name.text);
                self.tell(told);
                return false;
            }
            if param.bound == Some(Bound::Border) && call.type_args.get(i).is_none() {
                border::check(self.g, &ty, call.name.span, &mut self.out);
            }
            inference.found[i] = Some(ty);
        }
        let mut fine = true;
        for (value, param) in values.iter().zip(&signature.params) {
            if let Some(Arg::Value(value)) = value {
                let wanted =
                    relate::substitute(&self.g.defs, &param.ty, &inference.found, &Type::Error);
                if !relate::fits(&self.g.defs, &value.ty, &wanted) {
                    self.give(value.clone(), &wanted);
                    fine = false;
                }
            }
        }
        fine
    }

    /// Patterns and zones are literals, checked here.
    pub(crate) fn check_texts(&mut self, signature: &FnSignature, args: &[&ast::Expr]) {
        let regex =
            ["matches", "capture", "captureAll", "replaceAll"].contains(&signature.name.as_str());
        if signature.name == "jsonpath"
            && let Some(query) = args.get(1)
        {
            return self.check_jsonpath(query);
        }
        for (param, arg) in signature.params.iter().zip(args) {
            let pattern = param.name == "pattern";
            if !pattern && param.name != "zone" {
                continue;
            }
            let what = match (pattern, regex) {
                (true, true) => "regular expression",
                (true, false) => "format",
                (false, _) => "time zone",
            };
            let text = match &bare(arg).kind {
                ast::ExprKind::String(template) => template.as_text(),
                ast::ExprKind::Null => continue,
                _ => None,
            };
            let Some(text) = text else {
                let message = format!("a {what} is a literal, so that it can be checked here");
                self.tell(
                    Diagnostic::new(&codes::NOT_CONSTANT, arg.span, message)
                        .help("write the text itself, without `{{ }}`"),
                );
                continue;
            };
            let wrong = match (pattern, regex) {
                (true, true) => regex::Regex::new(&text).err().map(|e| {
                    e.to_string().lines().last().unwrap_or_default().replace("error: ", "")
                }),
                (true, false) => time_format::wrong(&text, signature.name == "parse"),
                (false, _) => schedule::wrong_zone(self.g, &text),
            };
            if let Some(why) = wrong {
                let message = format!("`{text}` is not a {what}");
                self.tell(Diagnostic::new(&codes::BAD_TEXT, arg.span, message).help(why));
            }
        }
    }
}
