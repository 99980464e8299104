//! Decoding values: `json` that the machine holds already.

use std::borrow::Cow;

use wf_bytecode::{Decimal, FieldDesc, Program, ShapeIdx, TypeDesc, TypeIdx};

use super::DecodeError;
use super::fault::{self, Decoded, Depth, Fault, desc};
use super::record::{check_complete, names};
use super::scalar;
use super::scan::Kind;
use super::union;
use crate::Failure;
use crate::value::{MapRef, Value, json, text};

pub(super) fn decode(value: &Value, ty: TypeIdx, program: &Program) -> Result<Value, DecodeError> {
    let mut decoder = Decoder { program, visited: 0, in_vain: 0 };
    decoder.value(value, ty, Depth::default()).map_err(|fault| fault.finish(None))
}

/// What a value is, in messages.
pub(super) fn found(value: &Value) -> String {
    match value.plain() {
        Value::Missing => "missing".into(),
        Value::Bool(true) => "true".into(),
        Value::Bool(false) => "false".into(),
        Value::String(text) => fault::string_found(text),
        Value::Int(_) | Value::Float(_) | Value::Decimal(_) => fault::number_found(&text_of(value)),
        Value::Uuid(_) | Value::Instant(_) | Value::Duration(_) => {
            fault::string_found(&text_of(value))
        }
        _ => kind_of(value).map_or("a lambda", fault::kind_name).into(),
    }
}

struct Decoder<'p> {
    program: &'p Program,
    /// How many values were looked at so far.
    visited: usize,
    /// How many of them for members of unions that did not fit.
    in_vain: usize,
}

