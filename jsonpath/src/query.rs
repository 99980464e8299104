//! Queries as they are after reading.

use crate::json::Number;
use crate::parse::{self, ParseError};
use crate::regexp::Pattern;

/// A query: where it begins, and the segments that lead on from there.
#[derive(Clone, Debug)]
pub struct Query {
    /// Where it begins.
    pub root: Root,
    /// The segments, each applied to every result of the one before.
    pub segments: Vec<Segment>,
}

/// Where a query begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// `$`: the whole value.
    Document,
    /// `@`: the value that a filter looks at.
    Current,
    /// `%0`: a value that is given beside the document. Not of the RFC: programs put their own values
    /// into filters by it.
    Param(usize),
}

/// A segment of a query.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Whether it is applied to the value and to everything inside of it (`..`).
    pub descendants: bool,
    /// The selectors; one at least.
    pub selectors: Vec<Selector>,
}

/// What a segment takes of a value.
#[derive(Clone, Debug)]
pub enum Selector {
    /// `'name'`
    Name(String),
    /// `*`
    All,
    /// `0`, `-1`
    Index(i64),
    /// `start:end:step`
    Slice {
        /// The first index.
        start: Option<i64>,
        /// The index behind the last.
        end: Option<i64>,
        /// The step, 1 where it is left out.
        step: Option<i64>,
    },
    /// `? condition`
    Filter(Box<Condition>),
    /// `%0`: a name or an index by a given value; an index below 0 takes nothing.
    Param(usize),
}

/// The condition of a filter.
#[derive(Clone, Debug)]
pub enum Condition {
    /// `a || b`
    Or(Vec<Condition>),
    /// `a && b`
    And(Vec<Condition>),
    /// `!a`
    Not(Box<Condition>),
    /// A query: whether it has a result.
    Exists(Query),
    /// A comparison.
    Compare(Operand, Order, Operand),
    /// `match(…)`, `search(…)`
    Holds(Call),
}

/// The operator of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
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

/// One value, or nothing.
#[derive(Clone, Debug)]
pub enum Operand {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    Text(String),
    /// A query with one result at most.
    Query(Query),
    /// A function that gives a value.
    Call(Box<Call>),
}

/// A call of a function.
#[derive(Clone, Debug)]
pub enum Call {
    /// `length(v)`: of a string in characters, of an array, of an object; else nothing.
    Length(Operand),
    /// `count(q)`: how many results a query has.
    Count(Query),
    /// `value(q)`: the result of a query that has just one; else nothing.
    Value(Query),
    /// `match(v, p)`, `search(v, p)`
    Regex {
        /// Whether the whole text must match (`match`).
        whole: bool,
        /// The text.
        text: Operand,
        /// The regular expression.
        pattern: Operand,
        /// The same, compiled, where it is a literal.
        compiled: Option<Pattern>,
    },
}

impl Query {
    /// Reads a query that begins with `$`.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        parse::query(text, 0)
    }

    /// Reads a query in which `%0`, `%1` … stand for so many values that are given to
    /// [`Query::select`].
    ///
    /// # Errors
    /// As [`Query::parse`].
    pub fn parse_with_params(text: &str, params: usize) -> Result<Self, ParseError> {
        parse::query(text, params)
    }

    /// Whether it has one result at most, whatever the value.
    pub fn is_singular(&self) -> bool {
        self.segments.iter().all(Segment::is_singular)
    }
}

impl Segment {
    /// Whether it takes one part at most of each value.
    pub fn is_singular(&self) -> bool {
        !self.descendants
            && matches!(
                self.selectors.as_slice(),
                [Selector::Name(_) | Selector::Index(_) | Selector::Param(_)]
            )
    }
}
