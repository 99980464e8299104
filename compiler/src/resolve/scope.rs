//! The names that a file sees: its own items and what it uses of other files.

use std::cell::RefCell;
use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use smol_str::SmolStr;
use wf_diagnostics::codes::{files, names, warnings};
use wf_diagnostics::{Diagnostic, Diagnostics, Span};
use wf_grammar::ast::{self, ItemKind, Use};
use wf_types::DefId;

use crate::check::hints::suggest::Suggest;
use crate::load::Unit;

/// What a name of a file stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// A type or an entity.
    Type(DefId),
    /// A function, by its place among all of the program.
    Fn(u32),
    /// A workflow, by its place among all of the program.
    Workflow(u32),
}

/// An item of a file, with the characters of its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// What it is.
    pub(crate) named: Named,
    /// Where it is declared.
    pub(crate) span: Span,
}

/// The names that a file sees.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    /// Its own items.
    pub(crate) own: IndexMap<SmolStr, Entry, FxBuildHasher>,
    /// What it uses of other files.
    pub(crate) used: IndexMap<SmolStr, Entry, FxBuildHasher>,
    /// Those of them that something in the file names.
    pub(crate) read: RefCell<FxHashSet<SmolStr>>,
    /// Names that it asks other files for and that they do not have, which is told.
    pub(crate) missing: FxHashSet<SmolStr>,
    /// The values of `config` that it declares, by their place among all of the program.
    pub(crate) config: IndexMap<SmolStr, u32, FxBuildHasher>,
    /// What each `use { … }` could have named.
    left_out: Vec<LeftOut>,
}

impl Scope {
    /// What a name stands for.
    pub(crate) fn get(&self, name: &str) -> Option<Entry> {
        self.own.get(name).copied().or_else(|| {
            let (name, entry) = self.used.get_key_value(name)?;
            self.read.borrow_mut().insert(name.clone());
            Some(*entry)
        })
    }

    /// The `use { … }` that could have named this.
    pub(crate) fn left_out(&self, name: &str) -> Option<&LeftOut> {
        self.left_out.iter().find(|left| left.all.contains(name))
    }

    /// All names of types.
    pub(crate) fn types(&self) -> impl Iterator<Item = &str> {
        self.names(|n| matches!(n, Named::Type(_)))
    }

    /// All names of workflows.
    pub(crate) fn workflows(&self) -> impl Iterator<Item = &str> {
        self.names(|n| matches!(n, Named::Workflow(_)))
    }

    /// All names of functions.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &str> {
        self.names(|n| matches!(n, Named::Fn(_)))
    }

    fn names(&self, wanted: impl Fn(Named) -> bool) -> impl Iterator<Item = &str> {
        let all = self.own.iter().chain(&self.used);
        all.filter(move |(_, e)| wanted(e.named)).map(|(name, _)| name.as_str())
    }

    /// Enters an item of the file itself.
    pub(crate) fn declare(
        &mut self,
        name: &SmolStr,
        entry: Entry,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        if let Some(first) = self.own.get(name) {
            diagnostics.push(duplicate("item", name, entry.span, first.span));
            return false;
        }
        self.own.insert(name.clone(), entry);
        true
    }
}

/// A name that is declared twice.
pub(crate) fn duplicate(what: &str, name: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::new(&names::DUPLICATE_NAME, span, format!("the {what} `{name}` is declared twice"))
        .label("declared again here")
        .with(first, "first declared here")
        .help("give one of them another name")
}

/// A name that is given two values.
pub(crate) fn given_twice(what: &str, name: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::new(&names::DUPLICATE_NAME, span, format!("the {what} `{name}` is given twice"))
        .label("given again here")
        .with(first, "first given here")
        .help("leave one of them out")
}

/// What a `use { … }` could have named.
#[derive(Clone, Debug)]
pub(crate) struct LeftOut {
    path: ast::Name,
    names: Vec<SmolStr>,
    all: Arc<FxHashSet<SmolStr>>,
}

impl LeftOut {
    /// Adds that the file which is used has this name.
    pub(crate) fn tell(&self, diagnostic: Diagnostic, name: &str) -> Diagnostic {
        let path = &self.path.text;
        let names: Vec<&str> = self.names.iter().map(SmolStr::as_str).chain([name]).collect();
        diagnostic
            .with(self.path.span, format!("this file has `{name}`, but it is not named here"))
            .help(format!("write `use {{ {} }} from \"{path}\"`", names.join(", ")))
    }
}

