//! Records: fields, literals and spreads.

use wf_bytecode::{FieldSource, Op, RecordPlan, Reg, StepField, V};
use wf_types::Type;

use super::expr::step_field;
use super::function::FunctionEmitter;
use super::registers::{Kind, behind};
use crate::typed::{Expr, ExprKind, RecordEntry};

impl<'a> FunctionEmitter<'_, 'a> {
    /// A field of a record that is there; of a step it is read without making a record of it.
    pub(super) fn field(&mut self, base: &'a Expr, slot: u16, ty: &Type, dst: Reg) {
        if let Some(step) = self.as_step(base) {
            let src = self.step_register(step);
            let record = self.step(step).map(|s| &s.record);
            let field = record
                .and_then(|r| self.e.typed.defs.record(r))
                .and_then(|r| r.fields.get(usize::from(slot)))
                .and_then(|f| step_field(&f.name));
            return match field {
                Some(field) => self.value_op(dst, |dst| Op::StepField { dst, src, field }),
                None => self.e.broken(base.span, "a step has no such field"),
            };
        }
        if let Some(src) = self.output_of(base) {
            return match self.kind(ty) {
                Kind::Value => self.value_op(dst, |dst| Op::OutputField { dst, src, slot }),
                kind => self.scalar_op(kind, dst, |dst| Op::OutputScalar { dst, src, slot }),
            };
        }
        if let Some((list, index, slot)) = self.item_slot(base, slot) {
            return self.item_field(list, index, slot, ty, dst);
        }
        let src = self.value(base);
        match self.kind(ty) {
            Kind::Int => self.scalar_op(Kind::Int, dst, |dst| Op::FieldInt { dst, src, slot }),
            Kind::Float => {
                self.scalar_op(Kind::Float, dst, |dst| Op::FieldFloat { dst, src, slot });
            }
            Kind::Bool => self.scalar_op(Kind::Bool, dst, |dst| Op::FieldBool { dst, src, slot }),
            Kind::Value => self.value_op(dst, |dst| Op::Field { dst, src, slot }),
        }
    }

    /// The step whose output this is: fields of it are read where it is, without holding it.
    fn output_of(&mut self, expr: &Expr) -> Option<V> {
        let (base, slot) = match &expr.kind {
            ExprKind::NonNull(inner) => return self.output_of(inner),
            ExprKind::Field { base, slot } => (base, *slot),
            _ => return None,
        };
        let step = self.as_step(base)?;
        let record = self.step(step).map(|s| &s.record)?;
        let field = self.e.typed.defs.record(record)?.fields.get(usize::from(slot))?;
        (step_field(&field.name)? == StepField::Output).then(|| self.step_register(step))
    }

    /// A record literal, evaluated in the order of the source.
    pub(super) fn record(
        &mut self,
        fields: &'a [Option<Expr>],
        order: &[u16],
        ty: &Type,
        dst: Reg,
    ) {
        let shape = self.e.shape(ty);
        // Each present field has the next register, in the order of the slots.
        let present: Vec<usize> = (0..fields.len()).filter(|i| fields[*i].is_some()).collect();
        let first = self.regs.value_range(present.len());
        let written = order.iter().map(|slot| usize::from(*slot));
        let others = present.iter().copied().filter(|i| !order.contains(&(*i as u16)));
        for slot in written.chain(others) {
            let (Some(Some(field)), Ok(place)) = (fields.get(slot), present.binary_search(&slot))
            else {
                continue;
            };
            self.expr_to(field, Reg::Value(behind(first, place)));
        }
        if present.len() == fields.len() {
            return self.value_op(dst, |dst| Op::MakeRecord { dst, shape: shape.0, first });
        }
        let source = |slot: usize| match present.binary_search(&slot) {
            Ok(place) => vec![FieldSource::Register(place as u16)],
            Err(_) => Vec::new(),
        };
        let fields = (0..fields.len()).map(source).collect();
        let plan = RecordPlan { shape, count: present.len() as u16, fields };
        let plan = self.e.tables.record_plan(plan);
        self.value_op(dst, |dst| Op::Spread { dst, plan, first });
    }

    /// A record with spreads: later entries win, but a field that a spread lacks does not.
    pub(super) fn record_spread(&mut self, entries: &'a [RecordEntry], ty: &Type, dst: Reg) {
        let shape = self.e.shape(ty);
        let slots = self.e.typed.defs.record(ty).map_or(0, |r| r.fields.len());
        let exprs = entries.iter().map(|entry| match entry {
            RecordEntry::Field(_, expr) | RecordEntry::Spread(expr, _) => expr,
        });
        let first = self.value_range(exprs.collect::<Vec<_>>().into_iter());
        let fields = (0..slots).map(|slot| sources(entries, slot as u16)).collect();
        let plan = RecordPlan { shape, count: entries.len() as u16, fields };
        let plan = self.e.tables.record_plan(plan);
        self.value_op(dst, |dst| Op::Spread { dst, plan, first });
    }
}

/// Where a field may come from, what wins first; behind a written field nothing is tried.
fn sources(entries: &[RecordEntry], slot: u16) -> Vec<FieldSource> {
    let mut sources = Vec::new();
    for (place, entry) in entries.iter().enumerate().rev() {
        let place = place as u16;
        match entry {
            RecordEntry::Field(field, _) if *field == slot => {
                sources.push(FieldSource::Register(place));
                break;
            }
            RecordEntry::Field(..) => {}
            RecordEntry::Spread(_, targets) => {
                let from = targets.iter().position(|target| *target == Some(slot));
                sources.extend(
                    from.map(|slot| FieldSource::Slot { record: place, slot: slot as u16 }),
                );
            }
        }
    }
    sources
}
