//! From the graph to the demands: each set of nodes that a border's value can meet is one demand.

use std::rc::Rc;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};
use wf_types::Type;

use super::graph::{Graph, Node, Part, core, is_plain};
use super::same;
use super::stmt::Walk;
use super::told::{self, Told};
use super::{Demand, DemandId, Demands};

/// How many demands a program may have before the rest of it is demanded whole.
const MOST: usize = 50_000;

/// A demand of which the parts are still to be found.
struct Todo<'a> {
    id: DemandId,
    ty: &'a Type,
    set: Rc<[Node]>,
}

struct Solver<'a> {
    graph: Graph<'a>,
    table: Vec<Demand>,
    /// Whether the value itself is touched, and not only parts of it, or nothing.
    touched: Vec<bool>,
    known: FxHashMap<(&'a Type, Rc<[Node]>), DemandId>,
    todo: Vec<Todo<'a>>,
    /// For each member of a union a demand of the fields that tell it from others; none where it
    /// can be told only by the whole of it.
    told: FxHashMap<&'a Type, Rc<[Option<Node>]>>,
}

/// Solves the graph of a program.
pub(super) fn solve(walk: Walk<'_>) -> Demands {
    let Walk { program, mut graph, triggers, outputs, type_args, decodes, .. } = walk;
    graph.settle();
    let table = vec![Demand::None, Demand::Whole];
    let (known, todo) = (FxHashMap::default(), Vec::new());
    let (touched, told) = (vec![false, true], FxHashMap::default());
    let mut solver = Solver { graph, table, touched, known, todo, told };
    let mut borders = |node: Node, ty| {
        let set = solver.graph.closure(&[node]);
        solver.demand(ty, set)
    };
    let workflows = program.workflows.iter();
    let triggers: Vec<Vec<DemandId>> = triggers
        .iter()
        .zip(workflows)
        .map(|(nodes, w)| {
            nodes.iter().zip(&w.triggers).map(|(node, t)| borders(*node, &t.context)).collect()
        })
        .collect();
    let outputs: Vec<_> =
        outputs.into_iter().map(|(key, (node, ty))| (key, borders(node, ty))).collect();
    // Statements that share a step or a place share what is demanded there.
    let type_args = union(type_args);
    let type_args: Vec<_> = type_args
        .into_iter()
        .map(|((key, ty), nodes)| {
            let set = solver.graph.closure(&nodes);
            (key, ty, solver.demand(ty, set))
        })
        .collect();
    let decodes: Vec<_> = union(decodes)
        .into_iter()
        .map(|((key, ty), nodes)| {
            let set = solver.graph.closure(&nodes);
            (key, ty, solver.demand(ty, set))
        })
        .collect();
    solver.finish();
    let exhausted = solver.graph.is_exhausted();
    let (table, number) = same::simplify(solver.table, &solver.touched);
    let id = |id: DemandId| if exhausted { DemandId::WHOLE } else { number[id.0 as usize] };
    let mut demands = Demands {
        table,
        triggers: triggers.into_iter().map(|t| t.into_iter().map(id).collect()).collect(),
        outputs: outputs.into_iter().map(|(key, demand)| (key, id(demand))).collect(),
        type_args: FxHashMap::default(),
        decodes: FxHashMap::default(),
    };
    for (key, ty, demand) in type_args {
        demands.type_args.entry(key).or_default().push((ty.clone(), id(demand)));
    }
    for (key, ty, demand) in decodes {
        demands.decodes.entry(key).or_default().push((ty.clone(), id(demand)));
    }
    demands
}

/// The nodes of each key and type.
fn union<K: Copy + Eq + std::hash::Hash>(
    all: Vec<(K, Node, &Type)>,
) -> IndexMap<(K, &Type), Vec<Node>, FxBuildHasher> {
    let mut found: IndexMap<(K, &Type), Vec<Node>, FxBuildHasher> = IndexMap::default();
    for (key, node, ty) in all {
        found.entry((key, ty)).or_default().push(node);
    }
    found
}

