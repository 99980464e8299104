//! The types of generated programs.

use std::rc::Rc;

use super::program::Maker;

/// The fields of a record.
pub(super) type Fields = Vec<(String, Ty)>;

/// A type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ty {
    Bool,
    Int,
    Float,
    Decimal,
    Str,
    Uuid,
    Instant,
    Duration,
    Json,
    /// One of some texts.
    Texts(Rc<Vec<String>>),
    /// One of some numbers.
    Numbers(Rc<Vec<i64>>),
    Opt(Rc<Ty>),
    List(Rc<Ty>),
    Map(Rc<Ty>),
    Rec(Rc<Vec<(String, Ty)>>),
    /// A union of other types, none of which is null or a union.
    Union(Rc<Vec<Ty>>),
    /// A record of which only the first fields are read; the others hold anything.
    Holes(Rc<(Fields, Fields)>),
    /// A named type, by its number.
    Named(usize),
    /// The entity.
    Entity,
}

impl Ty {
    pub(super) fn opt(self) -> Ty {
        match self {
            Ty::Opt(_) | Ty::Json => self,
            other => Ty::Opt(Rc::new(other)),
        }
    }

    pub(super) fn list(self) -> Ty {
        Ty::List(Rc::new(self))
    }

    pub(super) fn map(self) -> Ty {
        Ty::Map(Rc::new(self))
    }

    pub(super) fn rec(fields: &[(&str, Ty)]) -> Ty {
        Ty::Rec(Rc::new(fields.iter().map(|(n, t)| ((*n).to_owned(), t.clone())).collect()))
    }

    /// What is there where it is not null.
    pub(super) fn inner(&self) -> &Ty {
        match self {
            Ty::Opt(inner) => inner,
            other => other,
        }
    }

    pub(super) fn is_opt(&self) -> bool {
        matches!(self, Ty::Opt(_))
    }

    /// Whether it has an order.
    pub(super) fn is_ordered(&self) -> bool {
        matches!(self, Ty::Int | Ty::Float | Ty::Decimal | Ty::Str | Ty::Instant | Ty::Duration)
    }
}

/// Names of fields.
const FIELDS: &[&str] = &["a", "b", "name", "score", "type", "next", "for"];

