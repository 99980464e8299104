//! A first walk over a workflow: which steps, variables and parallel statements there are.
//!
//! The checker needs this before it comes to them: to say "not run yet" and not "unknown", and
//! because what may be read in a parallel statement depends on what all of it merges.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use wf_diagnostics::codes::{concurrency, names};
use wf_diagnostics::{Diagnostic, Diagnostics, Span};
use wf_grammar::ast::{self, AssignOp, Block, ExprKind, Name, Stmt, StmtKind};

use crate::check::globals::Map;
use crate::check::names::Names;
use crate::typed::{StepId, StepKind, VarId};

/// A construct around a statement. Constructs are told apart by the offset where they begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// An arm of `if` or `match`.
    Arm(u32, u32),
    /// The body of a loop.
    Loop(StepId),
    /// A branch of `parallel`.
    Branch(u32, u32),
    /// A part of `try`.
    Try(u32, u32),
}

/// A step, named condition, loop or parallel block.
#[derive(Clone, Debug)]
pub(crate) struct OutlineStep {
    /// Its name.
    pub(crate) name: SmolStr,
    /// The characters of its name, the first time.
    pub(crate) span: Span,
    /// What it is.
    pub(crate) kind: StepKind,
    /// Whether it is a `try` step.
    pub(crate) tried: bool,
    /// What is around it, for each place that runs it.
    pub(crate) sites: Vec<Vec<Frame>>,
}

impl OutlineStep {
    /// Whether it stands in a loop.
    pub(crate) fn in_loop(&self) -> bool {
        self.sites.iter().flatten().any(|f| matches!(f, Frame::Loop(_)))
    }
}

/// A parallel loop or a parallel block.
#[derive(Clone, Debug)]
pub(crate) struct Region {
    /// The word that makes it parallel.
    pub(crate) span: Span,
    /// The variables from outside that it merges into: the operator, and where.
    pub(crate) merges: Map<VarId, (AssignOp, Span)>,
}

/// All of a workflow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outline {
    /// The steps.
    pub(crate) steps: Vec<OutlineStep>,
    /// The steps by their names.
    pub(crate) by_name: Map<SmolStr, StepId>,
    /// The steps by the places of their names.
    pub(crate) step_at: FxHashMap<u32, StepId>,
    /// The parallel statements.
    pub(crate) regions: Vec<Region>,
    /// The parallel statements by their places.
    pub(crate) region_at: FxHashMap<u32, usize>,
    /// The variables where they are declared, those of blocks inside of it too.
    pub(crate) declared: Vec<Name>,
}

/// How deep blocks are followed; deeper ones are told by the checker itself.
const DEPTH: usize = 200;

/// Walks over a workflow.
pub(crate) fn outline(body: &Block, out: &mut Diagnostics) -> Outline {
    let mut walker = Walker {
        outline: Outline::default(),
        frames: Vec::new(),
        regions: Vec::new(),
        variables: Names::default(),
        regions_of: Vec::new(),
        out,
    };
    walker.block(body);
    walker.outline
}

struct Walker<'o> {
    outline: Outline,
    frames: Vec<Frame>,
    regions: Vec<usize>,
    variables: Names<VarId>,
    /// How many parallel statements are around the declaration of each variable.
    regions_of: Vec<usize>,
    out: &'o mut Diagnostics,
}

