//! Alternatives that are kept: one of some lists of facts holds, and what is learnt later says which.
//!
//! A clause is made where a condition holds in one of several ways, where arms come together, and where
//! a condition gets a name. It says nothing until all but some of its ways are excluded by what is known.

use std::rc::Rc;

use wf_grammar::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use wf_types::{Literal, Type};

use crate::check::body::Body;
use crate::check::flow::either::Facts;
use crate::check::flow::{Fact, Flow, Layer, Path, Root};
use crate::check::types::{relate, union};
use crate::typed::LocalId;

/// How many clauses about one root are looked at, the latest first, so that long files stay linear.
const CLAUSES: usize = 32;
/// How many ways a clause may have.
const WAYS: usize = 16;
/// How many facts a way may have.
const FACTS: usize = 32;
/// How often something learnt may say something further.
const ROUNDS: usize = 64;

/// One of these ways holds.
#[derive(Debug)]
pub(crate) struct Clause {
    ways: Vec<Facts>,
    roots: Vec<Root>,
}

impl Clause {
    /// A clause, where it may ever say something.
    fn new(ways: Vec<Facts>) -> Option<Rc<Clause>> {
        let sized = |way: &Facts| !way.is_empty() && way.len() <= FACTS;
        if !(2..=WAYS).contains(&ways.len()) || !ways.iter().all(sized) {
            return None;
        }
        let mut roots: Vec<Root> = Vec::new();
        for (path, _) in ways.iter().flatten() {
            if !roots.contains(&path.root) {
                roots.push(path.root);
            }
        }
        Some(Rc::new(Clause { ways, roots }))
    }
}

impl Flow {
    fn add_clause(&mut self, clause: &Rc<Clause>) {
        let top = self.top();
        for root in &clause.roots {
            let list = top.clauses.entry(*root).or_default();
            if list.len() >= CLAUSES {
                list.remove(0);
            }
            list.push(Rc::clone(clause));
        }
    }

    /// Clauses about a root say nothing any more: it has another value.
    pub(super) fn drop_clauses(&mut self, root: Root) {
        let top = self.top();
        let Some(gone) = top.clauses.get_mut(&root).map(std::mem::take) else { return };
        for clause in &gone {
            for other in &clause.roots {
                if let Some(list) = top.clauses.get_mut(other) {
                    list.retain(|c| !Rc::ptr_eq(c, clause));
                }
            }
        }
    }

    /// The clauses about a root that hold here, the latest first.
    fn clauses_about(&self, root: Root) -> Vec<Rc<Clause>> {
        let mut found = Vec::new();
        for (i, layer) in self.layers.iter().enumerate().rev() {
            let above = &self.layers[i + 1..];
            let reset = |root: &Root| above.iter().any(|l| l.resets(*root));
            for clause in layer.clauses.get(&root).into_iter().flatten().rev() {
                if found.len() >= CLAUSES {
                    return found;
                }
                if !clause.roots.iter().any(reset) {
                    found.push(Rc::clone(clause));
                }
            }
            if layer.resets(root) {
                break;
            }
        }
        found
    }

    /// What the arms that come together leave: all clauses of a single one, or that one of them was
    /// taken. Called behind the joining of facts, which forgets what an arm has assigned.
    pub(super) fn join_clauses(&mut self, alive: &[&Layer], branches: bool) {
        if let [only] = alive {
            let all = only.clauses.values().flatten();
            let mut seen: Vec<*const Clause> = Vec::new();
            for clause in all {
                if !seen.contains(&Rc::as_ptr(clause)) {
                    seen.push(Rc::as_ptr(clause));
                    self.add_clause(clause);
                }
            }
            return;
        }
        if !branches || alive.len() > WAYS {
            return;
        }
        let ways: Vec<Facts> = alive.iter().map(|arm| arm.facts_of()).collect();
        let paths: Vec<&Path> = ways.iter().flatten().map(|(path, _)| path).collect();
        // One path alone is joined by what all arms say of it.
        if paths.iter().any(|path| *path != paths[0])
            && let Some(clause) = Clause::new(ways)
        {
            self.add_clause(&clause);
        }
    }
}

impl Layer {
    fn resets(&self, root: Root) -> bool {
        self.facts.get(&root).is_some_and(|facts| facts.reset)
    }

