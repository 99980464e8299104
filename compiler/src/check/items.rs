//! The items of all files: what their names stand for, and their types.

pub(crate) mod attribute;
pub(crate) mod bodies;
pub(crate) mod declared;
pub(crate) mod functions;
pub(crate) mod order;
pub(crate) mod schedule;
pub(crate) mod trigger;
pub(crate) mod workflow;

use std::cell::{OnceCell, RefCell};

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use wf_diagnostics::codes::{nodes, types as codes};
use wf_diagnostics::{Diagnostic, Diagnostics, SourceMap, Span};
use wf_grammar::ast::{self, ItemKind};
use wf_types::{Def, DefId, DefKind, Field, RecordType, Registry, Type, TypeDefs};

use crate::check::expr::record::{MAX_FIELDS, too_many_fields};
use crate::check::globals::{ConfigInfo, FnInfo, Globals, WorkflowInfo};
use crate::check::hints::suggest::Suggest;
use crate::check::items::attribute::AttributeDefault;
use crate::check::types::{generic, relate, secret};
use crate::load::Unit;
use crate::resolve::scope::{Entry, Named, Scope, duplicate, import};
use crate::resolve::types::complete;
use crate::schema::{self, Schemas};
use crate::typed;

/// The fields that every entity has before its own.
const ENTITY_FIELDS: [(&str, Type); TypeDefs::ENTITY_FIELDS] = [
    ("id", Type::Uuid),
    ("typeId", Type::Uuid),
    ("createdAt", Type::Instant),
    ("updatedAt", Type::Instant),
];

/// Items with the files they are in, by kind, in the order of the files.
#[derive(Default)]
struct Items<'a> {
    schemas: Vec<(usize, usize, DefId)>,
    aliases: Vec<(usize, DefId, &'a ast::TypeAlias)>,
    entities: Vec<(usize, DefId, &'a ast::Entity)>,
    fns: Vec<(usize, &'a ast::FnDecl)>,
    workflows: Vec<(usize, &'a ast::Item, &'a ast::Workflow)>,
    config: Vec<(usize, &'a ast::FieldDecl)>,
}

/// Declares everything that the files say.
pub(crate) fn declare<'a>(
    registry: &'a Registry,
    units: &'a [Unit],
    schemas: &Schemas,
    sources: &'a SourceMap,
    out: &mut Diagnostics,
) -> Globals<'a> {
    let prelude: FxHashMap<SmolStr, DefId> =
        registry.defs.iter().map(|(id, def)| (def.name.clone(), id)).collect();
    let named = |name: &str| prelude.get(name).map_or(Type::Error, |id| Type::Named(*id));
    let mut globals = Globals {
        registry,
        units,
        sources,
        defs: registry.defs.clone(),
        failure: named("Failure"),
        policy: named("StepPolicy"),
        prelude,
        // Signatures are checked without a file: there is one scope at least.
        scopes: vec![Scope::default(); units.len().max(1)],
        fns: Vec::new(),
        workflows: Vec::new(),
        config: Vec::new(),
        entities: Vec::new(),
        defaults_of_attributes: Vec::new(),
        field_spans: FxHashMap::default(),
        origins: schema::Origins::default(),
        texts: <_>::default(),
        suggest: Suggest::default(),
        borders: RefCell::default(),
        defaults: RefCell::default(),
    };
    let mut items = Items::default();
    for (index, unit) in units.iter().enumerate() {
        globals.scopes[index].own.reserve(unit.file.items.len());
        for (place, item) in unit.file.items.iter().enumerate() {
            enter(&mut globals, &mut items, (index, place), item, out);
        }
    }
    import(units, &mut globals.scopes, &globals.suggest, out);
    globals.scopes.iter_mut().for_each(|scope| scope.read.get_mut().clear());
    globals.origins = schema::import(schemas, &items.schemas, &mut globals.defs, out);
    declare_aliases(&mut globals, &items, out);
    declare_entities(&mut globals, &items, out);
    declare_config(&mut globals, &items, out);
    declare_fns(&mut globals, &items, out);
    declare_workflows(&mut globals, &items, out);
    globals
}

/// Gives an item's name its number.
fn enter<'a>(
    globals: &mut Globals<'a>,
    items: &mut Items<'a>,
    (unit, place): (usize, usize),
    item: &'a ast::Item,
    out: &mut Diagnostics,
) {
    let mut add_type = |globals: &mut Globals<'a>, name: &ast::Name, kind: DefKind| {
        let def = Def { name: name.text.clone(), doc: item.doc.clone(), kind };
        let id = globals.defs.add(def);
        let entry = Entry { named: Named::Type(id), span: name.span };
        globals.scopes[unit].declare(&name.text, entry, out);
        id
    };
    match &item.kind {
        ItemKind::Use(_) => {}
        ItemKind::UseSchema(used) => {
            let id = add_type(globals, &used.name, DefKind::Alias(Type::Error));
            items.schemas.push((unit, place, id));
        }
        ItemKind::Type(alias) => {
            let id = add_type(globals, &alias.name, DefKind::Alias(Type::Error));
            items.aliases.push((unit, id, alias));
        }
        ItemKind::Entity(entity) => {
            let kind = DefKind::Entity(RecordType::default());
            let id = add_type(globals, &entity.name, kind);
            items.entities.push((unit, id, entity));
        }
        ItemKind::Fn(function) => {
            let named = Named::Fn(items.fns.len() as u32);
            let entry = Entry { named, span: function.name.span };
            globals.scopes[unit].declare(&function.name.text, entry, out);
            items.fns.push((unit, function));
        }
        ItemKind::Config(config) => {
            items.config.extend(config.fields.iter().map(|field| (unit, field)));
        }
        ItemKind::Node(node) => {
            let message = format!("the node `{}` is declared in a program", node.name.text);
            out.push(
                Diagnostic::new(&nodes::SIGNATURE, node.name.span, message).help(
                    "nodes are declared by the standard library and by the embedding program",
                ),
            );
        }
        ItemKind::Workflow(workflow) => {
            let named = Named::Workflow(items.workflows.len() as u32);
            let entry = Entry { named, span: workflow.name.span };
            globals.scopes[unit].declare(&workflow.name.text, entry, out);
            items.workflows.push((unit, item, workflow));
        }
    }
}

