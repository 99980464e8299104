//! What a store is asked of the lambdas of a call: captured values filled in, the rest left to the
//! lambdas.

use wf_vm::bytecode::pushdown::{Asks, Comparison, Kind, Literal, Operand, Predicate, Pushdown};
use wf_vm::{LambdaRef, NodeCall, Value};

use super::store::Bound;

/// How many items a captured list may have for a store to be asked by it.
const MOST_ITEMS: usize = 1_000;

/// What a store works out of a lambda that is a test.
pub(super) struct Test {
    predicate: Predicate,
    captures: Vec<Literal>,
    /// Whether the lambda has nothing to add.
    pub(super) is_exact: bool,
    /// Whether it may fail in some row, so that all rows must be looked at.
    pub(super) can_fail: bool,
}

impl Test {
    /// As a question has it.
    pub(super) fn bound(&self) -> Bound<'_, Predicate> {
        Bound { what: &self.predicate, captures: self.captures.clone() }
    }

    /// Whether rows that it is true of are given, and no others, whichever are looked at.
    pub(super) fn is_whole(&self) -> bool {
        self.is_exact && !self.can_fail
    }
}

/// What a store works out of a lambda that gives the key to order by; it can't fail.
pub(super) struct Key {
    operand: Operand,
    captures: Vec<Literal>,
}

impl Key {
    /// As a question has it.
    pub(super) fn bound(&self) -> Bound<'_, Operand> {
        Bound { what: &self.operand, captures: self.captures.clone() }
    }
}

fn pushdown<'a>(call: &NodeCall<'a>, lambda: &LambdaRef) -> Option<&'a Pushdown> {
    let all = &call.program.pushdowns;
    let place = all.binary_search_by_key(&lambda.function(), |p| p.function).ok()?;
    all.get(place)
}

/// What a store works out of a test; nothing where that is nothing, or a captured value can't be had.
pub(super) fn test(call: &NodeCall<'_>, lambda: &LambdaRef) -> Option<Test> {
    let Asks::Test { predicate, exact } = &pushdown(call, lambda)?.asks else { return None };
    let captures = Captures(lambda.captures());
    let predicate = captures.fold(predicate)?;
    let can_fail = predicate.can_fail();
    Some(Test { predicate, captures: captures.scalars(), is_exact: *exact, can_fail })
}

/// What a store orders by; nothing where the machine must, as the key may fail.
pub(super) fn key(call: &NodeCall<'_>, lambda: &LambdaRef) -> Option<Key> {
    let operand = match &pushdown(call, lambda)?.asks {
        Asks::Key(operand) => operand,
        // A lambda that gives a `bool` is read as a test.
        Asks::Test { predicate: Predicate::Is(operand), exact: true } => operand,
        Asks::Test { .. } => return None,
    };
    if operand.can_fail() || !operand.depends_on_row() {
        return None;
    }
    let captures = Captures(lambda.captures());
    Some(Key { operand: operand.clone(), captures: captures.scalars() })
}

/// What a lambda captured.
struct Captures<'a>(&'a [Value]);

