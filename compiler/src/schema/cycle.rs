//! Records that hold themselves without end: one field of each such cycle becomes `json`.

use rustc_hash::FxHashMap;
use wf_types::{DefId, DefKind, Field, RecordType, Type, TypeDefs};

/// What a value of a type always holds, and through which of its fields.
type Edges = Vec<(Option<usize>, DefId)>;

/// The field of a record that led to a type.
type Via = Option<(DefId, usize)>;

/// Makes `json` of the fields that make the types of some declarations infinite, and gives them.
pub(super) fn cut(defs: &mut TypeDefs, made: &[DefId]) -> Vec<(DefId, usize)> {
    let edges: FxHashMap<DefId, Edges> = made.iter().map(|id| (*id, edges(defs, *id))).collect();
    let mut done: FxHashMap<DefId, bool> = FxHashMap::default();
    let mut cut: Vec<(DefId, usize)> = Vec::new();
    for start in made {
        walk(*start, &edges, &mut done, &mut cut);
    }
    cut.sort_unstable();
    cut.dedup();
    for (id, field) in &cut {
        let DefKind::Alias(Type::Record(record)) = &defs.get(*id).kind else { continue };
        let mut record = RecordType::clone(record);
        if let Some(field) = record.fields.get_mut(*field) {
            *field = Field { ty: Type::Json, ..field.clone() };
        }
        defs.set(*id, DefKind::Alias(Type::Record(record.into())));
    }
    cut
}

/// A depth-first walk with a stack of its own. `done` is false while a type is being walked.
fn walk(
    start: DefId,
    edges: &FxHashMap<DefId, Edges>,
    done: &mut FxHashMap<DefId, bool>,
    cut: &mut Vec<(DefId, usize)>,
) {
    if done.contains_key(&start) {
        return;
    }
    done.insert(start, false);
    // Each type with the number of its next edge, and the field that led to it.
    let mut open: Vec<(DefId, usize, Via)> = vec![(start, 0, None)];
    while let Some((id, next, _)) = open.last_mut() {
        let id = *id;
        let Some((field, target)) = edges.get(&id).and_then(|e| e.get(*next)).copied() else {
            done.insert(id, true);
            open.pop();
            continue;
        };
        *next += 1;
        let via = field.map(|field| (id, field));
        match done.get(&target) {
            None if edges.contains_key(&target) => {
                done.insert(target, false);
                open.push((target, 0, via));
            }
            // Every cycle has a field on it: names alone lead to no name before.
            Some(false) => {
                let before = || open.iter().rev().find_map(|(_, _, via)| *via);
                cut.extend(via.or_else(before));
            }
            _ => {}
        }
    }
}

fn edges(defs: &TypeDefs, id: DefId) -> Edges {
    let mut out = Vec::new();
    match &defs.get(id).kind {
        DefKind::Alias(Type::Record(record)) => {
            for (i, field) in record.fields.iter().enumerate() {
                direct(&field.ty, Some(i), &mut out);
            }
        }
        DefKind::Alias(ty) => direct(ty, None, &mut out),
        DefKind::Entity(_) | DefKind::Opaque(_) => {}
    }
    out
}

fn direct(ty: &Type, field: Option<usize>, out: &mut Edges) {
    match ty {
        Type::Named(id) => out.push((field, *id)),
        Type::Union(members) => members.iter().for_each(|m| direct(m, field, out)),
        // An optional field may be left out.
        Type::Optional(inner) if field.is_none() => direct(inner, field, out),
        _ => {}
    }
}
