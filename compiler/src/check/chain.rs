//! Reading along a path: `a.b`, `a?.b`, `a[i]`, from a local or from the data store.

use wf_diagnostics::codes::{paths, types as codes};
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast::{self, UnaryOp};
use wf_types::{RecordType, Type};

use super::body::Body;
use super::flow::{Path, Root, Segment};
use super::relate;
use super::suggest::listed;
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

/// Why a value may be null.
#[derive(Clone)]
pub(crate) struct Null {
    /// Where that is decided.
    pub(crate) span: Span,
    /// What is there.
    pub(crate) message: String,
    /// Whether it is a step that may have been left out.
    pub(crate) step: bool,
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
    /// Reads along a path.
    pub(crate) fn chain(&mut self, expr: &ast::Expr) -> Val {
        let (root, ops) = parts(expr);
        if ops.len() > LENGTH {
            let message = "this path has too many parts";
            self.tell(Diagnostic::new(&codes::TOO_DEEP, expr.span, message));
            return Val::plain(self.error(expr.span));
        }
        let (val, taken) = self.begin(root, &ops);
        self.follow(val, &ops[taken..])
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
    pub(crate) fn follow(&mut self, mut val: Val, ops: &[Op<'_>]) -> Val {
        for (i, op) in ops.iter().enumerate() {
            if matches!(self.g.defs.peel(&val.expr.ty), Type::Json) {
                return self.json_path(val, &ops[i..]);
            }
            if let Op::Field(_, true, _) = op
                && self.may_be_null(&val.expr.ty)
                && !matches!(self.g.defs.peel(&val.expr.ty), Type::Null)
            {
                return self.follow_safe(val, &ops[i..]);
            }
            val = match op {
                Op::Field(name, _, span) => self.field(val, name, *span),
                Op::Index(index, span) => self.index(val, index, *span),
                Op::Select(..) => return self.select(val, &ops[i..]),
            };
        }
        val
    }

    fn follow_safe(&mut self, val: Val, ops: &[Op<'_>]) -> Val {
        let span = ops.last().map_or(val.expr.span, Op::span);
        let inner_type = self.non_null(&val.expr.ty);
        let local = self.temporary(val.expr.ty.clone(), val.expr.span);
        let read =
            Expr { kind: ExprKind::Local(local), ty: val.expr.ty.clone(), span: val.expr.span };
        let there =
            Expr { kind: ExprKind::NonNull(Box::new(read)), ty: inner_type, span: val.expr.span };
        let rest = self.follow(Val { expr: there, path: val.path, why: None }, ops);
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
        let fact = self.flow.fact(&path);
        let ty = fact.narrow(&self.g.defs, &expr.ty);
        if ty == expr.ty {
            return Val { expr, path: Some(path), why };
        }
        let span = expr.span;
        let expr = match self.may_be_null(&expr.ty) && !self.may_be_null(&ty) {
            true => Expr { kind: ExprKind::NonNull(Box::new(expr)), ty, span },
            false => Expr { ty, ..expr },
        };
        Val { expr, path: Some(path), why: None }
    }

    fn field(&mut self, val: Val, name: &ast::Name, span: Span) -> Val {
        let ty = val.expr.ty.clone();
        if ty.is_error() || matches!(ty, Type::Never) {
            return Val::plain(self.error(span));
        }
        if self.may_be_null(&ty) {
            let shown = format!(".{}", name.text);
            self.tell_null(&val, name.span, &shown);
            return Val::plain(self.error(span));
        }
        let Some(record) = self.g.defs.record(&ty).cloned() else {
            self.no_fields(&val, name);
            return Val::plain(self.error(span));
        };
        match record.field(&name.text) {
            Some((slot, field)) => {
                let path = val.path.map(|p| p.then(Segment::Field(name.text.clone())));
                let why = self.declared_null(&ty, name);
                let kind = ExprKind::Field { base: Box::new(val.expr), slot: slot as u16 };
                self.narrowed(Expr { kind, ty: field.ty.clone(), span }, path, why)
            }
            None => {
                self.unknown_field(&val, &record, name);
                Val::plain(self.error(span))
            }
        }
    }

    /// Where a field that may be null is declared so.
    fn declared_null(&self, base: &Type, name: &ast::Name) -> Option<Null> {
        let Type::Named(id) = base else { return None };
        let span = *self.g.field_spans.get(&(*id, name.text.clone()))?;
        let message = format!("`{}` is optional in `{}`", name.text, self.g.defs.get(*id).name);
        Some(Null { span, message, step: false })
    }

    /// Something of a value that may be null is read.
    pub(crate) fn tell_null(&mut self, val: &Val, at: Span, what: &str) {
        let shown = self.source(val.expr.span);
        let why = val.why.clone();
        let step = why.as_ref().is_some_and(|w| w.step);
        let diagnostic = if step {
            Diagnostic::new(&paths::STEP_SKIPPED, at, format!("`{shown}` may not have run here"))
                .label("it is null then")
                .help(format!("check `if {shown} != null {{ … }}` first, or read `{shown}?{what}`"))
        } else {
            let help = if what.starts_with('.') {
                format!(
                    "read `{shown}?{what}`, give a value with `??`, or check `if {shown} != null` first"
                )
            } else {
                format!("give a value with `{shown} ?? …`, or check `if {shown} != null` first")
            };
            Diagnostic::new(&codes::POSSIBLY_NULL, at, format!("`{shown}` may be null")).help(help)
        };
        let diagnostic = match why {
            Some(why) => diagnostic.with(why.span, why.message),
            None => diagnostic.label(format!("its type is `{}`", self.show(&val.expr.ty))),
        };
        self.tell(diagnostic);
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
            _ => diagnostic,
        };
        self.tell(diagnostic);
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
        let help = match self.g.suggest.nearest(&name.text, names.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if top && name.text == "previousEntity" => {
                "there is a previous entity only `on updated`".to_owned()
            }
            None if name.text == "results" && record.field("count").is_some() => {
                "only a loop with `yield` has results: `yield` what it gives away".to_owned()
            }
            None if record.fields.is_empty() => "it has no fields at all".to_owned(),
            None => format!("it has {}", listed(names)),
        };
        self.tell(Diagnostic::new(code, name.span, message).help(help));
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
        if let (Some(text), Some(_)) = (text, self.g.defs.record(&val.expr.ty)) {
            if self.is_received_headers(&val) && self.header_case(&text, index.span) {
                return Val::plain(self.error(span));
            }
            let name = ast::Name { text, span: index.span };
            return self.field(val, &name, span);
        }
        let ty = self.show(&val.expr.ty);
        let message = format!("`{ty}` can't be indexed");
        let help = match self.g.defs.record(&val.expr.ty) {
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
        let index = self.expect(index, &Type::Int);
        let kind = ExprKind::ListGet { list: Box::new(val.expr), index: Box::new(index) };
        self.narrowed(Expr { kind, ty, span }, path, None)
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
        let key = self.expect(index, &Type::String);
        let kind = ExprKind::MapGet { map: Box::new(val.expr), key: Box::new(key) };
        self.narrowed(Expr { kind, ty, span }, path, None)
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

/// What a path begins with, and its steps from there.
pub(crate) fn parts(expr: &ast::Expr) -> (&ast::Expr, Vec<Op<'_>>) {
    let mut ops = Vec::new();
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
fn unknown_code(val: &Val) -> &'static wf_diagnostics::Code {
    match val.path.as_ref().map(|path| &path.root) {
        None | Some(Root::Local(_)) => &codes::UNKNOWN_FIELD,
        Some(_) => &paths::UNKNOWN_PATH_FIELD,
    }
}
