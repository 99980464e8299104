//! What a condition says about paths where it holds and where it does not.

use wf_grammar::ast::{BinaryOp, Entry, Expr, ExprKind, UnaryOp};
use wf_types::{Literal, Type};

use crate::check::body::Body;
use crate::check::flow::{Fact, Path, Root, Segment};
use crate::check::types::relate;

/// A path in the source, and the parts of it that must be there for it to be read.
struct Found {
    path: Path,
    /// The values before each `?.`.
    safe: Vec<Path>,
}

impl<'g> Body<'g> {
    /// What is known where a condition holds (or, by `truth`, does not hold).
    pub(crate) fn facts(&self, condition: &Expr, truth: bool) -> Vec<(Path, Fact)> {
        let mut out = Vec::new();
        self.collect(condition, truth, &mut out, 0);
        out
    }

    /// Enters what is known where a condition holds.
    pub(crate) fn learn(&mut self, condition: &Expr, truth: bool) {
        let facts = self.facts(condition, truth);
        self.learn_all(facts);
        self.assume_condition(condition, truth);
    }

    fn collect(&self, expr: &Expr, truth: bool, out: &mut Vec<(Path, Fact)>, depth: usize) {
        if depth > 200 {
            return;
        }
        match &expr.kind {
            ExprKind::Paren(inner) => self.collect(inner, truth, out, depth + 1),
            ExprKind::Unary { op: UnaryOp::Not, operand } => {
                self.collect(operand, !truth, out, depth + 1);
            }
            ExprKind::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), left, right, .. } => {
                if (*op == BinaryOp::And) == truth {
                    self.collect(left, truth, out, depth + 1);
                    self.collect(right, truth, out, depth + 1);
                } else {
                    // One of the two decides, so what holds is what both say.
                    let (mut a, mut b) = (Vec::new(), Vec::new());
                    self.collect(left, truth, &mut a, depth + 1);
                    self.collect(right, truth, &mut b, depth + 1);
                    self.either(&a, &b, out);
                }
            }
            ExprKind::Binary { op: op @ (BinaryOp::Eq | BinaryOp::Ne), left, right, .. } => {
                let equal = (*op == BinaryOp::Eq) == truth;
                self.compared(left, right, equal, out);
                self.compared(right, left, equal, out);
            }
            ExprKind::Binary { op: BinaryOp::In, left, right, .. } => {
                let Some(found) = self.find(left) else { return };
                let Some(values) = literal_list(right) else { return };
                let fact = if truth { Fact::only(values) } else { Fact::not(values) };
                self.add(found, fact, truth, out);
            }
            // `if x.ok`: a field that tells the members of a union apart.
            ExprKind::Field { .. } | ExprKind::Index { .. } => {
                let Some(found) = self.find(expr) else { return };
                if !found.path.segments.is_empty() {
                    self.add(found, Fact::only(vec![Literal::Bool(truth)]), truth, out);
                }
            }
            // The name of a condition.
            ExprKind::Name(_) => {
                let named = self.find(expr).and_then(|found| self.holds(&found.path));
                let fact = Fact::only(vec![Literal::Bool(truth)]);
                out.extend(named.map(|path| (path, fact)));
            }
            _ => {}
        }
    }

    fn compared(&self, side: &Expr, other: &Expr, equal: bool, out: &mut Vec<(Path, Fact)>) {
        let Some(found) = self.find(side) else { return };
        if is_null(other) {
            if equal {
                self.tagged_pair(&found, false, out);
                out.push((found.path, Fact::null()));
            } else {
                self.tagged_pair(&found, true, out);
                self.add(found, Fact::non_null(), true, out);
            }
        } else if let Some(value) = literal(other) {
            let fact = if equal { Fact::only(vec![value]) } else { Fact::not(vec![value]) };
            self.add(found, fact, equal, out);
        }
    }

    /// Adds a fact; where the value is there, all that stands before a `?.` is there too.
    fn add(&self, found: Found, fact: Fact, there: bool, out: &mut Vec<(Path, Fact)>) {
        if there {
            out.extend(found.safe.into_iter().map(|path| (path, Fact::non_null())));
        }
        self.status(&found.path, &fact, out);
        out.push((found.path, fact));
    }

    /// Output and error of a `try` step: exactly one of them is there.
    fn tagged_pair(&self, found: &Found, there: bool, out: &mut Vec<(Path, Fact)>) {
        let (Root::Step(id), [Segment::Field(field)]) =
            (found.path.root, found.path.segments.as_slice())
        else {
            return;
        };
        let tried = self.is_tried(id);
        let other = match field.as_str() {
            "output" => "error",
            "error" => "output",
            _ => return,
        };
        if tried && !there && found.safe.is_empty() && self.has_output(id) {
            let path = Path::new(found.path.root).then(Segment::Field(other.into()));
            out.push((path, Fact::non_null()));
        }
    }

    /// A `try` step that is `"Complete"` has an output, one that is `"Failed"` an error.
    fn status(&self, path: &Path, fact: &Fact, out: &mut Vec<(Path, Fact)>) {
        let (Root::Step(id), [Segment::Field(field)]) = (path.root, path.segments.as_slice())
        else {
            return;
        };
        if field != "status" || !self.is_tried(id) {
            return;
        }
        let text = |text: &str| Literal::String(text.into());
        let all =
            Type::Union([Type::Literal(text("Complete")), Type::Literal(text("Failed"))].into());
        let known = self.flow.fact(path).and(fact).narrow(&self.g.defs, &all);
        let there = match &known {
            Type::Literal(status) if *status == text("Complete") && self.has_output(id) => "output",
            Type::Literal(status) if *status == text("Failed") => "error",
            _ => return,
        };
        let path = Path::new(path.root).then(Segment::Field(there.into()));
        out.push((path, Fact::non_null()));
    }

    /// Whether a step that is complete always has an output that is not null: a called workflow may
    /// give null, and then its output says nothing about its error.
    fn has_output(&self, id: crate::typed::StepId) -> bool {
        let output = self.w.as_ref().and_then(|w| w.outputs[id.0 as usize].as_ref());
        output.is_none_or(|output| !relate::is_nullable(&self.g.defs, output))
    }

    fn is_tried(&self, id: crate::typed::StepId) -> bool {
        self.w.as_ref().is_some_and(|w| w.outline.steps[id.0 as usize].tried)
    }

    /// A fact, with what else follows from it.
    pub(crate) fn with_consequences(&self, path: Path, fact: Fact) -> Vec<(Path, Fact)> {
        let mut out = Vec::new();
        self.add(Found { path, safe: Vec::new() }, fact, true, &mut out);
        out
    }

    /// The path that a `match` looks at.
    pub(crate) fn path_of(&self, expr: &Expr) -> Option<Path> {
        self.find(expr).filter(|f| f.safe.is_empty()).map(|f| f.path)
    }

    fn find(&self, expr: &Expr) -> Option<Found> {
        let mut parts = Vec::new();
        let mut root = expr;
        loop {
            match &root.kind {
                ExprKind::Field { base, name, safe } => {
                    parts.push((Segment::Field(name.text.clone()), *safe));
                    root = base;
                }
                ExprKind::Index { base, index } => {
                    parts.push((segment(index)?, false));
                    root = base;
                }
                ExprKind::Paren(inner) if parts.is_empty() => root = inner,
                ExprKind::Name(_) | ExprKind::Current => break,
                _ => return None,
            }
            if parts.len() > 200 {
                return None;
            }
        }
        parts.reverse();
        let mut parts = parts.into_iter();
        let mut path = match &root.kind {
            ExprKind::Current => Path::new(Root::Local(*self.current.last()?)),
            ExprKind::Name(name) => match self.local(name) {
                Some(id) => Path::new(Root::Local(id)),
                None => self.find_root(name, &mut parts)?,
            },
            _ => return None,
        };
        let mut safe = Vec::new();
        for (segment, is_safe) in parts {
            if is_safe {
                safe.push(path.clone());
            }
            path = path.then(segment);
        }
        Some(Found { path, safe })
    }

    fn find_root(
        &self,
        name: &str,
        parts: &mut impl Iterator<Item = (Segment, bool)>,
    ) -> Option<Path> {
        if name == "trigger" {
            return Some(Path::new(Root::Trigger));
        }
        let (Segment::Field(part), _) = parts.next()? else { return None };
        let root = match name {
            "steps" => Root::Step(self.w.as_ref()?.outline.by_name.get(&part).copied()?),
            "variables" => Root::Variable(self.variable(&part)?),
            "config" => {
                let id = self.g.scopes[self.unit].config.get(&part).copied()?;
                Root::Config(crate::typed::ConfigId(id))
            }
            "loop" => {
                let frame = self.loops.iter().rev().find(|l| l.name.as_ref() == Some(&part))?;
                let (Segment::Field(field), _) = parts.next()? else { return None };
                return Some(match (&frame.item, field.as_str()) {
                    (Some((local, _)), "item") => Path::new(Root::Local(*local)),
                    _ => Path::new(Root::Loop(frame.step?)).then(Segment::Field(field)),
                });
            }
            _ => return None,
        };
        Some(Path::new(root))
    }
}