fn declare_aliases(globals: &mut Globals<'_>, items: &Items<'_>, out: &mut Diagnostics) {
    for (unit, id, alias) in &items.aliases {
        let mut env = globals.types(*unit);
        env.complete = false;
        let ty = env.resolve(&alias.ty, out);
        globals.defs.set(*id, DefKind::Alias(ty));
        field_spans(globals, *id, &alias.ty);
    }
    let infinite = crate::resolve::finite::infinite(&globals.defs);
    for (_, id, alias) in &items.aliases {
        if infinite.binary_search(id).is_ok() {
            out.push(infinite_type(&alias.name));
            globals.defs.set(*id, DefKind::Alias(Type::Error));
        }
    }
    for (_, id, alias) in &items.aliases {
        let DefKind::Alias(ty) = globals.defs.get(*id).kind.clone() else { continue };
        let ty = complete(&globals.defs, &ty, alias.ty.span, out, 0);
        globals.defs.set(*id, DefKind::Alias(ty));
    }
}

fn infinite_type(name: &ast::Name) -> Diagnostic {
    let code = &wf_diagnostics::codes::names::INFINITE_TYPE;
    Diagnostic::new(code, name.span, format!("a value of the type `{}` would never end", name.text))
        .label("it holds itself")
        .help("let it hold itself through a `list`, a `map` or an optional field")
}

fn field_spans(globals: &mut Globals<'_>, id: DefId, ty: &ast::TypeExpr) {
    if let ast::TypeExprKind::Record(fields) = &ty.kind {
        for field in fields {
            globals.field_spans.insert((id, field.name.text.clone()), field.name.span);
        }
    }
}

