//! Coercion: a value of one type as another type wants it, with exactly the expected fields.

use arcstr::ArcStr;
use wf_bytecode::{Coercion, Program, ShapeIdx};

use super::{Entries, MAX_DEPTH, MapRef, RecordRef, Value, corrupt, json, too_deep};
use crate::Failure;

/// Carries out a plan. What the plan leaves as it is, is not copied; a list or map that nobody
/// else holds is changed in place.
///
/// # Errors
/// `TooDeep`, as [`json::to_json`]; an internal failure where the value is not of the plan's type.
pub fn coerce(value: Value, plan: &Coercion, program: &Program) -> Result<Value, Failure> {
    apply(value, plan, program, 0)
}

fn apply(
    mut value: Value,
    plan: &Coercion,
    program: &Program,
    depth: u32,
) -> Result<Value, Failure> {
    if depth > MAX_DEPTH {
        return Err(too_deep());
    }
    match (plan, &mut value) {
        // What the program does not read is missing, and stays so in any other form.
        (Coercion::Same, _) | (_, Value::Missing) => Ok(value),
        (Coercion::Optional(_), Value::Null) => Ok(value),
        (Coercion::Optional(inner), _) => apply(value, inner, program, depth + 1),
        (Coercion::List(inner), Value::List(list)) => {
            if **inner != Coercion::Same && !list.as_slice().is_empty() {
                for item in list.make_mut() {
                    *item = apply(std::mem::take(item), inner, program, depth + 1)?;
                }
            }
            Ok(value)
        }
        (Coercion::Map(inner), Value::Map(map)) => {
            if **inner != Coercion::Same && !map.entries().is_empty() {
                for item in map.make_mut().values_mut() {
                    *item = apply(std::mem::take(item), inner, program, depth + 1)?;
                }
            }
            Ok(value)
        }
        (Coercion::Record { shape, fields }, Value::Record(record)) => {
            narrow(record, *shape, fields, program, depth)
        }
        (Coercion::RecordToMap(plans), Value::Record(record)) => {
            record_to_map(record, plans, program, depth)
        }
        (Coercion::Json, _) => json::to_json(value, program),
        (Coercion::Null, _) => Ok(Value::Null),
        (Coercion::Member { ty, inner }, _) => {
            Ok(Value::member(*ty, apply(value, inner, program, depth)?))
        }
        (Coercion::Union(cases), _) => {
            match cases.iter().find(|(ty, _)| value.is_member(*ty, program)) {
                Some((_, plan)) => apply(value.into_plain(), plan, program, depth),
                None => Ok(value),
            }
        }
        (Coercion::Field { slot, inner }, Value::Record(record)) => {
            match record.fields().get(usize::from(*slot)) {
                Some(_) => apply(record.get(usize::from(*slot)), inner, program, depth + 1),
                None => Err(corrupt("a plan reads a slot that its record does not have")),
            }
        }
        (
            Coercion::List(_)
            | Coercion::Map(_)
            | Coercion::Record { .. }
            | Coercion::RecordToMap(_)
            | Coercion::Field { .. },
            _,
        ) => Err(corrupt(format!("{} can't be coerced by this plan", value.kind_name()))),
    }
}

/// The record of another shape.
fn narrow(
    record: &RecordRef,
    shape: ShapeIdx,
    fields: &[Option<(u16, Coercion)>],
    program: &Program,
    depth: u32,
) -> Result<Value, Failure> {
    let fields = fields.iter().map(|field| {
        let Some((slot, plan)) = field else { return Ok(Value::Missing) };
        match record.fields().get(usize::from(*slot)) {
            Some(Value::Missing) => Ok(Value::Missing),
            Some(value) => apply(value.clone(), plan, program, depth + 1),
            None => Err(corrupt("a plan reads a slot that its record does not have")),
        }
    });
    Ok(Value::record(shape, fields.collect::<Result<_, _>>()?))
}

