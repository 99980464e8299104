//! Coercions are trees; in a file they are flat, so that a hostile one can't nest without bound.

use serde::{Deserialize, Serialize};

use super::Coercion;
use crate::{ShapeIdx, TypeIdx};

impl Coercion {
    /// How deep coercions may nest.
    pub const MAX_DEPTH: usize = 64;

    /// How deep this one nests: 1 where it has no children. Gives up one level beyond
    /// [`Self::MAX_DEPTH`].
    pub fn depth(&self) -> usize {
        depth(self, Self::MAX_DEPTH)
    }
}

fn depth(plan: &Coercion, left: usize) -> usize {
    let Some(left) = left.checked_sub(1) else { return 1 };
    1 + match plan {
        Coercion::Same | Coercion::Json | Coercion::Null => 0,
        Coercion::Optional(inner)
        | Coercion::List(inner)
        | Coercion::Map(inner)
        | Coercion::Member { inner, .. }
        | Coercion::Field { inner, .. } => depth(inner, left),
        Coercion::Record { fields, .. } => {
            fields.iter().flatten().map(|(_, c)| depth(c, left)).max().unwrap_or(0)
        }
        Coercion::RecordToMap(fields) => fields.iter().map(|c| depth(c, left)).max().unwrap_or(0),
        Coercion::Union(cases) => cases.iter().map(|(_, c)| depth(c, left)).max().unwrap_or(0),
    }
}

/// The nodes of a coercion, each before its children.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Flat(Vec<Node>);

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Node {
    Same,
    Optional,
    List,
    Map,
    Record { shape: ShapeIdx, slots: Vec<Option<u16>> },
    RecordToMap(u16),
    Json,
    Member(TypeIdx),
    Union(Vec<TypeIdx>),
    Field(u16),
    Null,
}

impl From<Coercion> for Flat {
    fn from(plan: Coercion) -> Self {
        let mut nodes = Vec::new();
        flatten(&plan, &mut nodes);
        Self(nodes)
    }
}

fn flatten(plan: &Coercion, nodes: &mut Vec<Node>) {
    match plan {
        Coercion::Same => nodes.push(Node::Same),
        Coercion::Json => nodes.push(Node::Json),
        Coercion::Optional(inner) => {
            nodes.push(Node::Optional);
            flatten(inner, nodes);
        }
        Coercion::List(inner) => {
            nodes.push(Node::List);
            flatten(inner, nodes);
        }
        Coercion::Map(inner) => {
            nodes.push(Node::Map);
            flatten(inner, nodes);
        }
        Coercion::Record { shape, fields } => {
            let slots = fields.iter().map(|f| f.as_ref().map(|(slot, _)| *slot)).collect();
            nodes.push(Node::Record { shape: *shape, slots });
            fields.iter().flatten().for_each(|(_, inner)| flatten(inner, nodes));
        }
        Coercion::RecordToMap(fields) => {
            nodes.push(Node::RecordToMap(fields.len() as u16));
            fields.iter().for_each(|inner| flatten(inner, nodes));
        }
        Coercion::Null => nodes.push(Node::Null),
        Coercion::Member { ty, inner } => {
            nodes.push(Node::Member(*ty));
            flatten(inner, nodes);
        }
        Coercion::Field { slot, inner } => {
            nodes.push(Node::Field(*slot));
            flatten(inner, nodes);
        }
        Coercion::Union(cases) => {
            nodes.push(Node::Union(cases.iter().map(|(ty, _)| *ty).collect()));
            cases.iter().for_each(|(_, inner)| flatten(inner, nodes));
        }
    }
}

impl TryFrom<Flat> for Coercion {
    type Error = &'static str;

    fn try_from(flat: Flat) -> Result<Self, Self::Error> {
        let mut nodes = flat.0.into_iter();
        let plan = unflatten(&mut nodes, Coercion::MAX_DEPTH)?;
        nodes.next().is_none().then_some(plan).ok_or("a coercion has nodes left over")
    }
}

fn unflatten(nodes: &mut std::vec::IntoIter<Node>, left: usize) -> Result<Coercion, &'static str> {
    let left = left.checked_sub(1).ok_or("a coercion nests too deep")?;
    Ok(match nodes.next().ok_or("a coercion lacks a node")? {
        Node::Same => Coercion::Same,
        Node::Json => Coercion::Json,
        Node::Optional => Coercion::Optional(Box::new(unflatten(nodes, left)?)),
        Node::List => Coercion::List(Box::new(unflatten(nodes, left)?)),
        Node::Map => Coercion::Map(Box::new(unflatten(nodes, left)?)),
        Node::Record { shape, slots } => {
            let field = |slot: Option<u16>| match slot {
                None => Ok(None),
                Some(slot) => unflatten(nodes, left).map(|inner| Some((slot, inner))),
            };
            let fields = slots.into_iter().map(field).collect::<Result<_, _>>()?;
            Coercion::Record { shape, fields }
        }
        Node::RecordToMap(count) => Coercion::RecordToMap(
            (0..count).map(|_| unflatten(nodes, left)).collect::<Result<_, _>>()?,
        ),
        Node::Null => Coercion::Null,
        Node::Member(ty) => Coercion::Member { ty, inner: Box::new(unflatten(nodes, left)?) },
        Node::Field(slot) => Coercion::Field { slot, inner: Box::new(unflatten(nodes, left)?) },
        Node::Union(members) => {
            let case = |ty: TypeIdx| unflatten(nodes, left).map(|plan| (ty, plan));
            Coercion::Union(members.into_iter().map(case).collect::<Result<_, _>>()?)
        }
    })
}
