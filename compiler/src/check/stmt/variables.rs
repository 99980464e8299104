//! Variables, and assignments to them and to the mutable locals of functions.

use smol_str::SmolStr;
use wf_diagnostics::codes::{concurrency, names, types as codes};
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast::{self, AssignOp, ExprKind as Ast, StmtKind as AstStmt};
use wf_types::{Bound, Literal, Type};

use crate::check::body::{Body, Kind, ROOTS};
use crate::check::expr::constant;
use crate::check::flow::{Fact, Path, Root};
use crate::check::hints::origin::{Declares, Origin};
use crate::check::items::workflow::VarInfo;
use crate::check::types::{relate, secret, union};
use crate::typed::{BinaryOp, Const, Expr, ExprKind, LocalId, StmtKind, UpdateOp, VarId};

fn update(op: AssignOp) -> Option<UpdateOp> {
    Some(match op {
        AssignOp::Set => return None,
        AssignOp::Add => UpdateOp::Add,
        AssignOp::Max => UpdateOp::Max,
        AssignOp::Min => UpdateOp::Min,
        AssignOp::Or => UpdateOp::Or,
        AssignOp::And => UpdateOp::And,
    })
}

impl<'g> Body<'g> {
    /// The variable of this name that is in scope.
    pub(crate) fn variable(&self, name: &str) -> Option<VarId> {
        self.w.as_ref()?.variable_names.get(name)
    }

    /// The names of all variables in scope, the latest first.
    pub(crate) fn variable_names(&self) -> Vec<SmolStr> {
        let names = self.w.as_ref().map(|w| w.variable_names.latest_first().cloned());
        names.into_iter().flatten().collect()
    }

    /// Closes the scope of variables of a block.
    pub(crate) fn close_variables(&mut self) {
        if let Some(w) = &mut self.w {
            w.variable_names.close();
        }
    }

    /// `variables { x: T = e }`
    pub(crate) fn declare_variables(
        &mut self,
        variables: &[ast::VariableDecl],
        may: bool,
        span: Span,
    ) -> Vec<StmtKind> {
        let word = Span { end: span.start + 9, ..span };
        if self.impure("variables", word) {
            return Vec::new();
        }
        if !may {
            let message = "`variables` stands in the body of a workflow, of a loop or of a branch, \
                           not in an arm or a `try`";
            self.tell(Diagnostic::new(&codes::MISPLACED, word, message).help(
                "move it out of this block, above the statement that the block belongs to; a `let` \
                 can be declared anywhere",
            ));
        }
        variables.iter().map(|variable| self.declare_variable(variable)).collect()
    }

    fn declare_variable(&mut self, variable: &ast::VariableDecl) -> StmtKind {
        let name = &variable.name;
        let mut out = Vec::new();
        let mut ty = self.types().resolve(&variable.ty, &mut out);
        self.out.extend(out);
        if self.is_secret(&ty) {
            let message = format!("the variable `{}` can't hold a `secret`", name.text);
            self.tell(secret::refused(variable.ty.span, message));
            ty = Type::Error;
        }
        let value = match &variable.value {
            Some(value) => {
                let what = Declares::Variable(name.text.clone());
                self.expect_from(value, &ty, variable.ty.span, what)
            }
            None => {
                if !relate::is_nullable(&self.g.defs, &ty) && !ty.is_error() {
                    let message = format!("the variable `{}` has no value at the start", name.text);
                    let help = format!(
                        "give it one with `= …`, or let it be null: `{}: {}?`",
                        name.text,
                        self.show(&ty)
                    );
                    self.tell(
                        Diagnostic::new(&codes::MISSING_FIELD, name.span, message).help(help),
                    );
                }
                let null = constant(Const::Null, Type::Null, name.span);
                self.coerce(null, &ty)
            }
        };
        if let Some(first) = self.variable(&name.text)
            && let Some(w) = &self.w
        {
            let first = w.variables[first.0 as usize].span;
            let message = format!("there is a variable `{}` already", name.text);
            self.tell(
                Diagnostic::new(&names::DUPLICATE_NAME, name.span, message)
                    .with(first, "this one is still in use here")
                    .help("give one of them another name"),
            );
        }
        let id = VarId(self.w.as_ref().map_or(0, |w| w.variables.len()) as u32);
        if let Some(w) = &mut self.w {
            let of_workflow = w.frames.is_empty();
            let (regions, ty) = (w.regions.len(), ty.clone());
            w.variables.push(VarInfo {
                name: name.text.clone(),
                ty,
                span: name.span,
                read: false,
                regions,
                of_workflow,
            });
            w.variable_names.declare(&name.text, id);
        }
        self.learn_assigned(Root::Variable(id), &value);
        StmtKind::DeclareVariable(id, value)
    }

