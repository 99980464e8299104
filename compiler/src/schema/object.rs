//! The objects of a type: their properties, and which of several a literal tells apart.

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};
use smol_str::SmolStr;

use super::expand::{All, Plain};
use super::files::Schemas;
use super::keywords;
use super::tree::{Json, NodeId};

/// A list of alternatives, each of which is a list of schemas that all hold; sorted.
pub(super) type State = Vec<All>;

/// A property of an object.
#[derive(Clone, Debug)]
pub(super) struct Property {
    /// What its value may be.
    pub(super) state: State,
    /// Whether it is always there.
    pub(super) required: bool,
    /// A schema of it, for names and documentation.
    pub(super) node: Option<NodeId>,
}

/// The properties of an object by their names.
pub(super) type Properties = IndexMap<SmolStr, Property, FxBuildHasher>;

/// An object that some alternatives describe.
#[derive(Clone, Debug)]
pub(super) struct Object {
    /// The schemas of each alternative: what the object is known by.
    pub(super) key: State,
    /// The properties that are declared.
    pub(super) properties: Properties,
    /// What further values may be, where no property is declared; empty for anything.
    pub(super) rest: Option<State>,
    /// The alternative of an `anyOf` or `oneOf` that it is.
    pub(super) from: Option<NodeId>,
}

/// Objects of which one property has literals that no other group has.
pub(super) struct Group {
    /// The objects.
    pub(super) objects: Vec<Object>,
    /// These literals, as a name: `opened`, or `closed|done`. Empty where there is one group only.
    pub(super) label: String,
}

/// Schemas of which nothing is known: any value.
pub(super) fn any() -> State {
    vec![Vec::new()]
}

/// The object that plain schemas describe.
pub(super) fn object(schemas: &Schemas, plain: &Plain) -> Object {
    let tree = &schemas.tree;
    let mut nodes: IndexMap<SmolStr, Vec<NodeId>, FxBuildHasher> = IndexMap::default();
    let mut required: Vec<SmolStr> = Vec::new();
    let (mut rest, mut restricted): (All, bool) = (Vec::new(), false);
    let mut patterns: State = Vec::new();
    for leaf in &plain.leaves {
        for (name, node) in tree.values(*leaf, "properties") {
            nodes.entry(name.clone()).or_default().push(node);
        }
        for name in tree.items(*leaf, "required") {
            if let Json::String(name) = tree.json(*name) {
                required.push(name.clone());
            }
        }
        let further = tree.get(*leaf, "additionalProperties");
        if let Some(node) = further.or_else(|| tree.get(*leaf, "unevaluatedProperties")) {
            match tree.json(node) {
                Json::Bool(true) => {}
                Json::Bool(false) => restricted = true,
                _ => rest.push(node),
            }
        }
        patterns.extend(tree.values(*leaf, "patternProperties").map(|(_, node)| vec![node]));
    }
    let names: rustc_hash::FxHashSet<SmolStr> = required.iter().cloned().collect();
    let mut properties = Properties::default();
    for (name, mut all) in nodes {
        // A property that no value fits is one that must not be there.
        if all.iter().any(|node| keywords::is_never(tree, *node)) {
            continue;
        }
        let node = all.first().copied();
        all.sort_unstable();
        all.dedup();
        let required = names.contains(&name);
        properties.insert(name, Property { state: vec![all], required, node });
    }
    let has_map = !rest.is_empty() || !patterns.is_empty();
    if !properties.is_empty() || !has_map {
        for name in required {
            let state = any();
            properties.entry(name).or_insert(Property { state, required: true, node: None });
        }
    }
    let is_map = properties.is_empty();
    let rest = is_map.then(|| {
        let mut state = patterns;
        match (rest.is_empty(), restricted) {
            (false, _) => {
                rest.sort_unstable();
                rest.dedup();
                state.push(rest);
            }
            // Names that no pattern fits may have any value, unless it is said otherwise. Where
            // there are patterns, they are what is meant.
            (true, _) if !state.is_empty() => {}
            (true, _) => state = any(),
        }
        state.sort();
        state.dedup();
        state
    });
    let mut key = plain.leaves.clone();
    key.sort_unstable();
    Object { key: vec![key], properties, rest, from: plain.from }
}