fn segment(index: &Expr) -> Option<Segment> {
    match (&index.kind, literal(index)?) {
        (_, Literal::Int(i)) => Some(Segment::Index(i)),
        (_, Literal::String(text)) => Some(Segment::Field(text)),
        _ => None,
    }
}

/// Whether an expression is `null`.
pub(crate) fn is_null(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Null => true,
        ExprKind::Paren(inner) => is_null(inner),
        _ => false,
    }
}

/// The value of a literal.
pub(crate) fn literal(expr: &Expr) -> Option<Literal> {
    match &expr.kind {
        ExprKind::Bool(b) => Some(Literal::Bool(*b)),
        ExprKind::Int(i) => i64::try_from(*i).ok().map(Literal::Int),
        ExprKind::String(template) => template.as_text().map(Literal::String),
        ExprKind::Paren(inner) => literal(inner),
        ExprKind::Unary { op: UnaryOp::Neg, operand } => match operand.kind {
            ExprKind::Int(i) => i64::try_from(i).ok().map(|i| Literal::Int(-i)),
            _ => None,
        },
        _ => None,
    }
}

fn literal_list(expr: &Expr) -> Option<Vec<Literal>> {
    match &expr.kind {
        ExprKind::List(entries) => {
            entries.iter().map(|entry: &Entry| literal(&entry.value)).collect()
        }
        ExprKind::Paren(inner) => literal_list(inner),
        _ => None,
    }
}
