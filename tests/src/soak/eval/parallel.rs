//! Parallel loops and blocks: one region after another, and the join behind them.

use std::collections::BTreeMap;

use wf_compiler::typed::{Block, Branch, For, StepId, Stmt, StmtKind, UpdateOp, VarId};
use wf_diagnostics::Span;

use super::loops::steps_of;
use super::state::{Evaluator, Outcome, Stop};
use super::stmt::Flow;
use super::value::Val;

impl<'p> Evaluator<'p> {
    pub(super) fn parallel_for(&mut self, stmt: &'p For) -> Outcome<Flow> {
        let Some(step) = stmt.step else {
            return Err(self.broken("a parallel loop without a name"));
        };
        let items = self.list(&stmt.items)?;
        if let Some(Some(limit)) = &stmt.parallel {
            self.int(limit)?;
        }
        self.begin_loop(step)?;
        let joined = self.joined(&[&stmt.body], |me, places| {
            for (index, item) in items.iter().enumerate() {
                me.set_local(stmt.item, item.clone())?;
                me.region(places, |me| me.round(step, &stmt.body, &items, index as i64, item))?;
            }
            Ok(())
        });
        self.noted(step, joined)?;
        self.end_loop(step, items.len() as i64, stmt.yields.is_some(), None)?;
        Ok(Flow::Next)
    }

    pub(super) fn parallel(&mut self, step: StepId, branches: &'p [Branch]) -> Outcome<Flow> {
        let bodies: Vec<&'p Block> = branches.iter().map(|b| &b.body).collect();
        let joined = self.joined(&bodies, |me, places| {
            bodies.iter().try_for_each(|body| me.region(places, |me| me.block(body)))
        });
        self.noted(step, joined)?;
        self.completed(step, Val::rec(vec![("success".into(), Val::Bool(true))]), 1)?;
        Ok(Flow::Next)
    }

    /// Runs one region and merges what it gives. A failure of a merge is told at the first merge
    /// into the variable.
    fn region(
        &mut self,
        places: &[(VarId, Span)],
        run: impl FnOnce(&mut Self) -> Outcome<Flow>,
    ) -> Outcome<()> {
        self.instance()?.regions.push(Vec::new());
        let loops = self.loops.len();
        let flow = run(self);
        self.loops.truncate(loops);
        let log = self.instance()?.regions.pop().unwrap_or_default();
        match flow? {
            Flow::Next | Flow::Continue => {}
            Flow::Break | Flow::Return(_) => return Err(self.broken("a region is left")),
        }
        for (var, op, value, own) in log {
            let span = places.iter().find(|(v, _)| *v == var).map_or(own, |(_, span)| *span);
            self.merge(var, op, value, span)?;
        }
        Ok(())
    }

    /// Runs all regions. Where one fails, nothing is published.
    fn joined(
        &mut self,
        bodies: &[&'p Block],
        run: impl FnOnce(&mut Self, &[(VarId, Span)]) -> Outcome<()>,
    ) -> Outcome<()> {
        let mut places = Vec::new();
        bodies.iter().for_each(|body| first_merges(body, &mut places));
        let instance = self.instance()?;
        let variables = instance.variables.clone();
        let merged = instance.regions.last().map_or(0, Vec::len);
        let yields: BTreeMap<StepId, usize> =
            instance.yields.iter().map(|(step, all)| (*step, all.len())).collect();
        let outcome = run(self, &places);
        if let Err(Stop::Fault(_)) = &outcome {
            let mut steps = Vec::new();
            bodies.iter().for_each(|body| steps_of(body, &mut steps));
            let instance = self.instance()?;
            instance.variables = variables;
            if let Some(log) = instance.regions.last_mut() {
                log.truncate(merged);
            }
            for (step, results) in &mut instance.yields {
                results.truncate(yields.get(step).copied().unwrap_or(0));
            }
            for step in steps {
                if let Some(place) = instance.steps.get_mut(step.0 as usize) {
                    *place = None;
                }
                if let Some(place) = instance.unknown.get_mut(step.0 as usize) {
                    *place = true;
                }
            }
        }
        outcome
    }

    /// A merge: into the variable where it lives in this region, else into what the region gives.
    pub(super) fn merge(
        &mut self,
        var: VarId,
        op: UpdateOp,
        value: Val,
        span: Span,
    ) -> Outcome<()> {
        let instance = self.instance()?;
        let home = instance.homes.get(var.0 as usize).copied().unwrap_or(0);
        if home < instance.regions.len() {
            if let Some(log) = instance.regions.last_mut() {
                log.push((var, op, value, span));
            }
            return Ok(());
        }
        self.update_variable(var, op, &value, span)
    }
}

/// The places of the merges in some statements, in their order.
fn first_merges(block: &Block, into: &mut Vec<(VarId, Span)>) {
    for Stmt { kind, .. } in &block.stmts {
        match kind {
            StmtKind::MergeVariable(var, _, _, span) => into.push((*var, *span)),
            StmtKind::If(stmt) => {
                first_merges(&stmt.then, into);
                first_merges(&stmt.otherwise, into);
            }
            StmtKind::Match(stmt) => stmt.cases.iter().for_each(|c| first_merges(&c.body, into)),
            StmtKind::For(stmt) => first_merges(&stmt.body, into),
            StmtKind::While(stmt) => first_merges(&stmt.body, into),
            StmtKind::Parallel(_, branches) => {
                branches.iter().for_each(|b| first_merges(&b.body, into));
            }
            StmtKind::Try(stmt) => {
                first_merges(&stmt.body, into);
                stmt.catch.iter().for_each(|(_, c)| first_merges(c, into));
                stmt.finally.iter().for_each(|f| first_merges(f, into));
            }
            _ => {}
        }
    }
}
