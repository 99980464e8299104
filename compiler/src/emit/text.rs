//! Texts that are written piece by piece: `join` of what a lambda gives, and templates and sums of
//! strings around it, without the list and the strings in between.

use wf_bytecode::{MAX_TEXTS, Op, Reg, S, TextChange, TextTo, V};

use super::cursor::{Cursor, has_calls, reads_parts};
use super::function::FunctionEmitter;
use crate::typed::{
    Arg, BinaryOp, Const, Expr, ExprKind, Intrinsic, Lambda, LocalId, TemplatePart,
};

/// `join(map(items, lambda), separator)`.
struct Joined<'a> {
    items: &'a Expr,
    lambda: &'a Lambda,
    param: LocalId,
    separator: &'a Expr,
}

impl<'a> FunctionEmitter<'_, 'a> {
    /// Whether one of the parts of a string is joined of many, so that the whole is worth being
    /// written. A function that is called might write a text of its own into the same place.
    pub(super) fn is_written(&self, mut parts: impl Iterator<Item = &'a Expr> + Clone) -> bool {
        self.texts < MAX_TEXTS
            && parts.clone().any(|part| joined(part).is_some())
            && !parts.any(has_calls)
    }

    /// A string that is written by `write`.
    pub(super) fn write_text(&mut self, dst: Reg, write: impl FnOnce(&mut Self, u8)) {
        let text = self.texts;
        self.texts += 1;
        self.op(Op::TextBegin { text });
        write(self, text);
        self.texts -= 1;
        self.value_op(dst, |dst| Op::TextEnd { text, dst });
    }

    /// Writes the text of a template.
    pub(super) fn write_template(&mut self, parts: &'a [TemplatePart], text: u8) {
        for part in parts {
            self.scoped(|f| match part {
                TemplatePart::Text(constant) => f.write_constant(constant, text),
                TemplatePart::Expr(expr) => f.write(expr, text),
            });
        }
    }

    /// Writes what a template shows of an expression.
    pub(super) fn write(&mut self, expr: &'a Expr, text: u8) {
        self.nested(expr.span, |f| f.scoped(|f| f.write_here(expr, text)));
    }

    fn write_here(&mut self, expr: &'a Expr, text: u8) {
        if let Some(joined) = joined(expr) {
            return self.write_joined(&joined, text);
        }
        if let Some((src, piece, change)) = self.piece(expr) {
            return self.op(Op::TextPiece { to: TextTo::new(text, change), src, piece });
        }
        match &expr.kind {
            ExprKind::Const(Const::String(constant)) => self.write_constant(constant, text),
            ExprKind::Template(parts) => self.write_template(parts, text),
            ExprKind::Binary { op: BinaryOp::Add, left, right }
                if matches!(self.peel(&expr.ty), wf_types::Type::String) =>
            {
                self.write(left, text);
                self.write(right, text);
            }
            _ => {
                let src = self.value(expr);
                self.op(Op::TextPush { text, src });
            }
        }
    }

    fn write_constant(&mut self, constant: &str, text: u8) {
        let constant = self.e.tables.constant(wf_bytecode::Const::String(constant.to_owned()));
        if let Ok(constant) = u16::try_from(constant) {
            return self.op(Op::TextConst { text, constant });
        }
        let src = self.regs.value();
        self.op(Op::Const { dst: src, index: constant });
        self.op(Op::TextPush { text, src });
    }

    /// A piece that is in no register, and what is done to it.
    fn piece(&self, expr: &Expr) -> Option<(V, S, TextChange)> {
        let (local, change) = changed(expr)?;
        match self.cursors.get(&local) {
            Some(Cursor::Piece { text, piece }) => Some((*text, *piece, change)),
            _ => None,
        }
    }

    /// Pieces that are only changed are written by one instruction.
    fn write_split(
        &mut self,
        whole: &'a Expr,
        by: &'a Expr,
        joined: &Joined<'a>,
        text: u8,
    ) -> bool {
        let change = match changed(&joined.lambda.body) {
            Some((local, change)) if local == joined.param => change,
            _ => return false,
        };
        let mut constant = |expr: &Expr| match &expr.kind {
            ExprKind::Const(Const::String(text)) => {
                let constant = wf_bytecode::Const::String(text.to_string());
                u16::try_from(self.e.tables.constant(constant)).ok()
            }
            _ => None,
        };
        let (Some(by), Some(separator)) = (constant(by), constant(joined.separator)) else {
            return false;
        };
        let src = self.value(whole);
        self.op(Op::TextSplit { to: TextTo::new(text, change), src, by, separator });
        true
    }

    fn write_joined(&mut self, joined: &Joined<'a>, text: u8) {
        let split = split(joined.items);
        if let Some((whole, by)) = split
            && self.write_split(whole, by, joined, text)
        {
            return;
        }
        let first = self.regs.scalar();
        let source = match split {
            Some((whole, by)) => (self.value(whole), Some(self.value(by))),
            None => (self.value(joined.items), None),
        };
        let separator = match &joined.separator.kind {
            ExprKind::Const(Const::String(separator)) if separator.is_empty() => None,
            _ => Some(self.value(joined.separator)),
        };
        self.op(Op::ConstInt { dst: first, value: 1 });
        let between = |f: &mut Self| {
            if let Some(src) = separator {
                f.op(Op::TextSeparator { text, src, first });
            }
        };
        match source {
            (src, Some(by)) => self.pieces(src, by, joined, |f| {
                between(f);
                f.write(&joined.lambda.body, text);
            }),
            (list, None) => {
                let round = self.begin_round(list, joined.lambda, Some(&joined.param), None);
                between(self);
                self.write(&joined.lambda.body, text);
                self.end_round(&round);
            }
        }
    }

    /// Runs code for each piece of a string.
    fn pieces(&mut self, src: V, by: V, joined: &Joined<'a>, body: impl FnOnce(&mut Self)) {
        let piece = self.regs.scalar_range(3);
        self.op(Op::ConstInt { dst: S(piece.0.wrapping_add(2)), value: 0 });
        let end = self.w.label();
        let head = self.w.label_here();
        self.op(Op::NextPiece { src, separator: by, piece });
        self.w.goto(end);
        if reads_parts(joined.lambda, joined.param) {
            self.cursors.insert(joined.param, Cursor::Piece { text: src, piece });
        } else {
            let Reg::Value(dst) = self.declare_local(joined.param) else { return };
            self.op(Op::Piece { dst, src, piece });
        }
        body(self);
        self.w.goto(head);
        self.w.bind(end);
    }
}

