//! Schemas become types. Objects become named records, which are filled one after another, so that
//! schemas may lead back to themselves and nothing recurses as deep as they do.

use std::collections::hash_map::Entry;

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use wf_types::{Def, DefId, DefKind, Field, Literal, RecordType, Type, TypeDefs};

use super::expand::{Expansion, MAX_ALTERNATIVES, Plain, TooMany};
use super::files::Schemas;
use super::keywords::{self, Kinds};
use super::names::Names;
use super::object::{self, Object, State};
use super::tree::{Json, NodeId};
use crate::check::expr::record::MAX_FIELDS;
use crate::check::types::relate;

/// How deep lists and maps are nested before the inner ones get names of their own.
const MAX_DEPTH: usize = 16;

/// How many schemas and alternatives a program may lead to; what lies beyond is `json`.
const MAX_WORK: usize = 3_000_000;

/// How many types may be made of the schemas of a program.
const MAX_RECORDS: usize = 20_000;

/// How many literals a type may have before it is taken as `string` or `int`.
const MAX_LITERALS: usize = 1_000;

/// What of a schema has no type, and why.
#[derive(Debug)]
pub(super) struct Untyped {
    /// Where it stands.
    pub(super) node: NodeId,
    /// Why, as what goes on after "… becomes `json`: ".
    pub(super) why: &'static str,
}

/// A type that is being made, or is made.
enum Memo {
    Open { nullable: bool, named: Option<DefId> },
    Done(Type),
}

/// What waits to be filled.
enum Later {
    Record(DefId, Box<Object>),
    Alias(DefId, Box<Pieces>, NodeId),
}

/// The parts of a type.
#[derive(Clone, Default)]
struct Pieces {
    nullable: bool,
    /// The kinds in the order in which the schema has them.
    order: Vec<Kinds>,
    /// The kinds of scalars that are there with all their values.
    whole: u8,
    literals: Vec<Literal>,
    known: FxHashSet<Literal>,
    /// The items of arrays.
    items: Option<State>,
    objects: Vec<Object>,
}

