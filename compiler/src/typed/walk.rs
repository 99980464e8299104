//! Walks over all expressions of a typed tree.

use super::{
    Arg, Block, Expr, ExprKind, ListEntry, MapEntry, RecordEntry, Stmt, StmtKind, TemplatePart,
};

/// Calls `visit` with each expression of a block, before those inside of it. The tree is as deep
/// as the checker lets sources be.
pub(crate) fn walk_block(block: &mut Block, visit: &mut dyn FnMut(&mut Expr)) {
    block.stmts.iter_mut().for_each(|stmt| walk_stmt(stmt, visit));
}

fn walk_stmt(stmt: &mut Stmt, visit: &mut dyn FnMut(&mut Expr)) {
    match &mut stmt.kind {
        StmtKind::Let(_, value)
        | StmtKind::AssignLocal(_, value)
        | StmtKind::UpdateLocal(_, _, value, _)
        | StmtKind::DeclareVariable(_, value)
        | StmtKind::AssignVariable(_, value)
        | StmtKind::UpdateVariable(_, _, value, _)
        | StmtKind::MergeVariable(_, _, value, _)
        | StmtKind::Yield(_, value)
        | StmtKind::Fail(value) => walk_expr(value, visit),
        StmtKind::Return(value) => value.iter_mut().for_each(|value| walk_expr(value, visit)),
        StmtKind::Step(step) => {
            walk_expr(&mut step.input, visit);
            step.policy.iter_mut().for_each(|policy| walk_expr(policy, visit));
        }
        StmtKind::If(stmt) => {
            walk_expr(&mut stmt.cond, visit);
            walk_block(&mut stmt.then, visit);
            walk_block(&mut stmt.otherwise, visit);
        }
        StmtKind::Match(stmt) => {
            walk_expr(&mut stmt.subject, visit);
            stmt.cases.iter_mut().for_each(|case| walk_block(&mut case.body, visit));
        }
        StmtKind::For(stmt) => {
            walk_expr(&mut stmt.items, visit);
            stmt.parallel.iter_mut().flatten().for_each(|limit| walk_expr(limit, visit));
            walk_block(&mut stmt.body, visit);
        }
        StmtKind::While(stmt) => {
            walk_expr(&mut stmt.cond, visit);
            stmt.max.iter_mut().for_each(|max| walk_expr(max, visit));
            walk_block(&mut stmt.body, visit);
        }
        StmtKind::Parallel(_, branches) => {
            branches.iter_mut().for_each(|branch| walk_block(&mut branch.body, visit));
        }
        StmtKind::Try(stmt) => {
            walk_block(&mut stmt.body, visit);
            stmt.catch.iter_mut().for_each(|(_, block)| walk_block(block, visit));
            stmt.finally.iter_mut().for_each(|block| walk_block(block, visit));
        }
        StmtKind::Break | StmtKind::Continue => {}
    }
}

/// The same with an expression and all that is in it.
pub(crate) fn walk_expr(expr: &mut Expr, visit: &mut dyn FnMut(&mut Expr)) {
    visit(expr);
    match &mut expr.kind {
        ExprKind::Const(_)
        | ExprKind::Local(_)
        | ExprKind::Variable(_)
        | ExprKind::Step(_)
        | ExprKind::Loop(..)
        | ExprKind::Trigger
        | ExprKind::Run(_)
        | ExprKind::Config(_) => {}
        ExprKind::Field { base: inner, .. }
        | ExprKind::ListGetBack { list: inner, .. }
        | ExprKind::Unary { operand: inner, .. }
        | ExprKind::Decode(inner)
        | ExprKind::TryDecode(inner)
        | ExprKind::UnionField { base: inner, .. }
        | ExprKind::NonNull(inner)
        | ExprKind::Member(inner)
        | ExprKind::Coerce(inner) => walk_expr(inner, visit),
        ExprKind::ListGet { list: a, index: b }
        | ExprKind::MapGet { map: a, key: b }
        | ExprKind::Binary { left: a, right: b, .. }
        | ExprKind::Range { start: a, end: b, .. } => {
            walk_expr(a, visit);
            walk_expr(b, visit);
        }
        ExprKind::If { cond, then, otherwise } => {
            walk_expr(cond, visit);
            walk_expr(then, visit);
            walk_expr(otherwise, visit);
        }
        ExprKind::IfPresent { value, present, absent, .. } => {
            walk_expr(value, visit);
            walk_expr(present, visit);
            walk_expr(absent, visit);
        }
        ExprKind::Match { subject, arms, .. } => {
            walk_expr(subject, visit);
            arms.iter_mut().for_each(|arm| walk_expr(&mut arm.value, visit));
        }
        ExprKind::Call { args, .. } | ExprKind::CallNative { args, .. } => {
            args.iter_mut().for_each(|arg| walk_expr(arg, visit));
        }
        ExprKind::Lambda(lambda) => walk_expr(&mut lambda.body, visit),
        _ => walk_parts(expr, visit),
    }
}

