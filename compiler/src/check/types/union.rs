//! Unions: their members, which of them a value may still be, and which one a value is made as.

pub(crate) mod border;
pub(crate) mod field;
pub(crate) mod literal;

use rustc_hash::FxHashSet;
use wf_types::{Literal, Type, TypeDefs};

use crate::check::flow::{Fact, Segment};
use crate::check::types::relate::{self, fits};
use crate::resolve::union::{flatten, of_members};

/// The members of a union that has others than literals, through names and `?`. Unions with
/// `secret`, which only signatures have, are none.
pub(crate) fn members<'a>(defs: &'a TypeDefs, ty: &'a Type) -> Option<&'a [Type]> {
    match defs.peel(ty) {
        Type::Optional(inner) => members(defs, inner),
        Type::Union(members) => {
            let one_base = relate::base(defs, ty) != *defs.peel(ty);
            (!one_base && !members.contains(&Type::Secret)).then_some(members)
        }
        _ => None,
    }
}

/// Whether values of a member carry it: scalars tell it by what they are.
pub(crate) fn is_carried(defs: &TypeDefs, member: &Type) -> bool {
    let peeled = defs.peel(member);
    matches!(peeled, Type::List(_) | Type::Map(_) | Type::Record(_) | Type::Json)
        || relate::is_entity(defs, peeled)
}

/// The member that a value of a type is made as: its own type, else the first that it fits.
pub(crate) fn made_as<'m>(defs: &TypeDefs, ty: &Type, members: &'m [Type]) -> Option<&'m Type> {
    let same = |m: &&Type| *m == ty || defs.peel(m) == defs.peel(ty);
    members.iter().find(same).or_else(|| members.iter().find(|m| fits(defs, ty, m)))
}

/// The members that values of a type are made as; the type may be a union itself.
pub(crate) fn all_made_as(defs: &TypeDefs, ty: &Type, members: &[Type]) -> Vec<Type> {
    let given = relate::non_null(defs, ty);
    let parts = match defs.peel(&given) {
        Type::Union(parts) => parts.to_vec(),
        _ => vec![given],
    };
    let mut seen = FxHashSet::default();
    let made = parts.iter().filter_map(|part| made_as(defs, part, members));
    made.filter(|m| seen.insert(*m)).cloned().collect()
}

/// The type that has the values of all of these, as a union that was declared has.
pub(crate) fn unite(defs: &TypeDefs, types: &[Type]) -> Type {
    let mut seen = FxHashSet::default();
    let types: Vec<Type> = types.iter().filter(|ty| seen.insert(*ty)).cloned().collect();
    match types.as_slice() {
        [one] => one.clone(),
        _ => flatten(defs, &types, false).unwrap_or(Type::Error),
    }
}

/// The type with these of its members only; as it is where none is left.
fn with_members(defs: &TypeDefs, ty: &Type, kept: Vec<Type>) -> Type {
    if kept.is_empty() {
        return ty.clone();
    }
    let smaller = of_members(kept);
    if matches!(defs.peel(ty), Type::Optional(_)) {
        relate::optional(defs, &smaller)
    } else {
        smaller
    }
}

/// The type of a value of a union of which something is known.
pub(crate) fn narrow(defs: &TypeDefs, ty: &Type, fact: &Fact) -> Type {
    let Some(all) = members(defs, ty) else { return ty.clone() };
    let kept = left(all, fact, |m, fact| may_be(defs, m, fact));
    if kept.len() == all.len() { ty.clone() } else { with_members(defs, ty, kept) }
}

/// The members that may be where a fact holds. Where none may, nothing ever comes by, and what leaves
/// a member stays: of the literals that a value is not, the first ones; else the members alone.
fn left(all: &[Type], fact: &Fact, may_be: impl Fn(&Type, &Fact) -> bool) -> Vec<Type> {
    let of = |fact: &Fact| all.iter().filter(|m| may_be(m, fact)).cloned().collect::<Vec<_>>();
    let kept = of(fact);
    if !kept.is_empty() {
        return kept;
    }
    let first = |count: usize| Fact { not: fact.not[..count].to_vec(), ..fact.clone() };
    if of(&first(0)).is_empty() {
        return of(&Fact { only: None, not: Vec::new(), ..fact.clone() });
    }
    let (mut some, mut none) = (0, fact.not.len());
    while none - some > 1 {
        let middle = some.midpoint(none);
        if of(&first(middle)).is_empty() { none = middle } else { some = middle }
    }
    of(&first(some))
}

/// The same where something is known of its parts. What can't be, after all that was known before it,
/// says nothing: nothing ever comes by there.
pub(crate) fn narrow_by_parts(defs: &TypeDefs, ty: &Type, parts: &[(Vec<Segment>, Fact)]) -> Type {
    let Some(all) = members(defs, ty) else { return ty.clone() };
    let mut kept: Vec<Type> = all.to_vec();
    for (path, fact) in parts {
        let left = left(&kept, fact, |m, fact| part_may_be(defs, m, path, fact, 0));
        if !left.is_empty() {
            kept = left;
        }
    }
    if kept.len() == all.len() { ty.clone() } else { with_members(defs, ty, kept) }
}

