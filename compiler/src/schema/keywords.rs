//! The keywords of a schema: which lead to further schemas, which kinds of values they admit.

use smol_str::SmolStr;

use super::files::Schemas;
use super::tree::{Json, NodeId, Tree};

/// How many properties may have a schema that holds where they are there: each doubles the
/// alternatives.
const MAX_DEPENDENTS: usize = 4;

/// A set of kinds of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinds(pub(super) u8);

impl Kinds {
    pub(super) const NONE: Kinds = Kinds(0);
    pub(super) const NULL: Kinds = Kinds(1);
    pub(super) const BOOL: Kinds = Kinds(2);
    pub(super) const INT: Kinds = Kinds(4);
    /// Numbers that are not whole.
    pub(super) const FRACTION: Kinds = Kinds(8);
    pub(super) const STRING: Kinds = Kinds(16);
    pub(super) const ARRAY: Kinds = Kinds(32);
    pub(super) const OBJECT: Kinds = Kinds(64);
    pub(super) const ANY: Kinds = Kinds(127);

    /// Whether some kind of `other` is among these.
    pub(super) fn has(self, other: Kinds) -> bool {
        self.0 & other.0 != 0
    }

    /// The kinds that are in both.
    pub(super) fn and(self, other: Kinds) -> Kinds {
        Kinds(self.0 & other.0)
    }

    /// The kinds that are in either.
    pub(super) fn or(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    /// The kinds of a name of `type`. Names that no draft has admit anything.
    fn named(name: &str) -> Kinds {
        match name {
            "null" => Kinds::NULL,
            "boolean" => Kinds::BOOL,
            "integer" => Kinds::INT,
            "number" => Kinds::INT.or(Kinds::FRACTION),
            "string" => Kinds::STRING,
            "array" => Kinds::ARRAY,
            "object" => Kinds::OBJECT,
            _ => Kinds::ANY,
        }
    }

    /// The kind of a value.
    pub(super) fn of(json: &Json) -> Kinds {
        match json {
            Json::Null => Kinds::NULL,
            Json::Bool(_) => Kinds::BOOL,
            Json::Int(_) => Kinds::INT,
            // Beyond `int` there are whole numbers too.
            Json::Number(n) if n.fract() == 0.0 => Kinds::INT.or(Kinds::FRACTION),
            Json::Number(_) => Kinds::FRACTION,
            Json::String(_) => Kinds::STRING,
            Json::Array(_) => Kinds::ARRAY,
            Json::Object(_) => Kinds::OBJECT,
        }
    }
}

const REFERENCES: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];

/// The reference of a schema to another one.
pub(super) fn reference(tree: &Tree, node: NodeId) -> Option<&SmolStr> {
    REFERENCES.iter().find_map(|keyword| tree.text(node, keyword))
}

/// The keyword that a schema refers to another one by.
pub(super) fn reference_keyword(tree: &Tree, node: NodeId) -> &'static str {
    REFERENCES.into_iter().find(|keyword| tree.text(node, keyword).is_some()).unwrap_or("$ref")
}

/// Whether a schema has a `type` that no draft has.
pub(super) fn has_unknown_type(tree: &Tree, node: NodeId) -> bool {
    let unknown = |node: NodeId| match tree.json(node) {
        Json::String(name) => name != "any" && Kinds::named(name) == Kinds::ANY,
        _ => true,
    };
    match tree.get(node, "type").map(|ty| (ty, tree.json(ty))) {
        None => false,
        Some((_, Json::Array(names))) => names.iter().any(|name| unknown(*name)),
        Some((ty, _)) => unknown(ty),
    }
}

/// The schemas of which each holds where a property is there; none where they are many.
pub(super) fn dependents(tree: &Tree, node: NodeId) -> Vec<NodeId> {
    let all = ["dependentSchemas", "dependencies"].into_iter().flat_map(|k| tree.values(node, k));
    let schemas = all.map(|(_, value)| value).filter(|v| matches!(tree.json(*v), Json::Object(_)));
    let schemas: Vec<NodeId> = schemas.collect();
    if schemas.len() > MAX_DEPENDENTS { Vec::new() } else { schemas }
}

/// Whether all that counts in a schema is its `$ref`.
pub(super) fn is_reference_only(schemas: &Schemas, node: NodeId) -> bool {
    let tree = &schemas.tree;
    if reference(tree, node).is_none() {
        return false;
    }
    schemas.is_old(node) || !(is_leaf(tree, node) || is_combined(tree, node))
}

/// Whether a schema says something of its own about the type of a value.
pub(super) fn is_leaf(tree: &Tree, node: NodeId) -> bool {
    const LEAF: [&str; 5] = ["type", "enum", "const", "nullable", "format"];
    let mut all = LEAF.iter().chain(&OBJECT).chain(&ARRAY);
    all.any(|keyword| tree.get(node, keyword).is_some())
}

