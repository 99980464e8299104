//! Patterns of `match`.

use wf_diagnostics::Span;

use super::{Name, Template, TypeExpr};

/// A pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// What it is.
    pub kind: PatternKind,
    /// Its characters.
    pub span: Span,
}

/// The forms of patterns.
#[derive(Clone, Debug, PartialEq)]
pub enum PatternKind {
    /// Could not be read; already told.
    Error,
    /// `_`
    Any,
    /// `null`
    Null,
    /// `"Open"`
    String(Template),
    /// `7`, `-7`
    Int(i64),
    /// `true`
    Bool(bool),
    /// A single name: a trigger in `match trigger`, else a type without a binding.
    Name(Name),
    /// `string s`: a type and the name its value gets.
    Typed(Box<TypeExpr>, Name),
    /// `"a" | "b"`
    Or(Vec<Pattern>),
}
