//! Paths into `json`: they become queries of RFC 9535, into which the program's own values are
//! given as parameters.

use smol_str::SmolStr;
use wf_diagnostics::codes::types as codes;
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast::{self, BinaryOp, Selector, TemplatePart, UnaryOp};
use wf_jsonpath::Query;
use wf_types::Type;

use crate::check::body::Body;
use crate::check::expr::bare;
use crate::check::expr::chain::{Op, Val, parts};
use crate::check::expr::operator::symbol;
use crate::check::types::relate;
use crate::typed::{Const, Expr, ExprKind};

/// The library functions that evaluate queries: of one result at most, and of any number.
const ONE: &str = "$.one";
const ALL: &str = "$.all";

/// A query that is being written.
#[derive(Default)]
struct Draft {
    text: String,
    params: Vec<Expr>,
}

impl Draft {
    /// Adds a value of the program.
    fn param(&mut self, value: Expr) {
        self.text.push_str(&format!("%{}", self.params.len()));
        self.params.push(value);
    }

    fn quoted(&mut self, text: &str) {
        self.text.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => self.text.extend(['\\', c]),
                '\0'..='\u{1f}' => self.text.push_str(&format!("\\u{:04x}", u32::from(c))),
                _ => self.text.push(c),
            }
        }
        self.text.push('"');
    }
}

/// Whether a step of a path may have any number of results.
pub(crate) fn is_many(op: &Op<'_>) -> bool {
    matches!(op, Op::Select(..))
}

impl<'g> Body<'g> {
    /// Reads on from a `json`: the rest of the path is one query.
    pub(crate) fn json_path(&mut self, val: Val, ops: &[Op<'_>]) -> Val {
        let span = ops.last().map_or(val.expr.span, Op::span);
        let mut draft = Draft { text: "$".into(), params: Vec::new() };
        let many = ops.iter().any(is_many);
        if !self.json_steps(ops, &mut draft) {
            return Val::plain(self.error(span));
        }
        Val::plain(self.json_query(val.expr, draft, many, span))
    }

    /// The items of a `json` that a condition holds for.
    pub(crate) fn json_condition_of(
        &mut self,
        value: Expr,
        condition: &ast::Expr,
        span: Span,
    ) -> Expr {
        let mut draft = Draft { text: "$[?".into(), params: Vec::new() };
        if !self.json_condition(condition, &mut draft) {
            return self.error(span);
        }
        draft.text.push(']');
        self.json_query(value, draft, true, span)
    }

    fn json_query(&mut self, value: Expr, draft: Draft, many: bool, span: Span) -> Expr {
        if draft.params.iter().any(|param| param.ty.is_error()) {
            return self.error(span);
        }
        if let Err(error) = Query::parse_with_params(&draft.text, draft.params.len()) {
            let message = format!("this is no query of RFC 9535: {error}");
            self.tell(Diagnostic::new(&codes::BAD_FILTER, span, message));
            return self.error(span);
        }
        let text = Const::String(SmolStr::from(draft.text));
        let text = Expr { kind: ExprKind::Const(text), ty: Type::String, span };
        let args = [value, text].into_iter().chain(draft.params).collect();
        let name = if many { ALL } else { ONE };
        let ty = if many { Type::Json.list() } else { Type::Json };
        Expr { kind: ExprKind::CallNative { name: name.into(), args }, ty, span }
    }

    /// Writes steps of a path; false where one is wrong, which is told.
    fn json_steps(&mut self, ops: &[Op<'_>], draft: &mut Draft) -> bool {
        let mut fine = true;
        for op in ops {
            match op {
                Op::Field(name, ..) => {
                    draft.text.push('[');
                    draft.quoted(&name.text);
                    draft.text.push(']');
                }
                Op::Index(index, _) => {
                    draft.text.push('[');
                    fine &= self.json_index(index, draft);
                    draft.text.push(']');
                }
                Op::Select(selector, descendants, _) => {
                    draft.text.push_str(if *descendants { "..[" } else { "[" });
                    fine &= self.json_selector(selector, draft);
                    draft.text.push(']');
                }
            }
        }
        fine
    }

    fn json_selector(&mut self, selector: &Selector, draft: &mut Draft) -> bool {
        match selector {
            Selector::All => draft.text.push('*'),
            Selector::Filter(condition) => {
                draft.text.push('?');
                return self.json_condition(condition, draft);
            }
            Selector::Slice { start, end, step } => {
                let number = |n: &Option<i64>| n.map_or(String::new(), |n| n.to_string());
                let (start, end) = (number(start), number(end));
                draft.text.push_str(&format!("{start}:{end}"));
                if let Some(step) = step {
                    draft.text.push_str(&format!(":{step}"));
                }
            }
            Selector::Index(index) => return self.json_index(index, draft),
            Selector::Several(all) => {
                let mut fine = true;
                for (i, one) in all.iter().enumerate() {
                    if i > 0 {
                        draft.text.push(',');
                    }
                    fine &= self.json_selector(one, draft);
                }
                return fine;
            }
        }
        true
    }

    /// A name or an index: literals as they are, computed ones as parameters.
    fn json_index(&mut self, index: &ast::Expr, draft: &mut Draft) -> bool {
        if let ast::ExprKind::String(template) = &index.kind
            && let Some(text) = template.as_text()
        {
            draft.quoted(&text);
            return true;
        }
        if let Some(number) = literal_int(index) {
            draft.text.push_str(&number);
            return true;
        }
        if has_current(index) {
            self.tell_not_rfc(index.span, "an index that is computed of `@`");
            return false;
        }
        let value = self.infer(index);
        match relate::base(&self.g.defs, &value.ty) {
            Type::Int => draft.param(self.coerce(value, &Type::Int)),
            Type::String => draft.param(self.coerce(value, &Type::String)),
            Type::Error => return false,
            _ => {
                let message = format!(
                    "`json` is read by a `string` or an `int`, not by `{}`",
                    self.show(&value.ty)
                );
                self.tell(
                    Diagnostic::new(&codes::OPAQUE_JSON, value.span, message)
                        .help("a name is read by `data[\"name\"]`, an item by `data[0]`"),
                );
                return false;
            }
        }
        true
    }

    /// The condition of a filter; false where it is wrong, which is told.
    fn json_condition(&mut self, condition: &ast::Expr, draft: &mut Draft) -> bool {
        if !self.deeper(condition.span) {
            return false;
        }
        let fine = match &condition.kind {
            ast::ExprKind::Error => false,
            ast::ExprKind::Paren(inner) => self.json_condition(inner, draft),
            ast::ExprKind::Unary { op: UnaryOp::Not, operand } => {
                draft.text.push_str("!(");
                let fine = self.json_condition(operand, draft);
                draft.text.push(')');
                fine
            }
            ast::ExprKind::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), .. } => {
                let between = if *op == BinaryOp::And { "&&" } else { "||" };
                let mut fine = true;
                draft.text.push('(');
                for (i, side) in joined(condition, *op).into_iter().enumerate() {
                    if i > 0 {
                        draft.text.push_str(between);
                    }
                    fine &= self.json_condition(side, draft);
                }
                draft.text.push(')');
                fine
            }
            ast::ExprKind::Binary { op, left, right, .. } if comparison(*op) => {
                self.json_comparison(condition, *op, left, right, draft)
            }
            _ => self.json_test(condition, draft),
        };
        self.higher();
        fine
    }

