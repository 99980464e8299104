//! Schemas that are put together of others, as alternatives of plain ones: `$ref`, `allOf` and `extends` are
//! followed, `anyOf`, `oneOf` and `if` are written out.

use super::files::Schemas;
use super::keywords::{self, Kinds};
use super::tree::{Json, NodeId};

/// Schemas all of which hold, sorted.
pub(super) type All = Vec<NodeId>;

/// Plain schemas that all hold of a value.
#[derive(Clone, Debug)]
pub(super) struct Plain {
    /// The schemas, each once, in the order of the source as far as there is one.
    pub(super) leaves: All,
    /// The kinds of values that all of them admit.
    pub(super) kinds: Kinds,
    /// The alternative of an `anyOf` or `oneOf` that it was written out of, the innermost one.
    pub(super) from: Option<NodeId>,
}

/// What is the same by the values that it admits is the same.
impl PartialEq for Plain {
    fn eq(&self, other: &Self) -> bool {
        self.leaves == other.leaves && self.kinds == other.kinds
    }
}

/// How many alternatives one type may have before it is taken as `json`.
pub(super) const MAX_ALTERNATIVES: usize = 500;

/// How many schemas may be looked at for one type.
const MAX_STEPS: usize = 50_000;

/// The schema of this type has too many alternatives.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooMany;

/// The alternatives that an `anyOf` has, each of which is a list of schemas, and the schemas that
/// are being written out around it.
#[derive(Clone, Debug)]
struct Choice {
    alternatives: Vec<Vec<NodeId>>,
    open: Option<usize>,
    /// Whether they are those of an `anyOf` or `oneOf`, which have names.
    is_named: bool,
}

/// An alternative that is not yet written out.
#[derive(Clone, Debug, Default)]
struct Partial {
    todo: Vec<(NodeId, Option<usize>)>,
    choices: Vec<Choice>,
    seen: Vec<NodeId>,
    leaves: All,
    kinds: u8,
    from: Option<NodeId>,
}

/// Writes out schemas.
pub(super) struct Expansion<'a> {
    schemas: &'a Schemas,
    /// Schemas with alternatives that are being written out, each with the one around it.
    open: Vec<(NodeId, Option<usize>)>,
    steps: usize,
}

impl<'a> Expansion<'a> {
    pub(super) fn new(schemas: &'a Schemas) -> Self {
        Self { schemas, open: Vec::new(), steps: 0 }
    }

    /// How many schemas were looked at.
    pub(super) fn steps(&self) -> usize {
        self.steps
    }

    /// The alternatives of values that all of these schemas hold of. None means no value at all.
    ///
    /// # Errors
    /// There are too many of them.
    pub(super) fn expand(&mut self, all: &[NodeId]) -> Result<Vec<Plain>, TooMany> {
        let todo = all.iter().rev().map(|node| (*node, None)).collect();
        let mut partials = vec![Partial { todo, kinds: Kinds::ANY.0, ..Partial::default() }];
        let mut out: Vec<Plain> = Vec::new();
        while let Some(mut partial) = partials.pop() {
            if !self.follow(&mut partial)? {
                continue;
            }
            let Some(choice) = partial.choices.pop() else {
                let plain = self.plain(partial);
                if plain.kinds != Kinds::NONE && !out.contains(&plain) {
                    out.push(plain);
                }
                if out.len() > MAX_ALTERNATIVES {
                    return Err(TooMany);
                }
                continue;
            };
            for alternative in choice.alternatives.iter().rev() {
                let size = partial.seen.len() + partial.choices.len() + partial.leaves.len();
                self.spend(1 + size)?;
                let mut next = partial.clone();
                if choice.is_named {
                    next.from = alternative.first().copied();
                }
                next.todo.extend(alternative.iter().rev().map(|node| (*node, choice.open)));
                partials.push(next);
            }
        }
        Ok(out)
    }

    fn spend(&mut self, steps: usize) -> Result<(), TooMany> {
        self.steps += steps;
        if self.steps > MAX_STEPS { Err(TooMany) } else { Ok(()) }
    }

