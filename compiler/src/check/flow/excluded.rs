//! What only the flow excludes: a test of a value that its declaration allows and what is known of
//! it here does not. Such a test is told as a warning, and runs.

use wf_diagnostics::codes::warnings;
use wf_diagnostics::{Diagnostic, Span};
use wf_types::{Type, TypeDefs};

use crate::check::body::Body;
use crate::check::types::{relate, union};
use crate::typed::{Expr, ExprKind, LocalId, LoopField};

/// How deep a path is looked into.
const DEPTH: usize = 200;

impl Body<'_> {
    /// The type of a value as it is declared, without what is known of it here.
    pub(crate) fn declared_type(&self, expr: &Expr) -> Type {
        self.declared_at(expr, &mut Vec::new(), 0)
    }

    fn declared_at(&self, expr: &Expr, kept: &mut Vec<(LocalId, Type)>, depth: usize) -> Type {
        let defs = &self.g.defs;
        if depth > DEPTH {
            return expr.ty.clone();
        }
        let found = match &expr.kind {
            ExprKind::Member(whole) => Some(self.declared_at(whole, kept, depth + 1)),
            ExprKind::NonNull(whole) => Some(match &whole.kind {
                // What `?.` reads from is there, whatever was known of it.
                ExprKind::Local(id) if kept.iter().any(|(local, _)| local == id) => {
                    relate::non_null(defs, &self.declared_at(whole, kept, depth + 1))
                }
                _ => self.declared_at(whole, kept, depth + 1),
            }),
            ExprKind::Local(id) => kept
                .iter()
                .find_map(|(local, ty)| (local == id).then(|| ty.clone()))
                .or_else(|| self.locals.get(id.0 as usize).map(|l| l.ty.clone())),
            ExprKind::Variable(id) => self
                .w
                .as_ref()
                .and_then(|w| w.variables.get(id.0 as usize).map(|info| info.ty.clone())),
            ExprKind::Config(id) => self.g.config.get(id.0 as usize).map(|info| info.ty.clone()),
            ExprKind::Loop(step, LoopField::Item) => self
                .loops
                .iter()
                .find(|l| l.step == Some(*step))
                .and_then(|l| l.item.as_ref().map(|(_, ty)| ty.clone())),
            ExprKind::Field { base, slot } => {
                let name = defs.record(&base.ty).and_then(|r| r.fields.get(usize::from(*slot)));
                name.and_then(|field| {
                    let base = self.declared_at(base, kept, depth + 1);
                    field_of(defs, &base, &field.name)
                })
            }
            ExprKind::UnionField { base, fields } => {
                let name = fields.iter().find_map(|(member, at)| {
                    let record = defs.record(member)?;
                    record.fields.get(usize::from(at.as_ref()?.0)).map(|f| f.name.clone())
                });
                name.and_then(|name| {
                    let base = self.declared_at(base, kept, depth + 1);
                    field_of(defs, &base, &name)
                })
            }
            ExprKind::ListGet { list: base, .. }
            | ExprKind::ListGetBack { list: base, .. }
            | ExprKind::MapGet { map: base, .. } => {
                let base = relate::non_null(defs, &self.declared_at(base, kept, depth + 1));
                match defs.peel(&base) {
                    Type::List(item) | Type::Map(item) => Some(relate::optional(defs, item)),
                    _ => None,
                }
            }
            ExprKind::IfPresent { value, local, present, .. } => {
                let value = self.declared_at(value, kept, depth + 1);
                kept.push((*local, value));
                let present = self.declared_at(present, kept, depth + 1);
                kept.pop();
                Some(relate::optional(defs, &present))
            }
            ExprKind::Coerce(inner) if relate::is_nullable(defs, &expr.ty) => {
                let inner = self.declared_at(inner, kept, depth + 1);
                Some(relate::optional(defs, &inner))
            }
            _ => None,
        };
        found.unwrap_or_else(|| expr.ty.clone())
    }

    /// Whether two values that are never equal here could be by their declarations.
    pub(crate) fn only_here_unequal(&self, a: &Expr, b: &Expr) -> bool {
        relate::overlap(&self.g.defs, &self.declared_type(a), &self.declared_type(b))
    }

    /// Warns of a comparison that what is known here decides.
    pub(crate) fn warn_never_equal(&mut self, a: &Expr, b: &Expr, span: Span, always: bool) {
        let narrowed = |e: &Expr| self.declared_type(e) != e.ty;
        let (value, other) = if narrowed(a) { (a, b) } else { (b, a) };
        let (shown, than) = (self.source(value.span), self.source(other.span));
        let message =
            format!("`{shown}` is never equal to `{than}` here, so this is always {always}");
        let mut label = format!("`{shown}` is `{}` here", self.show(&value.ty));
        if narrowed(other) {
            label.push_str(&format!(", and `{than}` is `{}`", self.show(&other.ty)));
        }
        self.tell(
            Diagnostic::new(&warnings::CONSTANT_CONDITION, span, message)
                .label(label)
                .help("leave out the check: what stands above has decided it"),
        );
    }

    /// Warns of a `?.` behind something that is never null.
    pub(crate) fn warn_safe(&mut self, value: &Expr, name: Span) {
        if relate::is_nullable(&self.g.defs, &value.ty) || value.ty.is_error() {
            return;
        }
        let shown = self.source(value.span);
        let at = Span { start: value.span.end, end: name.start, ..name };
        let help = format!("write `{shown}.{}`", self.source(name));
        let message = format!("`{shown}` is never null here, so `?.` is no more than `.`");
        let diagnostic = Diagnostic::new(&warnings::CONSTANT_CONDITION, at, message);
        self.tell(match self.source(at) == "?." {
            true => diagnostic.edit(at, ".", help),
            false => diagnostic.help(help),
        });
    }

    /// Whether this is a value that a `?.` has found to be there.
    pub(crate) fn is_kept(&self, value: &Expr) -> bool {
        let ExprKind::NonNull(read) = &value.kind else { return false };
        let ExprKind::Local(id) = read.kind else { return false };
        self.locals.get(id.0 as usize).is_some_and(|local| local.name.starts_with('$'))
    }

    /// Warns of an item of a list that a value can't be here.
    pub(crate) fn warn_never_item(&mut self, value: &Expr, item: Span) {
        let message =
            format!("`{}` is never equal to `{}` here", self.source(value.span), self.source(item));
        self.tell(
            Diagnostic::new(&warnings::CONSTANT_CONDITION, item, message)
                .with(value.span, format!("this is `{}` here", self.show(&value.ty)))
                .help("leave it out: what stands above has excluded it"),
        );
    }

    /// Warns of a pattern that only what is known here excludes.
    pub(crate) fn warn_excluded(&mut self, pattern: Span, what: &str) {
        self.tell(
            Diagnostic::new(
                &warnings::UNREACHABLE,
                pattern,
                format!("nothing that is left is {what}"),
            )
            .help("the patterns above take it, or what is known of the value here"),
        );
    }

    /// Whether a field that a value has not here is in its declaration.
    pub(crate) fn declared_field(&self, value: &Expr, name: &str) -> bool {
        field_of(&self.g.defs, &self.declared_type(value), name).is_some()
    }
}

/// The type of a field of a record, or of those members of a union that have it; null where some
/// have not.
pub(crate) fn field_of(defs: &TypeDefs, base: &Type, name: &str) -> Option<Type> {
    let Some(members) = union::members(defs, base) else {
        let inner = relate::non_null(defs, base);
        return defs.record(&inner)?.field(name).map(|(_, field)| field.ty.clone());
    };
    let found: Vec<Option<Type>> =
        members.iter().map(|m| Some(defs.record(m)?.field(name)?.1.ty.clone())).collect();
    let types: Vec<Type> = found.iter().flatten().cloned().collect();
    if types.is_empty() {
        return None;
    }
    let ty = union::unite(defs, &types);
    Some(if types.len() < found.len() { relate::optional(defs, &ty) } else { ty })
}
