//! Functions: their frames, instructions, handlers and ranges.

use super::{MAX_LOOP_DEPTH, Verified, Verifier, at, inside};
use crate::operands::{Operand, operands};
use crate::{Bank, Function, FunctionKind, MAX_TEXTS, Op, Part, PathPart, S, V};

type Checked = Result<(), String>;

impl Verifier<'_> {
    pub(super) fn function(&self, index: usize, function: &Function) -> Verified {
        let name = || format!("function {index} `{}`", function.name);
        entry(function).map_err(at(name))?;
        Self::skips(function).map_err(at(name))?;
        for (i, op) in function.code.iter().enumerate() {
            let place = || format!("{}, instruction {i} `{op:?}`", name());
            self.instruction(index, function, op).map_err(at(place))?;
        }
        self.side_tables(function).map_err(at(name))
    }

    fn instruction(&self, index: usize, function: &Function, op: &Op) -> Checked {
        allowed(&function.kind, op)?;
        operands(op).iter().try_for_each(|operand| self.operand(index, function, operand))
    }

    /// What a skip leaves out has something behind it.
    fn skips(function: &Function) -> Checked {
        let before_last = function.code.len().checked_sub(2).and_then(|i| function.code.get(i));
        match before_last {
            Some(op) if op.may_skip() => {
                Err("there is nothing behind its last instruction, which may be left out".into())
            }
            _ => Ok(()),
        }
    }

    fn operand(&self, index: usize, function: &Function, operand: &Operand) -> Checked {
        let p = self.program;
        match *operand {
            Operand::None
            | Operand::Skip
            | Operand::Inclusive(_)
            | Operand::Number(_)
            | Operand::Slot(_)
            | Operand::RunField(_)
            | Operand::StepField(_)
            | Operand::TimeOp(_)
            | Operand::DecimalOp(_) => Ok(()),
            Operand::Scalar(reg) => scalar(function, reg),
            Operand::Value(reg) => value(function, reg),
            Operand::Range(first, count) => {
                let count = count.resolve(p).ok_or("the length of its range is not known")?;
                range(function, first, count)
            }
            Operand::Item(list, index) => {
                value(function, list)?;
                scalar(function, index)
            }
            Operand::ScalarRange(first, count) => {
                scalar(function, S(first.0.saturating_add(count - 1)))
            }
            Operand::Text(text) => inside("text", text, MAX_TEXTS.into()),
            Operand::Changed(to) => inside("text", to.text(), MAX_TEXTS.into()),
            Operand::ScalarWindow { function: callee, scalars } => {
                match self.function_kind(callee) {
                    Some(FunctionKind::Pure { params, result: Bank::Scalar })
                        if *params == [Bank::Scalar] =>
                    {
                        scalar(function, S(scalars))
                    }
                    _ => Err(format!("function {callee} is none of one scalar")),
                }
            }
            Operand::Divisor(number) if number > 0 => Ok(()),
            Operand::Divisor(number) => Err(format!("{number} is not above 0")),
            Operand::To(to) => inside("instruction", to, function.code.len()),
            Operand::ScalarConst(i) => inside("scalar constant", i, p.scalars.len()),
            Operand::Const(i) => inside("constant", i, p.constants.len()),
            Operand::Window { function: callee, scalars, values } => {
                self.window(function, callee, scalars, values)
            }
            Operand::Native(i) => inside("library function", i, p.natives.len()),
            Operand::Closure(i) => match self.function_kind(i) {
                Some(FunctionKind::Closure { .. }) => Ok(()),
                _ => Err(format!("function {i} is no closure")),
            },
            Operand::Shape(i) => inside("shape", i, p.shapes.len()),
            Operand::RecordPlan(i) => inside("record plan", i, p.record_plans.len()),
            Operand::Coercion(i) => inside("coercion", i, p.coercions.len()),
            Operand::Template(i) => self.template(function, i),
            Operand::Pipeline(i) => self.pipeline(function, i),
            Operand::Type(i) => inside("type", i, p.types.len()),
            Operand::Config(i) => inside("value of config", i, p.config.len()),
            Operand::Step(i) => inside("step", i, p.steps.len()),
            // The frames on both sides are checked with the fork.
            Operand::Fork(i) => inside("fork", i, p.forks.len()),
            Operand::Merge(i) => match self.owners.get(index).copied().flatten() {
                Some(owner) => inside("merge", i, p.forks[owner.fork].merges.len()),
                None => Err("it is in no region of a fork".into()),
            },
            Operand::Depth(depth) => loop_depth(depth),
        }
    }

    /// The arguments and the result of a call lie in the frame of the caller.
    fn window(&self, caller: &Function, callee: u16, scalars: u16, values: u16) -> Checked {
        let Some(FunctionKind::Pure { params, result }) = self.function_kind(callee) else {
            return Err(format!("function {callee} can't be called"));
        };
        for (bank, first, size) in
            [(Bank::Scalar, scalars, caller.scalars), (Bank::Value, values, caller.values)]
        {
            let params = params.iter().filter(|p| **p == bank).count();
            let needed = params.max(usize::from(*result == bank));
            if usize::from(first) + needed > usize::from(size) {
                return Err(format!(
                    "the {needed} registers from {first} on of the {bank:?} bank are not in the \
                     frame, which has {size}"
                ));
            }
        }
        Ok(())
    }

    fn template(&self, function: &Function, index: u32) -> Checked {
        let Some(parts) = self.program.templates.get(index as usize) else {
            return inside("template", index, self.program.templates.len());
        };
        parts.iter().try_for_each(|part| match part {
            Part::Text(_) => Ok(()),
            Part::Int(reg) | Part::Float(reg) | Part::Bool(reg) => scalar(function, *reg),
            Part::Value(reg) => value(function, *reg),
            Part::Path(reg, path) => {
                value(function, *reg)?;
                match path.iter().skip(1).any(|part| *part == PathPart::Output) {
                    true => Err("the output of a step is not where a way begins".into()),
                    false => Ok(()),
                }
            }
        })
    }

    fn side_tables(&self, function: &Function) -> Checked {
        let code = function.code.len();
        for handler in &function.handlers {
            section("handler", handler.start, handler.end, code)?;
            inside("instruction", handler.target, code)?;
            value(function, handler.failure)?;
            loop_depth(handler.loop_depth)?;
            if self.program.failure_shape.is_none() {
                return Err("it has a handler, and the program has no shape of failures".into());
            }
        }
        for range in &function.step_ranges {
            section("range of inputs", range.start, range.end, code)?;
            inside("step", range.step, self.program.steps.len())?;
        }
        let entries = &function.spans.entries;
        if !entries.is_sorted_by(|a, b| a.0 < b.0) {
            return Err("the places of its instructions are out of order".into());
        }
        Ok(())
    }
}

