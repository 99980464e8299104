//! Walking a tree: a visitor sees each part before what is inside of it.

use super::{
    Block, Entry, EntryKey, Expr, ExprKind, FieldType, File, ItemKind, Pattern, PatternKind,
    Selector, Stmt, StmtKind, Template, TemplatePart, Trigger, TriggerKind, TypeExpr, TypeExprKind,
    Workflow,
};

/// Sees the parts of a tree in the order of the source. A method that wants what is inside of its
/// part walks on by the function `walk_…` of the same name; those that are not written do.
///
/// Trees are as deep as [`MAX_NESTING`](crate::MAX_NESTING) and
/// [`MAX_OPERATORS`](crate::MAX_OPERATORS) let texts be.
pub trait Visit: Sized {
    /// A workflow.
    fn workflow(&mut self, workflow: &Workflow) {
        walk_workflow(self, workflow);
    }

    /// A trigger.
    fn trigger(&mut self, trigger: &Trigger) {
        walk_trigger(self, trigger);
    }

    /// The statements of a body.
    fn block(&mut self, block: &Block) {
        walk_block(self, block);
    }

    /// A statement.
    fn stmt(&mut self, stmt: &Stmt) {
        walk_stmt(self, stmt);
    }

    /// An expression.
    fn expr(&mut self, expr: &Expr) {
        walk_expr(self, expr);
    }

    /// A type.
    fn ty(&mut self, ty: &TypeExpr) {
        walk_type(self, ty);
    }

    /// A field of a record type or a part of a webhook.
    fn field_type(&mut self, field: &FieldType) {
        self.ty(&field.ty);
    }
}

/// Walks through the items of a file.
pub fn walk_file(visit: &mut impl Visit, file: &File) {
    for item in &file.items {
        match &item.kind {
            ItemKind::Use(_) | ItemKind::UseSchema(_) => {}
            ItemKind::Type(alias) => visit.ty(&alias.ty),
            ItemKind::Entity(entity) => {
                entity.fields.iter().for_each(|field| declared(visit, &field.ty, &field.default));
            }
            ItemKind::Config(config) => {
                config.fields.iter().for_each(|field| declared(visit, &field.ty, &field.default));
            }
            ItemKind::Node(node) => {
                node.input.iter().for_each(|field| declared(visit, &field.ty, &field.default));
                visit.ty(&node.output);
            }
            ItemKind::Fn(function) => {
                function.params.iter().for_each(|param| declared(visit, &param.ty, &param.default));
                function.result.iter().for_each(|ty| visit.ty(ty));
                function.body.iter().for_each(|body| visit.block(body));
            }
            ItemKind::Workflow(workflow) => visit.workflow(workflow),
        }
    }
}

fn declared(visit: &mut impl Visit, ty: &TypeExpr, default: &Option<Expr>) {
    visit.ty(ty);
    default.iter().for_each(|default| visit.expr(default));
}

/// Walks through a workflow.
pub fn walk_workflow(visit: &mut impl Visit, workflow: &Workflow) {
    workflow.result.iter().for_each(|ty| visit.ty(ty));
    workflow.triggers.iter().for_each(|trigger| visit.trigger(trigger));
    visit.block(&workflow.body);
}

/// Walks through a trigger.
pub fn walk_trigger(visit: &mut impl Visit, trigger: &Trigger) {
    match &trigger.kind {
        TriggerKind::Error | TriggerKind::Schedule { .. } => {}
        TriggerKind::Entity { filter, .. } => {
            filter.iter().for_each(|lambda| visit.expr(&lambda.body));
        }
        TriggerKind::Webhook { parts, .. } => parts.iter().for_each(|part| visit.field_type(part)),
        TriggerKind::Function { params } => {
            params.iter().for_each(|param| declared(visit, &param.ty, &param.default));
        }
    }
}

/// Walks through the statements of a block.
pub fn walk_block(visit: &mut impl Visit, block: &Block) {
    block.stmts.iter().for_each(|stmt| visit.stmt(stmt));
}

/// Walks through a statement.
pub fn walk_stmt(visit: &mut impl Visit, stmt: &Stmt) {
    match &stmt.kind {
        StmtKind::Error | StmtKind::Break | StmtKind::Continue | StmtKind::Return(None) => {}
        StmtKind::Let { ty, value, .. } => {
            ty.iter().for_each(|ty| visit.ty(ty));
            visit.expr(value);
        }
        StmtKind::Variables(variables) => {
            variables.iter().for_each(|variable| declared(visit, &variable.ty, &variable.value));
        }
        StmtKind::Assign { place, value, .. } => {
            visit.expr(&place.expr);
            visit.expr(value);
        }
        StmtKind::Step(step) => {
            step.type_args.iter().for_each(|ty| visit.ty(ty));
            visit.expr(&step.input);
            step.policy.iter().for_each(|policy| visit.expr(policy));
        }
        StmtKind::If(branch) => {
            visit.expr(&branch.cond);
            visit.block(&branch.then);
            branch.otherwise.iter().for_each(|block| visit.block(block));
        }
        StmtKind::Match(choice) => {
            visit.expr(&choice.subject);
            for case in &choice.cases {
                pattern(visit, &case.pattern);
                visit.block(&case.body);
            }
        }
        StmtKind::For(each) => {
            visit.expr(&each.items);
            let limit = each.parallel.iter().filter_map(|parallel| parallel.limit.as_ref());
            limit.for_each(|limit| visit.expr(limit));
            visit.block(&each.body);
        }
        StmtKind::While(repeat) => {
            visit.expr(&repeat.cond);
            repeat.max.iter().for_each(|max| visit.expr(max));
            visit.block(&repeat.body);
        }
        StmtKind::Parallel(parallel) => {
            parallel.branches.iter().for_each(|branch| visit.block(&branch.body));
        }
        StmtKind::Try(attempt) => {
            visit.block(&attempt.body);
            attempt.catch.iter().for_each(|(_, block)| visit.block(block));
            attempt.finally.iter().for_each(|block| visit.block(block));
        }
        StmtKind::Yield(value) | StmtKind::Fail(value) | StmtKind::Return(Some(value)) => {
            visit.expr(value);
        }
    }
}

