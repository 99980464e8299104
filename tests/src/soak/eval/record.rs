//! Records: literals, spreads, fields.

use wf_compiler::typed::{Expr, RecordEntry};
use wf_types::RecordType;

use super::state::{Evaluator, Outcome, Stop};
use super::value::Val;

impl<'p> Evaluator<'p> {
    fn type_of(&self, expr: &'p Expr) -> Outcome<&'p RecordType> {
        let record = self.program.defs.record(&expr.ty);
        record.ok_or_else(|| Stop::Broken(format!("{:?} is no record at {:?}", expr.ty, expr.span)))
    }

    pub(super) fn field(&mut self, base: &'p Expr, slot: u16) -> Outcome<Val> {
        let value = self.eval(base)?;
        let ty = self.type_of(base)?;
        let name = ty.fields.get(usize::from(slot)).map(|f| f.name.clone());
        let found = name.as_ref().and_then(|name| value.field(name));
        let Some(found) = found else {
            return Err(self.broken(format!(
                "PATH FAILURE: no field {name:?} in {value:?} at {:?}",
                base.span
            )));
        };
        if matches!(found, Val::Unread) {
            self.features.note("field that may not be read");
        }
        // A field that was not given reads as null.
        Ok(if matches!(found, Val::Missing) { Val::Null } else { found.clone() })
    }

    pub(super) fn record(
        &mut self,
        expr: &'p Expr,
        fields: &'p [Option<Expr>],
        order: &'p [u16],
    ) -> Outcome<Val> {
        let ty = self.type_of(expr)?;
        let mut values = vec![Val::Missing; ty.fields.len()];
        for slot in order {
            let field = fields.get(usize::from(*slot)).and_then(Option::as_ref);
            if let (Some(field), Some(place)) = (field, values.get_mut(usize::from(*slot))) {
                *place = self.eval(field)?;
            }
        }
        // Defaults stand in no order of the source.
        for (slot, field) in fields.iter().enumerate() {
            if !order.iter().any(|o| usize::from(*o) == slot)
                && let (Some(field), Some(place)) = (field, values.get_mut(slot))
            {
                *place = self.eval(field)?;
            }
        }
        let names = ty.fields.iter().map(|f| f.name.clone());
        Ok(Val::rec(names.zip(values).collect()))
    }

    pub(super) fn record_spread(
        &mut self,
        expr: &'p Expr,
        entries: &'p [RecordEntry],
    ) -> Outcome<Val> {
        let ty = self.type_of(expr)?;
        let mut values = vec![Val::Missing; ty.fields.len()];
        for entry in entries {
            self.features.note(match entry {
                RecordEntry::Field(..) => "field behind a spread",
                RecordEntry::Spread(..) => "spread of a record",
            });
            match entry {
                RecordEntry::Field(slot, value) => {
                    let value = self.eval(value)?;
                    if let Some(place) = values.get_mut(usize::from(*slot)) {
                        *place = value;
                    }
                }
                RecordEntry::Spread(value, _) => {
                    let value = self.eval(value)?;
                    let Val::Rec(given) = value.plain() else {
                        return Err(self.broken("a spread of no record"));
                    };
                    for (name, value) in given.iter() {
                        let slot = ty.fields.iter().position(|f| f.name == *name);
                        if let (Some(slot), false) = (slot, matches!(value, Val::Missing))
                            && let Some(place) = values.get_mut(slot)
                        {
                            *place = value.clone();
                        }
                    }
                }
            }
        }
        let names = ty.fields.iter().map(|f| f.name.clone());
        Ok(Val::rec(names.zip(values).collect()))
    }
}
