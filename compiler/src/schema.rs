//! Types from JSON Schema: `use schema "hooks.json#/definitions/issue" as Issue`.
//!
//! The files are read first, with all that their `$ref`s lead to. Then each schema becomes a type,
//! as far as it is reached.

mod build;
mod cycle;
mod discriminator;
mod expand;
mod files;
mod keywords;
mod names;
mod object;
mod tree;
pub(crate) mod uri;

#[cfg(test)]
mod tests;

use rustc_hash::FxHashMap;
use wf_diagnostics::codes::warnings;
use wf_diagnostics::{Diagnostic, Diagnostics, Span};
use wf_types::{DefId, DefKind, Type, TypeDefs};

use build::{Builder, Untyped};
pub(crate) use files::{Schemas, load};

/// How many parts without a type are told of one `use schema`.
const MAX_TOLD: usize = 8;

/// Where a type comes from.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    /// The path of the `use schema`.
    pub(crate) span: Span,
    /// The file and the JSON pointer, as `hooks.json#/definitions/issue`.
    pub(crate) place: String,
    /// Whether the program gave it its name: patterns can name it then.
    pub(crate) is_named: bool,
}

/// Where the named types of schemas come from.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    of: FxHashMap<DefId, Origin>,
}

impl Origins {
    /// Where a type comes from, where it comes from a schema.
    pub(crate) fn get(&self, defs: &TypeDefs, ty: &Type) -> Option<&Origin> {
        let mut ty = ty;
        // A name may stand for a name.
        for _ in 0..100 {
            let Type::Named(id) = ty else { return None };
            if let Some(origin) = self.of.get(id) {
                return Some(origin);
            }
            match &defs.get(*id).kind {
                DefKind::Alias(target) => ty = target,
                DefKind::Entity(_) | DefKind::Opaque(_) => return None,
            }
        }
        None
    }
}

/// Gives the `use schema` items, each with its unit, its place in it and its type, their types.
/// What of a schema has no type is told as a warning.
pub(crate) fn import(
    schemas: &Schemas,
    items: &[(usize, usize, DefId)],
    defs: &mut TypeDefs,
    out: &mut Diagnostics,
) -> Origins {
    let mut origins = Origins::default();
    if items.is_empty() {
        return origins;
    }
    let targets: Vec<_> = items
        .iter()
        .filter_map(|(unit, item, id)| Some((schemas.targets.get(&(*unit, *item))?, *id)))
        .collect();
    let names: Vec<_> = targets.iter().map(|(_, id)| defs.get(*id).name.clone()).collect();
    let mut builder = Builder::new(schemas, defs);
    for ((target, id), name) in targets.iter().zip(&names) {
        builder.announce(target.node, *id, name);
    }
    for (target, id) in targets {
        builder.import(target.node, id);
        let made: Vec<DefId> = builder.made.iter().map(|(id, _)| *id).collect();
        for (id, field) in cycle::cut(builder.defs, &made) {
            if let Some(node) = builder.fields.get(&(id, field)) {
                let why = "it holds itself in a field that is always there, without end";
                builder.untyped.push(Untyped { node: *node, why });
            }
        }
        for (id, node) in builder.made.drain(..) {
            let is_named = items.iter().any(|(_, _, item)| *item == id);
            let place = schemas.show(node);
            origins.of.insert(id, Origin { span: target.span, place, is_named });
        }
        tell(schemas, std::mem::take(&mut builder.untyped), target.span, out);
    }
    origins
}

/// Tells what became `json`.
fn tell(schemas: &Schemas, untyped: Vec<Untyped>, span: Span, out: &mut Diagnostics) {
    let mut seen = rustc_hash::FxHashSet::default();
    let untyped: Vec<Untyped> =
        untyped.into_iter().filter(|u| seen.insert((u.node, u.why))).collect();
    let more = untyped.len().saturating_sub(MAX_TOLD);
    for (i, Untyped { node, why }) in untyped.iter().take(MAX_TOLD).enumerate() {
        let message = format!("`{}` becomes `json`: {why}", schemas.show(*node));
        let told = Diagnostic::new(&warnings::SCHEMA_UNTYPED, span, message)
            .help("read it with `decode<T>`, or change the schema");
        out.push(match more {
            more if more > 0 && i + 1 == MAX_TOLD => {
                told.label(format!("and {more} more parts of it do"))
            }
            _ => told,
        });
    }
}