    /// After an assignment the type of what was assigned is known.
    pub(crate) fn learn_assigned(&mut self, root: Root, value: &Expr) {
        let given = match &value.kind {
            ExprKind::Coerce(inner) => inner.ty.clone(),
            ExprKind::Const(Const::String(text)) => Type::Literal(Literal::String(text.clone())),
            ExprKind::Const(Const::Int(i)) => Type::Literal(Literal::Int(*i)),
            ExprKind::Const(Const::Bool(b)) => Type::Literal(Literal::Bool(*b)),
            _ => value.ty.clone(),
        };
        if given.is_error() {
            return;
        }
        if let Some(all) = union::members(&self.g.defs, &value.ty) {
            let members = union::all_made_as(&self.g.defs, &given, all);
            let non_null = !relate::is_nullable(&self.g.defs, &given);
            if !members.is_empty() {
                let fact = Fact { non_null, ..Fact::members(members) };
                self.flow.learn(Path::new(root), fact);
            }
            return;
        }
        if relate::is_nullable(&self.g.defs, &given) {
            return;
        }
        let unions = relate::base(&self.g.defs, &self.non_null(&value.ty))
            != *self.g.defs.peel(&self.non_null(&value.ty));
        let fact = match relate::literals(&self.g.defs, &given) {
            Some(literals) if unions => Fact::only(literals),
            _ => Fact::non_null(),
        };
        self.flow.learn(Path::new(root), fact);
    }

    /// An assignment.
    pub(crate) fn assign(
        &mut self,
        place: &ast::Place,
        op: AssignOp,
        op_span: Span,
        value: &ast::Expr,
        span: Span,
    ) -> Option<StmtKind> {
        match &place.expr.kind {
            Ast::Field { base, name, .. } if matches!(&base.kind, Ast::Name(n) if n == "variables") =>
            {
                if self.impure("variables", base.span) {
                    return None;
                }
                let Some(id) = self.variable(&name.text) else {
                    self.unknown_variable(name);
                    self.infer(value);
                    return None;
                };
                self.assign_variable(id, place, op, op_span, value)
            }
            Ast::Name(name) if self.local(name).is_some() => {
                let id = self.local(name)?;
                self.assign_local(id, name, place.expr.span, op, op_span, value)
            }
            _ => {
                self.not_assignable(place);
                self.infer(value);
                let _ = span;
                None
            }
        }
    }

    fn not_assignable(&mut self, place: &ast::Place) {
        let span = place.expr.span;
        let shown = self.source(span);
        let mut root = &place.expr;
        let mut path = Vec::new();
        while let Ast::Field { base, name, .. } = &root.kind {
            path.push(name.text.as_str());
            root = base;
        }
        let diagnostic =
            Diagnostic::new(&codes::NOT_ASSIGNABLE, span, format!("`{shown}` can't be assigned"));
        let diagnostic = match &root.kind {
            Ast::Name(name) if name == "variables" => match (path.pop(), path.last()) {
                (Some(variable), Some(field)) => diagnostic.help(format!(
                    "only whole variables are assigned: `variables.{variable} = {{ ...variables.{variable}, {field}: … }}`"
                )),
                _ => diagnostic.help("only whole variables are assigned: `variables.x = …`"),
            },
            Ast::Name(name) if ROOTS.contains(&name.as_str()) => {
                diagnostic.help("of the data store only `variables` are assigned")
            }
            Ast::Name(name) if self.variable(name).is_some() => {
                diagnostic.help(format!("did you mean `variables.{name}`?"))
            }
            Ast::Name(name) if self.local(name).is_none() => match self.kind {
                Kind::Workflow => diagnostic
                    .help(format!("declare it: `variables {{ {name}: … }}`, or `let {name} = …`")),
                Kind::Function => diagnostic.help(format!("declare it: `let mut {name} = …`")),
            },
            _ => diagnostic.help("only whole names are assigned"),
        };
        self.tell(diagnostic);
        if let Ast::Name(name) = &root.kind
            && path.is_empty()
            && self.local(name).is_none()
            && self.variable(name).is_none()
            && !ROOTS.contains(&name.as_str())
        {
            // Reads of it are no further mistakes.
            let name = ast::Name { text: name.clone(), span };
            self.declare(&name, Type::Error, true, false);
        }
    }

