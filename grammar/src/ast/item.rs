//! Items of a file.

use smol_str::SmolStr;
use wf_diagnostics::Span;

use super::{Block, Comment, Expr, Name, TypeExpr, TypeExprKind, Workflow};

/// A whole file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// Its items, in order. An item that could not be read at all is left out.
    pub items: Vec<Item>,
    /// All comments, in order.
    pub comments: Vec<Comment>,
    /// The names that parts seem to declare which could not be read; uses of them are no mistakes.
    pub unread: Vec<SmolStr>,
}

/// An item.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The text of the `///` comment above it, without the slashes; empty where there is none.
    pub doc: SmolStr,
    /// What it is.
    pub kind: ItemKind,
    /// From its first word to its last character.
    pub span: Span,
}

/// The kinds of items.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemKind {
    /// `use "path.wf"`
    Use(Use),
    /// `use schema "file.json#/pointer" as Name`
    UseSchema(UseSchema),
    /// `type Name = T`
    Type(TypeAlias),
    /// `entity Name { … }`
    Entity(Entity),
    /// `fn name(…) -> R { … }`
    Fn(FnDecl),
    /// `config { … }`
    Config(ConfigDecl),
    /// `node a.b<T> { … }`
    Node(NodeDecl),
    /// `workflow name { … }`
    Workflow(Workflow),
}

/// `use "path.wf"` or `use { A, b } from "path.wf"`
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    /// The path as written.
    pub path: Name,
    /// The names taken; `None` takes all.
    pub imports: Option<Vec<Import>>,
}

/// A name of a `use { … }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// The name in the other file.
    pub name: Name,
}

/// `use schema "file.json#/pointer" as Name`
#[derive(Clone, Debug, PartialEq)]
pub struct UseSchema {
    /// The path and the JSON pointer behind `#`, as written.
    pub path: Name,
    /// The name that the type gets.
    pub name: Name,
}

/// `type Name = T`
#[derive(Clone, Debug, PartialEq)]
pub struct TypeAlias {
    /// The name.
    pub name: Name,
    /// The type.
    pub ty: TypeExpr,
}

/// `entity Name { field: T }`
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// The name.
    pub name: Name,
    /// The attributes.
    pub fields: Vec<FieldDecl>,
}

/// A declared field: of an entity, `config`, or the inputs of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldDecl {
    /// The text of the `///` comment above it.
    pub doc: SmolStr,
    /// The name; quoted names are unquoted here.
    pub name: Name,
    /// The type.
    pub ty: TypeExpr,
    /// `= default`
    pub default: Option<Expr>,
    /// Words behind the type, as `unique` and `index`.
    pub marks: Vec<Name>,
}

/// `fn name<T>(a: T, b: U = default) -> R { … }`; library signatures have no body.
#[derive(Clone, Debug, PartialEq)]
pub struct FnDecl {
    /// The name.
    pub name: Name,
    /// Type parameters, in library signatures only.
    pub type_params: Vec<TypeParam>,
    /// The parameters.
    pub params: Vec<Param>,
    /// The type of the value.
    pub result: Option<TypeExpr>,
    /// The body; `None` in library signatures.
    pub body: Option<Block>,
}

/// A parameter of a function or of a function trigger.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// The name.
    pub name: Name,
    /// The type.
    pub ty: TypeExpr,
    /// `= default`
    pub default: Option<Expr>,
}

/// A type parameter, `T: ordered = json?`.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeParam {
    /// The name.
    pub name: Name,
    /// The bound behind `:`.
    pub bound: Option<Name>,
    /// The default behind `=`.
    pub default: Option<TypeExpr>,
}

/// `config { name: T = default }`
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigDecl {
    /// The values.
    pub fields: Vec<FieldDecl>,
}

/// `node a.b<T> { input { … } output T }`
#[derive(Clone, Debug, PartialEq)]
pub struct NodeDecl {
    /// The name with its dots.
    pub name: Name,
    /// Type parameters.
    pub type_params: Vec<TypeParam>,
    /// The inputs.
    pub input: Vec<FieldDecl>,
    /// The type of the output.
    pub output: TypeExpr,
}

impl NodeDecl {
    /// An empty output, where none could be read.
    pub fn no_output(span: Span) -> TypeExpr {
        TypeExpr { kind: TypeExprKind::Record(Vec::new()), span }
    }
}
