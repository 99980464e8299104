//! JSON files as one tree of nodes that keeps the order of names and knows where each node stands.

use std::fmt;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use smol_str::SmolStr;

/// The number of a node in a [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct NodeId(pub(super) u32);

/// Where a node stands in its parent.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// It is a whole file, of this number.
    File(usize),
    /// The value of this name.
    Name(NodeId, SmolStr),
    /// The item of this index.
    Item(NodeId, usize),
}

/// A value of JSON.
#[derive(Debug)]
pub(super) enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number that fits.
    Int(i64),
    /// Any other number.
    Number(f64),
    /// A text.
    String(SmolStr),
    /// Its items.
    Array(Vec<NodeId>),
    /// Its values by their names. Of a name given twice the last value counts.
    Object(IndexMap<SmolStr, NodeId, FxBuildHasher>),
}

#[derive(Debug)]
struct Node {
    place: Place,
    json: Json,
}

/// All nodes of all files.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// The objects that give themselves a name, by `$id`, `$anchor` or `$dynamicAnchor`.
    pub(super) named: Vec<NodeId>,
    /// The objects with a `discriminator`.
    pub(super) discriminated: Vec<NodeId>,
}

impl Tree {
    /// Reads a file and gives its root.
    ///
    /// # Errors
    /// The text is not JSON, or is nested too deeply.
    pub(super) fn add(&mut self, file: usize, text: &str) -> Result<NodeId, serde_json::Error> {
        let mut from = serde_json::Deserializer::from_str(text);
        let root = Seed { tree: self, place: Place::File(file) }.deserialize(&mut from)?;
        from.end()?;
        Ok(root)
    }

    /// The value of a node.
    pub(super) fn json(&self, id: NodeId) -> &Json {
        &self.node(id).json
    }

    /// Where a node stands.
    pub(super) fn place(&self, id: NodeId) -> &Place {
        &self.node(id).place
    }

    fn node(&self, id: NodeId) -> &Node {
        self.nodes.get(id.0 as usize).expect("numbers of nodes are made here only")
    }

    /// The value of this name, where the node is an object that has it.
    pub(super) fn get(&self, id: NodeId, name: &str) -> Option<NodeId> {
        match self.json(id) {
            Json::Object(values) => values.get(name).copied(),
            _ => None,
        }
    }

    /// The text of this name, where it is one.
    pub(super) fn text(&self, id: NodeId, name: &str) -> Option<&SmolStr> {
        match self.json(self.get(id, name)?) {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    /// The items of the array of this name; none where it is none.
    pub(super) fn items(&self, id: NodeId, name: &str) -> &[NodeId] {
        match self.get(id, name).map(|value| self.json(value)) {
            Some(Json::Array(items)) => items,
            _ => &[],
        }
    }

    /// The values of the object of this name; none where it is none.
    pub(super) fn values(
        &self,
        id: NodeId,
        name: &str,
    ) -> impl Iterator<Item = (&SmolStr, NodeId)> {
        let values = match self.get(id, name).map(|value| self.json(value)) {
            Some(Json::Object(values)) => Some(values),
            _ => None,
        };
        values.into_iter().flatten().map(|(name, value)| (name, *value))
    }

    /// The number of the file that a node is in, and the nodes on the way to it, itself first.
    pub(super) fn way(&self, id: NodeId) -> (usize, Vec<NodeId>) {
        let (mut way, mut at) = (vec![id], id);
        loop {
            match self.place(at) {
                Place::File(file) => return (*file, way),
                Place::Name(parent, _) | Place::Item(parent, _) => at = *parent,
            }
            way.push(at);
        }
    }

    /// The JSON pointer of a node, with `#` in front.
    pub(super) fn pointer(&self, id: NodeId) -> String {
        let mut text = "#".to_owned();
        for node in self.way(id).1.iter().rev() {
            match self.place(*node) {
                Place::File(_) => {}
                Place::Name(_, name) => {
                    text.push('/');
                    text.push_str(&name.replace('~', "~0").replace('/', "~1"));
                }
                Place::Item(_, index) => text.push_str(&format!("/{index}")),
            }
        }
        text
    }
}

/// Reads one node, and what is in it.
struct Seed<'t> {
    tree: &'t mut Tree,
    place: Place,
}

impl Seed<'_> {
    fn leaf<E: de::Error>(self, json: Json) -> Result<NodeId, E> {
        let id = u32::try_from(self.tree.nodes.len()).map_err(|_| E::custom("too many values"))?;
        self.tree.nodes.push(Node { place: self.place, json });
        Ok(NodeId(id))
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = NodeId;

    fn deserialize<D: de::Deserializer<'de>>(self, from: D) -> Result<NodeId, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = NodeId;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<NodeId, E> {
        self.leaf(Json::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<NodeId, E> {
        self.leaf(Json::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<NodeId, E> {
        self.leaf(Json::Int(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<NodeId, E> {
        let json = i64::try_from(value).map_or(Json::Number(value as f64), Json::Int);
        self.leaf(json)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<NodeId, E> {
        // `5.0` is a whole number in a schema as it is at the border.
        let whole = value.fract() == 0.0 && value.abs() < 9e15;
        self.leaf(if whole { Json::Int(value as i64) } else { Json::Number(value) })
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<NodeId, E> {
        self.leaf(Json::String(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<NodeId, A::Error> {
        let tree = self.tree;
        let id: NodeId = Seed { tree: &mut *tree, place: self.place }.leaf(Json::Null)?;
        let mut items = Vec::new();
        while let Some(item) =
            from.next_element_seed(Seed { tree: &mut *tree, place: Place::Item(id, items.len()) })?
        {
            items.push(item);
        }
        tree.set(id, Json::Array(items));
        Ok(id)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<NodeId, A::Error> {
        let tree = self.tree;
        let id: NodeId = Seed { tree: &mut *tree, place: self.place }.leaf(Json::Null)?;
        let mut values = IndexMap::default();
        let mut is_named = false;
        while let Some(name) = from.next_key::<SmolStr>()? {
            is_named |= ["$id", "id", "$anchor", "$dynamicAnchor"].contains(&name.as_str());
            let place = Place::Name(id, name.clone());
            let value = from.next_value_seed(Seed { tree: &mut *tree, place })?;
            values.insert(name, value);
        }
        tree.set(id, Json::Object(values));
        if is_named {
            tree.named.push(id);
        }
        if tree.get(id, "discriminator").is_some() {
            tree.discriminated.push(id);
        }
        Ok(id)
    }
}

impl Tree {
    /// A node that no file has, which stands where `place` says.
    pub(super) fn make(&mut self, place: Place, json: Json) -> Option<NodeId> {
        let id = u32::try_from(self.nodes.len()).ok()?;
        self.nodes.push(Node { place, json });
        Some(NodeId(id))
    }

    fn set(&mut self, id: NodeId, json: Json) {
        if let Some(node) = self.nodes.get_mut(id.0 as usize) {
            node.json = json;
        }
    }
}