    fn json_comparison(
        &mut self,
        whole: &ast::Expr,
        op: BinaryOp,
        left: &ast::Expr,
        right: &ast::Expr,
        draft: &mut Draft,
    ) -> bool {
        let own = !has_current(left) && !has_current(right);
        let literals = is_literal(left) && is_literal(right);
        if own && !literals && !self.is_of_json(left) && !self.is_of_json(right) {
            return self.own_condition(whole, draft);
        }
        let fine = self.json_operand(left, draft);
        draft.text.push_str(symbol(op));
        self.json_operand(right, draft) && fine
    }

    /// A condition that has nothing to do with the `json`: it is evaluated once, before.
    fn own_condition(&mut self, condition: &ast::Expr, draft: &mut Draft) -> bool {
        let value = self.condition(condition);
        if value.ty.is_error() {
            return false;
        }
        draft.text.push('(');
        draft.param(value);
        draft.text.push_str("==true)");
        true
    }

    /// Whether a call is of a function of queries, and not of one of the program or the library:
    /// by what it is given.
    fn is_query_call(&mut self, name: &str, args: &[&ast::Expr]) -> bool {
        let (only_here, shared) =
            (matches!(name, "value" | "match" | "search"), matches!(name, "length" | "count"));
        if !only_here && !shared {
            return false;
        }
        if args.iter().any(|arg| has_current(arg)) {
            return true;
        }
        if only_here {
            return self.function(name).is_none();
        }
        args.iter().any(|arg| is_literal(arg) || self.is_of_json(arg))
    }