/// One object that is any of several: a property that some of them do not declare may be missing.
/// `None` where some have declared properties and others are maps.
pub(super) fn merge(objects: Vec<Object>) -> Option<Object> {
    let mut objects = objects.into_iter();
    let mut whole = objects.next()?;
    for next in objects {
        whole.key.extend(next.key);
        match (&mut whole.rest, next.rest) {
            (Some(rest), Some(more)) => rest.extend(more),
            (None, None) => {}
            _ => return None,
        }
        for (name, property) in &mut whole.properties {
            property.required &= next.properties.get(name).is_some_and(|p| p.required);
        }
        for (name, property) in next.properties {
            match whole.properties.get_mut(&name) {
                Some(known) => known.state.extend(property.state),
                None => {
                    whole.properties.insert(name, Property { required: false, ..property });
                }
            }
        }
    }
    let sorted = |state: &mut State| {
        state.sort();
        state.dedup();
    };
    sorted(&mut whole.key);
    whole.rest.iter_mut().for_each(sorted);
    whole.properties.values_mut().for_each(|p| sorted(&mut p.state));
    Some(whole)
}

/// Groups objects so that a literal of one required property tells the groups apart; one group
/// where no property does. `literals` gives the literals that a value of a state may be, where it
/// can be nothing else.
pub(super) fn groups(
    objects: Vec<Object>,
    mut literals: impl FnMut(&State) -> Option<Vec<SmolStr>>,
) -> Vec<Group> {
    let whole = |objects| vec![Group { objects, label: String::new() }];
    if objects.len() < 2 {
        return whole(objects);
    }
    let Some(first) = objects.first() else { return Vec::new() };
    let mut best: Option<(usize, Vec<usize>, Vec<Vec<SmolStr>>)> = None;
    for (name, property) in &first.properties {
        if !property.required {
            continue;
        }
        let of_object = |object: &Object| match object.properties.get(name) {
            Some(property) if property.required => literals(&property.state),
            _ => None,
        };
        let Some(values) = objects.iter().map(of_object).collect::<Option<Vec<_>>>() else {
            continue;
        };
        let (count, group) = classes(&values);
        if count > best.as_ref().map_or(1, |(count, ..)| *count) {
            best = Some((count, group, values));
        }
    }
    let Some((count, group, values)) = best else { return whole(objects) };
    let mut out: Vec<(Vec<Object>, Vec<SmolStr>)> = vec![Default::default(); count];
    for ((object, group), values) in objects.into_iter().zip(group).zip(values) {
        if let Some((objects, all)) = out.get_mut(group) {
            objects.push(object);
            all.extend(values);
        }
    }
    out.into_iter().map(|(objects, values)| Group { objects, label: label(values) }).collect()
}

/// The keys of a few literals as a name.
fn label(mut keys: Vec<SmolStr>) -> String {
    const MOST: usize = 3;
    let mut seen = rustc_hash::FxHashSet::default();
    keys.retain(|key| seen.insert(key.clone()));
    let mut out = String::new();
    for (i, key) in keys.iter().take(MOST).enumerate() {
        out.push_str(if i > 0 { "|" } else { "" });
        out.push_str(key.strip_prefix('"').unwrap_or(key));
    }
    out.push_str(if keys.len() > MOST { "|…" } else { "" });
    out
}

