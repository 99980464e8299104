//! Strings with `{{ }}`.

use wf_bytecode::{Op, Part, Reg};

use super::function::FunctionEmitter;
use crate::typed::TemplatePart;

impl<'a> FunctionEmitter<'_, 'a> {
    pub(super) fn template(&mut self, parts: &'a [TemplatePart], dst: Reg) {
        let mut pieces: Vec<Part> = Vec::with_capacity(parts.len());
        for part in parts {
            let piece = match part {
                TemplatePart::Text(text) => {
                    if let Some(Part::Text(last)) = pieces.last_mut() {
                        last.push_str(text);
                        continue;
                    }
                    Part::Text(text.to_string())
                }
                TemplatePart::Expr(expr) => match self.operand(expr) {
                    Reg::Int(reg) => Part::Int(reg),
                    Reg::Float(reg) => Part::Float(reg),
                    Reg::Bool(reg) => Part::Bool(reg),
                    Reg::Value(reg) => Part::Value(reg),
                },
            };
            pieces.push(piece);
        }
        let template = self.e.tables.template(pieces);
        self.value_op(dst, |dst| Op::Render { dst, template });
    }
}
