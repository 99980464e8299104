//! Statements.

use wf_bytecode::{Op, Reg};

use super::function::FunctionEmitter;
use super::jumps::mirrored;
use super::operator::small;
use super::registers::{Kind, kind_of};
use super::try_catch::Exit;
use super::uses::Place;
use crate::typed::{self, BinaryOp, Block, Expr, ExprKind, StepId, Stmt, StmtKind, VarId};

impl<'a> FunctionEmitter<'_, 'a> {
    /// Statements one after another; their locals are gone behind them.
    pub(super) fn block(&mut self, block: &'a Block) {
        self.scoped(|f| {
            for stmt in &block.stmts {
                f.nested(stmt.span, |f| f.stmt(stmt));
            }
        });
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Let(local, value) => {
                let reg = self.declare_local(*local);
                self.expr_to(value, reg);
            }
            StmtKind::DeclareVariable(var, value) => self.declare_variable(*var, value),
            StmtKind::AssignLocal(local, value) => {
                let kind = self.local_kind(*local);
                let reg = self.register_of(Place::Local(*local), kind);
                self.assign(Place::Local(*local), reg, value);
            }
            StmtKind::UpdateLocal(local, op, value, span) => {
                let kind = self.local_kind(*local);
                let reg = self.register_of(Place::Local(*local), kind);
                let body = self.body;
                if let Some(local) = body.locals.get(local.0 as usize) {
                    self.update(reg, &local.ty, *op, value, *span);
                }
            }
            StmtKind::AssignVariable(var, value) => {
                let reg = self.variable_register(*var);
                self.assign(Place::Variable(*var), reg, value);
            }
            StmtKind::UpdateVariable(var, op, value, span) => {
                let reg = self.variable_register(*var);
                if let Some(variable) = self.variable(*var) {
                    self.update(reg, &variable.ty, *op, value, *span);
                }
            }
            StmtKind::MergeVariable(var, op, value, span) => self.merge(*var, *op, value, *span),
            StmtKind::Step(step) => self.scoped(|f| f.node_step(step)),
            StmtKind::If(stmt) => self.scoped(|f| f.if_stmt(stmt)),
            StmtKind::Match(stmt) => self.match_stmt(stmt),
            StmtKind::For(stmt) => self.scoped(|f| f.for_stmt(stmt)),
            StmtKind::While(stmt) => self.scoped(|f| f.while_stmt(stmt)),
            StmtKind::Parallel(step, branches) => self.scoped(|f| f.parallel(*step, branches)),
            StmtKind::Try(stmt) => self.scoped(|f| f.try_stmt(stmt)),
            StmtKind::Yield(step, value) => self.scoped(|f| f.yield_stmt(*step, value)),
            StmtKind::Fail(value) => self.scoped(|f| {
                // The machine moves it out.
                let src = f.fresh_value(value);
                f.op(Op::Fail { src });
            }),
            StmtKind::Return(value) => self.scoped(|f| f.return_stmt(value.as_ref())),
            StmtKind::Break => self.exit(Exit::Break),
            StmtKind::Continue => self.exit(Exit::Continue),
        }
    }

    fn declare_variable(&mut self, var: VarId, value: &'a Expr) {
        let Some(variable) = self.variable(var) else { return };
        // Those of the workflow are in the store and have their registers from the beginning.
        let reg = if variable.of_workflow {
            self.variable_register(var)
        } else {
            let kind = self.kind(&variable.ty);
            let reg = self.regs.of_kind(kind);
            self.place(Place::Variable(var), reg);
            reg
        };
        self.expr_to(value, reg);
    }

    fn yield_stmt(&mut self, step: StepId, value: &'a Expr) {
        let Some(list) = self.yields.get(&step).copied() else {
            return self.e.broken(value.span, "a `yield` has no loop");
        };
        let value = self.fresh_value(value);
        self.op(Op::ListPush { list, value });
    }

    /// The value is computed before any `finally` runs.
    fn return_stmt(&mut self, value: Option<&'a Expr>) {
        if let Some(waiting) = self.returned.filter(|_| self.is_in_finally_body()) {
            match value {
                Some(value) => self.expr_to(value, waiting),
                None => self.constant(&typed::Const::Null, waiting),
            }
            return self.exit(Exit::Return);
        }
        match value {
            Some(value) => self.return_value(value),
            None => {
                let reg = self.null();
                self.op_return(reg);
            }
        }
    }

    /// Ends the function with a value; each arm of an `if` ends it by itself.
    fn return_value(&mut self, value: &'a Expr) {
        if let ExprKind::If { cond, then, otherwise } = &value.kind {
            return self.nested(value.span, |f| {
                if !f.return_where(cond, then) {
                    let no = f.w.label();
                    f.branch(cond, false, no);
                    f.scoped(|f| f.return_value(then));
                    f.w.bind(no);
                }
                f.scoped(|f| f.return_value(otherwise));
            });
        }
        if let ExprKind::Binary { op: BinaryOp::Add, left, right } = &value.kind
            && (self.result, self.kind(&value.ty)) == (Kind::Int, Kind::Int)
            && (small(left), small(right)) == (None, None)
        {
            let (a, b) = (self.scalar(left), self.scalar(right));
            let before = std::mem::replace(&mut self.w.span, value.span);
            self.op(Op::ReturnAddInt { a, b });
            self.w.span = before;
            return;
        }
        let reg = match self.result.is_scalar() {
            true => self.operand(value),
            false => Reg::Value(self.value(value)),
        };
        self.leave_all_named();
        self.op_return(reg);
    }

    /// Ends the function where an int is below or equal to a small number, with a scalar that is
    /// in a register; `false` where this is none of that.
    pub(super) fn return_where(&mut self, cond: &'a Expr, value: &'a Expr) -> bool {
        let ExprKind::Binary { op, left, right } = &cond.kind else { return false };
        if !self.result.is_scalar()
            || self.returned.is_some()
            || (self.kind(&left.ty), self.kind(&right.ty)) != (Kind::Int, Kind::Int)
        {
            return false;
        }
        let (operand, op, number) = match (small(left), small(right)) {
            (_, Some(number)) => (left, *op, number),
            (Some(number), _) => (right, mirrored(*op), number),
            _ => return false,
        };
        let imm = match op {
            BinaryOp::Lt | BinaryOp::Eq => Some(number),
            BinaryOp::Le => number.checked_add(1),
            _ => None,
        };
        let (Some(imm), false) = (imm, matches!(value.kind, ExprKind::Const(_))) else {
            return false;
        };
        let Some(Reg::Int(src) | Reg::Float(src) | Reg::Bool(src)) = self.in_place(value) else {
            return false;
        };
        self.nested(cond.span, |f| {
            f.scoped(|f| {
                let a = f.scalar(operand);
                f.op(match op {
                    BinaryOp::Eq => Op::ReturnIfEqImm { a, imm, src },
                    _ => Op::ReturnIfLtImm { a, imm, src },
                });
            });
        });
        true
    }

    fn null(&mut self) -> Reg {
        let dst = self.regs.value();
        self.op(Op::Null { dst });
        Reg::Value(dst)
    }

    /// Ends the function with the value of a register.
    pub(super) fn op_return(&mut self, reg: Reg) {
        let reg = self.as_kind(reg, self.result);
        match reg {
            Reg::Value(src) => self.op(Op::Return { src }),
            Reg::Int(src) | Reg::Float(src) | Reg::Bool(src) => {
                self.op(Op::ReturnScalar { src });
            }
        }
    }

    /// What happens where the statements of a function or workflow end: it gives null.
    pub(super) fn end_of_function(&mut self) {
        if !self.w.is_reachable() {
            return;
        }
        match self.result {
            Kind::Value => {
                let reg = self.null();
                self.op_return(reg);
            }
            _ => self.op(Op::Unreachable),
        }
    }

    pub(super) fn variable(&self, var: VarId) -> Option<&'a typed::Variable> {
        let (_, workflow) = self.body.workflow?;
        workflow.variables.get(var.0 as usize)
    }

    pub(super) fn step(&self, step: StepId) -> Option<&'a typed::Step> {
        let (_, workflow) = self.body.workflow?;
        workflow.steps.get(step.0 as usize)
    }

    fn variable_register(&mut self, var: VarId) -> Reg {
        let kind = self.variable(var).map_or(Kind::Value, |v| self.kind(&v.ty));
        let reg = self.register_of(Place::Variable(var), kind);
        debug_assert_eq!(kind_of(reg).is_scalar(), kind.is_scalar());
        reg
    }
}
