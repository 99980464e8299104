//! Reading along a path: `a.b`, `a?.b`, `a[i]`, from a local or from the data store.

use wf_diagnostics::codes::{paths, types as codes};
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast::{self, UnaryOp};
use wf_types::{Literal, RecordType, Type};

use crate::check::body::Body;
use crate::check::expr::null::{Declared, Null};
use crate::check::flow::{Path, Root, Segment};
use crate::check::hints::foreign;
use crate::check::hints::suggest::listed;
use crate::check::types::{relate, union};
use crate::resolve::scope::Named;
use crate::typed::{Const, Expr, ExprKind};

/// One step along a path.
#[derive(Clone, Copy)]
pub(crate) enum Op<'e> {
    /// `.name`, `?.name`; the span is from the beginning of the path to here.
    Field(&'e ast::Name, bool, Span),
    /// `[index]`
    Index(&'e ast::Expr, Span),
    /// `[*]`, `[? c]`, `..["name"]`: a selector, and whether it is of all descendants.
    Select(&'e ast::Selector, bool, Span),
}

impl Op<'_> {
    /// From the beginning of the path to the end of this step.
    pub(crate) fn span(&self) -> Span {
        match self {
            Op::Field(_, _, span) | Op::Index(_, span) | Op::Select(_, _, span) => *span,
        }
    }
}

/// A value on the way along a path.
pub(crate) struct Val {
    /// The value.
    pub(crate) expr: Expr,
    /// Its path, where it can be narrowed.
    pub(crate) path: Option<Path>,
    /// Why it may be null: the place and what is there.
    pub(crate) why: Option<Null>,
}

impl Val {
    /// A value without a path.
    pub(crate) fn plain(expr: Expr) -> Self {
        Self { expr, path: None, why: None }
    }
}

/// How many steps a path may have.
const LENGTH: usize = 200;

impl<'g> Body<'g> {
    /// Reads along a path whose end would best be of a type: near names of that type win.
    pub(crate) fn chain_for(&mut self, expr: &ast::Expr, wanted: Option<&Type>) -> Val {
        self.wanted = wanted.cloned();
        let val = self.chain(expr);
        self.wanted = None;
        val
    }

    /// Whether a value of this type is what the end of the path would best be.
    pub(crate) fn is_wanted(&self, ty: &Type) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| {
            relate::fits(&self.g.defs, &self.non_null(ty), &relate::widen(wanted))
        })
    }

    /// Reads along a path.
    pub(crate) fn chain(&mut self, expr: &ast::Expr) -> Val {
        self.chain_to(expr, false)
    }

    /// The same where the end of the path may only be tested for null: it need not be in all
    /// members of a union.
    pub(crate) fn chain_to(&mut self, expr: &ast::Expr, tested: bool) -> Val {
        let wanted = self.wanted.take();
        let (root, ops) = parts(expr);
        if ops.len() > LENGTH {
            let message = "this path has too many parts";
            self.tell(Diagnostic::new(&codes::TOO_DEEP, expr.span, message));
            return Val::plain(self.error(expr.span));
        }
        let named = matches!(root.kind, ast::ExprKind::Name(_)) && ops.len() < 2;
        self.wanted = if named { wanted.clone() } else { None };
        let (val, taken) = self.begin(root, &ops);
        if ops.len() == taken {
            self.wanted = None;
            return val;
        }
        self.wanted = wanted;
        let val = self.follow_to(val, &ops[taken..], tested);
        self.wanted = None;
        val
    }

    /// What a path begins with, and how many steps are taken with it.
    pub(crate) fn begin(&mut self, root: &ast::Expr, ops: &[Op<'_>]) -> (Val, usize) {
        match &root.kind {
            ast::ExprKind::Name(name) => self.root(name, root.span, ops),
            ast::ExprKind::Current => (self.current_item(root.span), 0),
            _ => (Val::plain(self.infer(root)), 0),
        }
    }

    /// Reads on from a value. After `?.` on a value that may be null the rest is read only where
    /// it is there.
    pub(crate) fn follow(&mut self, val: Val, ops: &[Op<'_>]) -> Val {
        self.follow_to(val, ops, false)
    }

    fn follow_to(&mut self, val: Val, ops: &[Op<'_>], tested: bool) -> Val {
        let outer = self.path_end;
        self.path_end = ops.last().map_or(0, |op| op.span().end);
        let val = self.follow_ops(val, ops, tested);
        self.path_end = outer;
        val
    }

    fn follow_ops(&mut self, mut val: Val, ops: &[Op<'_>], tested: bool) -> Val {
        for (i, op) in ops.iter().enumerate() {
            if matches!(self.g.defs.peel(&val.expr.ty), Type::Json) {
                return self.json_path(val, &ops[i..]);
            }
            if let Op::Field(_, true, _) = op
                && self.may_be_null(&val.expr.ty)
                && !matches!(self.g.defs.peel(&val.expr.ty), Type::Null)
            {
                return self.follow_safe(val, &ops[i..], tested);
            }
            if let Op::Field(name, true, _) = op
                && !(i == 0 && self.is_kept(&val.expr))
            {
                self.warn_safe(&val.expr, name.span);
            }
            let outer = self.wanted.take();
            if i + 1 == ops.len() {
                self.wanted.clone_from(&outer);
            }
            val = match op {
                Op::Field(name, _, span) => {
                    self.field(val, name, *span, tested && i + 1 == ops.len())
                }
                Op::Index(index, span) => self.without_origin(|b| b.index(val, index, *span)),
                Op::Select(..) => return self.select(val, &ops[i..]),
            };
            self.wanted = outer;
        }
        val
    }

    fn follow_safe(&mut self, val: Val, ops: &[Op<'_>], tested: bool) -> Val {
        let span = ops.last().map_or(val.expr.span, Op::span);
        let inner_type = self.non_null(&val.expr.ty);
        let local = self.temporary(val.expr.ty.clone(), val.expr.span);
        let read =
            Expr { kind: ExprKind::Local(local), ty: val.expr.ty.clone(), span: val.expr.span };
        let there =
            Expr { kind: ExprKind::NonNull(Box::new(read)), ty: inner_type, span: val.expr.span };
        let rest = self.follow_to(Val { expr: there, path: val.path, why: None }, ops, tested);
        if rest.expr.ty.is_error() {
            return rest;
        }
        let ty = relate::optional(&self.g.defs, &rest.expr.ty);
        let null = Expr { kind: ExprKind::Const(Const::Null), ty: Type::Null, span };
        let expr = Expr {
            kind: ExprKind::IfPresent {
                value: Box::new(val.expr),
                local,
                present: Box::new(self.coerce(rest.expr, &ty)),
                absent: Box::new(self.coerce(null, &ty)),
            },
            ty,
            span,
        };
        let why = val.why.or(rest.why);
        self.narrowed(expr, rest.path, why)
    }

    /// A value that was read, with what is known of its path.
    pub(crate) fn narrowed(&mut self, expr: Expr, path: Option<Path>, why: Option<Null>) -> Val {
        let Some(path) = path else { return Val { expr, path: None, why } };
        let plain = match self.g.defs.peel(&expr.ty) {
            Type::Optional(_) | Type::Union(_) => false,
            Type::Null => matches!(expr.ty, Type::Null),
            _ => true,
        };
        if plain && self.flow.is_silent(&path) {
            return Val { expr, path: Some(path), why };
        }
        let fact = self.flow.fact(&path);
        if plain && fact.is_empty() {
            return Val { expr, path: Some(path), why };
        }
        let mut ty = fact.narrow(&self.g.defs, &expr.ty);
        if union::members(&self.g.defs, &ty).is_some() {
            let parts = self.flow.below(&path);
            if !parts.is_empty() {
                ty = union::narrow_by_parts(&self.g.defs, &ty, &parts);
            }
        }
        if ty == expr.ty {
            return Val { expr, path: Some(path), why };
        }
        let span = expr.span;
        let was_null = self.may_be_null(&expr.ty);
        let there = was_null && !self.may_be_null(&ty);
        let expr = if union::members(&self.g.defs, &expr.ty).is_some() {
            Expr { kind: ExprKind::Member(Box::new(expr)), ty, span }
        } else if there {
            Expr { kind: ExprKind::NonNull(Box::new(expr)), ty, span }
        } else {
            Expr { ty, ..expr }
        };
        Val { expr, path: Some(path), why: why.filter(|_| was_null && !there) }
    }

    fn field(&mut self, val: Val, name: &ast::Name, span: Span, tested: bool) -> Val {
        let ty = val.expr.ty.clone();
        if self.g.defs.peel(&ty).is_error() || matches!(ty, Type::Never) {
            return Val::plain(self.error(span));
        }
        if self.may_be_null(&ty) {
            let shown = format!(".{}", name.text);
            self.tell_null(&val, name.span, &shown);
            return Val::plain(self.error(span));
        }
        if let Some(members) = self.union_members(&ty)
            && members.iter().any(|m| self.g.defs.record(m).is_some())
        {
            return self.union_field(val, &members, name, span, tested);
        }
        let globals = self.g;
        let Some(record) = globals.defs.record(&ty) else {
            self.no_fields(&val, name);
            return Val::plain(self.error(span));
        };
        match record.field(&name.text) {
            Some((slot, field)) => {
                let may = self.may_be_null(&field.ty);
                let why = may
                    .then(|| self.declared_null(&ty, name).or_else(|| self.path_null(&val, name)));
                let why = why.flatten();
                let path = val.path.map(|p| p.then(Segment::Field(name.text.clone())));
                let kind = ExprKind::Field { base: Box::new(val.expr), slot: slot as u16 };
                self.narrowed(Expr { kind, ty: field.ty.clone(), span }, path, why)
            }
            None if tested && self.declared_field(&val.expr, &name.text) => {
                self.absent_field(val, name, span)
            }
            None => {
                self.unknown_field(&val, record, name);
                Val::plain(self.error(span))
            }
        }
    }

    /// Where a field that may be null is declared so.
    fn declared_null(&self, base: &Type, name: &ast::Name) -> Option<Null> {
        let Type::Named(id) = base else { return None };
        if let Some(origin) = self.g.origins.get(&self.g.defs, base) {
            let what = Declared::Schema(name.text.clone(), origin.place.to_string());
            return Some(Null { span: origin.span, what, step: false });
        }
        let span = *self.g.field_spans.get(&(*id, name.text.clone()))?;
        Some(Null { span, what: Declared::Field(name.text.clone(), *id), step: false })
    }

    /// Why a part of the data store may be null: the output of a `try` step, an argument.
    fn path_null(&self, val: &Val, name: &ast::Name) -> Option<Null> {
        let path = val.path.as_ref()?;
        match (&path.root, path.segments.as_slice()) {
            (Root::Step(id), []) if name.text == "output" || name.text == "error" => {
                let step = &self.w.as_ref()?.outline.steps[id.0 as usize];
                let what = match name.text == "output" {
                    true => "a `try` step may fail: its output is null then",
                    false => "a `try` step may succeed: its error is null then",
                };
                let what = Declared::Plain(what);
                step.tried.then_some(Null { span: step.span, what, step: false })
            }
            (Root::Trigger, [Segment::Field(part)]) if part == "arguments" => {
                let decl = self.workflow_info()?.decl;
                let params = decl.triggers.iter().find_map(|trigger| match &trigger.kind {
                    ast::TriggerKind::Function { params, .. } => Some(params),
                    _ => None,
                })?;
                let param = params.iter().find(|p| p.name.text == name.text)?;
                let what = Declared::Argument(name.text.clone());
                Some(Null { span: param.ty.span, what, step: false })
            }
            _ => None,
        }
    }

    /// Something of a value that may be null is read.
    pub(crate) fn tell_null(&mut self, val: &Val, at: Span, what: &str) {
        let shown = self.source(val.expr.span);
        let rest = Span { start: val.expr.span.end, end: self.path_end, ..val.expr.span };
        let rest = match rest.start < rest.end && what.starts_with('.') {
            true => self.source(rest),
            false => String::new(),
        };
        let what = if rest.starts_with('.') { rest.as_str() } else { what };
        let step = val.why.as_ref().is_some_and(|w| w.step);
        let diagnostic = if step {
            Diagnostic::new(&paths::STEP_SKIPPED, at, format!("`{shown}` may not have run here"))
                .label("it is null then")
                .help(format!("check `if {shown} != null {{ … }}` first, or read `{shown}?{what}`"))
        } else {
            // What a check tells about is a path; any other value is kept in a name first.
            let check = match val.path {
                Some(_) => format!("check `if {shown} != null` first"),
                None => "keep it in a `let` and check that first".to_owned(),
            };
            let help = match what.starts_with('.') {
                true => format!("read `{shown}?{what}`, give a value with `??`, or {check}"),
                false => format!("give a value with `{shown} ?? …`, or {check}"),
            };
            Diagnostic::new(&codes::POSSIBLY_NULL, at, format!("`{shown}` may be null")).help(help)
        };
        self.tell(self.with_null(diagnostic, val));
    }

    /// The text of some characters, on one line and not too long.
    pub(crate) fn source(&self, span: Span) -> String {
        let text = self.g.sources.slice(span);
        let mut line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.chars().count() > 60 {
            line = line.chars().take(59).chain(['…']).collect();
        }
        line
    }

    fn no_fields(&mut self, val: &Val, name: &ast::Name) {
        let base = &val.expr;
        let (shown, field) = (self.source(base.span), name.text.as_str());
        let ty = self.show(&base.ty);
        let sized = ["length", "size", "count", "len"].contains(&field);
        let peeled = self.g.defs.peel(&base.ty).clone();
        let message = format!("`{ty}` has no field `{field}`");
        let diagnostic = Diagnostic::new(unknown_code(val), name.span, message);
        let diagnostic = match &peeled {
            Type::List(_) | Type::Map(_) | Type::String if sized => {
                diagnostic.help(format!("write `length({shown})`"))
            }
            Type::List(item) if self.g.defs.record(item).is_some_and(|r| r.field(field).is_some()) => {
                diagnostic.help(format!(
                    "each item has it: write `{shown}[*].{field}` for all of them, or take one with `{shown}[0]?.{field}`"
                ))
            }
            Type::Map(_) => diagnostic.help(format!("write `{shown}[\"{field}\"]`")),
            Type::Union(_) => diagnostic.help(format!("take it apart first: `match {shown} {{ … }}`")),
            _ if self.reads(field, &peeled) => diagnostic.help(format!("write `{field}({shown})`")),
            Type::String | Type::Literal(Literal::String(_)) => diagnostic
                .help("texts are joined by `+`, or put into a template: `\"{{ a }} {{ b }}\"`"),
            Type::List(_) => diagnostic.help(format!(
                "a list has no fields: take one item with `{shown}[0]`, or all with `map`"
            )),
            _ => diagnostic,
        };
        self.tell(diagnostic);
    }

    /// Whether a function of this name gives a part of such a value, as `year` of an instant.
    fn reads(&self, name: &str, ty: &wf_types::Type) -> bool {
        let function = self.g.registry.functions.get(name);
        let needed =
            |f: &wf_types::FnSignature| f.params.iter().filter(|p| p.default.is_none()).count();
        function.is_some_and(|f| {
            needed(f) == 1
                && f.type_params.is_empty()
                && f.params.first().is_some_and(|p| relate::fits(&self.g.defs, ty, &p.ty))
        })
    }

    fn unknown_field(&mut self, val: &Val, record: &RecordType, name: &ast::Name) {
        let shown = self.source(val.expr.span);
        let names = record.fields.iter().map(|f| f.name.as_str());
        let whole_step = val
            .path
            .as_ref()
            .is_some_and(|p| matches!(p.root, Root::Step(_)) && p.segments.is_empty());
        if whole_step
            && let Some((_, output)) = record.field("output")
            && let Some(inner) = self.g.defs.record(&self.non_null(&output.ty))
            && inner.field(&name.text).is_some()
        {
            let message = format!("`{}` is a field of the step's output", name.text);
            return self.tell(
                Diagnostic::new(&paths::OUTPUT_FORGOTTEN, name.span, message)
                    .help(format!("write `{shown}.output.{}`", name.text)),
            );
        }
        let trigger = val.path.as_ref().is_some_and(|p| p.root == Root::Trigger);
        let top = trigger && val.path.as_ref().is_some_and(|p| p.segments.is_empty());
        let code = if top { &paths::TRIGGER_FIELD } else { unknown_code(val) };
        let message = match (&val.expr.ty, top) {
            (_, true) => format!("the trigger of this workflow has no `{}`", name.text),
            (Type::Named(_), _) => {
                format!("`{}` has no field `{}`", self.show(&val.expr.ty), name.text)
            }
            _ => format!("`{shown}` has no field `{}`", name.text),
        };
        let fitting = record.fields.iter().map(|f| (f.name.as_str(), self.is_wanted(&f.ty)));
        let part = foreign::trigger_part(&name.text)
            .filter(|_| top)
            .and_then(|parts| parts.iter().find(|part| record.field(part).is_some()));
        let help = match self.g.suggest.nearest_fitting(&name.text, fitting) {
            Some(near) => format!("did you mean `{near}`?"),
            None if self.deeper_field(record, &name.text).is_some() => {
                let path = self.deeper_field(record, &name.text).unwrap_or_default();
                format!("did you mean `{shown}.{path}`?")
            }
            None if part.is_some() => {
                format!("it is called `{}` here", part.copied().unwrap_or_default())
            }
            None if top && name.text == "previousEntity" => {
                "there is a previous entity only `on updated`".to_owned()
            }
            None if name.text == "results" && record.field("count").is_some() => {
                "only a loop with `yield` has results: `yield` what it gives away".to_owned()
            }
            None if record.fields.is_empty() => "it has no fields at all".to_owned(),
            None => format!("it has {}", listed(names)),
        };
        let told = Diagnostic::new(code, name.span, message).help(help);
        let told = self.with_declaration(told, &val.expr.ty);
        self.tell(self.with_schema(told, &val.expr.ty));
    }

    /// Says which schema a type comes from, where it comes from one.
    pub(crate) fn with_schema(&self, told: Diagnostic, ty: &Type) -> Diagnostic {
        match self.g.origins.get(&self.g.defs, ty) {
            Some(origin) => {
                let message = format!("`{}` is from `{}`", self.show(ty), origin.place);
                told.with(origin.span, message)
            }
            None => told,
        }
    }

    /// Says where a type is declared, where it has a name in the program.
    fn with_declaration(&self, told: Diagnostic, ty: &Type) -> Diagnostic {
        match (ty, self.declaration(ty)) {
            (Type::Named(id), Some(span)) => {
                told.with(span, format!("`{}` is declared here", self.g.defs.get(*id).name))
            }
            _ => told,
        }
    }

    /// Where a named type is declared.
    fn declaration(&self, ty: &Type) -> Option<Span> {
        let Type::Named(id) = ty else { return None };
        let name = &self.g.defs.get(*id).name;
        self.g.scopes.iter().find_map(|scope| match scope.own.get(name) {
            Some(entry) if entry.named == Named::Type(*id) => Some(entry.span),
            _ => None,
        })
    }

    /// Where a field is that was looked for one or two levels too high.
    fn deeper_field(&self, record: &RecordType, name: &str) -> Option<String> {
        let inner =
            |field: &wf_types::Field| self.g.defs.record(&self.non_null(&field.ty)).cloned();
        let safe = |field: &wf_types::Field| if self.may_be_null(&field.ty) { "?" } else { "" };
        for field in &record.fields {
            if inner(field).is_some_and(|r| r.field(name).is_some()) {
                return Some(format!("{}{}.{name}", field.name, safe(field)));
            }
        }
        for field in &record.fields {
            for next in inner(field).map(|r| r.fields).unwrap_or_default() {
                if inner(&next).is_some_and(|r| r.field(name).is_some()) {
                    let (a, b) = (safe(field), safe(&next));
                    return Some(format!("{}{a}.{}{b}.{name}", field.name, next.name));
                }
            }
        }
        None
    }

    fn index(&mut self, val: Val, index: &ast::Expr, span: Span) -> Val {
        let ty = self.g.defs.peel(&val.expr.ty).clone();
        if ty.is_error() || matches!(ty, Type::Never) {
            self.infer(index);
            return Val::plain(self.error(span));
        }
        if self.may_be_null(&ty) {
            self.tell_null(&val, index.span, "[…]");
            return Val::plain(self.error(span));
        }
        match &ty {
            Type::List(item) => self.list_index(val, item, index, span),
            Type::Map(item) => self.map_index(val, item, index, span),
            _ => self.record_index(val, index, span),
        }
    }

    fn record_index(&mut self, val: Val, index: &ast::Expr, span: Span) -> Val {
        let text = match &index.kind {
            ast::ExprKind::String(template) => template.as_text(),
            _ => None,
        };
        let has_fields = self.g.defs.record(&val.expr.ty).is_some()
            || union::members(&self.g.defs, &val.expr.ty).is_some();
        if let (Some(text), true) = (text, has_fields) {
            if self.is_received_headers(&val) && self.header_case(&text, index.span) {
                return Val::plain(self.error(span));
            }
            let name = ast::Name { text, span: index.span };
            return self.field(val, &name, span, false);
        }
        let ty = self.show(&val.expr.ty);
        let message = format!("`{ty}` can't be indexed");
        let lists = self.g.defs.record(&val.expr.ty).map(|record| {
            let is_list = |f: &&wf_types::Field| matches!(self.g.defs.peel(&f.ty), Type::List(_));
            record.fields.iter().filter(is_list).map(|f| f.name.clone()).collect::<Vec<_>>()
        });
        let text = self.g.defs.peel(&val.expr.ty) == &Type::String;
        let help = match lists.as_deref() {
            None if text => {
                let (shown, at) = (self.source(val.expr.span), self.source(index.span));
                let behind = match &index.kind {
                    ast::ExprKind::Int(i) => i.saturating_add(1).to_string(),
                    _ => format!("{at} + 1"),
                };
                format!("a character is a part of the text: `slice({shown}, {at}, {behind})`")
            }
            Some([list]) => {
                let shown = self.source(val.expr.span);
                format!("its list is `{list}`: write `{shown}.{list}[{}]`", self.source(index.span))
            }
            Some(_) => {
                "a field of a record is read by a literal name, as in `r[\"name\"]`".to_owned()
            }
            None => "lists are indexed by `int`, maps by `string`".to_owned(),
        };
        self.tell(Diagnostic::new(&codes::BAD_OPERANDS, index.span, message).help(help));
        Val::plain(self.error(span))
    }

    fn list_index(&mut self, val: Val, item: &Type, index: &ast::Expr, span: Span) -> Val {
        let ty = relate::optional(&self.g.defs, item);
        if let ast::ExprKind::Unary { op: UnaryOp::Neg, operand } = &index.kind
            && let ast::ExprKind::Int(back) = operand.kind
            && let Ok(back) = u16::try_from(back)
            && back > 0
        {
            let path = val.path.map(|p| p.then(Segment::Index(-i64::from(back))));
            let kind = ExprKind::ListGetBack { list: Box::new(val.expr), back };
            return self.narrowed(Expr { kind, ty, span }, path, None);
        }
        let literal = match index.kind {
            ast::ExprKind::Int(i) => i64::try_from(i).ok(),
            _ => None,
        };
        let path = match (literal, val.path) {
            (Some(i), Some(path)) => Some(path.then(Segment::Index(i))),
            _ => None,
        };
        let what = Declared::Plain("there may be no item at this index");
        let why = Null { span: index.span, what, step: false };
        if let ast::ExprKind::Range { start, end, inclusive } = &index.kind {
            let (from, to) = (self.source(start.span), self.source(end.span));
            let more = if *inclusive { " + 1" } else { "" };
            let (shown, written) = (self.source(val.expr.span), self.source(index.span));
            let message = format!("`[{written}]` is no index: it is an `int`");
            self.tell(
                Diagnostic::new(&codes::TYPE_MISMATCH, index.span, message)
                    .help(format!("a part of a list is `{shown}[{from}:{to}{more}]`")),
            );
            return Val::plain(self.error(span));
        }
        let index = self.expect_index(index, &Type::Int, &val.expr);
        let kind = ExprKind::ListGet { list: Box::new(val.expr), index: Box::new(index) };
        self.narrowed(Expr { kind, ty, span }, path, Some(why))
    }

    /// An index, which is of the type that what it is read from asks for.
    fn expect_index(&mut self, index: &ast::Expr, ty: &Type, of: &Expr) -> Expr {
        let told = self.out.len();
        let value = self.without_origin(|body| body.expect(index, ty));
        let message = |body: &Self| format!("this is `{}`", body.show(&of.ty));
        if let Some(diagnostic) = self.out.get(told)
            && diagnostic.code == &codes::TYPE_MISMATCH
            && diagnostic.span == index.span
        {
            let diagnostic = diagnostic.clone().with(of.span, message(self));
            self.out[told] = diagnostic;
        }
        value
    }

    fn map_index(&mut self, val: Val, item: &Type, index: &ast::Expr, span: Span) -> Val {
        let literal = match &index.kind {
            ast::ExprKind::String(template) => template.as_text(),
            _ => None,
        };
        if let Some(text) = &literal
            && self.is_received_headers(&val)
        {
            self.header_case(text, index.span);
        }
        let path = match (literal, val.path) {
            (Some(key), Some(path)) => Some(path.then(Segment::Field(key))),
            _ => None,
        };
        let ty = relate::optional(&self.g.defs, item);
        let what = Declared::Plain("there may be no value of this key");
        let why = Null { span: index.span, what, step: false };
        let key = self.expect_index(index, &Type::String, &val.expr);
        let kind = ExprKind::MapGet { map: Box::new(val.expr), key: Box::new(key) };
        self.narrowed(Expr { kind, ty, span }, path, Some(why))
    }

    /// Whether a value is the headers of a request or an answer, whose names are lower case.
    fn is_received_headers(&self, val: &Val) -> bool {
        val.path.as_ref().is_some_and(|path| {
            let last = path.segments.last();
            matches!(path.root, Root::Trigger | Root::Step(_))
                && matches!(last, Some(Segment::Field(name)) if name == "headers")
        })
    }

    fn header_case(&mut self, text: &str, span: Span) -> bool {
        if !text.chars().any(char::is_uppercase) {
            return false;
        }
        let message = format!("received headers have lower-case names, `{text}` has capitals");
        self.tell(
            Diagnostic::new(&paths::HEADER_CASE, span, message)
                .help(format!("write `[\"{}\"]`", text.to_lowercase())),
        );
        true
    }
}

/// How many steps a path has.
fn length(path: &ast::Expr) -> usize {
    let (mut count, mut root) = (0, path);
    while let ast::ExprKind::Field { base, .. }
    | ast::ExprKind::Index { base, .. }
    | ast::ExprKind::Select { base, .. } = &root.kind
    {
        (count, root) = (count + 1, base);
    }
    count
}

/// What a path begins with, and its steps from there.
pub(crate) fn parts(expr: &ast::Expr) -> (&ast::Expr, Vec<Op<'_>>) {
    let mut ops = Vec::with_capacity(length(expr));
    let mut root = expr;
    loop {
        match &root.kind {
            ast::ExprKind::Field { base, name, safe } => {
                ops.push(Op::Field(name, *safe, root.span));
                root = base;
            }
            ast::ExprKind::Index { base, index } => {
                ops.push(Op::Index(index, root.span));
                root = base;
            }
            ast::ExprKind::Select { base, selector, descendants } => {
                ops.push(Op::Select(selector, *descendants, root.span));
                root = base;
            }
            _ => break,
        }
    }
    ops.reverse();
    (root, ops)
}

/// The code of a field that a value does not have: of a path of the data store, or of any other.
pub(crate) fn unknown_code(val: &Val) -> &'static wf_diagnostics::Code {
    match val.path.as_ref().map(|path| &path.root) {
        None | Some(Root::Local(_)) => &codes::UNKNOWN_FIELD,
        Some(_) => &paths::UNKNOWN_PATH_FIELD,
    }
}
