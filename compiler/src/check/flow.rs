//! What is known at a point of a workflow: which steps have run, and which values are narrowed.
//!
//! Knowledge is a stack of layers. An arm of an `if`, a body or the right side of an `and` gets a
//! layer of its own, which holds only what changed in it; joining arms looks at these changes and
//! not at all that is known, so that long files stay linear.

pub(crate) mod clauses;
pub(crate) mod either;
pub(crate) mod excluded;
pub(crate) mod narrow;

use std::rc::Rc;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use wf_diagnostics::Span;
use wf_types::{Literal, Type, TypeDefs};

use crate::check::globals::Map;
use crate::check::types::{relate, union};
use crate::typed::{ConfigId, LocalId, StepId, VarId};

/// Where a path begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Root {
    /// A local.
    Local(LocalId),
    /// Whether the condition holds that a `let` gives a name. No value is read from here.
    Holds(LocalId),
    /// `variables.x`
    Variable(VarId),
    /// `steps.x`
    Step(StepId),
    /// `loop.x`
    Loop(StepId),
    /// `trigger`
    Trigger,
    /// Which of several triggers has fired, by its place.
    Fired,
    /// `config.x`
    Config(ConfigId),
}

/// A part of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Segment {
    /// `.name`, or `["name"]` of a record
    Field(SmolStr),
    /// `[1]`
    Index(i64),
}

/// A path that can be narrowed: a root, fields, and literal indexes and keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Path {
    /// Where it begins.
    pub(crate) root: Root,
    /// How it goes on.
    pub(crate) segments: Vec<Segment>,
}

impl Path {
    /// A path of a root alone.
    pub(crate) fn new(root: Root) -> Self {
        Self { root, segments: Vec::new() }
    }

    /// The path with one more part.
    pub(crate) fn then(mut self, segment: Segment) -> Self {
        self.segments.push(segment);
        self
    }
}

/// What is known of the value at a path, besides its type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fact {
    /// It is not null.
    pub(crate) non_null: bool,
    /// It is null.
    pub(crate) null: bool,
    /// It is one of these.
    pub(crate) only: Option<Vec<Literal>>,
    /// It is none of these.
    pub(crate) not: Vec<Literal>,
    /// It is of one of these members of its union, or one of these literals.
    pub(crate) members: Option<Vec<Type>>,
}

/// How many literals are kept apart: what is known of a value that may be any of more is forgotten,
/// so that a `match` of thousands of arms costs no more for each arm than a short one.
const MANY: usize = 512;

impl Fact {
    /// It is not null.
    pub(crate) fn non_null() -> Self {
        Self { non_null: true, ..Self::default() }
    }

    /// It is null.
    pub(crate) fn null() -> Self {
        Self { null: true, ..Self::default() }
    }

    /// It is one of these.
    pub(crate) fn only(literals: Vec<Literal>) -> Self {
        Self { non_null: true, only: Some(literals), ..Self::default() }
    }

    /// It is none of these.
    pub(crate) fn not(literals: Vec<Literal>) -> Self {
        Self { not: literals, ..Self::default() }
    }

    /// It is of one of these members of its union.
    pub(crate) fn members(members: Vec<Type>) -> Self {
        Self { non_null: true, members: Some(members), ..Self::default() }
    }

    /// The members that it is of, where that is known; literals are members.
    fn listed(&self) -> Option<Vec<Type>> {
        let only = self.only.as_ref();
        let literals = || only.map(|all| all.iter().cloned().map(Type::Literal).collect());
        self.members.clone().or_else(literals)
    }

    /// Nothing is known.
    pub(crate) fn is_empty(&self) -> bool {
        let Self { non_null, null, only, not, members } = self;
        !non_null && !null && only.is_none() && not.is_empty() && members.is_none()
    }

