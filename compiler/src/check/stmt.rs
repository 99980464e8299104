//! Statements.

pub(crate) mod branch;
pub(crate) mod css;
pub(crate) mod loops;
pub(crate) mod parallel;
pub(crate) mod pattern;
pub(crate) mod policy;
pub(crate) mod step;
pub(crate) mod trigger_match;
pub(crate) mod variables;

use wf_diagnostics::codes::{concurrency, types as codes, warnings};
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast::{self, StmtKind as Ast};
use wf_types::Type;

use crate::check::body::{Body, Kind};
use crate::check::expr::chain::Val;
use crate::check::flow::{Fact, Path, Root};
use crate::check::hints::origin::Declares;
use crate::check::types::relate;
use crate::typed::{Block, ExprKind, Stmt, StmtKind};

impl<'g> Body<'g> {
    /// The statements of a whole body, whose names are in the scope that is open already.
    pub(crate) fn body_block(&mut self, block: &'g ast::Block) -> Block {
        self.statements(block, true)
    }

    /// A block with a scope of its own.
    pub(crate) fn block(&mut self, block: &'g ast::Block) -> Block {
        self.scoped_block(block, false)
    }

    /// A block that may declare `variables`: the body of a loop or of a branch.
    pub(crate) fn region_block(&mut self, block: &'g ast::Block) -> Block {
        self.scoped_block(block, true)
    }

    fn scoped_block(&mut self, block: &'g ast::Block, variables: bool) -> Block {
        if !self.deeper(block.span) {
            return Block::default();
        }
        self.open_scope();
        let typed = self.statements(block, variables);
        self.close_scope();
        self.higher();
        typed
    }

    fn statements(&mut self, block: &'g ast::Block, variables: bool) -> Block {
        if let Some(w) = &mut self.w {
            w.variable_names.open();
        }
        let mut told = self.flow.dead();
        let mut typed = Block { stmts: Vec::with_capacity(block.stmts.len()) };
        for stmt in &block.stmts {
            if !told && self.flow.dead() {
                told = true;
                let message = "this is never reached";
                self.tell(
                    Diagnostic::new(&warnings::UNREACHABLE, stmt.span, message)
                        .help("the statement above always leaves: remove what follows"),
                );
            }
            self.stmts.push(stmt.span);
            self.stmt(stmt, variables, &mut typed);
        }
        self.close_variables();
        typed
    }

    fn stmt(&mut self, stmt: &'g ast::Stmt, may_declare: bool, out: &mut Block) {
        let span = stmt.span;
        let kind = match &stmt.kind {
            Ast::Error => None,
            Ast::Let { name, mutable, ty, value } => {
                Some(self.let_stmt(name, *mutable, ty.as_deref(), value))
            }
            Ast::Variables(variables) => {
                for kind in self.declare_variables(variables, may_declare, span) {
                    out.stmts.push(Stmt { kind, span });
                }
                None
            }
            Ast::Assign { place, op, op_span, value } => {
                self.assign(place, *op, *op_span, value, span)
            }
            Ast::Step(step) => self.step(step),
            Ast::If(branch) => Some(self.if_stmt(branch, span)),
            Ast::Match(matching) => Some(self.match_stmt(matching, span)),
            Ast::For(each) => Some(self.for_stmt(each, span)),
            Ast::While(repeat) => Some(self.while_stmt(repeat)),
            Ast::Parallel(parallel) => self.parallel_stmt(parallel, span),
            Ast::Try(attempt) => self.try_stmt(attempt, span),
            Ast::Yield(value) => self.yield_stmt(value, span),
            Ast::Fail(value) => self.fail_stmt(value, span),
            Ast::Return(value) => self.return_stmt(value.as_ref(), span),
            Ast::Break => self.leave_loop("break", span).then_some(StmtKind::Break),
            Ast::Continue => self.leave_loop("continue", span).then_some(StmtKind::Continue),
        };
        out.stmts.extend(kind.map(|kind| Stmt { kind, span }));
    }

