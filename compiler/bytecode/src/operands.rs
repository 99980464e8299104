//! What the fields of each instruction mean: the one table behind the verifier and the listing.

use crate::{DecimalOp, Function, Op, Part, Program, RunField, S, StepField, TextTo, TimeOp, V};

/// A field of an instruction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Operand {
    /// There is none at this place.
    None,
    /// A scalar register.
    Scalar(S),
    /// A value register.
    Value(V),
    /// Value registers from this one on.
    Range(V, Count),
    /// The item of a list at an index.
    Item(V, S),
    /// So many scalar registers from this one on.
    ScalarRange(S, u16),
    /// The next instruction may be left out.
    Skip,
    /// Whether the end of a range belongs to it.
    Inclusive(bool),
    /// A text that is written.
    Text(u8),
    /// A number above 0.
    Divisor(i16),
    /// A text that is written, and what is done to its pieces.
    Changed(TextTo),
    /// The registers where the frame of a call begins, of this function of one scalar.
    ScalarWindow { function: u16, scalars: u16 },
    /// A jump target.
    To(u32),
    /// A plain number.
    Number(i64),
    /// An index into the scalar constants.
    ScalarConst(u32),
    /// An index into the constants.
    Const(u32),
    /// The registers where the frame of a call of this function begins.
    Window { function: u16, scalars: u16, values: u16 },
    /// An index into the library functions.
    Native(u16),
    /// The index of a closure.
    Closure(u16),
    /// An index into the shapes.
    Shape(u16),
    /// A slot of a record, of a shape that is not known here.
    Slot(u16),
    /// An index into the record plans.
    RecordPlan(u16),
    /// An index into the coercions.
    Coercion(u16),
    /// An index into the templates.
    Template(u32),
    /// An index into the pipelines.
    Pipeline(u16),
    /// An index into the types.
    Type(u16),
    /// An index into `config`.
    Config(u16),
    /// An index into the steps.
    Step(u16),
    /// An index into the forks.
    Fork(u16),
    /// An index into the merges of the fork that the function is a region of.
    Merge(u16),
    /// The number of loops around a place.
    Depth(u16),
    /// A field of `run`.
    RunField(RunField),
    /// A part of a step's output.
    StepField(StepField),
    /// Arithmetic of times.
    TimeOp(TimeOp),
    /// Arithmetic of decimals.
    DecimalOp(DecimalOp),
}

/// How many registers a range has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Count {
    /// As many.
    Exactly(u32),
    /// As many as the library function has arguments.
    Arity(u16),
    /// As many as the shape has fields.
    Fields(u16),
    /// As many as the plan reads.
    Plan(u16),
    /// As many as the closure captures.
    Captures(u16),
}

impl Count {
    /// The number; `None` where the table has no such entry.
    pub(crate) fn resolve(self, program: &Program) -> Option<usize> {
        match self {
            Count::Exactly(n) => Some(n as usize),
            Count::Arity(i) => program.natives.get(usize::from(i)).map(|n| n.arity.into()),
            Count::Fields(i) => program.shapes.get(usize::from(i)).map(|s| s.fields.len()),
            Count::Plan(i) => program.record_plans.get(usize::from(i)).map(|p| p.count.into()),
            Count::Captures(i) => match program.functions.get(usize::from(i))?.kind {
                crate::FunctionKind::Closure { captures, .. } => Some(captures.into()),
                _ => None,
            },
        }
    }
}

impl Op {
    /// Whether it may leave out the next instruction.
    pub fn may_skip(&self) -> bool {
        operands(self).contains(&Operand::Skip)
    }
}

impl Part {
    fn shows(&self, value: V) -> bool {
        matches!(self, Part::Value(reg) | Part::Path(reg, _) if *reg == value)
    }
}

impl Function {
    /// How many items a run of the function appends to this list at most, where it does nothing else
    /// with it: `None` where code may run twice, or the list may be used otherwise.
    pub fn most_appended(&self, list: V, program: &Program) -> Option<usize> {
        let mut most = 0;
        for (pc, op) in self.code.iter().enumerate() {
            let own = match *op {
                Op::ListPush { list: own, value } if own == list && value != list => {
                    most += 1;
                    continue;
                }
                Op::Fork { .. } => return None,
                _ => operands(op),
            };
            for operand in own {
                let uses = match operand {
                    Operand::To(to) if to as usize <= pc => return None,
                    Operand::Value(reg) | Operand::Item(reg, _) => reg == list,
                    Operand::Range(first, count) => {
                        let count = count.resolve(program).unwrap_or(usize::MAX);
                        let first = usize::from(first.0);
                        (first..first.saturating_add(count)).contains(&usize::from(list.0))
                    }
                    Operand::Window { values, .. } => values <= list.0,
                    Operand::Template(template) => {
                        let parts = program.templates.get(template as usize);
                        parts.is_none_or(|parts| parts.iter().any(|part| part.shows(list)))
                    }
                    _ => false,
                };
                if uses {
                    return None;
                }
            }
        }
        Some(most)
    }
}

