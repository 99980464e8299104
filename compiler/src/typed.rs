//! The typed tree: what the checker makes and the only thing that the emitter takes.
//!
//! Every name is resolved to a number, every expression has its type, and every change of
//! representation is written out: [`ExprKind::NonNull`] where a nullable value was proven to be
//! there, [`ExprKind::Coerce`] where a value is given for another type.

mod expr;
mod stmt;
pub(crate) mod walk;

pub use expr::{
    Arg, BinaryOp, Const, Expr, ExprKind, Intrinsic, Keyed, Lambda, ListEntry, LoopField, MapEntry,
    MatchArm, RecordEntry, RunField, TemplatePart, Test, UnaryOp,
};
pub use stmt::{
    Block, Branch, For, If, Match, MatchCase, NodeStep, StepTarget, Stmt, StmtKind, Try, UpdateOp,
    While,
};

use smol_str::SmolStr;
use wf_bytecode::Declarations;
use wf_diagnostics::Span;
use wf_types::{DefId, FnSignature, NodeSignature, Registry, Table, Type, TypeDefs};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);
    )* };
}

ids! {
    /// A function, in [`Program::functions`].
    FnId;
    /// A workflow, in [`Program::workflows`].
    WorkflowId;
    /// A local of one body, in its `locals`: `let`, parameters, loop variables, `err`.
    LocalId;
    /// A variable of one workflow, in [`Workflow::variables`].
    VarId;
    /// A step, named condition, loop or parallel block of one workflow, in [`Workflow::steps`].
    StepId;
    /// A value of `config`, in [`Program::config`].
    ConfigId;
}

/// A whole program without errors.
#[derive(Clone, Debug)]
pub struct Program {
    /// All named types, those of the registry included.
    pub defs: TypeDefs,
    /// The type `Failure`.
    pub failure: Type,
    /// The entities.
    pub entities: Vec<Entity>,
    /// The values of `config` of all files.
    pub config: Vec<ConfigValue>,
    /// The functions of all files.
    pub functions: Vec<Function>,
    /// The workflows: those of the first file first, in the order of their declaration.
    pub workflows: Vec<Workflow>,
    /// The signatures of the nodes and functions that hand values of any type on.
    pub signatures: Signatures,
    /// Where the types of borders are declared.
    pub declarations: Declarations,
}

/// The signatures of a registry, of which those with type parameters say where values of a type that
/// the program chose go in and out.
#[derive(Clone, Debug, Default)]
pub struct Signatures {
    nodes: Table<NodeSignature>,
    functions: Table<FnSignature>,
    overloads: Table<Vec<FnSignature>>,
}

impl Signatures {
    /// Those of a registry, which are shared with it.
    pub fn of(registry: &Registry) -> Self {
        Self {
            nodes: registry.nodes.clone(),
            functions: registry.functions.clone(),
            overloads: registry.overloads.clone(),
        }
    }

    /// That of a node, where it has type parameters.
    pub fn node(&self, name: &str) -> Option<&NodeSignature> {
        self.nodes.get(name).filter(|node| !node.type_params.is_empty())
    }

    /// Those of a library function, where one of them has type parameters. Several of one name
    /// differ in the kind of their first parameter.
    pub fn function(&self, name: &str) -> impl Iterator<Item = &FnSignature> {
        let first = self.functions.get(name).into_iter();
        let all = first.chain(self.overloads.get(name).into_iter().flatten());
        let is_open = all.clone().any(|signature| !signature.type_params.is_empty());
        all.filter(move |_| is_open)
    }
}

/// An entity.
#[derive(Clone, Debug, Default)]
pub struct Entity {
    /// Its definition.
    pub def: DefId,
    /// The attributes marked `unique`.
    pub unique: Vec<SmolStr>,
    /// The attributes marked `index`.
    pub index: Vec<SmolStr>,
    /// The attributes with a default, with its JSON text.
    pub defaults: Vec<(SmolStr, SmolStr)>,
}

/// A value of `config`.
#[derive(Clone, Debug)]
pub struct ConfigValue {
    /// Its name.
    pub name: SmolStr,
    /// Its type.
    pub ty: Type,
    /// Its default, an expression over nothing.
    pub default: Option<Expr>,
    /// The locals of the default.
    pub locals: Vec<Local>,
    /// The characters of its name.
    pub span: Span,
}