fn declare_entities<'a>(globals: &mut Globals<'a>, items: &Items<'a>, out: &mut Diagnostics) {
    for (unit, id, entity) in &items.entities {
        let mut record = RecordType::new(
            ENTITY_FIELDS.iter().map(|(name, ty)| Field::new(*name, ty.clone())).collect(),
        );
        let mut info = typed::Entity { def: *id, ..typed::Entity::default() };
        let mut seen: FxHashMap<&str, Span> = FxHashMap::default();
        if let Some(extra) = entity.fields.get(MAX_FIELDS) {
            out.push(too_many_fields(extra.name.span));
        }
        for field in entity.fields.iter().take(MAX_FIELDS) {
            let name = &field.name;
            if let Some(first) = seen.insert(&name.text, name.span) {
                out.push(duplicate("attribute", &name.text, name.span, first));
                continue;
            }
            if ENTITY_FIELDS.iter().any(|(n, _)| *n == name.text) {
                let message = format!("every entity has `{}` already", name.text);
                out.push(
                    Diagnostic::new(&nodes::ENTITY_ATTRIBUTE, name.span, message)
                        .help("leave it out, or give the attribute another name"),
                );
                continue;
            }
            for mark in &field.marks {
                match mark.text.as_str() {
                    "unique" => info.unique.push(name.text.clone()),
                    "index" => info.index.push(name.text.clone()),
                    _ => out.push(unknown_mark(mark)),
                }
            }
            let mut ty = globals.types(*unit).resolve(&field.ty, out);
            if relate::holds(&globals.defs, &ty, &|t| relate::is_entity(&globals.defs, t)) {
                let message = format!("the attribute `{}` holds an entity", name.text);
                out.push(
                    Diagnostic::new(&nodes::ENTITY_ATTRIBUTE, field.ty.span, message)
                        .help(format!("keep its id: `{}: uuid`", name.text)),
                );
                ty = Type::Error;
            }
            if secret::holds(&globals.defs, &ty) {
                let message = format!("the attribute `{}` can't hold a `secret`", name.text);
                out.push(secret::refused(field.ty.span, message));
                ty = Type::Error;
            }
            crate::check::types::union::border::check(globals, &ty, field.ty.span, out);
            globals.field_spans.insert((*id, name.text.clone()), name.span);
            if let Some(value) = &field.default
                && !ty.is_error()
            {
                let (name, ty) = (name.text.clone(), ty.clone());
                let (declared, unit) = (field.ty.span, *unit);
                let default = AttributeDefault { entity: *id, name, ty, declared, value, unit };
                globals.defaults_of_attributes.push(default);
            }
            record.fields.push(Field {
                doc: field.doc.clone(),
                has_default: field.default.is_some(),
                ..Field::new(name.text.clone(), ty)
            });
        }
        globals.defs.set(*id, DefKind::Entity(record));
        globals.entities.push(info);
    }
}

fn unknown_mark(mark: &ast::Name) -> Diagnostic {
    let message = format!("`{}` says nothing about an attribute", mark.text);
    Diagnostic::new(&nodes::ENTITY_ATTRIBUTE, mark.span, message)
        .help("behind the type there may be `unique` and `index`")
}