/// Makes types.
pub(super) struct Builder<'a> {
    schemas: &'a Schemas,
    /// The named types of the program.
    pub(super) defs: &'a mut TypeDefs,
    /// The names of records.
    names: Names,
    memo: FxHashMap<State, Memo>,
    records: FxHashMap<State, DefId>,
    later: Vec<Later>,
    work: usize,
    /// The types of `use schema` items, by what they are of.
    own: FxHashMap<State, DefId>,
    /// The records among them that nobody has filled yet.
    empty: FxHashSet<DefId>,
    /// The records that were made, each with a schema that it comes from.
    pub(super) made: Vec<(DefId, NodeId)>,
    /// The schema of each field that was made.
    pub(super) fields: FxHashMap<(DefId, usize), NodeId>,
    /// What became `json`.
    pub(super) untyped: Vec<Untyped>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(schemas: &'a Schemas, defs: &'a mut TypeDefs) -> Self {
        let names = Names::new(defs);
        Self {
            schemas,
            defs,
            names,
            memo: FxHashMap::default(),
            records: FxHashMap::default(),
            later: Vec::new(),
            work: 0,
            own: FxHashMap::default(),
            empty: FxHashSet::default(),
            made: Vec::new(),
            fields: FxHashMap::default(),
            untyped: Vec::new(),
        }
    }

    /// Says that a `use schema` is of this schema, before any of them is made.
    pub(super) fn announce(&mut self, node: NodeId, id: DefId, name: &SmolStr) {
        let target = self.target(node);
        self.own.entry(vec![vec![target]]).or_insert(id);
        self.names.announce(target, name);
    }

    /// Makes the type of a `use schema`, and all that it leads to.
    pub(super) fn import(&mut self, node: NodeId, id: DefId) {
        let ty = self.type_of(vec![vec![node]], node, 0);
        if ty != Type::Named(id) {
            self.defs.set(id, DefKind::Alias(ty));
        }
        while let Some(later) = self.later.pop() {
            match later {
                Later::Record(id, object) => self.fill(id, &object),
                Later::Alias(id, pieces, node) => {
                    let ty = self.assemble(*pieces, node, 0).unwrap_or(Type::Json);
                    self.defs.set(id, DefKind::Alias(ty));
                }
            }
        }
    }

    /// The schema that a `$ref` leads to in the end.
    fn target(&self, node: NodeId) -> NodeId {
        let (mut at, mut steps) = (node, 0);
        while keywords::is_reference_only(self.schemas, at) && steps < 10_000 {
            let Some(next) = self.schemas.refs.get(&at) else { break };
            at = *next;
            steps += 1;
        }
        at
    }

    fn normal(&self, mut state: State) -> State {
        for all in &mut state {
            all.iter_mut().for_each(|node| *node = self.target(*node));
            all.sort_unstable();
            all.dedup();
        }
        state.sort();
        state.dedup();
        state
    }

    fn untyped(&mut self, node: NodeId, why: &'static str) -> Type {
        self.untyped.push(Untyped { node, why });
        Type::Json
    }

    /// The type of values that some of these alternatives hold of; `node` is where it stands.
    fn type_of(&mut self, state: State, node: NodeId, depth: usize) -> Type {
        let state = self.normal(state);
        let node = match state.as_slice() {
            [all] if all.len() == 1 => all.first().copied().unwrap_or(node),
            _ => node,
        };
        match self.memo.get_mut(&state) {
            Some(Memo::Done(ty)) => return ty.clone(),
            Some(Memo::Open { nullable, named }) => {
                let nullable = *nullable;
                let id = match named {
                    Some(id) => *id,
                    None => {
                        let id = self.name(node, None);
                        if let Some(Memo::Open { named, .. }) = self.memo.get_mut(&state) {
                            *named = Some(id);
                        }
                        id
                    }
                };
                return if nullable { Type::Named(id).optional() } else { Type::Named(id) };
            }
            None => {}
        }
        let ty = match self.pieces(&state, node) {
            Ok(pieces) => self.whole(&state, pieces, node, depth),
            Err(ty) => ty,
        };
        self.memo.insert(state, Memo::Done(ty.clone()));
        ty
    }

    fn whole(&mut self, state: &State, pieces: Pieces, node: NodeId, depth: usize) -> Type {
        let nullable = pieces.nullable;
        let named = self.own.get(state).copied();
        let nested = pieces.items.is_some() || pieces.objects.iter().any(|o| o.rest.is_some());
        if nested && depth >= MAX_DEPTH {
            let id = self.name(node, None);
            self.later.push(Later::Alias(id, Box::new(pieces), node));
            return if nullable { Type::Named(id).optional() } else { Type::Named(id) };
        }
        // A `use schema` of a single kind of object gives it its name, unless null is there as well:
        // then the name is that of both.
        if let (Some(id), [object], false) = (named, pieces.objects.as_slice(), nullable)
            && pieces.order == [Kinds::OBJECT]
            && object.rest.is_none()
            && object.properties.len() <= MAX_FIELDS
            && let Entry::Vacant(place) = self.records.entry(object.key.clone())
        {
            place.insert(id);
            self.empty.insert(id);
        }
        self.memo.insert(state.clone(), Memo::Open { nullable, named: None });
        let ty = self.assemble(pieces, node, depth);
        let named = match self.memo.get(state) {
            Some(Memo::Open { named, .. }) => *named,
            _ => None,
        };
        let ty = match (ty, named) {
            (Some(ty), Some(id)) => {
                self.defs.set(id, DefKind::Alias(ty));
                Type::Named(id)
            }
            (Some(ty), None) => ty,
            (None, _) if nullable => return Type::Null,
            (None, _) => return self.untyped(node, "no value fits it"),
        };
        if nullable { ty.optional() } else { ty }
    }

    /// A new named type that is filled later.
    fn name(&mut self, node: NodeId, alternative: Option<(NodeId, &str)>) -> DefId {
        let name = self.names.of(self.schemas, node, alternative);
        let kind = DefKind::Alias(Type::Json);
        let id = self.defs.add(Def { name, doc: self.doc(node), kind });
        self.made.push((id, node));
        id
    }

    fn doc(&self, node: NodeId) -> SmolStr {
        let tree = &self.schemas.tree;
        tree.text(node, "description")
            .or_else(|| tree.text(node, "title"))
            .cloned()
            .unwrap_or_default()
    }

    fn spend(&mut self, work: usize) -> Result<(), TooMany> {
        self.work += work;
        if self.work > MAX_WORK { Err(TooMany) } else { Ok(()) }
    }

    /// The alternatives of a state, written out.
    fn expand(&mut self, state: &State) -> Result<Vec<Plain>, TooMany> {
        self.spend(state.iter().map(|all| all.len() + 1).sum())?;
        let mut expansion = Expansion::new(self.schemas);
        let mut out: Vec<Plain> = Vec::new();
        for all in state {
            let plain = expansion.expand(all);
            self.work += expansion.steps();
            for plain in plain? {
                if !out.contains(&plain) {
                    out.push(plain);
                }
            }
            if out.len() > MAX_ALTERNATIVES {
                return Err(TooMany);
            }
        }
        self.spend(out.len() * out.len() / 64)?;
        Ok(out)
    }

    /// The parts of a type; where there is only one type, as for anything, it is the error.
    fn pieces(&mut self, state: &State, node: NodeId) -> Result<Pieces, Type> {
        const TOO_MANY: &str = "it has too many alternatives";
        if self.made.len() > MAX_RECORDS {
            return Err(self.untyped(node, "the schemas of the program have too many parts"));
        }
        let Ok(plains) = self.expand(state) else { return Err(self.untyped(node, TOO_MANY)) };
        let mut pieces = Pieces::default();
        // A `nullable` beside a `$ref` or an `allOf` is meant for the whole.
        if let [all] = state.as_slice()
            && let [only] = all.as_slice()
        {
            pieces.nullable = keywords::is_nullable(&self.schemas.tree, *only);
        }
        for plain in &plains {
            if plain.kinds == Kinds::ANY && object::values(self.schemas, plain).is_none() {
                let unknown = |n: &NodeId| keywords::has_unknown_type(&self.schemas.tree, *n);
                if plain.leaves.iter().any(unknown) {
                    return Err(self.untyped(node, "its `type` is none of JSON Schema"));
                }
                return Err(self.anything(state, node));
            }
            if self.spend(plain.leaves.len()).is_err() {
                return Err(self.untyped(node, TOO_MANY));
            }
            self.add_plain(&mut pieces, plain)?;
        }
        if pieces.literals.len() > MAX_LITERALS {
            for literal in std::mem::take(&mut pieces.literals) {
                pieces.whole |= literal_kind(&literal).0;
            }
        }
        Ok(pieces)
    }

    /// Any value fits: fine where the schema says so, told where it says nothing but itself.
    fn anything(&mut self, state: &State, node: NodeId) -> Type {
        let tree = &self.schemas.tree;
        let only = match state.as_slice() {
            [all] => match all.as_slice() {
                [only] => Some(*only),
                _ => None,
            },
            _ => None,
        };
        if let Some(only) = only {
            if self.schemas.refs.contains_key(&only) {
                return self.untyped(node, "its `$ref` leads back to itself");
            }
            if !matches!(tree.json(only), Json::Object(_) | Json::Bool(_)) {
                return self.untyped(node, "it is no schema: one is an object, `true` or `false`");
            }
            if let Some(keyword) = keywords::without_type(tree, only) {
                return self.untyped(node, without_type(keyword));
            }
        }
        Type::Json
    }

    fn add_plain(&mut self, pieces: &mut Pieces, plain: &Plain) -> Result<(), Type> {
        let tree = &self.schemas.tree;
        let mut kinds = plain.kinds;
        if let Some(values) = object::values(self.schemas, plain) {
            for value in values {
                let literal = match tree.json(value) {
                    Json::Null => {
                        pieces.nullable = true;
                        continue;
                    }
                    Json::Bool(b) => Literal::Bool(*b),
                    Json::Int(i) => Literal::Int(*i),
                    Json::String(s) => Literal::String(s.clone()),
                    Json::Number(_) => {
                        pieces.see(Kinds::FRACTION);
                        pieces.whole |= Kinds::FRACTION.0;
                        continue;
                    }
                    Json::Array(_) | Json::Object(_) => {
                        return Err(self.untyped(
                            value,
                            "a literal is a text, a whole number or a truth value",
                        ));
                    }
                };
                pieces.see(literal_kind(&literal));
                if pieces.known.insert(literal.clone()) {
                    pieces.literals.push(literal);
                }
            }
            // With `nullable` null is there beside the values.
            kinds = kinds.and(Kinds::NULL);
            let nullable = plain.leaves.iter().all(|n| keywords::kinds(tree, *n).has(Kinds::NULL));
            pieces.nullable |= kinds.has(Kinds::NULL) && nullable;
            return Ok(());
        }
        pieces.nullable |= kinds.has(Kinds::NULL);
        for scalar in [Kinds::BOOL, Kinds::INT, Kinds::FRACTION, Kinds::STRING] {
            if kinds.has(scalar) {
                pieces.see(scalar);
                pieces.whole |= scalar.0;
            }
        }
        if kinds.has(Kinds::ARRAY) {
            pieces.see(Kinds::ARRAY);
            let node = plain.leaves.first().copied();
            match object::items(self.schemas, plain) {
                Some(state) => pieces.items.get_or_insert_default().extend(state),
                None => {
                    let node = node.unwrap_or(NodeId(0));
                    return Err(self.untyped(node, "it has too many alternatives"));
                }
            }
        }
        if kinds.has(Kinds::OBJECT) {
            pieces.see(Kinds::OBJECT);
            pieces.objects.push(object::object(self.schemas, plain));
        }
        Ok(())
    }

    /// The type of some parts, null left out; none where there is nothing but null.
    fn assemble(&mut self, pieces: Pieces, node: NodeId, depth: usize) -> Option<Type> {
        let Pieces { order, whole, literals, items, mut objects, .. } = pieces;
        let whole = Kinds(whole);
        let mut members: Vec<Type> = Vec::new();
        for kind in order {
            match kind {
                // Whole numbers are among all numbers.
                Kinds::INT if whole.has(Kinds::FRACTION) => {}
                Kinds::FRACTION => members.push(Type::Float),
                Kinds::BOOL | Kinds::INT | Kinds::STRING => {
                    if whole.has(kind) {
                        members.push(scalar(kind));
                        continue;
                    }
                    let own = literals.iter().filter(|l| literal_kind(l) == kind).cloned();
                    match relate::of_literals(own.collect()) {
                        Type::Union(literals) => members.extend(literals.iter().cloned()),
                        Type::Never => {}
                        one => members.push(one),
                    }
                }
                Kinds::ARRAY => {
                    let state = items.clone().unwrap_or_else(object::any);
                    let place = place_of(&state).unwrap_or(node);
                    members.push(self.type_of(state, place, depth + 1).list());
                }
                Kinds::OBJECT => {
                    let objects = std::mem::take(&mut objects);
                    let all = self.objects(objects, node, depth);
                    if all.contains(&Type::Json) {
                        return Some(Type::Json);
                    }
                    members.extend(all);
                }
                _ => {}
            }
        }
        match members.len() {
            0 => None,
            1 => members.pop(),
            _ => Some(Type::Union(members.into())),
        }
    }

    /// The types of the objects of one type: those that a literal tells apart stay apart.
    fn objects(&mut self, objects: Vec<Object>, node: NodeId, depth: usize) -> Vec<Type> {
        let count = objects.len();
        let groups = object::groups(objects, |state| self.literals(state));
        let several = groups.len() > 1;
        let mut out = Vec::new();
        for object::Group { objects: group, label } in groups {
            let mut leaves = group.iter().flat_map(|object| &object.key).flatten().copied();
            // What is a schema of its own is called as that one, wherever it was met first.
            let place = match (leaves.next(), leaves.next()) {
                (Some(only), None) => only,
                // Put together of several, it is called as the alternative that it is.
                (Some(first), _) if several => match group.as_slice() {
                    [one] => one.from.map_or(first, |from| self.target(from)),
                    _ => node,
                },
                _ => node,
            };
            let Some(object) = object::merge(group) else {
                let why = "some of its alternatives have declared properties, others have any";
                return vec![self.untyped(node, why)];
            };
            if self.spend(count + object.properties.len()).is_err() {
                return vec![self.untyped(node, "it has too many alternatives")];
            }
            let ty = match &object.rest {
                Some(rest) => {
                    let place = place_of(rest).unwrap_or(place);
                    self.type_of(rest.clone(), place, depth + 1).map()
                }
                None if object.properties.len() > MAX_FIELDS => {
                    self.untyped(place, "it has too many properties");
                    Type::Json.map()
                }
                None => Type::Named(self.record(object, place, Some((node, &label)))),
            };
            if !out.contains(&ty) {
                out.push(ty);
            }
        }
        out
    }

    fn record(
        &mut self,
        object: Object,
        node: NodeId,
        alternative: Option<(NodeId, &str)>,
    ) -> DefId {
        match self.records.get(&object.key) {
            // One of a `use schema`, which nobody has filled yet.
            Some(id) => {
                let id = *id;
                if self.empty.remove(&id) {
                    self.made.push((id, node));
                    self.later.push(Later::Record(id, Box::new(object)));
                }
                id
            }
            None => {
                let id = self.name(node, alternative);
                self.records.insert(object.key.clone(), id);
                self.later.push(Later::Record(id, Box::new(object)));
                id
            }
        }
    }

    fn fill(&mut self, id: DefId, object: &Object) {
        let mut record = RecordType::default();
        for (name, property) in &object.properties {
            let node = property.node.or_else(|| place_of(&property.state));
            let node = node.or_else(|| object.key.first().and_then(|all| all.first()).copied());
            let Some(node) = node else { continue };
            let ty = self.type_of(property.state.clone(), node, 0);
            let ty = match property.required {
                true => ty,
                false => ty.optional(),
            };
            self.fields.insert((id, record.fields.len()), node);
            record.fields.push(Field { doc: self.doc(node), ..Field::new(name.clone(), ty) });
        }
        self.defs.set(id, DefKind::Alias(Type::Record(record.into())));
    }

    /// The literals that a value may be, where it can be nothing else.
    fn literals(&mut self, state: &State) -> Option<Vec<SmolStr>> {
        let plains = self.expand(state).ok()?;
        let mut out = Vec::new();
        for plain in &plains {
            for value in object::values(self.schemas, plain)? {
                out.push(object::literal_key(self.schemas.tree.json(value))?);
            }
            let nullable =
                plain.leaves.iter().any(|n| keywords::is_nullable(&self.schemas.tree, *n));
            if nullable || out.len() > MAX_LITERALS {
                return None;
            }
        }
        if out.is_empty() { None } else { Some(out) }
    }
}

impl Pieces {
    fn see(&mut self, kind: Kinds) {
        if !self.order.contains(&kind) {
            self.order.push(kind);
        }
    }
}

/// Why a schema that has such a keyword and no other has no type.
fn without_type(keyword: &str) -> &'static str {
    match keyword {
        "not" => "`not` says what its values are not, and nothing says what they are",
        "if" => {
            "`if` says nothing of values that do not fit it, and nothing else says what they are"
        }
        _ => "it limits its values, but has no `type` that says what they are",
    }
}

/// The schema that a state is of, where it is of one.
fn place_of(state: &State) -> Option<NodeId> {
    state.first().and_then(|all| all.first()).copied()
}

fn literal_kind(literal: &Literal) -> Kinds {
    match literal {
        Literal::Bool(_) => Kinds::BOOL,
        Literal::Int(_) => Kinds::INT,
        Literal::String(_) => Kinds::STRING,
    }
}

fn scalar(kind: Kinds) -> Type {
    match kind {
        Kinds::BOOL => Type::Bool,
        Kinds::INT => Type::Int,
        Kinds::FRACTION => Type::Float,
        _ => Type::String,
    }
}
