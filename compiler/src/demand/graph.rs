//! The graph of demands: what flows where, and what is read of it.

use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use smol_str::SmolStr;
use wf_types::{RecordType, Type, TypeDefs};

/// A node: a place that values flow through, or a use of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Node(u32);

/// A part of a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part<'p> {
    /// A field of a record.
    Field(&'p str),
    /// The items of a list, the values of a map.
    Item,
    /// The values of a union that are of this member.
    Member(&'p Type),
}

/// The number of a part: of the items, of the name of a field, of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key(u32);

const ITEM: Key = Key(0);

/// What a number of a part stands for.
enum Known {
    Item,
    Field(SmolStr),
    Member(Type),
}

/// No edge, no type.
const NO: u32 = u32::MAX;

/// The edges of a node: each list by its last edge, in the tables of the graph.
#[derive(Clone, Copy)]
struct Edges {
    /// What is demanded of these is demanded of the node.
    flows: u32,
    /// What is demanded of these is demanded of a part of the node.
    parts: u32,
    /// The whole of a type is demanded.
    whole: u32,
    /// No code touches the value here: the node alone demands nothing, not even that it is there.
    untouched: bool,
}

const NO_EDGES: Edges = Edges { flows: NO, parts: NO, whole: NO, untouched: false };

struct Flow {
    to: Node,
    next: u32,
}

struct PartEdge {
    key: Key,
    to: Node,
    next: u32,
}

/// A node that stands for a part of whatever is demanded of another.
struct Projection {
    node: Node,
    of: Node,
    key: Key,
}

/// How many edges a small program has.
const SOME: usize = 28;

/// How many edges are followed in all before the program counts as too tangled.
const BUDGET: usize = 20_000_000;

/// The graph.
pub(super) struct Graph<'a> {
    pub(super) defs: &'a TypeDefs,
    nodes: Vec<Edges>,
    flows: Vec<Flow>,
    parts: Vec<PartEdge>,
    /// The types of which the whole is demanded.
    whole_types: Vec<Type>,
    wholes: FxHashMap<Type, Node>,
    keys: Vec<Known>,
    fields: FxHashMap<SmolStr, Key>,
    members: FxHashMap<Type, Key>,
    /// For each part the number of the search that looks for it, and its place there.
    wanted: Vec<(u32, u32)>,
    searches: u32,
    projections: Vec<Projection>,
    /// A use that needs no more than the value itself: of a scalar, or a test for null.
    pub(super) used: Node,
    /// The number of the walk that saw a node last.
    seen: Vec<u32>,
    /// The nodes that a walk has still to look at.
    rest: Vec<Node>,
    walks: u32,
    budget: usize,
}

