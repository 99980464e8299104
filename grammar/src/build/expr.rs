//! Expressions.

use wf_diagnostics::{Span, codes::syntax};

use super::Builder;
use super::operators::{Operator, Row};
use crate::ast::{
    Call, Entry, EntryKey, Expr, ExprKind, Lambda, MatchArm, Name, Selector, TypeExpr, UnaryOp,
};
use crate::parser::{Node, Nodes, Rule};
use crate::token::Kind;

impl Builder<'_> {
    /// An `expr`, a `place`, or what else is a row of operands and operators.
    pub(crate) fn expr(&mut self, node: Node<'_>) -> Expr {
        let span = self.span(&node);
        let mut row = Row::default();
        // The letter behind the part before: operators stand between parts.
        let mut cursor = node.as_span().start();
        for part in node.into_inner() {
            let letters = part.as_span();
            match part.as_rule() {
                Rule::pipe_call => {
                    let pipe = self.source.span(self.chunk.map.token(cursor));
                    self.take_pipe(&mut row, pipe);
                    let left = Box::new(row.last_operand(pipe));
                    let call = self.pipe_call(part);
                    let span = left.span.to(call.span);
                    row.operand(Expr { kind: ExprKind::Pipe { left, call }, span });
                }
                Rule::postfix => {
                    let part_span = self.span(&part);
                    if row.ends_in_pipe() {
                        self.tell(
                            &syntax::MIXED_PIPE,
                            part_span,
                            "the right side of `|` is one call and nothing else",
                            "put the pipe in parentheses, as in `(xs | first)?.name`",
                        );
                    }
                    let base = row.last_operand(part_span);
                    let expr = self.postfix(base, part);
                    row.operand(expr);
                }
                _ => {
                    self.operators(&mut row, cursor, letters.start());
                    let operand = self.primary(part);
                    row.operand(operand);
                }
            }
            cursor = letters.end();
        }
        row.finish(span)
    }

    /// The operators in front of an operand: one between two operands, and prefixes.
    fn operators(&mut self, row: &mut Row, start: usize, end: usize) {
        let mut letter = start;
        if row.has_operand() && letter < end {
            let at = self.chunk.map.token(letter);
            let op = Operator::infix(self.source.kind(at));
            self.take_infix(row, op, self.source.span(at));
            letter += 1;
        }
        for letter in letter..end {
            let at = self.chunk.map.token(letter);
            match self.source.kind(at) {
                Kind::Newline => {}
                Kind::Not => row.prefix(UnaryOp::Not, self.source.span(at)),
                _ => row.prefix(UnaryOp::Neg, self.source.span(at)),
            }
        }
    }

    fn first_expr(&mut self, node: Node<'_>) -> Expr {
        let span = self.span(&node);
        match node.into_inner().find(|n| n.as_rule() == Rule::expr) {
            Some(inner) => self.expr(inner),
            None => Expr { kind: ExprKind::Error, span },
        }
    }

    fn primary(&mut self, node: Node<'_>) -> Expr {
        let span = self.span(&node);
        let kind = match self.letter(&node) {
            b'a'..=b'z' => return self.name_ref(node),
            b'1' | b'2' | b'3' | b'D' | b'Q' | b'@' => self.atom(&node),
            b'"' | b'9' => ExprKind::String(self.text(node)),
            b'{' => ExprKind::Braces(self.entries(node)),
            b'[' => ExprKind::List(self.list(node)),
            b'(' => ExprKind::Paren(Box::new(self.first_expr(node))),
            b'8' => ExprKind::Lambda(self.lambda(node)),
            b'I' => return self.if_expr(node),
            b'M' => self.match_expr(node),
            _ => ExprKind::Error,
        };
        Expr { kind, span }
    }

    /// The inputs or the policy of a step: braces, or an error that is already told.
    pub(super) fn braces_or_hole(&mut self, node: Node<'_>) -> Expr {
        self.primary(node)
    }

    fn atom(&mut self, node: &Node<'_>) -> ExprKind {
        let at = self.first(node);
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

    fn name_ref(&mut self, node: Node<'_>) -> Expr {
        let span = self.span(&node);
        let name = self.name(&node);
        let mut tail = node.into_inner();
        let kind = match tail.peek().map(|part| part.as_rule()) {
            None => self.plain_name(&name),
            Some(Rule::expr) => {
                let body = tail.next().map(|body| self.expr(body));
                let body = Box::new(body.unwrap_or(Expr { kind: ExprKind::Error, span }));
                ExprKind::Lambda(Lambda { params: vec![name], body, span })
            }
            Some(_) => ExprKind::Call(self.call(name, tail)),
        };
        Expr { kind, span }
    }

    /// A name, unless it is the null or the bool of another language.
    fn plain_name(&mut self, name: &Name) -> ExprKind {
        let (kind, ours) = match name.text.as_str() {
            "None" | "nil" | "undefined" | "NULL" | "Null" => (ExprKind::Null, "null"),
            "True" | "TRUE" => (ExprKind::Bool(true), "true"),
            "False" | "FALSE" => (ExprKind::Bool(false), "false"),
            _ => return ExprKind::Name(name.text.clone()),
        };
        self.tell(
            &syntax::FOREIGN_WORD,
            name.span,
            format!("`{}` is no word of the language", name.text),
            &format!("write `{ours}`"),
        );
        kind
    }

    fn pipe_call(&mut self, node: Node<'_>) -> Call {
        // Its first token is its name.
        let name = self.name(&node);
        let mut tail = node.into_inner();
        tail.next();
        self.call(name, tail)
    }

    /// A call: its type arguments and its arguments stand in `tail`.
    fn call(&mut self, name: Name, tail: Nodes<'_>) -> Call {
        let mut call = Call { span: name.span, name, type_args: Vec::new(), args: Vec::new() };
        for part in tail {
            call.span = call.span.to(self.span(&part));
            match part.as_rule() {
                Rule::type_args => call.type_args = self.type_args(part),
                _ => call.args = self.args(part),
            }
        }
        call
    }

    fn args(&mut self, node: Node<'_>) -> Vec<Expr> {
        node.into_inner().map(|arg| self.expr(arg)).collect()
    }

    fn list(&mut self, node: Node<'_>) -> Vec<Entry> {
        node.into_inner()
            .map(|item| {
                let span = self.span(&item);
                let spread = item.as_rule() == Rule::spread;
                let value = if spread { self.first_expr(item) } else { self.expr(item) };
                let key = if spread { EntryKey::Spread } else { EntryKey::None };
                Entry { key, value, span }
            })
            .collect()
    }

    fn entries(&mut self, node: Node<'_>) -> Vec<Entry> {
        node.into_inner().map(|entry| self.entry(entry)).collect()
    }

    fn entry(&mut self, node: Node<'_>) -> Entry {
        let span = self.span(&node);
        let first = self.first(&node);
        let mut parts = node.into_inner();
        let key = match self.source.kind(first) {
            Kind::Key => EntryKey::Name(self.name_at(first)),
            Kind::Spread => EntryKey::Spread,
            Kind::LBracket => {
                parts.next().map_or(EntryKey::None, |key| EntryKey::Computed(self.expr(key)))
            }
            _ => parts.next().map_or(EntryKey::None, |key| EntryKey::String(self.text(key))),
        };
        let value = match parts.next() {
            Some(value) => self.expr(value),
            None => Expr { kind: ExprKind::Error, span },
        };
        Entry { key, value, span }
    }

    fn lambda(&mut self, node: Node<'_>) -> Lambda {
        let span = self.span(&node);
        let mut params = Vec::new();
        let mut body = Expr { kind: ExprKind::Error, span };
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::name => params.push(self.bound_name(&part)),
                _ => body = self.expr(part),
            }
        }
        Lambda { params, body: Box::new(body), span }
    }

    /// `if c { a } else if d { b } else { e }`: the parts are `c a d b e`.
    fn if_expr(&mut self, node: Node<'_>) -> Expr {
        let span = self.span(&node);
        let end = span.at_end();
        let parts: Vec<(usize, Expr)> = node
            .into_inner()
            .map(|part| {
                let before = part.as_span().start().saturating_sub(1);
                (self.chunk.map.token(before), self.expr(part))
            })
            .collect();
        let mut parts = parts.into_iter().rev();
        let Some((_, mut value)) = parts.next() else {
            return Expr { kind: ExprKind::Error, span };
        };
        while let (Some((_, then)), Some((if_token, cond))) = (parts.next(), parts.next()) {
            let kind = ExprKind::If {
                cond: Box::new(cond),
                then: Box::new(then),
                otherwise: Box::new(value),
            };
            value = Expr { kind, span: self.source.span(if_token).to(end) };
        }
        value
    }

    fn match_expr(&mut self, node: Node<'_>) -> ExprKind {
        let span = self.span(&node);
        let mut subject = Expr { kind: ExprKind::Error, span };
        let mut arms = Vec::new();
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::arm => arms.extend(self.arm(part)),
                _ => subject = self.expr(part),
            }
        }
        ExprKind::Match { subject: Box::new(subject), arms }
    }

    fn arm(&mut self, node: Node<'_>) -> Option<MatchArm> {
        let mut parts = node.into_inner();
        let pattern = self.pattern(parts.next()?);
        let value = self.expr(parts.next()?);
        Some(MatchArm { pattern, value })
    }

    fn postfix(&mut self, base: Expr, node: Node<'_>) -> Expr {
        let span = base.span.to(self.span(&node));
        let base = Box::new(base);
        let kind = match self.letter(&node) {
            b'.' | b';' => {
                let safe = self.kind(&node) == Kind::SafeDot;
                let name = self.name_at(self.nth(&node, 1));
                match node.into_inner().next() {
                    Some(args) => {
                        let span = name.span.to(self.span(&args));
                        let args = self.args(args);
                        let call = Call { name, type_args: Vec::new(), args, span };
                        ExprKind::MethodCall { base, call }
                    }
                    None => ExprKind::Field { base, name, safe },
                }
            }
            b'[' | b'_' => return self.selection(base, node, span),
            _ => {
                let ty = node.into_inner().next().map(|ty| self.type_one(ty));
                let ty = ty.unwrap_or(TypeExpr { kind: crate::ast::TypeExprKind::Error, span });
                ExprKind::Cast { expr: base, ty }
            }
        };
        Expr { kind, span }
    }

    fn selection(&mut self, base: Box<Expr>, node: Node<'_>, span: Span) -> Expr {
        let descendants = self.letter(&node) == b'_';
        if descendants && self.kind(&node) == Kind::RangeIncl {
            self.tell(
                &syntax::EXPECTED,
                self.source.span(self.first(&node)),
                "a range can't end in a list",
                "a descendant is written `..[`",
            );
        }
        let mut selectors: Vec<Selector> =
            node.into_inner().map(|inner| self.selector(inner)).collect();
        let selector = match (selectors.len(), selectors.pop()) {
            (_, None) => return Expr { kind: ExprKind::Error, span },
            (1, Some(Selector::Index(index))) if !descendants => {
                return Expr { kind: ExprKind::Index { base, index }, span };
            }
            (1, Some(one)) => one,
            (_, Some(last)) => {
                selectors.push(last);
                Selector::Several(selectors)
            }
        };
        Expr { kind: ExprKind::Select { base, selector, descendants }, span }
    }

    fn selector(&mut self, node: Node<'_>) -> Selector {
        match node.as_rule() {
            Rule::all => Selector::All,
            Rule::condition => Selector::Filter(Box::new(self.first_expr(node))),
            Rule::slice => self.slice(node),
            _ => Selector::Index(Box::new(self.expr(node))),
        }
    }

    fn slice(&mut self, node: Node<'_>) -> Selector {
        let mut numbers = [None; 3];
        let mut place = 0;
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::colon => place += 1,
                _ => {
                    let number = self.signed(&part);
                    if let Some(slot) = numbers.get_mut(place) {
                        *slot = number;
                    }
                }
            }
        }
        let [start, end, step] = numbers;
        Selector::Slice { start, end, step }
    }
}