    /// Whether an expression without `@` is `json`, or a function of queries over some.
    fn is_of_json(&mut self, expr: &ast::Expr) -> bool {
        if is_literal(expr) || matches!(expr.kind, ast::ExprKind::Lambda(_)) {
            return false;
        }
        if let Some((name, args)) = call_of(expr)
            && self.deeper(expr.span)
        {
            let found = self.is_query_call(name, &args);
            self.higher();
            if found {
                return true;
            }
        }
        if !self.again(expr.span) {
            return false;
        }
        let (told, locals) = (self.out.len(), self.locals.len());
        let ty = self.infer(expr).ty;
        self.out.truncate(told);
        self.forget_locals(locals);
        self.repeats -= 1;
        let ty = self.g.defs.peel(&ty);
        match ty {
            Type::List(item) => matches!(self.g.defs.peel(item), Type::Json),
            _ => matches!(ty, Type::Json),
        }
    }

    /// One side of a comparison.
    fn json_operand(&mut self, operand: &ast::Expr, draft: &mut Draft) -> bool {
        let operand = bare(operand);
        match &operand.kind {
            ast::ExprKind::Error => return false,
            ast::ExprKind::Null => draft.text.push_str("null"),
            ast::ExprKind::Bool(truth) => {
                draft.text.push_str(if *truth { "true" } else { "false" });
            }
            _ if literal_number(operand).is_some() => {
                draft.text.push_str(&literal_number(operand).unwrap_or_default());
            }
            ast::ExprKind::String(template) if template.as_text().is_some() => {
                draft.quoted(&template.as_text().unwrap_or_default());
            }
            _ => {
                if let Some((name, args)) = call_of(operand)
                    && self.is_query_call(name, &args)
                {
                    if !matches!(name, "match" | "search") {
                        return self.json_call(name, &args, operand.span, draft);
                    }
                    let what =
                        format!("a comparison of `{name}`, which says true or false by itself");
                    self.tell_not_rfc(operand.span, &what);
                    return false;
                }
                return self.json_nodes(operand, true, draft);
            }
        }
        true
    }

    /// Something that stands alone in a filter: a query that must have a result, a function, or a
    /// `bool` of the program.
    fn json_test(&mut self, test: &ast::Expr, draft: &mut Draft) -> bool {
        let test = bare(test);
        if let Some((name, args)) = call_of(test)
            && self.is_query_call(name, &args)
        {
            if matches!(name, "match" | "search") {
                return self.json_call(name, &args, test.span, draft);
            }
            let what = format!("`{name}` alone, which gives a value: compare it");
            self.tell_not_rfc(test.span, &what);
            return false;
        }
        let (root, _) = parts(test);
        if has_current(test) || matches!(root.kind, ast::ExprKind::Current) {
            return self.json_nodes(test, false, draft);
        }
        if self.is_of_json(test) && call_of(test).is_none() {
            return self.json_nodes(test, false, draft);
        }
        self.own_condition(test, draft)
    }

    /// A query: of `@`, or of a `json` of the program; else a value of the program. Of a `single`
    /// one there is one result at most.
    fn json_nodes(&mut self, expr: &ast::Expr, single: bool, draft: &mut Draft) -> bool {
        let expr = bare(expr);
        let (root, ops) = parts(expr);
        if matches!(root.kind, ast::ExprKind::Current) {
            draft.text.push('@');
            return self.one_only(expr, &ops, single) && self.json_steps(&ops, draft);
        }
        if has_current(expr) {
            let what = match &expr.kind {
                ast::ExprKind::Binary { op, .. } => format!("`{}`", symbol(*op)),
                ast::ExprKind::Call(call) | ast::ExprKind::Pipe { call, .. } => {
                    format!("the function `{}`", call.name.text)
                }
                _ => "such an expression over `@`".to_owned(),
            };
            self.tell_not_rfc(expr.span, &what);
            return false;
        }
        let (mut val, mut taken) = self.begin(root, &ops);
        // Up to where it is `json`; from there on it is a part of the query.
        while taken < ops.len()
            && !val.expr.ty.is_error()
            && !matches!(self.g.defs.peel(&val.expr.ty), Type::Json)
        {
            let safe = matches!(ops[taken], Op::Field(_, true, _) | Op::Select(..));
            let next = if safe { ops.len() } else { taken + 1 };
            val = self.follow(val, &ops[taken..next]);
            taken = next;
        }
        if val.expr.ty.is_error() || !self.one_only(expr, &ops[taken..], single) {
            return false;
        }
        let value = self.give_val(val, &Type::Json);
        draft.param(value);
        self.json_steps(&ops[taken..], draft)
    }

