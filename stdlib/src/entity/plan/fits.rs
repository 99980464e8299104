//! Whether each value of one type, as its JSON is stored, is a value of another.

use std::collections::BTreeSet;

use wf_vm::bytecode::StoredType;
use wf_vm::bytecode::pushdown::Kind;

/// Types of a store, and types of a program.
pub(super) struct Fits<'a> {
    old: &'a [StoredType],
    new: &'a [StoredType],
    /// What is being asked already: recursive types fit where nothing speaks against it.
    asked: BTreeSet<(u16, u16)>,
    /// What was asked and is not so.
    refuted: BTreeSet<(u16, u16)>,
    /// Whether the types must be the same.
    exactly: bool,
}

/// How deep types are looked into; deeper ones are refused.
const DEPTH: usize = 200;

impl<'a> Fits<'a> {
    pub(super) fn new(old: &'a [StoredType], new: &'a [StoredType]) -> Self {
        Self { old, new, asked: BTreeSet::new(), refuted: BTreeSet::new(), exactly: false }
    }

    /// Whether each value of `old` is one of `new`.
    pub(super) fn fits(&mut self, old: u16, new: u16) -> bool {
        self.begin(false);
        self.ask(old, new, 0)
    }

    /// Whether both are the same type.
    pub(super) fn same(&mut self, old: u16, new: u16) -> bool {
        self.begin(true);
        self.ask(old, new, 0)
    }

    fn begin(&mut self, exactly: bool) {
        self.asked.clear();
        self.refuted.clear();
        self.exactly = exactly;
    }

    fn ask(&mut self, old: u16, new: u16, depth: usize) -> bool {
        if depth > DEPTH || self.refuted.contains(&(old, new)) {
            return false;
        }
        if !self.asked.insert((old, new)) {
            return true;
        }
        let holds = self.look(old, new, depth + 1);
        if !holds {
            self.refuted.insert((old, new));
        }
        holds
    }

    fn look(&mut self, old: u16, new: u16, depth: usize) -> bool {
        use StoredType::{
            Json, List, LiteralBool, LiteralInt, LiteralString, Map, Null, Optional, Plain, Record,
            Union,
        };
        let (old_types, new_types) = (self.old, self.new);
        let (Some(a), Some(b)) = (old_types.get(usize::from(old)), new_types.get(usize::from(new)))
        else {
            return false;
        };
        match (a, b) {
            (Json, Json) | (Null, Null) => true,
            (LiteralBool(_) | LiteralInt(_) | LiteralString(_), _) if a == b => true,
            (Plain(a), Plain(b)) if a == b => true,
            (Optional(a), Optional(b)) | (List(a), List(b)) | (Map(a), Map(b)) => {
                self.ask(*a, *b, depth)
            }
            (Union(members), _) if self.exactly => match b {
                Union(others) => {
                    members.len() == others.len()
                        && members.iter().zip(others).all(|(a, b)| self.ask(*a, *b, depth))
                }
                _ => false,
            },
            (Record(fields), Record(others)) => self.records(fields, others, depth),
            _ if self.exactly => false,
            (_, Json) | (Null, Optional(_)) => true,
            (Plain(Kind::Int), Plain(Kind::Decimal)) => true,
            (LiteralBool(_), Plain(Kind::Bool))
            | (LiteralInt(_), Plain(Kind::Int))
            | (LiteralString(_), Plain(Kind::String)) => true,
            (Union(members), _) => members.iter().all(|member| self.ask(*member, new, depth)),
            (_, Union(members)) => members.iter().any(|member| {
                // What was asked in vain must not count as asked.
                let asked = self.asked.clone();
                let fits = self.ask(old, *member, depth);
                if !fits {
                    self.asked = asked;
                }
                fits
            }),
            (_, Optional(inner)) => self.ask(old, *inner, depth),
            _ => false,
        }
    }

    fn records(
        &mut self,
        old: &[(smol_str::SmolStr, u16, bool)],
        new: &[(smol_str::SmolStr, u16, bool)],
        depth: usize,
    ) -> bool {
        let kept = old.iter().all(|(name, ty, may_lack)| {
            let Some((_, other, other_may_lack)) = new.iter().find(|(n, ..)| n == name) else {
                return false;
            };
            let lacks = match self.exactly {
                true => may_lack == other_may_lack,
                false => !may_lack || *other_may_lack || self.takes_null(*other),
            };
            lacks && self.ask(*ty, *other, depth)
        });
        let is_new = |name: &smol_str::SmolStr| old.iter().all(|(n, ..)| n != name);
        kept && new.iter().all(|(name, ty, may_lack)| {
            !is_new(name) || (!self.exactly && (*may_lack || self.takes_null(*ty)))
        })
    }

    fn takes_null(&self, ty: u16) -> bool {
        let ty = self.new.get(usize::from(ty));
        matches!(ty, Some(StoredType::Optional(_) | StoredType::Null | StoredType::Json))
    }
}