/// Brings the items of used files into the scopes.
pub(crate) fn import(
    units: &[Unit],
    scopes: &mut [Scope],
    suggest: &Suggest,
    diagnostics: &mut Diagnostics,
) {
    let mut sets: Vec<Option<Arc<FxHashSet<SmolStr>>>> = vec![None; units.len()];
    for (unit_index, unit) in units.iter().enumerate() {
        let mut collisions: FxHashSet<(usize, SmolStr)> = FxHashSet::default();
        // Where names were taken first.
        let mut named: FxHashMap<SmolStr, Span> = FxHashMap::default();
        for (item, from) in &unit.uses {
            let ItemKind::Use(used) = &unit.file.items[*item].kind else { continue };
            let mut missing = Vec::new();
            if let Some(imports) = &used.imports {
                if sets[*from].is_none() {
                    sets[*from] = Some(Arc::new(scopes[*from].own.keys().cloned().collect()));
                }
                let left = LeftOut {
                    path: used.path.clone(),
                    names: imports.iter().map(|import| import.name.text.clone()).collect(),
                    all: sets[*from].clone().unwrap_or_default(),
                };
                scopes[unit_index].left_out.push(left);
            }
            let taken: Vec<(SmolStr, Entry, Option<Span>)> = match &used.imports {
                None => scopes[*from].own.iter().map(|(n, e)| (n.clone(), *e, None)).collect(),
                Some(imports) => imports
                    .iter()
                    .filter_map(|import| {
                        let name = &import.name;
                        let entry = scopes[*from].own.get(&name.text).copied();
                        if entry.is_none() {
                            missing.push(name.text.clone());
                            let own = scopes[*from].own.keys().map(SmolStr::as_str);
                            let near = suggest.nearest(&name.text, own);
                            diagnostics.push(not_in_file(
                                &name.text,
                                &used.path.text,
                                name.span,
                                near,
                            ));
                        }
                        Some((name.text.clone(), entry?, Some(name.span)))
                    })
                    .collect(),
            };
            scopes[unit_index].missing.extend(missing);
            for (name, entry, at) in taken {
                let scope = &mut scopes[unit_index];
                let first_at = match at {
                    Some(at) if !named.contains_key(&name) => {
                        named.insert(name.clone(), at);
                        None
                    }
                    _ => named.get(&name).copied(),
                };
                match scope.get(&name) {
                    Some(first) if first.named == entry.named => {
                        if let (Some(at), Some(first)) = (at, first_at) {
                            diagnostics.push(taken_twice(&name, at, first));
                        }
                    }
                    Some(first) => {
                        if collisions.insert((*from, name.clone())) {
                            let places = (at.unwrap_or(used.path.span), first_at);
                            diagnostics
                                .push(collision(&name, used, places, first.span, entry.span));
                        }
                    }
                    None => {
                        scope.used.insert(name, entry);
                    }
                }
            }
        }
    }
}

/// The same name is taken twice.
fn taken_twice(name: &str, again: Span, first: Span) -> Diagnostic {
    Diagnostic::new(&names::DUPLICATE_NAME, again, format!("`{name}` is taken twice"))
        .label("taken again here")
        .with(first, "first taken here")
        .help("leave one of them out")
}

/// A name comes from a used file that is taken already: named at this place, where it was named
/// before, if it was.
fn collision(
    name: &str,
    used: &Use,
    (span, before): (Span, Option<Span>),
    first: Span,
    second: Span,
) -> Diagnostic {
    let path = &used.path.text;
    let named = used.imports.iter().flatten().find(|import| import.name.text == name);
    let message = format!("`{path}` has an item `{name}`, and the name is taken in this file");
    let help = match named {
        Some(_) => "leave it out, or give one of them another name".to_owned(),
        None => format!(
            "take only what you need, `use {{ … }} from \"{path}\"`, or give one of them another name"
        ),
    };
    let mut told = Diagnostic::new(&names::DUPLICATE_NAME, span, message);
    if let Some(before) = before {
        told = told.with(before, "first taken here");
    }
    told.with(first, "this one is in use here").with(second, "declared again here").help(help)
}

/// Warns of names that are taken from other files and that nothing in the file uses. Workflows are
/// taken to be in the program. In files with errors nothing is said.
pub(crate) fn unused(units: &[Unit], scopes: &[Scope], diagnostics: &mut Diagnostics) {
    for (unit, scope) in units.iter().zip(scopes) {
        if diagnostics.iter().any(|d| d.is_error() && d.span.file == unit.id) {
            continue;
        }
        let read = scope.read.borrow();
        for item in &unit.file.items {
            let ItemKind::Use(used) = &item.kind else { continue };
            for import in used.imports.iter().flatten() {
                let name = &import.name;
                let entry = scope.used.get(&name.text);
                if read.contains(&name.text)
                    || entry.is_none_or(|e| matches!(e.named, Named::Workflow(_)))
                {
                    continue;
                }
                let message = format!("nothing in this file uses `{}`", name.text);
                diagnostics.push(
                    Diagnostic::new(&warnings::UNUSED_IMPORT, name.span, message)
                        .label("taken from another file")
                        .help("leave it out"),
                );
            }
        }
    }
}

fn not_in_file(name: &str, path: &str, span: Span, near: Option<&str>) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(&files::NOT_IN_FILE, span, format!("`{path}` has no item `{name}`"));
    match near {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help("only items that the file itself declares can be used"),
    }
}
