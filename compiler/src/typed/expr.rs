//! Typed expressions.

use smol_str::SmolStr;
use wf_bytecode::Decimal;
use wf_diagnostics::Span;
use wf_types::Type;

use super::{ConfigId, FnId, LocalId, StepId, VarId};

/// An expression with its type.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// The type of its value: after peeling, which bank of registers it is in.
    pub ty: Type,
    /// Its characters.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A constant.
    Const(Const),
    /// A string with `{{ }}`.
    Template(Vec<TemplatePart>),
    /// A local.
    Local(LocalId),
    /// A variable.
    Variable(VarId),
    /// `steps.NAME`: the record of a step, or null where its type is optional. Fields of it are
    /// [`ExprKind::Field`]s over this (through `NonNull` where it was narrowed).
    Step(StepId),
    /// A part of the context of a loop.
    Loop(StepId, LoopField),
    /// `trigger`, a record.
    Trigger,
    /// A field of `run`, by its name.
    Run(RunField),
    /// A value of `config`.
    Config(ConfigId),
    /// A field of a record or entity that is there.
    Field {
        /// The record.
        base: Box<Expr>,
        /// The place of the field in the record's type.
        slot: u16,
    },
    /// `value` is evaluated into `local`; where it is not null the value is `present`, in which
    /// `local` is read through [`ExprKind::NonNull`], else `absent`. This is what `?.` and `??`
    /// become; both sides have the type of the whole.
    IfPresent {
        /// The nullable value.
        value: Box<Expr>,
        /// Where it is kept.
        local: LocalId,
        /// The value where it is there.
        present: Box<Expr>,
        /// The value where it is not.
        absent: Box<Expr>,
    },
    /// A field of a union of records.
    UnionField {
        /// The value of the union.
        base: Box<Expr>,
        /// For each member the place and the type of the field in it; null where it has none.
        fields: Vec<(Type, Option<(u16, Type)>)>,
    },
    /// `xs[i]`: null outside.
    ListGet {
        /// The list.
        list: Box<Expr>,
        /// The index.
        index: Box<Expr>,
    },
    /// `xs[-1]`: counted from the end.
    ListGetBack {
        /// The list.
        list: Box<Expr>,
        /// 1 for the last one.
        back: u16,
    },
    /// `m["k"]`: null where there is none.
    MapGet {
        /// The map.
        map: Box<Expr>,
        /// The key.
        key: Box<Expr>,
    },
    /// A call of a `fn`; defaults are filled in.
    Call {
        /// The function.
        function: FnId,
        /// The types of its type parameters; none in a program that is emitted.
        types: Vec<Type>,
        /// The arguments, of the types of the parameters.
        args: Vec<Expr>,
    },
    /// A call of a library function; defaults are filled in.
    CallNative {
        /// Its name.
        name: SmolStr,
        /// The arguments.
        args: Vec<Expr>,
    },
    /// A call of a library function with lambdas, which the emitter writes out as a loop.
    Intrinsic {
        /// Which one.
        function: Intrinsic,
        /// The arguments.
        args: Vec<Arg>,
    },
    /// `decode<T>(e)`, of `json`; the type is that of the whole.
    Decode(Box<Expr>),
    /// `e as T?`, of `json`; the type is that of the whole.
    TryDecode(Box<Expr>),
    /// A prefix operator.
    Unary {
        /// The operator.
        op: UnaryOp,
        /// The operand.
        operand: Box<Expr>,
    },
    /// An infix operator. Operands of arithmetic and order have the same type after peeling,
    /// instants and durations apart; of `Eq` and `Ne` any.
    Binary {
        /// The operator.
        op: BinaryOp,
        /// The left side.
        left: Box<Expr>,
        /// The right side.
        right: Box<Expr>,
    },
    /// `a..b`, a `list<int>`.
    Range {
        /// The first.
        start: Box<Expr>,
        /// The last, or the one behind it.
        end: Box<Expr>,
        /// Whether `end` belongs to it.
        inclusive: bool,
    },
    /// `if c { a } else { b }`
    If {
        /// The condition.
        cond: Box<Expr>,
        /// The value where it holds.
        then: Box<Expr>,
        /// The value where it does not.
        otherwise: Box<Expr>,
    },
    /// `match`: `subject` is evaluated into `local`; the first arm whose test holds is taken. The
    /// arms are exhaustive.
    Match {
        /// The value.
        subject: Box<Expr>,
        /// Where it is kept.
        local: LocalId,
        /// The arms.
        arms: Vec<MatchArm>,
    },
    /// A list.
    List(Vec<ListEntry>),
    /// A map.
    Map(Vec<MapEntry>),
    /// A record, one for each field of its type in the order of the slots; `None` is missing.
    /// Evaluated in the order of `order`, which holds the slots as they are written.
    Record {
        /// The fields.
        fields: Vec<Option<Expr>>,
        /// The slots in the order of the source.
        order: Vec<u16>,
    },
    /// A record with spreads, in the order of the source: later entries win; a missing field of a
    /// spread does not.
    RecordSpread(Vec<RecordEntry>),
    /// A lambda, as an input of a node.
    Lambda(Lambda),
    /// A value of type `T?` that is proven to be there, as `T`.
    NonNull(Box<Expr>),
    /// A value of a union that is proven to be of some of its members, as these.
    Member(Box<Expr>),
    /// A value for another type: `T` for `T?`, a literal for its base type, a record for one with
    /// fewer fields, anything for `json`, also inside lists, maps and optionals.
    Coerce(Box<Expr>),
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Const {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A `float`.
    Float(f64),
    /// A `decimal`, boxed to keep expressions small.
    Decimal(Box<Decimal>),
    /// A string.
    String(SmolStr),
    /// A duration in microseconds.
    Duration(i64),
}

