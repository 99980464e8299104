//! The checker of one body: a workflow, a function, or an expression that stands alone.

use smol_str::{SmolStr, format_smolstr};
use wf_diagnostics::codes::{names, types as codes};
use wf_diagnostics::{Diagnostic, Diagnostics, Span};
use wf_grammar::ast;
use wf_types::{DefId, Type};

use crate::check::flow::Flow;
use crate::check::globals::{Globals, WorkflowInfo};
use crate::check::hints::origin::Origin;
use crate::check::items::workflow::WorkflowState;
use crate::check::names::Names;
use crate::check::stmt::loops::LoopFrame;
use crate::check::types::relate;
use crate::resolve::types::TypeEnv;
use crate::typed::{Expr, ExprKind, Local, LocalId};

/// The words that begin paths of the data store.
pub(crate) const ROOTS: [&str; 6] = ["trigger", "steps", "loop", "variables", "run", "config"];

/// How deep things that must be checked twice may be nested in each other.
const REPEATS: usize = 6;

/// How deep expressions and blocks are followed.
const DEPTH: usize = 200;

/// Where a body belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A workflow.
    Workflow,
    /// A function: no steps, no data store.
    Function,
}

/// What is known of a local besides its type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LocalInfo {
    /// The characters of its name.
    pub(crate) span: Span,
    /// Whether it is read.
    pub(crate) used: bool,
    /// Whether it is told where it is not read.
    pub(crate) is_let: bool,
}

/// How many calls of one body are checked once more where the types of literals were too narrow:
/// calls may nest.
const RETRIES: usize = 1_000;

/// The checker of one body.
pub(crate) struct Body<'g> {
    /// What all bodies see.
    pub(crate) g: &'g Globals<'g>,
    /// The file it is in.
    pub(crate) unit: usize,
    /// What it is.
    pub(crate) kind: Kind,
    /// The type parameters of the function that it is the body of.
    pub(crate) opaque: &'g [(SmolStr, DefId)],
    /// Its locals so far.
    pub(crate) locals: Vec<Local>,
    /// The same places: what is known of them.
    pub(crate) local_info: Vec<LocalInfo>,
    names: Names<LocalId>,
    /// What is known at this point.
    pub(crate) flow: Flow,
    /// What is wrong.
    pub(crate) out: Diagnostics,
    /// Whether only constants may stand here.
    pub(crate) constant: bool,
    /// Whether this is a default, which calls no functions of the program.
    pub(crate) in_default: bool,
    /// Whether this is the filter of a trigger, which sees `config` besides constants.
    pub(crate) in_filter: bool,
    /// Whether only what is known before the steps run may stand here.
    pub(crate) limit: bool,
    /// The loops around this point.
    pub(crate) loops: Vec<LoopFrame>,
    /// How many `finally` blocks are around this point.
    pub(crate) finally: usize,
    /// The types of the values that are returned.
    pub(crate) returns: Vec<(Type, Span)>,
    /// Where the type that is expected comes from.
    pub(crate) origin: Option<Origin>,
    /// Whether the policy of a step is checked.
    pub(crate) in_policy: bool,
    /// The node whose inputs are read, for messages.
    pub(crate) node: Option<ast::Name>,
    /// The type that the end of a path would best have, for suggestions.
    pub(crate) wanted: Option<Type>,
    /// Where the path ends that is followed.
    pub(crate) path_end: u32,
    /// The type that a function promises.
    pub(crate) result: Option<Type>,
    /// What is written for it.
    pub(crate) result_span: Option<&'g ast::TypeExpr>,
    /// What only workflows have.
    pub(crate) w: Option<Box<WorkflowState<'g>>>,
    /// What `@` stands for in the filters around this point.
    pub(crate) current: Vec<LocalId>,
    /// The statements, for notes that allow a warning.
    pub(crate) stmts: Vec<Span>,
    /// How often what is checked here is checked again.
    pub(crate) repeats: usize,
    /// How often the arguments of a call may still be checked with wider types.
    pub(crate) retries: usize,
    /// Whether the type of a literal that is checked next may come from others beside it.
    pub(crate) open: bool,
    /// The literals whose type is still to come.
    pub(crate) open_literals: Vec<crate::check::expr::adapt::OpenLiteral>,
    depth: usize,
}