impl Decoder<'_> {
    fn value(&mut self, value: &Value, ty: TypeIdx, depth: Depth) -> Decoded<Value> {
        if let Value::Member(member) = value
            && let TypeDesc::Union(members) = desc(ty, self.program)?
            && let Some(read) = union::of_members(members, member.ty(), self.program)
        {
            let value = self.value(member.value(), read, depth.same()?)?;
            return Ok(value.of_member(member.ty(), self.program));
        }
        let value = value.plain();
        self.visited += 1;
        if self.visited > json::MAX_NODES {
            return Err(Fault::too_large());
        }
        let mismatch = || {
            // What was given for a secret is not shown.
            let found = match (desc(ty, self.program), kind_of(value)) {
                (Ok(TypeDesc::Secret), Some(kind)) => fault::kind_name(kind).into(),
                _ => found(value),
            };
            Fault::of_type(ty, self.program, found)
        };
        match (desc(ty, self.program)?, value) {
            (TypeDesc::Json, _) => json::to_json(value.clone(), self.program).map_err(from_failure),
            (TypeDesc::Unread(_), _) => Ok(Value::Missing),
            (TypeDesc::Reduced { read, .. }, _) => self.value(value, *read, depth.same()?),
            (TypeDesc::Optional(_) | TypeDesc::Null, Value::Null | Value::Missing) => {
                Ok(Value::Null)
            }
            (TypeDesc::Optional(inner), _) => self.value(value, *inner, depth.same()?),
            // Steps are looked at only by hosts: the detour may take its time.
            (_, Value::Step(_)) => {
                let form = json::to_json(value.clone(), self.program).map_err(from_failure)?;
                self.value(&form, ty, depth)
            }
            (TypeDesc::Bool, Value::Bool(_))
            | (TypeDesc::Int, Value::Int(_))
            | (TypeDesc::Float, Value::Float(_))
            | (TypeDesc::Decimal, Value::Decimal(_))
            | (TypeDesc::String | TypeDesc::Secret, Value::String(_))
            | (TypeDesc::Uuid, Value::Uuid(_))
            | (TypeDesc::Instant, Value::Instant(_))
            | (TypeDesc::Duration, Value::Duration(_)) => Ok(value.clone()),
            (TypeDesc::Int, Value::Float(number)) => {
                scalar::whole(*number).map(Value::Int).ok_or_else(mismatch)
            }
            (TypeDesc::Float, Value::Int(number)) => Ok(Value::float(*number as f64)),
            (TypeDesc::Int, Value::Decimal(number)) => {
                number.to_int().map(Value::Int).ok_or_else(mismatch)
            }
            (TypeDesc::Float, Value::Decimal(number)) => {
                number.to_float().map(Value::float).ok_or_else(mismatch)
            }
            (TypeDesc::Decimal, Value::Int(number)) => {
                Ok(Value::decimal(Decimal::from_int(*number)))
            }
            (TypeDesc::Decimal, Value::Float(number)) => {
                Decimal::from_float(*number).map(Value::decimal).ok_or_else(mismatch)
            }
            (TypeDesc::Decimal, Value::String(text)) => {
                let wrong = |why| Fault::of_type(ty, self.program, fault::string_found(text) + why);
                scalar::decimal_of(text).map_err(wrong)
            }
            (
                TypeDesc::LiteralInt(literal),
                Value::Int(_) | Value::Float(_) | Value::Decimal(_),
            ) if union::holds(ty, value, self.program) => Ok(Value::Int(*literal)),
            (TypeDesc::LiteralBool(_), Value::Bool(_)) if union::holds(ty, value, self.program) => {
                Ok(value.clone())
            }
            (
                TypeDesc::String
                | TypeDesc::Secret
                | TypeDesc::Uuid
                | TypeDesc::Instant
                | TypeDesc::Duration
                | TypeDesc::LiteralString(_),
                Value::String(_) | Value::Uuid(_) | Value::Instant(_) | Value::Duration(_),
            ) => {
                let text = text_of(value);
                scalar::from_string(desc(ty, self.program)?, &text).ok_or_else(mismatch)
            }
            (TypeDesc::List(item), Value::List(items)) => {
                let depth = depth.inner()?;
                let items = items.as_slice().iter().enumerate().map(|(index, value)| {
                    self.value(value, *item, depth).map_err(|fault| fault.at_index(index))
                });
                Ok(Value::list(items.collect::<Result<_, _>>()?))
            }
            (TypeDesc::Map(item), Value::Map(_) | Value::Record(_)) => {
                let depth = depth.inner()?;
                let entries = entries(value, self.program)?.into_iter().map(|(name, value)| {
                    let value = self.value(value, *item, depth);
                    Ok((arcstr::ArcStr::from(name), value.map_err(|f| f.in_field(name))?))
                });
                Ok(Value::Map(MapRef::new(entries.collect::<Decoded<_>>()?)))
            }
            (TypeDesc::Record { shape, fields, .. }, Value::Map(_) | Value::Record(_)) => {
                self.record(value, *shape, fields, depth.inner()?)
            }
            (TypeDesc::Union(members), _) => self.union(value, ty, members, depth.same()?),
            _ => Err(mismatch()),
        }
    }

    fn record(
        &mut self,
        value: &Value,
        shape: ShapeIdx,
        fields: &[FieldDesc],
        depth: Depth,
    ) -> Decoded<Value> {
        let names = names(shape, fields, self.program)?;
        let mut slots = vec![Value::Missing; fields.len()];
        for ((name, field), slot) in names.iter().zip(fields).zip(&mut slots) {
            if field.demanded
                && let Some(value) = self.field(value, name)
            {
                *slot = self.value(value, field.ty, depth).map_err(|f| f.in_field(name))?;
            }
        }
        check_complete(names, fields, &slots, self.program)?;
        Ok(Value::record(shape, slots))
    }

    fn union(
        &mut self,
        value: &Value,
        ty: TypeIdx,
        members: &[TypeIdx],
        depth: Depth,
    ) -> Decoded<Value> {
        let program = self.program;
        let mut candidates = kind_of(value)
            .map(|kind| union::candidates(members, kind, program))
            .unwrap_or_default();
        if union::all_literal(&candidates, program) {
            let held = candidates.iter().find(|ty| union::holds(**ty, value, program));
            return match held {
                Some(member) => self.value(value, *member, depth),
                None => Err(Fault::of_type(ty, program, found(value))),
            };
        }
        let mut used = Vec::new();
        while candidates.len() > 1
            && used.len() < union::ROUNDS
            && let Some(name) = union::discriminator(&candidates, &used, program)
        {
            used.push(name);
            let expected = || union::literals_of(&candidates, name, program);
            let Some(value) = self.field(value, name) else {
                return Err(Fault::new(expected(), "missing").in_field(name));
            };
            let of_value: Vec<TypeIdx> = candidates
                .iter()
                .copied()
                .filter(|ty| {
                    let field = union::field_type(*ty, name, program);
                    field.is_some_and(|field| union::holds(field, value, program))
                })
                .collect();
            if of_value.is_empty() {
                return Err(Fault::new(expected(), found(value)).in_field(name));
            }
            candidates = of_value;
        }
        if let [one] = candidates.as_slice() {
            return Ok(self.value(value, *one, depth)?.of_member(*one, program));
        }
        for member in candidates {
            let before = self.visited;
            match self.value(value, member, depth) {
                Err(fault) if !fault.fatal => {
                    self.in_vain += self.visited - before;
                    self.check_patience()?;
                }
                done => return Ok(done?.of_member(member, program)),
            }
        }
        Err(Fault::of_type(ty, program, found(value)))
    }

    /// Members inside members make what is in vain grow with the power of the depth; where they
    /// are side by side it is some times what is not.
    fn check_patience(&self) -> Decoded<()> {
        const LEAST: usize = 500_000;
        let good = self.visited.saturating_sub(self.in_vain);
        if self.in_vain > LEAST + 16 * good { Err(Fault::too_hard()) } else { Ok(()) }
    }

    /// A present field of a map or a record.
    fn field<'v>(&self, value: &'v Value, name: &str) -> Option<&'v Value> {
        let found = match value.plain() {
            Value::Map(map) => map.entries().get(name),
            Value::Record(record) => {
                let names = &self.program.shapes.get(usize::from(record.shape().0))?.fields;
                record.fields().get(names.iter().position(|n| n == name)?)
            }
            _ => None,
        };
        found.filter(|value| !matches!(value, Value::Missing))
    }
}