/// A local, and what is done to it.
fn changed(expr: &Expr) -> Option<(LocalId, TextChange)> {
    match &expr.kind {
        ExprKind::Local(local) => Some((*local, TextChange::None)),
        ExprKind::CallNative { name, args } => {
            let change = match name.as_str() {
                "upper" => TextChange::Upper,
                "lower" => TextChange::Lower,
                "trim" => TextChange::Trim,
                _ => return None,
            };
            match args.as_slice() {
                [Expr { kind: ExprKind::Local(local), .. }] => Some((*local, change)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `join` of what `map` gives, by a separator that is at hand.
fn joined(expr: &Expr) -> Option<Joined<'_>> {
    let ExprKind::CallNative { name, args } = &expr.kind else { return None };
    let ("join", [list, separator]) = (name.as_str(), args.as_slice()) else { return None };
    let ExprKind::Intrinsic { function: Intrinsic::Map, args } = &list.kind else { return None };
    let [Arg::Value(items), Arg::Lambda(lambda)] = args.as_slice() else { return None };
    let [param] = lambda.params.as_slice() else { return None };
    let at_hand = matches!(separator.kind, ExprKind::Const(Const::String(_)));
    at_hand.then_some(Joined { items, lambda, param: *param, separator })
}

/// `split` of a string by one that is not empty.
fn split(expr: &Expr) -> Option<(&Expr, &Expr)> {
    let ExprKind::CallNative { name, args } = &expr.kind else { return None };
    match (name.as_str(), args.as_slice()) {
        ("split", [whole, by]) => match &by.kind {
            ExprKind::Const(Const::String(separator)) if !separator.is_empty() => Some((whole, by)),
            _ => None,
        },
        _ => None,
    }
}
