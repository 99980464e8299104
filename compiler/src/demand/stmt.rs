//! Statements: where values go.

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};
use wf_diagnostics::Span;
use wf_types::Type;

use super::coerce::Changes;
use super::graph::{Graph, Node, Part};
use crate::typed::{
    Block, For, Lambda, Local, LocalId, Match, Program, StepId, Stmt, StmtKind, Trigger, UpdateOp,
    While, Workflow, WorkflowId, WorkflowTrigger,
};

/// The body that is walked through.
#[derive(Default)]
pub(super) struct Body<'a> {
    pub(super) workflow: Option<(WorkflowId, &'a Workflow)>,
    pub(super) locals: Vec<Node>,
    pub(super) types: &'a [Local],
    /// What is demanded of the value of the function; a workflow gives its result whole.
    result: Option<Node>,
    /// The list and the item of each loop.
    pub(super) loops: FxHashMap<StepId, (Node, Node)>,
}

/// The walk through a program that makes the graph.
pub(super) struct Walk<'a> {
    pub(super) program: &'a Program,
    pub(super) graph: Graph<'a>,
    pub(super) changes: Changes,
    pub(super) body: Body<'a>,
    /// For each function its parameters and its result.
    pub(super) functions: Vec<(Vec<Node>, Node)>,
    /// The context of each trigger of each workflow.
    pub(super) triggers: Vec<Vec<Node>>,
    /// `steps.NAME` of each step of each workflow.
    pub(super) steps: Vec<Vec<Node>>,
    /// The outputs of steps that run nodes, with the type of each.
    pub(super) outputs: IndexMap<(WorkflowId, StepId), (Node, &'a Type), FxBuildHasher>,
    /// What nodes make of their type arguments.
    pub(super) type_args: Vec<((WorkflowId, StepId, usize), Node, &'a Type)>,
    /// The values of `decode`.
    pub(super) decodes: Vec<(Span, Node, &'a Type)>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(program: &'a Program) -> Self {
        let mut graph = Graph::new(&program.defs);
        let functions = program.functions.iter().map(|function| {
            let params = (0..function.params).map(|_| graph.node()).collect();
            (params, graph.node())
        });
        let functions = functions.collect();
        let workflows = program.workflows.iter();
        let triggers = workflows.map(|w| w.triggers.iter().map(|_| graph.node()).collect());
        let triggers = triggers.collect();
        let workflows = program.workflows.iter();
        let steps = workflows.map(|w| w.steps.iter().map(|_| graph.node()).collect()).collect();
        Self {
            program,
            graph,
            changes: Changes::default(),
            body: Body::default(),
            functions,
            triggers,
            steps,
            outputs: IndexMap::default(),
            type_args: Vec::new(),
            decodes: Vec::new(),
        }
    }

    pub(super) fn program(&mut self) {
        let program = self.program;
        for config in &program.config {
            if let Some(default) = &config.default {
                self.enter(&config.locals);
                self.whole(default);
            }
        }
        for (index, function) in program.functions.iter().enumerate() {
            self.enter(&function.locals);
            let (params, result) = &self.functions[index];
            self.body.locals[..params.len()].copy_from_slice(params);
            self.body.result = Some(*result);
            self.block(&function.body);
        }
        for (index, workflow) in program.workflows.iter().enumerate() {
            self.workflow(WorkflowId(index as u32), workflow);
        }
    }

    /// Begins a body with so many locals.
    fn enter(&mut self, types: &'a [Local]) {
        let locals = types.iter().map(|_| self.graph.node()).collect();
        self.body = Body { locals, types, ..Body::default() };
    }

    fn workflow(&mut self, id: WorkflowId, workflow: &'a Workflow) {
        for (place, fired) in workflow.triggers.iter().enumerate() {
            let node = self.triggers[id.0 as usize][place];
            self.trigger(node, fired);
        }
        self.enter(&workflow.locals);
        self.body.workflow = Some((id, workflow));
        self.block(&workflow.body);
    }

    fn trigger(&mut self, trigger: Node, fired: &'a WorkflowTrigger) {
        match &fired.kind {
            Trigger::Entity { filter, .. } => {
                // Which event it is decides whether a run starts at all.
                let used = self.graph.used;
                self.add_field(trigger, &fired.context, "eventType", used);
                if let Some((locals, lambda)) = filter {
                    self.enter(locals);
                    self.filter(trigger, &fired.context, lambda);
                }
            }
            Trigger::Function { arguments, .. } => {
                for (locals, default) in arguments.iter().filter_map(|a| a.default.as_ref()) {
                    self.enter(locals);
                    self.whole(default);
                }
            }
            Trigger::Webhook { strict: true, .. } => {
                let whole = self.graph.whole(&fired.context);
                self.graph.flow(trigger, whole);
            }
            Trigger::Webhook { .. } | Trigger::Schedule { .. } => {}
        }
    }

    /// What the filter of a trigger reads of its entity.
    fn filter(&mut self, trigger: Node, context: &Type, lambda: &'a Lambda) {
        for param in &lambda.params {
            let local = self.local(*param);
            self.add_field(trigger, context, "entity", local);
        }
        self.whole(&lambda.body);
    }

    /// The node of a local.
    pub(super) fn local(&mut self, local: LocalId) -> Node {
        match self.body.locals.get(local.0 as usize) {
            Some(node) => *node,
            None => self.graph.node(),
        }
    }

    pub(super) fn block(&mut self, block: &'a Block) {
        block.stmts.iter().for_each(|stmt| self.stmt(stmt));
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Let(local, value)
            | StmtKind::AssignLocal(local, value)
            | StmtKind::UpdateLocal(local, UpdateOp::Add, value, _) => {
                let demand = self.local(*local);
                self.flow(value, demand);
            }
            StmtKind::UpdateLocal(_, _, value, _)
            | StmtKind::DeclareVariable(_, value)
            | StmtKind::AssignVariable(_, value)
            | StmtKind::UpdateVariable(_, _, value, _)
            | StmtKind::MergeVariable(_, _, value, _)
            | StmtKind::Yield(_, value)
            | StmtKind::Fail(value) => self.whole(value),
            StmtKind::Return(value) => match (value, self.body.result) {
                (Some(value), Some(result)) => self.flow(value, result),
                (Some(value), None) => self.whole(value),
                (None, _) => {}
            },
            StmtKind::Step(step) => self.step(step),
            StmtKind::If(stmt) => {
                self.whole(&stmt.cond);
                self.block(&stmt.then);
                self.block(&stmt.otherwise);
            }
            StmtKind::Match(stmt) => self.match_stmt(stmt),
            StmtKind::For(stmt) => self.for_stmt(stmt),
            StmtKind::While(stmt) => self.while_stmt(stmt),
            StmtKind::Parallel(_, branches) => {
                branches.iter().for_each(|branch| self.block(&branch.body));
            }
            StmtKind::Try(stmt) => {
                self.block(&stmt.body);
                stmt.catch.iter().for_each(|(_, block)| self.block(block));
                stmt.finally.iter().for_each(|block| self.block(block));
            }
            StmtKind::Break | StmtKind::Continue => {}
        }
    }

    fn match_stmt(&mut self, stmt: &'a Match) {
        let tests = stmt.cases.iter().flat_map(|case| &case.tests);
        self.subject(&stmt.subject, stmt.local, tests);
        for case in &stmt.cases {
            self.bind(&stmt.subject.ty, stmt.local, case.binding);
            self.block(&case.body);
        }
    }

    fn for_stmt(&mut self, stmt: &'a For) {
        let item = self.local(stmt.item);
        let items = self.graph.of_part(Part::Item, item);
        self.flow(&stmt.items, items);
        stmt.parallel.iter().flatten().for_each(|limit| self.whole(limit));
        if let Some(step) = stmt.step {
            self.body.loops.insert(step, (items, item));
        }
        self.block(&stmt.body);
    }

    fn while_stmt(&mut self, stmt: &'a While) {
        stmt.max.iter().for_each(|max| self.whole(max));
        self.whole(&stmt.cond);
        self.block(&stmt.body);
    }
}
