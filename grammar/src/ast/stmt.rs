//! Statements of workflows and of functions.

use wf_diagnostics::Span;

use super::{Expr, Name, Pattern, TypeExpr};

/// `{ … }`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// The statements.
    pub stmts: Vec<Stmt>,
    /// From `{` to `}`.
    pub span: Span,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Stmt {
    /// What it is.
    pub kind: StmtKind,
    /// From its first word to its last character.
    pub span: Span,
}

/// The kinds of statements.
#[derive(Clone, Debug, PartialEq)]
pub enum StmtKind {
    /// Could not be read; already told.
    Error,
    /// `let x: T = e`, `let mut x = e`
    Let {
        /// The name.
        name: Name,
        /// `mut`, in functions only.
        mutable: bool,
        /// `: T`
        ty: Option<Box<TypeExpr>>,
        /// The value.
        value: Box<Expr>,
    },
    /// `variables { x: T = e }`
    Variables(Vec<VariableDecl>),
    /// `variables.x += e`, or `x = e` in functions
    Assign {
        /// What is assigned.
        place: Box<Place>,
        /// The operator.
        op: AssignOp,
        /// Its characters.
        op_span: Span,
        /// The right side.
        value: Box<Expr>,
    },
    /// `step NAME = …`
    Step(Box<Step>),
    /// `if …`
    If(Box<If>),
    /// `match …`
    Match(Box<Match>),
    /// `for … in …`
    For(Box<For>),
    /// `while …`
    While(Box<While>),
    /// `parallel as NAME { … }`
    Parallel(Box<Parallel>),
    /// `try { … } catch err { … } finally { … }`
    Try(Box<Try>),
    /// `yield e`
    Yield(Expr),
    /// `fail e`
    Fail(Expr),
    /// `return e`
    Return(Option<Expr>),
    /// `break`
    Break,
    /// `continue`
    Continue,
}

/// What an assignment writes to. The checker refuses all but whole names.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The expression on the left side.
    pub expr: Expr,
}

/// The operators of assignments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignOp {
    /// `=`
    Set,
    /// `+=`
    Add,
    /// `max=`
    Max,
    /// `min=`
    Min,
    /// `or=`
    Or,
    /// `and=`
    And,
}

/// A variable of a `variables` block.
#[derive(Clone, Debug, PartialEq)]
pub struct VariableDecl {
    /// The name.
    pub name: Name,
    /// The type.
    pub ty: TypeExpr,
    /// The value at the start; null where it is left out, which the type must admit.
    pub value: Option<Expr>,
}

/// `step NAME = [try] node<T> { inputs } [with { policy }]`
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The name.
    pub name: Name,
    /// The characters of `try`, where it is there.
    pub try_span: Option<Span>,
    /// The node with its dots.
    pub node: Name,
    /// The type arguments.
    pub type_args: Vec<TypeExpr>,
    /// The inputs: an [`ExprKind::Braces`](super::ExprKind::Braces).
    pub input: Expr,
    /// `with { … }`: an [`ExprKind::Braces`](super::ExprKind::Braces).
    pub policy: Option<Expr>,
}

/// `if c [as NAME] { } else if … else { }`
#[derive(Clone, Debug, PartialEq)]
pub struct If {
    /// The condition.
    pub cond: Expr,
    /// `as NAME`
    pub name: Option<Name>,
    /// The block where it holds.
    pub then: Block,
    /// The block where it does not; `else if` is a block of one `if`.
    pub otherwise: Option<Block>,
    /// Whether `otherwise` was written as `else if`.
    pub else_if: bool,
}

/// `match v { pattern => { … } }`
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// The value.
    pub subject: Expr,
    /// The cases.
    pub cases: Vec<MatchCase>,
}

/// One case of a `match` statement.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchCase {
    /// The pattern.
    pub pattern: Pattern,
    /// What is done.
    pub body: Block,
}

/// `for x in e as NAME [parallel [N]] { }`
#[derive(Clone, Debug, PartialEq)]
pub struct For {
    /// The loop variable.
    pub var: Name,
    /// The list.
    pub items: Expr,
    /// `as NAME`; always there in workflows, never in functions.
    pub name: Option<Name>,
    /// `parallel [N]`
    pub parallel: Option<ParallelLimit>,
    /// The body.
    pub body: Block,
}

/// `parallel [N]`
#[derive(Clone, Debug, PartialEq)]
pub struct ParallelLimit {
    /// The characters of `parallel`.
    pub span: Span,
    /// How many iterations may run at once.
    pub limit: Option<Expr>,
}

/// `while c as NAME max N { }`
#[derive(Clone, Debug, PartialEq)]
pub struct While {
    /// The condition.
    pub cond: Expr,
    /// `as NAME`; always there in workflows, never in functions.
    pub name: Option<Name>,
    /// `max N`; always there in workflows, never in functions.
    pub max: Option<Expr>,
    /// The body.
    pub body: Block,
}

/// `parallel as NAME { branch a { } branch b { } }`
#[derive(Clone, Debug, PartialEq)]
pub struct Parallel {
    /// The name.
    pub name: Name,
    /// The branches.
    pub branches: Vec<Branch>,
}

/// `branch a { }`
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// The name.
    pub name: Name,
    /// The body.
    pub body: Block,
    /// From `branch` to `}`.
    pub span: Span,
}

/// `try { } catch err { } finally { }`
#[derive(Clone, Debug, PartialEq)]
pub struct Try {
    /// The body.
    pub body: Block,
    /// `catch err { }`
    pub catch: Option<(Name, Block)>,
    /// `finally { }`
    pub finally: Option<Block>,
}
