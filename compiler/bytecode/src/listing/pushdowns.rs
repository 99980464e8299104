//! What stores are asked, as people read it.

use std::fmt::Write;

use super::Listing;
use crate::pushdown::{Arithmetic, Asks, Comparison, Literal, Operand, Predicate};

impl Listing<'_> {
    pub(super) fn pushdowns(&mut self) {
        let program = self.program;
        for (i, pushdown) in program.pushdowns.iter().enumerate() {
            if i == 0 {
                self.gap();
            }
            let function = self.function_name(pushdown.function);
            let captured = |index: u16| format!("capture {index}");
            let asks = match &pushdown.asks {
                Asks::Key(key) => format!("key {}", show_operand(key, &captured)),
                Asks::Test { predicate, exact } => {
                    let exact = if *exact { "test" } else { "at least" };
                    format!("{exact} {}", show(predicate, &captured))
                }
            };
            self.line(format!(
                "store asked for function {} `{function}`: {asks}",
                pushdown.function
            ));
        }
    }
}

/// A predicate in the words of the language; `captured` says what stands at a place of the captures.
pub fn show(predicate: &Predicate, captured: &dyn Fn(u16) -> String) -> String {
    let mut out = String::new();
    write_predicate(predicate, captured, 0, &mut out);
    out
}

/// An operand in the words of the language.
pub fn show_operand(operand: &Operand, captured: &dyn Fn(u16) -> String) -> String {
    let mut out = String::new();
    write_operand(operand, captured, 0, &mut out);
    out
}

/// `tight` is how tight the operator around it binds.
fn write_predicate(
    predicate: &Predicate,
    captured: &dyn Fn(u16) -> String,
    tight: u8,
    out: &mut String,
) {
    let call = |name: &str, operands: [&Operand; 2], out: &mut String| {
        let [text, part] = operands.map(|operand| show_operand(operand, captured));
        let _ = write!(out, "{name}({text}, {part})");
    };
    match predicate {
        Predicate::Const(value) => out.push_str(if *value { "true" } else { "false" }),
        Predicate::Is(operand) => write_operand(operand, captured, 0, out),
        Predicate::And(parts) => joined(parts, " and ", 2, captured, tight, out),
        Predicate::Or(parts) => joined(parts, " or ", 1, captured, tight, out),
        Predicate::Not(inner) => match &**inner {
            Predicate::IsNull(operand) => {
                write_operand(operand, captured, 1, out);
                out.push_str(" != null");
            }
            inner => {
                out.push_str("not (");
                write_predicate(inner, captured, 0, out);
                out.push(')');
            }
        },
        Predicate::Compare { op, left, right } => {
            write_operand(left, captured, 1, out);
            let _ = write!(out, " {} ", symbol(*op));
            write_operand(right, captured, 1, out);
        }
        Predicate::In { needle, among } => {
            write_operand(needle, captured, 1, out);
            let among: Vec<_> = among.iter().map(|item| show_operand(item, captured)).collect();
            let _ = write!(out, " in [{}]", among.join(", "));
        }
        Predicate::InCapture { needle, list, .. } => {
            write_operand(needle, captured, 1, out);
            let _ = write!(out, " in {}", captured(*list));
        }
        Predicate::Contains { text, part } => call("contains", [text, part], out),
        Predicate::StartsWith { text, part } => call("startsWith", [text, part], out),
        Predicate::EndsWith { text, part } => call("endsWith", [text, part], out),
        Predicate::IsNull(operand) => {
            write_operand(operand, captured, 1, out);
            out.push_str(" == null");
        }
    }
}

fn joined(
    parts: &[Predicate],
    word: &str,
    own: u8,
    captured: &dyn Fn(u16) -> String,
    tight: u8,
    out: &mut String,
) {
    let is_wrapped = tight > own;
    out.push_str(if is_wrapped { "(" } else { "" });
    for (i, part) in parts.iter().enumerate() {
        out.push_str(if i > 0 { word } else { "" });
        write_predicate(part, captured, own + 1, out);
    }
    out.push_str(if is_wrapped { ")" } else { "" });
}

fn symbol(op: Comparison) -> &'static str {
    match op {
        Comparison::Eq => "==",
        Comparison::Ne => "!=",
        Comparison::Lt => "<",
        Comparison::Le => "<=",
        Comparison::Gt => ">",
        Comparison::Ge => ">=",
    }
}

fn write_operand(operand: &Operand, captured: &dyn Fn(u16) -> String, tight: u8, out: &mut String) {
    match operand {
        Operand::Field { path, .. } => out.push_str(&path.join(".")),
        Operand::Capture { index, .. } => out.push_str(&captured(*index)),
        Operand::Const(literal) => write_literal(literal, out),
        Operand::Arithmetic { op, left, right, .. } => {
            let (own, symbol) = match op {
                Arithmetic::Add => (2, "+"),
                Arithmetic::Sub => (2, "-"),
                Arithmetic::Mul => (3, "*"),
            };
            out.push_str(if tight > own { "(" } else { "" });
            write_operand(left, captured, own, out);
            let _ = write!(out, " {symbol} ");
            write_operand(right, captured, own + 1, out);
            out.push_str(if tight > own { ")" } else { "" });
        }
    }
}

fn write_literal(literal: &Literal, out: &mut String) {
    let _ = match literal {
        Literal::Null => write!(out, "null"),
        Literal::Bool(value) => write!(out, "{value}"),
        Literal::Int(value) => write!(out, "{value}"),
        Literal::Float(value) => write!(out, "{value:?}"),
        Literal::Decimal(value) => write!(out, "{value}"),
        Literal::String(text) => write!(out, "{text:?}"),
        Literal::Instant(micros) => write!(out, "instant {micros}µs"),
        Literal::Duration(micros) => write!(out, "{micros}µs"),
        Literal::Uuid(bits) => write!(out, "uuid {bits:032x}"),
    };
}
