//! A second way to answer what stores are asked: over the JSON of all rows, so that what the compiler
//! says of a lambda is held against the lambda.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::value::RawValue;
use wf_stdlib::{Found, Question, Row, StoreError};
use wf_vm::Value;
use wf_vm::bytecode::pushdown::{Arithmetic, Comparison, Kind, Literal, Operand, Predicate};
use wf_vm::bytecode::{EntityInfo, Program, TimeOp, TypeDesc, TypeIdx};
use wf_vm::value::{decode, time};

/// One row, and what a lambda captured.
struct Reader<'a> {
    entity: &'a EntityInfo,
    row: &'a Row,
    captures: &'a [Literal],
    kinds: &'a Program,
}

type Attributes = BTreeMap<String, Box<RawValue>>;
type Answer<T> = Result<T, StoreError>;

/// Answers a question from all rows, which are in the order of `createdAt` and `id`.
pub(super) fn answer(question: &Question<'_>, rows: Vec<Row>) -> Answer<Found> {
    let kinds = kinds();
    let entity = question.entity;
    let mut found = Vec::new();
    for row in rows {
        let read = |captures| Reader { entity, row: &row, captures, kinds: &kinds };
        let passes = match &question.test {
            Some(test) => read(&test.captures).holds(test.what)?,
            None => true,
        };
        let key = match &question.key {
            Some(key) if passes => read(&key.captures).value(key.what)?,
            _ => Literal::Null,
        };
        if passes {
            found.push((key, row));
        }
    }
    let total = found.len() as u64;
    match (&question.key, question.descending) {
        (Some(_), false) => found.sort_by(|(a, _), (b, _)| compare(a, b)),
        (Some(_), true) => found.sort_by(|(a, _), (b, _)| compare(b, a)),
        (None, true) => found.reverse(),
        (None, false) => {}
    }
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let limit = question.limit.map_or(usize::MAX, number);
    let rows = found.into_iter().map(|(_, row)| row).skip(number(question.offset)).take(limit);
    Ok(Found { rows: rows.collect(), total: question.count.then_some(total) })
}

/// A type for each kind.
fn kinds() -> Program {
    let types = vec![
        TypeDesc::Bool,
        TypeDesc::Int,
        TypeDesc::Float,
        TypeDesc::Decimal,
        TypeDesc::String,
        TypeDesc::Instant,
        TypeDesc::Duration,
        TypeDesc::Uuid,
    ];
    Program { types, ..Program::default() }
}

impl Reader<'_> {
    fn holds(&self, predicate: &Predicate) -> Answer<bool> {
        Ok(match predicate {
            Predicate::Const(value) => *value,
            Predicate::Is(operand) => self.value(operand)? == Literal::Bool(true),
            Predicate::And(parts) => {
                for part in parts {
                    if !self.holds(part)? {
                        return Ok(false);
                    }
                }
                true
            }
            Predicate::Or(parts) => {
                for part in parts {
                    if self.holds(part)? {
                        return Ok(true);
                    }
                }
                false
            }
            Predicate::Not(inner) => !self.holds(inner)?,
            Predicate::Compare { op, left, right } => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                let null = left == Literal::Null || right == Literal::Null;
                let order = compare(&left, &right);
                match op {
                    Comparison::Eq => order.is_eq(),
                    Comparison::Ne => order.is_ne(),
                    _ if null => false,
                    Comparison::Lt => order.is_lt(),
                    Comparison::Le => order.is_le(),
                    Comparison::Gt => order.is_gt(),
                    Comparison::Ge => order.is_ge(),
                }
            }
            Predicate::In { needle, among } => {
                let needle = self.value(needle)?;
                for item in among {
                    if compare(&needle, &self.value(item)?).is_eq() {
                        return Ok(true);
                    }
                }
                false
            }
            Predicate::InCapture { .. } => return Err(never("no store is asked this")),
            Predicate::Contains { text, part } => self.texts(text, part, |a, b| a.contains(b))?,
            Predicate::StartsWith { text, part } => {
                self.texts(text, part, |a, b| a.starts_with(b))?
            }
            Predicate::EndsWith { text, part } => self.texts(text, part, |a, b| a.ends_with(b))?,
            Predicate::IsNull(operand) => self.value(operand)? == Literal::Null,
        })
    }

    fn texts(
        &self,
        text: &Operand,
        part: &Operand,
        test: impl Fn(&str, &str) -> bool,
    ) -> Answer<bool> {
        Ok(match (self.value(text)?, self.value(part)?) {
            (Literal::String(text), Literal::String(part)) => test(&text, &part),
            _ => false,
        })
    }

    fn value(&self, operand: &Operand) -> Answer<Literal> {
        match operand {
            Operand::Const(literal) => Ok(literal.clone()),
            Operand::Capture { index, .. } => Ok(self.captures[usize::from(*index)].clone()),
            Operand::Field { path, kind, nullable } => {
                let value = self.field(path, *kind)?;
                let is_guarded = !nullable;
                assert!(is_guarded || kind_of(&value).is_none_or(|k| k == *kind), "{operand:?}");
                Ok(value)
            }
            Operand::Arithmetic { op, left, right, .. } => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                arithmetic(*op, &left, &right)
            }
        }
    }

    fn field(&self, path: &[smol_str::SmolStr], kind: Kind) -> Answer<Literal> {
        let row = self.row;
        match path[0].as_str() {
            "id" => return Ok(Literal::Uuid(row.id.as_u128())),
            "createdAt" => return Ok(Literal::Instant(row.created_at)),
            "updatedAt" => return Ok(Literal::Instant(row.updated_at)),
            _ => {}
        }
        let broken = |e: serde_json::Error| StoreError::Broken(e.to_string());
        let attributes: Attributes = serde_json::from_str(&row.payload).map_err(broken)?;
        let default = || {
            let found = self.entity.defaults.iter().find(|(name, _)| *name == path[0]);
            found.map(|(_, json)| json.to_string())
        };
        let Some(mut json) =
            attributes.get(path[0].as_str()).map(|v| v.get().to_owned()).or_else(default)
        else {
            return Ok(Literal::Null);
        };
        for name in &path[1..] {
            let record: Option<Attributes> = serde_json::from_str(&json).map_err(broken)?;
            match record.and_then(|r| r.get(name.as_str()).map(|v| v.get().to_owned())) {
                Some(inner) => json = inner,
                None => return Ok(Literal::Null),
            }
        }
        if json == "null" {
            return Ok(Literal::Null);
        }
        if matches!(json.as_bytes().first(), Some(b'{' | b'['))
            || kind == Kind::String && !json.starts_with('"')
        {
            // Something that is only tested for null.
            return Ok(Literal::Bool(true));
        }
        let value = decode::decode_text(&json, TypeIdx(kind as u16), self.kinds);
        let value = value.map_err(|e| StoreError::Broken(format!("{path:?}: {e}")))?;
        Ok(literal(&value))
    }
}