/// A piece of a template.
#[derive(Clone, Debug)]
pub enum TemplatePart {
    /// Text.
    Text(SmolStr),
    /// A value that is not null.
    Expr(Expr),
}

/// A part of the context of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoopField {
    /// `loopName`
    Name,
    /// `items`
    Items,
    /// `index`
    Index,
    /// `item`
    Item,
}

/// A field of `run`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunField {
    /// `id`
    Id,
    /// `workflow`
    Workflow,
    /// `startedAt`
    StartedAt,
    /// `attempt`
    Attempt,
    /// Which of the workflow's triggers started it, from 0: what `match trigger` looks at.
    Trigger,
}

/// Library functions with lambdas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Intrinsic {
    /// `map(xs, x => e)`
    Map,
    /// `filter(xs, x => bool)`
    Filter,
    /// `filterMap(xs, x => T?)`
    FilterMap,
    /// `flatMap(xs, x => list)`
    FlatMap,
    /// `reduce(xs, start, (acc, x) => e)`
    Reduce,
    /// `sortBy(xs, x => key)`
    SortBy,
    /// `groupBy(xs, x => string)`
    GroupBy,
    /// `any(xs, x => bool)`
    Any,
    /// `all(xs, x => bool)`
    All,
    /// `count(xs, x => bool)`
    Count,
    /// `find(xs, x => bool)`
    Find,
    /// A function that is given the items and what its lambda makes of each.
    Keyed(Keyed),
}

/// The functions of the library that get the items and a list of what a lambda has made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Keyed {
    /// `distinctBy(xs, x => key)`
    DistinctBy,
    /// `keyBy(xs, x => string)`
    KeyBy,
    /// `minBy(xs, x => key)`
    MinBy,
    /// `maxBy(xs, x => key)`
    MaxBy,
    /// `mapValues(m, x => e)`
    MapValues,
}

impl Keyed {
    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::DistinctBy, Self::KeyBy, Self::MinBy, Self::MaxBy, Self::MapValues];
        all.into_iter().find(|keyed| keyed.name() == name)
    }

    /// The name of the function, in the language and of what implements it.
    pub fn name(self) -> &'static str {
        match self {
            Self::DistinctBy => "distinctBy",
            Self::KeyBy => "keyBy",
            Self::MinBy => "minBy",
            Self::MaxBy => "maxBy",
            Self::MapValues => "mapValues",
        }
    }
}

/// An argument of an intrinsic.
#[derive(Clone, Debug)]
pub enum Arg {
    /// A value.
    Value(Expr),
    /// A lambda.
    Lambda(Lambda),
}

/// A lambda: its parameters are locals of the body that it stands in.
#[derive(Clone, Debug)]
pub struct Lambda {
    /// The parameters.
    pub params: Vec<LocalId>,
    /// Its value.
    pub body: Box<Expr>,
}

/// An arm of a `match` expression.
#[derive(Clone, Debug)]
pub struct MatchArm {
    /// The arm is taken where one of these holds.
    pub tests: Vec<Test>,
    /// Gets the value, as `NonNull` or another narrower type.
    pub binding: Option<LocalId>,
    /// The value.
    pub value: Expr,
}

/// A test of a `match`.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Always holds.
    Any,
    /// Never holds: what is known of the value excludes what the pattern asks for.
    Never,
    /// It is null.
    Null,
    /// It is not null.
    NotNull,
    /// It equals this.
    Equals(Const),
    /// It is of this member of its union.
    Member(Type),
}

/// An entry of a list.
#[derive(Clone, Debug)]
pub enum ListEntry {
    /// An item.
    Item(Expr),
    /// `...list`
    Spread(Expr),
}

/// An entry of a map.
#[derive(Clone, Debug)]
pub enum MapEntry {
    /// `key: value`; the key is a string.
    Pair(Expr, Expr),
    /// `...map`
    Spread(Expr),
}

/// An entry of a record with spreads.
#[derive(Clone, Debug)]
pub enum RecordEntry {
    /// `name: value`, by the slot in the whole record's type.
    Field(u16, Expr),
    /// `...record`: for each slot of the spread record, where it goes (`None`: it is dropped).
    Spread(Expr, Vec<Option<u16>>),
}

/// Prefix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `not`
    Not,
}

/// Infix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `or`, which leaves out its right side where the left one holds
    Or,
    /// `and`, likewise
    And,
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
    /// `in`: of a list's items or a map's keys
    In,
    /// `+`: numbers, strings, lists, durations, instant + duration
    Add,
    /// `-`: numbers, durations, instants
    Sub,
    /// `*`: numbers, duration * int
    Mul,
    /// `/`: numbers, duration / duration
    Div,
    /// `%`
    Rem,
}
