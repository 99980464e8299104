//! Literals where a union is expected: which member they are meant as.

use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast::{Entry, EntryKey};
use wf_types::{Literal, RecordType, Type};

use crate::check::body::Body;
use crate::check::flow::narrow;
use crate::check::types::{relate, union};
use crate::typed::Expr;

impl Body<'_> {
    /// A literal in braces; `None` where no member is a record, a map or `json`.
    pub(crate) fn braces_of_union(
        &mut self,
        entries: &[Entry],
        members: &[Type],
        span: Span,
    ) -> Option<Expr> {
        let spreads = entries.iter().any(|e| matches!(e.key, EntryKey::Spread));
        let computed = entries.iter().any(|e| matches!(e.key, EntryKey::Computed(_)));
        let given: Vec<(String, Option<Literal>)> = entries
            .iter()
            .filter_map(|entry| {
                let name = match &entry.key {
                    EntryKey::Name(name) => name.text.to_string(),
                    EntryKey::String(template) => template.as_text()?.to_string(),
                    _ => return None,
                };
                Some((name, narrow::literal(&entry.value)))
            })
            .collect();
        let given: Vec<(&str, Option<Literal>)> =
            given.iter().map(|(name, literal)| (name.as_str(), literal.clone())).collect();
        if !spreads && self.tells_nothing(entries, members) {
            return Some(self.error(span));
        }
        let defs = &self.g.defs;
        let records = union::meant(defs, members, &given, spreads);
        let others = members
            .iter()
            .filter(|m| matches!(defs.peel(m), Type::Map(_) | Type::Json))
            .cloned()
            .collect::<Vec<_>>();
        let mut meant = if computed { Vec::new() } else { records.fitting };
        meant.extend(others);
        if meant.is_empty() {
            meant.extend(records.nearest);
        }
        let check = |body: &mut Self, ty: &Type| body.braces(entries, Some(ty), span);
        self.try_each(&meant, &check)
    }

    /// Tells of a literal that should say which member is meant, and says none: none at all, or none of
    /// those that the literals in front of it leave.
    fn tells_nothing(&mut self, entries: &[Entry], members: &[Type]) -> bool {
        let defs = &self.g.defs;
        if members.iter().any(|m| matches!(defs.peel(m), Type::Map(_) | Type::Json)) {
            return false;
        }
        let mut left: Vec<_> = members.iter().filter_map(|m| defs.record(m)).collect();
        let mut wrong = None;
        for entry in entries {
            let EntryKey::Name(name) = &entry.key else { continue };
            let Some(given) = narrow::literal(&entry.value) else { continue };
            let of = |record: &&RecordType| -> Option<Vec<Literal>> {
                let (_, field) = record.field(&name.text)?;
                relate::literals(defs, &relate::non_null(defs, &field.ty))
            };
            let Some(allowed) = left.iter().map(of).collect::<Option<Vec<_>>>() else { continue };
            if allowed.iter().any(|literals| literals.contains(&given)) {
                let mut fits = allowed.iter().map(|literals| literals.contains(&given));
                left.retain(|_| fits.next().unwrap_or(true));
            } else if !left.is_empty() {
                wrong = Some((entry, allowed.concat()));
                break;
            }
        }
        let Some((entry, allowed)) = wrong else { return false };
        let literals: Vec<Type> = allowed.into_iter().map(Type::Literal).collect();
        let ty = union::unite(defs, &literals);
        self.expect(&entry.value, &ty);
        true
    }

    /// A list literal; `None` where no member is a list or `json`.
    pub(crate) fn list_of_union(
        &mut self,
        entries: &[Entry],
        members: &[Type],
        span: Span,
    ) -> Option<Expr> {
        let defs = &self.g.defs;
        let mut meant: Vec<Type> =
            members.iter().filter(|m| matches!(defs.peel(m), Type::List(_))).cloned().collect();
        meant.extend(members.iter().filter(|m| **m == Type::Json).cloned());
        let check = |body: &mut Self, ty: &Type| body.list(entries, Some(ty), span);
        self.try_each(&meant, &check)
    }

    /// Checks a literal as each of these types until it is one; what is wrong with it is told of
    /// the first.
    fn try_each(
        &mut self,
        types: &[Type],
        check: &dyn Fn(&mut Self, &Type) -> Expr,
    ) -> Option<Expr> {
        let first = types.first()?;
        if types.len() > 1 {
            for ty in types {
                let Some(left) = self.retries.checked_sub(1) else { break };
                self.retries = left;
                let (told, locals) = (self.out.len(), self.locals.len());
                let value = check(self, ty);
                if !value.ty.is_error() && !self.out[told..].iter().any(Diagnostic::is_error) {
                    return Some(value);
                }
                self.out.truncate(told);
                self.forget_locals(locals);
            }
        }
        Some(check(self, first))
    }
}