/// A local.
#[derive(Clone, Debug)]
pub struct Local {
    /// Its name; made-up ones begin with `$`.
    pub name: SmolStr,
    /// Its type as declared or inferred, without narrowing.
    pub ty: Type,
    /// Whether it is assigned again.
    pub mutable: bool,
}

/// A function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name.
    pub name: SmolStr,
    /// The characters of its name.
    pub span: Span,
    /// Its type parameters as types of its body; none in a program that is emitted.
    pub type_params: Vec<DefId>,
    /// Its locals; the parameters are the first ones.
    pub locals: Vec<Local>,
    /// The number of parameters.
    pub params: usize,
    /// The type of its value; `Null` where it has none.
    pub result: Type,
    /// Its statements. Where its end can be reached it gives null.
    pub body: Block,
}

/// A workflow.
#[derive(Clone, Debug)]
pub struct Workflow {
    /// Its name.
    pub name: SmolStr,
    /// Its documentation.
    pub doc: SmolStr,
    /// The characters of its name.
    pub span: Span,
    /// What starts it; one at least.
    pub triggers: Vec<WorkflowTrigger>,
    /// The type of its result; `Null` where it has none.
    pub result: Type,
    /// Its locals.
    pub locals: Vec<Local>,
    /// Its variables, those of iterations and branches included.
    pub variables: Vec<Variable>,
    /// Its steps, named conditions, loops and parallel blocks. Two arms of one `if` or `match` may
    /// run the same one.
    pub steps: Vec<Step>,
    /// Its statements, [`StmtKind::DeclareVariable`] included. Where its end can be reached it
    /// gives null.
    pub body: Block,
}

/// A variable.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: SmolStr,
    /// Its type.
    pub ty: Type,
    /// Whether it belongs to the whole workflow, and not to an iteration or a branch.
    pub of_workflow: bool,
    /// The characters of its name.
    pub span: Span,
}

/// A step, named condition, loop or parallel block.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name.
    pub name: SmolStr,
    /// The characters of its name.
    pub span: Span,
    /// What it is.
    pub kind: StepKind,
    /// The type `O` of its output.
    pub output: Type,
    /// The type of `steps.NAME` where it is definite: the record `StepOutput<O>`.
    pub record: Type,
    /// Whether it stands in a loop: it belongs to the iteration then, not to the store.
    pub in_loop: bool,
}

/// What a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Runs a node.
    Node,
    /// Runs a workflow.
    Call,
    /// `if … as NAME`
    If,
    /// `for … as NAME`
    For,
    /// `while … as NAME`
    While,
    /// `parallel as NAME`
    Parallel,
}

/// One of the triggers of a workflow.
#[derive(Clone, Debug)]
pub struct WorkflowTrigger {
    /// Its name behind `as`; empty where it has none.
    pub name: SmolStr,
    /// What it is.
    pub kind: Trigger,
    /// The type of its context, a record.
    pub context: Type,
}

/// What starts a workflow.
#[derive(Clone, Debug)]
pub enum Trigger {
    /// An event of an entity.
    Entity {
        /// The entity.
        def: DefId,
        /// `created`, `updated`, `deleted`, as declared.
        events: Vec<SmolStr>,
        /// Whether a run starts, over the entity; with the locals that it uses.
        filter: Option<(Vec<Local>, Lambda)>,
        /// Whether what a run of the workflow itself writes starts it again.
        including_own: bool,
        /// Where it is declared.
        span: Span,
    },
    /// A request.
    Webhook {
        /// In capital letters.
        method: SmolStr,
        /// The path with its `{parameters}`.
        path: SmolStr,
        /// Whether all of a request is checked, also what nobody reads: `strict: true`.
        strict: bool,
        /// Where it is declared.
        span: Span,
    },
    /// A time.
    Schedule {
        /// The cron text.
        cron: SmolStr,
        /// The zone.
        zone: SmolStr,
        /// Where it is declared.
        span: Span,
    },
    /// A call.
    Function {
        /// The arguments.
        arguments: Vec<Argument>,
        /// Where it is declared.
        span: Span,
    },
}

/// An argument of a function trigger.
#[derive(Clone, Debug)]
pub struct Argument {
    /// Its name.
    pub name: SmolStr,
    /// Its type.
    pub ty: Type,
    /// Its default, an expression over nothing, with the locals that it uses.
    pub default: Option<(Vec<Local>, Expr)>,
}
