//! Expressions: their letters read once more, with the pairs of those inside.

use wf_diagnostics::codes::syntax;

use super::Builder;
use super::cursor::{Cursor, fit};
use super::operators::{Operator, Row};
use crate::ast::{Call, Entry, EntryKey, Expr, ExprKind, Lambda, MatchArm, Name, UnaryOp};
use crate::parser::{Node, Rule};
use crate::token::Kind;

impl Builder<'_> {
    /// An `expr`, a `place`, or what else is a row of operands and operators.
    pub(crate) fn expr(&mut self, node: Node<'_>) -> Expr {
        if let Some(leaf) = self.leaf(&node) {
            return leaf;
        }
        let mut cursor = Cursor::new(node);
        let start = cursor.at;
        let mut row = Row::default();
        loop {
            self.prefixes(&mut row, &mut cursor);
            let operand = self.operand(&mut cursor);
            row.operand(operand);
            self.postfixes(&mut row, &mut cursor);
            while cursor.letter() == b'|' {
                self.pipe(&mut row, &mut cursor);
            }
            if cursor.letter() == 0 {
                break;
            }
            let at = self.chunk.map.token(cursor.at);
            let op = Operator::infix(self.source.kind(at));
            self.take_infix(&mut row, op, self.source.span(at));
            cursor.at += 1;
        }
        row.finish(self.span_of(start, cursor.at))
    }

    /// An expression of one token, by its letter; without a look at what is inside.
    fn leaf(&mut self, node: &Node<'_>) -> Option<Expr> {
        let letters = node.as_span();
        let start = letters.start();
        if letters.end() - start != 1 {
            return None;
        }
        let at = self.chunk.map.token(start);
        let kind = match self.chunk.codes.as_bytes().get(start)? {
            b'a'..=b'z' => {
                let name = self.name_at(at);
                self.plain_name(name)
            }
            b'1' | b'%' | b'2' | b'3' | b'D' | b'Q' | b'@' => self.atom(at),
            b'"' | b'+' => ExprKind::String(self.plain_text(at)),
            _ => return None,
        };
        Some(Expr { kind, span: self.source.span(at) })
    }

    /// The prefix operators in front of an operand.
    fn prefixes(&mut self, row: &mut Row, cursor: &mut Cursor<'_>) {
        loop {
            let op = match cursor.letter() {
                // Behind a `>`.
                b'\n' => None,
                b'!' => Some(UnaryOp::Not),
                b'-' => Some(UnaryOp::Neg),
                _ => return,
            };
            if let Some(op) = op {
                row.prefix(op, self.source.span(self.chunk.map.token(cursor.at)));
            }
            cursor.at += 1;
        }
    }

    /// A `|`, the call behind it, and what stands behind that.
    fn pipe(&mut self, row: &mut Row, cursor: &mut Cursor<'_>) {
        let pipe = self.source.span(self.chunk.map.token(cursor.at));
        cursor.at += 1;
        self.take_pipe(row, pipe);
        let left = Box::new(row.last_operand(pipe));
        let name = self.name_at(self.chunk.map.token(cursor.at));
        cursor.at += 1;
        let call = match self.call_tail(&name, cursor) {
            Some(call) => call,
            None => Call { span: name.span, name, type_args: Vec::new(), args: Vec::new() },
        };
        let span = left.span.to(call.span);
        let call = Box::new(call);
        row.operand(Expr { kind: ExprKind::Pipe { left, call }, span });
        self.postfixes(row, cursor);
    }

    fn operand(&mut self, cursor: &mut Cursor<'_>) -> Expr {
        let start = cursor.at;
        let kind = match cursor.letter() {
            b'a'..=b'z' => self.name_ref(cursor),
            b'1' | b'%' | b'2' | b'3' | b'D' | b'Q' | b'@' => {
                cursor.at += 1;
                self.atom(self.chunk.map.token(start))
            }
            b'"' | b'+' | b'9' => ExprKind::String(self.string(cursor)),
            b'{' => ExprKind::Braces(self.entries(cursor)),
            b'[' => ExprKind::List(self.list(cursor)),
            b'(' => {
                cursor.at += 1;
                let inner = self.nested(cursor);
                cursor.eat(b')');
                ExprKind::Paren(Box::new(inner))
            }
            b'8' => ExprKind::Lambda(self.lambda(cursor)),
            b'I' => self.if_expr(cursor),
            b'M' => self.match_expr(cursor),
            _ => {
                cursor.at += 1;
                ExprKind::Error
            }
        };
        Expr { kind, span: self.span_of(start, cursor.at) }
    }

    /// The inputs or the policy of a step: braces, or an error that is already told.
    pub(super) fn braces_or_hole(&mut self, node: Node<'_>) -> Expr {
        self.operand(&mut Cursor::new(node))
    }

    fn atom(&mut self, at: usize) -> ExprKind {
        match self.source.kind(at) {
            Kind::Int => self.int(at).map_or(ExprKind::Error, ExprKind::Int),
            Kind::Float => self.float(at),
            Kind::Duration => self.duration(at),
            Kind::True => ExprKind::Bool(true),
            Kind::False => ExprKind::Bool(false),
            Kind::Null => ExprKind::Null,
            Kind::At => ExprKind::Current,
            _ => ExprKind::Error,
        }
    }

    /// A name, a call by name, or a lambda with one parameter.
    fn name_ref(&mut self, cursor: &mut Cursor<'_>) -> ExprKind {
        let name = self.name_at(self.chunk.map.token(cursor.at));
        cursor.at += 1;
        match cursor.letter() {
            b'5' => match cursor.take_at(1, Rule::expr) {
                Some(body) => {
                    let body = Box::new(self.expr(body));
                    let span = name.span.to(body.span);
                    ExprKind::Lambda(Lambda { params: vec![name], body, span })
                }
                None => self.plain_name(name),
            },
            b'(' | b'<' => match self.call_tail(&name, cursor) {
                Some(call) => ExprKind::Call(Box::new(call)),
                None => self.plain_name(name),
            },
            _ => self.plain_name(name),
        }
    }

    /// A name, unless it is the null or the bool of another language.
    fn plain_name(&mut self, name: Name) -> ExprKind {
        let (kind, ours) = match name.text.as_str() {
            "None" | "nil" | "undefined" | "NULL" | "Null" => (ExprKind::Null, "null"),
            "True" | "TRUE" => (ExprKind::Bool(true), "true"),
            "False" | "FALSE" => (ExprKind::Bool(false), "false"),
            _ => return ExprKind::Name(name.text),
        };
        self.tell(
            &syntax::FOREIGN_WORD,
            name.span,
            format!("`{}` is no word of the language", name.text),
            &format!("write `{ours}`"),
        );
        kind
    }

    /// The call of a name, if type arguments or arguments stand behind it.
    fn call_tail(&mut self, name: &Name, cursor: &mut Cursor<'_>) -> Option<Call> {
        let types = match cursor.letter() {
            b'<' => Some(cursor.take(Rule::call_types)?),
            b'(' => None,
            _ => return None,
        };
        let type_args = types.map(|types| self.call_types(types)).unwrap_or_default();
        let args = self.args(cursor);
        let end = self.source.span(self.chunk.map.token(cursor.at.saturating_sub(1)));
        Some(Call { name: name.clone(), type_args, args, span: name.span.to(end) })
    }

    /// `(a, b)`
    pub(super) fn args(&mut self, cursor: &mut Cursor<'_>) -> Vec<Expr> {
        let mut args = Vec::new();
        cursor.eat(b'(');
        while cursor.more(b')') {
            cursor.room(&mut args);
            args.push(self.nested(cursor));
        }
        fit(args)
    }

    fn list(&mut self, cursor: &mut Cursor<'_>) -> Vec<Entry> {
        let mut items = Vec::new();
        cursor.eat(b'[');
        while cursor.more(b']') {
            cursor.room(&mut items);
            let start = cursor.at;
            let key = if cursor.eat(b'4') { EntryKey::Spread } else { EntryKey::None };
            let value = self.nested(cursor);
            items.push(Entry { key, value, span: self.span_of(start, cursor.at) });
        }
        fit(items)
    }

    fn entries(&mut self, cursor: &mut Cursor<'_>) -> Vec<Entry> {
        let mut entries = Vec::new();
        cursor.eat(b'{');
        while cursor.more(b'}') {
            cursor.room(&mut entries);
            entries.push(self.entry(cursor));
        }
        fit(entries)
    }

    fn entry(&mut self, cursor: &mut Cursor<'_>) -> Entry {
        let start = cursor.at;
        let key = match cursor.letter() {
            b'k' => {
                cursor.at += 1;
                EntryKey::Name(self.name_at(self.chunk.map.token(start)))
            }
            b'4' => EntryKey::Spread,
            b'[' => {
                cursor.at += 1;
                let key = self.nested(cursor);
                cursor.eat(b']');
                EntryKey::Computed(Box::new(key))
            }
            _ => EntryKey::String(self.string(cursor)),
        };
        // The colon or the dots.
        cursor.at += 1;
        let value = self.nested(cursor);
        Entry { key, value, span: self.span_of(start, cursor.at) }
    }

    fn lambda(&mut self, cursor: &mut Cursor<'_>) -> Lambda {
        let start = cursor.at;
        let mut params = Vec::new();
        cursor.at += 1;
        while cursor.more(b')') {
            params.reserve_exact(1);
            params.push(self.bound_name_at(self.chunk.map.token(cursor.at)));
            cursor.at += 1;
        }
        cursor.eat(b'5');
        let body = self.nested(cursor);
        Lambda { params, body: Box::new(body), span: self.span_of(start, cursor.at) }
    }

    /// `{ a }` of an `if`.
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Expr {
        cursor.eat(b'{');
        let value = self.nested(cursor);
        cursor.eat(b'}');
        value
    }

    /// `if c { a } else if d { b } else { e }`
    fn if_expr(&mut self, cursor: &mut Cursor<'_>) -> ExprKind {
        let mut arms = Vec::with_capacity(1);
        let mut value = loop {
            let if_letter = cursor.at;
            if !cursor.eat(b'I') {
                break self.value(cursor);
            }
            let cond = self.nested(cursor);
            let then = self.value(cursor);
            arms.push((if_letter, cond, then));
            cursor.eat(b'X');
        };
        // From the end, so that each `else if` is the value of the `else` before it.
        while let Some((if_letter, cond, then)) = arms.pop() {
            let (cond, then) = (Box::new(cond), Box::new(then));
            let kind = ExprKind::If { cond, then, otherwise: Box::new(value) };
            if arms.is_empty() {
                return kind;
            }
            value = Expr { kind, span: self.span_of(if_letter, cursor.at) };
        }
        value.kind
    }

    fn match_expr(&mut self, cursor: &mut Cursor<'_>) -> ExprKind {
        cursor.at += 1;
        let subject = Box::new(self.nested(cursor));
        let mut arms = Vec::new();
        cursor.eat(b'{');
        while cursor.more(b'}') {
            cursor.room(&mut arms);
            let Some(pattern) = cursor.take(Rule::pattern) else { break };
            let pattern = self.pattern(pattern);
            cursor.eat(b'5');
            arms.push(MatchArm { pattern, value: self.nested(cursor) });
        }
        ExprKind::Match { subject, arms: fit(arms) }
    }
}