impl<'a> Graph<'a> {
    pub(super) fn new(defs: &'a TypeDefs) -> Self {
        let mut nodes = Vec::with_capacity(2 * SOME);
        nodes.push(NO_EDGES);
        Self {
            defs,
            nodes,
            flows: Vec::with_capacity(SOME),
            parts: Vec::with_capacity(SOME),
            whole_types: Vec::new(),
            wholes: FxHashMap::with_capacity_and_hasher(SOME / 2, FxBuildHasher),
            keys: vec![Known::Item],
            fields: FxHashMap::with_capacity_and_hasher(SOME / 2, FxBuildHasher),
            members: FxHashMap::default(),
            wanted: Vec::new(),
            searches: 0,
            projections: Vec::new(),
            used: Node(0),
            seen: Vec::new(),
            rest: Vec::new(),
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
        self.nodes.push(NO_EDGES);
        Node((self.nodes.len() - 1) as u32)
    }

    /// A node that hands on whatever is demanded of others, and demands nothing itself.
    pub(super) fn untouched(&mut self) -> Node {
        let node = self.node();
        self.nodes[node.0 as usize].untouched = true;
        node
    }

    /// An untouched node of a part of which this is demanded.
    pub(super) fn untouched_of_part(&mut self, part: Part<'_>, demand: Node) -> Node {
        let node = self.untouched();
        self.add_part(node, part, demand);
        node
    }

    /// A node of a part of which this is demanded.
    pub(super) fn of_part(&mut self, part: Part<'_>, demand: Node) -> Node {
        let node = self.node();
        self.add_part(node, part, demand);
        node
    }

    /// Demands this of a part of a node.
    pub(super) fn add_part(&mut self, node: Node, part: Part<'_>, demand: Node) {
        let key = self.key(part);
        let place = self.parts.len() as u32;
        let next = std::mem::replace(&mut self.nodes[node.0 as usize].parts, place);
        self.parts.push(PartEdge { key, to: demand, next });
    }

    /// Demands of `node` whatever is demanded of `demand`.
    pub(super) fn flow(&mut self, node: Node, demand: Node) {
        let last = self.nodes[node.0 as usize].flows;
        if node != demand && self.flows.get(last as usize).is_none_or(|flow| flow.to != demand) {
            self.nodes[node.0 as usize].flows = self.flows.len() as u32;
            self.flows.push(Flow { to: demand, next: last });
        }
    }

    /// The number of a part.
    fn key(&mut self, part: Part<'_>) -> Key {
        let next = Key(self.keys.len() as u32);
        match part {
            Part::Item => return ITEM,
            Part::Field(name) => {
                if let Some(key) = self.fields.get(name) {
                    return *key;
                }
                let name = SmolStr::from(name);
                self.fields.insert(name.clone(), next);
                self.keys.push(Known::Field(name));
            }
            Part::Member(member) => {
                if let Some(key) = self.members.get(member) {
                    return *key;
                }
                self.members.insert(member.clone(), next);
                self.keys.push(Known::Member(member.clone()));
            }
        }
        next
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
        self.nodes[node.0 as usize].whole = self.whole_types.len() as u32;
        self.whole_types.push(ty.clone());
        self.wholes.insert(ty.clone(), node);
        node
    }

    /// The demand on a part of whatever is demanded of a node; it is untouched.
    pub(super) fn projection(&mut self, of: Node, part: Part<'_>) -> Node {
        let node = self.untouched();
        let key = self.key(part);
        self.projections.push(Projection { node, of, key });
        node
    }

    /// The type of which the whole is demanded.
    fn whole_type(&self, node: Node) -> Option<&Type> {
        self.whole_types.get(self.nodes[node.0 as usize].whole as usize)
    }

    /// Whether the whole of this very type is demanded.
    pub(super) fn is_whole_of(&self, node: Node, ty: &Type) -> bool {
        self.whole_type(node) == Some(ty)
    }

    /// Whether some code touches the value: if only to see that it is there.
    pub(super) fn is_touched(&self, set: &[Node]) -> bool {
        set.iter().any(|node| !self.nodes[node.0 as usize].untouched)
    }

    /// All that is demanded of a set of nodes: they and what flows from them, sorted.
    pub(super) fn closure(&mut self, start: &[Node]) -> Vec<Node> {
        self.walks += 1;
        self.seen.resize(self.nodes.len(), 0);
        let mut found = Vec::with_capacity(start.len().max(8));
        let mut rest = std::mem::take(&mut self.rest);
        rest.extend_from_slice(start);
        while let Some(node) = rest.pop() {
            let place = node.0 as usize;
            if std::mem::replace(&mut self.seen[place], self.walks) == self.walks {
                continue;
            }
            let before = rest.len();
            let mut at = self.nodes[place].flows;
            while let Some(flow) = self.flows.get(at as usize) {
                rest.push(flow.to);
                at = flow.next;
            }
            self.budget = self.budget.saturating_sub(1 + rest.len() - before);
            if self.budget == 0 {
                break;
            }
            found.push(node);
        }
        rest.clear();
        self.rest = rest;
        found.sort_unstable();
        found
    }

    /// What is demanded of a part of a closed set: the direct demands, which are to be closed.
    fn part(&mut self, set: &[Node], key: Key) -> Vec<Node> {
        let mut found = Vec::new();
        for node in set {
            let mut at = self.nodes[node.0 as usize].parts;
            let mut steps = 1;
            while let Some(part) = self.parts.get(at as usize) {
                steps += 1;
                if part.key == key {
                    found.push(part.to);
                }
                at = part.next;
            }
            self.budget = self.budget.saturating_sub(steps);
            let known = &self.keys[key.0 as usize];
            let ty = self.whole_type(*node).and_then(|ty| part_type(self.defs, ty, known)).cloned();
            if let Some(ty) = ty {
                found.push(self.whole(&ty));
            }
        }
        unique(&mut found);
        found
    }

    /// The same of the items.
    pub(super) fn items(&mut self, set: &[Node]) -> Vec<Node> {
        self.part(set, ITEM)
    }

    /// The same of each field of a record, in one walk through the set.
    pub(super) fn fields(&mut self, set: &[Node], record: &RecordType) -> Vec<Vec<Node>> {
        self.searches += 1;
        for (place, field) in record.fields.iter().enumerate() {
            let key = self.key(Part::Field(&field.name));
            if self.wanted.len() <= key.0 as usize {
                self.wanted.resize(self.keys.len(), (0, 0));
            }
            self.wanted[key.0 as usize] = (self.searches, place as u32);
        }
        let mut found: Vec<Vec<Node>> = vec![Vec::new(); record.fields.len()];
        for node in set {
            let mut at = self.nodes[node.0 as usize].parts;
            let mut steps = 1;
            while let Some(part) = self.parts.get(at as usize) {
                steps += 1;
                if let Some(place) = self.place(part.key) {
                    found[place].push(part.to);
                }
                at = part.next;
            }
            self.budget = self.budget.saturating_sub(steps);
            let Some(ty) = self.whole_type(*node).cloned() else { continue };
            let defs = self.defs;
            let Some(whole) = defs.record(core(defs, &ty)) else { continue };
            self.budget = self.budget.saturating_sub(whole.fields.len());
            for field in &whole.fields {
                let key = self.fields.get(&field.name).copied();
                if let Some(place) = key.and_then(|key| self.place(key)) {
                    let demand = self.whole(&field.ty);
                    found[place].push(demand);
                }
            }
        }
        found.iter_mut().for_each(unique);
        found
    }

    /// The place of a part among those that are looked for.
    fn place(&self, key: Key) -> Option<usize> {
        let (search, place) = *self.wanted.get(key.0 as usize)?;
        (search == self.searches).then_some(place as usize)
    }

    /// What is demanded of the values of each of these members of a union, to be closed; nothing
    /// where some of the set is no demand on a union.
    pub(super) fn members(&mut self, set: &[Node], members: &[Type]) -> Option<Vec<Vec<Node>>> {
        let places: FxHashMap<&Type, usize> =
            members.iter().enumerate().map(|(place, member)| (member, place)).collect();
        let mut found: Vec<Vec<Node>> = vec![Vec::new(); members.len()];
        for node in set {
            let mut at = self.nodes[node.0 as usize].parts;
            let mut steps = 1;
            while let Some(part) = self.parts.get(at as usize) {
                steps += 1;
                let Known::Member(member) = &self.keys[part.key.0 as usize] else { return None };
                if let Some(place) = places.get(member) {
                    found[*place].push(part.to);
                }
                at = part.next;
            }
            self.budget = self.budget.saturating_sub(steps);
            let Some(ty) = self.whole_type(*node).cloned() else { continue };
            let Type::Union(all) = core(self.defs, &ty) else { return None };
            self.budget = self.budget.saturating_sub(all.len());
            for member in all.iter() {
                if let Some(place) = places.get(member) {
                    let whole = self.whole(member);
                    found[*place].push(whole);
                }
            }
        }
        found.iter_mut().for_each(unique);
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
            for Projection { node, of, key } in projections.iter().rev() {
                let set = self.closure(&[*of]);
                for demand in self.part(&set, *key) {
                    if known.insert((*node, demand)) {
                        self.flow(*node, demand);
                        changed = true;
                    }
                }
            }
        }
    }
}

/// In order, and each once.
fn unique(nodes: &mut Vec<Node>) {
    nodes.sort_unstable();
    nodes.dedup();
}

/// The type of a part of the values of a type.
fn part_type<'t>(defs: &'t TypeDefs, ty: &'t Type, part: &Known) -> Option<&'t Type> {
    match (core(defs, ty), part) {
        (Type::List(item) | Type::Map(item), Known::Item) => Some(item),
        (Type::Union(members), Known::Member(member)) => members.iter().find(|m| *m == member),
        (core, Known::Field(name)) => defs.record(core)?.field(name).map(|(_, field)| &field.ty),
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