/// The keywords that say something of the type of objects, and of arrays.
pub(super) const OBJECT: [&str; 5] = [
    "properties",
    "required",
    "additionalProperties",
    "unevaluatedProperties",
    "patternProperties",
];
pub(super) const ARRAY: [&str; 4] = ["items", "prefixItems", "additionalItems", "unevaluatedItems"];

/// Keywords that say which values are wanted, but not of which type they are.
const WITHOUT_TYPE: [&str; 22] = [
    "not",
    "if",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "contentEncoding",
    "contentMediaType",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "contains",
    "minProperties",
    "maxProperties",
    "propertyNames",
    "dependentRequired",
    "dependencies",
];

/// The keyword of a schema that says something of its values, but not of which type they are.
pub(super) fn without_type(tree: &Tree, node: NodeId) -> Option<&'static str> {
    WITHOUT_TYPE.into_iter().find(|keyword| tree.get(node, keyword).is_some())
}

/// Whether no value fits a schema: `false`, or `not` of any value.
pub(super) fn is_never(tree: &Tree, node: NodeId) -> bool {
    match tree.json(node) {
        Json::Bool(admits) => !admits,
        Json::Object(_) => tree.get(node, "not").is_some_and(|not| match tree.json(not) {
            Json::Bool(admits) => *admits,
            Json::Object(values) => values.is_empty(),
            _ => false,
        }),
        _ => false,
    }
}

/// Whether a schema is put together of others.
fn is_combined(tree: &Tree, node: NodeId) -> bool {
    const COMBINED: [&str; 7] =
        ["allOf", "extends", "anyOf", "oneOf", "if", "dependentSchemas", "dependencies"];
    COMBINED.iter().any(|keyword| tree.get(node, keyword).is_some())
}

/// The schemas that hold besides a schema: those of `allOf`, and of `extends`, which draft 3 has for it and
/// which may be one schema or several.
pub(super) fn besides(tree: &Tree, node: NodeId) -> impl DoubleEndedIterator<Item = NodeId> {
    let one = tree.get(node, "extends");
    let one = one.filter(|schema| matches!(tree.json(*schema), Json::Object(_)));
    let all = tree.items(node, "allOf").iter().chain(tree.items(node, "extends")).copied();
    all.chain(one)
}

/// Pushes the schemas that stand in a schema and count for its type.
pub(super) fn parts(schemas: &Schemas, node: NodeId, out: &mut Vec<NodeId>) {
    let tree = &schemas.tree;
    if reference(tree, node).is_some() && schemas.is_old(node) {
        return;
    }
    for keyword in ["properties", "patternProperties", "dependentSchemas", "dependencies"] {
        out.extend(tree.values(node, keyword).map(|(_, value)| value));
    }
    out.extend(besides(tree, node));
    for keyword in ["anyOf", "oneOf", "prefixItems", "items"] {
        out.extend(tree.items(node, keyword));
    }
    const ONE: [&str; 8] = [
        "items",
        "additionalItems",
        "unevaluatedItems",
        "additionalProperties",
        "unevaluatedProperties",
        "if",
        "then",
        "else",
    ];
    for keyword in ONE {
        out.extend(tree.get(node, keyword));
    }
}

/// The kinds that the keywords of one schema admit.
pub(super) fn kinds(tree: &Tree, node: NodeId) -> Kinds {
    let mut kinds = match tree.get(node, "type").map(|ty| tree.json(ty)) {
        Some(Json::String(name)) => Kinds::named(name),
        Some(Json::Array(names)) => names.iter().fold(Kinds::NONE, |kinds, name| {
            kinds.or(match tree.json(*name) {
                Json::String(name) => Kinds::named(name),
                _ => Kinds::ANY,
            })
        }),
        _ => Kinds::ANY,
    };
    if is_nullable(tree, node) {
        kinds = kinds.or(Kinds::NULL);
    }
    if let Some(values) = values(tree, node) {
        let mut of_values =
            values.iter().fold(Kinds::NONE, |k, value| k.or(Kinds::of(tree.json(*value))));
        if is_nullable(tree, node) {
            of_values = of_values.or(Kinds::NULL);
        }
        kinds = kinds.and(of_values);
    }
    kinds
}

/// Whether a schema has the `nullable: true` of OpenAPI.
pub(super) fn is_nullable(tree: &Tree, node: NodeId) -> bool {
    matches!(tree.get(node, "nullable").map(|value| tree.json(value)), Some(Json::Bool(true)))
}

/// The values of `const` or `enum`.
pub(super) fn values(tree: &Tree, node: NodeId) -> Option<&[NodeId]> {
    let constant = match tree.json(node) {
        Json::Object(values) => values.get("const").map(std::slice::from_ref),
        _ => None,
    };
    let one_of = || match tree.get(node, "enum").map(|value| tree.json(value)) {
        Some(Json::Array(items)) => Some(items.as_slice()),
        _ => None,
    };
    constant.or_else(one_of)
}