impl Maker<'_> {
    /// A type for data, at most so deep.
    pub(super) fn ty(&mut self, depth: usize) -> Ty {
        let plain = [
            Ty::Int,
            Ty::Str,
            Ty::Bool,
            Ty::Float,
            Ty::Duration,
            Ty::Instant,
            Ty::Json,
            Ty::Uuid,
            Ty::Decimal,
        ];
        let weights =
            if depth == 0 { [9, 1, 1, 0, 0, 0, 0, 0, 0] } else { [5, 1, 1, 3, 3, 2, 3, 2, 3] };
        match self.choices.weighted(&weights) {
            0 => {
                let at = self.choices.weighted(&[8, 6, 4, 3, 1, 1, 2, 1, 3]);
                plain.get(at).cloned().unwrap_or(Ty::Int)
            }
            1 => Ty::Texts(Rc::new(vec!["Open".into(), "Closed".into(), "a".into()])),
            2 => Ty::Numbers(Rc::new(vec![0, 1, 7])),
            3 => self.ty(depth - 1).opt(),
            4 => self.ty(depth - 1).list(),
            5 => self.ty(depth - 1).map(),
            6 => self.record_ty(depth - 1),
            8 => self.union_ty(depth - 1),
            _ => match self.types.len() {
                0 => self.record_ty(depth - 1),
                count => Ty::Named(self.choices.below(count)),
            },
        }
    }

    pub(super) fn record_ty(&mut self, depth: usize) -> Ty {
        let count = 1 + self.choices.below(3);
        let mut fields: Vec<(String, Ty)> = Vec::new();
        for _ in 0..count {
            let name = self.choices.pick(FIELDS).unwrap_or("a").to_owned();
            let ty = self.ty(depth);
            if fields.iter().all(|(n, _)| *n != name) {
                fields.push((name, ty));
            }
        }
        Ty::Rec(Rc::new(fields))
    }

    /// A type that has an order.
    pub(super) fn ordered_ty(&mut self) -> Ty {
        let all = [Ty::Int, Ty::Str, Ty::Float, Ty::Duration, Ty::Instant, Ty::Decimal];
        let at = self.choices.weighted(&[6, 4, 3, 1, 1, 2]);
        all.get(at).cloned().unwrap_or(Ty::Int)
    }

    /// The type in the language.
    pub(super) fn show(&self, ty: &Ty) -> String {
        match ty {
            Ty::Bool => "bool".into(),
            Ty::Int => "int".into(),
            Ty::Float => "float".into(),
            Ty::Decimal => "decimal".into(),
            Ty::Str => "string".into(),
            Ty::Uuid => "uuid".into(),
            Ty::Instant => "instant".into(),
            Ty::Duration => "duration".into(),
            Ty::Json => "json".into(),
            Ty::Texts(all) => {
                let all: Vec<String> = all.iter().map(|t| format!("\"{t}\"")).collect();
                all.join(" | ")
            }
            Ty::Numbers(all) => {
                let all: Vec<String> = all.iter().map(ToString::to_string).collect();
                all.join(" | ")
            }
            Ty::Opt(inner) => match **inner {
                Ty::Texts(_) | Ty::Numbers(_) | Ty::Union(_) => {
                    format!("({})?", self.show(inner))
                }
                _ => format!("{}?", self.show(inner)),
            },
            Ty::List(of) => format!("list<{}>", self.show(of)),
            Ty::Map(of) => format!("map<{}>", self.show(of)),
            Ty::Rec(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(n, t)| format!("{n}: {}", self.show(t))).collect();
                format!("{{ {} }}", fields.join(", "))
            }
            Ty::Union(members) => {
                let all: Vec<String> = members.iter().map(|m| self.show(m)).collect();
                all.join(" | ")
            }
            Ty::Holes(fields) => {
                let fields = fields.0.iter().chain(&fields.1);
                let fields: Vec<String> =
                    fields.map(|(n, t)| format!("{n}: {}", self.show(t))).collect();
                format!("{{ {} }}", fields.join(", "))
            }
            Ty::Named(at) => self.types.get(*at).map(|(n, _)| n.clone()).unwrap_or_default(),
            Ty::Entity => "E".into(),
        }
    }

    /// The type as the world describes it; types that hold themselves end after some levels.
    pub(super) fn kind(&self, ty: &Ty, depth: usize) -> String {
        match ty {
            Ty::Bool => "b".into(),
            Ty::Int => "i".into(),
            Ty::Float => "f".into(),
            Ty::Decimal => "D".into(),
            Ty::Str => "s".into(),
            Ty::Uuid => "u".into(),
            Ty::Instant => "t".into(),
            Ty::Duration => "d".into(),
            Ty::Json => "j".into(),
            Ty::Texts(all) => format!("e[{}]", all.join("|")),
            Ty::Numbers(all) => {
                let all: Vec<String> = all.iter().map(ToString::to_string).collect();
                format!("E[{}]", all.join("|"))
            }
            Ty::Opt(_) if depth == 0 => "?n".into(),
            Ty::List(_) if depth == 0 => "z".into(),
            Ty::Opt(inner) => format!("?{}", self.kind(inner, depth)),
            Ty::List(of) => format!("l{}", self.kind(of, depth)),
            Ty::Map(of) => format!("m{}", self.kind(of, depth)),
            Ty::Rec(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(n, t)| format!("{n}:{}", self.kind(t, depth))).collect();
                format!("r[{}]", fields.join(","))
            }
            Ty::Union(members) => {
                let all: Vec<String> = members.iter().map(|m| self.kind(m, depth)).collect();
                format!("o[{}]", all.join(","))
            }
            Ty::Holes(fields) => {
                let seen = fields.0.iter().map(|(n, t)| format!("{n}:{}", self.kind(t, depth)));
                let fields: Vec<String> =
                    seen.chain(fields.1.iter().map(|(n, _)| format!("{n}:w"))).collect();
                format!("r[{}]", fields.join(","))
            }
            Ty::Named(at) => {
                let depth = depth.saturating_sub(1);
                self.types.get(*at).map(|(_, t)| self.kind(t, depth)).unwrap_or_default()
            }
            Ty::Entity => "n".into(),
        }
    }

    /// The type behind a name.
    pub(super) fn peel<'t>(&'t self, ty: &'t Ty) -> &'t Ty {
        match ty {
            Ty::Named(at) => self.types.get(*at).map_or(ty, |(_, t)| self.peel(t)),
            other => other,
        }
    }

    fn has_entity(&self, ty: &Ty, fuel: usize) -> bool {
        match ty {
            Ty::Entity => true,
            _ if fuel == 0 => false,
            Ty::Opt(of) | Ty::List(of) | Ty::Map(of) => self.has_entity(of, fuel - 1),
            Ty::Rec(fields) => fields.iter().any(|(_, ty)| self.has_entity(ty, fuel - 1)),
            Ty::Union(members) => members.iter().any(|ty| self.has_entity(ty, fuel - 1)),
            // Nor is all of it there.
            Ty::Holes(_) => true,
            _ => false,
        }
    }

    /// What can be read of an entity, but for its ids.
    pub(super) fn entity_record(&self) -> Ty {
        let mut fields = self.entity.clone().unwrap_or_default();
        fields.push(("createdAt".to_owned(), Ty::Instant));
        fields.push(("updatedAt".to_owned(), Ty::Instant));
        Ty::Rec(Rc::new(fields))
    }

    /// Whether a value of one type can be given where another one is expected.
    pub(super) fn fits(&self, from: &Ty, to: &Ty, fuel: usize) -> bool {
        if from == to {
            return true;
        }
        if fuel == 0 {
            return false;
        }
        let fits = |a: &Ty, b: &Ty| self.fits(a, b, fuel - 1);
        if let Ty::Entity = from {
            let record = self.entity_record();
            return match self.peel(to) {
                Ty::Opt(to) => self.fits(from, to, fuel - 1),
                to @ Ty::Rec(_) => self.fits(&record, to, fuel - 1),
                _ => false,
            };
        }
        match (self.peel(from), self.peel(to)) {
            // The ids of entities can't be foretold, so they go nowhere.
            (_, Ty::Json) => !self.has_entity(from, 4),
            (Ty::Opt(a), Ty::Opt(b)) => fits(a, b),
            (Ty::Opt(_), _) => false,
            (a, Ty::Opt(b)) => fits(a, b),
            (Ty::Union(all), b) => all.iter().all(|a| fits(a, b)),
            (a, Ty::Union(all)) => all.iter().any(|b| fits(a, b)),
            (Ty::Holes(_), _) => false,
            (Ty::Texts(_), Ty::Str) | (Ty::Numbers(_), Ty::Int) => true,
            (Ty::List(a), Ty::List(b)) | (Ty::Map(a), Ty::Map(b)) => fits(a, b),
            (Ty::Rec(a), Ty::Rec(b)) => b
                .iter()
                .all(|(name, wanted)| a.iter().any(|(n, given)| n == name && fits(given, wanted))),
            (a, b) => a == b,
        }
    }
}
