//! Strings with `{{ }}`.

use wf_bytecode::{Op, Part, PathPart, Reg, StepField, V};

use super::expr::step_field;
use super::function::FunctionEmitter;
use crate::typed::{Expr, ExprKind, TemplatePart};

impl<'a> FunctionEmitter<'_, 'a> {
    pub(super) fn template(&mut self, parts: &'a [TemplatePart], dst: Reg) {
        let exprs = parts.iter().filter_map(|part| match part {
            TemplatePart::Expr(expr) => Some(expr),
            TemplatePart::Text(_) => None,
        });
        if self.is_written(exprs) {
            return self.write_text(dst, |f, text| f.write_template(parts, text));
        }
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
                TemplatePart::Expr(expr) => self.template_part(expr),
            };
            pieces.push(piece);
        }
        let template = self.e.tables.template(pieces);
        self.value_op(dst, |dst| Op::Render { dst, template });
    }

    /// A value in a template: where it is inside of records it is read there, without a copy.
    fn template_part(&mut self, expr: &'a Expr) -> Part {
        if let Some((reg, path)) = self.path(expr)
            && !path.is_empty()
        {
            return Part::Path(reg, path);
        }
        match self.operand(expr) {
            Reg::Int(reg) => Part::Int(reg),
            Reg::Float(reg) => Part::Float(reg),
            Reg::Bool(reg) => Part::Bool(reg),
            Reg::Value(reg) => Part::Value(reg),
        }
    }

    /// The register that a chain of fields begins at, and the way from there.
    fn path(&mut self, expr: &'a Expr) -> Option<(V, Vec<PathPart>)> {
        let ExprKind::Field { base, slot } = &expr.kind else {
            return match self.in_place(expr)? {
                Reg::Value(reg) => Some((reg, Vec::new())),
                _ => None,
            };
        };
        if let Some(step) = self.as_step(base) {
            let record = self.step(step).map(|s| &s.record)?;
            let field = self.e.typed.defs.record(record)?.fields.get(usize::from(*slot))?;
            let is_output = step_field(&field.name) == Some(StepField::Output);
            return is_output.then(|| (self.step_register(step), vec![PathPart::Output]));
        }
        let (reg, mut path) = self.path(base)?;
        path.push(PathPart::Slot(*slot));
        Some((reg, path))
    }
}