    /// What this layer has learnt, unless that is too much to be looked at.
    fn facts_of(&self) -> Facts {
        let count: usize = self.facts.values().map(|root| root.paths.len()).sum();
        if count > FACTS {
            return Facts::new();
        }
        let of = |(root, facts): (&Root, &super::RootFacts)| -> Facts {
            let path = |segments: &Vec<_>| Path { root: *root, segments: segments.clone() };
            facts.paths.iter().map(|(segments, fact)| (path(segments), fact.clone())).collect()
        };
        self.facts.iter().flat_map(of).collect()
    }
}

impl Body<'_> {
    /// Enters facts, and what follows from them and the clauses that hold here.
    pub(crate) fn learn_all(&mut self, facts: Facts) {
        let mut queue = facts;
        for round in 0..=ROUNDS {
            let mut roots: Vec<Root> = Vec::new();
            for (path, fact) in queue.drain(..) {
                if let Some(named) = self.holds(&path) {
                    self.flow.learn(named.clone(), fact.clone());
                    roots.push(named.root);
                }
                if !roots.contains(&path.root) {
                    roots.push(path.root);
                }
                self.flow.learn(path, fact);
            }
            if round == ROUNDS {
                return;
            }
            for root in roots {
                for clause in self.flow.clauses_about(root) {
                    queue.extend(self.said_by(&clause));
                }
            }
            if queue.is_empty() {
                return;
            }
        }
    }

    /// One of some ways holds from here on.
    fn assume(&mut self, ways: Vec<Facts>) {
        if let Some(clause) = Clause::new(ways) {
            self.flow.add_clause(&clause);
            let said = self.said_by(&clause);
            if !said.is_empty() {
                self.learn_all(said);
            }
        }
    }

    /// The ways in which a condition holds (or does not) are kept.
    pub(crate) fn assume_condition(&mut self, condition: &Expr, truth: bool) {
        for ways in self.clauses(condition, truth) {
            self.assume(ways);
        }
    }

    /// What a name for a condition says: it is true in the ways of the condition, and false in those
    /// in which that does not hold. To be asked before the name is declared.
    pub(crate) fn named_condition(&self, condition: &Expr) -> Vec<(bool, Vec<Facts>)> {
        let mut out = Vec::new();
        for truth in [true, false] {
            let facts = self.facts(condition, truth);
            if !facts.is_empty() {
                out.push((truth, vec![facts]));
            }
            out.extend(self.clauses(condition, truth).into_iter().map(|ways| (truth, ways)));
        }
        out
    }

    /// Keeps what the name of a condition says.
    pub(crate) fn name_condition(&mut self, id: LocalId, said: Vec<(bool, Vec<Facts>)>) {
        for (truth, mut ways) in said {
            let otherwise = Fact::only(vec![Literal::Bool(!truth)]);
            ways.push(vec![(Path::new(Root::Holds(id)), otherwise)]);
            self.assume(ways);
        }
    }

    /// Where it is kept whether the condition of this name holds.
    pub(crate) fn holds(&self, path: &Path) -> Option<Path> {
        let Root::Local(id) = path.root else { return None };
        let local = self.locals.get(id.0 as usize)?;
        let named = path.segments.is_empty() && !local.mutable && local.ty == Type::Bool;
        named.then(|| Path::new(Root::Holds(id)))
    }

    /// The clauses of a condition: each is a list of ways, of which one holds.
    fn clauses(&self, condition: &Expr, truth: bool) -> Vec<Vec<Facts>> {
        let mut out = Vec::new();
        self.collect_clauses(condition, truth, &mut out, 0);
        out
    }

    fn collect_clauses(&self, e: &Expr, truth: bool, out: &mut Vec<Vec<Facts>>, depth: usize) {
        if depth > 200 || out.len() >= CLAUSES {
            return;
        }
        match &e.kind {
            ExprKind::Paren(inner) => self.collect_clauses(inner, truth, out, depth + 1),
            ExprKind::Unary { op: UnaryOp::Not, operand } => {
                self.collect_clauses(operand, !truth, out, depth + 1);
            }
            ExprKind::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), left, right, .. } => {
                if (*op == BinaryOp::And) == truth {
                    self.collect_clauses(left, truth, out, depth + 1);
                    self.collect_clauses(right, truth, out, depth + 1);
                } else {
                    let mut ways = Vec::new();
                    alternatives(e, truth, &mut ways, 0);
                    if ways.len() <= WAYS {
                        out.push(ways.iter().map(|(way, truth)| self.facts(way, *truth)).collect());
                    }
                }
            }
            _ => {}
        }
    }

    /// What a clause says, given all that is known here, and is not known yet.
    fn said_by(&self, clause: &Clause) -> Facts {
        let left: Vec<&Facts> = clause.ways.iter().filter(|way| !self.excluded(way)).collect();
        if left.is_empty() || left.len() == clause.ways.len() {
            return Facts::new();
        }
        let mut said = left[0].clone();
        for way in &left[1..] {
            let mut both = Facts::new();
            self.either(&said, way, &mut both);
            said = both;
        }
        said.retain(|(path, fact)| {
            let known = self.flow.fact(path);
            known.and(fact) != known
        });
        said
    }

    /// Whether one of these facts can't hold here.
    fn excluded(&self, way: &Facts) -> bool {
        way.iter().any(|(path, fact)| self.flow.fact(path).contradicts(fact))
            || self.excluded_members(way)
    }

    /// Whether the members that are left of a union here are others than those of a way.
    fn excluded_members(&self, way: &Facts) -> bool {
        let defs = &self.g.defs;
        let mut looked_at: Vec<Path> = Vec::new();
        for (path, _) in way {
            for length in 0..=path.segments.len() {
                let whole = Path { root: path.root, segments: path.segments[..length].to_vec() };
                if looked_at.contains(&whole) {
                    continue;
                }
                let declared = match self.type_at(&whole) {
                    Some(ty) if union::members(defs, &ty).is_some() => ty,
                    _ => continue,
                };
                let known = self.flow.fact(&whole).narrow(defs, &declared);
                let known = union::narrow_by_parts(defs, &known, &self.flow.below(&whole));
                let (here, _) = self.left_by(&Facts::new(), &whole, &known);
                let (of_way, _) = self.left_by(way, &whole, &declared);
                let apart = !here.iter().any(|member| of_way.contains(member));
                if apart && !of_way.is_empty() && self.surely_there(&whole, way) {
                    return true;
                }
                looked_at.push(whole);
            }
        }
        false
    }
}

