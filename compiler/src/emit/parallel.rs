//! Parallel loops and blocks: each body is a function of its own, a region, into whose frame is
//! copied what it reads.

use rustc_hash::FxBuildHasher;
use smol_str::{SmolStr, format_smolstr};
use wf_bytecode::{
    Fork, ForkKind, FunctionKind, Merge, MergeTarget, Op, Reg, Region, S, StepKind, V,
};
use wf_diagnostics::Span;

use super::function::{FunctionEmitter, capture};
use super::registers::{Kind, kind_of};
use super::step::Output;
use super::try_catch::Scope;
use super::uses::{LoopPart, Place, Uses};
use crate::typed::{Block, Branch, Const, Expr, ExprKind, For, StepId, UpdateOp, VarId};

/// What a parallel loop runs over.
#[derive(Clone, Copy)]
enum Items {
    /// A list.
    List(V),
    /// The numbers from one up to another, with this one or without it.
    Count { first: S, end: S, inclusive: bool },
}

/// The variables that a fork merges into, with their operators and the places of the first ones.
type Merged = indexmap::IndexMap<VarId, (UpdateOp, Span), FxBuildHasher>;

impl<'a> FunctionEmitter<'_, 'a> {
    pub(super) fn parallel_for(&mut self, stmt: &'a For, step: StepId, limit: Option<&'a Expr>) {
        let uses = Uses::of_block(&stmt.body);
        let items = self.items_of(stmt, &uses);
        let limit = limit.map(|limit| self.scalar(limit));
        let count = self.regs.scalar();
        match items {
            Items::List(list) => self.op(Op::ListLen { dst: count, list }),
            Items::Count { first, end, inclusive } => {
                let before = std::mem::replace(&mut self.w.span, stmt.items.span);
                self.count_of(count, first, end, inclusive);
                self.w.span = before;
            }
        }
        let begun = self.begin_for(step, None, (count, false));
        let results = stmt.yields.is_some().then(|| self.results(step));
        if let Items::List(list) = items {
            self.place(Place::Loop(step, LoopPart::Items), Reg::Value(list));
        }
        let merged: Merged = uses.free_merges().map(|(var, op, span)| (var, (op, span))).collect();
        let name = self.step(step).map(|s| s.name.clone()).unwrap_or_default();
        let region = self.region(name, &uses, &merged, Some((step, stmt, items)), &stmt.body);
        match items {
            Items::List(items) => {
                let kind = ForkKind::Loop { items, limit, region };
                self.fork(begun.0, kind, &merged, results);
                self.op(Op::Null { dst: items });
            }
            Items::Count { .. } => {
                self.fork(begun.0, ForkKind::Count { count, limit, region }, &merged, results);
            }
        }
        let mut fields =
            vec![("count", Output::Register(Reg::Int(count))), ("success", Output::True)];
        fields.extend(results.map(|v| ("results", Output::Register(Reg::Value(v)))));
        self.end_step(step, begun, &fields);
    }

    /// The items of a loop; of a range whose list nobody sees, where it begins and ends.
    fn items_of(&mut self, stmt: &'a For, uses: &Uses) -> Items {
        let Some((start, end, inclusive)) = self.counted(stmt, uses) else {
            return Items::List(self.fresh_value(&stmt.items));
        };
        let (first, last) = (self.regs.scalar(), self.regs.scalar());
        self.expr_to(start, Reg::Int(first));
        self.expr_to(end, Reg::Int(last));
        Items::Count { first, end: last, inclusive }
    }

    /// How many numbers there are from one to another, which may be behind it.
    fn count_of(&mut self, count: S, first: S, end: S, inclusive: bool) {
        let none = self.w.label();
        self.op(Op::ConstInt { dst: count, value: 0 });
        self.w.jump_near(none, |to| match inclusive {
            true => Op::JumpIfLt { a: end, b: first, to },
            false => Op::JumpIfLe { a: end, b: first, to },
        });
        self.op(Op::SubInt { dst: count, a: end, b: first });
        if inclusive {
            self.op(Op::AddIntImm { dst: count, a: count, imm: 1 });
        }
        self.w.bind(none);
    }

    pub(super) fn parallel(&mut self, step: StepId, branches: &'a [Branch]) {
        let begun = self.begin_step(step, StepKind::Parallel);
        let all: Vec<Uses> = branches.iter().map(|b| Uses::of_block(&b.body)).collect();
        let mut merged = Merged::default();
        for (var, op, span) in all.iter().flat_map(Uses::free_merges) {
            merged.entry(var).or_insert((op, span));
        }
        let yields = all.iter().find_map(Uses::free_yield);
        let yields = yields.and_then(|step| self.yields.get(&step).copied());
        let block = self.step(step).map(|s| s.name.clone()).unwrap_or_default();
        let mut regions = Vec::with_capacity(branches.len());
        for (branch, uses) in branches.iter().zip(&all) {
            let name = format_smolstr!("{block}.{}", branch.name);
            let mut region = self.region(name, uses, &merged, None, &branch.body);
            region.name = branch.name.clone();
            regions.push(region);
        }
        self.fork(begun.0, ForkKind::Branches(regions), &merged, yields);
        self.end_step(step, begun, &[("success", Output::True)]);
    }

    fn fork(&mut self, step: u16, kind: ForkKind, merged: &Merged, yields: Option<V>) {
        let mut merges = Vec::with_capacity(merged.len());
        for (var, (op, span)) in merged {
            let target = match self.merges.get(var) {
                Some(slot) => MergeTarget::Outer(*slot),
                None => {
                    let reg = self.register_of(Place::Variable(*var), Kind::Value);
                    MergeTarget::Register(reg)
                }
            };
            merges.push(Merge { op: self.merge_op(*var, *op), target, span: *span });
        }
        let fork = self.e.forks.len() as u16;
        self.e.forks.push(Fork { step, kind, merges, yields });
        self.op(Op::Fork { fork });
    }

    /// Writes the function of a branch, or of an iteration of a loop.
    fn region(
        &mut self,
        name: SmolStr,
        uses: &Uses,
        merged: &Merged,
        iteration: Option<(StepId, &'a For, Items)>,
        body: &'a Block,
    ) -> Region {
        let full_name = format_smolstr!("{}.{name}", self.name);
        let function = self.e.reserve(full_name.clone());
        // What the parent does not have is made by the region itself, and the trigger where it is
        // read: copied into each region it would be counted by all workers.
        let outer = uses.free().filter(|place| *place != Place::Trigger);
        let outer: Vec<(Place, Reg)> =
            outer.filter_map(|place| Some((place, self.find(place)?))).collect();
        let span = self.w.span;
        let mut child = FunctionEmitter::new(self.e, self.body, full_name, span, Kind::Value);
        child.depth = self.depth;
        let mut captures = child.capture_all(&outer);
        child.merges = merged.keys().enumerate().map(|(i, var)| (*var, i as u16)).collect();
        let yields = uses.free_yield().map(|step| child.results_of_region(step));
        child.prepare(uses);
        let (index, item) = match iteration {
            Some((step, stmt, Items::List(_))) => child.iteration(step, stmt),
            Some((step, stmt, Items::Count { first, .. })) => {
                (Some(child.round(step, stmt, first, &mut captures)), None)
            }
            None => (None, None),
        };
        let end = child.w.label();
        child.scopes.push(Scope::Loop { break_to: None, continue_to: end, broken: false });
        child.block(body);
        child.w.bind(end);
        child.op(Op::EndRegion);
        let mut published = Vec::new();
        if iteration.is_none() {
            published.extend(uses.steps.iter().map(|step| (*step, child.step_register(*step))));
        }
        child.finish(function, FunctionKind::Region);
        let publishes =
            published.into_iter().map(|(step, reg)| (reg, self.step_register(step))).collect();
        Region { name, function, captures, index, item, yields, publishes }
    }

    /// Takes registers for what is captured; one for each register of the parent.
    fn capture_all(&mut self, outer: &[(Place, Reg)]) -> Vec<wf_bytecode::Capture> {
        let mut captured: Vec<(Reg, Reg)> = Vec::new();
        for (place, from) in outer {
            let known = captured.iter().find(|(other, _)| other == from).map(|(_, to)| *to);
            let to = known.unwrap_or_else(|| {
                let to = self.regs.of_kind(kind_of(*from));
                captured.push((*from, to));
                to
            });
            self.place(*place, to);
        }
        captured.into_iter().filter_map(|(from, to)| capture(from, to)).collect()
    }

    /// The registers of an iteration that is counted: its item follows from its index.
    fn round(
        &mut self,
        step: StepId,
        stmt: &For,
        first: S,
        captures: &mut Vec<wf_bytecode::Capture>,
    ) -> S {
        let index = self.regs.scalar();
        self.place(Place::Loop(step, LoopPart::Index), Reg::Int(index));
        let from_zero = match &stmt.items.kind {
            ExprKind::Range { start, .. } => matches!(start.kind, ExprKind::Const(Const::Int(0))),
            _ => false,
        };
        let item = if from_zero {
            index
        } else {
            let (begin, item) = (self.regs.scalar(), self.regs.scalar());
            captures.push(wf_bytecode::Capture::Scalar { from: first, to: begin });
            self.op(Op::AddInt { dst: item, a: begin, b: index });
            item
        };
        self.place(Place::Local(stmt.item), Reg::Int(item));
        self.place(Place::Loop(step, LoopPart::Item), Reg::Int(item));
        index
    }

    /// The registers of an iteration: its index and its item.
    fn iteration(&mut self, step: StepId, stmt: &For) -> (Option<S>, Option<V>) {
        let (index, item) = (self.regs.scalar(), self.regs.value());
        self.place(Place::Loop(step, LoopPart::Index), Reg::Int(index));
        let kind = self.local_kind(stmt.item);
        let local = self.as_kind(Reg::Value(item), kind);
        self.place(Place::Local(stmt.item), local);
        self.place(Place::Loop(step, LoopPart::Item), local);
        (Some(index), Some(item))
    }
}
