//! Functions in the listing.

use super::Listing;
use crate::operands::{Operand, operands};
use crate::{Const, Function, Op, Part, PathPart, V};

/// The columns of an instruction's text before the place in the source.
const WIDTH: usize = 56;

impl Listing<'_> {
    pub(super) fn function(&mut self, index: usize) {
        let program = self.program;
        let function = &program.functions[index];
        self.gap();
        let kind = self.kind(function);
        self.line(format!(
            "{} `{}`: {kind}, {} scalars, {} values",
            index, function.name, function.scalars, function.values
        ));
        let mut last = String::new();
        for (i, op) in function.code.iter().enumerate() {
            let text = format!("{i:>5}  {}", self.instruction(op));
            let place = function.spans.find(i as u32).map_or(String::new(), |s| self.place(s));
            if place.is_empty() || place == last {
                self.line(text);
            } else {
                self.line(format!("{text:<WIDTH$} ; {place}"));
                last = place;
            }
        }
        self.side_tables(function);
    }

    fn side_tables(&mut self, function: &Function) {
        for handler in &function.handlers {
            let what = if handler.finally { "finally" } else { "catch" };
            let loops = match handler.loop_depth {
                0 => String::new(),
                n => format!(", in {n} loops"),
            };
            self.line(format!(
                "       {what} {}..{} -> {} with v{}{loops}",
                handler.start, handler.end, handler.target, handler.failure.0
            ));
        }
        for range in &function.step_ranges {
            let step = self.step_name(range.step);
            let line = format!("       inputs {}..{} of `{step}`", range.start, range.end);
            self.line(line);
        }
    }

    fn instruction(&self, op: &Op) -> String {
        let mut text = format!("{:<14}", mnemonic(op));
        let mut first = true;
        for operand in operands(op) {
            let Some(operand) = self.operand(&operand) else { continue };
            text.push_str(if first { " " } else { ", " });
            text.push_str(&operand);
            first = false;
        }
        text
    }

    fn operand(&self, operand: &Operand) -> Option<String> {
        let p = self.program;
        Some(match *operand {
            Operand::None | Operand::Skip | Operand::Inclusive(false) => return None,
            Operand::Inclusive(true) => "inclusive".into(),
            Operand::Item(list, index) => format!("v{}[s{}]", list.0, index.0),
            Operand::ScalarRange(first, count) => {
                format!("s{}..s{}", first.0, first.0.saturating_add(count - 1))
            }
            Operand::Text(i) => format!("text {i}"),
            Operand::Divisor(n) => n.to_string(),
            Operand::Changed(to) => format!("text {} {:?}", to.text(), to.change()),
            Operand::ScalarWindow { function, scalars } => {
                format!("`{}` at s{scalars}", self.function_name(function))
            }
            Operand::Scalar(s) => format!("s{}", s.0),
            Operand::Value(v) => format!("v{}", v.0),
            Operand::Range(first, count) => match count.resolve(p) {
                Some(count) => range(first, count),
                None => format!("v{}..?", first.0),
            },
            Operand::To(to) => format!("-> {to}"),
            Operand::Number(n) => n.to_string(),
            Operand::ScalarConst(i) => p.scalars.get(i as usize).map_or("?".into(), scalar),
            Operand::Const(i) => p.constants.get(i as usize).map_or("?".into(), constant),
            Operand::Window { function, scalars, values } => {
                format!("`{}` at s{scalars}, v{values}", self.function_name(function))
            }
            Operand::Native(i) => {
                p.natives.get(usize::from(i)).map_or("?".into(), |n| n.name.to_string())
            }
            Operand::Closure(i) => format!("`{}`", self.function_name(i)),
            Operand::Shape(i) => self.shape(i),
            Operand::Slot(i) => format!(".{i}"),
            Operand::RecordPlan(i) => format!("plan {i}"),
            Operand::Coercion(i) => {
                p.coercions.get(usize::from(i)).map_or("?".into(), |plan| self.coercion(plan, 3))
            }
            Operand::Template(i) => p.templates.get(i as usize).map_or("?".into(), |t| template(t)),
            Operand::Pipeline(i) => format!("pipeline {i}"),
            Operand::Type(i) => self.ty(crate::TypeIdx(i)),
            Operand::Config(i) => {
                p.config.get(usize::from(i)).map_or("?".into(), |c| c.name.to_string())
            }
            Operand::Step(i) => format!("`{}`", self.step_name(i)),
            Operand::Fork(i) => format!("fork {i}"),
            Operand::Merge(i) => format!("merge {i}"),
            Operand::Depth(i) => format!("depth {i}"),
            Operand::RunField(field) => format!("{field:?}"),
            Operand::StepField(field) => format!("{field:?}"),
            Operand::TimeOp(op) => format!("{op:?}"),
            Operand::DecimalOp(op) => format!("{op:?}"),
        })
    }
}

fn range(first: V, count: usize) -> String {
    match count {
        0 => "nothing".into(),
        1 => format!("v{}", first.0),
        n => format!("v{}..v{}", first.0, usize::from(first.0) + n - 1),
    }
}

/// 64 bits as whichever number they look like: small whole numbers and their negatives are ints.
fn scalar(bits: &u64) -> String {
    let int = *bits as i64;
    let float = f64::from_bits(*bits);
    if int.unsigned_abs() < 1 << 53 || !float.is_finite() || float.abs() < 1e-300 {
        int.to_string()
    } else {
        format!("{float:?}")
    }
}

fn constant(constant: &Const) -> String {
    match constant {
        Const::Null => "null".into(),
        Const::Bool(value) => value.to_string(),
        Const::Int(value) => value.to_string(),
        Const::Float(value) => format!("{value:?}"),
        Const::Decimal(digits) => format!("decimal {digits}"),
        Const::String(text) => format!("{text:?}"),
        Const::Duration(micros) => format!("{micros}us"),
        Const::EmptyList => "[]".into(),
        Const::EmptyMap => "{}".into(),
    }
}

fn template(parts: &[Part]) -> String {
    let mut text = String::from("\"");
    for part in parts {
        match part {
            Part::Text(part) => text.push_str(part.escape_debug().to_string().as_str()),
            Part::Int(s) | Part::Float(s) | Part::Bool(s) => {
                text.push_str(&format!("{{{{ s{} }}}}", s.0));
            }
            Part::Value(v) => text.push_str(&format!("{{{{ v{} }}}}", v.0)),
            Part::Path(v, path) => text.push_str(&format!("{{{{ v{}{} }}}}", v.0, way(path))),
        }
    }
    text.push('"');
    text
}

/// The way to a value inside of another: `.output.0`.
fn way(path: &[PathPart]) -> String {
    let part = |part: &PathPart| match part {
        PathPart::Output => ".output".to_owned(),
        PathPart::Slot(slot) => format!(".{slot}"),
    };
    path.iter().map(part).collect()
}

/// The name of an instruction in small letters: `add_int_imm`.
fn mnemonic(op: &Op) -> String {
    let debug = format!("{op:?}");
    let name = debug.split([' ', '{']).next().unwrap_or_default();
    let mut text = String::new();
    for (i, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && i > 0 {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}