impl Body<'_> {
    /// Whether a value is there, by its declaration, what is known here or what a way says.
    fn surely_there(&self, path: &Path, way: &Facts) -> bool {
        let defs = &self.g.defs;
        (0..=path.segments.len()).all(|length| {
            let part = Path { root: path.root, segments: path.segments[..length].to_vec() };
            let said = way.iter().any(|(p, fact)| *p == part && fact.non_null);
            if said || self.flow.fact(&part).non_null {
                return true;
            }
            let whole = length.checked_sub(1).and_then(|up| {
                let up = Path { root: path.root, segments: path.segments[..up].to_vec() };
                self.type_at(&up)
            });
            // An item of a list or a map may be missing.
            let listed = whole.is_some_and(|ty| {
                matches!(defs.peel(&relate::non_null(defs, &ty)), Type::List(_) | Type::Map(_))
            });
            !listed && self.type_at(&part).is_some_and(|ty| !relate::is_nullable(defs, &ty))
        })
    }
}

impl Fact {
    /// Whether both can't hold of one value.
    fn contradicts(&self, other: &Fact) -> bool {
        let never = |a: &Fact, b: &Fact| {
            (a.null && b.non_null)
                || a.only.as_ref().is_some_and(|only| only.iter().all(|l| b.excludes(l)))
        };
        never(self, other) || never(other, self)
    }
}

/// The conditions of which one must hold, or not hold, for the whole to hold, or not to.
fn alternatives<'e>(e: &'e Expr, truth: bool, out: &mut Vec<(&'e Expr, bool)>, depth: usize) {
    if out.len() > WAYS {
        return;
    }
    match &e.kind {
        ExprKind::Paren(inner) if depth < 200 => alternatives(inner, truth, out, depth + 1),
        ExprKind::Unary { op: UnaryOp::Not, operand } if depth < 200 => {
            alternatives(operand, !truth, out, depth + 1);
        }
        ExprKind::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), left, right, .. }
            if depth < 200 && (*op == BinaryOp::Or) == truth =>
        {
            alternatives(left, truth, out, depth + 1);
            alternatives(right, truth, out, depth + 1);
        }
        _ => out.push((e, truth)),
    }
}
