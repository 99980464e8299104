//! What stores are asked by the steps of a program, for people: `wf check --explain-queries`.

use smol_str::SmolStr;
use wf_bytecode::pushdown::{Asks, Comparison, Operand, Predicate};
use wf_bytecode::{show_operand, show_predicate};
use wf_diagnostics::{SourceMap, Span};
use wf_types::{DefKind, Type};

use super::{Left, Why, analyse, of_entity, plain};
use crate::room::with_room;
use crate::typed::{
    Block, Entity, Expr, ExprKind, Lambda, Local, NodeStep, Program, StepTarget, Stmt, StmtKind,
    Workflow,
};

/// A step that looks entities up by lambdas.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The workflow.
    pub workflow: SmolStr,
    /// The step.
    pub step: SmolStr,
    /// The node, as `entity.query`.
    pub node: SmolStr,
    /// The characters of the node's name.
    pub span: Span,
    /// The entity.
    pub entity: SmolStr,
    /// Its lambdas, in the order of the node's inputs.
    pub lookups: Vec<Lookup>,
    /// Whether the store works out all of it, `limit` and `offset` as well.
    pub by_store: bool,
    /// The attributes by which the store finds rows without looking at all of them.
    pub indexes: Vec<SmolStr>,
    /// The attributes that would help if they were marked `index`.
    pub hints: Vec<SmolStr>,
}

/// A lambda of a step.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// The input: `where`, `orderBy`.
    pub input: SmolStr,
    /// What the store works out, in words of the language; `None` where that is nothing.
    pub pushed: Option<String>,
    /// Whether the machine has nothing to add.
    pub exact: bool,
    /// What the machine works out.
    pub left: Vec<Left>,
}

impl Why {
    /// The reason as the end of a sentence that begins with the part itself.
    pub fn text(self) -> &'static str {
        match self {
            Self::Call => "calls a function that stores do not have",
            Self::Arithmetic => "is arithmetic that stores do not have",
            Self::NotScalar => "looks at a list, a map, a record or JSON",
            Self::Behind => "stands behind something that may fail, which comes first",
            Self::MayFail => "may fail, so its rows are looked at again",
            Self::Construct => "is nothing that stores can work out",
            Self::TooLarge => "is too large",
        }
    }

    /// What can be done about it; empty where that is nothing.
    pub fn help(self) -> &'static str {
        match self {
            Self::Call => {
                "what is the same for all entities can be put into a `let` before the step"
            }
            Self::Behind => "write it before what may fail",
            _ => "",
        }
    }
}

/// What the steps of a program ask stores, in the order of the workflows and of the source.
pub fn explain(program: &Program, sources: &SourceMap) -> Vec<Explained> {
    with_room(|| {
        let mut all = Vec::new();
        for workflow in &program.workflows {
            Walk { program, sources, workflow, all: &mut all }.block(&workflow.body);
        }
        all
    })
}

struct Walk<'a, 'o> {
    program: &'a Program,
    sources: &'a SourceMap,
    workflow: &'a Workflow,
    all: &'o mut Vec<Explained>,
}

