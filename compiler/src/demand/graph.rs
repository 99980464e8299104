//! The graph of demands: what flows where, and what is read of it.

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use wf_types::{Type, TypeDefs};

/// A node: a place that values flow through, or a use of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Node(u32);

/// A part of a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// A field of a record.
    Field(SmolStr),
    /// The items of a list, the values of a map.
    Item,
    /// The values of a union that are of this member.
    Member(Type),
}

#[derive(Default)]
struct Edges {
    /// What is demanded of these is demanded of the node.
    flows: Vec<Node>,
    /// What is demanded of these is demanded of a part of the node.
    parts: Vec<(Part, Node)>,
    /// The whole of a type is demanded.
    whole: Option<Type>,
    /// No code touches the value here: the node alone demands nothing, not even that it is there.
    untouched: bool,
}

/// A node that stands for a part of whatever is demanded of another.
struct Projection {
    node: Node,
    of: Node,
    part: Part,
}

/// How many edges are followed in all before the program counts as too tangled.
const BUDGET: usize = 20_000_000;

/// The graph.
pub(super) struct Graph<'a> {
    pub(super) defs: &'a TypeDefs,
    nodes: Vec<Edges>,
    wholes: FxHashMap<Type, Node>,
    projections: Vec<Projection>,
    /// A use that needs no more than the value itself: of a scalar, or a test for null.
    pub(super) used: Node,
    /// The number of the walk that saw a node last.
    seen: Vec<u32>,
    walks: u32,
    budget: usize,
}

impl<'a> Graph<'a> {
    pub(super) fn new(defs: &'a TypeDefs) -> Self {
        Self {
            defs,
            nodes: vec![Edges::default()],
            wholes: FxHashMap::default(),
            projections: Vec::new(),
            used: Node(0),
            seen: Vec::new(),
            walks: 0,
            budget: BUDGET,
        }
    }

    /// Whether so much was followed that the answer is to be taken for everything.
    pub(super) fn is_exhausted(&self) -> bool {
        self.budget == 0
    }

    /// A node of which nothing is demanded yet.
    pub(super) fn node(&mut self) -> Node {
        self.nodes.push(Edges::default());
        Node((self.nodes.len() - 1) as u32)
    }

    /// A node that hands on whatever is demanded of others, and demands nothing itself.
    pub(super) fn untouched(&mut self) -> Node {
        let node = self.node();
        self.nodes[node.0 as usize].untouched = true;
        node
    }

    /// An untouched node of a part of which this is demanded.
    pub(super) fn untouched_of_part(&mut self, part: Part, demand: Node) -> Node {
        let node = self.untouched();
        self.nodes[node.0 as usize].parts.push((part, demand));
        node
    }

    /// A node of a part of which this is demanded.
    pub(super) fn of_part(&mut self, part: Part, demand: Node) -> Node {
        let node = self.node();
        self.nodes[node.0 as usize].parts.push((part, demand));
        node
    }

    /// Demands this of a part of a node.
    pub(super) fn add_part(&mut self, node: Node, part: Part, demand: Node) {
        self.nodes[node.0 as usize].parts.push((part, demand));
    }

    /// Demands of `node` whatever is demanded of `demand`.
    pub(super) fn flow(&mut self, node: Node, demand: Node) {
        let flows = &mut self.nodes[node.0 as usize].flows;
        if node != demand && flows.last() != Some(&demand) {
            flows.push(demand);
        }
    }

    /// The demand of everything that a type has.
    pub(super) fn whole(&mut self, ty: &Type) -> Node {
        if is_plain(self.defs, ty) {
            return self.used;
        }
        if let Some(node) = self.wholes.get(ty) {
            return *node;
        }
        let node = self.node();
        self.nodes[node.0 as usize].whole = Some(ty.clone());
        self.wholes.insert(ty.clone(), node);
        node
    }

    /// The demand on a part of whatever is demanded of a node; it is untouched.
    pub(super) fn projection(&mut self, of: Node, part: Part) -> Node {
        let node = self.untouched();
        self.projections.push(Projection { node, of, part });
        node
    }

    /// Whether the whole of this very type is demanded.
    pub(super) fn is_whole_of(&self, node: Node, ty: &Type) -> bool {
        self.nodes[node.0 as usize].whole.as_ref() == Some(ty)
    }

    /// Whether some code touches the value: if only to see that it is there.
    pub(super) fn is_touched(&self, set: &[Node]) -> bool {
        set.iter().any(|node| !self.nodes[node.0 as usize].untouched)
    }