fn declare_config<'a>(globals: &mut Globals<'a>, items: &Items<'a>, out: &mut Diagnostics) {
    let mut known: FxHashMap<SmolStr, u32> = FxHashMap::default();
    for (unit, field) in &items.config {
        let ty = globals.types(*unit).resolve(&field.ty, out);
        let name = &field.name;
        if relate::holds(&globals.defs, &ty, &|t| relate::is_entity(&globals.defs, t)) {
            out.push(border_type(globals, &ty, field.ty.span));
        }
        crate::check::types::union::border::check(globals, &ty, field.ty.span, out);
        if let Some(default) = &field.default
            && secret::holds(&globals.defs, &ty)
        {
            let message = format!("`config.{}` is a `secret`, which has no default", name.text);
            let help = "a secret does not stand in the source: leave the default out, and give the value when a run starts";
            out.push(Diagnostic::new(&codes::SECRET, default.span, message).help(help));
        }
        if globals.scopes[*unit].config.contains_key(&name.text) {
            let first = known.get(&name.text).map(|i| globals.config[*i as usize].decl.name.span);
            out.push(duplicate("value", &name.text, name.span, first.unwrap_or(name.span)));
            continue;
        }
        let id = match known.get(&name.text) {
            Some(id) => {
                let first = &globals.config[*id as usize];
                if first.ty != ty && !first.ty.is_error() && !ty.is_error() {
                    let message = format!(
                        "`config.{}` is `{}` here and `{}` in another file",
                        name.text,
                        globals.show(&ty),
                        globals.show(&first.ty)
                    );
                    out.push(
                        Diagnostic::new(&codes::TYPE_MISMATCH, field.ty.span, message)
                            .with(first.decl.name.span, "declared here as well")
                            .help("values of one name are one value: give them the same type"),
                    );
                }
                *id
            }
            None => {
                let id = globals.config.len() as u32;
                globals.config.push(ConfigInfo { decl: field, unit: *unit, ty });
                known.insert(name.text.clone(), id);
                id
            }
        };
        globals.scopes[*unit].config.insert(name.text.clone(), id);
    }
}

/// A type that JSON can't be read as.
pub(crate) fn border_type(globals: &Globals<'_>, ty: &Type, span: Span) -> Diagnostic {
    if secret::holds(&globals.defs, ty) {
        let message = format!("`{}` can't come from here: it holds a `secret`", globals.show(ty));
        let help = "secrets come from `config` only: read this as a `string`";
        return Diagnostic::new(&codes::SECRET, span, message).help(help);
    }
    let message = format!("`{}` can't come from outside: it holds an entity", globals.show(ty));
    Diagnostic::new(&nodes::BORDER_TYPE, span, message)
        .help("entities come from entity nodes and entity triggers only: declare a `type` with the fields that you need")
}

fn declare_fns<'a>(globals: &mut Globals<'a>, items: &Items<'a>, out: &mut Diagnostics) {
    for (unit, decl) in &items.fns {
        if decl.body.is_none() {
            let message = format!("the function `{}` has no body", decl.name.text);
            let help = "only signatures of the standard library and of hosts are without one";
            out.push(Diagnostic::new(&nodes::SIGNATURE, decl.name.span, message).help(help));
        }
        let generic = generic::declare(globals, *unit, decl, out);
        let (params, result) = match &generic {
            Some(generic) => {
                let (defs, signature) = (&globals.defs, &generic.signature);
                let params = signature.params.iter().map(|p| generic.inside(defs, &p.ty));
                (params.collect(), generic.inside(defs, &signature.result))
            }
            None => {
                let env = globals.types(*unit);
                let mut resolve = |ty: &ast::TypeExpr| env.resolve(ty, out);
                let params = decl.params.iter().map(|p| resolve(&p.ty)).collect();
                (params, decl.result.as_ref().map_or(Type::Null, resolve))
            }
        };
        globals.fns.push(FnInfo { decl, unit: *unit, generic, params, result });
    }
}

fn declare_workflows<'a>(globals: &mut Globals<'a>, items: &Items<'a>, out: &mut Diagnostics) {
    for (unit, item, decl) in &items.workflows {
        let declared = decl.result.as_ref().map(|written| {
            let ty = globals.types(*unit).resolve(written, out);
            if !secret::holds(&globals.defs, &ty) {
                return ty;
            }
            let message = format!("the workflow `{}` can't return a `secret`", decl.name.text);
            out.push(secret::refused(written.span, message));
            Type::Error
        });
        let triggers = trigger::cases(globals, *unit, decl, out);
        let result = OnceCell::new();
        if let Some(declared) = &declared {
            let _ = result.set(declared.clone());
        }
        globals.workflows.push(WorkflowInfo {
            decl,
            doc: item.doc.clone(),
            unit: *unit,
            declared,
            result,
            triggers,
        });
    }
}