    /// Both hold. Where they can't, nothing ever comes by, and what was known before stays: the right
    /// side of `x.ok or x.ok` is checked as any other.
    pub(crate) fn and(&self, other: &Fact) -> Fact {
        let only = match (&self.only, &other.only) {
            (Some(a), Some(b)) => {
                let both: Vec<Literal> = a.iter().filter(|l| b.contains(l)).cloned().collect();
                Some(if both.is_empty() { a.clone() } else { both })
            }
            (a, b) => a.clone().or_else(|| b.clone()),
        };
        let mut not = self.not.clone();
        let nothing_left = |not: &[Literal]| {
            only.as_ref().is_some_and(|only| only.iter().all(|l| not.contains(l)))
        };
        not.extend(other.not.iter().filter(|l| !self.not.contains(l)).cloned());
        if nothing_left(&not) {
            not.retain(|l| self.not.contains(l));
        }
        if nothing_left(&not) {
            not.clear();
        }
        let members = match (&self.members, &other.members) {
            (Some(a), Some(b)) => {
                let both = union::both(a, b);
                Some(if both.is_empty() { a.clone() } else { both })
            }
            (a, b) => a.clone().or_else(|| b.clone()),
        };
        let non_null = self.non_null || other.non_null;
        let null = (self.null || other.null) && !non_null;
        Fact { non_null, null, only, not, members }
    }

    /// Whether it can't be this literal.
    fn excludes(&self, literal: &Literal) -> bool {
        let others = |only: &Vec<Literal>| !only.contains(literal);
        self.not.contains(literal) || self.only.as_ref().is_some_and(others)
    }

    /// One of them holds.
    pub(crate) fn or(&self, other: &Fact) -> Fact {
        let only = match (&self.only, &other.only) {
            (Some(a), Some(b)) if a.len() + b.len() <= MANY => {
                let mut all = a.clone();
                all.extend(b.iter().filter(|l| !a.contains(l)).cloned());
                Some(all)
            }
            _ => None,
        };
        // What one of them says that it is not, the other may exclude by what it says that it is.
        let mut not: Vec<Literal> =
            self.not.iter().filter(|l| other.excludes(l)).cloned().collect();
        let more = other.not.iter().filter(|l| self.excludes(l) && !self.not.contains(l));
        not.extend(more.cloned());
        let members = match (self.listed(), other.listed()) {
            (Some(mut all), Some(more)) if only.is_none() && all.len() + more.len() <= MANY => {
                let known: FxHashSet<Type> = all.iter().cloned().collect();
                all.extend(more.into_iter().filter(|m| !known.contains(m)));
                Some(all)
            }
            _ => None,
        };
        let (non_null, null) = (self.non_null && other.non_null, self.null && other.null);
        Fact { non_null, null, only, not, members }
    }

    /// The type of a value of which this is known.
    pub(crate) fn narrow(&self, defs: &TypeDefs, ty: &Type) -> Type {
        let nullable = relate::is_nullable(defs, ty);
        let inner = relate::non_null(defs, ty);
        let inner = match (&self.only, self.not.is_empty()) {
            _ if union::members(defs, &inner).is_some() => union::narrow(defs, &inner, self),
            (None, true) => inner,
            _ => match relate::literals(defs, &inner) {
                // Values of unions of several kinds keep their shape at run time.
                Some(all) if relate::base(defs, &inner) != inner => {
                    let keep = |l: &Literal| {
                        !self.not.contains(l) && self.only.as_ref().is_none_or(|o| o.contains(l))
                    };
                    match relate::of_literals(all.into_iter().filter(keep).collect()) {
                        Type::Never => inner,
                        narrowed => narrowed,
                    }
                }
                _ => inner,
            },
        };
        if nullable && !self.non_null { relate::optional(defs, &inner) } else { inner }
    }
}

/// Whether a step has run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ran {
    /// On no path to here.
    No,
    /// On every path to here.
    Yes,
    /// On some paths: the place is where it may be left out.
    Maybe(Span, Why),
}

/// Why a step may not have run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// It stands in an arm of `if`.
    If,
    /// It stands in an arm of `match`.
    Match,
    /// It stands in a `try` body, which may be left before it.
    Try,
}

#[derive(Clone, Debug, Default)]
struct RootFacts {
    /// Whether what lower layers know of this root no longer holds.
    reset: bool,
    paths: Map<Vec<Segment>, Fact>,
}