/// Walks through an expression, those in its templates included.
pub fn walk_expr(visit: &mut impl Visit, expr: &Expr) {
    match &expr.kind {
        ExprKind::Error
        | ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Duration(_)
        | ExprKind::Name(_)
        | ExprKind::Current => {}
        ExprKind::String(text) => template(visit, text),
        ExprKind::Field { base, .. } => visit.expr(base),
        ExprKind::Index { base, index } => {
            visit.expr(base);
            visit.expr(index);
        }
        ExprKind::Select { base, selector, .. } => {
            visit.expr(base);
            walk_selector(visit, selector);
        }
        ExprKind::Call(call) => {
            call.type_args.iter().for_each(|ty| visit.ty(ty));
            call.args.iter().for_each(|arg| visit.expr(arg));
        }
        ExprKind::MethodCall { base: left, call } | ExprKind::Pipe { left, call } => {
            visit.expr(left);
            call.type_args.iter().for_each(|ty| visit.ty(ty));
            call.args.iter().for_each(|arg| visit.expr(arg));
        }
        ExprKind::Cast { expr, ty } => {
            visit.expr(expr);
            visit.ty(ty);
        }
        ExprKind::Unary { operand, .. } => visit.expr(operand),
        ExprKind::Binary { left, right, .. } => {
            visit.expr(left);
            visit.expr(right);
        }
        ExprKind::Range { start, end, .. } => {
            visit.expr(start);
            visit.expr(end);
        }
        ExprKind::If { cond, then, otherwise } => {
            visit.expr(cond);
            visit.expr(then);
            visit.expr(otherwise);
        }
        ExprKind::Match { subject, arms } => {
            visit.expr(subject);
            for arm in arms {
                pattern(visit, &arm.pattern);
                visit.expr(&arm.value);
            }
        }
        ExprKind::Lambda(lambda) => visit.expr(&lambda.body),
        ExprKind::List(entries) | ExprKind::Braces(entries) => {
            entries.iter().for_each(|each| entry(visit, each));
        }
        ExprKind::Paren(inner) => visit.expr(inner),
    }
}

/// Walks through a type.
pub fn walk_type(visit: &mut impl Visit, ty: &TypeExpr) {
    match &ty.kind {
        TypeExprKind::Error
        | TypeExprKind::Null
        | TypeExprKind::String(_)
        | TypeExprKind::Int(_)
        | TypeExprKind::Bool(_) => {}
        TypeExprKind::Name(_, types) | TypeExprKind::Union(types) => {
            types.iter().for_each(|ty| visit.ty(ty));
        }
        TypeExprKind::Optional(inner) | TypeExprKind::Paren(inner) => visit.ty(inner),
        TypeExprKind::Record(fields) => fields.iter().for_each(|field| visit.field_type(field)),
        TypeExprKind::Lambda(params, result) => {
            params.iter().for_each(|ty| visit.ty(ty));
            visit.ty(result);
        }
    }
}

fn walk_selector(visit: &mut impl Visit, selector: &Selector) {
    match selector {
        Selector::All | Selector::Slice { .. } => {}
        Selector::Filter(inner) | Selector::Index(inner) => visit.expr(inner),
        Selector::Several(all) => all.iter().for_each(|one| walk_selector(visit, one)),
    }
}

fn template(visit: &mut impl Visit, template: &Template) {
    for part in &template.parts {
        if let TemplatePart::Expr(expr) = part {
            visit.expr(expr);
        }
    }
}

fn entry(visit: &mut impl Visit, entry: &Entry) {
    match &entry.key {
        EntryKey::None | EntryKey::Spread | EntryKey::Name(_) => {}
        EntryKey::String(text) => template(visit, text),
        EntryKey::Computed(key) => visit.expr(key),
    }
    visit.expr(&entry.value);
}

fn pattern(visit: &mut impl Visit, of: &Pattern) {
    match &of.kind {
        PatternKind::Typed(ty, _) => visit.ty(ty),
        PatternKind::Or(patterns) => patterns.iter().for_each(|inner| pattern(visit, inner)),
        _ => {}
    }
}
