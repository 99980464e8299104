//! How the border tells members of a union apart: by the kind of JSON, by fields of literal type, or
//! by trying them whole. This is what the machine's decoder does, over all JSON at once.

use indexmap::{IndexMap, IndexSet};
use smol_str::SmolStr;
use wf_types::{Literal, Type, TypeDefs};

use crate::emit::types::may_be_missing;

/// What is looked at of data that belongs to a member, so that it is known to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// The whole: another member is told from it only by trying.
    Whole,
    /// These fields of literal type; none where the kind of JSON is enough.
    ByFields(Vec<SmolStr>),
}

/// How many fields of literal type the decoder looks at, one after another.
const ROUNDS: usize = 4;
/// How many members are looked at before those that are left count as tried.
const STEPS: usize = 500_000;

/// Kinds of JSON, as bits.
const NULL: u8 = 1;
const BOOL: u8 = 2;
const NUMBER: u8 = 4;
const STRING: u8 = 8;
const LIST: u8 = 16;
const OBJECT: u8 = 32;

/// How each of these members of a union is told from the others.
pub(super) fn members(defs: &TypeDefs, members: &[Type]) -> Vec<Told> {
    let mut split = Split {
        defs,
        members,
        told: vec![Told::ByFields(Vec::new()); members.len()],
        left: STEPS,
        used: Vec::new(),
    };
    let kinds: Vec<u8> = members.iter().map(|member| kinds(defs, member)).collect();
    for kind in [NULL, BOOL, NUMBER, STRING, LIST, OBJECT] {
        let places = kinds.iter().enumerate().filter(|(_, of)| *of & kind != 0);
        split.split(&places.map(|(place, _)| place).collect::<Vec<_>>());
    }
    split.told
}

/// The kinds of JSON that values of a type may come as.
fn kinds(defs: &TypeDefs, ty: &Type) -> u8 {
    match defs.peel(ty) {
        Type::Null | Type::Never => NULL,
        Type::Bool | Type::Literal(Literal::Bool(_)) => BOOL,
        Type::Int | Type::Float | Type::Literal(Literal::Int(_)) => NUMBER,
        Type::Decimal => NUMBER | STRING,
        Type::String
        | Type::Uuid
        | Type::Instant
        | Type::Duration
        | Type::Secret
        | Type::Literal(Literal::String(_)) => STRING,
        Type::List(_) => LIST,
        Type::Map(_) | Type::Record(_) => OBJECT,
        peeled if defs.record(peeled).is_some() => OBJECT,
        _ => NULL | BOOL | NUMBER | STRING | LIST | OBJECT,
    }
}

struct Split<'a> {
    defs: &'a TypeDefs,
    members: &'a [Type],
    told: Vec<Told>,
    left: usize,
    /// The fields that were looked at on the way here.
    used: Vec<&'a str>,
}

impl<'a> Split<'a> {
    /// Tells these members apart as far as fields of literal type do.
    fn split(&mut self, places: &[usize]) {
        if places.len() < 2 {
            return places.iter().for_each(|place| self.note(*place));
        }
        let steps = self.left.checked_sub(places.len());
        let name = self.discriminator(places);
        let (Some(left), Some(name)) = (steps, name) else {
            return places.iter().for_each(|place| self.told[*place] = Told::Whole);
        };
        self.left = left;
        let mut of_literal: IndexMap<&Literal, Vec<usize>> = IndexMap::new();
        for place in places {
            for literal in self.literals(*place, name).into_iter().flatten() {
                self.left = self.left.saturating_sub(1);
                let held = of_literal.entry(literal).or_default();
                if held.last() != Some(place) {
                    held.push(*place);
                }
            }
        }
        self.used.push(name);
        let groups: IndexSet<Vec<usize>> = of_literal.into_values().collect();
        groups.iter().for_each(|group| self.split(group));
        self.used.pop();
    }

    /// A member is known by the fields that were looked at.
    fn note(&mut self, place: usize) {
        if let Told::ByFields(names) = &mut self.told[place] {
            for name in &self.used {
                if !names.iter().any(|known| known == name) {
                    names.push((*name).into());
                }
            }
        }
    }

    /// The first field of literal type that all of these have.
    fn discriminator(&self, places: &[usize]) -> Option<&'a str> {
        let (first, others) = places.split_first()?;
        let (true, defs) = (self.used.len() < ROUNDS, self.defs) else { return None };
        let fields = &defs.record(&self.members[*first])?.fields;
        fields.iter().map(|field| field.name.as_str()).find(|name| {
            !self.used.contains(name)
                && self.literals(*first, name).is_some()
                && others.iter().all(|place| self.literals(*place, name).is_some())
        })
    }

    /// The literals that a field of a member can hold, where it is there and holds nothing else.
    fn literals(&self, place: usize, name: &str) -> Option<Vec<&'a Literal>> {
        let (_, field) = self.defs.record(&self.members[place])?.field(name)?;
        if may_be_missing(self.defs, field) {
            return None;
        }
        match self.defs.peel(&field.ty) {
            Type::Literal(literal) => Some(vec![literal]),
            Type::Union(members) => members
                .iter()
                .map(|member| match self.defs.peel(member) {
                    Type::Literal(literal) => Some(literal),
                    _ => None,
                })
                .collect(),
            _ => None,
        }
    }
}