/// The present entries of a map or a record.
fn entries<'v>(value: &'v Value, program: &'v Program) -> Decoded<Vec<(&'v str, &'v Value)>> {
    match value.plain() {
        Value::Map(map) => Ok(map.entries().iter().map(|(k, v)| (k.as_str(), v)).collect()),
        Value::Record(record) => {
            let names = json::names(record.shape(), program).map_err(from_failure)?;
            let entries = names.iter().map(|name| name.as_str()).zip(record.fields());
            Ok(entries.filter(|(_, value)| !matches!(value, Value::Missing)).collect())
        }
        _ => Ok(Vec::new()),
    }
}

/// The text of a value that has no parts.
fn text_of(value: &Value) -> Cow<'_, str> {
    if let Value::String(text) = value {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    match text::push_text(value, &Program::default(), &mut out) {
        Ok(()) => Cow::Owned(out),
        Err(failure) => Cow::Owned(failure.message),
    }
}

fn kind_of(value: &Value) -> Option<Kind> {
    Some(match value.plain() {
        Value::Null | Value::Missing => Kind::Null,
        Value::Bool(_) => Kind::Bool,
        Value::Int(_) | Value::Float(_) | Value::Decimal(_) => Kind::Number,
        Value::String(_) | Value::Uuid(_) | Value::Instant(_) | Value::Duration(_) => Kind::String,
        Value::List(_) => Kind::List,
        Value::Map(_) | Value::Record(_) | Value::Step(_) => Kind::Object,
        Value::Lambda(_) | Value::Member(_) => return None,
    })
}

fn from_failure(failure: Failure) -> Box<Fault> {
    Fault::fatal("a value that JSON can hold", failure.message)
}
