//! The `discriminator` of OpenAPI: its `mapping` says which values of a property belong to which
//! alternative, whose own schema may only say that the property is a text.

use indexmap::IndexMap;
use smol_str::SmolStr;

use super::tree::{Json, NodeId, Place, Tree};

/// For each alternative that a `mapping` names a schema that says what the property is in it. `nodes`
/// are the objects with a `discriminator`.
pub(super) fn of(tree: &mut Tree, nodes: &[NodeId]) -> Vec<(NodeId, NodeId)> {
    let mut out = Vec::new();
    for node in nodes {
        let Some(discriminator) = tree.get(*node, "discriminator") else { continue };
        let Some(property) = tree.text(discriminator, "propertyName").cloned() else { continue };
        let values = by_target(tree, discriminator);
        let alternatives: Vec<NodeId> =
            ["oneOf", "anyOf"].iter().flat_map(|k| tree.items(*node, k)).copied().collect();
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
