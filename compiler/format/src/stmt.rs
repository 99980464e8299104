//! Statements and blocks.
//!
//! A block of one statement that was written on one line stays so where it fits; the blocks of one
//! `if` or `try` are alike.

use wf_grammar::ast::{
    Block, For, If, Match, MatchCase, Parallel, Step, Stmt, StmtKind, Trigger, Try, VariableDecl,
    While,
};

use crate::comment::Gap;
use crate::doc::{Elem, Hug, Indent};
use crate::list::Shape;
use crate::walk::Walk;

impl Walk<'_> {
    /// A block with a group of its own.
    pub(crate) fn body(&mut self, block: &Block) {
        self.gap(Gap::Space);
        self.doc.begin(Hug::No);
        self.block(Gap::Done, block, &[]);
        self.doc.end();
    }

    /// A block within the current group, with the triggers of a workflow.
    pub(crate) fn block(&mut self, gap: Gap, block: &Block, triggers: &[Trigger]) {
        self.word(gap, "{");
        self.doc.push(Elem::Indent(Indent::Broken));
        let mut triggers = triggers.first().map(|_| triggers);
        let count = block.stmts.len() + usize::from(triggers.is_some());
        if count > 1 {
            self.doc.force();
        }
        if count > 0 {
            self.keep_line();
        }
        let mut number = 0;
        for stmt in &block.stmts {
            if stmt.span.start != self.start()
                && let Some(triggers) = triggers.take()
            {
                let gap = self.between_statements(number);
                self.triggers(gap, triggers);
                number += 1;
            }
            let gap = self.between_statements(number);
            self.stmt(gap, stmt);
            number += 1;
        }
        if let Some(triggers) = triggers {
            let gap = self.between_statements(number);
            self.triggers(gap, triggers);
        }
        self.end_block();
    }

    /// The end of what is indented, and the `}`.
    pub(crate) fn end_block(&mut self) {
        self.free();
        let rest = self.notes(Gap::Line);
        self.doc.push(Elem::Dedent);
        self.line(rest);
        self.word(Gap::Done, "}");
    }

    fn stmt(&mut self, gap: Gap, stmt: &Stmt) {
        self.deep(|walk| walk.stmt_in(gap, stmt));
    }

    fn stmt_in(&mut self, gap: Gap, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Let { name, mutable, ty, value } => {
                self.word(gap, "let");
                if *mutable {
                    self.word(Gap::Space, "mut");
                }
                self.name(Gap::Space, name);
                if let Some(ty) = ty {
                    self.word(Gap::None, ":");
                    self.ty(Gap::Space, ty);
                }
                self.default(value);
            }
            StmtKind::Variables(variables) => self.variables(gap, variables),
            StmtKind::Assign { place, value, .. } => {
                self.expr(gap, &place.expr);
                self.token(Gap::Space);
                self.expr(Gap::Space, value);
            }
            StmtKind::Step(step) => self.step(gap, step),
            StmtKind::If(branch) => self.if_stmt(gap, branch),
            StmtKind::Match(choice) => self.match_stmt(gap, choice),
            StmtKind::For(each) => self.for_stmt(gap, each),
            StmtKind::While(repeat) => self.while_stmt(gap, repeat),
            StmtKind::Parallel(parallel) => self.parallel(gap, parallel),
            StmtKind::Try(attempt) => self.try_stmt(gap, attempt),
            StmtKind::Yield(value) | StmtKind::Fail(value) | StmtKind::Return(Some(value)) => {
                self.token(gap);
                self.expr(Gap::Space, value);
            }
            StmtKind::Return(None) | StmtKind::Break | StmtKind::Continue => self.token(gap),
            StmtKind::Error => self.fail(),
        }
    }

    fn variables(&mut self, gap: Gap, variables: &[VariableDecl]) {
        self.word(gap, "variables");
        self.list(Gap::Space, Shape::BLOCK, variables, |walk, gap, variable| {
            walk.field_name(gap, &variable.name, None);
            walk.ty(Gap::Space, &variable.ty);
            if let Some(value) = &variable.value {
                walk.default(value);
            }
        });
    }

    /// `step NAME = [try] node<T> { inputs } [with { policy }]`
    ///
    /// The policy stands behind the `}` of inputs on several lines, else on the next line where it
    /// has no room.
    fn step(&mut self, gap: Gap, step: &Step) {
        self.gap(gap);
        self.doc.begin(if step.policy.is_some() { Hug::Forced } else { Hug::No });
        self.word(Gap::Done, "step");
        self.name(Gap::Space, &step.name);
        self.word(Gap::Space, "=");
        if step.try_span.is_some() {
            self.word(Gap::Space, "try");
        }
        self.name(Gap::Space, &step.node);
        if !step.type_args.is_empty() {
            self.type_args(&step.type_args);
        }
        self.gap(Gap::Space);
        let inputs = self.doc.groups.len() as u32;
        self.inputs(Gap::Done, &step.input);
        if let Some(policy) = &step.policy {
            self.doc.push(Elem::Indent(Indent::Unless(inputs)));
            if self.on_new_line() && !self.doc.groups[inputs as usize].forced {
                self.doc.force();
            }
            self.word(Gap::UnlessBroken(inputs), "with");
            self.gap(Gap::Space);
            self.doc.hug();
            self.inputs(Gap::Done, policy);
            self.doc.end_hug();
            self.doc.push(Elem::Dedent);
        }
        self.doc.end();
    }

    fn if_stmt(&mut self, gap: Gap, branch: &If) {
        self.gap(gap);
        self.doc.begin(Hug::No);
        let (mut branch, mut gap) = (branch, Gap::Done);
        loop {
            self.word(gap, "if");
            self.condition(&branch.cond, branch.name.as_ref());
            self.block(Gap::Done, &branch.then, &[]);
            let Some(otherwise) = &branch.otherwise else { break };
            self.word(Gap::Space, "else");
            match otherwise.stmts.as_slice() {
                [Stmt { kind: StmtKind::If(next), .. }] if self.is("if") => branch = next,
                _ => {
                    self.block(Gap::Space, otherwise, &[]);
                    break;
                }
            }
            gap = Gap::Space;
        }
        self.doc.end();
    }

    fn match_stmt(&mut self, gap: Gap, choice: &Match) {
        self.word(gap, "match");
        self.expr(Gap::Space, &choice.subject);
        self.lines(&choice.cases, |walk, gap, case: &MatchCase| {
            walk.pattern(gap, &case.pattern);
            walk.word(Gap::Space, "=>");
            walk.body(&case.body);
        });
    }

    /// `{ … }` with a line for each part. Commas between them are left out.
    fn lines<T>(&mut self, parts: &[T], mut each: impl FnMut(&mut Self, Gap, &T)) {
        self.gap(Gap::Space);
        self.doc.begin(Hug::No);
        self.word(Gap::Done, "{");
        self.doc.push(Elem::Indent(Indent::Broken));
        self.skip_commas();
        if !parts.is_empty() {
            self.doc.force();
        }
        for (number, part) in parts.iter().enumerate() {
            let gap = self.between_statements(number);
            each(self, gap, part);
            self.skip_commas();
        }
        self.end_block();
        self.doc.end();
    }

    /// Leaves out commas; comments in front of them stay.
    fn skip_commas(&mut self) {
        while self.is_comma() {
            let rest = self.notes(Gap::None);
            self.line_is_open = rest == Gap::Hard;
            self.skip();
        }
    }

    fn for_stmt(&mut self, gap: Gap, each: &For) {
        self.word(gap, "for");
        self.name(Gap::Space, &each.var);
        self.word(Gap::Space, "in");
        self.expr(Gap::Space, &each.items);
        if let Some(name) = &each.name {
            self.alias(name);
        }
        if let Some(parallel) = &each.parallel {
            self.free();
            self.word(Gap::Space, "parallel");
            if let Some(limit) = &parallel.limit {
                self.expr(Gap::Space, limit);
            }
        }
        self.body(&each.body);
    }

    fn while_stmt(&mut self, gap: Gap, repeat: &While) {
        self.word(gap, "while");
        self.expr(Gap::Space, &repeat.cond);
        if let Some(name) = &repeat.name {
            self.alias(name);
        }
        if let Some(max) = &repeat.max {
            self.free();
            self.word(Gap::Space, "max");
            self.expr(Gap::Space, max);
        }
        self.body(&repeat.body);
    }

    fn parallel(&mut self, gap: Gap, parallel: &Parallel) {
        self.word(gap, "parallel");
        self.alias(&parallel.name);
        self.lines(&parallel.branches, |walk, gap, branch| {
            walk.word(gap, "branch");
            walk.name(Gap::Space, &branch.name);
            walk.body(&branch.body);
        });
    }

    fn try_stmt(&mut self, gap: Gap, attempt: &Try) {
        self.gap(gap);
        self.doc.begin(Hug::No);
        self.word(Gap::Done, "try");
        self.block(Gap::Space, &attempt.body, &[]);
        if let Some((name, block)) = &attempt.catch {
            self.word(Gap::Space, "catch");
            self.name(Gap::Space, name);
            self.block(Gap::Space, block, &[]);
        }
        if let Some(block) = &attempt.finally {
            self.word(Gap::Space, "finally");
            self.block(Gap::Space, block, &[]);
        }
        self.doc.end();
    }
}
