//! Typed statements.

use smol_str::SmolStr;
use wf_diagnostics::Span;
use wf_types::Type;

use super::{Expr, LocalId, StepId, Test, VarId, WorkflowId};

/// Statements.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// In order.
    pub stmts: Vec<Stmt>,
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// What it is.
    pub kind: StmtKind,
    /// Its characters.
    pub span: Span,
}

/// The kinds of statements.
#[derive(Clone, Debug)]
pub enum StmtKind {
    /// `let x = e`
    Let(LocalId, Expr),
    /// `x = e`, of a `let mut`
    AssignLocal(LocalId, Expr),
    /// `x += e` and the like, of a `let mut`
    UpdateLocal(LocalId, UpdateOp, Expr, Span),
    /// A variable begins with its value.
    DeclareVariable(VarId, Expr),
    /// `variables.x = e`
    AssignVariable(VarId, Expr),
    /// `variables.x += e` and the like, where no parallel code lies between it and the variable.
    UpdateVariable(VarId, UpdateOp, Expr, Span),
    /// The same in parallel code: the value is merged at the join. The span is the operator's.
    MergeVariable(VarId, UpdateOp, Expr, Span),
    /// Runs a node or a workflow.
    Step(Box<NodeStep>),
    /// `if`
    If(Box<If>),
    /// `match`
    Match(Box<Match>),
    /// `for`
    For(Box<For>),
    /// `while`
    While(Box<While>),
    /// `parallel`
    Parallel(StepId, Vec<Branch>),
    /// `try`
    Try(Box<Try>),
    /// `yield e`, to the loop of this step; coerced to the loop's type of results.
    Yield(StepId, Expr),
    /// `fail e`: a string or a `Failure`
    Fail(Expr),
    /// `return e`, coerced to the result
    Return(Option<Expr>),
    /// `break` of the innermost loop
    Break,
    /// `continue` of the innermost loop
    Continue,
}

/// The operators of updates and merges. The right side has the type of the variable, without null
/// where `max=` and `min=` allow it to be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateOp {
    /// `+=`
    Add,
    /// `max=`
    Max,
    /// `min=`
    Min,
    /// `or=`; the right side is always evaluated
    Or,
    /// `and=`; the right side is always evaluated
    And,
}

/// `step NAME = …`
#[derive(Clone, Debug)]
pub struct NodeStep {
    /// The step.
    pub step: StepId,
    /// What it runs.
    pub target: StepTarget,
    /// The input, a record of the node's input type with all defaults filled in, or of the
    /// arguments of the workflow.
    pub input: Expr,
    /// `with { … }`, a record of the policy type.
    pub policy: Option<Expr>,
    /// Whether all of the answer is checked, also what nobody reads: `with { strict: true }`.
    pub strict: bool,
    /// `try`
    pub tried: bool,
    /// The characters of the node's name.
    pub span: Span,
}

/// What a step runs.
#[derive(Clone, Debug)]
pub enum StepTarget {
    /// A node.
    Node {
        /// Its name.
        name: SmolStr,
        /// The text of its signature.
        signature: SmolStr,
        /// The types of its type parameters.
        type_args: Vec<Type>,
    },
    /// A workflow.
    Workflow(WorkflowId),
}

/// `if`
#[derive(Clone, Debug)]
pub struct If {
    /// `as NAME`, with the text of the condition for `evaluatedExpression`.
    pub name: Option<(StepId, SmolStr)>,
    /// The condition.
    pub cond: Expr,
    /// Where it holds.
    pub then: Block,
    /// Where it does not.
    pub otherwise: Block,
}

/// `match`
#[derive(Clone, Debug)]
pub struct Match {
    /// The value.
    pub subject: Expr,
    /// Where it is kept.
    pub local: LocalId,
    /// The cases, exhaustive.
    pub cases: Vec<MatchCase>,
}

/// A case of a `match`.
#[derive(Clone, Debug)]
pub struct MatchCase {
    /// The case is taken where one of these holds.
    pub tests: Vec<Test>,
    /// Gets the value, as `NonNull` or another narrower type.
    pub binding: Option<LocalId>,
    /// What is done.
    pub body: Block,
}

/// `for`
#[derive(Clone, Debug)]
pub struct For {
    /// The loop; `None` in functions.
    pub step: Option<StepId>,
    /// The loop variable, which is also `loop.NAME.item`.
    pub item: LocalId,
    /// The list.
    pub items: Expr,
    /// `parallel [N]`
    pub parallel: Option<Option<Expr>>,
    /// The type of the results, where something is yielded.
    pub yields: Option<Type>,
    /// The body.
    pub body: Block,
}

/// `while`
#[derive(Clone, Debug)]
pub struct While {
    /// The loop; `None` in functions.
    pub step: Option<StepId>,
    /// The condition.
    pub cond: Expr,
    /// `max N`; `None` in functions.
    pub max: Option<Expr>,
    /// The type of the results, where something is yielded.
    pub yields: Option<Type>,
    /// The body.
    pub body: Block,
}

/// A branch of `parallel`.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Its name.
    pub name: SmolStr,
    /// Its body.
    pub body: Block,
}

/// `try`
#[derive(Clone, Debug)]
pub struct Try {
    /// The body.
    pub body: Block,
    /// `catch err`
    pub catch: Option<(LocalId, Block)>,
    /// `finally`
    pub finally: Option<Block>,
}
