//! The syntax tree: plain data with spans, one module per area of the language.

mod expr;
mod item;
mod pattern;
mod stmt;
mod types;
pub mod visit;
mod workflow;

pub use expr::{
    BinaryOp, Call, Entry, EntryKey, Expr, ExprKind, Lambda, MatchArm, Selector, Template,
    TemplatePart, UnaryOp,
};
pub use item::{
    ConfigDecl, Entity, FieldDecl, File, FnDecl, Import, Item, ItemKind, NodeDecl, Param,
    TypeAlias, TypeParam, Use, UseSchema,
};
pub use pattern::{Pattern, PatternKind};
pub use stmt::{
    AssignOp, Block, Branch, For, If, Match, MatchCase, Parallel, ParallelLimit, Place, Step, Stmt,
    StmtKind, Try, VariableDecl, While,
};
pub use types::{FieldType, TypeExpr, TypeExprKind};
pub use workflow::{EntityEvent, Trigger, TriggerKind, Workflow};

use smol_str::SmolStr;
use wf_diagnostics::Span;

/// A name with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The text.
    pub text: SmolStr,
    /// Its characters.
    pub span: Span,
}

/// A comment with its place, `//` or `/*` included. Comments are not in the tree: the formatter
/// and the `wf: allow` notes find them by their places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Its characters, delimiters included.
    pub span: Span,
    /// What kind it is.
    pub kind: CommentKind,
}

/// The kinds of comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommentKind {
    /// `// …`
    Line,
    /// `/* … */`
    Block,
    /// `/// …`
    Doc,
}