    /// Follows what holds in any case. False where no value is left.
    fn follow(&mut self, partial: &mut Partial) -> Result<bool, TooMany> {
        let tree = &self.schemas.tree;
        while let Some((node, open)) = partial.todo.pop() {
            self.spend(1)?;
            // A schema that is an alternative of itself adds nothing.
            if self.is_open(node, open)? {
                return Ok(false);
            }
            self.spend(partial.seen.len() / 16)?;
            if partial.seen.contains(&node) {
                continue;
            }
            partial.seen.push(node);
            match tree.json(node) {
                _ if keywords::is_never(tree, node) => return Ok(false),
                Json::Object(_) => {}
                _ => continue,
            }
            if let Some(target) = self.schemas.refs.get(&node) {
                partial.todo.push((*target, open));
                if self.schemas.is_old(node) {
                    continue;
                }
            }
            partial.kinds &= keywords::kinds(tree, node).0;
            if partial.kinds == 0 {
                return Ok(false);
            }
            if keywords::is_leaf(tree, node) {
                partial.leaves.push(node);
            }
            partial.todo.extend(keywords::besides(tree, node).rev().map(|n| (n, open)));
            self.choices(node, open, partial);
        }
        Ok(true)
    }

    fn choices(&mut self, node: NodeId, open: Option<usize>, partial: &mut Partial) {
        let tree = &self.schemas.tree;
        let mut found: Vec<(bool, Vec<Vec<NodeId>>)> = Vec::new();
        for keyword in ["anyOf", "oneOf"] {
            let alternatives = tree.items(node, keyword);
            if !alternatives.is_empty() {
                let said = |n: &NodeId| self.schemas.told_apart.get(n).copied();
                let all = alternatives.iter().map(|n| std::iter::once(*n).chain(said(n)).collect());
                found.push((true, all.collect()));
            }
        }
        let dependents = keywords::dependents(tree, node);
        found.extend(dependents.into_iter().map(|n| (false, vec![vec![], vec![n]])));
        if let Some(condition) = tree.get(node, "if") {
            let then = std::iter::once(condition).chain(tree.get(node, "then")).collect();
            found.push((false, vec![then, tree.get(node, "else").into_iter().collect()]));
        }
        if found.is_empty() {
            return;
        }
        self.open.push((node, open));
        let open = Some(self.open.len() - 1);
        let choice = |(is_named, alternatives)| Choice { alternatives, open, is_named };
        partial.choices.extend(found.into_iter().map(choice));
    }

    fn is_open(&mut self, node: NodeId, open: Option<usize>) -> Result<bool, TooMany> {
        let mut at = open;
        while let Some((other, next)) = at.and_then(|at| self.open.get(at)).copied() {
            if other == node {
                return Ok(true);
            }
            self.spend(1)?;
            at = next;
        }
        Ok(false)
    }

    /// What is said of objects only, without a `type`, is meant for objects; arrays likewise.
    fn plain(&self, partial: Partial) -> Plain {
        let tree = &self.schemas.tree;
        let leaves = partial.leaves;
        let mut kinds = Kinds(partial.kinds);
        if kinds == Kinds::ANY && !leaves.iter().any(|n| tree.get(*n, "type").is_some()) {
            let has = |keywords: &[&str]| {
                leaves.iter().any(|n| keywords.iter().any(|k| tree.get(*n, k).is_some()))
            };
            let nullable = leaves.iter().any(|n| keywords::is_nullable(tree, *n));
            let null = if nullable { Kinds::NULL } else { Kinds::NONE };
            kinds = match (has(&keywords::OBJECT), has(&keywords::ARRAY)) {
                (true, true) => Kinds::OBJECT.or(Kinds::ARRAY).or(null),
                (true, false) => Kinds::OBJECT.or(null),
                (false, true) => Kinds::ARRAY.or(null),
                (false, false) => kinds,
            };
        }
        Plain { leaves, kinds, from: partial.from }
    }
}
