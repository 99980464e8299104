//! What of a file can be broken: its paths, guards, declared fields, steps and triggers.

use std::collections::BTreeMap;

use wf_diagnostics::Span;
use wf_grammar::ast::visit::{
    Visit, walk_block, walk_expr, walk_file, walk_stmt, walk_type, walk_workflow,
};
use wf_grammar::ast::{
    BinaryOp, Expr, ExprKind, FieldType, File, ItemKind, Stmt, StmtKind, TypeExpr, TypeExprKind,
    Workflow,
};

/// A path as it is written: `steps.q.output?.items[0].name`.
#[derive(Clone, Debug)]
pub(super) struct Path {
    /// Its first name.
    pub(super) root: String,
    /// The characters of that name.
    pub(super) root_span: Span,
    /// What follows.
    pub(super) segments: Vec<Segment>,
    /// All its characters.
    pub(super) span: Span,
    /// The workflow it stands in; `None` in functions and defaults.
    pub(super) workflow: Option<usize>,
}

/// A part of a path behind its root.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// The name of the field; `None` for `[…]`.
    pub(super) name: Option<String>,
    /// The characters of the name, or of the whole index.
    pub(super) span: Span,
    /// From the `.`, `?.` or `[` to its end.
    pub(super) whole: Span,
    /// Whether it is `?.`.
    pub(super) safe: bool,
}

/// What a statement stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nest {
    /// The body of a loop.
    Loop,
    /// A block that some ways leave out.
    Branch,
}

/// A test for null that what comes behind leans on.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    /// The condition.
    pub(super) cond: Span,
    /// The text of the path that is tested.
    pub(super) path: String,
    /// What puts the guard out of force: `true` or `false`.
    pub(super) disarmed: &'static str,
    /// Where the path is proven by it.
    pub(super) covers: Span,
}

/// A workflow of the file.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    /// Its trigger, from its kind to its end; `None` where there are several.
    pub(super) trigger: Option<Span>,
    /// Its first statement.
    pub(super) first: Option<Span>,
    /// Its last statement.
    pub(super) last: Option<Span>,
    /// Whether the last one leaves the workflow.
    pub(super) leaves: bool,
    /// Each step with what it stands in; one that stands in several arms has the shortest.
    pub(super) steps: BTreeMap<String, Vec<Nest>>,
}

/// A declared field that could be made optional.
#[derive(Clone, Debug)]
pub(super) struct DeclaredField {
    /// Its name.
    pub(super) name: String,
    /// Its type.
    pub(super) ty: Span,
}

/// All that can be broken.
#[derive(Debug, Default)]
pub(super) struct Sites {
    pub(super) paths: Vec<Path>,
    pub(super) guards: Vec<Guard>,
    pub(super) flows: Vec<Flow>,
    pub(super) fields: Vec<DeclaredField>,
    /// `x ?? y`: the whole, and `x`.
    pub(super) defaults: Vec<(Span, Span)>,
}

/// Finds the sites of a file.
pub(super) fn collect(file: &File, text: &str) -> Sites {
    let mut collector =
        Collector { text, sites: Sites::default(), workflow: None, nest: Vec::new() };
    for item in &file.items {
        if let ItemKind::Entity(entity) = &item.kind {
            for field in &entity.fields {
                collector.field(&field.name.text, &field.ty);
            }
        }
    }
    walk_file(&mut collector, file);
    collector.sites
}

struct Collector<'t> {
    text: &'t str,
    sites: Sites,
    workflow: Option<usize>,
    nest: Vec<Nest>,
}

