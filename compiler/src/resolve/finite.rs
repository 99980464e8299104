//! Named types must be finite: each cycle passes through a list, a map or an optional field.

use wf_types::{DefId, DefKind, RecordType, Type, TypeDefs};

/// The aliases that hold themselves without a list, a map or an optional field between, in the
/// order of their numbers. Each cycle is reported at one of its members.
pub(crate) fn infinite(defs: &TypeDefs) -> Vec<DefId> {
    let edges: Vec<Vec<DefId>> = defs
        .iter()
        .map(|(_, def)| {
            let mut out = Vec::new();
            match &def.kind {
                DefKind::Alias(ty) => direct(defs, ty, &mut out),
                DefKind::Entity(record) => fields(defs, record, &mut out),
                DefKind::Opaque(_) => {}
            }
            out
        })
        .collect();
    let mut state = vec![State::New; edges.len()];
    let (mut found, mut open) = (Vec::new(), Vec::new());
    for start in 0..edges.len() {
        visit(start, &edges, &mut state, &mut open, &mut found);
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

/// A depth-first walk with a stack, which is empty before and after: chains of names may be long.
fn visit(
    start: usize,
    edges: &[Vec<DefId>],
    state: &mut [State],
    open: &mut Vec<(usize, usize)>,
    found: &mut Vec<DefId>,
) {
    if state[start] != State::New {
        return;
    }
    state[start] = State::Open;
    open.push((start, 0));
    while let Some((node, next)) = open.last_mut() {
        let Some(target) = edges[*node].get(*next).copied() else {
            state[*node] = State::Done;
            open.pop();
            continue;
        };
        *next += 1;
        let index = target.0 as usize;
        match state[index] {
            State::New => {
                state[index] = State::Open;
                open.push((index, 0));
            }
            State::Open => found.push(target),
            State::Done => {}
        }
    }
}

/// The names that a value of this type always holds a value of.
fn direct(defs: &TypeDefs, ty: &Type, out: &mut Vec<DefId>) {
    match ty {
        Type::Named(id) => out.push(*id),
        Type::Optional(inner) => direct(defs, inner, out),
        Type::Union(members) => members.iter().for_each(|m| direct(defs, m, out)),
        Type::Record(record) => fields(defs, record, out),
        _ => {}
    }
}

fn fields(defs: &TypeDefs, record: &RecordType, out: &mut Vec<DefId>) {
    for field in &record.fields {
        let optional = match &field.ty {
            Type::Optional(_) => true,
            // Unions are not flat yet.
            Type::Union(members) => members.contains(&Type::Null),
            Type::Named(id) => {
                matches!(&defs.get(*id).kind, DefKind::Alias(Type::Optional(_)))
            }
            _ => false,
        };
        if !optional {
            direct(defs, &field.ty, out);
        }
    }
}
