//! How types relate: what fits where, what two types have in common, and what lies behind null.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use wf_types::{Bound, DefKind, Field, Literal, RecordType, Type, TypeDefs};

use crate::check::types::secret;

/// How deep types are compared; deeper ones are taken as unequal.
const DEPTH: usize = 160;

/// Whether a value of `from` may be given where `to` is expected.
pub(crate) fn fits(defs: &TypeDefs, from: &Type, to: &Type) -> bool {
    if from == to {
        return true;
    }
    Relation {
        defs,
        assumed: FxHashSet::default(),
        trail: Vec::new(),
        refuted: FxHashSet::default(),
    }
    .fits(from, to, 0)
}

struct Relation<'a> {
    defs: &'a TypeDefs,
    /// The pairs that fit as long as nothing speaks against it.
    assumed: FxHashSet<(Type, Type)>,
    /// The same in the order of their coming: what leant on a pair that does not fit is taken back.
    trail: Vec<(Type, Type)>,
    /// The pairs that do not fit.
    refuted: FxHashSet<(Type, Type)>,
}

impl Relation<'_> {
    fn fits(&mut self, from: &Type, to: &Type, depth: usize) -> bool {
        if from == to {
            return true;
        }
        if depth > DEPTH {
            return false;
        }
        if matches!(from, Type::Named(_)) || matches!(to, Type::Named(_)) {
            let pair = (from.clone(), to.clone());
            if self.refuted.contains(&pair) {
                return false;
            }
            if !self.assumed.insert(pair.clone()) {
                return true;
            }
            let before = self.trail.len();
            self.trail.push(pair.clone());
            let fits = self.fits_peeled(from, to, depth);
            if !fits {
                for wrong in self.trail.drain(before..) {
                    self.assumed.remove(&wrong);
                }
                self.refuted.insert(pair);
            }
            return fits;
        }
        self.fits_peeled(from, to, depth)
    }

    fn fits_peeled(&mut self, from: &Type, to: &Type, depth: usize) -> bool {
        let defs = self.defs;
        let (from, to) = (defs.peel(from), defs.peel(to));
        if from == to {
            return true;
        }
        match (from, to) {
            (Type::Error | Type::Never, _) | (_, Type::Error) => true,
            (_, Type::Json) => !holds(defs, from, &|t| matches!(t, Type::Secret | Type::Lambda(_))),
            (_, Type::Union(_)) if secret::is_json_with_secrets(to) => {
                !holds(self.defs, from, &|t| matches!(t, Type::Lambda(_)))
            }
            (Type::Null, Type::Optional(_)) => true,
            (Type::Optional(a), Type::Optional(_)) => self.fits(a, to, depth + 1),
            (_, Type::Optional(b)) => self.fits(from, b, depth + 1),
            (Type::Union(members), Type::Union(others)) if members.len() > 4 => {
                let same: FxHashSet<&Type> = others.iter().collect();
                members.iter().all(|m| same.contains(m) || self.fits(m, to, depth + 1))
            }
            (Type::Union(members), _) => members.iter().all(|m| self.fits(m, to, depth + 1)),
            (_, Type::Union(members)) => members.iter().any(|m| self.fits(from, m, depth + 1)),
            (Type::Literal(l), _) => literal_base(l) == *to,
            (Type::List(a), Type::List(b)) | (Type::Map(a), Type::Map(b)) => {
                self.fits(a, b, depth + 1)
            }
            (Type::Lambda(a), Type::Lambda(b)) => {
                a.params.len() == b.params.len()
                    && a.params.iter().zip(&b.params).all(|(x, y)| self.fits(y, x, depth + 1))
                    && self.fits(&a.result, &b.result, depth + 1)
            }
            (_, Type::Record(b)) => match defs.record(from) {
                Some(a) => self.record(a, b, depth),
                None => false,
            },
            _ => false,
        }
    }

    fn record(&mut self, from: &RecordType, to: &RecordType, depth: usize) -> bool {
        to.fields.iter().all(|field| match from.field(&field.name) {
            Some((_, given)) => self.fits(&given.ty, &field.ty, depth + 1),
            None => false,
        })
    }
}