impl<'a> Walk<'a, '_> {
    fn block(&mut self, block: &'a Block) {
        block.stmts.iter().for_each(|stmt| self.stmt(stmt));
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Step(step) => self.step(step),
            StmtKind::If(stmt) => {
                self.block(&stmt.then);
                self.block(&stmt.otherwise);
            }
            StmtKind::Match(stmt) => stmt.cases.iter().for_each(|case| self.block(&case.body)),
            StmtKind::For(stmt) => self.block(&stmt.body),
            StmtKind::While(stmt) => self.block(&stmt.body),
            StmtKind::Parallel(_, branches) => {
                branches.iter().for_each(|branch| self.block(&branch.body));
            }
            StmtKind::Try(stmt) => {
                self.block(&stmt.body);
                stmt.catch.iter().for_each(|(_, block)| self.block(block));
                stmt.finally.iter().for_each(|block| self.block(block));
            }
            _ => {}
        }
    }

    fn step(&mut self, step: &'a NodeStep) {
        let StepTarget::Node { name, type_args, .. } = &step.target else { return };
        let defs = &self.program.defs;
        let Some(Type::Named(def)) = type_args.first() else { return };
        let info = defs.get(*def);
        let is_asked = matches!(name.as_str(), "entity.query" | "entity.upsert");
        if !is_asked || !matches!(info.kind, DefKind::Entity(_)) {
            return;
        }
        let declared = self.program.entities.iter().find(|entity| entity.def == *def);
        let mut explained = Explained {
            workflow: self.workflow.name.clone(),
            step: self.step_name(step),
            node: name.clone(),
            span: step.span,
            entity: info.name.clone(),
            lookups: Vec::new(),
            by_store: true,
            indexes: Vec::new(),
            hints: Vec::new(),
        };
        for (input, lambda) in self.lambdas(&step.input) {
            self.lookup(input, lambda, declared, &mut explained);
        }
        if !explained.indexes.is_empty() {
            explained.hints.clear();
        }
        self.all.push(explained);
    }

    fn step_name(&self, step: &NodeStep) -> SmolStr {
        let declared = self.workflow.steps.get(step.step.0 as usize);
        declared.map(|s| s.name.clone()).unwrap_or_default()
    }

    /// The lambdas of an input, with the names of their fields.
    fn lambdas(&self, input: &'a Expr) -> Vec<(SmolStr, &'a Lambda)> {
        let ExprKind::Record { fields, .. } = &plain(input).kind else { return Vec::new() };
        let Some(record) = self.program.defs.record(&input.ty) else { return Vec::new() };
        let named = record.fields.iter().zip(fields);
        let lambda = |value: &'a Expr| match &plain(value).kind {
            ExprKind::Lambda(lambda) => Some(lambda),
            _ => None,
        };
        named
            .filter_map(|(field, value)| Some((field.name.clone(), lambda(value.as_ref()?)?)))
            .collect()
    }

    fn lookup(
        &self,
        input: SmolStr,
        lambda: &'a Lambda,
        declared: Option<&Entity>,
        explained: &mut Explained,
    ) {
        let (defs, locals): (_, &[Local]) = (&self.program.defs, &self.workflow.locals);
        if of_entity(defs, locals, lambda).is_none() {
            return;
        }
        let analysis = analyse(defs, locals, lambda, 0);
        let captured = |index: u16| match analysis.ahead.get(usize::from(index)) {
            Some(ahead) => self.sources.slice(ahead.expr.span).to_owned(),
            None => String::new(),
        };
        let (pushed, exact) = match &analysis.asks {
            None => (None, false),
            // The machine must come to each row that the key fails at.
            Some(Asks::Key(key)) if key.can_fail() => (None, false),
            Some(Asks::Key(key)) => {
                note_key(key, declared, explained);
                (Some(show_operand(key, &captured)), true)
            }
            Some(Asks::Test { predicate, exact }) => {
                note_test(predicate, declared, explained);
                explained.by_store &= !predicate.can_fail();
                (Some(show_predicate(predicate, &captured)), *exact)
            }
        };
        explained.by_store &= exact;
        let mut left = if exact { Vec::new() } else { analysis.left };
        if left.is_empty() && !exact {
            left.push(Left { span: lambda.body.span, why: Why::MayFail });
        }
        explained.lookups.push(Lookup { input, pushed, exact, left });
    }
}

/// Notes the attributes by which rows that pass a test are found.
fn note_test(predicate: &Predicate, declared: Option<&Entity>, explained: &mut Explained) {
    let parts = match predicate {
        Predicate::And(parts) => parts.as_slice(),
        one => std::slice::from_ref(one),
    };
    for part in parts {
        let operands: &[&Operand] = match part {
            Predicate::Compare { op: Comparison::Ne, .. } => &[],
            Predicate::Compare { left, right, .. } => &[left, right],
            Predicate::In { needle, .. } | Predicate::InCapture { needle, .. } => &[needle],
            Predicate::IsNull(operand) => &[operand],
            _ => &[],
        };
        let rows = operands.iter().filter(|operand| operand.depends_on_row()).count();
        if rows == 1 {
            operands.iter().for_each(|operand| note(operand, declared, explained));
        }
    }
}

fn note_key(key: &Operand, declared: Option<&Entity>, explained: &mut Explained) {
    if explained.indexes.is_empty() {
        note(key, declared, explained);
    }
}

fn note(operand: &Operand, declared: Option<&Entity>, explained: &mut Explained) {
    let Operand::Field { path, .. } = operand else { return };
    let [name] = path.as_slice() else { return };
    let is_marked = |entity: &Entity| entity.unique.contains(name) || entity.index.contains(name);
    let known = matches!(name.as_str(), "id" | "createdAt") || declared.is_some_and(is_marked);
    let list = match (known, name.as_str()) {
        (true, _) => &mut explained.indexes,
        (false, "updatedAt") => return,
        (false, _) => &mut explained.hints,
    };
    if !list.contains(name) {
        list.push(name.clone());
    }
}
