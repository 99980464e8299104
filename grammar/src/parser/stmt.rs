//! Statements.

use wf_diagnostics::{Span, codes::syntax};

use super::{Parser, fit, push};
use crate::ast::{
    AssignOp, Block, Branch, FieldDecl, For, If, Match, MatchCase, Name, Parallel, ParallelLimit,
    Place, Step, Stmt, StmtKind, Try, VariableDecl, While,
};
use crate::token::Kind;

impl Parser<'_> {
    /// A block of statements.
    pub(super) fn block(&mut self) -> Block {
        let (start, open) = (self.at, self.here());
        self.expect(b'{');
        let mut stmts = Vec::new();
        loop {
            match self.letter() {
                b'\n' => self.at += 1,
                b'}' | 0 => break,
                _ => {
                    let stmt = self.stmt();
                    push(&mut stmts, stmt);
                }
            }
        }
        self.expect(b'}');
        if let Some(fill) = self.fill(open) {
            stmts = fill.stmts;
        }
        Block { stmts: fit(stmts), span: self.span_from(start) }
    }

    /// A statement; its first token says which one.
    pub(crate) fn stmt(&mut self) -> Stmt {
        let start = self.at;
        // One call through a pointer: the frames of a deeply nested statement stay small.
        let read: fn(&mut Self) -> StmtKind = match self.letter() {
            b'S' => Self::step,
            b'L' => Self::let_stmt,
            b'v' if self.letter_at(1) == b'{' => Self::variables,
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
        let kind = read(self);
        Stmt { kind, span: self.span_from(start) }
    }

    /// `return e`
    fn return_stmt(&mut self) -> StmtKind {
        self.at += 1;
        let value = match self.letter() {
            b'\n' | b'}' | 0 => None,
            // What can't be read as a value may be the next statement.
            _ => self.attempt(|parser| {
                let value = parser.expr();
                (!parser.failed()).then_some(value)
            }),
        };
        StmtKind::Return(value)
    }

    /// `break`, `continue`
    fn jump(&mut self) -> StmtKind {
        let kind = self.source.kind(self.here());
        self.at += 1;
        if kind == Kind::Break { StmtKind::Break } else { StmtKind::Continue }
    }

    /// `step NAME = [try] node<T> { inputs } [with { policy }]`
    fn step(&mut self) -> StmtKind {
        self.at += 1;
        let name = self.bound_name();
        self.expect(b'=');
        let try_mark = self.here();
        let try_span = self.eat(b'T').then(|| self.source.span(try_mark));
        let node = self.node_path();
        let type_args = if self.letter() == b'<' { self.type_args() } else { Vec::new() };
        let input = self.braces_or_hole();
        let policy = self.eat(b'&').then(|| self.braces_or_hole());
        StmtKind::Step(Box::new(Step { name, try_span, node, type_args, input, policy }))
    }

    /// `let [mut] x: T = e`
    fn let_stmt(&mut self) -> StmtKind {
        self.at += 1;
        let mutable = self.eat(b'\'');
        let name = self.bound_name();
        let ty = self.eat(b':').then(|| Box::new(self.type_expr()));
        self.expect(b'=');
        let value = Box::new(self.expr());
        StmtKind::Let { name, mutable, ty, value }
    }

    /// `variables { x: T = e }`
    fn variables(&mut self) -> StmtKind {
        self.at += 1;
        let fields = self.fields();
        let declared = fields.into_iter().map(|field| self.variable(field)).collect();
        StmtKind::Variables(declared)
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

    /// `x = e`, `variables.x += e`
    fn assign(&mut self) -> StmtKind {
        let place = Box::new(Place { expr: self.place() });
        let op = self.here();
        let op_span = self.source.span(op);
        if !self.eat(b'7') {
            self.expect(b'=');
        }
        let op = match self.source.kind(op) {
            Kind::AddAssign => AssignOp::Add,
            Kind::MaxAssign => AssignOp::Max,
            Kind::MinAssign => AssignOp::Min,
            Kind::OrAssign => AssignOp::Or,
            Kind::AndAssign => AssignOp::And,
            _ => AssignOp::Set,
        };
        let value = Box::new(self.expr());
        StmtKind::Assign { place, op, op_span, value }
    }

    /// `yield e`, `fail e`
    fn give(&mut self) -> StmtKind {
        let yields = self.source.kind(self.here()) == Kind::Yield;
        self.at += 1;
        let value = self.expr();
        if yields { StmtKind::Yield(value) } else { StmtKind::Fail(value) }
    }

    /// `as NAME`, if it stands here.
    pub(super) fn alias(&mut self) -> Option<Name> {
        self.eat(b'A').then(|| self.name())
    }

    /// `if c as NAME { } else if … else { }`
    fn if_stmt(&mut self) -> StmtKind {
        let mut arms: Vec<(usize, If)> = Vec::with_capacity(1);
        let mut otherwise: Option<Block> = None;
        loop {
            let if_token = self.here();
            self.expect(b'I');
            let cond = self.expr();
            let name = self.alias();
            let then = self.block();
            arms.push((if_token, If { cond, name, then, otherwise: None, else_if: false }));
            if !self.eat(b'X') {
                break;
            }
            if self.letter() != b'I' {
                otherwise = Some(self.block());
                break;
            }
        }
        let end = self.chunk.map.token(self.at - 1);
        self.if_chain(end, arms, otherwise).unwrap_or(StmtKind::Error)
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

    /// `match v { pattern => { } }`
    fn match_stmt(&mut self) -> StmtKind {
        self.at += 1;
        let subject = self.expr();
        let open = self.here();
        self.expect(b'{');
        let mut cases = Vec::new();
        loop {
            match self.letter() {
                b'\n' | b',' => self.at += 1,
                b'}' | 0 => break,
                _ => {
                    let case = self.case();
                    push(&mut cases, case);
                }
            }
        }
        self.expect(b'}');
        if let Some(fill) = self.fill(open) {
            cases = fill.cases;
        }
        StmtKind::Match(Box::new(Match { subject, cases: fit(cases) }))
    }

    /// A case of a `match` statement: `pattern => { }`.
    pub(crate) fn case(&mut self) -> MatchCase {
        let pattern = self.pattern();
        self.expect(b'5');
        MatchCase { pattern, body: self.block() }
    }

    /// `for x in e as NAME parallel 8 { }`
    fn for_stmt(&mut self) -> StmtKind {
        let keyword = self.source.span(self.here());
        self.at += 1;
        let var = self.bound_name();
        self.expect(b'^');
        let items = self.expr();
        let name = self.alias();
        let parallel = self.eat_on_next_line(b'P').then(|| self.limit());
        let body = self.block();
        let place = keyword.to(items.span);
        self.check_loop_name("for", name.as_ref(), place, items.span);
        StmtKind::For(Box::new(For { var, items, name, parallel, body }))
    }

    /// How many run at once, behind `parallel`.
    fn limit(&mut self) -> ParallelLimit {
        let span = self.span_from(self.at - 1);
        let limit = (self.letter() != b'{').then(|| self.expr());
        ParallelLimit { span, limit }
    }

    /// `while c as NAME max N { }`
    fn while_stmt(&mut self) -> StmtKind {
        let keyword = self.source.span(self.here());
        self.at += 1;
        let cond = self.expr();
        let name = self.alias();
        let max = self.eat_on_next_line(b'x').then(|| self.expr());
        let body = self.block();
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
        StmtKind::While(Box::new(While { cond, name, max, body }))
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

    /// `parallel as NAME { branch a { } }`
    fn parallel(&mut self) -> StmtKind {
        let keyword = self.source.span(self.here());
        self.at += 1;
        let name = self.alias();
        let open = self.here();
        self.expect(b'{');
        let mut branches = Vec::new();
        loop {
            match self.letter() {
                b'\n' => self.at += 1,
                b'}' | 0 => break,
                _ => branches.push(self.branch()),
            }
        }
        self.expect(b'}');
        if let Some(fill) = self.fill(open) {
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
        StmtKind::Parallel(Box::new(Parallel { name, branches }))
    }

    /// A branch of a `parallel`: `branch a { }`.
    pub(crate) fn branch(&mut self) -> Branch {
        let start = self.at;
        self.expect(b'B');
        let name = self.name();
        let body = self.block();
        Branch { name, body, span: self.span_from(start) }
    }

    /// `try { } catch err { } finally { }`
    fn try_stmt(&mut self) -> StmtKind {
        self.at += 1;
        let body = self.block();
        let catch = self.eat(b'C').then(|| {
            let name = self.bound_name();
            (name, self.block())
        });
        let finally = self.eat(b'Z').then(|| self.block());
        StmtKind::Try(Box::new(Try { body, catch, finally }))
    }
}
