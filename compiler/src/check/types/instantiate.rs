//! One function for each set of types that a generic one is called with.
//!
//! The machine has a bank of registers for numbers and one for everything else, chosen by static
//! types, so a generic function has code of its own for each type. Which are needed follows from
//! the calls. Functions that would need ever larger types are refused before.

use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};
use wf_diagnostics::codes::types as codes;
use wf_diagnostics::{Diagnostic, Diagnostics, Span};
use wf_types::{DefId, Field, LambdaType, Type, TypeDefs};

use crate::check::types::relate;
use crate::typed::walk::{walk_block, walk_expr};
use crate::typed::{Expr, ExprKind, FnId, Function, Program, Trigger};

/// How many functions may be made of generic ones, and of how many expressions.
const INSTANCES: usize = 1_000;
const EXPRESSIONS: usize = 1_000_000;

/// A type parameter is given a type that is made of another one.
struct Edge {
    from: DefId,
    to: DefId,
    /// Whether it is given more than the other one itself.
    grows: bool,
    call: Span,
}

/// Tells of generic functions that call themselves with ever larger types.
pub(crate) fn check_growth(defs: &TypeDefs, functions: &mut [Function], out: &mut Diagnostics) {
    let params: Vec<Vec<DefId>> = functions.iter().map(|f| f.type_params.clone()).collect();
    let mut edges = Vec::new();
    for function in functions.iter_mut().filter(|f| !f.type_params.is_empty()) {
        walk_block(&mut function.body, &mut |expr| {
            let ExprKind::Call { function, types, .. } = &expr.kind else { return };
            let Some(callee) = params.get(function.0 as usize) else { return };
            for (to, ty) in callee.iter().zip(types) {
                let grows = !is_param(defs, ty);
                let mut found = Vec::new();
                opaque_in(defs, ty, &mut found);
                let edge = |from| Edge { from, to: *to, grows, call: expr.span };
                edges.extend(found.into_iter().map(edge));
            }
        });
    }
    let parts = components(&edges);
    let mut told: Vec<Span> = Vec::new();
    for edge in edges.iter().filter(|e| e.grows) {
        let same = parts.get(&edge.from).is_some_and(|part| parts.get(&edge.to) == Some(part));
        if same && !told.contains(&edge.call) && told.len() < 100 {
            told.push(edge.call);
            let name = &defs.get(edge.to).name;
            let message =
                format!("this calls itself with an ever larger type for `{name}`, without end");
            out.push(
                Diagnostic::new(&codes::GROWING_TYPE, edge.call, message)
                    .label(format!("`{name}` is made of `{}` again", defs.get(edge.from).name))
                    .help("call it with the same type, or make a `type` that holds itself through a `list`"),
            );
        }
    }
}

/// `T`, or `T?`, which does not grow again.
fn is_param(defs: &TypeDefs, ty: &Type) -> bool {
    match ty {
        Type::Optional(inner) => is_param(defs, inner),
        _ => relate::opaque(defs, ty).is_some(),
    }
}

fn opaque_in(defs: &TypeDefs, ty: &Type, found: &mut Vec<DefId>) {
    match ty {
        Type::Named(id) if relate::opaque(defs, ty).is_some() && !found.contains(id) => {
            found.push(*id);
        }
        Type::Optional(t) | Type::List(t) | Type::Map(t) => opaque_in(defs, t, found),
        Type::Record(record) => record.fields.iter().for_each(|f| opaque_in(defs, &f.ty, found)),
        Type::Union(members) => members.iter().for_each(|m| opaque_in(defs, m, found)),
        _ => {}
    }
}

/// The number of the group of each type parameter: those of one group reach each other.
fn components(edges: &[Edge]) -> FxHashMap<DefId, usize> {
    let mut index: IndexMap<DefId, usize, FxBuildHasher> = IndexMap::default();
    for edge in edges {
        for id in [edge.from, edge.to] {
            let next = index.len();
            index.entry(id).or_insert(next);
        }
    }
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); index.len()];
    let mut back = next.clone();
    for edge in edges {
        let (from, to) = (index[&edge.from], index[&edge.to]);
        next[from].push(to);
        back[to].push(from);
    }
    // Two walks: the second one goes backwards, from what the first one left last.
    let mut left = Vec::new();
    let mut seen = vec![false; next.len()];
    for start in 0..next.len() {
        search(start, &next, &mut seen, &mut |node| left.push(node));
    }
    let mut part = vec![0; next.len()];
    let mut seen = vec![false; next.len()];
    for (number, start) in left.into_iter().rev().enumerate() {
        search(start, &back, &mut seen, &mut |node| part[node] = number);
    }
    index.into_iter().map(|(id, i)| (id, part[i])).collect()
}

/// A walk in depth with a stack of its own; nodes are told when they are left.
fn search(start: usize, next: &[Vec<usize>], seen: &mut [bool], leave: &mut dyn FnMut(usize)) {
    if std::mem::replace(&mut seen[start], true) {
        return;
    }
    let mut open = vec![(start, 0)];
    while let Some((node, place)) = open.last_mut() {
        match next[*node].get(*place).copied() {
            Some(target) => {
                *place += 1;
                if !std::mem::replace(&mut seen[target], true) {
                    open.push((target, 0));
                }
            }
            None => {
                leave(*node);
                open.pop();
            }
        }
    }
}