    fn assign_local(
        &mut self,
        id: LocalId,
        name: &SmolStr,
        span: Span,
        op: AssignOp,
        op_span: Span,
        value: &ast::Expr,
    ) -> Option<StmtKind> {
        let local = &self.locals[id.0 as usize];
        let ty = local.ty.clone();
        if !local.mutable {
            let declared = self.local_info[id.0 as usize].span;
            let diagnostic = Diagnostic::new(
                &codes::NOT_ASSIGNABLE,
                span,
                format!("`{name}` is not assigned a second time"),
            )
            .with(declared, "declared here");
            self.tell(match self.kind {
                Kind::Workflow => diagnostic
                    .help(format!("what changes is a variable: `variables {{ {name}: … }}`")),
                Kind::Function => diagnostic.help(format!("declare it with `let mut {name}`")),
            });
            self.infer(value);
            return None;
        }
        let root = Root::Local(id);
        let Some(update) = update(op) else {
            let declared = self.local_info[id.0 as usize].span;
            let value = self.expect_from(value, &ty, declared, Declares::Local(name.clone()));
            self.flow.forget(root);
            self.learn_assigned(root, &value);
            return Some(StmtKind::AssignLocal(id, value));
        };
        let read = Expr { kind: ExprKind::Local(id), ty: ty.clone(), span };
        let declared = self.local_info[id.0 as usize].span;
        let what = Declares::Local(name.clone());
        let from = Origin { span: declared, what, ty: ty.clone(), fixed: None };
        let value = self.with_expected(from, |body| {
            body.operand_of(update, &ty, name, op_span, value, false)
        })?;
        self.forget_updated(root, update);
        Some(match self.as_sum(update, &ty, read, &value) {
            Some(sum) => StmtKind::AssignLocal(id, sum),
            None => StmtKind::UpdateLocal(id, update, value, op_span),
        })
    }

    fn assign_variable(
        &mut self,
        id: VarId,
        place: &ast::Place,
        op: AssignOp,
        op_span: Span,
        value: &ast::Expr,
    ) -> Option<StmtKind> {
        let w = self.w.as_ref()?;
        let info = &w.variables[id.0 as usize];
        let (ty, name, declared) = (info.ty.clone(), info.name.clone(), info.span);
        let region = w.regions.get(info.regions).map(|r| w.outline.regions[*r].span);
        let root = Root::Variable(id);
        let Some(update) = update(op) else {
            if let Some(region) = region {
                let message = format!("`variables.{name}` can't be assigned in parallel code");
                self.tell(
                    Diagnostic::new(&concurrency::VARIABLE_ASSIGNED, place.expr.span, message)
                        .label("which value stays would depend on timing")
                        .with(region, "this runs in parallel")
                        .help("merge with `+=`, `max=`, `min=`, `or=` or `and=`, `yield` the value, or declare the variable in the body itself: `variables { … }`"),
                );
            }
            let what = Declares::Variable(name.clone());
            let value = self.expect_from(value, &ty, declared, what);
            self.flow.forget(root);
            self.learn_assigned(root, &value);
            return Some(StmtKind::AssignVariable(id, value));
        };
        let merge = region.is_some();
        let from = Origin {
            span: declared,
            what: Declares::Variable(name.clone()),
            ty: ty.clone(),
            fixed: None,
        };
        let value = self.with_expected(from, |body| {
            body.operand_of(update, &ty, &name, op_span, value, merge)
        })?;
        self.forget_updated(root, update);
        if merge {
            return Some(StmtKind::MergeVariable(id, update, value, op_span));
        }
        let read = Expr { kind: ExprKind::Variable(id), ty: ty.clone(), span: place.expr.span };
        Some(match self.as_sum(update, &ty, read, &value) {
            Some(sum) => StmtKind::AssignVariable(id, sum),
            None => StmtKind::UpdateVariable(id, update, value, op_span),
        })
    }

    fn forget_updated(&mut self, root: Root, op: UpdateOp) {
        self.flow.forget(root);
        if matches!(op, UpdateOp::Max | UpdateOp::Min) {
            self.flow.learn(Path::new(root), Fact::non_null());
        }
    }

    /// `+=` on a text or an instant is an assignment of the sum.
    fn as_sum(&self, op: UpdateOp, ty: &Type, read: Expr, value: &Expr) -> Option<Expr> {
        let peeled = self.g.defs.peel(ty);
        if op != UpdateOp::Add || !matches!(peeled, Type::String | Type::Instant) {
            return None;
        }
        let span = read.span.to(value.span);
        let kind = ExprKind::Binary {
            op: BinaryOp::Add,
            left: Box::new(read),
            right: Box::new(value.clone()),
        };
        Some(Expr { kind, ty: ty.clone(), span })
    }

