//! Expressions and templates.

use smol_str::SmolStr;
use wf_diagnostics::Span;

use super::{Name, Pattern, TypeExpr};

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its characters, without blanks around them.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// Could not be read; already told.
    Error,
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A whole number without its sign.
    Int(u64),
    /// A number with a point or an exponent, as written: a `float` or a `decimal` by its context.
    Float(SmolStr),
    /// `5s`, in microseconds.
    Duration(i64),
    /// A string, with or without `{{ }}`.
    String(Template),
    /// A local, or a root of the data store: `steps`, `trigger`, `loop`, `variables`, `run`,
    /// `config`.
    Name(SmolStr),
    /// `@` in a filter.
    Current,
    /// `a.b`, or `a?.b` where `safe`.
    Field {
        /// What the field is read of.
        base: Box<Expr>,
        /// The field.
        name: Name,
        /// Whether it is written `?.`.
        safe: bool,
    },
    /// `a[i]`
    Index {
        /// What is indexed.
        base: Box<Expr>,
        /// The index or key.
        index: Box<Expr>,
    },
    /// A JSONPath segment: `a[*]`, `a[? …]`, `a[1:3]`, `a..["name"]`.
    Select {
        /// What is selected from.
        base: Box<Expr>,
        /// The selector.
        selector: Box<Selector>,
        /// Whether it is a descendant, `a..[ ]`.
        descendants: bool,
    },
    /// `f(x)`, `decode<T>(x)`
    Call(Box<Call>),
    /// `x.f(…)`: there are no methods; kept so that the mend can be told.
    MethodCall {
        /// What stands before the point.
        base: Box<Expr>,
        /// The name and the arguments.
        call: Box<Call>,
    },
    /// `x | f(a)`
    Pipe {
        /// The first argument.
        left: Box<Expr>,
        /// The call that gets it.
        call: Box<Call>,
    },
    /// `e as T?`; the type is without the `?`.
    Cast {
        /// The value.
        expr: Box<Expr>,
        /// The type, without its `?`.
        ty: Box<TypeExpr>,
    },
    /// `-e`, `not e`
    Unary {
        /// The operator.
        op: UnaryOp,
        /// Its operand.
        operand: Box<Expr>,
    },
    /// `a + b`, `a ?? b`, `a == b`, `a and b`, `a in b` …
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Its characters.
        op_span: Span,
        /// The left side.
        left: Box<Expr>,
        /// The right side.
        right: Box<Expr>,
    },
    /// `a..b`, `a..=b`
    Range {
        /// The first number.
        start: Box<Expr>,
        /// The last one, or the one behind it.
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
    /// `match v { pattern => e }`
    Match {
        /// The value.
        subject: Box<Expr>,
        /// The arms.
        arms: Vec<MatchArm>,
    },
    /// `x => e`
    Lambda(Lambda),
    /// `[a, ...b]`
    List(Vec<Entry>),
    /// `{ a: x }`, `{"k": v}`: a record or a map, by the expected type or by its keys.
    Braces(Vec<Entry>),
    /// `(e)`
    Paren(Box<Expr>),
}

/// A string literal: pieces of text and expressions.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The pieces, in order. Text pieces are unescaped and unindented.
    pub parts: Vec<TemplatePart>,
    /// From the first quote to the last.
    pub span: Span,
}

/// A piece of a string literal.
#[derive(Clone, Debug, PartialEq)]
pub enum TemplatePart {
    /// Text as it is, with its place in the source.
    Text(SmolStr, Span),
    /// `{{ e }}`
    Expr(Expr),
}

impl Template {
    /// The text of a string without expressions.
    pub fn as_text(&self) -> Option<SmolStr> {
        match self.parts.as_slice() {
            [] => Some(SmolStr::default()),
            [TemplatePart::Text(text, _)] => Some(text.clone()),
            parts => parts
                .iter()
                .map(|part| match part {
                    TemplatePart::Text(text, _) => Some(text.as_str()),
                    TemplatePart::Expr(_) => None,
                })
                .collect::<Option<String>>()
                .map(SmolStr::from),
        }
    }
}

/// A call by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The function.
    pub name: Name,
    /// The type arguments, as in `decode<T>(x)`.
    pub type_args: Vec<TypeExpr>,
    /// The arguments; in a pipe without the first one.
    pub args: Vec<Expr>,
    /// From the name to `)`.
    pub span: Span,
}

/// A lambda.
#[derive(Clone, Debug, PartialEq)]
pub struct Lambda {
    /// The parameters.
    pub params: Vec<Name>,
    /// Its value.
    pub body: Box<Expr>,
    /// From the first parameter to the end of the body.
    pub span: Span,
}

/// An arm of a `match` expression.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchArm {
    /// The pattern.
    pub pattern: Pattern,
    /// The value.
    pub value: Expr,
}

/// An entry of a list, record or map literal.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// How it is named; always [`EntryKey::None`] or [`EntryKey::Spread`] in a list.
    pub key: EntryKey,
    /// The value.
    pub value: Expr,
    /// From the key to the end of the value.
    pub span: Span,
}

/// The key of an entry.
#[derive(Clone, Debug, PartialEq)]
pub enum EntryKey {
    /// An item of a list.
    None,
    /// `...value`
    Spread,
    /// `name: value`
    Name(Name),
    /// `"name": value`
    String(Template),
    /// `[key]: value`
    Computed(Box<Expr>),
}

/// A JSONPath selector.
#[derive(Clone, Debug, PartialEq)]
pub enum Selector {
    /// `[*]`
    All,
    /// `[? condition]`
    Filter(Box<Expr>),
    /// `[start:end:step]`
    Slice {
        /// The first index.
        start: Option<i64>,
        /// The index behind the last.
        end: Option<i64>,
        /// The step, 1 where it is left out.
        step: Option<i64>,
    },
    /// `["name"]` or `[1]`, behind `..` or among several only.
    Index(Box<Expr>),
    /// `[0, "name", 1:2]`: two or more.
    Several(Vec<Selector>),
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
    /// `or`
    Or,
    /// `and`
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
    /// `in`
    In,
    /// `??`
    Coalesce,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
}