impl Collector<'_> {
    fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    fn field(&mut self, name: &str, ty: &TypeExpr) {
        if !matches!(ty.kind, TypeExprKind::Optional(_)) && self.slice(ty.span) != "json" {
            self.sites.fields.push(DeclaredField { name: name.to_owned(), ty: ty.span });
        }
    }

    fn step(&mut self, name: &str) {
        let nest = self.nest.clone();
        if let Some(flow) = self.workflow.and_then(|w| self.sites.flows.get_mut(w)) {
            let known = flow.steps.entry(name.to_owned()).or_insert_with(|| nest.clone());
            if nest.len() < known.len() {
                *known = nest;
            }
        }
    }

    fn nested(&mut self, nest: Nest, walk: impl FnOnce(&mut Self)) {
        self.nest.push(nest);
        walk(self);
        self.nest.pop();
    }

    /// The paths that a condition tests for null and how: `!=` or `==`. Only what is joined by
    /// `and` (or by `or` for `==`) proves anything.
    fn null_tests(&self, cond: &Expr, op: BinaryOp, out: &mut Vec<String>) {
        match &cond.kind {
            ExprKind::Paren(inner) => self.null_tests(inner, op, out),
            ExprKind::Binary { op: found, left, right, .. } => match found {
                BinaryOp::And if op == BinaryOp::Ne => {
                    self.null_tests(left, op, out);
                    self.null_tests(right, op, out);
                }
                BinaryOp::Or if op == BinaryOp::Eq => {
                    self.null_tests(left, op, out);
                    self.null_tests(right, op, out);
                }
                found if *found == op && right.kind == ExprKind::Null => {
                    out.push(self.slice(left.span).to_owned());
                }
                _ => {}
            },
            _ => {}
        }
    }

    fn guards(&mut self, cond: &Expr, op: BinaryOp, disarmed: &'static str, covers: Span) {
        let mut paths = Vec::new();
        self.null_tests(cond, op, &mut paths);
        for path in paths {
            self.sites.guards.push(Guard { cond: cond.span, path, disarmed, covers });
        }
    }

    fn path(&self, expr: &Expr) -> Option<Path> {
        let mut segments = Vec::new();
        let mut at = expr;
        loop {
            match &at.kind {
                ExprKind::Field { base, name, safe } => {
                    let whole = Span { start: base.span.end, ..at.span };
                    let text = Some(name.text.to_string());
                    segments.push(Segment { name: text, span: name.span, whole, safe: *safe });
                    at = base;
                }
                ExprKind::Index { base, index } => {
                    let whole = Span { start: base.span.end, ..at.span };
                    segments.push(Segment { name: None, span: index.span, whole, safe: false });
                    at = base;
                }
                ExprKind::Name(name) if !segments.is_empty() => {
                    segments.reverse();
                    return Some(Path {
                        root: name.to_string(),
                        root_span: at.span,
                        segments,
                        span: expr.span,
                        workflow: self.workflow,
                    });
                }
                _ => return None,
            }
        }
    }

    /// The indexes inside of a path are expressions of their own.
    fn indexes(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Field { base, .. } => self.indexes(base),
            ExprKind::Index { base, index } => {
                self.indexes(base);
                self.expr(index);
            }
            _ => {}
        }
    }
}

impl Visit for Collector<'_> {
    fn workflow(&mut self, workflow: &Workflow) {
        let stmts = &workflow.body.stmts;
        self.workflow = Some(self.sites.flows.len());
        self.sites.flows.push(Flow {
            trigger: match workflow.triggers.as_slice() {
                [only] => Some(only.span),
                _ => None,
            },
            first: stmts.first().map(|stmt| stmt.span),
            last: stmts.last().map(|stmt| stmt.span),
            leaves: stmts.last().is_some_and(leaves),
            steps: BTreeMap::new(),
        });
        walk_workflow(self, workflow);
        self.workflow = None;
    }

    fn block(&mut self, block: &wf_grammar::ast::Block) {
        let end = block.span.end;
        for stmt in &block.stmts {
            let StmtKind::If(branch) = &stmt.kind else { continue };
            self.guards(&branch.cond, BinaryOp::Ne, "true", branch.then.span);
            if branch.then.stmts.last().is_some_and(leaves) && branch.otherwise.is_none() {
                let covers = Span { start: stmt.span.end, end, ..stmt.span };
                self.guards(&branch.cond, BinaryOp::Eq, "false", covers);
            }
        }
        walk_block(self, block);
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Step(step) => {
                self.step(&step.name.text);
                walk_stmt(self, stmt);
            }
            StmtKind::If(branch) => {
                branch.name.iter().for_each(|name| self.step(&name.text));
                self.expr(&branch.cond);
                self.nested(Nest::Branch, |c| {
                    c.block(&branch.then);
                    branch.otherwise.iter().for_each(|block| c.block(block));
                });
            }
            StmtKind::For(each) => {
                each.name.iter().for_each(|name| self.step(&name.text));
                self.expr(&each.items);
                self.nested(Nest::Loop, |c| c.block(&each.body));
            }
            StmtKind::While(repeat) => {
                repeat.name.iter().for_each(|name| self.step(&name.text));
                self.expr(&repeat.cond);
                self.nested(Nest::Loop, |c| c.block(&repeat.body));
            }
            StmtKind::Parallel(parallel) => {
                self.step(&parallel.name.text);
                walk_stmt(self, stmt);
            }
            StmtKind::Match(_) | StmtKind::Try(_) => {
                self.nested(Nest::Branch, |c| walk_stmt(c, stmt));
            }
            _ => walk_stmt(self, stmt),
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match self.path(expr) {
            Some(path) => {
                self.sites.paths.push(path);
                self.indexes(expr);
            }
            None => {
                if let ExprKind::Binary { op: BinaryOp::Coalesce, left, .. } = &expr.kind {
                    self.sites.defaults.push((expr.span, left.span));
                }
                walk_expr(self, expr);
            }
        }
    }

    fn field_type(&mut self, field: &FieldType) {
        self.field(&field.name.text, &field.ty);
        walk_type(self, &field.ty);
    }
}

/// Whether nothing behind a statement is reached.
fn leaves(stmt: &Stmt) -> bool {
    matches!(
        stmt.kind,
        StmtKind::Return(_) | StmtKind::Continue | StmtKind::Break | StmtKind::Fail(_)
    )
}
