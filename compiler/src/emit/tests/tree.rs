//! Short names for building typed trees by hand.

use smol_str::SmolStr;
use wf_diagnostics::{FileId, Span};
use wf_types::{Field, Type, TypeDefs};

use crate::typed::{
    BinaryOp, Block, Const, Expr, ExprKind, For, Function, If, Lambda, ListEntry, Local, LocalId,
    NodeStep, Program, Step, StepId, StepKind, StepTarget, Stmt, StmtKind, Trigger, UpdateOp,
    VarId, Variable, Workflow,
};

pub(crate) fn span() -> Span {
    Span::new(FileId(0), 0, 1)
}

pub(crate) fn expr(kind: ExprKind, ty: Type) -> Expr {
    Expr { kind, ty, span: span() }
}

pub(crate) fn int(value: i64) -> Expr {
    expr(ExprKind::Const(Const::Int(value)), Type::Int)
}

pub(crate) fn boolean(value: bool) -> Expr {
    expr(ExprKind::Const(Const::Bool(value)), Type::Bool)
}

pub(crate) fn text(value: &str) -> Expr {
    expr(ExprKind::Const(Const::String(value.into())), Type::String)
}

pub(crate) fn null() -> Expr {
    expr(ExprKind::Const(Const::Null), Type::Null)
}

pub(crate) fn local(id: u32, ty: Type) -> Expr {
    expr(ExprKind::Local(LocalId(id)), ty)
}

pub(crate) fn variable(id: u32, ty: Type) -> Expr {
    expr(ExprKind::Variable(VarId(id)), ty)
}

pub(crate) fn binary(op: BinaryOp, left: Expr, right: Expr) -> Expr {
    let ty = match op {
        BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => {
            left.ty.clone()
        }
        _ => Type::Bool,
    };
    expr(ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) }, ty)
}

pub(crate) fn coerce(inner: Expr, ty: Type) -> Expr {
    expr(ExprKind::Coerce(Box::new(inner)), ty)
}

pub(crate) fn list(items: Vec<Expr>, ty: Type) -> Expr {
    expr(ExprKind::List(items.into_iter().map(ListEntry::Item).collect()), ty.list())
}

pub(crate) fn range(start: Expr, end: Expr) -> Expr {
    let (start, end) = (Box::new(start), Box::new(end));
    expr(ExprKind::Range { start, end, inclusive: false }, Type::Int.list())
}

pub(crate) fn call(function: u32, args: Vec<Expr>, ty: Type) -> Expr {
    expr(ExprKind::Call { function: crate::typed::FnId(function), types: Vec::new(), args }, ty)
}

pub(crate) fn field(base: Expr, slot: u16, ty: Type) -> Expr {
    expr(ExprKind::Field { base: Box::new(base), slot }, ty)
}

pub(crate) fn record_type(fields: &[(&str, Type)]) -> Type {
    Type::record(fields.iter().map(|(name, ty)| Field::new(*name, ty.clone())).collect())
}

pub(crate) fn record(fields: Vec<Option<Expr>>, ty: Type) -> Expr {
    let order = (0..fields.len() as u16).filter(|i| fields[usize::from(*i)].is_some()).collect();
    expr(ExprKind::Record { fields, order }, ty)
}

pub(crate) fn lambda(params: &[u32], body: Expr) -> Lambda {
    Lambda { params: params.iter().map(|p| LocalId(*p)).collect(), body: Box::new(body) }
}

pub(crate) fn stmt(kind: StmtKind) -> Stmt {
    Stmt { kind, span: span() }
}

pub(crate) fn block(kinds: Vec<StmtKind>) -> Block {
    Block { stmts: kinds.into_iter().map(stmt).collect() }
}

pub(crate) fn ret(value: Expr) -> StmtKind {
    StmtKind::Return(Some(value))
}

pub(crate) fn if_(cond: Expr, then: Vec<StmtKind>, otherwise: Vec<StmtKind>) -> StmtKind {
    let (then, otherwise) = (block(then), block(otherwise));
    StmtKind::If(Box::new(If { name: None, cond, then, otherwise }))
}

pub(crate) fn add_to(var: u32, value: Expr) -> StmtKind {
    StmtKind::UpdateVariable(VarId(var), UpdateOp::Add, value, span())
}

pub(crate) fn merge_into(var: u32, op: UpdateOp, value: Expr) -> StmtKind {
    StmtKind::MergeVariable(VarId(var), op, value, span())
}