    /// The right side of `+=` and the like.
    fn operand_of(
        &mut self,
        op: UpdateOp,
        ty: &Type,
        name: &str,
        op_span: Span,
        value: &ast::Expr,
        merge: bool,
    ) -> Option<Expr> {
        let inner = self.non_null(ty);
        let peeled = self.g.defs.peel(&inner).clone();
        let nullable = self.may_be_null(ty);
        let wrong = match op {
            _ if peeled.is_error() => {
                self.infer(value);
                return None;
            }
            UpdateOp::Add => match peeled {
                Type::Int
                | Type::Float
                | Type::Decimal
                | Type::Duration
                | Type::List(_)
                | Type::Map(_) => nullable,
                Type::String | Type::Instant => nullable || merge,
                Type::Named(_) if self.is_number_param(&peeled) => nullable,
                _ => true,
            },
            UpdateOp::Max | UpdateOp::Min => !relate::allows(&self.g.defs, Bound::Ordered, &peeled),
            UpdateOp::Or | UpdateOp::And => nullable || peeled != Type::Bool,
        };
        if wrong {
            let symbol = match op {
                UpdateOp::Add => "+=",
                UpdateOp::Max => "max=",
                UpdateOp::Min => "min=",
                UpdateOp::Or => "or=",
                UpdateOp::And => "and=",
            };
            let message =
                format!("`{symbol}` does not work on `{name}`, which is `{}`", self.show(ty));
            let diagnostic = Diagnostic::new(&codes::BAD_OPERANDS, op_span, message);
            self.tell(match (&peeled, op) {
                (Type::String, UpdateOp::Add) if merge => diagnostic
                    .help("collect the parts in a `list<string>` and `join` them afterwards"),
                _ if nullable => diagnostic.help("it may be null: give it a value to begin with"),
                (_, UpdateOp::Or | UpdateOp::And) => diagnostic.help("it works on `bool`"),
                (_, UpdateOp::Add) => diagnostic.help("it works on numbers, lists and maps"),
                _ => diagnostic.help("it works on what has an order: numbers, texts, times"),
            });
            self.infer(value);
            return None;
        }
        let wanted = match (&peeled, op) {
            (Type::Instant, UpdateOp::Add) => Type::Duration,
            _ => inner,
        };
        if let (Type::List(item), UpdateOp::Add) = (&peeled, op) {
            return Some(self.appended(value, item, &wanted));
        }
        Some(self.expect(value, &wanted))
    }

    /// What is appended to a list is a list: one item is told how to become one.
    fn appended(&mut self, value: &ast::Expr, item: &Type, list: &Type) -> Expr {
        let told = self.out.len();
        let typed = self.expr(value, Some(list));
        if self.out.len() == told
            && !relate::fits(&self.g.defs, &typed.ty, list)
            && relate::fits(&self.g.defs, &typed.ty, item)
        {
            let shown = self.source(typed.span);
            let message = "`+=` on a list takes a list";
            let mend = format!("[{shown}]");
            let help = format!("write `{mend}`");
            let diagnostic = Diagnostic::new(&codes::TYPE_MISMATCH, typed.span, message);
            self.tell(self.with_origin(diagnostic).edit(typed.span, mend, help));
            return self.error(typed.span);
        }
        self.give(typed, list)
    }

    /// Everything that some statements assign, as roots of what is known.
    pub(crate) fn assigned(&self, block: &ast::Block) -> Vec<Root> {
        let mut names = Vec::new();
        collect(block, &mut names, 0);
        names.sort_unstable();
        names.dedup();
        names
            .iter()
            .filter_map(|(variable, name)| match variable {
                true => self.variable(name).map(Root::Variable),
                false => self.local(name).map(Root::Local),
            })
            .collect()
    }

    /// What is known of these no longer holds.
    pub(crate) fn forget_all(&mut self, roots: &[Root]) {
        roots.iter().for_each(|root| self.flow.forget(*root));
    }
}

fn collect(block: &ast::Block, out: &mut Vec<(bool, SmolStr)>, depth: usize) {
    if depth > 200 {
        return;
    }
    let mut inner = |block: &ast::Block| collect(block, out, depth + 1);
    for stmt in &block.stmts {
        match &stmt.kind {
            AstStmt::If(branch) => {
                inner(&branch.then);
                branch.otherwise.iter().for_each(&mut inner);
            }
            AstStmt::Match(m) => m.cases.iter().for_each(|c| inner(&c.body)),
            AstStmt::For(f) => inner(&f.body),
            AstStmt::While(w) => inner(&w.body),
            AstStmt::Parallel(p) => p.branches.iter().for_each(|b| inner(&b.body)),
            AstStmt::Try(t) => {
                inner(&t.body);
                t.catch.iter().for_each(|(_, b)| inner(b));
                t.finally.iter().for_each(&mut inner);
            }
            _ => {}
        }
    }
    for stmt in &block.stmts {
        let AstStmt::Assign { place, .. } = &stmt.kind else { continue };
        match &place.expr.kind {
            Ast::Name(name) => out.push((false, name.clone())),
            Ast::Field { base, name, .. } if matches!(&base.kind, Ast::Name(n) if n == "variables") =>
            {
                out.push((true, name.text.clone()));
            }
            _ => {}
        }
    }
}
