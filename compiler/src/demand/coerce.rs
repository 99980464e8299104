//! What a value is asked for that is given for another type.

use rustc_hash::{FxHashMap, FxHashSet};
use wf_types::{Type, TypeDefs};

use super::graph::{self, Graph, Node, Part, core};

/// Changes of types that were looked at.
#[derive(Default)]
pub(super) struct Changes {
    /// Whether the parts of the one are those of the other, by their names.
    plain: FxHashMap<(Type, Type), bool>,
    /// The demand that a change itself makes.
    demands: FxHashMap<(Type, Type), Node>,
}

impl Changes {
    /// The demand on a value of one type that is given for another, of which `demand` is asked.
    /// Where records become maps or JSON, all that is expected there is demanded.
    pub(super) fn demand(
        &mut self,
        graph: &mut Graph<'_>,
        from: &Type,
        to: &Type,
        demand: Node,
    ) -> Node {
        if from == to || self.is_plain(graph.defs, from, to) {
            return demand;
        }
        self.whole(graph, from, to)
    }

    /// Whether a value keeps its parts: no map and no JSON is made of a record.
    fn is_plain(&mut self, defs: &TypeDefs, from: &Type, to: &Type) -> bool {
        let key = (from.clone(), to.clone());
        if let Some(plain) = self.plain.get(&key) {
            return *plain;
        }
        let plain = keeps_parts(defs, from, to, &mut FxHashSet::default());
        self.plain.insert(key, plain);
        plain
    }

    /// All of a value that is expected by another type.
    fn whole(&mut self, graph: &mut Graph<'_>, from: &Type, to: &Type) -> Node {
        let defs = graph.defs;
        let (f, t) = (core(defs, from), core(defs, to));
        if f == t {
            return graph.whole(from);
        }
        let key = (from.clone(), to.clone());
        if let Some(node) = self.demands.get(&key) {
            return *node;
        }
        let node = graph.node();
        self.demands.insert(key, node);
        match (f, t) {
            (Type::List(f), Type::List(t)) | (Type::Map(f), Type::Map(t)) => {
                let item = self.whole(graph, f, t);
                graph.add_part(node, Part::Item, item);
            }
            _ => match (defs.record(f), defs.record(t)) {
                (Some(given), Some(expected)) => {
                    for field in &expected.fields {
                        if let Some((_, known)) = given.field(&field.name) {
                            let demand = self.whole(graph, &known.ty, &field.ty);
                            graph.add_part(node, Part::Field(&field.name), demand);
                        }
                    }
                }
                _ => {
                    let whole = graph.whole(from);
                    graph.flow(node, whole);
                }
            },
        }
        node
    }
}

/// Whether no part of a value changes its form; `seen` are pairs that are looked at already.
fn keeps_parts<'t>(
    defs: &'t TypeDefs,
    from: &'t Type,
    to: &'t Type,
    seen: &mut FxHashSet<(&'t Type, &'t Type)>,
) -> bool {
    let (f, t) = (core(defs, from), core(defs, to));
    if f == t || !seen.insert((f, t)) {
        return true;
    }
    match (f, t) {
        // A member that the other union has too is held in the same way.
        (Type::Union(f), Type::Union(t)) if super::union::is_part_of(f, t) => true,
        (Type::List(f), Type::List(t)) | (Type::Map(f), Type::Map(t)) => {
            keeps_parts(defs, f, t, seen)
        }
        (_, Type::Json | Type::Map(_) | Type::Union(_)) | (Type::Union(_), _) => {
            graph::is_plain(defs, f)
        }
        _ => match (defs.record(f), defs.record(t)) {
            (Some(f), Some(t)) => t.fields.iter().all(|field| {
                let given = f.field(&field.name);
                given.is_none_or(|(_, given)| keeps_parts(defs, &given.ty, &field.ty, seen))
            }),
            _ => true,
        },
    }
}