fn walk_parts(expr: &mut Expr, visit: &mut dyn FnMut(&mut Expr)) {
    match &mut expr.kind {
        ExprKind::Intrinsic { args, .. } => {
            for arg in args {
                match arg {
                    Arg::Value(value) => walk_expr(value, visit),
                    Arg::Lambda(lambda) => walk_expr(&mut lambda.body, visit),
                }
            }
        }
        ExprKind::Template(parts) => {
            for part in parts {
                if let TemplatePart::Expr(value) = part {
                    walk_expr(value, visit);
                }
            }
        }
        ExprKind::List(entries) => {
            for entry in entries {
                let (ListEntry::Item(value) | ListEntry::Spread(value)) = entry;
                walk_expr(value, visit);
            }
        }
        ExprKind::Map(entries) => {
            for entry in entries {
                match entry {
                    MapEntry::Pair(key, value) => {
                        walk_expr(key, visit);
                        walk_expr(value, visit);
                    }
                    MapEntry::Spread(map) => walk_expr(map, visit),
                }
            }
        }
        ExprKind::Record { fields, .. } => {
            fields.iter_mut().flatten().for_each(|field| walk_expr(field, visit));
        }
        ExprKind::RecordSpread(entries) => {
            for entry in entries {
                let (RecordEntry::Field(_, value) | RecordEntry::Spread(value, _)) = entry;
                walk_expr(value, visit);
            }
        }
        _ => {}
    }
}

/// Calls `visit` with what is directly in an expression, in the order in which it is evaluated; bodies
/// of lambdas included.
pub(crate) fn each_part<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    match &expr.kind {
        ExprKind::Field { base: inner, .. }
        | ExprKind::ListGetBack { list: inner, .. }
        | ExprKind::Unary { operand: inner, .. }
        | ExprKind::Decode(inner)
        | ExprKind::TryDecode(inner)
        | ExprKind::UnionField { base: inner, .. }
        | ExprKind::NonNull(inner)
        | ExprKind::Member(inner)
        | ExprKind::Coerce(inner) => visit(inner),
        ExprKind::ListGet { list: a, index: b }
        | ExprKind::MapGet { map: a, key: b }
        | ExprKind::Binary { left: a, right: b, .. }
        | ExprKind::Range { start: a, end: b, .. } => [&**a, &**b].into_iter().for_each(visit),
        ExprKind::If { cond: a, then: b, otherwise: c }
        | ExprKind::IfPresent { value: a, present: b, absent: c, .. } => {
            [&**a, &**b, &**c].into_iter().for_each(visit);
        }
        ExprKind::Call { args, .. } | ExprKind::CallNative { args, .. } => {
            args.iter().for_each(visit);
        }
        ExprKind::Match { subject, arms, .. } => {
            visit(subject);
            arms.iter().for_each(|arm| visit(&arm.value));
        }
        ExprKind::Lambda(lambda) => visit(&lambda.body),
        ExprKind::Intrinsic { args, .. } => args.iter().for_each(|arg| match arg {
            Arg::Value(value) => visit(value),
            Arg::Lambda(lambda) => visit(&lambda.body),
        }),
        ExprKind::Template(parts) => parts.iter().for_each(|part| {
            if let TemplatePart::Expr(value) = part {
                visit(value);
            }
        }),
        _ => each_entry(expr, visit),
    }
}

fn each_entry<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    match &expr.kind {
        ExprKind::List(entries) => entries.iter().for_each(|entry| {
            let (ListEntry::Item(value) | ListEntry::Spread(value)) = entry;
            visit(value);
        }),
        ExprKind::Map(entries) => entries.iter().for_each(|entry| match entry {
            MapEntry::Pair(key, value) => {
                visit(key);
                visit(value);
            }
            MapEntry::Spread(map) => visit(map),
        }),
        ExprKind::Record { fields, .. } => fields.iter().flatten().for_each(visit),
        ExprKind::RecordSpread(entries) => entries.iter().for_each(|entry| {
            let (RecordEntry::Field(_, value) | RecordEntry::Spread(value, _)) = entry;
            visit(value);
        }),
        _ => {}
    }
}
