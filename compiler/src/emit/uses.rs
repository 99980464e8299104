//! What a piece of code reads, declares, runs, merges and yields: for the frames of regions and
//! lambdas.

use rustc_hash::{FxBuildHasher, FxHashSet};
use wf_diagnostics::Span;

use crate::typed::walk::each_part;
use crate::typed::{
    Arg, Block, ConfigId, Expr, ExprKind, Lambda, LocalId, LoopField, RunField, StepId, Stmt,
    StmtKind, UpdateOp, VarId,
};

/// In the order of their coming, each once.
type IndexSet<T> = indexmap::IndexSet<T, FxBuildHasher>;

/// The same with what is known of each.
type IndexMap<K, V> = indexmap::IndexMap<K, V, FxBuildHasher>;

/// Something that a frame may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Local(LocalId),
    Variable(VarId),
    Step(StepId),
    /// `loop.NAME.item`, `.items` or `.index`
    Loop(StepId, LoopPart),
    /// What a lambda for a node captures, as it runs without the run around it.
    Trigger,
    Run(RunPart),
    Config(ConfigId),
}

/// A field of a loop's context that is in a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum LoopPart {
    Items,
    Index,
    Item,
}

/// A field of `run`, with an equality for maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum RunPart {
    Id,
    Workflow,
    StartedAt,
    Attempt,
    Trigger,
}

impl From<RunField> for RunPart {
    fn from(field: RunField) -> Self {
        match field {
            RunField::Id => RunPart::Id,
            RunField::Workflow => RunPart::Workflow,
            RunField::StartedAt => RunPart::StartedAt,
            RunField::Attempt => RunPart::Attempt,
            RunField::Trigger => RunPart::Trigger,
        }
    }
}

/// What a piece of code does with what is around it.
#[derive(Debug, Default)]
pub(super) struct Uses {
    /// What it reads, its own things included, in the order of the source.
    pub(super) reads: IndexSet<Place>,
    /// What it declares.
    declares: FxHashSet<Place>,
    /// The steps that are run in it and seen behind it: not those inside of loops.
    pub(super) steps: IndexSet<StepId>,
    /// The steps that have a register in its frame: all but those of parallel loops' bodies.
    pub(super) own_steps: IndexSet<StepId>,
    /// The merges in it, with their operators and the place of the first.
    merges: IndexMap<VarId, (UpdateOp, Span)>,
    /// The loops that it yields to.
    yields: IndexSet<StepId>,
    /// The loops in it.
    loops: FxHashSet<StepId>,
    /// Whether there is a `try` with `finally` in it, in this frame.
    pub(super) has_finally: bool,
    depth: Depth,
    look: Look,
}

/// What of a piece of code is looked at. What most bodies are asked for is in their statements: looking
/// at all of their expressions was a tenth of what it takes to emit them.
#[derive(Clone, Copy, Debug, Default)]
enum Look {
    /// Everything.
    #[default]
    All,
    /// The steps and `finally`, and whether this is read.
    Frame(Option<Place>),
}

/// How far inside of other constructs the walk is.
#[derive(Clone, Copy, Debug, Default)]
struct Depth {
    loops: u32,
    frames: u32,
}

impl Uses {
    pub(super) fn of_block(block: &Block) -> Self {
        let mut uses = Self::default();
        uses.block(block);
        uses
    }

    /// The steps and `finally` alone, and of what is read only this, if anything.
    pub(super) fn of_frame(block: &Block, read: Option<Place>) -> Self {
        let mut uses = Self { look: Look::Frame(read), ..Self::default() };
        uses.block(block);
        uses
    }

    pub(super) fn of_lambda(lambda: &Lambda) -> Self {
        let mut uses = Self::default();
        uses.lambda(lambda);
        uses
    }

    /// What it reads of what is around it.
    pub(super) fn free(&self) -> impl Iterator<Item = Place> {
        self.reads.iter().copied().filter(|place| !self.declares.contains(place))
    }

    /// The merges into variables that are declared around it.
    pub(super) fn free_merges(&self) -> impl Iterator<Item = (VarId, UpdateOp, Span)> {
        self.merges
            .iter()
            .filter(|(var, _)| !self.declares.contains(&Place::Variable(**var)))
            .map(|(var, (op, span))| (*var, *op, *span))
    }

    /// The loop around it that it yields to: the nearest one.
    pub(super) fn free_yield(&self) -> Option<StepId> {
        self.yields.iter().copied().find(|step| !self.loops.contains(step))
    }

    fn block(&mut self, block: &Block) {
        block.stmts.iter().for_each(|stmt| self.stmt(stmt));
    }

    fn step(&mut self, step: StepId) {
        self.declare(Place::Step(step));
        if self.depth.loops == 0 {
            self.steps.insert(step);
        }
        if self.depth.frames == 0 {
            self.own_steps.insert(step);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Let(local, value) => {
                self.expr(value);
                self.declare(Place::Local(*local));
            }
            StmtKind::AssignLocal(local, value) => {
                self.read(Place::Local(*local));
                self.expr(value);
            }
            StmtKind::UpdateLocal(local, _, value, _) => {
                self.read(Place::Local(*local));
                self.expr(value);
            }
            StmtKind::DeclareVariable(var, value) => {
                self.expr(value);
                self.declare(Place::Variable(*var));
            }
            StmtKind::AssignVariable(var, value) | StmtKind::UpdateVariable(var, _, value, _) => {
                self.read(Place::Variable(*var));
                self.expr(value);
            }
            StmtKind::MergeVariable(var, op, value, span) => {
                self.merges.entry(*var).or_insert((*op, *span));
                self.expr(value);
            }
            StmtKind::Step(step) => {
                self.expr(&step.input);
                step.policy.iter().for_each(|policy| self.expr(policy));
                self.step(step.step);
            }
            StmtKind::Yield(step, value) => {
                self.yields.insert(*step);
                self.expr(value);
            }
            StmtKind::Fail(value) => self.expr(value),
            StmtKind::Return(value) => value.iter().for_each(|value| self.expr(value)),
            StmtKind::Break | StmtKind::Continue => {}
            _ => self.compound(stmt),
        }
    }

