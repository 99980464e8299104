//! Unions as written become unions as the checker wants them: flat, each member once.

use rustc_hash::FxHashSet;
use wf_diagnostics::codes::types as codes;
use wf_diagnostics::{Diagnostic, Span};
use wf_types::{DefKind, Literal, Type, TypeDefs};

use crate::check::types::relate;

/// How many members a union may have.
pub(crate) const MAX_MEMBERS: usize = 2_000;

/// What is wrong with a union.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// It has more than [`MAX_MEMBERS`] members.
    Large,
    /// A secret is a member, which could not be told from the others without looking at it.
    Secret,
    /// A lambda or a parameter of a signature is a member.
    Open,
}

impl Wrong {
    /// What is told about it.
    pub(crate) fn diagnostic(self, span: Span) -> Diagnostic {
        match self {
            Wrong::Large => {
                let message = format!("a union has at most {MAX_MEMBERS} members");
                Diagnostic::new(&codes::TOO_DEEP, span, message)
                    .help("use `json` for what is not read, and `decode` the part that is")
            }
            Wrong::Secret => {
                let message = "a `secret` can't be a member of a union";
                Diagnostic::new(&codes::BAD_MEMBER, span, message)
                    .help("nothing may depend on what a secret looks like: give it a field of its own, of type `secret?`; a map of them and of texts is `map<secret>`")
            }
            Wrong::Open => {
                let message = "a union has values as members: no lambdas, and no types that only a call knows";
                Diagnostic::new(&codes::BAD_MEMBER, span, message)
                    .help("write a signature for each")
            }
        }
    }
}

/// The members that were met, in their order.
#[derive(Default)]
struct Members {
    all: Vec<Type>,
    /// What is behind the names of all of them.
    seen: FxHashSet<Type>,
    nullable: bool,
}

impl Members {
    /// Adds a type that is no union and not optional.
    fn add(&mut self, defs: &TypeDefs, ty: Type) {
        let peeled = defs.peel(&ty);
        // Null is among the values of `json`, and is held like any other null.
        self.nullable |= *peeled == Type::Json;
        if self.seen.insert(peeled.clone()) {
            let named = matches!(peeled, Type::Record(_) | Type::List(_) | Type::Map(_));
            self.all.push(if named { last_name(defs, ty) } else { peeled.clone() });
        }
    }

    /// Leaves out the literals of members that hold them all; `true | false` is `bool`.
    fn without_covered(&mut self) {
        let literal = |truth| Type::Literal(Literal::Bool(truth));
        if self.seen.contains(&literal(true)) && self.seen.contains(&literal(false)) {
            let first = self.all.iter().position(|m| matches!(m, Type::Literal(Literal::Bool(_))));
            if self.seen.insert(Type::Bool)
                && let Some(first) = first
            {
                self.all[first] = Type::Bool;
            }
        }
        let seen = &self.seen;
        self.all.retain(|member| match member {
            Type::Literal(literal) => !seen.contains(&relate::literal_base(literal)),
            _ => true,
        });
    }
}

/// The last of names that stand for names.
fn last_name(defs: &TypeDefs, ty: Type) -> Type {
    let mut ty = ty;
    for _ in 0..1_000 {
        match &ty {
            Type::Named(id) => match &defs.get(*id).kind {
                DefKind::Alias(next @ Type::Named(_)) => ty = next.clone(),
                _ => return ty,
            },
            _ => return ty,
        }
    }
    ty
}

/// A union as one type: flat, null as `?`, each member once, in the order of the source.
/// Signatures may have `string | secret` and `json | secret`, which stay as they are.
pub(crate) fn flatten(defs: &TypeDefs, members: &[Type], signature: bool) -> Result<Type, Wrong> {
    let mut found = Members::default();
    let mut opened = FxHashSet::default();
    let mut open: Vec<Type> = members.iter().rev().cloned().collect();
    while let Some(ty) = open.pop() {
        match defs.peel(&ty) {
            // Names of unions of the same unions are looked into once.
            Type::Union(_) | Type::Optional(_)
                if matches!(ty, Type::Named(_)) && !opened.insert(ty.clone()) => {}
            Type::Null => found.nullable = true,
            Type::Never => {}
            Type::Optional(inner) => {
                found.nullable = true;
                open.push(Type::clone(inner));
            }
            Type::Union(inner) => open.extend(inner.iter().rev().cloned()),
            Type::Error => return Ok(Type::Error),
            Type::Lambda(_) | Type::Param(_) | Type::Apply(..) => return Err(Wrong::Open),
            // What a call gives for it could be another member.
            _ if !signature && (relate::is_open(&ty) || relate::mentions_opaque(defs, &ty)) => {
                return Err(Wrong::Open);
            }
            _ => found.add(defs, ty),
        }
        if found.all.len() > MAX_MEMBERS {
            return Err(Wrong::Large);
        }
    }
    if found.seen.contains(&Type::Secret) {
        return if signature { with_secret(defs, found) } else { Err(Wrong::Secret) };
    }
    found.without_covered();
    let ty = of_members(found.all);
    Ok(if found.nullable { relate::optional(defs, &ty) } else { ty })
}

fn with_secret(defs: &TypeDefs, found: Members) -> Result<Type, Wrong> {
    let union = |other: Type| Type::Union([other, Type::Secret].into());
    match found.all.iter().find(|member| **member != Type::Secret) {
        // Null is among the values of `json`.
        Some(Type::Json) if found.all.len() == 2 => Ok(union(Type::Json)),
        Some(Type::String) if found.all.len() == 2 && found.nullable => {
            Ok(relate::optional(defs, &union(Type::String)))
        }
        Some(Type::String) if found.all.len() == 2 => Ok(union(Type::String)),
        _ => Err(Wrong::Secret),
    }
}

/// The union of members that are flat already; of one it is the member, of none nothing.
pub(crate) fn of_members(mut members: Vec<Type>) -> Type {
    match members.len() {
        0 => Type::Never,
        1 => members.remove(0),
        _ => Type::Union(members.into()),
    }
}