/// The failure where a store is asked what none can be: a finding, as the machine does not agree.
fn never(what: &str) -> StoreError {
    StoreError::Broken(what.to_owned())
}

fn kind_of(literal: &Literal) -> Option<Kind> {
    literal.kind()
}

fn literal(value: &Value) -> Literal {
    match value {
        Value::Bool(value) => Literal::Bool(*value),
        Value::Int(value) => Literal::Int(*value),
        Value::Float(value) => Literal::Float(*value),
        Value::Decimal(value) => Literal::Decimal(**value),
        Value::String(text) => Literal::String(text.to_string()),
        Value::Instant(at) => Literal::Instant(*at),
        Value::Duration(micros) => Literal::Duration(*micros),
        Value::Uuid(id) => Literal::Uuid(id.as_u128()),
        _ => Literal::Null,
    }
}

fn compare(a: &Literal, b: &Literal) -> Ordering {
    match (a, b) {
        (Literal::Null, Literal::Null) => Ordering::Equal,
        (Literal::Null, _) => Ordering::Less,
        (_, Literal::Null) => Ordering::Greater,
        (Literal::Bool(a), Literal::Bool(b)) => a.cmp(b),
        (Literal::Int(a), Literal::Int(b))
        | (Literal::Instant(a), Literal::Instant(b))
        | (Literal::Duration(a), Literal::Duration(b)) => a.cmp(b),
        (Literal::Float(a), Literal::Float(b)) => a.total_cmp(b),
        (Literal::Decimal(a), Literal::Decimal(b)) => a.compare(*b),
        (Literal::String(a), Literal::String(b)) => a.cmp(b),
        (Literal::Uuid(a), Literal::Uuid(b)) => a.cmp(b),
        // What the compiler says is no comparison: the machine will not agree.
        _ => Ordering::Less,
    }
}

fn arithmetic(op: Arithmetic, a: &Literal, b: &Literal) -> Answer<Literal> {
    let value = match (a, b) {
        (Literal::Int(a), Literal::Int(b)) => match op {
            Arithmetic::Add => a.checked_add(*b),
            Arithmetic::Sub => a.checked_sub(*b),
            Arithmetic::Mul => a.checked_mul(*b),
        }
        .map(Literal::Int),
        (Literal::Float(a), Literal::Float(b)) => {
            let value = match op {
                Arithmetic::Add => a + b,
                Arithmetic::Sub => a - b,
                Arithmetic::Mul => a * b,
            };
            value.is_finite().then_some(Literal::Float(if value == 0.0 { 0.0 } else { value }))
        }
        (Literal::Decimal(a), Literal::Decimal(b)) => match op {
            Arithmetic::Add => a.plus(*b),
            Arithmetic::Sub => a.minus(*b),
            Arithmetic::Mul => a.times(*b),
        }
        .map(Literal::Decimal),
        (Literal::Null, _) | (_, Literal::Null) => Some(Literal::Null),
        (Literal::Instant(a), Literal::Instant(b)) => a.checked_sub(*b).map(Literal::Duration),
        (Literal::Duration(a), Literal::Int(b)) => a.checked_mul(*b).map(Literal::Duration),
        (Literal::Duration(a), Literal::Duration(b)) => {
            if op == Arithmetic::Add { a.checked_add(*b) } else { a.checked_sub(*b) }
                .map(Literal::Duration)
        }
        (Literal::Instant(a), Literal::Duration(b)) => {
            let op = if op == Arithmetic::Add { TimeOp::InstantAdd } else { TimeOp::InstantSub };
            let value = time::apply(op, &Value::Instant(*a), &Value::Duration(*b));
            value.ok().map(|value| literal(&value))
        }
        _ => return Err(never("arithmetic of other kinds")),
    };
    value.ok_or_else(|| StoreError::Undecided("it overflows".to_owned()))
}
