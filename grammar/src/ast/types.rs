//! Types as written.

use smol_str::SmolStr;
use wf_diagnostics::Span;

use super::{Name, Template};

/// A type as written.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeExpr {
    /// What it is.
    pub kind: TypeExprKind,
    /// Its characters.
    pub span: Span,
}

/// The forms of types.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeExprKind {
    /// Could not be read; already told.
    Error,
    /// A name, primitive or declared, with arguments: `int`, `list<T>`, `Lead`.
    Name(Name, Vec<TypeExpr>),
    /// `null`
    Null,
    /// `"Open"`
    String(Template),
    /// `7`
    Int(i64),
    /// `true`
    Bool(bool),
    /// `T?`
    Optional(Box<TypeExpr>),
    /// `T | U`
    Union(Vec<TypeExpr>),
    /// `{ a: T }`
    Record(Vec<FieldType>),
    /// `(T) -> U`
    Lambda(Vec<TypeExpr>, Box<TypeExpr>),
    /// `(T)`
    Paren(Box<TypeExpr>),
}

/// A field of a record type.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldType {
    /// The text of the `///` comment above it.
    pub doc: SmolStr,
    /// The name; quoted names are unquoted here.
    pub name: Name,
    /// The type.
    pub ty: TypeExpr,
}