impl Walker<'_> {
    fn block(&mut self, block: &Block) {
        if self.frames.len() > DEPTH {
            return;
        }
        self.variables.open();
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
        self.variables.close();
    }

    fn inside(&mut self, frame: Frame, block: &Block) {
        self.frames.push(frame);
        self.block(block);
        self.frames.pop();
    }

    fn stmt(&mut self, stmt: &Stmt) {
        let at = stmt.span.start;
        match &stmt.kind {
            StmtKind::Step(step) => {
                let call = step.node.text == "workflow.call";
                let kind = if call { StepKind::Call } else { StepKind::Node };
                self.step(&step.name, kind, step.try_span.is_some());
            }
            StmtKind::Variables(variables) => {
                for variable in variables {
                    let id = VarId(self.regions_of.len() as u32);
                    self.regions_of.push(self.regions.len());
                    let name = &variable.name;
                    self.outline.declared.push(name.clone());
                    self.variables.declare(&name.text, id);
                }
            }
            StmtKind::Assign { place, op, op_span, .. } => self.assign(&place.expr, *op, *op_span),
            StmtKind::If(branch) => {
                if let Some(name) = &branch.name {
                    self.step(name, StepKind::If, false);
                }
                self.inside(Frame::Arm(at, 0), &branch.then);
                if let Some(otherwise) = &branch.otherwise {
                    self.inside(Frame::Arm(at, 1), otherwise);
                }
            }
            StmtKind::Match(matched) => {
                for (i, case) in matched.cases.iter().enumerate() {
                    self.inside(Frame::Arm(at, i as u32), &case.body);
                }
            }
            StmtKind::For(each) => {
                let id = each.name.as_ref().map(|name| self.step(name, StepKind::For, false));
                let region = each.parallel.as_ref().map(|p| self.region(at, p.span));
                self.looped(id, region, &each.body);
            }
            StmtKind::While(repeat) => {
                let id = repeat.name.as_ref().map(|name| self.step(name, StepKind::While, false));
                self.looped(id, None, &repeat.body);
            }
            StmtKind::Parallel(parallel) => {
                self.step(&parallel.name, StepKind::Parallel, false);
                let region = self.region(at, parallel.name.span);
                self.regions.push(region);
                for (i, branch) in parallel.branches.iter().enumerate() {
                    self.inside(Frame::Branch(at, i as u32), &branch.body);
                }
                self.regions.pop();
            }
            StmtKind::Try(attempt) => {
                self.inside(Frame::Try(at, 0), &attempt.body);
                if let Some((_, catch)) = &attempt.catch {
                    self.inside(Frame::Try(at, 1), catch);
                }
                if let Some(finally) = &attempt.finally {
                    self.inside(Frame::Try(at, 2), finally);
                }
            }
            _ => {}
        }
    }

    fn looped(&mut self, id: Option<StepId>, region: Option<usize>, body: &Block) {
        self.regions.extend(region);
        match id {
            Some(id) => self.inside(Frame::Loop(id), body),
            None => self.block(body),
        }
        if region.is_some() {
            self.regions.pop();
        }
    }

    fn region(&mut self, at: u32, span: Span) -> usize {
        let index = self.outline.regions.len();
        self.outline.regions.push(Region { span, merges: Map::default() });
        self.outline.region_at.insert(at, index);
        index
    }

    fn assign(&mut self, place: &ast::Expr, op: AssignOp, op_span: Span) {
        let ExprKind::Field { base, name, .. } = &place.kind else { return };
        if !matches!(&base.kind, ExprKind::Name(root) if root == "variables") || op == AssignOp::Set
        {
            return;
        }
        let Some(id) = self.variables.get(&name.text) else {
            return;
        };
        let depth = self.regions_of[id.0 as usize];
        for (i, region) in self.regions.iter().enumerate().skip(depth) {
            let merges = &mut self.outline.regions[*region].merges;
            let (first, first_at) = *merges.entry(id).or_insert((op, op_span));
            if i == depth && first != op {
                let message =
                    format!("`variables.{}` is merged into with two operators", name.text);
                self.out.push(
                    Diagnostic::new(&concurrency::MIXED_OPERATORS, op_span, message)
                        .label("another operator")
                        .with(first_at, "the first one")
                        .help("one parallel statement takes one operator for each variable: use two variables"),
                );
            }
        }
    }

    fn step(&mut self, name: &ast::Name, kind: StepKind, tried: bool) -> StepId {
        let new = StepId(self.outline.steps.len() as u32);
        if let Some(first) = self.outline.by_name.get(&name.text).copied() {
            let step = &mut self.outline.steps[first.0 as usize];
            let node = |k: StepKind| matches!(k, StepKind::Node | StepKind::Call);
            let frames = &self.frames;
            if node(kind)
                && step.kind == kind
                && step.tried == tried
                && step.sites.iter().all(|site| other_arm(site, frames))
            {
                step.sites.push(frames.clone());
                self.outline.step_at.insert(name.span.start, first);
                return first;
            }
            let message = format!("the name `{}` is taken in this workflow", name.text);
            self.out.push(
                Diagnostic::new(&names::DUPLICATE_NAME, name.span, message)
                    .label("used again here")
                    .with(step.span, "first used here")
                    .help("steps, loops, conditions and parallel blocks share one namespace; only arms of one `if` or `match` may run the same step"),
            );
        } else {
            self.outline.by_name.insert(name.text.clone(), new);
        }
        let sites = vec![self.frames.clone()];
        let (text, span) = (name.text.clone(), name.span);
        self.outline.steps.push(OutlineStep { name: text, span, kind, tried, sites });
        self.outline.step_at.insert(name.span.start, new);
        new
    }
}

/// Whether two places are in different arms of one `if` or `match`.
fn other_arm(a: &[Frame], b: &[Frame]) -> bool {
    match a.iter().zip(b).find(|(x, y)| x != y) {
        Some((Frame::Arm(x, _), Frame::Arm(y, _))) => x == y,
        _ => false,
    }
}