    /// A statement of workflows in a function.
    pub(crate) fn impure(&mut self, what: &str, span: Span) -> bool {
        if self.kind == Kind::Workflow {
            return false;
        }
        let message = format!("a function can't hold `{what}`: functions are pure");
        self.tell(
            Diagnostic::new(&codes::IMPURE, span, message)
                .help("do it in the workflow, and give the function the result as an argument"),
        );
        true
    }

    fn let_stmt(
        &mut self,
        name: &ast::Name,
        mutable: bool,
        ty: Option<&ast::TypeExpr>,
        value: &ast::Expr,
    ) -> StmtKind {
        if mutable && self.kind == Kind::Workflow {
            let message = format!("`{}` can't be `mut` in a workflow", name.text);
            self.tell(
                Diagnostic::new(&codes::NOT_ASSIGNABLE, name.span, message)
                    .help("what changes in a workflow is declared in `variables { … }`"),
            );
        }
        let condition = value;
        let value = match ty {
            Some(written) => {
                let mut out = Vec::new();
                let ty = self.types().resolve(written, &mut out);
                self.out.extend(out);
                let what = Declares::Local(name.text.clone());
                let mut value = self.expect_from(value, &ty, written.span, what);
                value.ty = ty;
                value
            }
            None => {
                let mut value = self.infer(value);
                if matches!(value.ty, Type::Null | Type::Never) {
                    let message =
                        format!("the type of `{}` is not known: this is only null", name.text);
                    self.tell(
                        Diagnostic::new(&codes::TYPE_UNKNOWN, value.span, message)
                            .help(format!("say what it is: `let {}: string? = null`", name.text)),
                    );
                    value.ty = Type::Error;
                }
                if mutable {
                    let ty = relate::widen(&value.ty);
                    value = self.coerce(value, &ty);
                }
                value
            }
        };
        let named = match !mutable && value.ty == Type::Bool {
            true => self.named_condition(condition),
            false => Vec::new(),
        };
        let id = self.declare(name, value.ty.clone(), mutable, true);
        self.name_condition(id, named);
        let root = Root::Local(id);
        match (mutable, &value.kind) {
            (true, _) => self.learn_assigned(root, &value),
            // What a `let x: T?` got is not null where its value is not.
            (false, ExprKind::Coerce(inner)) if !relate::is_nullable(&self.g.defs, &inner.ty) => {
                self.flow.learn(Path::new(root), Fact::non_null());
            }
            (false, _) => {}
        }
        StmtKind::Let(id, value)
    }

    fn yield_stmt(&mut self, value: &ast::Expr, span: Span) -> Option<StmtKind> {
        if self.impure("yield", span) {
            return None;
        }
        self.open = true;
        let mut value = self.infer(value);
        if self.refuse_secret(&value, "what a loop yields is shown") {
            value = self.error(value.span);
        }
        let finally = self.finally;
        let word = Span { end: span.start + 5, ..span };
        let Some(frame) = self.loops.last_mut() else {
            let message = "`yield` gives a value to a loop, and no loop is around it";
            self.tell(
                Diagnostic::new(&codes::MISPLACED, word, message)
                    .help("the value of a workflow is given by `return`"),
            );
            return None;
        };
        if finally > frame.finally {
            self.leaves_finally("yield", word);
            return None;
        }
        frame.yields.push((value.ty.clone(), value.span));
        let step = frame.step?;
        Some(StmtKind::Yield(step, value))
    }

    fn fail_stmt(&mut self, value: &ast::Expr, span: Span) -> Option<StmtKind> {
        if self.impure("fail", span) {
            return None;
        }
        let failure = self.g.failure.clone();
        let text = matches!(value.kind, ast::ExprKind::String(_));
        let val = match &value.kind {
            _ if text => Val::plain(self.expect(value, &Type::String)),
            ast::ExprKind::Name(_) | ast::ExprKind::Field { .. } | ast::ExprKind::Index { .. } => {
                self.chain(value)
            }
            _ => Val::plain(self.infer(value)),
        };
        let ty = &val.expr.ty;
        let string = relate::fits(&self.g.defs, ty, &Type::String);
        let typed = match relate::fits(&self.g.defs, ty, &failure) && !string {
            true => self.coerce(val.expr, &failure),
            false => self.give_val(val, &Type::String),
        };
        self.flow.end();
        Some(StmtKind::Fail(typed))
    }

