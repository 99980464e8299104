//! Loops, one round after another.

use wf_compiler::typed::{Block, For, StepId, Stmt, StmtKind, While};

use super::state::{Evaluator, Outcome, Round};
use super::stmt::Flow;
use super::value::Val;

impl<'p> Evaluator<'p> {
    pub(super) fn for_stmt(&mut self, stmt: &'p For) -> Outcome<Flow> {
        let items = self.list(&stmt.items)?;
        let Some(step) = stmt.step else {
            for item in items.iter() {
                self.set_local(stmt.item, item.clone())?;
                match self.block(&stmt.body)? {
                    Flow::Next | Flow::Continue => {}
                    Flow::Break => break,
                    flow @ Flow::Return(_) => return Ok(flow),
                }
            }
            return Ok(Flow::Next);
        };
        self.begin_loop(step)?;
        let rounds = self.rounds(stmt, step, &items);
        let (flow, count) = self.noted(step, rounds)?;
        if matches!(flow, Flow::Next) {
            self.end_loop(step, count, stmt.yields.is_some(), None)?;
        }
        Ok(flow)
    }

    fn rounds(&mut self, stmt: &'p For, step: StepId, items: &[Val]) -> Outcome<(Flow, i64)> {
        let mut count = 0;
        for (index, item) in items.iter().enumerate() {
            count += 1;
            self.set_local(stmt.item, item.clone())?;
            let flow = self.round(step, &stmt.body, items, index as i64, item)?;
            match flow {
                Flow::Next | Flow::Continue => {}
                Flow::Break => break,
                flow @ Flow::Return(_) => return Ok((flow, count)),
            }
        }
        Ok((Flow::Next, count))
    }

    /// One round, in which all steps of the body begin unset.
    pub(super) fn round(
        &mut self,
        step: StepId,
        body: &'p Block,
        items: &[Val],
        index: i64,
        item: &Val,
    ) -> Outcome<Flow> {
        self.unset(body)?;
        let instance = self.instance()?;
        let name = instance.workflow.steps.get(step.0 as usize).map(|s| s.name.clone());
        let name = name.unwrap_or_default();
        let round = Round {
            name: name.clone(),
            items: Val::list(items.to_vec()),
            index,
            item: item.clone(),
        };
        instance.rounds.insert(step, round);
        let loops = self.loops.len();
        self.loops.push((name, index));
        let flow = self.block(body);
        self.loops.truncate(loops);
        flow
    }

    pub(super) fn begin_loop(&mut self, step: StepId) -> Outcome<()> {
        self.instance()?.yields.insert(step, Vec::new());
        Ok(())
    }

    pub(super) fn end_loop(
        &mut self,
        step: StepId,
        count: i64,
        has_results: bool,
        exhausted: Option<bool>,
    ) -> Outcome<()> {
        let instance = self.instance()?;
        let results = instance.yields.remove(&step).unwrap_or_default();
        instance.rounds.remove(&step);
        let ty = instance.workflow.steps.get(step.0 as usize).map(|s| &s.output);
        let Some(record) = ty.and_then(|ty| self.program.defs.record(ty)) else {
            return Err(self.broken("the output of a loop is no record"));
        };
        let results = Val::list(results);
        let fields = record.fields.iter().map(|field| {
            let value = match field.name.as_str() {
                "count" => Val::Int(count),
                "results" if has_results => results.clone(),
                "success" => Val::Bool(true),
                "exhausted" => exhausted.map_or(Val::Missing, Val::Bool),
                _ => Val::Missing,
            };
            (field.name.clone(), value)
        });
        let output = Val::rec(fields.collect());
        self.completed(step, output, 1)
    }

    pub(super) fn while_stmt(&mut self, stmt: &'p While) -> Outcome<Flow> {
        let max = stmt.max.as_ref().map(|max| self.int(max)).transpose()?;
        let Some(step) = stmt.step else {
            while self.bool(&stmt.cond)? {
                match self.block(&stmt.body)? {
                    Flow::Next | Flow::Continue => {}
                    Flow::Break => break,
                    flow @ Flow::Return(_) => return Ok(flow),
                }
            }
            return Ok(Flow::Next);
        };
        self.begin_loop(step)?;
        let rounds = self.while_rounds(stmt, step, max.unwrap_or(0));
        let (flow, count, exhausted) = self.noted(step, rounds)?;
        if matches!(flow, Flow::Next) {
            self.end_loop(step, count, stmt.yields.is_some(), Some(exhausted))?;
        }
        Ok(flow)
    }

    fn while_rounds(
        &mut self,
        stmt: &'p While,
        step: StepId,
        max: i64,
    ) -> Outcome<(Flow, i64, bool)> {
        let mut count = 0;
        loop {
            self.while_index(step, count)?;
            let holds = self.bool(&stmt.cond)?;
            if !holds || count >= max {
                return Ok((Flow::Next, count, holds));
            }
            count += 1;
            match self.round(step, &stmt.body, &[], count - 1, &Val::Null)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Ok((Flow::Next, count, false)),
                flow @ Flow::Return(_) => return Ok((flow, count, false)),
            }
        }
    }

    /// The condition sees the loop's context already.
    fn while_index(&mut self, step: StepId, index: i64) -> Outcome<()> {
        let instance = self.instance()?;
        let name = instance.workflow.steps.get(step.0 as usize).map(|s| s.name.clone());
        let name = name.unwrap_or_default();
        let (items, item) = (Val::list(Vec::new()), Val::Null);
        instance.rounds.insert(step, Round { name, items, index, item });
        Ok(())
    }

    /// Forgets the steps of statements.
    pub(super) fn unset(&mut self, block: &'p Block) -> Outcome<()> {
        let mut steps = Vec::new();
        steps_of(block, &mut steps);
        let instance = self.instance()?;
        for step in steps {
            if let Some(place) = instance.steps.get_mut(step.0 as usize) {
                *place = None;
            }
        }
        Ok(())
    }
}

/// All steps of statements, those of statements in them included.
pub(super) fn steps_of(block: &Block, into: &mut Vec<StepId>) {
    for Stmt { kind, .. } in &block.stmts {
        match kind {
            StmtKind::Step(step) => into.push(step.step),
            StmtKind::If(stmt) => {
                into.extend(stmt.name.as_ref().map(|(step, _)| *step));
                steps_of(&stmt.then, into);
                steps_of(&stmt.otherwise, into);
            }
            StmtKind::Match(stmt) => stmt.cases.iter().for_each(|c| steps_of(&c.body, into)),
            StmtKind::For(stmt) => {
                into.extend(stmt.step);
                steps_of(&stmt.body, into);
            }
            StmtKind::While(stmt) => {
                into.extend(stmt.step);
                steps_of(&stmt.body, into);
            }
            StmtKind::Parallel(step, branches) => {
                into.push(*step);
                branches.iter().for_each(|b| steps_of(&b.body, into));
            }
            StmtKind::Try(stmt) => {
                steps_of(&stmt.body, into);
                stmt.catch.iter().for_each(|(_, c)| steps_of(c, into));
                stmt.finally.iter().for_each(|f| steps_of(f, into));
            }
            _ => {}
        }
    }
}
