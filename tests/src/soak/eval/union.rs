//! Values of unions: which member they are of, their narrowing, and their shared fields.

use wf_compiler::typed::{Expr, Test};
use wf_types::Type;

use super::coerce::{fits, give, is_tagged, same};
use super::expr::constant;
use super::state::{Evaluator, Outcome};
use super::text::json_text;
use super::value::{Val, equal};

impl<'p> Evaluator<'p> {
    /// A value as its narrower type holds it: one that is proven to be of some members of its union.
    pub(super) fn within(&mut self, value: Val, ty: &Type) -> Outcome<Val> {
        let defs = &self.program.defs;
        let Val::Of(of) = &value else { return Ok(value) };
        if is_tagged(ty, defs) {
            let Type::Union(members) = super::coerce::non_null(ty, defs) else {
                return Err(self.broken("a union that is none"));
            };
            if members.iter().any(|m| same(m, &of.0, defs)) {
                self.features.note("narrowed to some members");
                return Ok(value);
            }
        } else if same(&of.0, super::coerce::non_null(ty, defs), defs) || fits(&of.0, ty, defs, 0) {
            self.features.note("narrowed to one member");
            return Ok(of.1.clone());
        }
        let text = json_text(&value);
        Err(self.broken(format!("PATH FAILURE: {text} was proven to be {ty:?}, is {:?}", of.0)))
    }

    /// A field of a union of records, by the member.
    pub(super) fn union_field(
        &mut self,
        whole: &'p Expr,
        base: &'p Expr,
        fields: &'p [(Type, Option<(u16, Type)>)],
    ) -> Outcome<Val> {
        let value = self.eval(base)?;
        let defs = &self.program.defs;
        let Val::Of(of) = &value else {
            return Err(self.broken(format!("a union's value without its member: {value:?}")));
        };
        let Some((member, field)) = fields.iter().find(|(m, _)| same(m, &of.0, defs)) else {
            return Err(self.broken(format!(
                "PATH FAILURE: {:?} is not among the members at {:?}",
                of.0, whole.span
            )));
        };
        let Some((slot, ty)) = field else {
            self.features.note("field that the member has not");
            return Ok(Val::Null);
        };
        let name = defs.record(member).and_then(|r| r.fields.get(usize::from(*slot)));
        let found = name.and_then(|field| of.1.field(&field.name));
        let Some(found) = found else {
            return Err(self.broken(format!("PATH FAILURE: no field at {:?}", whole.span)));
        };
        let found = if matches!(found, Val::Missing) { &Val::Null } else { found };
        let given = give(found, ty, &whole.ty, defs);
        given.ok_or_else(|| self.broken("a shared field is of another type"))
    }

    /// Whether one of some tests takes a value.
    pub(super) fn takes(&mut self, tests: &[Test], value: &Val) -> Outcome<bool> {
        for test in tests {
            self.features.test(test);
            let holds = match test {
                Test::Any => true,
                Test::Never => false,
                Test::Null => value.is_null(),
                Test::NotNull => !value.is_null(),
                Test::Equals(wanted) => equal(&constant(wanted), value),
                Test::Member(member) => match value {
                    Val::Of(of) => same(member, &of.0, &self.program.defs),
                    Val::Null | Val::Missing => false,
                    _ => return Err(self.broken(format!("{value:?} says no member"))),
                },
            };
            if holds {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
