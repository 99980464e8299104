//! Expressions.

mod chain;

use wf_grammar::LexemeKind;
use wf_grammar::ast::{Call, Entry, EntryKey, Expr, ExprKind, Lambda, MatchArm, Selector, UnaryOp};

use crate::comment::Gap;
use crate::doc::{Elem, Hug, Indent};
use crate::list::Shape;
use crate::walk::Walk;

/// How an expression stands in what is around it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Operators on further lines are indented.
    Plain,
    /// It has lines of its own, so they need not be.
    Alone,
}

impl Walk<'_> {
    /// An expression.
    pub(crate) fn expr(&mut self, gap: Gap, expr: &Expr) {
        self.deep(|walk| walk.expr_in(gap, expr, Place::Plain));
    }

    fn expr_in(&mut self, gap: Gap, expr: &Expr, place: Place) {
        match &expr.kind {
            ExprKind::Binary { .. } | ExprKind::Range { .. } | ExprKind::Pipe { .. } => {
                self.chain(gap, expr, place);
            }
            ExprKind::Field { .. }
            | ExprKind::Index { .. }
            | ExprKind::Select { .. }
            | ExprKind::MethodCall { .. }
            | ExprKind::Cast { .. } => self.postfixes(gap, expr),
            ExprKind::Unary { op, operand } => {
                self.token(gap);
                let tight = *op == UnaryOp::Neg && !self.is("-");
                self.expr(if tight { Gap::None } else { Gap::Space }, operand);
            }
            ExprKind::Call(call) => self.call(gap, call),
            ExprKind::If { .. } => self.if_expr(gap, expr),
            ExprKind::Match { subject, arms } => {
                self.word(gap, "match");
                self.expr(Gap::Space, subject);
                self.list(Gap::Space, Shape::BLOCK, arms, Self::arm);
            }
            ExprKind::Lambda(lambda) => self.lambda(gap, lambda),
            ExprKind::List(items) => self.items(gap, items),
            ExprKind::Braces(entries) => self.list(gap, Shape::BRACES, entries, Self::entry),
            ExprKind::Paren(inner) => {
                let hug = hugs(inner);
                self.around(gap, hug, |walk, gap| {
                    walk.deep(|walk| walk.expr_in(gap, inner, Place::Alone));
                });
            }
            ExprKind::Error => self.fail(),
            _ => self.tight(gap, expr.span.end),
        }
    }

    /// The inputs or the policy of a step.
    pub(crate) fn inputs(&mut self, gap: Gap, expr: &Expr) {
        match &expr.kind {
            ExprKind::Braces(entries) => self.list(gap, Shape::BLOCK, entries, Self::entry),
            _ => self.fail(),
        }
    }

    fn items(&mut self, gap: Gap, items: &[Entry]) {
        let hug =
            matches!(items, [only] if only.key == EntryKey::None && hugs_in_list(&only.value));
        let rows = items.len() > 1 && items.iter().all(is_simple) && !self.has_notes();
        let shape = Shape { hug, rows, ..Shape::BRACKETS };
        self.list(gap, shape, items, Self::entry);
    }

    /// Whether there are comments in a list of simple items, which hold no brackets.
    fn has_notes(&self) -> bool {
        let tokens = self.source.tokens.get(self.at + 1..).unwrap_or_default();
        let close = tokens.iter().position(|token| token.lexeme.kind == LexemeKind::Close);
        tokens.iter().take(close.map_or(0, |at| at + 1)).any(|token| !token.notes.is_empty())
    }

    fn entry(&mut self, gap: Gap, entry: &Entry) {
        match &entry.key {
            EntryKey::None => return self.expr(gap, &entry.value),
            EntryKey::Spread => {
                self.word(gap, "...");
                return self.expr(Gap::None, &entry.value);
            }
            EntryKey::Name(name) => self.name(gap, name),
            EntryKey::String(text) => self.tight(gap, text.span.end),
            EntryKey::Computed(key) => {
                self.around(gap, false, |walk, gap| walk.expr(gap, key));
            }
        }
        self.word(Gap::None, ":");
        self.expr(Gap::Space, &entry.value);
    }

    /// `f<T>(a, b)`, or `f` alone behind a `|`.
    fn call(&mut self, gap: Gap, call: &Call) {
        self.name(gap, &call.name);
        if !call.type_args.is_empty() {
            self.type_args(&call.type_args);
        }
        if self.is("(") && self.start() < call.span.end {
            let hug = call.args.last().is_some_and(hugs);
            // A comma tells the function `match` from the word.
            let keeps = call.name.text == "match";
            let shape =
                Shape { hug, drops_commas: !keeps, keeps_last_comma: keeps, ..Shape::BRACKETS };
            self.list(Gap::None, shape, &call.args, |walk, gap, arg| {
                let place = if call.args.len() == 1 { Place::Alone } else { Place::Plain };
                walk.deep(|walk| walk.expr_in(gap, arg, place));
            });
        }
    }

    pub(crate) fn lambda(&mut self, gap: Gap, lambda: &Lambda) {
        if self.is("(") {
            self.list(gap, Shape::BRACKETS, &lambda.params, Self::name);
        } else if let [param] = lambda.params.as_slice() {
            self.name(gap, param);
        } else {
            self.fail();
        }
        self.word(Gap::Space, "=>");
        self.expr(Gap::Space, &lambda.body);
    }

    fn arm(&mut self, gap: Gap, arm: &MatchArm) {
        self.pattern(gap, &arm.pattern);
        self.word(Gap::Space, "=>");
        self.expr(Gap::Space, &arm.value);
    }

    /// `if c { a } else if d { b } else { e }`
    fn if_expr(&mut self, gap: Gap, expr: &Expr) {
        self.gap(gap);
        self.doc.begin(Hug::No);
        let (mut rest, mut gap) = (expr, Gap::Done);
        while let ExprKind::If { cond, then, otherwise } = &rest.kind {
            self.word(gap, "if");
            self.condition(cond, None);
            self.value(Gap::Done, then);
            self.word(Gap::Space, "else");
            gap = Gap::Space;
            rest = otherwise;
            if !self.is("if") {
                break;
            }
        }
        self.value(Gap::Space, rest);
        self.doc.end();
    }

    /// `{ a }` of an `if`
    fn value(&mut self, gap: Gap, value: &Expr) {
        self.word(gap, "{");
        self.doc.push(Elem::Indent(Indent::Broken));
        self.keep_line();
        self.expr(Gap::Line, value);
        let rest = self.notes(Gap::Line);
        self.doc.push(Elem::Dedent);
        self.line(rest);
        self.word(Gap::Done, "}");
    }

    /// What stands behind the operand of a row of `.a`, `[i]`, `as T?`.
    fn postfixes(&mut self, gap: Gap, expr: &Expr) {
        let mut all = Vec::new();
        let mut base = expr;
        while let ExprKind::Field { base: inner, .. }
        | ExprKind::Index { base: inner, .. }
        | ExprKind::Select { base: inner, .. }
        | ExprKind::MethodCall { base: inner, .. }
        | ExprKind::Cast { expr: inner, .. } = &base.kind
        {
            all.push(base);
            base = inner;
        }
        self.expr(gap, base);
        for postfix in all.into_iter().rev() {
            match &postfix.kind {
                ExprKind::Field { name, .. } => {
                    self.token(Gap::None);
                    self.name(Gap::None, name);
                }
                ExprKind::MethodCall { call, .. } => {
                    self.token(Gap::None);
                    self.call(Gap::None, call);
                }
                ExprKind::Index { index, .. } => {
                    self.around(Gap::None, false, |walk, gap| walk.expr(gap, index));
                }
                ExprKind::Select { selector, descendants, .. } => {
                    if *descendants {
                        self.word(Gap::None, "..");
                    }
                    self.selectors(selector);
                }
                ExprKind::Cast { ty, .. } => {
                    self.word(Gap::Space, "as");
                    self.ty(Gap::Space, ty);
                    self.word(Gap::None, "?");
                }
                _ => self.fail(),
            }
        }
    }

    fn selectors(&mut self, selector: &Selector) {
        let all = match selector {
            Selector::Several(all) => all.as_slice(),
            one => std::slice::from_ref(one),
        };
        self.list(Gap::None, Shape::SELECTORS, all, |walk, gap, selector| match selector {
            Selector::All => walk.word(gap, "*"),
            Selector::Filter(condition) => {
                walk.word(gap, "?");
                walk.free();
                walk.expr(Gap::Space, condition);
            }
            Selector::Index(index) => walk.expr(gap, index),
            Selector::Slice { .. } => {
                walk.token(gap);
                while !walk.is("]") && !walk.is_comma() && !walk.is("") {
                    walk.token(Gap::None);
                }
            }
            Selector::Several(_) => walk.fail(),
        });
    }
}

/// Whether an expression ends in brackets or braces that its surroundings may hug.
fn hugs(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Braces(entries) | ExprKind::List(entries) => !entries.is_empty(),
        ExprKind::Match { .. } => true,
        ExprKind::Lambda(lambda) => match &lambda.body.kind {
            ExprKind::If { .. } => true,
            ExprKind::Lambda(_) => false,
            _ => hugs(&lambda.body),
        },
        _ => false,
    }
}

/// Whether a list may hug its only item.
fn hugs_in_list(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Braces(all) | ExprKind::List(all) if !all.is_empty())
}

/// Whether an item is a number, a word or the like, so that several may stand on one line of a
/// list of several lines.
fn is_simple(item: &Entry) -> bool {
    let value = match &item.value.kind {
        ExprKind::Unary { op: UnaryOp::Neg, operand } => operand,
        _ => &item.value,
    };
    let simple = match &value.kind {
        ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Duration(_) | ExprKind::Bool(_) => true,
        ExprKind::Null => true,
        ExprKind::String(text) => text.as_text().is_some_and(|text| !text.contains('\n')),
        _ => false,
    };
    simple && item.key == EntryKey::None
}