/// `for local in items [as step] [parallel]`
pub(crate) fn for_(
    step: Option<u32>,
    item: u32,
    items: Expr,
    parallel: bool,
    yields: Option<Type>,
    body: Vec<StmtKind>,
) -> StmtKind {
    let (step, item) = (step.map(StepId), LocalId(item));
    let parallel = parallel.then_some(None);
    StmtKind::For(Box::new(For { step, item, items, parallel, yields, body: block(body) }))
}

pub(crate) fn function(
    name: &str,
    params: &[Type],
    locals: &[Type],
    result: Type,
    body: Vec<StmtKind>,
) -> Function {
    let locals = params.iter().chain(locals).map(local_of).collect();
    let (name, params) = (name.into(), params.len());
    Function {
        name,
        span: span(),
        type_params: Vec::new(),
        locals,
        params,
        result,
        body: block(body),
    }
}

fn local_of(ty: &Type) -> Local {
    Local { name: "x".into(), ty: ty.clone(), mutable: true }
}

/// The type of `Failure`.
pub(crate) fn failure() -> Type {
    record_type(&[
        ("code", Type::String),
        ("message", Type::String),
        ("step", Type::String.optional()),
        ("attempts", Type::Int),
        ("statusCode", Type::Int.optional()),
        ("details", Type::Json),
    ])
}

pub(crate) fn program(functions: Vec<Function>, workflows: Vec<Workflow>) -> Program {
    Program {
        defs: TypeDefs::new(),
        failure: failure(),
        entities: Vec::new(),
        config: Vec::new(),
        functions,
        workflows,
        signatures: Default::default(),
        declarations: Default::default(),
    }
}

/// A workflow under construction.
pub(crate) struct Flow {
    locals: Vec<Local>,
    variables: Vec<Variable>,
    steps: Vec<Step>,
}

impl Flow {
    pub(crate) fn new() -> Self {
        Self { locals: Vec::new(), variables: Vec::new(), steps: Vec::new() }
    }

    pub(crate) fn local(&mut self, ty: Type) -> u32 {
        self.locals.push(local_of(&ty));
        self.locals.len() as u32 - 1
    }

    /// A variable of the workflow, or of an iteration or branch.
    pub(crate) fn variable(&mut self, ty: Type, of_workflow: bool) -> u32 {
        let name = format!("v{}", self.variables.len()).into();
        self.variables.push(Variable { name, ty, of_workflow, span: span() });
        self.variables.len() as u32 - 1
    }

    pub(crate) fn step(&mut self, name: &str, kind: StepKind, output: Type, in_loop: bool) -> u32 {
        let record = record_type(&[
            ("nodeId", Type::Uuid),
            ("nodeName", Type::String),
            ("status", Type::String),
            ("output", output.clone()),
            ("executedAt", Type::Instant),
            ("durationMs", Type::Int),
            ("attempts", Type::Int),
        ]);
        let name = name.into();
        self.steps.push(Step { name, span: span(), kind, output, record, in_loop });
        self.steps.len() as u32 - 1
    }

    /// `steps.NAME.output`
    pub(crate) fn output(&self, step: u32) -> Expr {
        let declared = &self.steps[step as usize];
        let whole = expr(ExprKind::Step(StepId(step)), declared.record.clone());
        field(whole, 3, declared.output.clone())
    }

    pub(crate) fn finish(self, name: &str, result: Type, body: Vec<StmtKind>) -> Workflow {
        let (name, doc): (SmolStr, SmolStr) = (name.into(), SmolStr::default());
        let trigger = Trigger::Function { arguments: Vec::new(), span: span() };
        let context = record_type(&[("arguments", record_type(&[]))]);
        let Self { locals, variables, steps } = self;
        Workflow {
            name,
            doc,
            span: span(),
            triggers: vec![crate::typed::WorkflowTrigger {
                name: "".into(),
                kind: trigger,
                context,
            }],
            result,
            locals,
            variables,
            steps,
            body: block(body),
        }
    }
}

/// `step NAME = node { message }`
pub(crate) fn node_step(step: u32, name: &str, message: Expr, tried: bool) -> StmtKind {
    let ty = record_type(&[("message", Type::String)]);
    StmtKind::Step(Box::new(NodeStep {
        step: StepId(step),
        target: StepTarget::Node {
            name: name.into(),
            signature: format!("node {name}").into(),
            type_args: Vec::new(),
        },
        input: record(vec![Some(message)], ty),
        policy: None,
        strict: false,
        tried,
        span: span(),
    }))
}