    fn return_stmt(&mut self, value: Option<&ast::Expr>, span: Span) -> Option<StmtKind> {
        let declared = self.result_type();
        let typed = match (value, &declared) {
            (Some(value), Some(ty)) => Some(self.expect_result(value, ty)),
            (Some(value), None) => {
                self.open = true;
                let mut value = self.infer(value);
                if self.refuse_secret(&value, "what a workflow returns is shown") {
                    value = self.error(value.span);
                }
                self.returns.push((value.ty.clone(), value.span));
                Some(value)
            }
            (None, Some(ty)) => {
                if !relate::is_nullable(&self.g.defs, ty) && !ty.is_error() {
                    let message = format!("a `{}` is to be returned here", self.show(ty));
                    self.tell(
                        Diagnostic::new(&codes::TYPE_MISMATCH, span, message)
                            .help("write the value behind `return`, on the same line"),
                    );
                }
                None
            }
            (None, None) => {
                self.returns.push((Type::Null, span));
                None
            }
        };
        let word = Span { end: span.start + 6, ..span };
        let region = self
            .w
            .as_ref()
            .and_then(|w| w.regions.last().map(|region| w.outline.regions[*region].span));
        if let Some(region) = region {
            let message =
                "`return` can't leave parallel code: which one came first would depend on timing";
            self.tell(
                Diagnostic::new(&concurrency::LEAVES_PARALLEL, word, message)
                    .with(region, "this runs in parallel")
                    .help(
                        "merge into a variable or `yield`, and return after the parallel statement",
                    ),
            );
        } else if self.finally > 0 {
            self.leaves_finally("return", word);
        }
        self.flow.end();
        Some(StmtKind::Return(typed))
    }

    fn result_type(&self) -> Option<Type> {
        match self.kind {
            Kind::Workflow => self.workflow_info().and_then(|w| w.declared.clone()),
            Kind::Function => self.result.clone(),
        }
    }

    /// What is returned, with where its type is promised.
    fn expect_result(&mut self, value: &ast::Expr, ty: &Type) -> crate::typed::Expr {
        let written = match self.kind {
            Kind::Workflow => self.workflow_info().and_then(|w| w.decl.result.as_ref()),
            Kind::Function => self.result_span,
        };
        match written.map(|written| written.span) {
            Some(span) => self.expect_from(value, ty, span, Declares::Result),
            None => self.expect(value, ty),
        }
    }

    fn leaves_finally(&mut self, what: &str, span: Span) {
        let message = format!("`{what}` can't leave a `finally` block");
        self.tell(
            Diagnostic::new(&concurrency::LEAVES_FINALLY, span, message)
                .help("it runs on every way out, so it has no way of its own: do this behind it"),
        );
    }

    /// `break` and `continue`.
    fn leave_loop(&mut self, what: &str, span: Span) -> bool {
        let regions = self.w.as_ref().map_or(0, |w| w.regions.len());
        let finally = self.finally;
        let Some(frame) = self.loops.last_mut() else {
            let message = format!("`{what}` is for loops, and no loop is around it");
            let diagnostic = Diagnostic::new(&codes::MISPLACED, span, message);
            self.tell(match self.kind {
                Kind::Workflow => diagnostic.help("a workflow is ended by `return`"),
                Kind::Function => diagnostic.help("a function is ended by `return`"),
            });
            return false;
        };
        frame.broken |= what == "break";
        let breaks = frame.parallel && what == "break";
        if regions > frame.regions || breaks {
            let message = match breaks && regions == frame.regions {
                true => {
                    "`break` can't end a parallel loop: which item came first would depend on timing"
                }
                false => "this can't leave a parallel branch: the loop is outside of it",
            };
            self.tell(
                Diagnostic::new(&concurrency::LEAVES_PARALLEL, span, message)
                    .help("use `continue` for this item, a loop that is not parallel, or filter the list first"),
            );
        } else if finally > frame.finally {
            self.leaves_finally(what, span);
        }
        self.flow.end();
        true
    }
}
