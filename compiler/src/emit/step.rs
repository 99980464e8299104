//! Steps, and conditions with a name.

use smol_str::SmolStr;
use wf_bytecode::{Op, Reg, S, StepInfo, StepKind, StepRange, V};

use super::function::{FunctionEmitter, PendingHandler};
use super::registers::{Kind, behind};
use super::try_catch::Scope;
use super::types::without_null;
use super::writer::Label;
use crate::demand::DemandId;
use crate::typed::{Const, If, NodeStep, StepId, StepTarget, Stmt, StmtKind, WorkflowId};

/// What a field of the output of a condition, loop or parallel block is.
pub(super) enum Output {
    /// What is in a register; a value is moved out of it.
    Register(Reg),
    /// A text that is known.
    Text(SmolStr),
    /// `true`
    True,
}

/// A condition with a name whose arms are written out.
#[derive(Clone)]
pub(super) struct Named {
    step: StepId,
    begun: (u16, S),
    output: V,
    loop_depth: u16,
}

impl<'a> FunctionEmitter<'_, 'a> {
    /// The number of a step. Two statements may run the same step, on two arms: where they run
    /// different nodes each has its own number, and both have the same slot.
    pub(super) fn step_info(&mut self, step: StepId, kind: StepKind) -> u16 {
        let (Some(declared), Some((workflow, _))) = (self.step(step), self.body.workflow) else {
            self.e.broken(self.w.span, "a step belongs to no workflow");
            return 0;
        };
        let known = self.e.step_numbers.entry((workflow, step)).or_default();
        let steps = &mut self.e.steps;
        let same = |i: &&u16| steps.get(usize::from(**i)).is_some_and(|s| s.kind == kind);
        if let Some(index) = known.iter().find(same) {
            return *index;
        }
        let index = steps.len() as u16;
        known.push(index);
        let slot = self.e.slots.get(step.0 as usize).copied().flatten();
        let (name, span) = (declared.name.clone(), declared.span);
        steps.push(StepInfo { name, kind, span, workflow, slot });
        index
    }

    pub(super) fn node_step(&mut self, step: &'a NodeStep) {
        let info = self.target(step);
        let dst = self.step_register(step.step);
        let first = self.regs.value_range(1 + usize::from(step.policy.is_some()));
        let start = self.w.here();
        self.expr_to(&step.input, Reg::Value(first));
        if let Some(policy) = &step.policy {
            self.expr_to(policy, Reg::Value(behind(first, 1)));
        }
        let end = self.w.here();
        self.inputs_of(info, start, end);
        self.w.span = step.span;
        self.op(match step.policy {
            Some(_) => Op::Step { step: info, dst, first },
            None => Op::StepAlone { step: info, dst, src: first },
        });
        if step.tried {
            self.input_failed(info, dst, start, end);
        }
    }

    /// These instructions evaluate the inputs of a step, but for those whose failures it does not see.
    fn inputs_of(&mut self, step: u16, mut start: u32, end: u32) {
        for (from, to) in std::mem::take(&mut self.ahead) {
            self.step_ranges.push(StepRange { start, end: from, step });
            start = to;
        }
        self.step_ranges.push(StepRange { start, end, step });
    }

    /// A failure of the inputs of a `try` step is its outcome.
    fn input_failed(&mut self, step: u16, dst: V, start: u32, end: u32) {
        let (failed, done) = (self.w.label(), self.w.label());
        let src = self.regs.value();
        self.w.goto(done);
        self.w.bind(failed);
        self.op(Op::StepInputFailed { step, dst, src });
        self.w.bind(done);
        let loop_depth = self.loop_depth;
        self.handlers.push(PendingHandler {
            start,
            end,
            target: failed,
            failure: src,
            loop_depth,
            finally: false,
        });
    }

    fn target(&mut self, step: &NodeStep) -> u16 {
        let tried = step.tried;
        let kind = match &step.target {
            StepTarget::Workflow(workflow) => StepKind::Call { workflow: workflow.0 as u16, tried },
            StepTarget::Node { name, signature, type_args } => {
                let node = self.e.tables.node(name.clone(), signature.clone());
                let workflow = WorkflowId(self.body.workflow.map_or(0, |(id, _)| id.into()));
                let type_arg = |(place, ty)| {
                    let demand = self.e.demands.type_arg(workflow, step.step, place, ty);
                    // What is made of it is read nowhere; the node is told its type all the same.
                    let is_read = demand != DemandId::NONE;
                    self.e.border(ty, if is_read { demand } else { DemandId::WHOLE })
                };
                let type_args = type_args.iter().enumerate().map(type_arg).collect();
                let input = self.e.ty(&step.input.ty);
                let output = match self.step(step.step) {
                    Some(declared) => {
                        let ty = without_null(&self.e.typed.defs, &declared.output);
                        self.e.border(ty, self.e.demands.output(workflow, step.step))
                    }
                    None => input,
                };
                StepKind::Node { node, type_args, input, output, tried }
            }
        };
        self.step_info(step.step, kind)
    }

    /// A condition, loop or parallel block begins; gives the register that keeps the time.
    pub(super) fn begin_step(&mut self, step: StepId, kind: StepKind) -> (u16, S) {
        let info = self.step_info(step, kind);
        let start = self.regs.scalar();
        self.op(Op::BeginStep { step: info, start });
        (info, start)
    }

    /// A `for` loop begins, over the numbers from `first` (0 where there is none) up to `end`.
    pub(super) fn begin_for(
        &mut self,
        step: StepId,
        first: Option<S>,
        (end, inclusive): (S, bool),
    ) -> (u16, S) {
        let info = self.step_info(step, StepKind::For);
        let start = self.regs.scalar();
        self.op(match first {
            Some(src) => Op::MoveScalar { dst: start, src },
            None => Op::ConstInt { dst: start, value: 0 },
        });
        self.op(Op::BeginLoop { inclusive, step: info, start, end });
        (info, start)
    }

    /// It ends with an output of these fields.
    pub(super) fn end_step(&mut self, step: StepId, begun: (u16, S), fields: &[(&str, Output)]) {
        let dst = self.step_register(step);
        if self.block_output(step, fields, dst) {
            let (step, start) = begun;
            self.op(Op::EndStep { step, start, value: dst });
        }
    }

    /// The output of a block, of these fields; false where the step is not known.
    fn block_output(&mut self, step: StepId, fields: &[(&str, Output)], dst: V) -> bool {
        let Some(declared) = self.step(step) else { return false };
        let record = self.e.typed.defs.record(&declared.output);
        let Some(record) = record else {
            self.e.broken(declared.span, "the output of a block is no record");
            return false;
        };
        self.scoped(|f| {
            let first = f.regs.value_range(record.fields.len());
            for (i, field) in record.fields.iter().enumerate() {
                let dst = Reg::Value(behind(first, i));
                match fields.iter().find(|(name, _)| *name == field.name).map(|(_, o)| o) {
                    Some(Output::Register(reg)) => f.take(*reg, dst),
                    Some(Output::Text(text)) => f.constant(&Const::String(text.clone()), dst),
                    Some(Output::True) => f.constant(&Const::Bool(true), dst),
                    None => f.e.broken(declared.span, "a block has an output of another type"),
                }
            }
            let shape = f.e.shape(&declared.output).0;
            f.op(Op::MakeRecord { dst, shape, first });
        });
        true
    }

    pub(super) fn if_stmt(&mut self, stmt: &'a If) {
        let Some((step, text)) = &stmt.name else {
            if let [Stmt { kind: StmtKind::Return(Some(value)), .. }] = stmt.then.stmts.as_slice()
                && self.return_where(&stmt.cond, value)
            {
                return self.block(&stmt.otherwise);
            }
            let no = self.w.label();
            self.branch(&stmt.cond, false, no);
            return self.arms(stmt, no);
        };
        let begun = self.begin_step(*step, StepKind::If);
        let result = self.regs.of_kind(Kind::Bool);
        self.expr_to(&stmt.cond, result);
        let output = self.regs.value();
        let fields = [
            ("result", Output::Register(result)),
            ("evaluatedExpression", Output::Text(text.clone())),
            ("success", Output::True),
        ];
        if self.block_output(*step, &fields, output) {
            self.op(Op::Decided { step: begun.0, value: output });
        }
        let no = self.w.label();
        let cond = self.bare(result);
        self.jump_bool(cond, false, no);
        let loop_depth = self.loop_depth;
        let named = Named { step: *step, begun, output, loop_depth };
        self.scopes.push(Scope::Named(named.clone()));
        self.arms(stmt, no);
        self.scopes.pop();
        self.end_named(&named);
    }

    /// A condition with a name has decided, and its arm is over.
    fn end_named(&mut self, named: &Named) {
        let dst = self.step_register(named.step);
        let (step, start) = named.begun;
        self.op(Op::Move { dst, src: named.output });
        self.op(Op::EndStep { step, start, value: dst });
    }

    /// The same where an arm is left from within.
    pub(super) fn leave_named(&mut self, named: &Named) {
        if self.loop_depth > named.loop_depth {
            self.op(Op::LoopEnd { depth: named.loop_depth });
        }
        self.end_named(named);
    }

    /// All conditions with a name around this place end: the workflow does.
    pub(super) fn leave_all_named(&mut self) {
        for place in (0..self.scopes.len()).rev() {
            if let Scope::Named(named) = &self.scopes[place] {
                let named = named.clone();
                self.leave_named(&named);
            }
        }
    }

    /// Both arms, the second one from `no` on.
    fn arms(&mut self, stmt: &'a If, no: Label) {
        self.block(&stmt.then);
        if stmt.otherwise.stmts.is_empty() {
            return self.w.bind(no);
        }
        let end = self.w.label();
        if self.w.is_reachable() {
            self.w.goto(end);
        }
        self.w.bind(no);
        self.block(&stmt.otherwise);
        self.w.bind(end);
    }
}
