//! What a store can work out by itself of a lambda over an entity: `where` and `orderBy` of
//! `entity.query`, and `where`/`if` of the other entity nodes.

mod flat;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// What a store can work out of one lambda.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pushdown {
    /// The lambda's function.
    pub function: u16,
    /// What the store works out.
    pub asks: Asks,
}

/// What a lambda asks of each entity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Asks {
    /// It is a test. The rows for which `predicate` is not true are surely not wanted; where `exact`,
    /// all others are, and otherwise the lambda has the last word about them.
    Test {
        /// What is asked of each row.
        predicate: Predicate,
        /// Whether the lambda has nothing to add.
        exact: bool,
    },
    /// It is what the rows are ordered by.
    Key(Operand),
}

/// A test that is either true or false, never unknown: null is a value equal to itself only.
///
/// Where an operand is null that is compared by order, is tested by [`Predicate::Is`] or is a text,
/// another part of the whole has settled the answer: both true and false are right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "flat::Flat", into = "flat::Flat")]
pub enum Predicate {
    /// Always so.
    Const(bool),
    /// A `bool` (never null) that is true.
    Is(Operand),
    /// All of them hold.
    And(Vec<Predicate>),
    /// One of them holds.
    Or(Vec<Predicate>),
    /// It does not hold.
    Not(Box<Predicate>),
    /// A comparison; both sides have the same [`Kind`]; only `Eq` and `Ne` are given nulls.
    Compare {
        /// Which.
        op: Comparison,
        /// The left side.
        left: Operand,
        /// The right side.
        right: Operand,
    },
    /// `needle in [..]`
    In {
        /// What is looked for.
        needle: Operand,
        /// What it may be.
        among: Vec<Operand>,
    },
    /// `needle in list`, of a list that the lambda captured. Nodes write it out as
    /// [`Predicate::In`]: no store is asked this.
    InCapture {
        /// What is looked for.
        needle: Operand,
        /// The list, by its place among the captures.
        list: u16,
        /// What its items are.
        kind: Kind,
    },
    /// `contains(text, part)`
    Contains {
        /// Where it is looked for.
        text: Operand,
        /// What is looked for.
        part: Operand,
    },
    /// `startsWith(text, part)`
    StartsWith {
        /// What it is looked for in.
        text: Operand,
        /// What is looked for.
        part: Operand,
    },
    /// `endsWith(text, part)`
    EndsWith {
        /// What it is looked for in.
        text: Operand,
        /// What is looked for.
        part: Operand,
    },
    /// `x == null`
    IsNull(Operand),
}

/// How two operands are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// A value of one row, or one that is the same for all rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "flat::Flat", into = "flat::Flat")]
pub enum Operand {
    /// An attribute, or `id`, `createdAt`, `updatedAt`; a name behind the first is a field of a record
    /// attribute. `nullable` where it may be null or missing.
    Field {
        /// The names; one at least.
        path: Vec<SmolStr>,
        /// What it is.
        kind: Kind,
        /// Whether it may be null or missing.
        nullable: bool,
    },
    /// A value that the lambda captured, by its place among the captures.
    Capture {
        /// The place.
        index: u16,
        /// What it is.
        kind: Kind,
        /// Whether it may be null.
        nullable: bool,
    },
    /// A constant.
    Const(Literal),
    /// Arithmetic of the language; a row where it would fail (overflow) makes the lambda fail, so the
    /// store must say that it can't tell rather than give a wrong row.
    Arithmetic {
        /// Which.
        op: Arithmetic,
        /// The left side.
        left: Box<Operand>,
        /// The right side.
        right: Box<Operand>,
        /// What the result is. The sides are of the same kind, but where instants and durations
        /// are added, subtracted, and where a duration is multiplied by an `int`.
        kind: Kind,
    },
}

/// What a value is to a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// `bool` and its literals
    Bool,
    /// `int` and its literals
    Int,
    /// `float`
    Float,
    /// `decimal`
    Decimal,
    /// `string` and its literals
    String,
    /// `instant`
    Instant,
    /// `duration`
    Duration,
    /// `uuid`
    Uuid,
}

/// Arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
}

/// A constant. Instants (since 1970) and durations are microseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Literal {
    /// `null`
    Null,
    /// A `bool`.
    Bool(bool),
    /// An `int`.
    Int(i64),
    /// A `float`.
    Float(f64),
    /// A `decimal`.
    Decimal(crate::Decimal),
    /// A `string`.
    String(String),
    /// An `instant`.
    Instant(i64),
    /// A `duration`.
    Duration(i64),
    /// A `uuid`.
    Uuid(u128),
}

impl Predicate {
    /// How deep predicates and operands may nest, together.
    pub const MAX_DEPTH: usize = 64;

    /// How deep it nests, with its operands: 1 where it is a constant.
    pub fn depth(&self) -> usize {
        let deepest = self.operands().map(Operand::depth).max().unwrap_or(0);
        1 + self.parts().iter().map(Self::depth).fold(deepest, usize::max)
    }

    /// Whether the arithmetic of a row may fail in it.
    pub fn can_fail(&self) -> bool {
        self.operands().any(Operand::can_fail) || self.parts().iter().any(Self::can_fail)
    }

    /// The tests that it is made of.
    pub fn parts(&self) -> &[Self] {
        match self {
            Self::And(parts) | Self::Or(parts) => parts,
            Self::Not(inner) => std::slice::from_ref(inner),
            _ => &[],
        }
    }

    /// The operands of this test itself, without those of its parts.
    pub fn operands(&self) -> impl Iterator<Item = &Operand> {
        let (first, second, rest): (_, _, &[Operand]) = match self {
            Self::Const(_) | Self::And(_) | Self::Or(_) | Self::Not(_) => (None, None, &[]),
            Self::Is(operand) | Self::IsNull(operand) => (Some(operand), None, &[]),
            Self::Compare { left, right, .. } => (Some(left), Some(right), &[]),
            Self::In { needle, among } => (Some(needle), None, among),
            Self::InCapture { needle, .. } => (Some(needle), None, &[]),
            Self::Contains { text, part }
            | Self::StartsWith { text, part }
            | Self::EndsWith { text, part } => (Some(text), Some(part), &[]),
        };
        first.into_iter().chain(second).chain(rest)
    }
}

impl Operand {
    /// How deep it nests: 1 where it has no operands itself.
    pub fn depth(&self) -> usize {
        match self {
            Self::Arithmetic { left, right, .. } => 1 + left.depth().max(right.depth()),
            _ => 1,
        }
    }

    /// What its value is; `None` for the constant null.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::Field { kind, .. }
            | Self::Capture { kind, .. }
            | Self::Arithmetic { kind, .. } => Some(*kind),
            Self::Const(literal) => literal.kind(),
        }
    }

    /// Whether it has another value in another row.
    pub fn depends_on_row(&self) -> bool {
        match self {
            Self::Field { .. } => true,
            Self::Capture { .. } | Self::Const(_) => false,
            Self::Arithmetic { left, right, .. } => left.depends_on_row() || right.depends_on_row(),
        }
    }

    /// Whether its arithmetic may fail in some row.
    pub fn can_fail(&self) -> bool {
        matches!(self, Self::Arithmetic { .. })
    }

    /// Notes that it is not null at this place.
    pub fn is_there(&mut self) {
        if let Self::Field { nullable, .. } | Self::Capture { nullable, .. } = self {
            *nullable = false;
        }
    }
}

impl Literal {
    /// What it is; `None` for null.
    pub fn kind(&self) -> Option<Kind> {
        Some(match self {
            Self::Null => return None,
            Self::Bool(_) => Kind::Bool,
            Self::Int(_) => Kind::Int,
            Self::Float(_) => Kind::Float,
            Self::Decimal(_) => Kind::Decimal,
            Self::String(_) => Kind::String,
            Self::Instant(_) => Kind::Instant,
            Self::Duration(_) => Kind::Duration,
            Self::Uuid(_) => Kind::Uuid,
        })
    }
}
