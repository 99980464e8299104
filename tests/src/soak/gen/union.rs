//! Unions: their types, and what taking them apart tells.

use std::rc::Rc;

use super::cond::Cond;
use super::env::{Entry, Env};
use super::program::Maker;
use super::ty::Ty;

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
                ];
                self.choices.pick(&all).unwrap_or_default()
            }
            _ => {
                let one = Ty::rec(&[("a", Ty::Int), ("name", Ty::Str)]);
                let two = Ty::rec(&[("b", Ty::Int.list()), ("name", Ty::Str)]);
                vec![one, two]
            }
        };
        Ty::Union(Rc::new(members))
    }

    /// Records that the field `kind` tells apart.
    fn tagged(&mut self, depth: usize) -> Vec<Ty> {
        let shared = self.ty(depth.min(1));
        let tags: [&[&str]; 3] = [&["a"], &["b"], &["c", "d"]];
        let count = 2 + self.choices.below(2);
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
            members.push(Ty::Rec(Rc::new(fields)));
        }
        members
    }

    /// The fields that all members have, where they are of one type, or literals.
    pub(super) fn shared_fields(&self, members: &[Ty]) -> Vec<(String, Ty)> {
        let mut shared = Vec::new();
        let Some(Ty::Rec(first)) = members.first().map(|m| self.peel(m)) else { return shared };
        for (name, ty) in first.iter() {
            let mut texts: Option<Vec<String>> = Some(Vec::new());
            let mut same = true;
            for member in members {
                let found = match self.peel(member) {
                    Ty::Rec(fields) => fields.iter().find(|(n, _)| n == name).map(|(_, ty)| ty),
                    _ => None,
                };
                same &= found == Some(ty);
                texts = match (texts, found) {
                    (Some(mut texts), Some(Ty::Texts(more))) => {
                        texts.extend(more.iter().cloned());
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
        let Some(Ty::Rec(first)) = members.first().map(|m| self.peel(m)) else { return None };
        first.iter().find_map(|(name, _)| {
            let of = |member: &Ty| match self.peel(member) {
                Ty::Rec(fields) => fields.iter().find_map(|(n, ty)| match ty {
                    Ty::Texts(texts) if n == name => Some(texts.to_vec()),
                    _ => None,
                }),
                _ => None,
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
            .filter(|e| self.may_compare(&e.path))
            .filter(|e| {
                !(e.ty.is_opt() && self.tested.iter().any(|t| e.path.starts_with(t.as_str())))
            })
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

    /// A fact: of these members only.
    fn known(&self, entry: &Entry, members: Vec<Ty>) -> Entry {
        let ty = match members.as_slice() {
            [one] => one.clone(),
            _ => Ty::Union(Rc::new(members)),
        };
        Entry { ty, ..entry.clone() }
    }

    /// `x.own != null`, of a field that only some members have.
    fn field_test(&mut self, entry: &Entry, members: &[Ty]) -> Option<Cond> {
        let has = |member: &Ty, name: &str| match self.peel(member) {
            Ty::Rec(fields) => fields.iter().any(|(n, _)| n == name),
            _ => false,
        };
        let names: Vec<String> = members
            .iter()
            .filter_map(|m| if let Ty::Rec(fields) = self.peel(m) { Some(fields) } else { None })
            .flat_map(|fields| fields.iter().map(|(n, _)| n.clone()))
            .filter(|name| !members.iter().all(|m| has(m, name)))
            .collect();
        let records = members.iter().all(|m| matches!(self.peel(m), Ty::Rec(_)));
        let kept = |name: &str| members.iter().filter(|m| has(m, name)).cloned().collect();
        let known: Vec<(String, Vec<Ty>)> =
            names.into_iter().map(|n| (n.clone(), kept(&n))).collect();
        let (name, having) = if records { self.choices.pick(&known)? } else { return None };
        self.compared.push(entry.path.to_string());
        let then = vec![self.known(entry, having)];
        let text = format!("({}.{name} != null)", entry.path);
        Some(Cond { text, then, otherwise: Vec::new() })
    }

    /// A union for another type: a larger one, or what all of its members are.
    pub(super) fn as_another(&mut self, env: &Env) -> Option<(String, Ty)> {
        if self.choices.below(2) == 1 {
            return self.as_what_is_shared(env);
        }
        let all = self.readable(env);
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
        self.compared.push(entry.path.to_string());
        let part = |wanted: bool| -> Vec<Ty> {
            let kept = members.iter().enumerate().filter(|(i, _)| asked.contains(i) == wanted);
            kept.map(|(_, m)| m.clone()).collect()
        };
        let (yes, no) = (self.known(&entry, part(true)), self.known(&entry, part(false)));
        let (then, otherwise) = if not { (no, yes) } else { (yes, no) };
        Some(Cond { text, then: vec![then], otherwise: vec![otherwise] })
    }

    /// `match x { int n => …, { kind: "a" } r => … }`, or by the field that tells members apart.
    pub(super) fn union_subject(&mut self, env: &Env) -> Option<(String, Vec<Arm>)> {
        let (entry, members) = self.union_entry(env, true)?;
        let tag = if entry.ty.is_opt() { None } else { self.tag(&members) };
        if !entry.whole && tag.is_none() {
            return None;
        }
        self.compared.push(entry.path.to_string());
        let last = members.len() - 1;
        let rest = self.choices.below(4) == 3;
        let mut arms = Vec::new();
        if let Some((field, tags)) = tag
            && (!entry.whole || self.choices.below(2) == 1)
        {
            for (i, (member, tags)) in members.iter().zip(&tags).enumerate() {
                let quoted: Vec<String> = tags.iter().map(|t| format!("\"{t}\"")).collect();
                let pattern = if i == last && rest { "_".to_owned() } else { quoted.join(" | ") };
                let facts = vec![self.known(&entry, vec![member.clone()])];
                arms.push(Arm { facts, ..Arm::new(pattern) });
            }
            return Some((format!("{}.{field}", entry.path), arms));
        }
        if entry.ty.is_opt() {
            arms.push(Arm::new("null".to_owned()));
        }
        let is_plain = |m: &Ty| matches!(m, Ty::Int | Ty::Str | Ty::Bool | Ty::Uuid | Ty::Duration);
        let mut from = 0;
        if let [a, b, _, ..] = members.as_slice()
            && is_plain(a)
            && is_plain(b)
            && self.choices.below(2) == 1
        {
            let facts = vec![self.known(&entry, vec![a.clone(), b.clone()])];
            let pattern = format!("{} | {}", self.show(a), self.show(b));
            arms.push(Arm { facts, ..Arm::new(pattern) });
            from = 2;
        }
        for (i, member) in members.iter().enumerate().skip(from) {
            let facts = vec![self.known(&entry, vec![member.clone()])];
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
        Some((entry.path.to_string(), arms))
    }

    /// `match x { int n => …, null => … }`
    pub(super) fn nullable_subject(&mut self, env: &Env) -> Option<(String, Vec<Arm>)> {
        let entry = self.nullable(env)?;
        let inner = entry.ty.inner().clone();
        let taken = self.tested.iter().any(|t| entry.path.starts_with(t.as_str()));
        if !entry.whole
            || entry.var.is_some()
            || taken
            || entry.path.starts_with("loop.")
            || !self.may_compare(&entry.path)
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
        let ty = Ty::Holes(Rc::new((seen, hidden)));
        match self.choices.below(4) {
            0 | 1 => ty,
            2 => ty.list(),
            _ => ty.opt(),
        }
    }

    /// A list of records of which only some fields may be read, with their type.
    pub(super) fn partial_list(&mut self, env: &Env) -> Option<(Ty, String)> {
        let all = self.readable(env);
        let lists: Vec<(Ty, String)> = all
            .into_iter()
            .filter_map(|e| match &e.ty {
                Ty::List(of) if matches!(**of, Ty::Holes(_)) => {
                    Some((Ty::clone(of), e.path.to_string()))
                }
                _ => None,
            })
            .collect();
        self.choices.pick(&lists)
    }
}
