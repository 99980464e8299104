//! The instructions of one function while they are written: labels and places in the source.

use wf_bytecode::{Op, SpanTable, To};
use wf_diagnostics::Span;

/// A place in the code that is known later. While code is written, jumps hold the numbers of
/// labels; [`Writer::finish`] puts the places in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label(u32);

/// Empty lists that functions were written in: growing new ones for each took longer than copying what
/// is in them.
#[derive(Debug, Default)]
pub(super) struct Spare {
    code: Vec<Op>,
    spans: SpanTable,
    labels: Vec<Option<u32>>,
}

/// The code of a function.
#[derive(Debug)]
pub(super) struct Writer {
    code: Vec<Op>,
    spans: SpanTable,
    labels: Vec<Option<u32>>,
    /// Where the next instructions come from.
    pub(super) span: Span,
}

impl Writer {
    /// A function without code, which is written in these lists.
    pub(super) fn within(spare: Spare, span: Span) -> Self {
        let Spare { code, spans, labels } = spare;
        Self { code, spans, labels, span }
    }

    /// Appends an instruction. Jumps go through the methods below.
    pub(super) fn op(&mut self, op: Op) {
        self.spans.push(self.here(), self.span);
        self.code.push(op);
    }

    /// The index of the next instruction.
    pub(super) fn here(&self) -> u32 {
        self.code.len() as u32
    }

    /// A new label, bound later by [`Self::bind`].
    pub(super) fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() as u32 - 1)
    }

    /// A label for here.
    pub(super) fn label_here(&mut self) -> Label {
        let label = self.label();
        self.bind(label);
        label
    }

    /// The label is the next instruction.
    pub(super) fn bind(&mut self, label: Label) {
        let here = self.here();
        self.labels[label.0 as usize] = Some(here);
    }

    /// Appends a jump, made of the number that stands for its target until then.
    pub(super) fn jump(&mut self, label: Label, op: impl FnOnce(u32) -> Op) {
        self.op(op(label.0));
    }

    /// The same for an instruction with a short target.
    pub(super) fn jump_near(&mut self, label: Label, op: impl FnOnce(To) -> Op) {
        self.op(op(To::new(label.0)));
    }

    /// Goes on at the label.
    pub(super) fn goto(&mut self, label: Label) {
        self.jump(label, |to| Op::Jump { to });
    }

    /// Whether code here is ever reached: from the instruction before it, or by a jump.
    pub(super) fn is_reachable(&self) -> bool {
        let ends = matches!(
            self.code.last(),
            Some(
                Op::Jump { .. }
                    | Op::Return { .. }
                    | Op::ReturnScalar { .. }
                    | Op::ReturnAddInt { .. }
                    | Op::EndRegion
                    | Op::Fail { .. }
                    | Op::Unreachable
            )
        );
        !ends || self.may_be_skipped() || self.labels.contains(&Some(self.here()))
    }

    /// Whether the last instruction is one that the one before it may leave out.
    fn may_be_skipped(&self) -> bool {
        let before = self.code.len().checked_sub(2).and_then(|at| self.code.get(at));
        before.is_some_and(Op::may_skip)
    }

    /// The place of a bound label.
    pub(super) fn place(&self, label: Label) -> u32 {
        self.labels[label.0 as usize].expect("every label that is used is bound")
    }

    /// The code with the targets of its jumps, and its places in the source, in lists of their size;
    /// and those that they were written in, for the next function.
    pub(super) fn finish(self) -> (Vec<Op>, SpanTable, Spare) {
        let mut code = self.code.clone();
        for op in &mut code {
            match op {
                Op::Jump { to }
                | Op::JumpIf { to, .. }
                | Op::JumpIfNot { to, .. }
                | Op::Pipeline { to, .. }
                | Op::JumpIfNull { to, .. }
                | Op::JumpIfNotNull { to, .. } => *to = self.place(Label(*to)),
                Op::JumpIfLt { to, .. }
                | Op::JumpIfLe { to, .. }
                | Op::JumpIfEq { to, .. }
                | Op::JumpIfNe { to, .. }
                | Op::JumpIfLtImm { to, .. }
                | Op::JumpIfGeImm { to, .. }
                | Op::JumpIfEqImm { to, .. }
                | Op::JumpIfNeImm { to, .. }
                | Op::JumpIfLtFloat { to, .. }
                | Op::JumpIfLeFloat { to, .. }
                | Op::NextInt { to, .. }
                | Op::NextIntTo { to, .. } => *to = To::new(self.place(Label(to.index()))),
                _ => {}
            }
        }
        let spans = self.spans.clone();
        let Self { code: mut written, spans: mut places, mut labels, .. } = self;
        written.clear();
        places.entries.clear();
        labels.clear();
        (code, spans, Spare { code: written, spans: places, labels })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wf_bytecode::S;
    use wf_diagnostics::FileId;

    fn span(start: u32) -> Span {
        Span::new(FileId(0), start, start + 1)
    }

    #[test]
    fn jumps_lead_forward_and_back() {
        let mut w = Writer::within(Spare::default(), span(0));
        let (head, end) = (w.label_here(), w.label());
        w.jump(end, |to| Op::JumpIf { cond: S(0), to });
        w.goto(head);
        w.bind(end);
        w.op(Op::EndRegion);
        let (code, ..) = w.finish();
        let expected = [Op::JumpIf { cond: S(0), to: 2 }, Op::Jump { to: 0 }, Op::EndRegion];
        assert_eq!(code, expected);
    }

    #[test]
    fn places_are_noted_where_they_change() {
        let mut w = Writer::within(Spare::default(), span(5));
        w.op(Op::EndRegion);
        w.op(Op::EndRegion);
        w.span = span(9);
        w.op(Op::EndRegion);
        let (_, spans, _) = w.finish();
        assert_eq!(spans.entries, [(0, span(5)), (2, span(9))]);
        assert_eq!(spans.find(1), Some(span(5)));
    }
}
