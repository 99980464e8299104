//! Unions: their types, and what taking them apart tells.

use std::rc::Rc;

use super::cond::Cond;
use super::env::{Entry, Env};
use super::program::Maker;
use super::ty::Ty;

/// A field that several members of a union share, and others do not.
const MOOD: &str = "mood";

/// An arm of a `match`.
#[derive(Clone, Debug)]
pub(super) struct Arm {
    pub(super) pattern: String,
    /// What is known in it: entries with their types there.
    facts: Vec<Entry>,
    /// The name that the value gets.
    binding: Option<(String, Ty)>,
    /// The triggers that may have fired, where the trigger is taken apart.
    pub(super) fired: Option<Vec<usize>>,
}

impl Arm {
    /// An arm that tells nothing of which the generator makes use.
    pub(super) fn new(pattern: String) -> Self {
        Self { pattern, facts: Vec::new(), binding: None, fired: None }
    }
}

impl Env {
    /// Only these triggers can have fired.
    pub(super) fn know_fired(&mut self, these: &[usize]) {
        self.fired = these.to_vec();
        if let [one] = these
            && let Some((_, entries)) = Rc::clone(&self.cases).get(*one)
        {
            self.entries.extend(entries.iter().cloned());
        }
    }
}

impl Maker<'_> {
    /// A union of which no member hides another one.
    pub(super) fn union_ty(&mut self, depth: usize) -> Ty {
        let members = match self.choices.weighted(&[4, 5, 3, 1]) {
            0 => {
                let texts = Ty::Texts(Rc::new(vec!["auto".into(), "full".into()]));
                let numbers = Ty::Numbers(Rc::new(vec![0, 7]));
                let all = [
                    vec![Ty::Int, Ty::Str],
                    vec![Ty::Bool, Ty::Int],
                    vec![texts, Ty::Int],
                    vec![numbers, Ty::Str],
                    vec![Ty::Float, Ty::Str],
                    vec![Ty::Int, Ty::Float],
                    vec![Ty::Decimal, Ty::Bool],
                    vec![Ty::Int, Ty::Instant],
                    vec![Ty::Uuid, Ty::Str, Ty::Bool],
                    vec![Ty::Duration, Ty::Int, Ty::Bool],
                ];
                self.choices.pick(&all).unwrap_or_default()
            }
            1 => self.tagged(depth),
            2 => {
                let record = Ty::rec(&[("a", Ty::Int), ("b", Ty::Str.opt())]);
                let all = [
                    vec![Ty::Int, Ty::Int.list()],
                    vec![Ty::Int.list(), Ty::Str.list()],
                    vec![Ty::Str, Ty::Str.list(), Ty::Int.map()],
                    vec![record.clone(), Ty::Int],
                    vec![record, Ty::Bool, Ty::Decimal.list()],
                    vec![Ty::Int.opt().list(), Ty::Str],
                    vec![Ty::Str, Ty::Int.list(), Ty::Json],
                ];
                self.choices.pick(&all).unwrap_or_default()
            }
            _ => {
                let one = Ty::rec(&[("a", Ty::Int), ("name", Ty::Str)]);
                let two = Ty::rec(&[("b", Ty::Int.list()), ("name", Ty::Str)]);
                vec![one, two]
            }
        };
        let holds_null = members.contains(&Ty::Json);
        let union = Ty::Union(Rc::new(members));
        if holds_null { union.opt() } else { union }
    }

    /// Records that the field `kind` tells apart.
    fn tagged(&mut self, depth: usize) -> Vec<Ty> {
        let shared = self.ty(depth.min(1));
        let tags: [&[&str]; 3] = [&["a"], &["b"], &["c", "d"]];
        let count = 2 + self.choices.below(2);
        let moody = self.choices.below(3) == 2;
        let mut members = Vec::new();
        for (i, tags) in tags.iter().take(count).enumerate() {
            let tags = tags.iter().map(|t| (*t).to_owned()).collect();
            let mut fields = vec![("kind".to_owned(), Ty::Texts(Rc::new(tags)))];
            match self.choices.below(4) {
                0 => {}
                1 => fields.insert(0, ("n".to_owned(), shared.clone())),
                2 => fields.push(("n".to_owned(), shared.clone())),
                _ => {
                    let own = self.ty(depth.min(1));
                    fields.push(("n".to_owned(), own));
                }
            }
            let own = self.ty(depth.min(1));
            fields.push((format!("x{i}"), own));
            if moody {
                let mood = if i == 1 { "low" } else { "high" };
                let at = self.choices.below(fields.len());
                fields.insert(at, (MOOD.to_owned(), Ty::Texts(Rc::new(vec![mood.into()]))));
            }
            members.push(Ty::Rec(Rc::new(fields)));
        }
        members
    }

    /// The fields that all members have, where they are of one type, or literals.
    pub(super) fn shared_fields(&self, members: &[Ty]) -> Vec<(String, Ty)> {
        let mut shared = Vec::new();
        let Some(first) = members.first().and_then(|m| self.fields_of(m)) else { return shared };
        for (name, ty) in first.iter() {
            let mut texts: Option<Vec<String>> = Some(Vec::new());
            let mut same = true;
            for member in members {
                let fields = self.fields_of(member).unwrap_or_default();
                let found = fields.iter().find(|(n, _)| n == name).map(|(_, ty)| ty);
                same &= found == Some(ty);
                texts = match (texts, found) {
                    (Some(mut texts), Some(Ty::Texts(more))) => {
                        texts.extend(
                            more.iter().filter(|t| !texts.contains(t)).cloned().collect::<Vec<_>>(),
                        );
                        Some(texts)
                    }
                    _ => None,
                };
            }
            match texts {
                _ if same => shared.push((name.clone(), ty.clone())),
                Some(texts) => shared.push((name.clone(), Ty::Texts(Rc::new(texts)))),
                None => {}
            }
        }
        shared
    }

    /// The field that tells members apart, with what each of them has there.
    fn tag(&self, members: &[Ty]) -> Option<(String, Vec<Vec<String>>)> {
        let first = members.first().and_then(|m| self.fields_of(m))?;
        first.iter().find_map(|(name, _)| {
            let of = |member: &Ty| {
                self.fields_of(member)?.iter().find_map(|(n, ty)| match ty {
                    Ty::Texts(texts) if n == name => Some(texts.to_vec()),
                    _ => None,
                })
            };
            let all: Option<Vec<Vec<String>>> = members.iter().map(of).collect();
            let all = all?;
            let once = |t: &String| all.iter().flatten().filter(|u| *u == t).count() == 1;
            all.iter().flatten().all(once).then(|| (name.clone(), all))
        })
    }

    /// A path of a union that was not taken apart yet.
    fn union_entry(&mut self, env: &Env, nullable: bool) -> Option<(Entry, Vec<Ty>)> {
        let all = self.readable(env);
        let fitting: Vec<(Entry, Vec<Ty>)> = all
            .into_iter()
            .filter(|e| e.narrows && e.var.is_none() && !e.path.starts_with("loop."))
            .filter(|e| self.may_test(&e.path))
            .filter_map(|e| {
                let ty = if nullable { e.ty.inner() } else { &e.ty };
                let members = match self.peel(ty) {
                    Ty::Union(members) => members.to_vec(),
                    _ => return None,
                };
                Some((e, members))
            })
            .collect();
        self.choices.pick(&fitting)
    }

    /// A fact: of these members only. Where something is known already that may exclude them, the
    /// generator knows nothing.
    fn known(&self, entry: &Entry, members: Vec<Ty>) -> Vec<Entry> {
        if !self.may_compare(&entry.path) {
            return Vec::new();
        }
        let ty = match members.as_slice() {
            [one] => one.clone(),
            _ => Ty::Union(Rc::new(members)),
        };
        vec![Entry { ty, ..entry.clone() }]
    }

    /// `x.own != null`, of a field that only some members have.
    fn field_test(&mut self, entry: &Entry, members: &[Ty]) -> Option<Cond> {
        let has = |member: &Ty, name: &str| {
            self.fields_of(member).is_some_and(|fields| fields.iter().any(|(n, _)| n == name))
        };
        let names: Vec<String> = members
            .iter()
            .filter_map(|m| self.fields_of(m))
            .flat_map(|fields| fields.iter().map(|(n, _)| n.clone()))
            .filter(|name| !members.iter().all(|m| has(m, name)))
            .collect();
        let records = members.iter().all(|m| self.fields_of(m).is_some());
        let kept = |name: &str| members.iter().filter(|m| has(m, name)).cloned().collect();
        let known: Vec<(String, Vec<Ty>)> =
            names.into_iter().map(|n| (n.clone(), kept(&n))).collect();
        let (name, having) = if records { self.choices.pick(&known)? } else { return None };
        let then = self.known(entry, having);
        self.compared.push(entry.path.to_string());
        let text = format!("({}.{name} != null)", entry.path);
        Some(Cond { text, then, otherwise: Vec::new() })
    }

    /// A union for another type: a larger one, or what all of its members are.
    pub(super) fn as_another(&mut self, env: &Env) -> Option<(String, Ty)> {
        if self.choices.below(2) == 1 {
            return self.as_what_is_shared(env);
        }
        let all = self.readable(env);
        let is_union = |e: &&Entry| matches!(e.ty, Ty::Union(_));
        let known: Vec<Entry> =
            all.iter().filter(|e| e.known && e.whole).filter(is_union).cloned().collect();
        if self.choices.below(2) == 1
            && let Some(entry) = self.choices.pick(&known)
        {
            return Some((entry.path.to_string(), entry.ty));
        }
        let more = Ty::Duration.list();
        let fitting: Vec<(String, Ty)> = all
            .into_iter()
            .filter(|e| e.whole && e.var.is_none())
            .filter_map(|e| match self.peel(&e.ty) {
                Ty::Union(members) if !members.contains(&more) => {
                    let mut members = members.to_vec();
                    members.push(more.clone());
                    Some((e.path.to_string(), Ty::Union(Rc::new(members))))
                }
                _ => None,
            })
            .collect();
        self.choices.pick(&fitting)
    }

    /// `let x: { name: string } = u`, of a union whose members all fit.
    fn as_what_is_shared(&mut self, env: &Env) -> Option<(String, Ty)> {
        let all = self.readable(env);
        let fitting: Vec<(String, Ty)> = all
            .into_iter()
            .filter(|e| e.whole && e.var.is_none())
            .filter_map(|e| match self.peel(&e.ty) {
                Ty::Union(members) => {
                    let mut shared = self.shared_fields(members);
                    shared.retain(|(_, ty)| !matches!(ty, Ty::Texts(_)));
                    let to = Ty::Rec(Rc::new(shared));
                    let some = !matches!(&to, Ty::Rec(fields) if fields.is_empty());
                    (some && self.fits(&e.ty, &to, 8)).then(|| (e.path.to_string(), to))
                }
                _ => None,
            })
            .collect();
        self.choices.pick(&fitting)
    }

    /// `x.kind == "a"`
    pub(super) fn member_test(&mut self, env: &Env) -> Option<Cond> {
        let (entry, members) = self.union_entry(env, false)?;
        if self.choices.below(5) >= 3
            && let Some(cond) = self.field_test(&entry, &members)
        {
            return Some(cond);
        }
        let (field, tags) = self.tag(&members)?;
        if self.choices.below(3) == 2
            && let Some(cond) = self.either(&entry, &members, &field, &tags)
        {
            return Some(cond);
        }
        let at = self.choices.below(members.len());
        let mut asked: Vec<usize> = vec![at];
        let shape = self.choices.below(3);
        if shape == 2 && members.len() > 2 {
            let other = (at + 1) % members.len();
            asked.push(other);
        }
        let literals: Vec<String> = asked
            .iter()
            .flat_map(|i| tags.get(*i).into_iter().flatten())
            .map(|t| format!("\"{t}\""))
            .collect();
        let path = format!("{}.{field}", entry.path);
        let (text, not) = match (literals.as_slice(), shape) {
            ([one], 0) => (format!("({path} == {one})"), false),
            ([one], 1) => (format!("({path} != {one})"), true),
            _ => (format!("({path} in [{}])", literals.join(", ")), false),
        };
        let part = |wanted: bool| -> Vec<Ty> {
            let kept = members.iter().enumerate().filter(|(i, _)| asked.contains(i) == wanted);
            kept.map(|(_, m)| m.clone()).collect()
        };
        let (yes, no) = (self.known(&entry, part(true)), self.known(&entry, part(false)));
        self.compared.push(entry.path.to_string());
        let (then, otherwise) = if not { (no, yes) } else { (yes, no) };
        Some(Cond { text, then, otherwise })
    }

    /// `x.kind == "a" or x.mood == "low"`
    fn either(
        &mut self,
        entry: &Entry,
        members: &[Ty],
        field: &str,
        tags: &[Vec<String>],
    ) -> Option<Cond> {
        let moods: Option<Vec<String>> = members
            .iter()
            .map(|m| {
                let (_, ty) = self.fields_of(m)?.iter().find(|(n, _)| n == MOOD)?;
                if let Ty::Texts(texts) = ty { texts.first().cloned() } else { None }
            })
            .collect();
        let (moods, tag) = (moods?, self.choices.pick(tags)?.first()?.clone());
        let mood = self.choices.pick(&moods)?;
        let has = |i: usize| tags[i].contains(&tag) || moods[i] == mood;
        let all: Vec<usize> = (0..members.len()).collect();
        let of = |kept: Vec<usize>| kept.into_iter().map(|i| members[i].clone()).collect();
        let then = self.known(entry, of(all.iter().copied().filter(|i| has(*i)).collect()));
        let only = |i: usize| tags[i] == [tag.clone()] || moods[i] == mood;
        let left: Vec<Ty> = of(all.into_iter().filter(|i| !only(*i)).collect());
        let otherwise = if left.is_empty() { Vec::new() } else { self.known(entry, left) };
        self.compared.push(entry.path.to_string());
        let path = &entry.path;
        let text = match self.choices.below(2) {
            0 => format!("({path}.{field} == \"{tag}\" or {path}.{MOOD} == \"{mood}\")"),
            _ => format!("(not ({path}.{MOOD} != \"{mood}\" and {path}.{field} != \"{tag}\"))"),
        };
        Some(Cond { text, then, otherwise })
    }

    /// The fields of a record that may be read.
    fn fields_of<'t>(&'t self, ty: &'t Ty) -> Option<&'t [(String, Ty)]> {
        match self.peel(ty) {
            Ty::Rec(fields) => Some(fields),
            Ty::Holes(fields) => Some(&fields.0),
            _ => None,
        }
    }

    /// `match x { int n => …, { kind: "a" } r => … }`, or by the field that tells members apart.
    pub(super) fn union_subject(&mut self, env: &Env) -> Option<(String, Vec<Arm>)> {
        let (entry, members) = self.union_entry(env, true)?;
        let tag = if entry.ty.is_opt() { None } else { self.tag(&members) };
        if !entry.whole && tag.is_none() {
            return None;
        }
        let found = self.union_arms(&entry, &members, tag);
        self.compared.push(entry.path.to_string());
        Some(found)
    }

    fn union_arms(
        &mut self,
        entry: &Entry,
        members: &[Ty],
        tag: Option<(String, Vec<Vec<String>>)>,
    ) -> (String, Vec<Arm>) {
        let last = members.len() - 1;
        let rest = self.choices.below(4) == 3;
        let mut arms = Vec::new();
        if let Some((field, tags)) = tag
            && (!entry.whole || self.choices.below(2) == 1)
        {
            for (i, (member, tags)) in members.iter().zip(&tags).enumerate() {
                let quoted: Vec<String> = tags.iter().map(|t| format!("\"{t}\"")).collect();
                let pattern = if i == last && rest { "_".to_owned() } else { quoted.join(" | ") };
                let facts = self.known(entry, vec![member.clone()]);
                arms.push(Arm { facts, ..Arm::new(pattern) });
            }
            return (format!("{}.{field}", entry.path), arms);
        }
        if entry.ty.is_opt() {
            arms.push(Arm::new("null".to_owned()));
        }
        let is_plain = |m: &Ty| matches!(m, Ty::Int | Ty::Str | Ty::Bool | Ty::Uuid | Ty::Duration);
        let mut from = 0;
        if let [a, b, _, ..] = members
            && is_plain(a)
            && is_plain(b)
            && self.choices.below(2) == 1
        {
            let facts = self.known(entry, vec![a.clone(), b.clone()]);
            let pattern = format!("{} | {}", self.show(a), self.show(b));
            arms.push(Arm { facts, ..Arm::new(pattern) });
            from = 2;
        }
        for (i, member) in members.iter().enumerate().skip(from) {
            let facts = self.known(entry, vec![member.clone()]);
            let (pattern, binding) = match member {
                _ if i == last && rest => ("_".to_owned(), None),
                Ty::Texts(_) | Ty::Numbers(_) => (self.show(member), None),
                _ => {
                    let name = self.name("m");
                    (format!("{} {name}", self.show(member)), Some((name, member.clone())))
                }
            };
            arms.push(Arm { facts, binding, ..Arm::new(pattern) });
        }
        (entry.path.to_string(), arms)
    }

    /// `match x { int n => …, null => … }`
    pub(super) fn nullable_subject(&mut self, env: &Env) -> Option<(String, Vec<Arm>)> {
        let entry = self.nullable(env)?;
        let inner = entry.ty.inner().clone();
        if !entry.whole
            || entry.var.is_some()
            || entry.path.starts_with("loop.")
            || !self.may_test(&entry.path)
            || self.may_give_null(&entry.path)
            || matches!(self.peel(&inner), Ty::Union(_) | Ty::Texts(_) | Ty::Numbers(_) | Ty::Bool)
        {
            return None;
        }
        self.tested.push(entry.path.to_string());
        let name = self.name("m");
        let pattern = format!("{} {name}", self.show(&inner));
        let facts = vec![entry.clone()];
        let there = Arm { facts, binding: Some((name, inner)), ..Arm::new(pattern) };
        Some((entry.path.to_string(), vec![there, Arm::new("null".to_owned())]))
    }

    /// `match trigger { t0 => …, t1 => … }`
    pub(super) fn trigger_subject(&mut self, env: &Env) -> (String, Vec<Arm>) {
        let mut arms = Vec::new();
        let rest = self.choices.below(3) == 2;
        for (i, fired) in env.fired.iter().enumerate() {
            let name = env.cases.get(*fired).map(|(name, _)| name.clone()).unwrap_or_default();
            let last = i + 1 == env.fired.len();
            let pattern = if last && rest { "_".to_owned() } else { name };
            arms.push(Arm { fired: Some(vec![*fired]), ..Arm::new(pattern) });
        }
        ("trigger".to_owned(), arms)
    }

    /// What there is in an arm.
    pub(super) fn in_arm(&self, env: &Env, arm: &Arm) -> Env {
        let mut inner = env.clone();
        arm.facts.iter().for_each(|fact| inner.narrow(fact));
        if let Some((name, ty)) = &arm.binding {
            inner.add(name, ty.clone());
        }
        if let Some(fired) = &arm.fired {
            inner.know_fired(fired);
        }
        inner
    }

    /// Whether only parts of the values of a type may be read.
    pub(super) fn is_partial(&self, ty: &Ty) -> bool {
        match ty {
            Ty::Holes(_) => true,
            Ty::Opt(of) | Ty::List(of) | Ty::Map(of) => self.is_partial(of),
            Ty::Union(members) => members.iter().any(|m| self.is_partial(m)),
            _ => false,
        }
    }

    /// A record of which the program reads only some fields.
    pub(super) fn holes(&mut self) -> Ty {
        let mut seen = Vec::new();
        for (i, name) in ["a", "b"].iter().enumerate() {
            if i == 0 || self.choices.below(2) == 1 {
                let ty = self.ty(1);
                seen.push(((*name).to_owned(), ty));
            }
        }
        let mut hidden = Vec::new();
        for name in ["zz", "zy"].iter().take(1 + self.choices.below(2)) {
            let ty = self.ty(1);
            hidden.push(((*name).to_owned(), ty));
        }
        let ty = match self.choices.below(3) {
            2 => self.tagged_holes(&hidden),
            _ => Ty::Holes(Rc::new((seen, hidden))),
        };
        match self.choices.below(4) {
            0 | 1 => ty,
            2 => ty.list(),
            _ => ty.opt(),
        }
    }

    /// A union of records that a field tells apart, some of which have fields that nobody reads.
    fn tagged_holes(&mut self, hidden: &[(String, Ty)]) -> Ty {
        let mut members = self.tagged(1);
        for member in members.iter_mut().skip(self.choices.below(2)) {
            if let Ty::Rec(fields) = member {
                *member = Ty::Holes(Rc::new((fields.to_vec(), hidden.to_vec())));
            }
        }
        Ty::Union(Rc::new(members))
    }

    /// A list of records of which only some fields may be read, with their type.
    pub(super) fn partial_list(&mut self, env: &Env) -> Option<(Ty, String)> {
        let all = self.readable(env);
        let lists: Vec<(Ty, String)> = all
            .into_iter()
            .filter_map(|e| match &e.ty {
                Ty::List(of) if self.is_partial(of) && !of.is_opt() => {
                    Some((Ty::clone(of), e.path.to_string()))
                }
                _ => None,
            })
            .collect();
        self.choices.pick(&lists)
    }
}