    /// All that is demanded of a set of nodes: they and what flows from them, sorted.
    pub(super) fn closure(&mut self, start: &[Node]) -> Vec<Node> {
        self.walks += 1;
        self.seen.resize(self.nodes.len(), 0);
        let mut found = Vec::new();
        let mut rest = start.to_vec();
        while let Some(node) = rest.pop() {
            let place = node.0 as usize;
            if std::mem::replace(&mut self.seen[place], self.walks) == self.walks {
                continue;
            }
            let flows = &self.nodes[place].flows;
            self.budget = self.budget.saturating_sub(1 + flows.len());
            if self.budget == 0 {
                break;
            }
            found.push(node);
            rest.extend(flows);
        }
        found.sort_unstable();
        found
    }

    /// What is demanded of a part of a closed set: the direct demands, which are to be closed.
    pub(super) fn part(&mut self, set: &[Node], part: &Part) -> Vec<Node> {
        let mut found = Vec::new();
        for node in set {
            let edges = &self.nodes[node.0 as usize];
            self.budget = self.budget.saturating_sub(1 + edges.parts.len());
            found.extend(edges.parts.iter().filter(|(p, _)| p == part).map(|(_, demand)| *demand));
            let ty = edges.whole.as_ref().and_then(|ty| part_type(self.defs, ty, part)).cloned();
            if let Some(ty) = ty {
                found.push(self.whole(&ty));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// What is demanded of the values of each of these members of a union, to be closed; nothing
    /// where some of the set is no demand on a union.
    pub(super) fn members(&mut self, set: &[Node], members: &[Type]) -> Option<Vec<Vec<Node>>> {
        let places: FxHashMap<&Type, usize> =
            members.iter().enumerate().map(|(place, member)| (member, place)).collect();
        let mut found: Vec<Vec<Node>> = vec![Vec::new(); members.len()];
        for node in set {
            let edges = &self.nodes[node.0 as usize];
            self.budget = self.budget.saturating_sub(1 + edges.parts.len());
            for (part, demand) in &edges.parts {
                let Part::Member(member) = part else { return None };
                if let Some(place) = places.get(member) {
                    found[*place].push(*demand);
                }
            }
            let Some(ty) = edges.whole.clone() else { continue };
            let Type::Union(all) = core(self.defs, &ty) else { return None };
            self.budget = self.budget.saturating_sub(all.len());
            for member in all.iter() {
                if let Some(place) = places.get(member) {
                    let whole = self.whole(member);
                    found[*place].push(whole);
                }
            }
        }
        found.iter_mut().for_each(|demands| {
            demands.sort_unstable();
            demands.dedup();
        });
        Some(found)
    }

    /// Finds what projections stand for. What is demanded is met behind what demands it, so that
    /// going backwards settles most of them at once.
    pub(super) fn settle(&mut self) {
        let projections = std::mem::take(&mut self.projections);
        let mut known: FxHashSet<(Node, Node)> = FxHashSet::default();
        let mut changed = true;
        while changed && !self.is_exhausted() {
            changed = false;
            for Projection { node, of, part } in projections.iter().rev() {
                let set = self.closure(&[*of]);
                for demand in self.part(&set, part) {
                    if known.insert((*node, demand)) {
                        self.flow(*node, demand);
                        changed = true;
                    }
                }
            }
        }
    }
}

/// The type of a part of the values of a type.
fn part_type<'t>(defs: &'t TypeDefs, ty: &'t Type, part: &Part) -> Option<&'t Type> {
    match (core(defs, ty), part) {
        (Type::List(item) | Type::Map(item), Part::Item) => Some(item),
        (Type::Union(members), Part::Member(member)) => members.iter().find(|m| *m == member),
        (core, Part::Field(name)) => defs.record(core)?.field(name).map(|(_, field)| &field.ty),
        _ => None,
    }
}

/// The type behind names and optionals; an entity stays a name.
pub(super) fn core<'t>(defs: &'t TypeDefs, ty: &'t Type) -> &'t Type {
    let mut ty = defs.peel(ty);
    while let Type::Optional(inner) = ty {
        ty = defs.peel(inner);
    }
    ty
}

/// Whether values of a type have no parts that are told apart.
pub(super) fn is_plain(defs: &TypeDefs, ty: &Type) -> bool {
    match core(defs, ty) {
        Type::List(_) | Type::Map(_) | Type::Record(_) | Type::Named(_) => false,
        Type::Union(members) => members.iter().all(|member| match member {
            Type::Literal(_) => true,
            member => is_plain(defs, member),
        }),
        _ => true,
    }
}
