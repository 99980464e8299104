//! What holds where one of two conditions does: a value of a union is of the members that the one or
//! the other leaves, also where they look at different fields of it.

use wf_types::Type;

use crate::check::body::Body;
use crate::check::expr::store_path;
use crate::check::flow::excluded::field_of;
use crate::check::flow::{Fact, Path, Root, Segment};
use crate::check::types::{relate, union};

/// What a condition says about paths.
pub(crate) type Facts = Vec<(Path, Fact)>;

/// How many pairs of facts are compared, so that very long conditions cost no more.
const PAIRS: usize = 10_000;

impl Body<'_> {
    /// What both sides say, and the members of unions that one of them leaves.
    pub(crate) fn either(&self, a: &Facts, b: &Facts, out: &mut Facts) {
        if a.len().saturating_mul(b.len()) > PAIRS {
            return;
        }
        for (path, fact) in a {
            if let Some((_, other)) = b.iter().find(|(p, _)| p == path) {
                out.push((path.clone(), fact.or(other)));
            }
        }
        let mut looked_at: Vec<Path> = Vec::new();
        for (path, _) in a {
            for length in 0..=path.segments.len() {
                let whole = Path { root: path.root, segments: path.segments[..length].to_vec() };
                if looked_at.contains(&whole) || !about_parts(a, b, &whole) {
                    continue;
                }
                if let Some(fact) = self.members_of_either(a, b, &whole) {
                    out.push((whole.clone(), fact));
                }
                looked_at.push(whole);
            }
        }
    }

    /// The members of the union at a path that the one or the other side leaves.
    fn members_of_either(&self, a: &Facts, b: &Facts, path: &Path) -> Option<Fact> {
        let declared = self.type_at(path)?;
        let defs = &self.g.defs;
        let all = union::members(defs, &declared)?.len();
        // What is known already stays: what can't be after it says nothing.
        let known = self.flow.fact(path).narrow(defs, &declared);
        let ty = union::narrow_by_parts(defs, &known, &self.flow.below(path));
        let (mut left, one) = self.left_by(a, path, &ty);
        let (more, other) = self.left_by(b, path, &ty);
        for member in more {
            if !left.contains(&member) {
                left.push(member);
            }
        }
        let non_null = one && other;
        let told = !left.is_empty() && left.len() < all;
        told.then(|| Fact { non_null, ..Fact::members(left) })
    }

    /// The members that some facts leave, and whether the value is not null.
    pub(super) fn left_by(&self, facts: &Facts, path: &Path, ty: &Type) -> (Vec<Type>, bool) {
        let defs = &self.g.defs;
        let at = facts.iter().filter(|(p, _)| p == path);
        let fact = at.fold(Fact::default(), |known, (_, fact)| known.and(fact));
        if fact.null {
            return (Vec::new(), false);
        }
        let below: Vec<(Vec<Segment>, Fact)> = facts
            .iter()
            .filter(|(p, _)| p.root == path.root)
            .filter_map(|(p, fact)| {
                let rest = p.segments.strip_prefix(path.segments.as_slice())?;
                (!rest.is_empty()).then(|| (rest.to_vec(), fact.clone()))
            })
            .collect();
        let narrowed = union::narrow_by_parts(defs, &fact.narrow(defs, ty), &below);
        let rest = relate::non_null(defs, &narrowed);
        let members = match union::members(defs, &rest) {
            Some(members) => members.to_vec(),
            None => vec![rest],
        };
        (members, fact.non_null)
    }

    /// The type of what stands at a path, as it is declared.
    pub(super) fn type_at(&self, path: &Path) -> Option<Type> {
        let defs = &self.g.defs;
        let w = self.w.as_ref();
        let mut ty = match path.root {
            Root::Local(id) => self.locals.get(id.0 as usize)?.ty.clone(),
            Root::Variable(id) => w?.variables.get(id.0 as usize)?.ty.clone(),
            Root::Config(id) => self.g.config.get(id.0 as usize)?.ty.clone(),
            Root::Trigger => self.trigger_type()?.clone(),
            Root::Step(id) => {
                let place = id.0 as usize;
                let tried = w?.outline.steps.get(place)?.tried;
                let output = w?.outputs.get(place)?.as_ref()?;
                store_path::step_record(output, tried, &self.g.failure)
            }
            Root::Loop(_) | Root::Fired | Root::Holds(_) => return None,
        };
        for segment in &path.segments {
            let inner = relate::non_null(defs, &ty);
            ty = match (segment, defs.peel(&inner)) {
                (Segment::Index(_), Type::List(item)) => Type::clone(item),
                (Segment::Field(_), Type::Map(item)) => Type::clone(item),
                (Segment::Field(name), _) => field_of(defs, &inner, name)?,
                _ => return None,
            };
        }
        Some(ty)
    }
}

/// Whether both sides say something about a value or its parts, and one about a part.
fn about_parts(a: &Facts, b: &Facts, path: &Path) -> bool {
    let about = |facts: &Facts, part: bool| {
        facts.iter().any(|(p, _)| {
            p.root == path.root
                && p.segments.starts_with(&path.segments)
                && (!part || p.segments.len() > path.segments.len())
        })
    };
    about(a, false) && about(b, false) && (about(a, true) || about(b, true))
}
