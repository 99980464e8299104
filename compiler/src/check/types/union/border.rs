//! Unions at the border: a member that an earlier one always hides is never reached.

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use wf_diagnostics::codes::types as codes;
use wf_diagnostics::{Diagnostic, Diagnostics, Span};
use wf_types::{DefKind, Field, Literal, RecordType, Type, TypeDefs};

use crate::check::globals::Globals;
use crate::check::types::relate;

/// How many pairs of types are looked at for one border.
const PAIRS: usize = 2_000_000;

/// Tells of members of unions in a type that JSON is read as, which no JSON is ever read as.
pub(crate) fn check(globals: &Globals<'_>, ty: &Type, span: Span, out: &mut Diagnostics) {
    let mut told = FxHashSet::default();
    for (union, hidden, by) in hidden_members(&globals.defs, ty) {
        if !told.insert(union.clone()) {
            continue;
        }
        let (hidden, by) = (globals.show(&hidden), globals.show(&by));
        let message = format!(
            "JSON is never read as `{hidden}`: whatever fits it is read as `{by}`, which stands before it"
        );
        out.push(
            Diagnostic::new(&codes::HIDDEN_MEMBER, span, message)
                .label(format!("in `{}`", globals.show(&union)))
                .help(format!(
                    "write `{hidden}` before `{by}`, leave it out, or give both a field of literal type that tells them apart"
                )),
        );
    }
}

/// The unions in a type with a member that is hidden and the one that hides it.
fn hidden_members(defs: &TypeDefs, ty: &Type) -> Vec<(Type, Type, Type)> {
    let mut found = Vec::new();
    let mut names = FxHashSet::default();
    let mut cover = Cover { defs, left: PAIRS, assumed: FxHashSet::default() };
    let mut open = vec![ty];
    while let Some(ty) = open.pop() {
        match ty {
            Type::Named(id) if names.insert(*id) => match &defs.get(*id).kind {
                DefKind::Alias(target) => open.push(target),
                DefKind::Entity(record) => open.extend(record.fields.iter().map(|f| &f.ty)),
                DefKind::Opaque(_) => {}
            },
            Type::Optional(inner) | Type::List(inner) | Type::Map(inner) => open.push(inner),
            Type::Record(record) => open.extend(record.fields.iter().map(|f| &f.ty)),
            Type::Union(members) => {
                if let Some((hidden, by)) = cover.first_hidden(members) {
                    found.push((ty.clone(), hidden, by));
                }
                open.extend(members.iter());
            }
            _ => {}
        }
    }
    found
}

/// Compares what JSON types take.
struct Cover<'a> {
    defs: &'a TypeDefs,
    /// How many pairs may still be looked at.
    left: usize,
    assumed: FxHashSet<(Type, Type)>,
}

impl Cover<'_> {
    fn first_hidden(&mut self, members: &[Type]) -> Option<(Type, Type)> {
        let groups = self.groups(members);
        for (i, member) in members.iter().enumerate() {
            let earlier = (0..i).filter(|j| match (&groups[i], &groups[*j]) {
                (Some(a), Some(b)) => a.iter().any(|l| b.contains(l)),
                _ => true,
            });
            for j in earlier.collect::<Vec<_>>() {
                self.assumed.clear();
                if self.covers(&members[j], member, 0) {
                    return Some((member.clone(), members[j].clone()));
                }
            }
        }
        None
    }

    /// The literals of a field that tells most records apart, so that not each is compared with
    /// each: two that share none are read apart.
    fn groups(&self, members: &[Type]) -> Vec<Option<Vec<Literal>>> {
        let records: Vec<Option<&RecordType>> =
            members.iter().map(|m| self.defs.record(m)).collect();
        let literals = |field: &Field| relate::literals(self.defs, &field.ty);
        let mut counts: FxHashMap<SmolStr, usize> = FxHashMap::default();
        for record in records.iter().flatten() {
            for field in record.fields.iter().filter(|f| literals(f).is_some()) {
                *counts.entry(field.name.clone()).or_default() += 1;
            }
        }
        let most = counts.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)));
        let Some((name, _)) = most else { return vec![None; members.len()] };
        let of = |record: &RecordType| record.field(name).and_then(|(_, field)| literals(field));
        records.into_iter().map(|record| record.and_then(of)).collect()
    }

    /// Whether all JSON that fits `small`, with no more fields than it names, fits `large` too.
    fn covers(&mut self, large: &Type, small: &Type, depth: usize) -> bool {
        if self.left == 0 || depth > 100 {
            return false;
        }
        self.left -= 1;
        if large == small {
            return true;
        }
        if matches!(large, Type::Named(_)) && matches!(small, Type::Named(_)) {
            let pair = (large.clone(), small.clone());
            if !self.assumed.insert(pair.clone()) {
                return true;
            }
            let covers = self.peeled_covers(large, small, depth);
            if !covers {
                self.assumed.remove(&pair);
            }
            return covers;
        }
        self.peeled_covers(large, small, depth)
    }

    fn peeled_covers(&mut self, large: &Type, small: &Type, depth: usize) -> bool {
        let defs = self.defs;
        let (l, s) = (defs.peel(large), defs.peel(small));
        if l == s {
            return true;
        }
        match (l, s) {
            (Type::Json, _) => true,
            (Type::Optional(_), Type::Null) => true,
            (Type::Optional(a), Type::Optional(b)) => self.covers(a, b, depth + 1),
            (Type::Optional(a), _) => self.covers(a, small, depth + 1),
            (_, Type::Union(members)) => {
                members.iter().all(|member| self.covers(large, member, depth + 1))
            }
            (Type::Union(members), _) => {
                members.iter().any(|member| self.covers(member, small, depth + 1))
            }
            (Type::Float | Type::Decimal, Type::Int) => true,
            (Type::Decimal, Type::Float) => true,
            (Type::Float | Type::Decimal, Type::Literal(Literal::Int(_))) => true,
            (Type::String, Type::Uuid | Type::Instant | Type::Duration) => true,
            (_, Type::Literal(literal)) => relate::literal_base(literal) == *l,
            (Type::List(a), Type::List(b)) | (Type::Map(a), Type::Map(b)) => {
                self.covers(a, b, depth + 1)
            }
            (Type::Map(item), _) => match defs.record(s) {
                Some(record) => {
                    record.fields.iter().all(|field| self.covers(item, &field.ty, depth + 1))
                }
                None => false,
            },
            _ => match (defs.record(l), defs.record(s)) {
                (Some(a), Some(b)) => self.covers_record(a, b, depth),
                _ => false,
            },
        }
    }

    fn covers_record(&mut self, large: &RecordType, small: &RecordType, depth: usize) -> bool {
        let defs = self.defs;
        let may_lack = |field: &Field| relate::is_nullable(defs, &field.ty) || field.has_default;
        // Literals first: they tell most records apart.
        let is_literal = |f: &&Field| relate::literals(defs, &f.ty).is_some();
        let (told, others): (Vec<&Field>, Vec<&Field>) = large.fields.iter().partition(is_literal);
        told.into_iter().chain(others).all(|field| match small.field(&field.name) {
            Some((_, given)) => {
                (may_lack(field) || !may_lack(given))
                    && self.covers(&field.ty, &given.ty, depth + 1)
            }
            None => may_lack(field),
        })
    }
}
