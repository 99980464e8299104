//! Statements.

use wf_diagnostics::{Span, codes::syntax};

use super::Builder;
use crate::ast::{
    AssignOp, Block, Branch, FieldDecl, For, If, Match, MatchCase, Name, Parallel, ParallelLimit,
    Place, Step, Stmt, StmtKind, Try, VariableDecl, While,
};
use crate::parser::{Node, Rule};
use crate::token::Kind;

impl Builder<'_> {
    /// A block of statements.
    pub(super) fn block(&mut self, node: Node<'_>) -> Block {
        let span = self.span(&node);
        if let Some(fill) = self.fill(self.first(&node)) {
            return Block { stmts: fill.stmts, span };
        }
        // A loop, as closures would make the frames of nested blocks larger.
        let inner = node.into_inner();
        let mut stmts = Vec::with_capacity(inner.len());
        for stmt in inner {
            stmts.push(self.stmt(stmt));
        }
        Block { stmts, span }
    }

    /// A statement.
    pub(crate) fn stmt(&mut self, node: Node<'_>) -> Stmt {
        let span = self.span(&node);
        // One call through a pointer: the frames of a deeply nested statement stay small.
        let build: fn(&mut Self, Node<'_>) -> Option<StmtKind> = match self.letter(&node) {
            b'S' => Self::step,
            b'L' => Self::let_stmt,
            b'v' if node.as_str().as_bytes().get(1) == Some(&b'{') => Self::variables,
            b'I' => Self::if_stmt,
            b'V' => Self::give,
            b'R' => Self::return_stmt,
            b'F' => Self::for_stmt,
            b'M' => Self::match_stmt,
            b'T' => Self::try_stmt,
            b'P' => Self::parallel,
            b'H' => Self::while_stmt,
            b'J' => Self::jump,
            _ => Self::assign,
        };
        let kind = build(self, node).unwrap_or(StmtKind::Error);
        Stmt { kind, span }
    }

    fn return_stmt(&mut self, node: Node<'_>) -> Option<StmtKind> {
        let value = node.into_inner().next().map(|value| self.expr(value));
        Some(StmtKind::Return(value))
    }

    fn jump(&mut self, node: Node<'_>) -> Option<StmtKind> {
        match self.kind(&node) {
            Kind::Break => Some(StmtKind::Break),
            Kind::Continue => Some(StmtKind::Continue),
            _ => None,
        }
    }

    fn step(&mut self, node: Node<'_>) -> Option<StmtKind> {
        let mut name = None;
        let (mut try_span, mut path, mut input, mut policy) = (None, None, None, None);
        let mut type_args = Vec::new();
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.bound_name(&part)),
                Rule::try_mark => try_span = Some(self.span(&part)),
                Rule::node_path => path = Some(self.node_path(&part)),
                Rule::call_types => type_args = self.call_types(part),
                Rule::policy => {
                    policy = part.into_inner().next().map(|inner| self.braces_or_hole(inner));
                }
                _ => input = Some(self.braces_or_hole(part)),
            }
        }
        let (name, node, input) = (name?, path?, input?);
        Some(StmtKind::Step(Box::new(Step { name, try_span, node, type_args, input, policy })))
    }

    fn let_stmt(&mut self, node: Node<'_>) -> Option<StmtKind> {
        let mutable = self.source.kind(self.nth(&node, 1)) == Kind::Mut;
        let mut parts = node.into_inner();
        let name = self.bound_name(&parts.next()?);
        let mut ty = None;
        let mut next = parts.next()?;
        if next.as_rule() == Rule::type_expr {
            ty = Some(Box::new(self.type_expr(next)));
            next = parts.next()?;
        }
        let value = Box::new(self.expr(next));
        Some(StmtKind::Let { name, mutable, ty, value })
    }

    fn variables(&mut self, node: Node<'_>) -> Option<StmtKind> {
        let fields = self.fields_of(node);
        let declared = fields.into_iter().map(|field| self.variable(field)).collect();
        Some(StmtKind::Variables(declared))
    }

    fn variable(&mut self, field: FieldDecl) -> VariableDecl {
        if let Some(mark) = field.marks.first() {
            self.tell(
                &syntax::EXPECTED,
                mark.span,
                format!("expected `=`, `,` or the end of the line, found `{}`", mark.text),
                "a variable is `name: type = value`",
            );
        }
        VariableDecl { name: field.name, ty: field.ty, value: field.default }
    }

    fn assign(&mut self, node: Node<'_>) -> Option<StmtKind> {
        let mut parts = node.into_inner();
        let place = Box::new(Place { expr: self.expr(parts.next()?) });
        let value = parts.next()?;
        // The operator is the token in front of the value.
        let op = self.chunk.map.token(value.as_span().start().saturating_sub(1));
        let op_span = self.source.span(op);
        let op = match self.source.kind(op) {
            Kind::AddAssign => AssignOp::Add,
            Kind::MaxAssign => AssignOp::Max,
            Kind::MinAssign => AssignOp::Min,
            Kind::OrAssign => AssignOp::Or,
            Kind::AndAssign => AssignOp::And,
            _ => AssignOp::Set,
        };
        let value = Box::new(self.expr(value));
        Some(StmtKind::Assign { place, op, op_span, value })
    }

    fn give(&mut self, node: Node<'_>) -> Option<StmtKind> {
        let yields = self.kind(&node) == Kind::Yield;
        let value = self.expr(node.into_inner().next()?);
        Some(if yields { StmtKind::Yield(value) } else { StmtKind::Fail(value) })
    }

    /// The name of `as NAME`.
    pub(super) fn alias(&mut self, node: Node<'_>) -> Option<Name> {
        node.into_inner().next().map(|name| self.name(&name))
    }

    /// `if … else if … else …`
    fn if_stmt(&mut self, node: Node<'_>) -> Option<StmtKind> {
        let end = self.last(&node);
        let mut otherwise: Option<Block> = None;
        let parts = node.into_inner();
        let mut arms: Vec<(usize, If)> = Vec::with_capacity(parts.len());
        for part in parts {
            if part.as_rule() == Rule::if_arm {
                let before = part.as_span().start().saturating_sub(1);
                self.if_arm(part, before, &mut arms);
            } else {
                otherwise = Some(self.block(part));
            }
        }
        self.if_chain(end, arms, otherwise)
    }

    /// A chain of arms becomes nested statements, from its end.
    fn if_chain(
        &self,
        end: usize,
        mut arms: Vec<(usize, If)>,
        mut otherwise: Option<Block>,
    ) -> Option<StmtKind> {
        let end = self.source.span(end).end;
        let mut else_if = false;
        while let Some((if_token, mut arm)) = arms.pop() {
            arm.else_if = else_if;
            arm.otherwise = otherwise.take();
            if arms.is_empty() {
                return Some(StmtKind::If(Box::new(arm)));
            }
            let span = Span { end, ..self.source.span(if_token) };
            let stmts = vec![Stmt { kind: StmtKind::If(Box::new(arm)), span }];
            otherwise = Some(Block { stmts, span });
            else_if = true;
        }
        None
    }

    fn if_arm(&mut self, node: Node<'_>, before: usize, arms: &mut Vec<(usize, If)>) {
        let mut parts = node.into_inner();
        let Some(cond) = parts.next() else { return };
        let cond = self.expr(cond);
        let mut name = None;
        let mut then = Block::default();
        for part in parts {
            match part.as_rule() {
                Rule::alias => name = self.alias(part),
                _ => then = self.block(part),
            }
        }
        let arm = If { cond, name, then, otherwise: None, else_if: false };
        arms.push((self.chunk.map.token(before), arm));
    }

    fn match_stmt(&mut self, node: Node<'_>) -> Option<StmtKind> {
        let mut parts = node.into_inner();
        let subject = parts.next()?;
        // The `{` is the token behind the value.
        let open = self.chunk.map.token(subject.as_span().end());
        let subject = self.expr(subject);
        let cases = match self.fill(open) {
            Some(fill) => fill.cases,
            None => {
                let mut cases = Vec::with_capacity(parts.len());
                cases.extend(parts.filter_map(|case| self.case(case)));
                cases
            }
        };
        Some(StmtKind::Match(Box::new(Match { subject, cases })))
    }

    /// A case of a `match` statement.
    pub(crate) fn case(&mut self, node: Node<'_>) -> Option<MatchCase> {
        let mut parts = node.into_inner();
        let pattern = self.pattern(parts.next()?);
        let body = self.block(parts.next()?);
        Some(MatchCase { pattern, body })
    }

    fn for_stmt(&mut self, node: Node<'_>) -> Option<StmtKind> {
        let keyword = self.source.span(self.first(&node));
        let mut parts = node.into_inner();
        let var = self.bound_name(&parts.next()?);
        let items = self.expr(parts.next()?);
        let (mut name, mut parallel) = (None, None);
        let mut body = Block::default();
        for part in parts {
            match part.as_rule() {
                Rule::alias => name = self.alias(part),
                Rule::limit => parallel = Some(self.limit(part)),
                _ => body = self.block(part),
            }
        }
        let place = keyword.to(items.span);
        self.check_loop_name("for", name.as_ref(), place, items.span);
        Some(StmtKind::For(Box::new(For { var, items, name, parallel, body })))
    }

    fn limit(&mut self, node: Node<'_>) -> ParallelLimit {
        let span = self.source.span(self.first(&node));
        let limit = node.into_inner().next().map(|limit| self.expr(limit));
        ParallelLimit { span, limit }
    }

    fn while_stmt(&mut self, node: Node<'_>) -> Option<StmtKind> {
        let keyword = self.source.span(self.first(&node));
        let mut parts = node.into_inner();
        let cond = self.expr(parts.next()?);
        let (mut name, mut max) = (None, None);
        let mut body = Block::default();
        for part in parts {
            match part.as_rule() {
                Rule::alias => name = self.alias(part),
                Rule::max => max = part.into_inner().next().map(|max| self.expr(max)),
                _ => body = self.block(part),
            }
        }
        let place = keyword.to(cond.span);
        self.check_loop_name("while", name.as_ref(), place, cond.span);
        if !self.in_function && name.is_some() && max.is_none() {
            self.tell(
                &syntax::MISSING_NAME,
                place,
                "a `while` of a workflow needs `max N`",
                "add `max 100` behind its name: after so many rounds it ends, and its output says `exhausted`",
            );
        }
        Some(StmtKind::While(Box::new(While { cond, name, max, body })))
    }

    /// Loops of workflows have names, loops of functions have none.
    fn check_loop_name(&mut self, word: &str, name: Option<&Name>, place: Span, head: Span) {
        match (self.in_function, name) {
            (false, None) => {
                let bound = if word == "while" { " max 100" } else { "" };
                let text = self.source.slice(head);
                let text = if text.len() > 40 || text.contains('\n') { "…" } else { text };
                let help = format!(
                    "add a name behind it, as in `{text} as my_loop{bound} {{`; \
                     `loop.my_loop` and `steps.my_loop` are read by it"
                );
                let message = format!("a `{word}` of a workflow needs a name: `as NAME`");
                self.tell(&syntax::MISSING_NAME, place, message, &help);
            }
            (true, Some(name)) => {
                let message = format!("a `{word}` of a function has no name");
                let help = format!("leave out `as {}`", name.text);
                self.tell(&syntax::MISSING_NAME, name.span, message, &help);
            }
            _ => {}
        }
    }

    fn parallel(&mut self, node: Node<'_>) -> Option<StmtKind> {
        let keyword = self.source.span(self.first(&node));
        let open_letter = node.as_span().start();
        let mut name = None;
        let mut open = open_letter + 1;
        let parts = node.into_inner();
        let mut branches = Vec::with_capacity(parts.len().saturating_sub(1));
        for part in parts {
            match part.as_rule() {
                Rule::alias => {
                    open = part.as_span().end();
                    name = self.alias(part);
                }
                _ => branches.extend(self.branch(part)),
            }
        }
        if let Some(fill) = self.fill(self.chunk.map.token(open)) {
            branches = fill.branches;
        }
        let name = name.unwrap_or_else(|| {
            self.tell(
                &syntax::MISSING_NAME,
                keyword,
                "a `parallel` block needs a name: `as NAME`",
                "add one, as in `parallel as both {`",
            );
            Name { text: "".into(), span: keyword.at_end() }
        });
        Some(StmtKind::Parallel(Box::new(Parallel { name, branches })))
    }

    /// A branch of a `parallel`.
    pub(crate) fn branch(&mut self, node: Node<'_>) -> Option<Branch> {
        let span = self.span(&node);
        let mut parts = node.into_inner();
        let name = self.name(&parts.next()?);
        let body = self.block(parts.next()?);
        Some(Branch { name, body, span })
    }

    fn try_stmt(&mut self, node: Node<'_>) -> Option<StmtKind> {
        let mut parts = node.into_inner();
        let body = self.block(parts.next()?);
        let (mut name, mut catch, mut finally) = (None, None, None);
        for part in parts {
            match part.as_rule() {
                Rule::name => name = Some(self.bound_name(&part)),
                Rule::block => {
                    let block = self.block(part);
                    catch = name.take().map(|name| (name, block));
                }
                _ => finally = part.into_inner().next().map(|block| self.block(block)),
            }
        }
        Some(StmtKind::Try(Box::new(Try { body, catch, finally })))
    }
}