/// Whether a value of this type, which is no union, may be one of which this is known.
fn may_be(defs: &TypeDefs, ty: &Type, fact: &Fact) -> bool {
    if let Some(only) = &fact.members {
        let listed = |m: &Type| m == ty || (matches!(m, Type::Literal(_)) && fits(defs, m, ty));
        if !only.iter().any(listed) {
            return false;
        }
    }
    match relate::literals(defs, ty) {
        Some(all) => all.iter().any(|l| {
            !fact.not.contains(l) && fact.only.as_ref().is_none_or(|only| only.contains(l))
        }),
        None => fact.only.as_ref().is_none_or(|only| {
            only.iter().any(|l| relate::overlap(defs, &Type::Literal(l.clone()), ty))
        }),
    }
}

/// Whether a part of a value of this type may be one of which this is known.
fn part_may_be(defs: &TypeDefs, ty: &Type, path: &[Segment], fact: &Fact, depth: usize) -> bool {
    if depth > 200 {
        return true;
    }
    let there = fact.non_null || fact.only.is_some();
    let peeled = defs.peel(ty);
    match peeled {
        Type::Error | Type::Never | Type::Json => return true,
        Type::Null => return !there,
        Type::Optional(inner) => {
            return !there || part_may_be(defs, inner, path, fact, depth + 1);
        }
        Type::Union(all) => {
            return all.iter().any(|m| part_may_be(defs, m, path, fact, depth + 1));
        }
        _ => {}
    }
    let Some((segment, rest)) = path.split_first() else {
        return !fact.null && may_be(defs, ty, fact);
    };
    match (segment, defs.record(ty)) {
        (Segment::Field(name), Some(record)) => match record.field(name) {
            Some((_, field)) => part_may_be(defs, &field.ty, rest, fact, depth + 1),
            None => !there,
        },
        (Segment::Field(_), None) => matches!(peeled, Type::Map(_)),
        (Segment::Index(_), _) => matches!(peeled, Type::List(_)),
    }
}

/// Joins what two facts list as members: both hold.
pub(crate) fn both(a: &[Type], b: &[Type]) -> Vec<Type> {
    let base = |ty: &Type| match ty {
        Type::Literal(literal) => Some(relate::literal_base(literal)),
        _ => None,
    };
    let within = |x: &Type, other: &[Type]| {
        other.contains(x) || base(x).is_some_and(|base| other.contains(&base))
    };
    let mut out: Vec<Type> = a.iter().filter(|x| within(x, b)).cloned().collect();
    let more = b.iter().filter(|x| within(x, a) && !out.contains(x)).cloned().collect::<Vec<_>>();
    out.extend(more);
    out
}

/// The record members that a literal may be meant as.
pub(crate) struct Meant {
    /// Those that it fits as far as can be seen.
    pub(crate) fitting: Vec<Type>,
    /// The one that it is nearest to.
    pub(crate) nearest: Option<Type>,
}

/// The record members that a literal in braces may be meant as, by its names and by the literals
/// that it gives.
pub(crate) fn meant(
    defs: &TypeDefs,
    all: &[Type],
    given: &[(&str, Option<Literal>)],
    spreads: bool,
) -> Meant {
    let (mut best, mut fitting): (Vec<(usize, &Type)>, Vec<Type>) = Default::default();
    for member in all {
        let Some(record) =
            defs.record(member).filter(|_| !relate::is_entity(defs, defs.peel(member)))
        else {
            continue;
        };
        let (mut known, mut wrong) = (0, 0);
        for (name, literal) in given {
            let Some((_, field)) = record.field(name) else {
                wrong += 1;
                continue;
            };
            known += 1;
            if let Some(literal) = literal
                && let Some(allowed) = relate::literals(defs, &relate::non_null(defs, &field.ty))
            {
                // What tells members apart says most.
                match allowed.contains(literal) {
                    true => known += 100,
                    false => wrong += 1,
                }
            }
        }
        let lacks = |f: &&wf_types::Field| {
            !f.has_default
                && !f.may_be_missing
                && !relate::is_nullable(defs, &f.ty)
                && given.iter().all(|(name, _)| *name != f.name)
        };
        if wrong == 0 && (spreads || !record.fields.iter().any(|f| lacks(&f))) {
            fitting.push(member.clone());
        }
        best.push((known * 2_000 / (wrong + 1), member));
    }
    let most = best.iter().map(|(score, _)| *score).max();
    let nearest = best.iter().find(|(score, _)| Some(*score) == most);
    Meant { fitting, nearest: nearest.map(|(_, member)| Type::clone(member)) }
}

/// The field of literal type that tells some members from the others, with a value that only the
/// former have.
pub(crate) fn telling_field(
    defs: &TypeDefs,
    some: &[Type],
    others: &[Type],
) -> Option<(String, Literal)> {
    let literals = |member: &Type, name: &str| {
        let (_, field) = defs.record(member)?.field(name)?;
        relate::literals(defs, &field.ty)
    };
    let first = some.first()?;
    defs.record(first)?.fields.iter().find_map(|field| {
        let value = literals(first, &field.name)?.first()?.clone();
        let told = others
            .iter()
            .all(|m| literals(m, &field.name).is_some_and(|all| !all.contains(&value)));
        told.then(|| (field.name.to_string(), value))
    })
}
