//! Loops, one round after another.

use wf_bytecode::{Const, Op, Reg, S, StepKind, V};

use super::function::FunctionEmitter;
use super::registers::Kind;
use super::step::Output;
use super::try_catch::Scope;
use super::uses::{LoopPart, Place, Uses};
use super::writer::Label;
use crate::typed::{self, Expr, ExprKind, For, StepId, While};

/// A loop with a context: its step and registers.
struct Context {
    step: StepId,
    /// The number of its step, and the register that keeps the time it began.
    begun: (u16, S),
    /// The iteration, from 0; behind the loop the number of iterations begun.
    index: S,
    results: Option<V>,
}

/// Where the items of a loop come from.
enum Source {
    /// A list, its length and the index of the item.
    List { list: V, length: S, index: S },
    /// The item counts up to a number, with this one or without it.
    Count { item: S, end: S, inclusive: bool },
}

impl<'a> FunctionEmitter<'_, 'a> {
    pub(super) fn for_stmt(&mut self, stmt: &'a For) {
        if let (Some(limit), Some(step)) = (&stmt.parallel, stmt.step) {
            return self.parallel_for(stmt, step, limit.as_ref());
        }
        let items = stmt.step.map(|step| Place::Loop(step, LoopPart::Items));
        let uses = Uses::of_frame(&stmt.body, items.filter(|_| is_range(&stmt.items)));
        let counted = self.counted(stmt, &uses);
        // The items are evaluated once, before the loop begins.
        let items = match counted {
            Some((start, end, inclusive)) => {
                let (item, end) = self.count_items(stmt, start, end);
                Ok((item, end, inclusive))
            }
            None => Err(self.fresh_value(&stmt.items)),
        };
        let items = items.map_err(|list| {
            let length = self.regs.scalar();
            self.op(Op::ListLen { dst: length, list });
            (list, length)
        });
        let context = stmt.step.map(|step| {
            let begun = match items {
                Ok((item, end, inclusive)) => self.begin_for(step, Some(item), (end, inclusive)),
                Err((_, length)) => self.begin_for(step, None, (length, false)),
            };
            self.begin_loop(step, begun, stmt.yields.is_some())
        });
        let source = match items {
            Ok((item, end, inclusive)) => Source::Count { item, end, inclusive },
            Err((list, length)) => self.list_items(stmt, list, length, context.as_ref()),
        };
        self.rounds(stmt, &uses, &source, context.as_ref());
        if let Source::List { list, .. } = source {
            // Who changes the list later need not copy it.
            self.op(Op::Null { dst: list });
        }
        if let Some(context) = context {
            self.op(Op::LoopEnd { depth: self.loop_depth });
            self.end_loop(&context, None);
        }
    }

    /// A range whose list nobody sees need not be made.
    pub(super) fn counted(&self, stmt: &'a For, uses: &Uses) -> Option<(&'a Expr, &'a Expr, bool)> {
        let ExprKind::Range { start, end, inclusive } = &stmt.items.kind else { return None };
        let seen = |step| uses.reads.contains(&Place::Loop(step, LoopPart::Items));
        let counts = self.local_kind(stmt.item) == Kind::Int && !stmt.step.is_some_and(seen);
        counts.then_some((start, end, *inclusive))
    }

    fn count_items(&mut self, stmt: &For, start: &'a Expr, end: &'a Expr) -> (S, S) {
        let reg = self.declare_local(stmt.item);
        let item = self.bare(reg);
        let last = self.regs.of_kind(Kind::Int);
        self.expr_to(start, reg);
        self.expr_to(end, last);
        let end = self.bare(last);
        if let Some(step) = stmt.step {
            self.place(Place::Loop(step, LoopPart::Item), reg);
        }
        (item, end)
    }

    fn list_items(&mut self, stmt: &For, list: V, length: S, context: Option<&Context>) -> Source {
        let index = match context {
            Some(context) => context.index,
            None => {
                let dst = self.regs.scalar();
                self.op(Op::ConstInt { dst, value: 0 });
                dst
            }
        };
        let reg = self.declare_local(stmt.item);
        if let Some(step) = stmt.step {
            self.place(Place::Loop(step, LoopPart::Item), reg);
            self.place(Place::Loop(step, LoopPart::Items), Reg::Value(list));
        }
        Source::List { list, length, index }
    }

    fn rounds(&mut self, stmt: &'a For, uses: &Uses, source: &Source, context: Option<&Context>) {
        let (next, done, broke) = (self.w.label(), self.w.label(), self.w.label());
        let (counter, end, inclusive) = match *source {
            Source::List { length, index, .. } => (index, length, false),
            Source::Count { item, end, inclusive } => (item, end, inclusive),
        };
        self.w.jump_near(done, |to| match inclusive {
            true => Op::JumpIfLt { a: end, b: counter, to },
            false => Op::JumpIfLe { a: end, b: counter, to },
        });
        let head = self.w.label_here();
        if let Some(context) = context {
            self.begin_round_of(context);
        }
        if let Source::List { list, index, .. } = *source {
            let kind = self.local_kind(stmt.item);
            let item = self.register_of(Place::Local(stmt.item), kind);
            self.scoped(|f| f.value_op(item, |dst| Op::ListItem { dst, list, index }));
        }
        self.body(stmt.step.is_some(), uses, next, broke, |f| f.block(&stmt.body));
        let was_broken = self.pop_loop();
        self.w.bind(next);
        if let Some(context) = context.filter(|c| c.index != counter) {
            self.op(Op::AddIntImm { dst: context.index, a: context.index, imm: 1 });
        }
        // The number behind the last one may be none: there is none behind the largest.
        self.w.jump_near(head, |to| match inclusive {
            true => Op::NextIntTo { counter, last: end, to },
            false => Op::NextInt { counter, end, to },
        });
        self.w.bind(done);
        self.bind_broken(was_broken, broke, context);
    }

    /// The target of `break`: the round that was left counts.
    fn bind_broken(&mut self, was_broken: bool, broke: Label, context: Option<&Context>) {
        match context {
            Some(Context { index, .. }) if was_broken => {
                let end = self.w.label();
                self.w.goto(end);
                self.w.bind(broke);
                self.op(Op::AddIntImm { dst: *index, a: *index, imm: 1 });
                self.w.bind(end);
            }
            _ => self.w.bind(broke),
        }
    }

    /// The body of a loop, in its scope; the steps of it begin unset in every round.
    fn body(
        &mut self,
        has_context: bool,
        uses: &Uses,
        next: Label,
        broke: Label,
        write: impl FnOnce(&mut Self),
    ) {
        for step in &uses.steps {
            let dst = self.step_register(*step);
            self.op(Op::Null { dst });
        }
        self.scopes.push(Scope::Loop { break_to: Some(broke), continue_to: next, broken: false });
        self.loop_depth += u16::from(has_context);
        write(self);
        self.loop_depth -= u16::from(has_context);
    }

    /// Leaves the scope of a loop; says whether there was a `break`.
    pub(super) fn pop_loop(&mut self) -> bool {
        matches!(self.scopes.pop(), Some(Scope::Loop { broken: true, .. }))
    }

    /// `while`: after the last round that `max` allows the condition is evaluated once more.
    pub(super) fn while_stmt(&mut self, stmt: &'a While) {
        let uses = Uses::of_frame(&stmt.body, None);
        let max = stmt.max.as_ref().map(|max| {
            let reg = self.regs.of_kind(Kind::Int);
            self.expr_to(max, reg);
            self.bare(reg)
        });
        let context = stmt.step.map(|step| {
            let begun = self.begin_step(step, StepKind::While);
            self.begin_loop(step, begun, stmt.yields.is_some())
        });
        let (next, test, broke) = (self.w.label(), self.w.label(), self.w.label());
        self.w.goto(test);
        let head = self.w.label_here();
        if let Some(context) = &context {
            self.begin_round_of(context);
        }
        self.body(context.is_some(), &uses, next, broke, |f| f.block(&stmt.body));
        let was_broken = self.pop_loop();
        self.w.bind(next);
        if let Some(Context { index, .. }) = context {
            self.op(Op::AddIntImm { dst: index, a: index, imm: 1 });
        }
        self.w.bind(test);
        let Some(context) = context else {
            self.branch(&stmt.cond, true, head);
            return self.w.bind(broke);
        };
        let exhausted = self.regs.of_kind(Kind::Bool);
        let end = self.w.label();
        self.constant(&typed::Const::Bool(false), exhausted);
        self.branch(&stmt.cond, false, end);
        if let Some(max) = max {
            self.scoped(|f| {
                let cond = f.regs.scalar();
                f.op(Op::LtInt { dst: cond, a: context.index, b: max });
                f.jump_bool(cond, true, head);
            });
            self.constant(&typed::Const::Bool(true), exhausted);
        } else {
            self.w.goto(head);
        }
        self.w.bind(end);
        if was_broken {
            let done = self.w.label();
            self.w.goto(done);
            self.w.bind(broke);
            self.op(Op::AddIntImm { dst: context.index, a: context.index, imm: 1 });
            self.constant(&typed::Const::Bool(false), exhausted);
            self.w.bind(done);
        }
        self.op(Op::LoopEnd { depth: self.loop_depth });
        self.end_loop(&context, Some(exhausted));
    }

    fn begin_loop(&mut self, step: StepId, begun: (u16, S), yields: bool) -> Context {
        let results = yields.then(|| self.results(step));
        let index = self.regs.scalar();
        self.op(Op::ConstInt { dst: index, value: 0 });
        self.place(Place::Loop(step, LoopPart::Index), Reg::Int(index));
        Context { step, begun, index, results }
    }

    /// A new list for what is yielded to a loop.
    pub(super) fn results(&mut self, step: StepId) -> V {
        let list = self.regs.value();
        self.table_constant(Const::EmptyList, list);
        self.yields.insert(step, list);
        list
    }

    /// The same in a region, which begins with an empty list there.
    pub(super) fn results_of_region(&mut self, step: StepId) -> V {
        let list = self.regs.value();
        self.yields.insert(step, list);
        list
    }

    fn begin_round_of(&mut self, context: &Context) {
        let (step, _) = context.begun;
        self.op(Op::LoopIndex { depth: self.loop_depth, step, index: context.index });
    }

    fn end_loop(&mut self, context: &Context, exhausted: Option<Reg>) {
        let mut fields =
            vec![("count", Output::Register(Reg::Int(context.index))), ("success", Output::True)];
        fields.extend(context.results.map(|v| ("results", Output::Register(Reg::Value(v)))));
        fields.extend(exhausted.map(|reg| ("exhausted", Output::Register(reg))));
        self.end_step(context.step, context.begun, &fields);
    }
}

fn is_range(items: &Expr) -> bool {
    matches!(items.kind, ExprKind::Range { .. })
}