impl Captures<'_> {
    /// The values that a store knows, by their places; null for the others.
    fn scalars(&self) -> Vec<Literal> {
        let literal = |value: &Value| scalar(value).unwrap_or(Literal::Null);
        self.0.iter().map(literal).collect()
    }

    /// A predicate in which nothing is left of captures but scalars that are not null, as operands of
    /// fields. `None` where a captured value is none of its kind: it could not be had.
    fn fold(&self, predicate: &Predicate) -> Option<Predicate> {
        Some(match predicate {
            Predicate::And(parts) => {
                all(parts.iter().map(|p| self.fold(p)).collect::<Option<_>>()?)
            }
            Predicate::Or(parts) => {
                any(parts.iter().map(|p| self.fold(p)).collect::<Option<_>>()?)
            }
            Predicate::Not(inner) => not(self.fold(inner)?),
            Predicate::InCapture { needle, list, kind } => {
                self.in_list(&self.operand(needle)?, usize::from(*list), *kind)?
            }
            Predicate::Compare { op, left, right } => {
                compare(*op, self.operand(left)?, self.operand(right)?)
            }
            Predicate::IsNull(operand) => is_null(self.operand(operand)?),
            Predicate::Is(operand) => match self.operand(operand)? {
                Operand::Const(_) => Predicate::Const(false),
                Operand::Capture { index, .. } => {
                    let value = self.0.get(usize::from(index));
                    Predicate::Const(matches!(value, Some(Value::Bool(true))))
                }
                operand => Predicate::Is(operand),
            },
            other => {
                let mut is_there = true;
                for operand in other.operands() {
                    is_there &= !has_null(&self.operand(operand)?);
                }
                if is_there { other.clone() } else { Predicate::Const(false) }
            }
        })
    }

    /// An operand whose captures are there: null becomes a constant.
    fn operand(&self, operand: &Operand) -> Option<Operand> {
        Some(match operand {
            Operand::Capture { index, kind, .. } => {
                match scalar(self.0.get(usize::from(*index))?)? {
                    Literal::Null => Operand::Const(Literal::Null),
                    literal if literal.kind() == Some(*kind) => {
                        Operand::Capture { index: *index, kind: *kind, nullable: false }
                    }
                    _ => return None,
                }
            }
            Operand::Arithmetic { op, left, right, kind } => {
                let (left, right) = (self.operand(left)?, self.operand(right)?);
                let (left, right) = (Box::new(left), Box::new(right));
                Operand::Arithmetic { op: *op, left, right, kind: *kind }
            }
            other => other.clone(),
        })
    }

    /// `needle in list`; null is in it only where a null is.
    fn in_list(&self, needle: &Operand, list: usize, kind: Kind) -> Option<Predicate> {
        let items = match self.0.get(list)?.plain() {
            Value::List(items) => items.as_slice(),
            // Another part has settled the answer.
            Value::Null | Value::Missing => return Some(Predicate::Const(false)),
            _ => return None,
        };
        if items.len() > MOST_ITEMS {
            return None;
        }
        let mut among = Vec::with_capacity(items.len());
        let mut has_null = false;
        for item in items {
            match scalar(item)? {
                Literal::Null => has_null = true,
                literal if literal.kind() == Some(kind) => among.push(Operand::Const(literal)),
                _ => return None,
            }
        }
        let null = is_null(needle.clone());
        let found = match among.is_empty() {
            true => Predicate::Const(false),
            false => Predicate::In { needle: needle.clone(), among },
        };
        let found = all(vec![not(null.clone()), found]);
        Some(if has_null { any(vec![null, found]) } else { found })
    }
}

/// A value as a store knows it; `None` where it is no scalar.
fn scalar(value: &Value) -> Option<Literal> {
    Some(match value.plain() {
        Value::Null | Value::Missing => Literal::Null,
        Value::Bool(value) => Literal::Bool(*value),
        Value::Int(value) => Literal::Int(*value),
        Value::Float(value) => Literal::Float(*value),
        Value::Decimal(value) => Literal::Decimal(**value),
        Value::String(text) => Literal::String(text.to_string()),
        Value::Instant(at) => Literal::Instant(*at),
        Value::Duration(micros) => Literal::Duration(*micros),
        Value::Uuid(id) => Literal::Uuid(id.as_u128()),
        _ => return None,
    })
}

fn compare(op: Comparison, left: Operand, right: Operand) -> Predicate {
    let is_null = |operand: &Operand| *operand == Operand::Const(Literal::Null);
    match op {
        Comparison::Eq if is_null(&right) => self::is_null(left),
        Comparison::Eq if is_null(&left) => self::is_null(right),
        Comparison::Ne if is_null(&right) => not(self::is_null(left)),
        Comparison::Ne if is_null(&left) => not(self::is_null(right)),
        // Another part has settled the answer.
        _ if has_null(&left) || has_null(&right) => Predicate::Const(false),
        _ => Predicate::Compare { op, left, right },
    }
}

/// Whether a constant null is part of an operand.
fn has_null(operand: &Operand) -> bool {
    match operand {
        Operand::Const(literal) => *literal == Literal::Null,
        Operand::Arithmetic { left, right, .. } => has_null(left) || has_null(right),
        Operand::Field { .. } | Operand::Capture { .. } => false,
    }
}

fn is_null(operand: Operand) -> Predicate {
    match &operand {
        Operand::Const(literal) => Predicate::Const(*literal == Literal::Null),
        Operand::Field { nullable: true, .. } => Predicate::IsNull(operand),
        _ => Predicate::Const(false),
    }
}

fn not(predicate: Predicate) -> Predicate {
    match predicate {
        Predicate::Const(value) => Predicate::Const(!value),
        Predicate::Not(inner) => *inner,
        other => Predicate::Not(Box::new(other)),
    }
}

fn all(parts: Vec<Predicate>) -> Predicate {
    joined(parts, true)
}

fn any(parts: Vec<Predicate>) -> Predicate {
    joined(parts, false)
}

/// `and` or `or`, which leave out what changes nothing.
fn joined(parts: Vec<Predicate>, and: bool) -> Predicate {
    let mut kept = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Predicate::Const(value) if value == and => {}
            Predicate::Const(value) => return Predicate::Const(value),
            part => kept.push(part),
        }
    }
    match kept.len() {
        0 => Predicate::Const(and),
        1 => kept.remove(0),
        _ if and => Predicate::And(kept),
        _ => Predicate::Or(kept),
    }
}