    fn one_only(&mut self, expr: &ast::Expr, ops: &[Op<'_>], single: bool) -> bool {
        if !single || !ops.iter().any(is_many) {
            return true;
        }
        let shown = self.source(expr.span);
        let message = format!("`{shown}` may have many results, which can't be compared");
        self.tell(Diagnostic::new(&codes::BAD_FILTER, expr.span, message).help(format!(
            "compare `count({shown})` or `value({shown})`, or look into it by a filter of its own: `@.items[? @ == 1]`"
        )));
        false
    }

    fn json_call(
        &mut self,
        name: &str,
        args: &[&ast::Expr],
        span: Span,
        draft: &mut Draft,
    ) -> bool {
        let wanted = if matches!(name, "match" | "search") { 2 } else { 1 };
        if args.len() != wanted {
            let message = format!("`{name}` takes {wanted}, {} are given", args.len());
            self.tell(Diagnostic::new(&codes::WRONG_ARGUMENTS, span, message));
            return false;
        }
        draft.text.push_str(name);
        draft.text.push('(');
        let mut fine = true;
        for (i, arg) in args.iter().enumerate() {
            if i > 0 {
                draft.text.push(',');
            }
            fine &= match name {
                "count" | "value" => self.json_nodes(arg, false, draft),
                _ => self.json_operand(arg, draft),
            };
        }
        draft.text.push(')');
        fine
    }

    /// The text of a query must be one, so that it is a literal.
    pub(crate) fn check_jsonpath(&mut self, query: &ast::Expr) {
        let query = bare(query);
        let text = match &query.kind {
            ast::ExprKind::Error => return,
            ast::ExprKind::String(template) => template.as_text(),
            _ => None,
        };
        let Some(text) = text else {
            let message = "a JSONPath is a literal, so that it can be checked here";
            self.tell(
                Diagnostic::new(&codes::NOT_CONSTANT, query.span, message)
                    .help("write the text itself, without `{{ }}`"),
            );
            return;
        };
        let Err(error) = Query::parse(&text) else { return };
        let (start, end) = (error.range.start, error.range.end.max(error.range.start + 1));
        let source = self.g.sources.slice(query.span);
        let place = |at| place_in_literal(source, &text, at);
        let span = match (place(start), place(end)) {
            (Some(start), Some(end)) => Span {
                start: query.span.start + start as u32,
                end: query.span.start + end as u32,
                ..query.span
            },
            _ => query.span,
        };
        let message = format!("this is no JSONPath: {error}");
        self.tell(
            Diagnostic::new(&codes::BAD_JSONPATH, span, message)
                .help("the queries are those of RFC 9535, as `$.items[?@.price > 5].name`"),
        );
    }

    fn tell_not_rfc(&mut self, span: Span, what: &str) {
        let message = format!("a filter on `json` is one of RFC 9535, which does not have {what}");
        self.tell(Diagnostic::new(&codes::BAD_FILTER, span, message).help(
            "compare paths by `==`, `<` and the like, joined by `and`, `or`, `not`; for more, `(data[*]) | filter(x => …)` takes any expression",
        ));
    }
}

/// Where a byte of a string's text stands in its literal, quotes and escapes included. At the end
/// of the text that is the closing quote.
pub(crate) fn place_in_literal(source: &str, text: &str, wanted: usize) -> Option<usize> {
    let mut rest = source.strip_prefix('"').filter(|rest| !rest.starts_with("\"\""))?;
    let mut done = 0;
    for c in text.chars() {
        if done >= wanted {
            return Some(source.len() - rest.len());
        }
        rest = match rest.strip_prefix(c) {
            Some(next) if c != '\\' => next,
            _ => {
                let escape = rest.strip_prefix('\\')?;
                match escape.strip_prefix('u') {
                    Some(code) => code.get(code.find('}')? + 1..)?,
                    None => escape.get(escape.chars().next()?.len_utf8()..)?,
                }
            }
        };
        done += c.len_utf8();
    }
    Some((source.len() - rest.len()) + usize::from(wanted > done))
}

fn comparison(op: BinaryOp) -> bool {
    use BinaryOp::{Eq, Ge, Gt, Le, Lt, Ne};
    matches!(op, Eq | Ne | Lt | Le | Gt | Ge)
}

/// The sides of a row of the same operator.
fn joined(expr: &ast::Expr, wanted: BinaryOp) -> Vec<&ast::Expr> {
    let mut sides = Vec::new();
    let mut left = expr;
    while let ast::ExprKind::Binary { op, left: before, right, .. } = &left.kind
        && *op == wanted
    {
        sides.push(&**right);
        left = before;
    }
    sides.push(left);
    sides.reverse();
    sides
}

/// The name and all arguments of a call.
fn call_of(expr: &ast::Expr) -> Option<(&str, Vec<&ast::Expr>)> {
    match &bare(expr).kind {
        ast::ExprKind::Call(call) => Some((&call.name.text, call.args.iter().collect())),
        ast::ExprKind::Pipe { left, call } => {
            Some((&call.name.text, std::iter::once(&**left).chain(&call.args).collect()))
        }
        _ => None,
    }
}

fn literal_int(expr: &ast::Expr) -> Option<String> {
    match &expr.kind {
        ast::ExprKind::Int(number) => Some(number.to_string()),
        ast::ExprKind::Unary { op: UnaryOp::Neg, operand } => match operand.kind {
            ast::ExprKind::Int(number) => Some(format!("-{number}")),
            _ => None,
        },
        _ => None,
    }
}

fn literal_number(expr: &ast::Expr) -> Option<String> {
    let float = |text: &str| text.replace('_', "");
    match &expr.kind {
        ast::ExprKind::Float(text) => Some(float(text)),
        ast::ExprKind::Unary { op: UnaryOp::Neg, operand } => match &operand.kind {
            ast::ExprKind::Float(text) => Some(format!("-{}", float(text))),
            _ => literal_int(expr),
        },
        _ => literal_int(expr),
    }
}

fn is_literal(expr: &ast::Expr) -> bool {
    let expr = bare(expr);
    match &expr.kind {
        ast::ExprKind::Null | ast::ExprKind::Bool(_) => true,
        ast::ExprKind::String(template) => template.as_text().is_some(),
        _ => literal_number(expr).is_some(),
    }
}

/// Whether an expression reads the `@` of the filter that it stands in.
fn has_current(expr: &ast::Expr) -> bool {
    use ast::ExprKind as Kind;
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        match &expr.kind {
            Kind::Current => return true,
            Kind::Field { base, .. } | Kind::Cast { expr: base, .. } | Kind::Paren(base) => {
                open.push(base);
            }
            Kind::Unary { operand: base, .. } => open.push(base),
            Kind::Index { base, index } => open.extend([&**base, &**index]),
            Kind::Select { base, selector, .. } => {
                open.push(base);
                indexes(selector, &mut open);
            }
            Kind::Call(call) => open.extend(&call.args),
            Kind::MethodCall { base: left, call } | Kind::Pipe { left, call } => {
                open.push(left);
                open.extend(&call.args);
            }
            Kind::Binary { left, right, .. } | Kind::Range { start: left, end: right, .. } => {
                open.extend([&**left, &**right]);
            }
            Kind::If { cond, then, otherwise } => {
                open.extend([&**cond, &**then, &**otherwise]);
            }
            Kind::Match { subject, arms } => {
                open.push(subject);
                open.extend(arms.iter().map(|arm| &arm.value));
            }
            Kind::Lambda(lambda) => open.push(&lambda.body),
            Kind::List(entries) | Kind::Braces(entries) => {
                for entry in entries {
                    open.push(&entry.value);
                    match &entry.key {
                        ast::EntryKey::Computed(key) => open.push(key),
                        ast::EntryKey::String(template) => texts(template, &mut open),
                        _ => {}
                    }
                }
            }
            Kind::String(template) => texts(template, &mut open),
            Kind::Error
            | Kind::Null
            | Kind::Bool(_)
            | Kind::Int(_)
            | Kind::Float(_)
            | Kind::Duration(_)
            | Kind::Name(_) => {}
        }
    }
    false
}

fn texts<'e>(template: &'e ast::Template, open: &mut Vec<&'e ast::Expr>) {
    open.extend(template.parts.iter().filter_map(|part| match part {
        TemplatePart::Expr(expr) => Some(expr),
        TemplatePart::Text(..) => None,
    }));
}

/// The indexes of a selector; a filter in it has an `@` of its own.
fn indexes<'e>(selector: &'e Selector, open: &mut Vec<&'e ast::Expr>) {
    match selector {
        Selector::Index(index) => open.push(index),
        Selector::Several(all) => all.iter().for_each(|one| indexes(one, open)),
        Selector::All | Selector::Filter(_) | Selector::Slice { .. } => {}
    }
}