/// Puts sets of literals that share one into one class: the number of classes, and the class of
/// each set, numbered in the order of their first members.
fn classes(sets: &[Vec<SmolStr>]) -> (usize, Vec<usize>) {
    let mut parent: Vec<usize> = (0..sets.len()).collect();
    let mut owner: FxHashMap<&SmolStr, usize> = FxHashMap::default();
    for (i, set) in sets.iter().enumerate() {
        for literal in set {
            let first = *owner.entry(literal).or_insert(i);
            let (a, b) = (root(&parent, first), root(&parent, i));
            if let Some(parent) = parent.get_mut(a.max(b)) {
                *parent = a.min(b);
            }
        }
    }
    let mut numbers: FxHashMap<usize, usize> = FxHashMap::default();
    let group = (0..sets.len())
        .map(|i| {
            let next = numbers.len();
            *numbers.entry(root(&parent, i)).or_insert(next)
        })
        .collect();
    (numbers.len(), group)
}

fn root(parent: &[usize], mut at: usize) -> usize {
    while let Some(next) = parent.get(at).copied().filter(|next| *next != at) {
        at = next;
    }
    at
}

/// The items of an array that plain schemas describe: a list of alternatives.
pub(super) fn items(schemas: &Schemas, plain: &Plain) -> Option<State> {
    let tree = &schemas.tree;
    let mut all: Option<State> = None;
    for leaf in &plain.leaves {
        let items = tree.get(*leaf, "items");
        let old_tuple = matches!(items.map(|n| tree.json(n)), Some(Json::Array(_)));
        let (tuple, rest) = match old_tuple {
            true => (tree.items(*leaf, "items"), tree.get(*leaf, "additionalItems")),
            false => (tree.items(*leaf, "prefixItems"), items),
        };
        let rest = rest.or_else(|| tree.get(*leaf, "unevaluatedItems"));
        // A tuple that says nothing of further items is meant to have none.
        let alternatives: Vec<NodeId> = tuple.iter().copied().chain(rest).collect();
        let alternatives: Vec<NodeId> =
            alternatives.into_iter().filter(|node| !keywords::is_never(tree, *node)).collect();
        if alternatives.is_empty() {
            continue;
        }
        all = Some(match all {
            None => alternatives.iter().map(|node| vec![*node]).collect(),
            Some(all) if all.len() * alternatives.len() > super::expand::MAX_ALTERNATIVES => {
                return None;
            }
            Some(all) => all
                .iter()
                .flat_map(|before| {
                    alternatives.iter().map(|node| {
                        let mut both = before.clone();
                        both.push(*node);
                        both
                    })
                })
                .collect(),
        });
    }
    let mut state = all.unwrap_or_else(any);
    for all in &mut state {
        all.sort_unstable();
        all.dedup();
    }
    state.sort();
    state.dedup();
    Some(state)
}

/// A literal as a text that tells it from any other.
pub(super) fn literal_key(json: &Json) -> Option<SmolStr> {
    match json {
        Json::Bool(b) => Some(SmolStr::new(if *b { "true" } else { "false" })),
        Json::Int(i) => Some(i.to_string().into()),
        Json::String(s) => Some(format!("\"{s}").into()),
        _ => None,
    }
}

/// The values of `enum` or `const` that all of these schemas admit; `None` where none has any.
pub(super) fn values(schemas: &Schemas, plain: &Plain) -> Option<Vec<NodeId>> {
    let tree = &schemas.tree;
    let mut found: Option<Vec<NodeId>> = None;
    for leaf in &plain.leaves {
        let Some(values) = keywords::values(tree, *leaf) else { continue };
        let admitted = |n: &&NodeId| plain.kinds.has(keywords::Kinds::of(tree.json(**n)));
        found = Some(match found {
            None => values.iter().filter(admitted).copied().collect(),
            Some(before) => {
                let keys: rustc_hash::FxHashSet<SmolStr> =
                    values.iter().filter_map(|n| literal_key(tree.json(*n))).collect();
                let stays = |n: &NodeId| match literal_key(tree.json(*n)) {
                    Some(key) => keys.contains(&key),
                    None => true,
                };
                before.into_iter().filter(stays).collect()
            }
        });
    }
    found
}