/// The operands of an instruction; what is written comes first.
#[expect(clippy::too_many_lines, reason = "one line for each instruction")]
pub(crate) fn operands(op: &Op) -> [Operand; 4] {
    use Operand as O;
    let s = O::Scalar;
    let v = O::Value;
    let n = O::None;
    match *op {
        Op::ConstInt { dst, value } => [s(dst), O::Number(value.into()), n, n],
        Op::ConstScalar { dst, index } => [s(dst), O::ScalarConst(index), n, n],
        Op::Const { dst, index } => [v(dst), O::Const(index), n, n],
        Op::Null { dst } | Op::Trigger { dst } => [v(dst), n, n, n],
        Op::MoveScalar { dst, src } => [s(dst), s(src), n, n],
        Op::Move { dst, src }
        | Op::Take { dst, src }
        | Op::ToJson { dst, src }
        | Op::Unwrap { dst, src } => [v(dst), v(src), n, n],
        Op::IsMember { dst, src, ty } => [s(dst), v(src), O::Type(ty), n],
        Op::BoxInt { dst, src } | Op::BoxFloat { dst, src } | Op::BoxBool { dst, src } => {
            [v(dst), s(src), n, n]
        }
        Op::UnboxInt { dst, src }
        | Op::UnboxFloat { dst, src }
        | Op::UnboxBool { dst, src }
        | Op::IsNull { dst, src } => [s(dst), v(src), n, n],
        Op::AddInt { dst, a, b }
        | Op::SubInt { dst, a, b }
        | Op::MulInt { dst, a, b }
        | Op::DivInt { dst, a, b }
        | Op::RemInt { dst, a, b }
        | Op::AddFloat { dst, a, b }
        | Op::SubFloat { dst, a, b }
        | Op::MulFloat { dst, a, b }
        | Op::DivFloat { dst, a, b }
        | Op::RemFloat { dst, a, b }
        | Op::EqInt { dst, a, b }
        | Op::NeInt { dst, a, b }
        | Op::LtInt { dst, a, b }
        | Op::LeInt { dst, a, b }
        | Op::EqFloat { dst, a, b }
        | Op::NeFloat { dst, a, b }
        | Op::LtFloat { dst, a, b }
        | Op::LeFloat { dst, a, b } => [s(dst), s(a), s(b), n],
        Op::AddIntImm { dst, a, imm } | Op::MulIntImm { dst, a, imm } => {
            [s(dst), s(a), O::Number(imm.into()), n]
        }
        Op::RemIntImm { dst, a, imm } => [s(dst), s(a), O::Divisor(imm), n],
        Op::RemIntConst { dst, a, index } => [s(dst), s(a), O::ScalarConst(index.into()), n],
        Op::NegInt { dst, a } | Op::NegFloat { dst, a } | Op::Not { dst, a } => {
            [s(dst), s(a), n, n]
        }
        Op::Time { op, dst, a, b } => [v(dst), O::TimeOp(op), v(a), v(b)],
        Op::Decimal { op, dst, a, b } => [v(dst), O::DecimalOp(op), v(a), v(b)],
        Op::Eq { dst, a, b }
        | Op::Ne { dst, a, b }
        | Op::Lt { dst, a, b }
        | Op::Le { dst, a, b }
        | Op::In { dst, a, b } => [s(dst), v(a), v(b), n],
        Op::Jump { to } => [O::To(to), n, n, n],
        Op::JumpIf { cond, to } | Op::JumpIfNot { cond, to } => [s(cond), O::To(to), n, n],
        Op::JumpIfLt { a, b, to }
        | Op::JumpIfLe { a, b, to }
        | Op::JumpIfEq { a, b, to }
        | Op::JumpIfNe { a, b, to }
        | Op::JumpIfLtFloat { a, b, to }
        | Op::JumpIfLeFloat { a, b, to } => [s(a), s(b), O::To(to.index()), n],
        Op::JumpIfLtImm { a, imm, to }
        | Op::JumpIfGeImm { a, imm, to }
        | Op::JumpIfEqImm { a, imm, to }
        | Op::JumpIfNeImm { a, imm, to } => [s(a), O::Number(imm.into()), O::To(to.index()), n],
        Op::NextInt { counter, end, to } | Op::NextIntTo { counter, last: end, to } => {
            [s(counter), s(end), O::To(to.index()), n]
        }
        Op::SkipIfFieldIs { src, slot, constant }
        | Op::SkipIfFieldIsNot { src, slot, constant } => {
            [O::Skip, v(src), O::Slot(slot), O::Const(constant.into())]
        }
        Op::SkipIfItemIs { slot, list, index, constant }
        | Op::SkipIfItemIsNot { slot, list, index, constant } => {
            [O::Skip, O::Item(list, index), O::Slot(slot.into()), O::Const(constant.into())]
        }
        Op::JumpIfNull { src, to } | Op::JumpIfNotNull { src, to } => [v(src), O::To(to), n, n],
        Op::Call { function, scalars, values } => {
            [O::Window { function, scalars, values }, n, n, n]
        }
        Op::CallNative { native, dst, first } => {
            [v(dst), O::Native(native), O::Range(first, Count::Arity(native)), n]
        }
        Op::CallAdd { imm, function, scalars, src } => {
            [O::ScalarWindow { function, scalars }, s(src), O::Number(imm.into()), n]
        }
        Op::ReturnScalar { src } => [s(src), n, n, n],
        Op::ReturnAddInt { a, b } => [s(a), s(b), n, n],
        Op::ReturnIfLtImm { a, imm, src } | Op::ReturnIfEqImm { a, imm, src } => {
            [s(a), O::Number(imm.into()), s(src), n]
        }
        Op::Return { src } | Op::Fail { src } => [v(src), n, n, n],
        Op::EndRegion | Op::Unreachable => [n, n, n, n],
        Op::Concat { dst, first, count } | Op::MakeList { dst, first, count } => {
            [v(dst), O::Range(first, Count::Exactly(count.into())), n, n]
        }
        Op::MakeMap { dst, first, count } => {
            [v(dst), O::Range(first, Count::Exactly(2 * u32::from(count))), n, n]
        }
        Op::Render { dst, template } => [v(dst), O::Template(template), n, n],
        Op::NextPiece { src, separator, piece } => {
            [O::Skip, O::ScalarRange(piece, 3), v(src), v(separator)]
        }
        Op::Piece { dst, src, piece } => [v(dst), v(src), O::ScalarRange(piece, 2), n],
        Op::TextBegin { text } => [O::Text(text), n, n, n],
        Op::TextPush { text, src } => [O::Text(text), v(src), n, n],
        Op::TextPiece { to, src, piece } => [O::Changed(to), v(src), O::ScalarRange(piece, 2), n],
        Op::TextConst { text, constant } => [O::Text(text), O::Const(constant.into()), n, n],
        Op::TextSplit { to, src, by, separator } => {
            [O::Changed(to), v(src), O::Const(by.into()), O::Const(separator.into())]
        }
        Op::TextSeparator { text, src, first } => [O::Text(text), v(src), s(first), n],
        Op::TextEnd { text, dst } => [v(dst), O::Text(text), n, n],
        Op::Length { dst, src, native } => [s(dst), v(src), O::Native(native), n],
        Op::MakeRecord { dst, shape, first } => {
            [v(dst), O::Shape(shape), O::Range(first, Count::Fields(shape)), n]
        }
        Op::Field { dst, src, slot } => [v(dst), v(src), O::Slot(slot), n],
        Op::FieldInt { dst, src, slot }
        | Op::FieldFloat { dst, src, slot }
        | Op::FieldBool { dst, src, slot } => [s(dst), v(src), O::Slot(slot), n],
        Op::Spread { dst, plan, first } => {
            [v(dst), O::RecordPlan(plan), O::Range(first, Count::Plan(plan)), n]
        }
        Op::Coerce { dst, src, plan } => [v(dst), v(src), O::Coercion(plan), n],
        Op::ListLen { dst, list } => [s(dst), v(list), n, n],
        Op::NewList { dst, size } => [v(dst), s(size), n, n],
        Op::ItemField { slot, dst, list, index } => {
            [v(dst), v(list), s(index), O::Slot(slot.into())]
        }
        Op::ItemInt { slot, dst, list, index }
        | Op::ItemFloat { slot, dst, list, index }
        | Op::ItemBool { slot, dst, list, index } => {
            [s(dst), v(list), s(index), O::Slot(slot.into())]
        }
        Op::ItemLength { native, dst, list, index } => {
            [s(dst), O::Item(list, index), O::Native(native.into()), n]
        }
        Op::ListPushItem { list, from, index } => [v(list), v(from), s(index), n],
        Op::GroupByField { slot, dst, list } => [v(dst), v(list), O::Slot(slot.into()), n],
        Op::ListGet { dst, list, index } | Op::ListItem { dst, list, index } => {
            [v(dst), v(list), s(index), n]
        }
        Op::ListGetBack { dst, list, back } => [v(dst), v(list), O::Number(back.into()), n],
        Op::ListPush { list, value } => [v(list), v(value), n, n],
        Op::ListConcat { dst, a, b } => [v(dst), v(a), v(b), n],
        Op::Range { inclusive, dst, start, end } => {
            [v(dst), s(start), s(end), O::Inclusive(inclusive)]
        }
        Op::MapGet { dst, map, key } => [v(dst), v(map), v(key), n],
        Op::MapInsert { map, key, value } => [v(map), v(key), v(value), n],
        Op::MapExtend { map, other } => [v(map), v(other), n, n],
        Op::SortBy { dst, list, keys } | Op::GroupBy { dst, list, keys } => {
            [v(dst), v(list), v(keys), n]
        }
        Op::Pipeline { pipeline, to } => [O::Pipeline(pipeline), O::To(to), n, n],
        Op::Decode { dst, src, ty } | Op::TryDecode { dst, src, ty } => {
            [v(dst), v(src), O::Type(ty), n]
        }
        Op::MakeClosure { dst, function, first } => {
            [v(dst), O::Closure(function), O::Range(first, Count::Captures(function)), n]
        }
        Op::Run { dst, field } => [v(dst), O::RunField(field), n, n],
        Op::Config { dst, index } => [v(dst), O::Config(index), n, n],
        Op::Step { step, dst, first } => {
            [v(dst), O::Step(step), O::Range(first, Count::Exactly(2)), n]
        }
        Op::StepInputFailed { step, dst, src } => [v(dst), O::Step(step), v(src), n],
        Op::BeginStep { step, start } => [s(start), O::Step(step), n, n],
        Op::BeginLoop { inclusive, step, start, end } => {
            [s(start), O::Step(step), s(end), O::Inclusive(inclusive)]
        }
        Op::EndStep { step, start, value } => [v(value), O::Step(step), s(start), n],
        Op::Decided { step, value } => [O::Step(step), v(value), n, n],
        Op::StepField { dst, src, field } => [v(dst), v(src), O::StepField(field), n],
        Op::StepAlone { step, dst, src } => [v(dst), O::Step(step), v(src), n],
        Op::OutputField { dst, src, slot } => [v(dst), v(src), O::Slot(slot), n],
        Op::OutputScalar { dst, src, slot } => [s(dst), v(src), O::Slot(slot), n],
        Op::LoopIndex { depth, step, index } => [O::Depth(depth), O::Step(step), s(index), n],
        Op::LoopEnd { depth } => [O::Depth(depth), n, n, n],
        Op::Fork { fork } => [O::Fork(fork), n, n, n],
        Op::Merge { slot, src } => [O::Merge(slot), v(src), n, n],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::sample;

    #[test]
    fn lists_that_are_only_appended_to_are_found() {
        let program = sample();
        let push = |value| Op::ListPush { list: V(2), value: V(value) };
        let most = |code: &[Op]| {
            let function = Function { code: code.to_vec(), ..program.functions[2].clone() };
            function.most_appended(V(2), &program)
        };
        let skip = Op::JumpIf { cond: S(0), to: 2 };
        assert_eq!(most(&[Op::EndRegion]), Some(0));
        assert_eq!(most(&[skip, push(1), push(3), Op::EndRegion]), Some(2));
        let render = |template| Op::Render { dst: V(1), template };
        assert_eq!(most(&[push(1), render(0), Op::EndRegion]), Some(1));
        let others = [
            // Appended more than once,
            Op::Jump { to: 0 },
            Op::JumpIf { cond: S(0), to: 1 },
            // to itself,
            push(2),
            // read, written or handed on,
            Op::Move { dst: V(1), src: V(2) },
            Op::Null { dst: V(2) },
            Op::MakeList { dst: V(4), first: V(1), count: 2 },
            Op::MakeRecord { dst: V(4), shape: 1, first: V(1) },
            Op::Call { function: 0, scalars: 0, values: 2 },
            Op::ListLen { dst: S(0), list: V(2) },
            // by a template of its own, or by what can't be looked into.
            render(7),
            Op::Fork { fork: 0 },
        ];
        for other in others {
            assert_eq!(most(&[push(1), other, Op::EndRegion]), None, "{other:?}");
        }
        let beside = Op::MakeList { dst: V(4), first: V(3), count: 2 };
        assert_eq!(most(&[push(1), beside, Op::EndRegion]), Some(1));
    }
}