/// Puts a function for each set of types in the place of generic functions. Where there are too
/// many of them that is told, and the program is not to be used.
pub(crate) fn instantiate(program: &mut Program, out: &mut Diagnostics) {
    if program.functions.iter().all(|f| f.type_params.is_empty()) {
        return;
    }
    let all = std::mem::take(&mut program.functions);
    let mut work = Work {
        defs: &program.defs,
        plain: FxHashMap::default(),
        instances: IndexMap::default(),
        count: 0,
        size: 0,
        failed: None,
    };
    let mut made: Vec<Function> = Vec::new();
    for (index, function) in all.iter().enumerate().filter(|(_, f)| f.type_params.is_empty()) {
        work.plain.insert(FnId(index as u32), FnId(made.len() as u32));
        made.push(function.clone());
    }
    work.count = made.len();
    for function in &mut made {
        walk_block(&mut function.body, &mut |expr| work.call(expr));
    }
    for workflow in &mut program.workflows {
        walk_block(&mut workflow.body, &mut |expr| work.call(expr));
        for trigger in &mut workflow.triggers {
            if let Trigger::Entity { filter: Some((_, lambda)), .. } = &mut trigger.kind {
                walk_expr(&mut lambda.body, &mut |expr| work.call(expr));
            }
        }
    }
    let mut next = 0;
    while let Some(((id, types), call)) = work.instances.get_index(next) {
        next += 1;
        let (types, call) = (types.clone(), *call);
        let Some(generic) = all.get(id.0 as usize) else { break };
        let function = work.instance(generic, &types, call);
        if let Some(told) = work.failed.take() {
            out.push(told);
            break;
        }
        made.push(function);
    }
    program.functions = made;
}

struct Work<'a> {
    defs: &'a TypeDefs,
    /// The new numbers of functions that are not generic.
    plain: FxHashMap<FnId, FnId>,
    /// The instances in the order in which they were asked for, with the first call of each.
    instances: IndexMap<(FnId, Vec<Type>), Span, FxBuildHasher>,
    /// How many functions there are before the instances.
    count: usize,
    /// How many expressions the instances have.
    size: usize,
    failed: Option<Diagnostic>,
}

impl Work<'_> {
    /// Gives a call the number of the function that it needs.
    fn call(&mut self, expr: &mut Expr) {
        let ExprKind::Call { function, types, .. } = &mut expr.kind else { return };
        let number = if types.is_empty() {
            self.plain.get(function).copied().unwrap_or(*function)
        } else {
            let entry = self.instances.entry((*function, std::mem::take(types)));
            let number = FnId((self.count + entry.index()) as u32);
            entry.or_insert(expr.span);
            number
        };
        *function = number;
    }

    fn instance(&mut self, generic: &Function, types: &[Type], call: Span) -> Function {
        let mut function = generic.clone();
        let params = std::mem::take(&mut function.type_params);
        let given: FxHashMap<DefId, &Type> = params.into_iter().zip(types).collect();
        let defs = self.defs;
        let put = |ty: &mut Type| {
            if let Some(new) = replaced(defs, ty, &given) {
                *ty = new;
            }
        };
        function.locals.iter_mut().for_each(|local| put(&mut local.ty));
        put(&mut function.result);
        let mut too_large = types.iter().any(relate::too_large);
        walk_block(&mut function.body, &mut |expr| {
            put(&mut expr.ty);
            if let ExprKind::Call { types, .. } = &mut expr.kind {
                types.iter_mut().for_each(put);
                too_large |= types.iter().any(relate::too_large);
            }
            self.size += 1;
            self.call(expr);
        });
        if too_large || self.instances.len() > INSTANCES || self.size > EXPRESSIONS {
            let name = &generic.name;
            let message = match too_large {
                true => format!("`{name}` is called with a type that is too large"),
                false => "generic functions are called with too many types".to_owned(),
            };
            let told = Diagnostic::new(&codes::TOO_MANY_INSTANCES, call, message);
            self.failed = Some(told.help(format!(
                "each type makes a function of its own, {INSTANCES} at most: call `{name}` with fewer types"
            )));
        }
        function
    }
}

/// A type with what is given for parameters in their place; `None` where it has none.
fn replaced(defs: &TypeDefs, ty: &Type, given: &FxHashMap<DefId, &Type>) -> Option<Type> {
    let again = |t: &Type| replaced(defs, t, given);
    match ty {
        Type::Named(id) => given.get(id).map(|ty| Type::clone(ty)),
        Type::Optional(t) => again(t).map(|t| relate::optional(defs, &t)),
        Type::List(t) => again(t).map(Type::list),
        Type::Map(t) => again(t).map(Type::map),
        Type::Record(record) => {
            let types: Vec<Option<Type>> = record.fields.iter().map(|f| again(&f.ty)).collect();
            types.iter().any(Option::is_some).then(|| {
                let fields = record.fields.iter().zip(types);
                let field = |(f, ty): (&Field, Option<Type>)| Field {
                    ty: ty.unwrap_or_else(|| f.ty.clone()),
                    ..f.clone()
                };
                Type::record(fields.map(field).collect())
            })
        }
        Type::Union(members) => {
            let types: Vec<Option<Type>> = members.iter().map(again).collect();
            types.iter().any(Option::is_some).then(|| {
                let members = members.iter().zip(types);
                Type::Union(members.map(|(m, ty)| ty.unwrap_or_else(|| m.clone())).collect())
            })
        }
        Type::Lambda(lambda) => {
            let params: Vec<Option<Type>> = lambda.params.iter().map(again).collect();
            let result = again(&lambda.result);
            (result.is_some() || params.iter().any(Option::is_some)).then(|| {
                let all = lambda.params.iter().zip(params);
                Type::Lambda(Arc::new(LambdaType {
                    params: all.map(|(p, ty)| ty.unwrap_or_else(|| p.clone())).collect(),
                    result: result.unwrap_or_else(|| lambda.result.clone()),
                }))
            })
        }
        _ => None,
    }
}