/// What changed in one arm or body.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layer {
    /// Whether its end can't be reached.
    pub(crate) dead: bool,
    steps: Map<StepId, Ran>,
    facts: Map<Root, RootFacts>,
    clauses: Map<Root, Vec<Rc<clauses::Clause>>>,
}

/// What is known at a point.
#[derive(Debug)]
pub(crate) struct Flow {
    layers: Vec<Layer>,
}

impl Default for Flow {
    fn default() -> Self {
        Self { layers: vec![Layer::default()] }
    }
}

impl Flow {
    /// Opens a layer.
    pub(crate) fn push(&mut self) {
        self.layers.push(Layer::default());
    }

    /// Closes the layer on top and gives what changed in it.
    pub(crate) fn pop(&mut self) -> Layer {
        self.layers.pop().unwrap_or_default()
    }

    fn top(&mut self) -> &mut Layer {
        if self.layers.is_empty() {
            self.layers.push(Layer::default());
        }
        let last = self.layers.len() - 1;
        &mut self.layers[last]
    }

    /// Whether this point can't be reached.
    pub(crate) fn dead(&self) -> bool {
        self.layers.iter().any(|l| l.dead)
    }

    /// The way ends here.
    pub(crate) fn end(&mut self) {
        self.top().dead = true;
    }

    /// Whether a step has run.
    pub(crate) fn ran(&self, step: StepId) -> Ran {
        self.layers.iter().rev().find_map(|l| l.steps.get(&step).copied()).unwrap_or(Ran::No)
    }

    /// A step has run.
    pub(crate) fn set_ran(&mut self, step: StepId, ran: Ran) {
        self.top().steps.insert(step, ran);
    }

    /// What is known of a path.
    pub(crate) fn fact(&self, path: &Path) -> Fact {
        self.fact_from(self.layers.len(), path)
    }

    /// Whether nothing at all is known of the root of a path, as of most.
    pub(crate) fn is_silent(&self, path: &Path) -> bool {
        self.layers.iter().all(|layer| {
            layer.facts.is_empty()
                || layer.facts.get(&path.root).is_none_or(|root| root.paths.is_empty())
        })
    }

    fn fact_from(&self, layers: usize, path: &Path) -> Fact {
        let mut known: Vec<&Fact> = Vec::new();
        for layer in self.layers[..layers].iter().rev() {
            let Some(root) = layer.facts.get(&path.root) else { continue };
            known.extend(root.paths.get(&path.segments));
            if root.reset {
                break;
            }
        }
        // What was learnt first stays where more can't hold as well.
        let first = known.pop().cloned().unwrap_or_default();
        known.into_iter().rev().fold(first, |fact, more| fact.and(more))
    }

    /// What is known of the parts of the value at a path, by the way from there, in the order in which
    /// it was learnt.
    pub(crate) fn below(&self, path: &Path) -> Vec<(Vec<Segment>, Fact)> {
        let of = |layer: &Layer| layer.facts.get(&path.root).is_some_and(|root| root.reset);
        let from = self.layers.iter().rposition(of).unwrap_or(0);
        let mut found: Map<Vec<Segment>, Fact> = Map::default();
        for layer in self.layers.iter().skip(from) {
            let Some(root) = layer.facts.get(&path.root) else { continue };
            for (segments, fact) in &root.paths {
                if let Some(rest) = segments.strip_prefix(path.segments.as_slice())
                    && !rest.is_empty()
                {
                    let known = found.entry(rest.to_vec()).or_default();
                    *known = known.and(fact);
                }
            }
        }
        found.into_iter().collect()
    }

    /// Something is known of a path from here on.
    pub(crate) fn learn(&mut self, path: Path, fact: Fact) {
        if fact.is_empty() {
            return;
        }
        let known = self.top().facts.entry(path.root).or_default();
        let entry = known.paths.entry(path.segments).or_default();
        *entry = entry.and(&fact);
    }

    /// What was known of a root no longer holds.
    pub(crate) fn forget(&mut self, root: Root) {
        let facts = RootFacts { reset: true, ..RootFacts::default() };
        self.top().facts.insert(root, facts);
        self.drop_clauses(root);
    }

