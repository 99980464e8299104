//! Expressions.

use wf_diagnostics::codes::syntax;

use super::Parser;
use super::operators::{Operator, Row};
use crate::ast::{Call, Entry, EntryKey, Expr, ExprKind, Lambda, MatchArm, Name, UnaryOp};
use crate::token::Kind;

impl Parser<'_> {
    /// Operands and operators.
    pub(crate) fn expr(&mut self) -> Expr {
        // Most expressions are one token.
        if ends_expr(self.letter_at(1))
            && let Some(leaf) = self.leaf()
        {
            return leaf;
        }
        let start = self.at;
        let mut row = Row::default();
        loop {
            self.prefixes(&mut row);
            let operand = self.operand();
            row.operand(operand);
            self.postfixes(&mut row);
            while self.letter() == b'|' {
                self.pipe(&mut row);
            }
            if !self.at_infix() {
                break;
            }
            let here = self.here();
            self.take_infix(
                &mut row,
                Operator::infix(self.source.kind(here)),
                self.source.span(here),
            );
            // A line end behind `>` separates, as a type may end with it.
            let greater = self.letter() == b'>';
            self.at += 1;
            if greater {
                self.eat(b'\n');
            }
        }
        row.finish(self.span_from(start))
    }

    /// An expression of one token.
    fn leaf(&mut self) -> Option<Expr> {
        let at = self.here();
        let kind = match self.letter() {
            b'a'..=b'z' => {
                let name = self.name_at(at);
                self.plain_name(name)
            }
            b'1' | b'2' | b'3' | b'D' | b'Q' | b'@' => self.atom(at),
            b'"' => ExprKind::String(self.plain_text(at)),
            _ => return None,
        };
        self.at += 1;
        Some(Expr { kind, span: self.source.span(at) })
    }

    /// Whether an operator between two operands stands here.
    fn at_infix(&self) -> bool {
        match self.letter() {
            b'~' | b'-' | b'*' | b'<' | b'>' | b'$' | b'^' => true,
            // In front of a bracket it is a descendant, so that no list is read twice.
            b'_' => self.letter_at(1) != b'[',
            // `where e => … or entity …` goes on with another trigger.
            b'O' => self.letter_at(1) != b'E',
            _ => false,
        }
    }
    /// The prefix operators in front of an operand.
    fn prefixes(&mut self, row: &mut Row) {
        loop {
            let op = match self.letter() {
                b'!' => UnaryOp::Not,
                b'-' => UnaryOp::Neg,
                _ => return,
            };
            row.prefix(op, self.source.span(self.here()));
            self.at += 1;
        }
    }

    /// A `|`, the call behind it, and what stands behind that.
    fn pipe(&mut self, row: &mut Row) {
        let pipe = self.source.span(self.here());
        self.at += 1;
        self.take_pipe(row, pipe);
        let left = Box::new(row.last_operand(pipe));
        let name = self.name();
        let call = match self.call_tail(&name) {
            Some(call) => call,
            None => Call { span: name.span, name, type_args: Vec::new(), args: Vec::new() },
        };
        let span = left.span.to(call.span);
        let call = Box::new(call);
        row.operand(Expr { kind: ExprKind::Pipe { left, call }, span });
        self.postfixes(row);
    }

    /// An operand without what stands before and behind it.
    fn operand(&mut self) -> Expr {
        let start = self.at;
        let kind = match self.letter() {
            b'a'..=b'z' => self.name_ref(),
            b'1' | b'2' | b'3' | b'D' | b'Q' | b'@' => {
                self.at += 1;
                self.atom(self.chunk.map.token(start))
            }
            b'"' | b'9' => ExprKind::String(self.text()),
            b'{' => ExprKind::Braces(self.entries()),
            b'[' => {
                self.at += 1;
                ExprKind::List(self.list(b']', Self::list_item))
            }
            b'(' => {
                self.at += 1;
                let inner = self.expr();
                self.expect(b')');
                ExprKind::Paren(Box::new(inner))
            }
            b'8' => ExprKind::Lambda(self.lambda()),
            b'I' => self.if_expr(),
            b'M' => self.match_expr(),
            _ => {
                self.expect(b'#');
                ExprKind::Error
            }
        };
        Expr { kind, span: self.span_from(start) }
    }

    /// The inputs or the policy of a step: braces, or an error that is already told.
    pub(super) fn braces_or_hole(&mut self) -> Expr {
        if !matches!(self.letter(), b'{' | b'#') {
            self.fail();
        }
        self.operand()
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

    /// What an assignment writes to: a name, and what stands behind it.
    pub(super) fn place(&mut self) -> Expr {
        let start = self.at;
        let mut row = Row::default();
        let kind = self.name_ref();
        row.operand(Expr { kind, span: self.span_from(start) });
        self.postfixes(&mut row);
        row.finish(self.span_from(start))
    }

    /// A name, a call by name, or a lambda with one parameter.
    fn name_ref(&mut self) -> ExprKind {
        let name = self.name();
        match self.letter() {
            b'5' => {
                self.at += 1;
                let body = Box::new(self.expr());
                let span = name.span.to(body.span);
                ExprKind::Lambda(Lambda { params: vec![name], body, span })
            }
            b'(' | b'<' => match self.call_tail(&name) {
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
    fn call_tail(&mut self, name: &Name) -> Option<Call> {
        let type_args = match self.letter() {
            // `a < b` begins as types do. Only names and brackets are read twice, and the lexer
            // lets no more than `MAX_NESTING` of them stand inside one another.
            b'<' => self.attempt(|parser| {
                let types = parser.type_args();
                (parser.letter() == b'(').then_some(types)
            })?,
            b'(' => Vec::new(),
            _ => return None,
        };
        let args = self.args();
        let end = self.source.span(self.chunk.map.token(self.at - 1));
        Some(Call { name: name.clone(), type_args, args, span: name.span.to(end) })
    }

    /// `(a, b)`
    pub(super) fn args(&mut self) -> Vec<Expr> {
        self.expect(b'(');
        self.list(b')', Self::expr)
    }

    fn list_item(&mut self) -> Entry {
        let start = self.at;
        let key = if self.eat(b'4') { EntryKey::Spread } else { EntryKey::None };
        let value = self.expr();
        Entry { key, value, span: self.span_from(start) }
    }

    /// `{ a: x, "b": y, [k]: z, ...r }`
    fn entries(&mut self) -> Vec<Entry> {
        self.expect(b'{');
        self.list(b'}', Self::entry)
    }

    fn entry(&mut self) -> Entry {
        let start = self.at;
        let key = match self.letter() {
            b'k' => EntryKey::Name(self.name()),
            b'4' => EntryKey::Spread,
            b'[' => {
                self.at += 1;
                let key = self.expr();
                self.expect(b']');
                EntryKey::Computed(Box::new(key))
            }
            _ => EntryKey::String(self.text()),
        };
        self.expect(if matches!(key, EntryKey::Spread) { b'4' } else { b':' });
        let value = self.expr();
        Entry { key, value, span: self.span_from(start) }
    }

    /// `(x, y) => e`
    fn lambda(&mut self) -> Lambda {
        let start = self.at;
        self.expect(b'8');
        let params = self.list(b')', Self::bound_name);
        self.expect(b'5');
        let body = self.expr();
        Lambda { params, body: Box::new(body), span: self.span_from(start) }
    }

    /// `{ a }` of an `if`.
    fn value(&mut self) -> Expr {
        self.expect(b'{');
        let value = self.expr();
        self.expect(b'}');
        value
    }

    /// `if c { a } else if d { b } else { e }`
    fn if_expr(&mut self) -> ExprKind {
        let mut arms = Vec::with_capacity(1);
        let mut value = loop {
            let if_letter = self.at;
            if !self.eat(b'I') {
                break self.value();
            }
            let cond = self.expr();
            let then = self.value();
            arms.push((if_letter, cond, then));
            self.expect(b'X');
        };
        // From the end, so that each `else if` is the value of the `else` before it.
        while let Some((if_letter, cond, then)) = arms.pop() {
            let (cond, then) = (Box::new(cond), Box::new(then));
            let kind = ExprKind::If { cond, then, otherwise: Box::new(value) };
            if arms.is_empty() {
                return kind;
            }
            value = Expr { kind, span: self.span_from(if_letter) };
        }
        value.kind
    }

    /// `match v { pattern => e }`
    fn match_expr(&mut self) -> ExprKind {
        self.expect(b'M');
        let subject = Box::new(self.expr());
        self.expect(b'{');
        ExprKind::Match { subject, arms: self.list(b'}', Self::arm) }
    }

    fn arm(&mut self) -> MatchArm {
        let pattern = self.pattern();
        self.expect(b'5');
        MatchArm { pattern, value: self.expr() }
    }
}

/// Whether no expression goes on with this letter.
fn ends_expr(letter: u8) -> bool {
    matches!(letter, b'\n' | b',' | b')' | b']' | b'}' | b'{' | b'0' | b'`' | 0)
}