impl<'a> Solver<'a> {
    /// What a closed set of nodes demands of a type.
    fn demand(&mut self, ty: &'a Type, set: Vec<Node>) -> DemandId {
        if set.is_empty() {
            return DemandId::NONE;
        }
        let defs = self.graph.defs;
        let core = core(defs, ty);
        let whole =
            |node: &Node| self.graph.is_whole_of(*node, ty) || self.graph.is_whole_of(*node, core);
        let touched = self.graph.is_touched(&set);
        if is_plain(defs, core) && !touched {
            return DemandId::NONE;
        }
        if is_plain(defs, core) || set.iter().any(whole) || self.table.len() >= MOST {
            return DemandId::WHOLE;
        }
        let set: Rc<[Node]> = set.into();
        if let Some(id) = self.known.get(&(core, Rc::clone(&set))) {
            return *id;
        }
        let mut touched = touched;
        if let Type::Union(members) = core {
            match self.graph.members(&set, members) {
                None => return DemandId::WHOLE,
                // Of what is read of a member it is read which member it is.
                Some(parts) => touched |= parts.iter().any(|demands| !demands.is_empty()),
            }
            if !touched {
                return DemandId::NONE;
            }
        }
        let id = DemandId(self.table.len() as u32);
        self.table.push(Demand::Whole);
        self.touched.push(touched);
        self.known.insert((core, Rc::clone(&set)), id);
        self.todo.push(Todo { id, ty: core, set });
        id
    }

    /// Finds the parts of all demands.
    fn finish(&mut self) {
        while let Some(Todo { id, ty, set }) = self.todo.pop() {
            if self.graph.is_exhausted() {
                return;
            }
            let demand = match ty {
                Type::List(item) | Type::Map(item) => {
                    let direct = self.graph.items(&set);
                    Demand::Items(self.part(item, &direct))
                }
                Type::Union(members) => self.members(ty, members, &set),
                _ => match self.graph.defs.record(ty) {
                    Some(record) => {
                        let direct = self.graph.fields(&set, record);
                        let each = record.fields.iter().zip(&direct);
                        Demand::Fields(each.map(|(f, direct)| self.part(&f.ty, direct)).collect())
                    }
                    None => Demand::Whole,
                },
            };
            self.table[id.0 as usize] = demand;
        }
    }

    /// What is demanded of each member of a union, with the fields that tell it from the others.
    fn members(&mut self, ty: &'a Type, members: &'a [Type], set: &[Node]) -> Demand {
        let told = match self.told.get(ty) {
            Some(told) => Rc::clone(told),
            None => {
                let told: Rc<[Option<Node>]> = told::members(self.graph.defs, members)
                    .into_iter()
                    .map(|told| match told {
                        Told::Whole => None,
                        Told::ByFields(names) => {
                            let (node, used) = (self.graph.node(), self.graph.used);
                            for name in names {
                                self.graph.add_part(node, Part::Field(&name), used);
                            }
                            Some(node)
                        }
                    })
                    .collect();
                self.told.insert(ty, Rc::clone(&told));
                told
            }
        };
        let Some(parts) = self.graph.members(set, members) else { return Demand::Whole };
        let each = members.iter().zip(parts).zip(told.iter());
        let demands = each.map(|((member, mut demands), told)| match told {
            None => DemandId::WHOLE,
            Some(told) => {
                demands.push(*told);
                let closed = self.graph.closure(&demands);
                self.demand(member, closed)
            }
        });
        Demand::Members(demands.collect())
    }

    /// What these demand of a part, whose type this is.
    fn part(&mut self, ty: &'a Type, direct: &[Node]) -> DemandId {
        if direct.is_empty() {
            return DemandId::NONE;
        }
        let closed = self.graph.closure(direct);
        self.demand(ty, closed)
    }
}
