//! The `discriminator` of OpenAPI: its `mapping` says which values of a property belong to which
//! alternative, whose own schema may only say that the property is a text. Without a `mapping` the values
//! are the names of the alternatives.

use indexmap::IndexMap;
use smol_str::SmolStr;

use super::tree::{Json, NodeId, Place, Tree};
use super::uri;

/// How many schemas are looked at for a property that says its values by itself.
const MAX_STEPS: usize = 200;

/// For each alternative that a `mapping` names a schema that says what the property is in it. `nodes`
/// are the objects with a `discriminator`.
pub(super) fn of(tree: &mut Tree, nodes: &[NodeId]) -> Vec<(NodeId, NodeId)> {
    let mut out = Vec::new();
    for node in nodes {
        let Some(discriminator) = tree.get(*node, "discriminator") else { continue };
        let Some(property) = tree.text(discriminator, "propertyName").cloned() else { continue };
        let alternatives: Vec<NodeId> =
            ["oneOf", "anyOf"].iter().flat_map(|k| tree.items(*node, k)).copied().collect();
        let values = match tree.get(discriminator, "mapping") {
            Some(_) => by_target(tree, discriminator),
            None => by_name(tree, discriminator, &property, &alternatives),
        };
        for alternative in alternatives {
            let target = tree.text(alternative, "$ref").map(|target| name(target));
            let Some(values) = target.and_then(|target| values.get(target)) else { continue };
            if let Some(schema) = schema(tree, discriminator, &property, values) {
                out.push((alternative, schema));
            }
        }
    }
    out
}

/// The values of the property by the names of the schemas.
fn by_target(tree: &Tree, discriminator: NodeId) -> IndexMap<SmolStr, Vec<NodeId>> {
    let mut out: IndexMap<SmolStr, Vec<NodeId>> = IndexMap::new();
    let mapping: Vec<(SmolStr, NodeId)> = tree
        .values(discriminator, "mapping")
        .map(|(value, target)| (value.clone(), target))
        .collect();
    for (_, target) in mapping {
        if let Json::String(text) = tree.json(target) {
            out.entry(name(text).into()).or_default().push(target);
        }
    }
    out
}

/// The names of the schemas as values of the property, where it is a text in all of them.
fn by_name(
    tree: &mut Tree,
    discriminator: NodeId,
    property: &str,
    alternatives: &[NodeId],
) -> IndexMap<SmolStr, Vec<NodeId>> {
    let names: Option<Vec<SmolStr>> = alternatives
        .iter()
        .map(|alternative| {
            let target = tree.text(*alternative, "$ref")?;
            (!has_literals(tree, *alternative, property)).then(|| name(target).into())
        })
        .collect();
    let mut out: IndexMap<SmolStr, Vec<NodeId>> = IndexMap::new();
    for name in names.unwrap_or_default() {
        // It stands where a `mapping` would have it.
        let place = Place::Name(discriminator, name.clone());
        out.entry(name.clone()).or_default().extend(tree.make(place, Json::String(name)));
    }
    out
}

/// Whether a schema itself says which values a property has, or leads to where it can't be seen.
fn has_literals(tree: &Tree, node: NodeId, property: &str) -> bool {
    let (mut open, mut steps) = (vec![node], 0);
    while let Some(at) = open.pop() {
        steps += 1;
        if steps > MAX_STEPS {
            return true;
        }
        match tree.text(at, "$ref").map(|target| local(tree, at, target)) {
            Some(None) => return true,
            Some(Some(target)) => open.push(target),
            None => {}
        }
        open.extend(tree.items(at, "allOf"));
        let values = tree.values(at, "properties").find(|(name, _)| *name == property);
        if let Some((_, values)) = values {
            const SAYS: [&str; 6] = ["const", "enum", "$ref", "allOf", "oneOf", "anyOf"];
            if SAYS.iter().any(|key| tree.get(values, key).is_some()) {
                return true;
            }
        }
    }
    false
}

/// What a `$ref` within its file leads to.
fn local(tree: &Tree, node: NodeId, target: &str) -> Option<NodeId> {
    let pointer = uri::decode(target.strip_prefix('#')?);
    let root = tree.way(node).1.last().copied()?;
    uri::names(&pointer).try_fold(root, |at, name| match tree.json(at) {
        Json::Array(items) => items.get(name.parse::<usize>().ok()?).copied(),
        _ => tree.get(at, &name),
    })
}

/// A mapping names a schema by its reference or by its name alone.
fn name(target: &str) -> &str {
    target.rsplit('/').next().unwrap_or(target)
}

/// `{ "required": [property], "properties": { property: { "enum": values } } }`
fn schema(
    tree: &mut Tree,
    discriminator: NodeId,
    property: &SmolStr,
    targets: &[NodeId],
) -> Option<NodeId> {
    let keys: Vec<SmolStr> = targets
        .iter()
        .filter_map(|target| match tree.place(*target) {
            Place::Name(_, key) => Some(key.clone()),
            _ => None,
        })
        .collect();
    let mut add = |json| tree.make(Place::Name(discriminator, "mapping".into()), json);
    let texts = keys.into_iter().map(|key| add(Json::String(key))).collect::<Option<_>>()?;
    let object =
        |name: &str, value| Json::Object([(SmolStr::new(name), value)].into_iter().collect());
    let texts = add(Json::Array(texts))?;
    let literal = add(object("enum", texts))?;
    let properties = add(object(property, literal))?;
    let needed = add(Json::String(property.clone()))?;
    let needed = add(Json::Array(vec![needed]))?;
    let parts = [(SmolStr::new("required"), needed), (SmolStr::new("properties"), properties)];
    add(Json::Object(parts.into_iter().collect()))
}