/// What is in the frame on entry fits into it, and the end of the code is not run over.
fn entry(function: &Function) -> Checked {
    let (scalars, values) = match &function.kind {
        FunctionKind::Pure { params, .. } => {
            let scalars = params.iter().filter(|p| **p == Bank::Scalar).count();
            (scalars, params.len() - scalars)
        }
        FunctionKind::Closure { params, captures } => {
            (0, usize::from(*params) + usize::from(*captures))
        }
        FunctionKind::Workflow | FunctionKind::Region => (0, 0),
    };
    if scalars > usize::from(function.scalars) || values > usize::from(function.values) {
        return Err(format!(
            "its {scalars} scalar and {values} value parameters do not fit into its frame of {} \
             and {}",
            function.scalars, function.values
        ));
    }
    match function.code.last() {
        Some(
            Op::Jump { .. }
            | Op::Return { .. }
            | Op::ReturnScalar { .. }
            | Op::ReturnAddInt { .. }
            | Op::EndRegion
            | Op::Fail { .. }
            | Op::Unreachable,
        ) => Ok(()),
        Some(_) => Err("its last instruction falls through".into()),
        None => Err("it has no instructions".into()),
    }
}

/// Which instructions a function of a kind may have.
fn allowed(kind: &FunctionKind, op: &Op) -> Checked {
    let fits = match op {
        Op::ReturnScalar { .. }
        | Op::ReturnAddInt { .. }
        | Op::ReturnIfLtImm { .. }
        | Op::ReturnIfEqImm { .. } => {
            matches!(kind, FunctionKind::Pure { result: Bank::Scalar, .. })
        }
        Op::Return { .. } => matches!(
            kind,
            FunctionKind::Pure { result: Bank::Value, .. }
                | FunctionKind::Closure { .. }
                | FunctionKind::Workflow
        ),
        Op::EndRegion | Op::Merge { .. } => *kind == FunctionKind::Region,
        Op::Trigger { .. }
        | Op::Run { .. }
        | Op::Config { .. }
        | Op::Step { .. }
        | Op::StepAlone { .. }
        | Op::StepInputFailed { .. }
        | Op::BeginStep { .. }
        | Op::BeginLoop { .. }
        | Op::EndStep { .. }
        | Op::Decided { .. }
        | Op::LoopIndex { .. }
        | Op::LoopEnd { .. }
        | Op::Fork { .. }
        | Op::MakeClosure { .. } => {
            matches!(kind, FunctionKind::Workflow | FunctionKind::Region)
        }
        _ => true,
    };
    if fits { Ok(()) } else { Err("a function of this kind may not have it".into()) }
}

pub(super) fn scalar(function: &Function, reg: S) -> Checked {
    inside("scalar register", reg.0, function.scalars.into())
}

pub(super) fn value(function: &Function, reg: V) -> Checked {
    inside("value register", reg.0, function.values.into())
}

fn range(function: &Function, first: V, count: usize) -> Checked {
    let end = usize::from(first.0) + count;
    if end > usize::from(function.values) {
        return Err(format!(
            "the {count} value registers from {} on are not in the frame, which has {}",
            first.0, function.values
        ));
    }
    Ok(())
}

fn loop_depth(depth: u16) -> Checked {
    if depth <= MAX_LOOP_DEPTH { Ok(()) } else { Err(format!("{depth} loops are too many")) }
}

fn section(what: &str, start: u32, end: u32, len: usize) -> Checked {
    if start <= end && end as usize <= len {
        Ok(())
    } else {
        Err(format!("a {what} covers {start} to {end} of {len} instructions"))
    }
}
