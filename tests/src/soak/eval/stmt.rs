//! Statements.

use wf_compiler::typed::{Block, ExprKind, If, Match, Stmt, StmtKind, Try, UpdateOp, VarId};
use wf_diagnostics::Span;

use super::loops::steps_of;
use super::operator;
use super::state::{Evaluator, Fault, Kind, Outcome, Stop, StoredStep};
use super::value::Val;

/// How a statement ended.
#[derive(Debug)]
pub(super) enum Flow {
    /// The next one follows.
    Next,
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `return`
    Return(Val),
}

impl<'p> Evaluator<'p> {
    /// Statements one after another.
    pub(super) fn block(&mut self, block: &'p Block) -> Outcome<Flow> {
        for stmt in &block.stmts {
            match self.stmt(stmt)? {
                Flow::Next => {}
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    fn stmt(&mut self, stmt: &'p Stmt) -> Outcome<Flow> {
        self.burn(1)?;
        self.features.stmt(&stmt.kind);
        match &stmt.kind {
            StmtKind::Let(local, value) | StmtKind::AssignLocal(local, value) => {
                let value = self.eval(value)?;
                self.set_local(*local, value)?;
            }
            StmtKind::UpdateLocal(local, op, value, span) => {
                let value = self.eval(value)?;
                let old = self.locals.get(local.0 as usize).cloned().unwrap_or(Val::Missing);
                self.features.update("update", *op, &value);
                let new = self.updated(*op, &old, &value, *span)?;
                self.set_local(*local, new)?;
            }
            StmtKind::DeclareVariable(var, value) => {
                let value = self.eval(value)?;
                let instance = self.instance()?;
                let home = instance.regions.len();
                if let Some(place) = instance.homes.get_mut(var.0 as usize) {
                    *place = home;
                }
                self.set_variable(*var, value)?;
            }
            StmtKind::AssignVariable(var, value) => {
                let value = self.eval(value)?;
                self.set_variable(*var, value)?;
            }
            StmtKind::UpdateVariable(var, op, value, span) => {
                let value = self.eval(value)?;
                self.features.update("update", *op, &value);
                self.update_variable(*var, *op, &value, *span)?;
            }
            StmtKind::MergeVariable(var, op, value, span) => {
                let value = self.eval(value)?;
                self.features.update("merge", *op, &value);
                self.merge(*var, *op, value, *span)?;
            }
            StmtKind::Step(step) => self.step(step)?,
            StmtKind::If(stmt) => return self.if_stmt(stmt),
            StmtKind::Match(stmt) => return self.match_stmt(stmt),
            StmtKind::For(stmt) if stmt.parallel.is_some() => return self.parallel_for(stmt),
            StmtKind::For(stmt) => return self.for_stmt(stmt),
            StmtKind::While(stmt) => return self.while_stmt(stmt),
            StmtKind::Parallel(step, branches) => return self.parallel(*step, branches),
            StmtKind::Try(stmt) => return self.try_stmt(stmt),
            StmtKind::Yield(step, value) => {
                let value = self.eval(value)?;
                let results = self.instance()?.yields.entry(*step).or_default();
                results.push(value);
            }
            StmtKind::Fail(wf_compiler::typed::Expr { kind: ExprKind::Local(local), .. })
                if self.caught.contains_key(local) =>
            {
                let fault = self.caught.get(local).cloned();
                let fault = fault.ok_or_else(|| self.broken("no failure was caught"))?;
                return Err(Stop::Fault(Box::new(fault)));
            }
            StmtKind::Fail(value) => {
                let value = self.eval(value)?;
                return Err(self.raised(&value, stmt.span));
            }
            StmtKind::Return(value) => {
                let value = value.as_ref().map(|v| self.eval(v)).transpose()?;
                return Ok(Flow::Return(value.unwrap_or(Val::Null)));
            }
            StmtKind::Break => return Ok(Flow::Break),
            StmtKind::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    /// What `fail` raises.
    fn raised(&self, value: &Val, span: Span) -> Stop {
        let mut stop = self.fault(Kind::Fail, "Failed", span);
        let Stop::Fault(fault) = &mut stop else { return stop };
        if let Val::Str(message) = value {
            fault.message = Some(message.to_string());
            return stop;
        }
        let text = |name: &str| match value.field(name) {
            Some(Val::Str(text)) => Some(text.to_string()),
            _ => None,
        };
        let number = |name: &str| match value.field(name) {
            Some(Val::Int(n)) => Some(*n),
            _ => None,
        };
        fault.code = text("code").unwrap_or_default();
        // What the message of most failures is, is not the language's.
        fault.message = text("message").filter(|m| m != UNKNOWN);
        fault.step = text("step");
        fault.attempts = number("attempts").unwrap_or(0);
        fault.status = number("statusCode");
        fault.details = value.field("details").cloned().unwrap_or(Val::Null);
        stop
    }

    /// A failure as programs see it.
    pub(super) fn failure_value(&self, fault: &Fault) -> Outcome<Val> {
        let Some(record) = self.program.defs.record(&self.program.failure) else {
            return Err(self.broken("`Failure` is no record"));
        };
        let text = |text: &Option<String>| text.as_ref().map_or(Val::Null, Val::str);
        let field = |name: &str| match name {
            "code" => Val::str(&fault.code),
            "message" => fault.message.as_ref().map_or_else(|| Val::str(UNKNOWN), Val::str),
            "step" => text(&fault.step),
            "attempts" => Val::Int(fault.attempts),
            "statusCode" => fault.status.map_or(Val::Null, Val::Int),
            _ => fault.details.clone(),
        };
        let fields = record.fields.iter().map(|f| (f.name.clone(), field(&f.name)));
        Ok(Val::rec(fields.collect()))
    }

    fn set_variable(&mut self, var: VarId, value: Val) -> Outcome<()> {
        match self.instance()?.variables.get_mut(var.0 as usize) {
            Some(place) => {
                *place = Some(value);
                Ok(())
            }
            None => Err(self.broken("no such variable")),
        }
    }

    /// `variables.x += e` and the like.
    pub(super) fn update_variable(
        &mut self,
        var: VarId,
        op: UpdateOp,
        operand: &Val,
        span: Span,
    ) -> Outcome<()> {
        let old = self.instance()?.variables.get(var.0 as usize).cloned().flatten();
        let Some(old) = old else {
            return Err(self.broken("a variable is updated before it begins"));
        };
        let new = self.updated(op, &old, operand, span)?;
        self.set_variable(var, new)
    }

    fn updated(&mut self, op: UpdateOp, old: &Val, operand: &Val, span: Span) -> Outcome<Val> {
        self.burn(old.size() / 4 + operand.size())?;
        match operator::update(op, old, operand) {
            Ok(value) => Ok(value),
            Err("Broken") => Err(self.broken(format!("{op:?} of {old:?} and {operand:?}"))),
            Err(code) => Err(self.fault(Kind::Pure, code, span)),
        }
    }

    fn if_stmt(&mut self, stmt: &'p If) -> Outcome<Flow> {
        let Some((step, text)) = &stmt.name else {
            let holds = self.bool(&stmt.cond)?;
            return self.block(if holds { &stmt.then } else { &stmt.otherwise });
        };
        let holds = self.bool(&stmt.cond);
        let holds = self.noted(*step, holds)?;
        // It has decided, however its arm is left.
        let output = Val::rec(vec![
            ("result".into(), Val::Bool(holds)),
            ("evaluatedExpression".into(), Val::str(text)),
            ("success".into(), Val::Bool(true)),
        ]);
        let flow = self.block(if holds { &stmt.then } else { &stmt.otherwise });
        let flow = self.noted(*step, flow);
        if let Err(Stop::Fault(_)) = &flow {
            if let Some(Some(stored)) = self.instance()?.stored.get_mut(step.0 as usize) {
                stored.output = output;
            }
            return flow;
        }
        let flow = flow?;
        self.completed(*step, output, 1)?;
        Ok(flow)
    }

    /// Notes the failure of a block that has a name.
    pub(super) fn noted<T>(
        &mut self,
        step: wf_compiler::typed::StepId,
        outcome: Outcome<T>,
    ) -> Outcome<T> {
        // Of a block that was left what the store says is not looked at.
        if let Some(unknown) = self.instance()?.unknown.get_mut(step.0 as usize) {
            *unknown = true;
        }
        if let Err(Stop::Fault(fault)) = &outcome {
            let (mut error, attempts) = (Fault::clone(fault), fault.attempts);
            if error.step.is_none() {
                let declared = self.instance()?.workflow.steps.get(step.0 as usize);
                error.step = declared.map(|s| s.name.to_string());
            }
            let stored = StoredStep { output: Val::Null, error: Some(error), attempts };
            self.store(step, stored)?;
        }
        outcome
    }

    fn match_stmt(&mut self, stmt: &'p Match) -> Outcome<Flow> {
        let value = self.eval(&stmt.subject)?;
        self.set_local(stmt.local, value.clone())?;
        for case in &stmt.cases {
            if self.takes(&case.tests, &value)? {
                self.bind(case.binding, value)?;
                return self.block(&case.body);
            }
        }
        Err(self.broken("no case of a match is taken"))
    }

    fn try_stmt(&mut self, stmt: &'p Try) -> Outcome<Flow> {
        let flow = self.try_catch(stmt);
        let Some(finally) = &stmt.finally else { return flow };
        if matches!(flow, Err(Stop::Broken(_) | Stop::TooMuch)) {
            return flow;
        }
        match (self.block(finally), flow) {
            (Ok(Flow::Next), flow) => flow,
            (Ok(_), _) => Err(self.broken("a `finally` is left")),
            // A pending failure stays what it was.
            (Err(Stop::Fault(_)), Err(mut pending)) => {
                if let Stop::Fault(fault) = &mut pending {
                    // What was noted to it is not the language's.
                    fault.message = None;
                }
                let mut steps = Vec::new();
                steps_of(finally, &mut steps);
                for step in steps {
                    if let Some(unknown) = self.instance()?.unknown.get_mut(step.0 as usize) {
                        *unknown = true;
                    }
                }
                Err(pending)
            }
            (Err(stop), _) => Err(stop),
        }
    }

    fn try_catch(&mut self, stmt: &'p Try) -> Outcome<Flow> {
        let loops = self.loops.len();
        match (self.block(&stmt.body), &stmt.catch) {
            (Err(Stop::Fault(fault)), Some((err, catch))) => {
                self.loops.truncate(loops);
                let value = self.failure_value(&fault)?;
                self.set_local(*err, value)?;
                self.caught.insert(*err, *fault);
                self.block(catch)
            }
            (flow, _) => {
                self.loops.truncate(loops);
                flow
            }
        }
    }
}

/// Stands for messages that are not the language's.
pub(crate) const UNKNOWN: &str = "<unknown>";