/// Whether these are records such as `{ name: "a", value: "b" }`, of which others make maps.
pub(crate) fn holds_pairs(defs: &TypeDefs, ty: &Type) -> bool {
    let has = |name: &str| defs.record(ty).is_some_and(|r| r.field(name).is_some());
    has("value") && (has("name") || has("key"))
}

/// The type that a literal has where no literal is asked for.
pub(crate) fn literal_base(literal: &Literal) -> Type {
    match literal {
        Literal::Bool(_) => Type::Bool,
        Literal::Int(_) => Type::Int,
        Literal::String(_) => Type::String,
    }
}

/// A literal type as its base; any other as it is.
pub(crate) fn widen(ty: &Type) -> Type {
    match ty {
        Type::Literal(literal) => literal_base(literal),
        Type::Optional(inner) => widen(inner).optional(),
        Type::List(inner) => widen(inner).list(),
        Type::Map(inner) => widen(inner).map(),
        Type::Record(record) => Type::record(
            record.fields.iter().map(|f| Field { ty: widen(&f.ty), ..f.clone() }).collect(),
        ),
        _ => ty.clone(),
    }
}

/// The base of a literal or of a union of literals of one base; any other type as it is.
pub(crate) fn base(defs: &TypeDefs, ty: &Type) -> Type {
    let ty = defs.peel(ty);
    match ty {
        Type::Literal(literal) => literal_base(literal),
        Type::Union(members) => {
            let mut bases = members.iter().map(|m| base(defs, m));
            let first = bases.next().unwrap_or(Type::Error);
            if bases.all(|b| b == first) { first } else { ty.clone() }
        }
        _ => ty.clone(),
    }
}

/// Whether null is among the values, `json` included.
pub(crate) fn is_nullable(defs: &TypeDefs, ty: &Type) -> bool {
    matches!(defs.peel(ty), Type::Optional(_) | Type::Null | Type::Json)
}

/// The type without null; `json` stays.
pub(crate) fn non_null(defs: &TypeDefs, ty: &Type) -> Type {
    let mut ty = ty;
    loop {
        match defs.peel(ty) {
            Type::Optional(inner) => ty = inner,
            Type::Null => return Type::Never,
            _ => return ty.clone(),
        }
    }
}