    fn compound(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::If(stmt) => {
                self.expr(&stmt.cond);
                self.block(&stmt.then);
                self.block(&stmt.otherwise);
                stmt.name.iter().for_each(|(step, _)| self.step(*step));
            }
            StmtKind::Match(stmt) => {
                self.expr(&stmt.subject);
                self.declare(Place::Local(stmt.local));
                for case in &stmt.cases {
                    case.binding.into_iter().for_each(|local| self.declare(Place::Local(local)));
                    self.block(&case.body);
                }
            }
            StmtKind::For(stmt) => {
                self.expr(&stmt.items);
                self.declare(Place::Local(stmt.item));
                let frame = stmt.parallel.is_some();
                stmt.parallel.iter().flatten().for_each(|limit| self.expr(limit));
                self.loop_body(stmt.step, frame, |uses| uses.block(&stmt.body));
            }
            StmtKind::While(stmt) => {
                stmt.max.iter().for_each(|max| self.expr(max));
                self.loop_body(stmt.step, false, |uses| {
                    uses.expr(&stmt.cond);
                    uses.block(&stmt.body);
                });
            }
            StmtKind::Parallel(step, branches) => {
                // Steps of branches are published into this frame.
                branches.iter().for_each(|branch| self.block(&branch.body));
                self.step(*step);
            }
            StmtKind::Try(stmt) => {
                self.has_finally |= stmt.finally.is_some() && self.depth.frames == 0;
                self.block(&stmt.body);
                if let Some((err, block)) = &stmt.catch {
                    self.declare(Place::Local(*err));
                    self.block(block);
                }
                stmt.finally.iter().for_each(|block| self.block(block));
            }
            _ => {}
        }
    }

    fn loop_body(&mut self, step: Option<StepId>, frame: bool, body: impl FnOnce(&mut Self)) {
        if let Some(step) = step {
            self.loops.insert(step);
            for part in [LoopPart::Items, LoopPart::Index, LoopPart::Item] {
                self.declare(Place::Loop(step, part));
            }
        }
        let before = self.depth;
        self.depth.loops += 1;
        self.depth.frames += u32::from(frame);
        body(self);
        self.depth = before;
        step.into_iter().for_each(|step| self.step(step));
    }

    fn lambda(&mut self, lambda: &Lambda) {
        lambda.params.iter().for_each(|local| self.declare(Place::Local(*local)));
        self.expr(&lambda.body);
    }

    fn expr(&mut self, expr: &Expr) {
        if let Look::Frame(read) = self.look
            && (read.is_none() || !self.reads.is_empty())
        {
            return;
        }
        match &expr.kind {
            ExprKind::Const(_) => {}
            ExprKind::Local(local) => self.read(Place::Local(*local)),
            ExprKind::Variable(var) => self.read(Place::Variable(*var)),
            ExprKind::Step(step) => self.read(Place::Step(*step)),
            ExprKind::Loop(step, field) => match field {
                LoopField::Name => {}
                LoopField::Items => self.read(Place::Loop(*step, LoopPart::Items)),
                LoopField::Index => self.read(Place::Loop(*step, LoopPart::Index)),
                LoopField::Item => self.read(Place::Loop(*step, LoopPart::Item)),
            },
            ExprKind::Trigger => self.read(Place::Trigger),
            ExprKind::Run(field) => self.read(Place::Run((*field).into())),
            ExprKind::Config(config) => self.read(Place::Config(*config)),
            ExprKind::Lambda(lambda) => self.lambda(lambda),
            ExprKind::Intrinsic { args, .. } => {
                for arg in args {
                    match arg {
                        Arg::Value(expr) => self.expr(expr),
                        Arg::Lambda(lambda) => self.lambda(lambda),
                    }
                }
            }
            ExprKind::IfPresent { local, .. } => {
                self.declare(Place::Local(*local));
                self.parts(expr);
            }
            ExprKind::Match { local, arms, .. } => {
                self.declare(Place::Local(*local));
                let bindings = arms.iter().filter_map(|arm| arm.binding);
                bindings.for_each(|local| self.declare(Place::Local(local)));
                self.parts(expr);
            }
            _ => self.parts(expr),
        }
    }

    fn parts(&mut self, expr: &Expr) {
        each_part(expr, &mut |part| self.expr(part));
    }

    fn read(&mut self, place: Place) {
        let wanted = match self.look {
            Look::All => true,
            Look::Frame(read) => read == Some(place),
        };
        if wanted {
            self.reads.insert(place);
        }
    }

    fn declare(&mut self, place: Place) {
        if matches!(self.look, Look::All) {
            self.declares.insert(place);
        }
    }
}