impl<'g> Body<'g> {
    /// A body without anything in it.
    pub(crate) fn new(g: &'g Globals<'g>, unit: usize, kind: Kind) -> Self {
        Self {
            g,
            unit,
            kind,
            opaque: &[],
            locals: Vec::new(),
            local_info: Vec::new(),
            names: Names::default(),
            flow: Flow::default(),
            out: Vec::new(),
            constant: false,
            in_default: false,
            in_filter: false,
            limit: false,
            loops: Vec::new(),
            finally: 0,
            returns: Vec::new(),
            origin: None,
            in_policy: false,
            node: None,
            wanted: None,
            path_end: 0,
            result: None,
            result_span: None,
            w: None,
            current: Vec::new(),
            stmts: Vec::new(),
            repeats: 0,
            retries: RETRIES,
            open: false,
            open_literals: Vec::new(),
            depth: 0,
        }
    }

    /// The workflow that this is the body of.
    pub(crate) fn workflow_info(&self) -> Option<&'g WorkflowInfo<'g>> {
        self.w.as_ref().map(|w| &self.g.workflows[w.index])
    }

    /// Where the types that are written here are looked up.
    pub(crate) fn types(&self) -> TypeEnv<'_> {
        TypeEnv { opaque: self.opaque, ..self.g.types(self.unit) }
    }

    /// Tells something.
    pub(crate) fn tell(&mut self, diagnostic: Diagnostic) {
        self.out.push(diagnostic);
    }

    /// Goes one level deeper; false where it is too deep, which is told.
    pub(crate) fn deeper(&mut self, span: Span) -> bool {
        if self.depth >= DEPTH {
            let message = "this is nested too deeply";
            self.tell(
                Diagnostic::new(&codes::TOO_DEEP, span, message)
                    .help("split it with `let`, or move a part into a `fn`"),
            );
            return false;
        }
        self.depth += 1;
        true
    }

    /// Begins to check something twice; false where that is nested too deeply, which is told.
    pub(crate) fn again(&mut self, span: Span) -> bool {
        if self.repeats >= REPEATS {
            let message = "this is nested too deeply for its type to be found";
            let help = "name the inner parts with `let`";
            self.tell(Diagnostic::new(&codes::TOO_DEEP, span, message).help(help));
            return false;
        }
        self.repeats += 1;
        true
    }

    /// Comes back from a level.
    pub(crate) fn higher(&mut self) {
        self.depth -= 1;
    }

    /// Opens a scope of names.
    pub(crate) fn open_scope(&mut self) {
        self.names.open();
    }

    /// Closes a scope of names.
    pub(crate) fn close_scope(&mut self) {
        self.names.close();
    }

    /// A local without a name that people can write.
    pub(crate) fn temporary(&mut self, ty: Type, span: Span) -> LocalId {
        let name = format_smolstr!("${}", self.locals.len());
        self.add_local(name, ty, span, false, false)
    }

    fn add_local(
        &mut self,
        name: SmolStr,
        ty: Type,
        span: Span,
        mutable: bool,
        is_let: bool,
    ) -> LocalId {
        let id = LocalId(self.locals.len() as u32);
        self.locals.push(Local { name, ty, mutable });
        self.local_info.push(LocalInfo { span, used: false, is_let });
        id
    }

    /// Declares a local in the scope on top.
    pub(crate) fn declare(
        &mut self,
        name: &ast::Name,
        ty: Type,
        mutable: bool,
        is_let: bool,
    ) -> LocalId {
        if ROOTS.contains(&name.text.as_str()) {
            let message =
                format!("`{}` is a part of the data store and can't be a name", name.text);
            self.tell(
                Diagnostic::new(&names::RESERVED_NAME, name.span, message)
                    .help("give it another name"),
            );
        }
        let ty = self.bounded(ty, name.span);
        if let Some(hidden) = self.names.find(&name.text)
            && (hidden.depth == self.names.depth() || self.kind == Kind::Workflow)
        {
            let first = self.local_info[hidden.id.0 as usize].span;
            let message = format!("`{}` would hide another `{}`", name.text, name.text);
            self.tell(
                Diagnostic::new(&names::NAME_HIDDEN, name.span, message)
                    .with(first, "this one is still in use here")
                    .help("give one of them another name"),
            );
        }
        let id = self.add_local(name.text.clone(), ty, name.span, mutable, is_let);
        self.names.declare(&name.text, id);
        id
    }

    /// Declares a root of the data store as a local, for an expression over given values.
    pub(crate) fn declare_root(&mut self, name: &SmolStr, ty: Type, span: Span) -> LocalId {
        let id = self.add_local(name.clone(), ty, span, false, false);
        self.names.enter(name, id);
        id
    }

    /// A type, where it is not too large to work with; else that is told.
    pub(crate) fn bounded(&mut self, ty: Type, span: Span) -> Type {
        if !relate::too_large(&ty) {
            return ty;
        }
        let message = "the type of this is too large";
        self.tell(
            Diagnostic::new(&codes::TOO_DEEP, span, message)
                .help("give parts of it names with `type Name = …` and `let x: Name = …`"),
        );
        Type::Error
    }

    /// The local of this name.
    pub(crate) fn local(&self, name: &str) -> Option<LocalId> {
        self.names.get(name)
    }

    /// The names of all locals in scope, the latest first.
    pub(crate) fn local_names(&self) -> impl Iterator<Item = &str> {
        self.names.latest_first().map(SmolStr::as_str)
    }

    /// Checks something that sees no locals of this body, and gives the locals that it made.
    pub(crate) fn isolated<T>(&mut self, check: impl FnOnce(&mut Self) -> T) -> (Vec<Local>, T) {
        let locals = std::mem::take(&mut self.locals);
        let info = std::mem::take(&mut self.local_info);
        let names = std::mem::take(&mut self.names);
        let flow = std::mem::take(&mut self.flow);
        let constant = std::mem::replace(&mut self.constant, true);
        let value = check(self);
        self.constant = constant;
        self.flow = flow;
        self.names = names;
        self.local_info = info;
        (std::mem::replace(&mut self.locals, locals), value)
    }

    /// Drops the locals that were made for a look only.
    pub(crate) fn forget_locals(&mut self, count: usize) {
        self.locals.truncate(count);
        self.local_info.truncate(count);
    }

    /// Checks something that sees no names of this body, but adds to its locals.
    pub(crate) fn without_names<T>(&mut self, check: impl FnOnce(&mut Self) -> T) -> T {
        let names = std::mem::take(&mut self.names);
        let value = check(self);
        self.names = names;
        value
    }

    /// Checks an expression that may hold neither locals nor paths of the data store.
    pub(crate) fn constant(&mut self, expr: &ast::Expr, ty: &Type) -> Expr {
        let before = std::mem::replace(&mut self.constant, true);
        let outer = std::mem::replace(&mut self.in_default, true);
        let value = self.expect(expr, ty);
        self.in_default = outer;
        self.constant = before;
        value
    }

    /// An expression of which it was told already that it is wrong.
    pub(crate) fn error(&self, span: Span) -> Expr {
        Expr { kind: ExprKind::Const(crate::typed::Const::Null), ty: Type::Error, span }
    }

    /// The text of a type.
    pub(crate) fn show(&self, ty: &Type) -> String {
        self.g.show(ty)
    }

    /// Whether null is among the values; `json` is not meant.
    pub(crate) fn may_be_null(&self, ty: &Type) -> bool {
        matches!(self.g.defs.peel(ty), Type::Optional(_) | Type::Null)
    }

    /// The type without null.
    pub(crate) fn non_null(&self, ty: &Type) -> Type {
        relate::non_null(&self.g.defs, ty)
    }
}