/// The members of a type that is a literal or a union of literals.
pub(crate) fn literals(defs: &TypeDefs, ty: &Type) -> Option<Vec<Literal>> {
    match defs.peel(ty) {
        Type::Literal(literal) => Some(vec![literal.clone()]),
        Type::Bool => Some(vec![Literal::Bool(true), Literal::Bool(false)]),
        Type::Union(members) => members
            .iter()
            .map(|m| match m {
                Type::Literal(literal) => Some(literal.clone()),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

/// The type of some literals: one, or a union in the order given. None is [`Type::Never`].
pub(crate) fn of_literals(literals: Vec<Literal>) -> Type {
    let both = [Literal::Bool(true), Literal::Bool(false)];
    if literals.len() == 2 && both.iter().all(|b| literals.contains(b)) {
        return Type::Bool;
    }
    let mut members: Vec<Type> = literals.into_iter().map(Type::Literal).collect();
    match members.len() {
        0 => Type::Never,
        1 => members.remove(0),
        _ => Type::Union(members.into()),
    }
}

/// How many literals a union that is made up by the checker may have.
const JOINED_LITERALS: usize = 32;

/// The type that values of both types have, without making up a union of other than literals.
pub(crate) fn join(defs: &TypeDefs, a: &Type, b: &Type) -> Option<Type> {
    join_at(&mut Join { defs, left: JOIN_STEPS, values: false }, a, b, 0)
}

/// The same for the types of values that are brought together: literals among them may become
/// numbers of the other's type, which [`Body::adapt`](crate::check::body::Body::adapt) sees to.
pub(crate) fn join_values(defs: &TypeDefs, a: &Type, b: &Type) -> Option<Type> {
    join_at(&mut Join { defs, left: JOIN_STEPS, values: true }, a, b, 0)
}

/// How many pairs of types one join may look at: names may unfold to very many.
const JOIN_STEPS: usize = 10_000;

struct Join<'a> {
    defs: &'a TypeDefs,
    left: usize,
    /// Whether literals take the type of the other side.
    values: bool,
}

fn join_at(join: &mut Join<'_>, a: &Type, b: &Type, depth: usize) -> Option<Type> {
    if depth > DEPTH || join.left == 0 {
        return None;
    }
    join.left -= 1;
    let defs = join.defs;
    match (a, b) {
        (Type::Error, _) | (_, Type::Error) => return Some(Type::Error),
        (Type::Never, other) | (other, Type::Never) => return Some(other.clone()),
        (Type::Null, other) | (other, Type::Null) => return Some(optional(defs, other)),
        _ => {}
    }
    // A part that is wrong stays unknown: nothing is told of it again.
    if fits(defs, a, b) && !lossy(defs, b, a) && !is_broken(a) {
        return Some(b.clone());
    }
    if fits(defs, b, a) && !lossy(defs, a, b) && !is_broken(b) {
        return Some(a.clone());
    }
    match (defs.peel(a), defs.peel(b)) {
        (Type::Optional(_), _) | (_, Type::Optional(_)) => {
            let (x, y) = (non_null(defs, a), non_null(defs, b));
            join_at(join, &x, &y, depth + 1).map(|t| optional(defs, &t))
        }
        (Type::List(x), Type::List(y)) => join_at(join, x, y, depth + 1).map(Type::list),
        (Type::Map(x), Type::Map(y)) => join_at(join, x, y, depth + 1).map(Type::map),
        (Type::Record(x), Type::Record(y)) => join_records(join, x, y, depth),
        // `{}` beside a record is one that leaves all fields out.
        (Type::Map(none), Type::Record(record)) | (Type::Record(record), Type::Map(none))
            if join.values && **none == Type::Never =>
        {
            join_records(join, &RecordType::default(), record, depth)
        }
        (x, y) if join.values && takes_literals(defs, x, y) => Some(a.clone()),
        (x, y) if join.values && takes_literals(defs, y, x) => Some(b.clone()),
        (x, y) => {
            let (mut all, more) = (literals(defs, x)?, literals(defs, y)?);
            for literal in more {
                if !all.contains(&literal) {
                    all.push(literal);
                }
            }
            let base = literal_base(all.first()?);
            if all.iter().any(|l| literal_base(l) != base) {
                return None;
            }
            Some(if all.len() > JOINED_LITERALS { base } else { of_literals(all) })
        }
    }
}

/// Whether a literal of the one type may be a number of the other.
fn takes_literals(defs: &TypeDefs, number: &Type, literal: &Type) -> bool {
    match (number, literal) {
        (Type::Decimal, Type::Float) => true,
        (Type::Float | Type::Decimal, literal) => literals(defs, literal)
            .is_some_and(|all| all.iter().all(|l| matches!(l, Literal::Int(_)))),
        _ => false,
    }
}

/// Whether giving `b` as `a` would drop fields: joining keeps them as optional ones instead.
fn lossy(defs: &TypeDefs, a: &Type, b: &Type) -> bool {
    match (defs.peel(a), defs.peel(b)) {
        (Type::Record(x), Type::Record(y)) => y.fields.len() > x.fields.len(),
        _ => false,
    }
}

fn join_records(join: &mut Join<'_>, x: &RecordType, y: &RecordType, depth: usize) -> Option<Type> {
    let defs = join.defs;
    let mut fields = Vec::with_capacity(x.fields.len());
    for field in &x.fields {
        let ty = match y.field(&field.name) {
            Some((_, other)) => join_at(join, &field.ty, &other.ty, depth + 1)?,
            None => optional(defs, &field.ty),
        };
        fields.push(Field { ty, ..field.clone() });
    }
    for field in &y.fields {
        if x.field(&field.name).is_none() {
            fields.push(Field { ty: optional(defs, &field.ty), ..field.clone() });
        }
    }
    Some(Type::record(fields))
}

/// `T?`, which is `T` itself where `T` holds null already, behind a name too.
pub(crate) fn optional(defs: &TypeDefs, ty: &Type) -> Type {
    if is_nullable(defs, ty) { ty.clone() } else { ty.clone().optional() }
}

/// Whether some value may be in both types: whether comparing them can give true.
pub(crate) fn overlap(defs: &TypeDefs, a: &Type, b: &Type) -> bool {
    let (x, y) = (defs.peel(a), defs.peel(b));
    let finite = |ty: &Type| literals(defs, ty).is_some();
    match (x, y) {
        (Type::Error | Type::Never | Type::Json, _)
        | (_, Type::Error | Type::Never | Type::Json) => true,
        (Type::Null, Type::Null) => true,
        (Type::Null, other) | (other, Type::Null) => is_nullable(defs, other),
        (Type::Optional(_), Type::Optional(_)) => true,
        (Type::Optional(x), _) => overlap(defs, x, b),
        (_, Type::Optional(y)) => overlap(defs, a, y),
        (Type::Union(xs), Type::Union(ys)) if !finite(x) || !finite(y) => {
            let same: FxHashSet<&Type> = ys.iter().collect();
            xs.iter().any(|x| same.contains(x)) || xs.iter().any(|x| overlap(defs, x, b))
        }
        (Type::Union(xs), _) if !finite(x) || !finite(y) => xs.iter().any(|x| overlap(defs, x, b)),
        (_, Type::Union(ys)) if !finite(x) || !finite(y) => ys.iter().any(|y| overlap(defs, a, y)),
        _ => match (literals(defs, x), literals(defs, y)) {
            (Some(xs), Some(ys)) => xs.iter().any(|l| ys.contains(l)),
            _ => join(defs, a, b).is_some(),
        },
    }
}

/// Whether a type holds another one of this kind, at any depth.
pub(crate) fn holds(defs: &TypeDefs, ty: &Type, wanted: &dyn Fn(&Type) -> bool) -> bool {
    let mut seen = FxHashSet::default();
    // Most types hold no others: nothing is kept for these.
    let mut open: Vec<&Type> = Vec::new();
    let mut next = Some(ty);
    while let Some(ty) = next {
        if wanted(ty) {
            return true;
        }
        match ty {
            Type::Optional(t) | Type::List(t) | Type::Map(t) | Type::Apply(_, t) => open.push(t),
            Type::Record(record) => open.extend(record.fields.iter().map(|f| &f.ty)),
            Type::Union(members) => open.extend(members.iter()),
            Type::Lambda(lambda) => {
                open.extend(&lambda.params);
                open.push(&lambda.result);
            }
            Type::Named(id) if seen.insert(*id) => match &defs.get(*id).kind {
                DefKind::Alias(target) => open.push(target),
                DefKind::Entity(record) => open.extend(record.fields.iter().map(|f| &f.ty)),
                DefKind::Opaque(_) => {}
            },
            _ => {}
        }
        next = open.pop();
    }
    false
}

/// Whether a part of a type is not known since something wrong was told of it. What is wrong with
/// declared types is told at their declaration.
pub(crate) fn is_broken(ty: &Type) -> bool {
    match ty {
        Type::Error => true,
        Type::Optional(inner) | Type::List(inner) | Type::Map(inner) => is_broken(inner),
        Type::Record(record) => record.fields.iter().any(|field| is_broken(&field.ty)),
        _ => false,
    }
}

/// How many parts a type that no declaration names may have, and how deep it may be nested.
const SIZE: usize = 5_000;
const NESTING: usize = 100;

/// Whether a type has so many parts or is so deep that work with it would take too long.
pub(crate) fn too_large(ty: &Type) -> bool {
    let mut open: Vec<(&Type, usize)> = Vec::new();
    let mut next = Some((ty, 0));
    let mut count = 0;
    while let Some((ty, depth)) = next {
        count += 1;
        if count > SIZE || depth > NESTING {
            return true;
        }
        match ty {
            Type::Optional(t) | Type::List(t) | Type::Map(t) => open.push((t, depth + 1)),
            Type::Record(record) => {
                open.extend(record.fields.iter().map(|f| (&f.ty, depth + 1)));
            }
            _ => {}
        }
        next = open.pop();
    }
    false
}

/// Whether a type is an entity.
pub(crate) fn is_entity(defs: &TypeDefs, ty: &Type) -> bool {
    match ty {
        Type::Named(id) => matches!(defs.get(*id).kind, DefKind::Entity(_)),
        _ => false,
    }
}

/// The bound of a type parameter, where the type is one.
pub(crate) fn opaque(defs: &TypeDefs, ty: &Type) -> Option<Option<Bound>> {
    match defs.peel(ty) {
        Type::Named(id) => match defs.get(*id).kind {
            DefKind::Opaque(bound) => Some(bound),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a type that is written out holds a type parameter.
pub(crate) fn mentions_opaque(defs: &TypeDefs, ty: &Type) -> bool {
    match ty {
        Type::Named(id) => matches!(defs.get(*id).kind, DefKind::Opaque(_)),
        Type::Optional(t) | Type::List(t) | Type::Map(t) => mentions_opaque(defs, t),
        Type::Record(record) => record.fields.iter().any(|f| mentions_opaque(defs, &f.ty)),
        _ => false,
    }
}

/// Whether a type has what a bound asks for. `workflow` is looked at where workflows are known.
pub(crate) fn allows(defs: &TypeDefs, bound: Bound, ty: &Type) -> bool {
    let plain = base(defs, ty);
    if matches!(plain, Type::Error | Type::Never) {
        return true;
    }
    if let Some(known) = opaque(defs, &plain) {
        // Nothing that holds a secret or a lambda is given for a parameter.
        return known == Some(bound)
            || bound == Bound::Comparable
            || (bound, known) == (Bound::Ordered, Some(Bound::Number));
    }
    match bound {
        Bound::Ordered => matches!(
            plain,
            Type::Int
                | Type::Float
                | Type::Decimal
                | Type::String
                | Type::Uuid
                | Type::Instant
                | Type::Duration
                | Type::Bool
        ),
        Bound::Number => matches!(plain, Type::Int | Type::Float | Type::Decimal),
        Bound::Entity => is_entity(defs, &plain),
        Bound::Workflow => true,
        Bound::Comparable => !holds(defs, ty, &|t| matches!(t, Type::Secret | Type::Lambda(_))),
        Bound::Border => !holds(defs, ty, &|t| {
            matches!(t, Type::Secret | Type::Lambda(_))
                || is_entity(defs, t)
                || opaque(defs, t).is_some_and(|known| known != Some(Bound::Border))
        }),
    }
}

/// Puts types in the place of the parameters of a signature.
pub(crate) fn substitute(
    defs: &TypeDefs,
    ty: &Type,
    args: &[Option<Type>],
    unknown: &Type,
) -> Type {
    if !is_open(ty) {
        return ty.clone();
    }
    let again = |t: &Type| substitute(defs, t, args, unknown);
    match ty {
        Type::Param(i) => {
            args.get(*i as usize).cloned().flatten().unwrap_or_else(|| unknown.clone())
        }
        Type::Optional(t) => match again(t) {
            // What is not known is not known to be null either.
            Type::Never => Type::Never,
            inner => optional(defs, &inner),
        },
        Type::List(t) => again(t).list(),
        Type::Map(t) => again(t).map(),
        Type::Record(record) => Type::record(
            record.fields.iter().map(|f| Field { ty: again(&f.ty), ..f.clone() }).collect(),
        ),
        Type::Lambda(lambda) => Type::Lambda(Arc::new(wf_types::LambdaType {
            params: lambda.params.iter().map(again).collect(),
            result: again(&lambda.result),
        })),
        Type::Apply(function, t) => apply(defs, *function, &again(t)),
        _ => ty.clone(),
    }
}

fn apply(defs: &TypeDefs, function: wf_types::TypeFn, ty: &Type) -> Type {
    use wf_types::TypeFn;
    let Some(record) = defs.record(ty) else { return Type::Error };
    let skip = if is_entity(defs, defs.peel(ty)) { TypeDefs::ENTITY_FIELDS } else { 0 };
    let own = record.fields.iter().skip(skip);
    match function {
        TypeFn::Attributes => Type::record(own.cloned().collect()),
        TypeFn::Partial => {
            Type::record(own.map(|f| Field { may_be_missing: true, ..f.clone() }).collect())
        }
        // Only `workflow.call` has them, which is checked by its own rules.
        TypeFn::Arguments | TypeFn::Result => Type::Error,
    }
}

/// Whether a type still has parameters of a signature in it.
pub(crate) fn is_open(ty: &Type) -> bool {
    match ty {
        Type::Param(_) => true,
        Type::Optional(t) | Type::List(t) | Type::Map(t) | Type::Apply(_, t) => is_open(t),
        Type::Record(record) => record.fields.iter().any(|f| is_open(&f.ty)),
        Type::Union(members) => members.iter().any(is_open),
        Type::Lambda(l) => l.params.iter().any(is_open) || is_open(&l.result),
        _ => false,
    }
}