/// The map of the fields that are present.
fn record_to_map(
    record: &RecordRef,
    plans: &[Coercion],
    program: &Program,
    depth: u32,
) -> Result<Value, Failure> {
    let names = json::names(record.shape(), program)?;
    if names.len() != plans.len() || record.fields().len() != plans.len() {
        return Err(corrupt("a plan has not as many fields as its record"));
    }
    let mut entries = Entries::with_capacity_and_hasher(plans.len(), Default::default());
    for ((name, value), plan) in names.iter().zip(record.fields()).zip(plans) {
        if !matches!(value, Value::Missing) {
            let value = apply(value.clone(), plan, program, depth + 1)?;
            entries.insert(ArcStr::from(name.as_str()), value);
        }
    }
    Ok(Value::Map(MapRef::new(entries)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FailureKind;
    use crate::value::samples::Types;

    /// `{ a, b, c }` to `{ c, a, z }`.
    fn narrowing(shape: ShapeIdx) -> Coercion {
        let fields = vec![Some((2, Coercion::Same)), Some((0, Coercion::Same)), None];
        Coercion::Record { shape, fields }
    }

    fn exactly(value: &Value, expected: &[Value]) {
        let Value::Record(record) = value else { panic!("{value:?} is no record") };
        assert_eq!(record.fields().len(), expected.len());
        for (field, expected) in record.fields().iter().zip(expected) {
            assert_eq!(
                std::mem::discriminant(field),
                std::mem::discriminant(expected),
                "missing and null are different here"
            );
            assert!(field.equal(expected));
        }
    }

    #[test]
    fn a_record_gets_exactly_the_expected_fields_inside_lists_maps_and_optionals() {
        let mut types = Types::new();
        let abc = types.shape(&["a", "b", "c"]);
        let caz = types.shape(&["c", "a", "z"]);
        let program = types.program;
        let wide = Value::record(abc, vec![Value::Int(1), Value::string("b"), Value::Missing]);
        let narrow = [Value::Missing, Value::Int(1), Value::Missing];

        let value = coerce(wide.clone(), &narrowing(caz), &program).unwrap();
        exactly(&value, &narrow);

        let plan = Coercion::List(Box::new(Coercion::Optional(Box::new(narrowing(caz)))));
        let list = Value::list(vec![wide.clone(), Value::Null, wide.clone()]);
        let kept = list.clone();
        let Value::List(items) = coerce(list, &plan, &program).unwrap() else { panic!("a list") };
        exactly(&items.as_slice()[0], &narrow);
        assert!(matches!(items.as_slice()[1], Value::Null));
        let Value::List(kept) = kept else { panic!("a list") };
        assert!(kept.as_slice()[0].equal(&wide), "a shared list is copied");

        let plan = Coercion::Map(Box::new(narrowing(caz)));
        let map = Value::map([("x", Value::Null), ("x", wide)]);
        let Value::Map(map) = coerce(map, &plan, &program).unwrap() else { panic!("a map") };
        exactly(&map.entries()["x"], &narrow);
    }

    #[test]
    fn records_become_maps_and_json() {
        let mut types = Types::new();
        let shape = types.shape(&["a", "b", "c"]);
        let record = || Value::record(shape, vec![Value::Instant(0), Value::Missing, Value::Null]);
        let program = &types.program;
        let plan = Coercion::RecordToMap(vec![Coercion::Json, Coercion::Same, Coercion::Same]);
        let text = Value::string("1970-01-01T00:00:00Z");
        let expected = Value::map([("a", text), ("c", Value::Null)]);
        assert!(coerce(record(), &plan, program).unwrap().equal(&expected));
        assert!(coerce(record(), &Coercion::Json, program).unwrap().equal(&expected));
    }

    #[test]
    fn a_union_is_coerced_by_the_member_of_its_value() {
        let mut types = Types::new();
        let int = types.add(wf_bytecode::TypeDesc::Int);
        let ab = types.record("AB", &[("a", int), ("b?", int)]);
        let b = types.record("B", &[("b", int)]);
        let (ints, other) = (types.list(int), types.add(wf_bytecode::TypeDesc::String));
        let shapes = [ShapeIdx(0), ShapeIdx(1)];
        let program = types.program;
        let field = |slot| Coercion::Field { slot, inner: Box::new(Coercion::Same) };
        let plan = Coercion::Union(vec![
            (ab, field(1)),
            (b, field(0)),
            (ints, Coercion::Null),
            (int, Coercion::Member { ty: other, inner: Box::new(Coercion::Json) }),
        ]);
        let of_ab = |b| Value::member(ab, Value::record(shapes[0], vec![Value::Int(1), b]));
        let of_b = Value::member(b, Value::record(shapes[1], vec![Value::Int(3)]));
        let table = [
            (of_ab(Value::Int(2)), Value::Int(2)),
            (of_ab(Value::Missing), Value::Null),
            (of_b, Value::Int(3)),
            (Value::member(ints, Value::list(vec![])), Value::Null),
            (Value::string("not listed"), Value::string("not listed")),
            (Value::Null, Value::Null),
        ];
        for (value, expected) in table {
            assert!(coerce(value, &plan, &program).unwrap().equal(&expected), "{expected:?}");
        }
        let member = coerce(Value::Int(5), &plan, &program).unwrap();
        assert!(matches!(&member, Value::Member(m) if m.ty() == other));
        let beyond = Coercion::Union(vec![(b, field(7))]);
        let value = Value::member(b, Value::record(shapes[1], vec![Value::Int(3)]));
        let failure = coerce(value, &beyond, &program).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Internal);
    }

    #[test]
    fn what_does_not_fit_a_plan_is_an_internal_failure() {
        let mut types = Types::new();
        let shape = types.shape(&["a"]);
        let program = types.program;
        let record = Value::record(shape, vec![Value::Int(1)]);
        let beyond = Coercion::Record { shape, fields: vec![Some((7, Coercion::Same))] };
        let table = [
            (record.clone(), beyond),
            (record.clone(), Coercion::RecordToMap(vec![])),
            (record, Coercion::List(Box::new(Coercion::Same))),
            (Value::Null, narrowing(shape)),
            (Value::record(ShapeIdx(9), vec![]), Coercion::Json),
        ];
        for (value, plan) in table {
            let failure = coerce(value, &plan, &program).unwrap_err();
            assert_eq!(failure.kind, FailureKind::Internal, "{plan:?}");
        }
    }

    #[test]
    fn a_plan_that_is_too_deep_fails() {
        let mut plan = Coercion::Same;
        for _ in 0..2 * MAX_DEPTH {
            plan = Coercion::Optional(Box::new(plan));
        }
        let failure = coerce(Value::Int(1), &plan, &Program::default()).unwrap_err();
        assert_eq!(failure.code, "TooDeep");
    }
}