    /// What changed in a layer holds from here on.
    pub(crate) fn apply(&mut self, layer: Layer) {
        let reset = layer.facts.iter().filter(|(_, facts)| facts.reset).map(|(root, _)| *root);
        reset.collect::<Vec<Root>>().into_iter().for_each(|root| self.drop_clauses(root));
        let top = self.top();
        top.dead |= layer.dead;
        top.steps.extend(layer.steps);
        for (root, facts) in layer.facts {
            if facts.reset {
                top.facts.insert(root, facts);
                continue;
            }
            let known = top.facts.entry(root).or_default();
            for (path, fact) in facts.paths {
                let entry = known.paths.entry(path).or_default();
                *entry = entry.and(&fact);
            }
        }
    }

    /// Arms come together. Each layer is one way here, an empty one a way on which nothing was
    /// done; `at` is where steps of one arm are left out by the others.
    pub(crate) fn join(&mut self, arms: Vec<Layer>, at: Span, why: Why) {
        let alive: Vec<&Layer> = arms.iter().filter(|a| !a.dead).collect();
        if alive.is_empty() {
            self.end();
            for arm in &arms {
                let steps: Vec<StepId> = arm.steps.keys().copied().collect();
                steps.into_iter().for_each(|step| self.set_ran(step, Ran::Yes));
            }
            return;
        }
        self.join_steps(&alive, at, why);
        self.join_facts(&alive);
        self.join_clauses(&alive, why != Why::Try);
    }

    fn join_steps(&mut self, alive: &[&Layer], at: Span, why: Why) {
        let mut steps: Map<StepId, ()> = Map::default();
        alive.iter().for_each(|a| steps.extend(a.steps.keys().map(|s| (*s, ()))));
        for step in steps.into_keys() {
            let before = self.ran(step);
            let mut joined: Option<Ran> = None;
            for arm in alive {
                let ran = arm.steps.get(&step).copied().unwrap_or(before);
                joined = Some(match (joined, ran) {
                    (None, ran) => ran,
                    (Some(a), b) if a == b => a,
                    (Some(maybe @ Ran::Maybe(..)), _) | (Some(_), maybe @ Ran::Maybe(..)) => maybe,
                    _ => Ran::Maybe(at, why),
                });
            }
            self.set_ran(step, joined.unwrap_or(before));
        }
    }

    fn join_facts(&mut self, alive: &[&Layer]) {
        let mut paths: Map<Path, ()> = Map::default();
        let mut reset: Map<Root, ()> = Map::default();
        for (root, facts) in alive.iter().flat_map(|a| &a.facts) {
            if facts.reset {
                reset.insert(*root, ());
            }
            for segments in facts.paths.keys() {
                paths.insert(Path { root: *root, segments: segments.clone() }, ());
            }
        }
        let learned: Vec<(Path, Fact)> = paths
            .into_keys()
            .map(|path| {
                let before = self.fact(&path);
                let facts = alive.iter().map(|arm| match arm.facts.get(&path.root) {
                    None => before.clone(),
                    Some(root) => {
                        let own = root.paths.get(&path.segments).cloned().unwrap_or_default();
                        if root.reset { own } else { before.and(&own) }
                    }
                });
                let fact = facts.reduce(|a, b| a.or(&b)).unwrap_or_default();
                (path, fact)
            })
            .collect();
        reset.into_keys().for_each(|root| self.forget(root));
        learned.into_iter().for_each(|(path, fact)| self.learn(path, fact));
    }

    /// The steps that some layers know to have run become steps that may have run.
    pub(crate) fn soften(&mut self, layer: &Layer, at: Span) {
        let steps: Vec<StepId> = layer.steps.keys().copied().collect();
        for step in steps {
            if self.ran(step) == Ran::No {
                self.set_ran(step, Ran::Maybe(at, Why::Try));
            }
        }
    }

    /// The steps that ran in a layer have run; those that may have run before stay as they are.
    pub(crate) fn keep_steps(&mut self, layer: &Layer) {
        for (step, ran) in &layer.steps {
            if *ran == Ran::Yes || self.ran(*step) == Ran::No {
                self.set_ran(*step, *ran);
            }
        }
    }
}
